/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const exec_words[] = { "allow", "audit", "deny", NULL };

#define SET(field) offsetof(struct rv_settings, exec.field)

static const struct rv_setting settings[] = {
	{ "terminal", RV_SET_WORD, SET(terminal), .words = exec_words,
	  .doc = "exec with a terminal: allow, audit (recorded), deny." },
	{ "root", RV_SET_WORD, SET(root), .words = exec_words,
	  .doc = "exec as uid 0: allow, audit, deny. A container whose root was rewritten keeps the rewritten user." },
	{ "foreign", RV_SET_WORD, SET(foreign), .words = exec_words,
	  .doc = "exec into a container that reeve did not create: allow (judged by the default policy, with a warning), audit (the same), deny." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_exec = {
	.name = "exec",
	.settings = settings,
	.judge = judge,
	.doc = "Processes started in a running container. Capabilities, user, labels and working directory are rewritten down to what the container was given whatever is set here.",
};
