/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where `bpf` is not among the kernel's security modules, lsm programs load and attach and do nothing. So a process of ours is denied to
 * open a file, and must see it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/load.h"

#define SEEN   42
#define UNSEEN 43

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })

static int low(uint64_t word)
{
	return (int)(uint32_t)word;
}

/* Denies processes with this name, which nobody else has. */
static int load_denial(enum rv_mechanism mechanism, const char name[16])
{
	const enum bpf_attach_type type = mechanism == RV_MECHANISM_LSM ? BPF_LSM_MAC : BPF_MODIFY_RETURN;
	uint64_t part[2];
	int function = libbpf_find_vmlinux_btf_id(mechanism == RV_MECHANISM_LSM ? "file_open" : "security_file_open", type);
	const struct bpf_prog_load_opts opts = {
		.sz = sizeof(opts), .expected_attach_type = type, .attach_btf_id = (__u32)function
	};

	memcpy(part, name, sizeof(part));
	if (function < 0) {
		errno = -function;
		return -1;
	}
	const struct bpf_insn code[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -16),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 16),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_comm),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, -16, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2, 0, 0, low(part[0])),
		INSN(0, 0, 0, 0, low(part[0] >> 32)),
		INSN(BPF_JMP | BPF_JNE | BPF_X, BPF_REG_1, BPF_REG_2, 6, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, -8, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2, 0, 0, low(part[1])),
		INSN(0, 0, 0, 0, low(part[1] >> 32)),
		INSN(BPF_JMP | BPF_JNE | BPF_X, BPF_REG_1, BPF_REG_2, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, -EPERM),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};

	return bpf_prog_load(mechanism == RV_MECHANISM_LSM ? BPF_PROG_TYPE_LSM : BPF_PROG_TYPE_TRACING, "rv_probe", "GPL", code,
			     RV_COUNT(code), &opts);
}

/* A name that nobody guesses, and of full length: 6.1's bpf_get_current_comm leaves what is behind a shorter one as it was. */
static void make_name(char name[16])
{
	unsigned char random[6] = { 0 };

	memset(name, 0, 16);
	if (getrandom(random, sizeof(random), 0) < 0)
		random[0] = (unsigned char)getpid();
	snprintf(name, 16, "rv-%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2], random[3], random[4], random[5]);
}

static bool is_denied(const char *name)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int fd;

		(void)prctl(PR_SET_NAME, name);
		fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 && errno == EPERM ? SEEN : UNSEEN);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == SEEN;
}

int rv_probe(enum rv_mechanism mechanism, struct rv_err *err)
{
	const char *what = mechanism == RV_MECHANISM_LSM ? "lsm programs" : "fmod_ret programs";
	const enum bpf_attach_type type = mechanism == RV_MECHANISM_LSM ? BPF_LSM_MAC : BPF_MODIFY_RETURN;
	char name[16];
	rv_autofd program = -1, link = -1;

	make_name(name);
	program = load_denial(mechanism, name);
	if (program < 0)
		return rv_err_errno(err, errno, "%s do not load", what);
	link = bpf_link_create(program, 0, type, NULL);
	if (link < 0)
		return rv_err_errno(err, errno, "%s do not attach", what);
	return is_denied(name) ? 0 : rv_err(err, RV_ESYSTEM, "%s attach and do nothing", what);
}
