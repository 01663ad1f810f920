/* SPDX-License-Identifier: Apache-2.0 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define LOCK_FILE RV_STATE_DIR "/load.lock"

int64_t rv_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

int rv_lock_wait(int fd, int how, unsigned ms)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	const int64_t end = rv_now_ms() + ms;

	while (flock(fd, how | LOCK_NB) < 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || rv_now_ms() >= end)
			return -1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int rv_load_lock(int *lock, unsigned ms, struct rv_err *err)
{
	rv_autofd fd = -1;

	if (mkdir(RV_STATE_DIR, 0700) < 0 && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make " RV_STATE_DIR);
	fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return rv_err_errno(err, errno, "cannot open " LOCK_FILE);
	if (rv_lock_wait(fd, LOCK_EX, ms) < 0)
		return errno == EWOULDBLOCK ? rv_err(err, RV_ESYSTEM,
						     LOCK_FILE " is held by another process, which loads or removes kernel programs; "
							       "try again")
					    : rv_err_errno(err, errno, "cannot lock " LOCK_FILE);
	*lock = fd;
	fd = -1;
	return 0;
}
