/* SPDX-License-Identifier: Apache-2.0 */
/* The facts about mounts: what their sources and destinations lead to. */
#ifndef REEVE_SHIM_TREES_H
#define REEVE_SHIM_TREES_H

#include "reeve/spec.h"
#include "resolve.h"

/* Fills mounts, trees, destinations and the rootfs' trees, whose path is known. rootfs: an fd of it, -1 when there is none. *view is
 * what the container's process will find mounted. */
void rv_trees_gather(struct rv_facts *facts, const struct rv_spec *spec, int rootfs, struct rv_arena *arena, struct rv_view *view);

#endif
