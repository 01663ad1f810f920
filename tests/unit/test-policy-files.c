/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/data/policy: each case is a directory of sources (reeve.json is the node file), and `expected` holds every warning and
 * mistake, with its place. `test-policy-files CASE` prints them, for writing a new `expected`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reeve/policy.h"

#define NOW 1795262400	/* 2026-11-21T12:00Z */
#define FILES 16

static const char *data_dir(void)
{
	static char dir[4096];
	const char *srcdir = getenv("srcdir");	/* set by automake */

	snprintf(dir, sizeof(dir), "%s/tests/data/policy", srcdir ? srcdir : ".");
	return dir;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return rv_policy_name_cmp((*a)->d_name, (*b)->d_name);
}

static void read_text(const char *dir, const char *name, struct rv_buf *out)
{
	struct rv_err err = RV_ERR_INIT;
	char path[8192];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (rv_io_read_at(AT_FDCWD, path, false, RV_JSON_MAX, out, &err))
		fail_msg("%s: %s", path, err.msg);
}

static void print_errs(struct rv_buf *out, const struct rv_errs *errs, const char *what)
{
	for (size_t i = 0; i < errs->count; i++) {
		char text[2048];

		rv_buf_addf(out, "%s%s\n", what, rv_err_text(&errs->item[i], text, sizeof(text)));
	}
}

/* All that is said about a case; returns what compile returned. */
static int run_case(const char *dir, struct rv_buf *said)
{
	struct dirent **names = NULL;
	struct rv_buf text[FILES] = { 0 };
	struct rv_source source[FILES], node = { 0 };
	struct rv_errs errs = { 0 }, warnings = { 0 };
	rv_autobuf active = { 0 };
	int n = scandir(dir, &names, visible, by_name), rc;
	size_t count = 0;

	assert_in_range(n, 1, FILES);
	for (int i = 0; i < n; i++) {
		struct rv_source *s = strcmp(names[i]->d_name, "reeve.json") ? &source[count] : &node;

		if (strcmp(names[i]->d_name, "expected") != 0) {
			read_text(dir, names[i]->d_name, &text[i]);
			*s = (struct rv_source){ names[i]->d_name, rv_buf_str(&text[i]), text[i].len };
			count += s != &node;
		}
	}
	rc = rv_policies_compile(node.file ? &node : NULL, source, count, NOW, &active, &errs, &warnings);
	print_errs(said, &warnings, "warning: ");
	print_errs(said, &errs, "");
	assert_int_equal(rc ? 1 : 0, errs.count ? 1 : 0);
	if (rc)
		assert_int_equal(active.len, 0);
	rv_errs_done(&errs);
	rv_errs_done(&warnings);
	for (int i = 0; i < n; i++) {
		rv_buf_done(&text[i]);
		free(names[i]);
	}
	free(names);
	return rc;
}

static void run_group(const char *group, int wanted)
{
	struct dirent **names = NULL;
	char dir[4500];
	int n;

	snprintf(dir, sizeof(dir), "%s/%s", data_dir(), group);
	n = scandir(dir, &names, visible, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		char path[8192];
		rv_autobuf said = { 0 }, expected = { 0 };

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		read_text(path, "expected", &expected);
		if (run_case(path, &said) != wanted || strcmp(rv_buf_str(&said), rv_buf_str(&expected)) != 0)
			fail_msg("%s\n-- said\n%s-- expected\n%s", path, rv_buf_str(&said), rv_buf_str(&expected));
		free(names[i]);
	}
	free(names);
}

static void test_invalid(void **state)
{
	(void)state;
	run_group("invalid", -RV_EPOLICY);
}

static void test_valid(void **state)
{
	(void)state;
	run_group("valid", 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_valid),
	};
	rv_autobuf said = { 0 };

	if (argc > 1) {
		run_case(argv[1], &said);
		fputs(rv_buf_str(&said), stdout);
		return 0;
	}
	return cmocka_run_group_tests_name("policy files", tests, NULL, NULL);
}
