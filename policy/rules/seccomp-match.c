/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rules/seccomp-match.h"

const char *const rv_seccomp_ops[RV_OP_COUNT] = {
	[RV_OP_NE] = "SCMP_CMP_NE", [RV_OP_LT] = "SCMP_CMP_LT", [RV_OP_LE] = "SCMP_CMP_LE", [RV_OP_EQ] = "SCMP_CMP_EQ",
	[RV_OP_GE] = "SCMP_CMP_GE", [RV_OP_GT] = "SCMP_CMP_GT", [RV_OP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

#define LOW UINT64_C(0xffffffff)

/* ---- one condition, in one of the two readings: all is the largest number there ---- */

static struct rv_seccomp_arg cut(const struct rv_seccomp_arg *c, uint64_t all)
{
	return (struct rv_seccomp_arg){ c->index, c->op, c->value & all, c->two & all };
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

/* No number at all. */
static bool is_empty(const struct rv_seccomp_arg *c, uint64_t all)
{
	return (c->op == RV_OP_LT && c->value == 0) || (c->op == RV_OP_GT && c->value == all);
}

/* libseccomp lets nothing pass when a number outside the mask is asked for; whoever wrote that meant it otherwise. */
static bool is_odd(const struct rv_seccomp_arg *c)
{
	return c->op == RV_OP_MASKED_EQ && c->two & ~c->value;
}

/* The least and the greatest number; what is not empty only. */
static void ends(const struct rv_seccomp_arg *c, uint64_t all, uint64_t *from, uint64_t *to)
{
	*from = 0;
	*to = all;
	if (c->op == RV_OP_EQ || c->op == RV_OP_GE)
		*from = c->value;
	if (c->op == RV_OP_EQ || c->op == RV_OP_LE)
		*to = c->value;
	if (c->op == RV_OP_GT)
		*from = c->value + 1;
	if (c->op == RV_OP_LT)
		*to = c->value - 1;
	if (c->op == RV_OP_MASKED_EQ) {
		*from = c->two & c->value;
		*to = *from | (all & ~c->value);
	}
}

static bool within_at(const struct rv_seccomp_arg *x, const struct rv_seccomp_arg *y, uint64_t all)
{
	const struct rv_seccomp_arg a = cut(x, all), b = cut(y, all);
	uint64_t from, to, b_from, b_to;

	if (is_empty(&a, all))
		return true;
	if (is_odd(&b) || is_empty(&b, all))
		return false;
	if (a.op == RV_OP_NE)
		return b.op == RV_OP_NE && a.value == b.value;
	ends(&a, all, &from, &to);
	if (from == to)
		return holds(&b, from);
	switch (b.op) {
	case RV_OP_NE:
		return a.op == RV_OP_MASKED_EQ ? !holds(&a, b.value) : b.value < from || b.value > to;
	case RV_OP_MASKED_EQ:
		return a.op == RV_OP_MASKED_EQ ? (a.value & b.value) == b.value && holds(&b, a.two) : b.value == 0;
	default:
		ends(&b, all, &b_from, &b_to);
		return b_from <= from && to <= b_to;
	}
}

static bool within(const struct rv_seccomp_arg *a, const struct rv_seccomp_arg *b)
{
	return within_at(a, b, UINT64_MAX) && within_at(a, b, LOW);
}

static bool apart_at(const struct rv_seccomp_arg *x, const struct rv_seccomp_arg *y, uint64_t all)
{
	const struct rv_seccomp_arg a = cut(x, all), b = cut(y, all);
	uint64_t a_from, a_to, b_from, b_to;

	if (is_empty(&a, all) || is_empty(&b, all))
		return true;
	ends(&a, all, &a_from, &a_to);
	ends(&b, all, &b_from, &b_to);
	if (a_from == a_to && a.op != RV_OP_NE)
		return !holds(&b, a_from);
	if (b_from == b_to && b.op != RV_OP_NE)
		return !holds(&a, b_from);
	if (a.op == RV_OP_NE || b.op == RV_OP_NE)
		return false;
	if (a.op == RV_OP_MASKED_EQ && b.op == RV_OP_MASKED_EQ)
		return (a.two ^ b.two) & a.value & b.value;
	return a_to < b_from || b_to < a_from;
}

static bool apart(const struct rv_seccomp_arg *a, const struct rv_seccomp_arg *b)
{
	return apart_at(a, b, UINT64_MAX) && apart_at(a, b, LOW);
}

/* ---- one condition as several of masks ---- */

#define PIECES 64
struct pieces {
	struct rv_seccomp_arg item[PIECES];
	unsigned count;
};

/* The numbers from..to, in blocks of powers of two, with nothing or anything in the upper half. */
static void add_blocks(struct pieces *p, unsigned index, uint64_t from, uint64_t to, bool anything_above)
{
	while (from <= to && p->count < PIECES) {
		uint64_t size = from ? from & -from : LOW + 1;

		while (from + size - 1 > to)
			size >>= 1;
		p->item[p->count++] = (struct rv_seccomp_arg){
			index, RV_OP_MASKED_EQ, ~(size - 1) & (anything_above ? LOW : UINT64_MAX), from
		};
		from += size;
	}
}

/* False: cannot be written so. */
static bool split(const struct rv_seccomp_arg *c, struct pieces *p)
{
	uint64_t from, to;

	p->count = 0;
	if (c->op == RV_OP_MASKED_EQ || c->op == RV_OP_EQ) {
		p->item[p->count++] = c->op == RV_OP_MASKED_EQ ? *c : (struct rv_seccomp_arg){ c->index, RV_OP_MASKED_EQ,
											       UINT64_MAX, c->value };
		return !is_odd(c);
	}
	if (c->value > LOW)
		return false;
	if (is_empty(c, LOW))
		return true;
	if (c->op == RV_OP_NE) {
		if (c->value)
			add_blocks(p, c->index, 0, c->value - 1, true);
		add_blocks(p, c->index, c->value + 1, LOW, true);
		return true;
	}
	/* a greater lower half makes the whole greater, a smaller one alone does not make it smaller */
	ends(c, LOW, &from, &to);
	add_blocks(p, c->index, from, to, c->op == RV_OP_GE || c->op == RV_OP_GT);
	return true;
}

/* Numbers that both take; false when they cannot be written, or there is no room for them. */
static bool meet(const struct rv_seccomp_arg *a, const struct rv_seccomp_arg *b, struct pieces *out)
{
	struct pieces of_a, of_b;

	out->count = 0;
	if (within(a, b) || within(b, a)) {
		out->item[out->count++] = within(a, b) ? *a : *b;
		return true;
	}
	if (apart(a, b))
		return true;
	if (!split(a, &of_a) || !split(b, &of_b))
		return false;
	for (unsigned i = 0; i < of_a.count; i++)
		for (unsigned k = 0; k < of_b.count; k++) {
			const struct rv_seccomp_arg *x = &of_a.item[i], *y = &of_b.item[k];

			if ((x->two ^ y->two) & x->value & y->value)
				continue;
			if (out->count == PIECES)
				return false;
			out->item[out->count++] = (struct rv_seccomp_arg){ a->index, RV_OP_MASKED_EQ, x->value | y->value,
									   x->two | y->two };
		}
	return true;
}

/* The numbers that a condition does not take; false when some of them cannot be written. */
static bool negate(const struct rv_seccomp_arg *c, struct pieces *out)
{
	static const enum rv_seccomp_op opposite[RV_OP_COUNT] = {
		[RV_OP_NE] = RV_OP_EQ, [RV_OP_EQ] = RV_OP_NE, [RV_OP_LT] = RV_OP_GE,
		[RV_OP_GE] = RV_OP_LT, [RV_OP_LE] = RV_OP_GT, [RV_OP_GT] = RV_OP_LE,
	};

	out->count = 0;
	if (c->op != RV_OP_MASKED_EQ) {
		out->item[out->count++] = (struct rv_seccomp_arg){ c->index, opposite[c->op], c->value, 0 };
		return true;
	}
	/* a 32-bit program's argument has no upper half to differ in */
	for (unsigned bit = 0; bit < 32; bit++) {
		uint64_t mask = UINT64_C(1) << bit;

		if (c->value & mask)
			out->item[out->count++] = (struct rv_seccomp_arg){ c->index, RV_OP_MASKED_EQ, mask, ~c->two & mask };
	}
	return c->value <= LOW;
}

/* ---- matches ---- */

static const struct rv_seccomp_arg *on(const struct rv_seccomp_match *m, unsigned index)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->arg[i].index == index)
			return &m->arg[i];
	return NULL;
}

static void put(struct rv_seccomp_match *m, const struct rv_seccomp_arg *arg)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->arg[i].index == arg->index) {
			m->arg[i] = *arg;
			return;
		}
	m->arg[m->count++] = *arg;
}

