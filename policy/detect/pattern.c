/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of paths: four kinds that the kernel can look up, and any other glob. */
#include "detect/detect.h"

static bool wild(const char *text)
{
	return strpbrk(text, "*?[\\");
}

/* The pattern without its last `len` bytes has no wildcard. */
static bool plain_before(const char *text, size_t len)
{
	return strcspn(text, "*?[\\") >= strlen(text) - len;
}

static bool ends(const char *text, const char *with)
{
	size_t len = strlen(text), n = strlen(with);

	return len >= n && !strcmp(text + len - n, with);
}

enum rv_pattern rv_pattern_of(const char *text)
{
	if (rv_str_starts(text, "**/") && text[3] && !strchr(text + 3, '/') && !wild(text + 3))
		return RV_PATTERN_NAME;
	if (*text != '/' && *text != '@')
		return RV_PATTERN_GLOB;
	if (!wild(text))
		return RV_PATTERN_EXACT;
	if (ends(text, "/**") && plain_before(text, 2))
		return RV_PATTERN_BELOW;
	if (ends(text, "/*") && plain_before(text, 1))
		return RV_PATTERN_IN;
	return RV_PATTERN_GLOB;
}

const char *rv_path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

enum rv_pattern rv_pattern_of_dns(const char *text)
{
	if (!wild(text))
		return RV_PATTERN_EXACT;
	if (rv_str_starts(text, "*.") && !wild(text + 1))
		return RV_PATTERN_BELOW;
	return ends(text, ".*") && plain_before(text, 1) ? RV_PATTERN_BEGINS : RV_PATTERN_GLOB;
}

bool rv_pattern_match(const char *pattern, const char *path)
{
	size_t dir = (size_t)(rv_path_name(path) - path), len = strlen(pattern);

	switch (rv_pattern_of(pattern)) {
	case RV_PATTERN_EXACT:
		return !strcmp(pattern, path);
	case RV_PATTERN_BELOW:
		return !strncmp(pattern, path, len - 2) && path[len - 2];
	case RV_PATTERN_IN:
		return dir == len - 1 && !strncmp(pattern, path, dir);
	case RV_PATTERN_NAME:
		return !strcmp(pattern + 3, path + dir);
	default:
		return rv_glob(pattern, path);
	}
}
