/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole documents of engines by the shipped profiles: tests/data/plans/NAME.json and the plan in NAME.plan.
 * `test-plans --update DIR` writes the plans anew, to be read over before they are committed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "judge.h"

static bool update;
static const char *where;

static void read_file(int dir, const char *name, struct rv_buf *out)
{
	struct rv_err err = RV_ERR_INIT;
	char line[2048];

	if (rv_io_read_at(dir, name, true, RV_JSON_MAX, out, &err) < 0)
		fail_msg("%s", rv_err_text(&err, line, sizeof(line)));
}

static void one_plan(int dir, const char *name)
{
	rv_autobuf text = { 0 }, plan = { 0 }, want = { 0 }, golden = { 0 };
	struct rv_err err = RV_ERR_INIT;

	read_file(dir, name, &text);
	judge_file(rv_buf_str(&text), &plan);
	rv_buf_addf(&golden, "%.*s.plan", (int)(strlen(name) - strlen(".json")), name);
	if (update) {
		assert_int_equal(rv_io_write_atomic(dir, rv_buf_str(&golden), rv_buf_str(&plan), plan.len, 0644, &err), 0);
		return;
	}
	read_file(dir, rv_buf_str(&golden), &want);
	if (strcmp(rv_buf_str(&plan), rv_buf_str(&want)) != 0)
		fail_msg("%s: the plan is now\n%s", name, rv_buf_str(&plan));
}

static void test_plans(void **state)
{
	rv_autofd dir = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = opendir(where);
	size_t count = 0;

	(void)state;
	assert_true(dir >= 0);
	assert_non_null(list);
	for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".json") != 0)
			continue;
		one_plan(dir, entry->d_name);
		count++;
	}
	closedir(list);
	assert_true(count >= 8);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_plans) };
	const char *srcdir = getenv("srcdir");	/* automake's */
	char path[4096];

	update = argc == 3 && !strcmp(argv[1], "--update");
	snprintf(path, sizeof(path), "%s/tests/data/plans", srcdir ? srcdir : ".");
	where = update ? argv[2] : path;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
