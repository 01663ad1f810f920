/* SPDX-License-Identifier: Apache-2.0 */
/* Images by the names that engines give them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "judge.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" ID

/* Whether a registries list of one glob takes the image of that name. */
static void check_registry(const char *glob, const char *image, bool taken)
{
	char settings[512], facts[512];
	const struct judge_case c = { image, settings, NULL, facts, taken ? "" : "deny image.registries \n", JUDGE_CREATE };

	snprintf(settings, sizeof(settings), "{\"image\": {\"registries\": [\"%s\"]}}", glob);
	snprintf(facts, sizeof(facts), "{\"image\": \"%s\"}", image);
	judge_cases(&rv_family_image, &c, 1);
}

static void test_names(void **state)
{
	/* image, glob that names exactly it; NULL: no name at all, which only a list of everything takes */
	static const char *const names[][2] = {
		{ "nginx", "docker.io/library/nginx" },
		{ "nginx:latest", "docker.io/library/nginx" },
		{ "nginx:1.25-alpine_x@" DIGEST, "docker.io/library/nginx" },
		{ "nginx@" DIGEST, "docker.io/library/nginx" },
		{ "somebody/nginx", "docker.io/somebody/nginx" },
		{ "docker.io/nginx", "docker.io/library/nginx" },
		{ "docker.io/library/nginx", "docker.io/library/nginx" },
		{ "index.docker.io/nginx", "docker.io/library/nginx" },
		{ "DOCKER.IO/nginx", "docker.io/library/nginx" },
		{ "registry.example/a", "registry.example/a" },
		{ "Registry.Example/a:1", "registry.example/a" },
		{ "Registry/a", "registry/a" },
		{ "registry.example:5000/a/b:2", "registry.example:5000/a/b" },
		{ "registry:5000/a", "registry:5000/a" },
		{ "localhost/a", "localhost/a" },
		{ "localhost:5000/a:v2", "localhost:5000/a" },
		{ "127.0.0.1:5000/a", "127.0.0.1:5000/a" },
		{ "[::1]:5000/a:1", "?::1]:5000/a" },
		{ "localhosts/a", "docker.io/localhosts/a" },
		{ "registry.example/a.b__c---d/e", "registry.example/a.b__c---d/e" },
		{ "registry.example/a@sha512:" ID ID, "registry.example/a" },
		/* no engine takes these, or not all of them alike */
		{ "registry.example/../evil.example/a", NULL },
		{ "registry.example/./a", NULL },
		{ "registry.example//a", NULL },
		{ "registry.example/", NULL },
		{ "/registry.example/a", NULL },
		{ "registry.example/A", NULL },
		{ "registry.example/a..b", NULL },
		{ "registry.example/a___b", NULL },
		{ "registry.example/-a", NULL },
		{ "registry.example/a-", NULL },
		{ "registry.example/a b", NULL },
		{ "registry.example/a%2f..", NULL },
		{ "registry..example/a", NULL },
		{ ".example/a", NULL },
		{ "registry.example:/a", NULL },
		{ "registry.example:5000x/a", NULL },
		{ "user@registry.example/a", NULL },
		{ "https://registry.example/a", NULL },
		{ "registry.example/a:", NULL },
		{ "registry.example/a:b:c", NULL },
		{ "registry.example/a:-b", NULL },
		{ "registry.example/a:b/c", NULL },
		{ "registry.example/a@", NULL },
		{ "registry.example/a@sha256:abc", NULL },
		{ "registry.example/a@" DIGEST "0", NULL },
		{ "registry.example/a@" DIGEST "@" DIGEST, NULL },
		{ "registry.example/a@md5:" ID, NULL },
		{ "registry.example/\u00e4", NULL },
		{ "Nginx", NULL },
		{ "", NULL },
		/* ids: what they name may have come from anywhere */
		{ ID, NULL },
		{ DIGEST, NULL },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(names); i++) {
		check_registry("**", names[i][0], true);
		check_registry("*", names[i][0], true);
		check_registry("registry.other/*", names[i][0], false);
		if (names[i][1])
			check_registry(names[i][1], names[i][0], true);
		else
			check_registry("*/**", names[i][0], false);
	}
}

