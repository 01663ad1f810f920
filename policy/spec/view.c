/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "reeve/spec.h"

int rv_spec_view(struct rv_spec *spec, struct rv_json_doc *doc, struct rv_err *err)
{
	int rc = rv_spec_check(doc, &rv_spec_config, err);

	if (rc)
		return rc;
	*spec = (struct rv_spec){
		.doc = doc,
		.root = doc->root,
		.process = rv_json_get(doc->root, "process"),
		.linux_ = rv_json_get(doc->root, "linux"),
	};
	return 0;
}

int rv_spec_view_process(struct rv_spec *spec, struct rv_json_doc *doc, struct rv_err *err)
{
	int rc = rv_spec_check(doc, &rv_spec_process, err);

	if (rc)
		return rc;
	*spec = (struct rv_spec){ .doc = doc, .process = doc->root };
	return 0;
}

bool rv_spec_has_string(const struct rv_json *array, const char *word)
{
	rv_json_each(v, array)
		if (v->type == RV_JSON_STRING && strcmp(v->str, word) == 0)
			return true;
	return false;
}

bool rv_spec_mount_is_bind(const struct rv_json *mount)
{
	const struct rv_json *options = rv_json_get(mount, "options");
	const char *type = rv_json_str(rv_json_get(mount, "type"));

	return rv_spec_has_string(options, "bind") || rv_spec_has_string(options, "rbind") ||
	       (type && strcasecmp(type, "bind") == 0);
}

bool rv_spec_mount_is_ro(const struct rv_json *mount)
{
	const struct rv_json *options = rv_json_get(mount, "options");

	return (rv_spec_has_string(options, "ro") || rv_spec_has_string(options, "rro")) &&
	       !rv_spec_has_string(options, "rw") && !rv_spec_has_string(options, "rrw");
}
