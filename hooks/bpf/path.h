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

#define RV_SUN_PATH 108	/* bytes of a unix socket's address, which needs no NUL at its end */

static __always_inline struct mount *rv_mount_of(struct vfsmount *mnt)
{
	return mnt ? (void *)mnt - bpf_core_field_offset(struct mount, mnt) : NULL;
}

/* Walks from w->dentry (and w->mount) up to w->stop; what it finds is in w. */
int rv_walk(struct rv_walk *w);
/* The same with what w->text has already, from w->at on, left where it is. */
int rv_walk_on(struct rv_walk *w);
/* Classes of the path in s->path: of itself, and of the directory it lies in. */
int rv_path_match(struct rv_scratch *s, __u32 name_len);

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

	if (!s->path.reached || s->path.mount || (__u64)rv_mount_of(mnt) == s->path.stop_mount)
		return;
	w->stop = s->path.stop;
	w->stop_mount = s->path.stop_mount;
	w->dentry = (__u64)dentry;
	w->mount = (__u64)rv_mount_of(mnt);
	rv_walk(w);
}

/* Classes of the name in s->name_key. */
static __noinline void rv_name_found(struct rv_scratch *s, __u64 *bits)
{
	struct rv_name_bits *found = bpf_map_lookup_elem(&names, &s->name_key);

	bits[0] = found ? found->bits[0] : 0;
	bits[1] = found ? found->bits[1] : 0;
}

/* Classes of a name: kind is RV_KEY_NAME or RV_KEY_PROC. */
static __noinline void rv_name_match(struct rv_scratch *s, struct dentry *dentry, __u32 kind, __u64 *bits)
{
	__u32 len = BPF_CORE_READ(dentry, d_name.len);

	bits[0] = bits[1] = 0;
	__builtin_memset(&s->name_key, 0, sizeof(s->name_key));
	if (len >= RV_NAME_MAX)
		return;
	s->name_key.text[0] = kind;
	bpf_probe_read_kernel(s->name_key.text + 1, rv_bounded(len, RV_NAME_MAX), BPF_CORE_READ(dentry, d_name.name));
	rv_name_found(s, bits);
}

/* The facts of the path that s->path holds, and of its last name. */
static __noinline void rv_path_judged(struct rv_scratch *s, struct dentry *dentry)
{
	s->facts.word[RV_W_PATH] = s->facts.word[RV_W_PATH + 1] = s->facts.word[RV_W_PATH + 2] = s->facts.word[RV_W_PATH + 3] = 0;
	if (s->path.truncated)
		s->facts.word[RV_W_FLAGS] |= RV_BIT(RV_F_TRUNCATED);
	rv_path_match(s, BPF_CORE_READ(dentry, d_name.len));
	rv_name_match(s, dentry, RV_KEY_NAME, &s->facts.word[RV_W_NAME]);
}

/* Of text, which is scanned from its end: how long the last name is. */
struct rv_last_name { const struct rv_walk *w; __u32 len; };

static long rv_last_name_step(__u32 i, struct rv_last_name *last)
{
	__u32 at = last->w->len - 2 - i;

	if (i + 1 >= last->w->len || last->w->text[at & (RV_PATH_MAX - 1)] == '/')
		return 1;
	last->len = i + 1;
	return 0;
}

/* The same of a socket's address, as given: a path, or an abstract name, which gets '@' for its first NUL. */
static __noinline void rv_path_given(struct rv_scratch *s, const void *from, __u32 len)
{
	struct rv_last_name last = { .w = &s->path };

	if (len > RV_SUN_PATH)
		len = RV_SUN_PATH;
	s->path.at = 0;
	bpf_probe_read_kernel(s->path.text, rv_bounded(len, 127), from);
	s->path.text[rv_bounded(len, 127)] = 0;
	if (!s->path.text[0])
		s->path.text[0] = '@';
	s->path.len = bpf_probe_read_kernel_str(s->target.text, RV_SUN_PATH + 1, s->path.text);
	bpf_loop(RV_SUN_PATH, rv_last_name_step, &last, 0);
	rv_path_match(s, last.len);
	__builtin_memset(&s->name_key, 0, sizeof(s->name_key));
	if (last.len >= RV_NAME_MAX)
		return;
	s->name_key.text[0] = RV_KEY_NAME;
	bpf_probe_read_kernel(s->name_key.text + 1, rv_bounded(last.len, RV_NAME_MAX),
			      s->path.text + ((s->path.len - 1 - last.len) & (RV_PATH_MAX - 1)));
	rv_name_found(s, &s->facts.word[RV_W_NAME]);
}

static __noinline void rv_path(struct rv_scratch *s, struct rv_container *c, struct vfsmount *mnt, struct dentry *dentry)
{
	rv_path_text(&s->path, c, mnt, dentry);
	rv_path_judged(s, dentry);
	if (mnt)
		rv_path_mounted(s, mnt, dentry);
}

#endif
