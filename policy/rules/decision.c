/* SPDX-License-Identifier: Apache-2.0 */
/* The decision, for machines (one JSON line) and for people (one line of text). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reeve/log.h"
#include "reeve/plan.h"
#include "reeve/runtime.h"

#define RECORD_MAX 65536	/* bytes of a line, so that one write(2) puts it whole at the end of a file */
#define RECORD_ROOM 57344	/* of these for what can be left out; the rest closes brackets */
#define VALUE_MAX 512		/* bytes of one text, as a value before and after an edit */
#define REFUSAL_MAX 2000	/* what engines pass on to their users */
#define LAPSED_MAX 2600		/* with the exceptions that no longer hold */

/* ---- JSON ---- */

/* Long text is cut between two characters and says how long it was. */
static void add_text(struct rv_buf *out, const char *key, const char *text)
{
	size_t len = text ? strlen(text) : 0, bad;

	if (!len)
		return;
	rv_json_put_key(out, key);
	if (len <= VALUE_MAX) {
		rv_json_quote(out, text, len);
		return;
	}
	rv_json_quote(out, text, rv_utf8_valid(text, VALUE_MAX, &bad) ? VALUE_MAX : bad);
	if (!out->failed)
		out->len--;	/* the closing quote */
	rv_buf_addf(out, "... (%zu bytes)\"", len);
}

static void add_time(struct rv_buf *out, const char *key, int64_t when)
{
	rv_autobuf text = { 0 };

	rv_log_time(&text, when);
	out->failed |= text.failed;
	if (text.len)
		add_text(out, key, rv_buf_str(&text));
}

static void add_edit(struct rv_buf *out, const struct rv_edit *e)
{
	static const char *const ops[] = { [RV_EDIT_SET] = "set", [RV_EDIT_REMOVE] = "remove", [RV_EDIT_APPEND] = "append" };

	rv_json_put_open(out, NULL, '{');
	add_text(out, "op", ops[e->op]);
	add_text(out, "pointer", e->pointer);
	add_text(out, "before", e->before);
	add_text(out, "after", e->after);
	add_text(out, "rule", e->rule);
	add_text(out, "origin", e->origin);
	add_text(out, "why", e->why);
	rv_buf_addc(out, '}');
}

static void add_denial(struct rv_buf *out, const struct rv_denial *d)
{
	rv_json_put_open(out, NULL, '{');
	add_text(out, "pointer", d->pointer);
	add_text(out, "rule", d->rule);
	add_text(out, "origin", d->origin);
	add_text(out, "reason", d->reason);
	add_text(out, "advice", d->advice);
	if (d->graced_until)
		add_time(out, "until", d->graced_until);
	rv_buf_addc(out, '}');
}

/* Whole elements as long as there is room: the line stays valid JSON whatever is left out. */
struct limit { size_t max; bool truncated; };

static bool has_room(struct rv_buf *out, size_t start, struct limit *limit)
{
	if (out->len <= limit->max)
		return true;
	out->len = start;
	if (out->data)
		out->data[start] = '\0';
	limit->truncated = true;
	return false;
}

static void add_denials(struct rv_buf *out, const struct rv_plan *plan, struct limit *limit)
{
	if (!plan->denial_count)
		return;
	rv_json_put_open(out, "denials", '[');
	for (size_t i = 0; i < plan->denial_count; i++) {
		size_t start = out->len;

		add_denial(out, &plan->denial[i]);
		if (!has_room(out, start, limit))
			break;
	}
	rv_buf_addc(out, ']');
}

static void add_edits(struct rv_buf *out, const struct rv_plan *plan, struct limit *limit)
{
	if (!plan->edit_count)
		return;
	rv_json_put_open(out, "edits", '[');
	for (size_t i = 0; i < plan->edit_count; i++) {
		size_t start = out->len;

		add_edit(out, &plan->edit[i]);
		if (!has_room(out, start, limit))
			break;
	}
	rv_buf_addc(out, ']');
}

static void add_warnings(struct rv_buf *out, const struct rv_plan *plan, struct limit *limit)
{
	if (!plan->warning_count)
		return;
	rv_json_put_open(out, "warnings", '[');
	for (size_t i = 0; i < plan->warning_count; i++) {
		size_t start = out->len;

		rv_json_put_text(out, NULL, plan->warning[i]);
		if (!has_room(out, start, limit))
			break;
	}
	rv_buf_addc(out, ']');
}

