/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <linux/capability.h>

#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, rlimits.field)

static const struct rv_setting settings[] = {
	{ "max", RV_SET_LIMITS, SET(max),
	  .doc = "Largest hard limit by name (RLIMIT_NOFILE); a greater one is lowered." },
	{ 0 }
};

static void lower(struct rv_judge *j, const struct rv_json *entry, const char *which, const struct rv_limit *limit)
{
	const struct rv_json *value = rv_json_get(entry, which);
	uint64_t asked;

	if (!value || !rv_json_u64(value, &asked) || asked <= limit->max)
		return;
	rv_judge_set(j, "rlimits.max", rv_judge_ptr(j, "%s/rlimits/%u/%s", j->base, entry->index, which),
		     rv_judge_ptr(j, "%" PRIu64, limit->max), "%s may be %" PRIu64 " at most", limit->name, limit->max);
}

/* Every entry: a runtime sets them one after the other, so the last of two with one name would win. */
static void lower_all(struct rv_judge *j)
{
	const struct rv_limits *max = &j->set->rlimits.max;

	rv_json_each(entry, rv_json_get(j->spec->process, "rlimits")) {
		const char *type = rv_json_str(rv_json_get(entry, "type"));

		for (size_t i = 0; type && i < max->count; i++)
			if (strcmp(max->item[i].name, type) == 0) {
				lower(j, entry, "hard", &max->item[i]);
				lower(j, entry, "soft", &max->item[i]);
			}
	}
}

static void judge(struct rv_judge *j)
{
	/* Nobody but the node's administrator chooses what the pause container runs. */
	if (j->facts->sandbox)
		return;
	lower_all(j);
	if (j->set->rlimits.max.count && j->bounding & UINT64_C(1) << CAP_SYS_RESOURCE)
		rv_judge_warn(j, "CAP_SYS_RESOURCE lets the container raise its limits above rlimits.max");
}

const struct rv_family rv_family_rlimits = {
	.name = "rlimits",
	.settings = settings,
	.judge = judge,
	.judge_exec = lower_all,
	.doc = "process.rlimits.",
};
