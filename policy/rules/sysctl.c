/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, sysctl.field)

static const struct rv_setting settings[] = {
	{ "allowed", RV_SET_ALLOW, SET(allowed),
	  .doc = "Globs over names in dotted form (kernel.shm_rmid_forced, net.ipv4.*). Values must be digits and blanks." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation,
	  .doc = "A sysctl that is not allowed: remove, deny." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_sysctl = {
	.name = "sysctl",
	.settings = settings,
	.judge = judge,
	.doc = "linux.sysctl.",
};
