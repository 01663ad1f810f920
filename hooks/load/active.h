/* SPDX-License-Identifier: Apache-2.0 */
/* The active set that `reevectl policy apply` wrote, with the detections in it. */
#ifndef REEVE_HOOKS_LOAD_ACTIVE_H
#define REEVE_HOOKS_LOAD_ACTIVE_H

#include "reeve/policy.h"

struct rv_active {
	struct rv_buf text;	/* empty: the embedded default holds */
	struct rv_policies *policies;
};
void rv_active_done(struct rv_active *a);
/* One that others than root can write is RV_EPOLICY. */
int rv_active_read(struct rv_active *a, struct rv_err *err);
/* The set that a container which is started now is entered in. */
int rv_active_set(const struct rv_active *a, char name[40], struct rv_err *err);

#endif
