/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions on the arguments of a system call, as sets of calls that can be joined, cut and compared.
 *
 * A filter compares 64 bits of an argument, or the lower 32 for a 32-bit program (libseccomp cuts the constants then, x32's too).
 * Everything here holds in both readings. Where a set of numbers cannot be written as one condition it becomes several of masks; of
 * numbers with something in their upper 32 bits some are left out then, never added.
 */
#ifndef REEVE_RULES_SECCOMP_MATCH_H
#define REEVE_RULES_SECCOMP_MATCH_H

#include "reeve/json.h"

/* Operators of one condition; names in the document are rv_seccomp_ops[] (config-linux.md, "seccomp"). */
enum rv_seccomp_op { RV_OP_NE, RV_OP_LT, RV_OP_LE, RV_OP_EQ, RV_OP_GE, RV_OP_GT, RV_OP_MASKED_EQ, RV_OP_COUNT };
extern const char *const rv_seccomp_ops[RV_OP_COUNT];

#define RV_SECCOMP_ARGS 6
struct rv_seccomp_arg {
	unsigned index;			/* 0 to 5 */
	enum rv_seccomp_op op;
	uint64_t value;			/* MASKED_EQ: the mask */
	uint64_t two;			/* MASKED_EQ: what the masked argument must be; else unused */
};

/* Every condition holds; at most one on each argument, in no order. None: any call. */
struct rv_seccomp_match {
	struct rv_seccomp_arg arg[RV_SECCOMP_ARGS];
	unsigned count;
};

/* One of the matches holds. */
#define RV_SECCOMP_MATCHES 64
struct rv_seccomp_matches {
	struct rv_seccomp_match item[RV_SECCOMP_MATCHES];
	unsigned count;
	bool short_of;	/* something that belongs here could not be written, or there was no room for it */
};

/* Nothing holds. The room is big, so it is not cleared. */
static inline void rv_seccomp_matches_clear(struct rv_seccomp_matches *m)
{
	m->count = 0;
	m->short_of = false;
}

/*
 * A rule's "args" as both runtimes read them: several conditions on one argument make a match of each condition. Appends; false
 * for what is not understood.
 */
bool rv_seccomp_matches_read(struct rv_seccomp_matches *to, const struct rv_json *args);

/* Every call that a takes is taken by b too; false when that is not plain to see. */
bool rv_seccomp_match_within(const struct rv_seccomp_match *a, const struct rv_seccomp_matches *b);
/* Adds what `more` is not yet taken. */
void rv_seccomp_matches_add(struct rv_seccomp_matches *to, const struct rv_seccomp_match *more);
/* Adds calls that both take. */
void rv_seccomp_matches_both(struct rv_seccomp_matches *to, const struct rv_seccomp_matches *a, const struct rv_seccomp_matches *b);
/* Takes the calls out that `less` takes. */
void rv_seccomp_matches_minus(struct rv_seccomp_matches *from, const struct rv_seccomp_match *less);

#endif
