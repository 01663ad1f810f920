/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const privileged_words[] = { "allow", "rewrite", "deny", NULL };

static const char *check_capability(const char *item)
{
	(void)item;
	return NULL;
}

#define SET(field) offsetof(struct rv_settings, capabilities.field)

static const struct rv_setting settings[] = {
	{ "allowed", RV_SET_ALLOW, SET(allowed), .check = check_capability,
	  .doc = "Capabilities (without CAP_) that the bounding, permitted and effective sets may hold; others are taken out. ALL stands for every one." },
	{ "ambient", RV_SET_ALLOW, SET(ambient), .check = check_capability,
	  .doc = "Capabilities that the ambient set may hold." },
	{ "inheritable", RV_SET_ALLOW, SET(inheritable), .check = check_capability,
	  .doc = "Capabilities that the inheritable set may hold (CVE-2022-29162: engines set too many); those allowed as ambient may be here too." },
	{ "noNewPrivileges", RV_SET_FLAG, SET(no_new_privileges),
	  .doc = "Set process.noNewPrivileges." },
	{ "privileged", RV_SET_WORD, SET(privileged), .words = privileged_words,
	  .doc = "A container that asks for the whole of privileged (every capability, no seccomp, no masks, all devices): allow, rewrite (each part is judged by its own control), deny." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_capabilities = {
	.name = "capabilities",
	.settings = settings,
	.judge = judge,
	.doc = "The ceiling over all five capability sets, noNewPrivileges, and the conjunction that is called privileged.",
};
