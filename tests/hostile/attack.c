// SPDX-License-Identifier: Apache-2.0
/* attack NAME [ARGUMENT...] [, NAME [ARGUMENT...]]...: says "trying NAME", then one word when it worked or "failed: why". */
#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct attack *const tables[] = { attack_files,	attack_processes, attack_calls,	  attack_fds,	attack_changes,
					       attack_programs, attack_members,	  attack_network, attack_foreign, attack_batch };

int attack_proof(const char *word, const char *got)
{
	printf("%s%s%s\n", word, got ? ": " : "", got ? got : "");
	return 0;
}

int attack_show(int fd)
{
	char line[256];
	ssize_t n = read(fd, line, sizeof(line) - 1);

	if (n < 0)
		return -1;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return attack_proof("read", line);
}

static const struct attack *find(const char *name)
{
	for (size_t i = 0; i < COUNT(tables); i++)
		for (const struct attack *a = tables[i]; a->name; a++)
			if (!strcmp(a->name, name))
				return a;
	return NULL;
}

/* Runs what begins at argv[0]; returns how many words it took, -1 for a mistake of the test. */
static int run(int argc, char **argv, int *worked)
{
	const struct attack *a = find(argv[0]);

	if (!a || a->argc >= argc) {
		fprintf(stderr, "attack: %s: %s\n", argv[0], a ? "too few arguments" : "unknown");
		return -1;
	}
	printf("trying %s\n", a->name);
	fflush(stdout);
	errno = 0;
	if (a->run(argv + 1) == 0)
		++*worked;
	else
		printf("failed: %s\n", errno ? strerror(errno) : "nothing came of it");
	fflush(stdout);
	return a->argc + 1;
}

int main(int argc, char **argv)
{
	int at = 1, worked = 0;

	/* said into a file, where standard output itself is part of the attempt */
	if (argc > 2 && !strcmp(argv[1], "to")) {
		if (!freopen(argv[2], "w", stdout))
			return 2;
		at = 3;
	}

	while (at < argc) {
		int taken = run(argc - at, argv + at, &worked);

		if (taken < 0)
			return 2;
		at += taken;
		if (at < argc && strcmp(argv[at++], ",") != 0) {
			fprintf(stderr, "attack: %s: too many arguments\n", argv[at - 1]);
			return 2;
		}
	}
	return worked ? 0 : 1;
}
