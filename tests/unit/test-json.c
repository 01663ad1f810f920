/* SPDX-License-Identifier: Apache-2.0 */
/* policy/json: what is refused and where, exact round trips, edits, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reeve/json.h"

/* ---- a memory that runs out: linked with --wrap ---- */

static long allocations_left = -1; /* -1: no limit */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool exhausted(void)
{
	if (allocations_left < 0)
		return false;
	return allocations_left-- == 0 ? (allocations_left = 0, true) : false;
}

void *__wrap_malloc(size_t size)
{
	return exhausted() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return exhausted() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return exhausted() ? NULL : __real_realloc(old, size);
}

/* ---- helpers ---- */

static void parse(struct rv_json_doc *doc, const char *text)
{
	struct rv_err err = RV_ERR_INIT;
	int rc = rv_json_parse(doc, text, strlen(text), RV_JSON_MAX, 0, &err);

	if (rc)
		fail_msg("%s: %u:%u: %s: %s", text, err.line, err.column, err.pointer, err.msg);
}

static void assert_written(const struct rv_json_doc *doc, const char *want)
{
	rv_autobuf out = { 0 };
	struct rv_err err = RV_ERR_INIT;

	if (rv_json_write(doc, &out, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(rv_buf_str(&out), want);
}

/* ---- refused ---- */

#define TEXT(s) (s), sizeof(s) - 1

static const struct {
	const char *text;
	size_t len;
	unsigned line, column;
	const char *pointer, *msg;
} refused[] = {
	{ TEXT(""), 1, 1, "", "empty" },
	{ TEXT(" \n "), 2, 2, "", "ends too early" },
	{ TEXT("{"), 1, 2, "", "ends too early" },
	{ TEXT("{\"a\":[1,\n2"), 2, 2, "/a/2", "ends too early" },
	{ TEXT("\"abc"), 1, 5, "", "ends too early" },
	{ TEXT("tru"), 1, 1, "", "not valid JSON" },
	{ TEXT("{} {}"), 1, 4, "", "follows the end" },
	{ TEXT("{}\n]"), 2, 1, "", "follows the end" },
	{ TEXT("{}//x"), 1, 3, "", "follows the end" },
	{ TEXT("1 2"), 1, 3, "", "follows the end" },
	{ TEXT("{}\0"), 1, 3, "", "NUL byte" },
	{ TEXT("{\0\"\0a\0"), 1, 2, "", "NUL byte" },
	{ TEXT("\xef\xbb\xbf{}"), 1, 1, "", "byte order mark" },
	{ TEXT("\xff\xfe{\0}\0"), 1, 4, "", "NUL byte" },
	{ TEXT("[\"a\xc0\xaf\"]"), 1, 4, "", "UTF-8" },
	{ TEXT("[\"\xed\xa0\x80\"]"), 1, 3, "", "UTF-8" },
	{ TEXT("[\"\xf4\x90\x80\x80\"]"), 1, 3, "", "UTF-8" },
	{ TEXT("[\"\xe2\x82\"]"), 1, 3, "", "UTF-8" },
	{ TEXT("{\"a\":{\"b\":[0,\"x\\u0000y\"]}}"), 1, 16, "/a/b/1", "\\u0000" },
	{ TEXT("{\"a\\u0000\":1}"), 1, 4, "", "\\u0000" },
	{ TEXT("[\"\\ud800\"]"), 1, 3, "/0", "lone surrogate" },
	{ TEXT("[\"\\ud800x\"]"), 1, 3, "/0", "lone surrogate" },
	{ TEXT("[\"\\udc00\\ud800\"]"), 1, 3, "/0", "lone surrogate" },
	{ TEXT("[\"\\ud800\\ud800\"]"), 1, 3, "/0", "lone surrogate" },
	{ TEXT("[\"\\ud83d\\u0041\"]"), 1, 3, "/0", "lone surrogate" },
	{ TEXT("[1,2,\"\\uDFFF\"]"), 1, 7, "/2", "lone surrogate" },
	{ TEXT("{\"a\":1,\n \"a\":2}"), 2, 2, "/a", "twice" },
	{ TEXT("{\"a\":1,\"\\u0061\":2}"), 1, 8, "/a", "twice" },
	{ TEXT("{\"\":1,\"\":2}"), 1, 7, "/", "twice" },
	{ TEXT("[{\"x\":{\"ab\":1,\"b\":2,\"aB\":3}}]"), 1, 21, "/0/x/aB", "letter case" },
	{ TEXT("{\"process\":1,\"proce\xc5\xbfs\":2}"), 1, 14, "/proce\xc5\xbfs", "letter case" },
	{ TEXT("{\"maskedPaths\":1,\"mas\\u212aedPaths\":2}"), 1, 18, "/mas\xe2\x84\xaa" "edPaths", "letter case" },
	{ TEXT("{\"a/b~c\":1,\"a/b~c\":2}"), 1, 12, "/a~1b~0c", "twice" },
	{ TEXT("/* x */ {}"), 1, 1, "", "comment" },
	{ TEXT("{ // x\n}"), 1, 3, "", "comment" },
	{ TEXT("[1, /* x */ 2]"), 1, 5, "/1", "comment" },
	{ TEXT("\v{}"), 1, 1, "", "white space" },
	{ TEXT("[1,\f2]"), 1, 4, "/1", "white space" },
	{ TEXT("[1\v]"), 1, 3, "/1", "white space" },
	{ TEXT("{\"a\"\f:1}"), 1, 5, "/a", "white space" },
	{ TEXT("{}\v"), 1, 3, "", "follows the end" },
	{ TEXT("[1,]"), 1, 4, "/1", "not valid JSON" },
	{ TEXT("[,1]"), 1, 2, "/0", "not valid JSON" },
	{ TEXT("[1 2]"), 1, 4, "/1", "not valid JSON" },
	{ TEXT("{\"a\":1,}"), 1, 8, "", "not valid JSON" },
	{ TEXT("{\"a\" 1}"), 1, 6, "/a", "not valid JSON" },
	{ TEXT("{\"a\":}"), 1, 6, "/a", "not valid JSON" },
	{ TEXT("{1:2}"), 1, 2, "", "not valid JSON" },
	{ TEXT("{'a':1}"), 1, 2, "", "not valid JSON" },
	{ TEXT("{\"a\":01}"), 1, 7, "", "not valid JSON" },
	{ TEXT("[+1]"), 1, 2, "/0", "not valid JSON" },
	{ TEXT("[1.]"), 1, 2, "/0", "not valid JSON" },
	{ TEXT("[.5]"), 1, 2, "/0", "not valid JSON" },
	{ TEXT("[1e]"), 1, 2, "/0", "not valid JSON" },
	{ TEXT("[-]"), 1, 2, "/0", "not valid JSON" },
	{ TEXT("[0x1f]"), 1, 3, "/1", "not valid JSON" },
	{ TEXT("[NaN]"), 1, 2, "/0", "not valid JSON" },
	{ TEXT("[True]"), 1, 2, "/0", "not valid JSON" },
	{ TEXT("[\"a\x01\"]"), 1, 4, "/0", "not valid JSON" },
	{ TEXT("[\"a\nb\"]"), 1, 4, "/0", "not valid JSON" },
	{ TEXT("[\"\\x41\"]"), 1, 4, "/0", "not valid JSON" },
	{ TEXT("[\"\\u12g4\"]"), 1, 7, "/0", "not valid JSON" },
	{ TEXT("[1}"), 1, 3, "/1", "not valid JSON" },
	{ TEXT("\xc2\xa0{}"), 1, 1, "", "not valid JSON" },
};

static void test_refused(void **state)
{
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < RV_COUNT(refused); i++) {
		struct rv_json_doc doc;
		struct rv_err err = RV_ERR_INIT;
		int rc = rv_json_parse(&doc, refused[i].text, refused[i].len, RV_JSON_MAX, 0, &err);

		if (rc != -RV_EDOCUMENT || err.line != refused[i].line || err.column != refused[i].column ||
		    strcmp(err.pointer, refused[i].pointer) != 0 || !strstr(err.msg, refused[i].msg))
			print_error("%s: %d %u:%u %s: %s\n", refused[i].text, rc, err.line, err.column, err.pointer, err.msg), bad++;
		assert_null(doc.root);
		assert_null(doc.arena.block);
	}
	assert_int_equal(bad, 0);
}

static const char *repeat(struct rv_buf *b, const char *open, size_t n, const char *middle, const char *close)
{
	for (size_t i = 0; i < n; i++)
		rv_buf_adds(b, open);
	rv_buf_adds(b, middle);
	for (size_t i = 0; i < n; i++)
		rv_buf_adds(b, close);
	return rv_buf_str(b);
}

static void test_limits(void **state)
{
	rv_autobuf fits = { 0 }, deep = { 0 }, deeper = { 0 }, objects = { 0 }, many = { 0 };
	rv_autojson doc = { 0 };
	struct rv_err err = RV_ERR_INIT;

	(void)state;
	parse(&doc, repeat(&fits, "[", RV_JSON_DEPTH, "1", "]"));
	rv_json_done(&doc);
	repeat(&deep, "[", RV_JSON_DEPTH + 1, "", "]");
	assert_int_equal(rv_json_parse(&doc, deep.data, deep.len, RV_JSON_MAX, 0, &err), -RV_EDOCUMENT);
	assert_int_equal(err.column, RV_JSON_DEPTH + 1);
	assert_non_null(strstr(err.msg, "64 levels"));
	repeat(&deeper, "[", 1000000, "", "]");
	assert_int_equal(rv_json_parse(&doc, deeper.data, deeper.len, RV_JSON_MAX, 0, &err), -RV_EDOCUMENT);
	repeat(&objects, "{\"a\":", 100000, "0", "}");
	assert_int_equal(rv_json_parse(&doc, objects.data, objects.len, RV_JSON_MAX, 0, &err), -RV_EDOCUMENT);
	assert_int_equal(rv_json_parse(&doc, "[1]", 3, 2, 0, &err), -RV_EDOCUMENT);
	assert_non_null(strstr(err.msg, "3 bytes, the limit is 2"));
	assert_int_equal(rv_json_parse(&doc, "[1]", 3, 3, 0, &err), 0);
	rv_json_done(&doc);
	repeat(&many, "[0,0],", RV_JSON_VALUES / 3, "0]", "");
	many.data[0] = '[';
	assert_int_equal(rv_json_parse(&doc, many.data, many.len, SIZE_MAX, 0, &err), -RV_EDOCUMENT);
}

/* Objects above and below the size at which comparing pairs gives way to sorting. */
static void test_names(void **state)
{
	static const size_t sizes[] = { 2, 15, 16, 17, 18, 1000, 60000 };

	(void)state;
	for (size_t s = 0; s < RV_COUNT(sizes); s++) {
		rv_autobuf b = { 0 };
		struct rv_json_doc doc;
		struct rv_err err = RV_ERR_INIT;
		size_t second, whole;
		char pointer[32];

		for (size_t i = 0; i + 1 < sizes[s]; i++)
			rv_buf_addf(&b, "%s\"name%zu\":%zu", i ? "," : "{", i, i);
		second = b.len;
		rv_buf_addf(&b, ",\"NAME%zu\":0}", sizes[s] / 2 - 1);
		whole = b.len;
		assert_int_equal(rv_json_parse(&doc, b.data, whole, RV_JSON_MAX, 0, &err), -RV_EDOCUMENT);
		assert_int_equal(err.column, second + 2);
		snprintf(pointer, sizeof(pointer), "/NAME%zu", sizes[s] / 2 - 1);
		assert_string_equal(err.pointer, pointer);
		b.data[second] = '}';
		assert_int_equal(rv_json_parse(&doc, b.data, second + 1, RV_JSON_MAX, 0, &err), 0);
		assert_int_equal(rv_json_count(doc.root), sizes[s] - 1);
		rv_json_done(&doc);
	}
	assert_true(rv_json_same_name("Ki\xc5\xbf", "\xe2\x84\xaaIS"));
	assert_false(rv_json_same_name("a", "ab"));
	assert_false(rv_json_same_name("\xc3\xa9", "\xc3\x89")); /* Go folds these in values of no known member only */
	assert_int_equal(rv_json_name_hash("Ki\xc5\xbf"), rv_json_name_hash("kis"));
}

/* ---- accepted ---- */

static const char *const accepted[] = {
	"null", "true", "0", "-0", "  -1.5e+10\n", "\"\"", "[]", "{}", "\t[ ]\r\n", "[ 1 , 2.50,-0, 1E+3, 1e-3, 123456789012345678901234567890 ]",
	"{ \"a\" : { \"b\":[ {} , {\"c\":null} ] } , \"d\" : false }\n\n", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\\uffff\"",
	"\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"", "{\"\":0,\" \":1,\"a.b/c~d\":{\"0\":[]}}", "{\"a\":{\"a\":1},\"b\":{\"a\":2}}", "[\"//\",\"/*\"]",
};

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(accepted); i++) {
		rv_autojson doc = { 0 };

		parse(&doc, accepted[i]);
		assert_written(&doc, accepted[i]);
	}
}

