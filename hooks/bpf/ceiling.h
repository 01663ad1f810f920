/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What a task may be when it executes: the plan's ceilings, in struct rv_container. Credentials in a user namespace below the container's
 * reach nothing outside it and are not compared; those of a namespace above it are.
 */
#ifndef REEVE_HOOKS_BPF_CEILING_H
#define REEVE_HOOKS_BPF_CEILING_H

#include "judge.h"

static __always_inline __u64 rv_caps_any(const struct cred *cred)
{
	return rv_caps_of(&cred->cap_inheritable) | rv_caps_of(&cred->cap_permitted) | rv_caps_of(&cred->cap_effective) |
	       rv_caps_of(&cred->cap_bset) | rv_caps_of(&cred->cap_ambient);
}

static __always_inline bool rv_below_container(const struct cred *cred, struct rv_container *c)
{
	struct user_namespace *ns = BPF_CORE_READ(cred, user_ns), *own = (void *)c->userns;

	return ns != own && BPF_CORE_READ(ns, level) > BPF_CORE_READ(own, level);
}

static __always_inline bool rv_has_root(const struct cred *cred, struct rv_container *c)
{
	struct user_namespace *ns = (void *)c->userns;
	__u32 uid = BPF_CORE_READ(cred, uid.val), euid = BPF_CORE_READ(cred, euid.val), suid = BPF_CORE_READ(cred, suid.val);

	return !uid || !euid || !suid || !rv_uid_in(ns, uid) || !rv_uid_in(ns, euid) || !rv_uid_in(ns, suid);
}

/* RV_EXCESS_* bits; 0: it keeps to the plan. */
static __noinline __u64 rv_excess(struct task_struct *task, struct rv_container *c)
{
	const struct cred *cred = task->cred;
	bool below = rv_below_container(cred, c);
	__u64 bits = 0;

	if ((c->flags & RV_C_CAPS) && !below && (rv_caps_any(cred) & ~c->ceiling))
		bits |= RV_BIT(RV_EXCESS_CAPABILITIES);
	if ((c->flags & RV_C_NO_ROOT) && !below && rv_has_root(cred, c))
		bits |= RV_BIT(RV_EXCESS_ROOT);
	if ((c->flags & RV_C_NO_NEW_PRIVS) && !(task->atomic_flags & 1))
		bits |= RV_BIT(RV_EXCESS_NO_NEW_PRIVS);
	if ((c->flags & RV_C_SECCOMP) && !BPF_CORE_READ(task, seccomp.mode))
		bits |= RV_BIT(RV_EXCESS_SECCOMP);
	return bits;
}

#endif
