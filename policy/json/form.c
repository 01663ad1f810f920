/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a document against its form. Every mistake is reported, with its place. */
#include <stdio.h>
#include <time.h>

#include "json/form.h"

void rv_reader_position(struct rv_reader *r, size_t offset, unsigned *line, unsigned *column)
{
	const char *end;

	if (offset < r->seen)
		r->seen = r->line_start = r->lines = 0;
	while ((end = memchr(r->doc.text + r->seen, '\n', offset - r->seen))) {
		r->seen = r->line_start = (size_t)(end - r->doc.text) + 1;
		r->lines++;
	}
	r->seen = offset;
	*line = r->lines + 1;
	*column = (unsigned)(offset - r->line_start) + 1;
}

RV_PRINTF(3, 0) static void mistake(struct rv_reader *r, size_t offset, const char *fmt, va_list ap)
{
	struct rv_err err;
	unsigned line, column;
	char text[sizeof(err.msg)];

	r->mistakes++;
	if (r->quiet || !r->errs)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	rv_err(&err, RV_EPOLICY, "%s", text);
	rv_reader_position(r, offset, &line, &column);
	rv_err_at_file(&err, r->file, line, column);
	rv_errs_add(r->errs, &err);
}

void rv_mistake(struct rv_reader *r, const struct rv_json *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mistake(r, at->start, fmt, ap);
	va_end(ap);
}

void rv_mistake_key(struct rv_reader *r, const struct rv_json *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mistake(r, at->key ? at->key_start : at->start, fmt, ap);
	va_end(ap);
}

const char *rv_reader_suggest(struct rv_reader *r, const char *word, const char *(*next)(void *, size_t), void *ctx)
{
	const char *near = rv_str_nearest(word, next, ctx);
	const char *text = near ? rv_arena_printf(r->arena, "; did you mean %s?", near) : NULL;

	return text ? text : "";
}

/* ---- text ---- */
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool valid_name(const char *s)
{
	return *s && strchr(ALNUM, *s) && !s[strspn(s, ALNUM "._-")] && strlen(s) <= 128;
}

static bool valid_path(const char *s)
{
	struct rv_arena scratch = { 0 };
	const char *clean = rv_path_clean(&scratch, s);
	bool ok = clean && !strcmp(clean, s);

	rv_arena_done(&scratch);
	return ok;
}

static bool two_digits(const char *s, int *out)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*out = (s[0] - '0') * 10 + s[1] - '0';
	return true;
}

bool rv_date_end(const char *date, int64_t *end)
{
	struct tm tm = { 0 }, back;
	int century, year, month, day;
	time_t at;

	if (strlen(date) != 10 || date[4] != '-' || date[7] != '-' || !two_digits(date, &century) || !two_digits(date + 2, &year) ||
	    !two_digits(date + 5, &month) || !two_digits(date + 8, &day))
		return false;
	tm.tm_year = century * 100 + year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	at = timegm(&tm);
	/* timegm takes February 30 for March 2 */
	if (!gmtime_r(&at, &back) || back.tm_mday != day || back.tm_mon != month - 1)
		return false;
	*end = (int64_t)at + 24 * 60 * 60;
	return true;
}

