// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * What a container uses of what it was granted: capabilities, and system calls where they are learned. In the base tier also rare calls by
 * the capability that they ask for, where their ends are not watched (calls.bpf.c).
 */
#include "called.h"
#include "rarecall.h"
#include "socket.h"

static __always_inline struct rv_container *rv_used_by(void)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;

	return c && c->started && !rv_outside(self) ? c : NULL;
}

/* Whoever maps memory is asked whether it may overcommit, as CAP_SYS_ADMIN. Nothing follows from the answer for the process. */
extern const void security_vm_enough_memory_mm __ksym __weak;
extern const void cap_vm_enough_memory __ksym __weak;
#define RV_FUNCTION_BYTES  256
#define RV_FRAMES	   3
#define RV_CAP_OPT_NOAUDIT 2
#define RV_FRAMES_OWN	   2 /* this program, and what called it */

#define RV_CLONE_NAMESPACES 0x7e020080

/* A fork that makes no namespace. */
static __always_inline bool rv_only_forks(struct task_struct *task)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

	return !((bpf_core_field_exists(regs->di) ? regs->di : regs->orig_x0) & RV_CLONE_NAMESPACES);
}

/* Calls that ask for CAP_SYS_ADMIN for nothing else; looking up the stack takes ten times as long. */
static __always_inline bool rv_maps_only(struct task_struct *task)
{
	switch (rv_call(task)) {
	case RV_CALL_NONE: case __NR_mmap: case __NR_mprotect: case __NR_brk: case __NR_mremap: case __NR_execve:
		return true;
	case __NR_clone:
		return rv_only_forks(task);
	}
	return false;
}

static __always_inline bool rv_within(__u64 address, const void *function)
{
	return function && address - (__u64)function < RV_FUNCTION_BYTES;
}

static __always_inline bool rv_overcommits(void *ctx)
{
	__u64 frame[RV_FRAMES] = {};
	int i;

	bpf_get_stack(ctx, frame, sizeof(frame), RV_FRAMES_OWN);
	for (i = 0; i < RV_FRAMES; i++)
		if (rv_within(frame[i], &security_vm_enough_memory_mm) || rv_within(frame[i], &cap_vm_enough_memory))
			return true;
	return false;
}

static __always_inline struct rv_container *rv_asks(const struct cred *cred)
{
	/* Overlay asks with the credentials of who mounted it. */
	return cred == bpf_get_current_task_btf()->real_cred ? rv_used_by() : NULL;
}

static __always_inline bool rv_is_known(const struct rv_container *c, __u64 bit, int refused)
{
	return c->caps_asked & bit && (refused ? c->caps_refused : c->caps_granted) & bit;
}

static __always_inline int rv_asked(struct rv_container *c, __u64 bit, int refused)
{
	__sync_fetch_and_or(&c->caps_asked, bit);
	__sync_fetch_and_or(refused ? &c->caps_refused : &c->caps_granted, bit);
	return 0;
}

/* ---- rare calls ---- */

/* A bit of RV_W_FLAGS; 0: none of those that are asked for. */
__noinline __u64 rv_call_of(int nr, int i386, int cap)
{
	struct rv_rare_call rare = i386 == RV_CALL_NONE ? rv_rare_call(nr) : rv_rare_call_i386(i386);

	return rare.call && rare.cap == cap ? RV_BIT(rare.call) : 0;
}

/* Some calls ask more than once; who makes the same call again within this time is told of once. */
#define RV_CALL_SAME_NS (1 << 20)

static __always_inline bool rv_is_same(struct rv_task *self, int nr)
{
	__u32 now = bpf_ktime_get_boot_ns() / RV_CALL_SAME_NS << 9 | (nr & 511), before = self->call;

	self->call = now;
	return now - before <= 512 && !((now ^ before) & 511);
}

/* Calls of 32-bit programs are told of in any case: they have no tracepoints. */
static __always_inline int rv_told(struct rv_container *c, int cap, int refused)
{
	int nr = rv_call(bpf_get_current_task_btf()), i386 = rv_call_i386(bpf_get_current_task_btf());
	bool packet = cap == RV_CAP_NET_RAW && nr == __NR_socket;
	__u64 flags = rv_call_of(nr, i386, cap);
	struct rv_task *self = packet || flags ? rv_self() : NULL;

	if (!self || (c->flags & RV_C_CALLS && i386 == RV_CALL_NONE) || rv_is_same(self, i386 == RV_CALL_NONE ? nr : i386))
		return 0;
	if (packet)
		return refused || rv_is_ip(rv_arg(0)) ? 0 : rv_socket_made(rv_arg(0), rv_arg(1), rv_arg(2), false);
	return rv_called(i386 == RV_CALL_NONE ? nr : RV_CALL_NONE, refused, flags);
}

/* 6.14 */
SEC("tp_btf/cap_capable")
int BPF_PROG(base_cap_capable, const struct cred *cred, void *target, void *capable, int cap, int ret)
{
	struct rv_container *c;
	__u64 bit = RV_BIT(cap & 63);

	/* Most of what is asked: so before anything else. */
	if (cap == RV_CAP_SYS_ADMIN && rv_maps_only(bpf_get_current_task_btf()))
		return 0;
	c = rv_asks(cred);
	if (!c)
		return 0;
	rv_told(c, cap, ret);
	if (rv_is_known(c, bit, ret) || (cap == RV_CAP_SYS_ADMIN && rv_overcommits(ctx)))
		return 0;
	return rv_asked(c, bit, ret);
}

SEC("fexit/cap_capable")
int BPF_PROG(lsm_cap_capable, const struct cred *cred, void *target, int cap, unsigned int options, int ret)
{
	struct rv_container *c = rv_asks(cred);
	__u64 bit = RV_BIT(cap & 63);

	if (!c || rv_is_known(c, bit, ret) || options & RV_CAP_OPT_NOAUDIT)
		return 0;
	return rv_asked(c, bit, ret);
}

/* On demand only: every process of the machine pays for it. */
SEC("tp_btf/sys_enter")
int BPF_PROG(learn_sys_enter, struct pt_regs *regs, long nr)
{
	struct rv_container *c = rv_used_by();
	__u64 bit = RV_BIT(nr & 63);

	if (!c || !(c->flags & RV_C_LEARN) || nr < 0 || nr >= RV_SYSCALLS)
		return 0;
	nr /= 64;
	barrier_var(nr);
	nr &= RV_SYSCALLS / 64 - 1;
	if (!(c->syscalls[nr] & bit))
		__sync_fetch_and_or(&c->syscalls[nr], bit);
	return 0;
}
