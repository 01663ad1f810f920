/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPEND (O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)

void rv_file_sink_close(struct rv_file_sink *file)
{
	rv_io_close(&file->fd);
}

void rv_file_sink_check(struct rv_file_sink *file)
{
	struct stat open_one, named;

	if (file->fd < 0)
		return;
	if (fstat(file->fd, &open_one) < 0 || lstat(file->path, &named) < 0 || open_one.st_dev != named.st_dev ||
	    open_one.st_ino != named.st_ino)
		rv_file_sink_close(file);
}

static int make_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	if (!slash || slash == path || (size_t)(slash - path) >= sizeof(dir))
		return -1;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	return mkdir(dir, 0700);
}

static int open_file(struct rv_file_sink *file, struct rv_err *err)
{
	rv_autofd fd = open(file->path, APPEND, 0600);
	struct stat st;

	if (fd < 0 && errno == ENOENT && make_directory(file->path) == 0)
		fd = open(file->path, APPEND, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return rv_err_errno(err, errno, "cannot open %s", file->path);
	if (!S_ISREG(st.st_mode))
		return rv_err(err, RV_ESYSTEM, "%s is not a file, as monitor.events of the node file must be", file->path);
	file->fd = fd;
	file->size = (uint64_t)st.st_size;
	fd = -1;
	return 0;
}

/* What cannot be renamed stays where it is and grows: no line is thrown away for that. */
static void rotate(struct rv_file_sink *file)
{
	char from[PATH_MAX], to[PATH_MAX];

	for (uint64_t i = file->keep; i > 0; i--) {
		if (i == 1)
			snprintf(from, sizeof(from), "%s", file->path);
		else
			snprintf(from, sizeof(from), "%s.%ju", file->path, (uintmax_t)(i - 1));
		snprintf(to, sizeof(to), "%s.%ju", file->path, (uintmax_t)i);
		(void)rename(from, to);
	}
	if (!file->keep)
		(void)unlink(file->path);
	rv_file_sink_close(file);
}

int rv_file_sink_write(struct rv_file_sink *file, const char *lines, size_t len, struct rv_err *err)
{
	ssize_t n;
	int rc;

	if (!file->path || !len)
		return 0;
	rc = file->fd < 0 ? open_file(file, err) : 0;
	if (rc == 0 && file->rotate && file->size && file->size + len > file->rotate) {
		rotate(file);
		rc = open_file(file, err);
	}
	if (rc < 0)
		return rc;
	n = write(file->fd, lines, len);
	if (n == (ssize_t)len) {
		file->size += len;
		return 0;
	}
	rc = rv_err_errno(err, n < 0 ? errno : ENOSPC, "cannot write %s", file->path);
	/* half a line would spoil the next one */
	if (n > 0 && ftruncate(file->fd, (off_t)file->size) < 0)
		file->size += (uint64_t)n;
	rv_file_sink_close(file);
	return rc;
}
