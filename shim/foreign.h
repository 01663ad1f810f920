/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a container that reeve did not create, found as the runtime itself finds it: crun keeps a copy in its state
 * (config.json), runc the path of the bundle (state.json, label "bundle="). */
#ifndef REEVE_SHIM_FOREIGN_H
#define REEVE_SHIM_FOREIGN_H

#include "document.h"
#include "invocation.h"

/* root: where the runtime keeps its state. What is found says what the container's processes are like, not what they may be. */
int rv_foreign_open(struct rv_document *doc, enum rv_runtime runtime, const char *root, const char *id, size_t max,
		    struct rv_err *err);

#endif
