/* SPDX-License-Identifier: Apache-2.0 */
#include "set.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/programs.h"
#include "bpf/shared.h"
#include "pins.h"

#define HEX "0123456789abcdef"

void rv_set_name(const char *rules, bool base, char name[RV_SET_NAME])
{
	snprintf(name, RV_SET_NAME, "%.16s-%.16s%s", RV_PROGRAMS_HASH, rules, base ? "-base" : "");
}

bool rv_set_is_name(const char *name)
{
	return strspn(name, HEX) == 16 && name[16] == '-' && strspn(name + 17, HEX) == 16 &&
	       (!name[33] || !strcmp(name + 33, "-base"));
}

bool rv_set_is_ours(const char *name)
{
	return !strncmp(name, RV_PROGRAMS_HASH, 16);
}

void rv_set_rules(const char *name, char rules[17])
{
	snprintf(rules, 17, "%.16s", name + 17);
}

void rv_set_path(char path[RV_SET_PATH], const char *name, const char *what)
{
	snprintf(path, RV_SET_PATH, RV_SETS_DIR "/%s%s%s", name, *what ? "/" : "", what);
}

bool rv_set_exists(const char *name)
{
	char path[RV_SET_PATH];

	rv_set_path(path, name, "");
	return access(path, F_OK) == 0;
}

unsigned rv_set_flags(const char *name, unsigned flags)
{
	char path[RV_SET_PATH];

	rv_set_path(path, name, "progs/calls-" RV_CHANGES_BY_CALLS);
	return access(path, F_OK) == 0 ? flags | RV_C_CALLS : flags;
}

static int open_map(const char *name, const char *map, int *fd, struct rv_err *err)
{
	char path[RV_SET_PATH], what[32];

	snprintf(what, sizeof(what), "maps/%s", map);
	rv_set_path(path, name, what);
	return rv_pin_open(path, fd, err);
}

/* The kernel copies as much as its own entries are long. */
static int check_layout(const char *name, const char *map, int fd, struct rv_err *err)
{
	static const struct {
		const char *map;
		size_t key, value;
	} layout[] = {
		{ "allowed", sizeof(struct rv_allowed_key), sizeof(struct rv_allowed) },
		{ "cgroups", sizeof(__u64), sizeof(__u64) },
		{ "containers", sizeof(__u64), sizeof(struct rv_container) },
		{ "rates", sizeof(struct rv_rate_key), sizeof(struct rv_rate) },
		{ "status", sizeof(__u32), sizeof(struct rv_status) },
		{ "used", sizeof(struct rv_used_key), sizeof(struct rv_used) },
	};
	struct rv_map_info info;
	int rc = rv_map_info(fd, &info);

	for (size_t i = 0; rc == 0 && i < RV_COUNT(layout); i++)
		if (!strcmp(layout[i].map, map) && layout[i].key == info.key_size && layout[i].value == info.value_size)
			return 0;
	return rc < 0 ? rv_err_errno(err, -rc, "cannot look at the map %s", map)
		      : rv_err(err, RV_EDOCUMENT, "the set %s is laid out by another version of reeve", name);
}

int rv_set_map(const char *name, const char *map, int *fd, struct rv_err *err)
{
	int rc = open_map(name, map, fd, err);

	if (rc == 0 && !rv_set_is_ours(name))
		rc = check_layout(name, map, *fd, err);
	if (rc < 0)
		rv_io_close(fd);
	return rc;
}

int rv_set_ids(const char *name, int *fd, struct rv_err *err)
{
	int rc = open_map(name, "containers", fd, err);
	struct rv_map_info info;

	if (rc == 0 && (rv_map_info(*fd, &info) < 0 || info.key_size != sizeof(__u64)))
		rc = rv_err(err, RV_EDOCUMENT, "the set %s is laid out by another version of reeve", name);
	if (rc < 0)
		rv_io_close(fd);
	return rc;
}

void rv_set_drop_links(const char *name, uint64_t container)
{
	char path[RV_SET_PATH], what[32];
	struct dirent *file;
	DIR *dir;

	snprintf(what, sizeof(what), "c/%" PRIu64, container);
	rv_set_path(path, name, what);
	dir = opendir(path);
	if (!dir)
		return;
	while ((file = readdir(dir)))
		if (file->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), file->d_name, 0);
	closedir(dir);
	(void)rmdir(path);
}
