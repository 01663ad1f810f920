/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"
#include "rules/mount.h"

static const char *const root_path_words[] = { "any", "nonsensitive", "storage", NULL };

#define SET(field) offsetof(struct rv_settings, filesystem.field)

static const char *check_protected(const char *item)
{
	struct rv_arena scratch = { 0 };
	const char *clean = rv_path_clean(&scratch, item);
	bool ok = clean && !strcmp(clean, item) && clean[1];

	rv_arena_done(&scratch);
	return ok ? NULL : "no clean absolute path of a directory below /";
}

static const struct rv_setting settings[] = {
	{ "readOnly", RV_SET_FLAG, SET(read_only), .doc = "Set root.readonly." },
	{ "tmpfs", RV_SET_SUPPLY, SET(tmpfs),
	  .doc = "Paths that get a tmpfs (of the container's user, nosuid, nodev, noexec) unless the container mounts something there; for "
		 "a read-only or rewritten root." },
	{ "protected", RV_SET_SUPPLY, SET(protect), .check = check_protected,
	  .doc = "Directories of the image that are bound read-only over themselves, so that nothing in them can be changed (EROFS); what "
		 "the container mounts below them stays as it is. Left out where the image has no such directory, where the container "
		 "mounts something else there, and with a read-only root." },
	{ "maskedPaths", RV_SET_SUPPLY, SET(masked),
	  .doc = "Paths that linux.maskedPaths must hold. /sys/devices/system/cpu/cpu*/thermal_throttle stands for every processor that "
		 "has one." },
	{ "readonlyPaths", RV_SET_SUPPLY, SET(readonly_paths), .doc = "Paths that linux.readonlyPaths must hold, unless they are masked." },
	{ "rootPath", RV_SET_WORD, SET(root_path), .words = root_path_words,
	  .doc = "Where root.path may be: any, nonsensitive (not a path that mounts.sensitive names), storage (inside the bundle or the "
		 "engines' storage)." },
	{ "links", RV_SET_WORD, SET(links), .words = rv_words_allow,
	  .doc = "deny: <rootfs>/proc, sys and dev must be directories and no links (CVE-2023-28642, CVE-2026-41579), /dev/null no fake, "
		 "the working directory must stay inside and off /proc and /sys, and no descriptor handed over may be a directory "
		 "(CVE-2024-21626)." },
	{ "propagation", RV_SET_WORD, SET(propagation), .words = rv_words_propagation,
	  .doc = "Strongest linux.rootfsPropagation: shared, slave, private; a stronger one is rewritten." },
	{ 0 }
};

static const struct rv_json *mounts_of(const struct rv_judge *j)
{
	return rv_json_get(j->spec->root, "mounts");
}

/* Where a mount lands inside the image, by its index in /mounts. */
static const char *destination_of(const struct rv_judge *j, const struct rv_json *mount, size_t index)
{
	const char *path = rv_json_str(rv_json_get(mount, "destination"));

	if (j->facts->destinations && index < j->facts->mount_count)
		return j->facts->destinations[index];
	return path && *path == '/' ? rv_path_clean(j->arena, path) : NULL;
}

/* ---- where the root is ---- */

static bool in_bundle(const struct rv_judge *j, const char *path)
{
	const char *bundle = j->facts->bundle;

	return bundle && strcmp(bundle, "/") && strcmp(bundle, path) && rv_path_under(path, bundle);
}

static void judge_root_path(struct rv_judge *j)
{
	const char *asked = rv_json_str(rv_json_at(j->spec->root, "/root/path")), *path = j->facts->rootfs.path.resolved;
	int word = j->set->filesystem.root_path;

	if (word == RV_ROOTPATH_ANY)
		return;
	if (!asked || !*asked || !path) {
		rv_judge_deny(j, "filesystem.rootPath", "/root/path", "name the container's root file system",
			      "the root path \"%s\" leads to nothing that could be judged", asked ? asked : "");
		return;
	}
	if (in_bundle(j, path) || rv_hostpath_is_storage(j->facts, path))
		return;
	if (word == RV_ROOTPATH_STORAGE)
		rv_judge_deny(j, "filesystem.rootPath", "/root/path", "use a root inside the bundle or made by the engine",
			      "the root is %s, which is neither in the bundle nor in an engine's storage", path);
	else if (rv_mount_sensitive(j, path))
		rv_judge_deny(j, "filesystem.rootPath", "/root/path", "use a root of the container's own",
			      "the root is %s, which is, holds or lies in a sensitive path of the host", path);
}

