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
	bpf_probe_read_kernel(s->used.text, rv_bounded(len, RV_USED_TEXT - 1), w->text + (w->at & (RV_PATH_MAX - 1)));
}

/* 1: it is the first such thing. */
int rv_record(struct rv_scratch *s, struct rv_container *c);

#endif
