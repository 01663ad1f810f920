/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static int finish(const struct rv_judge *j, struct rv_err *err)
{
	return j->plan->failed || j->arena->failed || (j->spec && j->spec->doc->arena.failed) ? rv_err_nomem(err) : 0;
}

int rv_evaluate(const struct rv_spec *spec, const struct rv_facts *facts, const struct rv_ruleset *rules, struct rv_arena *arena,
		struct rv_plan *plan, struct rv_err *err)
{
	struct rv_judge j = {
		.spec = spec, .facts = facts, .rules = rules, .set = &rules->set, .plan = plan, .arena = arena, .base = "/process",
	};

	*plan = (struct rv_plan){ .arena = arena };
	if (facts->clock_unset)
		rv_judge_warn(&j, "the clock is wrong: it shows a time before reeve was built, so no exception that ends holds");
	for (const struct rv_family *const *f = rv_families; *f; f++)
		if ((*f)->judge)
			(*f)->judge(&j);
	return finish(&j, err);
}

int rv_evaluate_exec(const struct rv_spec *process, const struct rv_spec *container, const struct rv_facts *facts,
		     const struct rv_ruleset *rules, struct rv_arena *arena, struct rv_plan *plan, struct rv_err *err)
{
	struct rv_judge j = {
		.spec = process, .facts = facts, .rules = rules, .set = &rules->set, .plan = plan, .arena = arena, .base = "",
		.container = container,
	};

	*plan = (struct rv_plan){ .arena = arena };
	for (const struct rv_family *const *f = rv_families; *f; f++)
		if ((*f)->judge_exec)
			(*f)->judge_exec(&j);
	return finish(&j, err);
}

int rv_evaluate_update(const struct rv_spec *resources, const struct rv_facts *facts, const struct rv_ruleset *rules,
		       struct rv_arena *arena, struct rv_plan *plan, struct rv_err *err)
{
	struct rv_judge j = {
		.spec = resources, .facts = facts, .rules = rules, .set = &rules->set, .plan = plan, .arena = arena, .base = "",
	};

	*plan = (struct rv_plan){ .arena = arena };
	for (const struct rv_family *const *f = rv_families; *f; f++)
		if ((*f)->judge_update)
			(*f)->judge_update(&j);
	return finish(&j, err);
}

int rv_evaluate_lifecycle(const char *action, const struct rv_facts *facts, const struct rv_ruleset *rules, struct rv_arena *arena,
			  struct rv_plan *plan, struct rv_err *err)
{
	struct rv_judge j = { .facts = facts, .rules = rules, .set = &rules->set, .plan = plan, .arena = arena, .base = "" };

	*plan = (struct rv_plan){ .arena = arena };
	rv_judge_lifecycle(&j, action);
	return finish(&j, err);
}
