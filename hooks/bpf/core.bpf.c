// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * What all programs use and the verifier needs to see once only: functions of their own, checked apart from those who call them, so they
 * may be handed NULL as far as the verifier knows. They touch memory of maps and of the kernel; nothing here needs task storage, which
 * some kinds of programs do not have.
 */
#include "ceiling.h"
#include "emit.h"
#include "net.h"
#include "record.h"

#define RV_NAME_BYTES 255	/* of one component, in every file system */
#define RV_DISCONNECTED 0x20	/* DCACHE_DISCONNECTED: opened by its handle, no directory of it is known */

/* Puts a component before what is there. false: no room. */
static __always_inline bool rv_walk_put(struct rv_walk *w, struct dentry *dentry, bool slash)
{
	__u32 len = BPF_CORE_READ(dentry, d_name.len);
	__u32 at = w->at;

	if (w->up) {
		w->up--;
		return true;
	}
	if (len > RV_NAME_BYTES || at < len + 1 || at >= RV_PATH_MAX)
		return false;
	at = (at - len) & (RV_PATH_MAX - 1);
	bpf_probe_read_kernel(w->text + at, rv_bounded(len, RV_NAME_BYTES), BPF_CORE_READ(dentry, d_name.name));
	if (slash) {
		at = (at - 1) & (RV_PATH_MAX - 1);
		w->text[at] = '/';
	}
	w->at = at;
	return true;
}

/* One step up. 1 ends the walk; w->truncated is taken back when it ended where it should. */
static long rv_walk_step(__u32 step, struct rv_walk **walk)
{
	struct rv_walk *w = *walk;
	struct dentry *dentry = (void *)w->dentry, *parent;
	struct mount *mount = (void *)w->mount;

	if (w->dentry == w->stop && (!mount || w->mount == w->stop_mount)) {
		w->reached = !mount;
		w->truncated = 0;
		return 1;
	}
	if (mount && dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount) {
			w->truncated = 0;
			return 1;
		}
		w->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = (__u64)above;
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (!parent || parent == dentry) {
		/* A file without a directory (memfd, pipe) has only a name. */
		w->truncated = (step == 0 && !rv_walk_put(w, dentry, false)) || (BPF_CORE_READ(dentry, d_flags) & RV_DISCONNECTED);
		return 1;
	}
	if (!rv_walk_put(w, dentry, true))
		return 1;
	w->dentry = (__u64)parent;
	return 0;
}

/* In both of those below: the verifier counts how deep calls go. */
static __always_inline int rv_walk_up(struct rv_walk *w)
{
	w->truncated = 1;
	w->reached = 0;
	bpf_loop(RV_PATH_MAX, rv_walk_step, &w, 0);
	if (w->at == RV_PATH_MAX - 1) {
		w->at = RV_PATH_MAX - 2;
		w->text[RV_PATH_MAX - 2] = '/';
	}
	w->len = RV_PATH_MAX - w->at;
	return 0;
}

int rv_walk(struct rv_walk *w)
{
	if (!w)
		return 0;
	w->at = RV_PATH_MAX - 1;
	w->text[RV_PATH_MAX - 1] = 0;
	w->up = 0;
	return rv_walk_up(w);
}

int rv_walk_on(struct rv_walk *w)
{
	return w ? rv_walk_up(w) : 0;
}

static __always_inline void rv_path_classes(struct rv_scratch *s, __u32 bytes)
{
	struct rv_path_bits *found;

	s->path_key.prefixlen = bytes * 8;
	found = bpf_map_lookup_elem(&paths, &s->path_key);
	if (!found)
		return;
	s->facts.word[RV_W_PATH] |= found->bits[0];
	s->facts.word[RV_W_PATH + 1] |= found->bits[1];
	s->facts.word[RV_W_PATH + 2] |= found->bits[2];
	s->facts.word[RV_W_PATH + 3] |= found->bits[3];
}

int rv_path_match(struct rv_scratch *s, __u32 name_len)
{
	__u32 at, bytes, directory;

	s = rv_scratch_own(s);
	if (!s)
		return 0;
	at = s->path.at & (RV_PATH_MAX - 1);
	bytes = s->path.len;
	directory = bytes - 1 - name_len;
	if (bytes > RV_PATTERN_MAX)
		bytes = RV_PATTERN_MAX;
	s->path_key.text[0] = RV_KEY_PATH;
	bpf_probe_read_kernel(s->path_key.text + 1, rv_bounded(bytes, RV_PATTERN_MAX), s->path.text + at);
	rv_path_classes(s, 1 + bytes);
	if (directory == 0 || directory >= RV_PATTERN_MAX || s->path.len <= 1 + name_len)
		return 0;
	if (directory > 1)
		directory--;
	s->path_key.text[0] = RV_KEY_DIRECTORY;
	s->path_key.text[rv_bounded(1 + directory, RV_PATTERN_MAX)] = 0;
	rv_path_classes(s, 2 + directory);
	return 0;
}

