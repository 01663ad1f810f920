/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

static const char *const values[] = {
	"null", "true", "false", "0", "1", "-0", "-1", "1.0", "1e0", "0.4", "1e3", "100", "65536", "2147483647", "2147483648",
	"4294967295", "4294967296", "4294968296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
	"18446744073709551616", "1e400", "-9223372036854775808", "\"0\"", "\"1\"", "\"\"", "\"true\"", "[]", "{}", "[null]",
	"[\"\"]", "[{}]", "[0]", "{\"\":null}",
};

/* Where another value would reach outside the root file system that the test made, or take away what the probe looks through. */
static const char *const fixed[] = { "/root/path", "/hooks/createRuntime/0/path", "/linux/cgroupsPath",
				     "/mounts/0", "/mounts/4" };

static void add(struct mutations *m, const char *what, const char *where, const struct rv_buf *text)
{
	struct mutation *item;
	rv_autobuf name = { 0 };

	if (m->count == m->room) {
		m->room = m->room ? m->room * 2 : 1024;
		m->item = reallocarray(m->item, m->room, sizeof(*m->item));
		if (!m->item)
			abort();
	}
	rv_buf_addf(&name, "%s at %s", what, *where ? where : "the root");
	item = &m->item[m->count++];
	item->len = text->len;
	item->text = malloc(text->len + 1);
	item->name = strdup(rv_buf_str(&name));
	if (!item->text || !item->name)
		abort();
	memcpy(item->text, text->data, text->len + 1);
}

/* The base with bytes [from, to) replaced. */
static void splice(struct mutations *m, const struct rv_json_doc *base, size_t from, size_t to, const void *bytes, size_t len,
		   const char *what, const char *where)
{
	rv_autobuf text = { 0 };

	rv_buf_add(&text, base->text, from);
	rv_buf_add(&text, bytes, len);
	rv_buf_add(&text, base->text + to, base->len - to);
	add(m, what, where, &text);
}

static void splice_str(struct mutations *m, const struct rv_json_doc *base, size_t from, size_t to, const struct rv_buf *bytes,
		       const char *what, const char *where)
{
	splice(m, base, from, to, rv_buf_str(bytes), bytes->len, what, where);
}

/* ---- names ---- */

static void put_folded(struct rv_buf *b, const char *key, int how)
{
	rv_buf_addc(b, '"');
	for (const char *c = key; *c; c++) {
		if (how == 0 && c == key)
			rv_buf_addc(b, (char)(*c ^ 0x20));
		else if (how == 1)
			rv_buf_addc(b, *c >= 'a' && *c <= 'z' ? (char)(*c - 0x20) : *c);
		else if (how == 2 && *c == 's')
			rv_buf_adds(b, "\xc5\xbf");
		else if (how == 2 && *c == 'k')
			rv_buf_adds(b, "\\u212a");
		else if (how == 3 && c == key)
			rv_buf_addf(b, "\\u%04x", (unsigned)*c);
		else
			rv_buf_addc(b, *c);
	}
	rv_buf_adds(b, how == 4 ? " \"" : how == 5 ? "\\u0000\"" : "\"");
}

static void mutate_name(struct mutations *m, const struct rv_json_doc *base, const struct rv_json *v, const char *where)
{
	static const char *const how[] = { "first letter's case", "capitals", "U+017F or U+212A", "an escape in the name",
					   "a blank after the name", "U+0000 after the name" };
	const char *value = base->text + v->start;
	int len = (int)(v->end - v->start);

	for (int i = 0; i < (int)RV_COUNT(how); i++) {
		rv_autobuf name = { 0 }, both = { 0 };

		put_folded(&name, v->key, i);
		splice_str(m, base, v->key_start, v->key_end, &name, how[i], where);
		rv_buf_addf(&both, "%s:null,", rv_buf_str(&name));
		splice(m, base, v->key_start, v->key_start, both.data, both.len, "null under another spelling before", where);
	}
	for (size_t i = 0; i < RV_COUNT(values); i += 3) {
		rv_autobuf before = { 0 }, after = { 0 };

		rv_buf_addf(&before, "\"%s\":%s,", v->key, values[i]);
		splice_str(m, base, v->key_start, v->key_start, &before, "twice, the other first", where);
		rv_buf_addf(&after, "%.*s,\"%s\":%s", len, value, v->key, values[i]);
		splice_str(m, base, v->start, v->end, &after, "twice, the other last", where);
	}
}

