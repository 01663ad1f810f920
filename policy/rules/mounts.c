/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "rules/device.h"
#include "rules/family.h"
#include "rules/mount.h"

static const char *const host_path_words[] = { "any", "nonsensitive", "none", NULL };
static const char *const destination_words[] = { "any", "guarded", NULL };

#define SET(field) offsetof(struct rv_settings, mounts.field)

static const struct rv_setting settings[] = {
	{ "hostPath", RV_SET_WORD, SET(host_path), .words = host_path_words,
	  .doc = "Binds of host paths: any, nonsensitive (all but those in sensitive, their ancestors, and sockets), none. What the engine "
		 "itself stages for the container is always taken." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation,
	  .doc = "What happens to a mount that is not allowed: remove (it is left out), deny (the container is refused)." },
	{ "allowed", RV_SET_MOUNTS, SET(allowed),
	  .doc = "Host paths that may be bound all the same: source (glob over the resolved path, matches what lies below too), access (ro "
		 "or rw), propagation (private, slave, shared)." },
	{ "types", RV_SET_ALLOW, SET(types), .doc = "File-system types that may be mounted, other than binds." },
	{ "volumes", RV_SET_ALLOW, SET(volumes),
	  .doc = "Kubelet volume plug-ins, by directory name (kubernetes.io~csi), whose staged volumes count as the engine's own." },
	{ "sensitive", RV_SET_DENY, SET(sensitive), .doc = "Globs of host paths that nonsensitive refuses." },
	{ "propagation", RV_SET_WORD, SET(propagation), .words = rv_words_propagation,
	  .doc = "Strongest mount propagation: shared, slave, private; a stronger one is rewritten." },
	{ "destinations", RV_SET_WORD, SET(destinations), .words = destination_words,
	  .doc = "guarded: absolute destinations, proc at /proc only, nothing mounted over /, /proc, /sys and /dev but what engines put "
		 "there. any: no check." },
	{ "nested", RV_SET_WORD, SET(nested), .words = rv_words_allow,
	  .doc = "A bind below the destination of a writable volume, which another container of the pod may change meanwhile "
		 "(CVE-2021-30465): allow, deny." },
	{ "readOnlyTypes", RV_SET_SUPPLY, SET(read_only_types), .doc = "File-system types that are made read-only." },
	{ "deniedOptions", RV_SET_DENY, SET(denied_options), .doc = "Mount options that are taken out." },
	{ "forcedOptions", RV_SET_SUPPLY, SET(forced_options), .doc = "Options that are added to every bind of a volume or host path." },
	{ "tmpfsSize", RV_SET_MAX, SET(tmpfs_size),
	  .doc = "Largest size of a tmpfs in bytes; one without a size, with a percentage or with more gets this one. 0: no limit." },
	{ 0 }
};

#define MAX_NESTING 128

/* File systems that belong to one place, and what engines mount below /proc, /sys and /dev. */
static const struct {
	const char *destination, *type;	/* type NULL: a tmpfs, or a bind whose source is judged */
} places[] = {
	{ "/proc", "proc" },
	{ "/sys", "sysfs" },
	{ "/sys/fs/cgroup", "cgroup" },
	{ "/sys/fs/cgroup", "cgroup2" },
	{ "/dev/pts", "devpts" },
	{ "/dev/mqueue", "mqueue" },
	{ "/dev", "tmpfs" },
	{ "/dev/shm", NULL },
	{ "/dev/termination-log", NULL },
};

/* What lxcfs gives a container its own view of; runc lets the same ones be mounted over (validProcMounts). */
static const char *const lxcfs[] = { "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat",
				     "/proc/swaps",   "/proc/uptime",	 "/proc/loadavg", "/proc/slabinfo" };

/* The kubelet's pod that this container belongs to, by the first bind that names one. */
struct pod {
	const char *uid;
};

