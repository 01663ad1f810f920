/* SPDX-License-Identifier: Apache-2.0 */
/* A call written as one line, for the tests of shim/invocation. */
#ifndef REEVE_TEST_CALL_H
#define REEVE_TEST_CALL_H

#include "invocation.h"

#define CALL_WORDS 320

struct call {
	char text[8192];
	char *argv[CALL_WORDS];
	int argc;
	struct rv_invocation inv;
	struct rv_err err;
	int ret;
};

/* What the tests put in place of the caller's documents: /B /P /R. */
extern const struct rv_overrides call_documents;

/* Words are parted by one blank; "" is an empty word. The result is in c->ret, c->err and c->inv. */
void call_parse(struct call *c, const char *line);
/* The canonical argv in one line without argv0, or "! " and the message. */
void call_canonical(struct call *c, enum rv_runtime runtime, const struct rv_overrides *over, struct rv_buf *out);

#endif
