// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Sockets, by programs at the root cgroup that go by the current task: one on the container's own cgroup would follow the socket's, and
 * miss a socket that was made outside. Packets that come in, and sysctls, by programs on the container's own cgroup.
 *
 * Programs of cgroups cannot send signals: a rule that kills refuses here, and the monitor ends the process.
 */
#include "netmode.h"
#include "net.h"

const volatile __u32 rv_net_mode = RV_NET_FULL;

#define RV_TALKED 4

/* To whom a UDP socket has sent: what comes from there is an answer, whatever the ingress list says. */
struct rv_talked { __u32 next; __u32 end[RV_TALKED]; };
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct rv_talked);
} talked SEC(".maps");

static __always_inline __u32 rv_end_hash(const struct rv_end *end)
{
	const __u32 *word = (const __u32 *)end->addr;
	__u32 hash = end->port + 1;

	for (int i = 0; i < 4; i++)
		hash = (hash ^ word[i]) * 0x9e3779b1U;
	return hash | 1;
}

/* Who acts, and in which container; 0: in none that is watched. */
static __always_inline __u64 rv_net_self(struct rv_task **self)
{
	*self = RV_TASK_STORAGE ? rv_self() : (void *)&rv_somebody;
	if (!*self || rv_outside(*self))
		return 0;
	return RV_TASK_STORAGE ? (*self)->container : rv_container_of_cgroup(bpf_get_current_cgroup_id());
}

struct rv_talk {
	struct rv_container *c;
	__u64 container;
	struct rv_facts facts;
	struct rv_rules rules;
	__u32 action, kind;
	bool refused;
};

static __noinline void rv_talk_report(struct rv_talk *t, const struct rv_end *end)
{
	struct rv_scratch *s = rv_scratch_take(t->container);

	if (!s)
		return;
	s->facts = t->facts;
	__builtin_memcpy(s->event.rules, &t->rules, sizeof(s->event.rules));
	s->event.action = t->action;
	s->event.result = t->refused ? RV_RESULT_DENIED : RV_RESULT_HAPPENED;
	rv_end_event(&s->event, end);
	if (t->kind == RV_EVENT_NET)
		rv_end_record(s, t->c, end);
	if (rv_net_mode != RV_NET_LISTS || t->refused)
		rv_emit(s, t->c, t->kind);
	rv_scratch_give(s);
}

/* 1: may be; 0: EPERM. flags: of the kind. */
__noinline int rv_talk(const struct rv_end *end, __u32 kind, __u64 flags, __u32 unlisted_counts)
{
	struct rv_talk t = { .kind = kind };
	struct rv_task *self;
	bool unlisted;

	if (!end)
		return 0;
	t.container = rv_net_self(&self);
	t.c = t.container ? bpf_map_lookup_elem(&containers, &t.container) : NULL;
	if (!t.c)
		return 1;
	unlisted = unlisted_counts && (t.c->flags & RV_C_EGRESS) && !rv_listed(t.container, false, end);
	t.facts.word[RV_W_FLAGS] = flags | rv_net_kind(end->family, end->type, end->protocol) | (unlisted ? RV_BIT(RV_NET_UNLISTED) : 0);
	if (rv_net_mode != RV_NET_LISTS || unlisted) {
		rv_end_classes(&t.facts, end);
		rv_facts_of(&t.facts, bpf_get_current_task_btf(), self, t.c);
		t.action = rv_judge_facts(&t.facts, t.c, &t.rules, kind, 0);
	}
	t.refused = rv_refuses(t.c, t.action) || unlisted || t.c->stopping;
	rv_talk_report(&t, end);
	return !t.refused;
}

/* The verifier does not know what a function of its own returns. */
static __always_inline int rv_may(const struct rv_end *end, __u32 kind, __u64 flags, bool unlisted_counts)
{
	return rv_talk(end, kind, flags, unlisted_counts) ? 1 : 0;
}

static __always_inline void rv_end_of(struct rv_end *end, struct bpf_sock_addr *ctx)
{
	end->port = bpf_ntohs(ctx->user_port);
	end->type = ctx->type;
	end->protocol = ctx->protocol;
}

