/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The end of most programs: judge, act, report, give the scratch area back. Returns 0 or -EPERM.
 */
#ifndef REEVE_HOOKS_BPF_FINISH_H
#define REEVE_HOOKS_BPF_FINISH_H

#include "act.h"
#include "emit.h"

static __noinline int rv_finish(struct rv_scratch *s, struct rv_task *self, struct rv_container *c, __u32 kind, bool can_deny)
{
	__u32 action = rv_judge(s, self, c, kind);
	int ret = rv_act(c, action, can_deny, &s->event.result);

	s->event.action = action;
	rv_emit(s, c, kind);
	rv_scratch_give(s);
	return ret;
}

/* No scratch area was free: judged with what is at hand, as if path and name were truncated; of an exec neither its program nor its origin is
 * known. There is no record. flags: RV_W_FLAGS of the kind. */
static __noinline int rv_lost(struct rv_task *self, struct rv_container *c, __u32 kind, __u64 flags, bool can_deny)
{
	struct rv_facts facts = {};
	struct rv_rules rules = {};
	__u64 unknown = RV_UNKNOWN_PATH | RV_UNKNOWN_NAME;
	__u8 result = 0;

	if (kind == RV_EVENT_EXEC)
		unknown |= RV_UNKNOWN_PROC;
	facts.word[RV_W_FLAGS] = flags;
	rv_facts_of(&facts, bpf_get_current_task_btf(), self, c);
	return rv_act(c, rv_judge_facts(&facts, c, &rules, kind, unknown), can_deny, &result);
}

#endif
