/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reeve keeps of a container: one directory below /run/reeve (root) or /run/user/<uid>/reeve (by the caller's uid, never
 * by its environment), 0700, named by a hash of the runtime's state root and the id, so that two engines may use one id:
 *
 *   config.json   the private bundle: what the runtime was given
 *   caller.json   who asked for what, and what was decided
 *   judged.json   what reeve-hook compares (reeve/judged.h); not there when nothing is compared
 *   attached.json by reeve-hook: where the container is entered in the kernel, until its report is written
 *   runtime       link to the runtime's own state directory of the container: while that exists the entry is live
 *   creator       link whose text is "<pid> <start time>" of the process that became the runtime
 *
 * Beside the entries lie runtime-* (runtime.h) and lock.
 *
 * An entry is made under another name and renamed, so it is there whole or not at all. It outlives the container, because reeve
 * is no longer there when the runtime deletes it; the next create removes what is dead, at most RV_STATE_SWEEP entries a call.
 */
#ifndef REEVE_SHIM_STATE_H
#define REEVE_SHIM_STATE_H

#include "invocation.h"

#define RV_STATE_SWEEP 16

struct rv_state {
	int fd; /* of the state directory; -1 */
	char path[64];
};
#define RV_STATE_INIT ((struct rv_state){ .fd = -1 })
void rv_state_done(struct rv_state *state);
#define rv_autostate RV_CLEANUP(rv_state_done) struct rv_state

/* Opens the state directory; make: creates it when it is not there (else state->fd is -1 and the call succeeds). */
int rv_state_open(struct rv_state *state, bool make, struct rv_err *err);

/*
 * Where the runtime keeps its own state: root when the call names it, else the runtime's default (runc: main.go, crun:
 * get_run_directory(), both of which read XDG_RUNTIME_DIR). Absolute, without links as far as it exists.
 */
const char *rv_state_runtime_root(enum rv_runtime runtime, const char *root, struct rv_arena *arena, struct rv_err *err);

/* The name of a container's entry: hash of root, NUL, id. */
void rv_state_name(const char *root, const char *id, char name[RV_HASH_HEX]);

/* The path that its entry has or would have; NULL when memory runs out. */
const char *rv_state_entry(const struct rv_state *state, const char *root, const char *id, struct rv_arena *arena);

/* The files of an entry. */
struct rv_kept {
	const struct rv_buf *config, *caller;
	const struct rv_buf *judged; /* NULL: none */
};

/*
 * Makes the entry, replacing a dead one. A live one stays, and the call fails as the runtime's would: the id exists. On failure
 * nothing is left.
 */
int rv_state_create(struct rv_state *state, const char *root, const char *id, const struct rv_kept *kept, struct rv_arena *arena,
		    struct rv_err *err);

/* Opens the entry of a container: *fd is -1 when reeve did not create it. */
int rv_state_find(const struct rv_state *state, const char *root, const char *id, int *fd, struct rv_err *err);

/* Removes dead entries. Never fails and never waits: what it cannot do now is left to the next call. */
void rv_state_sweep(const struct rv_state *state);

#endif
