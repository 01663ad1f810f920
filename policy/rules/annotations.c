/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, annotations.field)

static const struct rv_setting settings[] = {
	{ "denied", RV_SET_DENY, SET(denied),
	  .doc = "Globs of annotation names that are not taken." },
	{ "systemd", RV_SET_ALLOW, SET(systemd),
	  .doc = "Properties that may follow org.systemd.property. with a harmless value; others are not taken (CVE-2024-3154)." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation,
	  .doc = "An annotation that is not taken: remove, deny." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_annotations = {
	.name = "annotations",
	.settings = settings,
	.judge = judge,
	.doc = "Annotations on which a runtime acts.",
};
