/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: how values combine, whom a policy matches, what the shipped files say, the active set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/source.h"

#define NOW 1795262400	/* 2026-11-21T12:00Z */

static const struct rv_facts payments = { .engine = RV_ENGINE_CRI, .name_space = "payments", .pod = "p-1", .container = "app",
					  .image = "registry.example/app:1", .now = NOW };

static void fail_err(const char *what, const struct rv_err *err)
{
	char text[2048];

	fail_msg("%s: %s", what, rv_err_text(err, text, sizeof(text)));
}

static struct rv_policies *load(const char *active)
{
	struct rv_policies *p = NULL;
	struct rv_err err = RV_ERR_INIT;

	if (rv_policies_load(&p, active, active ? strlen(active) : 0, &err))
		fail_err("load", &err);
	return p;
}

static struct rv_policies *compiled(const struct rv_source *node, const struct rv_source *sources, size_t count)
{
	rv_autobuf active = { 0 };
	struct rv_errs errs = { 0 }, warnings = { 0 };

	if (rv_policies_compile(node, sources, count, NOW, &active, &errs, &warnings))
		fail_err("compile", errs.item);
	rv_errs_done(&errs);
	rv_errs_done(&warnings);
	return load(rv_buf_str(&active));
}

static struct rv_source source(const char *file, const char *text)
{
	return (struct rv_source){ file, text, strlen(text) };
}

static struct rv_policy selected(const struct rv_policies *p, const struct rv_facts *facts, struct rv_arena *arena)
{
	struct rv_policy policy = { 0 };
	struct rv_err err = RV_ERR_INIT;

	if (rv_policies_select(p, facts, arena, &policy, &err))
		fail_err("select", &err);
	return policy;
}

static struct rv_policy named(const struct rv_policies *p, const char *name, struct rv_arena *arena)
{
	struct rv_policy policy = { 0 };
	struct rv_err err = RV_ERR_INIT;

	if (rv_policies_named(p, name, &payments, arena, &policy, &err))
		fail_err(name, &err);
	return policy;
}

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

/* ---- what is shipped ---- */
static void test_shipped_form(void **state)
{
	static const struct rv_form *const forms[] = { &rv_form_policy, &rv_form_profile, &rv_form_grant };

	(void)state;
	for (const struct rv_embedded *e = rv_embedded; e->name; e++) {
		struct rv_errs errs = { 0 };
		struct rv_arena arena = { 0 };
		struct rv_reader r = { .file = e->name, .errs = &errs, .arena = &arena };
		struct rv_err err = RV_ERR_INIT;
		const char *member = e->kind == RV_SOURCE_POLICY ? "name" : e->kind == RV_SOURCE_PROFILE ? "profile" : "grant";

		if (rv_json_parse(&r.doc, e->text, strlen(e->text), RV_JSON_MAX, RV_JSON_COMMENTS, &err))
			fail_err(e->name, &err);
		rv_form_check(&r, r.doc.root, forms[e->kind]);
		if (errs.count)
			fail_err(e->name, errs.item);
		assert_string_equal(rv_json_str(rv_json_get(r.doc.root, member)), e->name);
		rv_json_done(&r.doc);
		rv_arena_done(&arena);
	}
}

/* A profile that extends none must say everything: a setting without a value would be what zero happens to mean. */
static void test_shipped_whole(void **state)
{
	static const char *const names[] = { "privileged", "baseline", "restricted", "engine", "hardened" };
	struct rv_policies *p = load(NULL);
	struct rv_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(names); i++) {
		struct rv_policy policy = named(p, names[i], &arena);
		const struct rv_family *family;
		const struct rv_setting *s;

		for (size_t k = 0; (s = rv_setting_at(k, &family)); k++)
			if (s->type != RV_SET_ACTIONS && !*rv_ruleset_origin(&policy.enforce, family->name, s->name, &arena))
				fail_msg("%s says nothing of %s.%s", names[i], family->name, s->name);
	}
	rv_arena_done(&arena);
	rv_policies_free(p);
}

static bool all_in(const struct rv_list *some, const struct rv_list *list)
{
	for (size_t i = 0; i < some->count; i++)
		if (!rv_list_has(list, some->item[i]))
			return false;
	return true;
}

