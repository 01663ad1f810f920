/* SPDX-License-Identifier: Apache-2.0 */
/* What a crash left: containers whose cgroup and whose runtime's state are gone, and for which no poststop came. */
#ifndef REEVE_HOOKS_SWEEP_H
#define REEVE_HOOKS_SWEEP_H

#include "reeve/base.h"

/* Finishes those among at most max entries (0: all), starting somewhere else each time. Returns how many; never fails. */
unsigned rv_sweep(unsigned max);

#endif
