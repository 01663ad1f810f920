/* SPDX-License-Identifier: Apache-2.0 */
/* shim/handover: what the runtime finds, as a small program in its place tells. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "handover.h"

static char observe[PATH_MAX]; /* the program */
static char said[8192];	       /* what it printed last */

struct ways {
	unsigned preserve;
	const char *listen_fds;
	bool listen_ours;
	const char *text; /* handed over as a file */
	void (*before)(void);
};

static void become(const struct ways *w)
{
	int keep[2] = { -1, -1 };
	char path[32], pid[32], *argv[] = { observe, NULL, NULL };
	struct rv_buf text = { 0 };
	struct rv_err err = RV_ERR_INIT;
	unsigned inherited;

	if (w->listen_fds) {
		snprintf(pid, sizeof(pid), "%ld", w->listen_ours ? (long)getpid() : 1L);
		setenv("LISTEN_FDS", w->listen_fds, 1);
		setenv("LISTEN_PID", pid, 1);
	}
	if (w->before)
		w->before();
	inherited = rv_handover_inherited(w->preserve);
	if (w->text) {
		rv_buf_adds(&text, w->text);
		if (rv_handover_file("x", &text, inherited, &keep[0], path, &err) < 0)
			_exit(2);
		argv[1] = path;
	}
	(void)rv_handover_exec(argv, inherited, keep, &err);
	_exit(3);
}

/* Fds 3 to 9 are open in the child. Its pid is returned, what was printed is in said. */
static pid_t run(struct ways w)
{
	int out[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		for (int fd = 3; fd < 10; fd++)
			dup2(0, fd);
		become(&w);
	}
	close(out[1]);
	while ((n = read(out[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

static void saw(const char *line, bool wanted)
{
	char with_breaks[256], all[sizeof(said) + 2];

	snprintf(with_breaks, sizeof(with_breaks), "\n%s\n", line);
	snprintf(all, sizeof(all), "\n%s", said);
	if (!!strstr(all, with_breaks) != wanted)
		fail_msg("%s %s in:\n%s", line, wanted ? "missing" : "not wanted", said);
}

/* The line begins so and names one fd more, the file's, which is any but the inherited ones. */
static void saw_one_more(const char *fds)
{
	size_t len = strlen(fds);

	if (strncmp(said, fds, len) != 0 || said[len] != ' ' || strcspn(said + len + 1, " \n") != strcspn(said + len + 1, "\n"))
		fail_msg("not %s and one more in:\n%s", fds, said);
}

static void test_fds(void **state)
{
	(void)state;
	run((struct ways){ 0 });
	saw("fds 0 1 2", true);
	run((struct ways){ .preserve = 2 });
	saw("fds 0 1 2 3 4", true);
	run((struct ways){ .listen_fds = "1", .listen_ours = true, .preserve = 2 });
	saw("fds 0 1 2 3 4 5", true);
	saw("LISTEN_FDS=1", true);
}

static void test_foreign_listen(void **state)
{
	(void)state;
	run((struct ways){ .listen_fds = "1", .preserve = 1 });
	saw("fds 0 1 2 3", true);
	saw("LISTEN_FDS=1", false);
	saw("LISTEN_PID=1", false);
	run((struct ways){ .listen_fds = "junk", .listen_ours = true });
	saw("fds 0 1 2", true);
}

static void test_file(void **state)
{
	(void)state;
	run((struct ways){ .text = "the document", .preserve = 3 });
	saw("file the document", true);
	saw_one_more("fds 0 1 2 3 4 5");
	run((struct ways){ .text = "the document" });
	saw_one_more("fds 0 1 2");
}

static void close_all(void)
{
	close(0);
	for (int fd = 3; fd < 10; fd++)
		close(fd);
	rv_handover_std_fds();
}

/* A stdin that was closed stays closed for the runtime, and takes no file of ours meanwhile. */
static void test_closed(void **state)
{
	(void)state;
	run((struct ways){ .before = close_all });
	saw("fds 1 2", true);
	run((struct ways){ .before = close_all, .text = "t" });
	saw_one_more("fds 1 2");
}

static void set_up(void)
{
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	umask(0137);
	setenv("NOTIFY_SOCKET", "/run/n", 1);
	unsetenv("PATH");
	if (chdir("/usr") < 0)
		_exit(4);
}

static void test_process(void **state)
{
	char line[PATH_MAX + 16];
	pid_t pid;

	(void)state;
	pid = run((struct ways){ .before = set_up });
	snprintf(line, sizeof(line), "pid %ld", (long)pid);
	saw(line, true);
	saw("cwd /usr", true);
	saw("umask 137", true);
	saw("pdeathsig 9", true);
	saw("blocked 10", true);
	saw("ignored 13", true);
	saw("NOTIFY_SOCKET=/run/n", true);
	assert_null(strstr(said, "PATH="));
	snprintf(line, sizeof(line), "argv0 %s", observe);
	saw(line, true);
}

static void test_runtime(void **state)
{
	struct rv_node node = { .runtime = "/proc/self/exe" };
	char file[] = "/tmp/reeve-test-XXXXXX";
	struct rv_err err;
	const char *path;
	int fd;

	(void)state;
	assert_int_equal(rv_handover_runtime(&node, RV_ENGINE_SHELL, false, &path, &err), -RV_EPOLICY);
	assert_non_null(strstr(err.msg, "itself"));
	node.runtime = "/nowhere";
	assert_int_equal(rv_handover_runtime(&node, RV_ENGINE_SHELL, false, &path, &err), -RV_ESYSTEM);
	node.runtime = "/etc";
	assert_int_equal(rv_handover_runtime(&node, RV_ENGINE_SHELL, false, &path, &err), -RV_EPOLICY);
	node.runtime_for[RV_ENGINE_DOCKER] = "/bin/sh";
	assert_int_equal(rv_handover_runtime(&node, RV_ENGINE_DOCKER, false, &path, &err), 0);
	assert_string_equal(path, "/bin/sh");
	fd = mkstemp(file);
	assert_true(fd >= 0 && fchmod(fd, 0757) == 0);
	node.runtime = file;
	if (geteuid() == 0)
		assert_int_equal(rv_handover_runtime(&node, RV_ENGINE_SHELL, false, &path, &err), -RV_EPOLICY);
	close(fd);
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fds),    cmocka_unit_test(test_foreign_listen), cmocka_unit_test(test_file),
		cmocka_unit_test(test_closed), cmocka_unit_test(test_process),	      cmocka_unit_test(test_runtime),
	};
	ssize_t n = readlink("/proc/self/exe", observe, sizeof(observe) - sizeof("observe"));
	char *slash;

	if (n <= 0)
		return 99;
	observe[n] = '\0';
	slash = strrchr(observe, '/');
	strcpy(slash + 1, "observe");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