static void not_looser(const struct rv_ruleset *a, const struct rv_ruleset *b)
{
	const struct rv_setting *s = rv_settings_looser(&a->set, &b->set);

	if (s)
		fail_msg("%s is looser than %s in %s", a->profile, b->profile, s->name);
	assert_true(all_in(&a->set.capabilities.allowed, &b->set.capabilities.allowed));
	assert_true(all_in(&a->set.sysctl.allowed, &b->set.sysctl.allowed));
	assert_true(all_in(&a->set.devices.allowed, &b->set.devices.allowed) || rv_list_has(&b->set.devices.allowed, "all"));
	assert_true(all_in(&b->set.filesystem.masked, &a->set.filesystem.masked));
	assert_true(all_in(&b->set.mounts.sensitive, &a->set.mounts.sensitive));
	assert_true(all_in(&b->set.annotations.denied, &a->set.annotations.denied));
	assert_true(all_in(&b->set.sections.denied, &a->set.sections.denied));
}

static void test_shipped_order(void **state)
{
	static const char *const chain[] = { "privileged", "baseline", "restricted", "hardened" };
	struct rv_policies *p = load(NULL);
	struct rv_arena arena = { 0 };
	struct rv_policy loose = named(p, "privileged", &arena), engine = named(p, "engine", &arena);

	(void)state;
	for (size_t i = 1; i < RV_COUNT(chain); i++) {
		struct rv_policy tight = named(p, chain[i], &arena);

		not_looser(&tight.enforce, &loose.enforce);
		loose = tight;
	}
	assert_non_null(rv_settings_looser(&engine.enforce.set, &loose.enforce.set));
	rv_arena_done(&arena);
	rv_policies_free(p);
}

/* Every scalar of privileged is the loosest there is. */
static void test_privileged(void **state)
{
	struct rv_policies *p = load(NULL);
	struct rv_arena arena = { 0 };
	struct rv_policy policy = named(p, "privileged", &arena);
	struct rv_settings loosest = { .resources.oom_score_adj_min = -1000 };

	(void)state;
	loosest.monitor.actions = policy.enforce.set.monitor.actions;	/* watching is what it is for */
	assert_null(rv_settings_looser(&loosest, &policy.enforce.set));
	rv_arena_done(&arena);
	rv_policies_free(p);
}

/* Each grant changes what a container under baseline may do, and its text is at the setting's origin. */
static void test_grants(void **state)
{
	struct rv_policies *p = load(NULL);
	size_t grants = 0;

	(void)state;
	for (const struct rv_embedded *e = rv_embedded; e->name; e++) {
		struct rv_arena arena = { 0 };
		struct rv_errs errs = { 0 };
		struct rv_policy policy;
		const struct rv_family *family;
		const struct rv_setting *s;
		const char *text;
		size_t changed = 0;

		if (e->kind != RV_SOURCE_GRANT)
			continue;
		grants++;
		text = rv_arena_printf(&arena, "{\"name\":\"p\",\"enforce\":\"baseline\",\"allow\":[{\"why\":\"x\",\"grant\":\"%s\"}]}",
				       e->name);
		if (rv_policies_file(p, "p.json", text, strlen(text), &payments, &arena, &policy, &errs))
			fail_err(e->name, errs.item);
		for (size_t k = 0; (s = rv_setting_at(k, &family)); k++)
			changed += rv_str_starts(rv_ruleset_origin(&policy.enforce, family->name, s->name, &arena), e->name);
		assert_true(changed > 0);
		assert_string_equal(policy.exception[0].grant, e->name);
		rv_arena_done(&arena);
	}
	assert_int_equal(grants, 12);
	rv_policies_free(p);
}

static void test_default(void **state)
{
	static const struct { enum rv_engine engine; const char *name_space, *policy, *profile; } cases[] = {
		{ RV_ENGINE_CRI, "default", "default-cri", "baseline" },
		{ RV_ENGINE_CRI, NULL, "default-cri", "baseline" },
		{ RV_ENGINE_CRI, "kube-system", "default-kube-system", "baseline" },
		{ RV_ENGINE_DOCKER, "kube-system", "default-engine", "engine" },
		{ RV_ENGINE_PODMAN, NULL, "default-engine", "engine" },
		{ RV_ENGINE_CONTAINERD, NULL, "default-engine", "engine" },
		{ RV_ENGINE_SHELL, NULL, "default-engine", "engine" },
	};
	struct rv_policies *p = load(NULL);
	struct rv_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		struct rv_facts facts = { .engine = cases[i].engine, .name_space = cases[i].name_space, .now = NOW };
		struct rv_policy policy = selected(p, &facts, &arena);

		assert_string_equal(policy.name, cases[i].policy);
		assert_string_equal(policy.enforce.profile, cases[i].profile);
		assert_string_equal(policy.file, "embedded");
	}
	assert_string_equal(rv_policies_node(p)->dirs.docker[1], "/run/docker");
	rv_arena_done(&arena);
	rv_policies_free(p);
}

