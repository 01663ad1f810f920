/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "rules/seccomp-narrow.h"

struct names {
	const char **item;
	size_t count, room;
};

struct narrowing {
	struct rv_json_doc *doc;
	const struct rv_json *profile, *rules;
	const struct rv_seccomp_ceiling *ceiling;
	struct rv_arena *arena;
	struct rv_buf *out;
	bool by_default, new_default, asks;
	struct names taken, conditional, fewer, short_of;
};

static bool is_in(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->item[i], name) == 0)
			return true;
	return false;
}

static void add_name(struct narrowing *n, struct names *to, const char *name)
{
	if (is_in(to, name))
		return;
	if (to->count == to->room) {
		size_t room = to->room ? 2 * to->room : 32;
		const char **item = rv_arena_alloc(n->arena, room * sizeof(*item));

		if (!item)
			return;
		if (to->count)
			memcpy(item, to->item, to->count * sizeof(*item));
		to->item = item;
		to->room = room;
	}
	to->item[to->count++] = name;
}

static bool names_call(const struct rv_json *rule, const char *call)
{
	rv_json_each(name, rv_json_get(rule, "names"))
		if (rv_json_str(name) && strcmp(rv_json_str(name), call) == 0)
			return true;
	return false;
}

static bool is_refused(const struct narrowing *n, const char *call)
{
	rv_json_each(rule, n->rules)
		if (rv_seccomp_refuses(rule, "action") && names_call(rule, call))
			return true;
	return false;
}

static bool lies_within(const struct narrowing *n, const char *call, const struct rv_seccomp_matches *asked)
{
	struct rv_seccomp_matches allowed;

	rv_seccomp_matches_clear(&allowed);
	rv_seccomp_ceiling_matches(n->ceiling, call, &allowed);
	for (unsigned i = 0; i < asked->count; i++)
		if (!rv_seccomp_match_within(&asked->item[i], &allowed))
			return false;
	return true;
}

/* Marks what goes too far. */
static void look_at_allowing(struct narrowing *n, const struct rv_json *rule)
{
	struct rv_seccomp_matches asked;

	rv_seccomp_matches_clear(&asked);
	rv_seccomp_matches_read(&asked, rv_json_get(rule, "args"));
	rv_json_each(name, rv_json_get(rule, "names")) {
		const char *call = rv_json_str(name);
		struct rv_seccomp_entry *e = call ? rv_seccomp_ceiling_find(n->ceiling, call) : NULL;

		if (!call || (e && (e->marked || (!e->arg && !e->errnum))))
			continue;
		if (!e || e->errnum) {
			add_name(n, &n->taken, call);
		} else if (!lies_within(n, call, &asked)) {
			e->marked = true;
			add_name(n, &n->conditional, call);
		}
	}
}

/* A refusal that may end in what is the default only now: then runtimes leave the rule out. */
static bool may_vanish(const struct narrowing *n, const struct rv_json *rule)
{
	return rv_seccomp_refuses(rule, "action") && (n->new_default || rv_seccomp_asks(rule, "action"));
}

/* So what it refuses is taken out of what is allowed. */
static void look_at_refusing(struct narrowing *n, const struct rv_json *rule)
{
	rv_json_each(name, rv_json_get(rule, "names")) {
		const char *call = rv_json_str(name);
		struct rv_seccomp_entry *e = call ? rv_seccomp_ceiling_find(n->ceiling, call) : NULL;

		if (!e || e->marked)
			continue;
		e->marked = true;
		if (!e->errnum)
			add_name(n, &n->conditional, call);
	}
}

static void look(struct narrowing *n)
{
	rv_json_each(rule, n->rules) {
		n->asks |= rv_seccomp_asks(rule, "action");
		if (may_vanish(n, rule))
			look_at_refusing(n, rule);
		else if (!n->by_default && rv_seccomp_allows(rule, "action"))
			look_at_allowing(n, rule);
	}
}

/* ---- writing ---- */

