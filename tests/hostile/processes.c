// SPDX-License-Identifier: Apache-2.0
/* Ways to the host's processes, and to what hangs on namespaces. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int signal_it(char **argv)
{
	return kill(atoi(argv[0]), 0) < 0 ? -1 : attack_proof("reached", NULL);
}

static int trace(char **argv)
{
	pid_t pid = atoi(argv[0]);
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
		return -1;
	waitpid(pid, &status, __WALL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return attack_proof("traced", NULL);
}

/* enter NAMESPACE PATH: nsenter(1), then a file there */
static int enter(char **argv)
{
	int ns = open(argv[0], O_RDONLY), fd;

	if (ns < 0 || setns(ns, CLONE_NEWNS) < 0)
		return -1;
	fd = open(argv[1], O_RDONLY);
	return fd < 0 ? -1 : attack_show(fd);
}

/* The process's own name for its namespace, to be compared by the test. */
static int show_namespace(char **argv)
{
	char name[64], text[64];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/ns/%s", argv[0]);
	n = readlink(name, text, sizeof(text) - 1);
	if (n < 0)
		return -1;
	text[n] = '\0';
	return attack_proof("namespace", text);
}

static int rename_host(char **argv)
{
	return sethostname(argv[0], strlen(argv[0])) < 0 ? -1 : attack_proof("renamed", NULL);
}

#define SHM_KEY 0x7265

static int shm_make(char **argv)
{
	int id = shmget(SHM_KEY, 4096, IPC_CREAT | 0600);
	char *at = id < 0 ? (char *)-1 : shmat(id, NULL, 0);

	if (at == (char *)-1)
		return -1;
	snprintf(at, 4096, "%s", argv[0]);
	return attack_proof("made", NULL);
}

static int shm_remove(char **argv)
{
	int id = shmget(SHM_KEY, 0, 0);

	(void)argv;
	return id < 0 || shmctl(id, IPC_RMID, NULL) < 0 ? -1 : attack_proof("removed", NULL);
}

static int shm_read(char **argv)
{
	int id = shmget(SHM_KEY, 0, 0);
	char *at = id < 0 ? (char *)-1 : shmat(id, NULL, SHM_RDONLY);

	(void)argv;
	return at == (char *)-1 ? -1 : attack_proof("read", at);
}

#define KEYCTL_SEARCH 10
#define KEYCTL_READ   11
#define SESSION	      -3

/* key-run SECRET PROGRAM...: PROGRAM with a key in a session keyring of its own, as a login has it */
static int key_run(char **argv)
{
	if (syscall(SYS_keyctl, 1, NULL) < 0 ||
	    syscall(SYS_add_key, "user", "reeve-victim", argv[0], strlen(argv[0]), SESSION) < 0)
		return -1;
	return execv(argv[1], argv + 1);
}

static int key_read(char **argv)
{
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, SESSION, "user", "reeve-victim", 0);
	char text[64] = "";

	(void)argv;
	if (key < 0 || syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof(text) - 1) < 0)
		return -1;
	return attack_proof("read", text);
}

/* set-id: does a set-uid program give privileges? Runs itself as `/tmp/set-uid`, which the image brings. */
static int show_uid(char **argv)
{
	char text[64];

	(void)argv;
	snprintf(text, sizeof(text), "%u %u", (unsigned)getuid(), (unsigned)geteuid());
	return attack_proof("uid", text);
}

static int show_status(char **argv)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, argv[0], strlen(argv[0]))) {
			line[strcspn(line, "\n")] = '\0';
			return attack_proof("status", line);
		}
	return -1;
}

const struct attack attack_processes[] = {
	{ "signal", 1, signal_it },
	{ "trace", 1, trace },
	{ "enter", 2, enter },
	{ "namespace", 1, show_namespace },
	{ "rename-host", 1, rename_host },
	{ "shm-make", 1, shm_make },
	{ "shm-remove", 0, shm_remove },
	{ "shm-read", 0, shm_read },
	{ "key-run", 2, key_run },
	{ "key-read", 0, key_read },
	{ "uid", 0, show_uid },
	{ "status", 1, show_status },
	{ NULL, 0, NULL },
};
