/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies when memory runs out: at each allocation in turn, of the system's and of the arenas'. Nothing crashes, nothing succeeds that
 * is not whole, and an error says that memory is the reason. Linked with --wrap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/detect.h"

static long left = -1;	/* allocations until the first that fails, -1: none does */

static bool exhausted(void)
{
	return left >= 0 && (left == 0 || left-- == 0);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__real_rv_arena_alloc(struct rv_arena *a, size_t size);
char *__real_rv_arena_strdup(struct rv_arena *a, const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
void *__wrap_rv_arena_alloc(struct rv_arena *a, size_t size);
char *__wrap_rv_arena_strdup(struct rv_arena *a, const char *s);

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

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return exhausted() ? NULL : __real_reallocarray(old, count, size);
}

/* A block holds many allocations, so an arena is told to fail by itself too. */
void *__wrap_rv_arena_alloc(struct rv_arena *a, size_t size)
{
	a->failed = a->failed || exhausted();
	return __real_rv_arena_alloc(a, size);
}

char *__wrap_rv_arena_strdup(struct rv_arena *a, const char *s)
{
	a->failed = a->failed || exhausted();
	return __real_rv_arena_strdup(a, s);
}

static const char node_text[] =
	"{ \"default\": { \"cri\": \"own\" }, \"runtimes\": { \"cri\": \"/usr/bin/crun\" }, \"log\": \"/l\","
	" \"engines\": { \"docker\": { \"root\": [\"/srv/docker\"] } }, \"floor\": { \"user\": { \"groups\": \"none\" } } }";
static const char policy_text[] =
	"{ \"name\": \"p\", \"match\": { \"namespace\": [\"a\", \"!b\"] }, \"enforce\": \"own\", \"audit\": \"restricted\","
	" \"set\": { \"monitor\": { \"terminal-shell\": \"stop\", \"egress\": [\"10.0.0.0/8:443/tcp\"] }, \"capabilities\": { \"allowed\": [\"CHOWN\"] }, \"rlimits\": { \"max\": { \"RLIMIT_CPU\": 1 } } },"
	" \"allow\": [ { \"why\": \"w\", \"until\": \"2030-01-01\", \"when\": { \"digest\": \"d\" }, \"grant\": \"csi\","
	"   \"capabilities\": [\"KILL\"], \"hooks\": [{ \"path\": \"/h\", \"args\": [\"{id}\"] }], \"mount\": { \"source\": \"/m\" },"
	"   \"annotations\": { \"denied\": [\"run.oci.x\"] } } ], \"grace\": { \"for\": \"1h\" } }";
static const char profile_text[] =
	"{ \"profile\": \"own\", \"description\": \"d\", \"extends\": \"baseline\", \"set\": { \"user\": { \"rewriteTo\": \"1:1\" } } }";
static const char detections_text[] =
	"{ \"lists\": { \"l\": [\"a\", \"b\"] }, \"detections\": [ { \"name\": \"own\", \"rule\": \"R\", \"description\": \"d\", \"event\": \"change\","
	" \"priority\": \"notice\", \"tags\": [\"t\"], \"output\": \"%fd.name\", \"action\": \"kill\", \"when\": [{ \"proc.name\": \"@l\","
	" \"fd.name\": [\"/x/**\", \"/y/*\", \"**/z\", \"!/x/1\"], \"fd.op\": [\"write\", \"chmod\"] }, { \"fd.directory\": \"/d\" }],"
	" \"exceptions\": [{ \"name\": \"e\", \"when\": { \"fd.filename\": \"f\" } }] } ],"
	" \"append\": [ { \"list\": \"l\", \"items\": [\"c\"] } ] }";
static const char wrong_text[] =
	"{ \"name\": \"q\", \"enforce\": \"baselin\", \"sett\": {}, \"set\": { \"user\": { \"roott\": 1 }, \"exec\": { \"root\": \"x\" } } }";

static const struct rv_facts facts = { .engine = RV_ENGINE_CRI, .name_space = "a", .digest = "d", .now = 1000 };

/* Returns 0 when all of it went well. */
static int run(struct rv_buf *active)
{
	struct rv_source node = { "reeve.json", node_text, sizeof(node_text) - 1 };
	struct rv_source sources[] = { { "1.json", policy_text, sizeof(policy_text) - 1 },
				       { "2.json", profile_text, sizeof(profile_text) - 1 } };
	struct rv_errs errs = { 0 }, warnings = { 0 };
	rv_autopolicies *p = NULL;
	struct rv_arena arena = { 0 };
	struct rv_policy policy;
	struct rv_err err = RV_ERR_INIT;
	int rc = rv_policies_compile(&node, sources, 2, 1000, active, &errs, &warnings);

	for (size_t i = 0; i < errs.count; i++)
		assert_int_equal(errs.item[i].code, RV_ESYSTEM);
	rv_errs_done(&errs);
	rv_errs_done(&warnings);
	if (rc)
		return rc;
	rc = rv_policies_load(&p, rv_buf_str(active), active->len, &err);
	assert_int_equal(rc ? err.code : RV_OK, rc ? RV_ESYSTEM : RV_OK);
	if (rc)
		return rc;
	rc = rv_policies_select(p, &facts, &arena, &policy, &err);
	assert_int_equal(rc ? err.code : RV_OK, rc ? RV_ESYSTEM : RV_OK);
	if (!rc) {
		assert_string_equal(policy.name, "p");
		assert_int_equal(policy.enforce.set.user.groups, RV_GROUPS_NONE);
		assert_true(rv_list_has(&policy.enforce.set.capabilities.allowed, "KILL"));
		assert_true(rv_list_has(&policy.enforce.set.capabilities.allowed, "CHOWN"));
		assert_int_equal(policy.exception_count, 1);
		assert_int_equal(policy.grace, 3600);
	}
	rv_arena_done(&arena);
	return rc;
}

static void test_each_allocation(void **state)
{
	long n = 0;
	int rc;

	(void)state;
	do {
		rv_autobuf active = { 0 };

		left = n++;
		rc = run(&active);
		left = -1;
	} while (rc);
	assert_true(n > 1000);
}

static int compile_detections(void)
{
	struct rv_source file = { "3.json", detections_text, sizeof(detections_text) - 1 };
	struct rv_list list = { (const char *[]){ "10.0.0.0/8:443/tcp" }, 1, NULL };
	struct rv_arena arena = { 0 };
	struct rv_network_entries entries;
	struct rv_networks networks;
	struct rv_errs errs = { 0 };
	struct rv_detections d;
	int rc = rv_detect_compile_all(&file, 1, &arena, &d, &errs);

	for (size_t i = 0; i < errs.count; i++)
		assert_int_equal(errs.item[i].code, RV_ESYSTEM);
	rc = rc ? rc : rv_networks_resolve(&list, &arena, &networks, NULL);
	rc = rc ? rc : rv_networks_entries(&networks, &arena, &entries, NULL);
	if (!rc) {
		assert_string_equal(d.item[0].name, "own");
		assert_true(d.clause_count > 4 && d.path_count == 4 && entries.count == 1);
	}
	rv_errs_done(&errs);
	rv_arena_done(&arena);
	return rc;
}

static void test_detections(void **state)
{
	long n = 0;
	int rc;

	(void)state;
	do {
		left = n++;
		rc = compile_detections();
		left = -1;
	} while (rc);
	assert_true(n > 100);
}

/* Those of a node beside the shipped ones: too many allocations to fail each of them. */
static int load_own(struct rv_buf *active)
{
	struct rv_source file = { "3.json", detections_text, sizeof(detections_text) - 1 };
	struct rv_errs errs = { 0 }, warnings = { 0 };
	struct rv_detection_names names;
	struct rv_arena arena = { 0 };
	rv_autopolicies *p = NULL;
	int rc = rv_policies_compile(NULL, &file, 1, 1000, active, &errs, &warnings);

	for (size_t i = 0; i < errs.count; i++)
		assert_int_equal(errs.item[i].code, RV_ESYSTEM);
	rc = rc ? rc : rv_policies_load(&p, rv_buf_str(active), active->len, NULL);
	rc = rc ? rc : rv_policies_detection_names(p, &arena, &names, NULL);
	if (!rc)
		assert_string_equal(names.name[names.count - 1], "own");
	rv_errs_done(&errs);
	rv_errs_done(&warnings);
	rv_arena_done(&arena);
	return rc;
}

static void test_own_detections(void **state)
{
	int rc = -1;

	(void)state;
	for (long n = 0, step = 1; rc; n += step++) {
		rv_autobuf active = { 0 };

		left = n;
		rc = load_own(&active);
		left = -1;
	}
}

/* A wrong file stays wrong, whether or not there is room to say why. */
static void test_mistakes(void **state)
{
	struct rv_policies *p = NULL;

	(void)state;
	assert_int_equal(rv_policies_load(&p, NULL, 0, NULL), 0);
	for (long n = 0; n < 400; n++) {
		struct rv_arena arena = { 0 };
		struct rv_errs errs = { 0 };
		struct rv_policy policy;
		int rc;

		left = n;
		rc = rv_policies_file(p, "w.json", wrong_text, sizeof(wrong_text) - 1, &facts, &arena, &policy, &errs);
		left = -1;
		assert_true(rc < 0);
		rv_errs_done(&errs);
		rv_arena_done(&arena);
	}
	rv_policies_free(p);
}

static void test_schema(void **state)
{
	rv_autobuf whole = { 0 };

	(void)state;
	rv_policy_schema(&whole);
	assert_false(whole.failed);
	for (long n = 0; n < 64; n++) {
		rv_autobuf out = { 0 };

		left = n;
		rv_policy_schema(&out);
		left = -1;
		assert_true(out.failed || out.len == whole.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation),
		cmocka_unit_test(test_detections),
		cmocka_unit_test(test_own_detections),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests_name("policy without memory", tests, NULL, NULL);
}
