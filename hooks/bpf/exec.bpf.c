// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Every program that a container executes, seen when its credentials are final and its first instruction has not run: too late to
 * refuse it, so what is denied then is killed. The lsm tier is asked before that, for a script's file and then for its interpreter, when
 * credentials are still the old ones and arguments are out of reach: it refuses what a rule denies and leaves all else to that later moment.
 */
#include "ceiling.h"
#include "finish.h"
#include "origin.h"
#include "record.h"

#define RV_S_ISUID 04000
#define RV_S_ISGID 02000

/* Tasks of a runtime that it forked from a thread which the hook could not mark are known by their cgroup. */
static __always_inline struct rv_task *rv_member(struct task_struct *task)
{
	struct rv_task *self = rv_self();
	__u64 container;

	if (self)
		return self;
	container = rv_container_of_cgroup(rv_cgroup_of(task));
	if (!container)
		return NULL;
	return rv_join(task, container);
}

static __always_inline bool rv_is_hook(struct rv_container *c, struct inode *inode)
{
	__u64 ino = BPF_CORE_READ(inode, i_ino);
	__u32 dev = BPF_CORE_READ(inode, i_sb, s_dev), i;

	for (i = 0; i < RV_HOOKS_MAX; i++)
		if (i < c->hook_count && c->hook[i].ino == ino && c->hook[i].dev == dev)
			return true;
	return false;
}

static __always_inline __u64 rv_mount_namespace(struct task_struct *task)
{
	return (__u64)BPF_CORE_READ(task, nsproxy, mnt_ns);
}

/* A runtime's task that has not come to what it was started for: a hook, or the runtime itself before it enters the namespaces. */
static __always_inline bool rv_still_outside(struct task_struct *task, struct rv_task *self, struct rv_container *c, struct inode *inode)
{
	if (self->flags & RV_T_HOOK)
		return true;
	if (!(self->flags & RV_T_OUTSIDE))
		return false;
	if (rv_is_hook(c, inode)) {
		self->flags |= RV_T_HOOK;
		return true;
	}
	return c->mntns && rv_mount_namespace(task) != c->mntns;
}

/* The entrypoint: what is known of the container from now on. */
static __always_inline bool rv_starts(struct task_struct *task, struct rv_task *self, struct rv_container *c)
{
	if (c->started || !(self->flags & RV_T_INIT))
		return false;
	c->root_mount = (__u64)rv_mount_of(BPF_CORE_READ(task, fs, root.mnt));
	c->root = (__u64)BPF_CORE_READ(task, fs, root.dentry);
	c->userns = (__u64)BPF_CORE_READ(task, cred, user_ns);
	c->mntns = rv_mount_namespace(task);
	c->started = bpf_ktime_get_boot_ns();
	return true;
}

static __always_inline void rv_mark_init(struct task_struct *task, struct rv_task *self, struct rv_container *c)
{
	if (!c->started && (self->flags & RV_T_OUTSIDE) && rv_innermost_pid(task) == 1)
		self->flags |= RV_T_INIT;
}

static __always_inline __u64 rv_enter(struct rv_task *self)
{
	if (!(self->flags & RV_T_OUTSIDE))
		return 0;
	self->flags &= ~RV_T_OUTSIDE;
	if (!(self->flags & RV_T_INIT))
		self->flags |= RV_T_ENTERED;
	return RV_BIT(RV_F_ENTRY);
}

static __always_inline bool rv_took_setid(const struct cred *cred, struct inode *inode, __u32 mode)
{
	__u32 uid = BPF_CORE_READ(cred, uid.val), euid = BPF_CORE_READ(cred, euid.val);
	__u32 gid = BPF_CORE_READ(cred, gid.val), egid = BPF_CORE_READ(cred, egid.val);

	return ((mode & RV_S_ISUID) && uid != euid && euid == BPF_CORE_READ(inode, i_uid.val)) ||
	       ((mode & RV_S_ISGID) && gid != egid && egid == BPF_CORE_READ(inode, i_gid.val));
}

