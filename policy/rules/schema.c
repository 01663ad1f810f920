/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar as JSON Schema 2020-12, for editors. What it cannot say (a looser value in "set", names that exist) is left to
 * reevectl policy check. */
#include <inttypes.h>

#include "rules/source.h"

static void put_doc(struct rv_buf *out, const char *doc)
{
	if (!doc)
		return;
	rv_buf_adds(out, ",\"description\":");
	rv_put_str(out, doc);
}

static void put_enum(struct rv_buf *out, const char *const *words)
{
	rv_buf_adds(out, "\"enum\":[");
	for (size_t i = 0; words[i]; i++) {
		rv_buf_adds(out, i ? "," : "");
		rv_put_str(out, words[i]);
	}
	rv_buf_adds(out, "]");
}

static void put_form(struct rv_buf *out, const struct rv_form *form);

#define NAME "\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$\""
#define GLOBS "\"type\":[\"string\",\"array\"],\"minLength\":1,\"minItems\":1,\"items\":{\"type\":\"string\",\"minLength\":1}"
#define PATH "{\"type\":\"string\",\"pattern\":\"^/\"}"

static void put_field(struct rv_buf *out, const struct rv_field *f)
{
	static const char *const fixed[] = {
		[RV_FIELD_TEXT] = "\"type\":\"string\",\"minLength\":1",
		[RV_FIELD_NAME] = NAME,
		[RV_FIELD_PATH] = "\"type\":\"string\",\"pattern\":\"^/\"",
		[RV_FIELD_PATHS] = "\"type\":\"array\",\"items\":" PATH,
		[RV_FIELD_GLOB] = "\"type\":\"string\",\"pattern\":\"^(/|\\\\*\\\\*$)\"",
		[RV_FIELD_SOURCE] =
			"\"type\":\"string\",\"pattern\":\"^(/|\\\\*\\\\*$|\\\\{(kubelet|containerd|docker|containers)\\\\}(/|$))\"",
		[RV_FIELD_STRINGS] = "\"type\":\"array\",\"items\":{\"type\":\"string\"}",
		[RV_FIELD_GLOBS] = GLOBS,
		[RV_FIELD_DATE] = "\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"",
		[RV_FIELD_SECONDS] = "\"type\":\"string\",\"pattern\":\"^[1-9][0-9]*[smhd]$\"",
		[RV_FIELD_FLAG] = "\"type\":\"boolean\"",
		[RV_FIELD_WHEN] = "\"$ref\":\"#/$defs/when\"",
		[RV_FIELD_LISTS] = "\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"items\":"
				   "{\"type\":\"string\",\"pattern\":\"^[^!]\"}}",
		[RV_FIELD_DEFINE] = "\"$ref\":\"#/$defs/define\"",
		[RV_FIELD_TIGHTEN] = "\"$ref\":\"#/$defs/tighten\"",
		[RV_FIELD_WIDEN] = "\"$ref\":\"#/$defs/widen\"",
	};

	rv_buf_adds(out, "{");
	switch (f->kind) {
	case RV_FIELD_WORD:
		put_enum(out, f->words);
		break;
	case RV_FIELD_BYTES:
		rv_buf_addf(out, "\"type\":\"integer\",\"minimum\":1,\"maximum\":%u", RV_JSON_MAX);
		break;
	case RV_FIELD_COUNT:
		rv_buf_addf(out, "\"type\":\"integer\",\"minimum\":1,\"maximum\":%llu", RV_COUNT_MAX);
		break;
	case RV_FIELD_FORM:
		rv_buf_adds(out, "\"allOf\":[");
		put_form(out, f->form);
		rv_buf_adds(out, "]");
		break;
	case RV_FIELD_FORMS:
		rv_buf_adds(out, "\"type\":\"array\",\"items\":");
		put_form(out, f->form);
		break;
	case RV_FIELD_NAME_OR_FORM:
		rv_buf_adds(out, "\"anyOf\":[{" NAME "},");
		put_form(out, f->form);
		rv_buf_adds(out, "]");
		break;
	default:
		rv_buf_adds(out, fixed[f->kind]);
	}
	put_doc(out, f->doc);
	rv_buf_adds(out, "}");
}

