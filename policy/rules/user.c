/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "rules/family.h"

static const char *const root_words[] = { "keep", "rewrite", "deny", NULL };
static const char *const group_words[] = { "keep", "no-root", "none", NULL };

#define SET(field) offsetof(struct rv_settings, user.field)

/* People look for it here. */
static const char *check_root(const char *word)
{
	return rv_str_starts(word, "userns") || !strcmp(word, "remap") || !strcmp(word, "auto") ? rv_no_userns : NULL;
}

static const struct rv_setting settings[] = {
	{ "root", RV_SET_WORD, SET(root), .words = root_words, .check = check_root,
	  .doc = "Uid 0 outside a verified user namespace: keep, rewrite (to rewriteTo), deny. Where it is not kept no set-uid program "
		 "brings it back: process.noNewPrivileges is set." },
	{ "rewriteTo", RV_SET_IDS, SET(rewrite_uid),
	  .doc = "uid:gid that root is rewritten to; neither may be 0. The new user has no other groups, may bind low ports where root "
		 "could, owns what filesystem.tmpfs supplies, and has / for a home instead of /root." },
	{ "groups", RV_SET_WORD, SET(groups), .words = group_words,
	  .doc = "additionalGids: keep, no-root (gid 0 is taken out), none (all are)." },
	{ "maxId", RV_SET_MAX, SET(max_id),
	  .doc = "Largest uid or gid taken; runc refuses more than 2147483647, crun 1.8.1 runs 4294967295 as root." },
	{ 0 }
};

/* What an image needs that begins as root to own its files and become somebody else, as far as the ceiling lacks it. */
static const char *becoming_another(struct rv_judge *j)
{
	static const char *const needed[] = { "CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID" };
	rv_autobuf lacking = { 0 };

	for (size_t i = 0; i < RV_COUNT(needed); i++)
		if (!rv_list_has(&j->set->capabilities.allowed, needed[i]))
			rv_buf_addf(&lacking, "%s\"%s\"", lacking.len ? ", " : "", needed[i]);
	j->plan->failed |= lacking.failed;
	return !lacking.len ? "" : rv_judge_ptr(j, " (an image that becomes another user itself needs "
						"\"capabilities\": [%s] too)", rv_buf_str(&lacking));
}

static const char *root_advice(struct rv_judge *j)
{
	return rv_judge_ptr(j, "name a user (runAsUser in a pod, --user on the command line, USER in the image), or allow "
			    "\"user\": {\"root\": \"rewrite\"}, which runs it as %" PRIu32 ":%" PRIu32
			    ", or \"user\": {\"root\": \"keep\"}%s", j->set->user.rewrite_uid, j->set->user.rewrite_gid,
			    becoming_another(j));
}

/* Missing and null are root in both runtimes. False: no id at all. */
static bool id_of(const struct rv_json *user, const char *name, uint64_t *id)
{
	const struct rv_json *value = rv_json_get(user, name);

	*id = 0;
	return !value || value->type == RV_JSON_NULL || rv_json_u64(value, id);
}

static void check_range(struct rv_judge *j, const struct rv_json *user)
{
	static const char *const names[] = { "uid", "gid" };
	uint64_t max = j->set->user.max_id, id;

	if (!max)
		return;
	for (size_t i = 0; i < RV_COUNT(names); i++)
		if (!id_of(user, names[i], &id) || id > max)
			rv_judge_deny(j, "user.maxId", rv_judge_ptr(j, "%s/user/%s", j->base, names[i]), NULL,
				      "%s %s is above %" PRIu64, names[i], rv_json_get(user, names[i])->str, max);
	rv_json_each(gid, rv_json_get(user, "additionalGids"))
		if (!rv_json_u64(gid, &id) || id > max)
			rv_judge_deny(j, "user.maxId", rv_judge_ptr(j, "%s/user/additionalGids/%u", j->base, gid->index), NULL,
				      "additional gid %s is above %" PRIu64, gid->str ? gid->str : "null", max);
}

/* What the policy leaves of a list of groups, as JSON. */
static const char *groups_left(struct rv_judge *j, const struct rv_json *gids)
{
	rv_autobuf kept = { 0 };
	uint64_t id;

	rv_json_each(gid, gids) {
		if (j->set->user.groups == RV_GROUPS_NONE ||
		    (j->set->user.groups == RV_GROUPS_NO_ROOT && !j->userns_safe && rv_json_u64(gid, &id) && id == 0))
			continue;
		rv_buf_addf(&kept, "%s%s", kept.len ? "," : "", gid->str);
	}
	j->plan->failed |= kept.failed;
	return rv_judge_ptr(j, "[%s]", rv_buf_str(&kept));
}

static void check_groups(struct rv_judge *j, const struct rv_json *user)
{
	const struct rv_json *gids = rv_json_get(user, "additionalGids");
	bool root = false;
	uint64_t id;

	rv_json_each(gid, gids)
		root |= rv_json_u64(gid, &id) && id == 0;
	if (j->set->user.groups == RV_GROUPS_NONE && rv_json_count(gids))
		rv_judge_set(j, "user.groups", rv_judge_ptr(j, "%s/user/additionalGids", j->base), "[]", "no additional groups");
	else if (j->set->user.groups == RV_GROUPS_NO_ROOT && root && !j->userns_safe)
		rv_judge_set(j, "user.groups", rv_judge_ptr(j, "%s/user/additionalGids", j->base), groups_left(j, gids),
			     "the root group is taken out of the additional groups");
}