/* What the document mounts over it is not seen. */
static bool is_hidden(const struct rv_judge *j, const char *at)
{
	size_t i = 0;

	rv_json_each(mount, mounts_of(j)) {
		const char *over = destination_of(j, mount, i++);

		if (over && rv_path_under(at, over))
			return true;
	}
	return false;
}

static bool may_be_root(const struct rv_judge *j, const char *path)
{
	return in_bundle(j, path) || rv_hostpath_is_storage(j->facts, path) || rv_hostpath_in_storage(j->facts, path) ||
	       !rv_mount_sensitive(j, path);
}

/* Why a tree may not be seen in the root; NULL: it may. */
static const char *fault_of_tree(struct rv_judge *j, const struct rv_tree_fact *tree)
{
	bool mounted = rv_path_under(tree->point, j->facts->rootfs.path.resolved);

	if (*tree->at && is_hidden(j, tree->at))
		return NULL;
	if (rv_mount_type_is_kernel(tree->fs_type))
		return rv_judge_ptr(j, "%s, the host's %s", tree->names[0], tree->fs_type);
	for (const char *const *name = tree->names; *name; name++)
		if (!may_be_root(j, *name))
			return rv_judge_ptr(j, "%s, which is or holds %s of the host", tree->names[0], *name);
	/* engines name layers shortly, as seen from where they keep them */
	for (const char *const *layer = mounted ? tree->layers : NULL; layer && *layer; layer++)
		if (**layer == '/' ? !may_be_root(j, *layer) : !rv_hostpath_is_storage(j->facts, tree->point))
			return rv_judge_ptr(j, "%s, which is an overlay of %s", tree->names[0], *layer);
	return NULL;
}

/* Runtimes bind the root with all that is mounted below it. */
static void judge_root_trees(struct rv_judge *j)
{
	const struct rv_mount_trees *trees = &j->facts->rootfs.trees;

	if (j->set->filesystem.root_path == RV_ROOTPATH_ANY)
		return;
	if (trees->unknown)
		rv_judge_deny(j, "filesystem.rootPath", "/root/path", "look whether /proc/self/mountinfo can be read",
			      "what is mounted at the root %s cannot be told", j->facts->rootfs.path.resolved);
	for (size_t i = 0; i < trees->count; i++) {
		const char *fault = trees->item[i].names ? fault_of_tree(j, &trees->item[i]) : "";

		if (!fault)
			continue;
		rv_judge_deny(j, "filesystem.rootPath", "/root/path", "use a root of the container's own, with nothing mounted in it",
			      "the root brings along %s", fault);
		return;
	}
}

static void judge_read_only(struct rv_judge *j)
{
	if (j->set->filesystem.read_only && !rv_json_true(rv_json_at(j->spec->root, "/root/readonly")))
		rv_judge_set(j, "filesystem.readOnly", "/root/readonly", "true", "the root file system is read-only");
}

/* ---- lists that must hold certain paths ---- */

static void judge_mask(struct rv_judge *j, const struct rv_json *masked, const char *path)
{
	if (!rv_spec_has_string(masked, path))
		rv_judge_append(j, "filesystem.maskedPaths", "/linux/maskedPaths", rv_judge_str(j, path),
				"%s would show or change the host", path);
}

/* Runtimes take no globs; those of ours stand for what this host has of the kind. */
static void judge_lists(struct rv_judge *j)
{
	const struct rv_list *masked = &j->set->filesystem.masked, *readonly = &j->set->filesystem.readonly_paths;
	const struct rv_json *has_masked = rv_json_get(j->spec->linux_, "maskedPaths");
	const struct rv_json *has_readonly = rv_json_get(j->spec->linux_, "readonlyPaths");

	for (size_t i = 0; i < masked->count; i++) {
		if (!strchr(masked->item[i], '*'))
			judge_mask(j, has_masked, masked->item[i]);
		for (const char *const *path = j->facts->throttles; path && *path; path++)
			if (strchr(masked->item[i], '*') && rv_glob(masked->item[i], *path))
				judge_mask(j, has_masked, *path);
	}
	for (size_t i = 0; i < readonly->count; i++) {
		const char *path = readonly->item[i];
		bool hidden = rv_spec_has_string(has_masked, path);

		for (size_t k = 0; k < masked->count; k++)
			hidden |= !strcmp(masked->item[k], path);
		if (!hidden && !rv_spec_has_string(has_readonly, path))
			rv_judge_append(j, "filesystem.readonlyPaths", "/linux/readonlyPaths", rv_judge_str(j, path),
					"%s would let the container change the host", path);
	}
}

