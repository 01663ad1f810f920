/* SPDX-License-Identifier: Apache-2.0 */
#include "trees.h"

#include "resolve.h"

static void gather_mounts(struct rv_facts *facts, const struct rv_spec *spec, struct rv_arena *arena)
{
	struct rv_json *mounts = rv_json_get(spec->root, "mounts");
	size_t i = 0;

	facts->mount_count = rv_json_count(mounts);
	facts->mounts = rv_arena_alloc(arena, (facts->mount_count + 1) * sizeof(*facts->mounts));
	if (!facts->mounts)
		return;
	rv_json_each(mount, mounts) {
		const char *source = rv_json_str(rv_json_get(mount, "source"));

		/* runc and crun take a bind without a source from the bundle itself, as they do a relative one */
		if (rv_spec_mount_is_bind(mount))
			rv_resolve_host(arena, facts->bundle, source ? source : "", &facts->mounts[i]);
		i++;
	}
}

static void gather_destinations(struct rv_facts *facts, const struct rv_spec *spec, int rootfs, struct rv_arena *arena)
{
	size_t i = 0;

	if (rootfs < 0)
		return;
	facts->destinations = rv_arena_alloc(arena, (facts->mount_count + 1) * sizeof(*facts->destinations));
	if (!facts->destinations)
		return;
	rv_json_each(mount, rv_json_get(spec->root, "mounts")) {
		const char *destination = rv_json_str(rv_json_get(mount, "destination"));
		struct rv_path_fact path = { 0 };

		if (destination)
			rv_resolve_inside(arena, rootfs, "/", destination, &path);
		facts->destinations[i++] = path.resolved;
	}
}

void rv_trees_gather(struct rv_facts *facts, const struct rv_spec *spec, int rootfs, struct rv_arena *arena)
{
	gather_mounts(facts, spec, arena);
	gather_destinations(facts, spec, rootfs, arena);
}