static __always_inline void rv_end_of4(struct rv_end *end, struct bpf_sock_addr *ctx)
{
	rv_end_v4(end, ctx->user_ip4);
	rv_end_of(end, ctx);
}

static __always_inline void rv_end_of6(struct rv_end *end, struct bpf_sock_addr *ctx)
{
	__u32 *word = (__u32 *)end->addr;

	word[0] = ctx->user_ip6[0];
	word[1] = ctx->user_ip6[1];
	word[2] = ctx->user_ip6[2];
	word[3] = ctx->user_ip6[3];
	end->family = RV_AF_INET6;
	rv_end_of(end, ctx);
}

static __always_inline int rv_sent(struct bpf_sock_addr *ctx, const struct rv_end *end, int allowed)
{
	struct bpf_sock *sk = ctx->sk;
	struct rv_talked *t;

	if (!allowed || end->type != RV_SOCK_DGRAM || !sk)
		return allowed;
	t = bpf_sk_storage_get(&talked, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (t)
		t->end[__sync_fetch_and_add(&t->next, 1) % RV_TALKED] = rv_end_hash(end);
	return allowed;
}

SEC("cgroup/connect4")
int net_connect4(struct bpf_sock_addr *ctx)
{
	struct rv_end end = {};

	rv_end_of4(&end, ctx);
	return rv_sent(ctx, &end, rv_may(&end, RV_EVENT_NET, RV_BIT(RV_NET_CONNECT), true));
}

SEC("cgroup/connect6")
int net_connect6(struct bpf_sock_addr *ctx)
{
	struct rv_end end = {};

	rv_end_of6(&end, ctx);
	return rv_sent(ctx, &end, rv_may(&end, RV_EVENT_NET, RV_BIT(RV_NET_CONNECT), true));
}

SEC("cgroup/sendmsg4")
int net_sendmsg4(struct bpf_sock_addr *ctx)
{
	struct rv_end end = {};

	rv_end_of4(&end, ctx);
	return rv_sent(ctx, &end, rv_may(&end, RV_EVENT_NET, RV_BIT(RV_NET_SEND), true));
}

SEC("cgroup/sendmsg6")
int net_sendmsg6(struct bpf_sock_addr *ctx)
{
	struct rv_end end = {};

	rv_end_of6(&end, ctx);
	return rv_sent(ctx, &end, rv_may(&end, RV_EVENT_NET, RV_BIT(RV_NET_SEND), true));
}

SEC("cgroup/bind4")
int net_bind4(struct bpf_sock_addr *ctx)
{
	struct rv_end end = {};

	rv_end_of4(&end, ctx);
	return rv_may(&end, RV_EVENT_NET, RV_BIT(RV_NET_BIND), false);
}

SEC("cgroup/bind6")
int net_bind6(struct bpf_sock_addr *ctx)
{
	struct rv_end end = {};

	rv_end_of6(&end, ctx);
	return rv_may(&end, RV_EVENT_NET, RV_BIT(RV_NET_BIND), false);
}

/* ---- unix sockets, in the base tier by the address as it was given: a link has another name ---- */

static __noinline int rv_unix_judge(struct rv_scratch *s, struct rv_task *self, struct rv_container *c, __u64 flags)
{
	s->facts.word[RV_W_FLAGS] = flags;
	s->event.net.family = RV_AF_UNIX;
	s->event.action = rv_judge(s, self, c, RV_EVENT_NET);
	s->event.result = rv_refuses(c, s->event.action) || c->stopping ? RV_RESULT_DENIED : RV_RESULT_HAPPENED;
	rv_emit(s, c, RV_EVENT_NET);
	return s->event.result != RV_RESULT_DENIED;
}

static __noinline int rv_unix(struct bpf_sock_addr *ctx, __u64 flags)
{
	struct rv_task *self;
	__u64 container = rv_net_self(&self);
	struct rv_container *c = container ? bpf_map_lookup_elem(&containers, &container) : NULL;
	struct bpf_sock_addr_kern *kern = (void *)ctx;
	struct rv_scratch *s;
	__u32 len;
	int may;

	if (!c)
		return 1;
	flags |= RV_BIT(RV_NET_UNIX);
	s = rv_scratch_take(container);
	if (!s)
		return !rv_net_lost(c, self, RV_EVENT_NET, flags);
	len = BPF_CORE_READ(kern, uaddrlen);
	rv_path_given(s, BPF_CORE_READ(kern, uaddr) + sizeof(__u16), len > sizeof(__u16) ? len - sizeof(__u16) : 0);
	may = rv_unix_judge(s, self, c, flags);
	rv_scratch_give(s);
	return rv_bounded(may, 1);
}

SEC("cgroup/connect_unix")
int base_connect_unix(struct bpf_sock_addr *ctx)
{
	return rv_unix(ctx, RV_BIT(RV_NET_CONNECT)) ? 1 : 0;
}

SEC("cgroup/sendmsg_unix")
int base_sendmsg_unix(struct bpf_sock_addr *ctx)
{
	return rv_unix(ctx, RV_BIT(RV_NET_SEND)) ? 1 : 0;
}

/* A raw socket sends past connect and sendmsg, so where an egress list holds there is none. */
SEC("cgroup/sock_create")
int net_socket(struct bpf_sock *ctx)
{
	struct rv_end end = { .family = ctx->family, .type = ctx->type, .protocol = ctx->protocol };

	/* no hook sees where these send to */
	return rv_may(&end, RV_EVENT_SOCKET, 0,
		      end.type == RV_SOCK_RAW || end.protocol == RV_IPPROTO_ICMP || end.protocol == RV_IPPROTO_ICMPV6);
}

/* ---- packets that come in ---- */

struct rv_tcp { __u16 from, to; __u32 seq, ack; __u8 offset, flags; };
#define RV_TCP_SYN 0x02
#define RV_TCP_ACK 0x10

/* The sender and our port; the offset of what follows the address. */
static __always_inline int rv_packet(struct __sk_buff *skb, struct rv_end *end, struct rv_tcp *tcp)
{
	struct rv_ip4 ip4;
	struct rv_ip6 ip6;
	__u32 at;

	if (skb->protocol == bpf_htons(0x0800)) {
		if (bpf_skb_load_bytes(skb, 0, &ip4, sizeof(ip4)))
			return -1;
		rv_end_v4(end, ip4.from);
		end->protocol = ip4.protocol;
		at = (ip4.length & 15) * 4;
	} else if (skb->protocol == bpf_htons(0x86dd)) {
		if (bpf_skb_load_bytes(skb, 0, &ip6, sizeof(ip6)))
			return -1;
		__builtin_memcpy(end->addr, ip6.from, sizeof(end->addr));
		end->family = RV_AF_INET6;
		end->protocol = ip6.protocol;
		at = sizeof(ip6);
	} else {
		return -1;
	}
	__builtin_memset(tcp, 0, sizeof(*tcp));
	if (end->protocol == RV_IPPROTO_TCP)
		return bpf_skb_load_bytes(skb, at, tcp, sizeof(*tcp));
	return end->protocol == RV_IPPROTO_UDP ? bpf_skb_load_bytes(skb, at, tcp, 4) : 0;
}

static __noinline bool rv_is_answer(struct __sk_buff *skb, const struct rv_end *end, __u16 from)
{
	struct bpf_sock *sk = skb->sk;
	struct rv_end asked = *end;
	struct rv_talked *t;
	__u32 hash, i;

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	t = sk ? bpf_sk_storage_get(&talked, sk, NULL, 0) : NULL;
	if (!t)
		return false;
	asked.port = bpf_ntohs(from);
	hash = rv_end_hash(&asked);
	for (i = 0; i < RV_TALKED; i++)
		if (t->end[i] == hash)
			return true;
	return false;
}

static __noinline void rv_ingress_report(struct rv_container *c, __u64 container, const struct rv_end *end)
{
	struct rv_scratch *s = rv_scratch_take(container);

	if (!s)
		return;
	s->facts.word[RV_W_FLAGS] = c->facts | RV_BIT(RV_NET_ACCEPT) | RV_BIT(RV_NET_UNLISTED) |
				    rv_net_kind(end->family, end->type, end->protocol);
	rv_end_classes(&s->facts, end);
	s->event.action = rv_judge_facts(&s->facts, c, (void *)s->event.rules, RV_EVENT_NET, 0);
	s->event.result = RV_RESULT_DENIED;
	rv_end_event(&s->event, end);
	rv_end_record(s, c, end);
	rv_emit_task(s, NULL, c, RV_EVENT_NET);
	rv_scratch_give(s);
}

/* A connection that begins, or a datagram that is no answer. What else comes belongs to one that was let in. */
SEC("cgroup_skb/ingress")
int net_ingress(struct __sk_buff *skb)
{
	__u64 container = rv_container_of_cgroup(bpf_skb_cgroup_id(skb));
	struct rv_container *c = container ? bpf_map_lookup_elem(&containers, &container) : NULL;
	struct rv_end end = {};
	struct rv_tcp tcp;

	if (!c || !(c->flags & RV_C_INGRESS))
		return 1;
	if (rv_packet(skb, &end, &tcp))
		return 0;
	if (end.protocol == RV_IPPROTO_ICMP || end.protocol == RV_IPPROTO_ICMPV6)
		return 1;
	end.type = end.protocol == RV_IPPROTO_TCP ? RV_SOCK_STREAM : RV_SOCK_DGRAM;
	end.port = bpf_ntohs(tcp.to);
	if (end.protocol == RV_IPPROTO_TCP && (tcp.flags & (RV_TCP_SYN | RV_TCP_ACK)) != RV_TCP_SYN)
		return 1;
	if (rv_listed(container, true, &end) || (end.protocol == RV_IPPROTO_UDP && rv_is_answer(skb, &end, tcp.from)))
		return 1;
	rv_ingress_report(c, container, &end);
	return 0;
}

/* ---- sysctls ---- */

#define RV_PROC_SYS  "/proc/sys/"
#define RV_SYSCTL_AT 3072 /* in a walk's text */

static __always_inline bool rv_sysctl_name(struct rv_scratch *s, struct bpf_sysctl *ctx)
{
	char *text = s->path.text + RV_SYSCTL_AT;
	long len;

	__builtin_memcpy(text, RV_PROC_SYS, sizeof(RV_PROC_SYS) - 1);
	len = bpf_sysctl_get_name(ctx, text + sizeof(RV_PROC_SYS) - 1, 512, 0);
	if (len < 0 || len >= 512)
		return false;
	s->path.at = RV_SYSCTL_AT;
	s->path.len = sizeof(RV_PROC_SYS) + len;
	__builtin_memset(&s->name_key, 0, sizeof(s->name_key));
	s->name_key.text[0] = RV_KEY_NAME;
	if (bpf_sysctl_get_name(ctx, s->name_key.text + 1, sizeof(s->name_key.text) - 1, BPF_F_SYSCTL_BASE_NAME) > 0)
		rv_name_found(s, &s->facts.word[RV_W_NAME]);
	return true;
}

SEC("cgroup/sysctl")
int net_sysctl(struct bpf_sysctl *ctx)
{
	struct rv_task *self;
	__u64 container = ctx->write ? rv_net_self(&self) : 0;
	struct rv_container *c = container ? bpf_map_lookup_elem(&containers, &container) : NULL;
	struct rv_scratch *s;
	__u32 action;

	if (!c)
		return 1;
	s = rv_scratch_take(container);
	if (!s)
		return !rv_net_lost(c, self, RV_EVENT_SYSCTL, 0);
	if (!rv_sysctl_name(s, ctx))
		s->facts.word[RV_W_FLAGS] |= RV_BIT(RV_F_TRUNCATED);
	else
		rv_path_match(s, s->path.len);
	action = rv_judge(s, self, c, RV_EVENT_SYSCTL);
	s->event.action = action;
	s->event.result = rv_refuses(c, action) ? RV_RESULT_DENIED : RV_RESULT_HAPPENED;
	rv_emit(s, c, RV_EVENT_SYSCTL);
	rv_scratch_give(s);
	return action < RV_ACTION_DENY;
}
