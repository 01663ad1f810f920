/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of a node: the active set, or what is built in. */
#include <stdlib.h>

#include "rules/source.h"

const struct rv_text *rv_policies_find(const struct rv_texts *in, enum rv_source_kind kind, const char *name)
{
	for (size_t i = 0; name && i < in->count; i++)
		if (in->item[i].kind == kind && !strcmp(in->item[i].name, name))
			return &in->item[i];
	return NULL;
}

bool rv_texts_add(struct rv_texts *in, const struct rv_text *text, struct rv_arena *arena)
{
	if (in->count == in->room) {
		size_t room = in->room ? in->room * 2 : 16;
		struct rv_text *item = rv_arena_alloc(arena, room * sizeof(*item));

		if (!item)
			return false;
		if (in->count)
			memcpy(item, in->item, in->count * sizeof(*item));
		in->item = item;
		in->room = room;
	}
	in->item[in->count++] = *text;
	return true;
}

static int add_shipped(struct rv_policies *p, const struct rv_embedded *e, struct rv_err *err)
{
	struct rv_text text = { .kind = e->kind, .name = e->name, .file = e->name, .text = e->text, .len = strlen(e->text),
				.embedded = true };
	rv_autojson doc = { 0 };
	int rc;

	if (e->kind == RV_SOURCE_POLICY) {
		rc = rv_json_parse(&doc, text.text, text.len, RV_JSON_MAX, RV_JSON_COMMENTS, err);
		if (rc)
			return rc;
		text.match = rv_match_read(rv_json_get(doc.root, "match"), &p->arena);
		text.file = "embedded";
	}
	return rv_texts_add(e->kind == RV_SOURCE_POLICY ? &p->shipped : &p->library, &text, &p->arena) ? 0 : rv_err_nomem(err);
}

int rv_policies_embedded(struct rv_policies *p, struct rv_err *err)
{
	for (const struct rv_embedded *e = rv_embedded; e->name; e++) {
		int rc = add_shipped(p, e, err);

		if (rc)
			return rc;
	}
	return 0;
}

/* ---- the active set ---- */
static int broken(struct rv_err *err, const char *what)
{
	return rv_err(err, RV_EPOLICY, "the active set is not usable: %s; run reevectl policy apply", what);
}

static int read_text(struct rv_policies *p, const struct rv_json *entry, struct rv_text *out, struct rv_err *err)
{
	const struct rv_json *text = rv_json_get(entry, "text");
	const char *file = rv_json_str(rv_json_get(entry, "file")), *name = rv_json_str(rv_json_get(entry, "name"));

	if (!file || !name || !rv_json_str(text))
		return broken(err, "an entry without file, name or text");
	out->name = rv_arena_strdup(&p->arena, name);
	out->file = rv_arena_strdup(&p->arena, file);
	out->text = rv_arena_strndup(&p->arena, text->str, text->len);
	out->len = text->len;
	if (out->kind == RV_SOURCE_POLICY)
		out->match = rv_match_read(rv_json_get(entry, "match"), &p->arena);
	return p->arena.failed ? rv_err_nomem(err) : 0;
}

static int read_entries(struct rv_policies *p, const struct rv_json *root, const char *member, enum rv_source_kind kind,
			struct rv_texts *into, struct rv_err *err)
{
	const struct rv_json *list = rv_json_get(root, member);

	if (!list || list->type != RV_JSON_ARRAY)
		return broken(err, "a list is missing");
	rv_json_each(entry, list) {
		struct rv_text text = { .kind = kind };
		int rc = read_text(p, entry, &text, err);

		if (rc)
			return rc;
		if (!rv_texts_add(into, &text, &p->arena))
			return rv_err_nomem(err);
	}
	return 0;
}

static int first_of(struct rv_errs *errs, struct rv_err *err)
{
	if (!errs->count)
		return rv_err_nomem(err);
	if (err)
		*err = errs->item[0];
	return -(int)errs->item[0].code;
}

static int read_node(struct rv_policies *p, const struct rv_json *entry, struct rv_err *err)
{
	struct rv_errs errs = { 0 };
	struct rv_resolver v = { .p = p, .arena = &p->arena, .errs = &errs };
	struct rv_opened *o;
	int rc;

	if (!entry || entry->type == RV_JSON_NULL)
		return entry ? 0 : broken(err, "the node file is missing");
	p->node_text.kind = RV_SOURCE_NODE;
	rc = read_text(p, entry, &p->node_text, err);
	if (rc)
		return rc;
	o = rv_resolver_open(&v, &p->node_text);
	if (o && !o->reader.mistakes)
		rv_node_read(p, o->reader.doc.root);
	rc = o && !o->reader.mistakes ? 0 : first_of(&errs, err);
	rv_resolver_done(&v);
	rv_errs_done(&errs);
	return rc;
}

