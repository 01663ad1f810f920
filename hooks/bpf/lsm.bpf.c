// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Files in the lsm tier: every change and every open for reading, before it happens. Programs work as lsm/NAME and, where bpf is not among
 * the security modules, as fmod_ret/security_NAME: both get the same arguments, and are not asked once another has refused. io_uring comes
 * through the same hooks. 6.1 has no file_truncate (ftruncate goes to path_truncate there) and no inode_set_acl. Times alone are no
 * change here: the arguments of that hook differ between kernels and between the two kinds of programs.
 */
#include "touch.h"

struct rv_act_on { struct rv_task *self; struct rv_container *c; };

static __always_inline bool rv_acts(struct rv_act_on *who)
{
	who->self = rv_self();
	who->c = who->self ? rv_container_of(who->self) : NULL;
	return who->c && !rv_outside(who->self);
}

static __always_inline void rv_touch_call(struct rv_touch *t)
{
	struct task_struct *task = bpf_get_current_task_btf();

	t->can_deny = true;
	t->call = rv_call(task);
	if (rv_call_is_io_uring(task, t->call))
		t->flags |= RV_BIT(RV_F_IO_URING);
}

/* A change to one name. mode: what the file gets, 0 where that stays. */
static __always_inline int rv_change_at(struct dentry *dentry, struct vfsmount *mnt, __u64 operation, __u32 mode, const char *text)
{
	struct rv_touch t = {
		.kind = RV_EVENT_CHANGE, .flags = operation, .mnt = (__u64)mnt, .mode = mode, .text = (__u64)text,
	};
	struct rv_act_on who;

	if (!rv_acts(&who))
		return 0;
	rv_touch_call(&t);
	rv_touch_of(&t, dentry);
	return rv_touch(who.self, who.c, &t) ? -EPERM : 0;
}

/* One of two names that an act is about. */
static __always_inline int rv_change_one(struct rv_act_on *who, struct rv_touch *t, __u64 operation, struct dentry *name, struct vfsmount *mnt)
{
	t->flags = operation;
	t->mnt = (__u64)mnt;
	t->ino = t->dev = 0;
	rv_touch_call(t);
	rv_touch_of(t, name);
	return rv_touch(who->self, who->c, t) ? -EPERM : 0;
}

/* Each is judged, with the other as its target. */
static __always_inline int rv_change_two(struct dentry *from, struct vfsmount *from_mnt, struct dentry *to, struct vfsmount *to_mnt,
					 __u64 operation)
{
	struct rv_touch t = { .kind = RV_EVENT_CHANGE, .other = (__u64)to, .other_mnt = (__u64)to_mnt };
	struct rv_act_on who;

	if (!rv_acts(&who))
		return 0;
	t.mode = from->d_inode->i_mode;
	if (rv_change_one(&who, &t, operation, from, from_mnt))
		return -EPERM;
	if (operation == RV_BIT(RV_OP_RENAME) && (t.mode & RV_S_IFMT) == RV_S_IFDIR)
		__sync_fetch_and_add(&who.c->renames, 1);
	t.other = (__u64)from;
	t.other_mnt = (__u64)from_mnt;
	return rv_change_one(&who, &t, operation, to, to_mnt);
}

/* ---- open ---- */

/*
 * Overlay opens the file below as well: under the path of its own (6.1), later in a private mount, which like those of memfd and pipes is
 * in no namespace.
 */
static __always_inline bool rv_is_backing(struct file *file, struct dentry *dentry)
{
	long ns = (long)BPF_CORE_READ(rv_mount_of(file->f_path.mnt), mnt_ns);

	return file->f_inode != dentry->d_inode || (ns < 0 && ns > -4096);
}

static __always_inline int rv_opened(struct rv_act_on *who, struct file *file, struct dentry *dentry, __u32 kind, __u64 operation)
{
	struct rv_touch t = {
		.kind = kind, .flags = operation, .mnt = (__u64)file->f_path.mnt, .open_flags = file->f_flags,
	};

	rv_touch_call(&t);
	rv_touch_of(&t, dentry);
	return rv_touch(who->self, who->c, &t) ? -EPERM : 0;
}

static __always_inline int rv_open(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct inode *inode = file->f_inode;
	__u64 operation = 0;
	struct rv_act_on who;
	int ret = 0;

	if (!rv_acts(&who) || rv_is_backing(file, dentry) || rv_is_stream(inode->i_mode))
		return 0;
	if (file->f_mode & RV_FMODE_WRITE)
		operation |= RV_BIT(RV_OP_WRITE);
	if (file->f_flags & RV_O_TRUNC)
		operation |= RV_BIT(RV_OP_TRUNCATE);
	if (operation)
		ret = rv_opened(&who, file, dentry, RV_EVENT_CHANGE, operation);
	if (ret || !(file->f_mode & RV_FMODE_READ) || (inode->i_mode & RV_S_IFMT) == RV_S_IFDIR)
		return ret;
	return rv_opened(&who, file, dentry, RV_EVENT_READ, 0);
}

