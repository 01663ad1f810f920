/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reeve-monitor reads, without containers: makes and pins a set of maps and sends records into its rings, from the kernel.
 *
 *   feed SET enter KEY ID ENTRY			a container
 *   feed SET leave KEY
 *   feed SET send KEY KIND RULE COUNT RATE [RESULT [PID START]]
 *						records a second, 0: as fast as can be; RULE -1: an event without one, telemetry;
 *						PID, started at tick START: the process is to be killed
 *   feed SET counts KEY				"sent N dropped N" of all kinds
 *   feed SET remove
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <ftw.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "feed.h"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#include "tests/monitor/feed.skel.h"
#pragma GCC diagnostic pop

#define TOP "/sys/fs/bpf/reeve"

static void die(const char *what)
{
	fprintf(stderr, "feed: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 0);
}

/* ---- the set ---- */

static void set_pin(struct bpf_map *map, const char *set)
{
	char path[256];

	snprintf(path, sizeof(path), TOP "/%s/maps/%s", set, bpf_map__name(map));
	bpf_map__set_pin_path(map, path);
}

static struct feed_programs *load(const char *set)
{
	struct feed_programs *p = feed_programs__open();
	char path[256];

	if (!p)
		die("open");
	snprintf(path, sizeof(path), TOP "/%s", set);
	mkdir(TOP, 0700);
	mkdir(path, 0700);
	strcat(path, "/maps");
	mkdir(path, 0700);
	set_pin(p->maps.containers, set);
	set_pin(p->maps.status, set);
	set_pin(p->maps.telemetry, set);
	set_pin(p->maps.alerts, set);
	if (feed_programs__load(p) < 0)
		die("load");
	return p;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static void remove_set(const char *set)
{
	char path[256];

	snprintf(path, sizeof(path), TOP "/%s", set);
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		die("remove");
}

/* ---- containers ---- */

static void enter(struct feed_programs *p, uint64_t key, const char *id, const char *entry)
{
	struct rv_container c = { 0 };

	memset(c.action, RV_ACTION_ALERT, sizeof(c.action));
	snprintf(c.id, sizeof(c.id), "%s", id);
	snprintf(c.entry, sizeof(c.entry), "%s", entry);
	if (bpf_map_update_elem(bpf_map__fd(p->maps.containers), &key, &c, BPF_ANY) < 0)
		die("enter");
}

static struct rv_container look(struct feed_programs *p, uint64_t key)
{
	struct rv_container c;

	if (bpf_map_lookup_elem(bpf_map__fd(p->maps.containers), &key, &c) < 0)
		die("look");
	return c;
}

static void counts(struct feed_programs *p, uint64_t key)
{
	struct rv_container c = look(p, key);
	uint64_t sent = 0, dropped = 0;

	for (int i = 0; i < RV_EVENT_KINDS; i++) {
		sent += c.sent[i];
		dropped += c.dropped[i];
	}
	printf("sent %llu dropped %llu\n", (unsigned long long)sent, (unsigned long long)dropped);
}

/* ---- records ---- */

static void add_text(struct rv_event *event, enum rv_event_text which, const char *text, size_t size)
{
	memcpy((char *)event + event->len, text, size);
	event->text[which] = (__u16)size;
	event->len += (__u32)size;
}

static void fill(struct rv_event *event, const struct rv_container *c, uint64_t key, uint64_t kind, int rule)
{
	event->len = offsetof(struct rv_event, data);
	event->kind = (__u16)kind;
	event->container = key;
	event->pid = event->tid = 4242;
	event->ppid = 4241;
	event->vpid = 1;
	event->flags = RV_BIT(RV_F_ROOT) | RV_BIT(RV_ORIGIN_IMAGE);
	event->ancestors = 1;
	strcpy(event->comm, "sh");
	strcpy(event->pcomm, "init");
	strcpy(event->ancestor[0].comm, "init");
	event->ancestor[0].pid = 4241;
	memcpy(event->id, c->id, sizeof(event->id));
	if (rule >= 0) {
		event->rules[rule / 64] = RV_BIT(rule % 64);
		event->action = RV_ACTION_ALERT;
	}
	add_text(event, RV_TEXT_EXE, "/bin/sh", 8);
	add_text(event, RV_TEXT_PATH, "/bin/sh", 8);
	add_text(event, RV_TEXT_ARGS, "sh\0-c\0true", 11);
	add_text(event, RV_TEXT_CWD, "/", 2);
}

static void name_process(struct rv_event *event, const char *pid, const char *start)
{
	event->action = RV_ACTION_KILL;
	event->pid = (__u32)number(pid);
	event->start = number(start) * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void put(struct feed_programs *p, const struct feed *f)
{
	int cpus = libbpf_num_possible_cpus();
	struct feed *all = calloc((size_t)cpus, sizeof(*f));
	uint32_t zero = 0;

	for (int i = 0; all && i < cpus; i++)
		all[i] = *f;
	if (!all || bpf_map_update_elem(bpf_map__fd(p->maps.next), &zero, all, BPF_ANY) < 0)
		die("put");
	free(all);
}

static void run(struct feed_programs *p, uint64_t times)
{
	char packet[64] = { 0 };
	struct bpf_test_run_opts opts = { .sz = sizeof(opts), .data_in = packet, .data_size_in = sizeof(packet), .repeat = (int)times };

	if (times && (bpf_prog_test_run_opts(bpf_program__fd(p->progs.feed), &opts) < 0 || opts.retval))
		die("run");
}

static void send(struct feed_programs *p, char **argv, int argc)
{
	const uint64_t key = number(argv[0]), count = number(argv[3]), rate = number(argv[4]);
	const struct timespec step = { .tv_nsec = 1000000 };
	const struct rv_container c = look(p, key);
	struct feed f = { .telemetry = atoi(argv[2]) < 0 };
	struct timespec start, now;

	fill((struct rv_event *)(void *)f.record, &c, key, number(argv[1]), atoi(argv[2]));
	f.len = ((struct rv_event *)(void *)f.record)->len;
	((struct rv_event *)(void *)f.record)->result = argc > 5 ? (__u8)number(argv[5]) : 0;
	if (argc > 7)
		name_process((struct rv_event *)(void *)f.record, argv[6], argv[7]);
	put(p, &f);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint64_t done = 0; done < count;) {
		uint64_t due = count;

		clock_gettime(CLOCK_MONOTONIC, &now);
		if (rate)
			due = (uint64_t)(((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9) * (double)rate);
		due = due < count ? due : count;
		run(p, due - done);
		done = due;
		if (done < count)
			nanosleep(&step, NULL);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%.0f a second\n", (double)count / ((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9));
}

int main(int argc, char **argv)
{
	struct feed_programs *p;

	if (argc == 3 && !strcmp(argv[2], "remove")) {
		remove_set(argv[1]);
		return 0;
	}
	if (argc < 4)
		return 2;
	p = load(argv[1]);
	if (!strcmp(argv[2], "enter") && argc == 6) {
		enter(p, number(argv[3]), argv[4], argv[5]);
	} else if (!strcmp(argv[2], "leave")) {
		uint64_t key = number(argv[3]);

		bpf_map_delete_elem(bpf_map__fd(p->maps.containers), &key);
	} else if (!strcmp(argv[2], "send") && argc >= 8) {
		send(p, argv + 3, argc - 3);
	} else if (!strcmp(argv[2], "counts")) {
		counts(p, number(argv[3]));
	} else {
		return 2;
	}
	feed_programs__destroy(p);
	return 0;
}
