/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What a task may be when it executes: the plan's ceilings, in struct rv_container. Credentials in a user namespace below the container's
 * reach nothing outside it and are not compared; those of a namespace above it are.
 */
#ifndef REEVE_HOOKS_BPF_CEILING_H
#define REEVE_HOOKS_BPF_CEILING_H

#include "judge.h"

/* RV_EXCESS_* bits of the current task; 0: it keeps to the plan. */
int rv_excess(struct rv_container *c);

static __always_inline __u64 rv_caps_any(const struct cred *cred)
{
	return rv_caps_of(&cred->cap_inheritable) | rv_caps_of(&cred->cap_permitted) | rv_caps_of(&cred->cap_effective) |
	       rv_caps_of(&cred->cap_bset) | rv_caps_of(&cred->cap_ambient);
}

#endif
