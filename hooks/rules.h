/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The detections of a set, kept beside it for as long as it is used: records name rules by number, and the active set, or reeve itself,
 * may be another one by the time they are read. reeve-load writes them before the set's maps can be found; two files named by the
 * first 16 hex digits of the detections' hash:
 *
 *   <rules16>.json    what an alert shows, by rule number
 *   <rules16>.active  the active set that they were compiled from; not there when it was the embedded default
 */
#ifndef REEVE_HOOKS_RULES_H
#define REEVE_HOOKS_RULES_H

#include "reeve/detect.h"

#define RV_RULES_DIR RV_RUNSTATEDIR "/reeve/rules"
#define RV_RULES_NAME 17	/* rules16 with its NUL */

/* dir is made when it is not there. active: NULL for the embedded default. */
int rv_rules_save(const char *dir, const struct rv_detections *d, const char *active, size_t len, struct rv_err *err);
/* What was saved, without conditions: hash, item and count only. Lives in arena. RV_EDOCUMENT when the file is not as it was written. */
int rv_rules_table(const char *dir, const char *rules16, struct rv_arena *arena, struct rv_detections *out, struct rv_err *err);
/* The active set that was saved; nothing is appended when there is none. */
int rv_rules_active(const char *dir, const char *rules16, struct rv_buf *out, struct rv_err *err);
/* No set uses them any more. */
void rv_rules_forget(const char *dir, const char *rules16);

#endif
