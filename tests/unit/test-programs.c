/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel programs on this kernel: cgroups of their own stand for containers, copies of this program for what runs in them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <mntent.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <cmocka.h>

#include "bpf/shared.h"
#include "inside.h"
#include "load/skeleton.h"

#define EVENTS 256

static struct rv_programs *programs;
static struct ring_buffer *rings;
static struct rv_event *events[EVENTS];
static size_t event_count;
static uint32_t clause_count;
static char unified[256], cgroup[300], directory[64], self[4096];
static uint64_t id;

/* ---- the container from outside ---- */

static int on_event(void *context, void *data, size_t size)
{
	const struct rv_event *e = data;

	(void)context;
	if (e->container != id || event_count == EVENTS)
		return 0;
	events[event_count] = malloc(size);
	memcpy(events[event_count++], e, size);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct rv_event *const *one = a, *const *other = b;

	return (*one)->seq < (*other)->seq ? -1 : 1;
}

/* From both rings, in the order in which they happened. */
static void take_events(void)
{
	ring_buffer__consume(rings);
	qsort(events, event_count, sizeof(*events), by_number);
}

static void forget(void)
{
	while (event_count)
		free(events[--event_count]);
}

static void put(struct bpf_map *map, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY), 0);
}

/* A pattern's bit; below: all in it, else the path alone. */
static void path_class(const char *path, bool below, uint64_t bit)
{
	struct rv_path_key key = { .prefixlen = (uint32_t)(8 * (1 + strlen(path) + !below)) };
	struct rv_path_bits bits = { .bits = { bit } };

	snprintf(key.text, sizeof(key.text), "%c%.200s", RV_KEY_PATH, path);
	put(programs->maps.paths, &key, &bits);
}

static void dns_class(char tag, const char *name, bool whole, uint64_t bit)
{
	struct rv_path_key key = { .prefixlen = (uint32_t)(8 * (1 + strlen(name) + whole)) };
	struct rv_path_bits bits = { .bits = { bit } };

	snprintf(key.text, sizeof(key.text), "%c%.200s", tag, name);
	put(programs->maps.paths, &key, &bits);
}

enum clause { PLAIN, EXCEPTION, CANDIDATE };

/* Clauses of a kind come one after the other. */
static void clause(uint32_t kind, unsigned rule, enum clause what, uint64_t bit)
{
	struct rv_clause c = { .rule = (uint16_t)rule, .exception = what == EXCEPTION, .candidate = what == CANDIDATE, .count = 1,
			       .term = { { bit, bit, RV_W_PATH, 0 } } };
	struct rv_clause_range range;

	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(programs->maps.ranges), &kind, &range), 0);
	if (!range.count++)
		range.first = clause_count;
	put(programs->maps.clauses, &clause_count, &c);
	put(programs->maps.ranges, &kind, &range);
	clause_count++;
}

static void enter(enum rv_action action, uint64_t ceiling)
{
	struct rv_container c = { .ceiling = ceiling, .flags = RV_C_CAPS, .id = "test" };
	struct stat st;

	memset(c.action, action, sizeof(c.action));
	snprintf(cgroup, sizeof(cgroup), "%s/reeve-programs-%d", unified, getpid());
	assert_int_equal(mkdir(cgroup, 0755), 0);
	assert_int_equal(stat(cgroup, &st), 0);
	id = st.st_ino;
	put(programs->maps.containers, &id, &c);
	put(programs->maps.cgroups, &id, &id);
}

static pid_t start_init(int go, int said, const char *const argv[])
{
	pid_t pid = fork();
	char byte;

	if (pid)
		return pid;
	if (join_cgroup(cgroup) || write(said, "x", 1) != 1 || dup2(said, 3) < 0 || read(go, &byte, 1) != 1)
		_exit(8);
	execv(self, (char *const *)(uintptr_t)argv);
	_exit(9);
}

