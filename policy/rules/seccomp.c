/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const seccomp_words[] = { "any", "default", NULL };

static const char *check_syscall(const char *item)
{
	(void)item;
	return NULL;
}

#define SET(field) offsetof(struct rv_settings, seccomp.field)

static const struct rv_setting settings[] = {
	{ "absent", RV_SET_WORD, SET(absent), .words = seccomp_words,
	  .doc = "A document without an enforcing profile: any (left so), default (gets the default computed for its capabilities, architecture and kernel)." },
	{ "ceiling", RV_SET_WORD, SET(ceiling), .words = seccomp_words,
	  .doc = "A profile that the document brings: any (kept), default (kept when it allows nothing that the default refuses, else replaced by the default)." },
	{ "syscalls", RV_SET_ALLOW, SET(syscalls), .check = check_syscall,
	  .doc = "System calls allowed beyond the default." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_seccomp = {
	.name = "seccomp",
	.settings = settings,
	.judge = judge,
	.doc = "System-call filter.",
};
