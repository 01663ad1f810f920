/* SPDX-License-Identifier: Apache-2.0 */
/* From a policy's text, the profiles and grants it names and the node's floor to one set of rules. */
#include <stdlib.h>

#include "rules/source.h"

#define EXTENDS_MAX 8	/* profiles that stand on one another; also ends a cycle */

static const struct rv_form *const forms[] = {
	[RV_SOURCE_POLICY] = &rv_form_policy, [RV_SOURCE_PROFILE] = &rv_form_profile,
	[RV_SOURCE_GRANT] = &rv_form_grant, [RV_SOURCE_NODE] = &rv_form_node, [RV_SOURCE_DETECTIONS] = &rv_form_detections };

void rv_err_as_policy(struct rv_err *err, const char *file)
{
	err->code = err->code == RV_ESYSTEM ? RV_ESYSTEM : RV_EPOLICY;
	rv_err_at_file(err, file, err->line, err->column);
	err->pointer[0] = '\0';
}

static void parse(struct rv_resolver *v, struct rv_opened *o)
{
	const struct rv_text *text = o->text;
	struct rv_err err;

	if (rv_json_parse(&o->reader.doc, text->text, text->len, RV_JSON_MAX, RV_JSON_COMMENTS, &err)) {
		rv_err_as_policy(&err, text->file);
		rv_errs_add(v->errs, &err);
		o->broken = true;
	} else if (!text->embedded) {
		rv_form_check(&o->reader, o->reader.doc.root, forms[text->kind]);
		o->reader.checked = true;
		o->broken = o->reader.doc.root->type != RV_JSON_OBJECT;
	}
}

struct rv_opened *rv_resolver_open(struct rv_resolver *v, const struct rv_text *text)
{
	struct rv_opened *o;
	struct rv_err err;

	for (o = v->opened; o; o = o->next)
		if (o->text == text)
			return o->broken ? NULL : o;
	o = calloc(1, sizeof(*o));
	if (!o) {
		rv_err_nomem(&err);
		rv_errs_add(v->errs, &err);
		return NULL;
	}
	*o = (struct rv_opened){ .text = text, .next = v->opened,
				 .reader = { .file = text->file, .errs = v->errs, .arena = v->arena, .detections = &v->p->detections,
					     .floor = text->kind == RV_SOURCE_NODE } };
	v->opened = o;
	parse(v, o);
	return o->broken ? NULL : o;
}

void rv_resolver_close(struct rv_resolver *v, struct rv_opened *o)
{
	for (struct rv_opened **at = &v->opened; *at; at = &(*at)->next) {
		if (*at == o) {
			*at = o->next;
			rv_json_done(&o->reader.doc);
			free(o);
			return;
		}
	}
}

void rv_resolver_done(struct rv_resolver *v)
{
	while (v->opened)
		rv_resolver_close(v, v->opened);
}

struct names { const struct rv_texts *in; enum rv_source_kind kind; };

static const char *next_name(void *ctx, size_t i)
{
	const struct names *names = ctx;

	for (size_t k = 0; k < names->in->count; k++)
		if (names->in->item[k].kind == names->kind && i-- == 0)
			return names->in->item[k].name;
	return NULL;
}

/* The profile or grant that `at` (in the document of o) names. */
static const struct rv_text *library(struct rv_resolver *v, struct rv_opened *o, const struct rv_json *at, enum rv_source_kind kind)
{
	const char *name = rv_json_str(at);
	const struct rv_text *text = rv_policies_find(&v->p->library, kind, name);
	struct names names = { &v->p->library, kind };

	if (!text && name)
		rv_mistake(&o->reader, at, "there is no %s \"%s\"%s", forms[kind]->what, name,
			   rv_reader_suggest(&o->reader, name, next_name, &names));
	return text;
}

static bool apply_profile(struct rv_resolver *v, struct rv_ruleset *rules, const struct rv_text *text, int depth)
{
	struct rv_opened *o = rv_resolver_open(v, text);
	const struct rv_json *root, *extends;

	if (!o)
		return false;
	root = o->reader.doc.root;
	extends = rv_json_get(root, "extends");
	if (!extends && !text->embedded) {
		rv_mistake(&o->reader, root, "a profile needs \"extends\": the profile it starts from, such as baseline");
		return false;
	}
	if (extends && depth == EXTENDS_MAX) {
		rv_mistake(&o->reader, extends, "more than %d profiles extend one another", EXTENDS_MAX);
		return false;
	}
	if (extends) {
		const struct rv_text *parent = library(v, o, extends, RV_SOURCE_PROFILE);

		if (!parent || !apply_profile(v, rules, parent, depth + 1))
			return false;
	}
	rv_ruleset_apply(rules, &o->reader, rv_json_get(root, "set"), RV_COMBINE_DEFINE);
	return !o->reader.mistakes;
}

