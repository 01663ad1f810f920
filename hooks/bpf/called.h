/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A rare system call of the current process: what it was given, and the event of it. */
#ifndef REEVE_HOOKS_BPF_CALLED_H
#define REEVE_HOOKS_BPF_CALLED_H

#include "call.h"
#include "finish.h"
#include "net.h"

static __always_inline __u64 rv_call_argument(const struct pt_regs *regs, int which)
{
	if (bpf_core_field_exists(regs->orig_ax)) {
		switch (which) {
		case 0: return BPF_CORE_READ(regs, di);
		case 1: return BPF_CORE_READ(regs, si);
		case 2: return BPF_CORE_READ(regs, dx);
		default: return BPF_CORE_READ(regs, r10);
		}
	}
	return which ? BPF_CORE_READ(regs, regs[which & 7]) : BPF_CORE_READ(regs, orig_x0);
}

static __always_inline __u64 rv_arg(int which)
{
	return rv_call_argument((const void *)bpf_task_pt_regs(bpf_get_current_task_btf()), which);
}

/* flags: a bit of RV_CALL_*; nr: RV_CALL_NONE when it is not known. */
int rv_called(int nr, long ret, __u64 flags);

static __always_inline bool rv_is_ip_socket(struct file *file)
{
	struct socket *socket;
	__u16 family;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & RV_S_IFMT) != RV_S_IFSOCK)
		return false;
	socket = BPF_CORE_READ(file, private_data);
	family = BPF_CORE_READ(socket, sk, __sk_common.skc_family);
	return family == RV_AF_INET || family == RV_AF_INET6;
}

#endif
