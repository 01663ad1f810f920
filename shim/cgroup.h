/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a cgroup before a container comes into it. */
#ifndef REEVE_SHIM_CGROUP_H
#define REEVE_SHIM_CGROUP_H

#include "reeve/base.h"

/*
 * linux.cgroupsPath names a cgroup in which or below which there are processes, in any hierarchy that is mounted in the usual place.
 * Limits and device rules of the container would be theirs, and so would a freeze and a kill. runc 1.1 only warns of it. systemd's
 * form slice:prefix:name is no such path: systemd makes a scope of that name once.
 */
bool rv_cgroup_is_taken(const char *path);

#endif