static uint32_t id_of_user(const struct rv_judge *j, const char *pointer, uint32_t rewritten)
{
	uint64_t id = 0;

	if (j->root_rewritten)
		return rewritten;
	return rv_json_u64(rv_json_at(j->spec->process, pointer), &id) && id < UINT32_MAX ? (uint32_t)id : 0;
}

/* It is the container's user's own: runc gives it the mode of the directory below, and some programs want theirs to themselves. */
static const char *tmpfs_entry(struct rv_judge *j, const char *path)
{
	uint32_t uid = id_of_user(j, "/user/uid", j->set->user.rewrite_uid);
	uint32_t gid = id_of_user(j, "/user/gid", j->set->user.rewrite_gid);
	uint64_t size = j->set->mounts.tmpfs_size;

	return rv_judge_ptr(j, "{\"destination\":%s,\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
			    "[\"nosuid\",\"nodev\",\"noexec\",\"mode=1777\"%s%s]}", rv_judge_str(j, path),
			    uid ? rv_judge_ptr(j, ",\"uid=%u\",\"gid=%u\"", uid, gid) : "",
			    size ? rv_judge_ptr(j, ",\"size=%llu\"", (unsigned long long)size) : "");
}

/* What the mounts family did to a mount: an edit inside it would be lost if it moved. */
enum fate { UNTOUCHED, EDITED, REMOVED };

static enum fate fate_of(const struct rv_judge *j, size_t index)
{
	char *pointer = rv_arena_printf(j->arena, "/mounts/%zu", index);
	enum fate fate = UNTOUCHED;

	for (size_t i = 0; pointer && i < j->plan->edit_count && fate != REMOVED; i++) {
		const struct rv_edit *e = &j->plan->edit[i];

		if (!strcmp(e->pointer, pointer))
			fate = REMOVED;
		else if (rv_str_starts(e->pointer, pointer) && e->pointer[strlen(pointer)] == '/')
			fate = EDITED;
	}
	return fate;
}

/* What is mounted below the new mount goes behind it, in its order: one that comes last would hide it. */
static void supply(struct rv_judge *j, const char *rule, const char *path, const char *entry, const char *mount_is, const char *why)
{
	size_t i = 0;

	rv_judge_append(j, rule, "/mounts", entry, "%s %s", path, why);
	rv_json_each(mount, mounts_of(j)) {
		size_t index = i++;
		const char *at = destination_of(j, mount, index);

		if (!at || !rv_path_under(at, path) || fate_of(j, index) == REMOVED)
			continue;
		rv_judge_remove(j, rule, rv_judge_ptr(j, "/mounts/%zu", index), "%s comes after the %s at %s", at, mount_is, path);
		rv_judge_append(j, rule, "/mounts", rv_json_text(j->spec->doc, mount), "%s comes after the %s at %s", at, mount_is, path);
	}
}

/* A mount below path was rewritten, so that it cannot be moved. */
static bool is_stuck(const struct rv_judge *j, const char *path)
{
	size_t i = 0;

	rv_json_each(mount, mounts_of(j)) {
		const char *at = destination_of(j, mount, i);

		if (at && rv_path_under(at, path) && fate_of(j, i) == EDITED)
			return true;
		i++;
	}
	return false;
}