static void test_comments(void **state)
{
	static const char text[] = "// one\n/* two\n * // */{ \"a\" /**/ : /***/ [1,// x\n 2/*,3*/] } // end";
	static const struct {
		const char *text;
		unsigned line, column;
	} bad[] = { { "{}/* x", 1, 3 }, { "{} /", 1, 4 }, { "/*/ {}", 1, 7 }, { "[1,/*\n*/ ]", 2, 4 }, { "{}//\n{}", 2, 1 } };
	rv_autojson doc = { 0 };
	struct rv_err err = RV_ERR_INIT;
	unsigned line, column;

	(void)state;
	assert_int_equal(rv_json_parse(&doc, text, strlen(text), RV_JSON_MAX, RV_JSON_COMMENTS, &err), 0);
	assert_written(&doc, text);
	assert_int_equal(rv_json_count(rv_json_get(doc.root, "a")), 2);
	rv_json_position(&doc, rv_json_at(doc.root, "/a/1")->start, &line, &column);
	assert_int_equal(line, 4);
	assert_int_equal(column, 2);
	assert_string_equal(rv_json_text(&doc, rv_json_at(doc.root, "/a/1")), "2");
	for (size_t i = 0; i < RV_COUNT(bad); i++) {
		struct rv_json_doc no;

		assert_int_equal(rv_json_parse(&no, bad[i].text, strlen(bad[i].text), RV_JSON_MAX, RV_JSON_COMMENTS, &err), -RV_EDOCUMENT);
		if (err.line != bad[i].line || err.column != bad[i].column)
			fail_msg("%s: %u:%u: %s", bad[i].text, err.line, err.column, err.msg);
	}
}