static void put_form(struct rv_buf *out, const struct rv_form *form)
{
	bool first = true;

	rv_buf_adds(out, "{\"type\":\"object\",\"additionalProperties\":false");
	put_doc(out, form->doc);
	rv_buf_adds(out, ",\"properties\":{");
	for (const struct rv_field *f = form->field; f->name; f++) {
		rv_buf_addf(out, "%s\n\"%s\":", f == form->field ? "" : ",", f->name);
		put_field(out, f);
	}
	if (form->member) {
		rv_buf_adds(out, ",\"mount\":{\"$ref\":\"#/$defs/widen/properties/mount\"}");
		for (const struct rv_family *const *f = rv_families; *f; f++)
			rv_buf_addf(out, ",\"%s\":{\"$ref\":\"#/$defs/widen/properties/%s\"}", (*f)->name, (*f)->name);
	}
	rv_buf_adds(out, "},\"required\":[");
	for (const struct rv_field *f = form->field; f->name; f++) {
		if (f->required) {
			rv_buf_addf(out, "%s\"%s\"", first ? "" : ",", f->name);
			first = false;
		}
	}
	rv_buf_adds(out, "]}");
}

static void put_numbers(struct rv_buf *out, const struct rv_setting *s)
{
	uint64_t max = s->max ? s->max : UINT64_MAX >> 1;

	rv_buf_adds(out, "\"type\":\"integer\"");
	if (s->type != RV_SET_MIN_INT)
		rv_buf_adds(out, ",\"minimum\":0");
	else if (s->max)
		rv_buf_addf(out, ",\"minimum\":-%" PRIu64, s->max);
	rv_buf_addf(out, ",\"maximum\":%" PRIu64, max);
}

static void put_type(struct rv_buf *out, const struct rv_setting *s)
{
	switch (s->type) {
	case RV_SET_WORD:
		put_enum(out, s->words);
		break;
	case RV_SET_FLAG:
		rv_buf_adds(out, "\"type\":\"boolean\"");
		break;
	case RV_SET_MAX:
	case RV_SET_MIN:
	case RV_SET_MIN_INT:
	case RV_SET_DEFAULT:
		put_numbers(out, s);
		break;
	case RV_SET_IDS:
		rv_buf_adds(out, "\"type\":\"string\",\"pattern\":\"^[1-9][0-9]*:[1-9][0-9]*$\"");
		break;
	case RV_SET_ALLOW:
	case RV_SET_DENY:
	case RV_SET_SUPPLY:
		rv_buf_adds(out, "\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":\"^[^!]\"}");
		break;
	case RV_SET_MOUNTS:
		rv_buf_adds(out, "\"type\":\"array\",\"items\":");
		put_form(out, &rv_form_mount);
		break;
	case RV_SET_HOOKS:
		rv_buf_adds(out, "\"type\":\"array\",\"items\":");
		put_form(out, &rv_form_hook);
		break;
	case RV_SET_ACTIONS:
		put_enum(out, rv_action_names);
		break;
	case RV_SET_LIMITS:
		rv_buf_adds(out, "\"type\":\"object\",\"propertyNames\":{");
		put_enum(out, rv_rlimit_names);
		rv_buf_addf(out, "},\"additionalProperties\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":%" PRIu64 "}", UINT64_MAX);
		break;
	}
}

static void put_setting(struct rv_buf *out, const struct rv_setting *s)
{
	rv_buf_adds(out, "{");
	put_type(out, s);
	put_doc(out, s->doc);
	rv_buf_adds(out, "}");
}

static void put_settings(struct rv_buf *out, const struct rv_family *family, enum rv_field_kind how)
{
	const struct rv_setting *others = NULL;
	bool first = true;

	rv_buf_adds(out, "{\"type\":\"object\"");
	put_doc(out, family->doc);
	rv_buf_adds(out, ",\"properties\":{");
	for (const struct rv_setting *s = family->settings; s->name; s++) {
		if (s->type == RV_SET_ACTIONS)
			others = s;
		if (s == others || (how == RV_FIELD_TIGHTEN && (s->type == RV_SET_MOUNTS || s->type == RV_SET_HOOKS)))
			continue;
		rv_buf_addf(out, "%s\n\"%s\":", first ? "" : ",", s->name);
		put_setting(out, s);
		first = false;
	}
	rv_buf_adds(out, "},\"additionalProperties\":");
	if (others)
		put_setting(out, others);
	else
		rv_buf_adds(out, "false");
	rv_buf_adds(out, "}");
}

