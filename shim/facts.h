/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers what include/reeve/facts.h describes: the only place that looks at the host for policy/. */
#ifndef REEVE_SHIM_FACTS_H
#define REEVE_SHIM_FACTS_H

#include <time.h>

#include "reeve/facts.h"
#include "reeve/policy.h"
#include "reeve/spec.h"

struct rv_call {
	enum rv_engine engine;
	const char *id;		    /* NULL in render */
	const char *bundle;	    /* absolute; NULL: none (exec and update of a container that reeve did not create) */
	int bundle_fd;		    /* -1: none */
	int running_fd;		    /* exec: the container's root directory as it runs; 0: none */
	struct rv_handed_fact handed;
	const struct rv_runtime_fact *real; /* what will be exec'd; NULL: not looked at */
	const struct rv_node *node; /* must outlive the facts */
	struct rv_trees_seen *seen; /* kept from one gathering to the next of the same arena; NULL: nothing is */
};

/*
 * Everything that a create needs. spec may be NULL (exec or update of an unknown container). host: also look at the paths the
 * document names; without it (exec, update: they were judged at create) only what identifies container and node. Fails only
 * when memory runs out; what cannot be found out is marked so in the facts.
 */
int rv_facts_gather(struct rv_facts *facts, const struct rv_spec *spec, const struct rv_call *call, bool host,
		    struct rv_arena *arena, struct rv_err *err);

/* Where cwd and args[0] of an exec's process lead in the running container, whose root directory is rootfs. */
void rv_facts_process(struct rv_facts *facts, const struct rv_spec *process, int rootfs, struct rv_arena *arena);

/* Which of these are directories of the image: facts->rootfs.dirs. For rules that are known after the facts only. */
void rv_facts_dirs(struct rv_facts *facts, const struct rv_list *enforced, const struct rv_list *audited, struct rv_arena *arena);

/* A machine whose clock has no battery starts in the past. */
bool rv_facts_clock_unset(time_t now);

/* The caller's user id outside of its user namespace (rootless podman calls as uid 0 of one): /proc/self/uid_map. */
uid_t rv_facts_caller(void);

#endif