static void test_reading(void **state)
{
	rv_autojson doc = { 0 };
	int64_t i = 7;
	uint64_t u = 7;

	(void)state;
	parse(&doc, "{\"s\":\"a\\u00e9\\ud83d\\ude00\\n\",\"n\":[0,-1,-9223372036854775808,9223372036854775807,18446744073709551615,"
		    "-9223372036854775809,18446744073709551616,-0,1.0,1e3,\"1\",null],\"t\":true,\"f\":false,\"a/b\":{\"~\":5}}");
	assert_string_equal(rv_json_str(rv_json_get(doc.root, "s")), "a\xc3\xa9\xf0\x9f\x98\x80\n");
	assert_null(rv_json_str(rv_json_get(doc.root, "t")));
	assert_null(rv_json_get(rv_json_get(doc.root, "n"), "s"));
	assert_null(rv_json_get(NULL, "s"));
	assert_true(rv_json_true(rv_json_get(doc.root, "t")));
	assert_false(rv_json_true(rv_json_get(doc.root, "f")));
	assert_false(rv_json_true(NULL));
	assert_true(rv_json_i64(rv_json_at(doc.root, "/n/1"), &i) && i == -1);
	assert_true(rv_json_i64(rv_json_at(doc.root, "/n/2"), &i) && i == INT64_MIN);
	assert_true(rv_json_i64(rv_json_at(doc.root, "/n/3"), &i) && i == INT64_MAX);
	assert_true(rv_json_u64(rv_json_at(doc.root, "/n/4"), &u) && u == UINT64_MAX);
	assert_false(rv_json_i64(rv_json_at(doc.root, "/n/4"), &i));
	assert_false(rv_json_u64(rv_json_at(doc.root, "/n/1"), &u));
	for (size_t n = 5; n < 12; n++) {
		const struct rv_json *v = rv_json_at(doc.root, rv_arena_printf(&doc.arena, "/n/%zu", n));

		assert_non_null(v);
		assert_false(rv_json_i64(v, &i));
		assert_false(rv_json_u64(v, &u));
	}
	assert_true(rv_json_u64(rv_json_at(doc.root, "/a~1b/~0"), &u) && u == 5);
	assert_ptr_equal(rv_json_at(doc.root, ""), doc.root);
	assert_string_equal(rv_json_pointer(&doc, rv_json_at(doc.root, "/a~1b/~0")), "/a~1b/~0");
	assert_string_equal(rv_json_pointer(&doc, doc.root), "");
	assert_null(rv_json_at(doc.root, "/a~2b"));
	assert_null(rv_json_at(doc.root, "/n/00"));
	assert_null(rv_json_at(doc.root, "/n/-"));
	assert_null(rv_json_at(doc.root, "/n/12"));
	assert_null(rv_json_at(doc.root, "/s/0"));
	assert_null(rv_json_at(doc.root, "s"));
}

