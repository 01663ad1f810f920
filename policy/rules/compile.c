/* SPDX-License-Identifier: Apache-2.0 */
/* Checks all sources and writes the active set. */
#include <stdio.h>
#include <stdlib.h>

#include "rules/source.h"

struct compiler {
	struct rv_policies *p;
	struct rv_resolver v;
	int64_t now;
	struct rv_errs *errs, *warnings;
	struct rv_settings baseline;
	bool has_baseline;
};

static void complain(struct rv_errs *errs, const char *file, const char *fmt, ...) RV_PRINTF(3, 4);
static void complain(struct rv_errs *errs, const char *file, const char *fmt, ...)
{
	struct rv_err err;
	char text[sizeof(err.msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rv_err(&err, RV_EPOLICY, "%s", text);
	rv_err_at_file(&err, file, 1, 1);
	rv_errs_add(errs, &err);
}

/* ---- names: policies and profiles share theirs, since "default" and render take either ---- */
static const struct rv_text *same_name(const struct rv_texts *in, const struct rv_text *text)
{
	for (size_t i = 0; i < in->count; i++)
		if ((in->item[i].kind == RV_SOURCE_GRANT) == (text->kind == RV_SOURCE_GRANT) &&
		    *text->name && !strcmp(in->item[i].name, text->name))
			return &in->item[i];
	return NULL;
}

static void add_source(struct compiler *c, const struct rv_source *source)
{
	struct rv_policies *p = c->p;
	const struct rv_text *other;
	struct rv_text text;

	if (!rv_source_read(source, &p->arena, c->errs, &text))
		return;
	if (text.kind == RV_SOURCE_DETECTIONS) {
		rv_texts_add(&p->own, &text, &p->arena);
		return;
	}
	other = same_name(&p->library, &text);
	other = other ? other : same_name(&p->policy, &text);
	other = other ? other : same_name(&p->shipped, &text);
	if (other)
		complain(c->errs, text.file, "the name \"%s\" is taken by %s%s", text.name,
			 other->embedded ? "what reeve ships" : other->file, other->embedded ? "; choose another" : "");
	rv_texts_add(text.kind == RV_SOURCE_POLICY ? &p->policy : &p->library, &text, &p->arena);
}

/* ---- the node file ---- */
static void check_default(struct compiler *c, struct rv_reader *r, const struct rv_json *name)
{
	const char *s = rv_json_str(name);

	if (s && !rv_policies_find(&c->p->policy, RV_SOURCE_POLICY, s) && !rv_policies_find(&c->p->shipped, RV_SOURCE_POLICY, s) &&
	    !rv_policies_find(&c->p->library, RV_SOURCE_PROFILE, s))
		rv_mistake(r, name, "default: there is no policy or profile \"%s\"", s);
}

static void check_node(struct compiler *c, const struct rv_source *node)
{
	struct rv_opened *o;
	const struct rv_json *defaults;

	if (!node)
		return;
	c->p->node_text = (struct rv_text){ .kind = RV_SOURCE_NODE, .name = "node", .file = node->file, .text = node->text,
					    .len = node->len };
	o = rv_resolver_open(&c->v, &c->p->node_text);
	if (!o)
		return;
	defaults = rv_json_get(o->reader.doc.root, "default");
	check_default(c, &o->reader, defaults);
	if (defaults && defaults->type == RV_JSON_OBJECT)
		rv_json_each(name, defaults)
			check_default(c, &o->reader, name);
}

/* ---- policies ---- */
static void check_reach(struct compiler *c, size_t index)
{
	const struct rv_text *text = &c->p->policy.item[index];

	for (size_t i = 0; i < index; i++) {
		const struct rv_text *earlier = &c->p->policy.item[i];

		if (rv_match_covers(&earlier->match, &text->match)) {
			complain(c->warnings, text->file, "never reached: %s (%s) comes first and matches all that this does",
				 earlier->name, earlier->file);
			return;
		}
	}
}

static void check_text(struct compiler *c, const struct rv_text *text)
{
	struct rv_policy policy;
	struct rv_opened *o = rv_resolver_open(&c->v, text);
	bool ok = o && text->kind != RV_SOURCE_GRANT && rv_resolve(&c->v, text, &policy);

	if (!o || text->kind != RV_SOURCE_POLICY)
		return;
	rv_check_policy(o, &text->match, ok ? &policy.enforce.set : NULL, c->has_baseline ? &c->baseline : NULL, c->now, c->warnings);
	rv_resolver_close(&c->v, o);
}

static void check_all(struct compiler *c)
{
	const struct rv_text *baseline = rv_policies_find(&c->p->library, RV_SOURCE_PROFILE, "baseline");
	struct rv_policy policy;

	c->has_baseline = baseline && rv_resolve(&c->v, baseline, &policy);
	if (c->has_baseline)
		c->baseline = policy.enforce.set;
	/* an exception that only the monitor can decide takes from a shipped detection what a shipped profile lets it do */
	for (size_t i = 0; i < c->p->library.count; i++)
		if (!c->p->library.item[i].embedded || (c->p->own.count && c->p->library.item[i].kind == RV_SOURCE_PROFILE))
			check_text(c, &c->p->library.item[i]);
	for (size_t i = 0; i < c->p->policy.count; i++) {
		check_text(c, &c->p->policy.item[i]);
		check_reach(c, i);
	}
}

/* ---- writing ---- */
static void write_text(struct rv_buf *out, const struct rv_text *text)
{
	rv_buf_adds(out, "{\"name\":");
	rv_put_str(out, text->name);
	rv_buf_adds(out, ",\"file\":");
	rv_put_str(out, text->file);
	if (text->kind == RV_SOURCE_POLICY) {
		rv_buf_adds(out, ",\"match\":");
		rv_match_write(out, &text->match);
	}
	rv_buf_adds(out, ",\"text\":");
	rv_json_quote(out, text->text, text->len);
	rv_buf_adds(out, "}");
}

static void write_list(struct rv_buf *out, const char *member, const struct rv_texts *in, enum rv_source_kind kind)
{
	bool first = true;

	rv_buf_addf(out, ",\n\"%s\":[", member);
	for (size_t i = 0; i < in->count; i++) {
		if (in->item[i].kind != kind || in->item[i].embedded)
			continue;
		rv_buf_adds(out, first ? "\n" : ",\n");
		write_text(out, &in->item[i]);
		first = false;
	}
	rv_buf_adds(out, "]");
}

static void write_active(struct rv_buf *out, const struct rv_policies *p)
{
	rv_buf_addf(out, "{\"format\":%d,\n\"node\":", RV_ACTIVE_FORMAT);
	if (p->node_text.text)
		write_text(out, &p->node_text);
	else
		rv_buf_adds(out, "null");
	write_list(out, "policies", &p->policy, RV_SOURCE_POLICY);
	write_list(out, "profiles", &p->library, RV_SOURCE_PROFILE);
	write_list(out, "grants", &p->library, RV_SOURCE_GRANT);
	if (p->own.count) {
		write_list(out, "detections", &p->own, RV_SOURCE_DETECTIONS);
		rv_buf_adds(out, ",\n\"detectionNames\":");
		rv_detections_write(out, &p->detections);
	}
	rv_buf_adds(out, "\n}\n");
}

/* What a start could not read is not handed out. */
static int check_active(struct rv_buf *active, struct rv_errs *errs)
{
	rv_autopolicies *p = NULL;
	struct rv_err err;
	int rc;

	if (active->len > RV_JSON_MAX)
		rc = rv_err(&err, RV_EPOLICY, "all sources together make %zu bytes; at most %u are read", active->len, RV_JSON_MAX);
	else
		rc = rv_policies_load(&p, active->data, active->len, &err);
	if (rc) {
		rv_errs_add(errs, &err);
		rv_buf_done(active);
		*active = (struct rv_buf){ 0 };
	}
	return rc;
}

int rv_policies_compile(const struct rv_source *node, const struct rv_source *sources, size_t count, int64_t now,
			struct rv_buf *active, struct rv_errs *errs, struct rv_errs *warnings)
{
	rv_autopolicies *p = calloc(1, sizeof(*p));
	size_t before = errs->count + errs->lost;
	struct compiler c = { .p = p, .now = now, .errs = errs, .warnings = warnings };
	struct rv_err err;

	if (!p || rv_policies_embedded(p, &err))
		return rv_err_nomem(NULL);
	c.v = (struct rv_resolver){ .p = p, .arena = &p->arena, .errs = errs };
	for (size_t i = 0; i < count; i++)
		add_source(&c, &sources[i]);
	rv_detections_compile(p, errs);
	check_node(&c, node);
	check_all(&c);
	rv_resolver_done(&c.v);
	if (p->arena.failed)
		return rv_err_nomem(NULL);
	if (errs->count + errs->lost != before)
		return -RV_EPOLICY;
	write_active(active, p);
	return active->failed ? rv_err_nomem(NULL) : check_active(active, errs);
}
