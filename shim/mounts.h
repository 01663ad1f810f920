/* SPDX-License-Identifier: Apache-2.0 */
/* The host's mounts, read once a call, and the names under which they show a tree. */
#ifndef REEVE_SHIM_MOUNTS_H
#define REEVE_SHIM_MOUNTS_H

#include "reeve/facts.h"
#include "reeve/mountinfo.h"

struct rv_mounts {
	struct rv_arena *arena;
	bool read, failed;
	struct rv_mountinfos all;
	const struct rv_mountinfo **by_dev; /* sorted */
};

/* Takes text for mountinfo. */
bool rv_mounts_parse(struct rv_mounts *mounts, const char *text, size_t len);

/* The mount that a resolved path lies in; NULL when it cannot be told. Reads mountinfo when that was not done, and again when
 * the path's mount is a new one. */
const struct rv_mountinfo *rv_mounts_of(struct rv_mounts *mounts, const struct rv_path_fact *path);

/* Fills the tree that path, which lies in mount, shows; at and ino are the caller's, and so are names. */
void rv_mounts_tree(struct rv_mounts *mounts, const struct rv_mountinfo *mount, const char *path, struct rv_tree_fact *tree);

/* The names of a tree, self first. */
const char *const *rv_mounts_names(struct rv_mounts *mounts, const struct rv_tree_fact *tree, const char *self);

/* Servers that are gone leave everyone hanging who asks them. */
bool rv_mounts_is_remote(const char *fs_type);

#endif
