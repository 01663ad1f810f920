/* SPDX-License-Identifier: Apache-2.0 */
/* Enters a container in the kernel's maps, while its init waits for the hook and before any user code runs. */
#ifndef REEVE_HOOKS_ATTACH_H
#define REEVE_HOOKS_ATTACH_H

#include "reeve/judged.h"

/* attached.json, as it was written. */
struct rv_attached {
	char set[40];		/* "": unmonitored */
	uint64_t container;
	char cgroup[512];
	char why[1024];		/* unmonitored: why */
	int64_t time;
};

/*
 * entry: absolute path of reeve's entry, whose last part is its name. until: CLOCK_MONOTONIC, ms: loading the programs ends then at
 * the latest. On failure the container is not entered, and no user code of it has run unseen.
 */
int rv_attach(const struct rv_judged *judged, const char *entry, pid_t pid, int64_t until, struct rv_err *err);

/* Leaves why the container is not attached. */
int rv_attach_mark(const char *entry, const char *why, struct rv_err *err);

/* RV_ESYSTEM with ENOENT: the hook never came so far. */
int rv_attached_read(int entry, struct rv_attached *out, struct rv_err *err);

#endif
