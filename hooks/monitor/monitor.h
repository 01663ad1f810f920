/* SPDX-License-Identifier: Apache-2.0 */
/* reeve-monitor(8) without its beginning: everything is open, what it waits for comes by epoll. */
#ifndef REEVE_HOOKS_MONITOR_MONITOR_H
#define REEVE_HOOKS_MONITOR_MONITOR_H

#include "helper.h"
#include "metrics.h"
#include "sets.h"
#include "sinks.h"
#include "watched.h"

#define RV_MONITOR_BATCH 256	/* records of a batch: as many come twice at most when a monitor is killed and another one starts */
#define RV_MONITOR_IDLE	 60	/* seconds */

struct rv_monitor {
	int epoll, signals, inotify;	/* of their own; -1 */
	int cgroups;			/* root of the hierarchy; -1: no container can be frozen or stopped */
	int lock;
	struct rv_helper helper;
	struct rv_sets sets;
	struct rv_watch watch;
	struct rv_sinks sinks;
	struct rv_metrics metrics;
	struct rv_line_context ctx;
	const char *metrics_file;	/* NULL: none */
	bool ends;			/* when no container is left */

	bool stop, rescan, watching;
	struct rv_ring *held;		/* whose batch the sinks have not taken yet */
	uint64_t times[RV_MONITOR_BATCH];	/* of the batch's alerts */
	size_t time_count;
	uint64_t now, scanned, written, idle_since, lines_told;	/* monotonic seconds */
	struct rv_container *container;	/* room for one */
};
#define RV_MONITOR_INIT                                                                                                        \
	((struct rv_monitor){ .epoll = -1, .signals = -1, .inotify = -1, .cgroups = -1, .lock = -1, .helper.fd = -1, \
			      .sinks.file = RV_FILE_SINK_INIT, .sinks.socket = { .fd = -1, .epoll = -1 } })

/* Opens epoll, signals and inotify, reads what is there. */
int rv_monitor_open(struct rv_monitor *m, struct rv_err *err);
/* The socket for readers. */
int rv_monitor_listen(struct rv_monitor *m, const char *path, struct rv_err *err);
/* Who only looks whether a monitor runs holds its lock for a moment, and is waited for. */
#define RV_MONITOR_LOCK_MS 1000
/* Until a signal, or the end of the last container. */
int rv_monitor_run(struct rv_monitor *m, struct rv_err *err);
void rv_monitor_done(struct rv_monitor *m);

#endif
