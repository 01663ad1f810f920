/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and values as text. */
#include <inttypes.h>

#include "rules/source.h"

void rv_match_write(struct rv_buf *out, const struct rv_match *match)
{
	bool first = true;

	rv_buf_adds(out, "{");
	for (size_t i = 0; i < RV_MATCH_COUNT; i++) {
		if (!match->list[i].count)
			continue;
		rv_buf_addf(out, "%s\"%s\":[", first ? "" : ",", rv_form_match.field[i].name);
		for (size_t k = 0; k < match->list[i].count; k++) {
			rv_buf_adds(out, k ? "," : "");
			rv_put_str(out, match->list[i].item[k]);
		}
		rv_buf_adds(out, "]");
		first = false;
	}
	rv_buf_adds(out, "}");
}

bool rv_policies_at(const struct rv_policies *p, size_t i, struct rv_arena *arena, struct rv_policy_entry *out)
{
	const struct rv_texts *in = i < p->policy.count ? &p->policy : &p->shipped;
	size_t at = i < p->policy.count ? i : i - p->policy.count;
	rv_autobuf match = { 0 };

	if (at >= in->count)
		return false;
	rv_match_write(&match, &in->item[at].match);
	*out = (struct rv_policy_entry){ .name = in->item[at].name, .file = in->item[at].file, .shipped = in == &p->shipped,
					 .match = rv_arena_strdup(arena, rv_buf_str(&match)) };
	return out->match;
}

static void put_list(struct rv_buf *out, const struct rv_list *list)
{
	for (; list; list = list->also) {
		rv_buf_adds(out, "[");
		for (size_t i = 0; i < list->count; i++) {
			rv_buf_adds(out, i ? ", " : "");
			rv_put_str(out, list->item[i]);
		}
		rv_buf_adds(out, list->also ? "] and " : "]");
	}
}

static void put_mounts(struct rv_buf *out, const struct rv_mount_allows *mounts)
{
	rv_buf_adds(out, "[");
	for (size_t i = 0; i < mounts->count; i++) {
		const struct rv_mount_allow *m = &mounts->item[i];

		rv_buf_adds(out, i ? ", { \"source\": " : "{ \"source\": ");
		rv_put_str(out, m->source);
		rv_buf_addf(out, ", \"access\": \"%s\", \"propagation\": \"%s\" }", m->rw ? "rw" : "ro", m->propagation);
	}
	rv_buf_adds(out, "]");
}

static void put_hooks(struct rv_buf *out, const struct rv_hook_allows *hooks)
{
	rv_buf_adds(out, "[");
	for (size_t i = 0; i < hooks->count; i++) {
		const struct rv_hook_allow *h = &hooks->item[i];
		struct rv_list args = { h->args, h->arg_count, NULL };

		rv_buf_adds(out, i ? ", { \"path\": " : "{ \"path\": ");
		rv_put_str(out, h->path);
		if (h->args) {
			rv_buf_adds(out, ", \"args\": ");
			put_list(out, &args);
		}
		if (h->stage)
			rv_buf_addf(out, ", \"stage\": \"%s\"", h->stage);
		rv_buf_adds(out, " }");
	}
	rv_buf_adds(out, "]");
}

static void put_limits(struct rv_buf *out, const struct rv_limits *limits)
{
	rv_buf_adds(out, "{");
	for (size_t i = 0; i < limits->count; i++)
		rv_buf_addf(out, "%s \"%s\": %" PRIu64, i ? "," : "", limits->item[i].name, limits->item[i].max);
	rv_buf_adds(out, limits->count ? " }" : "}");
}

static void put_actions(struct rv_buf *out, const struct rv_actions *actions)
{
	size_t count = actions->names ? actions->names->count : 0;

	rv_buf_adds(out, "{");
	for (size_t i = 0; i < count; i++)
		rv_buf_addf(out, "%s \"%s\": \"%s\"", i ? "," : "", actions->names->name[i], rv_action_names[actions->action[i]]);
	rv_buf_adds(out, count ? " }" : "}");
}

static void put_value(struct rv_buf *out, const struct rv_setting *s, const void *at)
{
	const uint32_t *ids = at;

	switch (s->type) {
	case RV_SET_WORD:
		rv_put_str(out, s->words[*(const int *)at]);
		break;
	case RV_SET_FLAG:
		rv_buf_adds(out, *(const bool *)at ? "true" : "false");
		break;
	case RV_SET_MAX:
	case RV_SET_MIN:
	case RV_SET_DEFAULT:
		rv_buf_addf(out, "%" PRIu64, *(const uint64_t *)at);
		break;
	case RV_SET_MIN_INT:
		rv_buf_addf(out, "%" PRId64, *(const int64_t *)at);
		break;
	case RV_SET_IDS:
		rv_buf_addf(out, "\"%" PRIu32 ":%" PRIu32 "\"", ids[0], ids[1]);
		break;
	case RV_SET_ALLOW:
	case RV_SET_DENY:
	case RV_SET_SUPPLY:
		put_list(out, at);
		break;
	case RV_SET_MOUNTS:
		put_mounts(out, at);
		break;
	case RV_SET_HOOKS:
		put_hooks(out, at);
		break;
	case RV_SET_LIMITS:
		put_limits(out, at);
		break;
	case RV_SET_ACTIONS:
		put_actions(out, at);
		break;
	}
}

const char *rv_setting_text(const struct rv_settings *set, const struct rv_setting *setting, struct rv_arena *arena)
{
	rv_autobuf out = { 0 };

	put_value(&out, setting, (const char *)set + setting->offset);
	if (out.failed)
		return NULL;
	return rv_arena_strdup(arena, rv_buf_str(&out));
}
