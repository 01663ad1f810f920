/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/mount.h"

#include <fnmatch.h>

#include "rules/family.h"

/*
 * A path is a name. What a mount shows is told by its trees, and each may have other names on this host: a harmless path where
 * somebody mounted /etc, a volume that an engine made of a host path, a subdirectory that the kubelet bound for a pod.
 */

/* Kernel interfaces: what they show is the host wherever they are mounted. */
static const char *const kernel_types[] = { "binfmt_misc", "bpf",	"cgroup*",  "configfs", "debugfs",
					    "devpts",	   "devtmpfs",	"efivarfs", "fusectl",	"mqueue",
					    "nfsd",	   "nsfs",	"proc",	    "pstore",	"rpc_pipefs",
					    "securityfs",  "selinuxfs", "smackfs",  "sysfs",	"tracefs" };

/* Control sockets by which one becomes root, or the user whose they are, on the host. */
static const char *const control_sockets[] = { "docker.sock",	    "podman.sock",     "containerd.sock*", "crio.sock",
					       "cri-dockerd.sock",  "dockershim.sock", "buildkitd.sock",   "kubelet.sock",
					       "nri.sock",	    "nydusd.sock",     "libvirt-sock*",	   "virtqemud-sock*",
					       "system_bus_socket", "snapd.socket",    "unix.socket" /* lxd, incus */ };

/* People's own programs listen there, also root's; what is private lies in hidden directories. */
static const char *const homes[] = { "/root/**", "/home/*/**", "/var/home/*/**" };

static bool any_of(const char *const *globs, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (fnmatch(globs[i], word, 0) == 0)
			return true;
	return false;
}

static bool in_home(const char *path)
{
	for (size_t i = 0; i < RV_COUNT(homes); i++)
		if (rv_glob(homes[i], path))
			return true;
	return false;
}

static bool meets(const char *const *dirs, const char *path)
{
	for (; dirs && *dirs; dirs++)
		if (rv_path_under(path, *dirs) || rv_path_under(*dirs, path))
			return true;
	return false;
}

bool rv_mount_type_is_kernel(const char *fs_type)
{
	return any_of(kernel_types, RV_COUNT(kernel_types), fs_type);
}

bool rv_mount_sensitive(const struct rv_judge *j, const char *path)
{
	const struct rv_dirs *dirs = &j->facts->dirs;

	return rv_hostpath_sensitive(&j->set->mounts.sensitive, path) || meets(dirs->kubelet, path) ||
	       meets(dirs->containerd, path) || meets(dirs->docker, path) || meets(dirs->containers, path) ||
	       meets(dirs->own, path);
}

const struct rv_mount_allow *rv_mount_covers(const struct rv_judge *j, const char *path)
{
	const struct rv_mount_allows *list = &j->set->mounts.allowed;
	const struct rv_mount_allow *best = NULL;

	for (size_t i = 0; i < list->count; i++)
		if (rv_hostpath_takes(j->facts, j->arena, list->item[i].source, path, true) &&
		    (!best || (list->item[i].rw && !best->rw)))
			best = &list->item[i];
	return best;
}

/* ---- names ---- */

/* A directory that an engine gives to containers anyway, as it is or bound for a persistent volume. What belongs to one pod
 * alone (secrets, tokens) is none. */
static bool is_volume(const struct rv_judge *j, const char *path)
{
	static const char *const of_one_pod[] = { "kubernetes.io~secret", "kubernetes.io~projected", "kubernetes.io~configmap",
						  "kubernetes.io~downward-api", "kubernetes.io~empty-dir" };
	struct rv_stage stage = rv_hostpath_stage(j->facts, j->arena, path);

	return stage.kind == RV_STAGED_VOLUME && !(stage.plugin && any_of(of_one_pod, RV_COUNT(of_one_pod), stage.plugin));
}

/* How a mount's trees came to be. */
enum trust {
	HOST,	/* a path of the host, allowed or plain */
	STAGED, /* an engine put another tree there: its other names say what it is */
	OWN,	/* an engine's own files */
};

