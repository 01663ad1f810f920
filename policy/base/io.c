/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reeve/base.h"

void rv_io_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int rv_io_read_fd(int fd, size_t max, struct rv_buf *out, struct rv_err *err)
{
	char chunk[65536];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rv_err_errno(err, errno, "read");
		if (n == 0)
			break;
		if ((size_t)n > max - out->len)
			return rv_err(err, RV_EDOCUMENT, "larger than %zu bytes", max);
		rv_buf_add(out, chunk, (size_t)n);
	}
	return out->failed ? rv_err_nomem(err) : 0;
}

int rv_io_read_at(int dirfd, const char *name, bool nofollow, size_t max, struct rv_buf *out, struct rv_err *err)
{
	rv_autofd fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (nofollow ? O_NOFOLLOW : 0));
	struct stat st;
	int rc;

	if (fd < 0)
		return rv_err_errno(err, errno, "open %s", name);
	if (fstat(fd, &st) < 0)
		return rv_err_errno(err, errno, "stat %s", name);
	if (!S_ISREG(st.st_mode))
		return rv_err(err, RV_EDOCUMENT, "%s is not a regular file", name);
	if (st.st_size < 0 || (uintmax_t)st.st_size > max)
		return rv_err(err, RV_EDOCUMENT, "%s is larger than %zu bytes", name, max);
	rc = rv_io_read_fd(fd, max, out, err);
	if (rc < 0)
		rv_err_at_file(err, name, 0, 0);
	return rc;
}

int rv_io_write_all(int fd, const void *data, size_t len, struct rv_err *err)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rv_err_errno(err, errno, "write");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int rv_io_write_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode, struct rv_err *err)
{
	char temporary[256];
	rv_autofd fd = -1;
	int rc;

	if ((size_t)snprintf(temporary, sizeof(temporary), ".%s.%ld", name, (long)getpid()) >= sizeof(temporary))
		return rv_err_errno(err, ENAMETOOLONG, "%s", name);
	(void)unlinkat(dirfd, temporary, 0);	/* left by a killed process that had our pid */
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return rv_err_errno(err, errno, "create %s", name);
	rc = rv_io_write_all(fd, data, len, err);
	if (rc == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		rc = rv_err_errno(err, errno, "write %s", name);
	if (rc == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		rc = rv_err_errno(err, errno, "rename to %s", name);
	if (rc < 0)
		(void)unlinkat(dirfd, temporary, 0);
	return rc;
}

/* Field 22 of /proc/<pid>/stat (proc(5)). The name of its command, before it, may have blanks and brackets. */
bool rv_process_start(long pid, unsigned long long *ticks)
{
	char path[64], text[1024], *end;
	rv_autofd fd = -1;
	ssize_t n;
	int field;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	end = strrchr(text, ')');
	for (field = 2; end && field < 22; field++)
		end = strchr(end + 1, ' ');
	if (!end)
		return false;
	*ticks = strtoull(end + 1, NULL, 10);
	return true;
}
