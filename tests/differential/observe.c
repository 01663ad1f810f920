/* SPDX-License-Identifier: Apache-2.0 */
#include "observe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_SECONDS 10

/* <sys/mount.h> and <linux/mount.h> cannot both be included with every libc. */
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
#define DETACH 2 /* MNT_DETACH */

static char dir[64], cgroup_name[64];
static const char *const runtimes[] = { "runc", "crun" };

const char *observe_dir(void)
{
	return dir;
}

const char *observe_cgroup(void)
{
	return cgroup_name;
}

static bool in_path(const char *name)
{
	static const char *const dirs[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin" };
	char path[256];

	for (size_t i = 0; i < RV_COUNT(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static bool put(const char *name, const char *text, size_t len, mode_t mode)
{
	char path[256];
	rv_autofd fd = -1;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	return fd >= 0 && rv_io_write_all(fd, text, len, NULL) == 0 && fchmod(fd, mode) == 0;
}

static void get(const char *name, struct rv_buf *out)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	rv_io_read_at(AT_FDCWD, path, false, 1 << 20, out, NULL);
}

static bool make_dir(const char *name, mode_t mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return mkdir(path, mode) == 0 && chmod(path, mode) == 0;
}

static bool set_readonly(const char *path, bool on)
{
	struct mount_attr attr = { 0 };

	if (on)
		attr.attr_set = MOUNT_ATTR_RDONLY;
	else
		attr.attr_clr = MOUNT_ATTR_RDONLY;
	return syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attr, sizeof(attr)) == 0;
}

/* Own mounts, host name, IPC and network; of the file system only the bundle, cgroups, /proc and /dev can be written. */
static bool enter(void)
{
	static const char *const writable[] = { "/proc", "/sys/fs/cgroup", "/dev" };

	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET) || mount("none", "/", NULL, (1ul << 18) | (1ul << 14), NULL))
		return false;
	/* crun <= 1.8 refuses hybrid cgroups. */
	umount2("/sys/fs/cgroup/unified", DETACH);
	if (mount("tmpfs", dir, "tmpfs", 0, "mode=755") || !set_readonly("/", true) || !set_readonly(dir, false))
		return false;
	for (size_t i = 0; i < RV_COUNT(writable); i++)
		if (!set_readonly(writable[i], false))
			return false;
	return true;
}

static bool copy_probe(void)
{
	rv_autobuf probe = { 0 };
	char self[512];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 16);

	if (len < 0)
		return false;
	self[len] = '\0';
	strcpy(strrchr(self, '/') + 1, "probe");
	return rv_io_read_at(AT_FDCWD, self, false, 64 << 20, &probe, NULL) == 0 && put("probe", probe.data, probe.len, 0755) &&
	       put("rootfs/probe", probe.data, probe.len, 0755);
}

static bool fill(void)
{
	static const char *const dirs[] = { "rootfs", "rootfs/proc", "rootfs/dev", "rootfs/m", "rootfs/m/a", "rootfs/m/b",
					    "rootfs/cg", "rootfs/rodir", "rootfs/sys", "share", "state-runc", "state-crun" };
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };
	rv_autobuf host = { 0 };

	for (size_t i = 0; i < RV_COUNT(dirs); i++)
		if (!make_dir(dirs[i], 0755))
			return false;
	for (size_t i = 0; i < RV_COUNT(names); i++) {
		char path[64], link[64] = "";

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (readlink(path, link, sizeof(link) - 1) > 0)
			rv_buf_addf(&host, "%s\n", link);
	}
	return make_dir("rootfs/tmp", 01777) && put("rootfs/secret", "seen\n", 5, 0644) && put("input", "", 0, 0644) &&
	       put("rootfs/hostns", host.data, host.len, 0644) && copy_probe();
}

const char *observe_begin(void)
{
	if (geteuid() != 0)
		return "needs root";
	for (size_t i = 0; i < RV_COUNT(runtimes); i++)
		if (!in_path(runtimes[i]))
			return "needs runc and crun";
	snprintf(dir, sizeof(dir), "/tmp/reeve-differential-XXXXXX");
	if (!mkdtemp(dir))
		return "no temporary directory";
	snprintf(cgroup_name, sizeof(cgroup_name), "%s", dir + strlen("/tmp/"));
	if (!enter() || !fill()) {
		observe_end();
		return "needs a private mount namespace and mount_setattr(2)";
	}
	return NULL;
}

/* ---- one run ---- */

/* Descriptors: stdin is an empty file (crun may chown a device that is its stdio), out and err are files in the bundle. */
static pid_t spawn(char *const argv[])
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (chdir(dir) || dup2(open("input", O_RDONLY), 0) < 0 || dup2(open("out", O_WRONLY | O_CREAT | O_APPEND, 0666), 1) < 0 ||
	    dup2(open("err", O_WRONLY | O_CREAT | O_APPEND, 0666), 2) < 0)
		_exit(126);
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	execvp(argv[0], argv);
	_exit(127);
}

static int wait_for(pid_t pid)
{
	rv_autofd fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	int status = -1;

	if (fd >= 0 && poll(&waiting, 1, RUN_SECONDS * 1000) <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void delete(const char *name, const char *state)
{
	char path[256], id[] = "differential", flag[] = "--force", verb[] = "delete", root[] = "--root", where[256], program[16];
	char *argv[] = { program, root, where, verb, flag, id, NULL };

	snprintf(path, sizeof(path), "%s/%s/%s", dir, state, id);
	if (access(path, F_OK) != 0)
		return;
	snprintf(program, sizeof(program), "%s", name);
	snprintf(where, sizeof(where), "%s/%s", dir, state);
	wait_for(spawn(argv));
}

/* Removes the test's cgroup, or the container's in it, from every hierarchy. */
static void remove_cgroups(const char *below)
{
	DIR *all = opendir("/sys/fs/cgroup");
	struct dirent *entry;
	char path[512];

	while (all && (entry = readdir(all))) {
		/* "." is cgroup2's own root, where there are no others. */
		if (strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/%s%s", entry->d_name, cgroup_name, below);
		rmdir(path);
	}
	if (all)
		closedir(all);
}

static const char *const outputs[] = { "out", "err", "hooked" };

void observe(const char *name, const char *text, size_t len, struct observation *out)
{
	char id[] = "differential", run[] = "run", root[] = "--root", bundle[] = "--bundle", where[256], program[16], state[32];
	char *argv[] = { program, root, where, run, bundle, dir, id, NULL };
	int status;

	snprintf(program, sizeof(program), "%s", name);
	snprintf(state, sizeof(state), "state-%s", name);
	snprintf(where, sizeof(where), "%s/%s", dir, state);
	/* A runtime may fail to remove it, and its limits would be the next one's. */
	remove_cgroups("/c");
	for (size_t i = 0; i < RV_COUNT(outputs); i++)
		put(outputs[i], "", 0, 0666);
	if (!put("config.json", text, len, 0644))
		abort();
	status = wait_for(spawn(argv));
	get("out", &out->said);
	out->started = status == 0 && rv_str_starts(rv_buf_str(&out->said), "uid ");
	if (out->started) {
		get("hooked", &out->said);
	} else {
		rv_buf_done(&out->said);
		get("err", &out->said);
	}
	delete(name, state);
}

/* ---- the end ---- */

void observe_end(void)
{
	remove_cgroups("/c");
	remove_cgroups("");
	umount2(dir, DETACH);
	/* In our namespace / may be read-only by now; the directory is an ordinary, empty one. */
	set_readonly("/", false);
	rmdir(dir);
}
