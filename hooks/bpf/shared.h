/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel programs share with those who load, fill and read their maps. Maps are pinned below
 * <bpffs>/reeve/<set>/, <set> being the hash of the programs and that of the detections: another version, other detections or another
 * tier is another set beside it, and each container stays with the one it was entered in.
 *
 *   containers  hash      u64 cgroup id -> struct rv_container	entered by reeve-hook at createRuntime, removed at poststop
 *   cgroups     hash      u64 cgroup id -> u64 container		the container's cgroup and those below it (any depth)
 *   tasks       task storage  struct rv_task			inherited at fork; kept when the task leaves the cgroup
 *   used        hash      struct rv_used_key -> struct rv_used	what a container used, for its report: one list from rv_container.head
 *   rates       hash      struct rv_rate_key -> struct rv_rate	rate limits of alerts
 *   allowed     lpm trie  struct rv_allowed_key -> struct rv_allowed	egress and ingress lists
 *   paths names addrs clauses				the detections: reeve/event.h
 *   ports       hash      u16 (host order) -> u64 bits
 *   ranges      array     enum rv_kind_of_event -> struct rv_clause_range: which clauses are of the kind
 *   alerts telemetry  ring buffers of struct rv_event
 *   status      array, one entry  struct rv_status
 */
#ifndef REEVE_HOOKS_BPF_SHARED_H
#define REEVE_HOOKS_BPF_SHARED_H

#include "reeve/event.h"

#define RV_CONTAINERS_MAX 4096
#define RV_USED_MAX	 262144	/* on a node */
#define RV_USED_EACH	  512	/* of one kind in one container; what comes later is counted only */
#define RV_CGROUPS_MAX	  65536
#define RV_RATES_MAX	  65536
#define RV_ALLOWED_MAX	  65536
#define RV_CLASSES_MAX	  65536 /* entries of each of paths, names, addrs, ports */
#define RV_HOOKS_MAX	  8
#define RV_SYSCALLS	  512

struct rv_container {
	/* ---- written by reeve-hook before any user code runs, then only read ---- */
	__u64 ceiling;			/* capabilities that any set of any task may hold */
	__u64 facts;			/* RV_F_PRIVILEGED .. RV_F_HOST_PID of RV_W_FLAGS */
	__u32 flags;			/* RV_C_* of reeve/event.h */
	__u32 hook_count;
	struct { __u64 ino; __u32 dev; __u32 reserved; } hook[RV_HOOKS_MAX];	/* executables of createContainer hooks: not judged. dev as
										 * the kernel has it: (major << 20) | minor */
	__u8 action[RV_RULES];		/* enum rv_action by rule */
	char id[RV_ID_MAX];
	char entry[72];			/* name of reeve's entry of the container (shim/state.h) */
	__s64 entered;			/* when, by the clock that inodes have their times from: CLOCK_REALTIME_COARSE, ns */
	/* ---- written by the kernel programs ---- */
	__u64 root;			/* dentry of the container's root directory, known from the entrypoint's exec on */
	__u64 root_mount;		/* struct mount of it */
	__u64 userns;			/* its user namespace */
	__u64 mntns;
	__u64 started;			/* entrypoint's exec: CLOCK_BOOTTIME, ns; 0: not yet */
	__u64 caps_asked, caps_granted, caps_refused;	/* since then */
	__u64 syscalls[RV_SYSCALLS / 64];
	__u64 head;			/* hash part of the key of the newest record; 0: none */
	__u32 used_count[8], used_lost[8];	/* by enum rv_used_kind */
	__u64 seq;
	__u64 sent[RV_EVENT_KINDS + 2], dropped[RV_EVENT_KINDS + 2];	/* records to and not into a ring */
	__u64 fired[RV_RULES / 64];	/* rules */
	__u64 candidates[RV_RULES / 64];	/* those of them that only the monitor can decide */
	__u64 cpu_ns, peak_memory, execs, exits;	/* CPU of processes that have ended */
	__u32 stopping;			/* RV_ACTION_STOP was met: every task dies at its next watched act */
	__u32 frozen;
	__u32 renames;		/* of directories: what was found quiet before is looked at again */
	__u32 reserved;
};

