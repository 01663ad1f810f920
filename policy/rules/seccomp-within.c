/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rules/seccomp-default.h"

/* Which groups of the default name a system call: a small hash table with chains, made once a decision. */
struct entry {
	const char *name;
	size_t len;
	const struct rv_seccomp_group *group;
	struct entry *next;
};
#define BUCKETS 512
struct ceiling {
	const struct rv_seccomp_for *to;
	struct entry *bucket[BUCKETS];
	const struct entry *found;	/* while walking */
};

static unsigned bucket_of(const char *name, size_t len)
{
	unsigned h = 5381;

	for (size_t i = 0; i < len; i++)
		h = h * 33 + (unsigned char)name[i];
	return h % BUCKETS;
}

static struct ceiling *ceiling_make(const struct rv_seccomp_for *to, struct rv_arena *arena)
{
	struct ceiling *c = rv_arena_alloc(arena, sizeof(*c));

	if (!c)
		return NULL;
	c->to = to;
	for (size_t i = 0; i < rv_seccomp_group_count; i++) {
		const struct rv_seccomp_group *g = &rv_seccomp_groups[i];

		if (g->errnum || !rv_seccomp_applies(g, to))
			continue;
		for (const char *name = g->names; *name;) {
			struct entry *e = rv_arena_alloc(arena, sizeof(*e));
			size_t len = strcspn(name, " ");
			unsigned b = bucket_of(name, len);

			if (!e)
				return NULL;
			*e = (struct entry){ .name = name, .len = len, .group = g, .next = c->bucket[b] };
			c->bucket[b] = e;
			name += len + (name[len] == ' ');
		}
	}
	return c;
}

/* First and further groups that allow name; NULL at the end. */
static const struct rv_seccomp_group *ceiling_next(struct ceiling *c, const char *name, bool first)
{
	size_t len = strlen(name);
	const struct entry *e = first ? c->bucket[bucket_of(name, len)] : c->found->next;

	for (; e; e = e->next) {
		if (e->len != len || memcmp(e->name, name, len) != 0)
			continue;
		c->found = e;
		return e->group;
	}
	return NULL;
}

static bool holds(const struct rv_seccomp_arg *c, uint64_t a)
{
	switch (c->op) {
	case RV_OP_NE:
		return a != c->value;
	case RV_OP_LT:
		return a < c->value;
	case RV_OP_LE:
		return a <= c->value;
	case RV_OP_EQ:
		return a == c->value;
	case RV_OP_GE:
		return a >= c->value;
	case RV_OP_GT:
		return a > c->value;
	case RV_OP_MASKED_EQ:
		return (a & c->value) == (c->two & c->value);
	case RV_OP_COUNT:
		break;
	}
	return false;
}

/* The values that a comparison takes, when they are one run of numbers. */
static bool range_of(const struct rv_seccomp_arg *c, uint64_t *from, uint64_t *to)
{
	*from = 0;
	*to = UINT64_MAX;
	if ((c->op == RV_OP_LT && c->value == 0) || (c->op == RV_OP_GT && c->value == UINT64_MAX))
		return false;
	if (c->op == RV_OP_EQ || c->op == RV_OP_GE)
		*from = c->value;
	if (c->op == RV_OP_EQ || c->op == RV_OP_LE)
		*to = c->value;
	if (c->op == RV_OP_GT)
		*from = c->value + 1;
	if (c->op == RV_OP_LT)
		*to = c->value - 1;
	return c->op != RV_OP_NE && c->op != RV_OP_MASKED_EQ;
}

/* Every value that `a` takes is taken by `b` too; false when that is not plain to see. */
static bool implies(const struct rv_seccomp_arg *a, const struct rv_seccomp_arg *b)
{
	uint64_t a_from, a_to, b_from, b_to;

	if (a->index != b->index)
		return false;
	if (a->op == RV_OP_EQ)
		return holds(b, a->value);
	if (a->op == RV_OP_NE)
		return b->op == RV_OP_NE && a->value == b->value;
	if (a->op == RV_OP_MASKED_EQ)
		return b->op == RV_OP_MASKED_EQ && (a->value & b->value) == b->value &&
		       (a->two & b->value) == (b->two & b->value);
	if (!range_of(a, &a_from, &a_to))
		return false;
	if (b->op == RV_OP_NE)
		return b->value < a_from || b->value > a_to;
	return range_of(b, &b_from, &b_to) && b_from <= a_from && a_to <= b_to;
}

struct args {
	struct rv_seccomp_arg item[6];
	size_t count;
	bool repeated;	/* two conditions on one argument: both runtimes make a rule of each */
};

/* Absent is 0, as both runtimes read it. */
static bool read_number(const struct rv_json *arg, const char *name, uint64_t *out)
{
	const struct rv_json *value = rv_json_get(arg, name);

	*out = 0;
	return !value || value->type == RV_JSON_NULL || rv_json_u64(value, out);
}

