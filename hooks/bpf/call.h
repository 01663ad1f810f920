/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The system call that a process is in, and what it does to files. A number says so for the machine's own calls only: those of 32-bit
 * programs and whatever io_uring does have RV_OP_UNKNOWN, on which every condition on an operation holds.
 */
#ifndef REEVE_HOOKS_BPF_CALL_H
#define REEVE_HOOKS_BPF_CALL_H

#include "kernel.h"
#include "reeve/event.h"
#include <asm/unistd.h>

#define RV_TS_COMPAT	0x2		/* thread_info.status, x86 */
#define RV_TIF_32BIT	(1UL << 22)	/* thread_info.flags, arm64 */
#define RV_CALL_NONE	(-1)		/* a page fault */
#define RV_CALL_FOREIGN (-2)		/* not one of the machine's own */
#define RV_CALL_X32	0x40000000

static __always_inline int rv_call(struct task_struct *task)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

	if (task->flags & RV_PF_IO_WORKER)
		return RV_CALL_FOREIGN;
	if (bpf_core_field_exists(regs->orig_ax)) {
		if (task->thread_info.status & RV_TS_COMPAT || regs->orig_ax & RV_CALL_X32)
			return (int)regs->orig_ax == RV_CALL_NONE ? RV_CALL_NONE : RV_CALL_FOREIGN;
		return (int)regs->orig_ax;
	}
	return task->thread_info.flags & RV_TIF_32BIT ? RV_CALL_FOREIGN : regs->syscallno;
}

/* Of a 32-bit program on x86, whose calls have numbers of their own; RV_CALL_NONE: it is in none. */
static __always_inline int rv_call_i386(struct task_struct *task)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

	if (!bpf_core_field_exists(regs->orig_ax) || task->flags & RV_PF_IO_WORKER || !(task->thread_info.status & RV_TS_COMPAT))
		return RV_CALL_NONE;
	return (int)regs->orig_ax;
}

/* What a program at sys_exit_… is given. */
struct rv_exit { __u64 entry; int nr; int reserved; long ret; };

/* The current process's file of that descriptor; NULL: none. */
static __always_inline struct file *rv_file_of(long fd)
{
	struct file **table = BPF_CORE_READ(bpf_get_current_task_btf(), files, fdt, fd), *file = NULL;

	if (fd >= 0)
		bpf_probe_read_kernel(&file, sizeof(file), table + fd);
	return file;
}

static __always_inline bool rv_call_is_io_uring(struct task_struct *task, int call)
{
	return (task->flags & RV_PF_IO_WORKER) || call == __NR_io_uring_enter;
}

/* A bit of RV_W_FLAGS; 0: a call that changes no file. */
static __always_inline __u64 rv_operation(int call)
{
	switch (call) {
	case RV_CALL_NONE:
	case __NR_write: case __NR_writev: case __NR_pwrite64: case __NR_pwritev: case __NR_pwritev2: case __NR_fallocate:
	case __NR_sendfile: case __NR_splice: case __NR_tee: case __NR_vmsplice: case __NR_copy_file_range: case __NR_io_submit:
		return RV_BIT(RV_OP_WRITE);
	case __NR_openat: case __NR_openat2:
#ifdef __NR_open
	case __NR_open: case __NR_creat:
#endif
		return RV_BIT(RV_OP_CREATE);
	case __NR_mkdirat:
#ifdef __NR_mkdir
	case __NR_mkdir:
#endif
		return RV_BIT(RV_OP_MKDIR);
	case __NR_mknodat: case __NR_bind:
#ifdef __NR_mknod
	case __NR_mknod:
#endif
		return RV_BIT(RV_OP_MKNOD);
	case __NR_unlinkat:
#ifdef __NR_unlink
	case __NR_unlink:
#endif
		return RV_BIT(RV_OP_UNLINK);
#ifdef __NR_rmdir
	case __NR_rmdir:
		return RV_BIT(RV_OP_RMDIR);
#endif
#ifdef __NR_renameat
	case __NR_renameat:
#endif
#ifdef __NR_rename
	case __NR_rename:
#endif
	case __NR_renameat2:
		return RV_BIT(RV_OP_RENAME);
	case __NR_linkat:
#ifdef __NR_link
	case __NR_link:
#endif
		return RV_BIT(RV_OP_LINK);
	case __NR_symlinkat:
#ifdef __NR_symlink
	case __NR_symlink:
#endif
		return RV_BIT(RV_OP_SYMLINK);
	case __NR_truncate: case __NR_ftruncate:
		return RV_BIT(RV_OP_TRUNCATE);
	case __NR_fchmod: case __NR_fchmodat: case 452 /* fchmodat2 */:
#ifdef __NR_chmod
	case __NR_chmod:
#endif
		return RV_BIT(RV_OP_CHMOD);
	case __NR_fchown: case __NR_fchownat:
#ifdef __NR_chown
	case __NR_chown: case __NR_lchown:
#endif
		return RV_BIT(RV_OP_CHOWN);
	case __NR_setxattr: case __NR_lsetxattr: case __NR_fsetxattr: case __NR_removexattr: case __NR_lremovexattr:
	case __NR_fremovexattr: case 463 /* setxattrat */: case 466 /* removexattrat */:
		return RV_BIT(RV_OP_XATTR);
	case __NR_utimensat:
#ifdef __NR_utime
	case __NR_utime: case __NR_utimes: case __NR_futimesat:
#endif
		return RV_BIT(RV_OP_TIMES);
	case RV_CALL_FOREIGN: case __NR_io_uring_enter: case __NR_ioctl:
		return RV_BIT(RV_OP_UNKNOWN);
	}
	return 0;
}

#endif
