/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runc answers about bundles. Its state and list show the bundle it was given, which is reeve's private one; the caller is
 * shown its own. crun is told the caller's bundle at create and needs none of this.
 */
#ifndef REEVE_SHIM_ANSWER_H
#define REEVE_SHIM_ANSWER_H

#include "state.h"

/*
 * Copies text with each private bundle's path replaced by the bundle that the caller named. In a table (text that is no JSON)
 * it is padded with blanks to the length of what it replaces, so that columns stay. An entry that cannot be read keeps its
 * path.
 */
void rv_answer_rewrite(const struct rv_state *state, const char *text, size_t len, struct rv_buf *out);

/* Runs argv as a child and writes its standard output rewritten; *status is as waitpid(2) gives it. */
int rv_answer_run(const struct rv_state *state, char *const argv[], int *status, struct rv_err *err);

#endif