void rv_mount_refuse(struct rv_judge *j, struct rv_mount_case *c, const char *rule, const char *advice, const char *reason)
{
	c->out = true;
	rv_judge_violation(j, j->set->mounts.violation, rule, c->pointer, advice, "%s", reason);
}

static bool is_node(const struct rv_mount_case *c)
{
	return c->fact && c->fact->exists && (S_ISSOCK(c->fact->mode) || S_ISCHR(c->fact->mode) || S_ISBLK(c->fact->mode));
}

/* The entry that allows most. A socket or device is only allowed by an entry that names it, not one that names a directory
 * above. */
static const struct rv_mount_allow *find_allow(const struct rv_judge *j, const struct rv_mount_case *c)
{
	const struct rv_mount_allows *list = &j->set->mounts.allowed;
	const struct rv_mount_allow *best = NULL;

	if (!c->fact || !c->fact->resolved)
		return NULL;
	if (!is_node(c))
		return rv_mount_covers(j, c->fact->resolved);
	for (size_t i = 0; i < list->count; i++)
		if (rv_hostpath_takes(j->facts, j->arena, list->item[i].source, c->fact->resolved, false) &&
		    (!best || (list->item[i].rw && !best->rw)))
			best = &list->item[i];
	return best;
}

static const char *allow_advice(struct rv_judge *j, const struct rv_mount_case *c)
{
	return rv_judge_ptr(j, "use a volume of the engine, or allow \"mount\": {\"source\": %s, \"access\": \"%s\"}",
			    rv_judge_str(j, c->fact->resolved), rv_spec_mount_is_ro(c->mount) ? "ro" : "rw");
}

static const char *bind_text(struct rv_judge *j, const struct rv_mount_case *c)
{
	return strcmp(c->source, c->fact->resolved) ? rv_judge_ptr(j, "binds %s, which is %s", c->source, c->fact->resolved) :
						      rv_judge_ptr(j, "binds %s", c->source);
}

static bool device_allowed(const struct rv_judge *j, const struct rv_path_fact *fact)
{
	return rv_device_allowed(&j->set->devices.allowed, S_ISBLK(fact->mode) ? 'b' : 'c', (int64_t)major(fact->rdev),
				 (int64_t)minor(fact->rdev), "");
}

static void judge_node(struct rv_judge *j, struct rv_mount_case *c)
{
	bool socket = S_ISSOCK(c->fact->mode);

	if (!socket && j->set->mounts.host_path == RV_HOSTPATH_NONSENSITIVE && device_allowed(j, c->fact))
		return;
	rv_mount_refuse(j, c, "mounts.hostPath", allow_advice(j, c),
	       rv_judge_ptr(j, "%s, a %s%s", bind_text(j, c), socket ? "socket of the host" : "device",
			    socket ? "; read-only does not keep anyone from connecting" : ""));
}

static void judge_volume(struct rv_judge *j, struct rv_mount_case *c, struct pod *pod)
{
	if (c->stage.plugin && !rv_list_glob(&j->set->mounts.volumes, c->stage.plugin)) {
		rv_mount_refuse(j, c, "mounts.volumes",
		       rv_judge_ptr(j, "use another kind of volume, or allow \"mounts\": {\"volumes\": [%s]}",
				    rv_judge_str(j, c->stage.plugin)),
		       rv_judge_ptr(j, "%s, a volume of the plug-in %s", bind_text(j, c), c->stage.plugin));
	} else if (c->stage.pod && pod->uid && strcmp(pod->uid, c->stage.pod)) {
		rv_mount_refuse(j, c, "mounts.hostPath", allow_advice(j, c),
		       rv_judge_ptr(j, "%s, of another pod than %s", bind_text(j, c), pod->uid));
	} else if (c->stage.pod) {
		pod->uid = c->stage.pod;
	}
}

/* What hostPath takes without an entry of mounts.allowed; sockets and devices never. */
static bool is_plain(const struct rv_judge *j, const struct rv_mount_case *c)
{
	return j->set->mounts.host_path == RV_HOSTPATH_NONSENSITIVE && c->fact && !is_node(c) &&
	       !rv_mount_sensitive(j, c->fact->resolved);
}

