/* SPDX-License-Identifier: Apache-2.0 */
/* Reads "when": fields and what they are compared with. */
#include <stdio.h>
#include <sys/capability.h>

#include "detect/detect.h"

#define LISTS_DEEP 8	/* lists in lists; also ends a cycle */
#define ITEMS_MAX  8192	/* of one condition, lists counted */

struct reading {
	struct rv_detect_compiler *c;
	struct rv_reader *r;
	const struct rv_json *at;	/* the item, or the only value */
	struct rv_cond *cond;
	const char *name;		/* of the field */
	bool kernel;
	bool sockets;			/* paths may be abstract names of unix sockets */
	size_t items;
};

/* ---- single items ---- */
static bool read_bit(struct reading *rd, const char *text, __u64 *bits)
{
	const struct rv_cond_word *words = rv_field_hows[rd->cond->field].words;
	const char *names[32] = { NULL };

	for (size_t i = 0; words[i].word; i++) {
		names[i] = words[i].word;
		if (!strcmp(words[i].word, text)) {
			*bits |= RV_BIT(words[i].bit);
			return true;
		}
	}
	rv_reader_word(rd->r, rd->at, rd->name, text, names);
	return false;
}

static bool read_cap(struct reading *rd, const char *text, __u64 *bits)
{
	cap_value_t number;
	char name[64];

	snprintf(name, sizeof(name), "CAP_%s", text);
	if (rv_str_starts(text, "CAP_") || strpbrk(text, "abcdefghijklmnopqrstuvwxyz") || cap_from_name(name, &number)) {
		rv_mistake(rd->r, rd->at, "%s: \"%s\": no such capability (they are named as in NET_ADMIN)", rd->name, text);
		return false;
	}
	*bits |= RV_BIT(number);
	return true;
}

static const char *name_fault(const char *text)
{
	if (strchr(text, '/'))
		return "is a path; a base name is wanted";
	return strlen(text) > RV_NAME_MAX ? "is longer than 63 bytes" : NULL;
}

static bool ends(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && !strcmp(text + len - strlen(with), with);
}

static const char *path_fault(const char *text, bool kernel, bool sockets)
{
	size_t len = strlen(text);

	if (*text != '/' && !(sockets && *text == '@') && !rv_str_starts(text, "**/"))
		return "begins neither with / nor with **/";
	if (len > 1 && ends(text, len, "/"))
		return "ends with /, as no path does; /** behind it takes in what lies below";
	if (strstr(text, "//") || strstr(text, "/../") || strstr(text, "/./") || ends(text, len, "/..") || ends(text, len, "/."))
		return "is no clean path";
	return kernel && len >= RV_PATTERN_MAX ? "is longer than 254 bytes" : NULL;
}

