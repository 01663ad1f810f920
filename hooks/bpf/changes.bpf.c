// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Changes to files in the base tier before 6.13, where no tracepoint shows a change as it is made: at the end of the system calls that make
 * them, when they have succeeded; what is opened for writing, in opens.bpf.c. Paths are read from the process's memory, which another
 * thread may have changed since, and "." and ".." are taken out of them as text, so a symbolic link on the way is not followed: what this
 * tier sees here an attacker can hide. Attached while a container is entered: the hook asks for it where it sees this program (RV_C_CALLS).
 */
#include "called.h"
#include "touch.h"

#define RV_AT_FDCWD	(-100)
#define RV_AT_REMOVEDIR 0x200
#define RV_NO_ARG	15

/* Arguments of a call: of its names, each a directory and a path, and of a mode. */
#define RV_NAME(dir, path)  ((dir) | (path) << 4)
#define RV_PATH(path)	    RV_NAME(RV_NO_ARG, path)
#define RV_ARGS(one, other, mode) (1 << 24 | (mode) << 16 | (other) << 8 | (one))
#define RV_NO_NAME	    RV_NAME(RV_NO_ARG, RV_NO_ARG)

/* 0: its file is that of a descriptor. */
static __always_inline __u32 rv_change_args(int nr)
{
	switch (nr) {
#ifdef __NR_unlink
	case __NR_unlink: case __NR_rmdir: case __NR_chown: case __NR_lchown: case __NR_utime: case __NR_utimes:
		return RV_ARGS(RV_PATH(0), RV_NO_NAME, RV_NO_ARG);
	case __NR_mkdir: case __NR_mknod: case __NR_chmod:
		return RV_ARGS(RV_PATH(0), RV_NO_NAME, 1);
	case __NR_symlink:
		return RV_ARGS(RV_PATH(1), RV_NO_NAME, RV_NO_ARG);
	case __NR_link: case __NR_rename:
		return RV_ARGS(RV_PATH(0), RV_PATH(1), RV_NO_ARG);
	case __NR_futimesat:
		return RV_ARGS(RV_NAME(0, 1), RV_NO_NAME, RV_NO_ARG);
#endif
	case __NR_truncate: case __NR_setxattr: case __NR_lsetxattr: case __NR_removexattr: case __NR_lremovexattr:
		return RV_ARGS(RV_PATH(0), RV_NO_NAME, RV_NO_ARG);
	case __NR_unlinkat: case __NR_fchownat: case __NR_utimensat:
		return RV_ARGS(RV_NAME(0, 1), RV_NO_NAME, RV_NO_ARG);
	case __NR_mkdirat: case __NR_mknodat: case __NR_fchmodat: case 452 /* fchmodat2 */:
		return RV_ARGS(RV_NAME(0, 1), RV_NO_NAME, 2);
	case __NR_symlinkat:
		return RV_ARGS(RV_NAME(1, 2), RV_NO_NAME, RV_NO_ARG);
	case __NR_linkat:
#ifdef __NR_renameat
	case __NR_renameat:
#endif
	case __NR_renameat2:
		return RV_ARGS(RV_NAME(0, 1), RV_NAME(2, 3), RV_NO_ARG);
	}
	return 0;
}

/* ---- a path as text, from its end ---- */

struct rv_text {
	struct rv_walk *w;
	const char *text;
	__u32 len, end;		/* of the text; of the name that is looked at */
	__u32 name, name_len;	/* the last one */
};

static __always_inline bool rv_text_put(struct rv_text *t, __u32 from, __u32 len)
{
	const char *name = t->text + (from & (RV_PATH_MAX - 1));
	struct rv_walk *w = t->w;
	__u32 at = w->at;

	if (len == 0 || (len == 1 && name[0] == '.'))
		return true;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		w->up++;
		return true;
	}
	if (w->up) {
		w->up--;
		return true;
	}
	if (len > 255 || at < len + 1 || at >= RV_PATH_MAX)
		return false;
	if (!t->name_len) {
		t->name = from;
		t->name_len = len;
	}
	at = (at - len) & (RV_PATH_MAX - 1);
	bpf_probe_read_kernel(w->text + at, rv_bounded(len, 255), name);
	at = (at - 1) & (RV_PATH_MAX - 1);
	w->text[at] = '/';
	w->at = at;
	return true;
}

static long rv_text_step(__u32 i, struct rv_text *t)
{
	__u32 at = t->len - 1 - i;
	bool slash = t->text[at & (RV_PATH_MAX - 1)] == '/';

	if (!slash && at)
		return 0;
	if (!rv_text_put(t, at + slash, t->end - at - slash)) {
		t->w->truncated = 1;
		return 1;
	}
	t->end = at;
	return 0;
}

/* Goes on where the text began: at a directory. Both ways of rv_path_text(). */
static __noinline void rv_text_base(struct rv_walk *w, struct rv_container *c, int dir)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = dir == RV_AT_FDCWD ? NULL : rv_file_of(dir);
	struct dentry *dentry = file ? BPF_CORE_READ(file, f_path.dentry) : BPF_CORE_READ(task, fs, pwd.dentry);
	struct vfsmount *mnt = file ? BPF_CORE_READ(file, f_path.mnt) : BPF_CORE_READ(task, fs, pwd.mnt);
	__u32 at = w->at, up = w->up;
	struct dentry *root;

	rv_walk_root(w, c);
	root = (void *)w->stop;
	w->dentry = (__u64)dentry;
	w->mount = 0;
	if (BPF_CORE_READ(dentry, d_sb) == BPF_CORE_READ(root, d_sb)) {
		rv_walk_on(w);
		if (w->reached)
			return;
		w->at = at;
		w->up = up;
		w->dentry = (__u64)dentry;
	}
	w->mount = (__u64)rv_mount_of(mnt);
	rv_walk_on(w);
}

