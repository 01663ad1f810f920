// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Names that a container asks for: questions in UDP that its sockets send. On the container's own cgroup, so that no other packet of the
 * node meets it; of what the container sends only UDP is looked at further than its protocol. What goes by TCP, TLS or HTTPS is
 * not seen, nor what a socket sends that was made outside.
 */
#include "netmode.h"
#include "net.h"

#define RV_DNS_PORT	53
#define RV_DNS_QUESTION 0xf8	  /* in the flags' first byte: a response, or another operation, has a bit of it */
#define RV_DNS_LABEL	63
#define RV_DNS_NAME	255	  /* bytes on the wire, the last one 0 */
#define RV_DOCKER_DNS	0x7f00000b /* 127.0.0.11: its rules have changed the port by now */

struct rv_dns { __u16 from, to, length, check, id; __u8 flags[2]; __u16 questions, answers, authorities, additional; };

/* Where the packet's question begins; 0: it has none. */
static __always_inline __u32 rv_question_at(struct __sk_buff *skb)
{
	struct rv_ip4 ip4 = {};
	struct rv_ip6 ip6 = {};
	struct rv_dns dns;
	__u32 at;

	if (skb->protocol == bpf_htons(0x0800)) {
		if (bpf_skb_load_bytes(skb, 0, &ip4, sizeof(ip4)) || ip4.protocol != RV_IPPROTO_UDP)
			return 0;
		at = (ip4.length & 15) * 4;
	} else if (skb->protocol == bpf_htons(0x86dd)) {
		if (bpf_skb_load_bytes(skb, 0, &ip6, sizeof(ip6)) || ip6.protocol != RV_IPPROTO_UDP)
			return 0;
		at = sizeof(ip6);
	} else {
		return 0;
	}
	if (bpf_skb_load_bytes(skb, at, &dns, sizeof(dns)))
		return 0;
	if (dns.to != bpf_htons(RV_DNS_PORT) && ip4.to != bpf_htonl(RV_DOCKER_DNS))
		return 0;
	return (dns.flags[0] & RV_DNS_QUESTION) || !dns.questions ? 0 : at + sizeof(dns);
}

/*
 * The length before a label becomes the dot before it. path.at counts what is left of a label, path.len becomes the name's length: in
 * memory of a map, since before 6.7 the verifier takes what a loop's function finds on the stack at first for all that it ever finds.
 */
static long rv_label_step(__u32 i, struct rv_scratch **scratch)
{
	struct rv_scratch *s = *scratch;
	__u8 byte, c = '.';

	if (i >= RV_DNS_NAME)
		return 1;
	byte = s->other.text[rv_bounded(i, RV_DNS_NAME)];
	if (s->path.at) {
		s->path.at--;
		c = byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte <= ' ' || byte >= 0x7f || byte == '.' ? '?' : byte;
	} else if (!byte || byte > RV_DNS_LABEL) {
		s->path.len = byte ? 0 : i;
		s->path.truncated = byte != 0;
		return 1;
	} else {
		s->path.at = byte;
	}
	if (i)
		s->path.text[rv_bounded(i - 1, RV_DNS_NAME)] = c;
	return 0;
}

/* The name into s->path; of length 0 it is the root's. What is no name, or too long for one, is truncated: to others it may say something. */
static __noinline void rv_dns_name(struct rv_scratch *s, struct __sk_buff *skb, __u32 at)
{
	__u32 size = skb->len > at ? skb->len - at : 0;

	if (size > RV_DNS_NAME)
		size = RV_DNS_NAME;
	s->path.at = s->path.len = 0;
	s->path.truncated = 1;
	/* of none it fails, as of more than there is */
	if (bpf_skb_load_bytes(skb, at, s->other.text, rv_bounded(size - 1, RV_DNS_NAME) + 1))
		return;
	bpf_loop(size, rv_label_step, &s, 0);
	s->path.at = 0;
	if (s->path.len)
		s->path.text[rv_bounded(s->path.len - 1, RV_DNS_NAME)] = 0;
}

