/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>

#include "rules/seccomp-default.h"

enum { X86_64 = 1, X86 = 2, ARM64 = 4, ARM = 8, S390 = 16, PPC64LE = 32, RISCV64 = 64 };

/* A machine runs the programs of its smaller relatives too, and their calls must be filtered as well. */
static const struct {
	const char *machine;
	const char *names[4];
	unsigned arch;
	bool multiplexes;
} machines[] = {
	{ "x86_64", { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" }, X86_64 },
	{ "i686", { "SCMP_ARCH_X86" }, X86, true },
	{ "aarch64", { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM" }, ARM64 },
	{ "armv7l", { "SCMP_ARCH_ARM" }, ARM },
	{ "s390x", { "SCMP_ARCH_S390X", "SCMP_ARCH_S390" }, S390, true },
	{ "ppc64le", { "SCMP_ARCH_PPC64LE" }, PPC64LE, true },
	{ "riscv64", { "SCMP_ARCH_RISCV64" }, RISCV64 },
	{ "loongarch64", { "SCMP_ARCH_LOONGARCH64" }, 0 },
};

/* System calls that are treated alike. A group with a condition or a number names one call. */
struct group {
	const char *names;		/* separated by single blanks */
	const struct rv_seccomp_arg *arg;	/* NULL: whatever the arguments are */
	uint64_t caps, without_caps;	/* only with every one, with none of these in the bounding set */
	unsigned arches, without_arches;
	unsigned kernel;		/* RV_KERNEL(major, minor) from which on */
	int errnum;			/* 0: allowed; else refused with this instead of EPERM */
};

#define CAP(name) (UINT64_C(1) << CAP_##name)
#define ARG(...) &(const struct rv_seccomp_arg){ __VA_ARGS__ }
#define INT UINT64_C(0xffffffff)
/* CLONE_NEWNS NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET */
#define NEW_NAMESPACES UINT64_C(0x7e020000)

static const struct group groups[] = {
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
		"sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend tgkill tkill" },
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
		"mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pipe pipe2 readdir readlink "
		"readlinkat rename renameat renameat2 rmdir stat stat64 statfs statfs64 statmount statx symlink "
		"symlinkat unlink unlinkat utime utimensat utimensat_time64 utimes" },
	/* before 4.8, a tracer could change a call after the filter had seen it */
	{ .names = "process_vm_readv process_vm_writev ptrace", .kernel = RV_KERNEL(4, 8) },

	/* Every address family but AF_ALG (38) and AF_VSOCK (40), by the 32 bits that count. */
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(31), 0) },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(3), 32) },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(1), 36) },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT, 39) },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT, 41) },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(1), 42) },
	{ .names = "socket", .arg = ARG(0, RV_OP_MASKED_EQ, INT & ~UINT64_C(3), 44) },
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

static unsigned arch_of(const char *machine)
{
	for (size_t i = 0; machine && i < RV_COUNT(machines); i++)
		if (strcmp(machines[i].machine, machine) == 0)
			return machines[i].arch;
	return 0;
}

size_t rv_seccomp_arches(const struct rv_seccomp_for *to, const char *const **names)
{
	size_t count = 0;

	*names = NULL;
	for (size_t i = 0; to->arch && i < RV_COUNT(machines); i++)
		if (strcmp(machines[i].machine, to->arch) == 0)
			*names = machines[i].names;
	while (*names && (*names)[count] && (count == 0 || !to->native))
		count++;
	return count;
}

bool rv_seccomp_multiplexes(const struct rv_seccomp_for *to)
{
	for (size_t i = 0; to->arch && i < RV_COUNT(machines); i++)
		if (strcmp(machines[i].machine, to->arch) == 0)
			return machines[i].multiplexes;
	return true;
}

static bool applies(const struct group *g, const struct rv_seccomp_for *to)
{
	unsigned arch = arch_of(to->arch);

	return (to->bounding & g->caps) == g->caps && !(to->bounding & g->without_caps) && to->kernel >= g->kernel &&
	       (!g->arches || arch & g->arches) && !(arch & g->without_arches);
}

/* ---- the table ---- */

static unsigned bucket_of(const char *name, size_t len)
{
	unsigned h = 5381;

	for (size_t i = 0; i < len; i++)
		h = h * 33 + (unsigned char)name[i];
	return h % RV_SECCOMP_BUCKETS;
}

static struct rv_seccomp_entry *find_from(struct rv_seccomp_entry *e, const char *name, size_t len)
{
	while (e && (e->len != len || memcmp(e->name, name, len) != 0))
		e = e->next;
	return e;
}

struct rv_seccomp_entry *rv_seccomp_ceiling_find(const struct rv_seccomp_ceiling *c, const char *name)
{
	size_t len = strlen(name);

	return find_from(c->bucket[bucket_of(name, len)], name, len);
}

