/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEXT_MAX      65536u
#define FILEID_KERNFS 0xfe /* linux/exportfs.h */

void rv_cgroup_done(struct rv_cgroup *c)
{
	rv_io_close(&c->fd);
	rv_io_close(&c->root);
}

static int enter_namespace(struct rv_err *err)
{
	rv_autofd fd = open("/proc/1/ns/cgroup", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWCGROUP) < 0)
		return rv_err_errno(err, errno, "cannot enter the first process's cgroup namespace");
	return 0;
}

/* A mount of its own, seen by nobody else: where the node has it, and whether, does not matter. */
int rv_cgroup_root(int *root, struct rv_err *err)
{
	rv_autofd fs = -1, mount = -1;
	int rc = enter_namespace(err);

	if (rc < 0)
		return rc;
	fs = (int)syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC);
	if (fs < 0 && errno == ENODEV)
		return rv_err(err, RV_ESYSTEM, "this kernel has no cgroup2");
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return rv_err_errno(err, errno, "cannot open cgroup2");
	mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	/* what fsmount(2) gives is a path, which open_by_handle_at(2) does not take */
	*root = mount < 0 ? -1 : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *root < 0 ? rv_err_errno(err, errno, "cannot look into cgroup2") : 0;
}

static int read_text(int dir, const char *name, struct rv_buf *out, struct rv_err *err)
{
	rv_autofd fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return rv_err_errno(err, errno, "cannot open %s", name);
	return rv_io_read_fd(fd, TEXT_MAX, out, err);
}

static int read_path(struct rv_cgroup *c, pid_t pid, struct rv_err *err)
{
	rv_autobuf text = { 0 };
	const char *line;
	char name[32];
	size_t len;
	int rc;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	rc = read_text(AT_FDCWD, name, &text, err);
	if (rc < 0)
		return rc;
	line = strstr(rv_buf_str(&text), "0::/");
	if (!line || (line != rv_buf_str(&text) && line[-1] != '\n'))
		return rv_err(err, RV_ESYSTEM, "the container has no cgroup in cgroup2");
	line += 3;
	len = strcspn(line, "\n");
	if (len == 1)
		return rv_err(err, RV_ESYSTEM, "the container has no cgroup2 of its own, it shares the node's");
	if (len >= sizeof(c->path) || !strncmp(line, "/..", 3))
		return rv_err(err, RV_ESYSTEM, "the container's cgroup %.*s cannot be looked at from here", (int)(len % 256), line);
	memcpy(c->path, line, len);
	c->path[len] = '\0';
	return 0;
}

static int check_alone(const struct rv_cgroup *c, pid_t pid, struct rv_err *err)
{
	rv_autobuf processes = { 0 }, stat = { 0 };
	const char *count;
	char *rest, *line;
	int rc = read_text(c->fd, "cgroup.procs", &processes, err);

	if (rc == 0)
		rc = read_text(c->fd, "cgroup.stat", &stat, err);
	if (rc < 0)
		return rc;
	for (line = processes.len ? strtok_r(processes.data, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
		if (strtol(line, NULL, 10) != pid)
			return rv_err(err, RV_ESYSTEM, "other processes live in the container's cgroup %s", c->path);
	count = strstr(rv_buf_str(&stat), "nr_descendants ");
	if (!count || strtol(count + strlen("nr_descendants "), NULL, 10) != 0)
		return rv_err(err, RV_ESYSTEM, "the container's cgroup %s has others below it", c->path);
	return 0;
}

int rv_cgroup_of(struct rv_cgroup *c, pid_t pid, struct rv_err *err)
{
	int rc = rv_cgroup_root(&c->root, err);
	struct stat st;

	if (rc == 0)
		rc = read_path(c, pid, err);
	if (rc < 0)
		return rc;
	c->fd = openat(c->root, c->path + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->fd < 0 || fstat(c->fd, &st) < 0)
		return rv_err_errno(err, errno, "cannot open the container's cgroup %s", c->path);
	c->id = st.st_ino;
	return check_alone(c, pid, err);
}

/* The kernel finds a cgroup by a file handle that is its id: kernfs_fh_to_dentry(). */
bool rv_cgroup_exists(int root, uint64_t id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} by = { .handle = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	rv_autofd fd = -1;

	memcpy(by.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(root, &by.handle, O_PATH | O_CLOEXEC);
	return fd >= 0 || errno != ESTALE;
}
