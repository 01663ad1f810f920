/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/classes.h"

#include <stdlib.h>

#define PORTS_MAX 4096	/* of one list */

static const struct { size_t max; const char *what; } limits[] = {
	[RV_CLASS_PROC] = { RV_PROC_CLASSES, "more than 128 lists of process names" },
	[RV_CLASS_PATH] = { RV_PATH_CLASSES, "more than 256 lists of paths" },
	[RV_CLASS_NAME] = { RV_NAME_CLASSES, "more than 128 lists of file names" },
	[RV_CLASS_ADDR] = { RV_ADDR_CLASSES, "more than 64 lists of addresses" },
	[RV_CLASS_PORT] = { RV_PORT_CLASSES, "more than 64 lists of ports" },
	[RV_CLASS_DNS] = { RV_PATH_CLASSES, "more than 256 lists of names in DNS" },
};

/* A zeroed element more; NULL when memory ran out. */
#define GROW(array, count, room, arena) __extension__({ \
		typeof(array) new_ = (array); \
		if ((count) == (room)) { \
			size_t more_ = (room) ? (room) * 2 : 64; \
			new_ = rv_arena_alloc((arena), more_ * sizeof(*new_)); \
			if (new_ && (count)) \
				memcpy(new_, (array), (count) * sizeof(*new_)); \
			if (new_) { \
				(array) = new_; \
				(room) = more_; \
			} \
		} \
		new_ ? &(array)[(count)++] : NULL; })

static struct rv_name_class *name_entry(struct rv_classes *c, char tag, const char *name)
{
	struct rv_name_key key = { { tag } };
	struct rv_name_class *e;

	memcpy(key.text + 1, name, strlen(name));
	for (size_t i = 0; i < c->out->name_count; i++)
		if (!memcmp(&c->out->name[i].key, &key, sizeof(key)))
			return &c->out->name[i];
	e = GROW(c->out->name, c->out->name_count, c->name_room, c->arena);
	if (e)
		*e = (struct rv_name_class){ .key = key };
	return e;
}

/* The first len bytes of text behind tag. */
static struct rv_path_class *path_entry(struct rv_classes *c, char tag, const char *text, size_t len)
{
	struct rv_path_key key = { .prefixlen = (__u32)(len + 1) * 8, .text = { tag } };
	struct rv_path_class *e;

	memcpy(key.text + 1, text, len);
	for (size_t i = 0; i < c->out->path_count; i++)
		if (!memcmp(&c->out->path[i].key, &key, sizeof(key)))
			return &c->out->path[i];
	e = GROW(c->out->path, c->out->path_count, c->path_room, c->arena);
	if (e)
		*e = (struct rv_path_class){ .key = key };
	return e;
}

static void set_path(struct rv_classes *c, const char *text, unsigned class)
{
	char dir[RV_PATTERN_MAX + 1] = "/";
	struct rv_path_class *e;
	size_t len = strlen(text);

	switch (rv_pattern_of(text)) {
	case RV_PATTERN_BELOW:
		e = path_entry(c, RV_KEY_PATH, text, len - 2);
		break;
	case RV_PATTERN_IN:
		if (len > 2) {
			memcpy(dir, text, len - 2);
			dir[len - 2] = '\0';
		}
		e = path_entry(c, RV_KEY_DIRECTORY, dir, strlen(dir) + 1);
		break;
	default:
		e = path_entry(c, RV_KEY_PATH, text, len + 1);
	}
	if (e)
		e->bits.bits[class / 64] |= RV_BIT(class % 64);
}

/* What ends so is looked for from its end. */
static void set_dns(struct rv_classes *c, const char *text, unsigned class)
{
	char back[RV_PATTERN_MAX + 1] = "";
	struct rv_path_class *e;
	size_t len = strlen(text);

	switch (rv_pattern_of_dns(text)) {
	case RV_PATTERN_BELOW:
		for (size_t i = 0; i < len - 1; i++)
			back[i] = text[len - 1 - i];
		e = path_entry(c, RV_KEY_DNS_END, back, len - 1);
		break;
	case RV_PATTERN_BEGINS:
		e = path_entry(c, RV_KEY_DNS, text, len - 1);
		break;
	default:
		e = path_entry(c, RV_KEY_DNS, text, len + 1);
	}
	if (e)
		e->bits.bits[class / 64] |= RV_BIT(class % 64);
}

static struct rv_addr_class *addr_entry(struct rv_classes *c, const struct rv_addr_key *key)
{
	struct rv_addr_class *e;

	for (size_t i = 0; i < c->out->addr_count; i++)
		if (!memcmp(&c->out->addr[i].key, key, sizeof(*key)))
			return &c->out->addr[i];
	e = GROW(c->out->addr, c->out->addr_count, c->addr_room, c->arena);
	if (e)
		*e = (struct rv_addr_class){ .key = *key };
	return e;
}

