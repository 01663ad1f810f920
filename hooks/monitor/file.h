/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of lines that is renamed when it is full: FILE, FILE.1 (the newest old one) … FILE.<keep>. Each batch of lines is added by one
 * write, whole or not at all.
 */
#ifndef REEVE_HOOKS_MONITOR_FILE_H
#define REEVE_HOOKS_MONITOR_FILE_H

#include "reeve/base.h"

struct rv_file_sink {
	const char *path;	/* absolute; NULL: none is wanted */
	uint64_t rotate;	/* bytes after which it is renamed; 0: never */
	uint64_t keep;		/* old ones */
	int fd;
	uint64_t size;
};
#define RV_FILE_SINK_INIT ((struct rv_file_sink){ .fd = -1 })

/* Adds the lines; the file (0600) and the last directory of its path (0700) are made when they are missing. On failure nothing was
 * added, and the next call tries anew. */
int rv_file_sink_write(struct rv_file_sink *file, const char *lines, size_t len, struct rv_err *err);
/* The next write opens it anew: somebody renamed it. */
void rv_file_sink_close(struct rv_file_sink *file);
/* The same when its name leads elsewhere by now, or nowhere. */
void rv_file_sink_check(struct rv_file_sink *file);

#endif
