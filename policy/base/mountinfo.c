/* SPDX-License-Identifier: Apache-2.0 */
#include "reeve/mountinfo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* ---- lines ---- */

/* The next word of a line, ended in place; *at moves behind it. NULL at the line's end. */
static char *word(char **at)
{
	char *start = *at + strspn(*at, " ");
	char *end = start + strcspn(start, " ");

	*at = *end ? end + 1 : end;
	*end = '\0';
	return *start ? start : NULL;
}

/* Blank, tab, newline and backslash stand there as \ooo. */
static char *unescape(char *text)
{
	char *to = text;

	for (const char *from = text; text && *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' &&
		    from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	if (text)
		*to = '\0';
	return text;
}

static bool number(const char *text, size_t len, unsigned *out)
{
	uint64_t value;

	if (!text || !rv_str_u64(text, len, UINT32_MAX, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

static bool device(const char *text, dev_t *out)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	unsigned major, minor;

	if (!colon || !number(text, (size_t)(colon - text), &major) || !number(colon + 1, strlen(colon + 1), &minor))
		return false;
	*out = makedev(major, minor);
	return true;
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static bool parse_line(char *at, struct rv_mountinfo *out)
{
	char *w = word(&at);

	if (!w || !number(w, strlen(w), &out->id))
		return false;
	w = word(&at);
	if (!w || !number(w, strlen(w), &out->parent) || !device(word(&at), &out->dev))
		return false;
	out->root = unescape(word(&at));
	out->point = unescape(word(&at));
	w = word(&at);
	if (!out->root || !out->point || out->point[0] != '/' || !w)
		return false;
	out->ro = rv_str_starts(w, "ro") && (!w[2] || w[2] == ',');
	while ((w = word(&at)) && strcmp(w, "-")) {
		out->shared |= rv_str_starts(w, "shared:");
		out->slave |= rv_str_starts(w, "master:");
	}
	out->fs_type = w ? unescape(word(&at)) : NULL;
	out->source = unescape(word(&at));
	out->options = word(&at);
	if (!out->source)
		out->source = "";
	if (!out->options)
		out->options = "";
	return out->fs_type != NULL;
}

int rv_mountinfo_parse(const char *text, size_t len, struct rv_arena *arena, struct rv_mountinfos *out, struct rv_err *err)
{
	struct rv_mountinfos all = { 0 };
	char *copy = rv_arena_strndup(arena, text, len);
	size_t lines = 0;

	for (const char *p = text; (p = memchr(p, '\n', len - (size_t)(p - text))); p++)
		lines++;
	all.item = rv_arena_alloc(arena, (lines + 1) * sizeof(*all.item));
	if (!copy || !all.item)
		return rv_err_nomem(err);
	if (memchr(text, '\0', len))
		return rv_err(err, RV_ESYSTEM, "mountinfo holds a NUL byte");
	for (char *at = copy, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		if (end)
			*end = '\0';
		if (!end || !parse_line(at, &all.item[all.count]))
			return rv_err(err, RV_ESYSTEM, "line %zu of mountinfo cannot be read", all.count + 1);
		all.count++;
	}
	*out = all;
	return 0;
}

/* ---- finding ---- */

const struct rv_mountinfo *rv_mountinfo_of(const struct rv_mountinfos *mounts, const char *path)
{
	const struct rv_mountinfo *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < mounts->count; i++) {
		size_t len = strlen(mounts->item[i].point);

		if (len >= longest && rv_path_under(path, mounts->item[i].point)) {
			best = &mounts->item[i];
			longest = len;
		}
	}
	return best;
}

const struct rv_mountinfo *rv_mountinfo_by_id(const struct rv_mountinfos *mounts, unsigned id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->item[i].id == id)
			return &mounts->item[i];
	return NULL;
}

/* ---- what a recursive bind brings along ---- */

struct below {
	struct slot {
		const struct rv_mountinfo *mount;
		bool taken;
	} * slot;
	size_t count;
	const struct rv_mountinfo **out;
	size_t found;
};

/* By parent, then a directory before what lies in it, then as they were mounted. */
static int by_parent(const void *a, const void *b)
{
	const struct rv_mountinfo *x = ((const struct slot *)a)->mount, *y = ((const struct slot *)b)->mount;
	int order;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	order = rv_path_cmp(x->point, y->point);
	return order ? order : x < y ? -1 : 1;
}

static size_t first_of(const struct below *b, unsigned parent)
{
	size_t low = 0, high = b->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (b->slot[middle].mount->parent < parent)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The mount on top of those stacked at one place: each lies on the root of the one before. */
static const struct rv_mountinfo *surface(struct below *b, const struct rv_mountinfo *mount)
{
	struct slot *upper;

	do {
		upper = NULL;
		for (size_t i = first_of(b, mount->id); i < b->count && b->slot[i].mount->parent == mount->id; i++)
			if (!b->slot[i].taken && !strcmp(b->slot[i].mount->point, mount->point))
				upper = &b->slot[i];
		if (upper) {
			upper->taken = true;
			mount = upper->mount;
		}
	} while (upper);
	return mount;
}

/* The mounts in parent, but for those whose mount points another one has covered. */
static void add_children(struct below *b, const struct rv_mountinfo *parent)
{
	const char *cover = NULL;

	for (size_t i = first_of(b, parent->id); i < b->count && b->slot[i].mount->parent == parent->id; i++) {
		const struct rv_mountinfo *mount = b->slot[i].mount;

		if (b->slot[i].taken || !strcmp(mount->point, parent->point))
			continue;
		if (cover && strcmp(mount->point, cover) && rv_path_under(mount->point, cover))
			continue;
		cover = mount->point;
		b->slot[i].taken = true;
		b->out[b->found++] = surface(b, mount);
	}
}

const struct rv_mountinfo **rv_mountinfo_below(const struct rv_mountinfos *mounts, const struct rv_mountinfo *top,
					       const char *path, struct rv_arena *arena)
{
	struct below b = { 0 };

	for (size_t i = 0; i < mounts->count; i++)
		b.count += rv_path_under(mounts->item[i].point, path) && strcmp(mounts->item[i].point, path);
	b.out = rv_arena_alloc(arena, (b.count + 1) * sizeof(*b.out));
	b.slot = rv_arena_alloc(arena, (b.count + 1) * sizeof(*b.slot));
	if (!b.out || !b.slot || !b.count)
		return b.slot ? b.out : NULL;
	b.count = 0;
	for (size_t i = 0; i < mounts->count; i++)
		if (rv_path_under(mounts->item[i].point, path) && strcmp(mounts->item[i].point, path))
			b.slot[b.count++].mount = &mounts->item[i];
	qsort(b.slot, b.count, sizeof(*b.slot), by_parent);
	add_children(&b, top);
	for (size_t i = 0; i < b.found; i++)
		add_children(&b, b.out[i]);
	return b.out;
}

/* ---- layers ---- */

/* Directories of one option, apart by ':' unless a backslash stands before it. */
static size_t split_layers(char *list, const char **out)
{
	size_t count = 0;
	char *to = list, *start = list;

	for (char *from = list;; from++) {
		if (*from == '\\' && from[1]) {
			*to++ = *++from;
			continue;
		}
		if (*from && *from != ':') {
			*to++ = *from;
			continue;
		}
		if (to != start)
			out[count++] = start;
		if (!*from) {
			*to = '\0';
			return count;
		}
		*to++ = '\0';
		start = to;
	}
}

const char *const *rv_mountinfo_layers(const char *options, struct rv_arena *arena)
{
	static const char *const keys[] = { "lowerdir=", "lowerdir+=", "datadir+=", "upperdir=", "workdir=" };
	size_t room = 2, count = 0;
	char *copy = rv_arena_strdup(arena, options), *rest, *option;
	const char **out;

	for (const char *p = options; *p; p++)
		room += *p == ',' || *p == ':';
	out = rv_arena_alloc(arena, room * sizeof(*out));
	if (!copy || !out)
		return NULL;
	for (option = strtok_r(copy, ",", &rest); option; option = strtok_r(NULL, ",", &rest))
		for (size_t i = 0; i < RV_COUNT(keys); i++)
			if (rv_str_starts(option, keys[i]))
				count += split_layers(unescape(option + strlen(keys[i])), out + count);
	return out;
}
