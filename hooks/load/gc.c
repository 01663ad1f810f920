/* SPDX-License-Identifier: Apache-2.0 */
/* What nobody needs any more: of containers that are gone, and whole sets. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/shared.h"
#include "cgroups.h"
#include "load/load.h"
#include "lock.h"
#include "pins.h"
#include "rules.h"
#include "set.h"
#include "sweep.h"
#include "usage.h"

struct counts { unsigned containers, entries, sets; };

/* ---- entries of maps ---- */

/* Each key in turn; one that goes away between two steps starts the walk anew, so it is bounded by what the map holds. */
static unsigned each_key_of(int map, size_t size, size_t most, bool (*drop)(const void *key, const void *ctx), const void *ctx)
{
	char key[64] = "", next[64] = "";
	bool any = false;
	unsigned dropped = 0;

	if (size > sizeof(key))
		return 0;
	for (size_t i = 0; i < most && rv_map_next(map, any ? key : NULL, next) == 0; i++) {
		if (drop(next, ctx)) {
			dropped += rv_map_drop(map, next) == 0;
			continue;
		}
		memcpy(key, next, size);
		any = true;
	}
	return dropped;
}

static unsigned each_key(const char *set, const char *name, size_t size, size_t most,
			 bool (*drop)(const void *key, const void *ctx), const void *ctx)
{
	rv_autofd map = -1;

	return rv_set_map(set, name, &map, NULL) < 0 ? 0 : each_key_of(map, size, most, drop, ctx);
}

struct world { int containers, root; };

static bool is_entered(const struct world *w, uint64_t id)
{
	struct rv_container *c = calloc(1, sizeof(*c));
	bool entered = !c || rv_map_look(w->containers, &id, c) != -ENOENT;

	free(c);
	return entered;
}

/* A key that begins with the container's id. */
static bool of_nobody(const void *key, const void *ctx)
{
	uint64_t id;

	memcpy(&id, key, sizeof(id));
	return !is_entered(ctx, id);
}

static bool allowed_to_nobody(const void *key, const void *ctx)
{
	return of_nobody((const char *)key + offsetof(struct rv_allowed_key, container), ctx);
}

static bool cgroup_gone(const void *key, const void *ctx)
{
	const struct world *w = ctx;
	uint64_t id;

	memcpy(&id, key, sizeof(id));
	return !rv_cgroup_exists(w->root, id);
}

/* Containers that the sweep has not finished, for want of an entry. While there is one, it is not for us to say that it is over. */
static bool container_lost(const void *key, const void *ctx)
{
	const struct world *w = ctx;
	struct rv_container *c = calloc(1, sizeof(*c));
	bool lost = false;
	char path[256];

	if (c && rv_map_look(w->containers, key, c) == 0 && cgroup_gone(key, ctx)) {
		c->entry[sizeof(c->entry) - 1] = '\0';
		snprintf(path, sizeof(path), RV_STATE_DIR "/%s/" RV_ATTACHED_FILE, c->entry);
		lost = access(path, F_OK) < 0 && errno == ENOENT;
	}
	free(c);
	return lost;
}

static void drop_links_of_nobody(const char *set, const struct world *w)
{
	char path[RV_SET_PATH];
	struct dirent *file;
	DIR *dir;

	rv_set_path(path, set, "c");
	dir = opendir(path);
	while (dir && (file = readdir(dir))) {
		uint64_t id;

		if (rv_str_u64(file->d_name, strlen(file->d_name), UINT64_MAX, &id) && !is_entered(w, id))
			rv_set_drop_links(set, id);
	}
	if (dir)
		closedir(dir);
}

/* Of another version's set only the ids are known; when all of them are gone the set is taken away whole. */
static void clean_foreign(const char *set, const struct world *w, struct counts *counts)
{
	rv_autofd ids = -1;

	if (rv_set_ids(set, &ids, NULL) == 0)
		counts->containers += each_key_of(ids, sizeof(uint64_t), RV_CONTAINERS_MAX, cgroup_gone, w);
}

