/* SPDX-License-Identifier: Apache-2.0 */
#include "sets.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "pins.h"

/* ---- detections ---- */

static int compile(struct rv_set *set, const char *active, size_t len, struct rv_err *err)
{
	struct rv_detections found;
	int rc = rv_policies_load(&set->policies, active, len, err);

	if (rc == 0)
		rc = rv_policies_detections(set->policies, &set->arena, &found, err);
	if (rc == 0 && strncmp(found.hash, set->rules16, RV_RULES_NAME - 1) != 0)
		rc = rv_err(err, RV_EPOLICY, "these are not the detections %s", set->rules16);
	if (rc == 0) {
		set->detections = found;
		set->whole = true;
	} else {
		rv_policies_freep(&set->policies);
		set->policies = NULL;
	}
	return rc;
}

int rv_set_detections(struct rv_set *set, const char *rules, struct rv_err *err)
{
	rv_autobuf active = { 0 };

	if (rv_rules_active(rules, set->rules16, &active, err) == 0 && active.len &&
	    compile(set, rv_buf_str(&active), active.len, err) == 0)
		return 0;
	if (compile(set, NULL, 0, err) == 0)
		return 0;
	return rv_rules_table(rules, set->rules16, &set->arena, &set->detections, err);
}

/* ---- maps ---- */

void rv_set_close(struct rv_set *set)
{
	rv_io_close(&set->containers);
	rv_io_close(&set->status);
	for (int i = 0; i < RV_RINGS; i++)
		rv_ring_close(&set->ring[i]);
	rv_policies_freep(&set->policies);
	rv_arena_done(&set->arena);
	memset(set, 0, sizeof(*set));
}

static int open_map(const char *dir, const char *name, size_t value_size, int *fd, struct rv_err *err)
{
	struct rv_map_info info;
	char path[PATH_MAX];
	int rc;

	*fd = -1;
	snprintf(path, sizeof(path), "%s/maps/%s", dir, name);
	rc = rv_pin_open(path, fd, err);
	if (rc < 0)
		return rc;
	rc = rv_map_info(*fd, &info);
	if (rc < 0)
		return rv_err_errno(err, -rc, "cannot look at %s", path);
	if (value_size && info.value_size != value_size)
		return rv_err(err, RV_EDOCUMENT, "%s is laid out by another version of reeve", path);
	return 0;
}

static int open_set(struct rv_set *set, const char *dir, struct rv_err *err)
{
	static const char *const names[] = { [RV_RING_ALERTS] = "alerts", [RV_RING_TELEMETRY] = "telemetry" };
	int rc = open_map(dir, "containers", sizeof(struct rv_container), &set->containers, err);

	if (rc == 0)
		rc = open_map(dir, "status", sizeof(struct rv_status), &set->status, err);
	for (int i = 0; i < RV_RINGS && rc == 0; i++) {
		int fd;

		rc = open_map(dir, names[i], 0, &fd, err);
		if (rc == 0)
			rc = rv_ring_open(&set->ring[i], fd, err);
		else
			rv_io_close(&fd);
	}
	return rc;
}

static struct rv_set *find(struct rv_sets *sets, const char *name)
{
	rv_sets_each(sets, s)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

static bool add(struct rv_sets *sets, const char *name)
{
	struct rv_set *set = sets->set;
	struct rv_err err = RV_ERR_INIT;
	char path[PATH_MAX];

	while (set < sets->set + RV_SETS_MAX && set->name[0])
		set++;
	if (set == sets->set + RV_SETS_MAX || (size_t)snprintf(path, sizeof(path), "%s/%s", sets->dir, name) >= sizeof(path))
		return false;
	*set = (struct rv_set){ .containers = -1, .status = -1, .ring = { RV_RING_INIT, RV_RING_INIT } };
	if (open_set(set, path, &err) < 0) {
		sets->foreign += err.code == RV_EDOCUMENT;
		sets->pending |= err.code != RV_EDOCUMENT;
		rv_set_close(set);
		return false;
	}
	snprintf(set->name, sizeof(set->name), "%.*s", RV_SET_NAME - 1, name);
	rv_set_rules(name, set->rules16);
	return true;
}

bool rv_sets_find(struct rv_sets *sets)
{
	DIR *dir = opendir(sets->dir);
	bool found[RV_SETS_MAX] = { false };
	bool changed = false;
	struct dirent *entry;

	sets->foreign = 0;
	sets->pending = false;
	while (dir && (entry = readdir(dir))) {
		struct rv_set *set = rv_set_is_name(entry->d_name) ? find(sets, entry->d_name) : NULL;

		if (!set && rv_set_is_name(entry->d_name) && add(sets, entry->d_name)) {
			set = find(sets, entry->d_name);
			changed = true;
		}
		if (set)
			found[set - sets->set] = true;
	}
	if (dir)
		closedir(dir);
	rv_sets_each(sets, s) {
		changed |= s->gone == found[s - sets->set];
		s->gone = !found[s - sets->set];
	}
	return changed;
}

void rv_sets_done(struct rv_sets *sets)
{
	rv_sets_each(sets, s)
		rv_set_close(s);
}
