/* SPDX-License-Identifier: Apache-2.0 */
/* A running container, as the runtime's own state tells of it. */
#ifndef REEVE_SHIM_RUNNING_H
#define REEVE_SHIM_RUNNING_H

#include "invocation.h"

/*
 * The root directory of the container's first process (O_PATH), with all that is mounted there; -1: it does not run, or that cannot be
 * told. root: where the runtime keeps its state. What lies below is the container's own and changes as it likes.
 */
int rv_running_root(enum rv_runtime runtime, const char *root, const char *id);

#endif
