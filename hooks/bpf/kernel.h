/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the programs know of the kernel's own types: only the members that they use, found at load time by name (CO-RE), so order and
 * gaps mean nothing here. Names are the kernel's. A member that only some kernels have is asked for with bpf_core_field_exists(); a type
 * that differs between kernels is a second struct with a ___suffix.
 */
#ifndef REEVE_HOOKS_BPF_KERNEL_H
#define REEVE_HOOKS_BPF_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define RV_PAGE	      4096
#define RV_SIGKILL    9
#define RV_SIGSTOP    19
#define RV_SIGCHLD    17
#define RV_SIGSYS     31
#define RV_SYS_SECCOMP 1	/* si_code */
#define RV_CAP_SYS_ADMIN 21
#define RV_PF_IO_WORKER	     0x10	/* task_struct.flags */
#define RV_CLONE_THREAD	     0x10000
#define RV_CLONE_NEWUSER     0x10000000
#define RV_CLONE_INTO_CGROUP 0x200000000ULL
#define RV_S_IFMT  0170000
#define RV_S_IFREG 0100000
#define RV_S_IFDIR 0040000
#define RV_S_IFCHR 0020000
#define RV_S_IFBLK 0060000
#define RV_S_IFSOCK 0140000
#define RV_FMODE_READ  0x1
#define RV_FMODE_WRITE 0x2
#define RV_O_TRUNC     01000
#define RV_S_IFLNK 0120000
#define RV_S_IFIFO 0010000
#define RV_OVERLAYFS_MAGIC 0x794c7630
#define RV_TMPFS_MAGIC	   0x01021994
#define RV_CTIME_QUERIED   (1U << 31)	/* in inode.i_ctime_nsec, 6.13 */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct { __u32 val; } kuid_t;
typedef struct { __u32 val; } kgid_t;
typedef struct { int counter; } atomic_t;

/* ---- files ---- */
struct hlist_node { struct hlist_node *next; };
struct hlist_head { struct hlist_node *first; };
struct list_head { struct list_head *next; };
struct lockref { int count; };
struct super_block { __u32 s_dev; unsigned long s_magic; struct dentry *s_root; struct mount *s_mounts; };
struct super_block___list { struct list_head s_mounts; };	/* before 6.18 */
struct inode {
	unsigned short i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	__u32 i_rdev;
	__s64 i_size;
	struct hlist_head i_dentry;
	const char *i_link;
};
struct qstr {
	union {
		struct { __u32 hash, len; };
		__u64 hash_len;
	};
	const unsigned char *name;
};
struct dentry {
	unsigned int d_flags;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	void *d_fsdata;
	struct lockref d_lockref;
	struct hlist_node d_sib;	/* 6.8 */
	struct hlist_head d_children;	/* 6.8 */
	union { struct hlist_node d_alias; } d_u;
};
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; int mnt_flags; };
struct mnt_namespace;
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
	struct mount *mnt_next_for_sb;	/* 6.18 */
};
struct mount___list { struct list_head mnt_instance; };	/* before 6.18 */
struct ovl_inode { struct inode vfs_inode; struct dentry *__upperdentry; struct ovl_entry *oe; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file { struct path f_path; struct inode *f_inode; unsigned int f_flags, f_mode; void *private_data; };
struct fs_struct { struct path root, pwd; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };

/* ---- processes ---- */
struct mm_struct { unsigned long arg_start, arg_end, env_start, env_end; struct file *exe_file; };
struct tty_driver { int major, minor_start; };
struct tty_struct { struct tty_driver *driver; int index; };
struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
	struct tty_struct *tty;
	unsigned long maxrss;	/* pages */
	unsigned long long sum_sched_runtime;
};
struct sched_entity { __u64 sum_exec_runtime; };
struct seccomp { int mode; };
struct pid_namespace { unsigned int level; };
struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[1]; };
struct ns_common { unsigned int inum; };
struct uid_gid_extent { __u32 first, lower_first, count; };
struct uid_gid_map {
	__u32 nr_extents;
	struct uid_gid_extent extent[5];
	struct uid_gid_extent *forward;
};
struct user_namespace { struct uid_gid_map uid_map, gid_map; int level; };
/* Capabilities are 64 bits in a row in every kernel, as one member or two. */
typedef struct { __u32 word[2]; } rv_caps;
struct cred {
	kuid_t uid, suid, euid;
	kgid_t gid, sgid, egid;
	rv_caps cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	struct user_namespace *user_ns;
};
struct nsproxy { struct mnt_namespace *mnt_ns; };
struct css_set;
struct thread_info { unsigned long flags; __u32 status; };
struct pt_regs {
	unsigned long orig_ax, di, si, dx, r10;	/* x86 */
	int syscallno;				/* arm64 */
	__u64 regs[31], orig_x0;
};
struct task_struct {
	struct thread_info thread_info;
	int pid, tgid, exit_code;
	unsigned int flags;
	unsigned long atomic_flags;
	__u64 start_boottime;
	struct task_struct *real_parent, *parent /* the tracer, when it has one */, *group_leader;
	unsigned int ptrace;
	struct pid *thread_pid;
	const struct cred *cred, *real_cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct mm_struct *mm;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct seccomp seccomp;
	struct sched_entity se;
	struct css_set *cgroups;
};
struct linux_binprm {
	struct file *file, *executable, *interpreter;
	const char *filename, *interp;
	struct cred *cred;
	int argc;
	unsigned int secureexec : 1;
	char buf[256];	/* the file's first bytes */
};
/* Overlay's own inode: the dentry above, and what tells whether there is one below, stand right behind the inode in every kernel:
 * before 6.5 the lower path itself, then this. */
