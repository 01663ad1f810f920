/* SPDX-License-Identifier: Apache-2.0 */
/* What test-programs does in the cgroups that stand for containers: it executes itself as `inside WHAT ARG...`. */
#ifndef REEVE_TESTS_INSIDE_H
#define REEVE_TESTS_INSIDE_H

/* Moves the calling process; 0 when done. */
int join_cgroup(const char *path);
/* Exit status. `say` writes a byte to fd 3: nothing came of it when the process was killed first. */
int inside(int argc, char **argv);

#endif
