// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Rare calls in the lsm tier. Those that a security module is asked for are seen before they happen and can be refused; the others at the
 * end of the system call, so a process that is denied one is killed with it. Both cost only who calls them, while the tracepoints of the
 * base tier (calls.bpf.c) slow every call of every process. While a rule on paths denies (RV_C_PATH_DENIAL) nothing is mounted
 * inside the container, since a mount gives files other names.
 */
#include "called.h"
#include "socket.h"

#define RV_PTRACE_ATTACH_MODE 0x2	/* PTRACE_MODE_ATTACH */
#define RV_OPEN_TREE_CLONE    1
#define RV_MOUNTS (RV_BIT(RV_CALL_MOUNT) | RV_BIT(RV_CALL_PIVOT_ROOT))

enum kernel_load_data_id { LOADING_MODULE = 2 };
enum kernel_read_file_id { READING_MODULE = 2 };

/* What is refused without a rule is reported all the same. */
static __noinline int rv_mount_refused(struct rv_task *self, struct rv_container *c, bool can_deny)
{
	struct rv_scratch *s = rv_scratch_take(self->container);
	__u8 result;

	if (!s)
		return rv_act(c, RV_ACTION_DENY, can_deny, &result);
	s->facts.word[RV_W_FLAGS] = RV_BIT(RV_CALL_MOUNT) | RV_BIT(RV_CALL_FAILED);
	s->event.action = RV_ACTION_DENY;
	rv_act(c, RV_ACTION_DENY, can_deny, &s->event.result);
	rv_head_process(&s->event, bpf_get_current_task_btf(), c);
	rv_texts(s, c, bpf_get_current_task_btf());
	rv_send(s, c, RV_EVENT_CALL, true);
	rv_scratch_give(s);
	return -EPERM;
}

/* nr -1: not at the end of a call, so it can be refused. */
static __noinline int rv_rare(int nr, long ret, __u64 flags)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	bool can_deny = nr < 0, refused;
	struct rv_scratch *s;

	if (!c || rv_outside(self))
		return 0;
	if (ret < 0)
		flags |= RV_BIT(RV_CALL_FAILED);
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_CALL, flags, can_deny) ? -EPERM : 0;
	s->facts.word[RV_W_FLAGS] = flags;
	s->event.call.nr = nr;
	s->event.call.ret = (int)ret;
	s->event.action = rv_judge(s, self, c, RV_EVENT_CALL);
	refused = s->event.action >= RV_ACTION_DENY;
	rv_act(c, s->event.action, can_deny, &s->event.result);
	rv_emit(s, c, RV_EVENT_CALL);
	rv_scratch_give(s);
	if (!refused && (flags & RV_MOUNTS) && ret >= 0 && (c->flags & RV_C_PATH_DENIAL))
		refused = rv_mount_refused(self, c, can_deny);
	return refused ? -EPERM : 0;
}

static __always_inline int rv_asked(__u64 flags)
{
	return rv_rare(-1, 0, flags);
}

/* ---- what gives files other names ---- */

SEC("lsm/sb_mount")
int BPF_PROG(lsm_sb_mount, const char *from, struct path *path, const char *type, unsigned long flags, void *data)
{
	return rv_asked(RV_BIT(RV_CALL_MOUNT));
}

SEC("lsm/move_mount")
int BPF_PROG(lsm_move_mount, struct path *from, struct path *to)
{
	return rv_asked(RV_BIT(RV_CALL_MOUNT));
}

SEC("lsm/sb_umount")
int BPF_PROG(lsm_sb_umount, struct vfsmount *mnt, int flags)
{
	return rv_asked(RV_BIT(RV_CALL_UMOUNT));
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(lsm_sb_pivotroot, struct path *old, struct path *path)
{
	return rv_asked(RV_BIT(RV_CALL_PIVOT_ROOT));
}

SEC("lsm/path_chroot")
int BPF_PROG(lsm_path_chroot, struct path *path)
{
	return rv_asked(RV_BIT(RV_CALL_CHROOT));
}

/* ---- other processes ---- */

/* Also for files of another process below /proc. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(lsm_ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	if (!(mode & RV_PTRACE_ATTACH_MODE))
		return 0;
	if (rv_call(bpf_get_current_task_btf()) == __NR_process_vm_writev)
		return rv_asked(RV_BIT(RV_CALL_PROCESS_VM_WRITE));
	return rv_asked(RV_BIT(RV_CALL_PTRACE_ATTACH));
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(lsm_ptrace_traceme, struct task_struct *parent)
{
	return rv_asked(RV_BIT(RV_CALL_PTRACE_TRACEME));
}

/* ---- the kernel itself ---- */

SEC("lsm/kernel_load_data")
int BPF_PROG(lsm_kernel_load_data, enum kernel_load_data_id id, bool contents)
{
	return id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_MODULE) ? rv_asked(RV_BIT(RV_CALL_MODULE)) : 0;
}