/* ---- edits ---- */

static void test_edits(void **state)
{
	rv_autojson doc = { 0 };
	struct rv_json *v;

	(void)state;
	parse(&doc, " { \"a\" : [ 1, 2 , 3 ], \"k\\u0065y\" : { \"x\" : 1.50 } , \"n\" : null }\n");
	rv_json_set(&doc, rv_json_at(doc.root, "/n"), "{ \"list\" : [] , \"z\":0}");
	assert_written(&doc, "{\"a\":[ 1, 2 , 3 ],\"k\\u0065y\":{ \"x\" : 1.50 },\"n\":{ \"list\" : [] , \"z\":0}}");
	assert_non_null(rv_json_append(&doc, rv_json_at(doc.root, "/n/list"), "{\"p\": [ 1 ] }"));
	assert_string_equal(rv_json_pointer(&doc, rv_json_at(doc.root, "/n/list/0/p/0")), "/n/list/0/p/0");
	rv_json_remove(rv_json_at(doc.root, "/a/1"));
	assert_null(rv_json_at(doc.root, "/a/1"));
	assert_string_equal(rv_json_at(doc.root, "/a/2")->str, "3");
	assert_int_equal(rv_json_count(rv_json_get(doc.root, "a")), 2);
	v = rv_json_append(&doc, rv_json_get(doc.root, "a"), "\"four\"");
	assert_int_equal(v->index, 3);
	rv_json_set(&doc, rv_json_at(doc.root, "/key/x"), "true");
	assert_true(rv_json_true(rv_json_at(doc.root, "/key/x")));
	rv_json_set(&doc, rv_json_at(doc.root, "/key/x"), "[]");
	assert_non_null(rv_json_add_object(&doc, rv_json_at(doc.root, "/key"), "new \"\xc3\xa9\n"));
	assert_non_null(rv_json_add(&doc, rv_json_at(doc.root, "/key/new \"\xc3\xa9\n"), "b", " 1 "));
	assert_written(&doc, "{\"a\":[1,3,\"four\"],\"k\\u0065y\":{\"x\":[],\"new \\\"\xc3\xa9\\n\":{\"b\":1}},"
			     "\"n\":{\"list\":[{\"p\": [ 1 ] }],\"z\":0}}");
	assert_string_equal(rv_json_text(&doc, rv_json_get(doc.root, "a")), "[1,3,\"four\"]");
	rv_json_remove(rv_json_get(doc.root, "a"));
	assert_non_null(rv_json_add(&doc, doc.root, "a", "{}"));
	rv_json_remove(rv_json_get(doc.root, "key"));
	rv_json_remove(rv_json_get(doc.root, "n"));
	assert_written(&doc, "{\"a\":{}}");
	rv_json_remove(rv_json_get(doc.root, "a"));
	assert_written(&doc, "{}");
	rv_json_remove(doc.root);
	rv_json_set(&doc, doc.root, "[1]");
	assert_non_null(rv_json_append(&doc, doc.root, "2"));
	assert_written(&doc, "[1,2]");
}