/* Capabilities that were there before are remembered from fork and exec; of what a process laid down since, secureexec tells. */
static __always_inline void rv_exec_flags(__u64 *flags, struct rv_task *self, struct linux_binprm *bprm, const struct cred *cred,
					  struct inode *inode)
{
	__u64 caps = rv_caps_of(&cred->cap_permitted);
	__u32 mode = BPF_CORE_READ(inode, i_mode);

	if (BPF_CORE_READ(bprm, interp) != BPF_CORE_READ(bprm, filename))
		*flags |= RV_BIT(RV_EXEC_SCRIPT);
	if (self->exec_time && ((caps & ~self->caps) ||
				(caps && BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec) && BPF_CORE_READ(cred, uid.val))))
		*flags |= RV_BIT(RV_EXEC_GAINED);
	if (rv_took_setid(cred, inode, mode))
		*flags |= RV_BIT(RV_EXEC_SETID);
}

static __always_inline bool rv_is_word(const char *name, const char *word, __u32 size)
{
	__u32 i;

	for (i = 0; i < size; i++)
		if (name[i] != word[i])
			return false;
	return true;
}

/* One file that is many programs: which of them it is, its arguments say. */
static __always_inline bool rv_is_many(const char *name)
{
	return rv_is_word(name, "busybox", sizeof("busybox")) || rv_is_word(name, "toybox", sizeof("toybox")) ||
	       rv_is_word(name, "coreutils", sizeof("coreutils"));
}

struct rv_base { const char *text; __u32 at; };

static long rv_base_step(__u32 i, struct rv_base *base)
{
	if (i >= RV_PATH_MAX || !base->text[i])
		return 1;
	if (base->text[i] == '/')
		base->at = i + 1;
	return 0;
}

/* Where in the walk's text the last name begins. */
static __always_inline __u32 rv_base_in(struct rv_walk *w)
{
	struct rv_base base = { .text = w->text };

	w->at = 0;
	bpf_loop(RV_PATH_MAX, rv_base_step, &base, 0);
	return base.at;
}

/* Where in a path the last name begins. Takes the walk's text to work in. */
static __noinline __u32 rv_base_of(struct rv_walk *w, const char *path)
{
	w->len = bpf_probe_read_kernel_str(w->text, RV_PATH_MAX, path);
	return rv_base_in(w);
}

static __always_inline void rv_name_is(struct rv_scratch *s, const char *name)
{
	__builtin_memset(s->name_key.text + 1, 0, sizeof(s->name_key.text) - 1);
	bpf_probe_read_kernel_str(s->name_key.text + 1, sizeof(s->name_key.text) - 1, name);
}

/* The first argument's name; of `busybox nc` the second's. The kernel has just copied them, and who could change them has not run. */
static __noinline bool rv_name_by_args(struct rv_scratch *s, struct task_struct *task)
{
	__u64 at = BPF_CORE_READ(task, mm, arg_start);
	__u32 i;

	for (i = 0; i < 2; i++) {
		long len = bpf_probe_read_user_str(s->other.text, RV_PATH_MAX, (void *)at);

		if (len <= 1)
			return false;
		at += len;
		rv_name_is(s, s->other.text + rv_bounded(rv_base_in(&s->other), RV_PATH_MAX - 1));
		if (!rv_is_many(s->name_key.text + 1))
			return true;
	}
	return false;
}

/*
 * Classes of the program; s->other is free yet. Before it is executed, its arguments cannot be read: interp is the kernel's own copy of
 * what was asked for, or of what a script names.
 */
static __noinline void rv_proc_match(struct rv_scratch *s, struct linux_binprm *bprm, struct dentry *dentry, __u64 *bits,
				     struct task_struct *executed)
{
	const char *called = BPF_CORE_READ(bprm, interp);

	rv_name_match(s, dentry, RV_KEY_PROC, bits);
	if (!rv_is_many(s->name_key.text + 1))
		return;
	if (!executed || !rv_name_by_args(s, executed))
		rv_name_is(s, called + rv_base_of(&s->other, called));
	rv_name_found(s, bits);
}

