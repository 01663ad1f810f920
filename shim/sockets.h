/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets of this network namespace that have a path and at which somebody listens. */
#ifndef REEVE_SHIM_SOCKETS_H
#define REEVE_SHIM_SOCKETS_H

#include "mounts.h"

struct rv_sockets {
	bool read, failed;
	struct rv_socket_place {
		const char *path; /* on the host, its directory resolved */
		dev_t dev;	  /* where it lies, as a tree says it */
		const char *root;
	} * item;
	size_t count;
	struct rv_socket_dir *dir;
	size_t dir_count;
};

/* Fills trees->socket with those that lie in one of the trees; reads the list when that was not done. trees->unknown when it
 * cannot be read. */
void rv_sockets_in(struct rv_sockets *sockets, struct rv_mounts *mounts, struct rv_mount_trees *trees);

#endif
