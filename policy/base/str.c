/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <string.h>

#include "reeve/base.h"

bool rv_str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool rv_str_u64(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (len == 0 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s[i] - '0'), &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

#define NEAREST_MAX 63

/* Optimal string alignment distance: as Levenshtein's, with swapped neighbours as one step. */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t row[3][NEAREST_MAX + 2];

	for (size_t j = 0; j <= blen; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[alen % 3][blen];
}

const char *rv_str_nearest(const char *word, const char *(*next)(void *ctx, size_t i), void *ctx)
{
	const char *best = NULL, *candidate;
	size_t len = strlen(word), limit = len / 3 > 2 ? len / 3 : 2, best_at = limit + 1;

	if (len > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; (candidate = next(ctx, i)); i++) {
		size_t clen = strlen(candidate), d;

		if (clen > NEAREST_MAX)
			continue;
		d = distance(word, len, candidate, clen);
		/* a distance as long as the word itself would suggest anything for anything */
		if (d < best_at && d < len && d < clen) {
			best_at = d;
			best = candidate;
		}
	}
	return best;
}

size_t rv_str_unprintable(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;

	if (!*c)
		return 0;
	if (*c < 0x20 || *c == 0x7f)
		return 1;
	/* U+0080 to U+009F, U+061C */
	if ((*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) || (*c == 0xd8 && c[1] == 0x9c))
		return 2;
	/* U+200E, U+200F, U+2028 to U+202E; U+2066 to U+2069 */
	if (*c == 0xe2 && c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae)))
		return 3;
	return *c == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9 ? 3 : 0;
}

void rv_buf_add_printable(struct rv_buf *b, const char *s)
{
	while (*s) {
		size_t hidden = rv_str_unprintable(s);

		if (!hidden)
			rv_buf_addc(b, *s++);
		for (; hidden && *s; hidden--)
			rv_buf_addf(b, "\\x%02x", (unsigned char)*s++);
	}
}

bool rv_utf8_valid(const char *text, size_t len, size_t *bad)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0;

	while (i < len) {
		unsigned char c = s[i];
		size_t more;
		uint32_t cp, least;
		uint64_t eight;

		/* Documents are ASCII but for a few bytes: this is a quarter of the time to read one. */
		if (len - i >= sizeof(eight)) {
			memcpy(&eight, s + i, sizeof(eight));
			if (!(eight & UINT64_C(0x8080808080808080))) {
				i += sizeof(eight);
				continue;
			}
		}
		if (c < 0x80) {
			i++;
			continue;
		}
		if ((c & 0xe0) == 0xc0) {
			more = 1, cp = c & 0x1f, least = 0x80;
		} else if ((c & 0xf0) == 0xe0) {
			more = 2, cp = c & 0x0f, least = 0x800;
		} else if ((c & 0xf8) == 0xf0) {
			more = 3, cp = c & 0x07, least = 0x10000;
		} else {
			goto invalid;
		}
		if (more > len - i - 1)
			goto invalid;
		for (size_t k = 1; k <= more; k++) {
			if ((s[i + k] & 0xc0) != 0x80)
				goto invalid;
			cp = cp << 6 | (s[i + k] & 0x3f);
		}
		if (cp < least || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
			goto invalid;
		i += more + 1;
	}
	return true;
invalid:
	if (bad)
		*bad = i;
	return false;
}

#define GLOB_PART_MAX 256

static bool part_match(const char *pattern, size_t plen, const char *text, size_t tlen)
{
	char p[GLOB_PART_MAX], t[GLOB_PART_MAX];
	size_t same = 0;

	if (plen >= sizeof(p) || tlen >= sizeof(t))
		return false;
	/* most patterns have no wildcard or end in one, and most texts differ before it */
	for (; same < plen && !strchr("*?[\\", pattern[same]); same++)
		if (same >= tlen || pattern[same] != text[same])
			return false;
	if (same == plen)
		return plen == tlen;
	if (pattern[same] == '*' && same + 1 == plen)
		return true;
	memcpy(p, pattern, plen);
	p[plen] = '\0';
	memcpy(t, text, tlen);
	t[tlen] = '\0';
	return fnmatch(p, t, 0) == 0;
}

/* Parts between slashes go to fnmatch; only `**` is ours. With one remembered `**` to come back to, the cost is bounded by the
 * product of the two lengths. */
bool rv_glob(const char *pattern, const char *text)
{
	const char *star_pattern = NULL, *star_text = NULL;

	for (;;) {
		size_t plen = strcspn(pattern, "/"), tlen = strcspn(text, "/");

		if (plen == 2 && pattern[0] == '*' && pattern[1] == '*') {
			if (!pattern[2])
				return true;
			star_pattern = pattern += 3;
			star_text = text;
			continue;
		}
		if (part_match(pattern, plen, text, tlen) && !pattern[plen] == !text[tlen]) {
			if (!pattern[plen])
				return true;
			pattern += plen + 1;
			text += tlen + 1;
			continue;
		}
		if (!star_pattern)
			return false;
		star_text += strcspn(star_text, "/");
		if (!*star_text)
			return false;
		text = ++star_text;
		pattern = star_pattern;
	}
}

char *rv_path_clean(struct rv_arena *a, const char *path)
{
	char *out = path[0] == '/' ? rv_arena_alloc(a, strlen(path) + 2) : NULL;
	size_t len = 0;

	if (!out)
		return NULL;
	while (*path) {
		size_t n;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (len > 0 && out[--len] != '/')
				;
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
		}
		path += n;
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return out;
}

bool rv_path_under(const char *path, const char *base)
{
	size_t len = strlen(base);

	if (len == 1 && base[0] == '/')
		return path[0] == '/';
	return strncmp(path, base, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

const char *rv_path_rest(const char *path, const char *base)
{
	if (!strcmp(base, "/"))
		return strcmp(path, "/") ? path : path + 1;
	return path + strlen(base);
}

int rv_path_cmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	if (*a == *b)
		return 0;
	/* '/' sorts before every other byte */
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}
