/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MAX 40

struct walk {
	struct rv_arena *arena;
	int root;
	bool host;
	int at;		     /* what `text` names; unused once missing */
	struct stat st;	     /* of at */
	char text[PATH_MAX]; /* clean path so far, "" for the root */
	size_t len;
	const char *pending; /* what is still to be walked */
	bool missing;
	unsigned links;
};

static int walk_path(struct walk *w, const char *path);

static void stand_at(struct walk *w, int fd, const struct stat *st)
{
	rv_io_close(&w->at);
	w->at = fd;
	w->st = *st;
}

static int move_to(struct walk *w, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		int rc = errno;

		close(fd);
		return rc;
	}
	stand_at(w, fd, &st);
	return 0;
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

static int go_up(struct walk *w)
{
	int fd, rc;

	if (w->len == 0)
		return 0;
	if (!w->missing) {
		fd = openat(w->at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		rc = fd < 0 ? errno : move_to(w, fd);
		if (rc != 0)
			return rc;
	}
	while (w->len > 0 && w->text[--w->len] != '/')
		;
	w->text[w->len] = '\0';
	return 0;
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

static int step(struct walk *w, const char *start, size_t len)
{
	char name[NAME_MAX + 1];
	rv_autofd fd = -1;
	struct stat st;
	int rc;

	if (!w->missing && !S_ISDIR(w->st.st_mode))
		return ENOTDIR;
	if (len == 1 && start[0] == '.')
		return 0;
	if (len == 2 && start[0] == '.' && start[1] == '.')
		return go_up(w);
	/* what a container's procfs shows depends on who looks, and its links lead anywhere */
	if (!w->host && !w->missing && is_on(w->at, PROC_SUPER_MAGIC))
		w->missing = true;
	if (w->missing)
		return push(w, start, len);
	if (len > NAME_MAX)
		return ENAMETOOLONG;
	memcpy(name, start, len);
	name[len] = '\0';
	fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		w->missing = true;
		return push(w, name, len);
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return errno;
	if (S_ISLNK(st.st_mode))
		return follow(w, fd, name, len);
	rc = push(w, name, len);
	if (rc == 0) {
		stand_at(w, fd, &st);
		fd = -1;
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

static void set_stat(struct rv_path_fact *out, const struct stat *st)
{
	out->exists = true;
	out->mode = st->st_mode;
	out->dev = st->st_dev;
	out->rdev = st->st_rdev;
	out->ino = st->st_ino;
}

/* Most paths are there and have no link in them: then the kernel says so in one call, and the name is the place. Anything else
 * is left to the walk. */
static bool is_straight(struct rv_arena *arena, int rootfd, const char *path, struct rv_path_fact *out)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | (rootfd < 0 ? 0 : RESOLVE_IN_ROOT),
	};
	rv_autofd fd = -1;
	struct stat st;

	if (strstr(path, ".."))
		return false;
	fd = (int)syscall(SYS_openat2, rootfd < 0 ? AT_FDCWD : rootfd, path, &how, sizeof(how));
	/* ELOOP comes before ENOENT: there is no link in front of what is missing, and the rest is literal */
	if (fd < 0 ? errno != ENOENT : fstat(fd, &st) < 0)
		return false;
	*out = (struct rv_path_fact){ .resolved = rv_path_clean(arena, path) };
	if (!out->resolved)
		return false;
	if (fd >= 0)
		set_stat(out, &st);
	return true;
}

static void walk_all(struct walk *w, const char *path, struct rv_path_fact *out)
{
	int rc = walk_path(w, path);

	*out = (struct rv_path_fact){ .errnum = rc };
	if (rc == 0)
		out->resolved = rv_arena_strdup(w->arena, w->len ? w->text : "/");
	if (rc == 0 && !w->missing)
		set_stat(out, &w->st);
	if (!out->resolved && !rc)
		out->errnum = ENOMEM;
	rv_io_close(&w->at);
}

static void resolve(struct rv_arena *arena, int rootfd, const char *base, const char *path, struct rv_path_fact *out)
{
	const char *full = path[0] == '/' ? path : rv_arena_printf(arena, "%s/%s", base, path);
	struct walk w = { .arena = arena, .root = rootfd, .host = rootfd < 0, .at = -1 };
	rv_autofd root = -1;

	if (!full) {
		*out = (struct rv_path_fact){ .errnum = ENOMEM };
		return;
	}
	if (is_straight(arena, rootfd, full, out))
		return;
	if (w.host)
		w.root = root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	walk_all(&w, full, out);
}

void rv_resolve_host(struct rv_arena *arena, const char *base, const char *path, struct rv_path_fact *out)
{
	resolve(arena, -1, base, path, out);
}

void rv_resolve_inside(struct rv_arena *arena, int rootfd, const char *base, const char *path, struct rv_path_fact *out)
{
	resolve(arena, rootfd, base, path, out);
}
