/* SPDX-License-Identifier: Apache-2.0 */
/* What reeve-hook is to compare, made from the enforced document and its facts. */
#ifndef REEVE_SHIM_JUDGED_H
#define REEVE_SHIM_JUDGED_H

#include "invocation.h"
#include "reeve/judged.h"
#include "reeve/policy.h"
#include "reeve/spec.h"

/* Under rules that take every source and every namespace there is nothing to compare. */
bool rv_judged_needed(const struct rv_settings *set);

/* Fills everything but id, bundle, log, record and what is watched. RV_EDOCUMENT with pointer where a tree or a destination could not be
 * looked at: it could not be told from another one later. */
int rv_judged_make(struct rv_judged *judged, const struct rv_spec *spec, const struct rv_facts *facts, enum rv_runtime runtime,
		   struct rv_arena *arena, struct rv_err *err);

#endif
