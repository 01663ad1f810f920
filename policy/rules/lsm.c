/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const lsm_words[] = { "any", "confined", NULL };

#define SET(field) offsetof(struct rv_settings, lsm.field)

static const struct rv_setting settings[] = {
	{ "apparmor", RV_SET_WORD, SET(apparmor), .words = lsm_words,
	  .doc = "process.apparmorProfile: any, confined (not unconfined)." },
	{ "selinuxTypes", RV_SET_ALLOW, SET(selinux_types),
	  .doc = "SELinux types that process.selinuxLabel may name, with user system_u and role system_r; * allows any label." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_lsm = {
	.name = "lsm",
	.settings = settings,
	.judge = judge,
	.doc = "AppArmor and SELinux labels.",
};
