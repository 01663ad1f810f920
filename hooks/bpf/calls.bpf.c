// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Rare system calls, in the base tier: at their end, when it is known whether they were refused (by seccomp too, which shows nowhere
 * else). So a rule that denies one kills, and what the call did has happened. Attached only while a container asks (RV_C_CALLS): a
 * system call tracepoint costs every call of every process some 65 ns.
 */
#include "call.h"
#include "net.h"
#include "finish.h"

struct rv_exit { __u64 entry; int nr; int reserved; long ret; };

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

/* bit: RV_CALL_* */
static __noinline int rv_called(int nr, long ret, __u64 flags)
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

#define RV_ON_EXIT(call, bit)                                  \
	SEC("tp/syscalls/sys_exit_" #call)                     \
	int base_call_##call(struct rv_exit *ctx)              \
	{                                                      \
		return rv_called(ctx->nr, ctx->ret, RV_BIT(bit)); \
	}

RV_ON_EXIT(mount, RV_CALL_MOUNT)
RV_ON_EXIT(move_mount, RV_CALL_MOUNT)
RV_ON_EXIT(fsmount, RV_CALL_MOUNT)
RV_ON_EXIT(open_tree, RV_CALL_MOUNT)
RV_ON_EXIT(umount, RV_CALL_UMOUNT)
RV_ON_EXIT(setns, RV_CALL_SETNS)
RV_ON_EXIT(unshare, RV_CALL_UNSHARE)
RV_ON_EXIT(init_module, RV_CALL_MODULE)
RV_ON_EXIT(finit_module, RV_CALL_MODULE)
RV_ON_EXIT(bpf, RV_CALL_BPF)
RV_ON_EXIT(keyctl, RV_CALL_KEYCTL)
RV_ON_EXIT(add_key, RV_CALL_KEYCTL)
RV_ON_EXIT(request_key, RV_CALL_KEYCTL)
RV_ON_EXIT(userfaultfd, RV_CALL_USERFAULTFD)
RV_ON_EXIT(memfd_create, RV_CALL_MEMFD)
RV_ON_EXIT(setuid, RV_CALL_SETUID)
RV_ON_EXIT(setreuid, RV_CALL_SETUID)
RV_ON_EXIT(setresuid, RV_CALL_SETUID)
RV_ON_EXIT(chroot, RV_CALL_CHROOT)
RV_ON_EXIT(pivot_root, RV_CALL_PIVOT_ROOT)
RV_ON_EXIT(process_vm_writev, RV_CALL_PROCESS_VM_WRITE)
RV_ON_EXIT(open_by_handle_at, RV_CALL_OPEN_BY_HANDLE)

#define RV_PTRACE_TRACEME  0
#define RV_PTRACE_POKETEXT 4
#define RV_PTRACE_POKEDATA 5
#define RV_PTRACE_SETREGS  13
#define RV_PTRACE_ATTACH   16
#define RV_PTRACE_SETREGSET 0x4205
#define RV_PTRACE_SEIZE	   0x4206

SEC("tp/syscalls/sys_exit_ptrace")
int base_call_ptrace(struct rv_exit *ctx)
{
	switch (rv_arg(0)) {
	case RV_PTRACE_TRACEME:
		return rv_called(ctx->nr, ctx->ret, RV_BIT(RV_CALL_PTRACE_TRACEME));
	case RV_PTRACE_POKETEXT: case RV_PTRACE_POKEDATA: case RV_PTRACE_SETREGS: case RV_PTRACE_ATTACH: case RV_PTRACE_SETREGSET:
	case RV_PTRACE_SEIZE:
		return rv_called(ctx->nr, ctx->ret, RV_BIT(RV_CALL_PTRACE_ATTACH));
	}
	return 0;
}

/* ---- a socket becomes standard input, output or error ---- */

static __always_inline bool rv_is_ip_socket(long fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file **table = BPF_CORE_READ(task, files, fdt, fd), *file = NULL;
	struct socket *socket;
	__u16 family;

	bpf_probe_read_kernel(&file, sizeof(file), table + fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & RV_S_IFMT) != RV_S_IFSOCK)
		return false;
	socket = BPF_CORE_READ(file, private_data);
	family = BPF_CORE_READ(socket, sk, __sk_common.skc_family);
	return family == RV_AF_INET || family == RV_AF_INET6;
}

static __always_inline int rv_duplicated(struct rv_exit *ctx)
{
	if (ctx->ret < 0 || ctx->ret > 2 || !rv_self() || !rv_is_ip_socket(ctx->ret))
		return 0;
	return rv_called(ctx->nr, ctx->ret, RV_BIT(RV_CALL_STDIO_SOCKET));
}

SEC("tp/syscalls/sys_exit_dup")
int base_call_dup(struct rv_exit *ctx)
{
	return rv_duplicated(ctx);
}

SEC("tp/syscalls/sys_exit_dup2")
int base_call_dup2(struct rv_exit *ctx)
{
	return rv_duplicated(ctx);
}

SEC("tp/syscalls/sys_exit_dup3")
int base_call_dup3(struct rv_exit *ctx)
{
	return rv_duplicated(ctx);
}

/* ---- sockets that programs of cgroups do not see made: packet(7), netlink(7) and the like ---- */

SEC("tp/syscalls/sys_exit_socket")
int base_call_socket(struct rv_exit *ctx)
{
	__u64 family = rv_arg(0), type = rv_arg(1), protocol = rv_arg(2), flags = rv_net_kind(family, type, protocol);
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_scratch *s;

	if (!c || rv_outside(self) || ctx->ret < 0 || family == RV_AF_INET || family == RV_AF_INET6 || family == RV_AF_UNIX)
		return 0;
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_SOCKET, flags, false);
	s->facts.word[RV_W_FLAGS] = flags;
	s->event.net.family = family;
	s->event.net.type = type & RV_SOCK_TYPES;
	s->event.net.protocol = protocol;
	return rv_finish(s, self, c, RV_EVENT_SOCKET, false);
}
