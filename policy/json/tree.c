/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "json/tree.h"

/* ---- reading ---- */

static struct rv_json *visible(struct rv_json *v)
{
	while (v && v->removed)
		v = v->next;
	return v;
}

struct rv_json *rv_json_first(const struct rv_json *container)
{
	return container ? visible(container->child) : NULL;
}

struct rv_json *rv_json_first_member(const struct rv_json *object)
{
	return object && object->type == RV_JSON_OBJECT ? rv_json_first(object) : NULL;
}

struct rv_json *rv_json_next(const struct rv_json *value)
{
	return value ? visible(value->next) : NULL;
}

struct rv_json *rv_json_get(const struct rv_json *object, const char *key)
{
	rv_json_each_member(v, object)
		if (strcmp(v->key, key) == 0)
			return v;
	return NULL;
}

/* One part of a pointer, with ~0 and ~1 in it, against a plain name. */
static bool part_is(const char *part, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		char c = part[i];

		if (c == '~') {
			if (++i == len || (part[i] != '0' && part[i] != '1'))
				return false;
			c = part[i] == '1' ? '/' : '~';
		}
		if (*name++ != c)
			return false;
	}
	return *name == '\0';
}

/* Elements stay in place and in order, so the search goes on from the one found last: edits of a long list come in its order. */
static struct rv_json *element(const struct rv_json *array, uint64_t index)
{
	struct rv_json *v = array->cursor && array->cursor->index <= index ? array->cursor : array->child;

	while (v && v->index < index)
		v = v->next;
	if (v)
		((struct rv_json *)(uintptr_t)array)->cursor = v;
	return v && v->index == index && !v->removed ? v : NULL;
}

static struct rv_json *below(const struct rv_json *container, const char *part, size_t len)
{
	uint64_t index = 0;

	if (container->type == RV_JSON_ARRAY)
		return rv_str_u64(part, len, UINT32_MAX, &index) ? element(container, index) : NULL;
	rv_json_each(v, container)
		if (part_is(part, len, v->key))
			return v;
	return NULL;
}

struct rv_json *rv_json_at(const struct rv_json *root, const char *pointer)
{
	struct rv_json *at = root ? root->removed ? NULL : (struct rv_json *)(uintptr_t)root : NULL;

	while (at && *pointer) {
		size_t len;

		if (*pointer++ != '/')
			return NULL;
		len = strcspn(pointer, "/");
		at = below(at, pointer, len);
		pointer += len;
	}
	return at;
}

size_t rv_json_count(const struct rv_json *container)
{
	size_t count = 0;

	for (const struct rv_json *v = rv_json_first(container); v; v = rv_json_next(v))
		count++;
	return count;
}

const char *rv_json_str(const struct rv_json *value)
{
	return value && value->type == RV_JSON_STRING ? value->str : NULL;
}

bool rv_json_true(const struct rv_json *value)
{
	return value && value->type == RV_JSON_BOOL && value->boolean;
}

bool rv_json_u64(const struct rv_json *value, uint64_t *out)
{
	return value && value->type == RV_JSON_NUMBER && rv_str_u64(value->str, value->len, UINT64_MAX, out);
}

bool rv_json_i64(const struct rv_json *value, int64_t *out)
{
	bool negative = value && value->type == RV_JSON_NUMBER && value->str[0] == '-';
	uint64_t number, max = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

	if (!value || value->type != RV_JSON_NUMBER || !rv_str_u64(value->str + negative, value->len - negative, max, &number))
		return false;
	if (negative && number == 0)
		return false;
	*out = negative ? -(int64_t)(number - 1) - 1 : (int64_t)number;
	return true;
}

/* ---- where ---- */

static char *escape_backwards(char *end, const char *name)
{
	for (size_t i = strlen(name); i-- > 0;) {
		if (name[i] != '~' && name[i] != '/') {
			*--end = name[i];
			continue;
		}
		*--end = name[i] == '/' ? '1' : '0';
		*--end = '~';
	}
	return end;
}

static size_t part_room(const char *key)
{
	return 1 + (key ? 2 * strlen(key) : 20);
}

static char *part_backwards(char *end, const char *key, size_t index)
{
	char number[24];

	if (!key)
		snprintf(number, sizeof(number), "%zu", index);
	end = escape_backwards(end, key ? key : number);
	*--end = '/';
	return end;
}

const char *rv_json_pointer_in(struct rv_arena *arena, const struct rv_json *container, const char *key, size_t index)
{
	size_t room = 1 + part_room(key);
	char *end;

	if (!container)
		return "";
	for (const struct rv_json *v = container; v->parent; v = v->parent)
		room += part_room(v->key);
	end = rv_arena_alloc(arena, room);
	if (!end)
		return NULL;
	end = part_backwards(end + room - 1, key, index);
	for (const struct rv_json *v = container; v->parent; v = v->parent)
		end = part_backwards(end, v->key, v->index);
	return end;
}

