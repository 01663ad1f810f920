/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl report: what a container was given and what it used. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"
#include "report-show.h"

#define LOADER	  RV_LIBEXECDIR "/reeve/reeve-load"
#define SAYS	  "reeve-load: "
#define NOBODY	  3 /* its exit status when no container has the id */
#define ENDING	  ".json"
#define FORMAT	  1 /* of reports: reeve-events(7) */
#define NAME_SIZE 256
#define NOTHING	  "there is no container with the id %s, and no report of one"

static const char usage[] =
	"usage: reevectl report [--json | --html FILE] CONTAINER\n"
	"\n"
	"Shows what a container was given and what it used of it: of one that runs, and of one that is gone.\n"
	"CONTAINER is its id, or the beginning of it that no other has.\n"
	"\n"
	"  --json       the report as it was written\n"
	"  --html FILE  one page for a browser\n"
	"  --help       this text\n";

struct request {
	const char *id, *html;
	bool json;
};

/* ---- where it is ---- */

/* What a program says, and its exit status; -1: it cannot be asked. */
static int ask(const char *const *argv, struct rv_buf *said)
{
	int ends[2], status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
	(void)rv_io_read_fd(ends[0], RV_JSON_MAX, said, NULL);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && !said->failed ? WEXITSTATUS(status) : -1;
}

/* Of a container that runs. *nobody: there is none. */
static int read_running(const char *id, bool *nobody, struct rv_buf *out, struct rv_err *err)
{
	const char *const show[] = { LOADER, "show", "--json", id, NULL };
	int status = access(LOADER, X_OK) < 0 ? NOBODY : ask(show, out);
	enum rv_code code = RV_EPOLICY;
	const char *said;

	*nobody = status == NOBODY;
	if (status == 0 || *nobody)
		return 0;
	while (code > RV_ESYSTEM && rv_err_status(code) != status)
		code--;
	if (out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	said = rv_buf_str(out);
	return rv_err(err, code, "%s", rv_str_starts(said, SAYS) ? said + strlen(SAYS) : *said ? said : LOADER " failed");
}

static bool is_name(const char *id)
{
	return *id && *id != '.' && strlen(id) <= 200 && !strchr(id, '/');
}

/* <id>@<beginning of its entry> names it in <id>.json as well, which says whose it is. */
static bool is_first(int dir, const char *id, char name[NAME_SIZE])
{
	const char *entry = strrchr(id, '@'), *its;
	rv_autobuf text = { 0 };
	rv_autojson doc = { 0 };

	if (!entry || !entry[1])
		return false;
	snprintf(name, NAME_SIZE, "%.*s.json", (int)(entry - id), id);
	if (rv_io_read_at(dir, name, true, RV_JSON_MAX, &text, NULL) < 0 ||
	    rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, NULL) < 0)
		return false;
	its = rv_json_str(rv_json_get(doc.root, "entry"));
	return its && rv_str_starts(its, entry + 1);
}

static bool is_report(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > strlen(ENDING) && len < NAME_SIZE && !strcmp(name + len - strlen(ENDING), ENDING);
}

/* reeve-events(7) has the names. */
static int find(int dir, const char *id, char name[NAME_SIZE], struct rv_err *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	size_t whole = 0, begins = 0, len = strlen(id);
	rv_autobuf names = { 0 };
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		const char *rest = entry->d_name + len;
		bool is;

		if (strncmp(entry->d_name, id, len) != 0 || !is_report(entry->d_name))
			continue;
		is = !strcmp(rest, ENDING) || *rest == '@' || !*rest;
		whole += is;
		begins += !is;
		if (is)
			rv_buf_addf(&names, "%s%s", names.len ? ", " : "", entry->d_name);
		if (is || !whole)
			snprintf(name, NAME_SIZE, "%s", entry->d_name);
	}
	if (list)
		closedir(list);
	else
		rv_io_close(&fd);
	if (whole > 1)
		return rv_err(err, RV_EUSAGE, "%zu containers had the id %s, say which: %s", whole, id, rv_buf_str(&names));
	if (begins > 1 && !whole)
		return rv_err(err, RV_EUSAGE, "%zu reports have names that begin with %s: say more of it", begins, id);
	return whole || begins || is_first(dir, id, name) ? 0 : rv_err(err, RV_EUSAGE, NOTHING, id);
}

static int read_report(const struct request *req, char name[NAME_SIZE], struct rv_buf *out, struct rv_err *err)
{
	rv_autopolicies *policies = NULL;
	rv_autofd dir = -1;
	bool nobody;
	int rc;

	if (!is_name(req->id))
		return rv_err(err, RV_EUSAGE, "%s is no container's id", req->id);
	rc = read_running(req->id, &nobody, out, err);
	if (rc < 0 || !nobody)
		return rc;
	out->len = 0;
	rc = rv_active_load_node(&policies, err);
	if (rc < 0)
		return rc;
	dir = open(rv_policies_node(policies)->monitor.reports, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 && errno != ENOENT)
		return rv_err_errno(err, errno, "cannot open %s", rv_policies_node(policies)->monitor.reports);
	rc = dir < 0 ? rv_err(err, RV_EUSAGE, NOTHING, req->id) : find(dir, req->id, name, err);
	return rc < 0 ? rc : rv_io_read_at(dir, name, true, RV_JSON_MAX, out, err);
}

/* ---- what is shown ---- */

static int write_page(const char *path, const struct rv_buf *page, struct rv_err *err)
{
	rv_autofd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return rv_err_errno(err, errno, "cannot open %s", path);
	return rv_io_write_all(fd, rv_buf_str(page), page->len, err);
}

static int show(const struct request *req, struct rv_err *err)
{
	rv_autobuf text = { 0 }, out = { 0 };
	rv_autojson doc = { 0 };
	char name[NAME_SIZE] = "";
	uint64_t format = 0;
	int rc = read_report(req, name, &text, err);

	if (rc < 0)
		return rc;
	rc = rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, err);
	if (rc == 0 && (!rv_json_u64(rv_json_get(doc.root, "format"), &format) || format != FORMAT))
		rc = rv_err(err, RV_EDOCUMENT, "it is no report, or one of another version of reeve");
	if (rc < 0) {
		rv_err_at_file(err, name, err->line, err->column);
		return rc;
	}
	if (req->json)
		return rv_io_write_all(STDOUT_FILENO, text.data, text.len, err);
	if (req->html)
		rv_report_html(doc.root, &out);
	else
		rv_report_text(doc.root, &out);
	if (out.failed)
		return rv_err_nomem(err);
	return req->html ? write_page(req->html, &out, err) : rv_io_write_all(STDOUT_FILENO, rv_buf_str(&out), out.len, err);
}

int rv_ctl_report(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "html", required_argument, NULL, 'o' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	struct request req = { 0 };
	struct rv_err err;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (opt == '?')
			return rv_ctl_usage("report", "option %s is unknown, or lacks its value", argv[optind - 1]);
		req.json |= opt == 'j';
		if (opt == 'o')
			req.html = optarg;
	}
	if (argc - optind != 1 || (req.json && req.html))
		return rv_ctl_usage("report", "%s", argc - optind == 1 ? "either --json or --html" : "one container is needed");
	req.id = argv[optind];
	return show(&req, &err) < 0 ? rv_ctl_error(&err) : 0;
}
