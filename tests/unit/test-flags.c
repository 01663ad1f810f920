/* SPDX-License-Identifier: Apache-2.0 */
/* shim/flags: the table against itself, the parser, and what the installed runtimes say they take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call.h"

/* ---- the table against itself: every flag in every form it may have ---- */

static const char *value_for(const struct rv_flag *f)
{
	switch (f->meaning) {
	case RV_FLAG_PRESERVE_FDS:
	case RV_FLAG_STATUS_FD: return "4";
	case RV_FLAG_LOG_FORMAT: return "json";
	case RV_FLAG_CGROUP_MANAGER: return "systemd";
	default: return "v";
	}
}

static void check_form(const struct rv_subcommand *s, const struct rv_flag *f, const char *form)
{
	static const enum rv_runtime runtimes[] = { RV_RUNTIME_RUNC, RV_RUNTIME_CRUN };
	bool document = f->meaning == RV_FLAG_PROCESS;
	rv_autobuf line = { 0 }, own = { 0 };

	rv_buf_addf(&line, "%s%s%s%s", *s->name ? s->name : form, *s->name ? " " : " state", *s->name ? form : "", " id");
	if (s->sub == RV_SUB_EXEC && !document)
		rv_buf_adds(&line, " sh");
	rv_buf_addf(&own, "--%s", f->name);
	for (size_t i = 0; i < RV_COUNT(runtimes); i++) {
		rv_autobuf got = { 0 };
		bool judged = f->meaning < RV_FLAG_PASS, known = f->runtimes & runtimes[i];
		bool answer = f->meaning == RV_FLAG_HELP || f->meaning == RV_FLAG_VERSION;
		struct call c;

		call_parse(&c, rv_buf_str(&line));
		call_canonical(&c, runtimes[i], &call_documents, &got);
		if (f->meaning == RV_FLAG_REFUSED || (!judged && !known && !answer)) {
			assert_int_equal(rv_buf_str(&got)[0], '!');
			continue;
		}
		if (rv_buf_str(&got)[0] == '!')
			fail_msg("%s: %s", rv_buf_str(&line), rv_buf_str(&got));
		if (judged && f->meaning != RV_FLAG_BUNDLE && !document && f->meaning != RV_FLAG_RESOURCES)
			assert_null(strstr(rv_buf_str(&got), rv_buf_str(&own)));
		else if (!answer)
			assert_non_null(strstr(rv_buf_str(&got), rv_buf_str(&own)));
	}
}

static int check_flag(void *ctx, const struct rv_subcommand *s, const struct rv_flag *f)
{
	bool takes = f->arity == RV_ARITY_VALUE || f->arity == RV_ARITY_APART;
	const char *v = takes ? value_for(f) : "true";
	char form[128];

	if (*s->name && (s->class == RV_CLASS_PASS || s->class == RV_CLASS_REFUSED))
		return 0;
	++*(int *)ctx;
	snprintf(form, sizeof(form), "--%s=%s", f->name, v);
	check_form(s, f, form);
	snprintf(form, sizeof(form), "--%s%s%s", f->name, takes ? " " : "", takes ? v : "");
	check_form(s, f, form);
	if (f->runtimes & RV_RUNTIME_RUNC)
		check_form(s, f, form + 1);
	for (const char *c = f->shorts; *c; c++) {
		snprintf(form, sizeof(form), "-%c%s%s", *c, takes ? " " : "", takes ? v : "");
		check_form(s, f, form);
		snprintf(form, sizeof(form), "-%c%s", *c, takes ? v : "");
		check_form(s, f, form);
	}
	return 0;
}

static void test_table(void **state)
{
	int count = 0;

	(void)state;
	assert_int_equal(rv_flags_each(check_flag, &count), 0);
	assert_true(count > 90);
	for (const struct rv_subcommand *s = rv_subcommands; s->name; s++)
		for (const struct rv_flag *f = s->flags; f->name; f++) {
			assert_true((f->meaning == RV_FLAG_LIMIT) == (f->member != NULL));
			for (const struct rv_flag *g = f + 1; g->name; g++) {
				assert_string_not_equal(f->name, g->name);
				assert_true(strpbrk(f->shorts, g->shorts) == NULL);
			}
		}
}

/* ---- the table against the installed runtimes' --help ---- */

struct help {
	const struct rv_subcommand *command;
	enum rv_runtime runtime;
	const char *program;
	int seen;
	bool in_list;
};

