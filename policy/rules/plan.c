/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "rules/family.h"

enum rv_plan_verdict rv_plan_verdict(const struct rv_plan *plan)
{
	bool graced = false;

	for (size_t i = 0; i < plan->denial_count; i++) {
		if (!plan->denial[i].graced_until)
			return RV_PLAN_DENY;
		graced = true;
	}
	if (graced)
		return RV_PLAN_GRACE;
	return plan->edit_count ? RV_PLAN_REWRITE : RV_PLAN_ALLOW;
}

/* Room for one more element in an arena array that doubles; the old array is left to the arena. */
static void *grow(struct rv_plan *plan, void *array, size_t count, size_t *room, size_t size)
{
	void *bigger;

	if (count < *room)
		return array;
	bigger = rv_arena_alloc(plan->arena, (*room ? *room * 2 : 8) * size);
	if (!bigger) {
		plan->failed = true;
		return NULL;
	}
	if (count)
		memcpy(bigger, array, count * size);
	*room = *room ? *room * 2 : 8;
	return bigger;
}

RV_PRINTF(2, 0) static const char *vtext(struct rv_arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = len < 0 ? NULL : rv_arena_alloc(arena, (size_t)len + 1);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, ap);
	return text;
}

static const char *origin_of(struct rv_judge *j, const char *rule)
{
	char family[64];
	size_t len = strcspn(rule, ".");

	if (!rule[len] || len >= sizeof(family))
		return "";
	memcpy(family, rule, len);
	family[len] = '\0';
	return rv_ruleset_origin(j->rules, family, rule + len + 1, j->arena);
}

/* JSON text without the white space between its parts: people read it in one line. */
static const char *on_one_line(struct rv_arena *arena, const char *json)
{
	char *out = json ? rv_arena_alloc(arena, strlen(json) + 1) : NULL, *to = out;
	bool quoted = false;

	for (; out && *json; json++) {
		if (*json == '"')
			quoted = !quoted;
		else if (!quoted && strchr(" \t\r\n", *json))
			continue;
		*to++ = *json;
		if (quoted && *json == '\\' && json[1])
			*to++ = *++json;
	}
	return out;
}

RV_PRINTF(6, 0) static void add_edit(struct rv_judge *j, enum rv_edit_op op, const char *rule, const char *pointer,
				     const char *json, const char *why, va_list ap)
{
	struct rv_plan *plan = j->plan;
	struct rv_edit *array = grow(plan, plan->edit, plan->edit_count, &plan->edit_room, sizeof(*array));
	struct rv_json *value;
	struct rv_edit *e;

	if (!array || !pointer || (op != RV_EDIT_REMOVE && !json)) {
		plan->failed = true;
		return;
	}
	plan->edit = array;
	e = &array[plan->edit_count++];
	value = op == RV_EDIT_APPEND ? NULL : rv_json_at(j->spec->doc->root, pointer);
	*e = (struct rv_edit){
		.op = op,
		.pointer = rv_arena_strdup(j->arena, pointer),
		.before = value ? on_one_line(j->arena, rv_json_text(j->spec->doc, value)) : NULL,
		.after = json ? rv_arena_strdup(j->arena, json) : NULL,
		.rule = rule,
		.origin = origin_of(j, rule),
		.why = vtext(j->arena, why, ap),
	};
}

void rv_judge_set(struct rv_judge *j, const char *rule, const char *pointer, const char *json, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	add_edit(j, RV_EDIT_SET, rule, pointer, json, why, ap);
	va_end(ap);
}

void rv_judge_remove(struct rv_judge *j, const char *rule, const char *pointer, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	add_edit(j, RV_EDIT_REMOVE, rule, pointer, NULL, why, ap);
	va_end(ap);
}

void rv_judge_append(struct rv_judge *j, const char *rule, const char *pointer, const char *json, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	add_edit(j, RV_EDIT_APPEND, rule, pointer, json, why, ap);
	va_end(ap);
}

RV_PRINTF(5, 0) static void add_denial(struct rv_judge *j, const char *rule, const char *pointer, const char *advice,
				       const char *reason, va_list ap)
{
	struct rv_plan *plan = j->plan;
	struct rv_denial *array = grow(plan, plan->denial, plan->denial_count, &plan->denial_room, sizeof(*array));

	if (!array || !pointer) {
		plan->failed = true;
		return;
	}
	plan->denial = array;
	array[plan->denial_count++] = (struct rv_denial){
		.pointer = rv_arena_strdup(j->arena, pointer),
		.rule = rule,
		.origin = origin_of(j, rule),
		.reason = vtext(j->arena, reason, ap),
		.advice = advice ? rv_arena_strdup(j->arena, advice) : NULL,
	};
}

void rv_judge_deny(struct rv_judge *j, const char *rule, const char *pointer, const char *advice, const char *reason, ...)
{
	va_list ap;

	va_start(ap, reason);
	add_denial(j, rule, pointer, advice, reason, ap);
	va_end(ap);
}

void rv_judge_fault(struct rv_judge *j, const char *rule, const char *pointer, const char *advice, const char *reason, ...)
{
	va_list ap;

	va_start(ap, reason);
	add_denial(j, rule, pointer, advice, reason, ap);
	va_end(ap);
	if (!j->plan->failed)
		j->plan->denial[j->plan->denial_count - 1].fault = true;
}

