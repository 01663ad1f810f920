/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>

#include "rules/seccomp-default.h"

const char *const rv_seccomp_ops[RV_OP_COUNT] = {
	[RV_OP_NE] = "SCMP_CMP_NE", [RV_OP_LT] = "SCMP_CMP_LT", [RV_OP_LE] = "SCMP_CMP_LE", [RV_OP_EQ] = "SCMP_CMP_EQ",
	[RV_OP_GE] = "SCMP_CMP_GE", [RV_OP_GT] = "SCMP_CMP_GT", [RV_OP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

enum { X86_64 = 1, X86 = 2, ARM64 = 4, ARM = 8, S390 = 16, PPC64LE = 32, RISCV64 = 64 };

/* A machine runs the programs of its smaller relatives too, and their calls must be filtered as well. */
static const struct {
	const char *machine;
	unsigned arch;
	const char *const *names;
} machines[] = {
#define NAMES(...) (const char *const []){ __VA_ARGS__, NULL }
	{ "x86_64", X86_64, NAMES("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32") },
	{ "i686", X86, NAMES("SCMP_ARCH_X86") },
	{ "aarch64", ARM64, NAMES("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM") },
	{ "armv7l", ARM, NAMES("SCMP_ARCH_ARM") },
	{ "s390x", S390, NAMES("SCMP_ARCH_S390X", "SCMP_ARCH_S390") },
	{ "ppc64le", PPC64LE, NAMES("SCMP_ARCH_PPC64LE") },
	{ "riscv64", RISCV64, NAMES("SCMP_ARCH_RISCV64") },
	{ "loongarch64", 0, NAMES("SCMP_ARCH_LOONGARCH64") },
#undef NAMES
};

#define CAP(name) (UINT64_C(1) << CAP_##name)
#define ARG(...) &(const struct rv_seccomp_arg){ __VA_ARGS__ }
#define INT UINT64_C(0xffffffff)
/* CLONE_NEWNS NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET */
#define NEW_NAMESPACES UINT64_C(0x7e020000)

const struct rv_seccomp_group rv_seccomp_groups[] = {
	/* sockets */
	{ .names =
		"accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg "
		"recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair" },
	/* System V and POSIX IPC */
	{ .names =
		"ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
		"mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop "
		"semtimedop_time64 shmat shmctl shmdt shmget" },
	/* signals */
	{ .names =
		"kill pause pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask "
		"rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo "
		"sigaltstack signalfd signalfd4 sigprocmask sigreturn tgkill tkill" },
	/* time */
	{ .names =
		"adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
		"clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer "
		"time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime "
		"timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 "
		"times" },
	/* ids */
	{ .names =
		"capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid "
		"getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid "
		"setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 "
		"setreuid setreuid32 setuid setuid32 umask" },
	/* memory */
	{ .names =
		"brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap "
		"mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect "
		"process_mrelease remap_file_pages" },
	/* attributes */
	{ .names =
		"fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat "
		"llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat" },
	/* readiness */
	{ .names =
		"epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait "
		"epoll_wait_old eventfd eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 "
		"inotify_rm_watch _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select" },
	/* aio */
	{ .names =
		"io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit ioctl" },
	/* limits and scheduling */
	{ .names =
		"getcpu getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max "
		"sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
		"sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam "
		"sched_setscheduler sched_yield setpriority setrlimit ugetrlimit" },
	/* processes */
	{ .names =
		"execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv "
		"futex_wake get_robust_list get_thread_area getpgid getpgrp getpid getppid getrandom getsid gettid "
		"landlock_add_rule landlock_create_ruleset landlock_restrict_self pidfd_open prctl riscv_hwprobe rseq "
		"seccomp set_robust_list set_thread_area set_tid_address setpgid setsid sysinfo uname uretprobe vfork "
		"wait4 waitid waitpid" },
	/* data */
	{ .names =
		"cachestat copy_file_range fadvise64 fadvise64_64 fallocate fdatasync flock fsync ftruncate "
		"ftruncate64 _llseek lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv "
		"sendfile sendfile64 splice sync sync_file_range syncfs tee truncate truncate64 vmsplice write writev" },
	/* files */
	{ .names =
		"access chdir chmod chown chown32 close close_range creat dup dup2 dup3 faccessat faccessat2 fchdir "
		"fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fstat fstat64 fstatat64 fstatfs "
		"fstatfs64 futimesat getcwd getdents getdents64 lchown lchown32 link linkat listmount lstat lstat64 "
		"mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pipe pipe2 readlink "
		"readlinkat rename renameat renameat2 rmdir stat stat64 statfs statfs64 statmount statx symlink "
		"symlinkat unlink unlinkat utime utimensat utimensat_time64 utimes" },
	/* before 4.8, a tracer could change a call after the filter had seen it */
	{ .names = "process_vm_readv process_vm_writev ptrace", .kernel = RV_KERNEL(4, 8) },

	/* Every address family but AF_ALG (38) and AF_VSOCK (40), by the 32 bits that count. */
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(31), 0), .use = RV_USE_WRITTEN },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(3), 32), .use = RV_USE_WRITTEN },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(1), 36), .use = RV_USE_WRITTEN },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT, 39), .use = RV_USE_WRITTEN },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT, 41), .use = RV_USE_WRITTEN },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(1), 42), .use = RV_USE_WRITTEN },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(3), 44), .use = RV_USE_WRITTEN },
	/* The same as engines write it, by the whole argument: taken from a document, not written. */
	{ .names = "socket", .arg = ARG(0, RV_OP_LT, 38), .use = RV_USE_CEILING },
	{ .names = "socket", .arg = ARG(0, RV_OP_EQ, 39), .use = RV_USE_CEILING },
	{ .names = "socket", .arg = ARG(0, RV_OP_GT, 40), .use = RV_USE_CEILING },

	/* PER_LINUX, PER_LINUX32, both with UNAME26, and the question which it is */
	{ .names = "personality", .arg = ARG(0, RV_OP_EQ, 0) },
	{ .names = "personality", .arg = ARG(0, RV_OP_EQ, 0x8) },
	{ .names = "personality", .arg = ARG(0, RV_OP_EQ, 0x20000) },
	{ .names = "personality", .arg = ARG(0, RV_OP_EQ, 0x20008) },
	{ .names = "personality", .arg = ARG(0, RV_OP_EQ, 0xffffffff) },

	{ .names = "arch_prctl", .arches = X86_64 },
	{ .names = "modify_ldt", .arches = X86_64 | X86 },
	{ .names = "sync_file_range2 swapcontext", .arches = PPC64LE },
	{ .names = "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls",
	  .arches = ARM | ARM64 },
	{ .names = "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr", .arches = S390 },
	{ .names = "riscv_flush_icache", .arches = RISCV64 },

	/* New namespaces only for who may administer them. clone3 passes its flags where no filter sees them: ENOSYS makes
	 * the C library fall back to clone. s390 has the flags second. */
	{ .names = "clone", .arg = ARG(0, RV_OP_MASKED_EQ, NEW_NAMESPACES, 0), .without_caps = CAP(SYS_ADMIN),
	  .without_arches = S390 },
	{ .names = "clone", .arg = ARG(1, RV_OP_MASKED_EQ, NEW_NAMESPACES, 0), .without_caps = CAP(SYS_ADMIN), .arches = S390 },
	{ .names = "clone3", .errnum = ENOSYS, .without_caps = CAP(SYS_ADMIN) },
	{ .names =
		"bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr "
		"lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl "
		"quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare", .caps = CAP(SYS_ADMIN) },
	{ .names = "open_by_handle_at", .caps = CAP(DAC_READ_SEARCH) },
	{ .names = "reboot", .caps = CAP(SYS_BOOT) },
	{ .names = "chroot", .caps = CAP(SYS_CHROOT) },
	{ .names = "delete_module finit_module init_module", .caps = CAP(SYS_MODULE) },
	{ .names = "acct", .caps = CAP(SYS_PACCT) },
	{ .names = "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace", .caps = CAP(SYS_PTRACE) },
	{ .names = "ioperm iopl", .caps = CAP(SYS_RAWIO) },
	{ .names = "clock_settime clock_settime64 settimeofday stime", .caps = CAP(SYS_TIME) },
	{ .names = "vhangup", .caps = CAP(SYS_TTY_CONFIG) },
	{ .names = "get_mempolicy mbind set_mempolicy set_mempolicy_home_node", .caps = CAP(SYS_NICE) },
	{ .names = "syslog", .caps = CAP(SYSLOG) },
	{ .names = "bpf", .caps = CAP(BPF) },
	{ .names = "perf_event_open", .caps = CAP(PERFMON) },
};
const size_t rv_seccomp_group_count = RV_COUNT(rv_seccomp_groups);

