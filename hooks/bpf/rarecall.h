/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Rare system calls that are told by their number alone: which RV_CALL_* each is, and the capability that it asks for. */
#ifndef REEVE_HOOKS_BPF_RARECALL_H
#define REEVE_HOOKS_BPF_RARECALL_H

#include "call.h"

#define RV_CAP_DAC_READ_SEARCH 2
#define RV_CAP_SETUID	       7
#define RV_CAP_NET_RAW	       13
#define RV_CAP_SYS_MODULE      16
#define RV_CAP_SYS_CHROOT      18
#define RV_CAP_SYS_PTRACE      19
#define RV_CAP_BPF	       39
#define RV_CAP_NONE	       63

struct rv_rare_call { __u8 call, cap; };	/* call 0: none of them */
#define RV_RARE(call, cap) ((struct rv_rare_call){ RV_CALL_##call, RV_CAP_##cap })

static __always_inline struct rv_rare_call rv_rare_call(int nr)
{
	switch (nr) {
	case __NR_mount: case __NR_move_mount: case __NR_fsmount: case __NR_open_tree: case __NR_mount_setattr:
		return RV_RARE(MOUNT, SYS_ADMIN);
	case __NR_umount2:
		return RV_RARE(UMOUNT, SYS_ADMIN);
	case __NR_setns:
		return RV_RARE(SETNS, SYS_ADMIN);
	case __NR_unshare:
		return RV_RARE(UNSHARE, SYS_ADMIN);
	case __NR_pivot_root:
		return RV_RARE(PIVOT_ROOT, SYS_ADMIN);
	case __NR_chroot:
		return RV_RARE(CHROOT, SYS_CHROOT);
	case __NR_setuid: case __NR_setreuid: case __NR_setresuid:
		return RV_RARE(SETUID, SETUID);
	case __NR_init_module: case __NR_finit_module:
		return RV_RARE(MODULE, SYS_MODULE);
	case __NR_bpf:
		return RV_RARE(BPF, BPF);
	case __NR_userfaultfd:
		return RV_RARE(USERFAULTFD, SYS_PTRACE);
	case __NR_open_by_handle_at:
		return RV_RARE(OPEN_BY_HANDLE, DAC_READ_SEARCH);
	case __NR_keyctl: case __NR_add_key: case __NR_request_key:
		return RV_RARE(KEYCTL, NONE);
	case __NR_memfd_create:
		return RV_RARE(MEMFD, NONE);
	case __NR_process_vm_writev:
		return RV_RARE(PROCESS_VM_WRITE, NONE);
	}
	return (struct rv_rare_call){ 0 };
}

/* Those of 32-bit programs on x86 that ask for a capability. */
static __always_inline struct rv_rare_call rv_rare_call_i386(int nr)
{
	switch (nr) {
	case 21 /* mount */: case 428 /* open_tree */: case 429 /* move_mount */: case 432 /* fsmount */: case 442 /* mount_setattr */:
		return RV_RARE(MOUNT, SYS_ADMIN);
	case 22 /* umount */: case 52 /* umount2 */:
		return RV_RARE(UMOUNT, SYS_ADMIN);
	case 346 /* setns */:
		return RV_RARE(SETNS, SYS_ADMIN);
	case 310 /* unshare */:
		return RV_RARE(UNSHARE, SYS_ADMIN);
	case 217 /* pivot_root */:
		return RV_RARE(PIVOT_ROOT, SYS_ADMIN);
	case 61 /* chroot */:
		return RV_RARE(CHROOT, SYS_CHROOT);
	case 23 /* setuid */: case 70 /* setreuid */: case 164 /* setresuid */: case 203: case 208: case 213: /* the same, of 32 bits */
		return RV_RARE(SETUID, SETUID);
	case 128 /* init_module */: case 350 /* finit_module */:
		return RV_RARE(MODULE, SYS_MODULE);
	case 357 /* bpf */:
		return RV_RARE(BPF, BPF);
	case 374 /* userfaultfd */:
		return RV_RARE(USERFAULTFD, SYS_PTRACE);
	case 342 /* open_by_handle_at */:
		return RV_RARE(OPEN_BY_HANDLE, DAC_READ_SEARCH);
	}
	return (struct rv_rare_call){ 0 };
}

#endif
