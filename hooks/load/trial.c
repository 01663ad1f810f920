/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that load and attach are not yet programs that act. A process of ours becomes the member of a container that may hold no
 * capability, executes something, and must die of it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/shared.h"
#include "load/load.h"
#include "load/skeleton.h"
#include "pins.h"

#define USED_MAX 64

static int ignore(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

static void empty(const struct bpf_map *ring)
{
	struct ring_buffer *reader = ring_buffer__new(bpf_map__fd(ring), ignore, NULL, NULL);

	if (reader)
		(void)ring_buffer__consume(reader);
	ring_buffer__free(reader);
}

/* Whoever reads the rings later knows nothing of this container. */
static void forget(const struct rv_programs *p, __u64 id)
{
	struct rv_used_key key = { .container = id };
	struct rv_container c = { 0 };
	struct rv_used one;

	if (rv_map_look(bpf_map__fd(p->maps.containers), &id, &c) == 0)
		key.hash = c.head;
	(void)rv_map_drop(bpf_map__fd(p->maps.containers), &id);
	for (size_t i = 0; key.hash && i < USED_MAX && rv_map_look(bpf_map__fd(p->maps.used), &key, &one) == 0; i++) {
		(void)rv_map_drop(bpf_map__fd(p->maps.used), &key);
		key.hash = one.next;
	}
	empty(p->maps.alerts);
	empty(p->maps.telemetry);
}

/* Executes when told to; nothing is to be seen of it. */
static void subject(int go)
{
	char *const argv[] = { (char[]){ "reeve-load" }, (char[]){ "--version" }, NULL };
	char *const none[] = { NULL };
	char byte;

	if (read(go, &byte, 1) == 1) {
		(void)syscall(SYS_close_range, 0, ~0U, 0);
		execve("/proc/self/exe", argv, none);
	}
	_exit(1);
}

static int enter(const struct rv_programs *p, __u64 id, pid_t pid, struct rv_err *err)
{
	const struct rv_container c = { .flags = RV_C_CAPS | RV_C_NO_NEW_PRIVS, .started = 1, .id = "trial" };
	const struct rv_task task = { .container = id };
	rv_autofd fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int rc = fd < 0 ? -errno : rv_map_put(bpf_map__fd(p->maps.containers), &id, &c, BPF_NOEXIST);

	if (rc == 0)
		rc = rv_map_put(bpf_map__fd(p->maps.tasks), &fd, &task, BPF_ANY);
	return rc < 0 ? rv_err_errno(err, -rc, "the kernel programs cannot be tried") : 0;
}

int rv_trial(struct rv_programs *p, struct rv_err *err)
{
	const __u64 id = UINT64_MAX - (__u64)getpid();
	int go[2] = { -1, -1 }, status = 0, rc;
	pid_t pid;

	if (pipe(go) < 0)
		return rv_err_errno(err, errno, "the kernel programs cannot be tried");
	pid = fork();
	if (pid == 0)
		subject(go[0]);
	rc = pid < 0 ? rv_err_errno(err, errno, "the kernel programs cannot be tried") : enter(p, id, pid, err);
	if (rc == 0 && write(go[1], "", 1) != 1)
		rc = rv_err_errno(err, errno, "the kernel programs cannot be tried");
	rv_io_close(&go[1]);
	rv_io_close(&go[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	forget(p, id);
	if (rc == 0 && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
		rc = rv_err(err, RV_ESYSTEM, "the kernel programs are loaded and attached, and do nothing: a process with too many "
			    "capabilities was not killed");
	return rc;
}
