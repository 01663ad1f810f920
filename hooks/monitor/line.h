/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events and alerts as lines of JSON: reeve-events(7). Names and order of the members of an alert are those of Falco's output, so that
 * what takes its lines takes ours.
 */
#ifndef REEVE_HOOKS_MONITOR_LINE_H
#define REEVE_HOOKS_MONITOR_LINE_H

#include "reeve/detect.h"
#include "watched.h"

/* What belongs to all lines of a batch. */
struct rv_line_context {
	const char *hostname;
	int64_t wall;		/* CLOCK_REALTIME - CLOCK_BOOTTIME, ns */
};
extern const char *const rv_result_names[]; /* by enum rv_result */

/* What is reported though no detection says so, by name: their rule, priority and text stand in a table. */
enum rv_notice {
	RV_NOTICE_EXCESS, RV_NOTICE_LEFT, RV_NOTICE_NETWORK, RV_NOTICE_REFUSED,		/* of an event */
	RV_NOTICE_GRACE_SOON, RV_NOTICE_GRACE_OVER, RV_NOTICE_LOST, RV_NOTICE_FAILED,	/* of a container */
	RV_NOTICE_SINK,									/* of the monitor itself */
	RV_NOTICES,
};
extern const struct rv_detection rv_notices[];	/* by enum rv_notice; `output` of the last five is what the line's text begins with */

/* An event that must be reported even when no rule fired; NULL: it needs not. */
const struct rv_detection *rv_notice_of(const struct rv_event *event);

/* One alert, newline included. c may be NULL. judged: candidates were decided; else the line says that it is only one.
 * suppressed: alerts that were kept back before this one. */
void rv_line_alert(const struct rv_line_context *ctx, const struct rv_event_view *view, const struct rv_watched *c,
		   const struct rv_detection *d, bool judged, uint64_t suppressed, struct rv_buf *out);
/* The same for an event that no rule names. */
void rv_line_event(const struct rv_line_context *ctx, const struct rv_event_view *view, const struct rv_watched *c, struct rv_buf *out);
/* A notice without an event; now: CLOCK_REALTIME, ns. c: NULL for the last kind. */
void rv_line_notice(const struct rv_line_context *ctx, enum rv_notice notice, const struct rv_watched *c, const char *text, int64_t now,
		    struct rv_buf *out);
/* "2026-11-22T02:30:00.123456789Z" */
void rv_line_time(int64_t ns, struct rv_buf *out);

#endif