/* ---- the active set ---- */
static const char payments_text[] =
	"// 50-payments.json\n"
	"{ \"name\": \"payments\", \"match\": { \"engine\": \"cri\", \"namespace\": [\"payments\", \"pay-*\"] },\n"
	"  \"enforce\": \"baseline\", \"audit\": \"restricted\",\n"
	"  \"set\": {\n"
	"    \"filesystem\": { \"readOnly\": true } },\n"
	"  \"allow\": [\n"
	"    { \"why\": \"applies\", \"until\": \"2026-11-21\", \"capabilities\": [\"NET_ADMIN\"] },\n"
	"    { \"why\": \"over\", \"until\": \"2026-11-20\", \"capabilities\": [\"SYS_ADMIN\"] },\n"
	"    { \"why\": \"not here\", \"when\": { \"pod\": \"other\" }, \"capabilities\": [\"SYS_TIME\"] },\n"
	"    { \"why\": \"nobody knows\", \"when\": { \"digest\": \"sha256:1\" }, \"capabilities\": [\"SYS_BOOT\"] },\n"
	"    { \"why\": \"too much\", \"namespaces\": { \"pid\": \"host\", \"ipc\": \"host\" }, \"sections\": { \"denied\": [\"vm\"] } } ],\n"
	"  \"grace\": { \"for\": \"72h\", \"then\": \"freeze\" } }\n";
static const char node_text[] =
	"{ \"default\": { \"docker\": \"restricted\", \"podman\": \"payments\" }, \"log\": \"/var/log/d.jsonl\", \"maxDocument\": 4096,\n"
	"  \"runtime\": \"/usr/sbin/runc\", \"runtimes\": { \"podman\": \"/usr/bin/crun\" },\n"
	"  \"engines\": { \"docker\": { \"root\": [\"/srv/docker\"] }, \"containers\": { \"state\": [\"/run/x\", \"/run/y\"] } },\n"
	"  \"floor\": { \"namespaces\": { \"pid\": \"deny\" }, \"sections\": { \"denied\": [\"vm\"] } } }\n";

static struct rv_policies *payments_set(void)
{
	struct rv_source sources[] = { source("50-payments.json", payments_text) }, node = source("reeve.json", node_text);

	return compiled(&node, sources, 1);
}

static void test_select(void **state)
{
	struct rv_policies *p = payments_set();
	struct rv_arena arena = { 0 };
	struct rv_policy policy = selected(p, &payments, &arena);
	const struct rv_settings *set = &policy.enforce.set;

	(void)state;
	assert_string_equal(policy.name, "payments");
	assert_string_equal(policy.file, "50-payments.json");
	assert_int_equal(policy.line, 2);
	assert_true(policy.has_audit);
	assert_string_equal(policy.audit.profile, "restricted");
	assert_int_equal(policy.grace, 72 * 3600);
	assert_int_equal(policy.then, RV_GRACE_FREEZE);
	assert_true(set->filesystem.read_only && policy.audit.set.filesystem.read_only);
	assert_string_equal(rv_ruleset_origin(&policy.enforce, "filesystem", "readOnly", &arena), "50-payments.json:5:33");
	assert_string_equal(rv_ruleset_origin(&policy.enforce, "user", "root", &arena), "baseline:17:12");
	assert_string_equal(rv_ruleset_origin(&policy.enforce, "user", "nothing", &arena), "");
	assert_true(rv_list_has(&set->capabilities.allowed, "NET_ADMIN"));
	assert_false(rv_list_has(&set->capabilities.allowed, "SYS_ADMIN"));
	assert_false(rv_list_has(&set->capabilities.allowed, "SYS_TIME"));
	assert_false(rv_list_has(&set->capabilities.allowed, "SYS_BOOT"));
	assert_true(rv_list_has(&policy.audit.set.capabilities.allowed, "NET_ADMIN"));
	rv_arena_done(&arena);
	rv_policies_free(p);
}

