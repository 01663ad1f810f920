/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: how values combine, whom a policy matches, the schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policies.h"

/* ---- small parts ---- */
static void test_name_cmp(void **state)
{
	static const char *const sorted[] = { "", "0", "1-a", "01-b", "2-x", "10-x", "10-x.json", "99999999999999999999", "100000000000000000000",
					      "a", "a1b", "a2", "a10", "b" };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(sorted); i++)
		for (size_t k = 0; k < RV_COUNT(sorted); k++) {
			int order = rv_policy_name_cmp(sorted[i], sorted[k]);

			if ((order > 0) - (order < 0) != (i > k) - (i < k))
				fail_msg("%s and %s: %d", sorted[i], sorted[k], order);
		}
	assert_int_equal(rv_policy_name_cmp("007", "7"), 0);
}

static void test_dates(void **state)
{
	static const struct { const char *text; int64_t end; } dates[] = {
		{ "1970-01-01", 86400 }, { "2026-11-20", 1795219200 }, { "2024-02-29", 1709251200 }, { "2023-02-29", -1 },
		{ "2026-13-01", -1 }, { "2026-00-10", -1 }, { "2026-1-10", -1 }, { "2026-11-21 ", -1 }, { "", -1 }, { "20261121", -1 },
		{ "2026-11-00", -1 } };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(dates); i++) {
		int64_t end = -1;

		assert_int_equal(rv_date_end(dates[i].text, &end), dates[i].end >= 0);
		assert_int_equal(end, dates[i].end);
	}
}

static void test_seconds(void **state)
{
	static const struct { const char *text; uint64_t seconds; } times[] = {
		{ "90s", 90 }, { "30m", 1800 }, { "72h", 259200 }, { "14d", 1209600 }, { "0s", 0 }, { "s", 0 }, { "", 0 }, { "1", 0 },
		{ "-1h", 0 }, { "1 h", 0 }, { "01h", 0 }, { "1w", 0 }, { "99999999999999999999d", 0 } };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(times); i++) {
		uint64_t seconds = 0;

		assert_int_equal(rv_seconds(times[i].text, &seconds), times[i].seconds > 0);
		assert_int_equal(seconds, times[i].seconds);
	}
}

static void test_lists(void **state)
{
	const char *inner[] = { "net.*", "kernel.sem" }, *outer[] = { "net.ipv4.x", "kernel.sem", "other" }, *every[] = { "*" };
	const char *deny[] = { "run.oci.*", "bundle", "!run.oci.keep" };
	struct rv_list in = { inner, 2, NULL }, out = { outer, 3, &in }, all = { every, 1, &in }, denied = { deny, 3, NULL };

	(void)state;
	assert_true(rv_list_has(&out, "kernel.sem"));
	assert_false(rv_list_has(&out, "other"));
	assert_true(rv_list_glob(&out, "net.ipv4.x"));
	assert_false(rv_list_glob(&out, "net.ipv4.y"));
	assert_true(rv_list_glob(&all, "net.ipv4.y"));
	assert_false(rv_list_glob(&all, "fs.x"));
	assert_true(rv_list_any(&denied, "run.oci.handler"));
	assert_false(rv_list_any(&denied, "run.oci.keep"));
	assert_true(rv_list_any(&denied, "bundle"));
	assert_false(rv_list_any(&denied, "other"));
}

static void test_match(void **state)
{
	static const struct { const char *match; enum rv_matched wanted; } cases[] = {
		{ "{}", RV_MATCHED_YES },
		{ "{\"engine\":\"cri\"}", RV_MATCHED_YES },
		{ "{\"engine\":\"docker\"}", RV_MATCHED_NO },
		{ "{\"engine\":\"!docker\"}", RV_MATCHED_YES },
		{ "{\"engine\":[\"docker\",\"cri\"]}", RV_MATCHED_YES },
		{ "{\"namespace\":[\"pay*\",\"!payments-test\"]}", RV_MATCHED_YES },
		{ "{\"namespace\":[\"pay*\",\"!payments\"]}", RV_MATCHED_NO },
		{ "{\"namespace\":[\"!other\"]}", RV_MATCHED_YES },
		{ "{\"namespace\":\"payments\",\"pod\":\"p-?\",\"container\":\"app\"}", RV_MATCHED_YES },
		{ "{\"namespace\":\"payments\",\"pod\":\"q\"}", RV_MATCHED_NO },
		{ "{\"image\":\"registry.example/*\"}", RV_MATCHED_YES },
		{ "{\"digest\":\"sha256:*\"}", RV_MATCHED_UNKNOWN },
		{ "{\"digest\":\"sha256:*\",\"pod\":\"q\"}", RV_MATCHED_NO },
	};
	struct rv_facts docker = payments;
	struct rv_arena arena = { 0 };

	(void)state;
	docker.engine = RV_ENGINE_DOCKER;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		rv_autojson doc = { 0 };
		struct rv_match match;

		assert_int_equal(rv_json_parse(&doc, cases[i].match, strlen(cases[i].match), RV_JSON_MAX, 0, NULL), 0);
		match = rv_match_read(doc.root, &arena);
		if (rv_match_test(&match, &payments) != cases[i].wanted)
			fail_msg("%s", cases[i].match);
		/* what docker lets its users write is no namespace */
		if (match.list[RV_MATCH_NAMESPACE].count && rv_match_test(&match, &docker) == RV_MATCHED_YES)
			fail_msg("%s holds for docker", cases[i].match);
	}
	rv_arena_done(&arena);
}

