/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decision: edits and denials, each with the rule that made it. rv_evaluate() makes one from a checked document, the facts and a
 * ruleset; it is a pure function. rv_plan_apply() carries the edits out on the tree. What `reevectl explain` shows is what
 * `create` does, because both use these two.
 *
 * Pointers are those of the document as it came: an edit never moves what another one points at.
 */
#ifndef REEVE_PLAN_H
#define REEVE_PLAN_H

#include "reeve/policy.h"
#include "reeve/spec.h"

enum rv_edit_op {
	RV_EDIT_SET,	/* replaces the value, or adds the member with the objects above it */
	RV_EDIT_REMOVE,	/* takes the member or element out */
	RV_EDIT_APPEND,	/* adds an element to the array at pointer, making the array when there is none */
};

struct rv_edit {
	enum rv_edit_op op;
	const char *pointer;
	const char *before;	/* JSON text as it was but for white space, NULL when there was none; cut by who prints */
	const char *after;	/* JSON text, NULL for REMOVE */
	const char *rule;	/* "mounts.hostPath" */
	const char *origin;	/* "50-payments.json:12:7", "" unknown */
	const char *why;	/* one clause, for people */
};

struct rv_denial {
	const char *pointer, *rule, *origin;
	const char *reason;	/* what was asked and why it is refused */
	const char *advice;	/* what to do; NULL when there is nothing to say */
	int64_t graced_until;	/* not refused now: deadline of its grace period, seconds since the epoch; 0: refused */
	bool fault;		/* of the document itself, so that no grace period covers it */
};

struct rv_plan {
	struct rv_arena *arena;
	struct rv_edit *edit;
	size_t edit_count, edit_room;
	struct rv_denial *denial;
	size_t denial_count, denial_room;
	const char **warning;	/* worth a line in the record, no violation */
	size_t warning_count, warning_room;
	bool failed;		/* out of memory: the plan must not be used */
};

enum rv_plan_verdict { RV_PLAN_ALLOW, RV_PLAN_REWRITE, RV_PLAN_GRACE, RV_PLAN_DENY };
enum rv_plan_verdict rv_plan_verdict(const struct rv_plan *plan);

/* What a family's judge() works with. */
struct rv_judge {
	const struct rv_spec *spec;	/* for exec: process is the asked process, root is NULL */
	const struct rv_facts *facts;
	const struct rv_ruleset *rules;
	const struct rv_settings *set;	/* &rules->set */
	struct rv_plan *plan;
	struct rv_arena *arena;
	const char *base;		/* pointer of the process object: "/process", or "" for process.json */
	const struct rv_spec *container;	/* exec: config.json the container was given; NULL: unknown container */
	/* what earlier families decided, for later ones */
	uint64_t bounding;		/* capability mask of the bounding set after edits; bit = number in linux/capability.h */
	bool root_rewritten;
	bool userns_safe;		/* a user namespace whose maps were verified */
	bool privileged;		/* the document asks for "privileged": the conjunction of its effects */
};

/* Fallible parts end in plan->failed; rule is "family.setting". The why/reason is a printf format. */
void rv_judge_set(struct rv_judge *j, const char *rule, const char *pointer, const char *json, const char *why, ...) RV_PRINTF(5, 6);
void rv_judge_remove(struct rv_judge *j, const char *rule, const char *pointer, const char *why, ...) RV_PRINTF(4, 5);
void rv_judge_append(struct rv_judge *j, const char *rule, const char *pointer, const char *json, const char *why, ...) RV_PRINTF(5, 6);
void rv_judge_deny(struct rv_judge *j, const char *rule, const char *pointer, const char *advice, const char *reason, ...) RV_PRINTF(5, 6);
/* As rv_judge_deny(), for what no runtime takes or two take differently. */
void rv_judge_fault(struct rv_judge *j, const char *rule, const char *pointer, const char *advice, const char *reason, ...) RV_PRINTF(5, 6);
void rv_judge_warn(struct rv_judge *j, const char *text, ...) RV_PRINTF(2, 3);
/* remove or deny, as the family's violation setting says */
void rv_judge_violation(struct rv_judge *j, int violation, const char *rule, const char *pointer, const char *advice,
			const char *reason, ...) RV_PRINTF(6, 7);
/* Arena text helpers for pointers and values; "" and plan->failed when memory runs out. */
const char *rv_judge_ptr(struct rv_judge *j, const char *fmt, ...) RV_PRINTF(2, 3);
const char *rv_judge_str(struct rv_judge *j, const char *text);	/* quoted JSON string */
const char *rv_judge_key(struct rv_judge *j, const char *name);	/* a member name escaped for a pointer (~0 ~1) */

int rv_evaluate(const struct rv_spec *spec, const struct rv_facts *facts, const struct rv_ruleset *rules, struct rv_arena *arena,
		struct rv_plan *plan, struct rv_err *err);
/* process.json (or the process document made of exec's flags) against what the container was given. */
int rv_evaluate_exec(const struct rv_spec *process, const struct rv_spec *container, const struct rv_facts *facts,
		     const struct rv_ruleset *rules, struct rv_arena *arena, struct rv_plan *plan, struct rv_err *err);
/* LinuxResources of update. `resources` is the root of a document checked as rv_spec_resources. */
int rv_evaluate_update(const struct rv_spec *resources, const struct rv_facts *facts, const struct rv_ruleset *rules,
		       struct rv_arena *arena, struct rv_plan *plan, struct rv_err *err);
/* "checkpoint" or "restore", for which no document is judged: allowed or not. */
int rv_evaluate_lifecycle(const char *action, const struct rv_facts *facts, const struct rv_ruleset *rules, struct rv_arena *arena,
			  struct rv_plan *plan, struct rv_err *err);
/* Denials become graced until facts->now + policy->grace; document faults and the floor never do. */
void rv_plan_grace(struct rv_plan *plan, const struct rv_policy *policy, const struct rv_facts *facts);
/* Carries out the edits on the tree the plan was made from. */
int rv_plan_apply(const struct rv_plan *plan, struct rv_json_doc *doc, struct rv_err *err);

/* ---- the decision record: one JSON line (fields in reevectl(8)) ---- */
struct rv_record {
	const char *action;	/* "create" "run" "restore" "exec" "update" "checkpoint" */
	const struct rv_facts *facts;
	const struct rv_policy *policy;
	const struct rv_plan *plan, *audit;	/* audit may be NULL */
	const struct rv_err *error;		/* set when no plan was made */
};
void rv_record_json(const struct rv_record *record, struct rv_buf *out);
/* For people: the refusal in one line, as every engine shows it. */
void rv_plan_refusal(const struct rv_plan *plan, const struct rv_policy *policy, struct rv_buf *out);

#endif
