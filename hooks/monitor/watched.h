/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The containers whose events are read: who they are, from what reeve and reeve-hook left at create, and the end of their grace. What was
 * once known stays known until a while after the container is gone, so that its last events have names too.
 */
#ifndef REEVE_HOOKS_MONITOR_WATCHED_H
#define REEVE_HOOKS_MONITOR_WATCHED_H

#include "bpf/shared.h"
#include "reeve/json.h"

#define RV_WATCHED_MAX	 (2 * RV_CONTAINERS_MAX)
#define RV_WATCHED_STAYS 60 /* seconds that one is remembered after it was last seen */
#define RV_KINDS	 (RV_EVENT_KINDS + 2) /* as in struct rv_container */

/* Alerts of a candidate that held: the kernel lets more of them pass than it would of alerts. */
struct rv_founded {
	uint64_t window;	/* of RV_RATE_WINDOW since boot */
	uint32_t count, suppressed;
};

struct rv_watched {
	struct rv_watched *next;
	uint64_t key;			/* id of its cgroup */
	char id[RV_ID_MAX], entry[RV_ID_MAX];
	char cgroup[512];		/* path below the hierarchy's root; "" when unknown */
	struct rv_json_doc identity;	/* root NULL: nothing is known */
	bool entered;			/* it was in its set's map when that was last looked at */
	bool looked;			/* for its files */
	uint8_t action[RV_RULES];	/* by rule; all RV_ACTION_ALERT as long as it was never found in the map */
	struct rv_founded founded[RV_RULES];
	uint64_t dropped[RV_KINDS];	/* when last looked at */
	uint64_t lost, lost_told;	/* records of all kinds that were dropped, and when that was last said: monotonic seconds */
	uint64_t seen;			/* monotonic seconds */
	int64_t grace_until, grace_warn;	/* seconds since the epoch; 0: none, or done */
	bool grace_freeze;
};

struct rv_watch {
	const char *run;		/* /run/reeve */
	const char *reports;		/* directory; NULL: none */
	struct rv_watched *bucket[1024];
	size_t count;
};

/* The container of this key, found in the map `containers` and in its files if it is a new one. id: as an event has it, for one that is in
 * no map any more. NULL when memory runs out or there are too many. */
struct rv_watched *rv_watch_get(struct rv_watch *w, int containers, uint64_t key, const char *id, uint64_t now);
/* Takes over what the map has of it. */
void rv_watch_update(struct rv_watched *c, const struct rv_container *from);
/* Reads who and where it is once more, as rv_watch_get() does once a second while that is not known. */
void rv_watch_look(const struct rv_watch *w, struct rv_watched *c);
/* The host's path of its root file system, into path; false: not known. */
bool rv_watch_rootfs(const struct rv_watch *w, const struct rv_watched *c, char *path, size_t size);
/* Forgets those that were not seen for a while. */
void rv_watch_forget(struct rv_watch *w, uint64_t now);
void rv_watch_done(struct rv_watch *w);
#define rv_watch_each(w, c)                                                                                                    \
	for (size_t bucket_ = 0; bucket_ < RV_COUNT((w)->bucket); bucket_++)                                                   \
		for (struct rv_watched *c = (w)->bucket[bucket_]; c; c = c->next)

/*
 * Fills identity, grace and cgroup from the text of judged.json and of attached.json (either may be ""), or of its report. The identity is an
 * object with id, engine, policy and what the decision record has of namespace, pod, container, image, digest.
 */
void rv_watched_read(struct rv_watched *c, const struct rv_buf *judged, const struct rv_buf *attached);
/* Whether another alert may be told; suppressed: how many were kept back before it, in the kernel and then here too. time: ns since boot. */
bool rv_watched_may_tell(struct rv_founded *f, uint64_t time, uint64_t *suppressed);
/* When to warn of a deadline: an hour before it, or when nine tenths of the time are over, whichever is later. */
int64_t rv_grace_warning(int64_t from, int64_t until);

#endif
