// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Which tasks belong to a container: by task storage, inherited at fork, so that leaving the cgroup is an event and no escape.
 */
#include "finish.h"

static __always_inline int rv_inherit(struct task_struct *child, const struct rv_task *self, bool thread)
{
	struct rv_task *entry = rv_join(child, self->container);
	struct rv_container *c = rv_container_of(self);

	if (!entry)
		return 0;
	entry->flags = self->flags & ~(RV_T_INIT | RV_T_TRACED);
	entry->exec_time = self->exec_time;
	entry->cpu_before = thread ? self->cpu_before : 0;
	entry->proc[0] = self->proc[0];
	entry->proc[1] = self->proc[1];
	entry->ancestor[0] = self->ancestor[0] | (thread ? 0 : self->proc[0]);
	entry->ancestor[1] = self->ancestor[1] | (thread ? 0 : self->proc[1]);
	entry->caps = rv_caps_of(&child->cred->cap_permitted);
	if (c && !rv_outside(self))
		rv_stopping(c);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(rv_task_newtask, struct task_struct *child, __u64 clone_flags)
{
	struct rv_task *self = rv_self();
	__u64 container;

	if (self)
		return rv_inherit(child, self, clone_flags & RV_CLONE_THREAD);
	if (!(clone_flags & RV_CLONE_INTO_CGROUP))
		return 0;
	container = rv_container_of_cgroup(rv_cgroup_of(child));
	if (container)
		rv_join(child, container);
	return 0;
}

static __noinline void rv_left(struct task_struct *task, struct rv_task *member, __u64 to)
{
	struct rv_container *c = rv_container_of(member);
	struct rv_scratch *s;

	if (!c || (member->flags & RV_T_LEFT))
		return;
	member->flags |= RV_T_LEFT;
	s = rv_scratch_take(member->container);
	if (!s)
		return;
	s->event.left.before = member->container;
	s->event.left.after = to;
	s->event.action = rv_judge_task(s, task, member, c, RV_EVENT_LEFT);
	if (s->event.action < RV_ACTION_ALERT)
		s->event.action = RV_ACTION_ALERT;
	/* whom somebody else moves is not killed for it */
	if (task == bpf_get_current_task_btf())
		rv_act(c, s->event.action, false, &s->event.result);
	rv_emit_task(s, task, c, RV_EVENT_LEFT);
	rv_scratch_give(s);
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(rv_cgroup_attach_task, struct cgroup *to, const char *path, struct task_struct *task)
{
	struct rv_task *member;
	__u64 id, container;

	if (to->root->hierarchy_id != 0)
		return 0;
	id = to->kn->id;
	container = rv_container_of_cgroup(id);
	member = bpf_task_storage_get(&tasks, task, NULL, 0);
	if (member && member->container != container)
		rv_left(task, member, id);
	else if (!member && container)
		rv_join(task, container);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(rv_cgroup_mkdir, struct cgroup *cgroup)
{
	__u64 above, id, container;

	if (cgroup->root->hierarchy_id != 0)
		return 0;
	above = BPF_CORE_READ(cgroup, self.parent, cgroup, kn, id);
	id = cgroup->kn->id;
	container = rv_container_of_cgroup(above);
	if (container)
		bpf_map_update_elem(&cgroups, &id, &container, BPF_NOEXIST);
	return 0;
}

#define RV_CGROUP_NAME 80

/* The directories of a container have one name in every v1 hierarchy and in cgroup2. */
static __noinline bool rv_same_name(struct cgroup *one, struct cgroup *other)
{
	__u64 a[RV_CGROUP_NAME / 8] = {}, b[RV_CGROUP_NAME / 8] = {}, differ = 0;
	__u32 i;

	bpf_probe_read_kernel_str(a, sizeof(a), BPF_CORE_READ(one, kn, name));
	bpf_probe_read_kernel_str(b, sizeof(b), BPF_CORE_READ(other, kn, name));
	for (i = 0; i < RV_CGROUP_NAME / 8; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}

/* Whether a memory cgroup is the container's: one above it counts others too. */
static __always_inline bool rv_is_own(struct cgroup *memory, struct cgroup *cgroup)
{
	if (BPF_CORE_READ(memory, root, hierarchy_id) == 0)
		return rv_container_of_cgroup(BPF_CORE_READ(memory, kn, id)) != 0;
	return rv_same_name(memory, cgroup);
}

/* The high-water mark of a memory cgroup. */
static __always_inline void rv_peak_of(struct rv_container *c, struct cgroup_subsys_state *css, struct cgroup *cgroup)
{
	struct mem_cgroup *memory = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
	__u64 bytes;

	if (!css || !rv_is_own(BPF_CORE_READ(css, cgroup), cgroup))
		return;
	bytes = BPF_CORE_READ(memory, memory.watermark) * RV_PAGE;
	if (bytes > c->peak_memory)
		c->peak_memory = bytes;
}

static __always_inline __u32 rv_memory_id(void)
{
	return bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) & 15;
}

static __noinline void rv_end(__u64 id, struct rv_container *c, struct cgroup *cgroup)
{
	struct rv_scratch *s = rv_scratch_take(id);

	if (!s)
		return;
	s->facts.word[RV_W_FLAGS] = c->facts;
	rv_emit_task(s, NULL, c, RV_EVENT_END);
	rv_scratch_give(s);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(rv_cgroup_rmdir, struct cgroup *cgroup)
{
	struct rv_container *c;
	__u64 id;

	if (cgroup->root->hierarchy_id != 0)
		return 0;
	id = cgroup->kn->id;
	if (!rv_container_of_cgroup(id))
		return 0;
	c = bpf_map_lookup_elem(&containers, &id);
	if (c)
		rv_peak_of(c, BPF_CORE_READ(cgroup, subsys[rv_memory_id()]), cgroup);
	bpf_map_delete_elem(&cgroups, &id);
	if (c)
		rv_end(id, c, cgroup);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(rv_process_exit, struct task_struct *task)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_scratch *s;
	__u64 cpu, rss;
	int group;

	if (!c || rv_outside(self) || BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	cpu = rv_cpu_of(task) - self->cpu_before;
	rss = BPF_CORE_READ(task, signal, maxrss) * RV_PAGE;
	__sync_fetch_and_add(&c->exits, 1);
	__sync_fetch_and_add(&c->cpu_ns, cpu);
	if (rss > c->peak_memory)
		c->peak_memory = rss;
	rv_peak_of(c, BPF_CORE_READ(task, cgroups, subsys[rv_memory_id()]), BPF_CORE_READ(task, cgroups, dfl_cgrp));
	s = rv_scratch_take(self->container);
	if (!s)
		return 0;
	group = BPF_CORE_READ(task, signal, group_exit_code);
	s->event.exit.status = group ? group : task->exit_code;
	s->event.exit.cpu_ns = cpu;
	s->event.exit.peak_rss = rss;
	s->event.action = rv_judge(s, self, c, RV_EVENT_EXIT);
	rv_emit(s, c, RV_EVENT_EXIT);
	rv_scratch_give(s);
	return 0;
}
