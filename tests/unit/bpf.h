/* SPDX-License-Identifier: Apache-2.0 */
/* Classic BPF as the kernel runs it on a system call (seccomp(2)): what a filter says without loading it. */
#ifndef REEVE_TESTS_BPF_H
#define REEVE_TESTS_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_program {
	struct sock_filter *insn;
	size_t count;
};

/* The program's return value (SECCOMP_RET_*). False: it reads or jumps where the kernel's checker lets no filter. */
bool bpf_run(const struct bpf_program *program, const struct seccomp_data *data, uint32_t *out);

#endif
