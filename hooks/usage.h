/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel recorded of one container: read, and taken out. */
#ifndef REEVE_HOOKS_USAGE_H
#define REEVE_HOOKS_USAGE_H

#include "bpf/shared.h"
#include "reeve/judged.h"

struct rv_usage {
	const char *set;
	uint64_t id;
	struct rv_container container;
	struct rv_status status;
	const struct rv_used **used;	/* the newest first; all kinds */
	size_t used_count;
	struct rv_rate rate[RV_RULES];	/* of rules that fired */
};

/* RV_ESYSTEM with ENOENT: no such container is entered. Text and records live in arena. */
int rv_usage_read(struct rv_usage *out, const char *set, uint64_t id, struct rv_arena *arena, struct rv_err *err);

/*
 * Takes the container and everything of it out of the maps, and its links off. judged: NULL when nobody knows it any more; then what it
 * may reach is left to gc. False: the maps cannot be written now, and it is still there. What a set of another version has is gc's.
 */
bool rv_usage_drop(const char *set, uint64_t id, const struct rv_judged_monitor *judged);

/* Detaches what was attached on demand and nobody asks for any more. Under rv_load_lock(), under which a hook that has entered its
 * container attaches. */
void rv_usage_detach_groups(const char *set);

#endif