static const char *dns_fault(const char *text)
{
	size_t len = strlen(text);

	for (const char *p = text; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			return "is not in lower case, as all names are when they are looked at";
	if (strpbrk(text, "/: "))
		return "is no name in DNS";
	if (ends(text, len, "."))
		return "ends with a dot, as no name does when it is looked at";
	return len > 253 ? "is longer than a name in DNS" : NULL;
}

static const char *number_fault(const char *text)
{
	const char *dash = strchr(text, '-');
	uint64_t from, to;

	if (!rv_str_u64(text, dash ? (size_t)(dash - text) : strlen(text), UINT32_MAX, &from) ||
	    (dash && (!rv_str_u64(dash + 1, strlen(dash + 1), UINT32_MAX, &to) || to < from)))
		return "is neither a number nor a range such as 1000-1999";
	return NULL;
}

static const char *item_fault(struct reading *rd, const char *text)
{
	struct rv_addr_key key;
	__u16 from, to;

	switch (rv_field_hows[rd->cond->field].type) {
	case RV_COND_PROC:
	case RV_COND_NAME:
		return name_fault(text);
	case RV_COND_PATH:
		return path_fault(text, rd->kernel, rd->sockets);
	case RV_COND_DIR:
		return strpbrk(text, "*?[\\") ? "takes no wildcard" : path_fault(text, rd->kernel, false);
	case RV_COND_ADDR:
		return rv_cidr_parse(text, strlen(text), &key);
	case RV_COND_PORT:
		return rv_ports_parse(text, strlen(text), &from, &to);
	case RV_COND_DNS:
		return dns_fault(text);
	case RV_COND_NUMBER:
		return number_fault(text);
	case RV_COND_SHA256:
		return strspn(text, "0123456789abcdef") == RV_HASH_HEX - 1 && strlen(text) == RV_HASH_HEX - 1
			       ? NULL : "is no SHA-256: 64 hex digits in lower case";
	default:
		return NULL;
	}
}

/* Whether the kernel can decide it. */
static bool item_kernel(const struct reading *rd, const char *text)
{
	enum rv_cond_type type = rv_field_hows[rd->cond->field].type;

	if (type == RV_COND_PROC || type == RV_COND_NAME)
		return !strpbrk(text, "*?[\\");
	if (type == RV_COND_DNS)
		return rv_pattern_of_dns(text) != RV_PATTERN_GLOB;
	return type != RV_COND_PATH || rv_pattern_of(text) != RV_PATTERN_GLOB;
}

static void read_item(struct reading *rd, const char *text, bool barred)
{
	enum rv_cond_type type = rv_field_hows[rd->cond->field].type;
	__u64 *bits = barred ? &rd->cond->barred_bits : &rd->cond->bits;
	const char *fault = *text ? item_fault(rd, text) : "is empty";

	if (fault) {
		rv_mistake(rd->r, rd->at, "%s: \"%s\" %s", rd->name, text, fault);
		return;
	}
	if (type == RV_COND_BITS && !read_bit(rd, text, bits))
		return;
	if (type == RV_COND_CAPS && !read_cap(rd, text, bits))
		return;
	rd->cond->kernel = rd->cond->kernel && item_kernel(rd, text);
	rv_strings_add(barred ? &rd->cond->barred : &rd->cond->plain, text, rd->c->arena);
}

/* "@name" stands for the list's items, "@@name" for a text that begins with @. */
static void read_named(struct reading *rd, const char *text, bool barred, int depth)
{
	const struct rv_detect_list *list;

	if (rd->items == ITEMS_MAX)
		rv_mistake(rd->r, rd->at, "%s: more than %d items", rd->name, ITEMS_MAX);
	if (rd->items++ >= ITEMS_MAX)
		return;
	if (*text != '@' || text[1] == '@') {
		read_item(rd, text + (*text == '@'), barred);
		return;
	}
	list = rv_detect_list_named(rd->c, rd->r, rd->at, text + 1);
	if (list && depth == LISTS_DEEP)
		rv_mistake(rd->r, rd->at, "%s: more than %d lists in one another", text, LISTS_DEEP);
	else if (list)
		for (size_t i = 0; i < list->items.count && rd->items <= ITEMS_MAX; i++)
			read_named(rd, list->items.item[i], barred, depth + 1);
}

static void read_value(struct reading *rd, const struct rv_json *v)
{
	enum rv_cond_type type = rv_field_hows[rd->cond->field].type;
	bool numbers = type == RV_COND_PORT || type == RV_COND_NUMBER;
	const char *text = v->type == RV_JSON_STRING || (numbers && v->type == RV_JSON_NUMBER) ? v->str : NULL;

	rd->at = v;
	if (!text)
		rv_mistake(rd->r, v, "%s takes %s", rd->name, numbers ? "numbers, and ranges as strings" : "strings");
	else
		read_named(rd, text + (*text == '!'), *text == '!', 0);
}

/* ---- one condition ---- */
static void read_flag(struct reading *rd, const struct rv_json *v)
{
	const struct rv_field_how *how = &rv_field_hows[rd->cond->field];
	__u64 bits = how->type == RV_COND_UPPER ? RV_ORIGINS_UPPER : RV_BIT(how->arg);

	if (v->type != RV_JSON_BOOL)
		rv_mistake(rd->r, v, "%s takes true or false", rd->name);
	*(v->boolean ? &rd->cond->bits : &rd->cond->barred_bits) = bits;
}

static void read_values(struct reading *rd, const struct rv_json *v)
{
	if (v->type != RV_JSON_ARRAY) {
		read_value(rd, v);
		return;
	}
	if (!rv_json_count(v))
		rv_mistake(rd->r, v, "%s is empty and would match nothing", rd->name);
	rv_json_each(item, v)
		read_value(rd, item);
}

static bool in(const struct rv_strings *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->item[i], text))
			return true;
	return false;
}

