// SPDX-License-Identifier: Apache-2.0
/* Many attacks in one container, whose init this is. Standard input has one a line: a number and the words of a command, with
 * US (0x1f) between. Each is a process of its own, and nothing of it runs on when the next begins; so the process ids in
 * between, which alerts have, are those of the one attack. Before it "@ NUMBER PID" is said. */
#include "../hostile/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS 60 /* for one */

static void execute(char **argv)
{
	int null = open("/dev/null", O_RDONLY);

	if (null >= 0)
		dup2(null, 0);
	alarm(SECONDS);
	execvp(argv[0], argv);
	printf("failed: %s\n", strerror(errno));
	fflush(stdout);
	_exit(127);
}

/* The child waits until its id has been said. */
static int start(const char *number, char **argv)
{
	int go[2];
	char c;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &c, 1) == 0)
			execute(argv);
		_exit(127);
	}
	printf("\n@ %s %d\n", number, (int)pid);
	fflush(stdout);
	close(go[0]);
	close(go[1]);
	return waitpid(pid, NULL, 0) < 0 ? -1 : 0;
}

static int batch(char **unused)
{
	char line[4096], *argv[64], *at, *number;
	size_t n;

	(void)unused;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		at = line;
		number = strsep(&at, "\x1f");
		for (n = 0; at && n < sizeof(argv) / sizeof(*argv) - 1; n++)
			argv[n] = strsep(&at, "\x1f");
		argv[n] = NULL;
		if (!n || start(number, argv) < 0)
			return -1;
		kill(-1, SIGKILL);
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	return attack_proof("done", NULL);
}

const struct attack attack_batch[] = { { "batch", 0, batch }, { NULL, 0, NULL } };
