/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to a whole container, by its cgroup (cgroup-v2.rst: cgroup.freeze, since Linux 5.2; cgroup.kill, since 5.14; both are there
 * beside v1 controllers too). The hierarchy is mounted for us alone, so that it does not matter who mounted it where.
 */
#ifndef REEVE_HOOKS_MONITOR_ACT_H
#define REEVE_HOOKS_MONITOR_ACT_H

#include "reeve/base.h"

enum rv_act { RV_ACT_FREEZE, RV_ACT_STOP };

/* An fd of the hierarchy's root. Needs CAP_SYS_ADMIN. */
int rv_act_open(int *fd, struct rv_err *err);
/* path: of the cgroup, below the root; id: its number, so that another one that has got the path since is left alone (ENOENT). */
int rv_act(int root, enum rv_act act, const char *path, uint64_t id, struct rv_err *err);

#endif