static int read_active(struct rv_policies *p, const char *active, size_t len, struct rv_err *err)
{
	rv_autojson doc = { 0 };
	struct rv_err why;
	uint64_t format;
	int rc = rv_json_parse(&doc, active, len, RV_JSON_MAX, 0, &why);

	if (rc == -RV_ESYSTEM) {
		if (err)
			*err = why;
		return rc;
	}
	if (rc)
		return broken(err, why.msg);
	if (!rv_json_u64(rv_json_get(doc.root, "format"), &format) || format != RV_ACTIVE_FORMAT)
		return broken(err, "it was written by another version");
	rc = read_entries(p, doc.root, "profiles", RV_SOURCE_PROFILE, &p->library, err);
	rc = rc ? rc : read_entries(p, doc.root, "grants", RV_SOURCE_GRANT, &p->library, err);
	rc = rc ? rc : read_entries(p, doc.root, "policies", RV_SOURCE_POLICY, &p->policy, err);
	if (rv_json_get(doc.root, "detections"))
		rc = rc ? rc : read_entries(p, doc.root, "detections", RV_SOURCE_DETECTIONS, &p->own, err);
	rc = rc ? rc : rv_detections_read(p, rv_json_get(doc.root, "detectionNames"), err);
	return rc ? rc : read_node(p, rv_json_get(doc.root, "node"), err);
}

int rv_policies_load(struct rv_policies **out, const char *active, size_t len, struct rv_err *err)
{
	rv_autopolicies *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return rv_err_nomem(err);
	rv_node_defaults(&p->node);
	p->detections = rv_shipped_detections;
	rc = active ? read_active(p, active, len, err) : 0;
	rc = rc ? rc : rv_policies_embedded(p, err);
	if (rc)
		return rc;
	if (p->arena.failed)
		return rv_err_nomem(err);
	*out = p;
	p = NULL;
	return 0;
}

void rv_policies_free(struct rv_policies *p)
{
	if (!p)
		return;
	rv_arena_done(&p->arena);
	free(p);
}

void rv_policies_freep(struct rv_policies **p)
{
	rv_policies_free(*p);
}

const struct rv_node *rv_policies_node(const struct rv_policies *p)
{
	return &p->node;
}

/* ---- choosing ---- */
static int resolve_one(const struct rv_policies *p, const struct rv_text *text, const struct rv_facts *facts, struct rv_arena *arena,
		       struct rv_policy *out, struct rv_err *err)
{
	struct rv_errs errs = { 0 };
	struct rv_resolver v = { .p = p, .facts = facts, .arena = arena, .errs = &errs };
	struct rv_policy policy;
	int rc = 0;

	if (!rv_resolve(&v, text, &policy) || errs.count || errs.lost)
		rc = first_of(&errs, err);
	else
		*out = policy;
	rv_resolver_done(&v);
	rv_errs_done(&errs);
	return rc;
}

static const struct rv_text *first_match(const struct rv_texts *in, const struct rv_facts *facts)
{
	for (size_t i = 0; i < in->count; i++)
		if (rv_match_test(&in->item[i].match, facts) == RV_MATCHED_YES)
			return &in->item[i];
	return NULL;
}

static const struct rv_text *by_name(const struct rv_policies *p, const char *name)
{
	const struct rv_text *text = rv_policies_find(&p->policy, RV_SOURCE_POLICY, name);

	text = text ? text : rv_policies_find(&p->shipped, RV_SOURCE_POLICY, name);
	return text ? text : rv_policies_find(&p->library, RV_SOURCE_PROFILE, name);
}

int rv_policies_select(const struct rv_policies *p, const struct rv_facts *facts, struct rv_arena *arena, struct rv_policy *out,
		       struct rv_err *err)
{
	const struct rv_text *text = first_match(&p->policy, facts);
	const char *fallback = p->fallback[facts->engine];

	if (!text)
		text = fallback ? by_name(p, fallback) : first_match(&p->shipped, facts);
	if (!text)
		return rv_err(err, RV_EPOLICY, "no policy matches, and the default \"%s\" does not exist", fallback ? fallback : "");
	return resolve_one(p, text, facts, arena, out, err);
}

struct every_name { const struct rv_policies *p; };

static const char *next_any(void *ctx, size_t i)
{
	const struct rv_policies *p = ((const struct every_name *)ctx)->p;

	if (i < p->policy.count)
		return p->policy.item[i].name;
	i -= p->policy.count;
	for (size_t k = 0; k < p->library.count; k++)
		if (p->library.item[k].kind == RV_SOURCE_PROFILE && i-- == 0)
			return p->library.item[k].name;
	return NULL;
}

int rv_policies_named(const struct rv_policies *p, const char *name, const struct rv_facts *facts, struct rv_arena *arena,
		      struct rv_policy *out, struct rv_err *err)
{
	const struct rv_text *text = by_name(p, name);
	struct every_name all = { p };
	const char *near;

	if (text)
		return resolve_one(p, text, facts, arena, out, err);
	near = rv_str_nearest(name, next_any, &all);
	return rv_err(err, RV_EPOLICY, "there is no policy or profile \"%s\"%s%s%s", name, near ? "; did you mean " : "",
		      near ? near : "", near ? "?" : "");
}
