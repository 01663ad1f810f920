/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls: makes system calls that a filter may refuse, the container's only program. Prints how each ended, a line each: "NAME 0", or
 * the number of the error. Calls are such that without a filter they do nothing, or end in another error than a filter's EPERM and
 * ENOSYS, whoever calls.
 */
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH (1L << 32)

static long child(long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static const struct {
	const char *name;
	long call, args[5];
} calls[] = {
	{ "getppid", SYS_getppid, { 0 } },
	/* AF_INET; AF_ALG and AF_VSOCK, plain and with something in the word that an int leaves out, of no such type: EINVAL */
	{ "socket-inet", SYS_socket, { 2, 1, 0 } },
	{ "socket-alg", SYS_socket, { 38, 15, 0 } },
	{ "socket-alg-high", SYS_socket, { 38 | HIGH, 15, 0 } },
	{ "socket-vsock-high", SYS_socket, { 40 | HIGH, 15, 0 } },
	/* no namespace; no clone_args of size 0: EINVAL */
	{ "unshare", SYS_unshare, { 0 } },
	{ "clone3", SYS_clone3, { 0, 0 } },
	/* no such operation: EOPNOTSUPP */
	{ "keyctl", SYS_keyctl, { 9999 } },
	/* no room for parameters: EFAULT */
	{ "io_uring_setup", SYS_io_uring_setup, { 1, 0 } },
	/* no such flags: EINVAL */
	{ "memfd_create", SYS_memfd_create, { 0, 0xff00 } },
	{ "personality-query", SYS_personality, { 0xffffffff } },
	/* ADDR_NO_RANDOMIZE, of this process only */
	{ "personality-other", SYS_personality, { 0x40000 } },
	{ "ptrace", SYS_ptrace, { 9999, 0, 0, 0 } },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const long *a = calls[i].args;
		long got;

		errno = 0;
		got = syscall(calls[i].call, a[0], a[1], a[2], a[3], a[4]);
		printf("%s %d\n", calls[i].name, got < 0 ? errno : 0);
	}
	errno = 0;
	printf("clone %d\n", child(0) < 0 ? errno : 0);
	errno = 0;
	printf("clone-newuser %d\n", child(CLONE_NEWUSER) < 0 ? errno : 0);
	return 0;
}
