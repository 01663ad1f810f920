/* SPDX-License-Identifier: Apache-2.0 */
/* What the real runtime can do, and what is known of its version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "judge.h"
#include "reeve/runtime.h"

static void test_versions(void **state)
{
	/* in ascending order, each older than the next */
	static const char *const order[] = { "",	   "1.0.0-rc7", "1.0.0-rc10", "1.0.0~rc93+ds1", "1.0.0-rc.95", "1.0.0",
					     "1.1.5+ds1",  "1.1.12",	"1.2.0-rc.3", "1.2.0",		"1.4.0-rc.3+dev", "1.4",
					     "1.4.1",	   "1.26",	"1.27.1",     "10.0" };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(order); i++) {
		for (size_t k = 0; k < RV_COUNT(order); k++) {
			int got = rv_version_cmp(order[i], order[k]), wanted = (i > k) - (i < k);

			if (got != wanted)
				fail_msg("%s and %s: %d", order[i], order[k], got);
		}
	}
	assert_int_equal(rv_version_cmp("1.4", "1.4.0"), 0);
	assert_int_equal(rv_version_cmp("1.1.5", "1.1.5+ds1"), 0);
}

static void test_escapes(void **state)
{
	static const struct {
		const char *name, *version, *ids;
	} cases[] = {
		{ "runc", "1.1.5+ds1", "2024-21626 2024-45310 2025-31133 2025-52565 2025-52881 2026-41579 " },
		{ "runc", "1.1.12", "2024-45310 2025-31133 2025-52565 2025-52881 2026-41579 " },
		{ "runc", "1.1.15", "2025-31133 2025-52565 2025-52881 2026-41579 " },
		{ "runc", "1.2.7", "2025-31133 2025-52565 2025-52881 2026-41579 " },
		{ "runc", "1.2.8", "2026-41579 " },
		{ "runc", "1.3.2", "2025-31133 2025-52565 2025-52881 2026-41579 " },
		{ "runc", "1.3.3", "2026-41579 " },
		{ "runc", "1.3.6", "" },
		{ "runc", "1.4.0-rc.2", "2025-31133 2025-52565 2025-52881 2026-41579 " },
		{ "runc", "1.4.0", "2026-41579 " },
		{ "runc", "1.4.3", "" },
		{ "runc", "1.5.0-rc.2", "2026-41579 " },
		{ "runc", "1.5.0", "" },
		{ "runc", "1.1.4", "2023-25809 2023-27561 2023-28642 2024-21626 2024-45310 2025-31133 2025-52565 2025-52881 2026-41579 " },
		{ "runc", "1.0.0-rc92", "2021-30465 2022-29162 2023-25809 2023-28642 2024-45310 2025-31133 2025-52565 2025-52881 "
				       "2026-41579 " },
		{ "crun", "1.8.1", "2025-24965 2026-47766 " },
		{ "crun", "1.19", "2025-24965 2026-30892 2026-47766 " },
		{ "crun", "1.20", "2026-30892 2026-47766 " },
		{ "crun", "1.27.1", "2026-47766 " },
		{ "crun", "1.28", "" },
		{ "crun", "1.29.1", "2026-84042 " },
		{ "crun", "1.30.1", "" },
		{ "youki", "0.1.0", "" },
		{ NULL, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		const struct rv_runtime_fact real = { .name = cases[i].name, .version = cases[i].version };
		struct rv_escape escapes[RV_ESCAPES_MAX];
		struct rv_arena arena = { 0 };
		rv_autobuf got = { 0 };
		size_t count = rv_escapes_of(&real, NULL, escapes, RV_COUNT(escapes), &arena);

		for (size_t k = 0; k < count; k++) {
			rv_buf_addf(&got, "%s ", escapes[k].id + strlen("CVE-"));
			assert_true(escapes[k].by && !escapes[k].needs && *escapes[k].what && *escapes[k].fixed);
		}
		if (strcmp(rv_buf_str(&got), cases[i].ids))
			fail_msg("%s %s: %s", cases[i].name, cases[i].version, rv_buf_str(&got));
		rv_arena_done(&arena);
	}
}

#define ESCAPES(word, more) "{\"runtime\":{\"knownEscapes\":\"" word "\"}" more "}"
#define CLOSED ",\"filesystem\":{\"links\":\"deny\"},\"mounts\":{\"destinations\":\"guarded\",\"nested\":\"deny\"}"
static const struct judge_case escapes[] = {
	{ "taken", ESCAPES("allow", ""), NULL, "{\"version\":\"1.4.0\"}", "" },
	{ "warned of", ESCAPES("warn", ""), NULL, "{\"version\":\"1.4.0\"}", "warn\n" },
	{ "refused", ESCAPES("deny", ""), NULL, "{\"version\":\"1.4.0\"}", "deny runtime.knownEscapes \n" },
	{ "closed by the rules", ESCAPES("deny", CLOSED), NULL, NULL, "" },
	{ "one rule is missing", ESCAPES("deny", ",\"filesystem\":{\"links\":\"deny\"},\"mounts\":{\"destinations\":\"guarded\"}"), NULL,
	  "{\"version\":\"1.2.7\"}", "deny runtime.knownEscapes \n" },
	{ "nothing is known of it", ESCAPES("deny", ""), NULL, "{\"runtime\":\"youki\"}", "" },
};

#define DENY "{\"runtime\":{\"unsupported\":\"deny\"}}"
#define MOUNT(options, more) "{\"mounts\":[{\"destination\":\"/v\",\"source\":\"/srv\",\"options\":[\"bind\"" options "]" more "}]}"
#define MAPS ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1}]"
#define LEFT_OUT "deny runtime.unsupported /mounts/0\n"
#define NO_HOOK "deny runtime.unsupported \n"
static const struct judge_case unsupported[] = {
	{ "rro", DENY, MOUNT(",\"rro\"", ""), NULL, "" },
	{ "rro, and no runtime for it", DENY, MOUNT(",\"rro\"", ""), "{\"version\":\"1.0.3\"}", LEFT_OUT },
	{ "rro, and no kernel for it", DENY, MOUNT(",\"rro\"", ""), "{\"kernel\":[5,11]}", LEFT_OUT },
	{ "rro, and nobody knows", DENY, MOUNT(",\"rnosuid\"", ""), "{\"runtime\":\"youki\"}", LEFT_OUT },
	{ "rro by its own list", DENY, MOUNT(",\"rro\"", ""), "{\"runtime\":\"youki\",\"features\":{\"mountOptions\":[\"rro\"]}}", "" },
	{ "its own list counts", DENY, MOUNT(",\"rro\"", ""), "{\"features\":{\"mountOptions\":[\"ro\"]}}", LEFT_OUT },
	{ "idmap", DENY, MOUNT(",\"idmap\"", ""), NULL, LEFT_OUT },
	{ "idmap with its value", DENY, MOUNT(",\"idmap=uids=0-1000-1\"", ""), NULL, LEFT_OUT },
	{ "idmap of crun", DENY, MOUNT(",\"idmap=uids=0-1000-1\"", MAPS), "{\"runtime\":\"crun\",\"version\":\"1.8.1\"}", "" },
	{ "ridmap of an old crun", DENY, MOUNT(",\"ridmap\"", ""), "{\"runtime\":\"crun\",\"version\":\"1.8.1\"}", LEFT_OUT },
	{ "maps without the option", DENY, MOUNT("", MAPS), NULL, LEFT_OUT },
	{ "maps of a newer runc", DENY, MOUNT("", MAPS), "{\"version\":\"1.2.0\"}", "" },
	{ "empty maps", DENY, MOUNT("", ",\"uidMappings\":[]"), NULL, "" },
	{ "no hooks by its version", DENY, NULL, "{\"version\":\"1.0.0-rc9\"}", NO_HOOK },
	{ "no hooks by crun's", DENY, NULL, "{\"runtime\":\"crun\",\"version\":\"0.11\"}", NO_HOOK },
	{ "no hooks by its own list", DENY, NULL, "{\"features\":{\"hooks\":[\"prestart\"]}}", NO_HOOK },
	{ "hooks by its own list", DENY, NULL, "{\"runtime\":\"youki\",\"features\":{\"hooks\":[\"createRuntime\"]}}", "" },
	{ "nobody knows", DENY, NULL, "{\"runtime\":\"youki\"}", "" },
	{ "not judged", "{\"runtime\":{\"unsupported\":\"allow\"}}", MOUNT(",\"idmap\"", MAPS), NULL, "" },
};

/* all families: the one for namespaces verifies the user namespace */
#define USERNS "\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":65536,\"size\":65536}]," \
	"\"gidMappings\":[{\"containerID\":0,\"hostID\":65536,\"size\":65536}]},"
static const struct judge_case userns[] = {
	{ "only a nuisance", "{\"runtime\":{\"unsupported\":\"deny\"},\"capabilities\":{\"allowed\":[\"ALL\"]},\"mounts\":{\"hostPath\":\"any\"}}",
	  "{\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[\"x\"]},\"root\":{\"path\":\"rootfs\"}," USERNS
	  "\"mounts\":[{\"destination\":\"/v\",\"source\":\"/srv\",\"options\":[\"bind\"]" MAPS "}]}", NULL, "warn\n" },
};

static const struct judge_case joined[] = {
	{ "a namespace that is not there", DENY, "{\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"user\",\"path\":\"/proc/9/ns/user\"}]},"
	  "\"mounts\":[{\"destination\":\"/v\",\"source\":\"/srv\",\"options\":[\"bind\"]" MAPS "}]}",
	  "{\"paths\":{\"/proc/9/ns/user\":{\"mode\":\"none\"}}}", "warn\n" },
	{ "the host's", DENY, "{\"linux\":{\"namespaces\":[{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}]},"
	  "\"mounts\":[{\"destination\":\"/v\",\"source\":\"/srv\",\"options\":[\"bind\"]" MAPS "}]}",
	  "{\"ns\":{\"/proc/1/ns/user\":\"host\"}}", LEFT_OUT },
};

static void test_known_escapes(void **state)
{
	(void)state;
	judge_cases(&rv_family_runtime, escapes, RV_COUNT(escapes));
}

static void test_unsupported(void **state)
{
	(void)state;
	judge_cases(&rv_family_runtime, unsupported, RV_COUNT(unsupported));
	judge_cases(&rv_family_runtime, joined, RV_COUNT(joined));
	judge_cases(NULL, userns, RV_COUNT(userns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_known_escapes),
		cmocka_unit_test(test_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
