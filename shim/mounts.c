/* SPDX-License-Identifier: Apache-2.0 */
#include "mounts.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* A node with ten thousand mounts has some 3 MiB. */
#define MOUNTINFO_MAX (64u * 1024 * 1024)

static int by_dev(const void *a, const void *b)
{
	const struct rv_mountinfo *x = *(const struct rv_mountinfo *const *)a, *y = *(const struct rv_mountinfo *const *)b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x < y ? -1 : x > y;
}

bool rv_mounts_parse(struct rv_mounts *mounts, const char *text, size_t len)
{
	mounts->read = true;
	mounts->failed = rv_mountinfo_parse(text, len, mounts->arena, &mounts->all, NULL) < 0;
	if (mounts->failed)
		return false;
	mounts->by_dev = rv_arena_alloc(mounts->arena, (mounts->all.count + 1) * sizeof(*mounts->by_dev));
	for (size_t i = 0; mounts->by_dev && i < mounts->all.count; i++)
		mounts->by_dev[i] = &mounts->all.item[i];
	mounts->failed = !mounts->by_dev;
	if (!mounts->failed && mounts->all.count)
		qsort(mounts->by_dev, mounts->all.count, sizeof(*mounts->by_dev), by_dev);
	return !mounts->failed;
}

static bool read_mounts(struct rv_mounts *mounts)
{
	rv_autofd fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	rv_autobuf text = { 0 };

	mounts->read = mounts->failed = true;
	return fd >= 0 && rv_io_read_fd(fd, MOUNTINFO_MAX, &text, NULL) == 0 &&
	       rv_mounts_parse(mounts, rv_buf_str(&text), text.len);
}

static const struct rv_mountinfo *find(const struct rv_mounts *mounts, const struct rv_path_fact *path)
{
	const struct rv_mountinfo *mount =
		path->mount ? rv_mountinfo_by_id(&mounts->all, path->mount) : rv_mountinfo_of(&mounts->all, path->resolved);

	return mount && rv_path_under(path->resolved, mount->point) ? mount : NULL;
}

const struct rv_mountinfo *rv_mounts_of(struct rv_mounts *mounts, const struct rv_path_fact *path)
{
	const struct rv_mountinfo *mount;

	if (!mounts->read)
		return read_mounts(mounts) ? find(mounts, path) : NULL;
	mount = mounts->failed ? NULL : find(mounts, path);
	return mount || mounts->failed ? mount : read_mounts(mounts) ? find(mounts, path) : NULL;
}

/* ---- names ---- */

static const char *joined(struct rv_arena *arena, const char *head, const char *rest)
{
	if (!*rest)
		return head;
	return rv_arena_printf(arena, "%s%s", strcmp(head, "/") ? head : "", rest);
}

static const struct rv_mountinfo *const *first_on(const struct rv_mounts *mounts, dev_t dev)
{
	size_t low = 0, high = mounts->all.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mounts->by_dev[middle]->dev < dev)
			low = middle + 1;
		else
			high = middle;
	}
	return &mounts->by_dev[low];
}

/* Mounts stacked at one place give one name. */
static void add_name(const char **names, size_t *count, const char *name)
{
	if (name && strcmp(names[0], name) && strcmp(names[*count - 1], name))
		names[(*count)++] = name;
}

/* A second view of the whole system (/sysroot, snapd's hostfs) says nothing that "/" does not say better. */
static bool is_second_view(const struct rv_mountinfo *mount, const struct rv_mountinfo *slash, const struct rv_tree_fact *tree)
{
	return slash && mount != slash && mount->dev == slash->dev && rv_path_under(slash->root, mount->root) &&
	       rv_path_under(tree->root, slash->root);
}

const char *const *rv_mounts_names(struct rv_mounts *mounts, const struct rv_tree_fact *tree, const char *self)
{
	const struct rv_mountinfo *const *end = mounts->by_dev + mounts->all.count, *const * m;
	const struct rv_mountinfo *const *first = first_on(mounts, tree->dev);
	const struct rv_mountinfo *slash = rv_mountinfo_of(&mounts->all, "/");
	size_t room = 2, count = 0;
	const char **names;

	for (m = first; m < end && (*m)->dev == tree->dev; m++)
		room += rv_path_under(tree->root, (*m)->root) || rv_path_under((*m)->root, tree->root);
	names = rv_arena_alloc(mounts->arena, room * sizeof(*names));
	if (!names)
		return NULL;
	names[count++] = self;
	for (m = first; m < end && (*m)->dev == tree->dev; m++)
		if (rv_path_under(tree->root, (*m)->root) && !is_second_view(*m, slash, tree))
			add_name(names, &count, joined(mounts->arena, (*m)->point, rv_path_rest(tree->root, (*m)->root)));
	for (m = first; m < end && (*m)->dev == tree->dev; m++)
		if (!rv_path_under(tree->root, (*m)->root) && rv_path_under((*m)->root, tree->root))
			add_name(names, &count, (*m)->point);
	return names;
}

/* A tree inside an overlay shows that part of each layer alone. */
static const char *const *layers_of(const struct rv_mounts *mounts, const char *options, const char *root)
{
	const char *const *layers = rv_mountinfo_layers(options, mounts->arena);
	const char **out;
	size_t count = 0;

	while (layers && layers[count])
		count++;
	out = layers ? rv_arena_alloc(mounts->arena, (count + 1) * sizeof(*out)) : NULL;
	for (size_t i = 0; out && i < count; i++) {
		const char *clean = rv_path_clean(mounts->arena, layers[i]);

		out[i] = clean ? joined(mounts->arena, clean, root[1] ? root : "") : layers[i];
	}
	return out;
}

void rv_mounts_tree(struct rv_mounts *mounts, const struct rv_mountinfo *mount, const char *path, struct rv_tree_fact *tree)
{
	const char *rest = rv_path_rest(path, mount->point);

	tree->dev = mount->dev;
	tree->root = joined(mounts->arena, mount->root, rest);
	tree->fs_type = mount->fs_type;
	tree->point = mount->point;
	tree->ro = mount->ro;
	if (!strcmp(mount->fs_type, "overlay"))
		tree->layers = layers_of(mounts, mount->options, tree->root);
}

bool rv_mounts_is_remote(const char *fs_type)
{
	static const char *const types[] = { "9p",   "afs",	  "autofs", "beegfs", "ceph",  "cifs", "coda",	"fuse*",
					     "gfs*", "glusterfs", "gpfs",   "lustre", "ncpfs", "nfs*", "ocfs2", "smb*" };

	for (size_t i = 0; i < RV_COUNT(types); i++)
		if (fnmatch(types[i], fs_type, 0) == 0)
			return true;
	return false;
}
