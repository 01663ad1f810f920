/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host path is, by its resolved name: something that an engine stages for its containers, a container's root file
 * system, something sensitive. Paths are clean and absolute.
 */
#ifndef REEVE_RULES_HOSTPATH_H
#define REEVE_RULES_HOSTPATH_H

#include "reeve/plan.h"

/* path, or a directory above it, matches the glob. */
bool rv_hostpath_covers(const char *glob, const char *path);
/* path matches one of the globs, lies below a match, or something that matches may lie below path. The glob "/" is that
 * alone. */
bool rv_hostpath_sensitive(const struct rv_list *globs, const char *path);

/* How long the name of an engine's directories is that source begins with ("{kubelet}/plugins"); 0: with none. */
size_t rv_hostpath_dirs_name(const char *source);
/* As rv_hostpath_covers(), or rv_glob() when not below, for a glob that may begin with such a name. */
bool rv_hostpath_takes(const struct rv_facts *facts, struct rv_arena *arena, const char *source, const char *path, bool below);

enum rv_staged {
	RV_STAGED_NO,
	RV_STAGED_FILE,		/* made by the engine: hosts, hostname, resolv.conf, shm, a termination log */
	RV_STAGED_VOLUME,	/* a volume's content */
	RV_STAGED_PROGRAM,	/* an engine's init, which must be bound read-only */
};
struct rv_stage {
	enum rv_staged kind;
	const char *pod;	/* kubelet's: uid of the pod; NULL otherwise. Arena text, as plugin is */
	const char *plugin;	/* kubelet's volumes: "kubernetes.io~csi" */
};
/* Only what the calling engine stages counts; for the shell, what any of them does. */
struct rv_stage rv_hostpath_stage(const struct rv_facts *facts, struct rv_arena *arena, const char *path);

/* path is where an engine puts a container's root file system (not above it, not below it). */
bool rv_hostpath_is_storage(const struct rv_facts *facts, const char *path);
/* path lies in the layers that engines keep for root file systems. */
bool rv_hostpath_in_storage(const struct rv_facts *facts, const char *path);

#endif
