/* SPDX-License-Identifier: Apache-2.0 */
/* reeve-load: the kernel programs of reeve, loaded once a node; reeve-load(8). */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "load/load.h"
#include "lock.h"
#include "set.h"

static const char usage[] =
	"usage: reeve-load SET... | current | doctor [--json] | show CONTAINER-ID | gc\n"
	"\n"
	"Loads the kernel programs that watch containers. People ask through reevectl report and reevectl node.\n"
	"\n"
	"SET...   load these sets, where they are not there yet\n"
	"current  load the set that a container started now would need, and say its name\n"
	"doctor   what this kernel can do, and what is loaded\n"
	"show     the report so far of a container that runs\n"
	"gc       remove what containers that are gone have left\n";

/* ---- what libbpf says: the end of it goes into the message of a load that fails ---- */

#define LOG_MAX	 65536
#define LOG_KEPT 400
static char log_text[LOG_MAX];
static size_t log_len;

void rv_log_start(void)
{
	log_len = 0;
	log_text[0] = '\0';
}

/* Of the verifier's log the lines before its summary, else the last that was said. */
const char *rv_log_end(void)
{
	char *end = strstr(log_text, "\nprocessed "), *from;

	if (end)
		*end = '\0';
	log_len = strlen(log_text);
	while (log_len && log_text[log_len - 1] == '\n')
		log_text[--log_len] = '\0';
	from = log_len > LOG_KEPT ? log_text + log_len - LOG_KEPT : log_text;
	for (char *p = from; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	return from;
}

static int keep(enum libbpf_print_level level, const char *format, va_list arguments)
{
	int n;

	if (level != LIBBPF_WARN)
		return 0;
	n = vsnprintf(log_text + log_len, sizeof(log_text) - log_len, format, arguments);
	log_len += n > 0 ? (size_t)n : 0;
	if (log_len >= sizeof(log_text))
		log_len = sizeof(log_text) - 1;
	return n;
}

/* ---- commands ---- */

#define NOBODY 3 /* exit status when no container has the id */
static bool nobody;

static int load(int argc, char **argv, struct rv_buf *out, struct rv_err *err)
{
	int rc = 0;

	(void)out;
	for (int i = 0; i < argc && rc == 0; i++)
		rc = rv_set_load(argv[i], err);
	return rc;
}

static int load_current(int argc, char **argv, struct rv_buf *out, struct rv_err *err)
{
	char name[RV_SET_NAME];
	int rc = argc ? rv_err(err, RV_EUSAGE, "current takes no arguments") : rv_set_current(name, err);

	(void)argv;
	if (rc == 0)
		rc = rv_set_load(name, err);
	if (rc == 0)
		rv_buf_addf(out, "%s\n", name);
	return rc;
}

static int attach(int argc, char **argv, struct rv_buf *out, struct rv_err *err)
{
	rv_autofd lock = -1;
	int rc;

	(void)out;
	if (argc != 2 || (strcmp(argv[0], "calls") != 0 && strcmp(argv[0], "learn") != 0) || !rv_set_is_name(argv[1]))
		return rv_err(err, RV_EUSAGE, "--attach takes calls or learn, and a set");
	rc = rv_load_lock(&lock, 7000, err);
	return rc == 0 ? rv_group_attach(argv[1], argv[0], err) : rc;
}

static bool take_json(int *argc, char **argv)
{
	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--json") != 0)
			continue;
		for (--*argc; i < *argc; i++)
			argv[i] = argv[i + 1];
		return true;
	}
	return false;
}

static int doctor(int argc, char **argv, struct rv_buf *out, struct rv_err *err)
{
	bool json = take_json(&argc, argv);

	return argc ? rv_err(err, RV_EUSAGE, "doctor takes nothing but --json") : rv_doctor(json, out, err);
}

static int show(int argc, char **argv, struct rv_buf *out, struct rv_err *err)
{
	int rc;

	(void)take_json(&argc, argv);
	rc = argc != 1 ? rv_err(err, RV_EUSAGE, "show takes the id of a container") : rv_show(argv[0], out, err);
	if (rc < 0 && err->errnum == ENOENT) {
		nobody = true;
		return rv_err(err, RV_EUSAGE, "no container %s is entered", argv[0]);
	}
	return rc;
}

static int gc(int argc, char **argv, struct rv_buf *out, struct rv_err *err)
{
	(void)argv;
	return argc ? rv_err(err, RV_EUSAGE, "gc takes no arguments") : rv_gc(out, err);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv, struct rv_buf *out, struct rv_err *err);
} commands[] = {
	{ "--attach", attach }, { "current", load_current }, { "doctor", doctor }, { "gc", gc }, { "show", show },
};

static int run(int argc, char **argv, struct rv_buf *out, struct rv_err *err)
{
	if (getauxval(AT_SECURE) || getuid() != geteuid())
		return rv_err(err, RV_EUSAGE, "must not be installed set-uid, set-gid or with file capabilities");
	if (argc < 2)
		return rv_err(err, RV_EUSAGE, "a command is missing; see reeve-load --help");
	if (geteuid() != 0)
		return rv_err(err, RV_ESYSTEM, "must be run by root");
	for (size_t i = 0; i < RV_COUNT(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2, out, err);
	return load(argc - 1, argv + 1, out, err);
}

int main(int argc, char **argv)
{
	struct rv_err err = RV_ERR_INIT;
	rv_autobuf out = { 0 };
	char text[sizeof(err)];
	int rc;

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("reeve-load " PACKAGE_VERSION);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	umask(077);
	clearenv();
	libbpf_set_print(keep);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	rc = run(argc, argv, &out, &err);
	if (rc == 0 && out.failed)
		rc = rv_err_nomem(&err);
	if (out.len && (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0))
		rc = rc < 0 ? rc : rv_err(&err, RV_ESYSTEM, "cannot write");
	if (rc < 0)
		fprintf(stderr, "reeve-load: %s\n", rv_err_text(&err, text, sizeof(text)));
	return rc == 0 ? 0 : nobody ? NOBODY : rv_err_status(err.code);
}
