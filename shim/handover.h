/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becoming the real runtime: exec in place, so that pid, cwd, environment, umask, signal mask and dispositions, and the
 * parent-death signal stay what the caller set up (go-runc and conmon rely on each).
 */
#ifndef REEVE_SHIM_HANDOVER_H
#define REEVE_SHIM_HANDOVER_H

#include "reeve/policy.h"

/* Opens what is closed of the fds 0 to 2, for this process only: or a file that it opens could become its stderr. */
void rv_handover_std_fds(void);

/*
 * The real runtime's path: as the node file says (for this engine, else for all), else the first of the usual places, crun
 * before runc where prefer_crun. Never this program itself, by device and inode: a diverted runc would call itself for ever. As
 * root only a file that nobody else can write. Result is node's text or static.
 */
int rv_handover_runtime(const struct rv_node *node, enum rv_engine engine, bool prefer_crun, const char **path,
			struct rv_err *err);

/* One of the usual places of a runtime: a program there was put in its stead. */
bool rv_handover_is_place(const char *path);

/* Fds 3 and up that the runtime may inherit: LISTEN_FDS, when LISTEN_PID is this process, and then preserve_fds more. */
unsigned rv_handover_inherited(unsigned preserve_fds);

/* The first of the fds that the container gets (0 to 2 and the inherited ones) that is a directory, -1 for none; its name in
 * *path, "" when it has none. */
int rv_handover_directory(unsigned inherited, char *path, size_t size);

/* A sealed memory file with this text, for the runtime to read as path ("/proc/self/fd/N"); its fd lies above the inherited
 * ones and goes with the runtime, which closes it before it starts anything. */
int rv_handover_file(const char *name, const struct rv_buf *text, unsigned inherited, int *fd, char path[32],
		     struct rv_err *err);

/*
 * What a program that is exec'd from here gets: fds 0 to 2 and `inherited` fds from 3 on; every other one is closed on exec. LISTEN_FDS,
 * LISTEN_PID and LISTEN_FDNAMES of another process are taken out of the environment: crun does not compare the pid and would hand
 * fds of its own to the container.
 */
int rv_handover_close(unsigned inherited, struct rv_err *err);

/* Execs argv[0] with that, and with keep[] (-1: none) open too. Returns only when it fails. */
int rv_handover_exec(char *const argv[], unsigned inherited, const int keep[2], struct rv_err *err);

#endif
