/* SPDX-License-Identifier: Apache-2.0 */
#include <regex.h>

#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, annotations.field)

static const struct rv_setting settings[] = {
	{ "denied", RV_SET_DENY, SET(denied), .doc = "Globs of annotation names that are not taken." },
	{ "systemd", RV_SET_ALLOW, SET(systemd),
	  .doc = "Properties that may follow org.systemd.property. with a harmless value; others are not taken (CVE-2024-3154). * takes "
		 "all, unjudged." },
	{ "unsafe", RV_SET_WORD, SET(unsafe), .words = rv_words_allow,
	  .doc = "Annotations that the real runtime itself lists as unsafe (features, potentiallyUnsafeConfigAnnotations) and that no "
		 "other setting here speaks of: allow, deny." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation, .doc = "An annotation that is not taken: remove, deny." },
	{ 0 }
};

#define SYSTEMD "org.systemd.property."

/* What CRI-O and podman write there (internal/factory/container/container.go, libpod/container_internal_linux.go); regex(7). */
static const struct {
	const char *property, *value;
} harmless[] = {
	{ "TimeoutStopUSec", "^(uint64 )?[0-9]{1,20}$" },
	{ "KillSignal", "^[0-9]{1,2}$" },
	{ "DefaultDependencies", "^(true|false)$" },
	{ "After", "^\\['[a-z0-9@.-]+\\.service'\\]$" },
	{ "CollectMode", "^'inactive-or-failed'$" },
};

static bool value_matches(const char *pattern, const char *value)
{
	regex_t regex;
	bool hit;

	if (!value || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	hit = !regexec(&regex, value, 0, NULL, 0);
	regfree(&regex);
	return hit;
}

/* A property that an admin listed and that is not in the table may have a number or a truth value. */
static bool is_harmless(const char *property, const char *value)
{
	for (size_t i = 0; i < RV_COUNT(harmless); i++)
		if (!strcmp(harmless[i].property, property))
			return value_matches(harmless[i].value, value);
	return value_matches("^((uint64 |int32 )?[0-9]{1,20}|true|false)$", value);
}

static void judge_property(struct rv_judge *j, const struct rv_json *annotation, const char *pointer)
{
	const char *property = annotation->key + strlen(SYSTEMD), *value = rv_json_str(annotation);

	if (rv_list_has(&j->set->annotations.systemd, "*"))
		return;
	if (!rv_list_has(&j->set->annotations.systemd, property))
		rv_judge_violation(j, j->set->annotations.violation, "annotations.systemd", pointer,
				   rv_judge_ptr(j, "leave it out, or allow \"annotations\": {\"systemd\": [%s]}",
						rv_judge_str(j, property)),
				   "sets the systemd property %s of its scope (CVE-2024-3154)", property);
	else if (!is_harmless(property, value))
		rv_judge_violation(j, j->set->annotations.violation, "annotations.systemd", pointer, "give it a plain value",
				   "sets the systemd property %s to %s (CVE-2024-3154)", property, value ? value : "");
}

/* An annotation's name is one word to a runtime, so a `*` goes over its slashes too. */
static const char *as_word(struct rv_judge *j, const char *text)
{
	char *word = rv_arena_strdup(j->arena, text);

	for (char *at = word; at && (at = strchr(at, '/')); at++)
		*at = '\1';
	return word ? word : "";
}

static bool is_denied(struct rv_judge *j, const char *name)
{
	const struct rv_list *denied = &j->set->annotations.denied;
	struct rv_list words = { .item = rv_arena_alloc(j->arena, (denied->count + 1) * sizeof(char *)) };

	for (size_t i = 0; words.item && i < denied->count; i++)
		words.item[words.count++] = as_word(j, denied->item[i]);
	return rv_list_any(&words, as_word(j, name));
}

/* The runtime's own list. The kind of container is on crun's, and containerd tells it of every pod. */
static bool is_unsafe(const struct rv_judge *j, const char *name)
{
	const char *const *list = j->facts->real.unsafe;

	if (!strcmp(name, "io.kubernetes.cri.container-type"))
		return false;
	for (; list && *list; list++) {
		size_t len = strlen(*list);

		if (len && (*list)[len - 1] == '.' ? rv_str_starts(name, *list) : !strcmp(name, *list))
			return true;
	}
	return false;
}

static void judge(struct rv_judge *j)
{
	rv_json_each(annotation, rv_json_get(j->spec->root, "annotations")) {
		const char *pointer = rv_judge_ptr(j, "/annotations/%s", rv_judge_key(j, annotation->key));

		if (rv_str_starts(annotation->key, SYSTEMD))
			judge_property(j, annotation, pointer);
		else if (is_denied(j, annotation->key))
			rv_judge_violation(j, j->set->annotations.violation, "annotations.denied", pointer,
					   rv_judge_ptr(j, "leave it out, or allow \"annotations\": {\"denied\": [%s]}",
							rv_judge_str(j, annotation->key)),
					   "carries the annotation %s, on which a runtime acts", annotation->key);
		else if (j->set->annotations.unsafe == RV_DENY && is_unsafe(j, annotation->key))
			rv_judge_violation(j, j->set->annotations.violation, "annotations.unsafe", pointer,
					   "leave it out, or allow \"annotations\": {\"unsafe\": \"allow\"}",
					   "carries the annotation %s, which this runtime itself calls unsafe", annotation->key);
	}
}

const struct rv_family rv_family_annotations = {
	.name = "annotations",
	.settings = settings,
	.judge = judge,
	.doc = "Annotations on which a runtime acts.",
};
