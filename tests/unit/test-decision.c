/* SPDX-License-Identifier: Apache-2.0 */
/* The decision record and the refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "reeve/plan.h"

static const struct rv_facts facts = {
	.engine = RV_ENGINE_CRI,
	.now = 1800000000,
	.id = "c1",
	.bundle = "/run/b",
	.real = { .path = "/usr/sbin/runc", .name = "runc", .version = "1.1.5+ds1" },
	.name_space = "payments",
	.pod = "p\n1",
	.image = "nginx",
};
static struct rv_exception exceptions[] = {
	{ .why = "OPS-1", .until = "2027-01-01", .file = "50-payments.json", .line = 9 },
	{ .why = "OPS-2", .until = "2026-01-01", .expired = true, .file = "50-payments.json", .line = 12 },
	{ .why = "OPS-3", .unknown = true, .grant = "gpu", .file = "50-payments.json", .line = 14 },
};
static const struct rv_policy policy = {
	.name = "payments",
	.file = "50-payments.json",
	.line = 3,
	.enforce = { .profile = "baseline" },
	.has_audit = true,
	.audit = { .profile = "restricted" },
	.exception = exceptions,
	.exception_count = RV_COUNT(exceptions),
};

static struct rv_edit edits[] = {
	{ RV_EDIT_SET, "/process/user/uid", "0", "65532", "user.root", "50-payments.json:5:3",
	  "root is run as an ordinary user" },
	{ RV_EDIT_REMOVE, "/mounts/1", "{\"source\":\"/etc\"}", NULL, "mounts.hostPath", "", "sensitive" },
	{ RV_EDIT_APPEND, "/mounts", NULL, "{}", "filesystem.tmpfs", "", "writable" },
};
static struct rv_denial denials[] = {
	{ "/process/user/uid", "user.root", "50-payments.json:5:3", "asks to run as root (uid 0)", "name a user", 0 },
	{ "/mounts/2", "mounts.hostPath", "", "binds /etc\x1b[31m\xe2\x80\xae", NULL, 0 },
	{ "", "image.unknown", "", "the image is unknown", NULL, 1800003600 },
};
static const char *warnings[] = { "a warning" };

static struct rv_json_doc record_of(const struct rv_record *record)
{
	rv_autobuf out = { 0 };
	struct rv_err err = RV_ERR_INIT;
	struct rv_json_doc doc;

	rv_record_json(record, &out);
	assert_false(out.failed);
	assert_in_range(out.len, 1, 65536);
	/* one line, one write */
	assert_ptr_equal(strchr(rv_buf_str(&out), '\n'), rv_buf_str(&out) + out.len - 1);
	if (rv_json_parse(&doc, rv_buf_str(&out), out.len, RV_JSON_MAX, 0, &err) < 0)
		fail_msg("%s: %s", err.msg, rv_buf_str(&out));
	return doc;
}

static void has(const struct rv_json_doc *doc, const char *pointer, const char *want)
{
	const char *got = rv_json_str(rv_json_at(doc->root, pointer));

	if (!got || strcmp(got, want) != 0)
		fail_msg("%s: %s, not %s", pointer, got ? got : "nothing", want);
}

static void test_record(void **state)
{
	const struct rv_plan plan = { .edit = edits, .edit_count = 3, .warning = warnings, .warning_count = 1 };
	const struct rv_plan audit = { .denial = denials, .denial_count = 3 };
	rv_autojson doc = record_of(&(struct rv_record){ "create", &facts, &policy, &plan, &audit, NULL });

	(void)state;
	has(&doc, "/time", "2027-01-15T08:00:00Z");
	has(&doc, "/action", "create");
	has(&doc, "/decision", "rewrite");
	has(&doc, "/engine", "cri");
	has(&doc, "/id", "c1");
	has(&doc, "/bundle", "/run/b");
	has(&doc, "/runtime/name", "runc");
	has(&doc, "/identity/namespace", "payments");
	has(&doc, "/identity/pod", "p\n1");
	has(&doc, "/policy/name", "payments");
	has(&doc, "/policy/enforce", "baseline");
	has(&doc, "/policy/audit", "restricted");
	has(&doc, "/edits/0/op", "set");
	has(&doc, "/edits/0/before", "0");
	has(&doc, "/edits/0/after", "65532");
	has(&doc, "/edits/0/origin", "50-payments.json:5:3");
	has(&doc, "/edits/1/op", "remove");
	has(&doc, "/edits/2/op", "append");
	has(&doc, "/warnings/0", "a warning");
	has(&doc, "/exceptions/0/state", "used");
	has(&doc, "/exceptions/1/state", "expired");
	has(&doc, "/exceptions/2/state", "unknown");
	has(&doc, "/audit/decision", "deny");
	has(&doc, "/audit/denials/1/rule", "mounts.hostPath");
	has(&doc, "/audit/denials/2/until", "2027-01-15T09:00:00Z");
	assert_null(rv_json_get(doc.root, "denials"));
	assert_null(rv_json_get(doc.root, "truncated"));
}

