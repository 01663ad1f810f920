/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of policies for tests: what fails ends the test, with its place.
 */
#ifndef TESTS_POLICIES_H
#define TESTS_POLICIES_H

#include "rules/source.h"

#define NOW 1795262400	/* 2026-11-21T12:00Z */

/* A container of a pod in the namespace payments. */
extern const struct rv_facts payments;

void fail_err(const char *what, const struct rv_err *err);
struct rv_source source(const char *file, const char *text);
/* Freed by rv_policies_free(). NULL: what is shipped. */
struct rv_policies *load(const char *active);
struct rv_policies *compiled(const struct rv_source *node, const struct rv_source *sources, size_t count);
/* The policy of these facts; the one of this name for payments. */
struct rv_policy selected(const struct rv_policies *p, const struct rv_facts *facts, struct rv_arena *arena);
struct rv_policy named(const struct rv_policies *p, const char *name, struct rv_arena *arena);

#endif