/* ---- combining: a profile, then one step each way ---- */
static const char *text_after(const char *first, const char *second, enum rv_combine how, const char *family, const char *name,
			      struct rv_arena *arena, struct rv_errs *errs)
{
	struct rv_ruleset rules = { 0 };
	const char *text[] = { first, second };

	for (size_t i = 0; i < 2; i++) {
		struct rv_reader r = { .file = "t", .errs = errs, .arena = arena };

		assert_int_equal(rv_json_parse(&r.doc, text[i], strlen(text[i]), RV_JSON_MAX, 0, NULL), 0);
		rv_ruleset_apply(&rules, &r, r.doc.root, i ? how : RV_COMBINE_DEFINE);
		rv_json_done(&r.doc);
	}
	return rv_setting_text(&rules.set, rv_setting_find(rv_family_find(family), name), arena);
}

static const struct combination {
	const char *family, *name, *first, *second;
	const char *defined, *tightened, *raised, *widened;	/* tightened NULL: a mistake */
} combinations[] = {
	{ "user", "root", "\"rewrite\"", "\"deny\"", "\"deny\"", "\"deny\"", "\"deny\"", "\"rewrite\"" },
	{ "user", "root", "\"rewrite\"", "\"keep\"", "\"keep\"", NULL, "\"rewrite\"", "\"keep\"" },
	{ "user", "rewriteTo", "\"1:2\"", "\"3:4\"", "\"3:4\"", "\"3:4\"", "\"3:4\"", "\"3:4\"" },
	{ "user", "maxId", "100", "50", "50", "50", "50", "100" },
	{ "user", "maxId", "100", "200", "200", NULL, "100", "200" },
	{ "user", "maxId", "100", "0", "0", NULL, "100", "0" },
	{ "user", "maxId", "0", "100", "100", "100", "100", "0" },
	{ "namespaces", "minHostID", "5", "6", "6", "6", "6", "5" },
	{ "namespaces", "minHostID", "5", "4", "4", NULL, "5", "4" },
	{ "resources", "oomScoreAdjMin", "-998", "0", "0", "0", "0", "-998" },
	{ "resources", "oomScoreAdjMin", "-998", "-999", "-999", NULL, "-998", "-999" },
	{ "resources", "memoryDefault", "0", "7", "7", "7", "7", "0" },
	{ "resources", "memoryDefault", "7", "8", "8", NULL, "7", "8" },
	{ "resources", "memoryDefault", "7", "0", "0", NULL, "7", "0" },
	{ "capabilities", "noNewPrivileges", "false", "true", "true", "true", "true", "false" },
	{ "capabilities", "noNewPrivileges", "true", "false", "false", NULL, "true", "false" },
	{ "capabilities", "allowed", "[\"CHOWN\",\"KILL\"]", "[\"KILL\"]", "[\"KILL\"]", "[\"KILL\"] and [\"CHOWN\", \"KILL\"]",
	  "[\"KILL\"] and [\"CHOWN\", \"KILL\"]", "[\"CHOWN\", \"KILL\"]" },
	{ "capabilities", "allowed", "[\"CHOWN\"]", "[\"KILL\"]", "[\"KILL\"]", NULL, "[\"KILL\"] and [\"CHOWN\"]",
	  "[\"CHOWN\", \"KILL\"]" },
	{ "capabilities", "allowed", "[\"ALL\"]", "[\"KILL\"]", "[\"KILL\"]", "[\"KILL\"] and [\"ALL\"]", "[\"KILL\"] and [\"ALL\"]",
	  "[\"ALL\", \"KILL\"]" },
	{ "sections", "denied", "[\"vm\"]", "[\"vm\",\"zos\"]", "[\"vm\", \"zos\"]", "[\"vm\", \"zos\"]", "[\"vm\", \"zos\"]",
	  "[\"!vm\", \"!zos\"]" },
	{ "annotations", "denied", "[\"run.oci.*\"]", "[\"run.oci.keep\"]", "[\"run.oci.*\", \"run.oci.keep\"]",
	  "[\"run.oci.*\", \"run.oci.keep\"]", "[\"run.oci.*\", \"run.oci.keep\"]", "[\"run.oci.*\", \"!run.oci.keep\"]" },
	{ "filesystem", "maskedPaths", "[\"/a\",\"/b\"]", "[\"/b\",\"/c\"]", "[\"/a\", \"/b\", \"/c\"]", "[\"/a\", \"/b\", \"/c\"]",
	  "[\"/a\", \"/b\", \"/c\"]", "[\"/a\"]" },
	{ "filesystem", "maskedPaths", "[\"/a\",\"/b/c\"]", "[\"**\"]", "[\"/a\", \"/b/c\", \"**\"]", "[\"/a\", \"/b/c\", \"**\"]",
	  "[\"/a\", \"/b/c\", \"**\"]", "[]" },
	{ "rlimits", "max", "{\"RLIMIT_CPU\":5}", "{\"RLIMIT_CPU\":4,\"RLIMIT_AS\":1}", "{ \"RLIMIT_CPU\": 4, \"RLIMIT_AS\": 1 }",
	  "{ \"RLIMIT_CPU\": 4, \"RLIMIT_AS\": 1 }", "{ \"RLIMIT_CPU\": 4, \"RLIMIT_AS\": 1 }", "{ \"RLIMIT_CPU\": 5 }" },
	{ "rlimits", "max", "{\"RLIMIT_CPU\":5}", "{\"RLIMIT_CPU\":6}", "{ \"RLIMIT_CPU\": 6 }", NULL, "{ \"RLIMIT_CPU\": 5 }",
	  "{ \"RLIMIT_CPU\": 6 }" },
	{ "hooks", "allowed", "[{\"path\":\"/a\"}]", "[{\"path\":\"/b\",\"args\":[],\"stage\":\"poststop\"}]",
	  "[{ \"path\": \"/a\" }, { \"path\": \"/b\", \"args\": [], \"stage\": \"poststop\" }]", "[{ \"path\": \"/a\" }]",
	  "[{ \"path\": \"/a\" }]", "[{ \"path\": \"/a\" }, { \"path\": \"/b\", \"args\": [], \"stage\": \"poststop\" }]" },
	{ "mounts", "allowed", "[]", "[{\"source\":\"/a\",\"access\":\"rw\",\"propagation\":\"slave\"},{\"source\":\"/b\"}]",
	  "[{ \"source\": \"/a\", \"access\": \"rw\", \"propagation\": \"slave\" }, "
	  "{ \"source\": \"/b\", \"access\": \"ro\", \"propagation\": \"private\" }]", "[]", "[]",
	  "[{ \"source\": \"/a\", \"access\": \"rw\", \"propagation\": \"slave\" }, "
	  "{ \"source\": \"/b\", \"access\": \"ro\", \"propagation\": \"private\" }]" },
};

