/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates: detections with conditions that only the monitor can decide. The kernel has decided the others, but where there are
 * several objects of conditions it does not say which one held, and of an exception that needs the monitor it has looked at nothing.
 * So all is looked at again in the record. It names a process's parents by their command names only: in a detection such
 * conditions hold, as the kernel has seen to them; in an exception the command name must match.
 */
#include <fnmatch.h>

#include "detect/detect.h"

#define COMM_MAX 15	/* characters that the kernel keeps of a command's name */

struct looking {
	const struct rv_event_view *view;
	const struct rv_json *identity;
	bool exception;
};

static bool same_comm(const char *pattern, const char *comm)
{
	return strlen(comm) == COMM_MAX ? !strncmp(pattern, comm, COMM_MAX) || !fnmatch(pattern, comm, 0) : !fnmatch(pattern, comm, 0);
}

static bool in_range(const char *range, uint64_t number)
{
	const char *dash = strchr(range, '-');
	uint64_t from = 0, to;

	rv_str_u64(range, dash ? (size_t)(dash - range) : strlen(range), UINT32_MAX, &from);
	to = from;
	if (dash)
		rv_str_u64(dash + 1, strlen(dash + 1), UINT32_MAX, &to);
	return number >= from && number <= to;
}

static bool in_network(const char *cidr, const __u8 addr[16])
{
	struct rv_addr_key one = { .prefixlen = 128 }, key;

	memcpy(one.addr, addr, sizeof(one.addr));
	return !rv_cidr_parse(cidr, strlen(cidr), &key) && rv_cidr_covers(&key, &one);
}

static bool any_ancestor(const struct rv_event *e, const char *item)
{
	for (size_t i = 0; i < e->ancestors; i++)
		if (same_comm(item, e->ancestor[i].comm))
			return true;
	return false;
}

static bool item_holds(const struct looking *l, const struct rv_cond *cond, const char *item, const char *value)
{
	const struct rv_field_how *how = &rv_field_hows[cond->field];
	const struct rv_event *e = l->view->event;
	uint64_t number;

	switch (how->type) {
	case RV_COND_PROC:
		if (how->arg == RV_W_PARENT)
			return same_comm(item, e->pcomm);
		return how->arg == RV_W_ANCESTOR ? any_ancestor(e, item) : !fnmatch(item, value, 0);
	case RV_COND_PATH:
		return rv_pattern_match(item, value);
	case RV_COND_ADDR:
		return in_network(item, e->net.addr);
	case RV_COND_PORT:
	case RV_COND_NUMBER:
		return rv_field_number(l->view, cond->field, &number) && in_range(item, number);
	case RV_COND_DIR:
		return !strcmp(item, value);
	default:
		return !fnmatch(item, value, 0);
	}
}

static bool any_holds(const struct looking *l, const struct rv_cond *cond, const struct rv_strings *items)
{
	rv_autobuf room = { 0 };
	const char *value;

	for (size_t k = 0; (value = rv_field_value(l->view, l->identity, cond->field, k, &room)) || k == 0; k++)
		for (size_t i = 0; i < items->count; i++)
			if (item_holds(l, cond, items->item[i], value ? value : ""))
				return true;
	return false;
}

static bool bits_hold(const struct looking *l, const struct rv_cond *cond)
{
	const struct rv_event *e = l->view->event;
	enum rv_cond_type type = rv_field_hows[cond->field].type;
	uint64_t bits = type == RV_COND_CAPS ? e->caps : e->flags;
	bool operation = !strcmp(rv_event_fields[cond->field].name, "fd.op");

	if (operation && e->flags & RV_BIT(RV_OP_UNKNOWN))
		return !l->exception;
	return (!cond->bits || (bits & cond->bits)) && !(bits & cond->barred_bits);
}

static bool is_path(enum rv_cond_type type)
{
	return type == RV_COND_PATH || type == RV_COND_DIR;
}

static bool cond_holds(const struct looking *l, const struct rv_cond *cond)
{
	const struct rv_field_how *how = &rv_field_hows[cond->field];

	if (how->type == RV_COND_FLAG || how->type == RV_COND_UPPER || how->type == RV_COND_BITS || how->type == RV_COND_CAPS)
		return bits_hold(l, cond);
	if (is_path(how->type) && l->view->event->flags & RV_BIT(RV_F_TRUNCATED))
		return !l->exception;
	if (how->type == RV_COND_PROC && how->arg != RV_W_PROC && cond->kernel && !l->exception)
		return true;
	return (!cond->plain.count || any_holds(l, cond, &cond->plain)) && !any_holds(l, cond, &cond->barred);
}

/* Which sockets it is for. */
static bool kind_holds(const struct looking *l, const struct rv_when *when)
{
	const struct rv_event *e = l->view->event;
	int wanted = e->kind == RV_EVENT_NET ? rv_when_unix(when, l->exception) : 0;

	return !wanted || (wanted > 0) == !!(e->flags & RV_BIT(RV_NET_UNIX));
}

static bool holds(struct looking *l, const struct rv_whens *whens, bool exception)
{
	l->exception = exception;
	for (size_t w = 0; w < whens->count; w++) {
		const struct rv_when *when = &whens->item[w];
		size_t i = 0;

		if (!kind_holds(l, when))
			continue;
		while (i < when->count && cond_holds(l, &when->cond[i]))
			i++;
		if (i == when->count)
			return true;
	}
	return false;
}

static bool fires(const struct rv_detect_conditions *cond, struct looking *l)
{
	if (!holds(l, &cond->when, false))
		return false;
	for (size_t i = 0; i < cond->exception_count; i++)
		if (!cond->exception[i].when.kernel && holds(l, &cond->exception[i].when, true))
			return false;
	return true;
}

void rv_detections_judge(const struct rv_detections *d, const struct rv_event_view *view, const struct rv_json *identity,
			 __u64 out[RV_RULES / 64])
{
	struct looking l = { .view = view, .identity = identity };

	memset(out, 0, RV_RULES / 64 * sizeof(*out));
	for (size_t rule = 0; rule < d->count; rule++) {
		__u64 bit = RV_BIT(rule % 64);

		if (view->event->rules[rule / 64] & bit && (d->item[rule].kernel || fires(&d->conditions[rule], &l)))
			out[rule / 64] |= bit;
	}
}