static void begin_rule(struct narrowing *n)
{
	if (n->out->len > 1)
		rv_buf_addc(n->out, ',');
}

static void copy(struct narrowing *n, const struct rv_json *value)
{
	if (!value->changed) {
		rv_buf_add(n->out, value->src + value->start, value->end - value->start);
	} else {
		const char *text = rv_json_text(n->doc, value);

		rv_buf_adds(n->out, text ? text : "");
	}
}

typedef bool stays_fn(const struct narrowing *n, const char *call);

static bool stays_allowed(const struct narrowing *n, const char *call)
{
	const struct rv_seccomp_entry *e = call ? rv_seccomp_ceiling_find(n->ceiling, call) : NULL;

	return e && !e->marked && !e->errnum;
}

/* Calls that get new rules. */
static bool is_renewed(const struct narrowing *n, const char *call)
{
	const struct rv_seccomp_entry *e = call ? rv_seccomp_ceiling_find(n->ceiling, call) : NULL;

	return e && e->marked && !e->errnum;
}

static bool is_not_renewed(const struct narrowing *n, const char *call)
{
	return !is_renewed(n, call);
}

static void write_names(struct narrowing *n, const struct rv_json *names, stays_fn *stays)
{
	const char *before = "[";

	rv_json_each(name, names) {
		if (stays && !stays(n, rv_json_str(name)))
			continue;
		rv_buf_adds(n->out, before);
		copy(n, name);
		before = ",";
	}
	rv_buf_addc(n->out, ']');
}

/* With the names that stay; what asks becomes a refusal. Other members are as they were. */
static void write_changed(struct narrowing *n, const struct rv_json *rule, stays_fn *stays)
{
	bool asking = rv_seccomp_asks(rule, "action");
	const char *before = "{";

	rv_json_each(member, rule) {
		if (asking && strcmp(member->key, "errnoRet") == 0)
			continue;
		rv_buf_adds(n->out, before);
		rv_json_quote(n->out, member->key, strlen(member->key));
		rv_buf_addc(n->out, ':');
		if (asking && strcmp(member->key, "action") == 0)
			rv_buf_adds(n->out, "\"SCMP_ACT_ERRNO\"");
		else if (strcmp(member->key, "names") == 0)
			write_names(n, member, stays);
		else
			copy(n, member);
		before = ",";
	}
	rv_buf_addc(n->out, '}');
}

/* A rule of the document; stays: NULL: every name does. */
static void write_rule(struct narrowing *n, const struct rv_json *rule, stays_fn *stays)
{
	bool all = true, any = false;

	rv_json_each(name, rv_json_get(rule, "names")) {
		bool one = !stays || stays(n, rv_json_str(name));

		all &= one;
		any |= one;
		if (any && !all)
			break;
	}
	if (!any)
		return;
	begin_rule(n);
	if (all && !rv_seccomp_asks(rule, "action"))
		copy(n, rule);
	else
		write_changed(n, rule, stays);
}

/* What the document says of a call: allowed less refused. */
static const char *asked_of(const struct narrowing *n, const char *call, struct rv_seccomp_matches *asked)
{
	const char *action = "SCMP_ACT_LOG";

	if (n->by_default)
		rv_seccomp_matches_add(asked, &(const struct rv_seccomp_match){ .count = 0 });
	else
		rv_json_each(rule, n->rules)
			if (rv_seccomp_allows(rule, "action") && names_call(rule, call)) {
				rv_seccomp_matches_read(asked, rv_json_get(rule, "args"));
				if (strcmp(rv_json_str(rv_json_get(rule, "action")), action) != 0)
					action = "SCMP_ACT_ALLOW";
			}
	rv_json_each(rule, n->rules) {
		struct rv_seccomp_matches less;

		if (!rv_seccomp_refuses(rule, "action") || !names_call(rule, call))
			continue;
		rv_seccomp_matches_clear(&less);
		rv_seccomp_matches_read(&less, rv_json_get(rule, "args"));
		for (unsigned i = 0; i < less.count; i++)
			rv_seccomp_matches_minus(asked, &less.item[i]);
	}
	return n->by_default ? "SCMP_ACT_ALLOW" : action;
}

