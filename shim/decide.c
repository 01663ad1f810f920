/* SPDX-License-Identifier: Apache-2.0 */
#include "decide.h"

#include "trees.h"

#define MAX(call) ((size_t)(call)->node->max_document)

/* How a kind of document is judged, and read again. */
struct kind {
	const char *name;
	bool host; /* its paths are looked up on the host */
	int (*evaluate)(const struct rv_spec *asked, const struct rv_spec *container, const struct rv_facts *facts,
			const struct rv_ruleset *rules, struct rv_arena *arena, struct rv_plan *plan, struct rv_err *err);
	int (*parse)(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max, struct rv_err *err);
};

static int evaluate_config(const struct rv_spec *asked, const struct rv_spec *container, const struct rv_facts *facts,
			   const struct rv_ruleset *rules, struct rv_arena *arena, struct rv_plan *plan, struct rv_err *err)
{
	(void)container;
	return rv_evaluate(asked, facts, rules, arena, plan, err);
}

static int evaluate_update(const struct rv_spec *asked, const struct rv_spec *container, const struct rv_facts *facts,
			   const struct rv_ruleset *rules, struct rv_arena *arena, struct rv_plan *plan, struct rv_err *err)
{
	(void)container;
	return rv_evaluate_update(asked, facts, rules, arena, plan, err);
}

static const struct kind config_kind = { "config.json", true, evaluate_config, rv_document_config };
static const struct kind exec_kind = { "process.json", false, rv_evaluate_exec, rv_document_process };
static const struct kind update_kind = { "resources", false, evaluate_update, rv_document_resources };

void rv_decision_done(struct rv_decision *d)
{
	rv_document_done(&d->parsed);
	rv_buf_done(&d->text);
	rv_arena_done(&d->arena);
	*d = RV_DECISION_INIT;
}

static int choose(struct rv_decision *d, const struct rv_choice *choice, struct rv_err *err)
{
	if (choice->name)
		return rv_policies_named(choice->policies, choice->name, &d->facts, &d->arena, &d->policy, err);
	if (!choice->file)
		return rv_policies_select(choice->policies, &d->facts, &d->arena, &d->policy, err);
	if (rv_policies_file(choice->policies, choice->file, rv_buf_str(choice->text), choice->text->len, &d->facts, &d->arena,
			     &d->policy, choice->errs) == 0)
		return 0;
	if (choice->errs->count) {
		*err = choice->errs->item[0];
		return -RV_EPOLICY;
	}
	return rv_err(err, RV_EPOLICY, "%s is not a policy", choice->file);
}

/* The rule that was not satisfied by its own change: a fault of reeve, never of the caller. */
static int check_again(struct rv_decision *d, const struct kind *kind, const struct rv_spec *container, struct rv_err *err)
{
	struct rv_plan second;
	const char *rule = NULL, *pointer = NULL;
	int rc = kind->evaluate(&d->enforced->spec, container, &d->enforced_facts, &d->policy.enforce, &d->arena, &second, err);

	if (rc < 0)
		return rc;
	rv_plan_grace(&second, &d->policy, &d->enforced_facts);
	if (second.edit_count) {
		rule = second.edit[0].rule;
		pointer = second.edit[0].pointer;
	}
	for (size_t i = 0; i < second.denial_count && !rule; i++) {
		if (second.denial[i].graced_until)
			continue;
		rule = second.denial[i].rule;
		pointer = second.denial[i].pointer;
	}
	if (!rule)
		return 0;
	rv_err(err, RV_EDENIED, "internal error: rule %s is not content with the document that it made", rule);
	rv_err_at_pointer(err, pointer);
	return -RV_EDENIED;
}

