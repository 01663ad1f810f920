/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MAX 40

/* What a name leads to. */
struct place {
	mode_t mode;
	dev_t dev, rdev;
	ino_t ino;
	unsigned mount;
};

struct walk {
	struct rv_arena *arena;
	int root;
	bool host;
	const struct rv_view *view; /* what is mounted inside of root; NULL: nothing */
	int at;		     /* what `text` names; unused once missing */
	struct place st;     /* of at */
	char text[PATH_MAX]; /* clean path so far, "" for the root */
	size_t len;
	const char *pending; /* what is still to be walked */
	bool missing;
	unsigned links;
};

static int walk_path(struct walk *w, const char *path);

/* Says what is known without asking a server that may be gone. */
static int look(int fd, struct place *out)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		return errno;
	*out = (struct place){
		.mode = st.stx_mode,
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor),
		.ino = st.stx_ino,
		.mount = st.stx_mask & STATX_MNT_ID ? (unsigned)st.stx_mnt_id : 0,
	};
	return 0;
}

static void stand_at(struct walk *w, int fd, const struct place *st)
{
	rv_io_close(&w->at);
	w->at = fd;
	w->st = *st;
}

static int move_to(struct walk *w, int fd)
{
	struct place st = { 0 };
	int rc = look(fd, &st);

	if (rc != 0)
		close(fd);
	else
		stand_at(w, fd, &st);
	return rc;
}

