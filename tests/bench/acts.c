/* SPDX-License-Identifier: Apache-2.0 */
/* acts KIND COUNT [FILE]: does one thing again and again and prints nanoseconds each. KIND: call open exec connect. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int do_call(char *self, const char *file)
{
	(void)self;
	(void)file;
	return (int)syscall(SYS_getppid) < 0;
}

static int do_open(char *self, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	(void)self;
	return fd < 0 || close(fd) < 0;
}

static int do_exec(char *self, const char *file)
{
	char nothing[] = "nothing", *argv[] = { self, nothing, NULL };
	int status = 1;
	pid_t pid;

	(void)file;
	return posix_spawn(&pid, self, NULL, NULL, argv, NULL) || waitpid(pid, &status, 0) != pid || status;
}

static int do_connect(char *self, const char *file)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), failed;

	(void)self;
	(void)file;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	failed = fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0;
	close(fd);
	return failed;
}

static const struct {
	const char *name;
	int (*run)(char *self, const char *file);
} acts[] = { { "call", do_call }, { "open", do_open }, { "exec", do_exec }, { "connect", do_connect } };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	double start;

	if (argc > 1 && !strcmp(argv[1], "nothing"))
		return 0;
	for (size_t i = 0; count > 0 && i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(argv[1], acts[i].name) != 0)
			continue;
		start = now();
		for (long n = 0; n < count; n++)
			if (acts[i].run(argv[0], argc > 3 ? argv[3] : "/etc/hostname"))
				return 1;
		printf("%.0f\n", (now() - start) / (double)count);
		return 0;
	}
	fputs("usage: acts call|open|exec|connect COUNT [FILE]\n", stderr);
	return 2;
}
