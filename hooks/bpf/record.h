/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What a container used, for its report: each thing once, with a count.
 *
 *	rv_used_walk(s, RV_USED_FILE, &s->path);
 *	rv_record(s, c);
 * or
 *	rv_used_clear(s, RV_USED_ENDPOINT);
 *	s->used.net.… = …;
 *	rv_record(s, c);
 *
 * The flags of the event (s->facts) go with it.
 */
#ifndef REEVE_HOOKS_BPF_RECORD_H
#define REEVE_HOOKS_BPF_RECORD_H

#include "scratch.h"

static __always_inline void rv_used_clear(struct rv_scratch *s, __u32 kind)
{
	__builtin_memset(&s->used, 0, sizeof(s->used));
	s->used.kind = kind;
}

static __noinline void rv_used_walk(struct rv_scratch *s, __u32 kind, struct rv_walk *w)
{
	__u32 len = w->len;

	rv_used_clear(s, kind);
	if (len > RV_USED_TEXT - 1) {
		len = RV_USED_TEXT - 1;
		s->used.truncated = 1;
	}
	bpf_probe_read_kernel(s->used.text, len & (RV_USED_TEXT - 1), w->text + (w->at & (RV_PATH_MAX - 1)));
}

static __always_inline __u64 rv_mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
	return hash ^ (hash >> 29);
}

static __noinline __u64 rv_used_hash(const struct rv_used *used)
{
	__u64 hash = rv_mix(1, used->kind), word;
	__u32 i;

	for (i = 0; i < sizeof(used->net) / 4; i++)
		hash = rv_mix(hash, ((const __u32 *)&used->net)[i]);
	for (i = 0; i < RV_USED_TEXT / 8; i++) {
		__builtin_memcpy(&word, used->text + i * 8, 8);
		if (!word)
			break;
		hash = rv_mix(hash, word);
	}
	return hash ? hash : 1;
}

/* New things go to the list's head; what is met meanwhile only lacks its tail, and is read when all have ended. */
static __noinline void rv_record(struct rv_scratch *s, struct rv_container *c)
{
	struct rv_used_key key = { .container = s->event.container, .hash = rv_used_hash(&s->used) };
	struct rv_used *found = bpf_map_lookup_elem(&used, &key);
	__u32 kind = s->used.kind & 7;

	if (found) {
		__sync_fetch_and_add(&found->count, 1);
		__sync_fetch_and_or(&found->flags, s->facts.word[RV_W_FLAGS]);
		return;
	}
	if (c->used_count[kind] >= RV_USED_EACH) {
		__sync_fetch_and_add(&c->used_lost[kind], 1);
		return;
	}
	s->used.time = bpf_ktime_get_boot_ns();
	s->used.flags = s->facts.word[RV_W_FLAGS];
	s->used.count = 1;
	if (bpf_map_update_elem(&used, &key, &s->used, BPF_NOEXIST)) {
		__sync_fetch_and_add(&c->used_lost[kind], 1);
		return;
	}
	__sync_fetch_and_add(&c->used_count[kind], 1);
	found = bpf_map_lookup_elem(&used, &key);
	if (found)
		found->next = __sync_lock_test_and_set(&c->head, key.hash);
}

#endif
