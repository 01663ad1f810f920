/* SPDX-License-Identifier: Apache-2.0 */
/* Devices as devices.allowed writes them: "c 1:3 rwm", "c 136:* rw", "all". */
#ifndef REEVE_RULES_DEVICE_H
#define REEVE_RULES_DEVICE_H

#include "reeve/policy.h"

#define RV_DEVICE_ANY (-1)	/* every major or minor number */

enum { RV_DEVICE_REMOVE, RV_DEVICE_ASKED, RV_DEVICE_DENY };	/* devices.violation: remove asked deny */

/* type is 'c', 'b', or 'a' for both; access is a subset of "rwm", "" when only the node counts. Every list of the chain must
 * have an item that takes all of it. */
bool rv_device_allowed(const struct rv_list *allowed, char type, int64_t major, int64_t minor, const char *access);
/* The list has "all": devices are not judged. */
bool rv_device_all(const struct rv_list *allowed);

#endif
