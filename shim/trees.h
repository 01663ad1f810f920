/* SPDX-License-Identifier: Apache-2.0 */
/* The facts about mounts: what their sources and destinations lead to. */
#ifndef REEVE_SHIM_TREES_H
#define REEVE_SHIM_TREES_H

#include "reeve/spec.h"
#include "resolve.h"
#include "sockets.h"

/* What a bind of path shows, with what a recursive one brings along. Of a place that an automounter serves, path becomes what
 * it mounts there. */
void rv_trees_of(struct rv_mounts *mounts, struct rv_path_fact *path, bool recursive, struct rv_mount_trees *trees);

/* What was read of the host once: a decision gathers twice, of the document as asked and as it became, into one arena. */
struct rv_trees_seen {
	struct rv_mounts mounts;
	struct rv_sockets sockets;
};

/* Fills mounts, trees, destinations and the rootfs' trees, whose path is known. rootfs: an fd of it, -1 when there is none.
 * *view is what the container's process will find mounted. */
void rv_trees_gather(struct rv_facts *facts, const struct rv_spec *spec, int rootfs, struct rv_arena *arena,
		     struct rv_trees_seen *seen, struct rv_view *view);

#endif