static void write_conditional(struct narrowing *n, const char *call)
{
	struct rv_seccomp_matches asked, allowed, both;
	const char *action;

	rv_seccomp_matches_clear(&asked);
	rv_seccomp_matches_clear(&allowed);
	rv_seccomp_matches_clear(&both);
	action = asked_of(n, call, &asked);
	rv_seccomp_ceiling_matches(n->ceiling, call, &allowed);
	rv_seccomp_matches_both(&both, &asked, &allowed);
	for (unsigned i = 0; i < both.count; i++) {
		begin_rule(n);
		rv_seccomp_write_rule(n->out, call, strlen(call), action, 0, &both.item[i]);
	}
	if (!n->by_default)
		add_name(n, both.count ? &n->fewer : &n->taken, call);
	if (both.short_of)
		add_name(n, &n->short_of, call);
}

static bool default_is_eperm(const struct rv_json *profile)
{
	const struct rv_json *number = rv_json_get(profile, "defaultErrnoRet");
	const char *action = rv_json_str(rv_json_get(profile, "defaultAction"));
	uint64_t value = EPERM;

	return strcmp(action, "SCMP_ACT_ERRNO") == 0 && (!number || number->type == RV_JSON_NULL || rv_json_u64(number, &value)) &&
	       value == EPERM;
}

/* The number that a call taken away ends in, when it is not the profile's own default. */
static int number_of(const struct narrowing *n, const char *call, bool eperm)
{
	const struct rv_seccomp_entry *e = rv_seccomp_ceiling_find(n->ceiling, call);

	if (is_refused(n, call))
		return 0;
	if (e)
		return e->errnum;
	return !eperm && rv_seccomp_by_capability(call) ? EPERM : 0;
}

/*
 * What is taken away ends in the profile's own default, with two exceptions: what the default refuses with a number of its own, and
 * what a capability would allow, for which the kernel's answer is EPERM (podman's default is ENOSYS).
 */
static void write_taken(struct narrowing *n)
{
	bool eperm = default_is_eperm(n->profile);
	rv_autobuf names = { 0 };

	for (size_t i = 0; i < n->taken.count; i++) {
		const char *call = n->taken.item[i];
		int errnum = number_of(n, call, eperm);

		if (errnum == EPERM) {
			rv_buf_addf(&names, "%s\"%s\"", names.len ? "," : "", call);
		} else if (errnum) {
			begin_rule(n);
			rv_seccomp_write_rule(n->out, call, strlen(call), "SCMP_ACT_ERRNO", errnum, NULL);
		}
	}
	if (!names.len)
		return;
	begin_rule(n);
	rv_buf_addf(n->out, "{\"names\":[%s],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":%d}", rv_buf_str(&names), EPERM);
	n->out->failed |= names.failed;
}

static bool has_conditions(const struct rv_json *rule)
{
	return rv_json_count(rv_json_get(rule, "args"));
}

/*
 * Of a call that gets new rules, refusals with conditions come last: after one of them libseccomp 2.5.4 loses rules that allow.
 * This way round what is allowed is whole, and what is refused is not among it.
 */
static void write_all(struct narrowing *n)
{
	rv_buf_addc(n->out, '[');
	rv_json_each(rule, n->rules) {
		if (rv_seccomp_refuses(rule, "action"))
			write_rule(n, rule, has_conditions(rule) ? is_not_renewed : NULL);
		else if (!n->by_default)
			write_rule(n, rule, stays_allowed);
	}
	if (n->by_default) {
		begin_rule(n);
		rv_seccomp_write_unmarked(n->ceiling, n->out);
	} else {
		write_taken(n);
	}
	for (size_t i = 0; i < n->conditional.count; i++)
		write_conditional(n, n->conditional.item[i]);
	rv_json_each(rule, n->rules)
		if (rv_seccomp_refuses(rule, "action") && has_conditions(rule))
			write_rule(n, rule, is_renewed);
	rv_buf_addc(n->out, ']');
}

