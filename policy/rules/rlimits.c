/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, rlimits.field)

static const struct rv_setting settings[] = {
	{ "max", RV_SET_LIMITS, SET(max),
	  .doc = "Largest hard limit by name (RLIMIT_NOFILE); a greater one is lowered." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_rlimits = {
	.name = "rlimits",
	.settings = settings,
	.judge = judge,
	.doc = "process.rlimits.",
};