static void check_both(struct reading *rd, const struct rv_json *v)
{
	for (size_t i = 0; i < rd->cond->barred.count; i++)
		if (in(&rd->cond->plain, rd->cond->barred.item[i]))
			rv_mistake(rd->r, v, "%s has both \"%s\" and \"!%s\"", rd->name, rd->cond->barred.item[i],
				   rd->cond->barred.item[i]);
}

/* The kernel knows the path of what an event is about; of a process that does something else, the monitor does. */
static bool kernel_field(int field, enum rv_kind_of_event kind)
{
	if (rv_field_hows[field].type == RV_COND_PATH && !strcmp(rv_event_fields[field].name, "proc.exepath"))
		return kind == RV_EVENT_EXEC;
	return rv_event_fields[field].kernel;
}

static bool read_cond(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *v, enum rv_kind_of_event kind,
		      struct rv_cond *out)
{
	int field = rv_field_index(v->key);
	struct reading rd = { .c = c, .r = r, .at = v, .cond = out, .name = v->key };
	size_t mistakes = c->errs->count + c->errs->lost;
	enum rv_cond_type type;

	if (field < 0) {
		rv_mistake_key(r, v, "there is no field \"%s\"%s", v->key, rv_reader_suggest(r, v->key, rv_field_next, &kind));
		return false;
	}
	type = rv_field_hows[field].type;
	if (type == RV_COND_NONE) {
		rv_mistake_key(r, v, "%s can only be printed", v->key);
		return false;
	}
	if (!rv_field_for(field, kind)) {
		rv_mistake_key(r, v, "%s says nothing of the event %s", v->key, rv_event_names[kind]);
		return false;
	}
	*out = (struct rv_cond){ .field = field, .kernel = kernel_field(field, kind) };
	rd.kernel = out->kernel;
	rd.sockets = kind == RV_EVENT_NET;
	if (type == RV_COND_FLAG || type == RV_COND_UPPER)
		read_flag(&rd, v);
	else
		read_values(&rd, v);
	check_both(&rd, v);
	if (type != RV_COND_FLAG && type != RV_COND_UPPER && !out->plain.count && !out->barred.count &&
	    c->errs->count + c->errs->lost == mistakes)
		rv_mistake(r, v, "%s has empty lists only, and would always hold", v->key);
	return true;
}

static struct rv_when read_object(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *object,
				  enum rv_kind_of_event kind)
{
	struct rv_when when = { .kernel = true, .cond = rv_arena_alloc(c->arena, (rv_json_count(object) + 1) * sizeof(*when.cond)) };

	if (!when.cond)
		return when;
	rv_json_each_member(v, object) {
		if (!read_cond(c, r, v, kind, &when.cond[when.count]))
			continue;
		when.kernel = when.kernel && when.cond[when.count].kernel;
		when.count++;
	}
	return when;
}

int rv_when_unix(const struct rv_when *when, bool exception)
{
	bool other = false, kind = exception;

	for (size_t i = 0; i < when->count; i++) {
		const struct rv_field_how *how = &rv_field_hows[when->cond[i].field];
		const char *name = rv_event_fields[when->cond[i].field].name;

		if (!strcmp(name, "fd.name") || !strcmp(name, "fd.filename"))
			return 1;
		other = other || how->type == RV_COND_ADDR || how->type == RV_COND_PORT;
		kind = kind || !strcmp(name, "fd.l4proto");
	}
	return other || !kind ? -1 : 0;
}

struct rv_whens rv_detect_when(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *at, enum rv_kind_of_event kind)
{
	bool many = at && at->type == RV_JSON_ARRAY;
	struct rv_whens whens = { .kernel = true,
				  .item = rv_arena_alloc(c->arena, (many ? rv_json_count(at) + 1 : 1) * sizeof(*whens.item)) };

	if (!whens.item)
		return whens;
	if (!many)
		whens.item[whens.count++] = read_object(c, r, at, kind);
	else
		rv_json_each(object, at)
			whens.item[whens.count++] = read_object(c, r, object, kind);
	for (size_t i = 0; i < whens.count; i++)
		whens.kernel = whens.kernel && whens.item[i].kernel;
	return whens;
}
