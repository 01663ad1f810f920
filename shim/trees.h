/* SPDX-License-Identifier: Apache-2.0 */
/* The facts about mounts: what their sources and destinations lead to. */
#ifndef REEVE_SHIM_TREES_H
#define REEVE_SHIM_TREES_H

#include "reeve/facts.h"
#include "reeve/spec.h"

/* Fills mounts, trees and destinations. rootfs: an fd of the root file system, -1 when there is none. */
void rv_trees_gather(struct rv_facts *facts, const struct rv_spec *spec, int rootfs, struct rv_arena *arena);

#endif
