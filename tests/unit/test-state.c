/* SPDX-License-Identifier: Apache-2.0 */
/* shim/state: in a mount namespace with a /run of its own. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "state.h"
#include "tree.h"

#define RUN   RV_RUNSTATEDIR
#define STATE RUN "/reeve"
#define ROOT  RUN "/runtime"

static int fresh_run(void **state)
{
	(void)state;
	(void)umount2(RUN, MNT_DETACH);
	return mount("tmpfs", RUN, "tmpfs", 0, "mode=755") < 0;
}

/* What a create of its own process does. 0, or a code of enum rv_code. */
static int create_elsewhere(const char *root, const char *id, const char *config)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct rv_state s = RV_STATE_INIT;
		struct rv_buf text = { 0 }, caller = { 0 };
		struct rv_arena arena = { 0 };
		const struct rv_kept files = { &text, &caller, &text };
		struct rv_err err = RV_ERR_INIT;
		int rc;

		rv_buf_adds(&text, config);
		rv_buf_adds(&caller, "{}\n");
		rc = rv_state_open(&s, true, &err);
		if (rc == 0) {
			rv_state_sweep(&s);
			rc = rv_state_create(&s, root, id, &files, &arena, &err);
		}
		_exit(-rc);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The config.json kept for a container, "" when there is none. Static. */
