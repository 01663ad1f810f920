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
	const struct rv_list *denied = &j->set->sections.denied;

	for (size_t i = 0; i < denied->count; i++) {
		char *pointer = rv_arena_printf(j->arena, "/%s", denied->item[i]);
		const struct rv_json *value;

		for (char *at = pointer; at && (at = strchr(at, '.')); at++)
			*at = '/';
		value = pointer ? rv_json_at(j->spec->root, pointer) : NULL;
		if (value && value->type != RV_JSON_NULL)
			rv_judge_violation(j, j->set->sections.violation, "sections.denied", pointer,
					   rv_judge_ptr(j, "leave it out, or allow \"sections\": {\"denied\": [%s]}",
							rv_judge_str(j, denied->item[i])),
					   "has the section %s", denied->item[i]);
	}
}

const struct rv_family rv_family_sections = {
	.name = "sections",
	.settings = settings,
	.judge = judge,
	.doc = "Whole sections and members of the document.",
};
