/* SPDX-License-Identifier: Apache-2.0 */
/* Control families as members of policy files. */
#include "rules/hostpath.h"
#include "rules/source.h"

/* Objects of control families have no fields of their own. */
static const struct rv_field no_fields[] = { { 0 } };

static const char *family_name(size_t i)
{
	size_t families = 0;

	while (rv_families[families])
		families++;
	return i < families ? rv_families[i]->name : NULL;
}

const char *rv_settings_name(size_t i)
{
	return i ? family_name(i - 1) : "mount";
}

bool rv_settings_widen(struct rv_reader *r, const struct rv_json *v)
{
	return rv_settings_member(r, v, RV_FIELD_WIDEN);
}

static const struct rv_form tighten_form = { .what = "set", .field = no_fields, .more = family_name };
static const struct rv_form widen_form = { .what = "grant", .field = no_fields, .more = rv_settings_name };

void rv_settings_check(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v)
{
	const struct rv_form *form = f->kind == RV_FIELD_WIDEN ? &widen_form : &tighten_form;

	if (v->type != RV_JSON_OBJECT) {
		rv_mistake(r, v, "%s takes an object of control families", v->key ? v->key : form->what);
		return;
	}
	rv_json_each(family, v)
		if (!rv_settings_member(r, family, f->kind))
			rv_form_unknown(r, family, form);
}

void rv_settings_source(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v)
{
	const char *s = rv_json_str(v);

	if (!s)
		rv_mistake(r, v, "%s takes a string", f->name);
	else if (*s != '/' && strcmp(s, "**") != 0 && !rv_hostpath_dirs_name(s))
		rv_mistake(r, v, "%s: \"%s\" begins neither with / nor with {kubelet}, {containerd}, {docker} or {containers}", f->name, s);
}
