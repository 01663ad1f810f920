/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding: the difference between the document that policy decided on and the one that the runtime gets from another directory.
 * Paths that were judged by where they lead are named by that place, so that a link swapped meanwhile changes nothing, and
 * those relative to the bundle become absolute: root.path, sources of bind mounts, namespace paths. And reeve's own hook, which
 * finds a tree that was swapped itself. Nothing else is touched.
 */
#ifndef REEVE_SHIM_BIND_H
#define REEVE_SHIM_BIND_H

#include "reeve/facts.h"
#include "reeve/spec.h"

/* Changes the tree of spec; facts are those of this very document. RV_EDOCUMENT with pointer when something that is to be bound
 * does not exist. */
int rv_bind(const struct rv_spec *spec, const struct rv_facts *facts, struct rv_err *err);

/* Puts reeve-hook before the other createRuntime hooks; watched: and before the other poststop hooks. judged: absolute path of the file
 * that it is to read. */
int rv_bind_hook(const struct rv_spec *spec, const char *judged, bool watched, struct rv_err *err);

#endif
