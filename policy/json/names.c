/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "json/tree.h"

/* Objects of up to this many members are compared pair by pair, larger ones are sorted. */
#define FEW_NAMES 16

/* The next byte of a name with letter case taken out; 0 at its end. U+017F and U+212A are what Go's folding adds to ASCII. */
static unsigned char fold_next(const char **name)
{
	const unsigned char *s = (const unsigned char *)*name;
	size_t used = s[0] != 0;
	unsigned char c = s[0];

	if (c >= 'A' && c <= 'Z') {
		c |= 0x20;
	} else if (c == 0xc5 && s[1] == 0xbf) {
		c = 's';
		used = 2;
	} else if (c == 0xe2 && s[1] == 0x84 && s[2] == 0xaa) {
		c = 'k';
		used = 3;
	}
	*name += used;
	return c;
}

int rv_json_name_cmp(const char *a, const char *b)
{
	for (;;) {
		unsigned char x = fold_next(&a), y = fold_next(&b);

		if (x != y)
			return x < y ? -1 : 1;
		if (!x)
			return 0;
	}
}

bool rv_json_same_name(const char *a, const char *b)
{
	return rv_json_name_cmp(a, b) == 0;
}

uint32_t rv_json_name_hash(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	unsigned char c;

	while ((c = fold_next(&name)))
		hash = (hash ^ c) * 16777619u;
	return hash;
}

static int by_name(const void *a, const void *b)
{
	const struct rv_json *const *x = a, *const *y = b;

	if ((*x)->fold != (*y)->fold)
		return (*x)->fold < (*y)->fold ? -1 : 1;
	return rv_json_name_cmp((*x)->key, (*y)->key);
}

static const struct rv_json *later(const struct rv_json *a, const struct rv_json *b)
{
	return !a || (b && b->index > a->index) ? b : a;
}

/* Of two members with the same name the later one, for the first such pair. */
static const struct rv_json *twice_among_few(const struct rv_json *object)
{
	for (const struct rv_json *b = object->child; b; b = b->next)
		for (const struct rv_json *a = object->child; a != b; a = a->next)
			if (a->fold == b->fold && rv_json_name_cmp(a->key, b->key) == 0)
				return b;
	return NULL;
}

static const struct rv_json *twice_among_many(const struct rv_json *object, const struct rv_json **sorted, size_t count)
{
	const struct rv_json *found = NULL;
	size_t n = 0;

	for (const struct rv_json *v = object->child; v; v = v->next)
		sorted[n++] = v;
	/* A sort and no hash table: names chosen to collide cost nothing. */
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 1; i < count; i++) {
		const struct rv_json *v;

		if (by_name(&sorted[i - 1], &sorted[i]) != 0)
			continue;
		v = later(sorted[i - 1], sorted[i]);
		if (!found || v->index < found->index)
			found = v;
	}
	return found;
}

bool rv_json_names_twice(const struct rv_json *object, const struct rv_json **first, const struct rv_json **twice)
{
	size_t count = object->last ? object->last->index + 1 : 0;

	if (count <= FEW_NAMES) {
		*twice = twice_among_few(object);
	} else {
		const struct rv_json **sorted = calloc(count, sizeof(const struct rv_json *));

		if (!sorted)
			return false;
		*twice = twice_among_many(object, sorted, count);
		free(sorted);
	}
	*first = *twice ? object->child : NULL;
	while (*twice && by_name(first, twice) != 0)
		*first = (*first)->next;
	return true;
}
