/* SPDX-License-Identifier: Apache-2.0 */
/* What reeve-hook is to enter in the kernel, made from the enforced document, its facts and the policy. */
#ifndef REEVE_SHIM_MONITOR_H
#define REEVE_SHIM_MONITOR_H

#include "reeve/judged.h"
#include "reeve/plan.h"

struct rv_monitor_from {
	const struct rv_spec *spec;	/* enforced */
	const struct rv_facts *facts;	/* of it */
	const struct rv_policy *policy;
	const struct rv_plan *plan;	/* of the document as asked: its graced denials say until when */
	const struct rv_node *node;
};

/* NULL: this process may watch, being root in the first user namespace. Else why it may not. */
const char *rv_monitor_hindrance(void);

/* Fills *out; text lives in arena or as long as *from. */
int rv_monitor_make(struct rv_judged_monitor *out, const struct rv_monitor_from *from, struct rv_arena *arena, struct rv_err *err);

/*
 * Has reeve-hook start reeve-monitor when none runs. Before the runtime is there: crun takes in every orphan among those who come after it
 * and waits until it has ended (measured, 1.8.1).
 */
void rv_monitor_start(void);

#endif