static const char *verdict_word(const struct rv_plan *plan)
{
	static const char *const words[] = {
		[RV_PLAN_ALLOW] = "allow", [RV_PLAN_REWRITE] = "rewrite", [RV_PLAN_GRACE] = "grace", [RV_PLAN_DENY] = "deny",
	};

	return words[rv_plan_verdict(plan)];
}

/* In order of importance, as later parts are the first to go. */
static void add_plan(struct rv_buf *out, const struct rv_plan *plan, struct limit *limit)
{
	add_denials(out, plan, limit);
	add_edits(out, plan, limit);
	add_warnings(out, plan, limit);
}

static void add_identity(struct rv_buf *out, const struct rv_facts *f)
{
	const struct { const char *key, *value; } identity[] = {
		{ "namespace", f->name_space }, { "pod", f->pod }, { "container", f->container }, { "image", f->image },
		{ "digest", f->digest },
	};
	bool any = f->sandbox;

	for (size_t i = 0; i < RV_COUNT(identity); i++)
		any |= identity[i].value && *identity[i].value;
	if (!any)
		return;
	rv_json_put_open(out, "identity", '{');
	for (size_t i = 0; i < RV_COUNT(identity); i++)
		add_text(out, identity[i].key, identity[i].value);
	if (f->sandbox)
		rv_json_put_flag(out, "sandbox", true);
	rv_buf_addc(out, '}');
}

/* What is published of this version, and what of the policy closes it or would. */
static void add_escapes(struct rv_buf *out, const struct rv_runtime_fact *real, const struct rv_settings *set)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_escape escapes[RV_ESCAPES_MAX];
	size_t count = rv_escapes_of(real, set, escapes, RV_COUNT(escapes), &arena);

	if (!count)
		return;
	rv_json_put_open(out, "escapes", '[');
	for (size_t i = 0; i < count; i++) {
		rv_json_put_open(out, NULL, '{');
		add_text(out, "id", escapes[i].id);
		add_text(out, "by", escapes[i].by);
		add_text(out, "needs", escapes[i].needs);
		rv_buf_addc(out, '}');
	}
	rv_buf_addc(out, ']');
}

static void add_runtime(struct rv_buf *out, const struct rv_runtime_fact *real, const struct rv_settings *set)
{
	if (!real->path && !real->name)
		return;
	rv_json_put_open(out, "runtime", '{');
	add_text(out, "path", real->path);
	add_text(out, "name", real->name);
	add_text(out, "version", real->version);
	add_escapes(out, real, set);
	rv_buf_addc(out, '}');
}

static void add_facts(struct rv_buf *out, const struct rv_facts *f, const struct rv_settings *set)
{
	add_text(out, "engine", rv_engine_names[f->engine]);
	add_text(out, "id", f->id);
	add_text(out, "bundle", f->bundle);
	add_runtime(out, &f->real, set);
	if (f->caller)
		rv_json_put_number(out, "caller", f->caller);
	add_identity(out, f);
}

static void add_exceptions(struct rv_buf *out, const struct rv_policy *p, struct limit *limit)
{
	rv_json_put_open(out, "exceptions", '[');
	for (size_t i = 0; i < p->exception_count; i++) {
		const struct rv_exception *e = &p->exception[i];
		size_t start = out->len;

		rv_json_put_open(out, NULL, '{');
		add_text(out, "state", e->expired ? "expired" : e->unknown ? "unknown" : "used");
		add_text(out, "why", e->why);
		add_text(out, "until", e->until);
		add_text(out, "grant", e->grant);
		add_text(out, "file", e->file);
		if (e->line)
			rv_json_put_number(out, "line", e->line);
		rv_buf_addc(out, '}');
		if (!has_room(out, start, limit))
			break;
	}
	rv_buf_addc(out, ']');
}

static void add_policy(struct rv_buf *out, const struct rv_policy *p)
{
	rv_json_put_open(out, "policy", '{');
	add_text(out, "name", p->name);
	add_text(out, "file", p->file);
	if (p->line)
		rv_json_put_number(out, "line", p->line);
	add_text(out, "enforce", p->enforce.profile);
	if (p->has_audit)
		add_text(out, "audit", p->audit.profile);
	rv_buf_addc(out, '}');
}