static int to_root(struct walk *w)
{
	int fd = fcntl(w->root, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return errno;
	w->len = 0;
	w->text[0] = '\0';
	w->missing = false;
	return move_to(w, fd);
}

static int push(struct walk *w, const char *name, size_t len)
{
	if (w->len + len + 2 > PATH_MAX)
		return ENAMETOOLONG;
	w->text[w->len++] = '/';
	memcpy(w->text + w->len, name, len);
	w->len += len;
	w->text[w->len] = '\0';
	return 0;
}

static int again(struct walk *w);

static int go_up(struct walk *w)
{
	int fd, rc;

	if (w->len == 0)
		return 0;
	if (!w->missing && !w->view) {
		fd = openat(w->at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		rc = fd < 0 ? errno : move_to(w, fd);
		if (rc != 0)
			return rc;
	}
	while (w->len > 0 && w->text[--w->len] != '/')
		;
	w->text[w->len] = '\0';
	return w->view ? again(w) : 0;
}

/* Same file, reached through the same mount: without the mount, another namespace's view of one file system would pass. */
static bool same_place(int a, int b)
{
	struct statx x, y;

	return statx(a, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &x) == 0 &&
	       statx(b, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &y) == 0 && (x.stx_mask & y.stx_mask & STATX_MNT_ID) &&
	       x.stx_ino == y.stx_ino && x.stx_mnt_id == y.stx_mnt_id && x.stx_dev_major == y.stx_dev_major &&
	       x.stx_dev_minor == y.stx_dev_minor;
}

static bool is_on(int fd, long magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (long)fs.f_type == magic;
}

/* name, a link of procfs below w->at whose text may lie. Takes over the walk when it is one: *done. */
static int follow_magic(struct walk *w, const char *name, size_t len, const char *target, bool *done)
{
	struct walk named = { .arena = w->arena, .root = w->root, .host = true, .at = -1, .links = w->links };
	rv_autofd fd = -1;
	int rc;

	*done = false;
	if (target[0] != '/' && !strchr(target, ':'))
		return 0;
	*done = true;
	if (!w->host)
		return ELOOP;
	fd = openat(w->at, name, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (is_on(fd, NSFS_MAGIC)) {
		rc = push(w, name, len);
	} else if (target[0] != '/') {
		rc = ESTALE;
	} else {
		rc = walk_path(&named, target);
		if (rc == 0 && (named.missing || !same_place(fd, named.at)))
			rc = ESTALE;
		rv_io_close(&named.at);
		if (rc == 0) {
			memcpy(w->text, named.text, named.len + 1);
			w->len = named.len;
			w->links = named.links;
		}
	}
	if (rc == 0) {
		rc = move_to(w, fd);
		fd = -1;
	}
	return rc;
}

static int follow(struct walk *w, int link, const char *name, size_t len)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
	bool done = false;
	int rc = 0;

	if (n < 0)
		return errno;
	if (n == (ssize_t)sizeof(target) - 1)
		return ENAMETOOLONG;
	target[n] = '\0';
	if (++w->links > LINKS_MAX)
		return ELOOP;
	if (is_on(link, PROC_SUPER_MAGIC))
		rc = follow_magic(w, name, len, target, &done);
	if (rc != 0 || done)
		return rc;
	w->pending = rv_arena_printf(w->arena, "%s/%s", target, w->pending);
	if (!w->pending)
		return ENOMEM;
	return target[0] == '/' ? to_root(w) : 0;
}

/* Something is mounted at the place that was just reached: *done. */
static int enter_mount(struct walk *w, bool *done)
{
	const struct rv_view_mount *mount = NULL;
	int fd;

	for (size_t i = 0; w->view && i < w->view->count; i++)
		if (!strcmp(w->view->item[i].at, w->text))
			mount = &w->view->item[i];
	*done = mount != NULL;
	if (!mount)
		return 0;
	if (!mount->source) {
		w->missing = true;
		return 0;
	}
	fd = open(mount->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno;
	w->missing = false;
	return move_to(w, fd);
}

static int step(struct walk *w, const char *start, size_t len)
{
	char name[NAME_MAX + 1];
	rv_autofd fd = -1;
	struct place st = { 0 };
	bool done;
	int rc;

	if (!w->missing && !S_ISDIR(w->st.mode))
		return ENOTDIR;
	if (len == 1 && start[0] == '.')
		return 0;
	if (len == 2 && start[0] == '.' && start[1] == '.')
		return go_up(w);
	if (len > NAME_MAX)
		return ENAMETOOLONG;
	memcpy(name, start, len);
	name[len] = '\0';
	/* what a container's procfs shows depends on who looks, and its links lead anywhere */
	if (!w->host && !w->missing && is_on(w->at, PROC_SUPER_MAGIC))
		w->missing = true;
	if (!w->missing) {
		fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		rc = fd < 0 ? errno : look(fd, &st);
		if (rc != 0 && rc != ENOENT)
			return rc;
		if (rc == 0 && S_ISLNK(st.mode))
			return follow(w, fd, name, len);
		w->missing = rc != 0;
	}
	rc = push(w, name, len);
	if (rc == 0)
		rc = enter_mount(w, &done);
	if (rc == 0 && !done && !w->missing) {
		stand_at(w, fd, &st);
		fd = -1;
	}
	return rc;
}

/* Walks the text so far from the root: ".." of a mounted directory is not where it was mounted. */
static int again(struct walk *w)
{
	char text[PATH_MAX];
	int rc;

	memcpy(text, w->text, w->len + 1);
	rc = to_root(w);
	for (const char *at = text; rc == 0 && *at; at += strcspn(at, "/")) {
		at += strspn(at, "/");
		rc = step(w, at, strcspn(at, "/"));
	}
	return rc;
}

static int walk_path(struct walk *w, const char *path)
{
	int rc;

	w->pending = path;
	rc = to_root(w);
	while (rc == 0) {
		const char *start = w->pending + strspn(w->pending, "/");
		size_t len = strcspn(start, "/");

		if (len == 0)
			break;
		w->pending = start + len;
		rc = step(w, start, len);
	}
	return rc;
}

static void set_place(struct rv_path_fact *out, const struct place *st)
{
	out->exists = true;
	out->mode = st->mode;
	out->dev = st->dev;
	out->rdev = st->rdev;
	out->ino = st->ino;
	out->mount = st->mount;
}

/* A bind that lies above path would lead elsewhere than the root does. */
static bool below_bind(const struct rv_view *view, const char *path)
{
	for (size_t i = 0; view && i < view->count; i++)
		if (view->item[i].source && rv_path_under(path, view->item[i].at))
			return true;
	return false;
}

/* Most paths are there and have no link in them: then the kernel says so in one call, and the name is the place. Anything else
 * is left to the walk. */
static bool is_straight(struct rv_arena *arena, int rootfd, const struct rv_view *view, const char *path, struct rv_path_fact *out)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | (rootfd < 0 ? 0 : RESOLVE_IN_ROOT),
	};
	rv_autofd fd = -1;
	struct place st = { 0 };
	char *clean;

	if (strstr(path, ".."))
		return false;
	fd = (int)syscall(SYS_openat2, rootfd < 0 ? AT_FDCWD : rootfd, path, &how, sizeof(how));
	/* ELOOP comes before ENOENT: there is no link in front of what is missing, and the rest is literal */
	if (fd < 0 ? errno != ENOENT : look(fd, &st) != 0)
		return false;
	clean = rv_path_clean(arena, path);
	if (!clean || below_bind(view, clean))
		return false;
	*out = (struct rv_path_fact){ .resolved = clean };
	if (fd >= 0)
		set_place(out, &st);
	return true;
}

static void walk_all(struct walk *w, const char *path, struct rv_path_fact *out)
{
	int rc = walk_path(w, path);

	*out = (struct rv_path_fact){ .errnum = rc };
	if (rc == 0)
		out->resolved = rv_arena_strdup(w->arena, w->len ? w->text : "/");
	if (rc == 0 && !w->missing)
		set_place(out, &w->st);
	if (!out->resolved && !rc)
		out->errnum = ENOMEM;
	rv_io_close(&w->at);
}

static void resolve(struct walk *w, const char *base, const char *path, struct rv_path_fact *out)
{
	const char *full = path[0] == '/' ? path : rv_arena_printf(w->arena, "%s/%s", base, path);
	rv_autofd root = -1;

	if (!full) {
		*out = (struct rv_path_fact){ .errnum = ENOMEM };
		return;
	}
	if (is_straight(w->arena, w->root, w->view, full, out))
		return;
	if (w->host)
		w->root = root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	walk_all(w, full, out);
}

void rv_resolve_host(struct rv_arena *arena, const char *base, const char *path, struct rv_path_fact *out)
{
	struct walk w = { .arena = arena, .root = -1, .host = true, .at = -1 };

	resolve(&w, base, path, out);
}

void rv_resolve_view(struct rv_arena *arena, int rootfd, const struct rv_view *view, const char *base, const char *path,
		     struct rv_path_fact *out)
{
	struct walk w = { .arena = arena, .root = rootfd, .view = view, .at = -1 };

	resolve(&w, base, path, out);
}

void rv_resolve_inside(struct rv_arena *arena, int rootfd, const char *base, const char *path, struct rv_path_fact *out)
{
	rv_resolve_view(arena, rootfd, NULL, base, path, out);
}
