/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens in a container, as the kernel programs, policy and the monitor speak of it: kinds of events, facts, clauses, records.
 *
 * The kernel programs include this file too, so it holds plain data only. Numbers are in the machine's byte order unless said otherwise;
 * records never leave the machine.
 *
 * How an event is judged, in the kernel and again in the monitor: what is known of it becomes RV_WORDS 64-bit words of facts. A list of
 * names, a path pattern or a CIDR list of a detection is one bit (its class). A clause is a conjunction of terms
 * "(facts[word] & mask) == want". Clauses are ordered by kind, then rule, a rule's exceptions first: an exception that matches ends
 * the rule, a plain clause that matches fires it.
 */
#ifndef REEVE_EVENT_H
#define REEVE_EVENT_H

#include <linux/types.h>

enum rv_kind_of_event {
	RV_EVENT_EXEC,		/* a program was executed, its first instruction has not run */
	RV_EVENT_EXIT,		/* a process (its last thread) ended */
	RV_EVENT_CHANGE,	/* a file or directory was or would be changed */
	RV_EVENT_READ,		/* a file was or would be opened for reading */
	RV_EVENT_NET,		/* connect, sendto on an unconnected socket, bind, listen, accept; what the ingress list keeps out */
	RV_EVENT_SOCKET,	/* a socket was or would be made */
	RV_EVENT_CALL,		/* a rare system call: RV_CALL_* */
	RV_EVENT_SYSCTL,	/* a file below /proc/sys was or would be written */
	RV_EVENT_LEFT,		/* a task left the container's cgroup */
	RV_EVENT_EXCESS,	/* a task executed with more than the plan gave it: RV_EXCESS_* */
	RV_EVENT_SECCOMP,	/* a system call ended in a signal from the seccomp filter */
	RV_EVENT_START,		/* the entrypoint was executed */
	RV_EVENT_END,		/* the container's cgroup was removed */
	RV_EVENT_DNS,		/* a name was asked for */
	RV_EVENT_KINDS,
};

/* ---- facts ---- */
enum {
	RV_W_PROC = 0,		/* 2 words: classes of the name of the process's executable (base name of the file, not argv or comm) */
	RV_W_PARENT = 2,	/* 2: of its parent's */
	RV_W_ANCESTOR = 4,	/* 2: of all before it, up to the container's init */
	RV_W_PATH = 6,		/* 4: of the path of the object (file, executable, sysctl, unix socket), or of the name in DNS */
	RV_W_NAME = 10,		/* 2: of its base name */
	RV_W_ADDR = 12,		/* of the remote address (connect, send, accept) or local one (bind, listen) */
	RV_W_PORT = 13,		/* of the port that goes with it */
	RV_W_FLAGS = 14,
	RV_W_CAPS = 15,		/* effective capabilities: bit = number in linux/capability.h */
	RV_WORDS = 16,
};
#define RV_PROC_CLASSES 128
#define RV_PATH_CLASSES 256
#define RV_NAME_CLASSES 128
#define RV_ADDR_CLASSES 64
#define RV_PORT_CLASSES 64

#define RV_BIT(n) (1ULL << (n))

/* RV_W_FLAGS, bits 0..23 for every kind */
enum {
	RV_F_TTY,		/* the process has a controlling terminal */
	RV_F_ROOT,		/* its effective uid is 0 in the container's user namespace */
	RV_F_ENTRY,		/* exec: the process came from outside (exec into the container) or is the entrypoint; else false */
	RV_F_INIT,		/* it is the container's init */
	RV_F_ENTERED,		/* it or an ancestor came in by exec from outside */
	RV_F_NEW,		/* its last exec was at most 5 s ago */
	RV_F_PRIVILEGED,	/* container facts: asked for privileged and got it */
	RV_F_SENSITIVE_MOUNT,	/* a sensitive host path is mounted */
	RV_F_EXCESS_CAPS,	/* a capability that leads to the host: detections.md 3.2 */
	RV_F_RUNS_AS_ROOT,	/* its entrypoint runs as host root (no user namespace) */
	RV_F_HOST_NETWORK,
	RV_F_HOST_PID,
	RV_F_TRUNCATED,		/* the object's path was longer than could be walked: every term on RV_W_PATH holds */
	RV_F_IO_URING,		/* asked for through io_uring */
	RV_F_USERNS,		/* the process is in a user namespace below the container's */
	RV_F_KIND = 24,		/* the first of the kind's own */
};
/* RV_EVENT_EXEC: where the executable comes from; exactly one is set. Then what else is known. */
enum {
	RV_ORIGIN_IMAGE = RV_F_KIND,	/* a lower layer, or the image's own tree */
	RV_ORIGIN_COPIED,	/* of the image, but copied up: its content is not vouched for */
	RV_ORIGIN_NEW,		/* made in the upper layer; made or changed, where the root is no overlay */
	RV_ORIGIN_VOLUME,	/* another file system that is mounted in */
	RV_ORIGIN_TMPFS,
	RV_ORIGIN_MEMFD,
	RV_ORIGIN_DELETED,	/* no name any more (O_TMPFILE, unlinked) */
	RV_EXEC_SCRIPT,		/* started by way of an interpreter; path is the script's where the tier can tell */
	RV_EXEC_GAINED,		/* the process has capabilities that it had not before */
	RV_EXEC_SETID,		/* the file is set-uid or set-gid and that took effect */
};
/* RV_EVENT_CHANGE. The base tier cannot always tell: then RV_OP_UNKNOWN alone, on which every condition on an operation holds, but of an
 * exception none: clauses name the operations only, and who evaluates them looks at RV_OP_UNKNOWN (as at RV_F_TRUNCATED for paths). */