/* A fault of the caller shows when the document is written, never as a document that lacks the edit. */
static void test_bad_edits(void **state)
{
	static const char *const bad[] = { "", "{", "1 2", "{\"a\":1,\"A\":2}", "\"\xff\"", "\"\\u0000\"", "/**/1", "1,\"b\":2" };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(bad) + 4; i++) {
		rv_autojson doc = { 0 };
		rv_autobuf out = { 0 }, deep = { 0 };
		struct rv_err err = RV_ERR_INIT;

		parse(&doc, "{\"a\":[0]}");
		if (i < RV_COUNT(bad))
			rv_json_set(&doc, rv_json_at(doc.root, "/a/0"), bad[i]);
		else if (i == RV_COUNT(bad))
			assert_null(rv_json_add(&doc, doc.root, "A", "1"));
		else if (i == RV_COUNT(bad) + 1)
			assert_null(rv_json_add(&doc, rv_json_get(doc.root, "a"), "b", "1"));
		else if (i == RV_COUNT(bad) + 2)
			assert_null(rv_json_append(&doc, doc.root, "1"));
		else
			rv_json_set(&doc, rv_json_at(doc.root, "/a/0"), repeat(&deep, "[", RV_JSON_DEPTH - 1, "", "]"));
		assert_true(doc.arena.failed);
		assert_non_null(doc.bad_edit);
		assert_int_equal(rv_json_write(&doc, &out, &err), -RV_ESYSTEM);
		assert_int_equal(out.len, 0);
	}
}

