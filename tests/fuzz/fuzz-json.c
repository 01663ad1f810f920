/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a document. What is accepted must come out byte for byte, every value must be found again by its pointer, and
 * after edits the text that is written must read as the very tree it was written from.
 */
#include <stdlib.h>
#include <string.h>

#include "reeve/spec.h"

#define MUST(what)               \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct rv_json *a, const struct rv_json *b)
{
	if (!a || !b)
		return a == b;
	if (a->type != b->type || a->boolean != b->boolean || a->len != b->len || (a->len && memcmp(a->str, b->str, a->len) != 0))
		return false;
	a = rv_json_first(a);
	b = rv_json_first(b);
	for (; a && b; a = rv_json_next(a), b = rv_json_next(b))
		if (!a->key != !b->key || (a->key && strcmp(a->key, b->key) != 0) || !same(a, b))
			return false;
	return a == b;
}

static void check_pointers(struct rv_json_doc *doc, const struct rv_json *value)
{
	MUST(rv_json_at(doc->root, rv_json_pointer(doc, value)) == value);
	rv_json_each(v, value)
		check_pointers(doc, v);
}

/* The n-th value in document order, counted down over the whole tree. */
static struct rv_json *pick(struct rv_json *value, size_t *n)
{
	if ((*n)-- == 0)
		return value;
	rv_json_each(v, value) {
		struct rv_json *found = pick(v, n);

		if (found)
			return found;
	}
	return NULL;
}

static void edit(struct rv_json_doc *doc, uint32_t dice)
{
	static const char *const text[] = { "0", "\"\\u00e9/~\"", "[]", "{}", "[ {\"a\" : [1, 2]}, null ]", "{\"a\":true, \"A b\":[{}]}" };
	const char *new = text[dice % RV_COUNT(text)];
	size_t n = dice >> 8 & 0x3f;
	struct rv_json *v = pick(doc->root, &n);

	if (!v)
		return;
	switch (dice >> 16 & 3) {
	case 0:
		rv_json_set(doc, v, new);
		break;
	case 1:
		rv_json_remove(v);
		break;
	default:
		if (v->type == RV_JSON_ARRAY)
			rv_json_append(doc, v, new);
		else if (v->type == RV_JSON_OBJECT && !rv_json_get(v, "new/~\"") && !rv_json_get(v, "NEW/~\""))
			rv_json_add(doc, v, "new/~\"", new);
	}
}

static void check_edits(struct rv_json_doc *doc, uint32_t dice)
{
	rv_autobuf out = { 0 };
	rv_autojson again = { 0 };

	for (int i = 0; i < 6; i++) {
		edit(doc, dice);
		dice = dice * 1664525u + 1013904223u;
	}
	/* Only an edit that went below the last level is refused. */
	if (rv_json_write(doc, &out, NULL)) {
		MUST(doc->bad_edit);
		return;
	}
	MUST(rv_json_parse(&again, rv_buf_str(&out), out.len, out.len, 0, NULL) == 0);
	MUST(same(doc->root, again.root));
	check_pointers(doc, doc->root);
}

static void check_refusal(const char *text, size_t size, const struct rv_err *err)
{
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	MUST(err->code == RV_EDOCUMENT && err->msg[0] && err->line >= 1 && err->line <= lines && err->column >= 1);
}

static void check_spec(struct rv_json_doc *doc, const struct rv_object *as)
{
	struct rv_err err = RV_ERR_INIT;

	if (rv_spec_check(doc, as, &err))
		check_refusal(doc->text, doc->len, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rv_autojson doc = { 0 }, commented = { 0 };
	rv_autobuf out = { 0 };
	struct rv_err err = RV_ERR_INIT;
	const char *text = (const char *)data;
	int rc = rv_json_parse(&commented, text, size, RV_JSON_MAX, RV_JSON_COMMENTS, NULL);

	if (rv_json_parse(&doc, text, size, RV_JSON_MAX, 0, &err)) {
		check_refusal(text, size, &err);
		return 0;
	}
	MUST(rc == 0 && same(doc.root, commented.root));
	MUST(rv_json_write(&doc, &out, &err) == 0 && out.len == size && memcmp(out.data, text, size) == 0);
	check_pointers(&doc, doc.root);
	check_spec(&doc, &rv_spec_config);
	check_spec(&doc, &rv_spec_process);
	check_spec(&doc, &rv_spec_resources);
	check_edits(&doc, rv_json_name_hash(rv_buf_str(&out)));
	return 0;
}
