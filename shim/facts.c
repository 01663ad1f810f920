/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "identity.h"
#include "namespaces.h"
#include "resolve.h"
#include "staged.h"
#include "trees.h"

static uid_t find_caller(void)
{
	rv_autofd fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	uid_t uid = geteuid();
	rv_autobuf map = { 0 };
	char *line, *rest;

	if (fd < 0 || rv_io_read_fd(fd, 65536, &map, NULL) < 0 || !map.len)
		return uid;
	for (line = strtok_r(map.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned inside, outside, count;

		if (sscanf(line, "%u %u %u", &inside, &outside, &count) == 3 && uid >= inside && uid - inside < count)
			return outside + (uid - inside);
	}
	return uid;
}

uid_t rv_facts_caller(void)
{
	static uid_t caller;
	static bool known;

	if (!known)
		caller = find_caller();
	known = true;
	return caller;
}

bool rv_facts_clock_unset(time_t now)
{
	return now < RV_BUILD_TIME;
}

static int gather_kernel(struct rv_facts *facts, struct rv_arena *arena, struct rv_err *err)
{
	struct utsname name;

	if (uname(&name) < 0)
		return rv_err_errno(err, errno, "uname");
	if (sscanf(name.release, "%u.%u", &facts->kernel_major, &facts->kernel_minor) != 2)
		facts->kernel_major = facts->kernel_minor = 0;
	facts->arch = rv_arena_strdup(arena, name.machine);
	return 0;
}

static const char *const hook_stages[] = { "prestart",	     "createRuntime", "createContainer",
					   "startContainer", "poststart",     "poststop" };

/* A program is as trustworthy as every directory above it; in a sticky one nobody can replace what is another's. */
static const char *loose_at(const char *path, uid_t caller, struct rv_arena *arena)
{
	for (const char *end = path; *end; ) {
		char *at;
		struct stat st;

		end += strcspn(end + 1, "/") + 1;
		at = rv_arena_strndup(arena, path, (size_t)(end - path));
		if (!at || lstat(at, &st) < 0)
			return path;
		if ((st.st_uid != 0 && st.st_uid != caller && st.st_uid != geteuid()) ||
		    ((st.st_mode & 022) && !(S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX))))
			return at;
	}
	return NULL;
}

static void gather_hooks(struct rv_facts *facts, const struct rv_spec *spec, int rootfs, struct rv_arena *arena)
{
	struct rv_json *hooks = rv_json_get(spec->root, "hooks");
	size_t count = 0;

	for (size_t i = 0; i < RV_COUNT(hook_stages); i++)
		count += rv_json_count(rv_json_get(hooks, hook_stages[i]));
	facts->hooks = rv_arena_alloc(arena, (count + 1) * sizeof(*facts->hooks));
	if (!facts->hooks)
		return;
	for (size_t i = 0; i < RV_COUNT(hook_stages); i++) {
		size_t index = 0;

		rv_json_each(hook, rv_json_get(hooks, hook_stages[i])) {
			struct rv_hook_fact *fact = &facts->hooks[facts->hook_count++];
			const char *path = rv_json_str(rv_json_get(hook, "path"));

			fact->stage = hook_stages[i];
			fact->index = index++;
			fact->path.errnum = EINVAL;
			if (!path || path[0] != '/')
				continue;
			/* startContainer alone runs after the pivot, so its path names a file of the image */
			if (strcmp(fact->stage, "startContainer") != 0) {
				rv_resolve_host(arena, "/", path, &fact->path);
				if (fact->path.exists)
					fact->loose = loose_at(fact->path.resolved, facts->caller, arena);
			} else if (rootfs >= 0) {
				rv_resolve_inside(arena, rootfs, "/", path, &fact->path);
			}
		}
	}
}

static bool enters_userns(const struct rv_facts *facts, const struct rv_spec *spec)
{
	rv_json_each(entry, rv_json_get(spec->linux_, "namespaces")) {
		const char *type = rv_json_str(rv_json_get(entry, "type"));

		if (type && !strcmp(type, "user"))
			return true;
	}
	return facts->caller != 0;
}

