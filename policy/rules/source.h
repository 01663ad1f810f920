/* SPDX-License-Identifier: Apache-2.0 */
/* Private to policy/rules: reading policy, profile, grant and node files, and combining them into rulesets. */
#ifndef REEVE_RULES_SOURCE_H
#define REEVE_RULES_SOURCE_H

#include "detect/detect.h"
#include "json/form.h"
#include "rules/family.h"

extern const struct rv_form rv_form_policy, rv_form_profile, rv_form_grant, rv_form_node;
extern const struct rv_form rv_form_match, rv_form_mount, rv_form_hook, rv_form_exception;
/* Checks what a member named after a family says: settings, values. False when its name is no family. */
bool rv_settings_member(struct rv_reader *r, const struct rv_json *member, enum rv_field_kind how);
/* The same for a whole object of families, and for the source of a mount: rv_field.check. */
void rv_settings_check(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v);
void rv_settings_source(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v);
/* Control families beside the fields of an exception: rv_form.member, rv_form.more. */
bool rv_settings_widen(struct rv_reader *r, const struct rv_json *v);
const char *rv_settings_name(size_t i);

extern const char *const rv_rlimit_names[];	/* setrlimit(2); NULL-terminated */

/* A value of a setting. */
struct rv_value {
	int word;		/* ACTIONS: enum rv_action */
	size_t rule;		/* ACTIONS: number of the detection; RV_RULES: not known */
	const char *name;	/* ACTIONS: its name */
	bool flag;
	uint64_t number;
	int64_t integer;
	uint32_t ids[2];
	struct rv_list list;
	struct rv_mount_allows mounts;
	struct rv_hook_allows hooks;
	struct rv_limits limits;
};
/* False after a mistake. */
bool rv_value_read(struct rv_reader *r, const struct rv_setting *s, const struct rv_json *at, struct rv_value *out);
bool rv_value_mount(struct rv_reader *r, const struct rv_json *at, struct rv_mount_allow *out);

/* ---- combining ---- */
enum rv_combine {
	RV_COMBINE_DEFINE,	/* a profile's set: replaces; deny, supply, mounts, hooks and limits lists are added to */
	RV_COMBINE_TIGHTEN,	/* a policy's set: a looser value is a mistake */
	RV_COMBINE_RAISE,	/* the floor, and a policy's set over its audit profile: a looser value has no effect */
	RV_COMBINE_WIDEN,	/* an exception */
};
/* NULL, or what is wrong (arena text). */
const char *rv_combine(struct rv_settings *set, const struct rv_setting *s, const struct rv_value *v, enum rv_combine how,
		       struct rv_arena *arena);
/* Walks an object of families over a ruleset; mistakes go to r. */
void rv_ruleset_apply(struct rv_ruleset *rules, struct rv_reader *r, const struct rv_json *families, enum rv_combine how);
/* The first single-valued setting in which a is looser than b; NULL when there is none. */
const struct rv_setting *rv_settings_looser(const struct rv_settings *a, const struct rv_settings *b);
const struct rv_family *rv_family_find(const char *name);
const struct rv_setting *rv_setting_find(const struct rv_family *family, const char *name);
/* (RV_SET_ACTIONS of the family when it has no setting of that name.)
 * All settings of all families in order; NULL after the last. */
const struct rv_setting *rv_setting_at(size_t index, const struct rv_family **family);

/* ---- match and when ---- */
enum { RV_MATCH_ENGINE, RV_MATCH_NAMESPACE, RV_MATCH_POD, RV_MATCH_CONTAINER, RV_MATCH_IMAGE, RV_MATCH_DIGEST, RV_MATCH_COUNT };
struct rv_match { struct rv_list list[RV_MATCH_COUNT]; };	/* an empty list matches everything */
enum rv_matched { RV_MATCHED_NO, RV_MATCHED_YES, RV_MATCHED_UNKNOWN };
struct rv_match rv_match_read(const struct rv_json *object, struct rv_arena *arena);
void rv_match_write(struct rv_buf *out, const struct rv_match *match);
enum rv_matched rv_match_test(const struct rv_match *match, const struct rv_facts *facts);

