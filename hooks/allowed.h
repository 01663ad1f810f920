/* SPDX-License-Identifier: Apache-2.0 */
/* The egress and ingress lists of a container in the map `allowed`. */
#ifndef REEVE_HOOKS_ALLOWED_H
#define REEVE_HOOKS_ALLOWED_H

#include "reeve/judged.h"

/* Nothing is entered for a list that does not hold. On failure some entries may be there. */
int rv_allowed_enter(const char *set, uint64_t container, const struct rv_judged_monitor *m, struct rv_err *err);
/* Takes them out again; never fails. */
void rv_allowed_leave(const char *set, uint64_t container, const struct rv_judged_monitor *m);

#endif
