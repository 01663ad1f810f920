/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "resolve.h"

#define UNIX_MAX (64u * 1024 * 1024)
#define LISTENS	 0x10000 /* __SO_ACCEPTCON */

/* "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/x.sock": the path, or NULL for a line that is of no interest
 */
static char *listening_path(char *line)
{
	char *flags = line, *path;

	for (int i = 0; flags && i < 3; i++) {
		flags = strchr(flags, ' ');
		flags += flags != NULL;
	}
	if (!flags || !(strtoul(flags, NULL, 16) & LISTENS))
		return NULL;
	path = strstr(flags, " /");
	return path ? path + 1 : NULL;
}

/* Many listen in one directory. */
struct rv_socket_dir {
	const char *text; /* as it was bound */
	struct rv_path_fact path;
	const struct rv_mountinfo *mount; /* NULL: leads nowhere */
};

static const struct rv_socket_dir *directory(struct rv_sockets *sockets, struct rv_mounts *mounts, const char *text, size_t len)
{
	const struct rv_mountinfo *named;
	struct rv_socket_dir *dir;

	for (size_t i = 0; i < sockets->dir_count; i++)
		if (!strncmp(sockets->dir[i].text, text, len) && !sockets->dir[i].text[len])
			return &sockets->dir[i];
	dir = &sockets->dir[sockets->dir_count];
	dir->text = rv_arena_strndup(mounts->arena, text, len);
	if (!dir->text)
		return NULL;
	sockets->dir_count++;
	named = rv_mountinfo_of(&mounts->all, dir->text);
	if (named && rv_mounts_is_remote(named->fs_type))
		return dir;
	rv_resolve_host(mounts->arena, "/", *dir->text ? dir->text : "/", &dir->path);
	dir->mount = dir->path.exists ? rv_mounts_of(mounts, &dir->path) : NULL;
	return dir;
}

static void add(struct rv_sockets *sockets, struct rv_mounts *mounts, const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct rv_socket_dir *dir = directory(sockets, mounts, path, (size_t)(slash - path));
	struct rv_tree_fact tree = { 0 };
	const char *resolved;

	if (!dir || !dir->mount)
		return;
	resolved = rv_arena_printf(mounts->arena, "%s%s", strcmp(dir->path.resolved, "/") ? dir->path.resolved : "", slash);
	if (!resolved)
		return;
	rv_mounts_tree(mounts, dir->mount, resolved, &tree);
	if (tree.root)
		sockets->item[sockets->count++] = (struct rv_socket_place){ resolved, tree.dev, tree.root };
}

static void read_sockets(struct rv_sockets *sockets, struct rv_mounts *mounts)
{
	rv_autofd fd = open("/proc/self/net/unix", O_RDONLY | O_CLOEXEC);
	rv_autobuf text = { 0 };
	size_t lines = 1;

	sockets->read = true;
	sockets->failed = fd < 0 || rv_io_read_fd(fd, UNIX_MAX, &text, NULL) < 0;
	if (sockets->failed || !text.len)
		return;
	for (const char *p = text.data; (p = strchr(p, '\n')); p++)
		lines++;
	sockets->item = rv_arena_alloc(mounts->arena, lines * sizeof(*sockets->item));
	sockets->dir = rv_arena_alloc(mounts->arena, lines * sizeof(*sockets->dir));
	for (char *line = text.data, *end; sockets->item && sockets->dir && *line; line = end) {
		char *path;

		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		path = listening_path(line);
		if (path)
			add(sockets, mounts, path);
	}
}

static bool in_view(const struct rv_mount_trees *trees, const struct rv_socket_place *place)
{
	for (size_t i = 0; i < trees->count; i++)
		if (trees->item[i].dev == place->dev && rv_path_under(place->root, trees->item[i].root))
			return true;
	return false;
}

/* A path that somebody listened at and then removed, or bound again, is listed as well. */
static void add_fact(struct rv_mount_trees *trees, const char *path)
{
	struct stat st;

	for (size_t i = 0; i < trees->socket_count; i++)
		if (!strcmp(trees->socket[i].path, path))
			return;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		trees->socket[trees->socket_count++] = (struct rv_socket_fact){ path, st.st_uid };
}

void rv_sockets_in(struct rv_sockets *sockets, struct rv_mounts *mounts, struct rv_mount_trees *trees)
{
	if (!sockets->read)
		read_sockets(sockets, mounts);
	trees->unknown |= sockets->failed;
	trees->socket = rv_arena_alloc(mounts->arena, (sockets->count + 1) * sizeof(*trees->socket));
	for (size_t i = 0; trees->socket && i < sockets->count; i++)
		if (in_view(trees, &sockets->item[i]))
			add_fact(trees, sockets->item[i].path);
}
