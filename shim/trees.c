/* SPDX-License-Identifier: Apache-2.0 */
#include "trees.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "rules/hostpath.h"
#include "sockets.h"

struct gather {
	struct rv_facts *facts;
	struct rv_arena *arena;
	struct rv_mounts *mounts;
	struct rv_sockets *sockets;
};

/* ---- trees ---- */

/* Only what is still the mount that mountinfo named. */
static void look_at(struct rv_tree_fact *tree, const struct rv_mountinfo *mount)
{
	struct statx st;

	if (rv_mounts_is_remote(mount->fs_type) ||
	    statx(AT_FDCWD, mount->point, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_MODE | STATX_INO | STATX_MNT_ID, &st) < 0 ||
	    ((st.stx_mask & STATX_MNT_ID) && st.stx_mnt_id != mount->id))
		return;
	tree->ino = st.stx_ino;
	tree->mode = st.stx_mode;
}

/* A mount point that an automounter serves is not yet what the runtime's mount(2) will find there. */
static const struct rv_mountinfo *mount_of(struct rv_mounts *mounts, struct rv_path_fact *path)
{
	const struct rv_mountinfo *mount = rv_mounts_of(mounts, path);
	const char *inside;

	if (!mount || strcmp(mount->fs_type, "autofs") || !S_ISDIR(path->mode))
		return mount;
	inside = rv_arena_printf(mounts->arena, "%s/.", path->resolved);
	if (inside)
		rv_resolve_host(mounts->arena, "/", inside, path);
	return path->exists ? rv_mounts_of(mounts, path) : NULL;
}

static bool is_listed(const struct rv_mount_trees *trees, const struct rv_tree_fact *tree)
{
	for (const struct rv_tree_fact *other = trees->item; other < tree; other++)
		if (other->dev == tree->dev && other->root && !strcmp(other->root, tree->root))
			return true;
	return false;
}

/* A tree that is there a second time has the names of the first. */
static void add_tree(struct rv_mounts *mounts, const struct rv_mountinfo *mount, const char *path, const char *at,
		     struct rv_mount_trees *trees)
{
	struct rv_tree_fact *tree = &trees->item[trees->count++];
	const char **self = rv_arena_alloc(mounts->arena, 2 * sizeof(*self));

	tree->at = at;
	rv_mounts_tree(mounts, mount, path, tree);
	if (!tree->root || !self)
		return;
	self[0] = path;
	tree->names = is_listed(trees, tree) ? self : rv_mounts_names(mounts, tree, path);
}

void rv_trees_of(struct rv_mounts *mounts, struct rv_path_fact *path, bool recursive, struct rv_mount_trees *trees)
{
	const struct rv_mountinfo *const *below = NULL;
	const struct rv_mountinfo *mount;
	size_t count = 0;

	if (!path->exists)
		return;
	mount = mount_of(mounts, path);
	if (mount && recursive && S_ISDIR(path->mode)) {
		below = rv_mountinfo_below(&mounts->all, mount, path->resolved, mounts->arena);
		mount = below ? mount : NULL;
	}
	while (below && below[count])
		count++;
	trees->item = mount ? rv_arena_alloc(mounts->arena, (count + 1) * sizeof(*trees->item)) : NULL;
	trees->unknown = !trees->item;
	if (trees->unknown)
		return;
	add_tree(mounts, mount, path->resolved, "", trees);
	trees->item[0].ino = path->ino;
	trees->item[0].mode = path->mode;
	for (size_t i = 0; i < count; i++) {
		add_tree(mounts, below[i], below[i]->point, rv_path_rest(below[i]->point, path->resolved), trees);
		look_at(&trees->item[i + 1], below[i]);
	}
	/* a bind of a directory of NFS says the same as its whole */
	for (size_t i = 0; i < trees->count; i++)
		if (rv_str_starts(trees->item[i].fs_type, "nfs"))
			trees->item[i].root = "/";
}

/* What engines stage holds no sockets of the host, unless it is a mount of something else. */
static bool may_hold_sockets(const struct gather *g, const struct rv_path_fact *path, const struct rv_mount_trees *trees)
{
	struct rv_stage stage, mounted;

	if (!trees->count || !S_ISDIR(path->mode))
		return false;
	stage = rv_hostpath_stage(g->facts, g->arena, path->resolved);
	if (stage.kind == RV_STAGED_NO)
		return true;
	mounted = rv_hostpath_stage(g->facts, g->arena, trees->item[0].point);
	return mounted.kind == RV_STAGED_VOLUME && !mounted.plugin;
}

/* ---- mounts ---- */

static void gather_bind(struct gather *g, const struct rv_json *mount, struct rv_path_fact *path, struct rv_mount_trees *trees)
{
	const char *source = rv_json_str(rv_json_get(mount, "source"));

	/* runc and crun take a bind without a source from the bundle itself, as they do a relative one */
	rv_resolve_host(g->arena, g->facts->bundle, source ? source : "", path);
	rv_trees_of(g->mounts, path, rv_spec_has_string(rv_json_get(mount, "options"), "rbind"), trees);
	if (may_hold_sockets(g, path, trees))
		rv_sockets_in(g->sockets, g->mounts, trees);
}

