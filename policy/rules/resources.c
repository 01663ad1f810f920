/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "rules/family.h"

static const char *const check_words[] = { "any", "checked", "deny", NULL };

#define SET(field) offsetof(struct rv_settings, resources.field)

static const struct rv_setting settings[] = {
	{ "memoryMax", RV_SET_MAX, SET(memory_max),
	  .doc = "Largest memory limit in bytes; a greater or missing one is set to it. 0: none." },
	{ "memoryDefault", RV_SET_DEFAULT, SET(memory_default),
	  .doc = "Memory limit in bytes for a container that asks for none. 0: none is set." },
	{ "pidsMax", RV_SET_MAX, SET(pids_max), .doc = "Largest number of processes; a greater or missing one is set to it. 0: none." },
	{ "pidsDefault", RV_SET_DEFAULT, SET(pids_default),
	  .doc = "Number of processes for a container that asks for no limit. 0: none is set." },
	{ "cpuSharesDefault", RV_SET_DEFAULT, SET(cpu_shares_default), .max = 262144,
	  .doc = "CPU shares for a container without shares or quota. 0: none is set." },
	{ "oomScoreAdjMin", RV_SET_MIN_INT, SET(oom_score_adj_min), .max = 1000,
	  .doc = "Least process.oomScoreAdj, -1000 to 1000; a smaller one is raised." },
	{ "oomKiller", RV_SET_FLAG, SET(oom_killer), .doc = "memory.disableOOMKiller is taken out." },
	{ "unified", RV_SET_WORD, SET(unified), .words = check_words,
	  .doc = "resources.unified: any, checked (no path, no cgroup.* file, no max), deny." },
	{ "cgroupsPath", RV_SET_WORD, SET(cgroups_path), .words = check_words,
	  .doc = "linux.cgroupsPath: any, checked (no .., not the root, init.scope or system.slice themselves, not one in which others "
		 "run, not none at all). deny is the same as checked." },
	{ "scheduling", RV_SET_WORD, SET(scheduling), .words = check_words,
	  .doc = "Scheduler, nice value and I/O priority: any, checked (no real-time or deadline class, no negative nice), deny (none may "
		 "be set)." },
	{ 0 }
};

/* What is judged: linux.resources of a container, or the whole document of update, where nothing is supplied. */
struct target {
	const struct rv_json *resources;
	const char *base;
	bool update;
};

/* A limit as both runtimes read it: 0, -1 and nothing at all mean none (0 in an update: as it was). */
static bool limit_of(const struct rv_json *object, const char *name, int64_t *limit)
{
	return rv_json_i64(rv_json_get(object, name), limit) && *limit > 0;
}

struct limit_rule {
	const char *object, *max_rule, *default_rule, *unit;
	uint64_t max, supplied;
};

/* Returns what the limit becomes, 0 when it stays. */
static uint64_t judge_limit(struct rv_judge *j, const struct target *t, const struct limit_rule *r)
{
	const struct rv_json *object = rv_json_get(t->resources, r->object);
	const char *pointer = rv_judge_ptr(j, "%s/%s/limit", t->base, r->object);
	int64_t asked = 0;
	uint64_t to = r->max;

	if (limit_of(object, "limit", &asked)) {
		if (!r->max || (uint64_t)asked <= r->max)
			return 0;
		rv_judge_set(j, r->max_rule, pointer, rv_judge_ptr(j, "%" PRIu64, to), "%" PRIu64 " %s at most", to, r->unit);
		return to;
	}
	if (t->update && asked >= 0)
		return 0;
	if (!t->update && r->supplied && (!r->max || r->supplied < r->max))
		to = r->supplied;
	if (to)
		rv_judge_set(j, to == r->max ? r->max_rule : r->default_rule, pointer, rv_judge_ptr(j, "%" PRIu64, to),
			     "no limit was asked for: %" PRIu64 " %s", to, r->unit);
	return to;
}

/* memory.swap counts memory and swap together: as much swap as was asked for stays. */
static void judge_memory(struct rv_judge *j, const struct target *t)
{
	const struct limit_rule rule = { "memory", "resources.memoryMax", "resources.memoryDefault", "bytes",
					 j->set->resources.memory_max, j->set->resources.memory_default };
	const struct rv_json *memory = rv_json_get(t->resources, "memory");
	int64_t limit = 0, swap;
	uint64_t to = judge_limit(j, t, &rule);

	limit_of(memory, "limit", &limit);
	if (to && limit && limit_of(memory, "swap", &swap) && swap >= limit)
		rv_judge_set(j, "resources.memoryMax", rv_judge_ptr(j, "%s/memory/swap", t->base),
			     rv_judge_ptr(j, "%" PRIu64, to + (uint64_t)(swap - limit)), "memory and swap together");
	if (j->set->resources.oom_killer && rv_json_true(rv_json_get(memory, "disableOOMKiller")))
		rv_judge_remove(j, "resources.oomKiller", rv_judge_ptr(j, "%s/memory/disableOOMKiller", t->base),
				"a container at its limit would hang instead of being killed");
}

