/* SPDX-License-Identifier: Apache-2.0 */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* One mount of the container's namespace. */
struct mount {
	const struct rv_mountinfo *info;
	struct mount *parent;
	const char *path;	/* inside the rootfs; NULL: not there */
	bool hidden;		/* nobody finds it by any path */
	bool explained;
};

struct check {
	const struct rv_judged *judged;
	const struct rv_view *view;
	struct mount *mount;
	size_t count;
	struct mount *root;
	struct rv_err *err;
};

/* Inode numbers of these last as long as the server or the cache likes. */
static bool keeps_inodes(const char *fs_type)
{
	static const char *const fleeting[] = { "fuse", "fuseblk", "cifs", "smb3" };

	for (size_t i = 0; i < RV_COUNT(fleeting); i++)
		if (!strcmp(fs_type, fleeting[i]))
			return false;
	return !rv_str_starts(fs_type, "fuse.");
}

static void point_at(struct check *c, const char *what, size_t index)
{
	char pointer[64];

	snprintf(pointer, sizeof(pointer), "/%s/%zu", what, index);
	rv_err_at_pointer(c->err, pointer);
}

static size_t index_of(const struct check *c, const struct rv_judged_mount *m)
{
	return (size_t)(m - c->judged->mount);
}

static int at_mount(struct check *c, const struct rv_judged_mount *m, int rc)
{
	if (m == &c->judged->root)
		rv_err_at_pointer(c->err, "/root/path");
	else
		point_at(c, "mounts", index_of(c, m));
	return rc;
}

/* ---- the container's mounts ---- */

static int by_id(const void *a, const void *b)
{
	const struct mount *x = *(struct mount *const *)a, *y = *(struct mount *const *)b;

	return (x->info->id > y->info->id) - (x->info->id < y->info->id);
}

static struct mount *find_id(struct mount **sorted, size_t count, unsigned id)
{
	while (count) {
		struct mount **middle = sorted + count / 2;

		if ((*middle)->info->id == id)
			return *middle;
		if ((*middle)->info->id < id) {
			sorted = middle + 1;
			count -= count / 2 + 1;
		} else {
			count /= 2;
		}
	}
	return NULL;
}

/* Of several mounts at one place the container gets the one that covers the others. */
static bool is_covered(const struct check *c, const struct mount *m)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->mount[i].parent == m && &c->mount[i] != m && !strcmp(c->mount[i].info->point, m->info->point))
			return true;
	return false;
}

static const char *path_inside(const char *point, const char *rootfs)
{
	size_t len = strcmp(rootfs, "/") ? strlen(rootfs) : 0;

	return point[len] ? point + len : "/";
}

/* The parent of a mount may come later in the list: mounts can be moved. */
static void mark_inside(struct check *c)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < c->count; i++) {
			struct mount *m = &c->mount[i];

			if (m->path || !m->parent || m->parent == m || !m->parent->path ||
			    !rv_path_under(m->info->point, c->judged->rootfs))
				continue;
			m->path = path_inside(m->info->point, c->judged->rootfs);
			more = true;
		}
	}
}

/* x stands between p and what is looked for at point, of which next (NULL: nothing) is the way: the kernel enters x first. Of two at
 * one place it is not known which. */
static bool stands_before(const struct mount *x, const struct mount *p, const struct mount *next, const char *point)
{
	return x->parent == p && x != p && x != next && rv_path_under(point, x->info->point) &&
	       (!next || strcmp(point, x->info->point) != 0);
}

/* Something is mounted over it, or over a directory on the way to it: the engine's /dev/shm over the one in the host's /dev, a file
 * system over the automount that waited for it. */
static bool is_hidden(const struct check *c, const struct mount *m)
{
	const struct mount *next = NULL;

	for (const struct mount *p = m; p && p->path; next = p, p = p == c->root ? NULL : p->parent)
		for (size_t i = 0; i < c->count; i++)
			if (stands_before(&c->mount[i], p, next, next ? next->info->point : m->info->point))
				return true;
	return false;
}

