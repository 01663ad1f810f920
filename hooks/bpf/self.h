/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Who acts: the first lines of every program. What is no member of a container costs one look-up.
 *
 *	struct rv_task *self = rv_self();
 *	struct rv_container *c = self ? rv_container_of(self) : NULL;
 *	if (!c || rv_outside(self))
 *		return 0;
 */
#ifndef REEVE_HOOKS_BPF_SELF_H
#define REEVE_HOOKS_BPF_SELF_H

#include "maps.h"

/* Programs that some kernels do not let into task storage define it themselves (net.bpf.c). */
#ifndef RV_TASK_STORAGE
#define RV_TASK_STORAGE true
#endif

/* A task's entry; NULL: it belongs to no container. */
static __always_inline struct rv_task *rv_task_of(struct task_struct *task)
{
	return RV_TASK_STORAGE ? bpf_task_storage_get(&tasks, task, NULL, 0) : NULL;
}

/* A worker of io_uring is not forked as others are: its process is who acts. */
static __always_inline struct rv_task *rv_self(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct rv_task *self = rv_task_of(task);

	if (self || !(task->flags & RV_PF_IO_WORKER))
		return self;
	return rv_task_of(task->group_leader);
}

/* Makes a task a member that came from outside. */
static __always_inline struct rv_task *rv_join(struct task_struct *task, __u64 container)
{
	struct rv_task fresh = { .container = container, .flags = RV_T_OUTSIDE };

	return bpf_task_storage_get(&tasks, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* NULL when the container is not entered any more. */
static __always_inline struct rv_container *rv_container_of(const struct rv_task *self)
{
	__u64 id = self->container;

	return bpf_map_lookup_elem(&containers, &id);
}

/* It came from outside, or is a hook of the runtime's, and has not executed what it came for: not judged. */
static __always_inline bool rv_outside(const struct rv_task *self)
{
	return self->flags & (RV_T_OUTSIDE | RV_T_HOOK);
}

/* CPU time in ns of a process that has one thread. */
static __always_inline __u64 rv_cpu_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, signal, sum_sched_runtime) + BPF_CORE_READ(task, se.sum_exec_runtime);
}

/* Of the default hierarchy; 0: not known. */
static __always_inline __u64 rv_cgroup_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* The container to which a cgroup belongs; 0: none. */
static __always_inline __u64 rv_container_of_cgroup(__u64 cgroup)
{
	__u64 *id = bpf_map_lookup_elem(&cgroups, &cgroup);

	return id ? *id : 0;
}

#endif
