/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, lifecycle.field)

static const struct rv_setting settings[] = {
	{ "update", RV_SET_WORD, SET(update), .words = rv_words_allow,
	  .doc = "update: allow (within resources), deny." },
	{ "checkpoint", RV_SET_WORD, SET(checkpoint), .words = rv_words_allow,
	  .doc = "checkpoint, which writes the memory to a file: allow, deny." },
	{ "restore", RV_SET_WORD, SET(restore), .words = rv_words_allow,
	  .doc = "restore, whose image carries credentials and filters that no document shows: allow, deny." },
	{ 0 }
};

static const struct {
	const char *action;
	size_t offset;
	const char *rule, *reason;
} actions[] = {
	{ "update", SET(update), "lifecycle.update", "a container's limits may not be changed" },
	{ "checkpoint", SET(checkpoint), "lifecycle.checkpoint", "a checkpoint writes the container's memory to a file" },
	{ "restore", SET(restore), "lifecycle.restore",
	  "what is restored brings credentials and filters that no document shows" },
};

void rv_judge_lifecycle(struct rv_judge *j, const char *action)
{
	for (size_t i = 0; i < RV_COUNT(actions); i++)
		if (strcmp(actions[i].action, action) == 0 &&
		    *(const int *)((const char *)j->set + actions[i].offset) == RV_DENY)
			rv_judge_deny(j, actions[i].rule, "", NULL, "%s is not allowed: %s", action, actions[i].reason);
}

static void judge_update(struct rv_judge *j)
{
	rv_judge_lifecycle(j, "update");
}

const struct rv_family rv_family_lifecycle = {
	.name = "lifecycle",
	.settings = settings,
	.judge_update = judge_update,
	.doc = "Changes to a container after its creation.",
};
