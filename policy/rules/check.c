/* SPDX-License-Identifier: Apache-2.0 */
/* What is well formed in a policy and still wrong, or looks so. */
#include <inttypes.h>

#include "rules/source.h"

#define SOON (14 * 24 * 60 * 60)	/* an exception that ends within this time is told of, in seconds */

/* ---- who may be taken at their word ---- */
static const char *author_key(const struct rv_match *match)
{
	static const int keys[] = { RV_MATCH_POD, RV_MATCH_CONTAINER, RV_MATCH_IMAGE };

	for (size_t i = 0; i < RV_COUNT(keys); i++)
		if (match->list[keys[i]].count)
			return rv_form_match.field[keys[i]].name;
	return NULL;
}

/* A list that names something: no "all but", no `*`. */
static bool names(const struct rv_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i][0] == '!' || rv_match_everything(list->item[i]))
			return false;
	return list->count;
}

static bool anchored(const struct rv_match *match)
{
	return names(&match->list[RV_MATCH_NAMESPACE]) || names(&match->list[RV_MATCH_DIGEST]);
}

static void check_authority(struct rv_opened *o, const struct rv_match *match, const struct rv_settings *enforced,
			    const struct rv_settings *baseline)
{
	const struct rv_json *root = o->reader.doc.root, *at = rv_json_get(root, "match");
	const char *key = author_key(match);
	const struct rv_setting *loose = enforced && baseline ? rv_settings_looser(enforced, baseline) : NULL;

	if (!anchored(match) && key && loose)
		rv_mistake(&o->reader, at, "a policy looser than baseline (%s) goes by \"%s\", which the container's author chooses; "
			   "add a namespace or a digest", loose->name, key);
	rv_json_each(entry, rv_json_get(root, "allow")) {
		const struct rv_json *when = rv_json_get(entry, "when");
		struct rv_match own = rv_match_read(when, o->reader.arena);
		const char *by = author_key(&own) ? author_key(&own) : key;

		if (by && !anchored(match) && !anchored(&own))
			rv_mistake(&o->reader, when ? when : entry, "an exception goes by \"%s\", which the container's author chooses; "
				   "add a namespace or a digest to \"when\" or \"match\"", by);
	}
}

/* ---- exceptions ---- */
static void check_exception(struct rv_reader *r, struct rv_reader *w, const struct rv_json *entry, int64_t now)
{
	const struct rv_json *until = rv_json_get(entry, "until");
	bool any = rv_json_get(entry, "grant");
	int64_t end;

	if (entry->type != RV_JSON_OBJECT)
		return;
	rv_json_each(member, entry)
		any = any || !rv_form_field(&rv_form_exception, member->key);
	if (!any)
		rv_mistake(r, entry, "exception allows nothing: name a grant, a mount or a control family");
	if (!rv_json_str(until) || !rv_date_end(rv_json_str(until), &end))
		return;
	if (now >= end)
		rv_mistake(w, until, "exception has expired on %s and is not applied", rv_json_str(until));
	else if (end - now < SOON)
		rv_mistake(w, until, "exception ends on %s, %" PRId64 " days from now", rv_json_str(until), (end - now) / 86400);
}

/* ---- lists ---- */
static bool seen_before(const struct rv_json *item)
{
	rv_json_each(other, item->parent) {
		if (other == item)
			return false;
		if (rv_json_str(other) && !strcmp(other->str, item->str))
			return true;
	}
	return false;
}

static void check_path(struct rv_reader *w, const struct rv_json *at)
{
	const char *path = rv_json_str(at);
	size_t len = path ? strlen(path) : 0;

	if (!len || *path != '/')
		return;
	if (rv_path_under(path, "/var/run"))
		rv_mistake(w, at, "%s: resolved paths begin with /run, not with /var/run; write %s", path, path + strlen("/var"));
	if (rv_path_under(path, "/var/lock"))
		rv_mistake(w, at, "%s: resolved paths begin with /run/lock, not with /var/lock", path);
	if (len > 1 && path[len - 1] == '*' && strchr("abcdefghijklmnopqrstuvwxyz0123456789", path[len - 2]))
		rv_mistake(w, at, "%s takes in every name that begins so (%.*ss too); %.*s alone takes in what lies below it", path,
			   (int)len - 1, path, (int)len - 1, path);
	if (len > 1 && path[len - 1] == '/')
		rv_mistake(w, at, "%s: a path never ends with /, so this matches nothing", path);
}

