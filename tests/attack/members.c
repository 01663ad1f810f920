// SPDX-License-Identifier: Apache-2.0
/* Ways to be where one is not expected: another cgroup, another user, a ring that calls in one's stead. */
#include "../hostile/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- cgroups ---- */
static int move_to(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) < 0)
		return -1;
	close(fd);
	return 0;
}

static int leave(char **argv)
{
	return move_to(argv[0]) < 0 ? -1 : attack_proof("left", NULL);
}

static int nest(char **argv)
{
	return mkdir(argv[0], 0755) < 0 || move_to(argv[0]) < 0 ? -1 : attack_proof("moved", NULL);
}

/* enter-by-clone CGROUP PROGRAM WORD...: a child that begins its life in another cgroup */
static int clone_into(char **argv)
{
	int dir = open(argv[0], O_RDONLY | O_DIRECTORY), status;
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)dir };
	long pid = dir < 0 ? -1 : syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return -1;
	if (pid == 0) {
		execl("/attack", "/attack", argv[1], argv[2], NULL);
		_exit(errno & 0x7f);
	}
	waitpid((pid_t)pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

/* ---- users ---- */
static int become_root(char **argv)
{
	(void)argv;
	/* as a set-user-id program would: the saved id is root's, the effective one is not */
	if (setresuid((uid_t)-1, 1000, 0) < 0 || seteuid(0) < 0)
		return -1;
	return attack_proof("made", NULL);
}

/* as-user UID PROGRAM WORD: a child runs it as that user */
static int as_user(char **argv)
{
	uid_t uid = (uid_t)atoi(argv[0]);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setresuid(uid, uid, uid) == 0)
			execl(argv[1], argv[1], argv[2], NULL);
		_exit(errno & 0x7f);
	}
	waitpid(pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

/* stdio-fcntl PROGRAM: a socket becomes standard input without dup(2), and the program is executed */
static int stdio_fcntl(char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	close(0);
	if (fd < 0 || fcntl(fd, F_DUPFD, 0) != 0)
		return -1;
	execl(argv[0], argv[0], "proof", "ran", NULL);
	return -1;
}

/* stdio-made PROGRAM: one that is standard input from the beginning */
static int stdio_made(char **argv)
{
	close(0);
	if (socket(AF_INET, SOCK_STREAM, 0) != 0)
		return -1;
	execl(argv[0], argv[0], "proof", "ran", NULL);
	return -1;
}

/* ---- rings ---- */
struct ring {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
};

static int ring_open(struct ring *r)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	r->fd = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (r->fd < 0)
		return -1;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		  IORING_OFF_CQ_RING);
	r->sqe = mmap(NULL, p.sq_entries * sizeof(*r->sqe), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || r->sqe == MAP_FAILED)
		return -1;
	r->sq_tail = (unsigned *)(sq + p.sq_off.tail);
	r->sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
	r->sq_array = (unsigned *)(sq + p.sq_off.array);
	r->cq_head = (unsigned *)(cq + p.cq_off.head);
	r->cq_tail = (unsigned *)(cq + p.cq_off.tail);
	r->cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
	r->cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return 0;
}

/* One request, and its result. */
static int ring_ask(const struct ring *r, const struct io_uring_sqe *what)
{
	unsigned tail = *r->sq_tail, at = tail & *r->sq_mask;
	int res;

	r->sqe[at] = *what;
	r->sq_array[at] = at;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -1;
	res = r->cqe[*r->cq_head & *r->cq_mask].res;
	__atomic_store_n(r->cq_head, *r->cq_head + 1, __ATOMIC_RELEASE);
	if (res >= 0)
		return res;
	errno = -res;
	return -1;
}

static int ring_do(const struct io_uring_sqe *what)
{
	struct ring r;

	return ring_open(&r) < 0 ? -1 : ring_ask(&r, what);
}

static struct io_uring_sqe open_request(const char *path, unsigned flags)
{
	return (struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uint64_t)(uintptr_t)path, .len = 0644, .open_flags = flags
	};
}

static int ring_write(char **argv)
{
	struct io_uring_sqe ask = open_request(argv[0], O_WRONLY | O_CREAT | O_APPEND);
	struct ring r;
	int fd;

	if (ring_open(&r) < 0)
		return -1;
	fd = ring_ask(&r, &ask);
	if (fd < 0)
		return -1;
	ask = (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .fd = fd, .addr = (uint64_t)(uintptr_t) "changed\n", .len = 8 };
	return ring_ask(&r, &ask) < 0 ? -1 : attack_proof("changed", NULL);
}

static int ring_read(char **argv)
{
	struct io_uring_sqe ask = open_request(argv[0], O_RDONLY);
	int fd = ring_do(&ask);

	return fd < 0 ? -1 : attack_show(fd);
}

static int ring_remove(char **argv)
{
	struct io_uring_sqe ask = { .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uint64_t)(uintptr_t)argv[0] };

	return ring_do(&ask) < 0 ? -1 : attack_proof("changed", NULL);
}

static int ring_make_directory(char **argv)
{
	struct io_uring_sqe ask = {
		.opcode = IORING_OP_MKDIRAT, .fd = AT_FDCWD, .addr = (uint64_t)(uintptr_t)argv[0], .len = 0755
	};

	return ring_do(&ask) < 0 ? -1 : attack_proof("changed", NULL);
}

static int ring_connect(char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])) };
	struct io_uring_sqe ask = { .opcode = IORING_OP_CONNECT, .addr = (uint64_t)(uintptr_t)&to, .off = sizeof(to) };

	inet_pton(AF_INET, argv[0], &to.sin_addr);
	ask.fd = socket(AF_INET, SOCK_STREAM, 0);
	/* nobody has to be there */
	if (ring_do(&ask) < 0 && errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != ETIMEDOUT)
		return -1;
	return attack_proof("asked", NULL);
}

const struct attack attack_members[] = {
	{ "leave-cgroup", 1, leave },
	{ "nest-cgroup", 1, nest },
	{ "enter-by-clone", 3, clone_into },
	{ "become-root", 0, become_root },
	{ "as-user", 3, as_user },
	{ "stdio-fcntl", 1, stdio_fcntl },
	{ "stdio-made", 1, stdio_made },
	{ "ring-write", 1, ring_write },
	{ "ring-read", 1, ring_read },
	{ "ring-remove", 1, ring_remove },
	{ "ring-make-directory", 1, ring_make_directory },
	{ "ring-connect", 2, ring_connect },
	{ NULL, 0, NULL },
};
