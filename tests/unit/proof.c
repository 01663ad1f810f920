/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "filter.h"
#include "proof.h"
#include "rules/family.h"

#define HIGH (UINT64_C(0xffffffff) << 32)

/* One judgement of one document. */
struct judged {
	struct rv_arena arena;
	struct rv_json_doc doc;
	struct rv_plan plan;
};

static void judged_done(struct judged *j)
{
	rv_json_done(&j->doc);
	rv_arena_done(&j->arena);
}
#define autojudged RV_CLEANUP(judged_done) struct judged

static bool judge(struct judged *to, const char *document, const struct proof *p)
{
	static const struct rv_facts facts = { .arch = "x86_64", .kernel_major = 6, .kernel_minor = 1 };
	struct rv_ruleset rules = { .set.seccomp = { .absent = RV_SECCOMP_DEFAULT, .ceiling = RV_SECCOMP_DEFAULT } };
	struct rv_err err = RV_ERR_INIT;
	struct rv_spec spec;
	struct rv_judge j = {
		.spec = &spec, .facts = &facts, .rules = &rules, .set = &rules.set, .plan = &to->plan, .arena = &to->arena,
		.base = "/process", .bounding = p->bounding,
	};

	if (rv_json_parse(&to->doc, document, strlen(document), RV_JSON_MAX, 0, &err) < 0 ||
	    rv_spec_view(&spec, &to->doc, &err) < 0)
		return false;
	to->plan.arena = &to->arena;
	rv_family_seccomp.judge(&j);
	return !to->plan.failed && rv_plan_apply(&to->plan, &to->doc, &err) == 0;
}

static const struct rv_json *profile_in(const struct judged *j)
{
	return rv_json_get(rv_json_get(j->doc.root, "linux"), "seccomp");
}

/* ---- what the profile means, read strictly: refused is refused, whatever allows it too ---- */

static bool rule_takes(const struct rv_json *rule, const struct filter_try *t)
{
	unsigned seen = 0, all = 0, holding = 0;
	bool split = false;

	if (!rv_spec_has_string(rv_json_get(rule, "names"), t->call))
		return false;
	rv_json_each(arg, rv_json_get(rule, "args")) {
		uint64_t index = 0;

		rv_json_u64(rv_json_get(arg, "index"), &index);
		split |= seen >> index & 1;
		seen |= 1u << index;
		all++;
		holding += filter_condition_holds(arg, &t->data);
	}
	return split ? holding > 0 : holding == all;
}

static bool is_allowing(const struct rv_json *object, const char *member)
{
	const char *action = rv_json_str(rv_json_get(object, member));

	return action && (strcmp(action, "SCMP_ACT_ALLOW") == 0 || strcmp(action, "SCMP_ACT_LOG") == 0);
}

static bool strictly_allows(const struct rv_json *profile, const struct filter_try *t)
{
	bool allowed = is_allowing(profile, "defaultAction");

	rv_json_each(rule, rv_json_get(profile, "syscalls")) {
		if (!rule_takes(rule, t))
			continue;
		if (!is_allowing(rule, "action"))
			return false;
		allowed = true;
	}
	return allowed;
}

/* ---- side by side ---- */

struct beside {
	struct proof *proof;
	const struct rv_json *asked, *result;
	struct bpf_program before, ceiling, after;
	const char *short_of;
	char call[64];
	bool was, is;
};

static void beside_done(struct beside *b)
{
	filter_free(&b->before);
	filter_free(&b->ceiling);
	filter_free(&b->after);
}

static void wrong(struct beside *b, const char *what, const struct filter_try *t)
{
	if (!*b->proof->what)
		snprintf(b->proof->what, sizeof(b->proof->what),
			 "%s: %s (arch %x, number %x) %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64
			 ": before %x, default %x, after %x", what, t->call, t->data.arch, (unsigned)t->data.nr,
			 (uint64_t)t->data.args[0], (uint64_t)t->data.args[1], (uint64_t)t->data.args[2], (uint64_t)t->data.args[3],
			 (uint64_t)t->data.args[4], (uint64_t)t->data.args[5], filter_run(&b->before, &t->data),
			 filter_run(&b->ceiling, &t->data), filter_run(&b->after, &t->data));
}

static bool is_native(const struct filter_try *t)
{
	return t->data.arch == SCMP_ARCH_X86_64 && !(t->data.nr & 0x40000000);
}

static bool is_plain(const struct filter_try *t)
{
	for (unsigned i = 0; i < 6; i++)
		if (t->data.args[i] & HIGH)
			return false;
	return is_native(t);
}

