/* SPDX-License-Identifier: Apache-2.0 */
/* Where decisions are kept: a file of lines, and the journal. Nothing here waits. */
#ifndef REEVE_LOG_H
#define REEVE_LOG_H

#include "reeve/base.h"

/* Appends a line, newline included, by one write(2) to the file (made 0600, its directory 0700 when it is the last one missing). A
 * full disk, a missing directory or something that is no file is an error. */
int rv_log_append(const char *path, const struct rv_buf *line, struct rv_err *err);

/* When, as records and logs have it: RFC 3339, UTC, whole seconds. Nothing for a time that has no such text. */
void rv_log_time(struct rv_buf *out, int64_t when);

/* The journal's native protocol: NAME=value lines. Empty values and those with a line break are left out. */
void rv_journal_field(struct rv_buf *fields, const char *name, const char *value);
/* Best effort: without a journal, or with a full one, nothing happens. */
void rv_journal_send(const struct rv_buf *fields);

#endif
