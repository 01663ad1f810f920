// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* A system call that the filter ends with a signal; one that it answers with an error is not seen. */
#include "finish.h"

SEC("tp_btf/signal_generate")
int BPF_PROG(rv_signal_generate, int sig, struct kernel_siginfo *info, struct task_struct *task)
{
	struct rv_task *self;
	struct rv_container *c;
	struct rv_scratch *s;

	/* The kernel's own signals have a small number here. */
	if (sig != RV_SIGSYS || (__u64)info <= 2 || BPF_CORE_READ(info, si_code) != RV_SYS_SECCOMP)
		return 0;
	self = rv_self();
	c = self ? rv_container_of(self) : NULL;
	if (!c || rv_outside(self))
		return 0;
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_SECCOMP, 0, false);
	s->event.call.nr = BPF_CORE_READ(info, _sifields._sigsys._syscall);
	return rv_finish(s, self, c, RV_EVENT_SECCOMP, false);
}
