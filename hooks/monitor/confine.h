/* SPDX-License-Identifier: Apache-2.0 */
/* What reeve-monitor gives up before it reads what containers did. */
#ifndef REEVE_HOOKS_MONITOR_CONFINE_H
#define REEVE_HOOKS_MONITOR_CONFINE_H

#include "reeve/base.h"

#define RV_MONITOR_DATA (192u * 1024 * 1024)	/* bytes of memory of its own: RLIMIT_DATA */

/* Into the mount and cgroup namespaces of pid 1, away from those of the engine that started us: bpffs and state lie there. */
int rv_confine_namespaces(struct rv_err *err);
/* No capability is left, in no set; no new privileges; the system calls of reading, writing and polling only; bounded memory. */
int rv_confine(struct rv_err *err);
/* The helper: CAP_KILL, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are left, and calls to read files, send signals and answer. */
int rv_confine_helper(struct rv_err *err);

#endif