struct rv_backwards { const char *from; char *to; __u32 len; };

static long rv_back_step(__u32 i, struct rv_backwards *b)
{
	if (i >= RV_DNS_NAME || i >= b->len)
		return 1;
	b->to[rv_bounded(i, RV_DNS_NAME)] = b->from[rv_bounded(b->len - 1 - i, RV_DNS_NAME)];
	return 0;
}

static __always_inline void rv_dns_classes(struct rv_scratch *s, __u32 kind, __u32 len)
{
	struct rv_path_bits *found;

	s->path_key.text[0] = kind;
	s->path_key.prefixlen = (1 + len) * 8;
	found = bpf_map_lookup_elem(&paths, &s->path_key);
	for (int i = 0; found && i < 4; i++)
		s->facts.word[RV_W_PATH + i] |= found->bits[i];
}

/* As it is, and backwards for patterns of what it ends with. */
static __noinline void rv_dns_match(struct rv_scratch *s)
{
	__u32 len = s->path.len;
	struct rv_backwards b = { .from = s->path.text, .to = s->target.text, .len = len - 1 };

	bpf_probe_read_kernel(s->path_key.text + 1, rv_bounded(len, RV_DNS_NAME), s->path.text);
	rv_dns_classes(s, RV_KEY_DNS, len);
	bpf_loop(RV_DNS_NAME, rv_back_step, &b, 0);
	bpf_probe_read_kernel(s->path_key.text + 1, rv_bounded(len - 1, RV_DNS_NAME), s->target.text);
	rv_dns_classes(s, RV_KEY_DNS_END, len - 1);
}

/* Whose question it is; NULL: nobody's that is known. Mostly a packet goes out while its sender sends it. */
static __always_inline struct rv_task *rv_asker(__u64 container)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct rv_task *self;

	if (!RV_TASK_STORAGE)
		return rv_container_of_cgroup(rv_cgroup_of(task)) == container ? (void *)&rv_somebody : NULL;
	self = rv_self();
	return self && self->container == container ? self : NULL;
}

static __noinline bool rv_dns_judge(struct rv_scratch *s, struct rv_container *c, struct rv_task *self)
{
	struct task_struct *task = self ? bpf_get_current_task_btf() : NULL;

	if (s->path.truncated)
		s->facts.word[RV_W_FLAGS] = RV_BIT(RV_F_TRUNCATED);
	else
		rv_dns_match(s);
	if (task)
		rv_facts_of(&s->facts, task, self, c);
	else
		s->facts.word[RV_W_FLAGS] |= c->facts;
	s->event.action = rv_judge_facts(&s->facts, c, (void *)s->event.rules, RV_EVENT_DNS, 0);
	s->event.result = rv_refuses(c, s->event.action) ? RV_RESULT_DENIED : RV_RESULT_HAPPENED;
	if (s->path.len) {
		rv_used_walk(s, RV_USED_NAME, &s->path);
		rv_record(s, c);
	}
	rv_emit_task(s, task, c, RV_EVENT_DNS);
	return s->event.result != RV_RESULT_DENIED;
}

SEC("cgroup_skb/egress")
int rv_dns_asked(struct __sk_buff *skb)
{
	__u32 at = rv_question_at(skb);
	__u64 container = at ? rv_container_of_cgroup(bpf_skb_cgroup_id(skb)) : 0;
	struct rv_container *c = container ? bpf_map_lookup_elem(&containers, &container) : NULL;
	struct rv_task *self;
	struct rv_scratch *s;
	__u32 may = 1;

	if (!c || !c->started)
		return 1;
	self = rv_asker(container);
	if (self && rv_outside(self))
		return 1;
	s = rv_scratch_take(container);
	if (!s)
		return !rv_net_lost(c, self, RV_EVENT_DNS, 0);
	rv_dns_name(s, skb, at);
	if (s->path.len || s->path.truncated)
		may = rv_dns_judge(s, c, self);
	rv_scratch_give(s);
	return rv_bounded(may, 1);
}
