/* SPDX-License-Identifier: Apache-2.0 */
/* reeve-hook: called by the runtime between making a container and running it; reeve-hook(8). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "config.h"
#include "finish.h"
#include "load.h"
#include "lock.h"
#include "look.h"
#include "report.h"
#include "state.h"
#include "sweep.h"

#define STATE_SECONDS 5 /* for the runtime to say what it made */
#define LOAD_MS	      30000 /* until the kernel programs are loaded: a second of a CPU, once a boot, on a busy node */
#define SWEEP	      8	   /* entries that are looked at for what a crash left */
#define ALL_SECONDS   40 /* for everything, below the timeout that the document gives this hook */

static volatile sig_atomic_t stopped; /* poststop: there is no start any more that could be stopped */

struct hook {
	struct rv_arena arena;
	struct rv_json_doc state_doc, judged_doc;
	struct rv_oci_state state;
	struct rv_judged judged;
	bool has_judged;
	int64_t began; /* ms */
};

/* Only we write there: the state directory is closed to others, and so is what lies in it. */
static int open_judged(const char *path, int *fd, struct rv_err *err)
{
	const char *slash = strrchr(path, '/');
	rv_autofd dir = -1, file = -1;
	char above[PATH_MAX];
	struct stat st;

	if (path[0] != '/' || strcmp(slash + 1, RV_JUDGED_FILE) != 0 || (size_t)(slash - path) >= sizeof(above))
		return rv_err(err, RV_EUSAGE, "%s is no file of reeve's", path);
	snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
	dir = open(above, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st) < 0)
		return rv_err_errno(err, errno, "cannot open %s", above);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return rv_err(err, RV_ESYSTEM, "%s belongs to another user, or is open to others", above);
	file = openat(dir, RV_JUDGED_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file < 0 || fstat(file, &st) < 0)
		return rv_err_errno(err, errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return rv_err(err, RV_ESYSTEM, "%s belongs to another user, or is open to others", path);
	*fd = file;
	file = -1;
	return 0;
}

static int read_judged(struct hook *h, const char *path, struct rv_err *err)
{
	rv_autobuf text = { 0 };
	rv_autofd fd = -1;
	int rc = open_judged(path, &fd, err);

	if (rc == 0)
		rc = rv_io_read_fd(fd, RV_JSON_MAX, &text, err);
	if (rc == 0)
		rc = rv_json_parse(&h->judged_doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, err);
	if (rc == 0)
		rc = rv_judged_read(&h->judged, &h->judged_doc, &h->arena, err);
	if (rc < 0) {
		rv_err_at_file(err, path, err->line, err->column);
		return rc;
	}
	h->has_judged = true;
	return 0;
}

static int compare(struct hook *h, struct rv_err *err)
{
	rv_autolooker looker = RV_LOOKER_INIT;
	struct rv_view view;
	int rc = rv_look(&looker, h->state.pid, h->judged.mounts_known ? h->judged.rootfs : NULL, &h->arena, &view, err);

	return rc < 0 ? rc : rv_verify(&h->judged, &view, &h->arena, err);
}

/* What cannot be attached is not started, or is marked, as policy says. */
static int attach(struct hook *h, const char *entry, struct rv_err *err)
{
	struct rv_err why = RV_ERR_INIT;
	char text[sizeof(why)];
	int rc = rv_attach(&h->judged, entry, h->state.pid, h->began + LOAD_MS, &why);

	if (rc == 0) {
		(void)rv_sweep(SWEEP);
		return 0;
	}
	rv_err_text(&why, text, sizeof(text));
	if (h->judged.monitor.required)
		return rv_err(err, RV_EDENIED,
			      "it cannot be watched: %s; its policy lets none start unwatched (monitor.unattached is deny)", text);
	(void)rv_attach_mark(entry, text, NULL);
	rv_hook_report_unmonitored(&h->judged, text);
	return 0;
}