struct rv_judging {
	const struct rv_facts *facts;
	struct rv_container *container;
	struct rv_rules *rules;
	__u32 first;
	__u32 ended;	/* the rule that needs no more of its clauses */
	__u32 action;
	__u64 unknown;		/* bit = word of facts: not known */
	__u64 vague;		/* bits of RV_W_FLAGS that are not known */
};

/* Bits of a term that say it fails. Without branches: the verifier follows each of them, for each term. */
static __always_inline __u64 rv_term_fails(const struct rv_term *term, __u64 fact, __u64 unknown, __u64 exception)
{
	return ((fact ^ term->want) & term->mask & (~unknown | exception)) | (term->mask & unknown & exception);
}

/* Terms beyond the count are all zero, so they hold. */
__noinline int rv_clause_holds(const struct rv_clause *clause, const struct rv_facts *facts, __u64 unknown, __u64 vague)
{
	__u64 fails = 0, exception, flags = RV_BIT(RV_W_FLAGS);
	__u32 i;

	barrier_var(flags);
	if (!clause || !facts)
		return 0;
	exception = -(__u64)(clause->exception & 1);
	for (i = 0; i < RV_TERMS; i++) {
		__u32 word = clause->term[i].word % RV_WORDS;
		__u64 lost = -((unknown >> word) & 1ULL) | (-((flags >> word) & 1ULL) & vague);

		fails |= rv_term_fails(&clause->term[i], facts->word[word], lost, exception);
	}
	return fails == 0;
}

static long rv_judge_clause(__u32 i, struct rv_judging *j)
{
	__u32 at = j->first + i, rule, action;
	const struct rv_clause *clause = bpf_map_lookup_elem(&clauses, &at);

	if (!clause)
		return 1;
	rule = clause->rule % RV_RULES;
	action = j->container->action[rule];
	if (rule == j->ended || action == RV_ACTION_OFF || !rv_clause_holds(clause, j->facts, j->unknown, j->vague))
		return 0;
	j->ended = rule;
	if (clause->exception)
		return 0;
	if (clause->candidate) {
		action = RV_ACTION_ALERT;
		__sync_fetch_and_or(&j->container->candidates[rule / 64], RV_BIT(rule % 64));
	}
	j->rules->word[rule / 64] |= RV_BIT(rule % 64);
	__sync_fetch_and_or(&j->container->fired[rule / 64], RV_BIT(rule % 64));
	if (action > j->action)
		j->action = action;
	return 0;
}

int rv_judge_facts(struct rv_facts *facts, struct rv_container *c, struct rv_rules *rules, __u32 kind, __u64 unknown)
{
	struct rv_clause_range *range = bpf_map_lookup_elem(&ranges, &kind);
	struct rv_judging j = { .facts = facts, .container = c, .rules = rules, .ended = RV_RULES, .unknown = unknown };
	__u64 flags;

	if (!facts || !c || !rules || !range)
		return RV_ACTION_OFF;
	flags = facts->word[RV_W_FLAGS];
	if (flags & RV_BIT(RV_F_TRUNCATED))
		j.unknown |= RV_UNKNOWN_PATH;
	if (kind == RV_EVENT_CHANGE && (flags & RV_BIT(RV_OP_UNKNOWN)))
		j.vague = RV_OPERATIONS;
	if (kind == RV_EVENT_EXEC && (unknown & RV_UNKNOWN_PROC))
		j.vague = RV_EXEC_FLAGS;
	j.first = range->first;
	bpf_loop(range->count, rv_judge_clause, &j, 0);
	return j.action;
}

struct rv_rating { struct rv_scratch *s; const struct rv_container *c; __u64 now, passed; };

