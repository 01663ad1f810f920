/* SPDX-License-Identifier: Apache-2.0 */
/* policy/base/mountinfo: lines, which mount a path lies in, what a recursive bind brings along, what overlays are made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "reeve/mountinfo.h"

static struct rv_arena arena;

static struct rv_mountinfos parsed(const char *text)
{
	struct rv_mountinfos mounts = { 0 };
	struct rv_err err = RV_ERR_INIT;

	if (rv_mountinfo_parse(text, strlen(text), &arena, &mounts, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return mounts;
}

static int teardown(void **state)
{
	(void)state;
	rv_arena_done(&arena);
	return 0;
}

static void test_lines(void **state)
{
	struct rv_mountinfos m = parsed(
		"22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw\n"
		"36 35 98:70000 /a\\040b /mnt/c\\011d\\134e ro,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue\n"
		"37 35 0:4 net:[4026531840] /run/netns/x rw - nsfs nsfs rw\n"
		"38 35 0:5 / /roc rorw shared:1 master:2 - fuse.sshfs\n");

	(void)state;
	assert_int_equal(m.count, 4);
	assert_true(m.item[0].shared && !m.item[0].slave && !m.item[0].ro);
	assert_int_equal(m.item[1].id, 36);
	assert_int_equal(m.item[1].parent, 35);
	assert_int_equal(m.item[1].dev, makedev(98, 70000));
	assert_string_equal(m.item[1].root, "/a b");
	assert_string_equal(m.item[1].point, "/mnt/c\td\\e");
	assert_string_equal(m.item[1].fs_type, "ext3");
	assert_string_equal(m.item[1].source, "/dev/root");
	assert_string_equal(m.item[1].options, "rw,errors=continue");
	assert_true(m.item[1].ro && m.item[1].slave && !m.item[1].shared);
	assert_string_equal(m.item[2].root, "net:[4026531840]");
	assert_true(m.item[3].shared && m.item[3].slave && !m.item[3].ro);
	assert_string_equal(m.item[3].fs_type, "fuse.sshfs");
	assert_string_equal(m.item[3].source, "");
	assert_string_equal(m.item[3].options, "");
	assert_int_equal(parsed("").count, 0);
}

static void test_bad_lines(void **state)
{
	static const char *const bad[] = {
		"\n", "22\n", "22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw", "x 27 0:21 / /p rw - proc p rw\n",
		"22 -1 0:21 / /p rw - proc p rw\n", "22 27 021 / /p rw - proc p rw\n", "22 27 0: / /p rw - proc p rw\n",
		"22 27 :1 / /p rw - proc p rw\n", "22 27 0:21 / relative rw - proc p rw\n", "22 27 0:21 / /p rw proc p rw\n",
		"22 27 0:21 / /p rw -\n", "22 27 0:21 / /p\n", "4294967296 27 0:21 / /p rw - proc p rw\n",
		"22 27 0:21 / /p rw - proc p rw\n\n", "22 27 0:21 / /p rw - proc p rw\n23",
	};
	static const char nul[] = "22 27 0:21 / /p rw - proc p rw\n\0x\n";

	(void)state;
	for (size_t i = 0; i < RV_COUNT(bad); i++) {
		struct rv_mountinfos mounts = { 0 };
		struct rv_err err = RV_ERR_INIT;

		if (rv_mountinfo_parse(bad[i], strlen(bad[i]), &arena, &mounts, &err) != -RV_ESYSTEM)
			fail_msg("taken: %s", bad[i]);
		assert_null(mounts.item);
	}
	assert_int_equal(rv_mountinfo_parse(nul, sizeof(nul) - 1, &arena, &(struct rv_mountinfos){ 0 }, NULL), -RV_ESYSTEM);
}

static void test_of(void **state)
{
	struct rv_mountinfos m = parsed("1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /a rw - ext4 b rw\n3 2 8:3 / /a rw - ext4 c rw\n"
					"4 1 8:4 / /ab rw - ext4 d rw\n");

	(void)state;
	assert_int_equal(rv_mountinfo_of(&m, "/")->id, 1);
	assert_int_equal(rv_mountinfo_of(&m, "/a/x")->id, 3);
	assert_int_equal(rv_mountinfo_of(&m, "/abc")->id, 1);
	assert_null(rv_mountinfo_of(&(struct rv_mountinfos){ 0 }, "/"));
	assert_int_equal(rv_mountinfo_by_id(&m, 2)->id, 2);
	assert_null(rv_mountinfo_by_id(&m, 9));
}

/* Mounts as "ID PARENT POINT", and what is seen below path in the mount top. */
static const struct {
	const char *name, *mounts[10], *path, *want;
	unsigned top;
} below[] = {
	{ "nothing", { "1 0 /", "2 1 /a" }, "/b", "", 1 },
	{ "beside", { "1 0 /", "2 1 /ab" }, "/a", "", 1 },
	{ "one", { "1 0 /", "2 1 /a/b" }, "/a", "2", 1 },
	{ "the source's own mount is none", { "1 0 /", "2 1 /a", "3 2 /a/b" }, "/a", "3", 2 },
	{ "all of the root", { "1 0 /", "2 1 /a", "3 2 /a/b", "4 1 /c" }, "/", "2 4 3", 1 },
	{ "below one another", { "1 0 /", "4 3 /a/b/c/d", "3 2 /a/b/c", "2 1 /a/b" }, "/a", "2 3 4", 1 },
	{ "stacked: the upper one", { "1 0 /", "2 1 /a/b", "3 2 /a/b" }, "/a", "3", 1 },
	{ "stacked three times", { "1 0 /", "2 1 /a/b", "3 2 /a/b", "4 3 /a/b" }, "/a", "4", 1 },
	{ "what lies in a covered mount is covered", { "1 0 /", "2 1 /a/b", "3 2 /a/b/c", "4 2 /a/b" }, "/a", "4", 1 },
	{ "what lies in the upper one is seen", { "1 0 /", "2 1 /a/b", "3 2 /a/b", "4 3 /a/b/c" }, "/a", "3 4", 1 },
	{ "a directory above was mounted over", { "1 0 /", "2 1 /a/b/c", "3 1 /a/b" }, "/a", "3", 1 },
	{ "and what lay deeper", { "1 0 /", "2 1 /a/b/c", "3 2 /a/b/c/d", "4 1 /a/b" }, "/a", "4", 1 },
	{ "another mount covered at the source", { "1 0 /", "2 1 /a", "3 2 /a/x", "4 2 /a", "5 4 /a/y" }, "/a", "5", 4 },
	{ "no way round in a ring", { "1 2 /a/b", "2 1 /a/b/c" }, "/a", "2 1", 1 },
	{ "its own parent", { "1 1 /a/b" }, "/a", "", 1 },
};

