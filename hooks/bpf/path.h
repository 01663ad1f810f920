/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Paths of kernel objects, as far as PATH_MAX; longer ones are marked truncated, and then every condition on a path holds (judge.h).
 *
 *	rv_path(s, c, mnt, dentry)	fills s->path (and s->target, when it is seen under another name too) and the facts of path and name
 *	rv_path_text(w, c, mnt, dentry)	the path only, into a walk of its own
 *
 * mnt may be NULL where a hook has only a dentry. An object in the file system of the container's root is judged by its place below that
 * root, so a bind mount inside the container changes nothing; one in another file system (volume, tmpfs, proc) by where it is mounted.
 * Pointers are read with bpf_probe_read_kernel(), so any that a hook hands over will do.
 */
#ifndef REEVE_HOOKS_BPF_PATH_H
#define REEVE_HOOKS_BPF_PATH_H

#include "scratch.h"

#define RV_NAME_BYTES 255	/* of one component, in every file system */

static __always_inline struct mount *rv_mount_of(struct vfsmount *mnt)
{
	return mnt ? (void *)mnt - bpf_core_field_offset(struct mount, mnt) : NULL;
}

/* Puts a component before what is there. false: no room. */
static __always_inline bool rv_walk_put(struct rv_walk *w, struct dentry *dentry, bool slash)
{
	__u32 len = BPF_CORE_READ(dentry, d_name.len);
	__u32 at = w->at;

	if (len > RV_NAME_BYTES || at < len + 1 || at >= RV_PATH_MAX)
		return false;
	at = (at - len) & (RV_PATH_MAX - 1);
	bpf_probe_read_kernel(w->text + at, len & RV_NAME_BYTES, BPF_CORE_READ(dentry, d_name.name));
	if (slash) {
		at = (at - 1) & (RV_PATH_MAX - 1);
		w->text[at] = '/';
	}
	w->at = at;
	return true;
}

/* One step up. 1 ends the walk; w->truncated is taken back when it ended where it should. */
static long rv_walk_step(__u32 step, struct rv_walk **walk)
{
	struct rv_walk *w = *walk;
	struct dentry *dentry = (void *)w->dentry, *parent;
	struct mount *mount = (void *)w->mount;

	if (w->dentry == w->stop && (!mount || w->mount == w->stop_mount)) {
		w->reached = 1;
		w->truncated = 0;
		return 1;
	}
	if (mount && dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount) {
			w->truncated = 0;
			return 1;
		}
		w->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = (__u64)above;
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (!parent || parent == dentry) {
		/* A file without a directory (memfd, pipe) has only a name. */
		w->truncated = step == 0 && !rv_walk_put(w, dentry, false);
		return 1;
	}
	if (!rv_walk_put(w, dentry, true))
		return 1;
	w->dentry = (__u64)parent;
	return 0;
}

static __noinline void rv_walk(struct rv_walk *w)
{
	w->at = RV_PATH_MAX - 1;
	w->text[RV_PATH_MAX - 1] = 0;
	w->truncated = 1;
	w->reached = 0;
	bpf_loop(RV_PATH_MAX, rv_walk_step, &w, 0);
	if (w->at == RV_PATH_MAX - 1) {
		w->at = RV_PATH_MAX - 2;
		w->text[RV_PATH_MAX - 2] = '/';
	}
	w->len = RV_PATH_MAX - w->at;
}

/* The container's root directory; before the entrypoint has executed the current task's. */
static __noinline void rv_walk_root(struct rv_walk *w, struct rv_container *c)
{
	struct task_struct *task = bpf_get_current_task_btf();

	w->stop = c->root;
	w->stop_mount = c->root_mount;
	if (!w->stop) {
		w->stop = (__u64)BPF_CORE_READ(task, fs, root.dentry);
		w->stop_mount = (__u64)rv_mount_of(BPF_CORE_READ(task, fs, root.mnt));
	}
}

