/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document's profile held to the default: what both allow.
 *
 * By name: a call that the default allows whatever its arguments are keeps the rules it has; one that it refuses is taken out of the
 * rules that allow it; for one that it allows under conditions, unless the profile's lie within these, new rules say what both
 * allow and the profile does not refuse. The profile's own refusals, its numbers and its default stay.
 *
 * Refusals are not counted in a profile's favour when it is asked whether it lies within: an unconditional allow beside a conditional
 * refusal of the same call loses the refusal (libseccomp 2.5.4).
 */
#ifndef REEVE_RULES_SECCOMP_NARROW_H
#define REEVE_RULES_SECCOMP_NARROW_H

#include "rules/seccomp-default.h"

/* Actions, by the member that names one: seccomp-profile.c. */
bool rv_seccomp_allows(const struct rv_json *object, const char *member);
/* Somebody outside decides. Whoever that is has no say in what the default refuses, so it counts as refused. */
bool rv_seccomp_asks(const struct rv_json *object, const char *member);
bool rv_seccomp_refuses(const struct rv_json *object, const char *member);

/* The runtimes make a filter of it: of {} they do not. */
bool rv_seccomp_is_filter(const struct rv_json *profile);
/* It refuses a call of the machine's own: not so when the default is to allow and nothing is named to be refused. */
bool rv_seccomp_enforces(const struct rv_json *profile);
/* Calls that no rule names are allowed; are decided by somebody outside. */
bool rv_seccomp_allows_by_default(const struct rv_json *profile);
bool rv_seccomp_asks_by_default(const struct rv_json *profile);
/* What no runtime understands in it, or two read differently; in words, NULL: nothing. */
const char *rv_seccomp_odd(const struct rv_json *profile, struct rv_arena *arena);

struct rv_seccomp_narrowed {
	const char *syscalls;	/* JSON of "syscalls"; NULL: it stays as it is */
	const char *taken;	/* calls that are no longer allowed, "a, b and 3 more"; NULL: none */
	const char *fewer;	/* calls that are allowed with fewer arguments */
	const char *short_of;	/* calls of which less is allowed than both sides do */
	bool native_only;	/* for 32-bit programs no filter says this */
};
/* Of a profile that is not odd. False: no memory. Marks names in the ceiling. */
bool rv_seccomp_narrow(struct rv_json_doc *doc, const struct rv_json *profile, const struct rv_seccomp_ceiling *c,
		       struct rv_arena *arena, struct rv_seccomp_narrowed *out);

#endif
