/* SPDX-License-Identifier: Apache-2.0 */
/* What a map is: pins.h has the rest. Reading needs no capability from Linux 5.19 on, only the pins' modes. */
#ifndef REEVE_HOOKS_MONITOR_MAP_H
#define REEVE_HOOKS_MONITOR_MAP_H

#include "reeve/base.h"

struct rv_map_info { uint32_t type, key_size, value_size, max_entries; };
int rv_map_info(int fd, struct rv_map_info *info);	/* 0, or a negative errno */

#endif