enum {
	RV_OP_WRITE = RV_F_KIND,	/* content, or opened for writing */
	RV_OP_CREATE, RV_OP_MKDIR, RV_OP_MKNOD, RV_OP_UNLINK, RV_OP_RMDIR, RV_OP_RENAME, RV_OP_LINK, RV_OP_SYMLINK, RV_OP_TRUNCATE,
	RV_OP_CHMOD, RV_OP_CHOWN, RV_OP_XATTR, RV_OP_TIMES,
	RV_OP_SETID,		/* the mode has, or gets, set-uid or set-gid */
	RV_OP_EXECUTABLE,	/* the mode has, or gets, an execute bit */
	RV_OP_UNKNOWN,
	RV_OP_DEVICE,		/* the object is a device node */
	RV_OP_DIRECTORY,	/* the object is a directory */
};
/* RV_EVENT_NET, RV_EVENT_SOCKET */
enum {
	RV_NET_CONNECT = RV_F_KIND, RV_NET_SEND, RV_NET_BIND, RV_NET_LISTEN, RV_NET_ACCEPT,
	RV_NET_TCP, RV_NET_UDP, RV_NET_ICMP, RV_NET_RAW, RV_NET_PACKET, RV_NET_UNIX, RV_NET_NETLINK, RV_NET_OTHER,
	RV_NET_UNLISTED,	/* refused: it is not in the container's egress or ingress list */
};
/* RV_EVENT_CALL */
enum {
	RV_CALL_MOUNT = RV_F_KIND, RV_CALL_UMOUNT, RV_CALL_SETNS, RV_CALL_UNSHARE, RV_CALL_PTRACE_ATTACH, RV_CALL_PTRACE_TRACEME,
	RV_CALL_MODULE, RV_CALL_BPF, RV_CALL_KEYCTL, RV_CALL_USERFAULTFD, RV_CALL_IO_URING, RV_CALL_MEMFD, RV_CALL_SETUID,
	RV_CALL_CHROOT, RV_CALL_PIVOT_ROOT, RV_CALL_STDIO_SOCKET /* a socket became fd 0, 1 or 2 */, RV_CALL_PROCESS_VM_WRITE,
	RV_CALL_OPEN_BY_HANDLE,
	RV_CALL_FAILED = 63,	/* with one of them: the call was refused (by seccomp or for want of a capability) */
};
/* RV_EVENT_EXCESS */
enum {
	RV_EXCESS_CAPABILITIES = RV_F_KIND, RV_EXCESS_ROOT, RV_EXCESS_NO_NEW_PRIVS, RV_EXCESS_SECCOMP,
};

/* ---- what a container is watched for: rv_container.flags (hooks/bpf/shared.h), rv_judged_monitor.flags ---- */
enum {
	RV_C_NO_ROOT = 1 << 0,		/* nobody may execute as uid 0 */
	RV_C_NO_NEW_PRIVS = 1 << 1,	/* every task must have it when it executes */
	RV_C_SECCOMP = 1 << 2,		/* the same for a filter */
	RV_C_CAPS = 1 << 3,		/* ceiling holds */
	RV_C_LEARN = 1 << 4,		/* system calls are recorded */
	RV_C_EGRESS = 1 << 5,		/* what is not in `allowed` is refused */
	RV_C_INGRESS = 1 << 6,
	RV_C_CALLS = 1 << 7,		/* base tier: a policy asks for a rule on reads or calls, so the system call tracepoints are wanted */
	RV_C_PATH_DENIAL = 1 << 8,	/* a rule on paths denies, so mounts inside the container are refused (lsm tier) */
};

/* ---- clauses ---- */
#define RV_RULES   256	/* detections of one set */
#define RV_CLAUSES 1024
#define RV_TERMS   8	/* of one clause */

struct rv_term {
	__u64 mask, want;
	__u32 word;
	__u32 reserved;
};
struct rv_clause {
	__u16 rule;
	__u8 exception;		/* ends the rule instead of firing it */
	__u8 count;		/* of terms; 0 holds always */
	__u8 candidate;		/* the rule has conditions that only the monitor can decide (globs, arguments): an alert is its to give */
	__u8 reserved[3];
	struct rv_term term[RV_TERMS];
};
struct rv_clause_range { __u32 first, count; };	/* of a kind */

