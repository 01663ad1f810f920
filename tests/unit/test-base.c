/* SPDX-License-Identifier: Apache-2.0 */
/* policy/base: text, globs, paths, arena, buffers, hash, files. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "reeve/base.h"

static void test_err(void **state)
{
	struct rv_err err = RV_ERR_INIT;
	char text[2048], small[8];

	(void)state;
	assert_int_equal(rv_err(&err, RV_EPOLICY, "bad %s", "a\nb\x1b[0m\xc2\x9b"), -(int)RV_EPOLICY);
	assert_string_equal(err.msg, "bad a\\x0ab\\x1b[0m\\xc2\\x9b");
	rv_err_at_file(&err, "50-payments.json", 12, 7);
	rv_err_at_pointer(&err, "/set/user");
	assert_string_equal(rv_err_text(&err, text, sizeof(text)), "50-payments.json:12:7: /set/user: bad a\\x0ab\\x1b[0m\\xc2\\x9b");
	rv_err_text(&err, small, sizeof(small));
	assert_string_equal(small, "50-paym");
	assert_int_equal(rv_err_errno(&err, ENOENT, "open x"), -(int)RV_ESYSTEM);
	assert_string_equal(err.msg, "open x: No such file or directory");
	assert_int_equal(rv_err_status(RV_EDENIED), 3);
	assert_int_equal(rv_err_status(RV_EUSAGE), 2);
	assert_int_equal(rv_err_status(RV_EDOCUMENT), 4);
	assert_int_equal(rv_err_status(RV_EPOLICY), 5);
	assert_int_equal(rv_err_status(RV_ESYSTEM), 1);
}

static void test_err_long_names_keep_their_end(void **state)
{
	struct rv_err err = RV_ERR_INIT;
	char name[600];

	(void)state;
	memset(name, 'x', sizeof(name));
	memcpy(name + sizeof(name) - 6, "/end.", 6);
	rv_err(&err, RV_EPOLICY, "m");
	rv_err_at_file(&err, name, 1, 1);
	assert_string_equal(err.file + strlen(err.file) - 5, "/end.");
}

static void test_errs_keep_order(void **state)
{
	struct rv_errs errs = { 0 };
	struct rv_err err = RV_ERR_INIT;

	(void)state;
	for (int i = 0; i < 100; i++) {
		rv_err(&err, RV_EPOLICY, "%d", i);
		rv_errs_add(&errs, &err);
	}
	assert_int_equal(errs.count, 100);
	assert_string_equal(errs.item[99].msg, "99");
	rv_errs_done(&errs);
}

static void test_u64(void **state)
{
	static const struct { const char *text; uint64_t max; bool ok; uint64_t value; } cases[] = {
		{ "0", UINT64_MAX, true, 0 },
		{ "17", 17, true, 17 },
		{ "18", 17, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "", UINT64_MAX, false, 0 },
		{ "00", UINT64_MAX, false, 0 },
		{ "-0", UINT64_MAX, false, 0 },
		{ "+1", UINT64_MAX, false, 0 },
		{ "1e3", UINT64_MAX, false, 0 },
		{ " 1", UINT64_MAX, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		uint64_t value = 7;

		assert_int_equal(rv_str_u64(cases[i].text, strlen(cases[i].text), cases[i].max, &value), cases[i].ok);
		assert_true(value == (cases[i].ok ? cases[i].value : 7));
	}
}

static const char *word_at(void *ctx, size_t i)
{
	return ((const char *const *)ctx)[i];
}

static void test_nearest(void **state)
{
	static const char *words[] = { "capabilities", "mounts", "namespaces", "user", NULL };

	(void)state;
	assert_string_equal(rv_str_nearest("capabilites", word_at, words), "capabilities");
	assert_string_equal(rv_str_nearest("mount", word_at, words), "mounts");
	assert_string_equal(rv_str_nearest("muonts", word_at, words), "mounts");
	assert_null(rv_str_nearest("x", word_at, words));
	assert_null(rv_str_nearest("seccomp", word_at, words));
	assert_null(rv_str_nearest("", word_at, words));
}

static void test_unprintable(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{ "", 0 },	       { "a", 0 },	      { "\x1b[2J", 1 },	    { "\x7f", 1 },
		{ "\xc2\x9b""2J", 2 }, { "\xc2\xa0", 0 },  { "\xc3\xa9", 0 },   { "\xd8\x9c", 2 },
		{ "\xe2\x80\x8e", 3 }, { "\xe2\x80\xa7", 0 }, { "\xe2\x80\xae", 3 }, { "\xe2\x80\xaf", 0 },
		{ "\xe2\x81\xa5", 0 }, { "\xe2\x81\xa9", 3 }, { "\xe2", 0 },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++)
		assert_int_equal(rv_str_unprintable(cases[i].text), cases[i].length);
}

static void test_utf8(void **state)
{
	static const struct { const char *text; bool ok; size_t bad; } cases[] = {
		{ "plain", true, 0 },	       { "\xc3\xa9", true, 0 },		  { "\xf4\x8f\xbf\xbf", true, 0 },
		{ "a\xc0\xaf", false, 1 },     { "\xe0\x80\xaf", false, 0 },	  { "\xed\xa0\x80", false, 0 },
		{ "\xf4\x90\x80\x80", false, 0 }, { "ab\xff", false, 2 },	  { "\xe2\x82", false, 0 },
		{ "\x80", false, 0 },	       { "\xf8\x88\x80\x80\x80", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		size_t bad = 0;

		assert_int_equal(rv_utf8_valid(cases[i].text, strlen(cases[i].text), &bad), cases[i].ok);
		assert_int_equal(bad, cases[i].bad);
	}
}

static void test_glob(void **state)
{
	static const struct { const char *pattern, *text; bool ok; } cases[] = {
		{ "/var/lib/docker/volumes/*/_data", "/var/lib/docker/volumes/x/_data", true },
		{ "/var/lib/docker/volumes/*/_data", "/var/lib/docker/volumes/x/y/_data", false },
		{ "/var/lib/**", "/var/lib/a/b/c", true },
		{ "/var/lib/**", "/var/lib", false },
		{ "**", "anything/at/all", true },
		{ "/a/**/z", "/a/z", true },
		{ "/a/**/z", "/a/b/c/z", true },
		{ "/a/**/z", "/a/b/c/zz", false },
		{ "/a/**/b/**/c", "/a/b/x/b/y/c", true },
		{ "payments-*", "payments-eu", true },
		{ "payments-*", "payments", false },
		{ "*", "a/b", false },
		{ "*", ".hidden", true },
		{ "net.ipv4.*", "net.ipv4.tcp_rmem", true },
		{ "[ab]?", "bx", true },
		{ "", "", true },
		{ "/", "/", true },
		{ "/", "/etc", false },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++)
		if (rv_glob(cases[i].pattern, cases[i].text) != cases[i].ok)
			fail_msg("%s against %s", cases[i].pattern, cases[i].text);
}

