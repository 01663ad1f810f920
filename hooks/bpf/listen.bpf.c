// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* A TCP socket begins to listen, in both tiers; the ports of others are seen when they are bound. */
#include "net.h"
#include "finish.h"

#define RV_TCP_LISTEN 10

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(net_listen, struct sock *sk, int before, int state)
{
	struct rv_task *self = state == RV_TCP_LISTEN ? rv_self() : NULL;
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_end end = { .type = RV_SOCK_STREAM, .protocol = RV_IPPROTO_TCP };
	__u64 flags = RV_BIT(RV_NET_LISTEN) | RV_BIT(RV_NET_TCP);
	struct rv_scratch *s;

	if (!c || rv_outside(self))
		return 0;
	end.family = BPF_CORE_READ(sk, __sk_common.skc_family);
	end.port = BPF_CORE_READ(sk, __sk_common.skc_num);
	if (end.family == RV_AF_INET)
		rv_end_v4(&end, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
	else
		BPF_CORE_READ_INTO(&end.addr, sk, __sk_common.skc_v6_rcv_saddr);
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_NET, flags, false);
	s->facts.word[RV_W_FLAGS] = flags;
	rv_end_classes(&s->facts, &end);
	rv_end_event(&s->event, &end);
	rv_end_record(s, c, &end);
	return rv_finish(s, self, c, RV_EVENT_NET, false);
}
