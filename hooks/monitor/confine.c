/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int join(const char *own, const char *of_init, int type, struct rv_err *err)
{
	rv_autofd ns = open(of_init, O_RDONLY | O_CLOEXEC);
	struct stat ours, theirs;

	if (ns < 0 || fstat(ns, &theirs) < 0 || stat(own, &ours) < 0)
		return rv_err_errno(err, errno, "cannot open %s", of_init);
	if (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
		return 0;
	return setns(ns, type) < 0 ? rv_err_errno(err, errno, "cannot enter %s", of_init) : 0;
}

int rv_confine_namespaces(struct rv_err *err)
{
	int rc = join("/proc/self/ns/cgroup", "/proc/1/ns/cgroup", CLONE_NEWCGROUP, err);

	return rc < 0 ? rc : join("/proc/self/ns/mnt", "/proc/1/ns/mnt", CLONE_NEWNS, err);
}

/* All but those. */
static int drop_capabilities(const cap_value_t *keep, int count, struct rv_err *err)
{
	cap_t left = cap_init();
	int rc = 0;

	for (int cap = 0; cap < 64 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			rc = rv_err_errno(err, errno, "cannot drop a capability");
	if (rc == 0 && (!left || (count && (cap_set_flag(left, CAP_PERMITTED, count, keep, CAP_SET) < 0 ||
					    cap_set_flag(left, CAP_EFFECTIVE, count, keep, CAP_SET) < 0)) ||
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 || cap_set_proc(left) < 0))
		rc = rv_err_errno(err, errno, "cannot drop capabilities");
	cap_free(left);
	return rc;
}

static int limit(struct rv_err *err)
{
	const struct rlimit data = { RV_MONITOR_DATA, RV_MONITOR_DATA }, core = { 0, 0 };

	if (setrlimit(RLIMIT_DATA, &data) < 0 || setrlimit(RLIMIT_CORE, &core) < 0)
		return rv_err_errno(err, errno, "cannot limit memory");
	return 0;
}

static const int calls[] = {
	SCMP_SYS(accept4), SCMP_SYS(access), SCMP_SYS(bind), SCMP_SYS(brk), SCMP_SYS(chmod), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_wait),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fchmod), SCMP_SYS(fcntl),
	SCMP_SYS(flock), SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(fsync), SCMP_SYS(ftruncate), SCMP_SYS(futex),
	SCMP_SYS(getdents64), SCMP_SYS(getpid), SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(gettid),
	SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch), SCMP_SYS(listen), SCMP_SYS(lseek), SCMP_SYS(madvise),
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(nanosleep), SCMP_SYS(newfstatat),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(read), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
	/* sysinfo: qsort(3) asks how much memory there is */
	SCMP_SYS(stat), SCMP_SYS(sysinfo), SCMP_SYS(tgkill), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(write), SCMP_SYS(writev),
};
static const int helper_calls[] = {
	SCMP_SYS(brk), SCMP_SYS(close), SCMP_SYS(exit_group), SCMP_SYS(fstat), SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(lseek),
	SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(newfstatat), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(pread64), SCMP_SYS(read), SCMP_SYS(recvfrom), SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn), SCMP_SYS(sendto),
};
static const enum bpf_cmd bpf_calls[] = { BPF_OBJ_GET, BPF_OBJ_GET_INFO_BY_FD, BPF_MAP_LOOKUP_ELEM, BPF_MAP_GET_NEXT_KEY };

static int allow(scmp_filter_ctx filter, const int *list, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list[i], 0);
	/* no executable memory */
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc ? rc : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

/* Sockets of this machine only, maps read only. 0 or a negative errno. */
static int add_monitor(scmp_filter_ctx filter)
{
	int rc = allow(filter, calls, RV_COUNT(calls));

	for (size_t i = 0; i < RV_COUNT(bpf_calls) && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1, SCMP_A0(SCMP_CMP_EQ, bpf_calls[i]));
	return rc ? rc : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
}

/* Files for reading only: whoever may trace could write another's memory. */
static int add_helper(scmp_filter_ctx filter)
{
	int rc = allow(filter, helper_calls, RV_COUNT(helper_calls));

	return rc ? rc : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
}

static int filter_calls(int (*add)(scmp_filter_ctx filter), struct rv_err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = filter ? add(filter) : -ENOMEM;

	if (rc == 0)
		rc = seccomp_load(filter); /* sets no_new_privs */
	seccomp_release(filter);
	return rc < 0 ? rv_err_errno(err, -rc, "cannot filter system calls") : 0;
}

static int confine(const cap_value_t *keep, int count, int (*add)(scmp_filter_ctx filter), struct rv_err *err)
{
	int rc = drop_capabilities(keep, count, err);

	if (rc == 0)
		rc = limit(err);
	return rc < 0 ? rc : filter_calls(add, err);
}

int rv_confine(struct rv_err *err)
{
	return confine(NULL, 0, add_monitor, err);
}

int rv_confine_helper(struct rv_err *err)
{
	static const cap_value_t keep[] = { CAP_KILL, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH };

	return confine(keep, RV_COUNT(keep), add_helper, err);
}
