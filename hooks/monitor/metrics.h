/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for node-exporter's textfile collector: reeve-events(7). */
#ifndef REEVE_HOOKS_MONITOR_METRICS_H
#define REEVE_HOOKS_MONITOR_METRICS_H

#include "sets.h"
#include "sinks.h"

#define RV_LATENCIES 5 /* bounds: 1 ms 10 ms 100 ms 1 s 10 s */

struct rv_rule_count { char name[64]; uint64_t alerts, suppressed; };
struct rv_metrics {
	uint64_t events[RV_KINDS];		/* records read */
	uint64_t dropped[RV_KINDS];		/* records that the kernel had no room for, as far as containers' own counts were seen */
	uint64_t invalid;			/* records that are none */
	uint64_t unfounded;			/* candidates that were no alert after all */
	struct rv_rule_count rule[RV_RULES + RV_NOTICES];	/* by detection's name */
	size_t rule_count;
	uint64_t latency[RV_LATENCIES + 1], latency_count, latency_sum, latency_max;	/* of alerts, event to sink: ns; max since the last write */
	uint64_t actions[2], actions_failed;	/* by enum rv_act */
	uint64_t signals;			/* processes killed or stopped for the kernel, which could not */
	uint64_t hashes, unhashed;		/* executables whose hash was wanted, and those of them that had none */
	uint64_t containers;
};

void rv_metrics_alert(struct rv_metrics *m, const char *name, uint64_t suppressed);
void rv_metrics_latency(struct rv_metrics *m, uint64_t ns);
/* The file's text. */
void rv_metrics_text(const struct rv_metrics *m, struct rv_sets *sets, const struct rv_sinks *sinks, struct rv_buf *out);
/* Replaces the file in one step; others may read it. */
int rv_metrics_write(const char *path, const struct rv_buf *text, struct rv_err *err);

#endif
