/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MOUNTS "/sys/fs/cgroup"

#define DEPTH 64 /* deeper than anything that engines make; what is deeper counts as taken */

static bool has_process(int at, const char *name, int depth)
{
	int dir = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rv_autofd procs = dir < 0 ? -1 : openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	DIR *files = dir < 0 ? NULL : fdopendir(dir);
	struct dirent *file;
	bool found;
	char byte;

	if (!files) {
		rv_io_close(&dir);
		return false;
	}
	found = depth == DEPTH || (procs >= 0 && read(procs, &byte, 1) == 1);
	while (!found && (file = readdir(files)))
		found = file->d_type == DT_DIR && strcmp(file->d_name, ".") && strcmp(file->d_name, "..") &&
			has_process(dir, file->d_name, depth + 1);
	closedir(files);
	return found;
}

/* Where no hierarchy is mounted, crun 1.8.1 leaves files of the same names with the number of a process that has ended. */
static bool is_hierarchy(int dir)
{
	struct statfs fs;

	return fstatfs(dir, &fs) == 0 && (fs.f_type == CGROUP_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC);
}

/* path below one hierarchy, or below the one that is mounted at MOUNTS itself. */
static bool is_taken_in(int mounts, const char *hierarchy, const char *path)
{
	rv_autofd top = openat(mounts, hierarchy, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return top >= 0 && is_hierarchy(top) && has_process(top, path, 0);
}

bool rv_cgroup_is_taken(const char *path)
{
	const char *below = path ? path + strspn(path, "/") : "";
	int mounts = *below && !strchr(path, ':') ? open(MOUNTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *hierarchies = mounts < 0 ? NULL : fdopendir(mounts);
	struct dirent *entry;
	bool taken;

	if (!hierarchies) {
		rv_io_close(&mounts);
		return false;
	}
	taken = is_taken_in(mounts, ".", below);
	/* of cgroup2 alone the directories are cgroups, and this is not their parent */
	if (!taken && faccessat(mounts, "cgroup.controllers", F_OK, 0) < 0)
		while (!taken && (entry = readdir(hierarchies)))
			taken = entry->d_type == DT_DIR && entry->d_name[0] != '.' && is_taken_in(mounts, entry->d_name, below);
	closedir(hierarchies);
	return taken;
}
