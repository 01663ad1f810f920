/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same documents read by reeve, runc and crun. What reeve accepts is started under both runtimes, and the container says
 * what it became: no two that start it may differ, nor may either differ from what reeve reads in the document. What reeve
 * refuses is tried too, a few times, to show that this test can see a difference.
 *
 * REEVE_DIFFERENTIAL_COUNT: how many accepted documents to start (default 200; 0: all, a few minutes). TAP.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mutate.h"
#include "observe.h"
#include "predict.h"

#define COUNT_DEFAULT 200
#define CONTROLS      40
#define CONTROLS_SEEN 10 /* of these, at least so many must differ */

static const char base_text[] =
	"{\"ociVersion\":\"1.0.2\",\n\"process\":{\"terminal\":false,\"user\":{\"uid\":1000,\"gid\":1001,\"umask\":7,\"additionalGids\":[5,1007]},\n"
	"\"args\":[\"/probe\",\"one\",\"two\"],\"env\":[\"PATH=/bin\",\"HOME=/\",\"A=1\"],\"cwd\":\"/tmp\",\n"
	"\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"effective\":[\"CAP_KILL\"],\"inheritable\":[\"CAP_KILL\"],"
	"\"permitted\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"ambient\":[\"CAP_KILL\"]},\n"
	"\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":512,\"soft\":256}],\"noNewPrivileges\":true,\"oomScoreAdj\":100},\n"
	"\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"hostname\":\"different\",\n"
	"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},\n"
	"{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"nosuid\",\"mode=755\"]},\n"
	"{\"destination\":\"/m/a\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"nosuid\",\"noexec\",\"size=64k\"]},\n"
	"{\"destination\":\"/m/b\",\"type\":\"bind\",\"source\":\"share\",\"options\":[\"rbind\",\"ro\"]},\n"
	"{\"destination\":\"/cg\",\"type\":\"bind\",\"source\":\"/sys/fs/cgroup\",\"options\":[\"rbind\",\"ro\"]}],\n"
	"\"hooks\":{\"createRuntime\":[{\"path\":\"%s/probe\",\"args\":[\"hook\",\"x\"],\"env\":[\"H=1\"],\"timeout\":5}]},\n"
	"\"annotations\":{\"org.example.a\":\"b\"},\n"
	"\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"mount\"}%s],%s\n"
	"\"cgroupsPath\":\"/%s/c\",\"sysctl\":{\"net.ipv4.ip_unprivileged_port_start\":\"1000\"},%s\n"
	"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"sched_get_priority_max\"],\"action\":\"SCMP_ACT_ERRNO\","
	"\"errnoRet\":77,\"args\":[{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_EQ\"}]}]},\n"
	"\"rootfsPropagation\":\"private\",\"maskedPaths\":[\"/secret\"],\"readonlyPaths\":[\"/rodir\"]}}\n";

/* Limits and device nodes need the host's ids. */
static const char limits[] =
	"\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\",\"major\":4,\"minor\":77,\"access\":\"rw\"}],"
	"\"memory\":{\"limit\":67108864,\"reservation\":33554432},\"cpu\":{\"shares\":512,\"quota\":50000,\"period\":100000},\"pids\":{\"limit\":100}},\n"
	"\"devices\":[{\"path\":\"/dev/xt\",\"type\":\"c\",\"major\":1,\"minor\":3,\"fileMode\":416,\"uid\":3,\"gid\":4}],\n";

#define MAP	       "[{\"containerID\":0,\"hostID\":100000,\"size\":65536}]"
#define USER_NAMESPACE ",{\"type\":\"user\"}", "\"uidMappings\":" MAP ",\"gidMappings\":" MAP ",", ""

static const struct {
	const char *namespaces, *maps, *limits;
	const char *only; /* mutate what is below this */
} bases[] = {
	{ "", "", limits, "" },
	{ USER_NAMESPACE, "/linux/uidMappings" },
	{ USER_NAMESPACE, "/linux/gidMappings" },
	{ USER_NAMESPACE, "/process/user" },
};

/* Read the same, done differently: what policy says about it is tested with its family. */
static const char *const known[] = {
	"removed at /linux/resources/devices/0", /* without deny-all first runc denies, crun <= 1.8 allows: the devices family */
	"0 at /linux/resources/memory/reservation", /* no reservation to runc, one of nothing to crun: neither limits */
};

static volatile sig_atomic_t stopped;

/* Stopped half-way it still cleans up. */
static void stop(int signal)
{
	stopped = signal;
}

struct tally {
	size_t started, refused_by_both, refused_by_one, bad, controls, controls_seen;
};

static int refused_by_reeve(const struct mutation *m)
{
	rv_autojson doc = { 0 };
	struct rv_spec spec;
	int rc = rv_json_parse(&doc, m->text, m->len, RV_JSON_MAX, 0, NULL);

	return rc ? rc : rv_spec_view(&spec, &doc, NULL);
}

static void note_lines(const char *who, const char *text)
{
	for (size_t len; *text; text += len + (text[len] != '\0')) {
		len = strcspn(text, "\n");
		printf("#   %s: %.*s\n", who, (int)len, text);
	}
}

/* The lines of a that b lacks. */
static void note_missing(const char *who, const char *a, const char *b)
{
	for (size_t len; *a; a += len + (a[len] != '\0')) {
		rv_autobuf line = { 0 };

		len = strcspn(a, "\n");
		rv_buf_addc(&line, '\n');
		rv_buf_add(&line, a, len);
		rv_buf_addc(&line, '\n');
		if (len && !strstr(b, rv_buf_str(&line) + 1))
			note_lines(who, rv_buf_str(&line) + 1);
	}
}