static void test_combine(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(combinations); i++) {
		const struct combination *c = &combinations[i];
		const char *wanted[] = { c->defined, c->tightened, c->raised, c->widened };
		struct rv_arena arena = { 0 };
		const char *first = rv_arena_printf(&arena, "{\"%s\":{\"%s\":%s}}", c->family, c->name, c->first);
		const char *second = rv_arena_printf(&arena, "{\"%s\":{\"%s\":%s}}", c->family, c->name, c->second);

		for (size_t how = 0; how < RV_COUNT(wanted); how++) {
			struct rv_errs errs = { 0 };
			const char *text = text_after(first, second, (enum rv_combine)how, c->family, c->name, &arena, &errs);

			assert_int_equal(errs.count, wanted[how] ? 0 : 1);
			if (wanted[how])
				assert_string_equal(text, wanted[how]);
			rv_errs_done(&errs);
		}
		rv_arena_done(&arena);
	}
}

/* The schema is JSON, has every family and setting, and says so of each. */
static void test_schema(void **state)
{
	static const char *const parts[] = { "define", "widen" };
	rv_autobuf out = { 0 };
	rv_autojson doc = { 0 };
	struct rv_err err = RV_ERR_INIT;

	(void)state;
	rv_policy_schema(&out);
	if (rv_json_parse(&doc, rv_buf_str(&out), out.len, RV_JSON_MAX, 0, &err))
		fail_err("schema", &err);
	for (size_t i = 0; i < RV_COUNT(parts); i++) {
		const struct rv_json *def = rv_json_get(rv_json_get(rv_json_get(doc.root, "$defs"), parts[i]), "properties");

		for (const struct rv_family *const *f = rv_families; *f; f++) {
			const struct rv_json *family = rv_json_get(def, (*f)->name), *either = rv_json_get(family, "anyOf");
			const struct rv_json *object = either ? rv_json_next(rv_json_first(either)) : family;

			for (const struct rv_setting *s = (*f)->settings; s->name; s++) {
				const struct rv_json *at = s->type == RV_SET_ACTIONS ? rv_json_get(object, "additionalProperties")
						: rv_json_get(rv_json_get(object, "properties"), s->name);

				assert_string_equal(rv_json_str(rv_json_at(at, "/description")), s->doc);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_cmp), cmocka_unit_test(test_dates), cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_lists), cmocka_unit_test(test_match), cmocka_unit_test(test_combine),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