static int read_mounts(struct check *c, struct rv_arena *arena)
{
	const struct rv_mountinfos *all = &c->view->mounts;
	struct mount **sorted = rv_arena_alloc(arena, (all->count + 1) * sizeof(struct mount *));

	c->mount = rv_arena_alloc(arena, (all->count + 1) * sizeof(*c->mount));
	if (!c->mount || !sorted) {
		rv_err_nomem(c->err);
		return -RV_ESYSTEM;
	}
	c->count = all->count;
	for (size_t i = 0; i < c->count; i++) {
		c->mount[i].info = &all->item[i];
		sorted[i] = &c->mount[i];
	}
	qsort(sorted, c->count, sizeof(struct mount *), by_id);
	for (size_t i = 0; i < c->count; i++)
		c->mount[i].parent = find_id(sorted, c->count, c->mount[i].info->parent);
	for (size_t i = 0; i < c->count && !c->root; i++)
		if (!strcmp(c->mount[i].info->point, c->judged->rootfs) && !is_covered(c, &c->mount[i]))
			c->root = &c->mount[i];
	if (!c->root) {
		rv_err(c->err, RV_EDENIED, "nothing is mounted at the root file system %s: it was replaced meanwhile",
		       c->judged->rootfs);
		(void)at_mount(c, &c->judged->root, 0);
		return -RV_EDENIED;
	}
	c->root->path = "/";
	c->root->explained = true;
	mark_inside(c);
	for (size_t i = 0; i < c->count; i++)
		c->mount[i].hidden = c->mount[i].path && is_hidden(c, &c->mount[i]);
	return 0;
}

/* ---- binds ---- */

static bool same_tree(const struct mount *m, const struct rv_judged_tree *tree)
{
	return m->info->dev == tree->dev && !strcmp(m->info->root, tree->root);
}

static int replaced(struct check *c, const struct rv_judged_mount *j, const struct rv_judged_tree *tree, const struct mount *m,
		    uint64_t ino)
{
	const char *what = j == &c->judged->root ? c->judged->rootfs : j->destination;
	char inode[32] = "";

	if (ino)
		snprintf(inode, sizeof(inode), " inode %ju", (uintmax_t)ino);
	return at_mount(c, j,
			rv_err(c->err, RV_EDENIED,
			       "%s%s is not what was judged: its source was replaced between judging and mounting "
			       "(judged %u:%u %s inode %ju, mounted %u:%u %s%s)",
			       what, tree->at, major(tree->dev), minor(tree->dev), tree->root, (uintmax_t)tree->ino,
			       major(m->info->dev), minor(m->info->dev), m->info->root, inode));
}

/* A name in a file system may be given to another file: only the inode tells. What nobody sees needs no look; what hides it is judged. */
static int check_inode(struct check *c, const struct rv_judged_mount *j, const struct rv_judged_tree *tree, const struct mount *m)
{
	struct rv_place place;
	int errnum;

	if (!tree->ino || !keeps_inodes(m->info->fs_type) || m->hidden)
		return 0;
	errnum = c->view->look(c->view->ctx, m->path, &place);
	if (errnum)
		return at_mount(c, j, rv_err_errno(c->err, errnum, "cannot look at what is mounted at %s", m->path));
	if (place.mount != m->info->id)
		return at_mount(c, j,
				rv_err(c->err, RV_EDENIED,
				       "what is mounted at %s is hidden by a later mount, so that nobody can tell what it is", m->path));
	return place.ino == tree->ino ? 0 : replaced(c, j, tree, m, place.ino);
}

static int check_ro(struct check *c, const struct rv_judged_mount *j, const struct mount *m, bool below)
{
	if (m->info->ro || j->ro == RV_JUDGED_RW || (below && j->ro != RV_JUDGED_RO_RECURSIVE))
		return 0;
	return at_mount(c, j, rv_err(c->err, RV_EDENIED, "%s is writable, although the document says read-only", m->path));
}

static bool is_at(const struct mount *m, const char *destination, const char *at)
{
	size_t len = strcmp(destination, "/") || !*at ? strlen(destination) : 0;

	return m->path && !m->explained && !strncmp(m->path, destination, len) && !strcmp(m->path + len, at);
}

static int no_mount(struct check *c, const struct rv_judged_mount *j)
{
	return at_mount(c, j,
			rv_err(c->err, RV_EDENIED,
			       "nothing that the document asks for is mounted at %s: the destination was replaced between judging and "
			       "mounting", j->destination));
}

static int check_tree(struct check *c, const struct rv_judged_mount *j, const struct rv_judged_tree *tree, struct mount *m)
{
	int rc = check_inode(c, j, tree, m);

	if (rc == 0)
		rc = check_ro(c, j, m, *tree->at);
	m->explained = true;
	return rc;
}

/* The mount of the tree at its place, rather one that is seen; other: some mount that is there instead. */
static struct mount *find_tree(struct check *c, const struct rv_judged_mount *j, const struct rv_judged_tree *tree, struct mount **other)
{
	struct mount *found = NULL;

	for (size_t i = 0; i < c->count; i++) {
		struct mount *m = &c->mount[i];

		if (!is_at(m, j->destination, tree->at))
			continue;
		if (!same_tree(m, tree))
			*other = *other ? *other : m;
		else if (!found || (found->hidden && !m->hidden))
			found = m;
	}
	return found;
}

