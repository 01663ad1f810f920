/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, hooks.field)

static const struct rv_setting settings[] = {
	{ "allowed", RV_SET_HOOKS, SET(allowed),
	  .doc = "Hooks that may run: path (glob over the resolved executable), args (one glob for each argument after the first; {id} is the container's id, {pid} any number), stage." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation,
	  .doc = "A hook that is not allowed: remove, deny." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_hooks = {
	.name = "hooks",
	.settings = settings,
	.judge = judge,
	.doc = "OCI hooks, which run as root on the host.",
};
