/* SPDX-License-Identifier: Apache-2.0 */
/* Private to policy/: JSON files that people write, as tables. Every mistake is reported with its place. */
#ifndef REEVE_JSON_FORM_H
#define REEVE_JSON_FORM_H

#include <string.h>

#include "reeve/json.h"

struct rv_detection_names;

/* ---- the grammar: one table an object; the loader and the JSON Schema come from it ---- */
enum rv_field_kind {
	RV_FIELD_TEXT,		/* non-empty string */
	RV_FIELD_NAME,		/* letters, digits, '.', '_', '-'; begins with a letter or digit */
	RV_FIELD_PATH,		/* clean absolute path */
	RV_FIELD_PATHS,		/* list of clean absolute paths */
	RV_FIELD_GLOB,		/* absolute glob */
	RV_FIELD_SOURCE,	/* the same, or one below an engine's directories: "{kubelet}/plugins" */
	RV_FIELD_STRINGS,	/* list of strings */
	RV_FIELD_WORD,		/* one of words */
	RV_FIELD_GLOBS,		/* a string or a list of strings; one that begins with ! excludes */
	RV_FIELD_DATE,		/* YYYY-MM-DD */
	RV_FIELD_SECONDS,	/* number and s, m, h or d */
	RV_FIELD_BYTES,		/* positive number */
	RV_FIELD_COUNT,		/* positive number up to RV_COUNT_MAX */
	RV_FIELD_FLAG,		/* true or false */
	RV_FIELD_FORM,		/* an object of its own form */
	RV_FIELD_FORMS,		/* list of such objects */
	RV_FIELD_NAME_OR_FORM,
	RV_FIELD_DEFINE,	/* object of control families: a profile's "set" */
	RV_FIELD_TIGHTEN,	/* the same in a policy's "set" or the floor, where mounts and hooks cannot be added */
	RV_FIELD_WIDEN,		/* object of control families, as in "allow": short forms are taken */
	RV_FIELD_WHEN,		/* conditions of a detection */
	RV_FIELD_LISTS,		/* lists by name */
};

#define RV_COUNT_MAX (1ULL << 40)
struct rv_form;
struct rv_reader;
struct rv_field {
	const char *name;
	enum rv_field_kind kind;
	bool required;
	const char *const *words;
	const struct rv_form *form;
	const char *doc;
	void (*check)(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v);	/* in place of what the kind says */
};
struct rv_form {
	const char *what;		/* "policy": for messages and as the schema's name */
	const struct rv_field *field;	/* ends with name == NULL */
	const char *doc;
	/* Members beside the fields: false when it is none, and the names that there are; NULL: no such members. */
	bool (*member)(struct rv_reader *r, const struct rv_json *v);
	const char *(*more)(size_t i);
};
/* NULL when the form has no such field. */
const struct rv_field *rv_form_field(const struct rv_form *form, const char *name);

/* ---- reading ---- */
struct rv_reader {
	struct rv_json_doc doc;
	const char *file;
	struct rv_errs *errs;
	size_t mistakes;
	bool checked;		/* by rv_form_check(): faults of form have been reported */
	bool quiet;		/* count mistakes, report none */
	bool floor;		/* the node file */
	const struct rv_detection_names *detections;	/* reeve/detect.h; NULL: any name is taken */
	struct rv_arena *arena;	/* for what is kept after the document */
	size_t seen, line_start;	/* how far lines were counted */
	unsigned lines;
};
/* As rv_json_position(), for asking in the order of the text: what was counted is not counted again. */
void rv_reader_position(struct rv_reader *r, size_t offset, unsigned *line, unsigned *column);
void rv_mistake(struct rv_reader *r, const struct rv_json *at, const char *fmt, ...) RV_PRINTF(3, 4);
void rv_mistake_key(struct rv_reader *r, const struct rv_json *at, const char *fmt, ...) RV_PRINTF(3, 4);
/* "; did you mean x?" or "". */
const char *rv_reader_suggest(struct rv_reader *r, const char *word, const char *(*next)(void *, size_t), void *ctx);
/* The same for a list of words that ends with NULL. */
const char *rv_reader_near(struct rv_reader *r, const char *word, const char *const *words);
/* Index of word; -1 after a mistake. word NULL: the value is no string. */
int rv_reader_word(struct rv_reader *r, const struct rv_json *at, const char *name, const char *word, const char *const *words);
/* NULL when there is no such string. */
const char *rv_copy_str(const struct rv_json *object, const char *member, struct rv_arena *arena);
void rv_put_str(struct rv_buf *out, const char *s);	/* quoted */
bool rv_form_check(struct rv_reader *r, const struct rv_json *object, const struct rv_form *form);
/* Says that the form has no member v->key. */
void rv_form_unknown(struct rv_reader *r, const struct rv_json *v, const struct rv_form *form);
bool rv_date_end(const char *date, int64_t *end);	/* first second after that day, UTC */
bool rv_seconds(const char *text, uint64_t *seconds);

#endif
