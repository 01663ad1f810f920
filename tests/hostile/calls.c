// SPDX-License-Identifier: Apache-2.0
/* System calls that a container has no need of: each is made so that it changes nothing when it works. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int made(long rc)
{
	return rc < 0 ? -1 : attack_proof("made", NULL);
}

/* In a child, so that what is tried next is not in a new namespace already. */
static int in_child(long (*call)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		errno = 0;
		_exit(call() < 0 ? errno & 0xff : 0);
	}
	waitpid(pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : attack_proof("made", NULL);
}

static long call_unshare_user(void)
{
	return unshare(CLONE_NEWUSER);
}

static long call_unshare_mount(void)
{
	return unshare(CLONE_NEWNS);
}

/* As mount attacks on the kernel begin: root of a user namespace of one's own mounts a file system (CVE-2022-0185). */
static long call_userns_mount(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	return mount("none", "/tmp", "tmpfs", 0, NULL);
}

static long call_clone_user(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long call_clone3_user(void)
{
	uint64_t args[8] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD };
	long pid = syscall(SYS_clone3, args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long call_setns(void)
{
	return setns(open("/proc/self/ns/mnt", O_RDONLY), 0);
}

static int unshare_user(char **argv)
{
	(void)argv;
	return in_child(call_unshare_user);
}
static int unshare_mount(char **argv)
{
	(void)argv;
	return in_child(call_unshare_mount);
}
static int userns_mount(char **argv)
{
	(void)argv;
	return in_child(call_userns_mount);
}
static int clone_user(char **argv)
{
	(void)argv;
	return in_child(call_clone_user);
}
static int clone3_user(char **argv)
{
	(void)argv;
	return in_child(call_clone3_user);
}
static int setns_self(char **argv)
{
	(void)argv;
	return in_child(call_setns);
}

static int io_uring(char **argv)
{
	struct io_uring_params params = { 0 };

	(void)argv;
	return made(syscall(SYS_io_uring_setup, 1, &params));
}

static int bpf_map(char **argv)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

	(void)argv;
	return made(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int perf(char **argv)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_CPU_CLOCK,
					.exclude_kernel = 1,
					.exclude_hv = 1 };

	(void)argv;
	return made(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int userfault(char **argv)
{
	(void)argv;
	return made(syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */));
}

/* A new key in the session keyring that the runtime made; goes with the container. */
static int add_key(char **argv)
{
	(void)argv;
	return made(syscall(SYS_add_key, "user", "reeve-attack", "x", 1, -3));
}

static int keyctl_session(char **argv)
{
	(void)argv;
	return made(syscall(SYS_keyctl, 0, -3, 0));
}

static int read_kernel_log(char **argv)
{
	char text[256];

	(void)argv;
	return made(syscall(SYS_syslog, 3, text, sizeof(text)));
}

static int odd_personality(char **argv)
{
	long before = personality(0xffffffff);

	(void)argv;
	if (personality((unsigned long)before | ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC) < 0)
		return -1;
	personality((unsigned long)before);
	return attack_proof("made", NULL);
}

static int new_mount_api(char **argv)
{
	(void)argv;
	return made(syscall(SYS_fsopen, "tmpfs", 0));
}

static int clone_tree(char **argv)
{
	(void)argv;
	return made(syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */));
}

static int swap_roots(char **argv)
{
	(void)argv;
	/* EINVAL and not EPERM says that the kernel would have done it */
	if (syscall(SYS_pivot_root, "/tmp", "/tmp") < 0 && errno != EINVAL && errno != EBUSY)
		return -1;
	return attack_proof("made", NULL);
}

/* Nonsense that comes to be looked at only by who may: ENOEXEC, EFAULT and EINVAL are answers of the call itself. */
static int asked(long rc)
{
	return rc < 0 && (errno == EPERM || errno == ENOSYS || errno == EACCES) ? -1 : attack_proof("made", NULL);
}

static int load_module(char **argv)
{
	static const char garbage[256] = "none"; /* longer than an ELF header, else nobody is asked */

	(void)argv;
	return asked(syscall(SYS_init_module, garbage, sizeof(garbage), ""));
}

static int kexec(char **argv)
{
	(void)argv;
	return asked(syscall(SYS_kexec_load, 0, 17, NULL, 0xdead));
}

static int set_clock(char **argv)
{
	(void)argv;
	return asked(syscall(SYS_clock_settime, 0, NULL));
}

static int fanotify(char **argv)
{
	(void)argv;
	return made(syscall(SYS_fanotify_init, 0, 0));
}

static int raw_io(char **argv)
{
	(void)argv;
	return made(syscall(SYS_ioperm, 0x80, 1, 1));
}

static int other_memory(char **argv)
{
	struct iovec none = { 0 };

	return made(syscall(SYS_process_vm_readv, atoi(argv[0]), &none, 1, &none, 1, 0));
}

/* A family that this kernel was built without is an answer of the kernel: the call came through. */
static int came_through(long rc)
{
	return rc < 0 && errno != EAFNOSUPPORT ? -1 : attack_proof("made", NULL);
}

static int a_socket(int family, int type)
{
	return came_through(socket(family, type, 0));
}

static int alg(char **argv)
{
	(void)argv;
	return a_socket(38, SOCK_SEQPACKET);
}

static int vsock(char **argv)
{
	(void)argv;
	return a_socket(40, SOCK_STREAM);
}

static int packet(char **argv)
{
	(void)argv;
	return a_socket(17, SOCK_RAW);
}

/* The kernel takes an int, a filter compares 64 bits. */
static int alg_high(char **argv)
{
	(void)argv;
	return came_through(syscall(SYS_socket, 0x100000026UL, SOCK_SEQPACKET, 0));
}

/* Arguments of socketcall(2) lie in memory, where no filter looks: below 4 GiB for a 32-bit call. */
static int alg_socketcall(char **argv)
{
	static uint32_t args[3] = { 38, SOCK_SEQPACKET, 0 };

	(void)argv;
	return came_through(attack_int80(102, 1, (long)(uintptr_t)args, 0, 0, 0));
}

static long call_unshare_i386(void)
{
	return attack_int80(310, CLONE_NEWUSER, 0, 0, 0, 0);
}

static int unshare_i386(char **argv)
{
	(void)argv;
	return in_child(call_unshare_i386);
}

/* A byte for somebody else's terminal: what a shell would run there (CVE-2016-2568 and its like). */
static int push_input(char **argv)
{
	(void)argv;
	return made(ioctl(0, TIOCSTI, " "));
}

const struct attack attack_calls[] = {
	{ "unshare-user", 0, unshare_user },
	{ "unshare-mount", 0, unshare_mount },
	{ "userns-mount", 0, userns_mount },
	{ "clone-user", 0, clone_user },
	{ "clone3-user", 0, clone3_user },
	{ "setns", 0, setns_self },
	{ "unshare-i386", 0, unshare_i386 },
	{ "io-uring", 0, io_uring },
	{ "bpf", 0, bpf_map },
	{ "perf", 0, perf },
	{ "userfaultfd", 0, userfault },
	{ "add-key", 0, add_key },
	{ "keyctl", 0, keyctl_session },
	{ "kernel-log", 0, read_kernel_log },
	{ "personality", 0, odd_personality },
	{ "fsopen", 0, new_mount_api },
	{ "open-tree", 0, clone_tree },
	{ "pivot-root", 0, swap_roots },
	{ "load-module", 0, load_module },
	{ "kexec", 0, kexec },
	{ "set-clock", 0, set_clock },
	{ "fanotify", 0, fanotify },
	{ "raw-io", 0, raw_io },
	{ "other-memory", 1, other_memory },
	{ "alg", 0, alg },
	{ "alg-high", 0, alg_high },
	{ "alg-socketcall", 0, alg_socketcall },
	{ "vsock", 0, vsock },
	{ "packet", 0, packet },
	{ "push-input", 0, push_input },
	{ NULL, 0, NULL },
};