/* Runs argv as the container's entrypoint; *said: bytes that came out of it. */
static int contain(const char *const argv[], size_t *said)
{
	struct rv_task init = { .container = id, .flags = RV_T_INIT | RV_T_OUTSIDE };
	int go[2], out[2], status, fd;
	char bytes[64];
	pid_t pid;
	ssize_t n;

	assert_int_equal(pipe2(go, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	pid = start_init(go[0], out[1], argv);
	close(out[1]);
	/* it has joined */
	assert_int_equal(read(out[0], bytes, 1), 1);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	put(programs->maps.tasks, &fd, &init);
	close(fd);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = read(out[0], bytes, sizeof(bytes));
	*said = n > 0 ? (size_t)n : 0;
	close(go[0]);
	close(go[1]);
	close(out[0]);
	take_events();
	return status;
}

static void leave(struct rv_container *c)
{
	int rc = -1;

	for (int i = 0; i < 3000 && (rc = rmdir(cgroup)) < 0 && errno == EBUSY; i++)
		usleep(10000);
	assert_int_equal(rc, 0);
	take_events();
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(programs->maps.containers), &id, c), 0);
	bpf_map_delete_elem(bpf_map__fd(programs->maps.containers), &id);
}

static const struct rv_event *nth(enum rv_kind_of_event kind, size_t n)
{
	for (size_t i = 0; i < event_count; i++)
		if (events[i]->kind == kind && n-- == 0)
			return events[i];
	return NULL;
}

static size_t count_of(enum rv_kind_of_event kind)
{
	size_t n = 0;

	while (nth(kind, n))
		n++;
	return n;
}

/* ---- tests ---- */

static void test_start(void **state)
{
	const char *const argv[] = { self, "inside", "say", NULL };
	struct rv_container c;
	struct rv_used_key key;
	struct rv_used record;
	const struct rv_event *e;
	size_t said;

	(void)state;
	enter(RV_ACTION_ALERT, UINT64_MAX);
	assert_int_equal(contain(argv, &said), 0);
	leave(&c);
	assert_int_equal(said, 1);
	assert_int_equal(c.execs, 1);
	/* a sanitizer looks for leaks from a process of its own */
	assert_int_equal(c.exits, count_of(RV_EVENT_EXIT));
	assert_int_equal(c.seq, event_count);
	assert_non_null(nth(RV_EVENT_START, 0));
	e = nth(RV_EVENT_EXEC, 0);
	assert_non_null(e);
	assert_true(e->flags & RV_BIT(RV_F_ENTRY) && e->flags & RV_BIT(RV_F_INIT));
	assert_string_equal(e->data, self);
	assert_int_equal(e->text[RV_TEXT_ARGS], strlen(self) + sizeof("\0inside\0say") - 1 + 1);
	assert_int_equal(nth(RV_EVENT_EXIT, 0)->exit.status, 0);
	assert_non_null(nth(RV_EVENT_END, 0));
	key = (struct rv_used_key){ id, c.head };
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(programs->maps.used), &key, &record), 0);
	assert_int_equal(record.kind, RV_USED_EXE);
	assert_int_equal(record.next, 0);
	assert_int_equal(strncmp(record.text, self, sizeof(record.text) - 1), 0);
}

static const char *file_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void test_killed_before_it_ran(void **state)
{
	const char *const argv[] = { self, "inside", "run", file_of("bad"), NULL };
	struct rv_container c;
	const struct rv_event *e;
	size_t said;

	(void)state;
	enter(RV_ACTION_KILL, UINT64_MAX);
	assert_int_equal(WEXITSTATUS(contain(argv, &said)), 7);
	leave(&c);
	assert_int_equal(said, 0);
	e = nth(RV_EVENT_EXEC, 1);
	assert_non_null(e);
	assert_int_equal(e->rules[0], 1);
	assert_int_equal(e->action, RV_ACTION_KILL);
	assert_int_equal(e->result, RV_RESULT_KILLED);
	assert_int_equal(c.fired[0], 1);
}

static void test_exception(void **state)
{
	const char *const argv[] = { self, "inside", "run", file_of("good"), NULL };
	struct rv_container c;
	size_t said;

	(void)state;
	enter(RV_ACTION_KILL, UINT64_MAX);
	assert_int_equal(contain(argv, &said), 0);
	leave(&c);
	assert_int_equal(said, 1);
	assert_int_equal(c.fired[0], 0);
}