static void gather_devices(struct rv_facts *facts, const struct rv_spec *spec, struct rv_arena *arena)
{
	const struct rv_json *devices = rv_json_get(spec->linux_, "devices");

	if (!devices || !enters_userns(facts, spec))
		return;
	facts->devices = rv_arena_alloc(arena, (rv_json_count(devices) + 1) * sizeof(*facts->devices));
	if (!facts->devices)
		return;
	rv_json_each(node, devices) {
		struct rv_path_fact *fact = &facts->devices[facts->device_count++];
		const char *path = rv_json_str(rv_json_get(node, "path"));

		if (path && *path == '/')
			rv_resolve_host(arena, "/", path, fact);
	}
}

static const char *bad_dir_of(int rootfs)
{
	static const char *const dirs[] = { "/proc", "/sys", "/dev" };
	struct stat st;

	for (size_t i = 0; i < RV_COUNT(dirs); i++)
		if (fstatat(rootfs, dirs[i] + 1, &st, AT_SYMLINK_NOFOLLOW) == 0 ? !S_ISDIR(st.st_mode) : errno != ENOENT)
			return dirs[i];
	return NULL;
}

/* As the process finds them, with everything mounted. */
static void gather_process_paths(struct rv_rootfs_fact *fact, const struct rv_spec *spec, int rootfs, const struct rv_view *view,
				 struct rv_arena *arena)
{
	const char *cwd = rv_json_str(rv_json_get(spec->process, "cwd"));
	const char *arg0 = rv_json_str(rv_json_first(rv_json_get(spec->process, "args")));
	struct rv_path_fact path;

	if (cwd && cwd[0] == '/') {
		rv_resolve_view(arena, rootfs, view, "/", cwd, &path);
		if (!path.exists || S_ISDIR(path.mode))
			fact->cwd = path.resolved;
	}
	if (!arg0 || !strchr(arg0, '/'))
		return;
	rv_resolve_view(arena, rootfs, view, fact->cwd ? fact->cwd : "/", arg0, &path);
	/* one that cannot be walked (a loop of links) is judged by its name */
	fact->arg0 = path.resolved || arg0[0] != '/' ? path.resolved : rv_path_clean(arena, arg0);
}

void rv_facts_process(struct rv_facts *facts, const struct rv_spec *process, int rootfs, struct rv_arena *arena)
{
	facts->rootfs.path.exists = true;
	gather_process_paths(&facts->rootfs, process, rootfs, NULL, arena);
}

