/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays the one who replaces what was judged. swap A B [MICROSECONDS] exchanges two names again and again until it is killed, each time
 * for a random while of at most so many microseconds (default 30000); swap --mount SOURCE POINT [MICROSECONDS] mounts and unmounts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <time.h>
#include <signal.h>
#include <unistd.h>

static void pause_for(long most)
{
	long us = most > 0 ? random() % most : 0;
	const struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
	int mounts = argc > 3 && !strcmp(argv[1], "--mount");
	const char *a = argv[1 + mounts], *b = argc > 2 ? argv[2 + mounts] : NULL;
	long most = argc > 3 + mounts ? atol(argv[3 + mounts]) : 30000;

	if (!a || !b)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom((unsigned)getpid());
	for (int on = 1;; on = !on) {
		if (!mounts && renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0)
			break;
		if (mounts && on && mount(a, b, NULL, MS_BIND, NULL) < 0)
			break;
		if (mounts && !on && umount2(b, MNT_DETACH) < 0)
			break;
		pause_for(most);
	}
	perror("swap");
	return 1;
}
