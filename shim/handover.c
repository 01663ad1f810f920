/* SPDX-License-Identifier: Apache-2.0 */
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "facts.h"

#define FIRST_FD      3
#define INHERITED_MAX 65536

/* First where dpkg-divert moves the real one: what then stands in its old place may be a copy of reeve. */
static const char *const runc_places[] = {
	"/usr/bin/runc.distrib", "/usr/sbin/runc.distrib", "/usr/bin/runc",
	"/usr/sbin/runc",	 "/usr/local/bin/runc",	   "/usr/local/sbin/runc",
};
static const char *const crun_places[] = { "/usr/bin/crun.distrib", "/usr/bin/crun", "/usr/local/bin/crun" };

void rv_handover_std_fds(void)
{
	for (int fd = 0; fd < FIRST_FD; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
			return;
}

/* 0 usable, ENOENT not there, else why not. */
static int check_runtime(const char *path, const struct stat *self, struct rv_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return rv_err_errno(err, errno, "runtime %s", path);
	if (st.st_dev == self->st_dev && st.st_ino == self->st_ino)
		return rv_err(err, RV_EPOLICY, "runtime %s is reeve itself", path);
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0)
		return rv_err(err, RV_EPOLICY, "runtime %s is not a program that can be run", path);
	/* root of a user namespace is not meant: there the host's root has no number */
	if (rv_facts_caller() == 0 && (st.st_uid != 0 || (st.st_mode & 022)))
		return rv_err(err, RV_EPOLICY, "runtime %s can be written by others than root", path);
	return 0;
}

static const char *first_of(const char *const *places, size_t count, const struct stat *self)
{
	for (size_t i = 0; i < count; i++)
		if (check_runtime(places[i], self, NULL) == 0)
			return places[i];
	return NULL;
}

static bool is_among(const char *path, const char *const *places, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(path, places[i]))
			return true;
	return false;
}

bool rv_handover_is_place(const char *path)
{
	return is_among(path, runc_places, RV_COUNT(runc_places)) || is_among(path, crun_places, RV_COUNT(crun_places));
}

int rv_handover_runtime(const struct rv_node *node, enum rv_engine engine, bool prefer_crun, const char **path,
			struct rv_err *err)
{
	const char *named = node->runtime_for[engine] ? node->runtime_for[engine] : node->runtime;
	const char *found;
	struct stat self;

	if (stat("/proc/self/exe", &self) < 0)
		return rv_err_errno(err, errno, "/proc/self/exe");
	if (named) {
		int rc = check_runtime(named, &self, err);

		if (rc == 0)
			*path = named;
		return rc;
	}
	found = prefer_crun ? first_of(crun_places, RV_COUNT(crun_places), &self) : NULL;
	if (!found)
		found = first_of(runc_places, RV_COUNT(runc_places), &self);
	if (!found)
		found = first_of(crun_places, RV_COUNT(crun_places), &self);
	if (!found)
		return rv_err(err, RV_EPOLICY,
			      "no runc or crun found in the usual places; name it as \"runtime\" in %s/reeve/reeve.json",
			      RV_SYSCONFDIR);
	*path = found;
	return 0;
}

static bool listen_is_ours(void)
{
	const char *pid = getenv("LISTEN_PID");
	uint64_t value;

	return pid && rv_str_u64(pid, strlen(pid), INT_MAX, &value) && (pid_t)value == getpid();
}

unsigned rv_handover_inherited(unsigned preserve_fds)
{
	const char *fds = listen_is_ours() ? getenv("LISTEN_FDS") : NULL;
	uint64_t listen = 0;

	if (fds && !rv_str_u64(fds, strlen(fds), INHERITED_MAX, &listen))
		listen = 0;
	return (unsigned)listen + (preserve_fds < INHERITED_MAX ? preserve_fds : INHERITED_MAX);
}

int rv_handover_directory(unsigned inherited, char *path, size_t size)
{
	for (int fd = 0; fd < (int)(FIRST_FD + inherited); fd++) {
		char link[32];
		struct stat st;
		ssize_t n;

		if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, path, size - 1);
		path[n < 0 ? 0 : n] = '\0';
		return fd;
	}
	return -1;
}

int rv_handover_file(const char *name, const struct rv_buf *text, unsigned inherited, int *fd, char path[32],
		     struct rv_err *err)
{
	rv_autofd memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int rc, high;

	if (memory < 0)
		return rv_err_errno(err, errno, "memory file for %s", name);
	rc = rv_io_write_all(memory, rv_buf_str(text), text->len, err);
	if (rc < 0)
		return rc;
	if (fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return rv_err_errno(err, errno, "seal %s", name);
	high = fcntl(memory, F_DUPFD_CLOEXEC, (int)(FIRST_FD + inherited));
	if (high < 0)
		return rv_err_errno(err, errno, "fd for %s", name);
	*fd = high;
	snprintf(path, 32, "/proc/self/fd/%d", high);
	return 0;
}

static int keep_open(int fd, struct rv_err *err)
{
	if (fd < 0)
		return 0;
	return fcntl(fd, F_SETFD, 0) < 0 ? rv_err_errno(err, errno, "fd %d", fd) : 0;
}

int rv_handover_close(unsigned inherited, struct rv_err *err)
{
	if (close_range(FIRST_FD + inherited, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return rv_err_errno(err, errno, "close_range");
	if (!listen_is_ours()) {
		unsetenv("LISTEN_FDS");
		unsetenv("LISTEN_PID");
		unsetenv("LISTEN_FDNAMES");
	}
	return 0;
}

int rv_handover_exec(char *const argv[], unsigned inherited, const int keep[2], struct rv_err *err)
{
	int rc = rv_handover_close(inherited, err);

	for (size_t i = 0; i < 2 && rc == 0; i++)
		rc = keep_open(keep[i], err);
	if (rc < 0)
		return rc;
	execv(argv[0], argv);
	return rv_err_errno(err, errno, "exec %s", argv[0]);
}
