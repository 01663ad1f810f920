/* SPDX-License-Identifier: Apache-2.0 */
#include "act.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *file, *what;
} acts[] = {
	[RV_ACT_FREEZE] = { "cgroup.freeze", "freeze" },
	[RV_ACT_STOP] = { "cgroup.kill", "stop" },
};

int rv_act_open(int *fd, struct rv_err *err)
{
	rv_autofd fs = (int)syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC);
	int mount;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return rv_err_errno(err, errno, "cannot mount cgroup2");
	mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (mount < 0)
		return rv_err_errno(err, errno, "cannot mount cgroup2");
	*fd = mount;
	return 0;
}

int rv_act(int root, enum rv_act act, const char *path, uint64_t id, struct rv_err *err)
{
	rv_autofd dir = -1, file = -1;
	struct stat st;

	while (*path == '/')
		path++;
	dir = openat(root, *path ? path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st) < 0)
		return rv_err_errno(err, errno, "cannot %s the cgroup /%s", acts[act].what, path);
	/* cgroups are numbered by their inodes: kernfs */
	if (st.st_ino != id)
		return rv_err_errno(err, ENOENT, "cannot %s the cgroup /%s: it is another one", acts[act].what, path);
	file = openat(dir, acts[act].file, O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, "1", 1) != 1)
		return rv_err_errno(err, errno, "cannot %s the cgroup /%s", acts[act].what, path);
	return 0;
}
