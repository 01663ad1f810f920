/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the real runtime says of itself. It is asked once (`--version`, `features`): the answer is kept in the state directory under
 * a name made of its path, and holds as long as the file's device, inode, size and times stay what they were, for an hour at most.
 *
 * A runtime that is broken, slow or says more than it should neither fails nor holds up a start: after RV_RUNTIME_WAIT nothing is
 * known of it, and this is remembered for a minute, so that not every start waits again.
 */
#ifndef REEVE_SHIM_RUNTIME_H
#define REEVE_SHIM_RUNTIME_H

#include "reeve/facts.h"
#include "state.h"

#define RV_RUNTIME_WAIT 2000 /* milliseconds for each of the two questions */

/* Fills *real; text lives in arena. state: where answers are kept, fd -1: nowhere. path NULL: no runtime is installed, and *real is
 * the oldest that is known to work (runc 1.1), so that documents can be looked at all the same. Never fails. */
void rv_runtime_read(struct rv_runtime_fact *real, const char *path, const struct rv_state *state, struct rv_arena *arena);

#endif
