// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* What hooks on files have in common, checked by the verifier apart from them. */
#include "net.h"
#include "touch.h"

static __always_inline void rv_quiet_process(struct rv_quiet_key *key, struct rv_task *self, struct rv_container *c)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct cred *cred = task->real_cred;

	key->container = self->container;
	key->exec_time = self->exec_time;
	key->renames = c->renames;
	key->caps = rv_caps_of(&cred->cap_effective);
	key->userns = (__u64)cred->user_ns;
	key->euid = cred->euid.val;
	key->ppid = task->real_parent->pid;
	key->state = self->flags << 8;
	if (bpf_ktime_get_boot_ns() - self->exec_time <= RV_NEW_NS)
		key->state |= 1;
	if (task->signal->tty)
		key->state |= 2;
}

/* Looks up, or enters. A function of its own, since the key takes much of the stack. */
static __noinline bool rv_quiet(struct rv_task *self, struct rv_container *c, struct rv_touch *t, bool enter)
{
	struct rv_quiet_key key = {};
	__u8 one = 1;

	rv_quiet_process(&key, self, c);
	key.dentry = t->dentry;
	key.parent = t->parent;
	key.name = t->name;
	key.inode = t->ino;
	key.flags = t->flags;
	key.state |= t->kind << 24;
	if (enter)
		return bpf_map_update_elem(&quiet, &key, &one, BPF_ANY) == 0;
	return bpf_map_lookup_elem(&quiet, &key) != NULL;
}

/* As rv_path_text(), below the top of an overlay's upper layer: the same path as in the overlay. */
static __noinline void rv_touch_text(struct rv_walk *w, struct rv_container *c, __u64 dentry, __u64 top, __u64 mnt)
{
	if (!top) {
		rv_path_text(w, c, (void *)mnt, (void *)dentry);
		return;
	}
	w->stop = top;
	w->stop_mount = 0;
	w->dentry = dentry;
	w->mount = 0;
	rv_walk(w);
}

static __always_inline void rv_touch_paths(struct rv_scratch *s, struct rv_container *c, struct rv_touch *t)
{
	rv_touch_text(&s->path, c, t->dentry, t->top, t->mnt);
	rv_path_judged(s, (void *)t->dentry);
	if (t->other) {
		rv_touch_text(&s->target, c, t->other, t->other_top, t->other_mnt);
	} else if (t->text) {
		s->target.at = 0;
		s->target.len = bpf_probe_read_kernel_str(s->target.text, RV_PATH_MAX, (void *)t->text);
	} else if (t->mnt) {
		rv_path_mounted(s, (void *)t->mnt, (void *)t->dentry);
	}
}

static __always_inline void rv_touch_facts(struct rv_scratch *s, struct rv_touch *t)
{
	s->facts.word[RV_W_FLAGS] = t->flags;
	if (t->kind == RV_EVENT_NET) {
		s->event.net.family = RV_AF_UNIX;
		return;
	}
	s->event.file.ino = t->ino;
	s->event.file.dev = t->dev;
	s->event.file.mode = t->mode;
	s->event.file.syscall = t->call;
	s->event.file.open_flags = t->open_flags;
}

static __always_inline int rv_touch_end(struct rv_scratch *s, struct rv_task *self, struct rv_container *c, struct rv_touch *t)
{
	int ret;

	s->event.action = rv_judge(s, self, c, t->kind);
	ret = rv_act(c, s->event.action, t->can_deny, &s->event.result);
	if (t->kind == RV_EVENT_CHANGE && !ret && !(t->flags & RV_BIT(RV_OP_DEVICE))) {
		rv_used_walk(s, RV_USED_FILE, &s->path);
		rv_record(s, c);
	}
	rv_emit(s, c, t->kind);
	return ret;
}

int rv_touch(struct rv_task *self, struct rv_container *c, struct rv_touch *t)
{
	struct rv_scratch *s;
	int ret;

	if (!self || !c || !t)
		return 0;
	if (t->kind != RV_EVENT_NET)
		t->flags |= rv_mode_flags(t->mode);
	if (!t->other && rv_quiet(self, c, t, false))
		return 0;
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, t->kind, t->flags, t->can_deny);
	rv_touch_facts(s, t);
	rv_touch_paths(s, c, t);
	ret = rv_touch_end(s, self, c, t);
	if (!rv_fired(&s->event))
		rv_quiet(self, c, t, true);
	rv_scratch_give(s);
	return ret;
}