static void test_quote(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} cases[] = {
		{ TEXT(""), "\"\"" },
		{ TEXT("a\"b\\c/d\n\t\b\f\r\x01\x7f"), "\"a\\\"b\\\\c/d\\n\\t\\b\\f\\r\\u0001\\u007f\"" },
		{ TEXT("\xc3\xa9\xff\xc3"), "\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ TEXT("\0x"), "\"\\u0000x\"" },
		{ TEXT("a\xc2\x9b""2J\xe2\x80\xae""b\xd8\x9c"), "\"a\\u009b2J\\u202eb\\u061c\"" },
		{ TEXT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		rv_autobuf out = { 0 };

		rv_json_quote(&out, cases[i].text, cases[i].len);
		assert_string_equal(rv_buf_str(&out), cases[i].want);
	}
}

static void test_put(void **state)
{
	rv_autobuf out = { 0 };

	(void)state;
	rv_json_put_open(&out, NULL, '{');
	rv_json_put_text(&out, "none", NULL);
	rv_json_put_text(&out, "text", "a\"[");
	rv_json_put_number(&out, "number", UINT64_MAX);
	rv_json_put_open(&out, "list", '[');
	rv_json_put_flag(&out, NULL, true);
	rv_json_put_open(&out, NULL, '[');
	rv_buf_addc(&out, ']');
	rv_json_put_text(&out, NULL, "{");
	rv_json_put_number(&out, NULL, 0);
	rv_buf_addc(&out, ']');
	rv_json_put_key(&out, "last");
	rv_buf_adds(&out, "{}}");
	assert_string_equal(rv_buf_str(&out),
			    "{\"text\":\"a\\\"[\",\"number\":18446744073709551615,\"list\":[true,[],\"{\",0],\"last\":{}}");
}

/* ---- random documents ---- */

static uint32_t dice_state = 1;

static unsigned dice(unsigned sides)
{
	dice_state = dice_state * 1664525u + 1013904223u;
	return (dice_state >> 8) % sides;
}

static void random_space(struct rv_buf *b)
{
	while (dice(3) == 0)
		rv_buf_addc(b, " \t\r\n"[dice(4)]);
}

static void random_string(struct rv_buf *b, unsigned unique)
{
	static const char *const part[] = { "a", "Z", "/", "\\/", "~", "\\u00e9", "\xc3\xa9", "\\ud83d\\ude00", "\\\\", "\\\"", "\\n", " " };

	rv_buf_addc(b, '"');
	if (unique)
		rv_buf_addf(b, "%u.", unique);
	for (unsigned n = dice(6); n > 0; n--)
		rv_buf_adds(b, part[dice(RV_COUNT(part))]);
	rv_buf_addc(b, '"');
}

