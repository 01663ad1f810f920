/* SPDX-License-Identifier: Apache-2.0 */
/* What a container got against what was judged: pure, the container is seen through struct rv_view. */
#ifndef REEVE_HOOKS_VERIFY_H
#define REEVE_HOOKS_VERIFY_H

#include "reeve/judged.h"
#include "reeve/mountinfo.h"

/* A file of the container. */
struct rv_place {
	unsigned mount;	/* id of the mount that it lies on, as mountinfo has it */
	uint64_t ino;
	mode_t mode;
	dev_t rdev;
};

struct rv_view_ns {
	dev_t dev, own_dev;
	uint64_t ino, own_ino;	/* own: the runtime's, which a new one must not be */
};

struct rv_view {
	struct rv_mountinfos mounts;
	const char *uid_map, *gid_map;	/* text of /proc/<pid>/uid_map */
	void *ctx;
	/* 0 or an errno. path is absolute inside the rootfs ("/" is the rootfs) and is not to be followed through links. */
	int (*look)(void *ctx, const char *path, struct rv_place *out);
	/* The namespace of a type of linux.namespaces. EINVAL: no such type. */
	int (*ns)(void *ctx, const char *type, struct rv_view_ns *out);
};

/*
 * RV_EDENIED when something is not what was judged, with the pointer of the document's member; anything else: it cannot be told. Both
 * mean that nothing may be started.
 */
int rv_verify(const struct rv_judged *judged, const struct rv_view *view, struct rv_arena *arena, struct rv_err *err);

#endif
