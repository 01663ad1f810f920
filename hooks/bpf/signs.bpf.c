// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Rare calls by what the kernel does for them, which costs no system call anything. It tells less than their ends do (calls.bpf.c): what
 * seccomp refuses is not seen, nor what asks for no capability. Capabilities: use.bpf.c.
 */
#include "called.h"

#define RV_PT_SEIZED   0x10000	/* task_struct.ptrace */
#define RV_CLD_TRAPPED 4	/* si_code */

/* ---- ptrace, where its calls are not watched ---- */

/* A member of a container that does not have its calls watched. */
static __always_inline struct rv_container *rv_unwatched(struct rv_task *self)
{
	struct rv_container *c = self && !rv_outside(self) ? rv_container_of(self) : NULL;

	return c && !(c->flags & RV_C_CALLS) ? c : NULL;
}

/* Nothing but told: whoever wants it refused has the calls watched. */
static __noinline int rv_attached(struct task_struct *tracer, struct rv_task *self)
{
	struct rv_container *c = rv_container_of(self);
	struct rv_scratch *s = c ? rv_scratch_take(self->container) : NULL;

	if (!s)
		return 0;
	s->facts.word[RV_W_FLAGS] = RV_BIT(RV_CALL_PTRACE_ATTACH);
	s->event.call.nr = __NR_ptrace;
	s->event.action = rv_judge_task(s, tracer, self, c, RV_EVENT_CALL);
	rv_emit_task(s, tracer, c, RV_EVENT_CALL);
	rv_scratch_give(s);
	return 0;
}

/* PTRACE_ATTACH stops the other process. */
static __always_inline int rv_stops(struct task_struct *tracee)
{
	struct rv_task *self = rv_self(), *member = rv_task_of(tracee);

	if (!rv_unwatched(self))
		return 0;
	if (member)
		member->flags |= RV_T_TRACED;
	return rv_called(__NR_ptrace, 0, RV_BIT(RV_CALL_PTRACE_ATTACH));
}

/* The process is traced. */
static __always_inline int rv_traced(struct task_struct *task, struct task_struct *tracer)
{
	struct rv_task *self = rv_self(), *member = rv_task_of(tracer);

	if (!rv_unwatched(self) || !task->ptrace || self->flags & RV_T_TRACED)
		return 0;
	self->flags |= RV_T_TRACED;
	if (tracer->tgid == task->real_parent->tgid && !(task->ptrace & RV_PT_SEIZED))
		return rv_called(__NR_ptrace, 0, RV_BIT(RV_CALL_PTRACE_TRACEME));
	return rv_unwatched(member) ? rv_attached(tracer, member) : 0;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(base_signal, int sig, struct kernel_siginfo *info, struct task_struct *to)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (sig == RV_SIGSTOP && rv_call(task) == __NR_ptrace)
		return rv_stops(to);
	/* The kernel's own signals have a small number for info. */
	if (sig == RV_SIGCHLD && (__u64)info > 2 && BPF_CORE_READ(info, si_code) == RV_CLD_TRAPPED)
		return rv_traced(task, to);
	return 0;
}

/* Who never stopped; that another than the parent traced it is not told then. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(base_traced_exit, struct task_struct *task)
{
	return task->ptrace && task->parent->tgid == task->real_parent->tgid ? rv_traced(task, task->real_parent) : 0;
}

/* clone(2): its end is not watched in any case. */
SEC("tp_btf/task_newtask")
int BPF_PROG(base_newtask, struct task_struct *child, __u64 clone_flags)
{
	return clone_flags & RV_CLONE_NEWUSER ? rv_called(rv_call(bpf_get_current_task_btf()), 0, RV_BIT(RV_CALL_UNSHARE)) : 0;
}

/* ---- in both tiers ---- */

/* Before exec.bpf.c's program, so who gave the socket away is judged, not what it executes. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(rv_stdio_exec, struct task_struct *task)
{
	struct rv_task *self = rv_self();
	int fd;

	if (!self || rv_outside(self) || self->flags & RV_T_STDIO)
		return 0;
	for (fd = 0; fd <= 2; fd++) {
		if (!rv_is_ip_socket(rv_file_of(fd)))
			continue;
		self->flags |= RV_T_STDIO;
		return rv_called(RV_CALL_NONE, 0, RV_BIT(RV_CALL_STDIO_SOCKET));
	}
	return 0;
}

/* The lsm tier is asked for the ring before it is made. */
SEC("tp_btf/io_uring_create")
int BPF_PROG(base_io_uring_create, int fd)
{
	return rv_called(__NR_io_uring_setup, fd, RV_BIT(RV_CALL_IO_URING));
}
