/* SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include <string.h>

bool rv_judged_needed(const struct rv_settings *set)
{
	return set->mounts.host_path != RV_HOSTPATH_ANY || set->namespaces.pid != RV_NS_HOST ||
	       set->namespaces.network != RV_NS_HOST || set->namespaces.ipc != RV_NS_HOST ||
	       set->namespaces.uts != RV_NS_HOST || set->namespaces.mount != RV_NS_HOST ||
	       set->namespaces.cgroup != RV_NS_HOST || set->namespaces.user != RV_NS_HOST;
}

/* Nodes that every container has, whatever its document says: config-linux.md, "Default Devices". */
static const struct rv_judged_device default_devices[] = {
	{ .path = "/dev/null", .major = 1, .minor = 3 },   { .path = "/dev/zero", .major = 1, .minor = 5 },
	{ .path = "/dev/full", .major = 1, .minor = 7 },   { .path = "/dev/random", .major = 1, .minor = 8 },
	{ .path = "/dev/urandom", .major = 1, .minor = 9 }, { .path = "/dev/tty", .major = 5, .minor = 0 },
};

static void make_devices(struct rv_judged *judged, const struct rv_spec *spec, struct rv_arena *arena)
{
	const struct rv_json *list = rv_json_get(spec->linux_, "devices");
	struct rv_judged_device *device =
		rv_arena_alloc(arena, (rv_json_count(list) + RV_COUNT(default_devices)) * sizeof(*device));
	size_t count = RV_COUNT(default_devices);

	if (!device)
		return;
	memcpy(device, default_devices, sizeof(default_devices));
	rv_json_each(node, list) {
		const char *type = rv_json_str(rv_json_get(node, "type")), *path = rv_json_str(rv_json_get(node, "path"));
		uint64_t major = 0, minor = 0;

		if (type && path && rv_json_u64(rv_json_get(node, "major"), &major) &&
		    rv_json_u64(rv_json_get(node, "minor"), &minor) && major <= UINT32_MAX && minor <= UINT32_MAX)
			device[count++] = (struct rv_judged_device){
				.path = path, .block = *type == 'b', .major = (unsigned)major, .minor = (unsigned)minor
			};
	}
	judged->device = device;
	judged->device_count = count;
}

static void make_trees(struct rv_judged_mount *m, const struct rv_mount_trees *trees, struct rv_arena *arena)
{
	m->tree = rv_arena_alloc(arena, trees->count * sizeof(*m->tree));
	m->tree_count = m->tree ? trees->count : 0;
	for (size_t i = 0; i < m->tree_count; i++)
		m->tree[i] = (struct rv_judged_tree){
			.at = trees->item[i].at, .root = trees->item[i].root, .dev = trees->item[i].dev, .ino = trees->item[i].ino
		};
	/* what lies below could not be told, and policy took it so */
	m->open |= trees->unknown;
}

/* runc has given the mount its last flags when hooks run, crun not yet (measured). */
static enum rv_judged_ro ro_of(const struct rv_json *mount, enum rv_runtime runtime)
{
	if (runtime != RV_RUNTIME_RUNC || !rv_spec_mount_is_ro(mount))
		return RV_JUDGED_RW;
	return rv_spec_has_string(rv_json_get(mount, "options"), "rro") ? RV_JUDGED_RO_RECURSIVE : RV_JUDGED_RO;
}

static bool is_open(const struct rv_json *mount)
{
	static const char *const words[] = { "slave", "rslave", "shared", "rshared" };

	for (size_t i = 0; i < RV_COUNT(words); i++)
		if (rv_spec_has_string(rv_json_get(mount, "options"), words[i]))
			return true;
	return false;
}

static int unseen(const struct rv_spec *spec, const struct rv_json *at, const char *what, struct rv_err *err)
{
	rv_err(err, RV_EDOCUMENT, "%s could not be looked at, so that nobody could tell whether another one is mounted", what);
	if (at)
		rv_err_at_pointer(err, rv_json_pointer(spec->doc, at));
	return -RV_EDOCUMENT;
}