static void test_off(void **state)
{
	const char *const argv[] = { self, "inside", "run", file_of("bad"), NULL };
	struct rv_container c;
	size_t said;

	(void)state;
	enter(RV_ACTION_OFF, UINT64_MAX);
	assert_int_equal(contain(argv, &said), 0);
	leave(&c);
	assert_int_equal(said, 1);
	assert_int_equal(c.fired[0], 0);
}

static void test_truncated_holds(void **state)
{
	const char *const argv[] = { self, "inside", "deep", directory, file_of("bad"), NULL };
	struct rv_container c;
	const struct rv_event *e;
	size_t said;

	(void)state;
	enter(RV_ACTION_KILL, UINT64_MAX);
	assert_int_equal(contain(argv, &said), 0);
	leave(&c);
	assert_int_equal(said, 0);
	e = nth(RV_EVENT_EXEC, 1);
	assert_non_null(e);
	assert_true(e->flags & RV_BIT(RV_F_TRUNCATED));
	assert_int_equal(e->rules[0], RV_BIT(0) | RV_BIT(2));
}

static void test_excess(void **state)
{
	const char *const argv[] = { self, "inside", "say", NULL };
	struct rv_container c;
	size_t said;
	int status;

	(void)state;
	enter(RV_ACTION_ALERT, 0);
	status = contain(argv, &said);
	leave(&c);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(said, 0);
	assert_non_null(nth(RV_EVENT_EXCESS, 0));
	assert_true(nth(RV_EVENT_EXCESS, 0)->flags & RV_BIT(RV_EXCESS_CAPABILITIES));
	assert_null(nth(RV_EVENT_EXEC, 0));
}

static void test_leaving_is_no_escape(void **state)
{
	const char *const argv[] = { self, "inside", "leave", unified, file_of("bad"), NULL };
	struct rv_container c;
	size_t said;

	(void)state;
	enter(RV_ACTION_ALERT, UINT64_MAX);
	assert_int_equal(contain(argv, &said), 0);
	leave(&c);
	assert_int_equal(said, 1);
	assert_int_equal(count_of(RV_EVENT_LEFT), 1);
	assert_int_equal(nth(RV_EVENT_LEFT, 0)->left.before, id);
	assert_int_equal(nth(RV_EVENT_EXEC, 1)->rules[0], 1);
}

static void test_below_and_from_outside(void **state)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	struct rv_container c;
	const struct rv_event *e;
	char below[320];
	pid_t pid;

	(void)state;
	enter(RV_ACTION_ALERT, UINT64_MAX);
	snprintf(below, sizeof(below), "%s/below", cgroup);
	assert_int_equal(mkdir(below, 0755), 0);
	args.cgroup = (uint64_t)open(below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		execl(self, self, "inside", "nothing", (char *)NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close((int)args.cgroup);
	assert_int_equal(rmdir(below), 0);
	leave(&c);
	e = nth(RV_EVENT_EXEC, 0);
	assert_non_null(e);
	assert_true(e->flags & RV_BIT(RV_F_ENTRY) && e->flags & RV_BIT(RV_F_ENTERED) && !(e->flags & RV_BIT(RV_F_INIT)));
	assert_int_equal(count_of(RV_EVENT_END), 1);
}

/* Executes the file often; how many records said that the rule fired. */
static size_t fire(const char *file, unsigned rule, struct rv_rate *rate)
{
	const char *const argv[] = { self, "inside", "often", file, NULL };
	struct rv_rate_key key;
	struct rv_container c;
	size_t said, fired = 0;

	enter(RV_ACTION_ALERT, UINT64_MAX);
	assert_int_equal(contain(argv, &said), 0);
	leave(&c);
	for (size_t i = 0; i < event_count; i++)
		fired += events[i]->kind == RV_EVENT_EXEC && events[i]->rules[0] & RV_BIT(rule);
	key = (struct rv_rate_key){ .container = id, .rule = rule };
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(programs->maps.rates), &key, rate), 0);
	assert_int_equal(rate->total, fired);
	assert_int_equal(rate->total + rate->total_suppressed, 2 * RV_RATE_ALERTS);
	assert_int_equal(c.seq, event_count);
	return fired;
}

