/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const root_words[] = { "keep", "rewrite", "deny", NULL };
static const char *const group_words[] = { "keep", "no-root", "none", NULL };

#define SET(field) offsetof(struct rv_settings, user.field)

static const struct rv_setting settings[] = {
	{ "root", RV_SET_WORD, SET(root), .words = root_words,
	  .doc = "Uid 0 outside a verified user namespace: keep, rewrite (to rewriteTo), deny." },
	{ "rewriteTo", RV_SET_IDS, SET(rewrite_uid),
	  .doc = "uid:gid that root is rewritten to; neither may be 0." },
	{ "groups", RV_SET_WORD, SET(groups), .words = group_words,
	  .doc = "additionalGids: keep, no-root (gid 0 is taken out), none (all are)." },
	{ "maxId", RV_SET_MAX, SET(max_id),
	  .doc = "Largest uid or gid taken; runc refuses more than 2147483647, crun 1.8.1 runs 4294967295 as root." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_user = {
	.name = "user",
	.settings = settings,
	.judge = judge,
	.doc = "Who the process is: root, groups, id range.",
};
