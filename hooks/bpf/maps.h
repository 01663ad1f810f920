/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The maps of all programs; what is in them: shared.h. Defined in maps.bpf.c, so that each is there once in the linked object. A program
 * includes this file and uses them by name.
 *
 * Programs are told apart by section and name; each can be left out by autoload=false, none needs another one.
 *   cgroup/sysctl, cgroup_skb	linked to each container's cgroup
 *   cgroup, others		linked once, to the root cgroup
 *   tp/syscalls, tp_btf/sys_enter	on demand: learn_… while a container with RV_C_LEARN is there, others for RV_C_CALLS
 *   lsm, fexit			the lsm tier only
 *   tp_btf, others		once on the node; base_… in the base tier only
 * What a kernel need not have: tp_btf/cap_capable is 6.14's, tp_btf/inode_set_ctime_to_ts and ctime_… are 6.13's; with neither the first
 * nor the lsm tier capabilities are not recorded.
 */
#ifndef REEVE_HOOKS_BPF_MAPS_H
#define REEVE_HOOKS_BPF_MAPS_H

#include "kernel.h"
#include "shared.h"

#define RV_MAP_OF(map, kind, entries, flags, key_type, value_type)	\
	struct rv_map_##map {						\
		__uint(type, kind);					\
		__uint(max_entries, entries);				\
		__uint(map_flags, flags);				\
		__type(key, key_type);					\
		__type(value, value_type);				\
	};								\
	extern struct rv_map_##map map SEC(".maps")
#define RV_RING(map, bytes)						\
	struct rv_map_##map {						\
		__uint(type, BPF_MAP_TYPE_RINGBUF);			\
		__uint(max_entries, bytes);				\
	};								\
	extern struct rv_map_##map map SEC(".maps")

RV_MAP_OF(containers, BPF_MAP_TYPE_HASH, RV_CONTAINERS_MAX, BPF_F_NO_PREALLOC, __u64, struct rv_container);
RV_MAP_OF(cgroups, BPF_MAP_TYPE_HASH, RV_CGROUPS_MAX, BPF_F_NO_PREALLOC, __u64, __u64);
RV_MAP_OF(tasks, BPF_MAP_TYPE_TASK_STORAGE, 0, BPF_F_NO_PREALLOC, int, struct rv_task);
RV_MAP_OF(used, BPF_MAP_TYPE_HASH, RV_USED_MAX, BPF_F_NO_PREALLOC, struct rv_used_key, struct rv_used);
RV_MAP_OF(rates, BPF_MAP_TYPE_HASH, RV_RATES_MAX, BPF_F_NO_PREALLOC, struct rv_rate_key, struct rv_rate);
RV_MAP_OF(allowed, BPF_MAP_TYPE_LPM_TRIE, RV_ALLOWED_MAX, BPF_F_NO_PREALLOC, struct rv_allowed_key, struct rv_allowed);
RV_MAP_OF(paths, BPF_MAP_TYPE_LPM_TRIE, RV_CLASSES_MAX, BPF_F_NO_PREALLOC, struct rv_path_key, struct rv_path_bits);
RV_MAP_OF(names, BPF_MAP_TYPE_HASH, RV_CLASSES_MAX, BPF_F_NO_PREALLOC, struct rv_name_key, struct rv_name_bits);
RV_MAP_OF(addrs, BPF_MAP_TYPE_LPM_TRIE, RV_CLASSES_MAX, BPF_F_NO_PREALLOC, struct rv_addr_key, __u64);
RV_MAP_OF(ports, BPF_MAP_TYPE_HASH, RV_CLASSES_MAX, BPF_F_NO_PREALLOC, __u16, __u64);
RV_MAP_OF(clauses, BPF_MAP_TYPE_ARRAY, RV_CLAUSES, 0, __u32, struct rv_clause);
RV_MAP_OF(ranges, BPF_MAP_TYPE_ARRAY, RV_EVENT_KINDS, 0, __u32, struct rv_clause_range);
RV_MAP_OF(status, BPF_MAP_TYPE_ARRAY, 1, 0, __u32, struct rv_status);
RV_RING(alerts, 2 << 20);
RV_RING(telemetry, 4 << 20);

#endif
