/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, sections.field)

static const struct rv_setting settings[] = {
	{ "denied", RV_SET_DENY, SET(denied),
	  .doc = "Members by path: vm, windows, linux.intelRdt, linux.personality." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation,
	  .doc = "A section that is not taken: remove, deny." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_sections = {
	.name = "sections",
	.settings = settings,
	.judge = judge,
	.doc = "Whole sections and members of the document.",
};
