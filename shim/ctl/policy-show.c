/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "policy-args.h"
#include "reeve/detect.h"
#include "reeve/json.h"

void rv_policy_print_index(const struct rv_policies *p)
{
	struct rv_policy_entry e;
	struct rv_arena arena = { 0 };

	for (size_t i = 0; rv_policies_at(p, i, &arena, &e); i++)
		printf("%-24s %-24s %s\n", e.name, e.shipped ? "(shipped)" : e.file, e.match);
	rv_arena_done(&arena);
}

static void print_setting(const char *family, const char *name, const char *value, const char *origin)
{
	printf("%s.%s: %s%s%s\n", family, name, value ? value : "", *origin ? "  // " : "", origin);
}

static void print_actions(const struct rv_ruleset *rules, struct rv_arena *arena)
{
	const struct rv_actions *actions = &rules->set.monitor.actions;

	for (size_t i = 0; i < actions->names->count; i++)
		print_setting("monitor", actions->names->name[i], rv_action_names[actions->action[i]],
			      rv_ruleset_origin(rules, "monitor", actions->names->name[i], arena));
}

static void print_rules(const struct rv_ruleset *rules, struct rv_arena *arena)
{
	for (const struct rv_family *const *f = rv_families; *f; f++) {
		for (const struct rv_setting *s = (*f)->settings; s->name; s++) {
			if (s->type == RV_SET_ACTIONS)
				print_actions(rules, arena);
			else
				print_setting((*f)->name, s->name, rv_setting_text(&rules->set, s, arena),
					      rv_ruleset_origin(rules, (*f)->name, s->name, arena));
		}
	}
}

static void print_exception(const struct rv_exception *e)
{
	printf("exception %s:%u: %s", e->file, e->line, e->why ? e->why : "");
	if (e->grant)
		printf(" (grant %s)", e->grant);
	if (e->until)
		printf(" (until %s)", e->until);
	puts(e->expired ? ": expired" : e->unknown ? ": depends on the container" : "");
}

void rv_policy_print(const struct rv_policy *policy, struct rv_arena *arena)
{
	printf("%s (%s:%u)\n", policy->name, policy->file, policy->line);
	for (size_t i = 0; i < policy->exception_count; i++)
		print_exception(&policy->exception[i]);
	printf("\nenforce %s\n", policy->enforce.profile);
	print_rules(&policy->enforce, arena);
	if (!policy->has_audit)
		return;
	printf("\naudit %s\n", policy->audit.profile);
	print_rules(&policy->audit, arena);
}

static const char *next_detection(void *ctx, size_t i)
{
	const struct rv_detections *d = ctx;

	return i < d->count ? d->item[i].name : NULL;
}

static void print_detection(const struct rv_detection *d)
{
	printf("%s (%s:%u)\nrule: %s\ndescription: %s\nevent: %s\npriority: %s\naction: %s\ndecided in the kernel: %s\ntags:", d->name,
	       d->file, d->line, d->rule, d->description, rv_event_names[d->event], rv_priority_names[d->priority],
	       rv_action_names[d->action], d->kernel ? "yes" : "no");
	for (size_t i = 0; i < d->tag_count; i++)
		printf(" %s", d->tags[i]);
	printf("\noutput: %s\n", d->output);
}

int rv_policy_print_detections(const struct rv_policies *p, const char *name, struct rv_err *err)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_detections d;
	const char *near;
	int rc = rv_policies_detections(p, &arena, &d, err);

	for (size_t i = 0; !rc && i < d.count; i++) {
		const struct rv_detection *item = &d.item[i];

		if (!name) {
			printf("%-32s %-8s %-13s %-7s %-8s %s\n", item->name, rv_event_names[item->event],
			       rv_priority_names[item->priority], rv_action_names[item->action], item->kernel ? "kernel" : "monitor",
			       item->rule);
		} else if (!strcmp(item->name, name)) {
			print_detection(item);
			return 0;
		}
	}
	if (rc || !name)
		return rc;
	near = rv_str_nearest(name, next_detection, &d);
	return rv_err(err, RV_EPOLICY, "there is no detection \"%s\"%s%s%s", name, near ? "; did you mean " : "", near ? near : "",
		      near ? "?" : "");
}

/* The entry of that name in a list of a set. */
static const struct rv_json *entry_named(const struct rv_json *list, const char *name)
{
	rv_json_each(entry, list) {
		const char *own = rv_json_str(rv_json_get(entry, "name"));

		if (own && !strcmp(own, name))
			return entry;
	}
	return NULL;
}

static const char *text_of(const struct rv_json *entry, const char *member)
{
	const char *text = rv_json_str(rv_json_get(entry, member));

	return text ? text : "";
}

static size_t print_list(const struct rv_json *before, const struct rv_json *after, const char *what)
{
	size_t changes = 0;

	rv_json_each(entry, after) {
		const struct rv_json *old = entry_named(before, text_of(entry, "name"));

		if (old && !strcmp(text_of(old, "text"), text_of(entry, "text")) &&
		    !strcmp(text_of(old, "file"), text_of(entry, "file")))
			continue;
		printf("%s %s %s (%s)\n", old ? "changed" : "added", what, text_of(entry, "name"), text_of(entry, "file"));
		changes++;
	}
	rv_json_each(entry, before) {
		if (entry_named(after, text_of(entry, "name")))
			continue;
		printf("removed %s %s (%s)\n", what, text_of(entry, "name"), text_of(entry, "file"));
		changes++;
	}
	return changes;
}

void rv_policy_print_changes(const char *before, size_t before_len, const char *after, size_t after_len)
{
	static const char *const lists[][2] = { { "policies", "policy" }, { "profiles", "profile" }, { "grants", "grant" },
						   { "detections", "detections" } };
	rv_autojson old = { 0 }, now = { 0 };
	const char *node[2];
	size_t changes = 0;

	/* a set that was broken is as good as none */
	if (rv_json_parse(&old, before, before_len, RV_JSON_MAX, 0, NULL))
		old.root = NULL;
	if (rv_json_parse(&now, after, after_len, RV_JSON_MAX, 0, NULL))
		return;
	for (size_t i = 0; i < RV_COUNT(lists); i++)
		changes += print_list(rv_json_get(old.root, lists[i][0]), rv_json_get(now.root, lists[i][0]), lists[i][1]);
	node[0] = text_of(rv_json_get(old.root, "node"), "text");
	node[1] = text_of(rv_json_get(now.root, "node"), "text");
	if (strcmp(node[0], node[1]) != 0) {
		printf("%s node file\n", !*node[0] ? "added" : *node[1] ? "changed" : "removed");
		changes++;
	}
	if (!changes)
		puts("no change");
}
