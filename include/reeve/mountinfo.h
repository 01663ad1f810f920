/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc/<pid>/mountinfo says (proc_pid_mountinfo(5)), as text: opening the file is the caller's. */
#ifndef REEVE_MOUNTINFO_H
#define REEVE_MOUNTINFO_H

#include "reeve/base.h"

/* One mount. Text belongs to the arena, unescaped but for options. */
struct rv_mountinfo {
	unsigned id, parent;
	dev_t dev;		/* st_dev of what lies in it; for btrfs' subvolumes stat(2) says another */
	const char *root;	/* the directory or file of its file system that is mounted; NFS says "/" whatever it is */
	const char *point;	/* where, seen from the reader's root */
	const char *fs_type;	/* "ext4" "overlay" "fuse.sshfs" */
	const char *source;
	const char *options;	/* of the file system, with the escapes */
	bool ro;		/* of the mount itself, not of its file system */
	bool shared, slave;	/* propagation */
};
struct rv_mountinfos {
	struct rv_mountinfo *item;
	size_t count;
};

/* All lines or an error (RV_ESYSTEM): a line that is not understood is not passed over. */
int rv_mountinfo_parse(const char *text, size_t len, struct rv_arena *arena, struct rv_mountinfos *out, struct rv_err *err);
/* The mount that path lies in: the last of those whose point is the longest prefix. NULL: none. Wrong where a mount point was covered
 * later: statx(2) tells the id. */
const struct rv_mountinfo *rv_mountinfo_of(const struct rv_mountinfos *mounts, const char *path);
const struct rv_mountinfo *rv_mountinfo_by_id(const struct rv_mountinfos *mounts, unsigned id);

/*
 * The mounts that are seen below path, which is clean and lies in the mount top: what a recursive bind of it shows. Those that
 * another mount covers are left out. NULL-terminated, each before the ones below it; NULL when memory runs out.
 */
const struct rv_mountinfo **rv_mountinfo_below(const struct rv_mountinfos *mounts, const struct rv_mountinfo *top,
					       const char *path, struct rv_arena *arena);

/* The directories that an overlay's options name (as mountinfo or a document has them), in the words of who mounted it: also
 * relative ones. NULL-terminated; NULL when memory runs out. */
const char *const *rv_mountinfo_layers(const char *options, struct rv_arena *arena);

#endif
