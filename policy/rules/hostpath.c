/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/hostpath.h"

#include <limits.h>
#include <string.h>

/* rv_glob() over the first len bytes. Nothing can be mounted by a name longer than PATH_MAX. */
static bool glob_head(const char *glob, const char *text, size_t len)
{
	char head[PATH_MAX];

	if (len >= sizeof(head))
		return false;
	memcpy(head, text, len);
	head[len] = '\0';
	return rv_glob(glob, head);
}

/* "/" has an empty last part, which `*` would match. */
static bool takes_root(const char *glob)
{
	return !strcmp(glob, "/") || !strcmp(glob, "/**") || !strcmp(glob, "**");
}

bool rv_hostpath_covers(const char *glob, const char *path)
{
	if (takes_root(glob))
		return true;
	if (!strcmp(path, "/"))
		return false;
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
		if (glob_head(glob, path, (size_t)(slash - path)))
			return true;
	return rv_glob(glob, path);
}

/* Something that matches the glob may lie below path. */
static bool above(const char *glob, const char *path)
{
	if (!strcmp(path, "/"))
		return true;
	while (*glob == '/' && *path == '/') {
		size_t glen = strcspn(++glob, "/"), plen = strcspn(++path, "/");
		char part[NAME_MAX + 1];

		if (glen == 2 && !strncmp(glob, "**", 2))
			return true;
		if (glen >= sizeof(part))
			return false;
		memcpy(part, glob, glen);
		part[glen] = '\0';
		if (!glob_head(part, path, plen))
			return false;
		glob += glen;
		path += plen;
	}
	return !*path && *glob;
}

bool rv_hostpath_sensitive(const struct rv_list *globs, const char *path)
{
	for (size_t i = 0; i < globs->count; i++)
		if (rv_hostpath_covers(globs->item[i], path) ? strcmp(globs->item[i], "/") || !strcmp(path, "/") :
							       above(globs->item[i], path))
			return true;
	return false;
}

enum dirs { KUBELET, CONTAINERD, DOCKER, CONTAINERS, ANYWHERE };

#define BIT(engine) (1u << (engine))
#define OF_CRI (BIT(RV_ENGINE_CRI) | BIT(RV_ENGINE_SHELL))
#define OF_CONTAINERD (BIT(RV_ENGINE_CONTAINERD) | OF_CRI)
#define OF_NERDCTL (BIT(RV_ENGINE_CONTAINERD) | BIT(RV_ENGINE_SHELL))
#define OF_DOCKER (BIT(RV_ENGINE_DOCKER) | BIT(RV_ENGINE_SHELL))
#define OF_PODMAN (BIT(RV_ENGINE_PODMAN) | OF_CRI)
#define OF_KUBELET (BIT(RV_ENGINE_DOCKER) | OF_CRI)	/* cri-dockerd starts pods through docker */

/*
 * Globs relative to the engines' directories, from the engines' sources: kubelet pkg/kubelet/kubelet_getters.go, containerd
 * internal/cri/server/helpers.go, moby daemon/container_operations_unix.go, nerdctl pkg/clientutil, podman
 * libpod/container_internal.go.
 */
