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

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_lifecycle = {
	.name = "lifecycle",
	.settings = settings,
	.judge = judge,
	.doc = "Changes to a container after its creation.",
};
