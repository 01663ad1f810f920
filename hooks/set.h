/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of kernel programs with the detections that they were loaded for (hooks/bpf/shared.h), by its directory below
 * RV_SETS_DIR: <programs16>-<rules16>[-base], 16 hex digits each. It is there whole or not at all:
 *
 *   maps/NAME		its maps
 *   links/NAME		what is attached once a node, and on demand
 *   progs/N-NAME	programs that each container gets linked to its cgroup, N being the kernel's attach type
 *   progs/calls-NAME progs/learn-NAME	attached while a container asks for it
 *   c/ID/NAME		links of the container with that cgroup id
 *
 * reeve-load makes and removes it; the rest is reeve-hook's.
 */
#ifndef REEVE_HOOKS_SET_H
#define REEVE_HOOKS_SET_H

#include "reeve/base.h"

/* Of the first process: tests have one of their own. */
#define RV_BPFFS    "/proc/1/root/sys/fs/bpf"
#define RV_SETS_DIR RV_BPFFS "/reeve"
#define RV_SET_NAME 40	 /* with its NUL */
#define RV_SET_PATH 160

/* rules: hash of the detections; base: the node file wants the base tier whatever the kernel has. */
void rv_set_name(const char *rules, bool base, char name[RV_SET_NAME]);
bool rv_set_is_name(const char *name);
/* Made of the programs that this build has. */
bool rv_set_is_ours(const char *name);
/* rules16 of a set's name. */
void rv_set_rules(const char *name, char rules[17]);
/* RV_SETS_DIR/name/what; what is "maps/x", "" for the directory. */
void rv_set_path(char path[RV_SET_PATH], const char *name, const char *what);
bool rv_set_exists(const char *name);
/* What containers are watched for in this set: RV_C_* of policy, and RV_C_CALLS where changes to files are seen by calls only. */
unsigned rv_set_flags(const char *name, unsigned flags);
#define RV_CHANGES_BY_CALLS "base_change"	/* the program that is there then */
/* RV_ESYSTEM with errnum; RV_EDOCUMENT: a set of another version, whose entries are not the structs of this one. */
int rv_set_map(const char *name, const char *map, int *fd, struct rv_err *err);
/* The containers of any version's set, for their keys alone: struct rv_container may be another one. */
int rv_set_ids(const char *name, int *fd, struct rv_err *err);
/* Takes away the links of a container; that there are none is no error. */
void rv_set_drop_links(const char *name, uint64_t container);

#endif
