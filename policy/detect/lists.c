/* SPDX-License-Identifier: Apache-2.0 */
/* Lists by name, which all files share. */
#include "detect/detect.h"

void rv_strings_add(struct rv_strings *s, const char *text, struct rv_arena *arena)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 8;
		const char **item = rv_arena_alloc(arena, room * sizeof(*item));

		if (!item)
			return;
		for (size_t i = 0; i < s->count; i++)
			item[i] = s->item[i];
		s->item = item;
		s->room = room;
	}
	s->item[s->count] = rv_arena_strdup(arena, text);
	s->count += s->item[s->count] != NULL;
}

static const char *next_list(void *ctx, size_t i)
{
	const struct rv_detect_compiler *c = ctx;

	return i < c->list_count ? c->list[i].name : NULL;
}

static struct rv_detect_list *find(const struct rv_detect_compiler *c, const char *name)
{
	for (size_t i = 0; i < c->list_count; i++)
		if (!strcmp(c->list[i].name, name))
			return &c->list[i];
	return NULL;
}

const struct rv_detect_list *rv_detect_list_named(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *at,
						  const char *name)
{
	const struct rv_detect_list *list = find(c, name);

	if (!list)
		rv_mistake(r, at, "there is no list \"%s\"%s", name, rv_reader_suggest(r, name, next_list, c));
	return list;
}

static void add_items(struct rv_strings *items, const struct rv_json *array, struct rv_arena *arena)
{
	if (array && array->type == RV_JSON_ARRAY)
		rv_json_each(item, array)
			if (rv_json_str(item))
				rv_strings_add(items, item->str, arena);
}

static void define(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *at)
{
	struct rv_detect_list *other = find(c, at->key);

	if (other) {
		rv_mistake_key(r, at, "the list \"%s\" is in %s already; add to it with \"append\"", at->key, other->reader->file);
		return;
	}
	c->list[c->list_count] = (struct rv_detect_list){ .name = rv_arena_strdup(c->arena, at->key), .reader = r, .at = at };
	if (!c->list[c->list_count].name)
		return;
	add_items(&c->list[c->list_count++].items, at, c->arena);
}

static void append(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *entry)
{
	const struct rv_json *name = rv_json_get(entry, "list"), *items = rv_json_get(entry, "items");
	const struct rv_detect_list *list;

	if (!rv_json_str(name) && !items)
		return;
	if (!rv_json_str(name) || !items || rv_json_get(entry, "detection") || rv_json_get(entry, "exceptions")) {
		rv_mistake(r, entry, "append takes \"detection\" with \"exceptions\", or \"list\" with \"items\"");
		return;
	}
	list = rv_detect_list_named(c, r, name, name->str);
	if (list)
		add_items(&find(c, list->name)->items, items, c->arena);
}

void rv_detect_lists(struct rv_detect_compiler *c)
{
	size_t room = 0;

	for (size_t i = 0; i < c->file_count; i++)
		room += rv_json_count(rv_json_get(c->file[i].reader.doc.root, "lists"));
	c->list = rv_arena_alloc(c->arena, (room + 1) * sizeof(*c->list));
	if (!c->list)
		return;
	for (size_t i = 0; i < c->file_count; i++)
		rv_json_each_member(list, rv_json_get(c->file[i].reader.doc.root, "lists"))
			define(c, &c->file[i].reader, list);
	for (size_t i = 0; i < c->file_count; i++)
		rv_json_each(entry, rv_json_get(c->file[i].reader.doc.root, "append"))
			append(c, &c->file[i].reader, entry);
}
