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
	bool out;				/* removed or refused: no further edits */
	bool ro;				/* read-only in both runtimes, after edits */
};

/* A tmpfs at a place that filesystem.tmpfs names: the rules about types do not take back what another one supplies. */
bool rv_mount_is_supplied(const struct rv_judge *j, const struct rv_mount_case *c);
/* Rewrites the options in one edit, and sets c->ro. */
void rv_mount_judge_options(struct rv_judge *j, struct rv_mount_case *c);

#endif