static void judge_host_path(struct rv_judge *j, struct rv_mount_case *c)
{
	if (j->set->mounts.host_path == RV_HOSTPATH_NONE)
		rv_mount_refuse(j, c, "mounts.hostPath", allow_advice(j, c),
		       rv_judge_ptr(j, "%s of the host, which is no volume of an engine", bind_text(j, c)));
	else if (!is_plain(j, c))
		rv_mount_refuse(j, c, "mounts.sensitive", allow_advice(j, c),
		       rv_judge_ptr(j, "%s, which is, holds or lies in a sensitive path of the host", bind_text(j, c)));
}

static void judge_source(struct rv_judge *j, struct rv_mount_case *c, struct pod *pod)
{
	if (j->set->mounts.host_path == RV_HOSTPATH_ANY)
		return;
	if (!c->source || !*c->source || !c->fact || !c->fact->resolved)
		rv_mount_refuse(j, c, "mounts.hostPath", "name a path that exists",
		       rv_judge_ptr(j, "binds %s, which leads to nothing that could be judged",
				    c->source && *c->source ? c->source : "nothing"));
	else if (c->allow)
		;
	else if (is_node(c))
		judge_node(j, c);
	else if (c->stage.kind != RV_STAGED_NO)
		judge_volume(j, c, pod);
	else
		judge_host_path(j, c);
	/* a device that passed did so by its numbers, whatever its names are */
	if (!c->out && (c->allow || !is_node(c)))
		rv_mount_judge_trees(j, c);
}

/* filesystem.protected: a directory of the container's own root, read-only where it is anyway. */
static bool is_protected(const struct rv_judge *j, const struct rv_mount_case *c)
{
	const char *root = j->facts->rootfs.path.resolved;

	return c->bind && c->fact && c->fact->resolved && c->destination && root && rv_spec_mount_is_ro(c->mount) &&
	       rv_list_any(&j->set->filesystem.protect, c->destination) && rv_str_starts(c->fact->resolved, root) &&
	       !strcmp(c->fact->resolved + strlen(root), c->destination);
}

bool rv_mount_is_supplied(const struct rv_judge *j, const struct rv_mount_case *c)
{
	return c->type && !c->bind && strcmp(c->type, "tmpfs") == 0 && c->destination &&
	       rv_list_any(&j->set->filesystem.tmpfs, c->destination);
}

/* A type that a policy allows says nothing of whose disk or directories are mounted. */
static void judge_made_of(struct rv_judge *j, struct rv_mount_case *c)
{
	if (j->set->mounts.host_path == RV_HOSTPATH_ANY)
		return;
	if (c->type && !strcmp(c->type, "overlay"))
		rv_mount_judge_layers(j, c);
	else if (is_node(c) && !c->allow && !device_allowed(j, c->fact))
		rv_mount_refuse(j, c, "mounts.types",
				rv_judge_ptr(j, "allow \"mount\": {\"source\": %s, \"access\": \"rw\"}",
					     rv_judge_str(j, c->fact->resolved)),
				rv_judge_ptr(j, "mounts the device %s", c->fact->resolved));
}

static void judge_type(struct rv_judge *j, struct rv_mount_case *c)
{
	const char *type = c->type ? c->type : "";

	if (rv_list_glob(&j->set->mounts.types, type) || rv_mount_is_supplied(j, c)) {
		judge_made_of(j, c);
		return;
	}
	rv_mount_refuse(j, c, "mounts.types",
	       rv_judge_ptr(j, "leave it out, or allow \"mounts\": {\"types\": [%s]}", rv_judge_str(j, type)),
	       rv_judge_ptr(j, "mounts a file system of type %s at %s", *type ? type : "(none)",
			    c->destination ? c->destination : "?"));
}