static bool check_against(const char *who, const struct observation *o, const char *read)
{
	rv_autobuf want = { 0 }, got = { 0 };

	if (!o->started || predict_agrees(read, rv_buf_str(&o->said), &want, &got))
		return true;
	note_lines("document", rv_buf_str(&want));
	note_lines(who, rv_buf_str(&got));
	return false;
}

static void try_accepted(const struct mutation *m, struct tally *t)
{
	struct observation runc = { 0 }, crun = { 0 };
	rv_autobuf read = { 0 };
	bool good;

	observe("runc", m->text, m->len, &runc);
	observe("crun", m->text, m->len, &crun);
	predict(m->text, m->len, &read);
	t->started += runc.started && crun.started;
	t->refused_by_both += !runc.started && !crun.started;
	t->refused_by_one += runc.started != crun.started;
	good = check_against("runc", &runc, rv_buf_str(&read)) && check_against("crun", &crun, rv_buf_str(&read));
	if (runc.started && crun.started && strcmp(rv_buf_str(&runc.said), rv_buf_str(&crun.said)) != 0) {
		note_missing("runc", rv_buf_str(&runc.said), rv_buf_str(&crun.said));
		note_missing("crun", rv_buf_str(&crun.said), rv_buf_str(&runc.said));
		good = false;
	}
	if (!good)
		printf("# accepted, but read differently: %s\n", m->name);
	else if (getenv("REEVE_DIFFERENTIAL_VERBOSE"))
		printf("# %s: runc %d crun %d\n", m->name, runc.started, crun.started);
	t->bad += !good;
	rv_buf_done(&runc.said);
	rv_buf_done(&crun.said);
}

static void try_refused(const struct mutation *m, struct tally *t)
{
	struct observation runc = { 0 }, crun = { 0 };

	observe("runc", m->text, m->len, &runc);
	observe("crun", m->text, m->len, &crun);
	t->controls++;
	t->controls_seen += runc.started != crun.started || (runc.started && strcmp(rv_buf_str(&runc.said), rv_buf_str(&crun.said)) != 0);
	rv_buf_done(&runc.said);
	rv_buf_done(&crun.said);
}

/* The same shuffle every time. */
static int by_lot(const void *a, const void *b)
{
	const struct mutation *x = a, *y = b;
	uint32_t i = rv_json_name_hash(x->name) * 2654435761u, j = rv_json_name_hash(y->name) * 2654435761u;

	return i < j ? -1 : i > j;
}

static bool is_known(const struct mutation *m)
{
	for (size_t i = 0; i < RV_COUNT(known); i++)
		if (strcmp(m->name, known[i]) == 0)
			return true;
	return false;
}

static void try_all(struct mutations *m, size_t count, struct tally *t)
{
	size_t accepted = 0, refused = 0;

	qsort(m->item, m->count, sizeof(*m->item), by_lot);
	for (size_t i = 0; i < m->count && !stopped; i++) {
		if (is_known(&m->item[i]))
			continue;
		if (!refused_by_reeve(&m->item[i])) {
			if (accepted++ < count)
				try_accepted(&m->item[i], t);
		} else if (refused++ < CONTROLS) {
			try_refused(&m->item[i], t);
		}
	}
	printf("# %zu documents: reeve refuses %zu; of %zu accepted and tried %zu started under both, %zu under one, %zu under none\n",
	       m->count, refused, accepted < count ? accepted : count, t->started, t->refused_by_one, t->refused_by_both);
}

static int report(const struct tally *t)
{
	bool started = t->started * 4 >= t->started + t->refused_by_both + t->refused_by_one;

	printf("%s 1 - what reeve accepts is read the same by reeve, runc and crun\n", t->bad ? "not ok" : "ok");
	printf("%s 2 - at least a quarter of it starts under both\n", started ? "ok" : "not ok");
	printf("%s 3 - of %zu that reeve refuses %zu are read differently\n", t->controls_seen >= CONTROLS_SEEN ? "ok" : "not ok",
	       t->controls, t->controls_seen);
	printf("1..3\n");
	return t->bad || t->controls_seen < CONTROLS_SEEN || !started;
}

int main(void)
{
	const char *wanted = getenv("REEVE_DIFFERENTIAL_COUNT"), *missing = observe_begin();
	size_t count = wanted ? strtoul(wanted, NULL, 10) : COUNT_DEFAULT;
	struct mutations m = { 0 };
	struct tally tally = { 0 };

	if (missing) {
		printf("1..0 # SKIP %s\n", missing);
		return 77;
	}
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < RV_COUNT(bases); i++) {
		rv_autobuf text = { 0 };
		rv_autojson base = { 0 };

		rv_buf_addf(&text, base_text, observe_dir(), bases[i].namespaces, bases[i].maps, observe_cgroup(),
			    bases[i].limits);
		if (rv_json_parse(&base, text.data, text.len, RV_JSON_MAX, 0, NULL))
			abort();
		mutate_all(&base, bases[i].only, &m);
	}
	try_all(&m, count ? count : SIZE_MAX, &tally);
	mutations_done(&m);
	observe_end();
	if (stopped) {
		printf("Bail out! stopped by signal %d\n", (int)stopped);
		return 1;
	}
	return report(&tally);
}
