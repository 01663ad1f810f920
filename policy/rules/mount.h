/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of /mounts while it is judged: mounts.c decides about source, type and destination, mount_options.c about the
 * rest. */
#ifndef REEVE_RULES_MOUNT_H
#define REEVE_RULES_MOUNT_H

#include "rules/hostpath.h"

struct rv_mount_case {
	const struct rv_json *mount;
	size_t index;
	const char *pointer;			/* "/mounts/3" */
	const char *source, *type;		/* as asked; NULL when absent */
	const char *destination;		/* inside the rootfs, clean; NULL when it is none */
	bool bind;
	const struct rv_path_fact *fact;	/* of a bind's source; NULL when nothing is known */
	struct rv_stage stage;
	const struct rv_mount_allow *allow;	/* exception or profile entry that takes the source; NULL */
	bool only_by_allow;			/* without that entry the source would be refused, so its access binds */
	bool names_ro;				/* another name of what it shows is only allowed read-only */
	bool out;				/* removed or refused: no further edits */
	bool ro;				/* read-only in both runtimes, after edits */
};

/* A tmpfs at a place that filesystem.tmpfs names: the rules about types do not take back what another one supplies. */
bool rv_mount_is_supplied(const struct rv_judge *j, const struct rv_mount_case *c);
void rv_mount_refuse(struct rv_judge *j, struct rv_mount_case *c, const char *rule, const char *advice, const char *reason);
/* path is, holds or lies in something sensitive: by the policy, or because engines or reeve keep their own there. */
bool rv_mount_sensitive(const struct rv_judge *j, const char *path);
/* The entry of mounts.allowed that takes in path and allows most; NULL: none. */
const struct rv_mount_allow *rv_mount_covers(const struct rv_judge *j, const char *path);
/* The other names of what a bind shows, with all that comes along. */
void rv_mount_judge_trees(struct rv_judge *j, struct rv_mount_case *c);
/* The directories of a mount of type overlay. */
void rv_mount_judge_layers(struct rv_judge *j, struct rv_mount_case *c);
/* Something is mounted below a bind's source, as far as anybody looked. */
bool rv_mount_has_below(const struct rv_judge *j, const struct rv_mount_case *c);
/* Something that is not read-only is, or nobody looked. */
bool rv_mount_tree_writable(const struct rv_judge *j, const struct rv_mount_case *c);
/* proc, sysfs and the like. */
bool rv_mount_type_is_kernel(const char *fs_type);
/* Rewrites the options in one edit, and sets c->ro. */
void rv_mount_judge_options(struct rv_judge *j, struct rv_mount_case *c);

#endif
