/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/monitor/feed tells its program: the record to be sent over and over. */
#ifndef REEVE_TESTS_MONITOR_FEED_H
#define REEVE_TESTS_MONITOR_FEED_H

#include "bpf/shared.h"

#define FEED_MAX 2048 /* bytes of a record */

struct feed {
	__u32 telemetry; /* else into the ring of alerts */
	__u32 len;
	__u8 record[FEED_MAX];
};

#endif