void rv_judge_violation(struct rv_judge *j, int violation, const char *rule, const char *pointer, const char *advice,
			const char *reason, ...)
{
	va_list ap;

	va_start(ap, reason);
	if (violation == RV_VIOLATION_REMOVE)
		add_edit(j, RV_EDIT_REMOVE, rule, pointer, NULL, reason, ap);
	else
		add_denial(j, rule, pointer, advice, reason, ap);
	va_end(ap);
}

void rv_judge_warn(struct rv_judge *j, const char *text, ...)
{
	struct rv_plan *plan = j->plan;
	const char **array = grow(plan, plan->warning, plan->warning_count, &plan->warning_room, sizeof(*array));
	va_list ap;

	if (!array)
		return;
	plan->warning = array;
	va_start(ap, text);
	array[plan->warning_count++] = vtext(j->arena, text, ap);
	va_end(ap);
}

/* Text that callers may use as they like; without memory the plan is lost anyway. */
static const char *text_or_failure(struct rv_judge *j, const char *text)
{
	if (text)
		return text;
	j->plan->failed = true;
	return "";
}

const char *rv_judge_ptr(struct rv_judge *j, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = vtext(j->arena, fmt, ap);
	va_end(ap);
	return text_or_failure(j, text);
}

const char *rv_judge_str(struct rv_judge *j, const char *text)
{
	rv_autobuf buf = { 0 };

	rv_json_quote(&buf, text, strlen(text));
	return text_or_failure(j, buf.failed ? NULL : rv_arena_strdup(j->arena, rv_buf_str(&buf)));
}

const char *rv_judge_key(struct rv_judge *j, const char *name)
{
	rv_autobuf buf = { 0 };

	for (; *name; name++)
		if (*name == '~' || *name == '/')
			rv_buf_adds(&buf, *name == '~' ? "~0" : "~1");
		else
			rv_buf_addc(&buf, *name);
	return text_or_failure(j, buf.failed ? NULL : rv_arena_strdup(j->arena, rv_buf_str(&buf)));
}

void rv_plan_grace(struct rv_plan *plan, const struct rv_policy *policy, const struct rv_facts *facts)
{
	for (size_t i = 0; policy->grace && i < plan->denial_count; i++)
		if (!plan->denial[i].fault && !rv_ruleset_floor(&policy->enforce, plan->denial[i].rule))
			plan->denial[i].graced_until = facts->now + (int64_t)policy->grace;
}

/* The object or array that pointer names; objects on the way are made. *last is the final, unescaped part. */
static struct rv_json *make_parent(struct rv_json_doc *doc, const char *pointer, char *last, size_t size)
{
	struct rv_json *at = doc->root;

	while (at && *pointer == '/') {
		struct rv_json *below;
		const char *end = pointer + 1 + strcspn(pointer + 1, "/");
		size_t len = 0;

		for (pointer++; pointer < end; pointer++) {
			char c = *pointer;

			if (c == '~' && pointer + 1 < end)
				c = *++pointer == '1' ? '/' : '~';
			if (len + 1 >= size)
				return NULL;
			last[len++] = c;
		}
		last[len] = '\0';
		if (!*end)
			return at;
		if (at->type == RV_JSON_ARRAY) {
			uint64_t index;

			if (!rv_str_u64(last, len, SIZE_MAX, &index))
				return NULL;
			for (below = at->child; below && below->index != index; below = below->next)
				;
		} else {
			below = rv_json_get(at, last);
		}
		if (below && below->type == RV_JSON_NULL) {
			rv_json_remove(below);
			below = NULL;
		}
		if (!below && at->type == RV_JSON_OBJECT)
			below = rv_json_add_object(doc, at, last);
		at = below;
	}
	return NULL;
}

static bool apply_edit(const struct rv_edit *e, struct rv_json_doc *doc)
{
	struct rv_json *value = rv_json_at(doc->root, e->pointer), *parent;
	char last[4096];

	switch (e->op) {
	case RV_EDIT_REMOVE:
		if (value)
			rv_json_remove(value);
		return true;
	case RV_EDIT_SET:
		if (value) {
			rv_json_set(doc, value, e->after);
			return true;
		}
		parent = make_parent(doc, e->pointer, last, sizeof(last));
		return parent && parent->type == RV_JSON_OBJECT && rv_json_add(doc, parent, last, e->after);
	case RV_EDIT_APPEND:
		if (value && value->type == RV_JSON_ARRAY)
			return rv_json_append(doc, value, e->after);
		if (value)
			rv_json_remove(value);
		parent = make_parent(doc, e->pointer, last, sizeof(last));
		value = parent && parent->type == RV_JSON_OBJECT ? rv_json_add(doc, parent, last, "[]") : NULL;
		return value && rv_json_append(doc, value, e->after);
	}
	return false;
}

int rv_plan_apply(const struct rv_plan *plan, struct rv_json_doc *doc, struct rv_err *err)
{
	if (plan->failed)
		return rv_err_nomem(err);
	for (size_t i = 0; i < plan->edit_count; i++) {
		if (!apply_edit(&plan->edit[i], doc)) {
			int rc = doc->arena.failed ? rv_err_nomem(err)
						   : rv_err(err, RV_EDOCUMENT, "cannot apply rule %s", plan->edit[i].rule);

			rv_err_at_pointer(err, plan->edit[i].pointer);
			return rc;
		}
	}
	return doc->arena.failed ? rv_err_nomem(err) : 0;
}
