/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Writes the record of an event. What of it is the kind's own (the union, flags in s->facts, paths in s) the caller has set; the rest
 * comes from the task. An event whose rules fired goes to `alerts` unless each of them is over its rate; START, END, EXCESS and LEFT
 * always go there; exec, exit, network (of IP), seccomp and DNS events without a rule go to `telemetry`, others nowhere. What finds no room is
 * counted.
 */
#ifndef REEVE_HOOKS_BPF_EMIT_H
#define REEVE_HOOKS_BPF_EMIT_H

#include "judge.h"
#include "path.h"

#define RV_ENV_MAX 1024

/* Whether one of the rules that fired may still alert. */
int rv_rate(struct rv_scratch *s, const struct rv_container *c);
/* Appends text; in the order of enum rv_event_text. */
int rv_put_walk(struct rv_scratch *s, __u32 which, struct rv_walk *w);
int rv_put_user(struct rv_scratch *s, __u32 which, __u64 from, __u32 len);
/* Fills what is left of the head and hands the record to a ring. */
int rv_send(struct rv_scratch *s, struct rv_container *c, __u32 kind, __u32 alert);

static __always_inline bool rv_fired(const struct rv_event *e)
{
	return e->rules[0] | e->rules[1] | e->rules[2] | e->rules[3];
}

static __always_inline bool rv_always_alert(__u32 kind)
{
	return kind == RV_EVENT_START || kind == RV_EVENT_END || kind == RV_EVENT_EXCESS || kind == RV_EVENT_LEFT;
}

static __always_inline bool rv_is_telemetry(__u32 kind)
{
	return kind == RV_EVENT_EXEC || kind == RV_EVENT_EXIT || kind == RV_EVENT_NET || kind == RV_EVENT_DNS || kind == RV_EVENT_SECCOMP;
}

static __noinline void rv_put_args(struct rv_scratch *s, struct task_struct *task)
{
	__u64 from = BPF_CORE_READ(task, mm, arg_start), to = BPF_CORE_READ(task, mm, arg_end);
	__u64 len = to > from ? to - from : 0;

	rv_put_user(s, RV_TEXT_ARGS, from, len > RV_PATH_MAX ? RV_PATH_MAX : len);
}

static __noinline void rv_put_env(struct rv_scratch *s, struct task_struct *task)
{
	__u64 from = BPF_CORE_READ(task, mm, env_start), to = BPF_CORE_READ(task, mm, env_end);
	__u64 len = to > from ? to - from : 0;

	rv_put_user(s, RV_TEXT_ENV, from, len > RV_ENV_MAX ? RV_ENV_MAX : len);
}

/* Texts of an exec: the object is the executable, s->other the directory. */
static __noinline void rv_texts_exec(struct rv_scratch *s, struct task_struct *task)
{
	rv_put_walk(s, RV_TEXT_EXE, &s->path);
	rv_put_walk(s, RV_TEXT_TARGET, &s->target);
	rv_put_args(s, task);
	rv_put_walk(s, RV_TEXT_CWD, &s->other);
	if (rv_fired(&s->event))
		rv_put_env(s, task);
}

static __noinline void rv_texts(struct rv_scratch *s, struct rv_container *c, struct task_struct *task)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	if (exe) {
		rv_path_text(&s->other, c, BPF_CORE_READ(exe, f_path.mnt), BPF_CORE_READ(exe, f_path.dentry));
		rv_put_walk(s, RV_TEXT_EXE, &s->other);
	}
	rv_put_walk(s, RV_TEXT_PATH, &s->path);
	rv_put_walk(s, RV_TEXT_TARGET, &s->target);
	/* Memory of another process can't be read from here. */
	if (exe && task == bpf_get_current_task_btf())
		rv_put_args(s, task);
}

static __always_inline __u32 rv_tty_of(struct task_struct *task)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);

	return tty ? (BPF_CORE_READ(tty, driver, major) << 20) + BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index) : 0;
}

static __always_inline __u32 rv_innermost_pid(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level), nr = 0;

	bpf_probe_read_kernel(&nr, sizeof(nr), (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			      (level & 31) * bpf_core_type_size(struct upid));
	return nr;
}

static __noinline void rv_ancestors(struct rv_event *e, struct task_struct *task)
{
	struct task_struct *at = task->real_parent;
	__u32 i;

	if (at)
		bpf_probe_read_kernel(e->pcomm, sizeof(e->pcomm), at->comm);
	for (i = 0; i < RV_ANCESTORS && at; i++) {
		struct rv_task *member = rv_task_of(at);

		if (!member)
			return;
		e->ancestor[i].pid = at->tgid;
		bpf_probe_read_kernel(e->ancestor[i].comm, sizeof(e->ancestor[i].comm), at->comm);
		e->ancestors = i + 1;
		if (member->flags & RV_T_INIT)
			return;
		at = at->real_parent;
	}
}

static __noinline void rv_head_process(struct rv_event *e, struct task_struct *task, struct rv_container *c)
{
	e->start = BPF_CORE_READ(task, group_leader, start_boottime);
	e->pid = task->tgid;
	e->tid = task->pid;
	e->ppid = BPF_CORE_READ(task, real_parent, tgid);
	e->vpid = rv_innermost_pid(task);
	e->uid = BPF_CORE_READ(task, real_cred, uid.val);
	e->gid = BPF_CORE_READ(task, real_cred, gid.val);
	e->euid = BPF_CORE_READ(task, real_cred, euid.val);
	e->cuid = rv_container_uid(task, c);
	e->tty = rv_tty_of(task);
	bpf_probe_read_kernel(e->comm, sizeof(e->comm), task->comm);
	rv_ancestors(e, task);
}

/* task NULL: the event is no process's. */
static __noinline void rv_emit_task(struct rv_scratch *s, struct task_struct *task, struct rv_container *c, __u32 kind)
{
	bool fired = rv_fired(&s->event), alert = rv_always_alert(kind) || (fired && rv_rate(s, c));

	if (!alert && (fired || !rv_is_telemetry(kind) || (kind == RV_EVENT_NET && s->facts.word[RV_W_FLAGS] & RV_BIT(RV_NET_UNIX))))
		return;
	if (task) {
		rv_head_process(&s->event, task, c);
		if (kind == RV_EVENT_EXEC || kind == RV_EVENT_START || kind == RV_EVENT_EXCESS)
			rv_texts_exec(s, task);
		else if (alert)
			rv_texts(s, c, task);
	}
	if (kind == RV_EVENT_DNS && !s->event.text[RV_TEXT_PATH])
		rv_put_walk(s, RV_TEXT_PATH, &s->path);
	rv_send(s, c, kind, alert);
}

static __always_inline void rv_emit(struct rv_scratch *s, struct rv_container *c, __u32 kind)
{
	rv_emit_task(s, bpf_get_current_task_btf(), c, kind);
}

#endif