struct shown {
	struct rv_judge *j;
	struct rv_mount_case *c;
	enum trust trust;
};

static bool takes(struct shown *s, const struct rv_mount_allow *allow)
{
	s->c->names_ro |= allow && !allow->rw;
	return allow != NULL;
}

static bool name_passes(struct shown *s, const char *name)
{
	bool strict = s->trust == STAGED && s->j->set->mounts.host_path == RV_HOSTPATH_NONE;
	const struct rv_mount_allow *allow = rv_mount_covers(s->j, name);

	/* the cheap answer first: a bind of the whole host has thousands of names */
	if (allow && (allow->rw || (s->c->only_by_allow && !s->c->allow->rw)))
		return true;
	return is_volume(s->j, name) || (s->trust == STAGED && rv_hostpath_in_storage(s->j->facts, name)) ||
	       (!strict && !rv_mount_sensitive(s->j, name)) || takes(s, allow);
}

static const char *what_of(const struct shown *s, const struct rv_tree_fact *tree)
{
	return *tree->at ? rv_judge_ptr(s->j, "binds %s with %s, which is mounted below it", s->c->source, tree->names[0])
			 : rv_judge_ptr(s->j, "binds %s", s->c->source);
}

static bool refuse_name(struct shown *s, const struct rv_tree_fact *tree, const char *name, const char *how)
{
	struct rv_judge *j = s->j;
	bool none = j->set->mounts.host_path == RV_HOSTPATH_NONE;

	rv_mount_refuse(j, s->c, none ? "mounts.hostPath" : "mounts.sensitive",
			rv_judge_ptr(j,
				     "use a volume of the engine, or allow \"mount\": {\"source\": %s, \"access\": \"%s\"} too",
				     rv_judge_str(j, name), rv_spec_mount_is_ro(s->c->mount) ? "ro" : "rw"),
			rv_judge_ptr(j, "%s%s %s %s of the host", what_of(s, tree), *tree->at ? " and" : ", which", how, name));
	return false;
}

/* names[0] of the source itself is what judge_source() has looked at. */
static bool names_pass(struct shown *s, const struct rv_tree_fact *tree)
{
	size_t first = *tree->at ? 0 : 1;

	for (size_t i = first; tree->names[0] && tree->names[i]; i++)
		if (!name_passes(s, tree->names[i]))
			return refuse_name(s, tree, tree->names[i], "is or holds");
	return true;
}

/* An overlay at a plain place is no more than the directories it is made of. At a sensitive one (the whole system is one) its
 * place says what it is. */
static bool layers_pass(struct shown *s, const struct rv_tree_fact *tree)
{
	if (s->trust == HOST && rv_mount_sensitive(s->j, tree->point))
		return true;
	for (const char *const *layer = tree->layers; layer && *layer; layer++)
		if (**layer != '/' || !(rv_hostpath_in_storage(s->j->facts, *layer) || name_passes(s, *layer)))
			return refuse_name(s, tree, *layer, "is an overlay of");
	return true;
}

static bool type_passes(struct shown *s, const struct rv_tree_fact *tree)
{
	if (!rv_mount_type_is_kernel(tree->fs_type) || takes(s, rv_mount_covers(s->j, tree->names[0])))
		return true;
	rv_mount_refuse(s->j, s->c, "mounts.sensitive",
			rv_judge_ptr(s->j,
				     "bind a directory without it, or allow \"mount\": {\"source\": %s, \"access\": \"ro\"}",
				     rv_judge_str(s->j, tree->names[0])),
			rv_judge_ptr(s->j, "%s, the host's %s", what_of(s, tree), tree->fs_type));
	return false;
}

/* ---- sockets ---- */

static bool is_control(const struct rv_socket_fact *socket)
{
	const char *slash = strrchr(socket->path, '/');

	return any_of(control_sockets, RV_COUNT(control_sockets), slash ? slash + 1 : socket->path) ||
	       (socket->uid == 0 && !in_home(socket->path));
}