/* Where nothing is said, a detection does what it says itself. */
static void start_actions(struct rv_actions *actions, const struct rv_detection_names *names)
{
	actions->names = names;
	for (size_t i = 0; i < names->count; i++) {
		actions->action[i] = (uint8_t)names->action[i];
		actions->asked[i] = i >= rv_shipped_detections.count;
	}
}

static void start(struct rv_ruleset *rules, const char *profile, const struct rv_policies *p, struct rv_arena *arena)
{
	const struct rv_family *family;
	size_t n = 0;

	while (rv_setting_at(n, &family))
		n++;
	n += p->detections.count;
	*rules = (struct rv_ruleset){ .profile = rv_arena_strdup(arena, profile), .origin_room = n,
				      .origin = rv_arena_alloc(arena, n * sizeof(struct rv_origin)) };
	if (!rules->origin)
		return;
	start_actions(&rules->set.monitor.actions, &p->detections);
	for (const struct rv_family *const *f = rv_families; *f; f++)
		for (const struct rv_setting *s = (*f)->settings; s->name && s->type != RV_SET_ACTIONS; s++)
			rules->origin[rules->origin_count++] = (struct rv_origin){ .offset = s->offset, .file = "" };
}

/* Whether an exception holds now for this container. */
static bool applies(struct rv_resolver *v, const struct rv_json *entry, struct rv_exception *out)
{
	const struct rv_json *when = rv_json_get(entry, "when");
	enum rv_matched matched = RV_MATCHED_YES;
	struct rv_match match;
	int64_t end;

	if (!v->facts)
		return true;
	if (when) {
		match = rv_match_read(when, v->arena);
		matched = rv_match_test(&match, v->facts);
	}
	/* with a clock that shows the past nobody knows what has ended */
	if (matched != RV_MATCHED_NO && out->until && rv_date_end(out->until, &end))
		out->expired = v->facts->clock_unset || v->facts->now >= end;
	out->unknown = matched == RV_MATCHED_UNKNOWN;
	return matched == RV_MATCHED_YES && !out->expired;
}

static void widen(struct rv_resolver *v, struct rv_opened *o, struct rv_ruleset *rules, const struct rv_json *entry)
{
	const struct rv_json *grant = rv_json_get(entry, "grant");
	const struct rv_text *text = grant ? library(v, o, grant, RV_SOURCE_GRANT) : NULL;
	struct rv_opened *g = text ? rv_resolver_open(v, text) : NULL;

	if (g)
		rv_ruleset_apply(rules, &g->reader, rv_json_get(g->reader.doc.root, "allow"), RV_COMBINE_WIDEN);
	rv_ruleset_apply(rules, &o->reader, entry, RV_COMBINE_WIDEN);
}

/* Exceptions in their order; each that was considered is listed once, in `list` when it is not NULL. */
static void apply_exceptions(struct rv_resolver *v, struct rv_opened *o, struct rv_ruleset *rules, struct rv_policy *list)
{
	const struct rv_json *allow = rv_json_get(o->reader.doc.root, "allow");
	struct rv_exception *item = rv_arena_alloc(v->arena, (rv_json_count(allow) + 1) * sizeof(*item));
	size_t n = 0;

	if (!item)
		return;
	rv_json_each(entry, allow) {
		unsigned column;

		item[n] = (struct rv_exception){ .why = rv_copy_str(entry, "why", v->arena), .until = rv_copy_str(entry, "until", v->arena),
						 .grant = rv_copy_str(entry, "grant", v->arena), .file = o->reader.file };
		rv_reader_position(&o->reader, entry->start, &item[n].line, &column);
		if (applies(v, entry, &item[n])) {
			widen(v, o, rules, entry);
			n++;
		} else if (item[n].expired || item[n].unknown) {
			n++;
		}
	}
	if (list) {
		list->exception = item;
		list->exception_count = n;
	}
}

