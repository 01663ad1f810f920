/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc/<pid>/mountinfo says (proc_pid_mountinfo(5)), as text: opening the file is the caller's. */
#ifndef REEVE_MOUNTINFO_H
#define REEVE_MOUNTINFO_H

#include "reeve/base.h"

/* One mount. Text is unescaped and belongs to the arena. */
struct rv_mountinfo {
	unsigned id, parent;
	dev_t dev;		/* st_dev of what lies in it; for btrfs' subvolumes stat(2) says another */
	const char *root;	/* the directory or file of its file system that is mounted */
	const char *point;	/* where, seen from the reader's root */
	const char *fs_type;	/* "ext4" "overlay" "fuse.sshfs" */
	const char *source;
	bool ro;		/* of the mount itself, not of its file system */
	bool shared, slave;	/* propagation */
};
struct rv_mountinfos {
	struct rv_mountinfo *item;
	size_t count;
};

/* All lines or an error (RV_ESYSTEM): a line that is not understood is not passed over. */
int rv_mountinfo_parse(const char *text, size_t len, struct rv_arena *arena, struct rv_mountinfos *out, struct rv_err *err);
/* The mount that path lies in: the last of those whose point is the longest prefix. NULL: none. */
const struct rv_mountinfo *rv_mountinfo_of(const struct rv_mountinfos *mounts, const char *path);

#endif