static void set_id(struct rv_judge *j, const struct rv_json *user, const char *name, uint64_t to, const char *why)
{
	const struct rv_json *value = rv_json_get(user, name);
	uint64_t id;

	if (value && rv_json_u64(value, &id) && id == to)
		return;
	rv_judge_set(j, "user.root", rv_judge_ptr(j, "%s/user/%s", j->base, name), rv_judge_ptr(j, "%" PRIu64, to), "%s", why);
}

/* Engines look root's home up; whoever has no entry in the image's passwd gets / from them. */
static void leave_home(struct rv_judge *j, const char *why)
{
	rv_json_each(item, rv_json_get(j->spec->process, "env")) {
		const char *text = rv_json_str(item);

		if (text && !strcmp(text, "HOME=/root"))
			rv_judge_set(j, "user.root", rv_judge_ptr(j, "%s/env/%u", j->base, item->index), "\"HOME=/\"", "%s", why);
	}
}

static void rewrite(struct rv_judge *j, const struct rv_json *user, uint64_t uid, uint64_t gid, const char *gids,
		    const char *why)
{
	const struct rv_json *now = rv_json_get(user, "additionalGids");

	set_id(j, user, "uid", uid, why);
	set_id(j, user, "gid", gid, why);
	if (rv_json_count(now) || strcmp(gids, "[]") != 0)
		rv_judge_set(j, "user.root", rv_judge_ptr(j, "%s/user/additionalGids", j->base), gids, "%s", why);
	leave_home(j, why);
	j->root_rewritten = true;
}

static void judge_root(struct rv_judge *j, const struct rv_json *user)
{
	if (j->set->user.root == RV_ROOT_DENY)
		rv_judge_deny(j, "user.root", rv_judge_ptr(j, "%s/user/uid", j->base), root_advice(j),
			      "asks to run as root (uid 0)");
	else if (j->set->user.root == RV_ROOT_REWRITE)
		rewrite(j, user, j->set->user.rewrite_uid, j->set->user.rewrite_gid, "[]", "root is run as an ordinary user");
}

static bool asks_root(const struct rv_json *user)
{
	uint64_t uid;

	return id_of(user, "uid", &uid) && uid == 0;
}

static void judge(struct rv_judge *j)
{
	const struct rv_json *user = rv_json_get(j->spec->process, "user");

	if (!j->spec->process) {
		if (j->set->user.max_id || j->set->user.root != RV_ROOT_KEEP)
			rv_judge_deny(j, "user.root", j->base, NULL, "names no process, so nobody knows as whom it will run");
		return;
	}
	check_range(j, user);
	/* The pause container runs what the node's administrator chose, as the user its image names. */
	if (j->facts->sandbox)
		return;
	if (asks_root(user) && !j->userns_safe)
		judge_root(j, user);
	if (!j->root_rewritten)
		check_groups(j, user);
}

/* The container's own user, where create left it one that is not root. */
static bool rewrite_to_container(struct rv_judge *j, const struct rv_json *user)
{
	const struct rv_json *own = rv_json_get(j->container->process, "user");
	const struct rv_json *gids = rv_json_get(own, "additionalGids");
	uint64_t uid, gid;

	if (asks_root(own) || !id_of(own, "uid", &uid) || !id_of(own, "gid", &gid))
		return false;
	rewrite(j, user, uid, gid, groups_left(j, gids), "root inside a container that does not run as root");
	return true;
}

static bool maps_elsewhere(const struct rv_judge *j, const char *which)
{
	const struct rv_json *map = rv_json_get(j->container->linux_, which);
	uint64_t least = j->set->namespaces.min_host_id, host;

	rv_json_each(entry, map)
		if (!rv_json_u64(rv_json_get(entry, "hostID"), &host) || host == 0 || host < least)
			return false;
	return rv_json_count(map) > 0;
}

/* What create verified. A namespace that was joined by path was seen only then: that it let root be is the trace of it. */
static bool in_safe_userns(const struct rv_judge *j)
{
	rv_json_each(ns, rv_json_get(j->container->linux_, "namespaces")) {
		const char *type = rv_json_str(rv_json_get(ns, "type")), *path = rv_json_str(rv_json_get(ns, "path"));

		if (!type || strcmp(type, "user") != 0)
			continue;
		if (path && *path)
			return asks_root(rv_json_get(j->container->process, "user"));
		return maps_elsewhere(j, "uidMappings") && maps_elsewhere(j, "gidMappings");
	}
	return false;
}

static void judge_exec(struct rv_judge *j)
{
	const struct rv_json *user = rv_json_get(j->spec->process, "user");

	j->userns_safe = j->container && in_safe_userns(j);
	check_range(j, user);
	if (asks_root(user) && !j->userns_safe && j->set->user.root != RV_ROOT_KEEP)
		if (!j->container || !rewrite_to_container(j, user))
			judge_root(j, user);
	if (!j->root_rewritten)
		check_groups(j, user);
}

const struct rv_family rv_family_user = {
	.name = "user",
	.settings = settings,
	.judge = judge,
	.judge_exec = judge_exec,
	.doc = "Who the process is: root, groups, id range.",
};
