/* SPDX-License-Identifier: Apache-2.0 */
/* The sets of maps that are pinned on this node, each with its rings and its detections. */
#ifndef REEVE_HOOKS_MONITOR_SETS_H
#define REEVE_HOOKS_MONITOR_SETS_H

#include "bpf/shared.h"
#include "reeve/detect.h"
#include "ring.h"
#include "rules.h"
#include "set.h"

#define RV_SETS_MAX 16
enum { RV_RING_ALERTS, RV_RING_TELEMETRY, RV_RINGS };

struct rv_set {
	char name[RV_SET_NAME];	/* "": free */
	char rules16[RV_RULES_NAME];
	int containers, status;	/* maps; -1 */
	struct rv_ring ring[RV_RINGS];
	bool gone;		/* no longer pinned: its rings are read to their end */
	struct rv_arena arena;
	struct rv_policies *policies;
	struct rv_detections detections; /* count 0: not known */
	bool whole;		/* with conditions, so that candidates can be decided */
};
struct rv_sets {
	const char *dir;	/* <bpffs>/reeve */
	const char *rules;	/* RV_RULES_DIR */
	struct rv_set set[RV_SETS_MAX];
	size_t foreign;		/* that another version of reeve laid out: left alone */
	bool pending;		/* one is being made: look again soon */
	uint64_t dropped;	/* by the kernel, in sets that are gone */
};

/* Opens those that are new and marks those that are gone; true when something changed. */
bool rv_sets_find(struct rv_sets *sets);
void rv_set_close(struct rv_set *set);
void rv_sets_done(struct rv_sets *sets);
/* Its detections from what was saved with it, or from the embedded ones; what an alert shows, at least. */
int rv_set_detections(struct rv_set *set, const char *rules, struct rv_err *err);
#define rv_sets_each(sets, s)                                                                                                  \
	for (struct rv_set *s = (sets)->set; s < (sets)->set + RV_SETS_MAX; s++)                                               \
		if (s->name[0])

#endif
