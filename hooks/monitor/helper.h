/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What needs capabilities when the monitor has given up its own: a child that keeps CAP_KILL, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, opens
 * files for reading only, and knows two requests of a fixed size. It ends with the monitor.
 */
#ifndef REEVE_HOOKS_MONITOR_HELPER_H
#define REEVE_HOOKS_MONITOR_HELPER_H

#include "reeve/base.h"
#include "reeve/event.h"

#define RV_HELPER_ROOTFS   512
#define RV_HELPER_FILE_MAX (32u * 1024 * 1024) /* bytes of an executable; larger ones have no hash */

struct rv_helper {
	int fd;			/* -1: there is none */
	uint32_t asked, answered;
};
#define RV_HELPER_INIT ((struct rv_helper){ .fd = -1 })

/* Before the monitor gives up its capabilities. */
int rv_helper_start(struct rv_helper *h, struct rv_err *err);
void rv_helper_done(struct rv_helper *h);

/* SHA-256 of the file that an event says was executed: of its process, or when that is gone what lies at path below the host's directory
 * rootfs (either may be NULL) if it is the same file. */
int rv_helper_hash(struct rv_helper *h, const struct rv_event *event, const char *rootfs, const char *path, char out[RV_HASH_HEX],
		   struct rv_err *err);
/* Sends a signal to the event's process, never to another one that has got its number. ESRCH: it is gone. */
int rv_helper_signal(struct rv_helper *h, const struct rv_event *event, int number, struct rv_err *err);

/* The child itself, until the other end is closed. */
void rv_helper_serve(int fd);

#endif
