/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts KIND COUNT [WORD...]: does one thing again and again and prints nanoseconds of CPU each, its own and its children's, which other work on the
 * machine disturbs least. KIND: call open write exec connect; run, the program WORD...; request, an HTTP request to 127.0.0.1:WORD. With
 * wait: nothing, until it is killed.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int do_call(char **word)
{
	(void)word;
	return (int)syscall(SYS_getppid) < 0;
}

static int do_open(char **word)
{
	int fd = open(*word ? *word : "/etc/hostname", O_RDONLY | O_CLOEXEC);

	return fd < 0 || close(fd) < 0;
}

static int do_write(char **word)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(*word ? *word : "/tmp/acts", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return pwrite(fd, "x", 1, 0) != 1;
}

static int do_run(char **word)
{
	int status = 1;
	pid_t pid;

	return posix_spawnp(&pid, word[0], NULL, NULL, word, environ) || waitpid(pid, &status, 0) != pid || status;
}

static int do_exec(char **word)
{
	char self[] = "/proc/self/exe", *argv[] = { self, NULL };

	(void)word;
	return do_run(argv);
}

static int connect_to(int type, unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int do_connect(char **word)
{
	int fd = connect_to(SOCK_DGRAM, 9);

	(void)word;
	return fd < 0 || close(fd) < 0;
}

static int do_request(char **word)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	int fd = connect_to(SOCK_STREAM, (unsigned)strtoul(*word ? *word : "80", NULL, 10));
	char answer[16384];
	ssize_t n = fd < 0 ? -1 : write(fd, request, sizeof(request) - 1);
	ssize_t all = 0;

	while (n > 0 && (n = read(fd, answer, sizeof(answer))) > 0)
		all += n;
	if (fd >= 0)
		close(fd);
	return n < 0 || !all;
}

static const struct {
	const char *name;
	int (*act)(char **word);
} acts[] = {
	{ "call", do_call }, { "open", do_open }, { "write", do_write }, { "exec", do_exec }, { "connect", do_connect },
	{ "request", do_request }, { "run", do_run },
};

static double now(void)
{
	struct rusage children;
	struct timespec own;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own) < 0 || getrusage(RUSAGE_CHILDREN, &children) < 0)
		return 0;
	return (double)(own.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec) * 1e9 + (double)own.tv_nsec +
	       (double)(children.ru_utime.tv_usec + children.ru_stime.tv_usec) * 1e3;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	double start;

	if (argc == 1) /* what do_exec() executes */
		return 0;
	if (!strcmp(argv[1], "wait"))
		return pause();
	for (size_t i = 0; count > 0 && i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(argv[1], acts[i].name) != 0)
			continue;
		start = now();
		for (long n = 0; n < count; n++)
			if (acts[i].act(argv + 3))
				return 1;
		printf("%.0f\n", (now() - start) / (double)count);
		return 0;
	}
	fputs("usage: acts call|open|write|exec|connect|request|run COUNT [WORD...]\n", stderr);
	return 2;
}
