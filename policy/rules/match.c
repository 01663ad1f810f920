/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, and which containers a policy or an exception is for. */
#include "rules/source.h"

const char *const rv_engine_names[RV_ENGINE_COUNT + 1] = { "shell", "cri", "containerd", "docker", "podman", NULL };

bool rv_match_everything(const char *item)
{
	return !strcmp(item, "*") || !strcmp(item, "**") || !strcmp(item, "ALL");
}

bool rv_list_has(const struct rv_list *list, const char *word)
{
	for (; list; list = list->also) {
		size_t i = 0;

		while (i < list->count && strcmp(list->item[i], word) != 0 && !rv_match_everything(list->item[i]))
			i++;
		if (i == list->count)
			return false;
	}
	return true;
}

bool rv_list_glob(const struct rv_list *list, const char *text)
{
	for (; list; list = list->also) {
		size_t i = 0;

		while (i < list->count && !rv_match_everything(list->item[i]) && !rv_glob(list->item[i], text))
			i++;
		if (i == list->count)
			return false;
	}
	return true;
}

bool rv_list_any(const struct rv_list *list, const char *text)
{
	bool found = false;

	for (size_t i = 0; i < list->count; i++) {
		const char *item = list->item[i];

		if (*item == '!' && (rv_match_everything(item + 1) || rv_glob(item + 1, text)))
			return false;
		found = found || rv_match_everything(item) || rv_glob(item, text);
	}
	return found;
}

static void add(struct rv_list *list, const char *item, struct rv_arena *arena)
{
	list->item[list->count] = rv_arena_strdup(arena, item);
	list->count += list->item[list->count] != NULL;
}

/* Out of memory the match is wider than it says: whoever uses it looks at the arena. */
struct rv_match rv_match_read(const struct rv_json *object, struct rv_arena *arena)
{
	struct rv_match match = { 0 };

	for (size_t i = 0; i < RV_MATCH_COUNT; i++) {
		const struct rv_json *v = rv_json_get(object, rv_form_match.field[i].name);
		struct rv_list *list = &match.list[i];
		const char *one = rv_json_str(v);

		if (!v)
			continue;
		list->item = rv_arena_alloc(arena, (rv_json_count(v) + 1) * sizeof(char *));
		if (!list->item)
			break;
		if (one)
			add(list, one, arena);
		rv_json_each(item, v)
			if (rv_json_str(item))
				add(list, item->str, arena);
	}
	return match;
}

static bool matches(const struct rv_list *list, const char *text)
{
	bool found = false, positive = false;

	for (size_t i = 0; i < list->count; i++) {
		const char *item = list->item[i];
		bool negated = *item == '!';
		bool hit = rv_match_everything(item + negated) || rv_glob(item + negated, text);

		if (negated && hit)
			return false;
		positive = positive || !negated;
		found = found || hit;
	}
	return found || !positive;
}

enum rv_matched rv_match_test(const struct rv_match *match, const struct rv_facts *facts)
{
	const char *known[RV_MATCH_COUNT] = {
		[RV_MATCH_ENGINE] = rv_engine_names[facts->engine],
		/* others than a CRI engine let users write what looks like a namespace */
		[RV_MATCH_NAMESPACE] = facts->engine == RV_ENGINE_CRI ? facts->name_space : NULL,
		[RV_MATCH_POD] = facts->pod,
		[RV_MATCH_CONTAINER] = facts->container,
		[RV_MATCH_IMAGE] = facts->image,
		[RV_MATCH_DIGEST] = facts->digest,
	};
	bool unknown = false;

	for (size_t i = 0; i < RV_MATCH_COUNT; i++) {
		if (!match->list[i].count)
			continue;
		if (!known[i])
			unknown = true;
		else if (!matches(&match->list[i], known[i]))
			return RV_MATCHED_NO;
	}
	return unknown ? RV_MATCHED_UNKNOWN : RV_MATCHED_YES;
}

static bool list_covers(const struct rv_list *a, const struct rv_list *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->item[i][0] == '!')
			return false;
	for (size_t i = 0; a->count && i < b->count; i++)
		if (b->item[i][0] == '!' || !rv_list_glob(a, b->item[i]))
			return false;
	return !a->count || b->count;
}

bool rv_match_covers(const struct rv_match *a, const struct rv_match *b)
{
	const char *cri[] = { rv_engine_names[RV_ENGINE_CRI] };
	struct rv_match match = *b;

	/* a namespace holds for a CRI engine only */
	if (match.list[RV_MATCH_NAMESPACE].count && !match.list[RV_MATCH_ENGINE].count)
		match.list[RV_MATCH_ENGINE] = (struct rv_list){ cri, 1, NULL };
	for (size_t i = 0; i < RV_MATCH_COUNT; i++)
		if (!list_covers(&a->list[i], &match.list[i]))
			return false;
	return true;
}

int rv_policy_name_cmp(const char *a, const char *b)
{
	while (*a && *b) {
		size_t alen = strspn(a, "0123456789"), blen = strspn(b, "0123456789");

		if (alen && blen) {
			size_t az = strspn(a, "0"), bz = strspn(b, "0");
			int order;

			az -= az == alen;
			bz -= bz == blen;
			if (alen - az != blen - bz)
				return alen - az < blen - bz ? -1 : 1;
			order = strncmp(a + az, b + bz, alen - az);
			if (order)
				return order;
			a += alen;
			b += blen;
		} else if (*a != *b) {
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		} else {
			a++;
			b++;
		}
	}
	return (*a != '\0') - (*b != '\0');
}
