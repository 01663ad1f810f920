/* SPDX-License-Identifier: Apache-2.0 */
/* shim/runtime: scripts stand for real runtimes, sound and otherwise. Each call is a line in a file beside the script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime.h"
#include "tree.h"

static char top[PATH_MAX], program[PATH_MAX + 16], calls[PATH_MAX + 16];
static struct rv_state state = RV_STATE_INIT;
static struct rv_arena arena;
static struct rv_runtime_fact real;

#define VERSION "--version) echo 'runc version 1.2.3+x'; echo 'commit: y';;\n"
#define FEATURES                                                                                                               \
	"features) echo '{\"mountOptions\": [\"ro\", \"rro\"], \"hooks\": [\"createRuntime\"], "                               \
	"\"potentiallyUnsafeConfigAnnotations\": [\"a.b.\"],"                                                                  \
	"\"linux\": {\"mountExtensions\": {\"idmap\": {\"enabled\": true}}}}';;\n"

/* A runtime with these answers, and an empty state directory. */
static void begin(const char *cases)
{
	rv_autobuf text = { 0 };
	char path[PATH_MAX + 16];

	tree_make(top, sizeof(top));
	tree_dir(top, "state");
	snprintf(program, sizeof(program), "%s/runtime", top);
	snprintf(calls, sizeof(calls), "%s/calls", top);
	snprintf(path, sizeof(path), "%s/state", top);
	state.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(state.fd >= 0);
	rv_buf_addf(&text, "#!/bin/sh\necho \"$1\" >>%s\ncase $1 in\n%sesac\n", calls, cases);
	tree_file(top, "runtime", rv_buf_str(&text));
	assert_int_equal(chmod(program, 0755), 0);
}

static void end(void)
{
	rv_state_done(&state);
	rv_arena_done(&arena);
	arena = (struct rv_arena){ 0 };
	tree_remove(top);
}

static void learn(void)
{
	rv_runtime_read(&real, program, &state, &arena);
	assert_string_equal(real.path, program);
}

static int called(void)
{
	FILE *f = fopen(calls, "re");
	char line[64];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n++;
	if (f)
		fclose(f);
	return n;
}

/* The name of what is kept: the only file in the state directory; "" for none. */
static const char *kept(void)
{
	static char name[NAME_MAX + 1];
	int fd = openat(state.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	name[0] = '\0';
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(name, sizeof(name), "%s", entry->d_name);
	closedir(dir);
	return name;
}

static void make_older(intmax_t seconds)
{
	rv_autobuf text = { 0 }, older = { 0 };
	struct rv_err err;
	intmax_t at;

	assert_int_equal(rv_io_read_at(state.fd, kept(), true, 65536, &text, &err), 0);
	assert_int_equal(sscanf(text.data, "{\"at\":%jd", &at), 1);
	rv_buf_addf(&older, "{\"at\":%jd%s", at - seconds, strchr(text.data, ','));
	assert_int_equal(rv_io_write_atomic(state.fd, kept(), older.data, older.len, 0600, &err), 0);
}

static void check_sound(void)
{
	assert_string_equal(real.name, "runc");
	assert_string_equal(real.version, "1.2.3+x");
	assert_true(real.told && real.idmap);
	assert_string_equal(real.options[1], "rro");
	assert_null(real.options[2]);
	assert_string_equal(real.unsafe[0], "a.b.");
	assert_string_equal(real.hooks[0], "createRuntime");
}

static void test_sound(void **unused)
{
	(void)unused;
	begin(VERSION FEATURES);
	learn();
	check_sound();
	assert_int_equal(called(), 2);
	learn();
	check_sound();
	assert_int_equal(called(), 2);
	/* an hour later it is asked again, and so it is after any change of the file */
	make_older(3601);
	learn();
	assert_int_equal(called(), 4);
	assert_int_equal(chmod(program, 0700), 0);
	learn();
	check_sound();
	assert_int_equal(called(), 6);
	/* a clock that was set back makes nothing last longer */
	make_older(-100);
	learn();
	assert_int_equal(called(), 8);
	end();
}

static void test_kept_is_broken(void **unused)
{
	static const char *const texts[] = { "", "{", "{\"at\":1}", "[]",
					     "{\"at\":9999999999,\"key\":\"x\",\"name\":\"crun\"}" };
	struct rv_err err;

	(void)unused;
	begin(VERSION FEATURES);
	learn();
	for (size_t i = 0; i < RV_COUNT(texts); i++) {
		assert_int_equal(rv_io_write_atomic(state.fd, kept(), texts[i], strlen(texts[i]), 0600, &err), 0);
		learn();
		check_sound();
	}
	end();
}

static void test_without_features(void **unused)
{
	static const char *const cases[] = {
		VERSION "features) echo 'unknown command features' >&2; exit 1;;\n",
		VERSION "features) echo 'not JSON';;\n",
		VERSION "features) echo '{\"hooks\": []}';;\n",
		VERSION "features) echo '{\"mountOptions\": [\"rro\"]}'; exit 1;;\n",
		VERSION "features) kill -KILL $$;;\n",
		VERSION "features) yes;;\n",
	};

	(void)unused;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		begin(cases[i]);
		learn();
		assert_string_equal(real.version, "1.2.3+x");
		assert_true(!real.told && !real.options && !real.unsafe && !real.idmap);
		end();
	}
}

