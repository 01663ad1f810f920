/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rules/seccomp-narrow.h"

static bool one_of(const char *word, const char *const *words)
{
	while (word && *words && strcmp(*words, word) != 0)
		words++;
	return word && *words;
}

bool rv_seccomp_allows(const struct rv_json *object, const char *member)
{
	static const char *const words[] = { "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", NULL };

	return one_of(rv_json_str(rv_json_get(object, member)), words);
}

bool rv_seccomp_asks(const struct rv_json *object, const char *member)
{
	static const char *const words[] = { "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", NULL };

	return one_of(rv_json_str(rv_json_get(object, member)), words);
}

bool rv_seccomp_refuses(const struct rv_json *object, const char *member)
{
	static const char *const words[] = {
		"SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", NULL
	};

	return one_of(rv_json_str(rv_json_get(object, member)), words) || rv_seccomp_asks(object, member);
}

bool rv_seccomp_is_filter(const struct rv_json *profile)
{
	const char *action = rv_json_str(rv_json_get(profile, "defaultAction"));

	return (action && *action) || rv_json_count(rv_json_get(profile, "syscalls"));
}

bool rv_seccomp_enforces(const struct rv_json *profile)
{
	if (rv_seccomp_refuses(profile, "defaultAction"))
		return true;
	rv_json_each(rule, rv_json_get(profile, "syscalls"))
		if (rv_seccomp_refuses(rule, "action") && rv_json_count(rv_json_get(rule, "names")))
			return true;
	return false;
}

bool rv_seccomp_allows_by_default(const struct rv_json *profile)
{
	return rv_seccomp_allows(profile, "defaultAction");
}

bool rv_seccomp_asks_by_default(const struct rv_json *profile)
{
	return rv_seccomp_asks(profile, "defaultAction");
}

static const char *odd_rule(const struct rv_json *rule, struct rv_arena *arena)
{
	const char *action = rv_json_str(rv_json_get(rule, "action"));
	struct rv_seccomp_matches matches;

	rv_seccomp_matches_clear(&matches);
	/* what the runtimes never come to look at */
	if (!rv_json_count(rv_json_get(rule, "names")) && (rv_seccomp_allows(rule, "action") || rv_seccomp_refuses(rule, "action")))
		return NULL;
	if (!rv_seccomp_allows(rule, "action") && !rv_seccomp_refuses(rule, "action"))
		return rv_arena_printf(arena, "the action %s", action ? action : "of a rule is missing");
	return rv_seccomp_matches_read(&matches, rv_json_get(rule, "args")) ? NULL : "a condition that is not understood";
}

const char *rv_seccomp_odd(const struct rv_json *profile, struct rv_arena *arena)
{
	const char *action = rv_json_str(rv_json_get(profile, "defaultAction"));

	if (!rv_seccomp_refuses(profile, "defaultAction") && !rv_seccomp_allows(profile, "defaultAction"))
		return rv_arena_printf(arena, "%s by default", action ? action : "nothing");
	rv_json_each(rule, rv_json_get(profile, "syscalls")) {
		const char *odd = odd_rule(rule, arena);

		if (odd)
			return odd;
	}
	return NULL;
}
