/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char *full(const char *top, const char *path)
{
	static char text[PATH_MAX];

	assert_true((size_t)snprintf(text, sizeof(text), "%s/%s", top, path) < sizeof(text));
	return text;
}

void tree_make(char *top, size_t size)
{
	char name[] = "/tmp/reeve-test-XXXXXX";

	assert_non_null(mkdtemp(name));
	assert_true(size >= PATH_MAX);
	assert_non_null(realpath(name, top));
	assert_int_equal(chmod(top, 0755), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tree_remove(const char *top)
{
	assert_int_equal(nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
}

void tree_dir(const char *top, const char *path)
{
	char *text = full(top, path);

	for (char *slash = text + strlen(top); slash; slash = strchr(slash + 1, '/')) {
		if (slash == text + strlen(top))
			continue;
		*slash = '\0';
		assert_true(mkdir(text, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	assert_true(mkdir(text, 0755) == 0 || errno == EEXIST);
	assert_int_equal(chmod(text, 0755), 0);
}

void tree_file(const char *top, const char *path, const char *text)
{
	FILE *f = fopen(full(top, path), "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fchmod(fileno(f), 0644), 0);
	assert_int_equal(fclose(f), 0);
}

void tree_link(const char *top, const char *path, const char *target)
{
	assert_int_equal(symlink(target, full(top, path)), 0);
}
