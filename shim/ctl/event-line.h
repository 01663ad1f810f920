/* SPDX-License-Identifier: Apache-2.0 */
/* One line of events (reeve-events(7)): whether it is asked for, and how a person reads it. */
#ifndef REEVE_CTL_EVENT_LINE_H
#define REEVE_CTL_EVENT_LINE_H

#include "reeve/json.h"

struct rv_event_filter {
	const char *container;	/* id, its beginning (from 4 characters on), or the container's or pod's name; NULL: any */
	const char *rule;	/* a detection's name or the title of its alerts; NULL: any */
	int priority;		/* the least urgent one, as in rv_event_priorities; -1: any */
	bool all;		/* events that no detection names too */
	int64_t since;		/* seconds since the epoch; 0: from the first one */
};
extern const char *const rv_event_priorities[]; /* most urgent first, as in alerts; NULL-terminated */

/* "warning" and the like, in any case, or its beginning; -1: there is none. */
int rv_event_priority(const char *word);
/* "90s" "10m" "2h" "3d" before now, or "2026-11-22T02:30:00Z" or its beginning. */
bool rv_event_since(const char *text, int64_t now, int64_t *since);
/* "2026-11-22T02:30:00…Z" as seconds; 0 when it is none. */
int64_t rv_event_time(const char *text);

/* line: one JSON object. */
bool rv_event_wanted(const struct rv_event_filter *filter, const struct rv_json *line);
/* One line of text, newline included; nothing in it acts on a terminal. */
void rv_event_text(const struct rv_json *line, struct rv_buf *out);

#endif
