/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policies.h"

const struct rv_facts payments = { .engine = RV_ENGINE_CRI, .name_space = "payments", .pod = "p-1", .container = "app",
					  .image = "registry.example/app:1", .now = NOW };

void fail_err(const char *what, const struct rv_err *err)
{
	char text[2048];

	fail_msg("%s: %s", what, rv_err_text(err, text, sizeof(text)));
}

struct rv_policies *load(const char *active)
{
	struct rv_policies *p = NULL;
	struct rv_err err = RV_ERR_INIT;

	if (rv_policies_load(&p, active, active ? strlen(active) : 0, &err))
		fail_err("load", &err);
	return p;
}

struct rv_policies *compiled(const struct rv_source *node, const struct rv_source *sources, size_t count)
{
	rv_autobuf active = { 0 };
	struct rv_errs errs = { 0 }, warnings = { 0 };

	if (rv_policies_compile(node, sources, count, NOW, &active, &errs, &warnings))
		fail_err("compile", errs.item);
	rv_errs_done(&errs);
	rv_errs_done(&warnings);
	return load(rv_buf_str(&active));
}

struct rv_source source(const char *file, const char *text)
{
	return (struct rv_source){ file, text, strlen(text) };
}

struct rv_policy selected(const struct rv_policies *p, const struct rv_facts *facts, struct rv_arena *arena)
{
	struct rv_policy policy = { 0 };
	struct rv_err err = RV_ERR_INIT;

	if (rv_policies_select(p, facts, arena, &policy, &err))
		fail_err("select", &err);
	return policy;
}

struct rv_policy named(const struct rv_policies *p, const char *name, struct rv_arena *arena)
{
	struct rv_policy policy = { 0 };
	struct rv_err err = RV_ERR_INIT;

	if (rv_policies_named(p, name, &payments, arena, &policy, &err))
		fail_err(name, &err);
	return policy;
}
