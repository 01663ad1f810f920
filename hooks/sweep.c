/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroups.h"
#include "finish.h"
#include "lock.h"

#define UNMONITORED_AGE 60 /* seconds after which a start is over */

static bool is_entry(const struct dirent *file)
{
	return file->d_type == DT_DIR && (rv_str_starts(file->d_name, RV_ASIDE) ||
					  strspn(file->d_name, "0123456789abcdef") == RV_HASH_HEX - 1);
}

/* The runtime's own state: the link `runtime` leads to it (shim/state.h). */
static bool is_over(int entry, int root)
{
	struct rv_attached attached;
	struct stat st;

	if (rv_attached_read(entry, &attached, NULL) < 0)
		return false;
	if (fstatat(entry, "runtime", &st, 0) == 0 || errno != ENOENT)
		return false;
	return *attached.set ? !rv_cgroup_exists(root, attached.container) : time(NULL) - attached.time > UNMONITORED_AGE;
}

/* An entry that was put aside has nobody else who would remove it. */
static void remove_aside(int dir, const char *name)
{
	rv_autofd entry = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *file;
	DIR *list;

	list = entry < 0 ? NULL : fdopendir(entry);
	if (!list)
		return;
	entry = -1;
	while ((file = readdir(list)))
		if (file->d_name[0] != '.')
			(void)unlinkat(dirfd(list), file->d_name, 0);
	closedir(list);
	(void)unlinkat(dir, name, AT_REMOVEDIR);
}

static bool sweep_one(int dir, const char *name, int root)
{
	rv_autofd entry = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct rv_err err = RV_ERR_INIT;
	char path[320];

	if (entry < 0 || !is_over(entry, root))
		return false;
	snprintf(path, sizeof(path), RV_STATE_DIR "/%s", name);
	(void)rv_finish(path, &err);
	if (rv_str_starts(name, RV_ASIDE) && faccessat(entry, RV_ATTACHED_FILE, F_OK, 0) < 0)
		remove_aside(dir, name);
	return true;
}

unsigned rv_sweep(unsigned max)
{
	DIR *dir = opendir(RV_STATE_DIR);
	unsigned done = 0, seen = 0;
	rv_autofd root = -1;
	struct dirent *file;
	struct stat st;
	size_t skip = 0;

	if (!dir)
		return 0;
	if (max && fstat(dirfd(dir), &st) == 0 && st.st_nlink > max + 2)
		skip = (size_t)(rv_now_ms() * 7) % (st.st_nlink - 2);
	if (rv_cgroup_root(&root, NULL) == 0) {
		while ((!max || seen < max) && (file = readdir(dir))) {
			if (!is_entry(file) || (skip && skip--))
				continue;
			seen++;
			done += sweep_one(dirfd(dir), file->d_name, root);
		}
	}
	closedir(dir);
	return done;
}