static __always_inline void rv_exec_facts(struct rv_scratch *s, struct task_struct *task, struct rv_task *self, struct rv_container *c,
					  struct linux_binprm *bprm, bool executed)
{
	struct file *file = BPF_CORE_READ(bprm, file);
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	rv_path(s, c, BPF_CORE_READ(file, f_path.mnt), dentry);
	rv_proc_match(s, bprm, dentry, self->proc, executed ? task : NULL);
	rv_path_text(&s->other, c, BPF_CORE_READ(task, fs, pwd.mnt), BPF_CORE_READ(task, fs, pwd.dentry));
	rv_exec_flags(&s->facts.word[RV_W_FLAGS], self, bprm, task->cred, inode);
	s->facts.word[RV_W_FLAGS] |= RV_BIT(rv_origin(dentry, c, s->path.reached));
	s->event.exec.ino = BPF_CORE_READ(inode, i_ino);
	s->event.exec.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	s->event.exec.mode = BPF_CORE_READ(inode, i_mode);
	s->event.exec.size = BPF_CORE_READ(inode, i_size);
	s->event.exec.caps_before = self->caps;
	self->caps = rv_caps_of(&task->cred->cap_permitted);
	self->exec_time = bpf_ktime_get_boot_ns();
}

/* The monitor learns of a container by its START, so that comes first; it is of no rule. */
static __noinline void rv_emit_start(struct rv_scratch *s, struct rv_container *c)
{
	struct rv_event *e = &s->event;
	__u64 rules[RV_RULES / 64];
	__u8 action = e->action, result = e->result;

	__builtin_memcpy(rules, e->rules, sizeof(rules));
	__builtin_memset(e->rules, 0, sizeof(rules));
	e->action = RV_ACTION_OFF;
	e->result = RV_RESULT_HAPPENED;
	rv_emit(s, c, RV_EVENT_START);
	__builtin_memcpy(e->rules, rules, sizeof(rules));
	__builtin_memset(e->text, 0, sizeof(e->text));
	e->action = action;
	e->result = result;
	s->data = 0;
}

/* One exec, one event: with what was found of the script. Returns the stronger action. */
static __always_inline __u32 rv_with_script(struct rv_scratch *s, const struct rv_task *self, __u32 action)
{
	__u32 i;

	for (i = 0; i < RV_RULES / 64; i++)
		s->event.rules[i] |= self->script[i];
	return self->script_action > action ? self->script_action : action;
}

static __noinline void rv_exec_judge(struct rv_scratch *s, struct rv_task *self, struct rv_container *c)
{
	s->event.action = rv_with_script(s, self, rv_judge(s, self, c, RV_EVENT_EXEC));
	rv_act(c, s->event.action, false, &s->event.result);
}

/* The process has been killed already; a rule may end the container too. */
static __noinline void rv_exec_excess(struct rv_scratch *s, struct task_struct *task, struct rv_task *self, struct rv_container *c,
				      __u64 bits)
{
	s->facts.word[RV_W_FLAGS] = bits;
	s->event.excess.caps = rv_caps_any(task->cred);
	s->event.excess.ceiling = c->ceiling;
	s->event.action = rv_judge(s, self, c, RV_EVENT_EXCESS);
	if (s->event.action != RV_ACTION_STOP)
		s->event.action = RV_ACTION_KILL;
	rv_act(c, s->event.action, false, &s->event.result);
}

static __noinline void rv_executed(struct rv_scratch *s, struct task_struct *task, struct rv_task *self, struct rv_container *c,
				   struct linux_binprm *bprm)
{
	rv_exec_facts(s, task, self, c, bprm, true);
	rv_used_walk(s, RV_USED_EXE, &s->path);
	rv_record(s, c);
}