static const struct rv_flag *known_flag(const struct help *h, const char *name, size_t len, bool is_long)
{
	const struct rv_flag *tables[] = { h->command->flags, rv_subcommands[0].flags };

	for (size_t i = 0; i < RV_COUNT(tables); i++)
		for (const struct rv_flag *f = tables[i]; f->name; f++) {
			if (i == 1 && *h->command->name && f->meaning != RV_FLAG_HELP)
				continue;
			if (is_long ? strlen(f->name) == len && !memcmp(f->name, name, len) : strchr(f->shorts, *name) != NULL)
				return f;
		}
	return NULL;
}

static void check_help_flag(struct help *h, const char *name, size_t len, bool is_long, enum rv_arity shown)
{
	const struct rv_flag *f = known_flag(h, name, len, is_long);

	h->seen++;
	if (!f || !(f->runtimes & h->runtime))
		fail_msg("%s %s has -%s%.*s, the table does not", h->program, h->command->name, is_long ? "-" : "", (int)len,
			 name);
	/* A short name is shown without what its long name takes; runc's --tty is a switch. */
	if ((is_long || shown != RV_ARITY_NONE) && f->arity != shown &&
	    !(shown == RV_ARITY_NONE && (f->arity == RV_ARITY_OPTIONAL || f->arity == RV_ARITY_APART)))
		fail_msg("%s %s --%s: arity %d, the table says %d", h->program, h->command->name, f->name, (int)shown,
			 f->arity);
}

/* "   --bundle value, -b value  text" or "  -t, --tty[=TTY]   text" */
static void check_help_line(struct help *h, const char *line)
{
	const char *p = line + strspn(line, " ");

	while (*p == '-') {
		bool is_long = p[1] == '-';
		const char *name = p + 1 + is_long;
		size_t len = is_long ? strcspn(name, "=[, \n") : 1;
		enum rv_arity shown = RV_ARITY_NONE;

		p = name + len;
		if (*p == '=' || !strncmp(p, " value", 6))
			shown = RV_ARITY_VALUE;
		else if (*p == '[')
			shown = RV_ARITY_OPTIONAL;
		check_help_flag(h, name, len, is_long, shown);
		p += shown == RV_ARITY_VALUE && *p == ' ' ? 6 : strcspn(p, ", \n");
		if (strncmp(p, ", ", 2) != 0)
			break;
		p += 2;
	}
}

static void read_help(struct help *h, void (*line_fn)(struct help *h, const char *line))
{
	char command[128], line[1024];
	FILE *f;

	snprintf(command, sizeof(command), "%s %s --help 2>&1", h->program, h->command->name);
	f = popen(command, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		line_fn(h, line);
	pclose(f);
}

/* "   create      create a container" or "\tcreate      - create a container" below COMMANDS */
static void check_command_line(struct help *h, const char *line)
{
	size_t lead = strspn(line, " \t"), len = strcspn(line + lead, " ,\n");
	char name[32];

	if (!lead)
		h->in_list = rv_str_starts(line, "COMMANDS:");
	if (!lead || !h->in_list)
		return;
	h->seen++;
	snprintf(name, sizeof(name), "%.*s", (int)len, line + lead);
	if (!rv_subcommand_find(name) || !(rv_subcommand_find(name)->runtimes & h->runtime))
		fail_msg("%s has the subcommand %s, the table does not", h->program, name);
}

static bool installed(const char *program)
{
	char command[64];

	snprintf(command, sizeof(command), "%s --version >/dev/null 2>&1", program);
	return system(command) == 0;
}

static void check_runtime(const char *program, enum rv_runtime runtime)
{
	struct help h = { .runtime = runtime, .program = program };

	if (!installed(program)) {
		print_message("%s is not installed\n", program);
		skip();
	}
	h.command = rv_subcommands;
	read_help(&h, check_command_line);
	assert_true(h.seen > 12);
	h.seen = 0;
	for (h.command = rv_subcommands; h.command->name; h.command++)
		if ((h.command->runtimes & runtime) && h.command->class != RV_CLASS_REFUSED && h.command->sub != RV_SUB_HELP)
			read_help(&h, check_help_line);
	print_message("%s: %d flag names\n", program, h.seen);
	assert_true(h.seen > 100);
}

static void test_help_runc(void **state)
{
	(void)state;
	check_runtime("runc", RV_RUNTIME_RUNC);
}

static void test_help_crun(void **state)
{
	(void)state;
	check_runtime("crun", RV_RUNTIME_CRUN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table), cmocka_unit_test(test_help_runc), cmocka_unit_test(test_help_crun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