/* The runtime has mounted everything, no user code has run. */
static int create_runtime(struct hook *h, const char *path, struct rv_err *err)
{
	const char *entry;
	int rc = read_judged(h, path, err);

	if (rc == 0)
		rc = rv_oci_state_read(STDIN_FILENO, STATE_SECONDS, &h->state_doc, &h->state, err);
	if (rc < 0)
		return rc;
	if (strcmp(h->state.id, h->judged.id) != 0 || strcmp(h->state.bundle, h->judged.bundle) != 0)
		return rv_err(err, RV_ESYSTEM, "the runtime's container is %s in %s, where %s in %s was judged", h->state.id,
			      h->state.bundle, h->judged.id, h->judged.bundle);
	if (h->judged.compared)
		rc = compare(h, err);
	if (rc < 0 || !h->judged.monitored)
		return rc;
	entry = rv_arena_strndup(&h->arena, path, (size_t)(strrchr(path, '/') - path));
	return entry ? attach(h, entry, err) : rv_err_nomem(err);
}

/* The container is gone, and so is the runtime's own state of it. Nothing here is worth a failed delete. */
static int poststop(struct hook *h, const char *path, struct rv_err *err)
{
	const char *slash = strrchr(path, '/');
	const char *entry = slash && slash > path ? rv_arena_strndup(&h->arena, path, (size_t)(slash - path)) : NULL;
	struct rv_err ignored = RV_ERR_INIT;
	int fd = -1;

	stopped = 1;
	/* who writes it may die of a pipe that nobody reads */
	(void)rv_oci_state_read(STDIN_FILENO, STATE_SECONDS, &h->state_doc, &h->state, &ignored);
	if (!entry || open_judged(path, &fd, err) < 0)
		return 0;
	rv_io_close(&fd);
	if (rv_finish(entry, err) < 0)
		rv_hook_report_unfinished(strrchr(entry, '/') + 1, err);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct hook *h, const char *argument, struct rv_err *err);
} commands[] = {
	{ "createRuntime", create_runtime },
	{ "poststop", poststop },
};

static int run(struct hook *h, int argc, char **argv, struct rv_err *err)
{
	if (getauxval(AT_SECURE) || getuid() != geteuid())
		return rv_err(err, RV_EUSAGE, "must not be installed set-uid, set-gid or with file capabilities");
	if (argc == 2 && !strcmp(argv[1], "startMonitor")) {
		rv_monitor_start();
		return 0;
	}
	for (size_t i = 0; argc == 3 && i < RV_COUNT(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(h, argv[2], err);
	return rv_err(err, RV_EUSAGE, "is called by the runtime: reeve-hook createRuntime|poststop FILE");
}

static void too_late(int number)
{
	static const char text[] = "reeve: start stopped: what the runtime made could not be looked at in time\n";

	(void)number;
	rv_load_kill();
	if (stopped)
		_exit(0);
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

/* Whatever hangs, a dead file server or the runtime, ends the start and not the node. What the caller blocked or ignored does not
 * count. */
static void set_alarm(void)
{
	struct sigaction act = { .sa_handler = too_late };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sigaction(SIGALRM, &act, NULL);
	alarm(ALL_SECONDS);
}

int main(int argc, char **argv)
{
	struct rv_err err = RV_ERR_INIT;
	struct hook h = { 0 };
	int rc;

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("reeve-hook " PACKAGE_VERSION);
		return 0;
	}
	if (argc == 1 || !strcmp(argv[1], "--help")) {
		fputs("reeve-hook: the runtime calls it, nobody else; see reeve-hook(8)\n", stderr);
		return 1;
	}
	h.began = rv_now_ms();
	clearenv();
	umask(077);
	set_alarm();
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR);
	rc = run(&h, argc, argv, &err);
	if (rc < 0)
		rv_hook_report(h.has_judged ? h.judged.id : NULL, h.has_judged ? &h.judged : NULL, &err);
	rv_json_done(&h.judged_doc);
	rv_json_done(&h.state_doc);
	rv_arena_done(&h.arena);
	return rc < 0;
}
