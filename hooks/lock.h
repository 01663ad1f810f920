/* SPDX-License-Identifier: Apache-2.0 */
/* Locks that are waited for, and the one under which one at a time loads, attaches on demand, or takes away. */
#ifndef REEVE_HOOKS_LOCK_H
#define REEVE_HOOKS_LOCK_H

#include "reeve/base.h"

#define RV_STATE_DIR RV_RUNSTATEDIR "/reeve"

/* flock(2), tried for ms: 0, or -1 with errno, which is EWOULDBLOCK when others hold it. */
int rv_lock_wait(int fd, int how, unsigned ms);

/* Waits ms at most. Closing *lock, or dying, lets it go. */
int rv_load_lock(int *lock, unsigned ms, struct rv_err *err);

int64_t rv_now_ms(void);	/* CLOCK_MONOTONIC */

#endif