static void add_head(struct rv_buf *out, const struct rv_record *r)
{
	rv_buf_addc(out, '{');
	add_time(out, "time", r->facts ? r->facts->now : 0);
	add_text(out, "action", r->action);
	add_text(out, "decision", r->error ? "error" : r->plan ? verdict_word(r->plan) : "allow");
}

static void add_record(struct rv_buf *out, const struct rv_record *r)
{
	struct limit limit = { .max = out->len + RECORD_ROOM };
	char error[1536];

	add_head(out, r);
	if (r->facts)
		add_facts(out, r->facts, r->policy ? &r->policy->enforce.set : NULL);
	if (r->policy)
		add_policy(out, r->policy);
	if (r->error)
		add_text(out, "error", rv_err_text(r->error, error, sizeof(error)));
	if (r->policy && r->policy->exception_count)
		add_exceptions(out, r->policy, &limit);
	if (r->plan)
		add_plan(out, r->plan, &limit);
	if (r->audit) {
		rv_json_put_open(out, "audit", '{');
		add_text(out, "decision", verdict_word(r->audit));
		add_plan(out, r->audit, &limit);
		rv_buf_addc(out, '}');
	}
	if (limit.truncated)
		rv_json_put_flag(out, "truncated", true);
	rv_buf_adds(out, "}\n");
}

void rv_record_json(const struct rv_record *r, struct rv_buf *out)
{
	size_t start = out->len;

	add_record(out, r);
	if (out->failed || out->len - start <= RECORD_MAX)
		return;
	/* Texts full of control characters take six bytes each: the head alone always fits. */
	out->len = start;
	add_head(out, r);
	if (r->facts)
		add_text(out, "id", r->facts->id);
	rv_buf_adds(out, ",\"truncated\":true}\n");
}

/* ---- text ---- */

static void add_reason(struct rv_buf *out, const struct rv_denial *d)
{
	rv_buf_addf(out, "%s [%s%s%s", d->reason ? d->reason : "refused", d->rule, d->pointer && *d->pointer ? " " : "",
		    d->pointer ? d->pointer : "");
	if (d->origin && *d->origin)
		rv_buf_addf(out, " by %s", d->origin);
	if (d->advice)
		rv_buf_addf(out, "; %s", d->advice);
	rv_buf_addc(out, ']');
}

/* What might have allowed it yesterday is the first thing to look at. */
static void add_lapsed(struct rv_buf *out, const struct rv_policy *policy)
{
	for (size_t i = 0; i < policy->exception_count && out->len < LAPSED_MAX; i++) {
		const struct rv_exception *e = &policy->exception[i];
		rv_autobuf one = { 0 };

		if (!e->expired && !e->unknown)
			continue;
		rv_buf_addf(&one, "; the exception \"%s\" (%s:%u) ", e->why ? e->why : e->grant ? e->grant : "", e->file, e->line);
		if (e->expired)
			rv_buf_addf(&one, "ended on %s", e->until ? e->until : "?");
		else
			rv_buf_adds(&one, "does not hold: what it asks about is unknown");
		rv_buf_add_printable(out, rv_buf_str(&one));
		out->failed |= one.failed;
	}
}

void rv_plan_refusal(const struct rv_plan *plan, const struct rv_policy *policy, struct rv_buf *out)
{
	size_t left = 0, said = 0;

	rv_buf_addf(out, "reeve: refused by policy %s", policy->name ? policy->name : "?");
	if (policy->file && policy->line)
		rv_buf_addf(out, " (%s:%u)", policy->file, policy->line);
	else if (policy->file)
		rv_buf_addf(out, " (%s)", policy->file);
	rv_buf_adds(out, ": ");
	for (size_t i = 0; i < plan->denial_count; i++) {
		rv_autobuf one = { 0 };

		if (plan->denial[i].graced_until)
			continue;
		add_reason(&one, &plan->denial[i]);
		if (said && out->len + one.len > REFUSAL_MAX) {
			left++;
			continue;
		}
		if (said++)
			rv_buf_adds(out, "; ");
		rv_buf_add_printable(out, rv_buf_str(&one));
		out->failed |= one.failed;
	}
	if (left)
		rv_buf_addf(out, "; and %zu more", left);
	add_lapsed(out, policy);
}
