/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default system-call filter, computed for a container.
 *
 * What it allows is what Docker's and containerd's defaults of 2026 allow (moby/profiles seccomp, containerd
 * contrib/seccomp): it depends on the capabilities in the bounding set, on the architecture and on the kernel. Everything
 * else ends in EPERM. One difference: the address family of socket() is compared in the 32 bits that the kernel reads, so
 * that AF_ALG and AF_VSOCK cannot hide behind a high word.
 */
#ifndef REEVE_RULES_SECCOMP_DEFAULT_H
#define REEVE_RULES_SECCOMP_DEFAULT_H

#include "reeve/policy.h"

/* Operators of one condition; names in the document are rv_seccomp_ops[] (config-linux.md, "seccomp"). */
enum rv_seccomp_op { RV_OP_NE, RV_OP_LT, RV_OP_LE, RV_OP_EQ, RV_OP_GE, RV_OP_GT, RV_OP_MASKED_EQ, RV_OP_COUNT };
extern const char *const rv_seccomp_ops[RV_OP_COUNT];

struct rv_seccomp_arg {
	unsigned index;			/* 0 to 5 */
	enum rv_seccomp_op op;
	uint64_t value;			/* MASKED_EQ: the mask */
	uint64_t two;			/* MASKED_EQ: what the masked argument must be; else unused */
};

/* System calls that are treated alike. */
struct rv_seccomp_group {
	const char *names;		/* separated by single blanks */
	const struct rv_seccomp_arg *arg;	/* NULL: whatever the arguments are */
	int errnum;			/* 0: allowed; else refused with this */
	uint64_t caps, without_caps;	/* only with every one, with none of these in the bounding set */
	unsigned arches, without_arches;
	unsigned kernel;		/* RV_KERNEL(major, minor) from which on */
	enum { RV_USE_BOTH, RV_USE_WRITTEN, RV_USE_CEILING } use;
};
#define RV_KERNEL(major, minor) ((major) << 16 | (minor))
extern const struct rv_seccomp_group rv_seccomp_groups[];
extern const size_t rv_seccomp_group_count;

struct rv_seccomp_for {
	uint64_t bounding;
	const char *arch;		/* uname machine; NULL: unknown, then nothing special to any */
	unsigned kernel;
	const struct rv_list *extra;	/* allowed besides, whatever the arguments are */
};

bool rv_seccomp_applies(const struct rv_seccomp_group *group, const struct rv_seccomp_for *to);
/* SCMP_ARCH_* names: the native one first, then what it can also run. NULL-terminated; empty for an unknown machine. */
const char *const *rv_seccomp_arches(const char *machine);

/* The profile as JSON, for linux.seccomp. */
void rv_seccomp_write(const struct rv_seccomp_for *to, struct rv_buf *out);

/*
 * True when the profile refuses anything at all: runc takes {} for no filter, and one whose default is to allow and which
 * names nothing to refuse is none either.
 */
bool rv_seccomp_enforces(const struct rv_json *profile);

/*
 * The first thing that a profile of a document allows beyond the default, in words; NULL when it stays within. Refusals in the
 * profile are not counted in its favour: an unconditional allow beside a conditional refusal of the same call loses the refusal
 * (libseccomp 2.5.4), and two conditions on one argument are split by both runtimes into two rules, either of which suffices.
 */
const char *rv_seccomp_beyond(const struct rv_json *profile, const struct rv_seccomp_for *to, struct rv_arena *arena);

#endif