/* Of several rules for a call the runtimes may see fewer: those whose action is the default's are left out. */
static bool is_named_once(const struct beside *b, const char *call)
{
	unsigned rules = 0;

	rv_json_each(rule, rv_json_get(b->asked, "syscalls"))
		rules += rv_spec_has_string(rv_json_get(rule, "names"), call);
	return rules < 2;
}

static bool is_short(const struct beside *b, const char *call)
{
	return b->short_of && *call && strstr(b->short_of, call);
}

static void count(struct beside *b, const struct filter_try *t, bool was, bool is)
{
	if (!is_native(t) || !*t->call)
		return;
	if (strcmp(b->call, t->call) != 0) {
		snprintf(b->call, sizeof(b->call), "%s", t->call);
		b->was = b->is = false;
	}
	b->proof->before += was && !b->was;
	b->proof->after += is && !b->is;
	b->was |= was;
	b->is |= is;
}

static void visit(void *ctx, const struct filter_try *t)
{
	struct beside *b = ctx;
	bool was = filter_allows(&b->before, &t->data), may = filter_allows(&b->ceiling, &t->data);
	bool is = filter_allows(&b->after, &t->data);
	uint32_t value = filter_run(&b->after, &t->data);

	b->proof->tried++;
	count(b, t, was, is);
	if (is && (!was || !may)) {
		if (may && strictly_allows(b->asked, t))
			b->proof->lost++;
		else
			wrong(b, "looser", t);
	}
	if (was && may && !is && is_plain(t) && !is_short(b, t->call) && strictly_allows(b->asked, t)) {
		if (strictly_allows(b->result, t))
			b->proof->lost++;
		else
			wrong(b, "tighter", t);
	}
	if (!was && !is && !b->proof->generated && is_native(t) && value != filter_run(&b->before, &t->data) && value != (SECCOMP_RET_ERRNO | EPERM) &&
	    value != (SECCOMP_RET_ERRNO | ENOSYS) && is_named_once(b, t->call))
		wrong(b, "another number", t);
}

static bool run(struct beside *b, const struct judged *ceiling, const struct judged *after)
{
	const struct rv_json *profiles[] = { b->asked, profile_in(ceiling), profile_in(after) };
	const char *why = NULL;

	b->result = profiles[2];
	if (!filter_make(&b->before, b->asked, &why)) {
		b->proof->refused = true;
		return true;
	}
	if (!filter_make(&b->ceiling, profiles[1], &why) || !filter_make(&b->after, profiles[2], &why)) {
		snprintf(b->proof->what, sizeof(b->proof->what), "no runtime takes it: %s", why);
		return false;
	}
	filter_tries(profiles, RV_COUNT(profiles), b->proof->generated ? b->asked : NULL, visit, b);
	return !*b->proof->what;
}

/* The outcome, judged again. */
static bool is_settled(struct proof *p, struct judged *after)
{
	struct rv_err err = RV_ERR_INIT;
	rv_autobuf text = { 0 };
	autojudged again = { 0 };

	if (rv_json_write(&after->doc, &text, &err) == 0 && judge(&again, rv_buf_str(&text), p) && !again.plan.edit_count)
		return true;
	snprintf(p->what, sizeof(p->what), "not settled: %.300s", again.plan.edit_count ? again.plan.edit[0].why : err.msg);
	return false;
}

bool proof_run(struct proof *p, const char *profile)
{
	autojudged asked = { 0 }, ceiling = { 0 }, after = { 0 };
	RV_CLEANUP(beside_done) struct beside b = { .proof = p };
	struct rv_err err = RV_ERR_INIT;
	rv_autobuf text = { 0 };

	p->tried = p->lost = p->before = p->after = 0;
	p->refused = p->changed = false;
	*p->what = '\0';
	rv_buf_addf(&text, "{\"linux\":{\"seccomp\":%s}}", profile);
	if (rv_json_parse(&asked.doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, &err) < 0 || !judge(&ceiling, "{}", p) ||
	    !judge(&after, rv_buf_str(&text), p)) {
		p->refused = true;
		return true;
	}
	if (after.plan.denial_count) {
		p->refused = true;
		return true;
	}
	b.asked = profile_in(&asked);
	b.short_of = after.plan.warning_count ? after.plan.warning[0] : NULL;
	p->changed = after.plan.edit_count;
	return run(&b, &ceiling, &after) && is_settled(p, &after);
}