static int make_mount(struct rv_judged_mount *m, const struct rv_json *mount, const struct rv_facts *facts, size_t i,
		      const struct rv_spec *spec, enum rv_runtime runtime, struct rv_arena *arena, struct rv_err *err)
{
	const char *type = rv_json_str(rv_json_get(mount, "type"));
	bool bind = rv_spec_mount_is_bind(mount);

	*m = (struct rv_judged_mount){
		.destination = facts->destinations ? facts->destinations[i] : NULL,
		.type = bind ? NULL : type ? type : "",
		.open = is_open(mount),
		.ro = bind ? ro_of(mount, runtime) : RV_JUDGED_RW,
	};
	if (!m->destination)
		return unseen(spec, mount, "the destination of the mount", err);
	if (!bind)
		return 0;
	if (!facts->trees || !facts->trees[i].count)
		return unseen(spec, mount, "the source of the mount", err);
	make_trees(m, &facts->trees[i], arena);
	return 0;
}

static int make_mounts(struct rv_judged *judged, const struct rv_spec *spec, const struct rv_facts *facts,
		       enum rv_runtime runtime, struct rv_arena *arena, struct rv_err *err)
{
	int rc = 0;

	judged->rootfs = facts->rootfs.path.resolved;
	if (!judged->rootfs || !facts->rootfs.trees.count)
		return unseen(spec, rv_json_get(spec->root, "root"), "the root file system", err);
	judged->root.destination = "/";
	make_trees(&judged->root, &facts->rootfs.trees, arena);
	judged->mount = rv_arena_alloc(arena, (facts->mount_count + 1) * sizeof(*judged->mount));
	if (!judged->mount)
		return rv_err_nomem(err);
	rv_json_each(mount, rv_json_get(spec->root, "mounts")) {
		size_t i = judged->mount_count++;

		rc = make_mount(&judged->mount[i], mount, facts, i, spec, runtime, arena, err);
		if (rc < 0)
			return rc;
	}
	make_devices(judged, spec, arena);
	judged->foreign = rv_json_count(rv_json_at(spec->root, "/hooks/prestart")) > 0;
	return 0;
}

static void make_namespaces(struct rv_judged *judged, const struct rv_spec *spec, const struct rv_facts *facts,
			    struct rv_arena *arena)
{
	judged->ns = rv_arena_alloc(arena, (facts->namespace_count + 1) * sizeof(*judged->ns));
	if (!judged->ns)
		return;
	rv_json_each(entry, rv_json_get(spec->linux_, "namespaces")) {
		const struct rv_ns_fact *fact = &facts->namespaces[judged->ns_count];
		const char *type = rv_json_str(rv_json_get(entry, "type"));

		judged->ns[judged->ns_count++] = (struct rv_judged_namespace){
			.type = type ? type : "", .joined = fact->has_path, .dev = fact->path.dev, .ino = fact->path.ino
		};
		judged->mounts_known |= type && !strcmp(type, "mount");
	}
}

static void make_maps(struct rv_judged_maps *maps, const struct rv_json *list, struct rv_arena *arena)
{
	maps->item = rv_arena_alloc(arena, (rv_json_count(list) + 1) * sizeof(*maps->item));
	if (!maps->item)
		return;
	rv_json_each(entry, list) {
		uint64_t inside = 0, outside = 0, count = 0;

		(void)rv_json_u64(rv_json_get(entry, "containerID"), &inside);
		(void)rv_json_u64(rv_json_get(entry, "hostID"), &outside);
		(void)rv_json_u64(rv_json_get(entry, "size"), &count);
		maps->item[maps->count++] = (struct rv_judged_map){ (uint32_t)inside, (uint32_t)outside, (uint32_t)count };
	}
}

static bool has_new_userns(const struct rv_judged *judged)
{
	for (size_t i = 0; i < judged->ns_count; i++)
		if (!judged->ns[i].joined && !strcmp(judged->ns[i].type, "user"))
			return true;
	return false;
}

int rv_judged_make(struct rv_judged *judged, const struct rv_spec *spec, const struct rv_facts *facts, enum rv_runtime runtime,
		   struct rv_arena *arena, struct rv_err *err)
{
	struct rv_judged made = { 0 };
	int rc;

	make_namespaces(&made, spec, facts, arena);
	rc = made.mounts_known ? make_mounts(&made, spec, facts, runtime, arena, err) : 0;
	if (rc < 0)
		return rc;
	if (has_new_userns(&made)) {
		make_maps(&made.uids, rv_json_get(spec->linux_, "uidMappings"), arena);
		make_maps(&made.gids, rv_json_get(spec->linux_, "gidMappings"), arena);
	}
	if (arena->failed)
		return rv_err_nomem(err);
	*judged = made;
	return 0;
}