static bool match_within_one(const struct rv_seccomp_match *a, const struct rv_seccomp_match *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct rv_seccomp_arg *arg = on(a, b->arg[i].index);

		if (!arg || !within(arg, &b->arg[i]))
			return false;
	}
	return true;
}

static bool within_any(const struct rv_seccomp_match *a, const struct rv_seccomp_matches *b)
{
	for (unsigned i = 0; i < b->count; i++)
		if (match_within_one(a, &b->item[i]))
			return true;
	return false;
}

bool rv_seccomp_match_within(const struct rv_seccomp_match *a, const struct rv_seccomp_matches *b)
{
	if (within_any(a, b))
		return true;
	/* Block by block, where blocks leave nothing out. */
	for (unsigned i = 0; i < a->count; i++) {
		struct rv_seccomp_match part = *a;
		struct pieces p;
		unsigned k = 0;

		if ((a->arg[i].op != RV_OP_LT && a->arg[i].op != RV_OP_LE) || !split(&a->arg[i], &p))
			continue;
		for (; k < p.count; k++) {
			part.arg[i] = p.item[k];
			if (!within_any(&part, b))
				break;
		}
		if (k == p.count)
			return true;
	}
	return false;
}

void rv_seccomp_matches_add(struct rv_seccomp_matches *to, const struct rv_seccomp_match *more)
{
	unsigned kept = 0;

	if (within_any(more, to))
		return;
	for (unsigned i = 0; i < to->count; i++)
		if (!match_within_one(&to->item[i], more))
			to->item[kept++] = to->item[i];
	to->count = kept;
	if (to->count == RV_SECCOMP_MATCHES)
		to->short_of = true;
	else
		to->item[to->count++] = *more;
}

