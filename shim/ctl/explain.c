/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "reeve/runtime.h"

#define VALUE_WIDTH 200 /* bytes of a value that are shown */
#define LONG_WIDTH  60	/* and of one that has more */
#define WHY_WIDTH   800

static const char usage[] =
	"usage: reevectl explain [OPTION...] BUNDLE\n"
	"\n"
	"Shows what policy would change in this bundle's config.json or refuse, each line with its rule, where the rule is\n"
	"set and why. Options and exit status are those of reevectl render; --json prints the decision record.\n"
	"\n"
	"  --policy NAME|FILE  a policy or profile of this node, or a file; else the active set decides\n"
	"  --process FILE      explain an exec with this process.json in that container\n"
	"  --engine ENGINE     as if it called: cri containerd docker podman shell; without: cri with --policy, else shell\n"
	"  --json              print the decision record instead\n"
	"  --help              this text\n";

enum tone { TONE_PLAIN, TONE_ADD, TONE_TAKE, TONE_DENY, TONE_FAINT };
static const char *const tones[] = { "", "\033[32m", "\033[31m", "\033[1;31m", "\033[2m" };

static void tone(bool colour, enum tone t)
{
	if (colour)
		fputs(t == TONE_PLAIN ? "\033[0m" : tones[t], stdout);
}

/* A document's text goes to a terminal: control characters in it must not drive that. */
static void put_value(const char *text, size_t width)
{
	size_t len = strlen(text), end = len;
	bool indented = false;

	if (len > width)
		for (end = width; end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80; end--)
			;
	for (size_t i = 0, hidden = 0; i < end; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!hidden)
			hidden = rv_str_unprintable(text + i);
		/* of indented text a single blank */
		if (indented && (c == ' ' || c == '\t'))
			continue;
		indented = c == '\n';
		if (c == '\n' || c == '\t' || c == '\r')
			putchar(' ');
		else if (hidden)
			printf("\\x%02x", c);
		else
			putchar(c);
		hidden -= hidden > 0;
	}
	if (end < len)
		fputs("…", stdout);
}

/* What an edit puts in or takes out: it may be longer than anybody reads. */
static void put_edited(const char *text)
{
	size_t len = strlen(text);

	put_value(text, len > VALUE_WIDTH ? LONG_WIDTH : VALUE_WIDTH);
	if (len > VALUE_WIDTH)
		printf(" (%zu bytes)", len);
}

static void put_line(bool colour, char sign, enum tone t, const char *pointer, const char *value, const char *rule,
		     const char *origin, const char *why)
{
	tone(colour, t);
	printf("%c ", sign);
	put_value(*pointer ? pointer : "/", VALUE_WIDTH);
	if (value) {
		fputs("  ", stdout);
		if (t == TONE_DENY)
			put_value(value, WHY_WIDTH);
		else
			put_edited(value);
	}
	tone(colour, TONE_PLAIN);
	if (rule) {
		tone(colour, TONE_FAINT);
		printf("  # %s%s%s", rule, *origin ? " " : "", origin);
		if (why) {
			fputs(": ", stdout);
			put_value(why, WHY_WIDTH);
		}
		tone(colour, TONE_PLAIN);
	}
	putchar('\n');
}

static void put_edit(bool colour, const struct rv_edit *e)
{
	if (e->before && e->op != RV_EDIT_APPEND)
		put_line(colour, '-', TONE_TAKE, e->pointer, e->before, e->rule, e->origin, e->after ? NULL : e->why);
	else if (e->op == RV_EDIT_REMOVE)
		put_line(colour, '-', TONE_TAKE, e->pointer, NULL, e->rule, e->origin, e->why);
	if (e->after)
		put_line(colour, '+', TONE_ADD, e->pointer, e->after, e->rule, e->origin, e->why);
}

static void put_denial(bool colour, const struct rv_denial *d)
{
	put_line(colour, '!', TONE_DENY, d->pointer, d->reason, d->rule, d->origin, d->advice);
	if (d->graced_until) {
		time_t until = (time_t)d->graced_until;
		char text[32] = "";
		struct tm tm;

		if (gmtime_r(&until, &tm))
			strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
		printf("  allowed until %s\n", text);
	}
}

static void put_plan(bool colour, const struct rv_plan *plan)
{
	for (size_t i = 0; i < plan->denial_count; i++)
		put_denial(colour, &plan->denial[i]);
	for (size_t i = 0; i < plan->edit_count; i++)
		put_edit(colour, &plan->edit[i]);
	for (size_t i = 0; i < plan->warning_count; i++) {
		fputs("~ ", stdout);
		put_value(plan->warning[i], WHY_WIDTH);
		putchar('\n');
	}
}

static void put_known(const char *what, const char *value)
{
	if (!value)
		return;
	printf("  %s ", what);
	put_value(value, VALUE_WIDTH);
}

