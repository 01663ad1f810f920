/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *const ns_words[] = { "host", "add", "deny", NULL };
static const char *const user_words[] = { "host", "deny", NULL };
enum { USER_HOST, USER_DENY };

static const char *check_user(const char *word)
{
	return !strcmp(word, "add") ? rv_no_userns : NULL;
}

#define SET(field) offsetof(struct rv_settings, namespaces.field)

static const struct rv_setting settings[] = {
	{ "pid", RV_SET_WORD, SET(pid), .words = ns_words,
	  .doc = "What a container without a pid namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "network", RV_SET_WORD, SET(network), .words = ns_words,
	  .doc = "What a container without a network namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "ipc", RV_SET_WORD, SET(ipc), .words = ns_words,
	  .doc = "What a container without an ipc namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "uts", RV_SET_WORD, SET(uts), .words = ns_words,
	  .doc = "What a container without a uts namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "mount", RV_SET_WORD, SET(mount), .words = ns_words,
	  .doc = "What a container without a mount namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "cgroup", RV_SET_WORD, SET(cgroup), .words = ns_words,
	  .doc = "What a container without a cgroup namespace of its own gets: host (it may share the host's), add (a new one is added), deny." },
	{ "user", RV_SET_WORD, SET(user), .words = user_words, .check = check_user,
	  .doc = "User namespace: host (none is needed), deny (one that the engine made, with verified maps, is needed). reeve adds none." },
	{ "paths", RV_SET_ALLOW, SET(paths),
	  .doc = "Globs over the resolved path of a namespace that is joined. The host's own are refused whatever their path, unless the type's word is host." },
	{ "minHostID", RV_SET_MIN, SET(min_host_id),
	  .doc = "Least host uid and gid in any id map, of the user namespace and of mounts." },
	{ 0 }
};

static const struct {
	const char *type;	/* as linux.namespaces has it, and as the setting is called */
	const char *file;	/* as /proc/N/ns has it */
	size_t offset;		/* of its word; 0: a container needs none */
} types[] = {
	{ "pid", "pid", SET(pid) },	{ "network", "net", SET(network) },
	{ "ipc", "ipc", SET(ipc) },	{ "uts", "uts", SET(uts) },
	{ "mount", "mnt", SET(mount) }, { "cgroup", "cgroup", SET(cgroup) },
	{ "user", "user", 0 },		{ "time", "time", 0 },
};
#define TYPE_COUNT RV_COUNT(types)

static int word_of(const struct rv_judge *j, size_t type)
{
	return types[type].offset ? *(const int *)((const char *)j->set + types[type].offset) : RV_NS_DENY;
}

static const char *rule_of(struct rv_judge *j, size_t type)
{
	return strcmp(types[type].type, "time") ? rv_judge_ptr(j, "namespaces.%s", types[type].type) : "namespaces.paths";
}

static size_t type_of(const char *name)
{
	size_t i = 0;

	while (i < TYPE_COUNT && (!name || strcmp(types[i].type, name)))
		i++;
	return i;
}

/* Names of pid 1's and the runtime's own namespaces, which are the host's even where they may not be looked at. */
static bool names_host(const char *path)
{
	return path && (rv_path_under(path, "/proc/1") || rv_path_under(path, "/proc/self") ||
			rv_path_under(path, "/proc/thread-self"));
}

/* /proc/N/ns/net is no user namespace, although it is not the host's user namespace either. */
static bool other_type(size_t type, const char *path)
{
	const char *file = strrchr(path, '/') + 1;

	if (!rv_glob("/proc/*/ns/*", path))
		return false;
	if (!rv_str_starts(file, types[type].file))
		return true;
	file += strlen(types[type].file);
	return *file && strcmp(file, "_for_children") != 0;
}