static const struct {
	enum dirs dir;
	const char *glob;
	enum rv_staged kind;
	unsigned engines;
} stages[] = {
	{ KUBELET, "pods/*/volumes/*/*", RV_STAGED_VOLUME, OF_KUBELET },
	{ KUBELET, "pods/*/volumes/*/*/**", RV_STAGED_VOLUME, OF_KUBELET },
	{ KUBELET, "pods/*/volume-subpaths/*/*/*", RV_STAGED_VOLUME, OF_KUBELET },
	{ KUBELET, "pods/*/plugins/*/**", RV_STAGED_VOLUME, OF_KUBELET },
	{ KUBELET, "pods/*/etc-hosts", RV_STAGED_FILE, OF_KUBELET },
	{ KUBELET, "pods/*/containers/*/*", RV_STAGED_FILE, OF_KUBELET },
	{ CONTAINERD, "io.containerd.grpc.v1.cri/sandboxes/*/hostname", RV_STAGED_FILE, OF_CRI },
	{ CONTAINERD, "io.containerd.grpc.v1.cri/sandboxes/*/hosts", RV_STAGED_FILE, OF_CRI },
	{ CONTAINERD, "io.containerd.grpc.v1.cri/sandboxes/*/resolv.conf", RV_STAGED_FILE, OF_CRI },
	{ CONTAINERD, "io.containerd.grpc.v1.cri/sandboxes/*/shm", RV_STAGED_FILE, OF_CRI },
	{ CONTAINERD, "io.containerd.grpc.v1.cri/containers/*/volumes/*", RV_STAGED_VOLUME, OF_CRI },
	{ CONTAINERD, "io.containerd.grpc.v1.cri/image-volumes/*/*", RV_STAGED_VOLUME, OF_CRI },
	{ DOCKER, "containers/*/hostname", RV_STAGED_FILE, OF_DOCKER | OF_KUBELET },
	{ DOCKER, "containers/*/hosts", RV_STAGED_FILE, OF_DOCKER | OF_KUBELET },
	{ DOCKER, "containers/*/resolv.conf", RV_STAGED_FILE, OF_DOCKER | OF_KUBELET },
	{ DOCKER, "containers/*/mounts/shm", RV_STAGED_FILE, OF_DOCKER | OF_KUBELET },
	{ DOCKER, "containers/{id}/mounts/secrets/*", RV_STAGED_FILE, OF_DOCKER },
	{ DOCKER, "volumes/*/_data", RV_STAGED_VOLUME, OF_DOCKER | OF_KUBELET },
	{ DOCKER, "volumes/*/_data/**", RV_STAGED_VOLUME, OF_DOCKER | OF_KUBELET },
	{ DOCKER, "buildkit/executor/hosts*", RV_STAGED_FILE, OF_DOCKER },
	{ DOCKER, "buildkit/executor/resolv*", RV_STAGED_FILE, OF_DOCKER },
	{ DOCKER, "buildkit/executor/hostname*", RV_STAGED_FILE, OF_DOCKER },
	{ DOCKER, "tmp/buildkit-mount*", RV_STAGED_VOLUME, OF_DOCKER },
	{ DOCKER, "tmp/buildkit-mount*/**", RV_STAGED_VOLUME, OF_DOCKER },
	{ CONTAINERS, "volumes/*/_data", RV_STAGED_VOLUME, OF_PODMAN },
	{ CONTAINERS, "volumes/*/_data/**", RV_STAGED_VOLUME, OF_PODMAN },
	{ CONTAINERS, "*-containers/*/userdata/hostname", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/*/userdata/hosts", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/*/userdata/resolv.conf", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/*/userdata/.containerenv", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/*/userdata/passwd", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/*/userdata/group", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/*/userdata/localtime", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/*/userdata/shm", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/{id}/userdata/secrets/**", RV_STAGED_FILE, OF_PODMAN },
	{ CONTAINERS, "*-containers/{id}/userdata/run/**", RV_STAGED_FILE, OF_PODMAN },
	{ ANYWHERE, "var/lib/nerdctl/*/etchosts/*/*/hosts", RV_STAGED_FILE, OF_NERDCTL },
	{ ANYWHERE, "var/lib/nerdctl/*/containers/*/*/hostname", RV_STAGED_FILE, OF_NERDCTL },
	{ ANYWHERE, "var/lib/nerdctl/*/containers/*/*/resolv.conf", RV_STAGED_FILE, OF_NERDCTL },
	{ ANYWHERE, "var/lib/nerdctl/*/volumes/*/*/_data", RV_STAGED_VOLUME, OF_NERDCTL },
	{ ANYWHERE, "usr/bin/docker-init", RV_STAGED_PROGRAM, OF_DOCKER },
	{ ANYWHERE, "usr/libexec/docker/docker-init", RV_STAGED_PROGRAM, OF_DOCKER },
	{ ANYWHERE, "usr/local/bin/docker-init", RV_STAGED_PROGRAM, OF_DOCKER },
	{ ANYWHERE, "usr/bin/tini*", RV_STAGED_PROGRAM, OF_DOCKER | OF_NERDCTL },
	{ ANYWHERE, "usr/bin/catatonit", RV_STAGED_PROGRAM, OF_PODMAN },
	{ ANYWHERE, "usr/libexec/podman/catatonit", RV_STAGED_PROGRAM, OF_PODMAN },
};

/* Where the storage drivers mount a container's root file system. */
static const struct storage {
	enum dirs dir;
	const char *glob;
} storages[] = {
	{ CONTAINERD, "io.containerd.*/*/*/rootfs" },
	{ DOCKER, "overlay2/*/merged" },
	{ DOCKER, "overlay2/*" },
	{ DOCKER, "fuse-overlayfs/*/merged" },
	{ DOCKER, "rootfs/*/*" },
	{ DOCKER, "vfs/dir/*" },
	{ DOCKER, "btrfs/subvolumes/*" },
	{ DOCKER, "zfs/graph/*" },
	{ CONTAINERS, "overlay/*/merged" },
	{ CONTAINERS, "vfs/dir/*" },
	{ CONTAINERS, "vfs-containers/*/rootfs/merge" },
	{ CONTAINERS, "overlay-containers/*/rootfs/merge" },
	{ CONTAINERS, "btrfs/subvolumes/*" },
};

/* Where their layers lie. */
static const struct storage layers[] = {
	{ CONTAINERD, "io.containerd.snapshotter.v1.*/**" },
	{ CONTAINERD, "io.containerd.*/*/*/rootfs/**" },
	{ DOCKER, "overlay2/**" },
	{ DOCKER, "fuse-overlayfs/**" },
	{ DOCKER, "rootfs/**" },
	{ DOCKER, "vfs/**" },
	{ DOCKER, "btrfs/**" },
	{ DOCKER, "zfs/**" },
	{ DOCKER, "buildkit/**" },
	{ CONTAINERS, "overlay/**" },
	{ CONTAINERS, "overlay-containers/*/userdata/overlay/**" },
	{ CONTAINERS, "overlay-containers/*/rootfs/**" },
	{ CONTAINERS, "vfs/**" },
	{ CONTAINERS, "vfs-containers/*/rootfs/**" },
	{ CONTAINERS, "btrfs/**" },
};

static const char *const root_dir[] = { "", NULL };

static const char *const *bases(const struct rv_facts *facts, enum dirs dir)
{
	switch (dir) {
	case KUBELET:
		return facts->dirs.kubelet;
	case CONTAINERD:
		return facts->dirs.containerd;
	case DOCKER:
		return facts->dirs.docker;
	case CONTAINERS:
		return facts->dirs.containers;
	case ANYWHERE:
		break;
	}
	return root_dir;
}

/* As the node file calls them. */
static const char *const dirs_names[] = {
	[KUBELET] = "{kubelet}", [CONTAINERD] = "{containerd}", [DOCKER] = "{docker}", [CONTAINERS] = "{containers}",
};

static enum dirs dirs_named(const char *source)
{
	enum dirs dir = KUBELET;

	while (dir < ANYWHERE && !(rv_str_starts(source, dirs_names[dir]) && strchr("/", source[strlen(dirs_names[dir])])))
		dir++;
	return dir;
}

size_t rv_hostpath_dirs_name(const char *source)
{
	enum dirs dir = dirs_named(source);

	return dir == ANYWHERE ? 0 : strlen(dirs_names[dir]);
}

bool rv_hostpath_takes(const struct rv_facts *facts, struct rv_arena *arena, const char *source, const char *path, bool below)
{
	enum dirs dir = dirs_named(source);

	if (dir == ANYWHERE)
		return below ? rv_hostpath_covers(source, path) : rv_glob(source, path);
	for (const char *const *base = bases(facts, dir); base && *base; base++) {
		const char *glob = rv_arena_printf(arena, "%s%s", *base, source + strlen(dirs_names[dir]));

		if (glob && (below ? rv_hostpath_covers(glob, path) : rv_glob(glob, path)))
			return true;
	}
	return false;
}

/* What follows base/, NULL when path is not below base. */
static const char *below(const char *path, const char *base)
{
	size_t len = strlen(base);

	return !strncmp(path, base, len) && path[len] == '/' && path[len + 1] ? path + len + 1 : NULL;
}

/* dockerd --userns-remap keeps all of it one directory deeper, <uid>.<gid>/. */
static const char *below_remapped(const char *rest)
{
	size_t uid = strspn(rest, "0123456789"), gid = rest[uid] == '.' ? strspn(rest + uid + 1, "0123456789") : 0;

	return uid && gid && rest[uid + 1 + gid] == '/' ? rest + uid + gid + 2 : rest;
}

/* Where rootless podman keeps its files, by the caller's uid and whatever its home is called. What an ordinary user could put
 * there is no more than that user may do anyway. */
static const char *below_user(const struct rv_facts *facts, const char *path)
{
	static const char *const places[][2] = { { "/run/user/", "/containers/" }, { "/tmp/storage-run-", "/containers/" },
						 { "/tmp/containers-user-", "/containers/" } };
	static const char home[] = "/.local/share/containers/storage/";
	const char *at = strstr(path, home);

	if (at)
		return at + strlen(home);
	for (size_t i = 0; i < RV_COUNT(places); i++) {
		size_t len = strlen(places[i][0]), digits;
		uint64_t uid;

		if (strncmp(path, places[i][0], len))
			continue;
		digits = strspn(path + len, "0123456789");
		if (rv_str_u64(path + len, digits, UINT32_MAX, &uid) && uid == facts->caller &&
		    rv_str_starts(path + len + digits, places[i][1]))
			return path + len + digits + strlen(places[i][1]);
	}
	return NULL;
}

static const char *match(const struct rv_facts *facts, enum dirs dir, const char *glob, const char *path)
{
	const char *own = dir == CONTAINERS && facts->caller ? below_user(facts, path) : NULL;

	if (own && rv_glob(glob, own))
		return own;
	for (const char *const *base = bases(facts, dir); base && *base; base++) {
		const char *rest = below(path, *base);

		if (rest && dir == DOCKER)
			rest = below_remapped(rest);
		if (rest && rv_glob(glob, rest))
			return rest;
	}
	return NULL;
}

static const char *part(struct rv_arena *arena, const char *path, unsigned n)
{
	while (path && n--) {
		path = strchr(path, '/');
		path += path != NULL;
	}
	return path ? rv_arena_strndup(arena, path, strcspn(path, "/")) : NULL;
}

/* {id}: what the engine keeps for this container and for no other. */
static const char *own_glob(const struct rv_facts *facts, struct rv_arena *arena, const char *glob)
{
	static const char mark[] = "{id}";
	const char *at = strstr(glob, mark);
	const char *own = at ? rv_arena_printf(arena, "%.*s%s%s", (int)(at - glob), glob, facts->id ? facts->id : "*",
					       at + strlen(mark)) : glob;

	return own ? own : "";
}

struct rv_stage rv_hostpath_stage(const struct rv_facts *facts, struct rv_arena *arena, const char *path)
{
	for (size_t i = 0; i < RV_COUNT(stages); i++) {
		struct rv_stage stage = { .kind = stages[i].kind };
		const char *rest;

		if (!(stages[i].engines & BIT(facts->engine)))
			continue;
		rest = match(facts, stages[i].dir, own_glob(facts, arena, stages[i].glob), path);
		if (!rest)
			continue;
		if (stages[i].dir == KUBELET)
			stage.pod = part(arena, rest, 1);
		if (stages[i].dir == KUBELET && rv_str_starts(stages[i].glob, "pods/*/volumes/"))
			stage.plugin = part(arena, rest, 3);
		return stage;
	}
	return (struct rv_stage){ .kind = RV_STAGED_NO };
}

static bool is_in(const struct rv_facts *facts, const struct storage *list, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (match(facts, list[i].dir, list[i].glob, path))
			return true;
	return false;
}

bool rv_hostpath_is_storage(const struct rv_facts *facts, const char *path)
{
	return is_in(facts, storages, RV_COUNT(storages), path);
}

bool rv_hostpath_in_storage(const struct rv_facts *facts, const char *path)
{
	return is_in(facts, layers, RV_COUNT(layers), path);
}