SEC("lsm/file_open")
int BPF_PROG(lsm_file_open, struct file *file)
{
	return rv_open(file);
}

/* ---- names ---- */

SEC("lsm/path_unlink")
int BPF_PROG(lsm_path_unlink, struct path *dir, struct dentry *dentry)
{
	return rv_change_at(dentry, dir->mnt, RV_BIT(RV_OP_UNLINK), 0, NULL);
}

SEC("lsm/path_rmdir")
int BPF_PROG(lsm_path_rmdir, struct path *dir, struct dentry *dentry)
{
	return rv_change_at(dentry, dir->mnt, RV_BIT(RV_OP_RMDIR), 0, NULL);
}

SEC("lsm/path_mkdir")
int BPF_PROG(lsm_path_mkdir, struct path *dir, struct dentry *dentry, unsigned short mode)
{
	return rv_change_at(dentry, dir->mnt, RV_BIT(RV_OP_MKDIR), RV_S_IFDIR | (mode & 07777), NULL);
}

SEC("lsm/path_mknod")
int BPF_PROG(lsm_path_mknod, struct path *dir, struct dentry *dentry, unsigned short mode, unsigned int dev)
{
	__u32 type = mode & RV_S_IFMT;

	if (!type || type == RV_S_IFREG)
		return rv_change_at(dentry, dir->mnt, RV_BIT(RV_OP_CREATE), RV_S_IFREG | (mode & 07777), NULL);
	return rv_change_at(dentry, dir->mnt, RV_BIT(RV_OP_MKNOD), mode, NULL);
}

SEC("lsm/path_symlink")
int BPF_PROG(lsm_path_symlink, struct path *dir, struct dentry *dentry, const char *text)
{
	return rv_change_at(dentry, dir->mnt, RV_BIT(RV_OP_SYMLINK), RV_S_IFLNK | 0777, text);
}

SEC("lsm/path_link")
int BPF_PROG(lsm_path_link, struct dentry *old, struct path *dir, struct dentry *dentry)
{
	return rv_change_two(old, dir->mnt, dentry, dir->mnt, RV_BIT(RV_OP_LINK));
}

SEC("lsm/path_rename")
int BPF_PROG(lsm_path_rename, struct path *old_dir, struct dentry *old, struct path *dir, struct dentry *dentry, unsigned int flags)
{
	return rv_change_two(old, old_dir->mnt, dentry, dir->mnt, RV_BIT(RV_OP_RENAME));
}

/* ---- what a file is ---- */

SEC("lsm/path_truncate")
int BPF_PROG(lsm_path_truncate, struct path *path)
{
	return rv_change_at(path->dentry, path->mnt, RV_BIT(RV_OP_TRUNCATE), 0, NULL);
}

SEC("lsm/file_truncate")
int BPF_PROG(lsm_file_truncate, struct file *file)
{
	return rv_change_at(file->f_path.dentry, file->f_path.mnt, RV_BIT(RV_OP_TRUNCATE), 0, NULL);
}

SEC("lsm/path_chmod")
int BPF_PROG(lsm_path_chmod, struct path *path, unsigned short mode)
{
	struct dentry *dentry = path->dentry;

	return rv_change_at(dentry, path->mnt, RV_BIT(RV_OP_CHMOD), (dentry->d_inode->i_mode & RV_S_IFMT) | (mode & 07777), NULL);
}

SEC("lsm/path_chown")
int BPF_PROG(lsm_path_chown, struct path *path, __u64 uid, __u64 gid)
{
	return rv_change_at(path->dentry, path->mnt, RV_BIT(RV_OP_CHOWN), 0, NULL);
}

/* Attributes come without a mount. Overlay sets them in its upper layer again, under the mounter's credentials. */
static __always_inline int rv_attribute(struct dentry *dentry, __u64 operation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	int call = rv_call(task);

	if (task->cred != task->real_cred && dentry->d_sb->s_magic != RV_OVERLAYFS_MAGIC && !rv_call_is_io_uring(task, call))
		return 0;
	return rv_change_at(dentry, NULL, operation, 0, NULL);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(lsm_inode_setxattr, void *owner, struct dentry *dentry, const char *name, const void *value, size_t size, int flags)
{
	return rv_attribute(dentry, RV_BIT(RV_OP_XATTR));
}

SEC("lsm/inode_removexattr")
int BPF_PROG(lsm_inode_removexattr, void *owner, struct dentry *dentry, const char *name)
{
	return rv_attribute(dentry, RV_BIT(RV_OP_XATTR));
}

SEC("lsm/inode_set_acl")
int BPF_PROG(lsm_inode_set_acl, void *owner, struct dentry *dentry, const char *name, void *acl)
{
	return rv_attribute(dentry, RV_BIT(RV_OP_XATTR));
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(lsm_inode_remove_acl, void *owner, struct dentry *dentry, const char *name)
{
	return rv_attribute(dentry, RV_BIT(RV_OP_XATTR));
}
