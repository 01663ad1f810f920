// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * A TCP socket begins to listen, or a connection to one is there, in both tiers; the ports of others are seen when they are bound.
 *
 * Connections come about in interrupts: no process goes with them, and nothing can be refused any more. A client's first connection to a
 * port is an event, others are when a rule fires; all of them are in the report.
 */
#include "net.h"
#include "finish.h"

#define RV_TCP_ESTABLISHED 1
#define RV_TCP_SYN_RECV	   3
#define RV_TCP_LISTEN	   10

static __always_inline void rv_end_of_sock(struct rv_end *end, struct sock *sk, bool remote)
{
	struct sock_common *common = &sk->__sk_common;

	end->type = RV_SOCK_STREAM;
	end->protocol = RV_IPPROTO_TCP;
	end->family = common->skc_family;
	end->port = common->skc_num;
	if (end->family == RV_AF_INET)
		rv_end_v4(end, remote ? common->skc_daddr : common->skc_rcv_saddr);
	else
		bpf_probe_read_kernel(end->addr, sizeof(end->addr), remote ? &common->skc_v6_daddr : &common->skc_v6_rcv_saddr);
}

static __always_inline __u8 rv_accept_result(__u32 action)
{
	if (action == RV_ACTION_STOP)
		return RV_RESULT_STOPPED;
	return action == RV_ACTION_FREEZE ? RV_RESULT_FROZEN : RV_RESULT_HAPPENED;
}

static __noinline int rv_accepted(struct rv_container *c, __u64 container, const struct rv_end *end)
{
	struct rv_scratch *s = rv_scratch_take(container);

	if (!s)
		return 0;
	s->facts.word[RV_W_FLAGS] = c->facts | RV_BIT(RV_NET_ACCEPT) | RV_BIT(RV_NET_TCP);
	rv_end_classes(&s->facts, end);
	s->event.action = rv_judge_facts(&s->facts, c, (void *)s->event.rules, RV_EVENT_NET, 0);
	rv_refuses(c, s->event.action);
	s->event.result = rv_accept_result(s->event.action);
	rv_end_event(&s->event, end);
	if (rv_end_record(s, c, end) || rv_fired(&s->event))
		rv_emit_task(s, NULL, c, RV_EVENT_NET);
	rv_scratch_give(s);
	return 0;
}

static __noinline int rv_listens(struct rv_task *self, struct rv_container *c, const struct rv_end *end)
{
	__u64 flags = RV_BIT(RV_NET_LISTEN) | RV_BIT(RV_NET_TCP);
	struct rv_scratch *s = rv_scratch_take(self->container);

	if (!s)
		return rv_lost(self, c, RV_EVENT_NET, flags, false);
	s->facts.word[RV_W_FLAGS] = flags;
	rv_end_classes(&s->facts, end);
	rv_end_event(&s->event, end);
	rv_end_record(s, c, end);
	return rv_finish(s, self, c, RV_EVENT_NET, false);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(net_listen, struct sock *sk, int before, int state)
{
	bool accepted = before == RV_TCP_SYN_RECV && state == RV_TCP_ESTABLISHED;
	struct rv_task *self = state == RV_TCP_LISTEN ? rv_self() : NULL;
	__u64 container = accepted ? rv_container_of_cgroup(sk->sk_cgrp_data.cgroup->kn->id) : self ? self->container : 0;
	struct rv_container *c = container ? bpf_map_lookup_elem(&containers, &container) : NULL;
	struct rv_end end = {};

	if (!c || (self && rv_outside(self)))
		return 0;
	rv_end_of_sock(&end, sk, accepted);
	return accepted ? rv_accepted(c, container, &end) : rv_listens(self, c, &end);
}
