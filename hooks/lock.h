/* SPDX-License-Identifier: Apache-2.0 */
/* One at a time loads, attaches on demand, or takes away. */
#ifndef REEVE_HOOKS_LOCK_H
#define REEVE_HOOKS_LOCK_H

#include "reeve/base.h"

#define RV_STATE_DIR RV_RUNSTATEDIR "/reeve"

/* Waits ms at most. Closing *lock, or dying, lets it go. */
int rv_load_lock(int *lock, unsigned ms, struct rv_err *err);

int64_t rv_now_ms(void);	/* CLOCK_MONOTONIC */

#endif
