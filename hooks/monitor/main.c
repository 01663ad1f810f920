/* SPDX-License-Identifier: Apache-2.0 */
/* reeve-monitor(8): its arguments, what it opens, and what it gives up before it begins. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "act.h"
#include "config.h"
#include "confine.h"
#include "lock.h"
#include "monitor.h"

#define RUN    RV_RUNSTATEDIR "/reeve"
#define SETS   "/sys/fs/bpf/reeve"
#define TWICE  3 /* exit status when another one runs */
#define READY  "ready"

static const char usage[] =
	"usage: reeve-monitor [--service] [--stdout]\n"
	"       reeve-monitor --background\n"
	"\n"
	"Reads what the kernel programs report of containers and writes it where the node file says.\n"
	"Exit status 3 when another one runs.\n"
	"\n"
	"  --background  return when it runs; it ends a minute after the last container\n"
	"  --service     tell systemd when it runs\n"
	"  --stdout      print alerts on standard output too\n"
	"  --help        this text\n"
	"  --version     print the version\n";

struct options { bool background, service, output; };

/* The node file's part, copied: the policies themselves are not kept. */
struct settings {
	struct rv_arena arena;
	struct rv_node_monitor node;
};

/* ---- settings ---- */

static const char *copy(struct rv_arena *arena, const char *text)
{
	return text ? rv_arena_strdup(arena, text) : NULL;
}

static int read_settings(struct settings *s, struct rv_err *err)
{
	rv_autopolicies *policies = NULL;
	int rc = rv_active_load_node(&policies, NULL);

	/* events are not lost because a set is broken: starts say so already */
	if (rc < 0)
		rc = rv_policies_load(&policies, NULL, 0, err);
	if (rc < 0)
		return rc;
	s->node = rv_policies_node(policies)->monitor;
	s->node.reports = copy(&s->arena, s->node.reports);
	s->node.events = copy(&s->arena, s->node.events);
	s->node.socket = copy(&s->arena, s->node.socket);
	s->node.metrics = copy(&s->arena, s->node.metrics);
	return s->arena.failed ? rv_err_nomem(err) : 0;
}

/* ---- one of a kind ---- */

