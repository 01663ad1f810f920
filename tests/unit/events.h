/* SPDX-License-Identifier: Apache-2.0 */
/* Events for tests: the record that the monitor would get, and the facts and clauses as the kernel programs see them. */
#ifndef REEVE_TEST_EVENTS_H
#define REEVE_TEST_EVENTS_H

#include "reeve/detect.h"

struct event {
	enum rv_kind_of_event kind;
	const char *exe;		/* path of the process's executable */
	const char *before;		/* names of its parent and of those before it, with blanks between */
	const char *path, *target, *cwd;
	const char *args, *env;		/* with blanks between */
	const char *addr, *sha256;
	uint16_t port;
	uint64_t flags, caps;
	uint32_t uid;
	const char *identity;		/* JSON */
};

/* A whole record; its size. room is large enough. */
size_t event_record(const struct event *e, const struct rv_detections *d, const uint64_t rules[RV_RULES / 64], void *room);
/* Rules that fire by the clauses, as hooks/bpf/judge.h evaluates them. */
void event_fired(const struct event *e, const struct rv_detections *d, uint64_t rules[RV_RULES / 64]);
#define EVENT_ROOM (sizeof(struct rv_event) + RV_EVENT_DATA)

#endif