void rv_facts_dirs(struct rv_facts *facts, const struct rv_list *enforced, const struct rv_list *audited, struct rv_arena *arena)
{
	const struct rv_list *lists[] = { enforced, audited };
	const char **dirs = rv_arena_alloc(arena, (enforced->count + audited->count + 1) * sizeof(*dirs));
	rv_autofd rootfs = -1;
	size_t n = 0;

	if (facts->rootfs.path.exists && enforced->count + audited->count)
		rootfs = open(facts->rootfs.path.resolved, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	for (size_t k = 0; rootfs >= 0 && dirs && k < RV_COUNT(lists); k++) {
		for (size_t i = 0; i < lists[k]->count; i++) {
			struct rv_path_fact path;

			rv_resolve_inside(arena, rootfs, "/", lists[k]->item[i], &path);
			if (path.exists && S_ISDIR(path.mode) && !strcmp(path.resolved, lists[k]->item[i]))
				dirs[n++] = path.resolved;
		}
	}
	facts->rootfs.dirs = dirs;
}

static int gather_rootfs(struct rv_facts *facts, const struct rv_spec *spec, struct rv_arena *arena)
{
	const char *path = rv_json_str(rv_json_at(spec->root, "/root/path"));
	struct rv_rootfs_fact *fact = &facts->rootfs;
	struct stat st;
	int fd;

	if (!path || !*path) {
		fact->path.errnum = ENOENT;
		return -1;
	}
	rv_resolve_host(arena, facts->bundle, path, &fact->path);
	if (!fact->path.exists)
		return -1;
	fd = open(fact->path.resolved, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		fact->path = (struct rv_path_fact){ .errnum = errno };
		return -1;
	}
	fact->bad_dir = bad_dir_of(fd);
	if (fstatat(fd, "dev/null", &st, AT_SYMLINK_NOFOLLOW) == 0)
		fact->dev_null_fake = !(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	else
		fact->dev_null_fake = errno != ENOENT && errno != ENOTDIR;
	return fd;
}

static const char *const *resolved_list(const char *const *list, struct rv_arena *arena)
{
	const char **out;
	size_t count = 0;

	while (list && list[count])
		count++;
	out = rv_arena_alloc(arena, (count + 1) * sizeof(*out));
	for (size_t i = 0; out && i < count; i++) {
		struct rv_path_fact path;

		rv_resolve_host(arena, "/", list[i], &path);
		out[i] = path.resolved ? path.resolved : list[i];
	}
	return out;
}

/* What a container that writes there could turn reeve off with. */
static const char *const *own_dirs(const struct rv_node *node, struct rv_arena *arena)
{
	const char *slash = strrchr(node->log, '/');
	const char *log = slash && slash > node->log ? rv_arena_strndup(arena, node->log, (size_t)(slash - node->log)) : NULL;
	const char *const dirs[] = {
		RV_SYSCONFDIR "/reeve", RV_LOCALSTATEDIR "/lib/reeve", RV_RUNSTATEDIR "/reeve",
		RV_LOCALSTATEDIR "/log/reeve", RV_LIBEXECDIR "/reeve", log, NULL,
	};

	return resolved_list(dirs, arena);
}

static void gather_dirs(struct rv_facts *facts, const struct rv_node *node, struct rv_arena *arena)
{
	const struct rv_dirs *dirs = &node->dirs;

	facts->dirs = (struct rv_dirs){
		.kubelet = resolved_list(dirs->kubelet, arena),
		.containerd = resolved_list(dirs->containerd, arena),
		.docker = resolved_list(dirs->docker, arena),
		.containers = resolved_list(dirs->containers, arena),
		.own = own_dirs(node, arena),
	};
}

/* GHSA-6fw5-f8r9-fgfm; virtual machines have none. */
static void gather_throttles(struct rv_facts *facts, struct rv_arena *arena)
{
	static const char first[] = "/sys/devices/system/cpu/cpu0/thermal_throttle";
	const char **out;
	glob_t found;

	if (access(first, F_OK) < 0)
		return;
	if (glob("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle", 0, NULL, &found) != 0)
		return;
	out = rv_arena_alloc(arena, (found.gl_pathc + 1) * sizeof(*out));
	for (size_t i = 0; out && i < found.gl_pathc; i++)
		out[i] = rv_arena_strdup(arena, found.gl_pathv[i]);
	facts->throttles = out;
	globfree(&found);
}

int rv_facts_gather(struct rv_facts *facts, const struct rv_spec *spec, const struct rv_call *call, bool host,
		    struct rv_arena *arena, struct rv_err *err)
{
	rv_autofd rootfs = -1;
	struct rv_trees_seen seen = { 0 };
	struct rv_view view;

	*facts = (struct rv_facts){
		.engine = call->engine,
		.now = (int64_t)time(NULL),
		.clock_unset = rv_facts_clock_unset(time(NULL)),
		.caller = rv_facts_caller(),
		.id = call->id,
		.bundle = call->bundle,
		.handed = call->handed,
	};
	if (call->real)
		facts->real = *call->real;
	gather_dirs(facts, call->node, arena);
	if (gather_kernel(facts, arena, err) < 0)
		return -RV_ESYSTEM;
	if (spec && host)
		facts->cgroup_taken = rv_cgroup_is_taken(rv_json_str(rv_json_at(spec->root, "/linux/cgroupsPath")));
	if (spec)
		rv_identity_read(facts, spec, call->bundle_fd, call->node->max_document, arena);
	if (spec)
		rv_staged_gather(facts, spec, arena);
	if (spec && host) {
		rootfs = gather_rootfs(facts, spec, arena);
		rv_trees_gather(facts, spec, rootfs, arena, call->seen ? call->seen : &seen, &view);
		if (rootfs >= 0)
			gather_process_paths(&facts->rootfs, spec, rootfs, &view, arena);
		rv_namespaces_gather(facts, spec, arena);
		gather_hooks(facts, spec, rootfs, arena);
		gather_throttles(facts, arena);
		gather_devices(facts, spec, arena);
	}
	return arena->failed ? rv_err_nomem(err) : 0;
}