static int take_lock(int *lock, struct rv_err *err)
{
	rv_autofd fd = -1;
	char text[32];

	if (mkdir(RUN, 0700) < 0 && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make %s", RUN);
	fd = open(RUN "/monitor.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return rv_err_errno(err, errno, "cannot open %s", RUN "/monitor.lock");
	if (rv_lock_wait(fd, LOCK_EX, RV_MONITOR_LOCK_MS) < 0) {
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
		rv_err(err, RV_ESYSTEM, "another reeve-monitor runs (pid %.20s), and only one can read the rings", text);
		err->errnum = EWOULDBLOCK;
		return -RV_ESYSTEM;
	}
	snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		return rv_err_errno(err, errno, "cannot write %s", RUN "/monitor.lock");
	*lock = fd;
	fd = -1;
	return 0;
}

/* sd_notify(3). */
static void notify(const char *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	rv_autofd fd = -1;
	size_t len = path ? strlen(path) : 0;

	if (!len || len >= sizeof(to.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (*path == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

/* ---- in the background ---- */

/* Nothing of whoever started us stays open: a runtime waits for the end of what its hook has. What the child says goes to `report`. */
static void leave(int report)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (report != 3) {
		dup3(report, 3, O_CLOEXEC);
		report = 3;
	}
	close_range(4, ~0U, 0);
	setsid();
}

/* In the child: the fd to report to. In the parent it does not return: it waits until the child runs, or fails, and says what it said. */
static int detach(void)
{
	char text[sizeof(struct rv_err) + 64];
	size_t len = 0;
	ssize_t n;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		perror("reeve-monitor: cannot start");
		exit(1);
	}
	if (pid == 0) {
		leave(ends[1]);
		return 3;
	}
	close(ends[1]);
	while (len < sizeof(text) - 1 && (n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	if (strcmp(text, READY) != 0)
		fputs(len ? text : "reeve-monitor: it ended before it ran\n", stderr);
	exit(strcmp(text, READY) != 0);
}

/* ---- all together ---- */

static int open_all(struct rv_monitor *m, const struct settings *s, const struct options *o, struct rv_err *err)
{
	static char hostname[HOST_NAME_MAX + 1];
	int rc;

	gethostname(hostname, sizeof(hostname) - 1);
	m->ctx.hostname = hostname;
	m->sets.dir = SETS;
	m->sets.rules = RV_RULES_DIR;
	m->watch.run = RUN;
	m->watch.reports = s->node.reports;
	m->metrics_file = s->node.metrics;
	m->ends = o->background;
	m->sinks.file.path = s->node.events && *s->node.events ? s->node.events : NULL;
	m->sinks.file.rotate = s->node.rotate;
	m->sinks.file.keep = s->node.keep;
	m->sinks.journal = s->node.journal;
	m->sinks.telemetry = s->node.telemetry;
	rc = rv_monitor_open(m, err);
	if (rc == 0)
		rc = rv_act_open(&m->cgroups, err);
	if (rc == 0)
		rc = rv_helper_start(&m->helper, err);
	if (rc == 0)
		rc = rv_monitor_listen(m, s->node.socket, err);
	if (rc == 0 && (o->output || (s->node.standard_output && !o->background)))
		rc = rv_socket_sink_output(&m->sinks.socket, err);
	return rc;
}

static void say_ready(int report)
{
	if (report >= 0 && write(report, READY, strlen(READY)) > 0)
		close(report);
}

static int run(const struct options *o, int report, bool *twice, struct rv_err *err)
{
	struct rv_monitor m = RV_MONITOR_INIT;
	struct settings s = { 0 };
	int rc = geteuid() ? rv_err(err, RV_ESYSTEM, "must be run by root") : rv_confine_namespaces(err);

	if (rc == 0) {
		rc = take_lock(&m.lock, err);
		*twice = rc < 0 && err->errnum == EWOULDBLOCK;
	}
	if (rc == 0)
		rc = read_settings(&s, err);
	if (rc == 0)
		rc = open_all(&m, &s, o, err);
	if (rc == 0)
		rc = rv_confine(err);
	if (rc == 0) {
		if (o->service)
			notify("READY=1");
		say_ready(report);
		rc = rv_monitor_run(&m, err);
	}
	rv_monitor_done(&m);
	rv_arena_done(&s.arena);
	return rc;
}

static int parse(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "background", no_argument, NULL, 'b' }, { "service", no_argument, NULL, 's' },
		{ "stdout", no_argument, NULL, 'o' },	  { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },	  { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h' || c == 'v') {
			fputs(c == 'h' ? usage : "reeve-monitor " PACKAGE_VERSION "\n", stdout);
			exit(0);
		}
		if (c == '?')
			return -1;
		o->background |= c == 'b';
		o->service |= c == 's';
		o->output |= c == 'o';
	}
	return optind < argc || (o->background && (o->service || o->output)) ? -1 : 0;
}

static void say(int report, const struct rv_err *err)
{
	char text[sizeof(*err)];

	dprintf(report >= 0 ? report : STDERR_FILENO, "reeve-monitor: %s\n", rv_err_text(err, text, sizeof(text)));
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct rv_err err = RV_ERR_INIT;
	bool twice = false;
	int report = -1, rc;

	if (parse(&o, argc, argv) < 0) {
		fputs("reeve-monitor: wrong arguments; see reeve-monitor --help\n", stderr);
		return rv_err_status(RV_EUSAGE);
	}
	umask(077);
	if (chdir("/") < 0)
		return 1;
	if (o.background)
		report = detach();
	rc = run(&o, report, &twice, &err);
	/* that one runs already is what was wanted */
	if (twice && o.background)
		say_ready(report);
	else if (rc < 0)
		say(report, &err);
	return twice ? TWICE : rc < 0;
}
