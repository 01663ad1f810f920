/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the process that will become the container. */
#ifndef REEVE_HOOKS_LOOK_H
#define REEVE_HOOKS_LOOK_H

#include "verify.h"

struct rv_looker {
	int proc;	/* /proc/<pid>: of this very process, whatever its number is given to later */
	int rootfs;	/* its root file system; -1: not asked for */
	struct rv_buf mountinfo, uid_map, gid_map;
};
#define RV_LOOKER_INIT ((struct rv_looker){ .proc = -1, .rootfs = -1 })
void rv_looker_done(struct rv_looker *l);
#define rv_autolooker RV_CLEANUP(rv_looker_done) struct rv_looker

/* Fills *view, which lives as long as l and arena. rootfs: as the host names it, NULL when mounts are not looked at. */
int rv_look(struct rv_looker *l, pid_t pid, const char *rootfs, struct rv_arena *arena, struct rv_view *view, struct rv_err *err);

#endif
