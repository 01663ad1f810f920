/* SPDX-License-Identifier: Apache-2.0 */
/* What reevectl node status finds, and how it shows it. */
#ifndef REEVE_CTL_NODE_H
#define REEVE_CTL_NODE_H

#include <time.h>

#include "ctl.h"
#include "reeve/runtime.h"
#include "runtime.h"

struct rv_node_runtime {
	struct rv_runtime_fact fact;
};

struct rv_node_engine {
	const struct rv_node_runtime *runtime; /* NULL: error says why there is none */
	struct rv_err error;
	bool has_policy;	 /* what a container gets that no policy names */
	struct rv_policy policy;
	struct rv_escape escape[RV_ESCAPES_MAX];
	size_t escape_count;
};

struct rv_node_status {
	struct rv_arena arena;
	struct rv_policies *policies; /* of the active set; the built-in ones while that is broken */
	time_t now;
	struct timespec applied; /* 0: there is no set */
	bool broken;
	struct rv_err set_error;
	char hash[RV_HASH_HEX];
	const char *newer; /* a source that was changed after the set was applied; NULL: none */
	size_t own, shipped;
	struct rv_node_engine engine[RV_ENGINE_COUNT];
	struct rv_node_runtime runtime[RV_ENGINE_COUNT];
	size_t runtime_count;
	const char *log;
	int log_errnum, state_errnum; /* 0: can be written */
	struct rv_state state;
	bool state_broken;
	struct rv_err state_error;
	size_t containers;
};

void rv_node_print(const struct rv_node_status *s);
void rv_node_print_json(const struct rv_node_status *s);

#endif
