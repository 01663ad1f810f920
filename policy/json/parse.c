/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "json/tree.h"

struct parser {
	struct rv_json_doc *doc;
	struct rv_json_source src;
	yajl_handle yajl;
	struct rv_arena scratch; /* yajl's own memory */
	jmp_buf nomem;
	struct rv_json *root, *at; /* at: the innermost open container */
	struct rv_json name;	   /* the key that waits for its value */
	size_t end;		   /* of the last token that made an event */
	char *strings;		   /* room for what is decoded: never more than the text */
	unsigned level;
	size_t values;
	struct rv_err *err;
	int status;
};

/* ---- faults ---- */

static void point_at(struct parser *p, const struct rv_json *container, const char *key, size_t index)
{
	const char *pointer = container ? rv_json_pointer_in(&p->scratch, container, key, index) : NULL;

	rv_err_at_pointer(p->err, pointer ? pointer : "");
}

static int fault_at(struct parser *p, size_t offset, const struct rv_json *container, const char *key, size_t index,
		    const char *msg)
{
	unsigned line, column;

	if (p->status)
		return 0;
	p->status = rv_err(p->err, RV_EDOCUMENT, "%s", msg);
	rv_json_position(&(struct rv_json_doc){ .text = p->src.text, .len = p->src.len }, offset, &line, &column);
	rv_err_at_file(p->err, "", line, column);
	point_at(p, container, key, index);
	return 0;
}

/* A fault in what comes next; yajl stops on the 0 that this returns. */
static int fault(struct parser *p, size_t offset, const char *msg)
{
	const struct rv_json *at = p->at;

	if (at && at->type == RV_JSON_OBJECT && !p->name.key)
		return fault_at(p, offset, at->parent, at->key, at->index, msg);
	return fault_at(p, offset, at, p->name.key, at && at->last ? at->last->index + 1 : 0, msg);
}

static int out_of_memory(struct parser *p)
{
	if (!p->status)
		p->status = rv_err_nomem(p->err);
	return 0;
}

/* ---- between tokens ---- */

static size_t skip_comment(const struct parser *p, size_t at)
{
	const char *text = p->src.text;
	size_t len = p->src.len;

	if (at + 1 < len && text[at + 1] == '/') {
		const char *end = memchr(text + at, '\n', len - at);
		return end ? (size_t)(end - text) : len;
	}
	if (at + 1 >= len || text[at + 1] != '*')
		return at;
	for (size_t i = at + 3; i < len; i++)
		if (text[i] == '/' && text[i - 1] == '*')
			return i + 1;
	return at;
}

/* yajl gives the end of a token, not its start: that is where white space, comments and marks (comma, colon) end. */
static size_t skip_gap(const struct parser *p, size_t at, bool marks)
{
	const char *text = p->src.text;

	while (at < p->src.len) {
		char c = text[at];
		size_t next = at + 1;

		if (c == '/' && (p->src.flags & RV_JSON_COMMENTS))
			next = skip_comment(p, at);
		else if (c != ' ' && c != '\n' && c != '\t' && c != '\r' && !(marks && (c == ',' || c == ':')))
			break;
		if (next == at)
			break;
		at = next;
	}
	return at;
}

static bool token(struct parser *p, size_t *start, size_t *end)
{
	*start = skip_gap(p, p->end, true);
	*end = p->end = p->src.from + yajl_get_bytes_consumed(p->yajl);
	/* yajl takes these two for white space; RFC 8259, Go and json-c don't. */
	if (*start < *end && (p->src.text[*start] == '\v' || p->src.text[*start] == '\f'))
		return fault(p, *start, "white space that JSON does not know (vertical tab or form feed)");
	if (*start >= *end)
		return fault(p, *start, "not valid JSON");
	return true;
}

/* ---- values ---- */

static struct rv_json *add(struct parser *p, enum rv_json_type type)
{
	struct rv_json *v;
	size_t start, end;

	if (!token(p, &start, &end))
		return NULL;
	if (++p->values > RV_JSON_VALUES) {
		fault(p, start, "more than 2097152 values in one document");
		return NULL;
	}
	v = rv_arena_alloc(&p->doc->arena, sizeof(*v));
	if (!v) {
		out_of_memory(p);
		return NULL;
	}
	*v = p->name;
	p->name = (struct rv_json){ 0 };
	v->type = type;
	v->src = p->src.text;
	v->start = (uint32_t)start;
	v->end = (uint32_t)end;
	if (p->at)
		rv_json_link(p->at, v);
	else
		p->root = v;
	return v;
}

static const char *keep(struct parser *p, const void *bytes, size_t len)
{
	char *s = p->strings;

	memcpy(s, bytes, len);
	s[len] = '\0';
	p->strings += len + 1;
	return s;
}

static unsigned hex4(const char *s)
{
	char digits[5] = { s[0], s[1], s[2], s[3], '\0' };

	return (unsigned)strtoul(digits, NULL, 16);
}

