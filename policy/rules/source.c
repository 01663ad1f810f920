/* SPDX-License-Identifier: Apache-2.0 */
/* A file on its own: what it is, and the policy that it makes. */
#include "rules/source.h"

static const struct { const char *member; enum rv_source_kind kind; } kinds[] = {
	{ "name", RV_SOURCE_POLICY }, { "profile", RV_SOURCE_PROFILE }, { "grant", RV_SOURCE_GRANT },
	/* what has forgotten its name */
	{ "enforce", RV_SOURCE_POLICY }, { "extends", RV_SOURCE_PROFILE },
	{ "detections", RV_SOURCE_DETECTIONS }, { "lists", RV_SOURCE_DETECTIONS }, { "append", RV_SOURCE_DETECTIONS } };

/* A detection file has no name of its own. */
static const char *name_of(const struct rv_json *root, enum rv_source_kind kind, const char *file)
{
	const char *name = kind == RV_SOURCE_DETECTIONS ? file : rv_json_str(rv_json_get(root, kinds[kind].member));

	return name ? name : "";
}

bool rv_source_read(const struct rv_source *source, struct rv_arena *arena, struct rv_errs *errs, struct rv_text *out)
{
	struct rv_reader r = { .file = source->file, .errs = errs, .arena = arena };
	struct rv_err err;
	bool ok = false;

	if (rv_json_parse(&r.doc, source->text, source->len, RV_JSON_MAX, RV_JSON_COMMENTS, &err)) {
		rv_err_as_policy(&err, source->file);
		rv_errs_add(errs, &err);
		return false;
	}
	*out = (struct rv_text){ .file = rv_arena_strdup(arena, source->file), .len = source->len,
				 .text = rv_arena_strndup(arena, source->text, source->len) };
	for (size_t i = 0; !ok && i < RV_COUNT(kinds); i++) {
		const struct rv_json *member = rv_json_get(r.doc.root, kinds[i].member);

		if (member) {
			out->kind = kinds[i].kind;
			out->name = rv_arena_strdup(arena, name_of(r.doc.root, out->kind, source->file));
			ok = out->name;
		}
	}
	if (ok && out->kind == RV_SOURCE_POLICY)
		out->match = rv_match_read(rv_json_get(r.doc.root, "match"), arena);
	if (!ok)
		rv_mistake(&r, r.doc.root, "no policy (\"name\"), profile (\"profile\"), grant (\"grant\") or detections (\"detections\")");
	rv_json_done(&r.doc);
	return ok && !arena->failed;
}

int rv_policies_file(const struct rv_policies *p, const char *file, const char *text, size_t len, const struct rv_facts *facts,
		     struct rv_arena *arena, struct rv_policy *out, struct rv_errs *errs)
{
	struct rv_source source = { file, text, len };
	struct rv_resolver v = { .p = p, .facts = facts, .arena = arena, .errs = errs };
	struct rv_policy policy;
	struct rv_text read;
	size_t before = errs->count + errs->lost;
	struct rv_err err;
	bool ok = rv_source_read(&source, arena, errs, &read);

	if (ok && (read.kind == RV_SOURCE_GRANT || read.kind == RV_SOURCE_DETECTIONS)) {
		rv_err(&err, RV_EPOLICY, read.kind == RV_SOURCE_GRANT
		       ? "is a grant, which no container runs under by itself: name it in a policy's \"allow\""
		       : "has detections, which no container runs under by itself: name them in a policy's \"monitor\"");
		rv_err_at_file(&err, file, 0, 0);
		rv_errs_add(errs, &err);
		ok = false;
	}
	ok = ok && rv_resolve(&v, &read, &policy) && errs->count + errs->lost == before;
	rv_resolver_done(&v);
	if (arena->failed)
		return rv_err_nomem(NULL);
	if (ok)
		*out = policy;
	return ok ? 0 : -RV_EPOLICY;
}
