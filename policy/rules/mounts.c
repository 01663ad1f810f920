/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const host_path_words[] = { "any", "nonsensitive", "none", NULL };
static const char *const destination_words[] = { "any", "guarded", NULL };

#define SET(field) offsetof(struct rv_settings, mounts.field)

static const struct rv_setting settings[] = {
	{ "hostPath", RV_SET_WORD, SET(host_path), .words = host_path_words,
	  .doc = "Binds of host paths: any, nonsensitive (all but those in sensitive, their ancestors, and sockets), none. What the engine itself stages for the container is always taken." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation,
	  .doc = "What happens to a mount that is not allowed: remove (it is left out), deny (the container is refused)." },
	{ "allowed", RV_SET_MOUNTS, SET(allowed),
	  .doc = "Host paths that may be bound all the same: source (glob over the resolved path, matches what lies below too), access (ro or rw), propagation (private, slave, shared)." },
	{ "types", RV_SET_ALLOW, SET(types),
	  .doc = "File-system types that may be mounted, other than binds." },
	{ "volumes", RV_SET_ALLOW, SET(volumes),
	  .doc = "Kubelet volume plug-ins, by directory name (kubernetes.io~csi), whose staged volumes count as the engine's own." },
	{ "sensitive", RV_SET_DENY, SET(sensitive),
	  .doc = "Globs of host paths that nonsensitive refuses." },
	{ "propagation", RV_SET_WORD, SET(propagation), .words = rv_words_propagation,
	  .doc = "Strongest mount propagation: shared, slave, private; a stronger one is rewritten." },
	{ "destinations", RV_SET_WORD, SET(destinations), .words = destination_words,
	  .doc = "guarded: absolute destinations, proc at /proc only, nothing mounted over /, /proc, /sys and /dev but what engines put there. any: no check." },
	{ "nested", RV_SET_WORD, SET(nested), .words = rv_words_allow,
	  .doc = "A bind below the destination of a writable volume, which another container of the pod may change meanwhile (CVE-2021-30465): allow, deny." },
	{ "readOnlyTypes", RV_SET_SUPPLY, SET(read_only_types),
	  .doc = "File-system types that are made read-only." },
	{ "deniedOptions", RV_SET_DENY, SET(denied_options),
	  .doc = "Mount options that are taken out." },
	{ "forcedOptions", RV_SET_SUPPLY, SET(forced_options),
	  .doc = "Options that are added to every bind of a volume or host path." },
	{ "tmpfsSize", RV_SET_MAX, SET(tmpfs_size),
	  .doc = "Largest size of a tmpfs in bytes; one without a size, with a percentage or with more gets this one. 0: no limit." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_mounts = {
	.name = "mounts",
	.settings = settings,
	.judge = judge,
	.doc = "Mounts: source after resolution, type, destination, propagation, options.",
};
