/* SPDX-License-Identifier: Apache-2.0 */
/* How a value meets the one that is there: defined, tightened, raised, widened. */
#include <inttypes.h>

#include "rules/source.h"

/* ---- single values: all become one number, greater is stricter ---- */
static int64_t ceiling(uint64_t max)
{
	return max ? -(int64_t)max : INT64_MIN;
}

static int64_t strictness(const struct rv_setting *s, const void *at)
{
	switch (s->type) {
	case RV_SET_WORD:
		return *(const int *)at;
	case RV_SET_FLAG:
		return *(const bool *)at;
	case RV_SET_MAX:
	case RV_SET_DEFAULT:
		return ceiling(*(const uint64_t *)at);
	case RV_SET_MIN:
		return (int64_t)*(const uint64_t *)at;
	default:
		return *(const int64_t *)at;
	}
}

static const void *given(const struct rv_setting *s, const struct rv_value *v)
{
	switch (s->type) {
	case RV_SET_WORD:
		return &v->word;
	case RV_SET_FLAG:
		return &v->flag;
	case RV_SET_MIN_INT:
		return &v->integer;
	default:
		return &v->number;
	}
}

static void store(const struct rv_setting *s, void *at, const struct rv_value *v)
{
	switch (s->type) {
	case RV_SET_WORD:
		*(int *)at = v->word;
		break;
	case RV_SET_FLAG:
		*(bool *)at = v->flag;
		break;
	case RV_SET_MIN_INT:
		*(int64_t *)at = v->integer;
		break;
	default:
		*(uint64_t *)at = v->number;
	}
}

static const char *show(const struct rv_setting *s, const void *at, struct rv_arena *arena)
{
	switch (s->type) {
	case RV_SET_WORD:
		return s->words[*(const int *)at];
	case RV_SET_FLAG:
		return *(const bool *)at ? "true" : "false";
	case RV_SET_MIN_INT:
		return rv_arena_printf(arena, "%" PRId64, *(const int64_t *)at);
	default:
		return rv_arena_printf(arena, "%" PRIu64, *(const uint64_t *)at);
	}
}

static const char *combine_scalar(void *at, const struct rv_setting *s, const struct rv_value *v, enum rv_combine how,
				  struct rv_arena *arena)
{
	int64_t now = strictness(s, at), wanted = strictness(s, given(s, v));

	if (how == RV_COMBINE_TIGHTEN && wanted < now)
		return rv_arena_printf(arena, "%s: loosens %s to %s; put it into \"allow\" with a why", s->name, show(s, at, arena),
				       show(s, given(s, v), arena));
	if (how == RV_COMBINE_DEFINE || how == RV_COMBINE_TIGHTEN || (how == RV_COMBINE_RAISE ? wanted > now : wanted < now))
		store(s, at, v);
	return NULL;
}

static bool scalar(const struct rv_setting *s)
{
	return s->type == RV_SET_WORD || s->type == RV_SET_FLAG || s->type == RV_SET_MAX || s->type == RV_SET_MIN ||
	       s->type == RV_SET_MIN_INT || s->type == RV_SET_DEFAULT;
}

static bool any_looser(const struct rv_actions *a, const struct rv_actions *b)
{
	for (size_t i = 0; i < RV_RULES; i++)
		if (a->action[i] < b->action[i])
			return true;
	return false;
}

const struct rv_setting *rv_settings_looser(const struct rv_settings *a, const struct rv_settings *b)
{
	for (const struct rv_family *const *f = rv_families; *f; f++)
		for (const struct rv_setting *s = (*f)->settings; s->name; s++)
			if (scalar(s) ? strictness(s, (const char *)a + s->offset) < strictness(s, (const char *)b + s->offset)
				      : s->type == RV_SET_ACTIONS && any_looser(&a->monitor.actions, &b->monitor.actions))
				return s;
	return NULL;
}