const char *rv_json_pointer(struct rv_json_doc *doc, const struct rv_json *value)
{
	return rv_json_pointer_in(&doc->arena, value->parent, value->key, value->index);
}

void rv_json_position(const struct rv_json_doc *doc, size_t offset, unsigned *line, unsigned *column)
{
	const char *at = doc->text, *stop = doc->text + (offset < doc->len ? offset : doc->len), *end;

	*line = 1;
	for (; (end = memchr(at, '\n', (size_t)(stop - at))); at = end + 1)
		++*line;
	*column = (unsigned)(stop - at) + 1;
}

/* ---- changing ---- */

void rv_json_link(struct rv_json *container, struct rv_json *value)
{
	value->parent = container;
	value->next = NULL;
	if (container->last) {
		value->index = container->last->index + 1;
		container->last->next = value;
	} else {
		value->index = 0;
		container->child = value;
	}
	container->last = value;
}

static void mark_changed(struct rv_json *v)
{
	for (; v && !v->changed; v = v->parent)
		v->changed = true;
}

static unsigned level_of(const struct rv_json *v)
{
	unsigned level = 0;

	for (; v; v = v->parent)
		level++;
	return level;
}

static struct rv_json *refuse_edit(struct rv_json_doc *doc, const char *text)
{
	/* What ran out of memory is not the text's fault. */
	if (!doc->arena.failed)
		doc->bad_edit = rv_arena_strdup(&doc->arena, text);
	doc->arena.failed = true;
	return NULL;
}

/*
 * Reads `name:text`, name being the raw key with its quotes (NULL: none), as a value of its own that knows both spans. That
 * text stands for the source of everything in it.
 */
static struct rv_json *read_edit(struct rv_json_doc *doc, const char *name, size_t name_len, const char *text, unsigned level)
{
	size_t from = name ? name_len + 1 : 0, len = from + strlen(text);
	char *source = rv_arena_alloc(&doc->arena, len + 2);
	struct rv_json_source read = { .text = source, .len = len, .from = from, .level = level };
	struct rv_json *value;
	int rc;

	if (!source)
		return NULL;
	/* by hand: values may be as long as documents. The blank ends a number. */
	if (name) {
		memcpy(source, name, name_len);
		source[name_len] = ':';
	}
	memcpy(source + from, text, len - from);
	source[len] = ' ';
	rc = rv_utf8_valid(source, read.len, NULL) ? rv_json_read(doc, &read, &value, NULL) : -RV_EDOCUMENT;
	if (rc == -RV_ESYSTEM)
		doc->arena.failed = true;
	if (rc)
		return refuse_edit(doc, source);
	value->key_end = (uint32_t)name_len;
	return value;
}

void rv_json_set(struct rv_json_doc *doc, struct rv_json *value, const char *text)
{
	struct rv_json *fresh, old = *value;

	fresh = read_edit(doc, old.key ? old.src + old.key_start : NULL, old.key_end - old.key_start, text,
			  level_of(value->parent));
	if (!fresh)
		return;
	*value = *fresh;
	value->parent = old.parent;
	value->next = old.next;
	value->key = old.key;
	value->fold = old.fold;
	value->index = old.index;
	for (struct rv_json *v = value->child; v; v = v->next)
		v->parent = value;
	mark_changed(value->parent);
}

static bool name_free(const struct rv_json *object, const char *key)
{
	rv_json_each(v, object)
		if (rv_json_same_name(v->key, key))
			return false;
	return true;
}

struct rv_json *rv_json_add(struct rv_json_doc *doc, struct rv_json *object, const char *key, const char *text)
{
	rv_autobuf name = { 0 };
	struct rv_json *value;

	rv_json_quote(&name, key, strlen(key));
	if (name.failed)
		doc->arena.failed = true;
	if (object->type != RV_JSON_OBJECT || !name_free(object, key) || !rv_utf8_valid(key, strlen(key), NULL))
		return refuse_edit(doc, rv_buf_str(&name));
	value = read_edit(doc, rv_buf_str(&name), name.len, text, level_of(object));
	if (!value)
		return NULL;
	value->key = rv_arena_strdup(&doc->arena, key);
	if (!value->key)
		return NULL;
	value->fold = rv_json_name_hash(key);
	rv_json_link(object, value);
	mark_changed(value->parent);
	return value;
}

struct rv_json *rv_json_add_object(struct rv_json_doc *doc, struct rv_json *object, const char *key)
{
	return rv_json_add(doc, object, key, "{}");
}

struct rv_json *rv_json_append(struct rv_json_doc *doc, struct rv_json *array, const char *text)
{
	struct rv_json *value;

	if (array->type != RV_JSON_ARRAY)
		return refuse_edit(doc, text);
	value = read_edit(doc, NULL, 0, text, level_of(array));
	if (!value)
		return NULL;
	rv_json_link(array, value);
	mark_changed(value->parent);
	return value;
}

void rv_json_remove(struct rv_json *value)
{
	if (!value->parent)
		return;
	value->removed = true;
	mark_changed(value->parent);
}