static void copy(struct rv_seccomp_matches *to, const struct rv_seccomp_matches *from)
{
	to->count = from->count;
	to->short_of = from->short_of;
	memcpy(to->item, from->item, from->count * sizeof(*from->item));
}

/* m, and arg besides. */
static void add_narrower(struct rv_seccomp_matches *to, const struct rv_seccomp_match *m, const struct rv_seccomp_arg *arg)
{
	const struct rv_seccomp_arg *has = on(m, arg->index);
	struct rv_seccomp_match narrower = *m;
	struct pieces p = { .item = { *arg }, .count = 1 };

	if (has && !meet(has, arg, &p)) {
		to->short_of = true;
		return;
	}
	for (unsigned i = 0; i < p.count; i++) {
		put(&narrower, &p.item[i]);
		rv_seccomp_matches_add(to, &narrower);
	}
}

static void add_both(struct rv_seccomp_matches *to, const struct rv_seccomp_match *a, const struct rv_seccomp_match *b)
{
	struct rv_seccomp_matches now, next;

	rv_seccomp_matches_clear(&now);
	now.item[now.count++] = *a;
	for (unsigned i = 0; i < b->count; i++) {
		next.count = 0;
		next.short_of = now.short_of;
		for (unsigned k = 0; k < now.count; k++)
			add_narrower(&next, &now.item[k], &b->arg[i]);
		copy(&now, &next);
	}
	for (unsigned k = 0; k < now.count; k++)
		rv_seccomp_matches_add(to, &now.item[k]);
	to->short_of |= now.short_of;
}

