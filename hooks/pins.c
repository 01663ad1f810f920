/* SPDX-License-Identifier: Apache-2.0 */
#include "pins.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int call(enum bpf_cmd command, union bpf_attr *attr)
{
	long rc = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return rc < 0 ? -errno : (int)rc;
}

/* Descriptors that bpf(2) makes are closed on exec. */
int rv_pin_open(const char *path, int *fd, struct rv_err *err)
{
	union bpf_attr attr;
	int rc;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)path;
	rc = call(BPF_OBJ_GET, &attr);
	if (rc < 0)
		return rv_err_errno(err, -rc, "cannot open %s", path);
	*fd = rc;
	return 0;
}

int rv_pin_put(int fd, const char *path, struct rv_err *err)
{
	union bpf_attr attr;
	int rc;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)path;
	attr.bpf_fd = (__u32)fd;
	rc = call(BPF_OBJ_PIN, &attr);
	return rc < 0 ? rv_err_errno(err, -rc, "cannot pin %s", path) : 0;
}

size_t rv_pin_clear(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *file;
	size_t count = 0;

	while (dir && (file = readdir(dir)))
		if (file->d_name[0] != '.')
			count += unlinkat(dirfd(dir), file->d_name, 0) == 0;
	if (dir)
		closedir(dir);
	return count;
}

static int on_entry(enum bpf_cmd command, int map, const void *key, const void *value, uint64_t flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (__u32)map;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	attr.flags = flags;
	return call(command, &attr);
}

int rv_map_look(int map, const void *key, void *value)
{
	return on_entry(BPF_MAP_LOOKUP_ELEM, map, key, value, 0);
}

int rv_map_put(int map, const void *key, const void *value, uint64_t flags)
{
	return on_entry(BPF_MAP_UPDATE_ELEM, map, key, value, flags);
}

int rv_map_drop(int map, const void *key)
{
	return on_entry(BPF_MAP_DELETE_ELEM, map, key, NULL, 0);
}

/* The next key is where other commands have the value. */
int rv_map_next(int map, const void *key, void *next)
{
	return on_entry(BPF_MAP_GET_NEXT_KEY, map, key, next, 0);
}

int rv_map_info(int map, struct rv_map_info *info)
{
	struct bpf_map_info found = { 0 };
	union bpf_attr attr;
	int rc;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (__u32)map;
	attr.info.info_len = sizeof(found);
	attr.info.info = (uintptr_t)&found;
	rc = call(BPF_OBJ_GET_INFO_BY_FD, &attr);
	*info = (struct rv_map_info){
		.type = found.type, .key_size = found.key_size, .value_size = found.value_size, .max_entries = found.max_entries
	};
	return rc < 0 ? rc : 0;
}

int rv_program_link(int program, int target, unsigned attach_type, int *link, struct rv_err *err)
{
	union bpf_attr attr;
	int rc;

	memset(&attr, 0, sizeof(attr));
	if (target < 0) {
		attr.raw_tracepoint.prog_fd = (__u32)program;
		rc = call(BPF_RAW_TRACEPOINT_OPEN, &attr);
	} else {
		attr.link_create.prog_fd = (__u32)program;
		attr.link_create.target_fd = (__u32)target;
		attr.link_create.attach_type = attach_type;
		rc = call(BPF_LINK_CREATE, &attr);
	}
	if (rc < 0)
		return rv_err_errno(err, -rc, "cannot attach a program");
	*link = rc;
	return 0;
}