static const char *combine_action(struct rv_actions *actions, const struct rv_value *v, enum rv_combine how, struct rv_arena *arena)
{
	uint8_t *at = v->rule < RV_RULES ? &actions->action[v->rule] : NULL;

	if (!at)
		return NULL;
	if (how == RV_COMBINE_TIGHTEN && v->word < *at)
		return rv_arena_printf(arena, "%s: loosens %s to %s; put it into \"allow\" with a why", v->name,
				       rv_action_names[*at], rv_action_names[v->word]);
	if (how == RV_COMBINE_DEFINE || how == RV_COMBINE_TIGHTEN || (how == RV_COMBINE_RAISE ? v->word > *at : v->word < *at))
		*at = (uint8_t)v->word;
	actions->asked[v->rule] = true;
	return NULL;
}

/* ---- lists ---- */
static bool holds(const struct rv_list *list, const char *item)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->item[i], item))
			return true;
	return false;
}

/* a followed by what of b it does not have */
static void join(struct rv_list *a, const struct rv_list *b, struct rv_arena *arena)
{
	const char **item = rv_arena_alloc(arena, (a->count + b->count + 1) * sizeof(*item));
	struct rv_list out = { item, 0, a->also };

	if (!item)
		return;
	for (size_t i = 0; i < a->count; i++)
		item[out.count++] = a->item[i];
	for (size_t i = 0; i < b->count; i++)
		if (!holds(&out, b->item[i]))
			item[out.count++] = b->item[i];
	*a = out;
}

/* What is allowed in every list of a chain. */
static void widen_chain(struct rv_list *list, const struct rv_list *more, struct rv_arena *arena)
{
	join(list, more, arena);
	if (list->also) {
		struct rv_list *next = rv_arena_alloc(arena, sizeof(*next));

		if (!next)
			return;
		*next = *list->also;
		widen_chain(next, more, arena);
		list->also = next;
	}
}

/* A glob, or text with inner structure (devices, networks), may well be narrower than what it stands beside: only plain words are judged. */
static bool plain(const char *item)
{
	return !strpbrk(item, "*?[ ");
}

static const char *combine_allow(struct rv_list *list, const struct rv_setting *s, const struct rv_value *v, enum rv_combine how,
				 struct rv_arena *arena)
{
	struct rv_list *outer;

	switch (how) {
	case RV_COMBINE_DEFINE:
		*list = v->list;
		return NULL;
	case RV_COMBINE_WIDEN:
		widen_chain(list, &v->list, arena);
		return NULL;
	default:
		break;
	}
	for (size_t i = 0; how == RV_COMBINE_TIGHTEN && i < v->list.count; i++)
		if (s->check != rv_network_fault && plain(v->list.item[i]) && !rv_list_has(list, v->list.item[i]) && !rv_list_glob(list, v->list.item[i]))
			return rv_arena_printf(arena, "%s: %s is not in the profile's list, and \"set\" only tightens; put it into "
					       "\"allow\" with a why", s->name, v->list.item[i]);
	outer = rv_arena_alloc(arena, sizeof(*outer));
	if (outer) {
		*outer = *list;
		*list = v->list;
		list->also = outer;
	}
	return NULL;
}

static bool taken_out(const struct rv_list *out, const char *item)
{
	return holds(out, item) || rv_list_any(out, item);
}

static void take_out(struct rv_list *list, const struct rv_list *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (!taken_out(out, list->item[i]))
			list->item[kept++] = list->item[i];
	list->count = kept;
}

/* An exception to a glob that stays in the list ("run.oci.x" of "run.oci.*") is kept as "!run.oci.x". */
static void except(struct rv_list *list, const struct rv_list *out, struct rv_arena *arena)
{
	struct rv_list negated = { rv_arena_alloc(arena, (out->count + 1) * sizeof(char *)), 0, NULL };

	for (size_t i = 0; negated.item && i < out->count; i++)
		negated.item[negated.count++] = rv_arena_printf(arena, "!%s", out->item[i]);
	if (!arena->failed)
		join(list, &negated, arena);
}