/* Into w by dentries when the object lies below the container's root, else as mounted. */
static __noinline void rv_path_text(struct rv_walk *w, struct rv_container *c, struct vfsmount *mnt, struct dentry *dentry)
{
	struct dentry *root;

	rv_walk_root(w, c);
	root = (void *)w->stop;
	w->dentry = (__u64)dentry;
	w->mount = 0;
	if (!mnt || BPF_CORE_READ(dentry, d_sb) == BPF_CORE_READ(root, d_sb)) {
		rv_walk(w);
		if (w->reached || !mnt)
			return;
		w->dentry = (__u64)dentry;
	}
	w->mount = (__u64)rv_mount_of(mnt);
	rv_walk(w);
}

/* Under which name it is mounted, when that is another than the one it is judged by. */
static __noinline void rv_path_mounted(struct rv_scratch *s, struct vfsmount *mnt, struct dentry *dentry)
{
	struct rv_walk *w = &s->target;

	if (!s->path.reached || (__u64)rv_mount_of(mnt) == s->path.stop_mount)
		return;
	w->stop = s->path.stop;
	w->stop_mount = s->path.stop_mount;
	w->dentry = (__u64)dentry;
	w->mount = (__u64)rv_mount_of(mnt);
	rv_walk(w);
}

static __always_inline void rv_path_classes(struct rv_scratch *s, __u32 bytes)
{
	struct rv_path_bits *found;

	s->path_key.prefixlen = bytes * 8;
	found = bpf_map_lookup_elem(&paths, &s->path_key);
	if (!found)
		return;
	s->facts.word[RV_W_PATH] |= found->bits[0];
	s->facts.word[RV_W_PATH + 1] |= found->bits[1];
	s->facts.word[RV_W_PATH + 2] |= found->bits[2];
	s->facts.word[RV_W_PATH + 3] |= found->bits[3];
}

/* The path itself, then the directory it lies in. */
static __noinline void rv_path_match(struct rv_scratch *s, __u32 name_len)
{
	__u32 at = s->path.at & (RV_PATH_MAX - 1), bytes = s->path.len, directory = bytes - 1 - name_len;

	if (bytes > RV_PATTERN_MAX)
		bytes = RV_PATTERN_MAX;
	s->path_key.text[0] = RV_KEY_PATH;
	bpf_probe_read_kernel(s->path_key.text + 1, bytes & RV_PATTERN_MAX, s->path.text + at);
	rv_path_classes(s, 1 + bytes);
	if (directory == 0 || directory >= RV_PATTERN_MAX || s->path.len <= 1 + name_len)
		return;
	if (directory > 1)
		directory--;
	s->path_key.text[0] = RV_KEY_DIRECTORY;
	s->path_key.text[(1 + directory) & RV_PATTERN_MAX] = 0;
	rv_path_classes(s, 2 + directory);
}

/* Classes of a name: kind is RV_KEY_NAME or RV_KEY_PROC. */
static __noinline void rv_name_match(struct rv_scratch *s, struct dentry *dentry, __u32 kind, __u64 *bits)
{
	__u32 len = BPF_CORE_READ(dentry, d_name.len);
	struct rv_name_bits *found;

	bits[0] = bits[1] = 0;
	if (len >= RV_NAME_MAX)
		return;
	__builtin_memset(&s->name_key, 0, sizeof(s->name_key));
	s->name_key.text[0] = kind;
	bpf_probe_read_kernel(s->name_key.text + 1, len & RV_NAME_MAX, BPF_CORE_READ(dentry, d_name.name));
	found = bpf_map_lookup_elem(&names, &s->name_key);
	if (!found)
		return;
	bits[0] = found->bits[0];
	bits[1] = found->bits[1];
}

static __noinline void rv_path(struct rv_scratch *s, struct rv_container *c, struct vfsmount *mnt, struct dentry *dentry)
{
	s->facts.word[RV_W_PATH] = s->facts.word[RV_W_PATH + 1] = s->facts.word[RV_W_PATH + 2] = s->facts.word[RV_W_PATH + 3] = 0;
	rv_path_text(&s->path, c, mnt, dentry);
	if (s->path.truncated)
		s->facts.word[RV_W_FLAGS] |= RV_BIT(RV_F_TRUNCATED);
	if (mnt)
		rv_path_mounted(s, mnt, dentry);
	rv_path_match(s, BPF_CORE_READ(dentry, d_name.len));
	rv_name_match(s, dentry, RV_KEY_NAME, &s->facts.word[RV_W_NAME]);
}

#endif
