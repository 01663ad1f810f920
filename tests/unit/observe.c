/* SPDX-License-Identifier: Apache-2.0 */
/* Stands where the runtime does and says what it was handed. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void put_fds(void)
{
	printf("fds");
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	puts("");
}

static void put_signals(void)
{
	struct sigaction action;
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int i = 1; i < 32; i++) {
		if (sigismember(&blocked, i) == 1)
			printf("blocked %d\n", i);
		if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			printf("ignored %d\n", i);
	}
}

static void put_file(const char *path)
{
	char text[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	printf("file %s\n", text);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "PATH" };
	char cwd[PATH_MAX];
	mode_t mask = umask(0);
	int death = -1;

	put_fds();
	printf("pid %ld\nargv0 %s\ncwd %s\numask %03o\n", (long)getpid(), argv[0], getcwd(cwd, sizeof(cwd)) ? cwd : "?", mask);
	prctl(PR_GET_PDEATHSIG, &death);
	printf("pdeathsig %d\n", death);
	put_signals();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]))
			printf("%s=%s\n", names[i], getenv(names[i]));
	for (int i = 1; i < argc; i++)
		put_file(argv[i]);
	return 0;
}