static void clean_set(const char *set, int root, struct counts *counts)
{
	struct world w = { .containers = -1, .root = root };
	struct rv_err err = RV_ERR_INIT;

	if (rv_set_map(set, "containers", &w.containers, &err) < 0) {
		if (err.code == RV_EDOCUMENT)
			clean_foreign(set, &w, counts);
		return;
	}
	counts->containers += each_key(set, "containers", sizeof(uint64_t), RV_CONTAINERS_MAX, container_lost, &w);
	counts->entries += each_key(set, "cgroups", sizeof(uint64_t), RV_CGROUPS_MAX, cgroup_gone, &w);
	counts->entries += each_key(set, "used", sizeof(struct rv_used_key), RV_USED_MAX, of_nobody, &w);
	counts->entries += each_key(set, "rates", sizeof(struct rv_rate_key), RV_RATES_MAX, of_nobody, &w);
	counts->entries += each_key(set, "allowed", sizeof(struct rv_allowed_key), RV_ALLOWED_MAX, allowed_to_nobody, &w);
	drop_links_of_nobody(set, &w);
	rv_usage_detach_groups(set);
	rv_io_close(&w.containers);
}

/* ---- sets ---- */

static bool is_empty(const char *set)
{
	rv_autofd map = -1;
	uint64_t first;

	return rv_set_ids(set, &map, NULL) == 0 && rv_map_next(map, NULL, &first) == -ENOENT;
}

static bool rules_used(const char *rules)
{
	DIR *dir = opendir(RV_SETS_DIR);
	struct dirent *file;
	bool used = false;

	while (dir && !used && (file = readdir(dir)))
		used = rv_set_is_name(file->d_name) && !strncmp(file->d_name + 17, rules, 16);
	if (dir)
		closedir(dir);
	return used;
}

/* Out of sight first: a hook that found it before sees that when it has entered its container, and undoes that. */
static bool take_away(const char *set)
{
	char path[RV_SET_PATH], aside[RV_SET_PATH], name[RV_SET_NAME], rules[17];

	snprintf(name, sizeof(name), "old-%ld", (long)getpid());
	rv_set_path(path, set, "");
	rv_set_path(aside, name, "");
	if (!is_empty(set) || rename(path, aside) < 0)
		return false;
	if (!is_empty(name)) {
		(void)rename(aside, path);
		return false;
	}
	rv_set_remove(name);
	rv_set_rules(set, rules);
	if (!rules_used(rules))
		rv_rules_forget(RV_RULES_DIR, rules);
	return true;
}

/* Under the lock nobody loads or takes away: what has such a name was left. */
static bool is_left(const char *name)
{
	return rv_str_starts(name, "new-") || rv_str_starts(name, "old-");
}

static void clean_sets(const char *current, int root, struct counts *counts)
{
	DIR *dir = opendir(RV_SETS_DIR);
	struct dirent *file;

	while (dir && (file = readdir(dir))) {
		if (is_left(file->d_name)) {
			rv_set_remove(file->d_name);
			counts->sets++;
		} else if (rv_set_is_name(file->d_name)) {
			clean_set(file->d_name, root, counts);
			counts->sets += strcmp(file->d_name, current) != 0 && take_away(file->d_name);
		}
	}
	if (dir)
		closedir(dir);
}

int rv_gc(struct rv_buf *out, struct rv_err *err)
{
	struct counts counts = { 0 };
	rv_autofd lock = -1, root = -1;
	char current[RV_SET_NAME];
	int rc = rv_set_current(current, err);

	if (rc == 0)
		rc = rv_cgroup_root(&root, err);
	if (rc < 0)
		return rc;
	counts.containers = rv_sweep(0);
	rc = rv_load_lock(&lock, 7000, err);
	if (rc < 0)
		return rc;
	clean_sets(current, root, &counts);
	rv_buf_addf(out, "finished %u containers, removed %u entries and %u sets\n", counts.containers, counts.entries, counts.sets);
	return 0;
}
