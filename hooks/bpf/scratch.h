/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Room to work in: facts, paths and the record of one event. A CPU has a few areas, since a program can be preempted, or met again by a
 * tracepoint inside it.
 *
 *	struct rv_scratch *s = rv_scratch_take(self->container);
 *	if (!s)
 *		return rv_lost(self, c, kind, flags, can_deny);		finish.h
 *	…
 *	rv_scratch_give(s);
 *
 * Facts, texts and the record's head are cleared by take.
 */
#ifndef REEVE_HOOKS_BPF_SCRATCH_H
#define REEVE_HOOKS_BPF_SCRATCH_H

#include "maps.h"

#define RV_PATH_MAX	 4096
#define RV_SCRATCH_AREAS 4

struct rv_facts { __u64 word[RV_WORDS]; };

/* A path, written from its end. */
struct rv_walk {
	char text[RV_PATH_MAX + 256];
	__u32 at;		/* where it starts in text */
	__u32 len;		/* with its NUL; 0: there is none */
	__u32 truncated;
	__u32 reached;		/* the walk was by dentries and ended at stop */
	__u32 up;		/* names that ".." takes away are left out: so many */
	__u64 dentry, mount;	/* where the walk is; mount 0: by dentries only */
	__u64 stop, stop_mount;
};

struct rv_scratch {
	__u32 slot;
	__u32 data;		/* bytes of text in the record */
	struct rv_facts facts;
	struct rv_walk path;	/* the object: RV_TEXT_PATH, of an exec RV_TEXT_EXE */
	struct rv_walk target;	/* RV_TEXT_TARGET */
	struct rv_walk other;	/* of the process: its executable, of an exec its directory */
	struct rv_path_key path_key;
	struct rv_name_key name_key;
	struct rv_used used;
	struct rv_task as;	/* what a task will be when it has executed */
	union {
		struct rv_event event;
		char room[sizeof(struct rv_event) + RV_EVENT_DATA];
	};
};

struct rv_map_areas {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RV_SCRATCH_AREAS);
	__type(key, __u32);
	__type(value, struct rv_scratch);
};
struct rv_map_areas_busy {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};
extern struct rv_map_areas areas SEC(".maps");
extern struct rv_map_areas_busy areas_busy SEC(".maps");

static __always_inline struct rv_status *rv_status(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&status, &zero);
}

static __always_inline void rv_scratch_clear(struct rv_scratch *s, __u32 slot, __u64 container)
{
	__builtin_memset(&s->facts, 0, sizeof(s->facts));
	__builtin_memset(&s->event, 0, sizeof(s->event));
	s->path.len = 0;
	s->target.len = 0;
	s->other.len = 0;
	s->data = 0;
	s->slot = slot;
	s->event.container = container;
}

/* NULL: all are busy, which is counted. */
static __noinline struct rv_scratch *rv_scratch_take(__u64 container)
{
	__u32 zero = 0, slot;
	__u32 *busy = bpf_map_lookup_elem(&areas_busy, &zero);
	struct rv_status *st = rv_status();
	struct rv_scratch *s;

	if (!busy || !st)
		return NULL;
	for (slot = 0; slot < RV_SCRATCH_AREAS; slot++) {
		__u32 bit = 1U << slot, key = slot;

		if (__sync_fetch_and_or(busy, bit) & bit)
			continue;
		s = bpf_map_lookup_elem(&areas, &key);
		if (s)
			rv_scratch_clear(s, slot, container);
		return s;
	}
	__sync_fetch_and_add(&st->scratch_lost, 1);
	return NULL;
}

static __noinline void rv_scratch_give(struct rv_scratch *s)
{
	__u32 zero = 0, bit = 1U << (s->slot & 31);
	__u32 *busy = bpf_map_lookup_elem(&areas_busy, &zero);

	if (busy)
		__sync_fetch_and_and(busy, ~bit);
}

/* value & mask, also where the compiler sees that it is already: the verifier does not always. */
static __always_inline __u32 rv_bounded(__u32 value, __u32 mask)
{
	barrier_var(value);
	return value & mask;
}

/* The same area as the map's value: before 6.2 keys and values of maps may not lie in memory that came as an argument. */
static __always_inline struct rv_scratch *rv_scratch_own(const struct rv_scratch *s)
{
	__u32 slot;

	if (!s)
		return NULL;
	slot = s->slot;
	return bpf_map_lookup_elem(&areas, &slot);
}

#endif