/* The rate of one of the rules that fired. */
static __always_inline void rv_rate_rule(struct rv_rating *r, __u32 rule)
{
	struct rv_rate_key key = { .container = r->s->event.container, .rule = rule };
	struct rv_rate fresh = { .window = r->now, .count = 1, .total = 1 }, *rate = bpf_map_lookup_elem(&rates, &key);
	__u32 limit = r->c->candidates[rule / 64] & RV_BIT(rule % 64) ? RV_RATE_CANDIDATES : RV_RATE_ALERTS;

	if (!rate) {
		bpf_map_update_elem(&rates, &key, &fresh, BPF_NOEXIST);
		r->passed = 1;
		return;
	}
	if (r->now - rate->window > RV_RATE_WINDOW) {
		rate->window = r->now;
		rate->count = 0;
	}
	if (__sync_fetch_and_add(&rate->count, 1) < limit) {
		__sync_fetch_and_add(&rate->total, 1);
		r->s->event.suppressed += __sync_lock_test_and_set(&rate->suppressed, 0);
		r->passed = 1;
		return;
	}
	__sync_fetch_and_add(&rate->suppressed, 1);
	__sync_fetch_and_add(&rate->total_suppressed, 1);
}

static long rv_rate_step(__u32 rule, struct rv_rating *r)
{
	rule %= RV_RULES;
	if (r->s->event.rules[rule / 64] & RV_BIT(rule % 64))
		rv_rate_rule(r, rule);
	return 0;
}

int rv_rate(struct rv_scratch *s, const struct rv_container *c)
{
	struct rv_rating r = { .s = s, .c = c, .now = bpf_ktime_get_boot_ns() };

	if (s && c)
		bpf_loop(RV_RULES, rv_rate_step, &r, 0);
	return r.passed;
}

static __always_inline int rv_put(struct rv_scratch *s, __u32 which, const void *from, __u32 len, bool user)
{
	__u32 at;
	char *to;
	long err;

	if (which >= RV_TEXTS)
		return 0;
	at = s->data;
	if (len > RV_PATH_MAX)
		len = RV_PATH_MAX;
	/* The verifier loses what it knew of them when they are spilled. */
	barrier_var(at);
	barrier_var(len);
	if (at > RV_EVENT_DATA - RV_PATH_MAX || len > RV_PATH_MAX || len == 0)
		return 0;
	to = s->room + sizeof(struct rv_event) + at;
	err = user ? bpf_probe_read_user(to, len, from) : bpf_probe_read_kernel(to, len, from);
	if (err)
		return 0;
	to[rv_bounded(len - 1, RV_PATH_MAX - 1)] = 0;
	s->event.text[which] = len;
	s->data = at + len;
	return 0;
}

int rv_put_walk(struct rv_scratch *s, __u32 which, struct rv_walk *w)
{
	if (!s || !w)
		return 0;
	return rv_put(s, which, w->text + (w->at & (RV_PATH_MAX - 1)), w->len, false);
}

int rv_put_user(struct rv_scratch *s, __u32 which, __u64 from, __u32 len)
{
	return s ? rv_put(s, which, (void *)from, len, true) : 0;
}

/* To wake the reader costs ten times as much as the record, and it looks by itself every second. */
#define RV_WAKE_BYTES (1 << 20)