static void test_below(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(below); i++) {
		rv_autobuf text = { 0 }, got = { 0 };
		const struct rv_mountinfo **out;
		struct rv_mountinfos m;

		for (size_t k = 0; k < RV_COUNT(below[i].mounts) && below[i].mounts[k]; k++) {
			unsigned id, parent;
			char point[32];

			assert_int_equal(sscanf(below[i].mounts[k], "%u %u %31s", &id, &parent, point), 3);
			rv_buf_addf(&text, "%u %u 8:1 / %s rw - ext4 x rw\n", id, parent, point);
		}
		m = parsed(rv_buf_str(&text));
		out = rv_mountinfo_below(&m, rv_mountinfo_by_id(&m, below[i].top), below[i].path, &arena);
		assert_non_null(out);
		for (; *out; out++)
			rv_buf_addf(&got, "%s%u", got.len ? " " : "", (*out)->id);
		if (strcmp(rv_buf_str(&got), below[i].want))
			fail_msg("%s: got %s, wanted %s", below[i].name, rv_buf_str(&got), below[i].want);
	}
}

static const struct {
	const char *options, *want;
} layers[] = {
	{ "rw", "" },
	{ "rw,lowerdir=/a:/b,upperdir=/u,workdir=/w,index=off", "/a /b /u /w" },
	{ "rw,lowerdir=l/ABC:l/DEF", "l/ABC l/DEF" },
	{ "lowerdir=/a\\:b:/c", "/a:b /c" },	/* as a document says it */
	{ "lowerdir=/a\\134:b:/c", "/a:b /c" },	/* as mountinfo does */
	{ "lowerdir=/with\\040blank", "/with blank" },
	{ "lowerdir=/a::/data", "/a /data" },
	{ "lowerdir+=/a,lowerdir+=/b,datadir+=/d", "/a /b /d" },
	{ "lowerdir=,upperdir=", "" },
};

static void test_layers(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(layers); i++) {
		const char *const *out = rv_mountinfo_layers(layers[i].options, &arena);
		rv_autobuf got = { 0 };

		assert_non_null(out);
		for (; *out; out++)
			rv_buf_addf(&got, "%s%s", got.len ? " " : "", *out);
		if (strcmp(rv_buf_str(&got), layers[i].want))
			fail_msg("%s: got %s", layers[i].options, rv_buf_str(&got));
	}
}

static void test_paths(void **state)
{
	(void)state;
	assert_string_equal(rv_path_rest("/a/b", "/a"), "/b");
	assert_string_equal(rv_path_rest("/a", "/a"), "");
	assert_string_equal(rv_path_rest("/a", "/"), "/a");
	assert_string_equal(rv_path_rest("/", "/"), "");
	assert_int_equal(rv_path_cmp("/a", "/a"), 0);
	assert_true(rv_path_cmp("/a", "/a/b") < 0 && rv_path_cmp("/a/b", "/a-b") < 0 && rv_path_cmp("/b", "/a/z") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_of),
		cmocka_unit_test(test_below), cmocka_unit_test(test_layers),	  cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