static bool allows_socketcall(const struct narrowing *n)
{
	rv_json_each(rule, n->rules)
		if (rv_seccomp_allows(rule, "action") && !has_conditions(rule) && names_call(rule, "socketcall"))
			return stays_allowed(n, "socketcall");
	return false;
}

/* Made by 32-bit programs through socketcall(2) or ipc(2). */
static bool is_multiplexed(const char *call)
{
	static const char *const calls[] = {
		"socketcall", "socket",	     "bind",	   "connect",	 "listen",  "accept",  "accept4",  "getsockname", "getpeername",
		"socketpair", "send",	     "sendto",	   "sendmsg",	 "sendmmsg", "recv",   "recvfrom", "recvmsg",	  "recvmmsg",
		"shutdown",   "setsockopt", "getsockopt", "ipc",	 "semop",   "semget",  "semctl",   "semtimedop",  "msgsnd",
		"msgrcv",     "msgget",	     "msgctl",	   "shmat",	 "shmdt",   "shmget",  "shmctl"
	};

	for (size_t i = 0; call && i < RV_COUNT(calls); i++)
		if (strcmp(calls[i], call) == 0)
			return true;
	return false;
}

/*
 * 32-bit programs make sockets by socketcall(2), System V IPC by ipc(2), and no filter sees what they ask there. libseccomp allows
 * or refuses of these two what is allowed or refused by name, and leaves conditions out. So no filter for such programs can say
 * - that one of these calls is refused, where that is the default;
 * - that socket is refused under some conditions and allowed under others, unless socketcall is allowed anyway.
 */
static bool is_native_only(const struct narrowing *n)
{
	if (!n->by_default && is_in(&n->conditional, "socket") && is_refused(n, "socket") && !allows_socketcall(n))
		return true;
	rv_json_each(rule, n->rules)
		if (may_vanish(n, rule))
			rv_json_each(name, rv_json_get(rule, "names"))
				if (is_multiplexed(rv_json_str(name)))
					return true;
	return false;
}

/* The first of them, as many as a line takes. */
static const char *in_words(struct narrowing *n, const struct names *names)
{
	rv_autobuf text = { 0 };
	size_t said = 0;

	for (; said < names->count && text.len < 300; said++)
		rv_buf_addf(&text, "%s%s", said == 0 ? "" : said + 1 == names->count ? " and " : ", ", names->item[said]);
	if (said < names->count)
		rv_buf_addf(&text, " and %zu more", names->count - said);
	n->out->failed |= text.failed;
	return said ? rv_arena_strdup(n->arena, rv_buf_str(&text)) : NULL;
}

bool rv_seccomp_narrow(struct rv_json_doc *doc, const struct rv_json *profile, const struct rv_seccomp_ceiling *c,
		       struct rv_arena *arena, struct rv_seccomp_narrowed *out)
{
	rv_autobuf text = { 0 };
	struct narrowing n = {
		.doc = doc, .profile = profile, .rules = rv_json_get(profile, "syscalls"), .ceiling = c, .arena = arena, .out = &text,
		.by_default = rv_seccomp_allows_by_default(profile),
		.new_default = rv_seccomp_allows_by_default(profile) || rv_seccomp_asks_by_default(profile),
	};

	*out = (struct rv_seccomp_narrowed){ 0 };
	look(&n);
	if (!n.by_default && !n.asks && !n.taken.count && !n.conditional.count)
		return !arena->failed;
	write_all(&n);
	*out = (struct rv_seccomp_narrowed){
		.syscalls = rv_arena_strdup(arena, rv_buf_str(&text)),
		.taken = in_words(&n, &n.taken),
		.fewer = in_words(&n, &n.fewer),
		.short_of = in_words(&n, &n.short_of),
		.native_only = is_native_only(&n),
	};
	return !arena->failed && !text.failed;
}
