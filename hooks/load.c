/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroups.h"
#include "lock.h"

#define LOADER	     RV_LIBEXECDIR "/reeve/reeve-load"
#define MONITOR	     RV_LIBEXECDIR "/reeve/reeve-monitor"
#define MONITOR_LOCK RV_RUNSTATEDIR "/reeve/monitor.lock"
#define SAID_MAX     2048u /* bytes of what a program said that are kept */
#define ARGUMENTS    16

static volatile pid_t loader;

void rv_load_kill(void)
{
	if (loader > 0)
		kill(loader, SIGKILL);
}

/* A child of ours gets no alarm of its own, no mask, and three descriptors. */
static void become(const char *program, const char *const *arguments, int in, int out)
{
	char *argv[ARGUMENTS] = { strdup(program) };
	char *none[] = { NULL };

	for (size_t i = 0; arguments && arguments[i] && i + 2 < ARGUMENTS; i++)
		argv[i + 1] = strdup(arguments[i]);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	(void)syscall(SYS_close_range, 3, ~0U, 0);
	if (chdir("/") == 0)
		execve(program, argv, none);
	_exit(127);
}

/* Until it is gone or time is over. Its words are short; a pipe takes them. */
static int wait_child(pid_t pid, int64_t until, int *status, struct rv_err *err)
{
	rv_autofd fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int64_t left = until - rv_now_ms();
	int ready;

	do
		ready = fd < 0 ? -1 : poll(&wait, 1, left > 0 ? (int)left : 0);
	while (ready < 0 && fd >= 0 && errno == EINTR);
	if (ready <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return ready > 0 ? 0 : rv_err(err, RV_ESYSTEM, "loading the kernel programs took too long; see reevectl node doctor");
}

static int tell_failure(int status, int from, struct rv_err *err)
{
	char said[SAID_MAX];
	ssize_t n = read(from, said, sizeof(said) - 1);

	said[n < 0 ? 0 : n] = '\0';
	if (n <= 0)
		snprintf(said, sizeof(said), "reeve-load failed and did not say why; try reeve-load current");
	while (n > 0 && said[n - 1] == '\n')
		said[--n] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return rv_err(err, RV_ESYSTEM, "%s cannot be started; is it installed?", LOADER);
	if (WIFSIGNALED(status))
		return rv_err(err, RV_ESYSTEM, "reeve-load was killed by signal %d", WTERMSIG(status));
	return rv_err(err, RV_ESYSTEM, "%s", rv_str_starts(said, "reeve-load: ") ? said + strlen("reeve-load: ") : said);
}

int rv_load_run(const char *const *arguments, int64_t until, struct rv_err *err)
{
	int pipe_fd[2] = { -1, -1 }, status = 0, rc;
	rv_autofd in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	if (in < 0 || pipe2(pipe_fd, O_CLOEXEC) < 0)
		return rv_err_errno(err, errno, "cannot start reeve-load");
	pid = fork();
	if (pid == 0)
		become(LOADER, arguments, in, pipe_fd[1]);
	loader = pid;
	rv_io_close(&pipe_fd[1]);
	rc = pid < 0 ? rv_err_errno(err, errno, "cannot start reeve-load") : wait_child(pid, until, &status, err);
	loader = 0;
	if (rc == 0 && status != 0)
		rc = tell_failure(status, pipe_fd[0], err);
	rv_io_close(&pipe_fd[0]);
	return rc;
}

/* ---- the monitor ---- */

static bool monitor_runs(void)
{
	rv_autofd fd = open(MONITOR_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;
}

/* It outlives the engine that happened to start the first container. */
static void leave_cgroup(void)
{
	rv_autofd root = -1, procs = -1;

	if (rv_cgroup_root(&root, NULL) < 0)
		return;
	procs = openat(root, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs >= 0 && write(procs, "0", 1) < 0)
		return;
}

/* Some take in every orphan below them and do not end, or clean up, before it has (conmon 2.1, crun 1.8: measured).
 * conmonrs takes them in and waits for none but those it started, by their number. */
static bool waits_for_orphans(pid_t parent)
{
	char path[32], name[17] = "";
	rv_autofd fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)parent);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, name, sizeof(name) - 1) < 0)
		return false;
	return !strcmp(name, "conmon\n") || !strcmp(name, "crun\n");
}

static pid_t adopted_by(pid_t before)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < 1000 && getppid() == before; i++)
		nanosleep(&moment, NULL);
	return getppid();
}

void rv_monitor_start(void)
{
	static const char *const arguments[] = { "--background", NULL };
	pid_t pid, between;
	int null;

	if (access(MONITOR, X_OK) < 0 || monitor_runs())
		return;
	pid = fork();
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (pid != 0)
		return;
	setsid();
	between = getpid();
	if (fork() != 0)
		_exit(0);
	if (waits_for_orphans(adopted_by(between)))
		_exit(0);
	leave_cgroup();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	become(MONITOR, arguments, null, null);
}
