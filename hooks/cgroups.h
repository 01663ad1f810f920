/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup of a container in hierarchy 0, seen from the root that the first process sees, whatever is mounted where: engines may
 * run with a cgroup namespace or mounts of their own.
 */
#ifndef REEVE_HOOKS_CGROUPS_H
#define REEVE_HOOKS_CGROUPS_H

#include "reeve/base.h"

struct rv_cgroup {
	int root;	/* the hierarchy's root; -1 */
	int fd;		/* the container's */
	uint64_t id;
	char path[512];	/* below root, as /proc/PID/cgroup has it */
};
#define RV_CGROUP_INIT ((struct rv_cgroup){ .root = -1, .fd = -1 })
void rv_cgroup_done(struct rv_cgroup *c);
#define rv_autocgroup RV_CLEANUP(rv_cgroup_done) struct rv_cgroup

/* Enters the first process's cgroup namespace and opens the root. */
int rv_cgroup_root(int *root, struct rv_err *err);

/* RV_ESYSTEM: no cgroup2, the root itself, or a cgroup in which others than pid live: events of theirs would be the container's. */
int rv_cgroup_of(struct rv_cgroup *c, pid_t pid, struct rv_err *err);

/* The cgroup is still there, wherever it is. When that cannot be told, it is. */
bool rv_cgroup_exists(int root, uint64_t id);

#endif
