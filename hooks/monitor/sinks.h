/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where lines go. A batch is collected, then handed to all sinks; while the file cannot be written the batch is held back for
 * RV_SINK_HOLD seconds, the rings filling meanwhile; after that lines are lost to the file, counted, and the others go on.
 */
#ifndef REEVE_HOOKS_MONITOR_SINKS_H
#define REEVE_HOOKS_MONITOR_SINKS_H

#include "file.h"
#include "line.h"
#include "socket.h"

#define RV_SINK_HOLD 5 /* seconds */

struct rv_sinks {
	struct rv_file_sink file;
	struct rv_socket_sink socket;	/* standard output too */
	bool journal;
	bool telemetry;			/* into the file too */
	struct rv_buf alerts, all, to_file;	/* of this batch */
	uint64_t lines_in_file;
	/* the file's trouble */
	uint64_t failing_since;		/* monotonic seconds; 0: none */
	struct rv_err failure;
	uint64_t lost, lost_told;	/* lines */
};

/* Whether a line of an event without an alert goes anywhere. */
bool rv_sinks_want_events(const struct rv_sinks *s);
/* Adds a line to the batch. d: the alert's detection; NULL: an event without one. */
void rv_sinks_add(struct rv_sinks *s, const struct rv_buf *line, const struct rv_detection *d, const char *container);
/* Hands the batch over. false: it is held back, call again later. now: monotonic seconds. */
bool rv_sinks_flush(struct rv_sinks *s, uint64_t now);
void rv_sinks_done(struct rv_sinks *s);

#endif
