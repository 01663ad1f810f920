/* SPDX-License-Identifier: Apache-2.0 */
/* The facts about namespaces: what the paths in linux.namespaces lead to. */
#ifndef REEVE_SHIM_NAMESPACES_H
#define REEVE_SHIM_NAMESPACES_H

#include "reeve/facts.h"
#include "reeve/spec.h"

void rv_namespaces_gather(struct rv_facts *facts, const struct rv_spec *spec, struct rv_arena *arena);

#endif
