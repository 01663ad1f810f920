/* SPDX-License-Identifier: Apache-2.0 */
/* Starting documents under real runtimes, where nothing they do reaches the host. */
#ifndef TEST_OBSERVE_H
#define TEST_OBSERVE_H

#include "reeve/base.h"

struct observation {
	struct rv_buf said;	/* lines of the probe, and of the hook */
	bool started;
};

/* Prepares; NULL, or why it cannot be done here. */
const char *observe_begin(void);
void observe_end(void);
const char *observe_dir(void);		/* the bundle */
const char *observe_cgroup(void);	/* name of the cgroup that the test may use */
/* Runs text as config.json under the runtime called name ("runc" or "crun"). */
void observe(const char *name, const char *text, size_t len, struct observation *out);

#endif