SEC("lsm/kernel_read_file")
int BPF_PROG(lsm_kernel_read_file, struct file *file, enum kernel_read_file_id id, bool contents)
{
	return id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE) ? rv_asked(RV_BIT(RV_CALL_MODULE)) : 0;
}

SEC("lsm/bpf")
int BPF_PROG(lsm_bpf, int cmd, void *attr, unsigned int size)
{
	return rv_asked(RV_BIT(RV_CALL_BPF));
}

/* Every use of a key looks one up or makes one; some do both, and then there are two events. */
SEC("lsm/key_permission")
int BPF_PROG(lsm_key_permission, void *key, const struct cred *cred, unsigned int need)
{
	return rv_asked(RV_BIT(RV_CALL_KEYCTL));
}

SEC("lsm/key_alloc")
int BPF_PROG(lsm_key_alloc, void *key, const struct cred *cred, unsigned long flags)
{
	return rv_asked(RV_BIT(RV_CALL_KEYCTL));
}

/* The file that userfaultfd(2), io_uring_setup(2) and others make; told by its name. */
SEC("lsm/inode_init_security_anon")
int BPF_PROG(lsm_anon_inode, struct inode *inode, const struct qstr *name, const struct inode *context)
{
	char text[4] = {};

	bpf_probe_read_kernel(text, sizeof(text), name->name);
	if (text[1] == 'u' && text[2] == 's' && text[3] == 'e')
		return rv_asked(RV_BIT(RV_CALL_USERFAULTFD));
	if (text[1] == 'i' && text[2] == 'o' && text[3] == '_')
		return rv_asked(RV_BIT(RV_CALL_IO_URING));
	return 0;
}

/* ---- who one is ---- */

SEC("lsm/task_fix_setuid")
int BPF_PROG(lsm_task_fix_setuid, struct cred *to, const struct cred *from, int flags)
{
	return rv_asked(RV_BIT(RV_CALL_SETUID));
}

/* 6.1; that of unshare(2) and clone(2) which matters: the others want a capability. */
SEC("lsm/userns_create")
int BPF_PROG(lsm_userns_create, const struct cred *cred)
{
	return rv_asked(RV_BIT(RV_CALL_UNSHARE));
}

SEC("lsm/socket_create")
int BPF_PROG(lsm_socket_create, int family, int type, int protocol, int kern)
{
	return kern || rv_is_ip(family) ? 0 : rv_socket_made(family, type, protocol, true);
}

/* ---- no security module is asked ---- */

/* A machine's own calls, and those of its 32-bit programs; names of other machines are left out when loading. */
#define RV_AT_END_OF(abi, call, flags)				\
	SEC("fexit/__" #abi "_sys_" #call)			\
	int BPF_PROG(lsm_##abi##_##call, struct pt_regs *regs, long ret)	\
	{							\
		__u64 bits = flags;				\
								\
		if (bits)					\
			rv_rare(__NR_##call, ret, bits);	\
		return 0;					\
	}
#define RV_AT_END(call, flags)			\
	RV_AT_END_OF(x64, call, flags)		\
	RV_AT_END_OF(ia32, call, flags)		\
	RV_AT_END_OF(arm64, call, flags)

static __always_inline __u64 rv_tree_cloned(const struct pt_regs *regs)
{
	__u64 flags = bpf_core_field_exists(regs->dx) ? regs->dx : regs->regs[2];

	return flags & RV_OPEN_TREE_CLONE ? RV_BIT(RV_CALL_MOUNT) : 0;
}

static __always_inline __u64 rv_duplicated(long fd)
{
	struct rv_task *self = fd >= 0 && fd <= 2 ? rv_self() : NULL;

	if (!self || !rv_is_ip_socket(rv_file_of(fd)))
		return 0;
	self->flags |= RV_T_STDIO;
	return RV_BIT(RV_CALL_STDIO_SOCKET);
}

RV_AT_END(setns, RV_BIT(RV_CALL_SETNS))
RV_AT_END(memfd_create, RV_BIT(RV_CALL_MEMFD))
RV_AT_END(open_by_handle_at, RV_BIT(RV_CALL_OPEN_BY_HANDLE))
RV_AT_END_OF(ia32_compat, open_by_handle_at, RV_BIT(RV_CALL_OPEN_BY_HANDLE))
RV_AT_END_OF(arm64_compat, open_by_handle_at, RV_BIT(RV_CALL_OPEN_BY_HANDLE))
/* Mounts that are in no namespace yet: files are reached by their descriptors. */
RV_AT_END(open_tree, rv_tree_cloned(regs))
RV_AT_END(fsmount, RV_BIT(RV_CALL_MOUNT))
RV_AT_END(mount_setattr, RV_BIT(RV_CALL_MOUNT))
RV_AT_END(dup, rv_duplicated(ret))
RV_AT_END(dup3, rv_duplicated(ret))
#ifdef __NR_dup2
RV_AT_END(dup2, rv_duplicated(ret))
#endif
