/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the values of settings, by type. */
#include <inttypes.h>

#include "rules/source.h"

const struct rv_family *rv_family_find(const char *name)
{
	for (const struct rv_family *const *f = rv_families; *f; f++)
		if (!strcmp((*f)->name, name))
			return *f;
	return NULL;
}

const struct rv_setting *rv_setting_find(const struct rv_family *family, const char *name)
{
	for (const struct rv_setting *s = family->settings; s->name; s++)
		if (!strcmp(s->name, name) || s->type == RV_SET_ACTIONS)
			return s;
	return NULL;
}

const struct rv_setting *rv_setting_at(size_t index, const struct rv_family **family)
{
	for (const struct rv_family *const *f = rv_families; *f; f++) {
		for (const struct rv_setting *s = (*f)->settings; s->name; s++) {
			if (index-- == 0) {
				*family = *f;
				return s;
			}
		}
	}
	return NULL;
}

static const char *next_setting(void *ctx, size_t i)
{
	const struct rv_family *family = ctx;
	size_t n = 0;

	while (family->settings[n].name)
		n++;
	return i < n ? family->settings[i].name : NULL;
}

static bool read_word(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	const char *word = rv_json_str(at), *fault = word && s->check ? s->check(word) : NULL;

	if (fault) {
		rv_mistake(r, at, "%s: \"%s\": %s", s->name, word, fault);
		return false;
	}
	out->word = rv_reader_word(r, at, s->name, word, s->words);
	return out->word >= 0;
}

/* The family's settings and the detections. */
static const char *next_action(void *ctx, size_t i)
{
	const struct rv_reader *r = ctx;
	size_t n = 0;

	for (const struct rv_setting *s = rv_family_monitor.settings; s->type != RV_SET_ACTIONS; s++, n++)
		if (n == i)
			return s->name;
	return i - n < r->detections->count ? r->detections->name[i - n] : NULL;
}

static bool read_action(struct rv_reader *r, const struct rv_json *at, struct rv_value *out)
{
	const char *word = rv_json_str(at);
	size_t rule = 0;

	out->rule = RV_RULES;
	out->name = rv_arena_strdup(r->arena, at->key);
	while (r->detections && rule < r->detections->count && strcmp(r->detections->name[rule], at->key) != 0)
		rule++;
	if (r->detections && rule == r->detections->count) {
		rv_mistake_key(r, at, "monitor has no setting and there is no detection \"%s\"%s", at->key,
			       rv_reader_suggest(r, at->key, next_action, r));
		return false;
	}
	out->word = rv_reader_word(r, at, at->key, word, rv_action_names);
	if (out->word > RV_ACTION_ALERT && r->detections && !r->detections->kernel[rule]) {
		rv_mistake(r, at,
			   "%s: the kernel cannot decide this detection (a condition of it, or of an exception, is for the monitor), so "
			   "its action can only be off or alert",
			   at->key);
		return false;
	}
	if (r->detections)
		out->rule = rule;
	return out->word >= 0 && out->name;
}

static bool read_number(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	uint64_t max = s->max ? s->max : UINT64_MAX >> 1;

	if (rv_json_u64(at, &out->number) && out->number <= max)
		return true;
	rv_mistake(r, at, "%s takes a whole number from 0 to %" PRIu64, s->name, max);
	return false;
}

static bool read_integer(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	int64_t max = s->max ? (int64_t)s->max : INT64_MAX;

	if (rv_json_i64(at, &out->integer) && out->integer <= max && out->integer >= -max)
		return true;
	rv_mistake(r, at, "%s takes a whole number from %" PRId64 " to %" PRId64, s->name, -max, max);
	return false;
}

static bool read_ids(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	const char *text = rv_json_str(at), *colon = text ? strchr(text, ':') : NULL;
	uint64_t uid, gid;

	if (colon && rv_str_u64(text, (size_t)(colon - text), INT32_MAX - 1, &uid) && uid &&
	    rv_str_u64(colon + 1, strlen(colon + 1), INT32_MAX - 1, &gid) && gid) {
		out->ids[0] = (uint32_t)uid;
		out->ids[1] = (uint32_t)gid;
		return true;
	}
	rv_mistake(r, at, "%s takes \"uid:gid\", each from 1 to %d", s->name, INT32_MAX - 1);
	return false;
}

