/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps and programs by bpf(2) itself: what reeve-hook needs of it, which links no libbpf. An fd belongs to the caller and is closed on
 * exec.
 */
#ifndef REEVE_HOOKS_PINS_H
#define REEVE_HOOKS_PINS_H

#include <linux/bpf.h>

#include "reeve/base.h"

/* The map, program or link that is pinned there. RV_ESYSTEM with errnum. */
int rv_pin_open(const char *path, int *fd, struct rv_err *err);
int rv_pin_put(int fd, const char *path, struct rv_err *err);
size_t rv_pin_clear(const char *dir);	/* removes the pins in it; how many */

/* 0, or a negative errno: -ENOENT is for most callers no error. */
int rv_map_look(int map, const void *key, void *value);
int rv_map_put(int map, const void *key, const void *value, uint64_t flags /* BPF_ANY BPF_NOEXIST */);
int rv_map_drop(int map, const void *key);
int rv_map_next(int map, const void *key /* NULL: the first */, void *next);

/* What a map is. Reading that needs no capability from Linux 5.19 on, only the pins' modes. */
struct rv_map_info { uint32_t type, key_size, value_size, max_entries; };
int rv_map_info(int map, struct rv_map_info *info);	/* 0, or a negative errno */

/* A link of a program to a cgroup, or with target -1 of a typed tracepoint program to its tracepoint. */
int rv_program_link(int program, int target, unsigned attach_type, int *link, struct rv_err *err);

#endif