static int carry_out(struct rv_decision *d, const struct kind *kind, struct rv_document *doc, const struct rv_spec *container,
		     const struct rv_call *call, struct rv_err *err)
{
	int rc = rv_plan_apply(&d->plan, &doc->json, err);

	if (rc == 0)
		rc = rv_json_write(&doc->json, &d->text, err);
	if (rc < 0)
		return rc;
	d->enforced = doc;
	d->enforced_facts = d->facts;
	/* what was judged and not touched would be judged the same again */
	if (d->plan.edit_count == 0)
		return 0;
	rc = kind->parse(&d->parsed, kind->name, &d->text, MAX(call), err);
	if (rc < 0)
		return rc;
	d->enforced = &d->parsed;
	rc = rv_facts_gather(&d->enforced_facts, kind->host ? &d->parsed.spec : container, call, kind->host, &d->arena, err);
	d->enforced_facts.now = d->facts.now;
	d->enforced_facts.clock_unset = d->facts.clock_unset;
	if (rc == 0 && kind == &exec_kind && call->running_fd)
		rv_facts_process(&d->enforced_facts, &d->parsed.spec, call->running_fd, &d->arena);
	return rc < 0 ? rc : check_again(d, kind, container, err);
}

static int decide(struct rv_decision *d, const struct kind *kind, struct rv_document *doc, const struct rv_spec *container,
		  const struct rv_call *call, const struct rv_choice *choice, struct rv_err *err)
{
	const struct rv_spec *spec = kind->host ? &doc->spec : container;
	struct rv_trees_seen seen = { 0 };
	struct rv_call once = *call;
	int rc;

	once.seen = &seen;
	call = &once;
	rc = rv_facts_gather(&d->facts, spec, call, kind->host, &d->arena, err);
	if (rc == 0 && kind == &exec_kind && call->running_fd)
		rv_facts_process(&d->facts, &doc->spec, call->running_fd, &d->arena);
	if (rc == 0)
		rc = choose(d, choice, err);
	if (rc == 0 && kind->host)
		rv_facts_dirs(&d->facts, &d->policy.enforce.set.filesystem.protect, &d->policy.audit.set.filesystem.protect, &d->arena);
	if (rc == 0)
		rc = kind->evaluate(&doc->spec, container, &d->facts, &d->policy.enforce, &d->arena, &d->plan, err);
	if (rc < 0)
		return rc;
	rv_plan_grace(&d->plan, &d->policy, &d->facts);
	d->judged = true;
	d->has_audit = d->policy.has_audit;
	if (d->has_audit)
		rc = kind->evaluate(&doc->spec, container, &d->facts, &d->policy.audit, &d->arena, &d->audit, err);
	if (rc < 0 || rv_plan_verdict(&d->plan) == RV_PLAN_DENY)
		return rc;
	return carry_out(d, kind, doc, container, call, err);
}

int rv_decide_config(struct rv_decision *d, struct rv_document *doc, const struct rv_call *call, const struct rv_choice *choice,
		     struct rv_err *err)
{
	return decide(d, &config_kind, doc, NULL, call, choice, err);
}

int rv_decide_exec(struct rv_decision *d, struct rv_document *process, const struct rv_spec *container,
		   const struct rv_call *call, const struct rv_choice *choice, struct rv_err *err)
{
	return decide(d, &exec_kind, process, container, call, choice, err);
}

int rv_decide_update(struct rv_decision *d, struct rv_document *resources, const struct rv_spec *container,
		     const struct rv_call *call, const struct rv_choice *choice, struct rv_err *err)
{
	return decide(d, &update_kind, resources, container, call, choice, err);
}

int rv_decide_lifecycle(struct rv_decision *d, const char *action, const struct rv_spec *container, const struct rv_call *call,
			const struct rv_choice *choice, struct rv_err *err)
{
	int rc = rv_facts_gather(&d->facts, container, call, false, &d->arena, err);

	if (rc == 0)
		rc = choose(d, choice, err);
	if (rc == 0)
		rc = rv_evaluate_lifecycle(action, &d->facts, &d->policy.enforce, &d->arena, &d->plan, err);
	if (rc < 0)
		return rc;
	rv_plan_grace(&d->plan, &d->policy, &d->facts);
	d->judged = true;
	d->has_audit = d->policy.has_audit;
	return d->has_audit ? rv_evaluate_lifecycle(action, &d->facts, &d->policy.audit, &d->arena, &d->audit, err) : 0;
}