struct ovl_entry { unsigned int __numlower; };
struct inode___late { __s64 i_ctime_sec; __u32 i_ctime_nsec; };			/* 6.11 */
struct inode___middle { struct { __s64 tv_sec; long tv_nsec; } __i_ctime; };	/* 6.6 */
struct inode___early { struct { __s64 tv_sec; long tv_nsec; } i_ctime; };

/* ---- cgroups ---- */
struct kernfs_node { __u64 id; const char *name; };
struct cgroup_root { int hierarchy_id; };
struct cgroup;
struct cgroup_subsys_state { struct cgroup *cgroup; struct cgroup_subsys_state *parent; };
enum cgroup_subsys_id { memory_cgrp_id = 4 };
struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
	struct cgroup_subsys_state *subsys[16];
};
struct css_set { struct cgroup *dfl_cgrp; struct cgroup_subsys_state *subsys[16]; };
struct page_counter { unsigned long watermark; };	/* pages */
struct mem_cgroup { struct cgroup_subsys_state css; struct page_counter memory; };

/* ---- sockets ---- */
struct in6_addr { __u8 bytes[16]; };
struct sock_common {
	unsigned short skc_family;
	__u32 skc_daddr, skc_rcv_saddr;
	__u16 skc_dport /* network order */, skc_num /* host order */;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock_cgroup_data { struct cgroup *cgroup; };
struct sock { struct sock_common __sk_common; __u16 sk_protocol; struct sock_cgroup_data sk_cgrp_data; };
struct msghdr { void *msg_name; };
struct socket { short type; struct sock *sk; };
struct sockaddr_un { __u16 sun_family; char sun_path[108]; };
struct unix_address { int len; struct sockaddr_un name[1]; };
struct unix_sock { struct unix_address *addr; struct path path; };
struct bpf_sock_addr_kern { void *uaddr; __u32 uaddrlen; };	/* uaddrlen: 6.7 */

/* ---- signals ---- */
union __sifields { struct { void *_call_addr; int _syscall; unsigned int _arch; } _sigsys; };
struct kernel_siginfo {
	struct {
		int si_signo, si_errno, si_code;
		union __sifields _sifields;
	};
};

#pragma clang attribute pop

#endif