static void test_exceptions(void **state)
{
	static const struct { const char *why; bool expired, unknown; unsigned line; } wanted[] = {
		{ "applies", false, false, 7 }, { "over", true, false, 8 }, { "nobody knows", false, true, 10 },
		{ "too much", false, false, 11 } };
	struct rv_policies *p = payments_set();
	struct rv_arena arena = { 0 };
	struct rv_facts later = payments;
	struct rv_policy policy = selected(p, &payments, &arena);

	(void)state;
	assert_int_equal(policy.exception_count, RV_COUNT(wanted));
	for (size_t i = 0; i < RV_COUNT(wanted); i++) {
		assert_string_equal(policy.exception[i].why, wanted[i].why);
		assert_int_equal(policy.exception[i].expired, wanted[i].expired);
		assert_int_equal(policy.exception[i].unknown, wanted[i].unknown);
		assert_int_equal(policy.exception[i].line, wanted[i].line);
	}
	/* the last second of the day still counts, the next does not */
	later.now = 1795219200 + 86400 - 1;
	policy = selected(p, &later, &arena);
	assert_true(rv_list_has(&policy.enforce.set.capabilities.allowed, "NET_ADMIN"));
	later.now++;
	policy = selected(p, &later, &arena);
	assert_false(rv_list_has(&policy.enforce.set.capabilities.allowed, "NET_ADMIN"));
	/* a clock that shows the past proves nothing */
	later.now = 1000;
	policy = selected(p, &later, &arena);
	assert_true(rv_list_has(&policy.enforce.set.capabilities.allowed, "NET_ADMIN"));
	later.clock_unset = true;
	policy = selected(p, &later, &arena);
	assert_true(policy.exception[0].expired);
	assert_false(rv_list_has(&policy.enforce.set.capabilities.allowed, "NET_ADMIN"));
	rv_arena_done(&arena);
	rv_policies_free(p);
}

static void test_floor(void **state)
{
	struct rv_policies *p = payments_set();
	struct rv_arena arena = { 0 };
	struct rv_policy policy = selected(p, &payments, &arena);
	const struct rv_settings *set = &policy.enforce.set;

	(void)state;
	assert_int_equal(set->namespaces.pid, RV_NS_DENY);
	assert_int_equal(set->namespaces.ipc, RV_NS_HOST);
	assert_int_equal(policy.audit.set.namespaces.pid, RV_NS_DENY);
	assert_true(rv_list_any(&set->sections.denied, "vm"));
	assert_string_equal(rv_ruleset_origin(&policy.enforce, "namespaces", "pid", &arena), "reeve.json:4:37");
	assert_true(rv_ruleset_floor(&policy.enforce, "namespaces.pid"));
	assert_false(rv_ruleset_floor(&policy.enforce, "namespaces.ipc"));
	assert_false(rv_ruleset_floor(&policy.enforce, "namespaces"));
	policy = named(p, "privileged", &arena);
	assert_int_equal(policy.enforce.set.namespaces.pid, RV_NS_DENY);
	assert_int_equal(policy.enforce.set.namespaces.ipc, RV_NS_HOST);
	rv_arena_done(&arena);
	rv_policies_free(p);
}

static void test_node(void **state)
{
	struct rv_policies *p = payments_set();
	const struct rv_node *node = rv_policies_node(p);
	struct rv_facts facts = { .engine = RV_ENGINE_DOCKER, .now = NOW };
	struct rv_arena arena = { 0 };

	(void)state;
	assert_string_equal(node->runtime, "/usr/sbin/runc");
	assert_string_equal(node->runtime_for[RV_ENGINE_PODMAN], "/usr/bin/crun");
	assert_null(node->runtime_for[RV_ENGINE_DOCKER]);
	assert_int_equal(node->max_document, 4096);
	assert_string_equal(node->log, "/var/log/d.jsonl");
	assert_string_equal(node->dirs.docker[0], "/srv/docker");
	assert_string_equal(node->dirs.docker[1], "/run/docker");
	assert_null(node->dirs.docker[2]);
	assert_string_equal(node->dirs.containers[0], "/var/lib/containers/storage");
	assert_string_equal(node->dirs.containers[2], "/run/y");
	assert_string_equal(node->dirs.kubelet[0], "/var/lib/kubelet");
	assert_string_equal(selected(p, &facts, &arena).name, "restricted");
	facts.engine = RV_ENGINE_PODMAN;
	assert_string_equal(selected(p, &facts, &arena).name, "payments");
	facts.engine = RV_ENGINE_SHELL;
	assert_string_equal(selected(p, &facts, &arena).name, "default-engine");
	facts.engine = RV_ENGINE_CRI;
	assert_string_equal(selected(p, &facts, &arena).name, "default-cri");
	rv_arena_done(&arena);
	rv_policies_free(p);
}

