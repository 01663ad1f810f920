/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile container tries, one function an attempt. Each returns 0 after attack_proof(), or -1 with errno when the
 * attempt came to nothing. Targets are what the tests made: a file, a socket, a loop device, a process of the sandbox; of the
 * machine's own settings only those are opened for writing that are never written.
 */
#ifndef REEVE_TESTS_ATTACK_H
#define REEVE_TESTS_ATTACK_H

#include <stddef.h>

struct attack {
	const char *name;
	int argc; /* arguments it needs after its name */
	int (*run)(char **argv);
};

/* One word on standard output, and what was got where that says more; returns 0. */
int attack_proof(const char *word, const char *got);

/* Reads the first line of fd and shows it: attack_proof("read", line). */
int attack_show(int fd);

/* A system call of a 32-bit x86 program: -1 with errno, which is ENOSYS on other machines. */
long attack_int80(long number, long a, long b, long c, long d, long e);

extern const struct attack attack_files[], attack_processes[], attack_calls[], attack_fds[];
/* tests/attack: what monitoring is to see. */
extern const struct attack attack_changes[], attack_programs[], attack_members[], attack_network[], attack_foreign[], attack_batch[];

#endif
