/* SPDX-License-Identifier: Apache-2.0 */
/* The active set: what is selected for a container, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policies.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_select), cmocka_unit_test(test_exceptions), cmocka_unit_test(test_floor),
		cmocka_unit_test(test_node), cmocka_unit_test(test_grace), cmocka_unit_test(test_first),
		cmocka_unit_test(test_broken_set), cmocka_unit_test(test_broken_policy), cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests_name("active", tests, NULL, NULL);
}
