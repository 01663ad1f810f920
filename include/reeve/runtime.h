/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of the real runtime, and the published ways out of a container (or to more rights in one) that a version has.
 *
 * By its version: distributions carry fixes back without changing it, so a listed one may be mended all the same. Sources are the
 * projects' advisories; each row names what of reeve stands in the way.
 */
#ifndef REEVE_RUNTIME_H
#define REEVE_RUNTIME_H

#include "reeve/policy.h"

/* < 0, 0, > 0 as a is older than b. Numbers, then -rc.N (~rcN, -rcN), which comes before none; what follows + is not compared.
 * Text that begins with no number is older than all. */
int rv_version_cmp(const char *a, const char *b);

struct rv_escape {
	const char *id;		/* "CVE-2025-31133" */
	const char *what;	/* one clause */
	const char *fixed;	/* "1.2.8, 1.3.3, 1.4.0-rc.3" */
	const char *by;		/* the settings that close it; NULL: this policy leaves it open */
	const char *needs;	/* then: the settings that would close it, with their values */
};

/* Those of this runtime, in the order of their publication, at most max of them; returns how many there are. set NULL: by names
 * what would close them. */
size_t rv_escapes_of(const struct rv_runtime_fact *real, const struct rv_settings *set, struct rv_escape *out, size_t max,
		     struct rv_arena *arena);
#define RV_ESCAPES_MAX 32

#endif