static const char *kept(const char *root, const char *id)
{
	static char text[256];
	rv_autostate s = RV_STATE_INIT;
	rv_autofd fd = -1, file = -1;
	struct rv_err err;
	ssize_t n;

	assert_int_equal(rv_state_open(&s, false, &err), 0);
	assert_int_equal(rv_state_find(&s, root, id, &fd, &err), 0);
	if (fd < 0)
		return "";
	file = openat(fd, "config.json", O_RDONLY | O_CLOEXEC);
	n = read(file, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void runtime_has(const char *id, bool there)
{
	char path[PATH_MAX];

	(void)mkdir(ROOT, 0755);
	snprintf(path, sizeof(path), "%s/%s", ROOT, id);
	assert_int_equal(there ? mkdir(path, 0755) : rmdir(path), 0);
}

static void test_open(void **state)
{
	rv_autostate s = RV_STATE_INIT, again = RV_STATE_INIT, third = RV_STATE_INIT;
	struct rv_err err;
	struct stat st;

	(void)state;
	assert_int_equal(rv_state_open(&s, false, &err), 0);
	assert_int_equal(s.fd, -1);
	assert_int_equal(rv_state_open(&s, true, &err), 0);
	assert_int_equal(stat(STATE, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(chmod(STATE, 0750), 0);
	assert_int_equal(rv_state_open(&again, true, &err), -RV_ESYSTEM);
	assert_non_null(strstr(err.msg, "chmod 700 " STATE));
	assert_int_equal(rmdir(STATE), 0);
	assert_int_equal(symlink("/tmp", STATE), 0);
	assert_int_equal(rv_state_open(&third, true, &err), -RV_ESYSTEM);
}

static void test_names(void **state)
{
	char a[RV_HASH_HEX], b[RV_HASH_HEX], c[RV_HASH_HEX];

	(void)state;
	rv_state_name("/run/runc", "x", a);
	rv_state_name("/run/run", "cx", b);
	rv_state_name("/run/crun", "x", c);
	assert_string_not_equal(a, b);
	assert_string_not_equal(a, c);
}

static void test_create(void **state)
{
	struct stat st;
	char entry[PATH_MAX], name[RV_HASH_HEX];

	(void)state;
	assert_int_equal(create_elsewhere(ROOT, "a b..c", "one"), 0);
	assert_string_equal(kept(ROOT, "a b..c"), "one");
	assert_string_equal(kept(RUN "/other", "a b..c"), "");
	rv_state_name(ROOT, "a b..c", name);
	snprintf(entry, sizeof(entry), STATE "/%s/config.json", name);
	assert_int_equal(stat(entry, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* another engine's container of that id */
	assert_int_equal(create_elsewhere(RUN "/other", "a b..c", "two"), 0);
	assert_string_equal(kept(RUN "/other", "a b..c"), "two");
}

static void test_live(void **state)
{
	(void)state;
	assert_int_equal(create_elsewhere(ROOT, "x", "one"), 0);
	runtime_has("x", true);
	assert_int_equal(create_elsewhere(ROOT, "x", "two"), RV_ESYSTEM);
	assert_string_equal(kept(ROOT, "x"), "one");
	runtime_has("x", false);
	assert_int_equal(create_elsewhere(ROOT, "x", "three"), 0);
	assert_string_equal(kept(ROOT, "x"), "three");
}

/* While the process that became the runtime runs, its container may still come. */
static void test_creator(void **state)
{
	rv_autostate s = RV_STATE_INIT;
	rv_autobuf text = { 0 };
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	const struct rv_kept files = { &text, &text, NULL };
	struct rv_err err;

	(void)state;
	rv_buf_adds(&text, "mine");
	assert_int_equal(rv_state_open(&s, true, &err), 0);
	assert_int_equal(rv_state_create(&s, ROOT, "x", &files, &arena, &err), 0);
	assert_int_equal(create_elsewhere(ROOT, "x", "two"), RV_ESYSTEM);
	assert_int_equal(create_elsewhere(ROOT, "y", "other"), 0);
	assert_string_equal(kept(ROOT, "x"), "mine");
}

static unsigned entries(void)
{
	struct stat st;

	assert_int_equal(stat(STATE, &st), 0);
	return (unsigned)st.st_nlink - 2;
}

static void test_sweep(void **state)
{
	char id[16];

	(void)state;
	assert_int_equal(create_elsewhere(ROOT, "live", "l"), 0);
	runtime_has("live", true);
	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "dead%d", i);
		assert_int_equal(create_elsewhere(ROOT, id, "d"), 0);
		assert_int_equal(entries(), 2);
	}
	tree_dir(STATE, ".new.1"); /* unfinished, and too young to be given up */
	assert_int_equal(create_elsewhere(ROOT, "last", "d"), 0);
	assert_int_equal(entries(), 3);
	assert_int_equal(utimensat(AT_FDCWD, STATE "/.new.1", (struct timespec[2]){ { 0, 0 }, { 0, 0 } }, 0), 0);
	assert_int_equal(create_elsewhere(ROOT, "live2", "d"), 0);
	assert_int_equal(entries(), 2);
	assert_string_equal(kept(ROOT, "live"), "l");
}

static void test_sweep_bounded(void **state)
{
	rv_autostate s = RV_STATE_INIT;
	struct rv_err err;
	char path[128];
	unsigned left;

	(void)state;
	assert_int_equal(rv_state_open(&s, true, &err), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "%s/%064d", STATE, i);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	rv_state_sweep(&s);
	left = entries();
	assert_true(left < 100 && left >= 100 - RV_STATE_SWEEP);
	for (int i = 0; i < 1000 && entries() > 0; i++)
		rv_state_sweep(&s);
	assert_int_equal(entries(), 0);
}

static void test_locked(void **state)
{
	rv_autostate s = RV_STATE_INIT;
	rv_autofd lock = -1;
	struct rv_err err;

	(void)state;
	assert_int_equal(create_elsewhere(ROOT, "x", "one"), 0);
	assert_int_equal(rv_state_open(&s, false, &err), 0);
	lock = open(STATE "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	rv_state_sweep(&s);
	assert_string_equal(kept(ROOT, "x"), "one");
	/* a new id needs no lock; a used one gives up in the end */
	assert_int_equal(create_elsewhere(ROOT, "y", "two"), 0);
	assert_int_equal(create_elsewhere(ROOT, "x", "three"), RV_ESYSTEM);
	assert_string_equal(kept(ROOT, "x"), "one");
}

static void test_full(void **state)
{
	char big[64 * 1024];

	(void)state;
	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(mount("tmpfs", RUN, "tmpfs", MS_REMOUNT, "mode=755,size=16k"), 0);
	assert_int_equal(create_elsewhere(ROOT, "x", big), RV_ESYSTEM);
	assert_string_equal(kept(ROOT, "x"), "");
	assert_int_equal(entries(), 0);
	assert_int_equal(mount("tmpfs", RUN, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(create_elsewhere(ROOT, "x", "small"), RV_ESYSTEM);
}

static void test_runtime_root(void **state)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_err err;

	(void)state;
	tree_dir(RUN, "there");
	tree_link(RUN, "link", "there");
	assert_string_equal(rv_state_runtime_root(RV_RUNTIME_RUNC, RUN "/link/x/", &arena, &err), RUN "/there/x");
	assert_int_equal(chdir(RUN), 0);
	assert_string_equal(rv_state_runtime_root(RV_RUNTIME_RUNC, "link", &arena, &err), RUN "/there");
	assert_int_equal(chdir("/"), 0);
	setenv("XDG_RUNTIME_DIR", RUN "/there", 1);
	assert_string_equal(rv_state_runtime_root(RV_RUNTIME_RUNC, NULL, &arena, &err), "/run/runc");
	assert_string_equal(rv_state_runtime_root(RV_RUNTIME_CRUN, NULL, &arena, &err), RUN "/there/crun");
	unsetenv("XDG_RUNTIME_DIR");
	assert_string_equal(rv_state_runtime_root(RV_RUNTIME_CRUN, NULL, &arena, &err), "/run/crun");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_open, fresh_run),	       cmocka_unit_test(test_names),
		cmocka_unit_test_setup(test_create, fresh_run),	       cmocka_unit_test_setup(test_live, fresh_run),
		cmocka_unit_test_setup(test_creator, fresh_run),       cmocka_unit_test_setup(test_sweep, fresh_run),
		cmocka_unit_test_setup(test_sweep_bounded, fresh_run), cmocka_unit_test_setup(test_locked, fresh_run),
		cmocka_unit_test_setup(test_full, fresh_run),	       cmocka_unit_test_setup(test_runtime_root, fresh_run),
	};

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		puts("needs root and a mount namespace");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
