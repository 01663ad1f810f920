/* SPDX-License-Identifier: Apache-2.0 */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_at(const char *path, struct rv_err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	rv_autofd fd = -1;
	int own;

	if (strlen(path) >= sizeof(at.sun_path))
		return rv_err(err, RV_ESYSTEM, "%s is too long for a socket", path);
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (unlink(path) < 0 && errno != ENOENT)
		return rv_err_errno(err, errno, "cannot replace %s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || chmod(path, 0600) < 0 || listen(fd, RV_READERS) < 0)
		return rv_err_errno(err, errno, "cannot listen on %s", path);
	own = fd;
	fd = -1;
	return own;
}

int rv_socket_sink_open(struct rv_socket_sink *s, const char *path, int epoll, uint32_t listen_tag, uint32_t reader_tag,
			struct rv_err *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = listen_tag };
	int fd = listen_at(path, err);

	*s = (struct rv_socket_sink){ .fd = fd, .epoll = epoll, .listen_tag = listen_tag, .reader_tag = reader_tag };
	for (int i = 0; i < RV_READERS; i++)
		s->reader[i].fd = -1;
	if (fd < 0) {
		s->fd = -1;
		return fd;
	}
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		fd = rv_err_errno(err, errno, "cannot wait for readers");
		rv_io_close(&s->fd);
		return fd;
	}
	return 0;
}

static void let_go(struct rv_socket_sink *s, struct rv_reader *r)
{
	rv_io_close(&r->fd);
	free(r->waiting);
	*r = (struct rv_reader){ .fd = -1 };
	s->readers--;
}

void rv_socket_sink_close(struct rv_socket_sink *s)
{
	for (int i = 0; s->fd >= 0 && i < RV_READERS; i++)
		if (s->reader[i].fd >= 0)
			let_go(s, &s->reader[i]);
	rv_io_close(&s->fd);
}

static void wait_for(struct rv_socket_sink *s, struct rv_reader *r, uint32_t events)
{
	struct epoll_event event = { .events = r->output ? events & ~(uint32_t)EPOLLIN : events,
				     .data.u32 = s->reader_tag + (uint32_t)(r - s->reader) };

	(void)epoll_ctl(s->epoll, EPOLL_CTL_MOD, r->fd, &event);
}

static bool take(struct rv_socket_sink *s, int fd, bool output)
{
	struct epoll_event event = { .events = output ? 0 : EPOLLIN };
	unsigned i = 0;

	while (i < RV_READERS && s->reader[i].fd >= 0)
		i++;
	event.data.u32 = s->reader_tag + i;
	/* EPERM: a regular file, which never makes one wait */
	if (i == RV_READERS || (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) < 0 && errno != EPERM))
		return false;
	s->reader[i] = (struct rv_reader){ .fd = fd, .output = output };
	s->readers++;
	return true;
}

void rv_socket_sink_accept(struct rv_socket_sink *s)
{
	rv_autofd fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (take(s, fd, false))
		fd = -1;
	else
		s->refused++;
}

/* Opened anew, because not to wait is a property of an open file, and this one is shared with whoever gave it to us. A socket
 * cannot be, and needs no such thing. */
int rv_socket_sink_output(struct rv_socket_sink *s, struct rv_err *err)
{
	rv_autofd fd = open("/proc/self/fd/1", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ENXIO)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || !take(s, fd, true))
		return rv_err_errno(err, errno, "cannot write to standard output");
	fd = -1;
	return 0;
}

/* Bytes taken; -1 when the reader is gone. */
static ssize_t offer(struct rv_reader *r, const char *bytes, size_t len)
{
	ssize_t n = send(r->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno == ENOTSOCK)
		n = write(r->fd, bytes, len);
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

static bool keep(struct rv_reader *r, const char *bytes, size_t len)
{
	if (!r->waiting)
		r->waiting = malloc(RV_READER_MAX);
	if (!r->waiting || len > RV_READER_MAX - (r->to - r->from))
		return false;
	if (len > RV_READER_MAX - r->to) {
		memmove(r->waiting, r->waiting + r->from, r->to - r->from);
		r->to -= r->from;
		r->from = 0;
	}
	memcpy(r->waiting + r->to, bytes, len);
	r->to += len;
	return true;
}

static void write_one(struct rv_socket_sink *s, struct rv_reader *r, const struct rv_buf *lines)
{
	ssize_t n = r->from < r->to || !lines->len ? 0 : offer(r, lines->data, lines->len);

	if (n < 0) {
		let_go(s, r);
	} else if ((size_t)n < lines->len && !keep(r, lines->data + n, lines->len - (size_t)n)) {
		if (r->output && n == 0) {
			s->lost++;
			return;
		}
		s->slow++;
		let_go(s, r);
	} else if (r->from < r->to) {
		wait_for(s, r, EPOLLIN | EPOLLOUT);
	}
}

void rv_socket_sink_write(struct rv_socket_sink *s, const struct rv_buf *all, const struct rv_buf *alerts)
{
	for (int i = 0; s->readers && i < RV_READERS; i++)
		if (s->reader[i].fd >= 0)
			write_one(s, &s->reader[i], s->reader[i].output ? alerts : all);
}

void rv_socket_sink_serve(struct rv_socket_sink *s, unsigned i, uint32_t events)
{
	struct rv_reader *r = &s->reader[i];
	char ignored[512];
	ssize_t n;

	if (i >= RV_READERS || r->fd < 0)
		return;
	/* readers have nothing to say: what comes in is their end */
	if ((events & (EPOLLHUP | EPOLLERR)) || ((events & EPOLLIN) && recv(r->fd, ignored, sizeof(ignored), MSG_DONTWAIT) == 0)) {
		let_go(s, r);
		return;
	}
	n = r->from < r->to ? offer(r, r->waiting + r->from, r->to - r->from) : 0;
	if (n < 0) {
		let_go(s, r);
		return;
	}
	r->from += (size_t)n;
	if (r->from == r->to) {
		free(r->waiting);
		r->waiting = NULL;
		r->from = r->to = 0;
		wait_for(s, r, EPOLLIN);
	}
}
