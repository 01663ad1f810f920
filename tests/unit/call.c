/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "call.h"

void call_parse(struct call *c, const char *line)
{
	char *save = NULL;

	memset(c, 0, sizeof(*c));
	snprintf(c->text, sizeof(c->text), "runc %s", line);
	for (char *w = strtok_r(c->text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		assert_true(c->argc < CALL_WORDS - 1);
		c->argv[c->argc++] = strcmp(w, "\"\"") ? w : w + 2;
	}
	c->err = RV_ERR_INIT;
	c->ret = rv_invocation_parse(&c->inv, c->argc, c->argv, &c->err);
}

const struct rv_overrides call_documents = { .bundle = "/B", .process = "/P", .resources = "/R" };

void call_canonical(struct call *c, enum rv_runtime runtime, const struct rv_overrides *over, struct rv_buf *out)
{
	struct rv_arena arena = { 0 };
	char **argv = NULL;

	if (!c->ret)
		c->ret = rv_invocation_argv(&c->inv, "r", runtime, over, &arena, &argv, &c->err);
	if (c->ret < 0) {
		assert_int_equal(c->ret, -(int)RV_EUSAGE);
		assert_int_equal(c->err.code, RV_EUSAGE);
		rv_buf_addf(out, "! %s", c->err.msg);
	}
	for (int i = 1; argv && argv[i]; i++)
		rv_buf_addf(out, "%s%s", i > 1 ? " " : "", *argv[i] ? argv[i] : "\"\"");
	rv_arena_done(&arena);
}
