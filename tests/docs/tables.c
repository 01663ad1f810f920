/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the man pages that come from tables, as mdoc: "files", "shipped" and "settings" of reeve-policy(5), "detection-files",
 * "fields" and "detections" of reeve-detections(5), "flags" of reeve(8), "notices" of reeve-events(7). */
#include <stdio.h>
#include <string.h>

#include "invocation.h"
#include "monitor/line.h"
#include "rules/source.h"

static const char *type_text(enum rv_setting_type type)
{
	switch (type) {
	case RV_SET_WORD:
		return "Word";
	case RV_SET_FLAG:
		return "True or false";
	case RV_SET_MAX:
		return "Number, a ceiling";
	case RV_SET_MIN:
	case RV_SET_MIN_INT:
		return "Number, a floor";
	case RV_SET_DEFAULT:
		return "Number, supplied where there is none";
	case RV_SET_IDS:
		return "\"uid:gid\"";
	case RV_SET_ALLOW:
		return "List of what is allowed";
	case RV_SET_DENY:
		return "List of what is refused";
	case RV_SET_SUPPLY:
		return "List of what is added";
	case RV_SET_MOUNTS:
	case RV_SET_HOOKS:
		return "List of objects";
	case RV_SET_LIMITS:
		return "Object of numbers, ceilings";
	case RV_SET_ACTIONS:
		return "One of off, alert, deny, kill, freeze, stop";
	}
	return "";
}

static void put_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++)
		if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
}

/* A new sentence begins on a new line, as mdoc wants it. */
static void put_sentences(const char *text)
{
	char line[1024];
	const char *end;

	while ((end = strstr(text, ". ")) && (size_t)(end - text) + 2 < sizeof(line)) {
		memcpy(line, text, (size_t)(end - text) + 1);
		line[end - text + 1] = '\0';
		put_text(line);
		putchar('\n');
		text = end + 2;
	}
	put_text(text);
	fputs(*text && text[strlen(text) - 1] == '.' ? "\n" : ".\n", stdout);
}

static void put_setting(const struct rv_setting *s)
{
	printf(s->type == RV_SET_ACTIONS ? ".It Ar detection\n" : ".It Cm %s\n", s->name);
	if (s->type == RV_SET_WORD) {
		printf("One of");
		for (const char *const *word = s->words; *word; word++)
			printf("%s\n.Cm %s", word == s->words ? "" : " ,", *word);
		printf(" .\n");
	} else {
		printf("%s.\n", type_text(s->type));
	}
	put_sentences(s->doc);
}

static void put_settings(void)
{
	for (const struct rv_family *const *f = rv_families; *f; f++) {
		printf(".Ss %s\n", (*f)->name);
		put_sentences((*f)->doc);
		printf(".Bl -tag -width Ds\n");
		for (const struct rv_setting *s = (*f)->settings; s->name; s++)
			put_setting(s);
		printf(".El\n");
	}
}

static const char *field_text(enum rv_field_kind kind)
{
	switch (kind) {
	case RV_FIELD_TEXT:
		return "Text";
	case RV_FIELD_NAME:
		return "Name";
	case RV_FIELD_PATH:
		return "Path";
	case RV_FIELD_PATHS:
		return "List of paths";
	case RV_FIELD_GLOB:
	case RV_FIELD_SOURCE:
		return "Glob";
	case RV_FIELD_STRINGS:
		return "List of strings";
	case RV_FIELD_WORD:
		return "Word";
	case RV_FIELD_GLOBS:
		return "Glob or list of globs";
	case RV_FIELD_DATE:
		return "Date, YYYY-MM-DD";
	case RV_FIELD_SECONDS:
		return "Time: a number with s, m, h or d";
	case RV_FIELD_BYTES:
		return "Number of bytes";
	case RV_FIELD_COUNT:
		return "Number";
	case RV_FIELD_FLAG:
		return "True or false";
	case RV_FIELD_FORM:
		return "Object";
	case RV_FIELD_FORMS:
		return "List of objects";
	case RV_FIELD_NAME_OR_FORM:
		return "Name or object";
	case RV_FIELD_WHEN:
		return "Object of conditions, or a list of such objects, one of which must hold";
	case RV_FIELD_LISTS:
		return "Object of lists of strings";
	case RV_FIELD_DEFINE:
	case RV_FIELD_TIGHTEN:
	case RV_FIELD_WIDEN:
		return "Object of control families";
	}
	return "";
}