static void test_decisions(void **state)
{
	const struct rv_plan allowed = { 0 }, denied = { .denial = denials, .denial_count = 1 },
			     graced = { .denial = denials + 2, .denial_count = 1 };
	struct rv_err err = RV_ERR_INIT;

	(void)state;
	rv_err(&err, RV_EDOCUMENT, "%s", "duplicate member");
	rv_err_at_file(&err, "config.json", 3, 4);
	rv_autojson allow = record_of(&(struct rv_record){ "create", &facts, &policy, &allowed, NULL, NULL });
	rv_autojson deny = record_of(&(struct rv_record){ "run", &facts, &policy, &denied, NULL, NULL });
	rv_autojson grace = record_of(&(struct rv_record){ "exec", &facts, &policy, &graced, NULL, NULL });
	rv_autojson fault = record_of(&(struct rv_record){ "create", NULL, NULL, NULL, NULL, &err });
	has(&allow, "/decision", "allow");
	has(&deny, "/decision", "deny");
	has(&deny, "/denials/0/advice", "name a user");
	has(&grace, "/decision", "grace");
	has(&fault, "/decision", "error");
	has(&fault, "/error", "config.json:3:4: duplicate member");
}

static void test_long_record(void **state)
{
	static char text[3000], bad[600];
	static struct rv_edit many[400];
	struct rv_plan plan = { .edit = many, .edit_count = RV_COUNT(many) };
	struct rv_facts hostile = facts;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	/* a character that would be cut in two */
	memcpy(text + 511, "\xc3\xa9", 2);
	for (size_t i = 0; i < RV_COUNT(many); i++)
		many[i] = (struct rv_edit){ RV_EDIT_SET, "/p", text, text, "a.b", "", "why" };
	rv_autojson doc = record_of(&(struct rv_record){ "create", &facts, &policy, &plan, &plan, NULL });
	assert_true(rv_json_true(rv_json_get(doc.root, "truncated")));
	assert_true(rv_json_count(rv_json_get(doc.root, "edits")) > 20);
	assert_true(strlen(rv_json_str(rv_json_at(doc.root, "/edits/0/before"))) < 600);
	assert_non_null(strstr(rv_json_str(rv_json_at(doc.root, "/edits/0/before")), "(2999 bytes)"));

	memset(bad, 1, sizeof(bad) - 1);
	hostile.pod = hostile.container = hostile.image = hostile.digest = hostile.name_space = hostile.bundle = bad;
	for (size_t i = 0; i < RV_COUNT(many); i++)
		many[i] = (struct rv_edit){ RV_EDIT_SET, bad, bad, bad, "a.b", bad, bad };
	rv_autojson worst = record_of(&(struct rv_record){ "create", &hostile, &policy, &plan, &plan, NULL });
	has(&worst, "/decision", "rewrite");
}

static void test_refusal(void **state)
{
	const struct rv_plan plan = { .denial = denials, .denial_count = 3 };
	rv_autobuf out = { 0 };

	(void)state;
	rv_plan_refusal(&plan, &policy, &out);
	assert_string_equal(rv_buf_str(&out),
			    "reeve: refused by policy payments (50-payments.json:3): asks to run as root (uid 0) "
			    "[user.root /process/user/uid by 50-payments.json:5:3; name a user]; "
			    "binds /etc\\x1b[31m\\xe2\\x80\\xae [mounts.hostPath /mounts/2]; "
			    "the exception \"OPS-2\" (50-payments.json:12) ended on 2026-01-01; "
			    "the exception \"OPS-3\" (50-payments.json:14) does not hold: what it asks about is unknown");
}

static void test_long_refusal(void **state)
{
	struct rv_denial many[200];
	const struct rv_plan plan = { .denial = many, .denial_count = RV_COUNT(many) };
	rv_autobuf out = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_COUNT(many); i++)
		many[i] = denials[0];
	rv_plan_refusal(&plan, &policy, &out);
	assert_in_range(out.len, 1000, 2300);
	assert_non_null(strstr(rv_buf_str(&out), " more"));
}

/* What an edit says there was: in one line, but every string as it is. */
static void test_before(void **state)
{
	static const char text[] = "{\"a\" : [\n\t\"x  \\\" y\" , {\"b c\":  null} ]\r\n}";
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_plan plan = { .arena = &arena };
	rv_autojson doc = { 0 };
	const struct rv_ruleset rules = { 0 };
	struct rv_spec spec = { .doc = &doc };
	struct rv_judge j = { .spec = &spec, .rules = &rules, .plan = &plan, .arena = &arena };

	(void)state;
	assert_int_equal(rv_json_parse(&doc, text, strlen(text), RV_JSON_MAX, 0, NULL), 0);
	rv_judge_remove(&j, "x.y", "/a", "because");
	rv_judge_set(&j, "x.y", "/b", "1", "because of %d", 7);
	assert_false(plan.failed);
	assert_string_equal(plan.edit[0].before, "[\"x  \\\" y\",{\"b c\":null}]");
	assert_null(plan.edit[1].before);
	assert_string_equal(plan.edit[1].why, "because of 7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),	cmocka_unit_test(test_decisions),    cmocka_unit_test(test_long_record),
		cmocka_unit_test(test_refusal), cmocka_unit_test(test_long_refusal), cmocka_unit_test(test_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