void rv_seccomp_matches_both(struct rv_seccomp_matches *to, const struct rv_seccomp_matches *a, const struct rv_seccomp_matches *b)
{
	to->short_of |= a->short_of || b->short_of;
	for (unsigned i = 0; i < a->count; i++) {
		if (rv_seccomp_match_within(&a->item[i], b)) {
			rv_seccomp_matches_add(to, &a->item[i]);
			continue;
		}
		for (unsigned k = 0; k < b->count; k++)
			add_both(to, &a->item[i], &b->item[k]);
	}
}

static bool match_apart(const struct rv_seccomp_match *a, const struct rv_seccomp_match *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct rv_seccomp_arg *arg = on(a, b->arg[i].index);

		if (arg && apart(arg, &b->arg[i]))
			return true;
	}
	return false;
}

void rv_seccomp_matches_minus(struct rv_seccomp_matches *from, const struct rv_seccomp_match *less)
{
	struct rv_seccomp_matches left;

	left.count = 0;
	left.short_of = from->short_of;
	for (unsigned i = 0; i < from->count; i++) {
		if (match_apart(&from->item[i], less)) {
			rv_seccomp_matches_add(&left, &from->item[i]);
			continue;
		}
		for (unsigned k = 0; k < less->count; k++) {
			struct pieces other;

			left.short_of |= !negate(&less->arg[k], &other);
			for (unsigned n = 0; n < other.count; n++)
				add_narrower(&left, &from->item[i], &other.item[n]);
		}
	}
	copy(from, &left);
}

/* ---- reading ---- */

/* Absent is 0, as both runtimes read it. */
static bool read_number(const struct rv_json *arg, const char *name, uint64_t *out)
{
	const struct rv_json *value = rv_json_get(arg, name);

	*out = 0;
	return !value || value->type == RV_JSON_NULL || rv_json_u64(value, out);
}

static bool read_arg(const struct rv_json *value, struct rv_seccomp_arg *out)
{
	const char *op = rv_json_str(rv_json_get(value, "op"));
	uint64_t index;

	*out = (struct rv_seccomp_arg){ 0 };
	if (!op || !read_number(value, "index", &index) || index >= RV_SECCOMP_ARGS || !read_number(value, "value", &out->value) ||
	    !read_number(value, "valueTwo", &out->two))
		return false;
	out->index = (unsigned)index;
	while (out->op < RV_OP_COUNT && strcmp(rv_seccomp_ops[out->op], op) != 0)
		out->op++;
	return out->op < RV_OP_COUNT;
}

bool rv_seccomp_matches_read(struct rv_seccomp_matches *to, const struct rv_json *args)
{
	struct rv_seccomp_match all;
	struct rv_seccomp_arg arg;
	bool repeated = false;

	all.count = 0;
	rv_json_each(value, args) {
		if (!read_arg(value, &arg) || all.count == RV_SECCOMP_ARGS)
			return false;
		repeated |= on(&all, arg.index) != NULL;
		all.arg[all.count++] = arg;
	}
	if (!repeated) {
		rv_seccomp_matches_add(to, &all);
		return true;
	}
	for (unsigned i = 0; i < all.count; i++)
		rv_seccomp_matches_add(to, &(const struct rv_seccomp_match){ .arg = { all.arg[i] }, .count = 1 });
	return true;
}