static void test_glob_cost_is_bounded(void **state)
{
	char pattern[2048] = "", text[4096] = "";

	(void)state;
	for (int i = 0; i < 200; i++)
		strcat(pattern, "**/a/");
	strcat(pattern, "b");
	for (int i = 0; i < 1500; i++)
		strcat(text, "a/");
	assert_false(rv_glob(pattern, text));
}

static void test_path(void **state)
{
	static const struct { const char *path, *clean; } cases[] = {
		{ "/", "/" },		   { "//a//b/", "/a/b" },  { "/a/./b/../c", "/a/c" }, { "/../../x", "/x" },
		{ "/a/..", "/" },	   { "/a/b/.", "/a/b" },   { "/...", "/..." },
	};
	struct rv_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++)
		assert_string_equal(rv_path_clean(&arena, cases[i].path), cases[i].clean);
	assert_null(rv_path_clean(&arena, "relative"));
	assert_true(rv_path_under("/etc/passwd", "/etc"));
	assert_true(rv_path_under("/etc", "/etc"));
	assert_true(rv_path_under("/etc", "/"));
	assert_false(rv_path_under("/etcetera", "/etc"));
	rv_arena_done(&arena);
}

static void test_arena(void **state)
{
	struct rv_arena arena = { 0 };
	char *first = rv_arena_strdup(&arena, "kept");

	(void)state;
	for (int i = 0; i < 10000; i++) {
		char *p = rv_arena_alloc(&arena, 33);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		assert_int_equal(p[32], 0);
		memset(p, 0xff, 33);
	}
	assert_string_equal(first, "kept");
	assert_string_equal(rv_arena_printf(&arena, "%d/%s", 7, "x"), "7/x");
	assert_null(rv_arena_alloc(&arena, SIZE_MAX - 8));
	assert_true(arena.failed);
	assert_null(rv_arena_alloc(&arena, 1));
	rv_arena_done(&arena);
}

