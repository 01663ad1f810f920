/* SPDX-License-Identifier: Apache-2.0 */
/* What the shipped profiles and grants say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policies.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped_form), cmocka_unit_test(test_shipped_whole),
		cmocka_unit_test(test_shipped_order), cmocka_unit_test(test_privileged), cmocka_unit_test(test_grants),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests_name("shipped", tests, NULL, NULL);
}