static void test_rate(void **state)
{
	struct rv_rate rate;

	(void)state;
	assert_true(fire(file_of("bad"), 0, &rate) >= RV_RATE_ALERTS);
}

/* Nobody has decided yet whether these are alerts. */
static void test_rate_of_candidates(void **state)
{
	struct rv_rate rate;

	(void)state;
	assert_int_equal(fire(file_of("perhaps"), 2, &rate), 2 * RV_RATE_ALERTS);
}

/* Asks for a name; false: it could not be sent. */
static bool ask(enum rv_action action, const char *name, struct rv_container *c)
{
	const char *const argv[] = { self, "inside", "ask", name, NULL };
	struct bpf_link *link;
	size_t said;
	int status, fd;

	enter(action, UINT64_MAX);
	fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	link = bpf_program__attach_cgroup(programs->progs.rv_dns_asked, fd);
	assert_non_null(link);
	close(fd);
	status = contain(argv, &said);
	bpf_link__destroy(link);
	leave(c);
	return status == 0;
}

static void test_names_asked_for(void **state)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz.abcdefghijklmnopqrstuvwxyz.";
	char longest[254] = "";
	const struct rv_event *e;
	struct rv_container c;
	struct rv_used_key key;
	struct rv_used record;

	(void)state;
	assert_true(ask(RV_ACTION_ALERT, "Pool.BAD.example", &c));
	e = nth(RV_EVENT_DNS, 0);
	assert_non_null(e);
	assert_int_equal(e->rules[0], 2);
	assert_true(e->text[RV_TEXT_PATH] == sizeof("pool.bad.example"));
	assert_string_equal(e->data + e->text[RV_TEXT_EXE], "pool.bad.example");
	key = (struct rv_used_key){ id, c.head };
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(programs->maps.used), &key, &record), 0);
	assert_int_equal(record.kind, RV_USED_NAME);
	assert_string_equal(record.text, "pool.bad.example");
	forget();
	assert_true(ask(RV_ACTION_DENY, "good.bad.example", &c));
	e = nth(RV_EVENT_DNS, 0);
	assert_non_null(e);
	assert_int_equal(e->rules[0], 0);
	assert_string_equal(e->data + e->text[RV_TEXT_EXE], "good.bad.example");
	forget();
	assert_false(ask(RV_ACTION_DENY, "pool.bad.example", &c));
	assert_non_null(nth(RV_EVENT_DNS, 0));
	assert_int_equal(nth(RV_EVENT_DNS, 0)->result, RV_RESULT_DENIED);
	forget();
	for (size_t i = 0; i < sizeof(longest) - 1; i++)
		longest[i] = alphabet[i % (sizeof(alphabet) - 1)];
	assert_true(ask(RV_ACTION_DENY, longest, &c));
	assert_non_null(nth(RV_EVENT_DNS, 0));
	assert_string_equal(nth(RV_EVENT_DNS, 0)->data + nth(RV_EVENT_DNS, 0)->text[RV_TEXT_EXE], longest);
}

/* What cannot be read may be any name. */
static void test_name_that_is_none(void **state)
{
	char longer[257] = "";
	struct rv_container c;

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	for (size_t i = 50; i < sizeof(longer) - 1; i += 50)
		longer[i] = '.';
	for (const char *const *name = (const char *const[]){ "^", "good.^", longer, NULL }; *name; name++) {
		assert_false(ask(RV_ACTION_DENY, *name, &c));
		assert_non_null(nth(RV_EVENT_DNS, 0));
		assert_int_equal(nth(RV_EVENT_DNS, 0)->result, RV_RESULT_DENIED);
		assert_true(nth(RV_EVENT_DNS, 0)->flags & RV_BIT(RV_F_TRUNCATED));
		assert_int_equal(c.used_count[RV_USED_NAME], 0);
		forget();
		assert_true(ask(RV_ACTION_OFF, *name, &c));
		forget();
	}
	assert_true(ask(RV_ACTION_DENY, "", &c));
	assert_int_equal(count_of(RV_EVENT_DNS), 0);
}

static void take_areas(uint32_t which)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *busy = calloc((size_t)cpus, sizeof(*busy));
	const uint32_t zero = 0;

	for (int i = 0; i < cpus; i++)
		memcpy(&busy[i], &which, sizeof(which));
	put(programs->maps.areas_busy, &zero, busy);
	free(busy);
}