/* What the floor refuses, no exception takes back. */
static void drop_exceptions(struct rv_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->item[i][0] != '!')
			list->item[kept++] = list->item[i];
	list->count = kept;
}

static void combine_refused(struct rv_list *list, const struct rv_setting *s, const struct rv_value *v, enum rv_combine how,
			    struct rv_arena *arena)
{
	if (how != RV_COMBINE_WIDEN) {
		if (how == RV_COMBINE_RAISE)
			drop_exceptions(list);
		join(list, &v->list, arena);
		return;
	}
	take_out(list, &v->list);
	if (s->type == RV_SET_DENY)
		except(list, &v->list, arena);
}

static struct rv_limit *find_limit(const struct rv_limits *limits, const char *name)
{
	for (size_t i = 0; i < limits->count; i++)
		if (!strcmp(limits->item[i].name, name))
			return &limits->item[i];
	return NULL;
}

static const char *combine_limits(struct rv_limits *limits, const struct rv_setting *s, const struct rv_value *v,
				  enum rv_combine how, struct rv_arena *arena)
{
	struct rv_limit *item = rv_arena_alloc(arena, (limits->count + v->limits.count + 1) * sizeof(*item));

	if (!item)
		return NULL;
	for (size_t i = 0; i < limits->count; i++)
		item[i] = limits->item[i];
	limits->item = item;
	for (size_t i = 0; i < v->limits.count; i++) {
		const struct rv_limit *wanted = &v->limits.item[i];
		struct rv_limit *now = find_limit(limits, wanted->name);

		if (!now) {
			/* no limit is the loosest there is: an exception has nothing to widen */
			if (how != RV_COMBINE_WIDEN)
				limits->item[limits->count++] = *wanted;
			continue;
		}
		if (how == RV_COMBINE_TIGHTEN && wanted->max > now->max)
			return rv_arena_printf(arena, "%s: loosens %s from %" PRIu64 " to %" PRIu64
					       "; put it into \"allow\" with a why", s->name, now->name, now->max, wanted->max);
		if (how == RV_COMBINE_DEFINE || (how == RV_COMBINE_WIDEN) == (wanted->max > now->max))
			now->max = wanted->max;
	}
	return NULL;
}

#define APPEND(a, b, arena) do { \
		typeof((a)->item) both_ = rv_arena_alloc((arena), ((a)->count + (b)->count + 1) * sizeof(*both_)); \
		if (both_) { \
			for (size_t i_ = 0; i_ < (a)->count; i_++) \
				both_[i_] = (a)->item[i_]; \
			for (size_t i_ = 0; i_ < (b)->count; i_++) \
				both_[(a)->count + i_] = (b)->item[i_]; \
			(a)->item = both_; \
			(a)->count += (b)->count; \
		} \
	} while (0)

const char *rv_combine(struct rv_settings *set, const struct rv_setting *s, const struct rv_value *v, enum rv_combine how,
		       struct rv_arena *arena)
{
	void *at = (char *)set + s->offset;

	switch (s->type) {
	case RV_SET_IDS:
		memcpy(at, v->ids, sizeof(v->ids));
		return NULL;
	case RV_SET_ALLOW:
		return combine_allow(at, s, v, how, arena);
	case RV_SET_DENY:
	case RV_SET_SUPPLY:
		combine_refused(at, s, v, how, arena);
		return NULL;
	case RV_SET_LIMITS:
		return combine_limits(at, s, v, how, arena);
	case RV_SET_ACTIONS:
		return combine_action(at, v, how, arena);
	case RV_SET_MOUNTS:
	case RV_SET_HOOKS:
		/* the check of the form has refused it */
		if (how == RV_COMBINE_TIGHTEN || how == RV_COMBINE_RAISE)
			return NULL;
		if (s->type == RV_SET_MOUNTS)
			APPEND((struct rv_mount_allows *)at, &v->mounts, arena);
		else
			APPEND((struct rv_hook_allows *)at, &v->hooks, arena);
		return NULL;
	default:
		return combine_scalar(at, s, v, how, arena);
	}
}