static bool is_array(struct rv_reader *r, const char *name, const struct rv_json *at)
{
	if (at->type == RV_JSON_ARRAY)
		return true;
	rv_mistake(r, at, "%s takes a list", name);
	return false;
}

static const char *item_fault(const struct rv_setting *s, const char *item)
{
	if (!*item)
		return "empty";
	if (*item == '!')
		return "only match and when take a !";
	return s->check ? s->check(item) : NULL;
}

static bool read_list(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	size_t before = r->mistakes;

	if (!is_array(r, s->name, at))
		return false;
	out->list.item = rv_arena_alloc(r->arena, (rv_json_count(at) + 1) * sizeof(char *));
	if (!out->list.item)
		return false;
	rv_json_each(item, at) {
		const char *text = rv_json_str(item), *fault = text ? item_fault(s, text) : NULL;

		if (!text)
			rv_mistake(r, item, "%s takes strings", s->name);
		else if (fault)
			rv_mistake(r, item, "%s: \"%s\": %s", s->name, text, fault);
		else
			out->list.item[out->list.count++] = rv_arena_strdup(r->arena, text);
	}
	return r->mistakes == before && !r->arena->failed;
}

bool rv_value_mount(struct rv_reader *r, const struct rv_json *at, struct rv_mount_allow *out)
{
	const char *access, *propagation;

	if (!rv_form_check(r, at, &rv_form_mount))
		return false;
	access = rv_json_str(rv_json_get(at, "access"));
	propagation = rv_json_str(rv_json_get(at, "propagation"));
	*out = (struct rv_mount_allow){
		.source = rv_arena_strdup(r->arena, rv_json_str(rv_json_get(at, "source"))),
		.rw = access && !strcmp(access, "rw"),
		.propagation = propagation ? rv_arena_strdup(r->arena, propagation) : "private",
	};
	return !r->arena->failed;
}

static bool read_mounts(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	size_t before = r->mistakes;

	if (!is_array(r, s->name, at))
		return false;
	out->mounts.item = rv_arena_alloc(r->arena, (rv_json_count(at) + 1) * sizeof(*out->mounts.item));
	if (!out->mounts.item)
		return false;
	rv_json_each(item, at)
		if (rv_value_mount(r, item, &out->mounts.item[out->mounts.count]))
			out->mounts.count++;
	return r->mistakes == before && !r->arena->failed;
}

static bool read_hook(struct rv_reader *r, const struct rv_json *at, struct rv_hook_allow *out)
{
	const struct rv_json *args = rv_json_get(at, "args");
	const char *stage = rv_json_str(rv_json_get(at, "stage"));

	if (!rv_form_check(r, at, &rv_form_hook))
		return false;
	*out = (struct rv_hook_allow){
		.path = rv_arena_strdup(r->arena, rv_json_str(rv_json_get(at, "path"))),
		.args = args ? rv_arena_alloc(r->arena, (rv_json_count(args) + 1) * sizeof(char *)) : NULL,
		.stage = stage ? rv_arena_strdup(r->arena, stage) : NULL,
	};
	rv_json_each(arg, args)
		if (out->args)
			out->args[out->arg_count++] = rv_arena_strdup(r->arena, rv_json_str(arg));
	return !r->arena->failed;
}

static bool read_hooks(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	size_t before = r->mistakes;

	if (!is_array(r, s->name, at))
		return false;
	out->hooks.item = rv_arena_alloc(r->arena, (rv_json_count(at) + 1) * sizeof(*out->hooks.item));
	if (!out->hooks.item)
		return false;
	rv_json_each(item, at)
		if (read_hook(r, item, &out->hooks.item[out->hooks.count]))
			out->hooks.count++;
	return r->mistakes == before && !r->arena->failed;
}

/* setrlimit(2) */
const char *const rv_rlimit_names[] = {
	"RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE",
	"RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING",
	"RLIMIT_STACK", NULL };