static int check_bind(struct check *c, const struct rv_judged_mount *j)
{
	struct mount *other = NULL, *found = find_tree(c, j, &j->tree[0], &other);

	if (found)
		return check_tree(c, j, &j->tree[0], found);
	return other ? replaced(c, j, &j->tree[0], other, 0) : no_mount(c, j);
}

/* What lay below the source. One that is gone shows nothing but what was judged with the source. */
static int check_below(struct check *c, const struct rv_judged_mount *j)
{
	int rc = 0;

	for (size_t k = 1; k < j->tree_count && rc == 0; k++) {
		struct mount *other = NULL, *found = find_tree(c, j, &j->tree[k], &other);

		if (found)
			rc = check_tree(c, j, &j->tree[k], found);
	}
	return rc;
}

/* ---- the other mounts ---- */

static bool is_cgroup(const char *fs_type)
{
	return !strcmp(fs_type, "cgroup") || !strcmp(fs_type, "cgroup2");
}

/* cgroup is a directory of hierarchies, one hierarchy, or a bind of the host's where nothing else is allowed (both runtimes); nfs
 * becomes nfs4, fuse gets a dot and a name. */
static bool is_of_type(const struct rv_mountinfo *m, const char *type)
{
	if (is_cgroup(type))
		return is_cgroup(m->fs_type) || (!strcmp(m->fs_type, "tmpfs") && !strcmp(m->root, "/"));
	if (strcmp(m->root, "/") != 0 && strcmp(type, "btrfs") != 0)
		return false;
	return *type && rv_str_starts(m->fs_type, type);
}

static int check_fresh(struct check *c, const struct rv_judged_mount *j)
{
	const struct mount *other = NULL;

	for (size_t i = 0; i < c->count; i++) {
		struct mount *m = &c->mount[i];

		if (!is_at(m, j->destination, ""))
			continue;
		if (is_of_type(m->info, j->type)) {
			m->explained = true;
			return 0;
		}
		other = other ? other : m;
	}
	if (!other)
		return no_mount(c, j);
	return at_mount(c, j,
			rv_err(c->err, RV_EDENIED, "%s is %s %s instead of a new %s", j->destination, other->info->fs_type,
			       other->info->root, j->type));
}

/* ---- mounts that nobody asked for ---- */

/* The judged mount that a place lies in; the last one covers the others. */
static const struct rv_judged_mount *judged_above(const struct check *c, const char *path)
{
	const struct rv_judged_mount *best = &c->judged->root;

	for (size_t i = 0; i < c->judged->mount_count; i++) {
		const struct rv_judged_mount *m = &c->judged->mount[i];

		if (rv_path_under(path, m->destination) && strlen(m->destination) >= strlen(best->destination))
			best = m;
	}
	return best;
}

/* What the kernel mounts below /sys, which comes along where a runtime binds the host's because it may mount no new one. */
static bool is_of_sysfs(const char *fs_type)
{
	static const char *const types[] = { "bpf",	"configfs", "debugfs",	  "efivarfs", "fusectl",  "pstore",
					     "selinuxfs", "sysfs",    "securityfs", "tmpfs",    "tracefs" };

	for (size_t i = 0; i < RV_COUNT(types); i++)
		if (!strcmp(types[i], fs_type))
			return true;
	return is_cgroup(fs_type);
}

static bool is_device(struct check *c, const struct mount *m)
{
	struct rv_place place;

	for (size_t i = 0; i < c->judged->device_count; i++) {
		const struct rv_judged_device *d = &c->judged->device[i];

		if (strcmp(d->path, m->path) != 0)
			continue;
		return c->view->look(c->view->ctx, m->path, &place) == 0 && place.mount == m->info->id &&
		       (d->block ? S_ISBLK(place.mode) : S_ISCHR(place.mode)) && place.rdev == makedev(d->major, d->minor);
	}
	return false;
}

/* runc binds a directory of its own state for sd_notify(3): runc's notify_socket.go. */
static bool is_notify(const struct check *c, const struct mount *m)
{
	char end[512];
	size_t len = strlen(m->info->root), tail;

	tail = (size_t)snprintf(end, sizeof(end), "/%s/notify", c->judged->id);
	return !strcmp(m->path, "/run/notify") && tail < sizeof(end) && len >= tail && !strcmp(m->info->root + len - tail, end);
}