static unsigned arch_of(const char *machine)
{
	for (size_t i = 0; machine && i < RV_COUNT(machines); i++)
		if (strcmp(machines[i].machine, machine) == 0)
			return machines[i].arch;
	return 0;
}

const char *const *rv_seccomp_arches(const char *machine)
{
	static const char *const none[] = { NULL };

	for (size_t i = 0; machine && i < RV_COUNT(machines); i++)
		if (strcmp(machines[i].machine, machine) == 0)
			return machines[i].names;
	return none;
}

bool rv_seccomp_applies(const struct rv_seccomp_group *g, const struct rv_seccomp_for *to)
{
	return (to->bounding & g->caps) == g->caps && !(to->bounding & g->without_caps) && to->kernel >= g->kernel &&
	       (!g->arches || arch_of(to->arch) & g->arches) && !(arch_of(to->arch) & g->without_arches);
}

/* Groups with a condition or a refusal name one call each. */
static bool is_written(const struct rv_seccomp_group *g, const struct rv_seccomp_for *to)
{
	return g->use != RV_USE_CEILING && rv_seccomp_applies(g, to) && !(to->extra && rv_list_has(to->extra, g->names));
}

static void add_names(struct rv_buf *out, const char *names, bool *first)
{
	while (*names) {
		size_t len = strcspn(names, " ");

		rv_buf_adds(out, *first ? "\"" : ",\"");
		rv_buf_add(out, names, len);
		rv_buf_addc(out, '"');
		names += len + (names[len] == ' ');
		*first = false;
	}
}

