/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const ns_words[] = { "host", "add", "deny", NULL };

#define SET(field) offsetof(struct rv_settings, namespaces.field)

static const struct rv_setting settings[] = {
	{ "pid", RV_SET_WORD, SET(pid), .words = ns_words,
	  .doc = "What a container without a pid namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "network", RV_SET_WORD, SET(network), .words = ns_words,
	  .doc = "What a container without a network namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "ipc", RV_SET_WORD, SET(ipc), .words = ns_words,
	  .doc = "What a container without a ipc namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "uts", RV_SET_WORD, SET(uts), .words = ns_words,
	  .doc = "What a container without a uts namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "mount", RV_SET_WORD, SET(mount), .words = ns_words,
	  .doc = "What a container without a mount namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "cgroup", RV_SET_WORD, SET(cgroup), .words = ns_words,
	  .doc = "What a container without a cgroup namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "user", RV_SET_WORD, SET(user), .words = ns_words,
	  .doc = "User namespace: host (none is needed), deny (one that the engine made, with verified maps, is needed). reeve adds none, so add is the same as host." },
	{ "paths", RV_SET_ALLOW, SET(paths),
	  .doc = "Globs over the resolved path of a namespace that is joined. The host's own are refused whatever their path, unless the type's word is host." },
	{ "minHostID", RV_SET_MIN, SET(min_host_id),
	  .doc = "Least host uid and gid in any id map, of the user namespace and of mounts." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_namespaces = {
	.name = "namespaces",
	.settings = settings,
	.judge = judge,
	.doc = "Linux namespaces: each type at most once, never the host's, and verified user-namespace maps.",
};
