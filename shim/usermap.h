/* SPDX-License-Identifier: Apache-2.0 */
/* The id maps of a user namespace that somebody else made. */
#ifndef REEVE_SHIM_USERMAP_H
#define REEVE_SHIM_USERMAP_H

#include <stdint.h>

/* The least uid or gid, as our own namespace has them, that the user namespace at this path maps. 0: it maps our root, maps nothing
 * yet, or cannot be entered. */
uint64_t rv_usermap_least(const char *path);
/* The same of the text of a uid_map or gid_map (user_namespaces(7)). */
uint64_t rv_usermap_least_of(const char *text);

#endif