/* Grace is for what policy refuses; what the floor refuses, or is a fault of the document, is refused at once. */
static void test_grace(void **state)
{
	struct rv_policies *p = payments_set();
	struct rv_arena arena = { 0 };
	struct rv_policy policy = selected(p, &payments, &arena);
	struct rv_denial denials[] = { { .rule = "namespaces.pid" }, { .rule = "user.root" }, { .rule = "namespaces.paths", .fault = true } };
	struct rv_plan plan = { .denial = denials, .denial_count = RV_COUNT(denials) };

	(void)state;
	rv_plan_grace(&plan, &policy, &payments);
	assert_int_equal(denials[0].graced_until, 0);
	assert_int_equal(denials[1].graced_until, NOW + 72 * 3600);
	assert_int_equal(denials[2].graced_until, 0);
	rv_arena_done(&arena);
	rv_policies_free(p);
}

/* The first that matches, in the order given. */
static void test_first(void **state)
{
	struct rv_source sources[] = {
		source("1.json", "{\"name\":\"a\",\"match\":{\"namespace\":\"other\"},\"enforce\":\"baseline\"}"),
		source("2.json", "{\"name\":\"b\",\"match\":{\"namespace\":\"pay*\"},\"enforce\":\"mine\",\"allow\":"
				 "[{\"why\":\"w\",\"grant\":\"ours\"}]}"),
		source("3.json", "{\"name\":\"c\",\"match\":{\"namespace\":\"payments\"},\"enforce\":\"baseline\"}"),
		source("4.json", "{\"profile\":\"mine\",\"description\":\"d\",\"extends\":\"restricted\",\"set\":{\"exec\":{\"root\":\"audit\"}}}"),
		source("5.json", "{\"grant\":\"ours\",\"description\":\"d\",\"allow\":{\"user\":{\"root\":\"keep\"}}}"),
	};
	struct rv_policies *p = compiled(NULL, sources, RV_COUNT(sources));
	struct rv_arena arena = { 0 };
	struct rv_policy policy = selected(p, &payments, &arena);
	struct rv_policy_entry entry;

	(void)state;
	assert_string_equal(policy.name, "b");
	assert_string_equal(policy.enforce.profile, "mine");
	assert_int_equal(policy.enforce.set.exec.root, RV_EXEC_AUDIT);
	assert_int_equal(policy.enforce.set.user.root, RV_ROOT_KEEP);
	assert_string_equal(rv_ruleset_origin(&policy.enforce, "exec", "root", &arena), "4.json:1:82");
	assert_true(rv_policies_at(p, 2, &arena, &entry));
	assert_string_equal(entry.match, "{\"namespace\":[\"payments\"]}");
	assert_true(rv_policies_at(p, 3, &arena, &entry) && entry.shipped);
	assert_false(rv_policies_at(p, 6, &arena, &entry));
	rv_arena_done(&arena);
	rv_policies_free(p);
}

static void test_broken_set(void **state)
{
	static const char *const broken[] = {
		"", "{", "[]", "{}", "null", "{\"format\":2}", "{\"format\":1}", "{\"format\":\"1\"}",
		"{\"format\":1,\"node\":null,\"policies\":[],\"profiles\":[]}",
		"{\"format\":1,\"policies\":[],\"profiles\":[],\"grants\":[]}",
		"{\"format\":1,\"node\":null,\"policies\":{},\"profiles\":[],\"grants\":[]}",
		"{\"format\":1,\"node\":null,\"policies\":[7],\"profiles\":[],\"grants\":[]}",
		"{\"format\":1,\"node\":null,\"policies\":[{\"name\":\"a\",\"file\":\"b\"}],\"profiles\":[],\"grants\":[]}",
		"{\"format\":1,\"node\":{},\"policies\":[],\"profiles\":[],\"grants\":[]}",
		"{\"format\":1,\"node\":{\"name\":\"n\",\"file\":\"f\",\"text\":\"{\\\"floor\\\":7}\"},\"policies\":[],\"profiles\":[],\"grants\":[]}",
		"{\"format\":1,\"node\":null,\"policies\":[],\"profiles\":[],\"grants\":[]} x",
		"// c\n{\"format\":1,\"node\":null,\"policies\":[],\"profiles\":[],\"grants\":[]}",
	};
	struct rv_policies *p = NULL;

	(void)state;
	for (size_t i = 0; i < RV_COUNT(broken); i++) {
		struct rv_err err = RV_ERR_INIT;

		if (rv_policies_load(&p, broken[i], strlen(broken[i]), &err) != -RV_EPOLICY || p)
			fail_msg("taken: %s", broken[i]);
		assert_int_equal(err.code, RV_EPOLICY);
		assert_true(err.msg[0]);
	}
	p = load("{\"format\":1,\"node\":null,\"policies\":[],\"profiles\":[],\"grants\":[]}");
	rv_policies_free(p);
}