static void put_form(const struct rv_form *form)
{
	put_sentences(form->doc);
	printf(".Bl -tag -width Ds\n");
	for (const struct rv_field *f = form->field; f->name; f++) {
		printf(".It Cm %s\n%s%s.\n", f->name, field_text(f->kind), f->required ? ", required" : "");
		if (f->form && (f->kind == RV_FIELD_FORM || f->kind == RV_FIELD_FORMS || f->kind == RV_FIELD_NAME_OR_FORM)) {
			put_sentences(f->doc);
			if (f->form != &rv_form_match || form == &rv_form_policy)
				put_form(f->form);
		} else {
			put_sentences(f->doc);
		}
	}
	printf(".El\n");
}

static void put_files(void)
{
	static const struct { const char *title; const struct rv_form *form; } files[] = {
		{ "A policy", &rv_form_policy },
		{ "A profile", &rv_form_profile },
		{ "A grant", &rv_form_grant },
		{ "The node file", &rv_form_node },
		{ "Elements of mounts.allowed", &rv_form_mount },
		{ "Elements of hooks.allowed", &rv_form_hook },
	};

	for (size_t i = 0; i < RV_COUNT(files); i++) {
		printf(".Ss %s\n", files[i].title);
		put_form(files[i].form);
	}
}

static void put_detection_files(void)
{
	put_form(&rv_form_detections);
}

static const char *condition_text(enum rv_cond_type type)
{
	switch (type) {
	case RV_COND_NONE:
		return "printed only";
	case RV_COND_FLAG:
	case RV_COND_UPPER:
		return "true or false";
	case RV_COND_BITS:
		return "words";
	case RV_COND_CAPS:
		return "capabilities";
	case RV_COND_PATH:
		return "paths";
	case RV_COND_DIR:
		return "directories";
	case RV_COND_ADDR:
		return "addresses";
	case RV_COND_PORT:
	case RV_COND_NUMBER:
		return "numbers";
	case RV_COND_SHA256:
		return "hashes";
	default:
		return "names";
	}
}

static void put_field(const struct rv_event_field *f, const struct rv_field_how *how)
{
	printf(".It Cm %s\n%s: %s%s.\n", f->name, *f->kinds ? f->kinds : "every event",
	       condition_text(how->type), how->type == RV_COND_NONE ? "" : f->kernel ? ", kernel" : ", monitor");
	put_sentences(f->doc);
	if (!how->words)
		return;
	printf("Words:");
	for (const struct rv_cond_word *w = how->words; w->word; w++)
		printf("%s\n.Cm %s", w == how->words ? "" : " ,", w->word);
	printf(" .\n");
}

static void put_fields(void)
{
	printf(".Bl -tag -width Ds\n");
	for (size_t i = 0; rv_event_fields[i].name; i++)
		put_field(&rv_event_fields[i], &rv_field_hows[i]);
	printf(".El\n");
}

static int put_detections(void)
{
	struct rv_arena arena = { 0 };
	struct rv_errs errs = { 0 };
	struct rv_detections d;

	if (rv_detect_compile(NULL, 0, &arena, &d, &errs))
		return 1;
	printf(".Bl -tag -width Ds\n");
	for (size_t i = 0; i < d.count; i++) {
		printf(".It Cm %s Pq %s; %s; %s%s\n", d.item[i].name, rv_event_names[d.item[i].event], rv_priority_names[d.item[i].priority],
		       rv_action_names[d.item[i].action], d.item[i].kernel ? "" : "; monitor");
		put_sentences(d.item[i].description);
	}
	printf(".El\n");
	rv_errs_done(&errs);
	rv_arena_done(&arena);
	return 0;
}

