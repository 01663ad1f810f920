/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MOUNTINFO_MAX 67108864u
#define MAP_MAX	      65536u

void rv_looker_done(struct rv_looker *l)
{
	rv_io_close(&l->proc);
	rv_io_close(&l->rootfs);
	rv_buf_done(&l->mountinfo);
	rv_buf_done(&l->uid_map);
	rv_buf_done(&l->gid_map);
}

/* path below dir, never out of it and through no link: what was judged has none. */
static int open_inside(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static int look(void *ctx, const char *path, struct rv_place *out)
{
	const struct rv_looker *l = ctx;
	rv_autofd fd = open_inside(l->rootfs, path);
	struct statx st;

	if (fd < 0)
		return errno;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_MNT_ID, &st) < 0)
		return errno;
	if (!(st.stx_mask & STATX_MNT_ID) || !(st.stx_mask & STATX_INO))
		return EOPNOTSUPP;
	*out = (struct rv_place){
		.mount = (unsigned)st.stx_mnt_id,
		.ino = st.stx_ino,
		.mode = st.stx_mode,
		.rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor),
	};
	return 0;
}

/* A process enters a time namespace only by exec: time_namespaces(7). */
static const struct {
	const char *type, *file;
} ns_files[] = {
	{ "pid", "ns/pid" },
	{ "network", "ns/net" },
	{ "mount", "ns/mnt" },
	{ "ipc", "ns/ipc" },
	{ "uts", "ns/uts" },
	{ "user", "ns/user" },
	{ "cgroup", "ns/cgroup" },
	{ "time", "ns/time_for_children" },
};

static int look_ns(void *ctx, const char *type, struct rv_view_ns *out)
{
	const struct rv_looker *l = ctx;
	struct stat now, own;
	char path[64];

	for (size_t i = 0; i < RV_COUNT(ns_files); i++) {
		if (strcmp(ns_files[i].type, type) != 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/%s", ns_files[i].file);
		if (fstatat(l->proc, ns_files[i].file, &now, 0) < 0 || stat(path, &own) < 0)
			return errno;
		*out = (struct rv_view_ns){
			.dev = now.st_dev, .ino = now.st_ino, .own_dev = own.st_dev, .own_ino = own.st_ino
		};
		return 0;
	}
	return EINVAL;
}

/* Files of procfs have no size and are read piece by piece. */
static int read_proc(const struct rv_looker *l, const char *name, size_t max, struct rv_buf *out, struct rv_err *err)
{
	rv_autofd fd = openat(l->proc, name, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? rv_err_errno(err, errno, "open") : rv_io_read_fd(fd, max, out, err);

	if (rc < 0)
		rv_err_at_file(err, name, 0, 0);
	return rc;
}

static int open_rootfs(struct rv_looker *l, const char *rootfs, struct rv_err *err)
{
	rv_autofd root = openat(l->proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return rv_err_errno(err, errno, "cannot look into the container");
	l->rootfs = open_inside(root, rootfs);
	return l->rootfs < 0 ? rv_err_errno(err, errno, "cannot look at the root file system %s", rootfs) : 0;
}

int rv_look(struct rv_looker *l, pid_t pid, const char *rootfs, struct rv_arena *arena, struct rv_view *view, struct rv_err *err)
{
	char path[32];
	int rc;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	l->proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (l->proc < 0)
		return rv_err_errno(err, errno, "cannot look at the container's process");
	*view = (struct rv_view){ .ctx = l, .look = look, .ns = look_ns };
	rc = read_proc(l, "uid_map", MAP_MAX, &l->uid_map, err);
	if (rc == 0)
		rc = read_proc(l, "gid_map", MAP_MAX, &l->gid_map, err);
	if (rc < 0)
		return rc;
	view->uid_map = rv_buf_str(&l->uid_map);
	view->gid_map = rv_buf_str(&l->gid_map);
	if (!rootfs)
		return 0;
	rc = read_proc(l, "mountinfo", MOUNTINFO_MAX, &l->mountinfo, err);
	if (rc == 0)
		rc = rv_mountinfo_parse(rv_buf_str(&l->mountinfo), l->mountinfo.len, arena, &view->mounts, err);
	return rc == 0 ? open_rootfs(l, rootfs, err) : rc;
}