/* Everything below v: lists with a name twice, paths that mean something else. */
static void check_values(struct rv_reader *w, const struct rv_json *v)
{
	check_path(w, v);
	if (v->type != RV_JSON_ARRAY && v->type != RV_JSON_OBJECT)
		return;
	rv_json_each(item, v) {
		if (v->type == RV_JSON_ARRAY && rv_json_str(item) && seen_before(item))
			rv_mistake(w, item, "\"%s\" is in the list twice", item->str);
		check_values(w, item);
	}
}

static void check_empty(struct rv_reader *w, const struct rv_json *families, bool widen)
{
	rv_json_each_member(member, families) {
		const struct rv_family *family = rv_family_find(member->key);

		if (family && member->type == RV_JSON_ARRAY && !rv_json_count(member))
			rv_mistake(w, member, "%s: an empty list has no effect", member->key);
		rv_json_each_member(v, family ? member : NULL) {
			const struct rv_setting *s = rv_setting_find(family, v->key);

			/* in a policy's set an empty list of what is allowed allows nothing */
			if (s && v->type == RV_JSON_ARRAY && !rv_json_count(v) && (widen || s->type != RV_SET_ALLOW))
				rv_mistake(w, v, "%s.%s: an empty list has no effect", member->key, v->key);
		}
	}
}

/* Who a container is, a CRI engine tells and no other. */
static void check_identity(struct rv_reader *w, const struct rv_match *match, const struct rv_json *at)
{
	struct rv_facts cri = { .engine = RV_ENGINE_CRI };
	struct rv_match engine = { .list = { [RV_MATCH_ENGINE] = match->list[RV_MATCH_ENGINE] } };

	if (!at || rv_match_test(&engine, &cri) == RV_MATCHED_YES)
		return;
	for (size_t i = 0; i < RV_MATCH_COUNT; i++)
		if (i != RV_MATCH_ENGINE && match->list[i].count)
			rv_mistake(w, rv_json_get(at, rv_form_match.field[i].name), "never holds: the %s is known for engine cri only",
				   rv_form_match.field[i].name);
}

/* What reeve-hook could not enter. */
static void check_networks(struct rv_reader *r, const struct rv_settings *enforced, const struct rv_json *root)
{
	const struct { const char *name; const struct rv_list *list; } lists[] = { { "egress", &enforced->monitor.egress },
										   { "ingress", &enforced->monitor.ingress } };
	const struct rv_json *monitor = rv_json_get(rv_json_get(root, "set"), "monitor");
	struct rv_network_entries entries;
	struct rv_networks networks;
	struct rv_err err;

	for (size_t i = 0; i < RV_COUNT(lists); i++) {
		const struct rv_json *at = rv_json_get(monitor, lists[i].name);
		int rc = rv_networks_resolve(lists[i].list, r->arena, &networks, &err);

		rc = rc ? rc : rv_networks_entries(&networks, r->arena, &entries, &err);
		if (rc == -RV_EPOLICY)
			rv_mistake(r, at ? at : root, "monitor.%s: %s", lists[i].name, err.msg);
	}
}

void rv_check_policy(struct rv_opened *o, const struct rv_match *match, const struct rv_settings *enforced,
		     const struct rv_settings *baseline, int64_t now, struct rv_errs *warnings)
{
	const struct rv_json *root = o->reader.doc.root, *allow = rv_json_get(root, "allow");
	struct rv_reader w = o->reader;

	w.errs = warnings;
	check_authority(o, match, enforced, baseline);
	if (enforced)
		check_networks(&o->reader, enforced, root);
	check_identity(&w, match, rv_json_get(root, "match"));
	check_empty(&w, rv_json_get(root, "set"), false);
	check_values(&w, root);
	rv_json_each(entry, allow) {
		check_exception(&o->reader, &w, entry, now);
		check_empty(&w, entry, true);
	}
}