enum rv_action { RV_ACTION_OFF, RV_ACTION_ALERT, RV_ACTION_DENY, RV_ACTION_KILL, RV_ACTION_FREEZE, RV_ACTION_STOP, RV_ACTIONS };

/* ---- keys by which the kernel finds classes ---- */
#define RV_PATTERN_MAX 255	/* bytes of a path pattern */
#define RV_NAME_MAX    63	/* bytes of a name in a list; longer names match nothing */
enum { RV_KEY_PATH = 'p', RV_KEY_DIRECTORY = 'd', RV_KEY_NAME = 'n', RV_KEY_PROC = 'x', RV_KEY_DNS = 'q', RV_KEY_DNS_END = 'e' };
/* Longest-prefix match. text[0] is RV_KEY_PATH (then the path; with its NUL for an exact one, up to and with "/" for all below) or
 * RV_KEY_DIRECTORY (the directory that the object lies in, with NUL). Of RV_EVENT_DNS: RV_KEY_DNS (then the name, in lower case; with its
 * NUL for an exact one) or RV_KEY_DNS_END (then the name backwards). The bits of a longer key hold those of the shorter ones. */
struct rv_path_key { __u32 prefixlen; char text[RV_PATTERN_MAX + 1]; };	/* prefixlen in bits */
struct rv_path_bits { __u64 bits[4]; };
struct rv_name_key { char text[RV_NAME_MAX + 1]; };	/* RV_KEY_NAME or RV_KEY_PROC, then the name, filled with NUL */
struct rv_name_bits { __u64 bits[2]; };
struct rv_addr_key { __u32 prefixlen; __u8 addr[16]; };	/* IPv4 as ::ffff:a.b.c.d; network order */

/* ---- records in the rings ---- */
#define RV_ANCESTORS 6
#define RV_ID_MAX    72		/* of a container's id with its NUL; longer ones are cut */
#define RV_EVENT_DATA 12288	/* bytes of strings at most */

enum rv_result {		/* what became of it */
	RV_RESULT_HAPPENED, RV_RESULT_DENIED, RV_RESULT_KILLED /* SIGKILL to the process */, RV_RESULT_FROZEN /* SIGSTOP; the monitor freezes */,
	RV_RESULT_STOPPED /* SIGKILL; the monitor ends the container */,
};
enum rv_event_text { RV_TEXT_EXE, RV_TEXT_PATH /* of RV_EVENT_DNS the name */, RV_TEXT_TARGET /* mounted name, new name, link's target */, RV_TEXT_ARGS /* NUL between */,
		     RV_TEXT_CWD, RV_TEXT_ENV, RV_TEXTS };

struct rv_event {
	__u32 len;		/* of the whole record */
	__u16 kind;
	__u8 action, result;
	__u64 time;		/* CLOCK_BOOTTIME, ns */
	__u64 container;	/* id of its cgroup */
	__u64 seq;		/* number of this event in its container, from 1: a gap is a dropped record */
	__u64 rules[RV_RULES / 64];	/* that fired, or may have (rv_clause.candidate) */
	__u64 flags;		/* RV_W_FLAGS */
	__u64 caps;		/* RV_W_CAPS */
	__u64 start;		/* of the process, CLOCK_BOOTTIME, ns */
	__u32 suppressed;	/* alerts of these rules that the rate limit kept back before this one */
	__u32 pid, tid, ppid;	/* in the first pid namespace */
	__u32 vpid;		/* in the container's */
	__u32 uid, gid, euid;	/* in the first user namespace */
	__u32 cuid;		/* euid in the container's */
	__u32 tty;		/* device number, 0: none */
	char comm[16], pcomm[16];
	__u32 ancestors;
	struct { __u32 pid; char comm[16]; } ancestor[RV_ANCESTORS];	/* from the parent on, up to init */
	union {
		struct { __u64 ino; __u64 caps_before; __u32 dev, mode; __u64 size; } exec;
		struct { __u32 status; __u32 reserved; __u64 cpu_ns, peak_rss; } exit;	/* status: as wait(2) */
		struct { __u64 ino; __u32 dev, mode; __s32 syscall; __u32 open_flags; } file;	/* syscall: -1 not known */
		struct { __u16 family, type; __u8 protocol, reserved[3]; __u16 port, local_port /* host order */; __u8 addr[16], local[16]; } net;
		struct { __s32 nr, ret; __u64 arg[4]; } call;
		struct { __u64 caps, ceiling; } excess;
		struct { __u64 before, after; } left;	/* cgroup ids */
	};
	__u16 text[RV_TEXTS];	/* lengths in data, one after the other, NUL included; 0: not there */
	__u32 reserved;		/* so that data begins where the struct ends */
	char id[RV_ID_MAX];
	char data[];
};

#endif
