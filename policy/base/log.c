/* SPDX-License-Identifier: Apache-2.0 */
#include "reeve/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define JOURNAL "/run/systemd/journal/socket"
#define APPEND	(O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)

void rv_log_time(struct rv_buf *out, int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm tm;
	char text[64];

	if (gmtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		rv_buf_adds(out, text);
}

static int open_log(const char *path, struct rv_err *err)
{
	const char *slash = strrchr(path, '/');
	rv_autobuf dir = { 0 };
	struct stat st;
	int fd = open(path, APPEND, 0600);

	if (fd < 0 && errno == ENOENT && slash && slash != path) {
		rv_buf_add(&dir, path, (size_t)(slash - path));
		if (!dir.failed && mkdir(rv_buf_str(&dir), 0700) == 0)
			fd = open(path, APPEND, 0600);
		else
			errno = ENOENT;
	}
	if (fd < 0)
		return rv_err_errno(err, errno, "cannot open the decision log %s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		rv_io_close(&fd);
		return rv_err(err, RV_ESYSTEM, "the decision log %s is not a file", path);
	}
	return fd;
}

int rv_log_append(const char *path, const struct rv_buf *line, struct rv_err *err)
{
	rv_autofd fd = -1;
	ssize_t n;

	if (line->failed)
		return rv_err_nomem(err);
	fd = open_log(path, err);
	if (fd < 0)
		return fd;
	n = write(fd, rv_buf_str(line), line->len);
	if (n < 0 || (size_t)n != line->len)
		return rv_err_errno(err, n < 0 ? errno : ENOSPC, "cannot write the decision log %s", path);
	return 0;
}

void rv_journal_field(struct rv_buf *fields, const char *name, const char *value)
{
	if (value && *value && !strchr(value, '\n'))
		rv_buf_addf(fields, "%s=%s\n", name, value);
}

void rv_journal_send(const struct rv_buf *fields)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = JOURNAL };
	rv_autofd fd = -1;

	if (fields->failed || access(JOURNAL, F_OK) < 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		(void)sendto(fd, rv_buf_str(fields), fields->len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
			     sizeof(to));
}
