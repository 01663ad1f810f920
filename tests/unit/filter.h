/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System-call filters as the runtimes make them of a profile (runc 1.1.5, crun 1.8.1): several conditions on one argument become
 * rules of their own, rules whose action is the default's and names that libseccomp does not know are left out, the machine's own
 * architecture is always there.
 */
#ifndef REEVE_TESTS_FILTER_H
#define REEVE_TESTS_FILTER_H

#include <seccomp.h>

#include "bpf.h"
#include "reeve/json.h"

/* profile: linux.seccomp; NULL, null or {} gives no filter at all (program.count is 0). False: no runtime takes it, *why says so;
 * *why is static text or belongs to the profile. */
bool filter_make(struct bpf_program *out, const struct rv_json *profile, const char **why);
void filter_free(struct bpf_program *program);
/* SECCOMP_RET_* of one call; no filter allows. */
uint32_t filter_run(const struct bpf_program *program, const struct seccomp_data *data);
/* The call goes through, logged or not. */
bool filter_allows(const struct bpf_program *program, const struct seccomp_data *data);

/*
 * Visits calls to try: every number of every architecture of the machine, with and without the x32 bit, numbers that nobody has,
 * an architecture of another machine; where a profile has conditions, argument values around each constant, each bit of masks
 * flipped, high words set; socketcall's and ipc's first arguments. Of too many combinations some are taken, always the same ones.
 * With named_by only calls that this profile names.
 */
struct filter_try {
	const char *call;	/* "" for a number that has no name */
	struct seccomp_data data;
};
void filter_tries(const struct rv_json *const *profiles, size_t count, const struct rv_json *named_by,
		  void (*visit)(void *ctx, const struct filter_try *t), void *ctx);

/* A condition of a rule as it is written, by the bits that a filter for that architecture compares. */
bool filter_condition_holds(const struct rv_json *arg, const struct seccomp_data *data);

#endif
