/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that policy has a say in: create run restore exec update checkpoint. */
#ifndef REEVE_SHIM_ENFORCE_H
#define REEVE_SHIM_ENFORCE_H

#include "decide.h"
#include "invocation.h"

struct rv_session {
	const struct rv_invocation *inv;
	const struct rv_policies *policies;
	const struct rv_node *node;
	enum rv_engine engine;
	const char *runtime; /* path of the real runtime */
};

/*
 * Judges the call and becomes the runtime. Returns only when it does not: *refusal then holds the one line that the caller is
 * told when policy refuses, and is empty for any other error, which is in *err.
 */
int rv_enforce(const struct rv_session *session, struct rv_buf *refusal, struct rv_err *err);

#endif
