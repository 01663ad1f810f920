/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that reeve-hook starts. */
#ifndef REEVE_HOOKS_LOAD_H
#define REEVE_HOOKS_LOAD_H

#include "reeve/base.h"

/* Runs reeve-load with arguments (NULL-terminated, after its name) and waits until CLOCK_MONOTONIC ms. What it said is the error. */
int rv_load_run(const char *const *arguments, int64_t until, struct rv_err *err);

/* Kills a reeve-load that is still waited for: for a handler of SIGALRM. */
void rv_load_kill(void);

/* Starts reeve-monitor where none runs. Never waits for it, and never fails. */
void rv_monitor_start(void);

#endif