/* yajl makes "?" or invalid UTF-8 of lone surrogates and lets U+0000 through; it has seen to four digits after each \u. */
static bool escapes_ok(struct parser *p, size_t start, size_t end)
{
	const char *text = p->src.text;

	for (size_t i = start; i + 1 < end; i++) {
		unsigned unit;

		if (text[i] != '\\')
			continue;
		if (text[++i] != 'u')
			continue;
		unit = hex4(text + i + 1);
		if (unit == 0)
			return fault(p, i - 1, "\\u0000 in a string: C programs would cut it there");
		if (unit >= 0xd800 && unit <= 0xdfff) {
			unsigned low = text[i + 5] == '\\' && text[i + 6] == 'u' ? hex4(text + i + 7) : 0;

			if (unit >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
				return fault(p, i - 1, "a lone surrogate in a string: \\ud800 to \\udfff come in pairs");
			i += 6;
		}
		i += 4;
	}
	return true;
}

static bool string_ok(struct parser *p, const unsigned char *bytes, size_t start, size_t end)
{
	/* Without escapes yajl points into the text. */
	return (const char *)bytes == p->src.text + start + 1 || escapes_ok(p, start, end);
}

static int on_null(void *ctx)
{
	return add(ctx, RV_JSON_NULL) != NULL;
}

static int on_boolean(void *ctx, int value)
{
	struct rv_json *v = add(ctx, RV_JSON_BOOL);

	if (v)
		v->boolean = value;
	return v != NULL;
}

static int on_number(void *ctx, const char *lexeme, size_t len)
{
	struct rv_json *v = add(ctx, RV_JSON_NUMBER);

	if (v) {
		v->str = keep(ctx, lexeme, len);
		v->len = len;
	}
	return v != NULL;
}

static int on_string(void *ctx, const unsigned char *bytes, size_t len)
{
	struct rv_json *v = add(ctx, RV_JSON_STRING);

	if (!v)
		return 0;
	if (!string_ok(ctx, bytes, v->start, v->end)) {
		point_at(ctx, v->parent, v->key, v->index);
		return 0;
	}
	v->str = keep(ctx, bytes, len);
	v->len = len;
	return 1;
}

static int on_key(void *ctx, const unsigned char *bytes, size_t len)
{
	struct parser *p = ctx;
	size_t start, end;

	if (!token(p, &start, &end) || !string_ok(p, bytes, start, end))
		return 0;
	p->name.key = keep(p, bytes, len);
	p->name.key_start = (uint32_t)start;
	p->name.key_end = (uint32_t)end;
	p->name.fold = rv_json_name_hash(p->name.key);
	return 1;
}

static int open_container(struct parser *p, enum rv_json_type type)
{
	struct rv_json *v;

	/* Before the value is made, so that the fault's pointer is its own. */
	if (p->src.level + p->level >= RV_JSON_DEPTH)
		return fault(p, skip_gap(p, p->end, true), "more than 64 levels of nesting");
	v = add(p, type);
	if (!v)
		return 0;
	p->at = v;
	p->level++;
	return 1;
}

static int on_start_map(void *ctx)
{
	return open_container(ctx, RV_JSON_OBJECT);
}

static int on_start_array(void *ctx)
{
	return open_container(ctx, RV_JSON_ARRAY);
}

static int close_container(struct parser *p)
{
	size_t start, end;

	if (!token(p, &start, &end))
		return 0;
	p->at->end = (uint32_t)end;
	p->at = p->at->parent;
	p->level--;
	return 1;
}

static int names_ok(struct parser *p, const struct rv_json *object)
{
	const struct rv_json *first, *twice;
	char msg[512];

	if (!rv_json_names_twice(object, &first, &twice))
		return out_of_memory(p);
	if (!twice)
		return 1;
	if (strcmp(first->key, twice->key) == 0)
		snprintf(msg, sizeof(msg), "the member \"%.100s\" is there twice: readers differ in which one counts",
			 twice->key);
	else
		snprintf(msg, sizeof(msg),
			 "the members \"%.100s\" and \"%.100s\" differ by letter case only: to some readers they are one",
			 first->key, twice->key);
	return fault_at(p, twice->key_start, object, twice->key, 0, msg);
}

static int on_end_map(void *ctx)
{
	struct parser *p = ctx;

	return names_ok(p, p->at) && close_container(p);
}

static int on_end_array(void *ctx)
{
	return close_container(ctx);
}

/* ---- yajl ---- */

/* yajl does not check what its allocator returns. Its memory is an arena, so that leaving it by a jump loses nothing. */
static void *yajl_take(void *ctx, size_t size)
{
	struct parser *p = ctx;
	size_t *room = size < SIZE_MAX / 2 ? rv_arena_alloc(&p->scratch, size + sizeof(*room) * 2) : NULL;

	if (!room)
		longjmp(p->nomem, 1);
	*room = size;
	return room + 2;
}

static void *yajl_grow(void *ctx, void *old, size_t size)
{
	void *bigger = yajl_take(ctx, size);
	size_t had = old ? *((size_t *)old - 2) : 0;

	if (old)
		memcpy(bigger, old, had < size ? had : size);
	return bigger;
}

static void yajl_drop(void *ctx, void *memory)
{
	(void)ctx;
	(void)memory;
}

/* "parse error: unallowed token at this point in JSON text\n" → what follows the colon */
static int syntax_fault(struct parser *p)
{
	char *theirs = (char *)yajl_get_error(p->yajl, 0, NULL, 0), *what = strstr(theirs, ": ");
	size_t stop = p->src.from + yajl_get_bytes_consumed(p->yajl), start = skip_gap(p, p->end, true);
	char msg[256];

	what = what ? what + 2 : theirs;
	what[strcspn(what, ".\n")] = '\0';
	if (start < p->src.len && p->src.text[start] == '/' && !(p->src.flags & RV_JSON_COMMENTS))
		return fault(p, start, "a comment, which this document may not have");
	/* A string is long: yajl stops at the fault in it. Of a mark that makes no event, it stops behind. */
	if (start < stop && p->src.text[start] == '"')
		start = stop;
	else if (stop > 0 && (start > stop || strchr(",:]}", p->src.text[stop - 1])))
		start = stop - 1;
	snprintf(msg, sizeof(msg), "not valid JSON: %s", what);
	return fault(p, start, msg);
}

static void finish(struct parser *p, yajl_status status)
{
	if (p->status)
		return;
	if (p->root && !p->at) {
		size_t rest = skip_gap(p, p->end, false);
		if (rest < p->src.len)
			fault(p, rest, "something follows the end of the document");
	} else if (status == yajl_status_ok) {
		fault(p, p->src.len, "the document ends too early");
	} else {
		syntax_fault(p);
	}
}

static void run(struct parser *p)
{
	static const yajl_callbacks events = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_start_map,
		.yajl_map_key = on_key,
		.yajl_end_map = on_end_map,
		.yajl_start_array = on_start_array,
		.yajl_end_array = on_end_array,
	};
	yajl_alloc_funcs memory = { .malloc = yajl_take, .realloc = yajl_grow, .free = yajl_drop, .ctx = p };
	char *after = p->src.text + p->src.len;

	p->strings = rv_arena_alloc(&p->doc->arena, p->src.len - p->src.from + 2);
	if (!p->strings || setjmp(p->nomem)) {
		out_of_memory(p);
		return;
	}
	p->yajl = yajl_alloc(&events, &memory, p);
	yajl_config(p->yajl, yajl_dont_validate_strings, 1); /* the whole text is checked, and more strictly */
	yajl_config(p->yajl, yajl_allow_comments, (p->src.flags & RV_JSON_COMMENTS) != 0);
	/* A number at the end needs a byte after it that is none of it. */
	*after = ' ';
	finish(p, yajl_parse(p->yajl, (const unsigned char *)p->src.text + p->src.from, p->src.len - p->src.from + 1));
	*after = '\0';
}