static void judge_tmpfs(struct rv_judge *j)
{
	const struct rv_list *list = &j->set->filesystem.tmpfs;

	for (size_t k = 0; k < list->count; k++) {
		const char *path = list->item[k];
		bool there = false;
		size_t i = 0;

		rv_json_each(mount, mounts_of(j)) {
			const char *at = destination_of(j, mount, i++);

			there |= at && !strcmp(at, path);
		}
		if (there)
			continue;
		if (is_stuck(j, path))
			rv_judge_warn(j, "no tmpfs at %s: a mount below it is rewritten and cannot move behind it", path);
		else
			supply(j, "filesystem.tmpfs", path, tmpfs_entry(j, path), "tmpfs", "can be written");
	}
}

/* What the container has there is not the image's, or shows it read-only already. */
static bool is_replaced(const struct rv_judge *j, const char *path)
{
	const struct rv_list *tmpfs = &j->set->filesystem.tmpfs;
	size_t i = 0;

	rv_json_each(mount, mounts_of(j)) {
		const char *at = destination_of(j, mount, i++);

		if (at && at[1] && rv_path_under(path, at))
			return true;
	}
	for (i = 0; i < tmpfs->count; i++)
		if (rv_path_under(path, tmpfs->item[i]))
			return true;
	return false;
}

static bool is_image_dir(const struct rv_judge *j, const char *path)
{
	for (const char *const *dir = j->facts->rootfs.dirs; dir && *dir; dir++)
		if (!strcmp(*dir, path))
			return true;
	return false;
}

static void protect(struct rv_judge *j, const char *path)
{
	const char *source = rv_judge_ptr(j, "%s%s", j->facts->rootfs.path.resolved, path);
	const char *entry = rv_judge_ptr(j, "{\"destination\":%s,\"type\":\"bind\",\"source\":%s,\"options\":[\"bind\",\"ro\"]}",
					 rv_judge_str(j, path), rv_judge_str(j, source));

	if (is_stuck(j, path))
		rv_judge_deny(j, "filesystem.protected", "/mounts", "give the mounts below it the options that the policy asks for",
			      "%s cannot be made read-only: a mount below it is rewritten and cannot move behind it", path);
	else
		supply(j, "filesystem.protected", path, entry, "read-only bind", "cannot be changed");
}

static void judge_protected(struct rv_judge *j)
{
	const struct rv_list *list = &j->set->filesystem.protect;
	bool read_only = j->set->filesystem.read_only || rv_json_true(rv_json_at(j->spec->root, "/root/readonly"));

	for (size_t i = 0; i < list->count && !read_only && j->facts->rootfs.path.resolved; i++)
		if (is_image_dir(j, list->item[i]) && !is_replaced(j, list->item[i]))
			protect(j, list->item[i]);
}

/* ---- links that the image plants ---- */

static bool has_own_dev(const struct rv_judge *j)
{
	size_t i = 0;

	rv_json_each(mount, mounts_of(j)) {
		const char *at = destination_of(j, mount, i++), *type = rv_json_str(rv_json_get(mount, "type"));

		if (at && !strcmp(at, "/dev") && type && !strcmp(type, "tmpfs") && !rv_spec_mount_is_bind(mount))
			return true;
	}
	return false;
}

static void judge_rootfs(struct rv_judge *j)
{
	const struct rv_rootfs_fact *fact = &j->facts->rootfs;

	if (fact->bad_dir)
		rv_judge_deny(j, "filesystem.links", "/root/path", "rebuild the image with a directory there",
			      "%s of the image is a link or a file, and what is mounted there would land elsewhere "
			      "(CVE-2023-28642, CVE-2026-41579)", fact->bad_dir);
	if (fact->dev_null_fake && !has_own_dev(j))
		rv_judge_deny(j, "filesystem.links", "/root/path", "mount a tmpfs at /dev, or rebuild the image",
			      "/dev/null of the image is not the null device (CVE-2025-31133)");
}

static bool off_limits(const char *path)
{
	static const char *const places[] = { "/proc", "/sys", "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr" };

	for (size_t i = 0; i < RV_COUNT(places); i++)
		if (rv_path_under(path, places[i]))
			return true;
	return false;
}

