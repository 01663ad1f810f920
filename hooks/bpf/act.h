/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Carries an action out on the current process. First this, then the record. can_deny: the hook's own return value refuses the act;
 * where it can't, the process is killed instead.
 */
#ifndef REEVE_HOOKS_BPF_ACT_H
#define REEVE_HOOKS_BPF_ACT_H

#include "maps.h"

/* Sets *result (enum rv_result); returns what an lsm hook returns: 0 or -EPERM. */
static __noinline int rv_act(struct rv_container *c, __u32 action, bool can_deny, __u8 *result)
{
	if (action <= RV_ACTION_ALERT) {
		*result = RV_RESULT_HAPPENED;
		return 0;
	}
	if (action == RV_ACTION_DENY && can_deny) {
		*result = RV_RESULT_DENIED;
		return -EPERM;
	}
	if (action == RV_ACTION_FREEZE) {
		__sync_lock_test_and_set(&c->frozen, 1);
		bpf_send_signal(RV_SIGSTOP);
		*result = RV_RESULT_FROZEN;
		return can_deny ? -EPERM : 0;
	}
	if (action == RV_ACTION_STOP)
		__sync_lock_test_and_set(&c->stopping, 1);
	bpf_send_signal(RV_SIGKILL);
	*result = action == RV_ACTION_STOP ? RV_RESULT_STOPPED : RV_RESULT_KILLED;
	return can_deny ? -EPERM : 0;
}

/* The container is to end and the monitor may not be there to end it: its tasks die where they are met. */
static __always_inline bool rv_stopping(struct rv_container *c)
{
	if (!c->stopping)
		return false;
	bpf_send_signal(RV_SIGKILL);
	return true;
}

#endif
