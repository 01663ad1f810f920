// SPDX-License-Identifier: Apache-2.0
/* Programs that come from somewhere else than the image, and code put into others. What is executed is this program, or one it
 * was told. */
#include "../hostile/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int copy_to(const char *from, int to)
{
	int fd = open(from, O_RDONLY);
	struct stat st;

	if (fd < 0 || to < 0 || fstat(fd, &st) < 0 || sendfile(to, fd, NULL, (size_t)st.st_size) < 0)
		return -1;
	close(fd);
	return 0;
}

/* Runs it in a child: what it says is the proof. */
static int execute(int dir, const char *path, int flags)
{
	char *argv[] = { (char *)"program", (char *)"proof", (char *)"ran", NULL };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		syscall(SYS_execveat, dir, path, argv, environ, flags);
		_exit(errno & 0x7f);
	}
	waitpid(pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

/* What an executed copy does: nothing but say so. */
static int say(char **argv)
{
	return attack_proof(argv[0], NULL);
}

static int run_memory(char **argv)
{
	int fd = (int)syscall(SYS_memfd_create, "kworker", MFD_CLOEXEC);

	return copy_to(argv[0], fd) < 0 ? -1 : execute(fd, "", AT_EMPTY_PATH);
}

static int run_memory_by_proc(char **argv)
{
	int fd = (int)syscall(SYS_memfd_create, "kworker", 0);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return copy_to(argv[0], fd) < 0 ? -1 : execute(AT_FDCWD, path, 0);
}

/* A descriptor that is open for writing cannot be executed. */
static int run_reopened(int fd)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY);
	close(fd);
	return again < 0 ? -1 : execute(again, "", AT_EMPTY_PATH);
}

static int run_unnamed(char **argv)
{
	int fd = open(argv[1], O_TMPFILE | O_RDWR, 0755);

	return copy_to(argv[0], fd) < 0 ? -1 : run_reopened(fd);
}

static int run_removed(char **argv)
{
	int fd = open(argv[1], O_CREAT | O_RDWR, 0755);

	return copy_to(argv[0], fd) < 0 || unlink(argv[1]) < 0 ? -1 : run_reopened(fd);
}

static int drop(char **argv)
{
	int fd = open(argv[1], O_CREAT | O_WRONLY | O_TRUNC, 0755);

	if (copy_to(argv[0], fd) < 0)
		return -1;
	close(fd);
	return 0;
}

static int run_dropped(char **argv)
{
	return drop(argv) < 0 ? -1 : execute(AT_FDCWD, argv[1], 0);
}

/* Its directory by a descriptor, its name relative to that. */
static int run_dropped_relative(char **argv)
{
	char *slash = strrchr(argv[1], '/');
	int dir;

	if (drop(argv) < 0 || !slash)
		return -1;
	*slash = '\0';
	dir = open(argv[1], O_PATH | O_DIRECTORY);
	return dir < 0 ? -1 : execute(dir, slash + 1, 0);
}

static int run_by_hard_link(char **argv)
{
	return drop(argv) < 0 || link(argv[1], argv[2]) < 0 ? -1 : execute(AT_FDCWD, argv[2], 0);
}

/* An image's program, overwritten: the same name, another content. */
static int run_overwritten(char **argv)
{
	int fd = open(argv[1], O_WRONLY | O_TRUNC);

	if (copy_to(argv[0], fd) < 0)
		return -1;
	close(fd);
	return execute(AT_FDCWD, argv[1], 0);
}

/* What a server would start for whoever broke into it. */
static int shell(char **argv)
{
	int status = system(argv[0]);

	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

/* Until its start is long ago, as detections have it. */
static int wait_awhile(char **argv)
{
	(void)argv;
	sleep(6);
	return 0;
}

static volatile const char constant[] = "unchanged";

/* Memory that is not writable is written by way of /proc/self/mem. */
static int write_own_memory(char **argv)
{
	int fd = open("/proc/self/mem", O_RDWR);

	(void)argv;
	if (fd < 0 || pwrite(fd, "changed  ", 9, (off_t)(uintptr_t)constant) < 0)
		return -1;
	return constant[0] == 'c' ? attack_proof("changed", NULL) : -1;
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(10);
		for (;;)
			pause();
	}
	return pid;
}

static int end(pid_t pid, long rc)
{
	int why = errno;

	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
	errno = why;
	return rc < 0 ? -1 : attack_proof("made", NULL);
}

static int attach_to_child(char **argv)
{
	pid_t pid = sleeper();
	long rc = ptrace(PTRACE_SEIZE, pid, NULL, NULL);

	(void)argv;
	return end(pid, rc);
}

static int write_child(char **argv)
{
	static char there[8];
	struct iovec from = { (char *)"changed", 8 }, to = { there, 8 };
	pid_t pid = sleeper();
	long rc = process_vm_writev(pid, &from, 1, &to, 1, 0);

	(void)argv;
	return end(pid, rc);
}

static int be_traced(char **argv)
{
	pid_t pid = fork();
	int status;

	(void)argv;
	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno & 0x7f : 0);
	waitpid(pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : attack_proof("made", NULL);
}

const struct attack attack_programs[] = {
	{ "proof", 1, say },
	{ "run-memory", 1, run_memory },
	{ "run-memory-by-proc", 1, run_memory_by_proc },
	{ "run-unnamed", 2, run_unnamed },
	{ "run-removed", 2, run_removed },
	{ "run-dropped", 2, run_dropped },
	{ "run-dropped-relative", 2, run_dropped_relative },
	{ "run-by-hard-link", 3, run_by_hard_link },
	{ "run-overwritten", 2, run_overwritten },
	{ "shell", 1, shell },
	{ "wait", 0, wait_awhile },
	{ "write-own-memory", 0, write_own_memory },
	{ "attach", 0, attach_to_child },
	{ "write-child", 0, write_child },
	{ "be-traced", 0, be_traced },
	{ NULL, 0, NULL },
};
