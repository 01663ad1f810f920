// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Rare calls in the lsm tier, before they happen: those that a security module is asked for. In the base tier: calls.bpf.c. While a rule
 * on paths denies (RV_C_PATH_DENIAL) nothing is mounted inside the container, since a mount gives files other names.
 */
#include "socket.h"

#define RV_PTRACE_ATTACH_MODE 0x2	/* PTRACE_MODE_ATTACH */

enum kernel_load_data_id { LOADING_MODULE = 2 };
enum kernel_read_file_id { READING_MODULE = 2 };

/* What is refused without a rule is reported all the same. */
static __noinline int rv_mount_refused(struct rv_task *self, struct rv_container *c)
{
	struct rv_scratch *s = rv_scratch_take(self->container);

	if (!s)
		return -EPERM;
	s->facts.word[RV_W_FLAGS] = RV_BIT(RV_CALL_MOUNT) | RV_BIT(RV_CALL_FAILED);
	s->event.action = RV_ACTION_DENY;
	s->event.result = RV_RESULT_DENIED;
	rv_head_process(&s->event, bpf_get_current_task_btf(), c);
	rv_texts(s, c, bpf_get_current_task_btf());
	rv_send(s, c, RV_EVENT_CALL, true);
	rv_scratch_give(s);
	return -EPERM;
}

static __noinline int rv_asked(__u64 flags, bool mount)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_scratch *s;
	int ret;

	if (!c || rv_outside(self))
		return 0;
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_CALL, flags, true) ? -EPERM : 0;
	s->facts.word[RV_W_FLAGS] = flags;
	s->event.call.nr = -1;
	ret = rv_finish(s, self, c, RV_EVENT_CALL, true);
	if (ret)
		return -EPERM;
	return mount && (c->flags & RV_C_PATH_DENIAL) ? rv_mount_refused(self, c) : 0;
}

SEC("lsm/sb_mount")
int BPF_PROG(lsm_sb_mount, const char *from, struct path *path, const char *type, unsigned long flags, void *data, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_MOUNT), true);
}

SEC("lsm/move_mount")
int BPF_PROG(lsm_move_mount, struct path *from, struct path *to, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_MOUNT), true);
}

SEC("lsm/sb_umount")
int BPF_PROG(lsm_sb_umount, struct vfsmount *mnt, int flags, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_UMOUNT), false);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(lsm_sb_pivotroot, struct path *old, struct path *path, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_PIVOT_ROOT), true);
}

SEC("lsm/path_chroot")
int BPF_PROG(lsm_path_chroot, struct path *path, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_CHROOT), false);
}

/* Also for files of another process below /proc. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(lsm_ptrace_access_check, struct task_struct *child, unsigned int mode, int ret)
{
	return ret || !(mode & RV_PTRACE_ATTACH_MODE) ? ret : rv_asked(RV_BIT(RV_CALL_PTRACE_ATTACH), false);
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(lsm_ptrace_traceme, struct task_struct *parent, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_PTRACE_TRACEME), false);
}

SEC("lsm/kernel_load_data")
int BPF_PROG(lsm_kernel_load_data, enum kernel_load_data_id id, bool contents, int ret)
{
	return ret || id != bpf_core_enum_value(enum kernel_load_data_id, LOADING_MODULE) ? ret : rv_asked(RV_BIT(RV_CALL_MODULE), false);
}

SEC("lsm/kernel_read_file")
int BPF_PROG(lsm_kernel_read_file, struct file *file, enum kernel_read_file_id id, bool contents, int ret)
{
	return ret || id != bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE) ? ret : rv_asked(RV_BIT(RV_CALL_MODULE), false);
}

SEC("lsm/bpf")
int BPF_PROG(lsm_bpf, int cmd, void *attr, unsigned int size, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_BPF), false);
}

SEC("lsm/task_fix_setuid")
int BPF_PROG(lsm_task_fix_setuid, struct cred *to, const struct cred *from, int flags, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_SETUID), false);
}

/* 6.1; that of unshare(2) and clone(2) which matters: the others want a capability. */
SEC("lsm/userns_create")
int BPF_PROG(lsm_userns_create, const struct cred *cred, int ret)
{
	return ret ? ret : rv_asked(RV_BIT(RV_CALL_UNSHARE), false);
}

SEC("lsm/socket_create")
int BPF_PROG(lsm_socket_create, int family, int type, int protocol, int kern, int ret)
{
	return ret || kern ? ret : rv_socket_made(family, type, protocol, true);
}
