/* SPDX-License-Identifier: Apache-2.0 */
#include "usermap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reeve/base.h"

uint64_t rv_usermap_least_of(const char *text)
{
	uint64_t least = UINT64_MAX;

	while (*text) {
		unsigned long long inside, outside, count;
		int length = 0;

		if (sscanf(text, "%llu %llu %llu %n", &inside, &outside, &count, &length) != 3)
			return 0;
		if (count && outside < least)
			least = outside;
		text += length;
	}
	return least == UINT64_MAX ? 0 : least;
}

static uint64_t least_in_file(pid_t pid, const char *name)
{
	struct rv_err err = RV_ERR_INIT;
	rv_autobuf text = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if (rv_io_read_at(AT_FDCWD, path, true, 65536, &text, &err) < 0)
		return 0;
	return rv_usermap_least_of(rv_buf_str(&text));
}

/* Enters, says so, and stays until the other end closes. */
static void stay_inside(int ns, int other)
{
	char byte = 0;

	if (setns(ns, CLONE_NEWUSER) == 0 && write(other, &byte, 1) == 1)
		while (read(other, &byte, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

/* A map is only shown as that of a process in the namespace; read from here it has our ids. */
uint64_t rv_usermap_least(const char *path)
{
	rv_autofd ns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ours = -1, other = -1;
	uint64_t uid = 0, gid = 0;
	int pair[2];
	char byte;
	pid_t pid;

	if (ns < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 0;
	ours = pair[0];
	other = pair[1];
	pid = fork();
	if (pid < 0)
		return 0;
	if (pid == 0) {
		rv_io_close(&ours);
		stay_inside(ns, other);
	}
	rv_io_close(&other);
	if (read(ours, &byte, 1) == 1) {
		uid = least_in_file(pid, "uid_map");
		gid = least_in_file(pid, "gid_map");
	}
	rv_io_close(&ours);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return uid < gid ? uid : gid;
}
