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

/*
 * True when the profile refuses anything at all: runc takes {} for no filter, and one whose default is to allow and which
 * names nothing to refuse is none either.
 */
bool rv_seccomp_enforces(const struct rv_json *profile);
/* Calls that no rule names are allowed. */
bool rv_seccomp_allows_by_default(const struct rv_json *profile);
/* What makes the whole profile give way to the default, in words; NULL: nothing. Somebody outside decides for it, or reeve does not
 * understand it. */
const char *rv_seccomp_odd(const struct rv_json *profile, struct rv_arena *arena);

struct rv_seccomp_narrowed {
	const char *syscalls;	/* JSON of "syscalls"; NULL: it stays as it is */
	const char *taken;	/* calls that are no longer allowed, "a, b and 3 more"; NULL: none */
	const char *fewer;	/* calls that are allowed with fewer arguments */
	const char *short_of;	/* calls of which less is allowed than both sides do */
};
/* Of a profile that is not odd. False: no memory. Marks names in the ceiling. */
bool rv_seccomp_narrow(struct rv_json_doc *doc, const struct rv_json *profile, const struct rv_seccomp_ceiling *c,
		       struct rv_arena *arena, struct rv_seccomp_narrowed *out);

#endif
