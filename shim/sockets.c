/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "resolve.h"

#define UNIX_MAX (64u * 1024 * 1024)
#define LISTENS 0x10000 /* __SO_ACCEPTCON */

/* "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/x.sock": the path, or NULL for a line that is of no interest */
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

static void add(struct rv_sockets *sockets, struct rv_mounts *mounts, const char *path)
{
	struct rv_socket_place *place = &sockets->item[sockets->count];
	const struct rv_mountinfo *mount = rv_mountinfo_of(&mounts->all, path);
	struct rv_tree_fact tree = { 0 };
	struct rv_path_fact fact;
	struct stat st;

	if (mount && rv_mounts_is_remote(mount->fs_type))
		return;
	rv_resolve_host(mounts->arena, "/", path, &fact);
	if (!fact.exists || !S_ISSOCK(fact.mode) || lstat(fact.resolved, &st) < 0)
		return;
	mount = rv_mounts_of(mounts, &fact);
	if (!mount)
		return;
	rv_mounts_tree(mounts, mount, fact.resolved, &tree);
	*place = (struct rv_socket_place){ { fact.resolved, st.st_uid }, tree.dev, tree.root };
	for (size_t i = 0; i < sockets->count; i++)
		if (!strcmp(sockets->item[i].socket.path, fact.resolved))
			return;
	if (tree.root)
		sockets->count++;
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
	for (char *line = text.data, *end; sockets->item && *line; line = end) {
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

void rv_sockets_in(struct rv_sockets *sockets, struct rv_mounts *mounts, struct rv_mount_trees *trees)
{
	if (!sockets->read)
		read_sockets(sockets, mounts);
	trees->unknown |= sockets->failed;
	trees->socket = rv_arena_alloc(mounts->arena, (sockets->count + 1) * sizeof(*trees->socket));
	for (size_t i = 0; trees->socket && i < sockets->count; i++)
		if (in_view(trees, &sockets->item[i]))
			trees->socket[trees->socket_count++] = sockets->item[i].socket;
}
