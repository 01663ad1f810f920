/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A file is changed or opened for reading, or is a socket that is connected to: the part that all hooks on files share.
 *
 *	struct rv_touch touch = { .kind = RV_EVENT_CHANGE, .flags = RV_BIT(RV_OP_WRITE), … };
 *	rv_touch_of(&touch, dentry);
 *	return rv_touch(self, c, &touch);
 *
 * The same process doing the same to the same file again costs one look-up, as long as no rule fires: what was found quiet is kept in
 * `quiet`, with all that a rule can ask for in the key. Renaming a directory changes paths of what lies below, so it makes a new key for
 * everything in the container.
 */
#ifndef REEVE_HOOKS_BPF_TOUCH_H
#define REEVE_HOOKS_BPF_TOUCH_H

#include "call.h"
#include "finish.h"
#include "record.h"

struct rv_quiet_key {
	__u64 container, exec_time, dentry, parent, name, inode, flags, caps, userns;
	__u32 ppid, euid, renames, state;
};

/* Who was the last to find it so does not matter; the least recently used goes. */
struct rv_map_quiet {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct rv_quiet_key);
	__type(value, __u8);
};
extern struct rv_map_quiet quiet SEC(".maps");

/* Addresses are the kernel's. */
struct rv_touch {
	__u64 flags;		/* RV_W_FLAGS of the kind */
	__u64 dentry;		/* may be negative: what is about to be made */
	__u64 parent, name, ino;	/* of the dentry: where it lies, the hash of its name, its inode */
	__u64 mnt;		/* 0: not known */
	__u64 top;		/* dentry is in an overlay's upper layer, of which this is the top; 0: it is not */
	__u64 other;		/* what goes with it as RV_TEXT_TARGET: new name, what a link is to; 0: nothing */
	__u64 other_mnt, other_top;
	__u64 text;		/* the same as text; 0: none */
	__u32 dev;
	__u32 kind;		/* enum rv_kind_of_event */
	__u32 mode;		/* that the file gets; 0: it keeps its own */
	__u32 open_flags;
	__s32 call;
	__u32 can_deny;
};

/* Returns what an lsm hook returns. */
int rv_touch(struct rv_task *self, struct rv_container *c, struct rv_touch *t);

/* Takes from the dentry what is asked for each time, while the verifier still knows its type. */
static __always_inline void rv_touch_of(struct rv_touch *t, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	t->dentry = (__u64)dentry;
	t->parent = (__u64)dentry->d_parent;
	t->name = dentry->d_name.hash;
	if (!inode)
		return;
	t->ino = inode->i_ino;
	t->dev = inode->i_sb->s_dev;
	if (!t->mode)
		t->mode = inode->i_mode;
}

/* The same of an open file, by reads that need no type. */
static __always_inline void rv_touch_read(struct rv_touch *t, struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	t->dentry = (__u64)dentry;
	t->parent = (__u64)BPF_CORE_READ(dentry, d_parent);
	t->name = BPF_CORE_READ(dentry, d_name.hash);
	t->ino = BPF_CORE_READ(inode, i_ino);
	t->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	t->mode = BPF_CORE_READ(inode, i_mode);
	t->mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
	t->open_flags = BPF_CORE_READ(file, f_flags);
}

/* What a mode says, as RV_W_FLAGS has it. */
static __always_inline __u64 rv_mode_flags(__u32 mode)
{
	__u32 type = mode & RV_S_IFMT;
	__u64 flags = 0;

	if (type == RV_S_IFDIR)
		return RV_BIT(RV_OP_DIRECTORY);
	if (type == RV_S_IFCHR || type == RV_S_IFBLK)
		flags |= RV_BIT(RV_OP_DEVICE);
	if (mode & 06000)
		flags |= RV_BIT(RV_OP_SETID);
	if ((mode & 0111) && type != RV_S_IFLNK)
		flags |= RV_BIT(RV_OP_EXECUTABLE);
	return flags;
}

/* Pipes and sockets: who writes to one changes no file. */
static __always_inline bool rv_is_stream(__u32 mode)
{
	return (mode & RV_S_IFMT) == RV_S_IFIFO || (mode & RV_S_IFMT) == RV_S_IFSOCK;
}

#endif
