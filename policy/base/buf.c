/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reeve/base.h"

struct rv_arena_block {
	struct rv_arena_block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

#define ARENA_BLOCK 16384

void *rv_arena_alloc(struct rv_arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct rv_arena_block *b = a->block;
	void *p;

	if (a->failed || size > SIZE_MAX / 2)
		goto fail;
	size = (size + align - 1) & ~(align - 1);
	if (!b || b->size - b->used < size) {
		/* Blocks double, so that a 10 MiB document costs a dozen of them and small ones one. */
		size_t want = b && b->size < SIZE_MAX / 4 ? b->size * 2 : ARENA_BLOCK;

		if (want < size)
			want = size;
		b = malloc(sizeof(*b) + want);
		if (!b)
			goto fail;
		b->used = 0;
		b->size = want;
		b->next = a->block;
		a->block = b;
		a->total += want;
	}
	p = b->data + b->used;
	b->used += size;
	/* here and not for the whole block: pages that are never used stay untouched */
	return memset(p, 0, size);
fail:
	a->failed = true;
	return NULL;
}

char *rv_arena_strndup(struct rv_arena *a, const char *s, size_t len)
{
	char *p = len < SIZE_MAX ? rv_arena_alloc(a, len + 1) : NULL;

	if (p)
		memcpy(p, s, len);
	return p;
}

char *rv_arena_strdup(struct rv_arena *a, const char *s)
{
	return rv_arena_strndup(a, s, strlen(s));
}

char *rv_arena_printf(struct rv_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = len < 0 ? NULL : rv_arena_alloc(a, (size_t)len + 1);
	if (!p) {
		a->failed = true;
		return NULL;
	}
	va_start(ap, fmt);
	vsnprintf(p, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return p;
}

void rv_arena_done(struct rv_arena *a)
{
	for (struct rv_arena_block *b = a->block, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct rv_arena){ 0 };
}

static bool buf_reserve(struct rv_buf *b, size_t more)
{
	size_t room = b->room ? b->room : 256;
	char *data;

	if (b->failed || more > SIZE_MAX / 4 - b->len) {
		b->failed = true;
		return false;
	}
	if (b->room > b->len + more)
		return true;
	while (room <= b->len + more)
		room *= 2;
	data = realloc(b->data, room);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->room = room;
	return true;
}

void rv_buf_add(struct rv_buf *b, const void *bytes, size_t len)
{
	if (!buf_reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void rv_buf_adds(struct rv_buf *b, const char *s)
{
	rv_buf_add(b, s, strlen(s));
}

void rv_buf_addc(struct rv_buf *b, char c)
{
	rv_buf_add(b, &c, 1);
}

void rv_buf_addf(struct rv_buf *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0 || !buf_reserve(b, (size_t)len)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
}

const char *rv_buf_str(const struct rv_buf *b)
{
	return b->data ? b->data : "";
}

void rv_buf_done(struct rv_buf *b)
{
	free(b->data);
	*b = (struct rv_buf){ 0 };
}