/* ---- a whole object of families ---- */
/* That of a detection's action is made when it is first set. */
static struct rv_origin *origin_of(struct rv_ruleset *rules, size_t offset, const char *name)
{
	for (size_t i = 0; i < rules->origin_count; i++)
		if (rules->origin[i].offset == offset && (!name || (rules->origin[i].name && !strcmp(rules->origin[i].name, name))))
			return &rules->origin[i];
	if (!name || rules->origin_count == rules->origin_room)
		return NULL;
	rules->origin[rules->origin_count] = (struct rv_origin){ .offset = offset, .name = name };
	return &rules->origin[rules->origin_count++];
}

static void set_origin(struct rv_ruleset *rules, const struct rv_setting *s, struct rv_reader *r, const struct rv_json *at,
		       const char *name)
{
	struct rv_origin *o = origin_of(rules, s->offset, name);

	if (!o)
		return;
	o->file = r->file;
	rv_reader_position(r, at->start, &o->line, &o->column);
	o->floor = r->floor;
}

/* A value that had no effect is not where the one that holds comes from. */
static bool took_effect(const struct rv_settings *set, const struct rv_setting *s, const struct rv_value *v)
{
	if (s->type == RV_SET_ACTIONS)
		return v->rule < RV_RULES && set->monitor.actions.action[v->rule] == v->word;
	return !scalar(s) || strictness(s, (const char *)set + s->offset) == strictness(s, given(s, v));
}

static void apply_value(struct rv_ruleset *rules, struct rv_reader *r, const struct rv_family *family, const struct rv_setting *s,
			const struct rv_json *at, enum rv_combine how)
{
	struct rv_value value;
	const char *fault;
	bool ok;

	r->quiet = r->checked;
	ok = rv_value_read(r, s, at, &value);
	r->quiet = false;
	if (!ok)
		return;
	fault = rv_combine(&rules->set, s, &value, how, r->arena);
	if (fault)
		rv_mistake(r, at, "%s.%s", family->name, fault);
	else if (took_effect(&rules->set, s, &value))
		set_origin(rules, s, r, at, value.name);
}

static void apply_mount(struct rv_ruleset *rules, struct rv_reader *r, const struct rv_json *at)
{
	const struct rv_setting *s = rv_setting_find(&rv_family_mounts, "allowed");
	struct rv_mount_allow mount;
	struct rv_value value = { .mounts = { &mount, 1 } };
	bool ok;

	r->quiet = r->checked;
	ok = rv_value_mount(r, at, &mount);
	r->quiet = false;
	if (!ok || !s)
		return;
	rv_combine(&rules->set, s, &value, RV_COMBINE_WIDEN, r->arena);
	set_origin(rules, s, r, at, NULL);
}

void rv_ruleset_apply(struct rv_ruleset *rules, struct rv_reader *r, const struct rv_json *families, enum rv_combine how)
{
	if (!families || families->type != RV_JSON_OBJECT)
		return;
	rv_json_each(member, families) {
		const struct rv_family *family = rv_family_find(member->key);
		const struct rv_setting *s;

		if (how == RV_COMBINE_WIDEN && !strcmp(member->key, "mount"))
			apply_mount(rules, r, member);
		if (!family)
			continue;
		if (member->type == RV_JSON_ARRAY && how == RV_COMBINE_WIDEN && (s = rv_setting_find(family, "allowed")))
			apply_value(rules, r, family, s, member, how);
		else if (member->type == RV_JSON_OBJECT)
			rv_json_each(v, member)
				if ((s = rv_setting_find(family, v->key)))
					apply_value(rules, r, family, s, v, how);
	}
}