static void test_globs(void **state)
{
	static const struct {
		const char *glob, *image;
		bool taken;
	} cases[] = {
		{ "registry.example", "registry.example/team/app", true },
		{ "registry.example/*", "registry.example/team/app", true },
		{ "registry.example/**", "registry.example/team/app", true },
		{ "registry.example/team/*", "registry.example/team/app", true },
		{ "registry.example/team/*", "registry.example/team/app/sub", true },
		{ "registry.example/team/*", "registry.example/team-evil/app", false },
		{ "registry.example/team/*", "registry.example/team", false },
		{ "registry.example/*", "registry.example.evil.com/app", false },
		{ "registry.example/*", "evil.registry.example/app", false },
		{ "registry.example/*", "evil.com/registry.example/app", false },
		{ "registry.example/*", "registry.example:5000/app", false },
		{ "registry.example:*/*", "registry.example:5000/app", true },
		{ "*.example/*", "registry.example/app", true },
		{ "*.example/*", "evil.com/x.example/app", false },
		{ "docker.io/library/*", "nginx", true },
		{ "docker.io/library/*", "somebody/nginx", false },
		{ "docker.io/library/*", "docker.io.evil.com/library/nginx", false },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++)
		check_registry(cases[i].glob, cases[i].image, cases[i].taken);
}

#define STRICT "{\"image\": {\"registries\": [\"**\"], \"mutableTag\": \"deny\", \"digest\": \"deny\", \"unknown\": \"deny\"}}"
#define NAMED(name) "{\"image\": \"" name "\"}"
#define TAG "deny image.mutableTag \n"
#define NO_DIGEST "deny image.digest \n"
static const struct judge_case strict[] = {
	{ "digest", STRICT, NULL, NAMED("nginx@" DIGEST), "" },
	{ "tag and digest", STRICT, NULL, NAMED("nginx:1@" DIGEST), "" },
	{ "tag", STRICT, NULL, NAMED("nginx:1"), NO_DIGEST TAG },
	{ "neither", STRICT, NULL, NAMED("nginx"), NO_DIGEST TAG },
	{ "half a digest", STRICT, NULL, NAMED("nginx@sha256:01"), NO_DIGEST TAG },
	{ "an @ alone", STRICT, NULL, NAMED("nginx@"), NO_DIGEST TAG },
	{ "a tag whose digest the engine tells", STRICT, NULL, "{\"image\": \"nginx:1\", \"digest\": \"" DIGEST "\"}", TAG },
	{ "an id never changes, and is no digest", STRICT, NULL, NAMED(ID), NO_DIGEST },
	{ "an id whose digest the engine tells", STRICT, NULL, "{\"image\": \"" ID "\", \"digest\": \"" DIGEST "\"}", "" },
	{ "unknown", STRICT, NULL, NULL, NO_DIGEST "deny image.unknown \n" },
	{ "nobody names the pause image", STRICT, NULL, "{\"sandbox\": true}", "" },
	{ "unknown is no registry", "{\"image\": {\"registries\": [\"registry.example/*\"]}}", NULL, NULL, "" },
	{ "unknown and refused", "{\"image\": {\"registries\": [\"registry.example/*\"], \"unknown\": \"deny\"}}", NULL, NULL,
	  "deny image.unknown \n" },
};

static void test_strict(void **state)
{
	(void)state;
	judge_cases(&rv_family_image, strict, RV_COUNT(strict));
}

static void test_checked(void **state)
{
	const struct rv_setting *s = rv_family_image.settings;
	static const char *const good[] = { "*", "**", "registry.example", "registry.example/*", "localhost/*", "registry:5000/a",
					    "*/library/nginx", "*.example/**", "docker.io/library/nginx" };
	static const char *const bad[] = { "nginx", "library/*", "registry.example/a:1", "registry.example/a@" DIGEST, "Registry.example/*",
					   "index.docker.io/*", "local/*", "" };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(good); i++)
		if (s->check(good[i]))
			fail_msg("%s: %s", good[i], s->check(good[i]));
	for (size_t i = 0; i < RV_COUNT(bad); i++)
		if (!s->check(bad[i]))
			fail_msg("%s is taken", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
