/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Included first by programs of cgroups: before Linux 6.13 or so they may not look into task storage. The loader asks the kernel and says
 * so in rv_net_mode (net.bpf.c).
 */
#ifndef REEVE_HOOKS_BPF_NETMODE_H
#define REEVE_HOOKS_BPF_NETMODE_H

#include <linux/types.h>

enum {
	RV_NET_LISTS,	/* lsm tier without task storage: netlsm.bpf.c judges, net.bpf.c has the lists only */
	RV_NET_LIGHT,	/* base tier without task storage: judged by address, port and container, not by process */
	RV_NET_FULL,
};
extern const volatile __u32 rv_net_mode;
#define RV_TASK_STORAGE (rv_net_mode == RV_NET_FULL)

#include "self.h"

/* Stands for a process of which only the container is known. */
static const volatile struct rv_task rv_somebody = { .exec_time = 1 };

#endif
