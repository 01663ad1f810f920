/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "confine.h"

#define ANSWER_SECONDS 2 /* a file server may be dead */
#define CACHED	       512

enum what { HASH, SIGNAL };
struct request {
	uint32_t number, what;
	int32_t pid, signal;
	uint64_t start, ino, size;
	char rootfs[RV_HELPER_ROOTFS], path[PATH_MAX];
};
struct answer {
	uint32_t number;
	int32_t errnum;
	char hash[RV_HASH_HEX];
};

/* ---- the child ---- */

static bool is_process(pid_t pid, uint64_t start)
{
	unsigned long long ticks;

	return rv_process_start(pid, &ticks) && ticks == start / (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

static int send_signal(const struct request *r)
{
	/* whoever has the number now has had it since the start that is compared next */
	rv_autofd fd = (int)syscall(SYS_pidfd_open, r->pid, 0);

	if (fd < 0 || !is_process(r->pid, r->start))
		return ESRCH;
	return syscall(SYS_pidfd_send_signal, fd, r->signal, NULL, 0) < 0 ? errno : 0;
}

/* By its number in the file system and its size: of overlays stat(2) does not always tell the device that the kernel goes by. */
static bool is_file(int fd, const struct request *r, struct stat *st)
{
	return fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_ino == r->ino && (uint64_t)st->st_size == r->size;
}

/* The path has no links, as the kernel tells it. */
static int open_below(const char *rootfs, char *path)
{
	rv_autofd dir = open(rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *rest = NULL, *part = strtok_r(path, "/", &rest), *next;

	for (; dir >= 0 && part && (next = strtok_r(NULL, "/", &rest)); part = next) {
		int below = strcmp(part, "..") ? openat(dir, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

		rv_io_close(&dir);
		dir = below;
	}
	return dir < 0 || !part ? -1 : openat(dir, part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int open_executable(struct request *r, struct stat *st)
{
	char link[32];
	int fd;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)r->pid);
	fd = is_process(r->pid, r->start) ? open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
	if (is_file(fd, r, st))
		return fd;
	rv_io_close(&fd);
	fd = *r->rootfs ? open_below(r->rootfs, r->path) : -1;
	if (is_file(fd, r, st))
		return fd;
	rv_io_close(&fd);
	return -1;
}

static int hash(struct request *r, char out[RV_HASH_HEX])
{
	static struct { dev_t dev; ino_t ino; off_t size; struct timespec changed; char hash[RV_HASH_HEX]; } cache[CACHED], *known;
	rv_autobuf content = { 0 };
	rv_autofd fd = -1;
	struct stat st;

	if (r->size > RV_HELPER_FILE_MAX)
		return EFBIG;
	fd = open_executable(r, &st);
	if (fd < 0)
		return ESRCH;
	known = &cache[st.st_ino % CACHED];
	if (known->dev != st.st_dev || known->ino != st.st_ino || known->size != st.st_size ||
	    known->changed.tv_sec != st.st_ctim.tv_sec || known->changed.tv_nsec != st.st_ctim.tv_nsec) {
		if (rv_io_read_fd(fd, RV_HELPER_FILE_MAX, &content, NULL) < 0)
			return EIO;
		known->dev = st.st_dev;
		known->ino = st.st_ino;
		known->size = st.st_size;
		known->changed = st.st_ctim;
		rv_hash_hex(content.data, content.len, known->hash);
	}
	memcpy(out, known->hash, RV_HASH_HEX);
	return 0;
}

void rv_helper_serve(int fd)
{
	static struct request r;

	while (recv(fd, &r, sizeof(r), 0) == (ssize_t)sizeof(r)) {
		struct answer a = { .number = r.number };

		r.rootfs[sizeof(r.rootfs) - 1] = r.path[sizeof(r.path) - 1] = '\0';
		a.errnum = r.what == HASH ? hash(&r, a.hash) : send_signal(&r);
		if (send(fd, &a, sizeof(a), MSG_NOSIGNAL) < 0)
			return;
	}
}

/* Nothing of the monitor's stays open: its lock would outlive it. */
static void become(int fd)
{
	struct rv_err err;

	if (dup2(fd, 3) != 3)
		_exit(1);
	(void)close_range(4, ~0U, 0);
	if (rv_confine_helper(&err) == 0)
		rv_helper_serve(3);
	_exit(0);
}

/* ---- the monitor's side ---- */

int rv_helper_start(struct rv_helper *h, struct rv_err *err)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return rv_err_errno(err, errno, "cannot start the helper");
	pid = fork();
	if (pid == 0)
		become(ends[1]);
	close(ends[1]);
	h->fd = ends[0];
	if (pid < 0 || setsockopt(h->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(h->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return rv_err_errno(err, errno, "cannot start the helper");
	return 0;
}

void rv_helper_done(struct rv_helper *h)
{
	rv_io_close(&h->fd);
}

/* While an answer is overdue nothing else is asked. */
static bool is_late(struct rv_helper *h)
{
	struct answer a;

	while (h->answered != h->asked && recv(h->fd, &a, sizeof(a), MSG_DONTWAIT) == (ssize_t)sizeof(a))
		h->answered = a.number;
	return h->answered != h->asked;
}

static int ask(struct rv_helper *h, struct request *r, struct answer *a, struct rv_err *err)
{
	if (h->fd < 0 || is_late(h))
		return rv_err_errno(err, EBUSY, "the helper does not answer");
	r->number = ++h->asked;
	if (send(h->fd, r, sizeof(*r), MSG_NOSIGNAL) != (ssize_t)sizeof(*r) || recv(h->fd, a, sizeof(*a), 0) != (ssize_t)sizeof(*a))
		return rv_err_errno(err, errno ? errno : EPIPE, "the helper does not answer");
	h->answered = a->number;
	return a->errnum ? rv_err_errno(err, a->errnum, "process %d", (int)r->pid) : 0;
}

int rv_helper_hash(struct rv_helper *h, const struct rv_event *event, const char *rootfs, const char *path, char out[RV_HASH_HEX],
		   struct rv_err *err)
{
	struct request r = { .what = HASH, .pid = (int32_t)event->pid, .start = event->start, .ino = event->exec.ino,
			     .size = event->exec.size };
	struct answer a;
	int rc;

	if (rootfs && path && strlen(rootfs) < sizeof(r.rootfs) && strlen(path) < sizeof(r.path)) {
		memcpy(r.rootfs, rootfs, strlen(rootfs) + 1);
		memcpy(r.path, path, strlen(path) + 1);
	}
	rc = ask(h, &r, &a, err);
	if (rc == 0)
		memcpy(out, a.hash, RV_HASH_HEX);
	return rc;
}

int rv_helper_signal(struct rv_helper *h, const struct rv_event *event, int number, struct rv_err *err)
{
	struct request r = { .what = SIGNAL, .pid = (int32_t)event->pid, .start = event->start, .signal = number };
	struct answer a;

	return ask(h, &r, &a, err);
}
