// SPDX-License-Identifier: Apache-2.0
/* The same by the system calls of 32-bit x86 programs, which have numbers of their own. Their pointers are below 4 GiB: what this program's
 * own variables are. */
#include "../hostile/attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOW(text) ((long)(uintptr_t)(text))

long attack_int80(long number, long a, long b, long c, long d, long e)
{
#if defined(__x86_64__)
	long rc;

	__asm__ volatile("int $0x80"
			 : "=a"(rc)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	if (rc >= 0 || rc <= -4096)
		return rc;
	errno = (int)-rc;
#else
	(void)number, (void)a, (void)b, (void)c, (void)d, (void)e;
	errno = ENOSYS;
#endif
	return -1;
}

static char path[4096], text[] = "changed\n", none[] = "none", type[] = "tmpfs", word[] = "reeve", key[] = "user";

static long low(const char *from)
{
	snprintf(path, sizeof(path), "%s", from);
	return LOW(path);
}

static int done(long rc, const char *proof)
{
	return rc < 0 ? -1 : attack_proof(proof, NULL);
}

static int write_file(char **argv)
{
	long fd = attack_int80(5 /* open */, low(argv[0]), O_WRONLY | O_APPEND, 0, 0, 0);

	return fd < 0 ? -1 : done(attack_int80(4 /* write */, fd, LOW(text), 8, 0, 0), "changed");
}

static int read_file(char **argv)
{
	long fd = attack_int80(295 /* openat */, AT_FDCWD, low(argv[0]), O_RDONLY, 0, 0);

	return fd < 0 ? -1 : done(attack_int80(3 /* read */, fd, LOW(path), 16, 0, 0), "read");
}

static int make_directory(char **argv)
{
	return done(attack_int80(39 /* mkdir */, low(argv[0]), 0755, 0, 0, 0), "changed");
}

static int mount_tmpfs(char **argv)
{
	return done(attack_int80(21 /* mount */, LOW(none), low(argv[0]), LOW(type), 0, 0), "mounted");
}

/* A socket and its connection by socketcall(2). */
static int connect_tcp(char **argv)
{
	static struct sockaddr_in to = { .sin_family = AF_INET };
	static uint32_t args[3] = { AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0 };

	to.sin_port = htons((uint16_t)atoi(argv[1]));
	inet_pton(AF_INET, argv[0], &to.sin_addr);
	args[0] = (uint32_t)attack_int80(102, 1 /* socket */, LOW(args), 0, 0, 0);
	args[1] = (uint32_t)LOW(&to);
	args[2] = sizeof(to);
	if (attack_int80(102, 3 /* connect */, LOW(args), 0, 0, 0) < 0 && errno != ECONNREFUSED && errno != EINPROGRESS)
		return -1;
	return attack_proof("asked", NULL);
}

/* stdio PROGRAM: a socket becomes standard input, and the program is executed */
static int stdio_socket(char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (attack_int80(63 /* dup2 */, fd, 0, 0, 0, 0) < 0)
		return -1;
	execl(argv[0], argv[0], "proof", "ran", NULL);
	return -1;
}

static int attach(char **argv)
{
	pid_t pid = fork();
	long rc;
	int why;

	(void)argv;
	if (pid == 0) {
		alarm(10);
		for (;;)
			pause();
	}
	rc = attack_int80(26 /* ptrace */, PTRACE_SEIZE, pid, 0, 0, 0);
	why = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
	errno = why;
	return done(rc, "made");
}

static int add_key(char **argv)
{
	(void)argv;
	return done(attack_int80(286 /* add_key */, LOW(key), LOW(word), LOW(text), 7, -3), "made");
}

/* A map of a byte or so. */
static int bpf(char **argv)
{
	static uint32_t attr[32] = { 2 /* array */, 4, 4, 1 };

	(void)argv;
	return done(attack_int80(357 /* bpf */, 0, LOW(attr), sizeof(attr), 0, 0), "made");
}

const struct attack attack_foreign[] = {
	{ "write-i386", 1, write_file },
	{ "read-i386", 1, read_file },
	{ "make-directory-i386", 1, make_directory },
	{ "mount-i386", 1, mount_tmpfs },
	{ "connect-i386", 2, connect_tcp },
	{ "stdio-i386", 1, stdio_socket },
	{ "attach-i386", 0, attach },
	{ "add-key-i386", 0, add_key },
	{ "bpf-i386", 0, bpf },
	{ NULL, 0, NULL },
};
