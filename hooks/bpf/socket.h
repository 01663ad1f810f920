/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A socket is made; those of IP are seen by programs of cgroups as well (net.bpf.c), and judged there where these know the process. */
#ifndef REEVE_HOOKS_BPF_SOCKET_H
#define REEVE_HOOKS_BPF_SOCKET_H

#include "finish.h"
#include "net.h"

static __always_inline bool rv_is_ip(__u32 family)
{
	return family == RV_AF_INET || family == RV_AF_INET6;
}

/* 0 or -EPERM. */
static __noinline int rv_socket_made(__u32 family, __u32 type, __u32 protocol, bool can_deny)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	__u64 flags = rv_net_kind(family, type, protocol);
	struct rv_scratch *s;

	if (!c || rv_outside(self) || family == RV_AF_UNIX)
		return 0;
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_SOCKET, flags, can_deny) ? -EPERM : 0;
	s->facts.word[RV_W_FLAGS] = flags;
	s->event.net.family = family;
	s->event.net.type = type & RV_SOCK_TYPES;
	s->event.net.protocol = protocol;
	return rv_finish(s, self, c, RV_EVENT_SOCKET, can_deny) ? -EPERM : 0;
}

#endif
