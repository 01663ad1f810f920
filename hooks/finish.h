/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a container: its report, and everything of it out of the kernel. */
#ifndef REEVE_HOOKS_FINISH_H
#define REEVE_HOOKS_FINISH_H

#include "account.h"

/* What is known of a container: its entry, and what the kernel has. */
struct rv_known {
	int fd;				/* of the entry, locked; -1 */
	struct rv_arena arena;
	struct rv_json_doc judged_doc, config_doc;
	struct rv_judged judged;
	struct rv_attached attached;
	struct rv_usage *usage;		/* NULL: unmonitored, or no longer entered */
	struct rv_account account;
};
#define RV_KNOWN_INIT ((struct rv_known){ .fd = -1 })
void rv_known_done(struct rv_known *k);
#define rv_autoknown RV_CLEANUP(rv_known_done) struct rv_known

/* entry: absolute path. how: LOCK_SH to look, LOCK_EX to finish it. RV_ESYSTEM with ENOENT: the container is not attached, or no longer,
 * with EWOULDBLOCK: somebody else finishes it, and takes long. */
int rv_known_open(struct rv_known *k, const char *entry, int how, struct rv_err *err);

/*
 * Writes the report and takes the container out; nothing to do is no error. A report that cannot be written is one, after everything was
 * taken out all the same. A container whose entrypoint never ran leaves no report.
 */
int rv_finish(const char *entry, struct rv_err *err);

#endif
