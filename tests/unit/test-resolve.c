/* SPDX-License-Identifier: Apache-2.0 */
/* shim/resolve: where paths lead, in a directory made for it and in procfs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "resolve.h"
#include "tree.h"

static char top[PATH_MAX]; /* the directory, without links */

static int setup(void **state)
{
	(void)state;
	tree_make(top, sizeof(top));
	tree_dir(top, "dir/sub");
	tree_file(top, "dir/file", "x");
	tree_link(top, "to-dir", "dir");
	tree_link(top, "to-file", "to-dir/file");
	tree_link(top, "up", "dir/sub/../..");
	tree_link(top, "abs", "/etc");
	tree_link(top, "dangling", "nowhere/else");
	tree_link(top, "loop", "loop2");
	tree_link(top, "loop2", "loop");
	tree_link(top, "dir/climb", "../../../../../../../../../../../../etc");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(top);
	return 0;
}

/* path is looked up below top; wanted begins with "/" or is below top too; NULL: errnum is wanted. */
static void check_host(const char *path, const char *wanted, bool exists, int errnum)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_path_fact fact;
	char full[PATH_MAX * 2];

	rv_resolve_host(&arena, top, path, &fact);
	if (!wanted) {
		assert_null(fact.resolved);
		assert_int_equal(fact.errnum, errnum);
		return;
	}
	snprintf(full, sizeof(full), "%s%s%s", wanted[0] == '/' ? "" : top, wanted[0] == '/' || !*wanted ? "" : "/", wanted);
	assert_non_null(fact.resolved);
	assert_string_equal(fact.resolved, full);
	assert_int_equal(fact.exists, exists);
}

static void test_host(void **state)
{
	char name[NAME_MAX + 3], deep[PATH_MAX + 10];

	(void)state;
	check_host("dir/file", "dir/file", true, 0);
	check_host("dir//./sub/", "dir/sub", true, 0);
	check_host("dir/sub/../file", "dir/file", true, 0);
	check_host("to-file", "dir/file", true, 0);
	check_host("to-dir/sub/..", "dir", true, 0);
	check_host("up", "", true, 0);
	check_host("abs/passwd", "/etc/passwd", true, 0);
	check_host("dir/climb", "/etc", true, 0);
	check_host("/", "/", true, 0);
	check_host("/../..", "/", true, 0);
	check_host("", "", true, 0);
	check_host("missing/a/b", "missing/a/b", false, 0);
	check_host("missing/../x", "x", false, 0);
	check_host("dangling", "nowhere/else", false, 0);
	check_host("dangling/more", "nowhere/else/more", false, 0);
	check_host("loop", NULL, false, ELOOP);
	check_host("dir/file/x", NULL, false, ENOTDIR);
	check_host("dir/file/..", NULL, false, ENOTDIR);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	check_host(name, NULL, false, ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(deep) - 1; i++)
		deep[i] = i % 2 ? 'd' : '/';
	deep[sizeof(deep) - 1] = '\0';
	check_host(deep, NULL, false, ENAMETOOLONG);
}

static void check_fd(int fd, const char *wanted, int errnum)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_host(path, wanted, true, errnum);
	close(fd);
}

static void test_magic(void **state)
{
	char path[PATH_MAX * 2], wanted[64];
	int fds[2], fd;

	(void)state;
	check_host("/proc/self/root", "/", true, 0);
	check_host("/proc/self/root/etc/passwd", "/etc/passwd", true, 0);
	assert_int_equal(chdir(top), 0);
	check_host("/proc/self/cwd/dir/file", "dir/file", true, 0);
	assert_int_equal(chdir("/"), 0);
	check_fd(open(top, O_PATH | O_CLOEXEC), "", 0);
	snprintf(path, sizeof(path), "%s/gone", top);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(unlink(path), 0);
	check_fd(fd, NULL, ESTALE);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	close(fds[1]);
	check_fd(fds[0], NULL, ESTALE);
	check_fd(memfd_create("x", MFD_CLOEXEC), NULL, ESTALE);
	snprintf(wanted, sizeof(wanted), "/proc/%ld/ns/net", (long)getpid());
	check_host("/proc/self/ns/net", wanted, true, 0);
	check_host("/proc/self/ns/net/x", NULL, false, ENOTDIR);
}

/* The root of a process in another mount namespace reads as "/" too, and is not ours. */
static void test_other_root(void **state)
{
	int ready[2];
	char byte, path[64];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		byte = unshare(CLONE_NEWNS) == 0 ? 'y' : 'n';
		(void)!write(ready[1], &byte, 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	snprintf(path, sizeof(path), "/proc/%ld/root/etc", (long)pid);
	if (byte == 'y')
		check_host(path, NULL, false, ESTALE);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	if (byte != 'y')
		skip();
}

static void test_inside(void **state)
{
	static const struct {
		const char *path, *wanted;
		int errnum;
	} cases[] = {
		{ "/dir/file", "/dir/file", 0 },
		{ "dir/file", "/dir/file", 0 },
		{ "/abs/passwd", "/etc/passwd", 0 }, /* the link stays inside, where there is no /etc */
		{ "/dir/climb/x", "/etc/x", 0 },
		{ "/../../dir", "/dir", 0 },
		{ "/proc/self/fd/8", "/proc/self/fd/8", 0 },
		{ "/loop", NULL, ELOOP },
	};
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct rv_path_fact fact;

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		rv_resolve_inside(&arena, fd, "/", cases[i].path, &fact);
		if (cases[i].wanted)
			assert_string_equal(fact.resolved, cases[i].wanted);
		else
			assert_null(fact.resolved);
		assert_int_equal(fact.errnum, cases[i].errnum);
	}
	close(fd);
	/* nothing of a procfs inside is followed */
	fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	rv_resolve_inside(&arena, fd, "/", "/proc/self/root/etc", &fact);
	assert_string_equal(fact.resolved, "/proc/self/root/etc");
	assert_false(fact.exists);
	close(fd);
}

static void test_stat(void **state)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_path_fact fact;
	struct stat st;

	(void)state;
	rv_resolve_host(&arena, "/", "/dev/null", &fact);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(fact.mode) && fact.rdev == st.st_rdev && fact.dev == st.st_dev && fact.ino == st.st_ino);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),   cmocka_unit_test(test_magic), cmocka_unit_test(test_other_root),
		cmocka_unit_test(test_inside), cmocka_unit_test(test_stat),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
