/* SPDX-License-Identifier: Apache-2.0 */
#include "reeve/mountinfo.h"

#include <string.h>
#include <sys/sysmacros.h>

/* The next word of a line; *at moves behind it. NULL at the line's end. */
static const char *word(const char **at, const char *end, size_t *len)
{
	const char *start = *at;

	while (start < end && *start == ' ')
		start++;
	*at = start;
	while (*at < end && **at != ' ')
		(*at)++;
	*len = (size_t)(*at - start);
	return *len ? start : NULL;
}

/* Blank, tab, newline and backslash stand there as \ooo. */
static char *unescape(struct rv_arena *arena, const char *text, size_t len)
{
	char *out = rv_arena_strndup(arena, text, len), *to = out;

	if (!out)
		return NULL;
	for (const char *from = out; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' &&
		    from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return out;
}

static bool number(const char *text, size_t len, unsigned *out)
{
	uint64_t value;

	if (!text || !rv_str_u64(text, len, UINT32_MAX, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

static bool device(const char *text, size_t len, dev_t *out)
{
	const char *colon = text ? memchr(text, ':', len) : NULL;
	unsigned major, minor;

	if (!colon || !number(text, (size_t)(colon - text), &major) ||
	    !number(colon + 1, len - (size_t)(colon - text) - 1, &minor))
		return false;
	*out = makedev(major, minor);
	return true;
}

static bool starts(const char *text, size_t len, const char *prefix)
{
	return len >= strlen(prefix) && !memcmp(text, prefix, strlen(prefix));
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static bool parse_line(const char *at, const char *end, struct rv_arena *arena, struct rv_mountinfo *out)
{
	size_t len;
	const char *w = word(&at, end, &len);

	if (!number(w, len, &out->id))
		return false;
	w = word(&at, end, &len);
	if (!number(w, len, &out->parent))
		return false;
	w = word(&at, end, &len);
	if (!device(w, len, &out->dev))
		return false;
	w = word(&at, end, &len);
	out->root = w ? unescape(arena, w, len) : NULL;
	w = word(&at, end, &len);
	out->point = w ? unescape(arena, w, len) : NULL;
	w = word(&at, end, &len);
	if (!out->root || !out->point || !w)
		return false;
	out->ro = len >= 2 && !memcmp(w, "ro", 2) && (len == 2 || w[2] == ',');
	while ((w = word(&at, end, &len)) && !(len == 1 && *w == '-')) {
		out->shared |= starts(w, len, "shared:");
		out->slave |= starts(w, len, "master:");
	}
	if (!w)
		return false;
	w = word(&at, end, &len);
	out->fs_type = w ? unescape(arena, w, len) : NULL;
	w = word(&at, end, &len);
	out->source = w ? unescape(arena, w, len) : "";
	return out->fs_type && out->source;
}

int rv_mountinfo_parse(const char *text, size_t len, struct rv_arena *arena, struct rv_mountinfos *out, struct rv_err *err)
{
	struct rv_mountinfos all = { 0 };
	size_t lines = 0;

	for (const char *p = text; (p = memchr(p, '\n', len - (size_t)(p - text))); p++)
		lines++;
	all.item = rv_arena_alloc(arena, (lines + 1) * sizeof(*all.item));
	for (const char *at = text, *end; all.item && at < text + len; at = end + 1) {
		end = memchr(at, '\n', len - (size_t)(at - text));
		if (!end || !parse_line(at, end, arena, &all.item[all.count]))
			return arena->failed ? rv_err_nomem(err) :
					       rv_err(err, RV_ESYSTEM, "line %zu of mountinfo cannot be read", all.count + 1);
		all.count++;
	}
	if (arena->failed)
		return rv_err_nomem(err);
	*out = all;
	return 0;
}

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
