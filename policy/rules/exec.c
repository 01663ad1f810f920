/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const exec_words[] = { "allow", "audit", "deny", NULL };

#define SET(field) offsetof(struct rv_settings, exec.field)

static const struct rv_setting settings[] = {
	{ "terminal", RV_SET_WORD, SET(terminal), .words = exec_words, .doc = "exec with a terminal: allow, audit (recorded), deny." },
	{ "root", RV_SET_WORD, SET(root), .words = exec_words,
	  .doc = "exec as uid 0: allow, audit, deny. A container whose root was rewritten keeps the rewritten user." },
	{ "foreign", RV_SET_WORD, SET(foreign), .words = exec_words,
	  .doc = "exec into a container that reeve did not create: allow (judged by the default policy, with a warning), audit (the same), "
		 "deny." },
	{ 0 }
};

static void by_word(struct rv_judge *j, int word, const char *rule, const char *pointer, const char *what)
{
	if (word == RV_EXEC_DENY)
		rv_judge_deny(j, rule, pointer, NULL, "%s", what);
	else if (word == RV_EXEC_AUDIT)
		rv_judge_warn(j, "%s", what);
}

static void judge_exec(struct rv_judge *j)
{
	const struct rv_json *user = rv_json_get(j->spec->process, "user"), *uid = rv_json_get(user, "uid");
	uint64_t id = 0;

	if (!j->container)
		by_word(j, j->set->exec.foreign == RV_EXEC_DENY ? RV_EXEC_DENY : RV_EXEC_AUDIT, "exec.foreign", j->base,
			"exec into a container that reeve did not create");
	if (rv_json_true(rv_json_get(j->spec->process, "terminal")))
		by_word(j, j->set->exec.terminal, "exec.terminal", rv_judge_ptr(j, "%s/terminal", j->base),
			"exec with a terminal");
	if (!j->root_rewritten && (!uid || uid->type == RV_JSON_NULL || (rv_json_u64(uid, &id) && id == 0)))
		by_word(j, j->set->exec.root, "exec.root", rv_judge_ptr(j, "%s/user/uid", j->base), "exec as root");
}

const struct rv_family rv_family_exec = {
	.name = "exec",
	.settings = settings,
	.judge_exec = judge_exec,
	.doc = "Processes started in a running container. Capabilities, user, labels and working directory are rewritten down to what the "
	       "container was given whatever is set here.",
};
