/* SPDX-License-Identifier: Apache-2.0 */
/* The facts about raw block volumes: a document has their numbers only, so what the kubelet staged for the pod says whose they are. */
#ifndef REEVE_SHIM_STAGED_H
#define REEVE_SHIM_STAGED_H

#include "reeve/facts.h"
#include "reeve/spec.h"

/* Fills facts->blocks; dirs and identity must be there. Looks at the host only when the document has a block device. */
void rv_staged_gather(struct rv_facts *facts, const struct rv_spec *spec, struct rv_arena *arena);

#endif