/* The path that a call was given, into w; s->other is free yet. The name's facts are those of the last path. */
int rv_text_path(struct rv_scratch *s, struct rv_walk *w, struct rv_container *c, __u32 args)
{
	struct rv_text t = { .w = w };
	int dir = RV_AT_FDCWD;
	long len;

	if (!s || !w || !c)
		return 0;
	w->at = RV_PATH_MAX - 1;
	w->text[RV_PATH_MAX - 1] = 0;
	w->up = w->truncated = 0;
	w->reached = 1;
	if ((args & 15) != RV_NO_ARG)
		dir = rv_arg(args & 15);
	len = bpf_probe_read_user_str(s->other.text, RV_PATH_MAX, (void *)rv_arg(args >> 4 & 15));
	t.text = s->other.text;
	t.len = t.end = len > 0 ? len - 1 : 0;
	bpf_loop(t.len, rv_text_step, &t, 0);
	if (len <= 0)
		w->truncated = 1;
	else if (s->other.text[0] != '/')
		rv_text_base(w, c, dir);
	w->len = RV_PATH_MAX - w->at;
	__builtin_memset(&s->name_key, 0, sizeof(s->name_key));
	s->name_key.text[0] = RV_KEY_NAME;
	if (t.name_len < RV_NAME_MAX)
		bpf_probe_read_kernel(s->name_key.text + 1, rv_bounded(t.name_len, RV_NAME_MAX), t.text + (t.name & (RV_PATH_MAX - 1)));
	return t.name_len;
}

/* ---- the calls ---- */

static __always_inline void rv_change_target(struct rv_scratch *s, struct rv_container *c, int nr, __u32 other)
{
	bool symlink = nr == __NR_symlinkat;
	long len;

#ifdef __NR_symlink
	symlink |= nr == __NR_symlink;
#endif
	if (other != RV_NO_NAME) {
		rv_text_path(s, &s->target, c, other);
	} else if (symlink) {
		len = bpf_probe_read_user_str(s->target.text, RV_PATH_MAX, (void *)rv_arg(0));
		s->target.at = 0;
		s->target.len = len > 0 ? len : 0;
	}
}

__noinline int rv_change_named(struct rv_task *self, struct rv_container *c, int nr, __u64 flags, __u32 args)
{
	struct rv_scratch *s;
	__u32 name;

	if (!self || !c)
		return 0;
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_CHANGE, flags, false);
	rv_change_target(s, c, nr, args >> 8 & 255);
	name = rv_text_path(s, &s->path, c, args & 255);
	if (s->path.truncated)
		flags |= RV_BIT(RV_F_TRUNCATED);
	s->facts.word[RV_W_FLAGS] = flags;
	s->event.file.syscall = nr;
	rv_name_found(s, &s->facts.word[RV_W_NAME]);
	rv_path_match(s, name);
	rv_used_walk(s, RV_USED_FILE, &s->path);
	rv_record(s, c);
	return rv_finish(s, self, c, RV_EVENT_CHANGE, false);
}

static __always_inline int rv_change_file(struct rv_task *self, struct rv_container *c, int nr, __u64 flags)
{
	struct rv_touch t = { .kind = RV_EVENT_CHANGE, .flags = flags, .call = nr };
	struct file *file = rv_file_of((int)rv_arg(0));

	if (!file)
		return 0;
	rv_touch_read(&t, file);
	return rv_is_stream(t.mode) ? 0 : rv_touch(self, c, &t);
}

static __always_inline __u64 rv_change_flags(int nr, __u32 mode)
{
	__u64 flags = rv_operation(nr);

	if (nr == __NR_unlinkat && rv_arg(2) & RV_AT_REMOVEDIR)
		flags = RV_BIT(RV_OP_RMDIR);
	return mode == RV_NO_ARG ? flags : flags | rv_mode_flags(rv_arg(mode));
}

#define RV_AND(call) "+sys_exit_" #call

SEC("tp/syscalls/sys_exit_unlink" RV_AND(unlinkat) RV_AND(rmdir) RV_AND(mkdir) RV_AND(mkdirat) RV_AND(mknod) RV_AND(mknodat) RV_AND(symlink)
	RV_AND(symlinkat) RV_AND(link) RV_AND(linkat) RV_AND(rename) RV_AND(renameat) RV_AND(renameat2) RV_AND(chmod) RV_AND(fchmod)
	RV_AND(fchmodat) RV_AND(fchmodat2) RV_AND(chown) RV_AND(fchown) RV_AND(lchown) RV_AND(fchownat) RV_AND(truncate) RV_AND(ftruncate)
	RV_AND(fallocate) RV_AND(setxattr) RV_AND(lsetxattr) RV_AND(fsetxattr) RV_AND(removexattr) RV_AND(lremovexattr)
	RV_AND(fremovexattr) RV_AND(utime) RV_AND(utimes) RV_AND(futimesat) RV_AND(utimensat))
int base_change(struct rv_exit *ctx)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	__u32 args = rv_change_args(ctx->nr), one = args & 255, other = args >> 8 & 255;
	__u64 flags;

	if (!c || rv_outside(self) || ctx->ret < 0)
		return 0;
	flags = rv_change_flags(ctx->nr, args ? args >> 16 & 15 : RV_NO_ARG);
	/* a time of a descriptor has no path */
	if (!args || (one != RV_NO_NAME && !rv_arg(one >> 4)))
		return rv_change_file(self, c, ctx->nr, flags);
	rv_change_named(self, c, ctx->nr, flags, args);
	if (other == RV_NO_NAME)
		return 0;
	__sync_fetch_and_add(&c->renames, 1);
	return rv_change_named(self, c, ctx->nr, flags, one << 8 | other);
}
