/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Evaluates the clauses of a kind on the facts: reeve/event.h says how. What is not known counts against the process: with a truncated
 * path every condition on it holds, with an unknown operation every condition on the operation - but in an exception they do not.
 *
 * rv_judge() takes what it needs of the current process itself; the caller has set the facts of the object and the kind's own flags in
 * s->facts. The rules that fired are in s->event.rules and the container's; the strongest action is returned.
 */
#ifndef REEVE_HOOKS_BPF_JUDGE_H
#define REEVE_HOOKS_BPF_JUDGE_H

#include "scratch.h"
#include "self.h"

#define RV_NEW_NS 5000000000ULL
#define RV_OPERATIONS ((RV_BIT(RV_OP_TIMES + 1) - 1) & ~(RV_BIT(RV_OP_WRITE) - 1))
#define RV_EXEC_FLAGS ((RV_BIT(RV_EXEC_SETID + 1) - 1) & ~(RV_BIT(RV_ORIGIN_IMAGE) - 1))

#define RV_UNKNOWN_PROC (RV_BIT(RV_W_PARENT) - RV_BIT(RV_W_PROC))
#define RV_UNKNOWN_PATH (RV_BIT(RV_W_NAME) - RV_BIT(RV_W_PATH))
#define RV_UNKNOWN_NAME (RV_BIT(RV_W_ADDR) - RV_BIT(RV_W_NAME))

struct rv_rules { __u64 word[RV_RULES / 64]; };

struct rv_id_search { struct uid_gid_extent *extent; __u32 id, found; };

static long rv_id_step(__u32 i, struct rv_id_search *search)
{
	struct uid_gid_extent extent;

	if (bpf_probe_read_kernel(&extent, sizeof(extent), search->extent + i))
		return 1;
	if (search->id - extent.lower_first >= extent.count)
		return 0;
	search->found = extent.first + (search->id - extent.lower_first);
	return 1;
}

/* A kernel-wide uid as the user namespace shows it; 65534: not mapped. */
static __noinline __u32 rv_uid_in(struct user_namespace *ns, __u32 uid)
{
	__u32 count = BPF_CORE_READ(ns, uid_map.nr_extents);
	struct rv_id_search search = { .id = uid, .found = 65534 };

	search.extent = (void *)ns + bpf_core_field_offset(struct user_namespace, uid_map.extent);
	if (count > 5)
		search.extent = BPF_CORE_READ(ns, uid_map.forward);
	bpf_loop(count, rv_id_step, &search, 0);
	return search.found;
}

/* Credentials are the process's own: while overlayfs works, those it acts with are the mounter's. */

/* The effective uid in the container's user namespace, or before that is known in the task's own. */
static __always_inline __u32 rv_container_uid(struct task_struct *task, struct rv_container *c)
{
	struct user_namespace *ns = (void *)c->userns;

	return rv_uid_in(ns ? ns : BPF_CORE_READ(task, real_cred, user_ns), BPF_CORE_READ(task, real_cred, euid.val));
}

static __always_inline __u64 rv_caps_of(const rv_caps *caps)
{
	__u64 bits = 0;

	bpf_probe_read_kernel(&bits, sizeof(bits), caps);
	return bits;
}

/* What is known of a process: classes of it and of those before it, flags, capabilities. */
static __noinline void rv_facts_of(struct rv_facts *facts, struct task_struct *task, struct rv_task *self, struct rv_container *c)
{
	struct task_struct *parent = task->real_parent;
	struct rv_task *before = parent ? rv_task_of(parent) : NULL;
	__u64 *flags = &facts->word[RV_W_FLAGS];

	/* Each flag into memory at once: of a sum of them the verifier would follow every value. */
	*flags |= c->facts;
	facts->word[RV_W_PROC] = self->proc[0];
	facts->word[RV_W_PROC + 1] = self->proc[1];
	facts->word[RV_W_ANCESTOR] = self->ancestor[0];
	facts->word[RV_W_ANCESTOR + 1] = self->ancestor[1];
	if (before) {
		facts->word[RV_W_PARENT] = before->proc[0];
		facts->word[RV_W_PARENT + 1] = before->proc[1];
	}
	if (BPF_CORE_READ(task, signal, tty))
		*flags |= RV_BIT(RV_F_TTY);
	if (rv_container_uid(task, c) == 0)
		*flags |= RV_BIT(RV_F_ROOT);
	if (self->flags & RV_T_INIT)
		*flags |= RV_BIT(RV_F_INIT);
	if (self->flags & RV_T_ENTERED)
		*flags |= RV_BIT(RV_F_ENTERED);
	if (self->exec_time && bpf_ktime_get_boot_ns() - self->exec_time <= RV_NEW_NS)
		*flags |= RV_BIT(RV_F_NEW);
	if (c->userns && (__u64)BPF_CORE_READ(task, real_cred, user_ns) != c->userns)
		*flags |= RV_BIT(RV_F_USERNS);
	facts->word[RV_W_CAPS] = rv_caps_of(&task->real_cred->cap_effective);
}

/* The clauses of a kind on facts; returns the strongest action. unknown: bit = word of facts that is not known. */
int rv_judge_facts(struct rv_facts *facts, struct rv_container *c, struct rv_rules *rules, __u32 kind, __u64 unknown);

/* A task that is not the current one. */
static __noinline __u32 rv_judge_task(struct rv_scratch *s, struct task_struct *task, struct rv_task *self, struct rv_container *c,
				      __u32 kind)
{
	rv_facts_of(&s->facts, task, self, c);
	return rv_judge_facts(&s->facts, c, (struct rv_rules *)s->event.rules, kind, 0);
}

static __always_inline __u32 rv_judge(struct rv_scratch *s, struct rv_task *self, struct rv_container *c, __u32 kind)
{
	return rv_judge_task(s, bpf_get_current_task_btf(), self, c, kind);
}

#endif