/* A path is there: what it joins must be known, no host namespace, and where engines keep the pod's. */
static void judge_joined(struct rv_judge *j, size_t type, const struct rv_ns_fact *fact, const char *path, const char *pointer)
{
	const char *name = types[type].type, *found = fact ? fact->path.resolved : NULL;
	bool host =
		(fact && fact->is_host) || names_host(found) || names_host(*path == '/' ? rv_path_clean(j->arena, path) : NULL);

	if (word_of(j, type) == RV_NS_HOST && (host || !found || fact->unknown || other_type(type, found)))
		return;
	if (host)
		rv_judge_deny(j, rule_of(j, type), pointer,
			      types[type].offset ? rv_judge_ptr(j, "give the container its own %s namespace, or allow "
								"\"namespaces\": {\"%s\": \"host\"}", name, name) :
						   "leave the entry out",
			      "joins the host's %s namespace (%s)", name, path);
	else if (!found || fact->unknown || other_type(type, found))
		rv_judge_deny(j, "namespaces.paths", pointer, "name a namespace file that exists",
			      "joins the %s namespace %s, which cannot be told to be one", name, path);
	else if (!strcmp(name, "mount") && word_of(j, type) != RV_NS_HOST)
		rv_judge_deny(j, "namespaces.mount", pointer, "leave the path out, so that the container gets a new one",
			      "joins the mount namespace %s", path);
	else if (!rv_list_glob(&j->set->namespaces.paths, found))
		rv_judge_deny(j, "namespaces.paths", pointer,
			      rv_judge_ptr(j, "allow \"namespaces\": {\"paths\": [%s]}", rv_judge_str(j, found)),
			      "joins the %s namespace %s, which is not where an engine keeps a pod's", name, found);
}

static void judge_missing(struct rv_judge *j, size_t type)
{
	const char *name = types[type].type;

	if (!types[type].offset)
		return;
	switch (word_of(j, type)) {
	case RV_NS_ADD:
		rv_judge_append(j, rule_of(j, type), "/linux/namespaces", rv_judge_ptr(j, "{\"type\":\"%s\"}", name),
				"without one of its own the container shares the host's %s namespace", name);
		break;
	case RV_NS_DENY:
		rv_judge_deny(j, rule_of(j, type), "/linux/namespaces",
			      rv_judge_ptr(j, "ask for its own %s namespace, or allow \"namespaces\": {\"%s\": \"host\"}", name,
					   name),
			      "has no %s namespace of its own and would share the host's", name);
		break;
	}
}

/* Host ids 2^32-1 and above do not exist; an id below the least one is the host's own user. Without a least one nothing is
 * refused, but a map that gives away the host's root makes nothing safe. */
static bool judge_map(struct rv_judge *j, const struct rv_json *map, const char *pointer)
{
	uint64_t least = j->set->namespaces.min_host_id;
	bool ok = true;
	size_t i = 0;

	rv_json_each(entry, map) {
		uint64_t host = 0, size = 0;
		bool known = rv_json_u64(rv_json_get(entry, "hostID"), &host) && rv_json_u64(rv_json_get(entry, "size"), &size);

		if (!least) {
			ok &= known && host > 0;
		} else if (!known || host < least || host > UINT32_MAX || size > UINT32_MAX || host + size > UINT32_MAX) {
			rv_judge_deny(j, "namespaces.minHostID", rv_judge_ptr(j, "%s/%zu", pointer, i),
				      rv_judge_ptr(j, "map to host ids from %llu to 4294967294", (unsigned long long)least),
				      "maps to host ids %llu + %llu, which are the host's own or do not exist",
				      (unsigned long long)host, (unsigned long long)size);
			ok = false;
		}
		i++;
	}
	return ok;
}

static bool judge_maps(struct rv_judge *j)
{
	bool ok = judge_map(j, rv_json_get(j->spec->linux_, "uidMappings"), "/linux/uidMappings");
	size_t i = 0;

	ok &= judge_map(j, rv_json_get(j->spec->linux_, "gidMappings"), "/linux/gidMappings");
	rv_json_each(mount, rv_json_get(j->spec->root, "mounts")) {
		ok &= judge_map(j, rv_json_get(mount, "uidMappings"), rv_judge_ptr(j, "/mounts/%zu/uidMappings", i));
		ok &= judge_map(j, rv_json_get(mount, "gidMappings"), rv_judge_ptr(j, "/mounts/%zu/gidMappings", i));
		i++;
	}
	return ok;
}

