/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl policy: what it was asked, and how answers are printed. */
#ifndef REEVE_CTL_POLICY_ARGS_H
#define REEVE_CTL_POLICY_ARGS_H

#include "reeve/policy.h"

enum rv_verb { RV_VERB_APPLY, RV_VERB_CHECK, RV_VERB_SHOW, RV_VERB_MATCH, RV_VERB_SCHEMA, RV_VERB_DETECTIONS, RV_VERB_HELP };
struct rv_policy_args {
	enum rv_verb verb;
	const char *dir, *detections, *node, *output;
	struct rv_facts facts;	/* match: engine and identity */
	char **files;
	int file_count;
};
/* argv[0] is "policy". RV_EUSAGE when not understood. */
int rv_policy_args_parse(struct rv_policy_args *args, int argc, char **argv, struct rv_err *err);

/* Policies in the order in which they are tried. */
void rv_policy_print_index(const struct rv_policies *p);
/* Every value with where it was set. */
void rv_policy_print(const struct rv_policy *policy, struct rv_arena *arena);
/* Detections in rule order; only the named one, at length, when name is not NULL. RV_EPOLICY: there is none of that name. */
int rv_policy_print_detections(const struct rv_policies *p, const char *name, struct rv_err *err);
/* What the second active set has that the first has not, and the reverse. */
void rv_policy_print_changes(const char *before, size_t before_len, const char *after, size_t after_len);

#endif
