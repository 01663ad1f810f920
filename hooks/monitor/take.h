/* SPDX-License-Identifier: Apache-2.0 */
/* One record: what it is, who it is about, which alerts it gives, what is done. Private to the monitor. */
#ifndef REEVE_HOOKS_MONITOR_TAKE_H
#define REEVE_HOOKS_MONITOR_TAKE_H

#include "act.h"
#include "monitor.h"

void rv_monitor_take(struct rv_monitor *m, struct rv_set *set, const void *record, size_t len);
/* Freezes or stops the container; a failure is reported. */
bool rv_monitor_act(struct rv_monitor *m, struct rv_watched *c, enum rv_act act);
void rv_monitor_notice(struct rv_monitor *m, enum rv_notice notice, const struct rv_watched *c, const char *text);
/* What is due by the clock: deadlines, lost events. */
void rv_monitor_due(struct rv_monitor *m);
/* What the kernel counted of each container. */
void rv_monitor_scan(struct rv_monitor *m);

#endif
