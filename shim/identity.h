/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a container is, from the annotations of a CRI engine (containerd: internal/cri/annotations, CRI-O: pkg/annotations).
 *
 * Only for engine RV_ENGINE_CRI: every other engine lets its user set any annotation. containerd writes io.kubernetes.cri.*
 * over what a pod brings; CRI-O copies a pod's labels into the sandbox's annotations without a list. So a document is read as
 * one of the two only: by the directory its bundle lies in, else by whose mark it bears; with the marks of both it has no
 * identity.
 */
#ifndef REEVE_SHIM_IDENTITY_H
#define REEVE_SHIM_IDENTITY_H

#include "reeve/facts.h"
#include "reeve/spec.h"

/*
 * Fills name_space, pod, container, image, digest and sandbox of *facts (engine, bundle and dirs must be set). Text lives in
 * arena. bundle_fd: directory of the caller's bundle, -1 for none. containerd before 1.7 names the namespace only in the
 * sandbox's document, which is then read beside the bundle (../<sandbox id>/config.json), when root alone can write it.
 */
void rv_identity_read(struct rv_facts *facts, const struct rv_spec *spec, int bundle_fd, size_t max_document,
		      struct rv_arena *arena);

#endif