static bool is_runtimes_own(struct check *c, const struct mount *m, const struct rv_judged_mount *above)
{
	if (above->type && is_cgroup(above->type) && (is_cgroup(m->info->fs_type) || !strcmp(m->path, above->destination)))
		return is_of_sysfs(m->info->fs_type);
	if (above->type && !strcmp(above->type, "sysfs"))
		return is_of_sysfs(m->info->fs_type) && strcmp(m->path, above->destination) != 0;
	return is_device(c, m) || is_notify(c, m);
}

static int check_extra(struct check *c, const struct mount *m)
{
	const struct rv_judged_mount *above = judged_above(c, m->path);

	if (above->open || is_runtimes_own(c, m, above) || (c->judged->foreign && (above->type || above == &c->judged->root)))
		return 0;
	return at_mount(c, above,
			rv_err(c->err, RV_EDENIED, "%s is a mount that was not judged: %s %u:%u %s; it came between judging and mounting",
			       m->path, m->info->fs_type, major(m->info->dev), minor(m->info->dev), m->info->root));
}

static int check_mounts(struct check *c, struct rv_arena *arena)
{
	const struct rv_judged *j = c->judged;
	int rc = read_mounts(c, arena);

	if (rc == 0 && !same_tree(c->root, &j->root.tree[0]))
		rc = replaced(c, &j->root, &j->root.tree[0], c->root, 0);
	if (rc == 0)
		rc = check_inode(c, &j->root, &j->root.tree[0], c->root);
	for (size_t i = 0; i < j->mount_count && rc == 0; i++)
		rc = j->mount[i].type ? check_fresh(c, &j->mount[i]) : check_bind(c, &j->mount[i]);
	for (size_t i = 0; i < j->mount_count && rc == 0; i++)
		if (!j->mount[i].type)
			rc = check_below(c, &j->mount[i]);
	if (rc == 0)
		rc = check_below(c, &j->root);
	for (size_t i = 0; i < c->count && rc == 0; i++)
		if (c->mount[i].path && !c->mount[i].explained && !c->mount[i].hidden)
			rc = check_extra(c, &c->mount[i]);
	return rc;
}

/* ---- namespaces and id maps ---- */

static int check_namespace(struct check *c, const struct rv_judged_namespace *n, size_t index)
{
	struct rv_view_ns now;
	int errnum;

	/* both runtimes make this one later, when init is in its cgroup for good */
	if (!strcmp(n->type, "cgroup"))
		return 0;
	errnum = c->view->ns(c->view->ctx, n->type, &now);
	if (errnum)
		rv_err_errno(c->err, errnum, "cannot look at the %s namespace", n->type);
	else if (n->joined && (now.dev != n->dev || now.ino != n->ino))
		rv_err(c->err, RV_EDENIED,
		       "the %s namespace is not the one that was judged: its path was replaced between judging and joining "
		       "(judged %ju, joined %ju)", n->type, (uintmax_t)n->ino, (uintmax_t)now.ino);
	else if (!n->joined && now.dev == now.own_dev && now.ino == now.own_ino)
		rv_err(c->err, RV_EDENIED, "the %s namespace is the host's instead of a new one", n->type);
	else
		return 0;
	point_at(c, "linux/namespaces", index);
	return -(int)c->err->code;
}

static bool has_map(const char *text, const struct rv_judged_map *map)
{
	unsigned inside, outside, count;
	int used;

	for (; sscanf(text, " %u %u %u%n", &inside, &outside, &count, &used) == 3; text += used)
		if (inside == map->inside && outside == map->outside && count == map->count)
			return true;
	return false;
}

/* The kernel sorts a long map. */
static int check_maps(struct check *c, const struct rv_judged_maps *maps, const char *text, const char *pointer)
{
	size_t lines = 0;
	bool same = true;

	if (!maps->count)
		return 0;
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	for (size_t i = 0; i < maps->count; i++)
		same &= has_map(text, &maps->item[i]);
	if (same && lines == maps->count)
		return 0;
	rv_err(c->err, RV_EDENIED, "the user namespace has other id maps than the document");
	rv_err_at_pointer(c->err, pointer);
	return -RV_EDENIED;
}

int rv_verify(const struct rv_judged *judged, const struct rv_view *view, struct rv_arena *arena, struct rv_err *err)
{
	struct check c = { .judged = judged, .view = view, .err = err };
	int rc = judged->mounts_known ? check_mounts(&c, arena) : 0;

	for (size_t i = 0; i < judged->ns_count && rc == 0; i++)
		rc = check_namespace(&c, &judged->ns[i], i);
	if (rc == 0)
		rc = check_maps(&c, &judged->uids, view->uid_map, "/linux/uidMappings");
	return rc == 0 ? check_maps(&c, &judged->gids, view->gid_map, "/linux/gidMappings") : rc;
}
