/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "resolve.h"
#include "usermap.h"

static const struct {
	const char *type, *file[2];
	int kind; /* as NS_GET_NSTYPE tells it: ioctl_nsfs(2) */
} ns_files[] = {
	{ "pid", { "pid", "pid_for_children" }, CLONE_NEWPID },
	{ "network", { "net" }, CLONE_NEWNET },
	{ "mount", { "mnt" }, CLONE_NEWNS },
	{ "ipc", { "ipc" }, CLONE_NEWIPC },
	{ "uts", { "uts" }, CLONE_NEWUTS },
	{ "user", { "user" }, CLONE_NEWUSER },
	{ "cgroup", { "cgroup" }, CLONE_NEWCGROUP },
	{ "time", { "time", "time_for_children" }, 0x80 }, /* CLONE_NEWTIME */
};

/* The file may have any name: what it is, the kernel says of the opened one. */
static bool is_kind(const char *type, const struct rv_path_fact *path)
{
	rv_autofd fd = -1;
	struct statfs fs;
	struct stat st;

	if (statfs(path->resolved, &fs) < 0 || (long)fs.f_type != NSFS_MAGIC)
		return false;
	fd = open(path->resolved, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != path->dev || st.st_ino != path->ino)
		return false;
	for (size_t i = 0; i < RV_COUNT(ns_files); i++)
		if (!strcmp(ns_files[i].type, type))
			return ioctl(fd, NS_GET_NSTYPE) == ns_files[i].kind;
	return false;
}

/* Kernels without a kind of namespace have no such file; pid 1's may be out of bounds, for root of a nested system too. */
static bool is_out_of_sight(int errnum)
{
	return errnum == ENOENT || errnum == EACCES || errnum == EPERM;
}

/* Is it pid 1's namespace or ours? -1: that cannot be said. */
static int is_host_ns(const char *type, const struct rv_path_fact *path)
{
	static const char *const owner[] = { "1", "self" };
	bool compared = false;

	for (size_t i = 0; i < RV_COUNT(ns_files); i++) {
		for (size_t k = 0; !strcmp(ns_files[i].type, type) && k < 4; k++) {
			const char *file = ns_files[i].file[k / 2];
			struct stat st;
			char name[64];

			if (!file)
				continue;
			snprintf(name, sizeof(name), "/proc/%s/ns/%s", owner[k % 2], file);
			if (stat(name, &st) < 0) {
				if (!is_out_of_sight(errno))
					return -1;
				continue;
			}
			compared = true;
			if (st.st_dev == path->dev && st.st_ino == path->ino)
				return 1;
		}
	}
	return compared ? 0 : -1;
}

static void judge_namespace(struct rv_ns_fact *ns, const char *type)
{
	int host;

	ns->unknown = !ns->path.resolved;
	if (!ns->path.exists)
		return;
	host = type && is_kind(type, &ns->path) ? is_host_ns(type, &ns->path) : -1;
	ns->is_host = host == 1;
	ns->unknown = host < 0;
	if (host == 0 && !strcmp(type, "user"))
		ns->least_host_id = rv_usermap_least(ns->path.resolved);
}

void rv_namespaces_gather(struct rv_facts *facts, const struct rv_spec *spec, struct rv_arena *arena)
{
	struct rv_json *list = rv_json_get(spec->linux_, "namespaces");
	size_t i = 0;

	facts->namespace_count = rv_json_count(list);
	facts->namespaces = rv_arena_alloc(arena, (facts->namespace_count + 1) * sizeof(*facts->namespaces));
	if (!facts->namespaces)
		return;
	rv_json_each(entry, list) {
		struct rv_ns_fact *ns = &facts->namespaces[i++];
		const char *path = rv_json_str(rv_json_get(entry, "path"));

		if (!path || !*path)
			continue;
		ns->has_path = true;
		rv_resolve_host(arena, facts->bundle, path, &ns->path);
		judge_namespace(ns, rv_json_str(rv_json_get(entry, "type")));
	}
}