/* Appends a value and returns how many it has in it. */
static size_t random_value(struct rv_buf *b, unsigned level)
{
	static const char *const plain[] = { "null", "true", "false", "0", "-0", "1.50", "-2e+07", "18446744073709551616" };
	unsigned kind = dice(level < 6 ? 8 : 4);
	size_t count = 1;

	if (kind < 3) {
		rv_buf_adds(b, plain[dice(RV_COUNT(plain))]);
	} else if (kind == 3) {
		random_string(b, 0);
	} else {
		rv_buf_addc(b, kind < 6 ? '[' : '{');
		random_space(b);
		for (unsigned n = dice(6), i = 1; i <= n; i++) {
			if (i > 1)
				rv_buf_addc(b, ',');
			random_space(b);
			if (kind >= 6) {
				random_string(b, i);
				random_space(b);
				rv_buf_addc(b, ':');
				random_space(b);
			}
			count += random_value(b, level + 1);
			random_space(b);
		}
		rv_buf_addc(b, kind < 6 ? ']' : '}');
	}
	return count;
}

static size_t check_spans(struct rv_json_doc *doc, struct rv_json *value)
{
	rv_autojson part = { 0 };
	const char *text = rv_json_text(doc, value);
	size_t count = 1;

	parse(&part, text);
	assert_int_equal(part.root->type, value->type);
	assert_ptr_equal(rv_json_at(doc->root, rv_json_pointer(doc, value)), value);
	rv_json_each(v, value)
		count += check_spans(doc, v);
	return count;
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		rv_autobuf b = { 0 };
		rv_autojson doc = { 0 };
		size_t count;

		dice_state = i;
		random_space(&b);
		count = random_value(&b, 0);
		random_space(&b);
		parse(&doc, rv_buf_str(&b));
		assert_written(&doc, rv_buf_str(&b));
		assert_int_equal(check_spans(&doc, doc.root), count);
	}
}

/* ---- memory ---- */

/* Reads, edits and writes; 0 or the negative code of the first step that failed. */
static int whole_life(const char *text, size_t len)
{
	rv_autojson doc = { 0 };
	rv_autobuf out = { 0 };
	struct rv_err err = RV_ERR_INIT;
	int rc = rv_json_parse(&doc, text, len, RV_JSON_MAX, 0, &err);

	if (!rc) {
		struct rv_json *list = rv_json_add(&doc, doc.root, "list", "[]");
		if (list)
			rv_json_append(&doc, list, "{\"a\\n\":1}");
		rv_json_set(&doc, rv_json_get(doc.root, "long"), "\"short\"");
		rc = rv_json_write(&doc, &out, &err);
	}
	if (rc) {
		assert_int_equal(err.code, RV_ESYSTEM);
		assert_null(doc.bad_edit);
	} else {
		assert_non_null(strstr(out.data, "\"long\":\"short\",\"list\":[{\"a\\n\":1}]}"));
	}
	return rc;
}

static void test_memory(void **state)
{
	rv_autobuf b = { 0 };
	long n = 0;
	int rc;

	(void)state;
	rv_buf_adds(&b, "{");
	for (int i = 0; i < 500; i++)
		rv_buf_addf(&b, "\"name%d\":[%d,{}],", i, i);
	rv_buf_adds(&b, "\"long\":\"");
	for (int i = 0; i < 20000; i++)
		rv_buf_adds(&b, "\\n");
	rv_buf_adds(&b, "\"}");
	do {
		allocations_left = n++;
		rc = whole_life(b.data, b.len);
		allocations_left = -1;
	} while (rc && n < 1000);
	assert_int_equal(rc, 0);
	assert_true(n > 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_limits), cmocka_unit_test(test_names),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_comments), cmocka_unit_test(test_reading),
		cmocka_unit_test(test_edits), cmocka_unit_test(test_bad_edits), cmocka_unit_test(test_quote), cmocka_unit_test(test_put),
		cmocka_unit_test(test_random), cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