static int put_shipped(void)
{
	static const char *const titles[] = {
		[RV_SOURCE_POLICY] = "Policies that hold when the node has none",
		[RV_SOURCE_PROFILE] = "Profiles",
		[RV_SOURCE_GRANT] = "Grants",
	};
	static const enum rv_source_kind order[] = { RV_SOURCE_PROFILE, RV_SOURCE_GRANT, RV_SOURCE_POLICY };

	for (size_t i = 0; i < RV_COUNT(order); i++) {
		printf(".Ss %s\n.Bl -tag -width Ds\n", titles[order[i]]);
		for (const struct rv_embedded *e = rv_embedded; e->name; e++) {
			rv_autojson doc = { 0 };
			const char *text;
			struct rv_err err;

			if (e->kind != order[i])
				continue;
			if (rv_json_parse(&doc, e->text, strlen(e->text), RV_JSON_MAX, RV_JSON_COMMENTS, &err) < 0)
				return 1;
			text = rv_json_str(rv_json_get(doc.root, "description"));
			printf(".It Cm %s\n", e->name);
			put_sentences(text ? text : "");
		}
		printf(".El\n");
	}
	return 0;
}

static const char *runtimes_text(unsigned runtimes)
{
	return runtimes == RV_RUNTIME_RUNC ? "runc" : runtimes == RV_RUNTIME_CRUN ? "crun" : "";
}

static const char *class_text(enum rv_sub_class class)
{
	switch (class) {
	case RV_CLASS_ENFORCED:
		return "Judged";
	case RV_CLASS_POLICY:
		return "Refused unless policy allows it";
	case RV_CLASS_REFUSED:
		return "Always refused";
	case RV_CLASS_PASS:
		return "Handed over at once";
	}
	return "";
}

static void put_flag(const struct rv_flag *f)
{
	printf(".It");
	for (const char *c = f->shorts; *c; c++)
		printf(" Fl %s%c ,", *c == '?' ? "\\&" : "", *c);
	printf(" Fl -%s%s", f->name, f->arity == RV_ARITY_NONE ? "" : f->arity == RV_ARITY_OPTIONAL ? " Ns Op = Ns Ar tty" : " Ar value");
	if (*runtimes_text(f->runtimes))
		printf(" Pq %s", runtimes_text(f->runtimes));
	putchar('\n');
}

static void put_flags(void)
{
	for (const struct rv_subcommand *c = rv_subcommands; c->name; c++) {
		if (*c->name)
			printf(".It Cm %s%s%s\n%s%s%s.\n", c->name, c->alias ? " , " : "", c->alias ? c->alias : "", class_text(c->class),
			       *runtimes_text(c->runtimes) ? "; only in " : "", runtimes_text(c->runtimes));
		else
			printf(".It (before the subcommand)\n");
		if (!c->flags->name)
			continue;
		printf(".Bl -tag -width Ds -compact\n");
		for (const struct rv_flag *f = c->flags; f->name; f++)
			put_flag(f);
		printf(".El\n");
	}
}

static void put_notices(void)
{
	for (const struct rv_detection *d = rv_notices; d < rv_notices + RV_NOTICES; d++) {
		printf(".It Cm %s Pq %s , No %s\n", d->name, d->rule, rv_priority_names[d->priority]);
		put_sentences(d->description);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "settings"))
		put_settings();
	else if (argc == 2 && !strcmp(argv[1], "flags"))
		put_flags();
	else if (argc == 2 && !strcmp(argv[1], "files"))
		put_files();
	else if (argc == 2 && !strcmp(argv[1], "notices"))
		put_notices();
	else if (argc == 2 && !strcmp(argv[1], "detection-files"))
		put_detection_files();
	else if (argc == 2 && !strcmp(argv[1], "fields"))
		put_fields();
	else if (argc == 2 && !strcmp(argv[1], "detections"))
		return put_detections();
	else if (argc == 2 && !strcmp(argv[1], "shipped"))
		return put_shipped();
	else
		return 2;
	return 0;
}
