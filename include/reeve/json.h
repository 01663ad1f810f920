/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON documents as trees over the bytes they were read from.
 *
 * The reader takes yajl's events and refuses what two readers of the same bytes could understand differently (runc: Go's
 * encoding/json; crun <= 1.27: yajl_tree; crun >= 1.28: json-c): duplicate member names, names that differ only by case
 * (ASCII, U+017F and U+212A, as Go folds), comments, bytes after the document, BOM, NUL and \u0000, invalid UTF-8, lone
 * surrogates, more than RV_JSON_DEPTH levels, more than a stated size.
 *
 * Every value remembers its span in the source. The writer copies spans of what was not changed, so that unknown members,
 * number lexemes, escapes, order and white space survive; a document without changes comes out byte for byte. A changed
 * object or array is written without white space between its members; what is inside them is still copied.
 *
 * One arena holds tree and copies; strings returned live as long as the document.
 */
#ifndef REEVE_JSON_H
#define REEVE_JSON_H

#include "reeve/base.h"

#define RV_JSON_DEPTH 64			/* objects and arrays inside one another */
#define RV_JSON_MAX 16777216u			/* default size limit: 16 MiB */
#define RV_JSON_VALUES 2097152u			/* in one document: bounds the tree of "[0,0,0,..." at 200 MB */

enum rv_json_type { RV_JSON_NULL, RV_JSON_BOOL, RV_JSON_NUMBER, RV_JSON_STRING, RV_JSON_ARRAY, RV_JSON_OBJECT };

/* Only parse and edit functions write to these. `start` to `key_end` are offsets into src, which is the document's text or, for
 * an edited value, that edit's own text. */
struct rv_json {
	enum rv_json_type type;
	bool boolean;
	bool changed;			/* something inside it was edited: it is put together anew */
	bool removed;			/* kept in place so that array indexes stay those of the source */
	struct rv_json *parent, *next, *child, *last;
	struct rv_json *cursor;		/* of an array: the element that rv_json_at() found last */
	const char *key;		/* decoded member name, NULL outside an object */
	const char *str;		/* decoded string, or the number's lexeme; NUL-terminated, never contains NUL */
	size_t len;			/* of str */
	const char *src;
	uint32_t start, end;		/* span of the value */
	uint32_t key_start, key_end;	/* span of the name with its quotes */
	uint32_t index;			/* position among its siblings, from 0 */
	uint32_t fold;			/* hash of the name with letter case taken out */
};

struct rv_json_doc {
	struct rv_arena arena;
	const char *text;		/* the source, copied into the arena */
	size_t len;
	struct rv_json *root;
	const char *bad_edit;		/* text of the first edit that was not JSON: rv_json_write() refuses then */
};

enum rv_json_flags {
	RV_JSON_COMMENTS = 1,		/* // and block comments are white space: policy files */
};

/*
 * Parses len bytes (more than max: refused). Errors are RV_EDOCUMENT with line, column and, inside a value, its pointer. Any
 * value may stand at the top. After a failure the document is empty; rv_json_done() may be called or not.
 */
int rv_json_parse(struct rv_json_doc *doc, const char *text, size_t len, size_t max, unsigned flags, struct rv_err *err);
void rv_json_done(struct rv_json_doc *doc);
#define rv_autojson RV_CLEANUP(rv_json_done) struct rv_json_doc

/* ---- reading; removed values are invisible to all of these; NULL or a wrong type gives NULL / false / 0 ---- */
struct rv_json *rv_json_get(const struct rv_json *object, const char *key);
struct rv_json *rv_json_at(const struct rv_json *root, const char *pointer);	/* RFC 6901 */
struct rv_json *rv_json_first(const struct rv_json *container);
struct rv_json *rv_json_first_member(const struct rv_json *object);
struct rv_json *rv_json_next(const struct rv_json *value);
size_t rv_json_count(const struct rv_json *container);
const char *rv_json_str(const struct rv_json *value);			/* NULL unless a string */
bool rv_json_true(const struct rv_json *value);				/* true only for the literal true */
bool rv_json_i64(const struct rv_json *value, int64_t *out);		/* canonical integers only: no -0, 1.0, 1e3 */
bool rv_json_u64(const struct rv_json *value, uint64_t *out);
#define rv_json_each(v, container) \
	for (struct rv_json *v = rv_json_first(container); v; v = rv_json_next(v))
/* The same of an object alone, so that each v has a key. */
#define rv_json_each_member(v, object) \
	for (struct rv_json *v = rv_json_first_member(object); v; v = rv_json_next(v))

/* Pointer of a value ("" for the root); text lives in the arena of doc. */
const char *rv_json_pointer(struct rv_json_doc *doc, const struct rv_json *value);
/* Where a byte of the source is, from 1. Means something for values whose src is doc->text. */
void rv_json_position(const struct rv_json_doc *doc, size_t offset, unsigned *line, unsigned *column);
/* The value's JSON text: source span, or what it would be written as. Arena text. */
const char *rv_json_text(struct rv_json_doc *doc, const struct rv_json *value);

/*
 * ---- changing ----
 * `text` is copied and parsed as strictly as a document; its values then read and change like any other. Text that is not
 * JSON, or a name that the object has already, is a fault of the caller: nothing changes, doc->bad_edit and arena.failed are set.
 */
void rv_json_set(struct rv_json_doc *doc, struct rv_json *value, const char *text);
struct rv_json *rv_json_add(struct rv_json_doc *doc, struct rv_json *object, const char *key, const char *text);
/* An object member that can get members itself. */
struct rv_json *rv_json_add_object(struct rv_json_doc *doc, struct rv_json *object, const char *key);
/* Its index follows that of the last element, removed ones counted. */
struct rv_json *rv_json_append(struct rv_json_doc *doc, struct rv_json *array, const char *text);
/* Indexes of what follows stay. The root cannot be removed. */
void rv_json_remove(struct rv_json *value);

/* ---- names ---- */
/* The same name but for letter case, as Go's encoding/json compares: ASCII, U+017F as s, U+212A as k. */
bool rv_json_same_name(const char *a, const char *b);
uint32_t rv_json_name_hash(const char *name);	/* equal for the same names */

/* ---- writing ---- */
/* Appends to out. */
int rv_json_write(const struct rv_json_doc *doc, struct rv_buf *out, struct rv_err *err);
/* "text" with quotes and escapes; invalid UTF-8 becomes U+FFFD (for messages and records, never for documents). */
void rv_json_quote(struct rv_buf *out, const char *text, size_t len);

/*
 * Text put together member by member. Each puts the comma that is needed before it. key, which needs no escapes: NULL for an
 * element of an array. What is opened ('{' or '[') is closed by rv_buf_addc(). A text that is NULL is left out.
 */
void rv_json_put_key(struct rv_buf *out, const char *key);
void rv_json_put_open(struct rv_buf *out, const char *key, char bracket);
void rv_json_put_text(struct rv_buf *out, const char *key, const char *text);
void rv_json_put_number(struct rv_buf *out, const char *key, uint64_t number);
void rv_json_put_flag(struct rv_buf *out, const char *key, bool flag);

#endif