static void add_rule(struct rv_buf *out, const struct rv_seccomp_group *g)
{
	bool first = true;

	rv_buf_adds(out, ",{\"names\":[");
	add_names(out, g->names, &first);
	if (g->errnum)
		rv_buf_addf(out, "],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":%d", g->errnum);
	else
		rv_buf_adds(out, "],\"action\":\"SCMP_ACT_ALLOW\"");
	if (g->arg)
		rv_buf_addf(out, ",\"args\":[{\"index\":%u,\"value\":%" PRIu64 ",\"valueTwo\":%" PRIu64 ",\"op\":\"%s\"}]",
			    g->arg->index, g->arg->value, g->arg->two, rv_seccomp_ops[g->arg->op]);
	rv_buf_addc(out, '}');
}

void rv_seccomp_write(const struct rv_seccomp_for *to, struct rv_buf *out)
{
	const struct rv_seccomp_group *g;
	bool first = true;

	rv_buf_adds(out, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"architectures\":[");
	for (const char *const *arch = rv_seccomp_arches(to->arch); *arch; arch++, first = false)
		rv_buf_addf(out, "%s\"%s\"", first ? "" : ",", *arch);
	rv_buf_adds(out, "],\"syscalls\":[{\"names\":[");
	first = true;
	for (g = rv_seccomp_groups; g < rv_seccomp_groups + rv_seccomp_group_count; g++)
		if (!g->arg && !g->errnum && rv_seccomp_applies(g, to))
			add_names(out, g->names, &first);
	for (size_t i = 0; to->extra && i < to->extra->count; i++)
		if (rv_list_has(to->extra, to->extra->item[i]))
			add_names(out, to->extra->item[i], &first);
	rv_buf_adds(out, "],\"action\":\"SCMP_ACT_ALLOW\"}");
	for (g = rv_seccomp_groups; g < rv_seccomp_groups + rv_seccomp_group_count; g++)
		if ((g->arg || g->errnum) && is_written(g, to))
			add_rule(out, g);
	rv_buf_adds(out, "]}");
}
