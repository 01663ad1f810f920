/* SPDX-License-Identifier: Apache-2.0 */
#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allowed.h"
#include "pins.h"
#include "set.h"

#define USED_MAX (RV_USED_KINDS * RV_USED_EACH + 64)

static bool fired(const struct rv_container *c, unsigned rule)
{
	return c->fired[rule / 64] & RV_BIT(rule % 64);
}

/* ---- reading ---- */

static int read_used(struct rv_usage *u, struct rv_arena *arena, struct rv_err *err)
{
	struct rv_used_key key = { .container = u->id, .hash = u->container.head };
	rv_autofd map = -1;
	int rc = rv_set_map(u->set, "used", &map, err);

	u->used = rv_arena_alloc(arena, USED_MAX * sizeof(*u->used));
	if (!u->used)
		return rv_err_nomem(err);
	while (rc == 0 && key.hash && u->used_count < USED_MAX) {
		struct rv_used *one = rv_arena_alloc(arena, sizeof(*one));

		if (!one)
			return rv_err_nomem(err);
		if (rv_map_look(map, &key, one) < 0)
			break;
		u->used[u->used_count++] = one;
		key.hash = one->next;
	}
	return rc;
}

static void read_rates(struct rv_usage *u)
{
	rv_autofd map = -1;

	if (rv_set_map(u->set, "rates", &map, NULL) < 0)
		return;
	for (unsigned rule = 0; rule < RV_RULES; rule++) {
		const struct rv_rate_key key = { .container = u->id, .rule = rule };

		if (fired(&u->container, rule))
			(void)rv_map_look(map, &key, &u->rate[rule]);
	}
}

static int read_container(struct rv_usage *u, struct rv_err *err)
{
	rv_autofd containers = -1, status = -1;
	const __u64 id = u->id;
	const __u32 first = 0;
	int rc = rv_set_map(u->set, "containers", &containers, err), failed;

	if (rc < 0)
		return rc;
	failed = rv_map_look(containers, &id, &u->container);
	if (failed)
		return rv_err_errno(err, -failed, "cannot read what the kernel has of container %ju", (uintmax_t)u->id);
	u->container.id[RV_ID_MAX - 1] = '\0';
	u->container.entry[sizeof(u->container.entry) - 1] = '\0';
	rc = rv_set_map(u->set, "status", &status, err);
	return rc == 0 && rv_map_look(status, &first, &u->status) < 0 ? rv_err(err, RV_ESYSTEM, "the set's state cannot be read") : rc;
}

int rv_usage_read(struct rv_usage *out, const char *set, uint64_t id, struct rv_arena *arena, struct rv_err *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->set = set;
	out->id = id;
	rc = read_container(out, err);
	if (rc == 0)
		rc = read_used(out, arena, err);
	if (rc == 0)
		read_rates(out);
	return rc;
}

/* ---- removing ---- */

static void drop_used(const char *set, uint64_t id, uint64_t head)
{
	struct rv_used_key key = { .container = id, .hash = head };
	rv_autofd map = -1;
	struct rv_used one;

	if (rv_set_map(set, "used", &map, NULL) < 0)
		return;
	for (size_t i = 0; key.hash && i < USED_MAX && rv_map_look(map, &key, &one) == 0; i++) {
		(void)rv_map_drop(map, &key);
		key.hash = one.next;
	}
}

static void drop_rates(const char *set, uint64_t id, const struct rv_container *c)
{
	rv_autofd map = -1;

	if (rv_set_map(set, "rates", &map, NULL) < 0)
		return;
	for (unsigned rule = 0; rule < RV_RULES; rule++) {
		const struct rv_rate_key key = { .container = id, .rule = rule };

		if (fired(c, rule))
			(void)rv_map_drop(map, &key);
	}
}

/* The container's own entry goes last: gc goes by it. */
bool rv_usage_drop(const char *set, uint64_t id, const struct rv_judged_monitor *judged)
{
	struct rv_container *c = calloc(1, sizeof(*c));
	rv_autofd containers = -1, cgroups = -1;
	struct rv_err err = RV_ERR_INIT;
	const __u64 key = id;
	int rc = rv_set_map(set, "containers", &containers, &err);
	bool gone = rc < 0 && (err.code == RV_EDOCUMENT || err.errnum == ENOENT);

	rv_set_drop_links(set, id);
	if (c && containers >= 0 && rv_map_look(containers, &key, c) == 0) {
		drop_used(set, id, c->head);
		drop_rates(set, id, c);
	}
	if (judged)
		rv_allowed_leave(set, id, judged);
	if (rv_set_map(set, "cgroups", &cgroups, NULL) == 0)
		(void)rv_map_drop(cgroups, &key);
	if (containers >= 0) {
		rc = rv_map_drop(containers, &key);
		gone = rc == 0 || rc == -ENOENT;
	}
	free(c);
	return gone;
}

/* ---- what is attached on demand ---- */

static bool is_asked_for(int containers, unsigned flag)
{
	struct rv_container *c = calloc(1, sizeof(*c));
	__u64 key, next;
	bool asked = !c;

	for (int rc = rv_map_next(containers, NULL, &next); !asked && rc == 0; rc = rv_map_next(containers, &key, &next)) {
		key = next;
		asked = rv_map_look(containers, &key, c) == 0 && c->flags & flag;
	}
	free(c);
	return asked;
}

/* Out of sight first, then a look for containers: a hook enters its container before it looks for the directory, so either it is found, or
 * it finds nothing and attaches anew. An empty directory stands for a group that this tier has no programs for: it stays. */
static void detach(const char *set, int containers, const char *group, unsigned flag)
{
	char path[RV_SET_PATH], aside[RV_SET_PATH], what[32];

	snprintf(what, sizeof(what), "links/%s", group);
	rv_set_path(path, set, what);
	snprintf(what, sizeof(what), "links/old-%s", group);
	rv_set_path(aside, set, what);
	(void)rv_pin_clear(aside);
	if (is_asked_for(containers, flag) || rename(path, aside) < 0)
		return;
	if (is_asked_for(containers, flag) || !rv_pin_clear(aside))
		(void)rename(aside, path);
	else
		(void)rmdir(aside);
}

void rv_usage_detach_groups(const char *set)
{
	static const struct { const char *name; unsigned flag; } groups[] = { { "calls", RV_C_CALLS }, { "learn", RV_C_LEARN } };
	rv_autofd containers = -1;

	if (rv_set_map(set, "containers", &containers, NULL) < 0)
		return;
	for (size_t i = 0; i < RV_COUNT(groups); i++)
		detach(set, containers, groups[i].name, groups[i].flag);
}