static void remove_member(struct mutations *m, const struct rv_json_doc *base, const struct rv_json *v, const char *where)
{
	size_t from = v->key ? v->key_start : v->start, to = v->end;

	if (v->next)
		to = v->next->key ? v->next->key_start : v->next->start;
	else
		while (base->text[from - 1] != '{' && base->text[from - 1] != '[' && base->text[from] != ',')
			from--;
	splice(m, base, from, to, "", 0, "removed", where);
}

static void repeat_element(struct mutations *m, const struct rv_json_doc *base, const struct rv_json *v, const char *where)
{
	const char *text = base->text + v->start;
	int len = (int)(v->end - v->start);
	rv_autobuf twice = { 0 }, other = { 0 };

	rv_buf_addf(&twice, "%.*s,%.*s", len, text, len, text);
	splice_str(m, base, v->start, v->end, &twice, "twice", where);
	if (v->type != RV_JSON_STRING)
		return;
	rv_buf_addf(&other, "%.*s9\",%.*s", len - 1, text, len, text);
	splice_str(m, base, v->start, v->end, &other, "another before", where);
}

/* ---- values ---- */

static void mutate_string(struct mutations *m, const struct rv_json_doc *base, const struct rv_json *v, const char *where)
{
	static const struct {
		const char *what, *before, *after;
	} add_to[] = {
		{ "U+0000 after", "", "\\u0000" }, { "U+0000 before", "\\u0000", "" }, { "a NUL byte after", NULL, NULL },
		{ "invalid UTF-8 after", "", "\xff" }, { "an overlong slash after", "", "\xc0\xaf" }, { "a lone surrogate after", "", "\\ud800" },
		{ "a wrong pair after", "", "\\ud800\\u0041" }, { "a pair after", "", "\\ud83d\\ude00" }, { "a blank after", "", " " },
		{ "a line end after", "", "\\n" }, { "a raw line end after", "", "\n" }, { "an escaped slash after", "", "\\/" },
		{ "U+FFFD after", "", "\xef\xbf\xbd" }, { "U+2028 after", "", "\xe2\x80\xa8" }, { "a BOM before", "\xef\xbb\xbf", "" },
		{ "DEL after", "", "\x7f" }, { "a wrong escape after", "", "\\x" }, { "a comma after", "", "," },
	};
	const char *inside = base->text + v->start + 1;
	int len = (int)(v->end - v->start) - 2;

	for (size_t i = 0; i < RV_COUNT(add_to); i++) {
		rv_autobuf b = { 0 };

		rv_buf_addf(&b, "\"%s%.*s", add_to[i].before ? add_to[i].before : "", len, inside);
		if (add_to[i].after)
			rv_buf_adds(&b, add_to[i].after);
		else
			rv_buf_add(&b, "\0", 1);
		rv_buf_addc(&b, '"');
		splice_str(m, base, v->start, v->end, &b, add_to[i].what, where);
	}
	for (int up = 0; up < 3; up++) {
		static const char *const how[] = { "small letters", "capital letters", "escapes" };
		rv_autobuf b = { 0 };

		rv_buf_addc(&b, '"');
		for (const char *c = v->str; *c; c++) {
			if (up == 2)
				rv_buf_addf(&b, "\\u%04X", (unsigned)*c);
			else if (up)
				rv_buf_addc(&b, *c >= 'a' && *c <= 'z' ? (char)(*c - 0x20) : *c);
			else
				rv_buf_addc(&b, *c >= 'A' && *c <= 'Z' ? (char)(*c + 0x20) : *c);
		}
		rv_buf_addc(&b, '"');
		splice_str(m, base, v->start, v->end, &b, how[up], where);
	}
}