int rv_json_read(struct rv_json_doc *doc, const struct rv_json_source *source, struct rv_json **value, struct rv_err *err)
{
	struct parser p = { .doc = doc, .src = *source, .end = source->from, .err = err };

	run(&p);
	rv_arena_done(&p.scratch);
	if (p.status)
		return p.status;
	*value = p.root;
	return 0;
}

/* ---- documents ---- */

static int bytes_ok(struct parser *p)
{
	const char *text = p->src.text, *nul = memchr(text, '\0', p->src.len);
	size_t bad = 0;

	if (p->src.len == 0)
		fault(p, 0, "the document is empty");
	else if (p->src.len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		fault(p, 0, "a byte order mark; the document must begin with its value");
	else if (nul)
		fault(p, (size_t)(nul - text), "a NUL byte; the document must be UTF-8");
	else if (!rv_utf8_valid(text, p->src.len, &bad))
		fault(p, bad, "not valid UTF-8");
	return p->status;
}

static int parse(struct rv_json_doc *doc, const char *text, unsigned flags, struct rv_err *err)
{
	struct parser p = { .doc = doc, .src = { .len = doc->len, .flags = flags }, .err = err };
	int rc;

	doc->text = p.src.text = rv_arena_strndup(&doc->arena, text, doc->len);
	if (!p.src.text)
		return rv_err_nomem(err);
	rc = bytes_ok(&p);
	return rc ? rc : rv_json_read(doc, &p.src, &doc->root, err);
}

int rv_json_parse(struct rv_json_doc *doc, const char *text, size_t len, size_t max, unsigned flags, struct rv_err *err)
{
	int rc;

	*doc = (struct rv_json_doc){ .len = len };
	if (len > max || len > UINT32_MAX - 2)
		return rv_err(err, RV_EDOCUMENT, "the document has %zu bytes, the limit is %zu", len, max);
	rc = parse(doc, text, flags, err);
	if (rc)
		rv_json_done(doc);
	return rc;
}

void rv_json_done(struct rv_json_doc *doc)
{
	rv_arena_done(&doc->arena);
	*doc = (struct rv_json_doc){ 0 };
}