/* Which runtime, and what is known of its version that this policy leaves open. */
static void put_runtime(struct rv_decision *d)
{
	const struct rv_runtime_fact *real = &d->facts.real;
	struct rv_escape escapes[RV_ESCAPES_MAX];
	size_t count = rv_escapes_of(real, &d->policy.enforce.set, escapes, RV_COUNT(escapes), &d->arena), open = 0;

	if (!real->path)
		return;
	printf("runtime  %s", real->path);
	if (real->name)
		printf(" (%s %s)", real->name, real->version);
	for (size_t i = 0; i < count; i++) {
		if (!escapes[i].needs)
			continue;
		printf("%s%s", open++ ? ", " : "; open by its version: ", escapes[i].id);
	}
	if (count > open)
		printf("%s%zu%s closed by this policy", open ? "; " : "; known by its version: ", count - open, open ? " more" : "");
	putchar('\n');
}

static void put_head(struct rv_decision *d)
{
	const struct rv_facts *f = &d->facts;

	printf("policy   %s (%s", d->policy.name, d->policy.file);
	if (d->policy.line)
		printf(":%u", d->policy.line);
	printf("), enforce %s", d->policy.enforce.profile);
	if (d->has_audit)
		printf(", audit %s", d->policy.audit.profile);
	printf("\nseen as  engine %s", rv_engine_names[f->engine]);
	put_known("namespace", f->name_space);
	put_known("pod", f->pod);
	put_known("container", f->container);
	put_known("image", f->image);
	putchar('\n');
	put_runtime(d);
}

static void put_exceptions(const struct rv_policy *policy)
{
	for (size_t i = 0; i < policy->exception_count; i++) {
		const struct rv_exception *e = &policy->exception[i];

		printf("allowed  %s:%u: ", e->file, e->line);
		put_value(e->why ? e->why : e->grant ? e->grant : "", VALUE_WIDTH);
		if (e->until)
			printf(" (until %s)", e->until);
		if (e->expired)
			fputs(": expired, not applied", stdout);
		else if (e->unknown)
			fputs(": not applied, what it asks about is unknown", stdout);
		putchar('\n');
	}
}

static void put_verdict(bool colour, const struct rv_plan *plan)
{
	switch (rv_plan_verdict(plan)) {
	case RV_PLAN_ALLOW:
		puts("verdict  allowed as it is");
		return;
	case RV_PLAN_REWRITE:
		printf("verdict  allowed with %zu change%s\n", plan->edit_count, plan->edit_count == 1 ? "" : "s");
		return;
	case RV_PLAN_GRACE:
		puts("verdict  allowed for now: in its grace period");
		return;
	case RV_PLAN_DENY:
		fputs("verdict  ", stdout);
		tone(colour, TONE_DENY);
		fputs("refused", stdout);
		tone(colour, TONE_PLAIN);
		putchar('\n');
	}
}

static int put_record(const struct rv_answer *answer)
{
	const struct rv_decision *d = answer->decision;
	const struct rv_record what = { .action = answer->action,
					.facts = &d->facts,
					.policy = &d->policy,
					.plan = &d->plan,
					.audit = d->has_audit ? &d->audit : NULL };
	rv_autobuf record = { 0 };

	rv_record_json(&what, &record);
	fputs(rv_buf_str(&record), stdout);
	return record.failed ? rv_err_status(RV_ESYSTEM) : 0;
}

int rv_ctl_explain(int argc, char **argv)
{
	rv_autoanswer answer = RV_ANSWER_INIT;
	bool colour = isatty(STDOUT_FILENO);
	struct rv_decision *d;
	struct rv_request req;
	struct rv_err err;
	int rc = 0;

	if (rv_request_parse(&req, argc, argv, &err) < 0)
		return rv_ctl_usage("explain", "%s", err.msg);
	if (req.help) {
		fputs(usage, stdout);
		return 0;
	}
	if (req.argv || req.output || req.bound)
		return rv_ctl_usage("explain", "--argv, --output and --bound belong to render");
	if (rv_request_decide(&req, &answer, &err) < 0)
		return rv_answer_error(&answer, &err);
	d = answer.decision;
	if (req.json) {
		rc = put_record(&answer);
	} else {
		put_head(d);
		put_exceptions(&d->policy);
		put_verdict(colour, &d->plan);
		put_plan(colour, &d->plan);
		if (d->has_audit) {
			printf("audit    %s would have: %zu changes, %zu refusals\n", d->policy.audit.profile,
			       d->audit.edit_count, d->audit.denial_count);
			put_plan(colour, &d->audit);
		}
	}
	return rc == 0 && rv_plan_verdict(&d->plan) == RV_PLAN_DENY ? rv_err_status(RV_EDENIED) : rc;
}
