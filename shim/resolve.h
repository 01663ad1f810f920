/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a path leads, walked component by component as the kernel would, so that policy judges the place and not its name.
 *
 * Components that do not exist are taken literally. procfs' magic links (/proc/N/root, /proc/N/fd/N: proc(5)) are followed by
 * the kernel and then looked up again by the name that readlink gives; where both are not the same file on the same mount, the
 * target has no name in this mount namespace (another container's root, a deleted or anonymous file) and the walk fails with
 * ESTALE. A namespace link (/proc/N/ns/net) keeps the link's own path. More than 40 links are ELOOP, as in the kernel.
 */
#ifndef REEVE_SHIM_RESOLVE_H
#define REEVE_SHIM_RESOLVE_H

#include "reeve/facts.h"

/* path on the host; a relative one starts at base (absolute). Failures are in out->errnum, with resolved NULL. */
void rv_resolve_host(struct rv_arena *arena, const char *base, const char *path, struct rv_path_fact *out);
/* path inside the directory rootfd: absolute links and ".." stay inside, and what lies in a procfs is taken literally. out->resolved begins
 * at the directory ("/" is rootfd itself). */
void rv_resolve_inside(struct rv_arena *arena, int rootfd, const char *base, const char *path, struct rv_path_fact *out);

/* What runtimes have mounted in a root so far: nothing here covers another one. */
struct rv_view_mount {
	const char *at;		/* clean and absolute, as the root has it */
	const char *source;	/* resolved host path of a bind; NULL: a file system whose content nobody planted */
};
struct rv_view {
	struct rv_view_mount *item;
	size_t count;
};
/* As above in a root with mounts in it: links that a volume holds are followed as well. view NULL: no mounts. */
void rv_resolve_view(struct rv_arena *arena, int rootfd, const struct rv_view *view, const char *base, const char *path,
		     struct rv_path_fact *out);

#endif