static __always_inline long rv_send_telemetry(struct rv_event *e, __u32 len)
{
	bool wake = bpf_ringbuf_query(&telemetry, BPF_RB_AVAIL_DATA) >= RV_WAKE_BYTES;

	return bpf_ringbuf_output(&telemetry, e, len, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

int rv_send(struct rv_scratch *s, struct rv_container *c, __u32 kind, __u32 alert)
{
	struct rv_status *st = rv_status();
	struct rv_event *e;
	__u32 len;
	long err;

	if (!s || !c)
		return 0;
	e = &s->event;
	len = sizeof(*e) + s->data;
	if (len > sizeof(s->room) || kind >= RV_EVENT_KINDS)
		return 0;
	e->len = len;
	e->kind = kind;
	e->time = bpf_ktime_get_boot_ns();
	e->seq = __sync_fetch_and_add(&c->seq, 1) + 1;
	e->flags = s->facts.word[RV_W_FLAGS];
	e->caps = s->facts.word[RV_W_CAPS];
	__builtin_memcpy(e->id, c->id, sizeof(e->id));
	err = alert ? bpf_ringbuf_output(&alerts, e, len, 0) : rv_send_telemetry(e, len);
	barrier_var(kind);
	kind &= 15;	/* both have 16 */
	__sync_fetch_and_add(err ? &c->dropped[kind] : &c->sent[kind], 1);
	if (err && st)
		__sync_fetch_and_add(&st->dropped, 1);
	return 0;
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
		word = ((const __u64 *)used->text)[i];
		if (!word)
			break;
		hash = rv_mix(hash, word);
	}
	return hash ? hash : 1;
}

/* New things go to the list's head; what is met meanwhile only lacks its tail, and is read when all have ended. */
int rv_record(struct rv_scratch *s, struct rv_container *c)
{
	struct rv_used_key key;
	struct rv_used *found;
	__u32 kind;

	s = rv_scratch_own(s);
	if (!s || !c)
		return 0;
	key.container = s->event.container;
	key.hash = rv_used_hash(&s->used);
	kind = s->used.kind & 7;
	found = bpf_map_lookup_elem(&used, &key);
	if (found) {
		__sync_fetch_and_add(&found->count, 1);
		__sync_fetch_and_or(&found->flags, s->facts.word[RV_W_FLAGS]);
		return 0;
	}
	if (c->used_count[kind] >= RV_USED_EACH) {
		__sync_fetch_and_add(&c->used_lost[kind], 1);
		return 0;
	}
	s->used.time = bpf_ktime_get_boot_ns();
	s->used.flags = s->facts.word[RV_W_FLAGS];
	s->used.count = 1;
	if (bpf_map_update_elem(&used, &key, &s->used, BPF_NOEXIST)) {
		__sync_fetch_and_add(&c->used_lost[kind], 1);
		return 0;
	}
	__sync_fetch_and_add(&c->used_count[kind], 1);
	found = bpf_map_lookup_elem(&used, &key);
	if (found)
		found->next = __sync_lock_test_and_set(&c->head, key.hash);
	return 1;
}

static __always_inline bool rv_below_container(const struct cred *cred, struct rv_container *c)
{
	struct user_namespace *ns = BPF_CORE_READ(cred, user_ns), *own = (void *)c->userns;

	return ns != own && BPF_CORE_READ(ns, level) > BPF_CORE_READ(own, level);
}

static __always_inline bool rv_has_root(const struct cred *cred, struct rv_container *c)
{
	struct user_namespace *ns = (void *)c->userns;
	__u32 uid = BPF_CORE_READ(cred, uid.val), euid = BPF_CORE_READ(cred, euid.val), suid = BPF_CORE_READ(cred, suid.val);

	return !uid || !euid || !suid || !rv_uid_in(ns, uid) || !rv_uid_in(ns, euid) || !rv_uid_in(ns, suid);
}

int rv_excess(struct rv_container *c)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct cred *cred = task->cred;
	__u32 bits = 0;
	bool below;

	if (!c)
		return 0;
	below = rv_below_container(cred, c);
	if ((c->flags & RV_C_CAPS) && !below && (rv_caps_any(cred) & ~c->ceiling))
		bits |= RV_BIT(RV_EXCESS_CAPABILITIES);
	if ((c->flags & RV_C_NO_ROOT) && !below && rv_has_root(cred, c))
		bits |= RV_BIT(RV_EXCESS_ROOT);
	if ((c->flags & RV_C_NO_NEW_PRIVS) && !(task->atomic_flags & 1))
		bits |= RV_BIT(RV_EXCESS_NO_NEW_PRIVS);
	if ((c->flags & RV_C_SECCOMP) && !BPF_CORE_READ(task, seccomp.mode))
		bits |= RV_BIT(RV_EXCESS_SECCOMP);
	return bits;
}

__u64 rv_net_kind(__u32 family, __u32 type, __u32 protocol)
{
	type &= RV_SOCK_TYPES;
	if (family == RV_AF_PACKET)
		return RV_BIT(RV_NET_PACKET);
	if (family == RV_AF_UNIX)
		return RV_BIT(RV_NET_UNIX);
	if (family == RV_AF_NETLINK)
		return RV_BIT(RV_NET_NETLINK);
	if (family != RV_AF_INET && family != RV_AF_INET6)
		return RV_BIT(RV_NET_OTHER);
	if (type == RV_SOCK_RAW)
		return RV_BIT(RV_NET_RAW);
	if (protocol == RV_IPPROTO_ICMP || protocol == RV_IPPROTO_ICMPV6)
		return RV_BIT(RV_NET_ICMP);
	if (type == RV_SOCK_STREAM && (!protocol || protocol == RV_IPPROTO_TCP))
		return RV_BIT(RV_NET_TCP);
	return type == RV_SOCK_DGRAM ? RV_BIT(RV_NET_UDP) : RV_BIT(RV_NET_OTHER);
}
