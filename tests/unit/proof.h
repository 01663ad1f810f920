/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile, the default for the same container, and what the seccomp family makes of both, as filters side by side.
 *
 *   never looser	what the result lets through, both let through
 *   not tighter	what both let through, so does the result; less calls with something in the upper half of an argument, and
 *			those of which the plan says that less is allowed
 *   numbers		what the profile refuses ends as it did, or in EPERM or ENOSYS
 *   settled		the result is not changed again
 */
#ifndef REEVE_TESTS_PROOF_H
#define REEVE_TESTS_PROOF_H

#include "rules/seccomp-narrow.h"

struct proof {
	uint64_t bounding;
	bool generated;		/* only calls that the profile names are tried, and numbers are not compared */

	/* what was seen, filled in by proof_run() */
	size_t tried;		/* calls */
	size_t lost;		/* of these, the rules as they are written allow it and libseccomp's filter does not */
	size_t before, after;	/* names of native calls that are allowed with some arguments */
	bool refused;		/* no runtime takes the profile, or the family refuses it: nothing was tried */
	bool changed;
	char what[512];		/* what is wrong */
};

/* False: proof->what says why. profile: linux.seccomp as text. */
bool proof_run(struct proof *proof, const char *profile);

#endif