struct rv_task {
	__u64 container;
	__u64 proc[2], ancestor[2];	/* RV_W_PROC, RV_W_ANCESTOR */
	__u64 exec_time;		/* CLOCK_BOOTTIME, ns; 0: it has not executed anything in the container */
	__u64 caps;			/* permitted ones at its start or last exec */
	__u64 cpu_before;		/* ns of CPU that its process used while it was the runtime's */
	__u32 flags;			/* RV_T_* */
	__u32 call;			/* the last one that was told of, and when: signs.bpf.c */
	__u32 script_action;		/* lsm tier: enum rv_action of the rules below */
	__u32 reserved;
	__u64 script[RV_RULES / 64];	/* rules that fired on the script whose interpreter it is about to execute */
};
enum {
	RV_T_OUTSIDE = 1 << 0,	/* came in from outside and has not executed anything: not judged */
	RV_T_ENTERED = 1 << 1,	/* it or an ancestor was such a one */
	RV_T_HOOK = 1 << 2,	/* runs a createContainer hook: not judged */
	RV_T_INIT = 1 << 3,
	RV_T_LEFT = 1 << 4,	/* has left the cgroup */
	RV_T_TRACED = 1 << 5,	/* that it is traced has been told */
	RV_T_STDIO = 1 << 6,	/* that a socket is its standard input or output has been told; inherited, as that is */
};

enum rv_used_kind { RV_USED_EXE, RV_USED_FILE, RV_USED_ENDPOINT, RV_USED_CLIENT, RV_USED_NAME /* DNS */, RV_USED_KINDS };
struct rv_used_key { __u64 container, hash; };	/* hash of kind and text; never 0 */
#define RV_USED_TEXT 256
struct rv_used {
	__u64 next;		/* hash of the record before it; 0: the first */
	__u64 time;		/* of the first one */
	__u64 flags;		/* of the first one, or'ed with the later ones': RV_W_FLAGS */
	__u32 count;
	__u16 kind;
	__u16 truncated;
	struct { __u16 family, port; __u8 protocol, reserved[3]; __u8 addr[16]; } net;	/* ENDPOINT; CLIENT: our port */
	char text[RV_USED_TEXT];	/* EXE, FILE: path; NAME: name */
};

struct rv_rate_key { __u64 container; __u32 rule; __u32 reserved; };
struct rv_rate { __u64 window; __u32 count, suppressed; __u64 total, total_suppressed; };	/* window: start, ns */
#define RV_RATE_WINDOW	 1000000000ULL	/* ns */
#define RV_RATE_ALERTS	 10		/* of a rule in a container and window; the rest is counted */
#define RV_RATE_CANDIDATES 1000	/* the same before it is known what they are; the monitor keeps to RV_RATE_ALERTS then */

struct rv_allowed_key { __u32 prefixlen; __u8 container[8], ingress, addr[16]; } __attribute__((packed));	/* prefixlen: 72 and up */
#define RV_ALLOWED_PORTS 8
/* Ports of an entry; those of shorter prefixes that cover it are among them. */
struct rv_allowed { __u32 count; struct { __u16 from, to; __u8 protocol /* 0: any */, reserved[3]; } port[RV_ALLOWED_PORTS]; };

enum rv_tier { RV_TIER_BASE, RV_TIER_LSM };
struct rv_status {
	__u32 tier;		/* enum rv_tier */
	__u32 monitor;		/* pid of the reader, 0: none known */
	__u64 dropped;		/* records of all containers, also of those that are gone */
	__u64 scratch_lost;	/* events without a free scratch area: judged as truncated */
	__u64 tested;		/* self-test: a bit a mechanism that was seen to deny */
};

#endif
