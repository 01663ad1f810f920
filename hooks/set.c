/* SPDX-License-Identifier: Apache-2.0 */
#include "set.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/programs.h"
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

int rv_set_map(const char *name, const char *map, int *fd, struct rv_err *err)
{
	char path[RV_SET_PATH], what[32];

	snprintf(what, sizeof(what), "maps/%s", map);
	rv_set_path(path, name, what);
	return rv_pin_open(path, fd, err);
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
