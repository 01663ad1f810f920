/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairs ROUNDS LABEL A B: runs A and B by turns and tells how they compare. Each is one or more commands with ';' between them, words
 * split at blanks. On one line: medians in milliseconds, median of the paired differences, median of the paired ratios with its 95 %
 * interval (bootstrap), peak memory of B's largest process in MiB. Ends with 1 when a command fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define WORDS 64
#define STEPS 8
#define RESAMPLES 2000

extern char **environ;

struct side {
	char *step[STEPS][WORDS];
	size_t steps;
	long peak;		/* KiB */
	double *ms;
};

static void split(struct side *side, char *text)
{
	size_t words = 0;

	for (char *word = strtok(text, " "); word && side->steps < STEPS; word = strtok(NULL, " ")) {
		if (!strcmp(word, ";")) {
			side->steps++;
			words = 0;
		} else if (words + 1 < WORDS) {
			side->step[side->steps][words++] = word;
		}
	}
	side->steps++;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int run_step(struct side *side, char *const argv[], const posix_spawn_file_actions_t *actions)
{
	struct rusage usage;
	int status;
	pid_t pid;

	errno = posix_spawnp(&pid, argv[0], actions, NULL, argv, environ);
	if (errno) {
		perror(argv[0]);
		return -1;
	}
	if (wait4(pid, &status, 0, &usage) < 0 || status) {
		fprintf(stderr, "pairs: %s %s failed: status %d\n", argv[0], argv[1] ? argv[1] : "", status);
		return -1;
	}
	if (usage.ru_maxrss > side->peak)
		side->peak = usage.ru_maxrss;
	return 0;
}

static int run_side(struct side *side, size_t round, const posix_spawn_file_actions_t *actions)
{
	double from = now_ms();

	for (size_t i = 0; i < side->steps; i++)
		if (run_step(side, side->step[i], actions) < 0)
			return -1;
	side->ms[round] = now_ms() - from;
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *value, size_t n, double *room)
{
	memcpy(room, value, n * sizeof(*value));
	qsort(room, n, sizeof(*room), compare);
	return n % 2 ? room[n / 2] : (room[n / 2 - 1] + room[n / 2]) / 2;
}

static void report(const char *label, const struct side *a, const struct side *b, size_t n)
{
	double *room = calloc(n, sizeof(double)), *diff = calloc(n, sizeof(double)), *ratio = calloc(n, sizeof(double));
	double *pick = calloc(n, sizeof(double)), *boot = calloc(RESAMPLES, sizeof(double));

	if (!room || !diff || !ratio || !pick || !boot)
		abort();
	for (size_t i = 0; i < n; i++) {
		diff[i] = b->ms[i] - a->ms[i];
		ratio[i] = b->ms[i] / a->ms[i];
	}
	srandom(1);
	for (size_t r = 0; r < RESAMPLES; r++) {
		for (size_t i = 0; i < n; i++)
			pick[i] = ratio[(size_t)random() % n];
		boot[r] = median(pick, n, room);
	}
	qsort(boot, RESAMPLES, sizeof(*boot), compare);
	printf("%-50s %9.2f %9.2f %+9.2f %7.3f [%.3f, %.3f] %8.1f\n", label, median(a->ms, n, room), median(b->ms, n, room),
	       median(diff, n, room), median(ratio, n, room), boot[RESAMPLES / 40], boot[RESAMPLES - RESAMPLES / 40],
	       (double)b->peak / 1024);
	free(room);
	free(diff);
	free(ratio);
	free(pick);
	free(boot);
}

int main(int argc, char **argv)
{
	struct side side[2] = { 0 };
	posix_spawn_file_actions_t actions;
	size_t rounds = argc == 5 ? strtoul(argv[1], NULL, 10) : 0;

	if (!rounds) {
		fputs("usage: pairs ROUNDS LABEL A B\n", stderr);
		return 2;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	for (int i = 0; i < 2; i++) {
		split(&side[i], argv[3 + i]);
		side[i].ms = calloc(rounds + 1, sizeof(double));
		if (!side[i].ms)
			abort();
	}
	/* the first round warms up and is overwritten; who comes first changes by turns */
	for (size_t r = 0; r <= rounds; r++)
		for (size_t i = 0; i < 2; i++)
			if (run_side(&side[(i + r) % 2], r ? r - 1 : 0, &actions) < 0)
				return 1;
	report(argv[2], &side[0], &side[1], rounds);
	posix_spawn_file_actions_destroy(&actions);
	return 0;
}