static void mutate_value(struct mutations *m, const struct rv_json_doc *base, const struct rv_json *v, const char *where)
{
	for (size_t i = 0; i < RV_COUNT(values); i++) {
		rv_autobuf what = { 0 };

		rv_buf_addf(&what, "%s", values[i]);
		splice(m, base, v->start, v->end, values[i], strlen(values[i]), rv_buf_str(&what), where);
	}
	if (v->type == RV_JSON_STRING)
		mutate_string(m, base, v, where);
	if (v->parent)
		remove_member(m, base, v, where);
	if (v->parent && v->parent->type == RV_JSON_ARRAY)
		repeat_element(m, base, v, where);
}

static void mutate_tree(struct mutations *m, struct rv_json_doc *base, const struct rv_json *v)
{
	const char *where = rv_json_pointer(base, v);

	for (size_t i = 0; i < RV_COUNT(fixed); i++)
		if (rv_path_under(where, fixed[i]))
			return;
	if (strcmp(where, "/mounts") != 0)
		mutate_value(m, base, v, where);
	if (v->key)
		mutate_name(m, base, v, where);
	rv_json_each(child, v)
		mutate_tree(m, base, child);
}

/* ---- the document ---- */

static void mutate_document(struct mutations *m, const struct rv_json_doc *base)
{
	static const struct {
		const char *what, *bytes;
		size_t len;
	} around[] = {
		{ "a line comment", "// x\n", 5 }, { "a block comment", "/* x */", 7 }, { "a BOM", "\xef\xbb\xbf", 3 }, { "a NUL", "\0", 1 },
		{ "white space", " \t\r\n", 4 }, { "a vertical tab", "\v", 1 }, { "a form feed", "\f", 1 }, { "U+00A0", "\xc2\xa0", 2 },
		{ "a second document", "{\"process\":{}}", 14 }, { "a brace", "}", 1 }, { "a comma", ",", 1 }, { "a hash comment", "# x\n", 4 },
		{ "many closing brackets", "]]]]", 4 }, { "a letter", "x", 1 },
	};
	size_t inside = base->root->start + 1;

	for (size_t i = 0; i < RV_COUNT(around); i++) {
		splice(m, base, 0, 0, around[i].bytes, around[i].len, around[i].what, "the start");
		splice(m, base, base->len, base->len, around[i].bytes, around[i].len, around[i].what, "the end");
		splice(m, base, inside, inside, around[i].bytes, around[i].len, around[i].what, "the first member");
	}
	for (size_t depth = 16; depth < 20000; depth *= 5) {
		rv_autobuf deep = { 0 };

		rv_buf_adds(&deep, "\"x-deep\":");
		for (size_t i = 0; i < depth; i++)
			rv_buf_addc(&deep, '[');
		for (size_t i = 0; i < depth; i++)
			rv_buf_addc(&deep, ']');
		rv_buf_addc(&deep, ',');
		splice_str(m, base, inside, inside, &deep, "nesting", "the first member");
	}
	splice(m, base, base->len / 2, base->len, "", 0, "cut", "the middle");
	splice(m, base, 0, base->len, base->text, base->len, "nothing", "all");
}

void mutate_all(struct rv_json_doc *base, const char *only, struct mutations *out)
{
	if (!*only)
		mutate_document(out, base);
	mutate_tree(out, base, rv_json_at(base->root, only));
}

void mutations_done(struct mutations *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->item[i].name);
		free(m->item[i].text);
	}
	free(m->item);
	*m = (struct mutations){ 0 };
}
