/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const check_words[] = { "any", "checked", "deny", NULL };

#define SET(field) offsetof(struct rv_settings, resources.field)

static const struct rv_setting settings[] = {
	{ "memoryMax", RV_SET_MAX, SET(memory_max),
	  .doc = "Largest memory limit in bytes; a greater or missing one is set to it. 0: none." },
	{ "memoryDefault", RV_SET_DEFAULT, SET(memory_default),
	  .doc = "Memory limit in bytes for a container that asks for none. 0: none is set." },
	{ "pidsMax", RV_SET_MAX, SET(pids_max),
	  .doc = "Largest number of processes; a greater or missing one is set to it. 0: none." },
	{ "pidsDefault", RV_SET_DEFAULT, SET(pids_default),
	  .doc = "Number of processes for a container that asks for no limit. 0: none is set." },
	{ "cpuSharesDefault", RV_SET_DEFAULT, SET(cpu_shares_default), .max = 262144,
	  .doc = "CPU shares for a container without shares or quota. 0: none is set." },
	{ "oomScoreAdjMin", RV_SET_MIN_INT, SET(oom_score_adj_min),
	  .doc = "Least process.oomScoreAdj, -1000 to 1000; a smaller one is raised." },
	{ "oomKiller", RV_SET_FLAG, SET(oom_killer),
	  .doc = "memory.disableOOMKiller is taken out." },
	{ "unified", RV_SET_WORD, SET(unified), .words = check_words,
	  .doc = "resources.unified: any, checked (no path, no cgroup.* file, no max), deny." },
	{ "cgroupsPath", RV_SET_WORD, SET(cgroups_path), .words = check_words,
	  .doc = "linux.cgroupsPath: any, checked (no .., not the root, init.scope or system.slice themselves). deny is the same as checked." },
	{ "scheduling", RV_SET_WORD, SET(scheduling), .words = check_words,
	  .doc = "Scheduler, nice value and I/O priority: any, checked (no real-time or deadline class, no negative nice), deny (none may be set)." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_resources = {
	.name = "resources",
	.settings = settings,
	.judge = judge,
	.doc = "Cgroup limits and placement, scheduling.",
};