static bool has_own_place(const struct rv_mount_case *c)
{
	for (size_t i = 0; i < RV_COUNT(places); i++)
		if (!c->bind && c->type && places[i].type && !strcmp(places[i].type, c->type))
			return strcmp(c->type, "tmpfs") != 0;
	return false;
}

static bool may_be_at(const struct rv_mount_case *c, const char *path)
{
	if (!strcmp(path, "/"))
		return false;
	for (size_t i = 0; i < RV_COUNT(places); i++) {
		if (strcmp(places[i].destination, path))
			continue;
		if (places[i].type ? !c->bind && c->type && !strcmp(places[i].type, c->type) :
				     c->bind || (c->type && !strcmp(c->type, "tmpfs")))
			return true;
	}
	if (!rv_path_under(path, "/proc") && !rv_path_under(path, "/sys") && !rv_path_under(path, "/dev"))
		return !has_own_place(c);
	if (!c->allow)
		return false;
	for (size_t i = 0; i < RV_COUNT(lxcfs); i++)
		if (!strcmp(lxcfs[i], path))
			return !c->allow->rw || rv_spec_mount_is_ro(c->mount);
	return !rv_path_under(path, "/proc") && !strcmp(path, c->fact->resolved);
}

static bool climbs(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (!p[2] || p[2] == '/'))
			return true;
	return false;
}

static void judge_destination(struct rv_judge *j, struct rv_mount_case *c)
{
	const char *asked = rv_json_str(rv_json_get(c->mount, "destination"));
	const char *lexical = asked && *asked == '/' && !climbs(asked) ? rv_path_clean(j->arena, asked) : NULL;
	const char *what = c->bind ? c->source : c->type;

	if (j->set->mounts.destinations == RV_DEST_ANY)
		return;
	if (!what)
		what = "nothing";
	if (lexical && c->destination && strcmp(lexical, c->destination) &&
	    rv_spec_has_string(rv_json_get(c->mount, "options"), "dest-nofollow"))
		rv_mount_refuse(j, c, "mounts.destinations", "leave out the option dest-nofollow",
				rv_judge_ptr(j, "mounts %s at %s, through or over a link", what, lexical));
	else if (!lexical || !c->destination)
		rv_mount_refuse(j, c, "mounts.destinations", "give an absolute path without \"..\"",
		       rv_judge_ptr(j, "mounts at \"%s\", which is no place inside the container", asked ? asked : ""));
	else if (!may_be_at(c, lexical) || !may_be_at(c, c->destination))
		rv_mount_refuse(j, c, "mounts.destinations",
		       has_own_place(c) ? "mount it at its own place: proc at /proc, sysfs at /sys, cgroup at /sys/fs/cgroup"
					: "mount it outside of /proc, /sys and /dev",
		       strcmp(lexical, c->destination)
			       ? rv_judge_ptr(j, "mounts %s at %s, which in this image is %s", what, lexical, c->destination)
			       : rv_judge_ptr(j, "mounts %s at %s, where only the engines' own mounts belong", what, lexical));
}

/* crun takes id maps as an option, where namespaces.minHostID does not see them. */
static void judge_idmap(struct rv_judge *j, struct rv_mount_case *c)
{
	rv_json_each(v, rv_json_get(c->mount, "options")) {
		const char *option = rv_json_str(v);

		if (!c->out && option && (rv_str_starts(option, "idmap=") || rv_str_starts(option, "ridmap=")) &&
		    j->set->namespaces.min_host_id)
			rv_mount_refuse(j, c, "namespaces.minHostID", "give uidMappings and gidMappings of the mount",
			       rv_judge_ptr(j, "maps the ids of a mount by the option %s", option));
	}
}