/* False: a condition that is not understood, or more of them than a call has arguments. */
static bool read_args(const struct rv_json *rule, struct args *out)
{
	*out = (struct args){ 0 };
	rv_json_each(value, rv_json_get(rule, "args")) {
		const char *op = rv_json_str(rv_json_get(value, "op"));
		struct rv_seccomp_arg *arg = &out->item[out->count];
		uint64_t index;

		if (out->count == RV_COUNT(out->item) || !op || !read_number(value, "index", &index) ||
		    !read_number(value, "value", &arg->value) || !read_number(value, "valueTwo", &arg->two))
			return false;
		for (arg->op = 0; arg->op < RV_OP_COUNT && strcmp(rv_seccomp_ops[arg->op], op) != 0; arg->op++)
			;
		if (arg->op == RV_OP_COUNT || index > 5)
			return false;
		arg->index = (unsigned)index;
		for (size_t i = 0; i < out->count; i++)
			out->repeated |= out->item[i].index == arg->index;
		out->count++;
	}
	return true;
}

static bool arg_within(struct ceiling *c, const char *name, const struct rv_seccomp_arg *args, size_t count)
{
	for (const struct rv_seccomp_group *g = ceiling_next(c, name, true); g; g = ceiling_next(c, name, false)) {
		if (!g->arg)
			return true;
		for (size_t i = 0; i < count; i++)
			if (implies(&args[i], g->arg))
				return true;
	}
	return c->to->extra && rv_list_has(c->to->extra, name);
}

static bool call_within(struct ceiling *c, const char *name, const struct args *args)
{
	if (!args->repeated)
		return arg_within(c, name, args->item, args->count);
	for (size_t i = 0; i < args->count; i++)
		if (!arg_within(c, name, &args->item[i], 1))
			return false;
	return true;
}

static bool one_of(const char *word, const char *const *words)
{
	while (word && *words && strcmp(*words, word) != 0)
		words++;
	return word && *words;
}

static const char *const refusing[] = {
	"SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", NULL
};

static const char *rule_beyond(const struct rv_json *rule, struct ceiling *c, struct rv_arena *arena)
{
	static const char *const allowing[] = { "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", NULL };
	const char *action = rv_json_str(rv_json_get(rule, "action"));
	struct args args;

	if (one_of(action, refusing))
		return NULL;
	if (!one_of(action, allowing))
		return rv_arena_printf(arena, "the action %s", action ? action : "of a rule is missing");
	if (!read_args(rule, &args))
		return "a condition that is not understood";
	rv_json_each(name, rv_json_get(rule, "names")) {
		const char *call = rv_json_str(name);

		if (call && !call_within(c, call, &args))
			return rv_arena_printf(arena, "%s%s", call, !ceiling_next(c, call, true) ? "" :
					       args.count ? " under a wider condition" : " whatever its arguments");
	}
	return NULL;
}

static const char *frame_beyond(const struct rv_json *profile, const struct rv_seccomp_for *to, struct rv_arena *arena)
{
	static const char *const flags[] = {
		"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL
	};
	const char *action = rv_json_str(rv_json_get(profile, "defaultAction"));

	if (!one_of(action, refusing))
		return rv_arena_printf(arena, "%s by default", action ? action : "everything");
	if (rv_json_get(profile, "listenerPath") && rv_json_get(profile, "listenerPath")->type != RV_JSON_NULL)
		return "a listener that answers in the kernel's place";
	rv_json_each(flag, rv_json_get(profile, "flags"))
		if (!one_of(rv_json_str(flag), flags))
			return rv_arena_printf(arena, "the flag %s", rv_json_str(flag));
	rv_json_each(arch, rv_json_get(profile, "architectures"))
		if (!one_of(rv_json_str(arch), rv_seccomp_arches(to->arch)))
			return rv_arena_printf(arena, "the architecture %s", rv_json_str(arch));
	return NULL;
}

const char *rv_seccomp_beyond(const struct rv_json *profile, const struct rv_seccomp_for *to, struct rv_arena *arena)
{
	const char *what = frame_beyond(profile, to, arena);
	struct ceiling *c;

	if (what)
		return what;
	c = ceiling_make(to, arena);
	if (!c)
		return "more than memory holds";
	rv_json_each(rule, rv_json_get(profile, "syscalls")) {
		what = rule_beyond(rule, c, arena);
		if (what)
			return what;
	}
	return NULL;
}

bool rv_seccomp_enforces(const struct rv_json *profile)
{
	if (one_of(rv_json_str(rv_json_get(profile, "defaultAction")), refusing))
		return true;
	rv_json_each(rule, rv_json_get(profile, "syscalls"))
		if (one_of(rv_json_str(rv_json_get(rule, "action")), refusing) && rv_json_count(rv_json_get(rule, "names")))
			return true;
	return false;
}
