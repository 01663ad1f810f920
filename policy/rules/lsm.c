/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const lsm_words[] = { "any", "default", "confined", NULL };

#define SET(field) offsetof(struct rv_settings, lsm.field)

static const struct rv_setting settings[] = {
	{ "apparmor", RV_SET_WORD, SET(apparmor), .words = lsm_words,
	  .doc = "process.apparmorProfile: any, default (unconfined, which --privileged brings along, becomes the engine's own profile "
		 "where that has a fixed name, docker-default; elsewhere it is refused), confined (unconfined is refused)." },
	{ "selinuxTypes", RV_SET_ALLOW, SET(selinux_types),
	  .doc = "SELinux types that process.selinuxLabel may name, with user system_u and role system_r; * allows any label." },
	{ 0 }
};

/* A profile in a namespace (":root:unconfined") or a stack ("a//&unconfined") names several; one unconfined is enough. */
static bool is_unconfined(const char *profile)
{
	static const char mark[] = ":/& ()";

	while (*(profile += strspn(profile, mark))) {
		size_t len = strcspn(profile, mark);

		if (len == strlen("unconfined") && strncmp(profile, "unconfined", len) == 0)
			return true;
		profile += len;
	}
	return false;
}

/* What an engine loads when it starts on an AppArmor host. podman's has its version in the name, and who calls for a pod may be
 * containerd (cri-containerd.apparmor.d) or CRI-O (crio-default). */
static const char *const default_profiles[RV_ENGINE_COUNT] = { [RV_ENGINE_DOCKER] = "docker-default" };

static void judge_apparmor(struct rv_judge *j)
{
	const char *profile = rv_json_str(rv_json_get(j->spec->process, "apparmorProfile"));
	const char *own = default_profiles[j->facts->engine], *pointer = rv_judge_ptr(j, "%s/apparmorProfile", j->base);

	if (j->set->lsm.apparmor == RV_LSM_ANY || !profile || !is_unconfined(profile))
		return;
	if (j->set->lsm.apparmor == RV_LSM_DEFAULT && own && !strcmp(profile, "unconfined"))
		rv_judge_set(j, "lsm.apparmor", pointer, rv_judge_str(j, own), "the engine's own AppArmor profile, not unconfined");
	else
		rv_judge_deny(j, "lsm.apparmor", pointer,
			      "leave --privileged and apparmor=unconfined out, or name a profile that is loaded: "
			      "--security-opt apparmor=NAME, or in a pod appArmorProfile",
			      "asks for AppArmor profile %s", profile);
}

/* user:role:type[:level], the first two as containers have them. */
static bool label_allowed(struct rv_judge *j, const char *label)
{
	static const char owner[] = "system_u:system_r:";
	const char *type = label + sizeof(owner) - 1;
	size_t len;

	if (!rv_str_starts(label, owner))
		return false;
	len = strcspn(type, ":");
	type = rv_arena_strndup(j->arena, type, len);
	return type && len && rv_list_glob(&j->set->lsm.selinux_types, type);
}

static void judge_selinux(struct rv_judge *j)
{
	const char *label = rv_json_str(rv_json_get(j->spec->process, "selinuxLabel"));

	if (label && *label && !rv_list_has(&j->set->lsm.selinux_types, "*") && !label_allowed(j, label))
		rv_judge_deny(j, "lsm.selinuxTypes", rv_judge_ptr(j, "%s/selinuxLabel", j->base), NULL,
			      "asks for SELinux label %s", label);
}

static void judge(struct rv_judge *j)
{
	judge_apparmor(j);
	judge_selinux(j);
}

/* Without a label both runtimes give the container's own; with another one they give that. */
static void keep_label(struct rv_judge *j, const char *name, const char *rule)
{
	const char *asked = rv_json_str(rv_json_get(j->spec->process, name));
	const char *own = rv_json_str(rv_json_get(j->container->process, name));
	const char *pointer = rv_judge_ptr(j, "%s/%s", j->base, name);

	if (!asked || !*asked || (own && strcmp(own, asked) == 0))
		return;
	if (own && *own)
		rv_judge_set(j, rule, pointer, rv_judge_str(j, own), "the container runs under %s", own);
	else
		rv_judge_remove(j, rule, pointer, "the container has none of its own");
}

static void judge_exec(struct rv_judge *j)
{
	if (!j->container) {
		judge(j);
		return;
	}
	if (j->set->lsm.apparmor != RV_LSM_ANY)
		keep_label(j, "apparmorProfile", "lsm.apparmor");
	if (!rv_list_has(&j->set->lsm.selinux_types, "*"))
		keep_label(j, "selinuxLabel", "lsm.selinuxTypes");
}

const struct rv_family rv_family_lsm = {
	.name = "lsm",
	.settings = settings,
	.judge = judge,
	.judge_exec = judge_exec,
	.doc = "AppArmor and SELinux labels.",
};
