/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "json/tree.h"

static void put(struct rv_buf *out, const struct rv_json *value)
{
	bool object = value->type == RV_JSON_OBJECT, first = true;

	if (!value->changed) {
		rv_buf_add(out, value->src + value->start, value->end - value->start);
		return;
	}
	rv_buf_addc(out, object ? '{' : '[');
	rv_json_each(v, value) {
		if (!first)
			rv_buf_addc(out, ',');
		first = false;
		if (object) {
			rv_buf_add(out, v->src + v->key_start, v->key_end - v->key_start);
			rv_buf_addc(out, ':');
		}
		put(out, v);
	}
	rv_buf_addc(out, object ? '}' : ']');
}

const char *rv_json_text(struct rv_json_doc *doc, const struct rv_json *value)
{
	rv_autobuf out = { 0 };

	put(&out, value);
	if (out.failed)
		doc->arena.failed = true;
	return rv_arena_strndup(&doc->arena, rv_buf_str(&out), out.len);
}

int rv_json_write(const struct rv_json_doc *doc, struct rv_buf *out, struct rv_err *err)
{
	if (doc->bad_edit)
		return rv_err(err, RV_ESYSTEM, "reeve: an edit cannot be applied: %.200s", doc->bad_edit);
	if (doc->arena.failed || !doc->root)
		return rv_err_nomem(err);
	if (doc->root->changed || doc->root->src != doc->text)
		put(out, doc->root);
	else
		rv_buf_add(out, doc->text, doc->len);
	return out->failed ? rv_err_nomem(err) : 0;
}

static void put_escaped(struct rv_buf *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *known = strchr(from, c);

	if (known && c)
		rv_buf_addf(out, "\\%c", to[known - from]);
	else
		rv_buf_addf(out, "\\u%04x", c);
}

/* What rv_str_unprintable() found: at most three bytes of UTF-8. */
static unsigned code_point(const unsigned char *c, size_t len)
{
	if (len == 1)
		return c[0];
	return len == 2 ? (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu) : (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
}

static void put_valid(struct rv_buf *out, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		size_t hidden = text[i] ? rv_str_unprintable(text + i) : 1;

		if (!hidden && text[i] != '"' && text[i] != '\\')
			continue;
		rv_buf_add(out, text + from, i - from);
		if (hidden > 1)
			rv_buf_addf(out, "\\u%04x", code_point((const unsigned char *)text + i, hidden));
		else
			put_escaped(out, (unsigned char)text[i]);
		i += hidden > 1 ? hidden - 1 : 0;
		from = i + 1;
	}
	rv_buf_add(out, text + from, len - from);
}

void rv_json_quote(struct rv_buf *out, const char *text, size_t len)
{
	size_t bad;

	rv_buf_addc(out, '"');
	while (!rv_utf8_valid(text, len, &bad)) {
		put_valid(out, text, bad);
		rv_buf_adds(out, "\xef\xbf\xbd");
		text += bad + 1;
		len -= bad + 1;
	}
	put_valid(out, text, len);
	rv_buf_addc(out, '"');
}

void rv_json_put_key(struct rv_buf *out, const char *key)
{
	if (out->len && !strchr("{[", out->data[out->len - 1]))
		rv_buf_addc(out, ',');
	if (key)
		rv_buf_addf(out, "\"%s\":", key);
}

void rv_json_put_open(struct rv_buf *out, const char *key, char bracket)
{
	rv_json_put_key(out, key);
	rv_buf_addc(out, bracket);
}

void rv_json_put_text(struct rv_buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	rv_json_put_key(out, key);
	rv_json_quote(out, text, strlen(text));
}

void rv_json_put_number(struct rv_buf *out, const char *key, uint64_t number)
{
	rv_json_put_key(out, key);
	rv_buf_addf(out, "%ju", (uintmax_t)number);
}

void rv_json_put_flag(struct rv_buf *out, const char *key, bool flag)
{
	rv_json_put_key(out, key);
	rv_buf_adds(out, flag ? "true" : "false");
}