static void judge_pids(struct rv_judge *j, const struct target *t)
{
	const struct limit_rule rule = { "pids", "resources.pidsMax", "resources.pidsDefault", "processes",
					 j->set->resources.pids_max, j->set->resources.pids_default };

	judge_limit(j, t, &rule);
}

static void judge_cpu(struct rv_judge *j, const struct target *t)
{
	const struct rv_json *cpu = rv_json_get(t->resources, "cpu");
	uint64_t shares = j->set->resources.cpu_shares_default;
	int64_t asked;

	if (shares && !limit_of(cpu, "shares", &asked) && !limit_of(cpu, "quota", &asked))
		rv_judge_set(j, "resources.cpuSharesDefault", rv_judge_ptr(j, "%s/cpu/shares", t->base),
			     rv_judge_ptr(j, "%" PRIu64, shares), "neither shares nor a quota were asked for");
}

/* unified writes any file of the cgroup, after the limits above. */
static const char *unified_fault(const struct rv_judge *j, const char *name, const char *value)
{
	const struct { const char *name; uint64_t max; } limits[] = {
		{ "memory.max", j->set->resources.memory_max }, { "pids.max", j->set->resources.pids_max },
	};
	uint64_t asked;

	if (j->set->resources.unified == RV_CHECK_DENY)
		return "nothing may be set this way";
	if (!*name || strchr(name, '/') || strstr(name, ".."))
		return "it is no file of the cgroup's own";
	if (rv_str_starts(name, "cgroup."))
		return "it changes the cgroup itself";
	if (value && strcmp(value, "max") == 0)
		return "it takes a limit away";
	for (size_t i = 0; i < RV_COUNT(limits); i++)
		if (limits[i].max && strcmp(limits[i].name, name) == 0 &&
		    !(value && rv_str_u64(value, strlen(value), limits[i].max, &asked)))
			return "it is above the limit";
	return NULL;
}

static void judge_unified(struct rv_judge *j, const struct target *t)
{
	if (j->set->resources.unified == RV_CHECK_ANY)
		return;
	rv_json_each(entry, rv_json_get(t->resources, "unified")) {
		const char *what = unified_fault(j, entry->key, rv_json_str(entry));

		if (what)
			rv_judge_remove(j, "resources.unified",
					rv_judge_ptr(j, "%s/unified/%s", t->base, rv_judge_key(j, entry->key)), "%s: %s",
					entry->key, what);
	}
}

/*
 * A path below the cgroup mount, or systemd's slice:prefix:name. runc cleans "..", crun 1.8.1 follows it. A slice or scope of
 * the first level holds what others share: a container in it would sit among them.
 */
static bool cgroup_shared(const char *path)
{
	size_t len;

	if (*path == ':')
		return true;
	for (const char *part = path; *part; part += len + (part[len] != '\0')) {
		len = strcspn(part, "/:");
		if (len == 2 && part[0] == '.' && part[1] == '.')
			return true;
	}
	if (strchr(path, ':'))
		return rv_str_starts(path, "-.slice:") || rv_str_starts(path, "init.scope:");
	path += strspn(path, "/.");
	len = strcspn(path, "/");
	if (path[len + strspn(path + len, "/.")])
		return false;
	return !len || (len > 6 && (strncmp(path + len - 6, ".slice", 6) == 0 || strncmp(path + len - 6, ".scope", 6) == 0));
}

static void judge_cgroup(struct rv_judge *j)
{
	const char *path = rv_json_str(rv_json_get(j->spec->linux_, "cgroupsPath"));

	if (j->set->resources.cgroups_path != RV_CHECK_ANY && path && *path && cgroup_shared(path))
		rv_judge_deny(j, "resources.cgroupsPath", "/linux/cgroupsPath", NULL,
			      "asks for cgroup %s, which is not the container's own", path);
	else if (j->set->resources.cgroups_path != RV_CHECK_ANY && j->facts->cgroup_taken)
		rv_judge_deny(j, "resources.cgroupsPath", "/linux/cgroupsPath", "name one of the container's own",
			      "asks for cgroup %s, in which or below which others run", path ? path : "");
	/* an ordinary user's containers reach no more devices than the user */
	if (j->set->resources.cgroups_path != RV_CHECK_ANY && j->facts->handed.no_cgroups && !j->facts->caller)
		rv_judge_deny(j, "resources.cgroupsPath", "/linux/cgroupsPath",
			      "use --cgroup-manager=cgroupfs or systemd (podman: without --cgroups=disabled)",
			      "asks for no cgroup, and then neither limits nor rules about devices hold");
}