static void put_families(struct rv_buf *out, const char *name, enum rv_field_kind how)
{
	rv_buf_addf(out, ",\n\"%s\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", name);
	for (const struct rv_family *const *f = rv_families; *f; f++) {
		const struct rv_setting *allowed = how == RV_FIELD_WIDEN ? rv_setting_find(*f, "allowed") : NULL;

		rv_buf_addf(out, "%s\n\"%s\":", f == rv_families ? "" : ",", (*f)->name);
		if (allowed) {
			rv_buf_adds(out, "{\"anyOf\":[{");
			put_type(out, allowed);
			rv_buf_adds(out, "},");
		}
		put_settings(out, *f, how);
		if (allowed)
			rv_buf_adds(out, "]}");
	}
	if (how == RV_FIELD_WIDEN) {
		rv_buf_adds(out, ",\n\"mount\":");
		put_form(out, &rv_form_mount);
	}
	rv_buf_adds(out, "}}");
}

static void put_cond(struct rv_buf *out, const struct rv_field_how *how)
{
	bool numbers = how->type == RV_COND_PORT || how->type == RV_COND_NUMBER;
	const char *item = numbers ? "\"type\":[\"string\",\"integer\"]" : "\"type\":\"string\",\"minLength\":1";

	if (how->type == RV_COND_FLAG || how->type == RV_COND_UPPER)
		rv_buf_adds(out, "\"type\":\"boolean\"");
	else
		rv_buf_addf(out, "\"anyOf\":[{%s},{\"type\":\"array\",\"minItems\":1,\"items\":{%s}}]", item, item);
}

static void put_when(struct rv_buf *out)
{
	bool first = true;

	rv_buf_adds(out, ",\n\"conditions\":{\"type\":\"object\",\"additionalProperties\":false,\"minProperties\":1,\"properties\":{");
	for (size_t i = 0; rv_event_fields[i].name; i++) {
		if (rv_field_hows[i].type == RV_COND_NONE)
			continue;
		rv_buf_addf(out, "%s\n\"%s\":{", first ? "" : ",", rv_event_fields[i].name);
		put_cond(out, &rv_field_hows[i]);
		put_doc(out, rv_event_fields[i].doc);
		rv_buf_adds(out, "}");
		first = false;
	}
	rv_buf_adds(out, "}},\n\"when\":{\"anyOf\":[{\"$ref\":\"#/$defs/conditions\"},{\"type\":\"array\",\"minItems\":1,"
			 "\"items\":{\"$ref\":\"#/$defs/conditions\"}}]}");
}

void rv_policy_schema(struct rv_buf *out)
{
	static const struct { const char *name; const struct rv_form *form; } files[] = {
		{ "policy", &rv_form_policy }, { "profile", &rv_form_profile }, { "grant", &rv_form_grant },
		{ "node", &rv_form_node },
		{ "detections", &rv_form_detections } };

	rv_buf_adds(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n\"title\":\"reeve policy files\",\n"
			 "\"anyOf\":[");
	for (size_t i = 0; i < RV_COUNT(files); i++)
		rv_buf_addf(out, "%s{\"$ref\":\"#/$defs/%s\"}", i ? "," : "", files[i].name);
	rv_buf_adds(out, "],\n\"$defs\":{");
	for (size_t i = 0; i < RV_COUNT(files); i++) {
		rv_buf_addf(out, "%s\n\"%s\":", i ? "," : "", files[i].name);
		put_form(out, files[i].form);
	}
	put_families(out, "define", RV_FIELD_DEFINE);
	put_families(out, "tighten", RV_FIELD_TIGHTEN);
	put_families(out, "widen", RV_FIELD_WIDEN);
	put_when(out);
	rv_buf_adds(out, "\n}}\n");
}