static bool is_denied(const struct rv_seccomp_for *to, const char *name, size_t len)
{
	char text[64];

	if (!to->denied || !to->denied->count || len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	return rv_list_any(to->denied, text);
}

/* What came first under a name stands alone, unless all of it are conditions. */
static bool insert(struct rv_seccomp_ceiling *c, struct rv_arena *arena, const char *name, size_t len, const struct group *g)
{
	struct rv_seccomp_entry **at = &c->bucket[bucket_of(name, len)], *e = find_from(*at, name, len);

	if ((e && !e->arg) || (!g->errnum && is_denied(c->to, name, len)))
		return true;
	e = rv_arena_alloc(arena, sizeof(*e));
	if (!e)
		return false;
	*e = (struct rv_seccomp_entry){ .name = name, .len = len, .arg = g->arg, .errnum = g->errnum };
	while (*at)
		at = &(*at)->next;
	*at = *c->last = e;
	c->last = &e->after;
	return true;
}

struct rv_seccomp_ceiling *rv_seccomp_ceiling_make(const struct rv_seccomp_for *to, struct rv_arena *arena)
{
	static const struct group always = { .names = "" };
	struct rv_seccomp_ceiling *c = rv_arena_alloc(arena, sizeof(*c));
	bool fine = c;

	if (!c)
		return NULL;
	c->to = to;
	c->last = &c->first;
	for (size_t i = 0; to->extra && i < to->extra->count; i++)
		if (rv_list_has(to->extra, to->extra->item[i]))
			fine &= insert(c, arena, to->extra->item[i], strlen(to->extra->item[i]), &always);
	for (const struct group *g = groups; g < groups + RV_COUNT(groups); g++) {
		if (!applies(g, to))
			continue;
		for (const char *name = g->names; *name;) {
			size_t len = strcspn(name, " ");

			fine &= insert(c, arena, name, len, g);
			name += len + (name[len] == ' ');
		}
	}
	return fine ? c : NULL;
}

void rv_seccomp_ceiling_matches(const struct rv_seccomp_ceiling *c, const char *name, struct rv_seccomp_matches *to)
{
	size_t len = strlen(name);

	for (const struct rv_seccomp_entry *e = rv_seccomp_ceiling_find(c, name); e; e = find_from(e->next, name, len)) {
		struct rv_seccomp_match m = { .count = 0 };

		if (e->errnum)
			continue;
		if (e->arg)
			m.arg[m.count++] = *e->arg;
		rv_seccomp_matches_add(to, &m);
	}
}

bool rv_seccomp_by_capability(const char *name)
{
	for (const struct group *g = groups; g < groups + RV_COUNT(groups); g++)
		for (const char *at = g->caps ? g->names : ""; *at;) {
			size_t len = strcspn(at, " ");

			if (strlen(name) == len && memcmp(at, name, len) == 0)
				return true;
			at += len + (at[len] == ' ');
		}
	return false;
}

/* ---- as JSON ---- */

void rv_seccomp_write_rule(struct rv_buf *out, const char *name, size_t len, const char *action, int errnum,
			   const struct rv_seccomp_match *match)
{
	unsigned count = match ? match->count : 0;

	rv_buf_addf(out, "{\"names\":[\"%.*s\"],\"action\":\"%s\"", (int)len, name, action);
	if (errnum)
		rv_buf_addf(out, ",\"errnoRet\":%d", errnum);
	for (unsigned i = 0; i < count; i++)
		rv_buf_addf(out, "%s{\"index\":%u,\"value\":%" PRIu64 ",\"valueTwo\":%" PRIu64 ",\"op\":\"%s\"}",
			    i ? "," : ",\"args\":[", match->arg[i].index, match->arg[i].value, match->arg[i].two,
			    rv_seccomp_ops[match->arg[i].op]);
	rv_buf_adds(out, count ? "]}" : "}");
}

static void write_special(struct rv_buf *out, const struct rv_seccomp_entry *e)
{
	struct rv_seccomp_match m = { .count = 0 };

	rv_buf_addc(out, ',');
	if (e->arg)
		m.arg[m.count++] = *e->arg;
	rv_seccomp_write_rule(out, e->name, e->len, e->errnum ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW", e->errnum, &m);
}

void rv_seccomp_write_unmarked(const struct rv_seccomp_ceiling *c, struct rv_buf *out)
{
	const char *before = "";

	rv_buf_adds(out, "{\"names\":[");
	for (const struct rv_seccomp_entry *e = c->first; e; e = e->after) {
		if (e->arg || e->errnum || e->marked)
			continue;
		rv_buf_adds(out, before);
		rv_buf_addc(out, '"');
		rv_buf_add(out, e->name, e->len);
		rv_buf_addc(out, '"');
		before = ",";
	}
	rv_buf_adds(out, "],\"action\":\"SCMP_ACT_ALLOW\"}");
	for (const struct rv_seccomp_entry *e = c->first; e; e = e->after)
		if ((e->arg || e->errnum) && !find_from(c->bucket[bucket_of(e->name, e->len)], e->name, e->len)->marked)
			write_special(out, e);
}

static bool in_list(const struct rv_json *list, const char *word)
{
	rv_json_each(value, list)
		if (rv_json_str(value) && strcmp(rv_json_str(value), word) == 0)
			return true;
	return false;
}

void rv_seccomp_write(const struct rv_seccomp_ceiling *c, const struct rv_json *filter, struct rv_buf *out)
{
	const char *const *arches;
	size_t count = rv_seccomp_arches(c->to, &arches);

	rv_buf_addf(out, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":%d,\"architectures\":[", EPERM);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !filter || in_list(rv_json_get(filter, "architectures"), arches[i]))
			rv_buf_addf(out, "%s\"%s\"", i ? "," : "", arches[i]);
	rv_buf_adds(out, "],\"syscalls\":[");
	rv_seccomp_write_unmarked(c, out);
	rv_buf_adds(out, "]}");
}