/* `*`, `**` or ALL. */
bool rv_match_everything(const char *item);
/* What b matches, a matches too, as far as their texts tell. */
bool rv_match_covers(const struct rv_match *a, const struct rv_match *b);

/* ---- sources ---- */
enum rv_source_kind { RV_SOURCE_POLICY, RV_SOURCE_PROFILE, RV_SOURCE_GRANT, RV_SOURCE_NODE, RV_SOURCE_DETECTIONS };
struct rv_text {
	enum rv_source_kind kind;
	const char *name, *file, *text;
	size_t len;
	bool embedded;		/* shipped in the program: checked by its tests */
	struct rv_match match;	/* policies */
};
#define RV_ACTIVE_FORMAT 1	/* of the active set; another one is refused */
struct rv_texts { struct rv_text *item; size_t count, room; };

/* Shipped profiles, grants and default policies, made from policy/profiles by the build. */
struct rv_embedded { enum rv_source_kind kind; const char *name, *text; };
extern const struct rv_embedded rv_embedded[];	/* ends with name == NULL */

struct rv_policies {
	struct rv_arena arena;
	struct rv_node node;
	const char *fallback[RV_ENGINE_COUNT];	/* node file's default by engine; NULL: the embedded policies */
	struct rv_text node_text;		/* text NULL: no node file */
	struct rv_texts policy, library;	/* library: profiles and grants, the set's own before the embedded ones */
	struct rv_texts shipped;		/* the embedded default policies */
	struct rv_texts own;			/* detection files beside the shipped ones */
	struct rv_detection_names detections;	/* of both */
};
/* The embedded ones; made by the build. */
extern const struct rv_detection_names rv_shipped_detections;
/* p->detections from the shipped and own files; those of the shipped alone after a mistake. */
int rv_detections_compile(struct rv_policies *p, struct rv_errs *errs);
/* The same in the active set. */
void rv_detections_write(struct rv_buf *out, const struct rv_detection_names *names);
int rv_detections_read(struct rv_policies *p, const struct rv_json *object, struct rv_err *err);
/* What a file of policy.d or detections.d is; its text is copied. False after a mistake. */
bool rv_source_read(const struct rv_source *source, struct rv_arena *arena, struct rv_errs *errs, struct rv_text *out);
/* A fault of JSON in a policy file. */
void rv_err_as_policy(struct rv_err *err, const char *file);
const struct rv_text *rv_policies_find(const struct rv_texts *in, enum rv_source_kind kind, const char *name);
/* False when memory ran out. */
bool rv_texts_add(struct rv_texts *in, const struct rv_text *text, struct rv_arena *arena);
int rv_policies_embedded(struct rv_policies *p, struct rv_err *err);
void rv_node_defaults(struct rv_node *node);
/* From a checked node file. */
void rv_node_read(struct rv_policies *p, const struct rv_json *root);

/* A document opened for a resolution: parsed and checked once. */
struct rv_opened {
	const struct rv_text *text;
	struct rv_reader reader;
	bool broken;
	struct rv_opened *next;
};
struct rv_resolver {
	const struct rv_policies *p;
	const struct rv_facts *facts;	/* NULL: checking; every exception applies */
	struct rv_arena *arena;
	struct rv_errs *errs;
	struct rv_opened *opened;
};
/* NULL when it is no JSON object (reported once); reader.mistakes tells of others. */
struct rv_opened *rv_resolver_open(struct rv_resolver *v, const struct rv_text *text);
void rv_resolver_close(struct rv_resolver *v, struct rv_opened *o);
void rv_resolver_done(struct rv_resolver *v);
/* A policy's or profile's text into *out; mistakes are in v->errs. */
bool rv_resolve(struct rv_resolver *v, const struct rv_text *text, struct rv_policy *out);

/* What a policy says that is well formed but wrong (mistakes) or looks wrong (warnings). */
void rv_check_policy(struct rv_opened *o, const struct rv_match *match, const struct rv_settings *enforced,
		     const struct rv_settings *baseline, int64_t now, struct rv_errs *warnings);

#endif