/* The kernel gets the options that are no flags as one text. */
static const char *const *asked_layers(const struct gather *g, const struct rv_json *mount)
{
	rv_autobuf text = { 0 };

	rv_json_each(v, rv_json_get(mount, "options")) {
		rv_buf_adds(&text, text.len ? "," : "");
		rv_buf_adds(&text, rv_json_str(v));
	}
	return text.failed ? NULL : rv_mountinfo_layers(rv_buf_str(&text), g->arena);
}

/* An overlay shows its directories by another name: each is judged as if it were bound. */
static void gather_overlay(struct gather *g, const struct rv_json *mount, struct rv_mount_trees *trees)
{
	const char *const *layers = asked_layers(g, mount);
	size_t count = 0;

	while (layers && layers[count])
		count++;
	trees->item = rv_arena_alloc(g->arena, (count + 1) * sizeof(*trees->item));
	trees->unknown = !trees->item || !count;
	for (size_t i = 0; trees->item && i < count; i++) {
		struct rv_mount_trees layer = { 0 };
		struct rv_path_fact path = { 0 };

		if (layers[i][0] == '/')
			rv_resolve_host(g->arena, "/", layers[i], &path);
		rv_trees_of(g->mounts, &path, false, &layer);
		if (layer.count)
			trees->item[trees->count++] = layer.item[0];
		else
			trees->unknown = true;
	}
}

static void gather_mounts(struct gather *g, const struct rv_spec *spec)
{
	struct rv_json *mounts = rv_json_get(spec->root, "mounts");
	struct rv_facts *facts = g->facts;
	size_t i = 0;

	facts->mount_count = rv_json_count(mounts);
	facts->mounts = rv_arena_alloc(g->arena, (facts->mount_count + 1) * sizeof(*facts->mounts));
	facts->trees = rv_arena_alloc(g->arena, (facts->mount_count + 1) * sizeof(*facts->trees));
	if (!facts->mounts || !facts->trees)
		return;
	rv_json_each(mount, mounts) {
		const char *source = rv_json_str(rv_json_get(mount, "source")), *type = rv_json_str(rv_json_get(mount, "type"));

		if (rv_spec_mount_is_bind(mount))
			gather_bind(g, mount, &facts->mounts[i], &facts->trees[i]);
		else if (type && !strcmp(type, "overlay"))
			gather_overlay(g, mount, &facts->trees[i]);
		else if (source && source[0] == '/')
			rv_resolve_host(g->arena, "/", source, &facts->mounts[i]);
		i++;
	}
}

/* ---- destinations ---- */

/* What is mounted at a place hides what was mounted there and below. */
static void add_to_view(struct rv_view *view, const char *at, const char *source)
{
	size_t kept = 0;

	for (size_t i = 0; i < view->count; i++)
		if (!rv_path_under(view->item[i].at, at))
			view->item[kept++] = view->item[i];
	view->item[kept] = (struct rv_view_mount){ at, source };
	view->count = kept + 1;
}

static void gather_destinations(struct gather *g, const struct rv_spec *spec, int rootfs, struct rv_view *view)
{
	struct rv_facts *facts = g->facts;
	size_t i = 0;

	if (rootfs < 0)
		return;
	facts->destinations = rv_arena_alloc(g->arena, (facts->mount_count + 1) * sizeof(*facts->destinations));
	view->item = rv_arena_alloc(g->arena, (facts->mount_count + 1) * sizeof(*view->item));
	if (!facts->destinations || !view->item || !facts->mounts)
		return;
	rv_json_each(mount, rv_json_get(spec->root, "mounts")) {
		const char *destination = rv_json_str(rv_json_get(mount, "destination"));
		struct rv_path_fact path = { 0 };

		if (destination)
			rv_resolve_view(g->arena, rootfs, view, "/", destination, &path);
		facts->destinations[i] = path.resolved;
		/* tmpcopyup leaves the image's own content there */
		if (path.resolved && strcmp(path.resolved, "/") &&
		    !rv_spec_has_string(rv_json_get(mount, "options"), "tmpcopyup"))
			add_to_view(view, path.resolved, rv_spec_mount_is_bind(mount) ? facts->mounts[i].resolved : NULL);
		i++;
	}
}

void rv_trees_gather(struct rv_facts *facts, const struct rv_spec *spec, int rootfs, struct rv_arena *arena,
		     struct rv_trees_seen *seen, struct rv_view *view)
{
	struct gather g = { .facts = facts, .arena = arena, .mounts = &seen->mounts, .sockets = &seen->sockets };

	seen->mounts.arena = arena;
	*view = (struct rv_view){ 0 };
	gather_mounts(&g, spec);
	rv_trees_of(g.mounts, &facts->rootfs.path, true, &facts->rootfs.trees);
	gather_destinations(&g, spec, rootfs, view);
}