static void test_buf(void **state)
{
	struct rv_buf buf = { 0 };

	(void)state;
	assert_string_equal(rv_buf_str(&buf), "");
	for (int i = 0; i < 1000; i++)
		rv_buf_addf(&buf, "%d,", i % 10);
	assert_int_equal(buf.len, 2000);
	assert_int_equal(strlen(rv_buf_str(&buf)), 2000);
	rv_buf_add(&buf, NULL, SIZE_MAX / 2);
	assert_true(buf.failed);
	rv_buf_done(&buf);
}

static void test_hash(void **state)
{
	/* FIPS 180-4 examples, and one block boundary each side */
	static const struct { const char *text, *hex; } cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[RV_HASH_HEX];

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		rv_hash_hex(cases[i].text, strlen(cases[i].text), hex);
		assert_string_equal(hex, cases[i].hex);
	}
}

static void test_files(void **state)
{
	char dir[] = "/tmp/reeve-base-XXXXXX";
	struct rv_err err = RV_ERR_INIT;
	struct rv_buf buf = { 0 };
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(rv_io_write_atomic(fd, "f", "hello", 5, 0600, &err), 0);
	assert_int_equal(rv_io_write_atomic(fd, "f", "again", 5, 0600, &err), 0);
	assert_int_equal(fstatat(fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(rv_io_read_at(fd, "f", true, 5, &buf, &err), 0);
	assert_string_equal(rv_buf_str(&buf), "again");
	rv_buf_done(&buf);
	assert_int_equal(rv_io_read_at(fd, "f", true, 4, &buf, &err), -(int)RV_EDOCUMENT);
	assert_int_equal(symlinkat("f", fd, "link"), 0);
	assert_int_equal(rv_io_read_at(fd, "link", true, 5, &buf, &err), -(int)RV_ESYSTEM);
	assert_int_equal(err.errnum, ELOOP);
	assert_int_equal(rv_io_read_at(fd, "link", false, 5, &buf, &err), 0);
	rv_buf_done(&buf);
	assert_int_equal(mkfifoat(fd, "fifo", 0600), 0);
	assert_int_equal(rv_io_read_at(fd, "fifo", true, 5, &buf, &err), -(int)RV_EDOCUMENT);
	assert_int_equal(rv_io_write_atomic(fd, "no/such", "x", 1, 0600, &err), -(int)RV_ESYSTEM);
	/* nothing but what was asked for is left */
	assert_int_equal(unlinkat(fd, "f", 0), 0);
	assert_int_equal(unlinkat(fd, "link", 0), 0);
	assert_int_equal(unlinkat(fd, "fifo", 0), 0);
	assert_int_equal(rmdir(dir), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err),
		cmocka_unit_test(test_err_long_names_keep_their_end),
		cmocka_unit_test(test_errs_keep_order),
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_unprintable),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_glob_cost_is_bounded),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