static void judge_oom_score(struct rv_judge *j)
{
	int64_t asked, own, least = j->set->resources.oom_score_adj_min;

	/* exec: nor in place of the container's first process; -1000 is a policy that asks for nothing */
	if (j->container && least > -1000 && rv_json_i64(rv_json_get(j->container->process, "oomScoreAdj"), &own) &&
	    own > least)
		least = own;
	if (rv_json_i64(rv_json_get(j->spec->process, "oomScoreAdj"), &asked) && asked < least)
		rv_judge_set(j, "resources.oomScoreAdjMin", rv_judge_ptr(j, "%s/oomScoreAdj", j->base),
			     rv_judge_ptr(j, "%" PRId64, least), "others would be killed in its place");
}

static void remove_member(struct rv_judge *j, const char *name, const char *why)
{
	const struct rv_json *value = rv_json_get(j->spec->process, name);

	if (value && value->type != RV_JSON_NULL)
		rv_judge_remove(j, "resources.scheduling", rv_judge_ptr(j, "%s/%s", j->base, name), "%s", why);
}

static void judge_scheduling(struct rv_judge *j)
{
	static const char *const fair[] = { "SCHED_OTHER", "SCHED_BATCH", "SCHED_IDLE" };
	const struct rv_json *scheduler = rv_json_get(j->spec->process, "scheduler");
	const char *policy = rv_json_str(rv_json_get(scheduler, "policy"));
	const char *class = rv_json_str(rv_json_get(rv_json_get(j->spec->process, "ioPriority"), "class"));
	bool is_fair = false;
	int64_t nice;

	if (j->set->resources.scheduling == RV_CHECK_ANY)
		return;
	if (j->set->resources.scheduling == RV_CHECK_DENY) {
		remove_member(j, "scheduler", "no scheduling may be set");
		remove_member(j, "ioPriority", "no I/O priority may be set");
		return;
	}
	for (size_t i = 0; policy && i < RV_COUNT(fair); i++)
		is_fair |= strcmp(policy, fair[i]) == 0;
	if (!is_fair)
		remove_member(j, "scheduler", "it would run before everything else on the node");
	else if (rv_json_i64(rv_json_get(scheduler, "nice"), &nice) && nice < 0)
		rv_judge_set(j, "resources.scheduling", rv_judge_ptr(j, "%s/scheduler/nice", j->base), "0",
			     "no negative nice value");
	if (class && strcmp(class, "IOPRIO_CLASS_RT") == 0)
		remove_member(j, "ioPriority", "its I/O would go before everybody else's");
}

static void judge(struct rv_judge *j)
{
	const struct target t = { .resources = rv_json_get(j->spec->linux_, "resources"), .base = "/linux/resources" };

	/* Nobody but the node's administrator chooses what the pause container runs. */
	if (!j->facts->sandbox) {
		judge_memory(j, &t);
		judge_pids(j, &t);
		judge_cpu(j, &t);
	}
	judge_unified(j, &t);
	judge_cgroup(j);
	judge_oom_score(j);
	judge_scheduling(j);
}

static void judge_update(struct rv_judge *j)
{
	const struct target t = { .resources = j->spec->doc->root, .base = "", .update = true };

	judge_memory(j, &t);
	judge_pids(j, &t);
	judge_unified(j, &t);
}

/* Which processors it starts on is for the container to say: the process is not in its cgroup yet. */
static void keep_affinity(struct rv_judge *j)
{
	const struct rv_json *asked = rv_json_get(j->spec->process, "execCPUAffinity");
	const struct rv_json *own = j->container ? rv_json_get(j->container->process, "execCPUAffinity") : NULL;
	const char *pointer = rv_judge_ptr(j, "%s/execCPUAffinity", j->base), *text;

	if (!asked || asked->type == RV_JSON_NULL || j->set->resources.scheduling == RV_CHECK_ANY)
		return;
	text = own ? rv_json_text(j->container->doc, own) : NULL;
	if (!text)
		rv_judge_remove(j, "resources.scheduling", pointer, "the container has none of its own");
	else if (strcmp(text, rv_json_text(j->spec->doc, asked)) != 0)
		rv_judge_set(j, "resources.scheduling", pointer, text, "as the container has it");
}

static void judge_exec(struct rv_judge *j)
{
	judge_oom_score(j);
	judge_scheduling(j);
	keep_affinity(j);
}

const struct rv_family rv_family_resources = {
	.name = "resources",
	.settings = settings,
	.judge = judge,
	.judge_exec = judge_exec,
	.judge_update = judge_update,
	.doc = "Cgroup limits and placement, scheduling.",
};
