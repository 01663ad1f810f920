/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int rv_map_info(int fd, struct rv_map_info *info)
{
	struct bpf_map_info found = { 0 };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (__u32)fd;
	attr.info.info_len = sizeof(found);
	attr.info.info = (uintptr_t)&found;
	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) < 0)
		return -errno;
	*info = (struct rv_map_info){
		.type = found.type, .key_size = found.key_size, .value_size = found.value_size, .max_entries = found.max_entries
	};
	return 0;
}