/* It is no more what it was, and nobody knows what it is. */
static __noinline int rv_exec_lost(struct task_struct *task, struct rv_task *self, struct rv_container *c, __u64 entry)
{
	int ret = rv_lost(self, c, RV_EVENT_EXEC, entry, false);

	self->proc[0] = self->proc[1] = 0;
	self->caps = rv_caps_of(&task->cred->cap_permitted);
	self->exec_time = bpf_ktime_get_boot_ns();
	return ret;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(rv_process_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct rv_task *self = rv_member(task);
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_scratch *s;
	__u64 excess, entry;
	bool starts;

	if (!c)
		return 0;
	rv_mark_init(task, self, c);
	if (rv_still_outside(task, self, c, BPF_CORE_READ(bprm, file, f_inode)))
		return 0;
	starts = rv_starts(task, self, c);
	entry = rv_enter(self);
	if (entry)
		self->cpu_before = rv_cpu_of(task);
	__sync_fetch_and_add(&c->execs, 1);
	rv_stopping(c);
	excess = rv_excess(c);
	if (excess)
		bpf_send_signal(RV_SIGKILL);
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_exec_lost(task, self, c, entry);
	s->facts.word[RV_W_FLAGS] = entry;
	rv_executed(s, task, self, c, bprm);
	if (excess)
		rv_exec_excess(s, task, self, c, excess);
	else
		rv_exec_judge(s, self, c);
	if (starts)
		rv_emit_start(s, c);
	rv_emit(s, c, excess ? RV_EVENT_EXCESS : RV_EVENT_EXEC);
	rv_scratch_give(s);
	return 0;
}

/* ---- the lsm tier ---- */

/* The record says what was to be executed, by the kernel's own copies: by which name it was called stands for all arguments. */
static __noinline void rv_exec_refused(struct rv_scratch *s, struct task_struct *task, struct rv_container *c, const char *called)
{
	if (!rv_rate(s, c))
		return;
	rv_head_process(&s->event, task, c);
	rv_put_walk(s, RV_TEXT_EXE, &s->path);
	rv_put_walk(s, RV_TEXT_TARGET, &s->target);
	bpf_probe_read_kernel_str(s->event.comm, sizeof(s->event.comm), called + rv_base_of(&s->target, called));
	rv_put_walk(s, RV_TEXT_ARGS, &s->target);
	rv_put_walk(s, RV_TEXT_CWD, &s->other);
	rv_send(s, c, RV_EVENT_EXEC, true);
}

/* A function of its own: what rv_lost needs of the stack would be too much beside this. */
static __noinline int rv_exec_asked(struct rv_scratch *s, struct task_struct *task, struct rv_task *self, struct rv_container *c,
				    struct linux_binprm *bprm)
{
	bool script = bprm->interp == bprm->filename && bprm->buf[0] == '#' && bprm->buf[1] == '!';
	int ret = 0;

	s->as = *self;
	s->facts.word[RV_W_FLAGS] = rv_enter(&s->as) | (script ? RV_BIT(RV_EXEC_SCRIPT) : 0);
	rv_exec_facts(s, task, &s->as, c, bprm, false);
	s->event.action = rv_with_script(s, self, rv_judge(s, &s->as, c, RV_EVENT_EXEC));
	if (s->event.action == RV_ACTION_DENY) {
		ret = rv_act(c, RV_ACTION_DENY, true, &s->event.result);
		rv_exec_refused(s, task, c, BPF_CORE_READ(bprm, filename));
	} else if (script) {
		__builtin_memcpy(self->script, s->event.rules, sizeof(self->script));
		self->script_action = s->event.action;
	}
	rv_scratch_give(s);
	return ret;
}

SEC("lsm/bprm_check_security")
int BPF_PROG(lsm_bprm_check, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct rv_task *self = rv_member(task);
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_scratch *s;
	int refused;

	if (!c)
		return 0;
	rv_mark_init(task, self, c);
	if (rv_still_outside(task, self, c, bprm->file->f_inode))
		return 0;
	if (bprm->interp == bprm->filename) {
		__builtin_memset(self->script, 0, sizeof(self->script));
		self->script_action = RV_ACTION_OFF;
	}
	s = rv_scratch_take(self->container);
	if (s)
		refused = rv_exec_asked(s, task, self, c, bprm);
	else
		refused = rv_lost(self, c, RV_EVENT_EXEC, self->flags & RV_T_OUTSIDE ? RV_BIT(RV_F_ENTRY) : 0, true);
	return refused ? -EPERM : 0;
}