static bool sockets_pass(struct shown *s, const struct rv_mount_trees *trees)
{
	struct rv_judge *j = s->j;

	for (size_t i = 0; i < trees->socket_count; i++) {
		const struct rv_socket_fact *socket = &trees->socket[i];

		if (!is_control(socket) || rv_mount_covers(j, socket->path))
			continue;
		rv_mount_refuse(
			j, s->c, "mounts.hostPath",
			rv_judge_ptr(j, "bind a directory without it, or allow \"mount\": {\"source\": %s, \"access\": \"rw\"}",
				     rv_judge_str(j, socket->path)),
			rv_judge_ptr(j,
				     "binds %s, and with it the socket %s at which %s listens; read-only does not keep anyone "
				     "from connecting",
				     s->c->source, socket->path, socket->uid ? "the host" : "root of the host"));
		return false;
	}
	return true;
}

/* ---- reeve's own files ---- */

/* Only an entry that names them gives them away, none for a directory above. */
static bool own_allowed(const struct rv_judge *j, const char *own)
{
	const struct rv_mount_allows *list = &j->set->mounts.allowed;

	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].rw && (rv_glob(list->item[i].source, own) || rv_path_under(list->item[i].source, own)))
			return true;
	return false;
}

static const char *own_file(const struct rv_judge *j, const char *name)
{
	for (const char *const *own = j->facts->dirs.own; own && *own; own++)
		if ((rv_path_under(name, *own) || rv_path_under(*own, name)) && !own_allowed(j, *own))
			return *own;
	return NULL;
}

/* Read-only for the whole, or for this tree: a plain ro leaves submounts as they are. */
static bool can_write(const struct shown *s, const struct rv_tree_fact *tree)
{
	const struct rv_mount_case *c = s->c;

	if (tree->ro || (c->only_by_allow && !c->allow->rw) || c->names_ro)
		return false;
	return *tree->at ? !rv_spec_has_string(rv_json_get(c->mount, "options"), "rro") : !rv_spec_mount_is_ro(c->mount);
}

static bool own_files_kept(struct shown *s, const struct rv_tree_fact *tree)
{
	for (const char *const *name = tree->names; can_write(s, tree) && *name; name++) {
		const char *own = own_file(s->j, *name);

		if (!own)
			continue;
		rv_mount_refuse(s->j, s->c, "mounts.sensitive", "bind it read-only",
				rv_judge_ptr(s->j, "%s writable, which is, holds or lies in %s, where reeve keeps its own",
					     what_of(s, tree), own));
		return false;
	}
	return true;
}

/* ---- all of a mount ---- */

static bool has_own_volume(const struct rv_judge *j, const struct rv_tree_fact *tree, const char *pod)
{
	for (const char *const *name = tree->names; *name; name++) {
		struct rv_stage stage = rv_hostpath_stage(j->facts, j->arena, *name);

		if (stage.plugin && stage.pod && !strcmp(stage.pod, pod))
			return true;
	}
	return false;
}

static enum trust trust_of(const struct rv_judge *j, const struct rv_mount_case *c, const struct rv_tree_fact *tree)
{
	if (c->stage.kind == RV_STAGED_NO || !tree->names)
		return HOST;
	/* the kubelet's volumes are made by those who administer the cluster */
	if (c->stage.plugin || rv_hostpath_stage(j->facts, j->arena, tree->point).kind == RV_STAGED_NO)
		return OWN;
	/* but a subPath is bound for a hostPath as for any other volume: it must be one of a volume of this pod */
	return c->stage.pod && has_own_volume(j, tree, c->stage.pod) ? OWN : STAGED;
}

/* Engines judge what they mount for others when those start: who is allowed their directory gets that along. */
static bool is_others(const struct shown *s, const struct rv_tree_fact *tree)
{
	return *tree->at && s->c->allow && rv_hostpath_stage(s->j->facts, s->j->arena, tree->names[0]).kind != RV_STAGED_NO;
}

