/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a document to a decision, the same for reeve and for reevectl render and explain: facts, policy, plan, the plan's
 * application, and the proof that its outcome needs no further change.
 */
#ifndef REEVE_SHIM_DECIDE_H
#define REEVE_SHIM_DECIDE_H

#include "document.h"
#include "facts.h"
#include "reeve/plan.h"

/* Which policy judges. With neither name nor file, the first whose match holds. */
struct rv_choice {
	const struct rv_policies *policies;
	const char *name; /* a policy or profile of the node */
	const char *file; /* or a file, with its text; its mistakes go to errs */
	const struct rv_buf *text;
	struct rv_errs *errs;
};

struct rv_decision {
	struct rv_arena arena; /* everything below that is text */
	struct rv_facts facts; /* of the document as asked */
	struct rv_policy policy;
	bool judged; /* policy and plan hold something */
	struct rv_plan plan;
	bool has_audit;
	struct rv_plan audit; /* what the policy's audit rules would have done to the document as asked */
	/* unless the plan's verdict is RV_PLAN_DENY: */
	struct rv_buf text;	      /* the enforced document */
	struct rv_document *enforced; /* its tree: of the caller's document when nothing was changed, else of parsed */
	struct rv_document parsed;
	struct rv_facts enforced_facts;
};
#define RV_DECISION_INIT ((struct rv_decision){ .parsed = { .bundle_fd = -1 } })
void rv_decision_done(struct rv_decision *d);
#define rv_autodecision RV_CLEANUP(rv_decision_done) struct rv_decision

/*
 * Judges doc as config.json. 0 also when policy refuses: look at rv_plan_verdict(&d->plan). Negative: no decision could be
 * made; what of facts and policy was found is in *d for the record. doc must outlive *d and may hold the edits afterwards.
 */
int rv_decide_config(struct rv_decision *d, struct rv_document *doc, const struct rv_call *call, const struct rv_choice *choice,
		     struct rv_err *err);
/* process.json against the container's enforced document; container NULL: reeve did not create it. */
int rv_decide_exec(struct rv_decision *d, struct rv_document *process, const struct rv_spec *container,
		   const struct rv_call *call, const struct rv_choice *choice, struct rv_err *err);
/* LinuxResources of update. */
int rv_decide_update(struct rv_decision *d, struct rv_document *resources, const struct rv_spec *container,
		     const struct rv_call *call, const struct rv_choice *choice, struct rv_err *err);
/* "checkpoint" or "restore" as such: no document is judged, d->text stays empty. */
int rv_decide_lifecycle(struct rv_decision *d, const char *action, const struct rv_spec *container, const struct rv_call *call,
			const struct rv_choice *choice, struct rv_err *err);

#endif