static void test_name_without_memory(void **state)
{
	struct rv_container c;

	(void)state;
	take_areas(15);
	assert_false(ask(RV_ACTION_DENY, "good.bad.example", &c));
	assert_int_equal(count_of(RV_EVENT_DNS), 0);
	assert_true(ask(RV_ACTION_ALERT, "pool.bad.example", &c));
	take_areas(0);
	assert_true(ask(RV_ACTION_DENY, "good.bad.example", &c));
}

/* ---- the programs ---- */

static bool find_cgroup2(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;

	while (mounts && !unified[0] && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, "cgroup2"))
			snprintf(unified, sizeof(unified), "%s", m->mnt_dir);
	if (mounts)
		endmntent(mounts);
	return unified[0];
}

static void copy_self(const char *name)
{
	char command[4400];

	snprintf(command, sizeof(command), "cp '%s' '%s'", self, file_of(name));
	assert_int_equal(system(command), 0); /* NOLINT(*-env33-c): paths of our own */
}

/* net: RV_NET_* of netmode.h. */
static bool load(unsigned net)
{
	struct bpf_program *p;

	programs = rv_programs__open();
	if (!programs)
		return false;
	bpf_object__for_each_program(p, programs->obj)
		bpf_program__set_autoload(p, !strncmp(bpf_program__name(p), "rv_", 3));
	programs->rodata->rv_net_mode = net;
	if (rv_programs__load(programs) == 0)
		return true;
	rv_programs__destroy(programs);
	programs = NULL;
	return false;
}

static int set_up(void **state)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	if (geteuid() != 0 || access("/sys/kernel/btf/vmlinux", R_OK) < 0 || !find_cgroup2())
		return 0;
	/* before 6.13 programs of cgroups do not see tasks */
	if (n <= 0 || (!load(2) && !load(1)) || rv_programs__attach(programs) < 0)
		return -1;
	snprintf(directory, sizeof(directory), "/tmp/reeve-programs-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	rings = ring_buffer__new(bpf_map__fd(programs->maps.alerts), on_event, NULL, NULL);
	if (!rings || ring_buffer__add(rings, bpf_map__fd(programs->maps.telemetry), on_event, NULL))
		return -1;
	copy_self("bad");
	copy_self("good");
	copy_self("perhaps");
	path_class(file_of(""), true, 1);
	path_class(file_of("good"), false, 1 | 2);
	path_class(file_of("perhaps"), false, 1 | 2 | 4);
	clause(RV_EVENT_EXEC, 0, EXCEPTION, 2);
	clause(RV_EVENT_EXEC, 0, PLAIN, 1);
	clause(RV_EVENT_EXEC, 2, CANDIDATE, 4);
	dns_class(RV_KEY_DNS, "good.bad.example", true, 2);
	dns_class(RV_KEY_DNS_END, "elpmaxe.dab.", false, 1);
	clause(RV_EVENT_DNS, 1, EXCEPTION, 2);
	clause(RV_EVENT_DNS, 1, PLAIN, 1);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	ring_buffer__free(rings);
	rv_programs__destroy(programs);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return directory[0] && system(command) ? -1 : 0; /* NOLINT(*-env33-c) */
}

static int each(void **state)
{
	(void)state;
	forget();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, each, each)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_start), TEST(test_killed_before_it_ran), TEST(test_exception), TEST(test_off), TEST(test_truncated_holds),
		TEST(test_excess), TEST(test_leaving_is_no_escape), TEST(test_below_and_from_outside), TEST(test_rate),
		TEST(test_rate_of_candidates), TEST(test_names_asked_for),
		TEST(test_name_that_is_none), TEST(test_name_without_memory),
	};

	if (argc > 2 && !strcmp(argv[1], "inside"))
		return inside(argc, argv);
	if (geteuid() != 0 || access("/sys/kernel/btf/vmlinux", R_OK) < 0 || !find_cgroup2()) {
		puts("1..0 # SKIP needs root, BTF and cgroup2");
		return 77;
	}
	return cmocka_run_group_tests_name("programs", tests, set_up, tear_down);
}
