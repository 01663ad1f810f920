/* SPDX-License-Identifier: Apache-2.0 */
#include "staged.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VOLUMES_MAX 256		/* of one pod; its author lists each */

static bool has_block_device(const struct rv_spec *spec)
{
	rv_json_each(node, rv_json_get(spec->linux_, "devices")) {
		const char *type = rv_json_str(rv_json_get(node, "type"));

		if (type && !strcmp(type, "b"))
			return true;
	}
	return false;
}

static bool is_name(const char *text)
{
	return text && *text && !strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static DIR *open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

/* The next entry that is no "." or ".."; NULL after the last. */
static const char *next_name(DIR *dir)
{
	struct dirent *entry;

	while ((entry = readdir(dir)))
		if (is_name(entry->d_name))
			return entry->d_name;
	return NULL;
}

/* One link a volume, which the kubelet made: pkg/volume/util/volumepathhandler. */
static void add_plugin(struct rv_facts *facts, int volumes, const char *plugin, struct rv_arena *arena)
{
	DIR *dir = open_dir(volumes, plugin);
	const char *name;
	struct stat st;

	if (!dir)
		return;
	plugin = rv_arena_strdup(arena, plugin);
	while (facts->block_count < VOLUMES_MAX && (name = next_name(dir)))
		if (fstatat(dirfd(dir), name, &st, 0) == 0 && S_ISBLK(st.st_mode))
			facts->blocks[facts->block_count++] = (struct rv_block_fact){ .plugin = plugin, .rdev = st.st_rdev };
	closedir(dir);
}

static void add_kubelet(struct rv_facts *facts, const char *kubelet, struct rv_arena *arena)
{
	const char *path = rv_arena_printf(arena, "%s/pods/%s/volumeDevices", kubelet, facts->pod_uid), *plugin;
	DIR *volumes = path ? open_dir(AT_FDCWD, path) : NULL;

	if (!volumes)
		return;
	while ((plugin = next_name(volumes)))
		add_plugin(facts, dirfd(volumes), plugin, arena);
	closedir(volumes);
}

void rv_staged_gather(struct rv_facts *facts, const struct rv_spec *spec, struct rv_arena *arena)
{
	if (!is_name(facts->pod_uid) || !has_block_device(spec))
		return;
	facts->blocks = rv_arena_alloc(arena, VOLUMES_MAX * sizeof(*facts->blocks));
	for (const char *const *dir = facts->dirs.kubelet; facts->blocks && dir && *dir; dir++)
		add_kubelet(facts, *dir, arena);
}
