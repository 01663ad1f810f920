/* SPDX-License-Identifier: Apache-2.0 */
/* What the runtime tells a hook on its standard input: runtime.md, "State". */
#ifndef REEVE_HOOKS_STATE_H
#define REEVE_HOOKS_STATE_H

#include <sys/types.h>

#include "reeve/json.h"

struct rv_oci_state {
	const char *id, *bundle;
	pid_t pid;	/* of the container's init, as the runtime sees it */
};

/* Reads fd to its end, for at most `seconds`, into doc, which then holds the text of *state. */
int rv_oci_state_read(int fd, unsigned seconds, struct rv_json_doc *doc, struct rv_oci_state *state, struct rv_err *err);
/* The same from text. */
int rv_oci_state_parse(const char *text, size_t len, struct rv_json_doc *doc, struct rv_oci_state *state, struct rv_err *err);

#endif