/* One that is joined: what the document says of its maps counts for nothing, the namespace itself was asked. */
static bool judge_joined_maps(struct rv_judge *j, const struct rv_ns_fact *fact, size_t index)
{
	uint64_t least = j->set->namespaces.min_host_id;

	if (!fact || !fact->path.exists || fact->is_host || fact->unknown || other_type(type_of("user"), fact->path.resolved))
		return false;
	if (fact->least_host_id < least)
		rv_judge_deny(j, "namespaces.minHostID", rv_judge_ptr(j, "/linux/namespaces/%zu", index),
			      rv_judge_ptr(j, "join one that maps to host ids from %llu on", (unsigned long long)least),
			      fact->least_host_id ? "joins the user namespace %s, which maps the host's id %llu" :
						    "joins the user namespace %s, which maps the host's root or cannot be asked",
			      fact->path.resolved, (unsigned long long)fact->least_host_id);
	return fact->least_host_id > 0 && fact->least_host_id >= least;
}

/* A user namespace counts as safe only by its maps. */
static void judge_user(struct rv_judge *j, const struct rv_ns_fact *fact, size_t index, bool present, bool has_path)
{
	bool mapped = rv_json_count(rv_json_get(j->spec->linux_, "uidMappings")) &&
		      rv_json_count(rv_json_get(j->spec->linux_, "gidMappings"));
	bool maps_ok = judge_maps(j);

	if (present)
		j->userns_safe = (has_path ? judge_joined_maps(j, fact, index) : mapped) && maps_ok;
	if (present && !has_path && !mapped && j->set->namespaces.min_host_id)
		rv_judge_deny(j, "namespaces.minHostID", "/linux/namespaces", "give linux.uidMappings and linux.gidMappings",
			      "asks for a user namespace without id maps");
	if (j->set->namespaces.user == USER_DENY && !j->userns_safe)
		rv_judge_deny(j, "namespaces.user", "/linux/namespaces",
			      "let the engine make a user namespace (hostUsers: false, --userns=auto, userns-remap)",
			      "has no user namespace whose id maps could be verified");
}

static void judge(struct rv_judge *j)
{
	const struct rv_ns_fact *facts[TYPE_COUNT] = { 0 };
	bool seen[TYPE_COUNT] = { 0 }, joined[TYPE_COUNT] = { 0 };
	size_t i = 0, user = type_of("user"), cgroup = type_of("cgroup"), user_index = 0;

	rv_json_each(entry, rv_json_get(j->spec->linux_, "namespaces")) {
		const char *name = rv_json_str(rv_json_get(entry, "type")), *path = rv_json_str(rv_json_get(entry, "path"));
		const char *pointer = rv_judge_ptr(j, "/linux/namespaces/%zu", i);
		const struct rv_ns_fact *fact = i < j->facts->namespace_count ? &j->facts->namespaces[i] : NULL;
		size_t type = type_of(name);

		i++;
		if (type == TYPE_COUNT || seen[type]) {
			rv_judge_fault(j, "namespaces.paths", pointer, "name each type once, in lower case",
				       type == TYPE_COUNT ? "asks for a namespace of the unknown type %s" :
							    "asks for the %s namespace twice", name ? name : "(none)");
			continue;
		}
		seen[type] = true;
		facts[type] = fact;
		joined[type] = path && *path;
		if (type == user)
			user_index = i - 1;
		if (joined[type])
			judge_joined(j, type, fact, path, pointer);
	}
	for (size_t type = 0; type < TYPE_COUNT; type++)
		if (!seen[type])
			judge_missing(j, type);
	/* CVE-2023-25809: with a user namespace and without a cgroup namespace, /sys/fs/cgroup is the host's */
	if (seen[user] && !seen[cgroup] && word_of(j, cgroup) == RV_NS_HOST && j->set->namespaces.min_host_id)
		rv_judge_append(j, "namespaces.cgroup", "/linux/namespaces", "{\"type\":\"cgroup\"}",
				"in a user namespace the host's cgroups could be written (CVE-2023-25809)");
	judge_user(j, facts[user], user_index, seen[user], joined[user]);
}

const struct rv_family rv_family_namespaces = {
	.name = "namespaces",
	.settings = settings,
	.judge = judge,
	.doc = "Linux namespaces: each type at most once, never the host's, and verified user-namespace maps.",
};