bool rv_seconds(const char *text, uint64_t *seconds)
{
	static const struct { char unit; uint64_t seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t len = strlen(text);
	uint64_t n;

	for (size_t i = 0; len && i < RV_COUNT(units); i++) {
		if (text[len - 1] == units[i].unit && rv_str_u64(text, len - 1, 366 * 86400, &n) && n) {
			*seconds = n * units[i].seconds;
			return true;
		}
	}
	return false;
}

/* ---- fields ---- */
static const char *next_word(void *ctx, size_t i)
{
	const char *const *words = ctx;

	return words[i];
}

const char *rv_reader_near(struct rv_reader *r, const char *word, const char *const *words)
{
	return rv_reader_suggest(r, word, next_word, (void *)(uintptr_t)words);
}

int rv_reader_word(struct rv_reader *r, const struct rv_json *at, const char *name, const char *word, const char *const *words)
{
	rv_autobuf list = { 0 };

	for (int i = 0; word && words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	for (size_t i = 0; words[i]; i++)
		rv_buf_addf(&list, "%s%s", i ? ", " : "", words[i]);
	if (word)
		rv_mistake(r, at, "%s: \"%s\" is none of %s%s", name, word, rv_buf_str(&list), rv_reader_near(r, word, words));
	else
		rv_mistake(r, at, "%s takes one of %s", name, rv_buf_str(&list));
	return -1;
}

const char *rv_copy_str(const struct rv_json *object, const char *member, struct rv_arena *arena)
{
	const char *s = rv_json_str(rv_json_get(object, member));

	return s ? rv_arena_strdup(arena, s) : NULL;
}

void rv_put_str(struct rv_buf *out, const char *s)
{
	rv_json_quote(out, s, strlen(s));
}

static bool negated_too(const struct rv_json *array, const char *word)
{
	rv_json_each(other, array)
		if (rv_json_str(other) && other->str[0] == '!' && !strcmp(other->str + 1, word))
			return true;
	return false;
}

static void check_glob(struct rv_reader *r, const struct rv_field *f, const struct rv_json *at)
{
	const char *word = rv_json_str(at);

	if (!word)
		rv_mistake(r, at, "%s takes strings", f->name);
	else if (!*word || !strcmp(word, "!"))
		rv_mistake(r, at, "empty entry in %s", f->name);
	else if (f->words)
		rv_reader_word(r, at, f->name, word + (*word == '!'), f->words);
	if (word && at->parent->type == RV_JSON_ARRAY && negated_too(at->parent, word))
		rv_mistake(r, at, "%s has both \"%s\" and \"!%s\"", f->name, word, word);
}

static void check_list(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v)
{
	if (v->type != RV_JSON_ARRAY) {
		rv_mistake(r, v, "%s takes a list", f->name);
		return;
	}
	if (f->kind == RV_FIELD_GLOBS && !rv_json_count(v))
		rv_mistake(r, v, "%s is empty and would match nothing; leave it out to match all", f->name);
	rv_json_each(item, v) {
		const char *s = rv_json_str(item);

		if (f->kind == RV_FIELD_FORMS)
			rv_form_check(r, item, f->form);
		else if (f->kind == RV_FIELD_GLOBS)
			check_glob(r, f, item);
		else if (!s)
			rv_mistake(r, item, "%s takes strings", f->name);
		else if (f->kind == RV_FIELD_PATHS && !valid_path(s))
			rv_mistake(r, item, "\"%s\" is no clean absolute path", s);
	}
}

/* What is wrong with a string, NULL when nothing is. */
static const char *text_fault(const struct rv_field *f, const char *s)
{
	int64_t end;
	uint64_t n;

	switch (f->kind) {
	case RV_FIELD_TEXT:
		return *s ? NULL : "is empty";
	case RV_FIELD_NAME:
	case RV_FIELD_NAME_OR_FORM:
		return valid_name(s) ? NULL : "is no name: letters, digits, '.', '_' and '-', with a letter or digit in front";
	case RV_FIELD_PATH:
		return valid_path(s) ? NULL : "is no clean absolute path";
	case RV_FIELD_GLOB:
		return *s == '/' || !strcmp(s, "**") ? NULL : "does not begin with /";
	case RV_FIELD_DATE:
		return rv_date_end(s, &end) ? NULL : "is no date YYYY-MM-DD";
	case RV_FIELD_SECONDS:
		return rv_seconds(s, &n) ? NULL : "is no time such as 90s, 30m, 72h or 14d";
	default:
		return NULL;
	}
}

/* Names that may stand in an object. */
static const char *next_member(void *ctx, size_t i)
{
	const struct rv_form *form = ctx;
	size_t n = 0;

	for (const struct rv_field *f = form->field; f->name; f++, n++)
		if (n == i)
			return f->name;
	return form->more ? form->more(i - n) : NULL;
}

void rv_form_unknown(struct rv_reader *r, const struct rv_json *v, const struct rv_form *form)
{
	rv_mistake_key(r, v, "%s has no member \"%s\"%s", form->what, v->key,
		       rv_reader_suggest(r, v->key, next_member, (void *)(uintptr_t)form));
}

static void check_field(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v)
{
	const char *s = rv_json_str(v), *fault;
	uint64_t n;

	if (f->check) {
		f->check(r, f, v);
		return;
	}
	switch (f->kind) {
	case RV_FIELD_STRINGS:
	case RV_FIELD_PATHS:
	case RV_FIELD_FORMS:
		check_list(r, f, v);
		return;
	case RV_FIELD_GLOBS:
		if (v->type == RV_JSON_ARRAY)
			check_list(r, f, v);
		else
			check_glob(r, f, v);
		return;
	case RV_FIELD_FORM:
		rv_form_check(r, v, f->form);
		return;
	case RV_FIELD_BYTES:
		if (!rv_json_u64(v, &n) || !n || n > RV_JSON_MAX)
			rv_mistake(r, v, "%s takes a number from 1 to %u", f->name, RV_JSON_MAX);
		return;
	case RV_FIELD_COUNT:
		if (!rv_json_u64(v, &n) || !n || n > RV_COUNT_MAX)
			rv_mistake(r, v, "%s takes a number from 1 to %llu", f->name, RV_COUNT_MAX);
		return;
	case RV_FIELD_FLAG:
		if (v->type != RV_JSON_BOOL)
			rv_mistake(r, v, "%s takes true or false", f->name);
		return;
	case RV_FIELD_NAME_OR_FORM:
		if (!s) {
			rv_form_check(r, v, f->form);
			return;
		}
		break;
	default:
		break;
	}
	if (!s)
		rv_mistake(r, v, "%s takes a string", f->name);
	else if (f->kind == RV_FIELD_WORD)
		rv_reader_word(r, v, f->name, s, f->words);
	else if ((fault = text_fault(f, s)))
		rv_mistake(r, v, "%s: \"%s\" %s", f->name, s, fault);
}

const struct rv_field *rv_form_field(const struct rv_form *form, const char *name)
{
	for (const struct rv_field *f = form->field; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

bool rv_form_check(struct rv_reader *r, const struct rv_json *object, const struct rv_form *form)
{
	size_t before = r->mistakes;

	if (object->type != RV_JSON_OBJECT) {
		rv_mistake(r, object, "%s takes an object", form->what);
		return false;
	}
	rv_json_each(v, object) {
		const struct rv_field *f = rv_form_field(form, v->key);

		if (f)
			check_field(r, f, v);
		else if (!form->member || !form->member(r, v))
			rv_form_unknown(r, v, form);
	}
	for (const struct rv_field *f = form->field; f->name; f++)
		if (f->required && !rv_json_get(object, f->name))
			rv_mistake(r, object, "%s needs \"%s\"", form->what, f->name);
	return r->mistakes == before;
}