static void judge_cwd(struct rv_judge *j)
{
	static const char advice[] = "give an absolute directory inside the container, off /proc and /sys";
	const char *asked = rv_json_str(rv_json_get(j->spec->process, "cwd"));
	const char *pointer = rv_judge_ptr(j, "%s/cwd", j->base);
	const struct rv_rootfs_fact *fact = &j->facts->rootfs;
	const char *lexical = asked && *asked == '/' ? rv_path_clean(j->arena, asked) : NULL;

	if (!lexical)
		rv_judge_deny(j, "filesystem.links", pointer, advice, "the working directory \"%s\" is not absolute",
			      asked ? asked : "");
	else if (off_limits(lexical))
		rv_judge_deny(j, "filesystem.links", pointer, advice,
			      "the working directory is %s, which may lead out of the container (CVE-2024-21626)", lexical);
	else if (fact->path.exists && (!fact->cwd || off_limits(fact->cwd)))
		rv_judge_deny(j, "filesystem.links", pointer, advice,
			      "the working directory %s is no directory inside the image%s%s (CVE-2024-21626)", lexical,
			      fact->cwd ? ": it leads to " : "", fact->cwd ? fact->cwd : "");
}

/* Directories are opened outside, so ".." of one leads to the host's root, as it does from a working directory out there. */
static void judge_handed(struct rv_judge *j)
{
	const struct rv_handed_fact *handed = &j->facts->handed;

	if (handed->dir)
		rv_judge_deny(j, "filesystem.links", j->base, "hand over files, pipes and sockets only",
			      "would get descriptor %d, which is the directory %s of the host: from there a process walks out of "
			      "the container (CVE-2024-21626)", handed->dir_fd, handed->dir);
}

/* A program reached through procfs: the runtime itself, or an open file of it. */
static bool is_proc_program(const char *path)
{
	return path && (rv_glob("/proc/*/exe", path) || rv_glob("/proc/*/task/*/exe", path) || rv_glob("/proc/*/fd/*", path) ||
			rv_glob("/proc/*/task/*/fd/*", path) || rv_glob("/dev/fd/*", path));
}

static bool is_root(const struct rv_judge *j)
{
	uint64_t uid = 0;

	rv_json_u64(rv_json_at(j->spec->process, "/user/uid"), &uid);
	return !uid && !j->root_rewritten && !j->userns_safe;
}

static void judge_arg0(struct rv_judge *j)
{
	const char *asked = rv_json_str(rv_json_first(rv_json_get(j->spec->process, "args")));
	const char *lexical = asked && *asked == '/' ? rv_path_clean(j->arena, asked) : NULL;

	if (!is_root(j) || (!is_proc_program(lexical) && !is_proc_program(j->facts->rootfs.arg0)))
		return;
	rv_judge_deny(j, "filesystem.links", rv_judge_ptr(j, "%s/args/0", j->base),
		      "run a program of the image, or as another user than root",
		      "starts %s, which is the runtime itself and could be overwritten by root (CVE-2019-5736)", asked);
}

/* ---- propagation ---- */

static void judge_propagation(struct rv_judge *j)
{
	const char *asked = rv_json_str(rv_json_get(j->spec->linux_, "rootfsPropagation"));
	const char *plain = asked && *asked == 'r' ? asked + 1 : asked;
	int strongest = j->set->filesystem.propagation;

	for (int i = 0; plain && i < strongest; i++)
		if (!strcmp(plain, rv_words_propagation[i]))
			rv_judge_set(j, "filesystem.propagation", "/linux/rootfsPropagation",
				     rv_judge_ptr(j, "\"%s%s\"", plain == asked ? "" : "r", rv_words_propagation[strongest]),
				     "mounts of the container would reach %s",
				     i == RV_PROP_SHARED ? "the host" : "it from the host");
}

static void judge_process(struct rv_judge *j)
{
	if (j->set->filesystem.links == RV_ALLOW)
		return;
	judge_cwd(j);
	judge_arg0(j);
	judge_handed(j);
}

static void judge(struct rv_judge *j)
{
	judge_root_path(j);
	judge_root_trees(j);
	judge_read_only(j);
	judge_lists(j);
	judge_tmpfs(j);
	judge_protected(j);
	judge_propagation(j);
	if (j->set->filesystem.links == RV_DENY)
		judge_rootfs(j);
	judge_process(j);
}

const struct rv_family rv_family_filesystem = {
	.name = "filesystem",
	.settings = settings,
	.judge = judge,
	.judge_exec = judge_process,
	.doc = "The root file system: where it is, whether it can be written, masked and read-only paths, links in it, the working "
	       "directory.",
};