static void set_addr(struct rv_classes *c, const char *text, unsigned class)
{
	struct rv_addr_key key, four;
	struct rv_addr_class *e;

	if (rv_cidr_parse(text, strlen(text), &key))
		return;
	e = addr_entry(c, &key);
	if (e)
		e->bits |= RV_BIT(class);
	rv_cidr_ipv4(&four);
	if (rv_cidr_spans_ipv4(&key))
		addr_entry(c, &four);
}

static struct rv_port_class *port_entry(struct rv_classes *c, __u16 port)
{
	struct rv_port_class *e;

	for (size_t i = 0; i < c->out->port_count; i++)
		if (c->out->port[i].port == port)
			return &c->out->port[i];
	e = GROW(c->out->port, c->out->port_count, c->port_room, c->arena);
	if (e)
		*e = (struct rv_port_class){ .port = port };
	return e;
}

static void set_ports(struct rv_classes *c, const char *text, unsigned class)
{
	__u16 from, to;

	if (rv_ports_parse(text, strlen(text), &from, &to))
		return;
	if (to - from >= PORTS_MAX)
		c->fault = "more than 4096 ports in a range; write the ports that are left out, with !";
	for (unsigned port = from; !c->fault && port <= to; port++) {
		struct rv_port_class *e = port_entry(c, (__u16)port);

		if (e)
			e->bits |= RV_BIT(class);
	}
}

static void set_name(struct rv_classes *c, char tag, const char *name, unsigned class)
{
	struct rv_name_class *e = name_entry(c, tag, name);

	if (e)
		e->bits.bits[class / 64] |= RV_BIT(class % 64);
}

static void set(struct rv_classes *c, enum rv_class_kind kind, const char *item, unsigned class)
{
	switch (kind) {
	case RV_CLASS_PROC:
		set_name(c, RV_KEY_PROC, item, class);
		break;
	case RV_CLASS_NAME:
		set_name(c, RV_KEY_NAME, item, class);
		break;
	case RV_CLASS_PATH:
		set_path(c, item, class);
		break;
	case RV_CLASS_ADDR:
		set_addr(c, item, class);
		break;
	case RV_CLASS_DNS:
		set_dns(c, item, class);
		break;
	default:
		set_ports(c, item, class);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same items in another order are the same list. */
static const char *text_of(const struct rv_strings *items, struct rv_arena *arena)
{
	const char **sorted = rv_arena_alloc(arena, (items->count + 1) * sizeof(*sorted));
	rv_autobuf text = { 0 };

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < items->count; i++)
		sorted[i] = items->item[i];
	qsort(sorted, items->count, sizeof(*sorted), by_text);
	for (size_t i = 0; i < items->count; i++)
		if (!i || strcmp(sorted[i], sorted[i - 1]) != 0)
			rv_buf_addf(&text, "%s\n", sorted[i]);
	if (text.failed)
		arena->failed = true;
	return rv_arena_strdup(arena, rv_buf_str(&text));
}

int rv_class_of(struct rv_classes *c, enum rv_class_kind kind, const struct rv_strings *items)
{
	struct rv_strings *known = &c->known[kind];
	const char *text = text_of(items, c->arena);

	if (!text)
		return -1;
	for (size_t i = 0; i < known->count; i++)
		if (!strcmp(known->item[i], text))
			return (int)i;
	if (known->count == limits[kind].max) {
		c->fault = limits[kind].what;
		return -1;
	}
	for (size_t i = 0; i < items->count; i++)
		set(c, kind, items->item[i], (unsigned)known->count);
	rv_strings_add(known, text, c->arena);
	return c->fault ? -1 : (int)known->count - 1;
}

static bool begins(const struct rv_path_key *longer, const struct rv_path_key *key)
{
	return key->prefixlen < longer->prefixlen && !memcmp(key->text, longer->text, key->prefixlen / 8);
}

void rv_classes_done(struct rv_classes *c)
{
	struct rv_detections *d = c->out;

	/* bits only ever come from above, so that one that has got some already gives on no wrong ones */
	for (size_t i = 0; i < d->path_count; i++)
		for (size_t k = 0; k < d->path_count; k++)
			for (size_t w = 0; begins(&d->path[i].key, &d->path[k].key) && w < RV_COUNT(d->path[i].bits.bits); w++)
				d->path[i].bits.bits[w] |= d->path[k].bits.bits[w];
	for (size_t i = 0; i < d->addr_count; i++)
		for (size_t k = 0; k < d->addr_count; k++)
			if (i != k && rv_cidr_covers(&d->addr[k].key, &d->addr[i].key))
				d->addr[i].bits |= d->addr[k].bits;
}