static bool tree_passes(struct shown *s, const struct rv_tree_fact *tree)
{
	if (s->trust == OWN || is_others(s, tree))
		return own_files_kept(s, tree);
	return names_pass(s, tree) && layers_pass(s, tree) && type_passes(s, tree) && own_files_kept(s, tree);
}

static const struct rv_mount_trees *trees_of(const struct rv_judge *j, const struct rv_mount_case *c)
{
	return j->facts->trees && c->index < j->facts->mount_count ? &j->facts->trees[c->index] : NULL;
}

static bool trees_pass(struct shown *s, const struct rv_mount_trees *trees)
{
	for (size_t i = 0; i < trees->count; i++) {
		if (!trees->item[i].names) {
			s->j->plan->failed = true;
			return false;
		}
		if (!tree_passes(s, &trees->item[i]))
			return false;
		/* what somebody mounted below an engine's volume is not the engine's, but all in the kubelet's volumes is */
		if (s->trust == OWN && !s->c->stage.pod)
			s->trust = STAGED;
	}
	return true;
}

void rv_mount_judge_trees(struct rv_judge *j, struct rv_mount_case *c)
{
	const struct rv_mount_trees *trees = trees_of(j, c);
	struct shown s = { .j = j, .c = c };
	enum trust source;

	if (!trees || j->set->mounts.host_path == RV_HOSTPATH_ANY)
		return;
	if (trees->unknown) {
		rv_mount_refuse(j, c, "mounts.hostPath", "look whether /proc/self/mountinfo and /proc/net/unix can be read",
				rv_judge_ptr(j, "binds %s, and what is mounted there cannot be told", c->source));
		return;
	}
	source = s.trust = trees->count ? trust_of(j, c, &trees->item[0]) : HOST;
	if (trees_pass(&s, trees) && source != OWN)
		sockets_pass(&s, trees);
}

static bool layer_passes(struct shown *s, const char *name)
{
	const struct rv_judge *j = s->j;

	if (rv_hostpath_in_storage(j->facts, name) || is_volume(j, name))
		return true;
	return j->set->mounts.host_path == RV_HOSTPATH_NONE ? rv_mount_covers(j, name) != NULL : name_passes(s, name);
}

void rv_mount_judge_layers(struct rv_judge *j, struct rv_mount_case *c)
{
	const struct rv_mount_trees *trees = trees_of(j, c);
	struct shown s = { .j = j, .c = c };
	bool none = j->set->mounts.host_path == RV_HOSTPATH_NONE;

	if (!trees)
		return;
	if (trees->unknown) {
		rv_mount_refuse(j, c, "mounts.hostPath", "name directories that exist by absolute paths",
				"mounts an overlay of directories that could not be looked at");
		return;
	}
	for (size_t i = 0; i < trees->count; i++) {
		for (const char *const *name = trees->item[i].names; name && *name; name++) {
			if (layer_passes(&s, *name))
				continue;
			rv_mount_refuse(j, c, none ? "mounts.hostPath" : "mounts.sensitive",
					rv_judge_ptr(j, "allow \"mount\": {\"source\": %s, \"access\": \"rw\"}",
						     rv_judge_str(j, *name)),
					rv_judge_ptr(j, "mounts an overlay of %s of the host", *name));
			return;
		}
	}
}

bool rv_mount_has_below(const struct rv_judge *j, const struct rv_mount_case *c)
{
	const struct rv_mount_trees *trees = trees_of(j, c);

	return trees && (trees->unknown || trees->count > 1);
}

bool rv_mount_tree_writable(const struct rv_judge *j, const struct rv_mount_case *c)
{
	const struct rv_mount_trees *trees = trees_of(j, c);

	if (!trees || trees->unknown || !trees->count)
		return true;
	for (size_t i = 1; i < trees->count; i++)
		if (!trees->item[i].ro)
			return true;
	return false;
}