static bool known_rlimit(const char *name)
{
	for (const char *const *n = rv_rlimit_names; *n; n++)
		if (!strcmp(*n, name))
			return true;
	return false;
}

static bool read_limits(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	size_t before = r->mistakes;

	if (at->type != RV_JSON_OBJECT) {
		rv_mistake(r, at, "%s takes an object of limits by name", s->name);
		return false;
	}
	out->limits.item = rv_arena_alloc(r->arena, (rv_json_count(at) + 1) * sizeof(*out->limits.item));
	if (!out->limits.item)
		return false;
	rv_json_each(item, at) {
		struct rv_limit *limit = &out->limits.item[out->limits.count];

		if (!known_rlimit(item->key))
			rv_mistake_key(r, item, "no such limit \"%s\"%s", item->key,
				       rv_reader_near(r, item->key, rv_rlimit_names));
		else if (!rv_json_u64(item, &limit->max))
			rv_mistake(r, item, "%s takes a whole number from 0", item->key);
		else
			out->limits.count++;
		limit->name = rv_arena_strdup(r->arena, item->key);
	}
	return r->mistakes == before && !r->arena->failed;
}

bool rv_value_read(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out)
{
	*out = (struct rv_value){ 0 };
	switch (s->type) {
	case RV_SET_WORD:
		return read_word(r, s, at, out);
	case RV_SET_FLAG:
		out->flag = rv_json_true(at);
		if (at->type != RV_JSON_BOOL)
			rv_mistake(r, at, "%s takes true or false", s->name);
		return at->type == RV_JSON_BOOL;
	case RV_SET_MAX:
	case RV_SET_MIN:
	case RV_SET_DEFAULT:
		return read_number(r, s, at, out);
	case RV_SET_MIN_INT:
		return read_integer(r, s, at, out);
	case RV_SET_IDS:
		return read_ids(r, s, at, out);
	case RV_SET_ALLOW:
	case RV_SET_DENY:
	case RV_SET_SUPPLY:
		return read_list(r, s, at, out);
	case RV_SET_MOUNTS:
		return read_mounts(r, s, at, out);
	case RV_SET_HOOKS:
		return read_hooks(r, s, at, out);
	case RV_SET_LIMITS:
		return read_limits(r, s, at, out);
	case RV_SET_ACTIONS:
		return read_action(r, at, out);
	}
	return false;
}

static void check_family(struct rv_reader *r, const struct rv_family *family, const struct rv_json *object, enum rv_field_kind how)
{
	struct rv_value value;

	rv_json_each(v, object) {
		const struct rv_setting *s = rv_setting_find(family, v->key);

		if (!s)
			rv_mistake_key(r, v, "%s has no setting \"%s\"%s", family->name, v->key,
				       rv_reader_suggest(r, v->key, next_setting, (void *)(uintptr_t)family));
		else if (rv_value_read(r, s, v, &value) && how == RV_FIELD_TIGHTEN &&
			 (s->type == RV_SET_MOUNTS || s->type == RV_SET_HOOKS))
			rv_mistake_key(r, v, "%s.%s: adds to what is allowed, which belongs into a policy's \"allow\" with a why",
				       family->name, s->name);
	}
}

bool rv_settings_member(struct rv_reader *r, const struct rv_json *member, enum rv_field_kind how)
{
	const struct rv_family *family = rv_family_find(member->key);
	const struct rv_setting *allowed = family && how == RV_FIELD_WIDEN ? rv_setting_find(family, "allowed") : NULL;
	struct rv_mount_allow mount;
	struct rv_value value;

	if (how == RV_FIELD_WIDEN && !strcmp(member->key, "mount")) {
		rv_value_mount(r, member, &mount);
		return true;
	}
	if (!family)
		return false;
	if (member->type == RV_JSON_OBJECT)
		check_family(r, family, member, how);
	else if (allowed && member->type == RV_JSON_ARRAY)
		rv_value_read(r, allowed, member, &value);
	else
		rv_mistake(r, member, "%s takes an object of its settings%s", family->name,
			   allowed ? ", or a list of what is allowed" : "");
	return true;
}