static bool apply_floor(struct rv_resolver *v, struct rv_ruleset *rules)
{
	struct rv_opened *o;

	if (!v->p->node_text.text)
		return true;
	o = rv_resolver_open(v, &v->p->node_text);
	if (!o || o->reader.mistakes)
		return false;
	rv_ruleset_apply(rules, &o->reader, rv_json_get(o->reader.doc.root, "floor"), RV_COMBINE_RAISE);
	return !o->reader.mistakes;
}

/* One ruleset of a policy: that of "enforce", or that of "audit". */
static bool resolve_rules(struct rv_resolver *v, struct rv_opened *o, const char *member, struct rv_ruleset *rules,
			  struct rv_policy *list)
{
	const struct rv_json *name = rv_json_get(o->reader.doc.root, member);
	const struct rv_text *profile = library(v, o, name, RV_SOURCE_PROFILE);

	if (!profile)
		return false;
	start(rules, profile->name, v->p, v->arena);
	if (!apply_profile(v, rules, profile, 0))
		return false;
	/* what is wrong with set and allow was said when they met the enforced profile */
	o->reader.errs = list ? v->errs : NULL;
	rv_ruleset_apply(rules, &o->reader, rv_json_get(o->reader.doc.root, "set"), list ? RV_COMBINE_TIGHTEN : RV_COMBINE_RAISE);
	apply_exceptions(v, o, rules, list);
	o->reader.errs = v->errs;
	return apply_floor(v, rules) && !o->reader.mistakes;
}

static bool resolve_policy(struct rv_resolver *v, struct rv_opened *o, struct rv_policy *out)
{
	const struct rv_json *root = o->reader.doc.root, *grace = rv_json_get(root, "grace");
	const char *then = rv_json_str(rv_json_get(grace, "then")), *period = rv_json_str(rv_json_get(grace, "for"));
	bool ok = resolve_rules(v, o, "enforce", &out->enforce, out);

	/* without a profile nobody has looked at the grants */
	if (!out->enforce.profile)
		rv_json_each(entry, rv_json_get(root, "allow"))
			library(v, o, rv_json_get(entry, "grant"), RV_SOURCE_GRANT);
	out->name = rv_copy_str(root, "name", v->arena);
	out->has_audit = rv_json_get(root, "audit");
	ok = (!out->has_audit || resolve_rules(v, o, "audit", &out->audit, NULL)) && ok;
	if (period)
		rv_seconds(period, &out->grace);
	out->then = then && !strcmp(then, "freeze") ? RV_GRACE_FREEZE : RV_GRACE_STOP;
	return ok;
}

bool rv_resolve(struct rv_resolver *v, const struct rv_text *text, struct rv_policy *out)
{
	struct rv_opened *o = rv_resolver_open(v, text);
	unsigned column;

	if (!o)
		return false;
	*out = (struct rv_policy){ .file = rv_arena_strdup(v->arena, text->file) };
	rv_reader_position(&o->reader, o->reader.doc.root->start, &out->line, &column);
	if (text->kind == RV_SOURCE_POLICY)
		return resolve_policy(v, o, out) && !v->arena->failed;
	out->name = rv_arena_strdup(v->arena, text->name);
	start(&out->enforce, text->name, v->p, v->arena);
	return apply_profile(v, &out->enforce, text, 0) && apply_floor(v, &out->enforce) && !v->arena->failed;
}

static const struct rv_origin *find_origin(const struct rv_ruleset *rules, const char *family, const char *name)
{
	const struct rv_family *f = rv_family_find(family);
	const struct rv_setting *s = f ? rv_setting_find(f, name) : NULL;

	for (size_t i = 0; s && i < rules->origin_count; i++)
		if (rules->origin[i].offset == s->offset && (!rules->origin[i].name || !strcmp(rules->origin[i].name, name)))
			return &rules->origin[i];
	return NULL;
}

const char *rv_ruleset_origin(const struct rv_ruleset *rules, const char *family, const char *name, struct rv_arena *arena)
{
	const struct rv_origin *o = find_origin(rules, family, name);
	const char *text = o && o->line ? rv_arena_printf(arena, "%s:%u:%u", o->file, o->line, o->column) : NULL;

	return text ? text : "";
}

bool rv_ruleset_floor(const struct rv_ruleset *rules, const char *rule)
{
	const struct rv_origin *o;
	char family[64];
	size_t len = strcspn(rule, ".");

	if (!rule[len] || len >= sizeof(family))
		return false;
	memcpy(family, rule, len);
	family[len] = '\0';
	o = find_origin(rules, family, rule + len + 1);
	return o && o->floor;
}
