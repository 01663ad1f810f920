// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Rare system calls, in the base tier: at their end, when it is known whether they were refused (by seccomp too, which shows nowhere
 * else). So a rule that denies one kills, and what the call did has happened. Attached only while a container asks (RV_C_CALLS): a
 * system call tracepoint costs every call of every process some 65 ns. What is seen of them otherwise: signs.bpf.c.
 */
#include "called.h"
#include "rarecall.h"
#include "socket.h"

__noinline int rv_called(int nr, long ret, __u64 flags)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_scratch *s;

	if (!c || rv_outside(self))
		return 0;
	if (ret < 0)
		flags |= RV_BIT(RV_CALL_FAILED);
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_CALL, flags, false);
	s->facts.word[RV_W_FLAGS] = flags;
	s->event.call.nr = nr;
	s->event.call.ret = (int)ret;
	for (int i = 0; i < 4; i++)
		s->event.call.arg[i] = rv_arg(i);
	return rv_finish(s, self, c, RV_EVENT_CALL, false);
}

#define RV_PTRACE_TRACEME  0
#define RV_PTRACE_POKETEXT 4
#define RV_PTRACE_POKEDATA 5
#define RV_PTRACE_SETREGS  13
#define RV_PTRACE_ATTACH   16
#define RV_PTRACE_SETREGSET 0x4205
#define RV_PTRACE_SEIZE	   0x4206

/* What is executed later need not tell it again. */
static __always_inline bool rv_is_duplicated(struct rv_exit *ctx)
{
	struct rv_task *self = ctx->ret >= 0 && ctx->ret <= 2 ? rv_self() : NULL;

	if (!self || !rv_is_ip_socket(rv_file_of(ctx->ret)))
		return false;
	self->flags |= RV_T_STDIO;
	return true;
}

/* ---- one program for all of them: loading costs as much for each as for one ---- */

static __always_inline __u64 rv_ptraced(void)
{
	switch (rv_arg(0)) {
	case RV_PTRACE_TRACEME:
		return RV_BIT(RV_CALL_PTRACE_TRACEME);
	case RV_PTRACE_POKETEXT: case RV_PTRACE_POKEDATA: case RV_PTRACE_SETREGS: case RV_PTRACE_ATTACH: case RV_PTRACE_SETREGSET:
	case RV_PTRACE_SEIZE:
		return RV_BIT(RV_CALL_PTRACE_ATTACH);
	}
	return 0;
}

/* A bit of RV_W_FLAGS; 0: this call is none that is asked for. */
static __always_inline __u64 rv_rare(struct rv_exit *ctx)
{
	struct rv_rare_call rare = rv_rare_call(ctx->nr);

	switch (ctx->nr) {
	case __NR_ptrace:
		return rv_ptraced();
	case __NR_dup: case __NR_dup3:
#ifdef __NR_dup2
	case __NR_dup2:
#endif
		return rv_is_duplicated(ctx) ? RV_BIT(RV_CALL_STDIO_SOCKET) : 0;
	}
	return rare.call ? RV_BIT(rare.call) : 0;
}

#define RV_AND(call) "+sys_exit_" #call

/* The loader attaches it to each; a machine without one of them goes without. */
SEC("tp/syscalls/sys_exit_mount" RV_AND(move_mount) RV_AND(fsmount) RV_AND(open_tree) RV_AND(mount_setattr) RV_AND(umount) RV_AND(setns)
	RV_AND(unshare) RV_AND(init_module) RV_AND(finit_module) RV_AND(bpf) RV_AND(keyctl) RV_AND(add_key) RV_AND(request_key)
	RV_AND(userfaultfd) RV_AND(memfd_create) RV_AND(setuid) RV_AND(setreuid) RV_AND(setresuid) RV_AND(chroot) RV_AND(pivot_root)
	RV_AND(process_vm_writev) RV_AND(open_by_handle_at) RV_AND(ptrace) RV_AND(dup) RV_AND(dup2) RV_AND(dup3))
int base_call_rare(struct rv_exit *ctx)
{
	__u64 flags = rv_rare(ctx);

	return flags ? rv_called(ctx->nr, ctx->ret, flags) : 0;
}

/* ---- sockets that programs of cgroups do not see made: packet(7), netlink(7) and the like ---- */

SEC("tp/syscalls/sys_exit_socket")
int base_call_socket(struct rv_exit *ctx)
{
	return ctx->ret < 0 || rv_is_ip(rv_arg(0)) ? 0 : rv_socket_made(rv_arg(0), rv_arg(1), rv_arg(2), false);
}