static void gather(struct rv_judge *j, struct rv_mount_case *c, const struct rv_json *mount, size_t index)
{
	const struct rv_facts *facts = j->facts;
	const char *asked = rv_json_str(rv_json_get(mount, "destination"));

	*c = (struct rv_mount_case){
		.mount = mount,
		.index = index,
		.pointer = rv_judge_ptr(j, "/mounts/%zu", index),
		.source = rv_json_str(rv_json_get(mount, "source")),
		.type = rv_json_str(rv_json_get(mount, "type")),
		.bind = rv_spec_mount_is_bind(mount),
	};
	if (index < facts->mount_count)
		c->fact = &facts->mounts[index];
	if (!c->bind && !is_node(c))
		c->fact = NULL;
	c->allow = find_allow(j, c);
	if (c->fact && c->fact->resolved && !is_node(c))
		c->stage = rv_hostpath_stage(facts, j->arena, c->fact->resolved);
	if (c->stage.kind == RV_STAGED_PROGRAM && !rv_spec_mount_is_ro(mount))
		c->stage.kind = RV_STAGED_NO;
	c->only_by_allow =
		c->allow && c->stage.kind == RV_STAGED_NO && j->set->mounts.host_path != RV_HOSTPATH_ANY && !is_plain(j, c);
	if (facts->destinations && index < facts->mount_count)
		c->destination = facts->destinations[index];
	else if (asked && *asked == '/')
		c->destination = rv_path_clean(j->arena, asked);
}

static void judge_one(struct rv_judge *j, struct rv_mount_case *c, struct pod *pod)
{
	c->ro = is_protected(j, c);
	if (c->ro)
		return;
	if (c->bind)
		judge_source(j, c, pod);
	else
		judge_type(j, c);
	if (!c->out)
		judge_destination(j, c);
	if (!c->out)
		judge_idmap(j, c);
	if (!c->out)
		rv_mount_judge_options(j, c);
}

static int by_destination(const void *a, const void *b)
{
	const struct rv_mount_case *const *x = a, *const *y = b;
	int order = rv_path_cmp((*x)->destination, (*y)->destination);

	return order ? order : (*x)->index < (*y)->index ? -1 : 1;
}

/* CVE-2021-30465, CVE-2024-45310: who can write to the volume can swap the inner mount's destination for a link meanwhile. */
static void judge_nested(struct rv_judge *j, struct rv_mount_case *cases, size_t count)
{
	struct rv_mount_case **sorted = rv_arena_alloc(j->arena, (count + 1) * sizeof(*sorted));
	const struct rv_mount_case *outer[MAX_NESTING];
	size_t n = 0, depth = 0;

	for (size_t i = 0; sorted && i < count; i++)
		if (cases[i].bind && !cases[i].out && cases[i].destination)
			sorted[n++] = &cases[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_destination);
	for (size_t i = 0; i < n; i++) {
		struct rv_mount_case *c = sorted[i];

		while (depth && (!rv_path_under(c->destination, outer[depth - 1]->destination)))
			depth--;
		if (depth && strcmp(c->destination, outer[depth - 1]->destination))
			rv_judge_deny(j, "mounts.nested", rv_judge_ptr(j, "%s/destination", c->pointer),
				      "mount it beside the volume, or the volume read-only",
				      "mounts at %s, inside the writable volume %s", c->destination,
				      outer[depth - 1]->destination);
		if (!c->ro && c->stage.kind != RV_STAGED_FILE && depth < MAX_NESTING)
			outer[depth++] = c;
	}
}

static void judge(struct rv_judge *j)
{
	const struct rv_json *mounts = rv_json_get(j->spec->root, "mounts");
	size_t count = rv_json_count(mounts), i = 0;
	struct rv_mount_case *cases = rv_arena_alloc(j->arena, (count + 1) * sizeof(*cases));
	struct pod pod = { 0 };

	if (!cases)
		return;
	rv_json_each(mount, mounts) {
		gather(j, &cases[i], mount, i);
		judge_one(j, &cases[i], &pod);
		i++;
	}
	if (j->set->mounts.nested == RV_DENY)
		judge_nested(j, cases, count);
}

const struct rv_family rv_family_mounts = {
	.name = "mounts",
	.settings = settings,
	.judge = judge,
	.doc = "Mounts: source after resolution, type, destination, propagation, options.",
};
