/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Who talks to whom: the other end of a socket, its classes, and the container's egress and ingress lists.
 *
 * An IPv4 address is ::ffff:a.b.c.d everywhere, so one that is given as such to an IPv6 socket is the same address.
 */
#ifndef REEVE_HOOKS_BPF_NET_H
#define REEVE_HOOKS_BPF_NET_H

#include "emit.h"
#include "record.h"

#define RV_AF_UNIX    1
#define RV_AF_INET    2
#define RV_AF_INET6   10
#define RV_AF_NETLINK 16
#define RV_AF_PACKET  17
#define RV_SOCK_STREAM 1
#define RV_SOCK_DGRAM  2
#define RV_SOCK_RAW    3
#define RV_SOCK_TYPES  0xf /* SOCK_CLOEXEC and SOCK_NONBLOCK lie above */
#define RV_IPPROTO_ICMP	  1
#define RV_IPPROTO_TCP	  6
#define RV_IPPROTO_UDP	  17
#define RV_IPPROTO_ICMPV6 58

struct rv_ip4 { __u8 length, tos; __u16 total, id, fragment; __u8 ttl, protocol; __u16 check; __u32 from, to; };
struct rv_ip6 { __u32 flow; __u16 length; __u8 protocol, hops; __u8 from[16], to[16]; };

struct rv_end {
	__u8 addr[16];
	__u16 port; /* host order */
	__u16 family, type;
	__u8 protocol;
} __attribute__((aligned(8)));

static __always_inline void rv_end_v4(struct rv_end *end, __u32 addr)
{
	__builtin_memset(end->addr, 0, 10);
	end->addr[10] = end->addr[11] = 0xff;
	__builtin_memcpy(end->addr + 12, &addr, 4);
	end->family = RV_AF_INET;
}

/* What kind of socket, as RV_NET_TCP and so on. */
__u64 rv_net_kind(__u32 family, __u32 type, __u32 protocol);

static __noinline void rv_end_classes(struct rv_facts *facts, const struct rv_end *end)
{
	struct rv_addr_key key = { .prefixlen = 128 };
	__u16 port = end->port;
	__u64 *bits;

	__builtin_memcpy(key.addr, end->addr, sizeof(key.addr));
	bits = bpf_map_lookup_elem(&addrs, &key);
	facts->word[RV_W_ADDR] = bits ? *bits : 0;
	bits = bpf_map_lookup_elem(&ports, &port);
	facts->word[RV_W_PORT] = bits ? *bits : 0;
}

/* Whether the container's list has the other end (egress), or the other end and our port (ingress). */
static __noinline bool rv_listed(__u64 container, bool ingress, const struct rv_end *end)
{
	struct rv_allowed_key key = { .prefixlen = 8 * (sizeof(key) - sizeof(key.prefixlen)), .ingress = ingress };
	struct rv_allowed *found;
	__u32 i;

	__builtin_memcpy(key.container, &container, sizeof(key.container));
	__builtin_memcpy(key.addr, end->addr, sizeof(key.addr));
	found = bpf_map_lookup_elem(&allowed, &key);
	for (i = 0; found && i < RV_ALLOWED_PORTS; i++) {
		if (i >= found->count)
			return false;
		if (end->port >= found->port[i].from && end->port <= found->port[i].to &&
		    (!found->port[i].protocol || found->port[i].protocol == end->protocol))
			return true;
	}
	return false;
}

static __always_inline void rv_end_event(struct rv_event *e, const struct rv_end *end)
{
	e->net.family = end->family;
	e->net.type = end->type;
	e->net.protocol = end->protocol;
	e->net.port = end->port;
	__builtin_memcpy(e->net.addr, end->addr, sizeof(e->net.addr));
}

/* What an action does where no signal can be sent: the act is refused, and a container that is to end ends where it is met next. */
static __always_inline bool rv_refuses(struct rv_container *c, __u32 action)
{
	if (action == RV_ACTION_STOP)
		__sync_lock_test_and_set(&c->stopping, 1);
	return action >= RV_ACTION_DENY;
}

/* No scratch area was free: whether what is at hand is refused, as if path and name were truncated. There is no record. flags: RV_W_FLAGS
 * of the kind; self NULL: nobody's that is known. */
static __noinline bool rv_net_lost(struct rv_container *c, struct rv_task *self, __u32 kind, __u64 flags)
{
	struct rv_facts facts = {};
	struct rv_rules rules = {};

	facts.word[RV_W_FLAGS] = flags | c->facts;
	if (self)
		rv_facts_of(&facts, bpf_get_current_task_btf(), self, c);
	return rv_refuses(c, rv_judge_facts(&facts, c, &rules, kind, RV_UNKNOWN_PATH | RV_UNKNOWN_NAME));
}

/* For the container's report; returns what rv_record() does. */
static __always_inline int rv_end_record(struct rv_scratch *s, struct rv_container *c, const struct rv_end *end)
{
	rv_used_clear(s, s->facts.word[RV_W_FLAGS] & RV_BIT(RV_NET_ACCEPT) ? RV_USED_CLIENT : RV_USED_ENDPOINT);
	s->used.net.family = end->family;
	s->used.net.port = end->port;
	s->used.net.protocol = end->protocol;
	__builtin_memcpy(s->used.net.addr, end->addr, sizeof(s->used.net.addr));
	return rv_record(s, c);
}

#endif