/* A set written by hand, or by another version: what select meets is refused, not guessed. */
static void test_broken_policy(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{\\\"name\\\":\\\"a\\\"}", "{\\\"name\\\":\\\"a\\\",\\\"enforce\\\":\\\"nothing\\\"}",
		"{\\\"name\\\":\\\"a\\\",\\\"enforce\\\":\\\"baseline\\\",\\\"new\\\":1}",
		"{\\\"name\\\":\\\"a\\\",\\\"enforce\\\":\\\"baseline\\\",\\\"set\\\":{\\\"user\\\":{\\\"root\\\":\\\"keeep\\\"}}}",
		"{\\\"name\\\":\\\"a\\\",\\\"enforce\\\":\\\"restricted\\\",\\\"set\\\":{\\\"user\\\":{\\\"root\\\":\\\"keep\\\"}}}",
		"{\\\"name\\\":\\\"a\\\",\\\"enforce\\\":\\\"baseline\\\",\\\"allow\\\":[{\\\"why\\\":\\\"w\\\",\\\"grant\\\":\\\"nothing\\\"}]}",
	};
	struct rv_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(texts); i++) {
		const char *set = rv_arena_printf(&arena, "{\"format\":1,\"node\":null,\"policies\":[{\"name\":\"a\",\"file\":\"a.json\","
						  "\"match\":{},\"text\":\"%s\"}],\"profiles\":[],\"grants\":[]}", texts[i]);
		struct rv_policies *p = load(set);
		struct rv_err err = RV_ERR_INIT;
		struct rv_policy policy;

		assert_int_equal(rv_policies_select(p, &payments, &arena, &policy, &err), -RV_EPOLICY);
		assert_string_equal(err.file, "a.json");
		rv_policies_free(p);
	}
	rv_arena_done(&arena);
}

static void test_file(void **state)
{
	static const char grant[] = "{\"grant\":\"g\",\"description\":\"d\",\"allow\":{}}";
	static const char profile[] = "{\"profile\":\"mine\",\"description\":\"d\",\"extends\":\"restricted\",\"set\":{}}";
	struct rv_policies *p = load(NULL);
	struct rv_arena arena = { 0 };
	struct rv_errs errs = { 0 };
	struct rv_policy policy;
	struct rv_err err = RV_ERR_INIT;

	(void)state;
	assert_int_equal(rv_policies_file(p, "g.json", grant, strlen(grant), &payments, &arena, &policy, &errs), -RV_EPOLICY);
	assert_int_equal(errs.count, 1);
	assert_int_equal(rv_policies_file(p, "m.json", profile, strlen(profile), &payments, &arena, &policy, &errs), 0);
	assert_string_equal(policy.name, "mine");
	assert_int_equal(policy.enforce.set.user.root, RV_ROOT_DENY);
	assert_int_equal(rv_policies_named(p, "bseline", &payments, &arena, &policy, &err), -RV_EPOLICY);
	assert_non_null(strstr(err.msg, "did you mean baseline?"));
	rv_errs_done(&errs);
	rv_arena_done(&arena);
	rv_policies_free(p);
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
		cmocka_unit_test(test_shipped_form), cmocka_unit_test(test_shipped_whole), cmocka_unit_test(test_shipped_order),
		cmocka_unit_test(test_privileged), cmocka_unit_test(test_grants), cmocka_unit_test(test_default),
		cmocka_unit_test(test_select), cmocka_unit_test(test_exceptions), cmocka_unit_test(test_floor),
		cmocka_unit_test(test_node), cmocka_unit_test(test_grace), cmocka_unit_test(test_first), cmocka_unit_test(test_broken_set),
		cmocka_unit_test(test_broken_policy), cmocka_unit_test(test_file), cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