static void test_nothing_known(void **unused)
{
	static const char *const cases[] = { "", "--version) echo hello;;\n",
					     "--version) echo 'runc version 1.2.3'; exit 3;;\n",
					     "--version) echo '../../x version 1';;\n", "--version) exit 0;;\n" };

	(void)unused;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		begin(cases[i]);
		learn();
		assert_true(!real.name && !real.version && !real.told);
		assert_int_equal(called(), 1);
		learn();
		assert_int_equal(called(), 1);
		make_older(61);
		learn();
		assert_int_equal(called(), 2);
		end();
	}
}

/* Gone, or only waiting for its parent to notice. */
static bool is_gone(int pid)
{
	char path[64], state_letter = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f) {
		assert_int_equal(fscanf(f, "%*d (%*[^)]) %c", &state_letter), 1);
		fclose(f);
	}
	return state_letter == 'Z';
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* It hangs, with and without its output open, or leaves a child that holds it: nobody waits for that, and nothing stays. */
static void test_slow(void **unused)
{
	static const char *const cases[] = { "--version) sleep 60;;\n", "--version) exec >&-; sleep 60;;\n",
					     "--version) sleep 60 & echo $! >$0.pid;;\n" };

	(void)unused;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		int64_t start = now_ms();
		int asked;

		begin(cases[i]);
		learn();
		assert_null(real.name);
		assert_in_range(now_ms() - start, RV_RUNTIME_WAIT - 100, 30000);
		asked = called();
		learn();
		assert_int_equal(called(), asked);
		if (i == 2) {
			char path[PATH_MAX + 32];
			FILE *f;
			int pid = 0;

			snprintf(path, sizeof(path), "%s.pid", program);
			f = fopen(path, "re");
			assert_non_null(f);
			assert_int_equal(fscanf(f, "%d", &pid), 1);
			fclose(f);
			for (int try = 0; try < 3000 && !is_gone(pid); try++)
				usleep(10000);
			assert_true(is_gone(pid));
		}
		end();
	}
}

static void test_no_runtime(void **unused)
{
	struct rv_facts facts = { .kernel_major = 6 };

	(void)unused;
	begin("");
	rv_runtime_read(&facts.real, NULL, &state, &arena);
	assert_null(facts.real.path);
	assert_true(rv_runtime_takes(&facts, "rro"));
	assert_false(rv_runtime_takes(&facts, "idmap"));
	assert_int_equal(unlink(program), 0);
	learn();
	assert_null(real.name);
	assert_string_equal(kept(), "");
	end();
}

/* Some callers ignore SIGCHLD, and then no status can be waited for. */
static void test_sigchld(void **unused)
{
	(void)unused;
	begin(VERSION FEATURES);
	signal(SIGCHLD, SIG_IGN);
	learn();
	signal(SIGCHLD, SIG_DFL);
	check_sound();
	/* nowhere to keep it */
	rv_state_done(&state);
	learn();
	check_sound();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_kept_is_broken),
		cmocka_unit_test(test_without_features),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_no_runtime),
		cmocka_unit_test(test_sigchld),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
