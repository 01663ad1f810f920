/* SPDX-License-Identifier: Apache-2.0 */
#include "bind.h"

#include <string.h>

#define RV_HOOK RV_LIBEXECDIR "/reeve/reeve-hook"

/* object's member becomes the resolved path, unless it says so already. */
static int set_path(const struct rv_spec *spec, struct rv_json *object, const char *member, const struct rv_path_fact *path,
		    const char *what, struct rv_err *err)
{
	struct rv_json *value = rv_json_get(object, member);
	const char *text = rv_json_str(value);
	rv_autobuf quoted = { 0 };
	size_t bad;

	if (!path->resolved || !path->exists) {
		int rc = path->resolved ? rv_err(err, RV_EDOCUMENT, "%s %s does not exist", what, path->resolved)
					: rv_err(err, RV_EDOCUMENT, "%s %s cannot be resolved: %s", what, text ? text : "",
						 strerror(path->errnum));

		rv_err_at_pointer(err, rv_json_pointer(spec->doc, value ? value : object));
		return rc;
	}
	if (text && !strcmp(text, path->resolved))
		return 0;
	if (!rv_utf8_valid(path->resolved, strlen(path->resolved), &bad)) {
		rv_err(err, RV_EDOCUMENT, "%s leads to a path that is not UTF-8, which no document can name", what);
		rv_err_at_pointer(err, rv_json_pointer(spec->doc, value ? value : object));
		return -RV_EDOCUMENT;
	}
	rv_json_quote(&quoted, path->resolved, strlen(path->resolved));
	if (quoted.failed)
		return rv_err_nomem(err);
	if (value)
		rv_json_set(spec->doc, value, rv_buf_str(&quoted));
	else
		rv_json_add(spec->doc, object, member, rv_buf_str(&quoted));
	return 0;
}

static int bind_mounts(const struct rv_spec *spec, const struct rv_facts *facts, struct rv_err *err)
{
	size_t i = 0;

	rv_json_each(mount, rv_json_get(spec->root, "mounts")) {
		const struct rv_path_fact *path = &facts->mounts[i++];
		int rc = rv_spec_mount_is_bind(mount) ? set_path(spec, mount, "source", path, "source", err) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int bind_namespaces(const struct rv_spec *spec, const struct rv_facts *facts, struct rv_err *err)
{
	size_t i = 0;

	rv_json_each(entry, rv_json_get(spec->linux_, "namespaces")) {
		const struct rv_ns_fact *ns = &facts->namespaces[i++];
		int rc = ns->has_path ? set_path(spec, entry, "path", &ns->path, "namespace", err) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

int rv_bind(const struct rv_spec *spec, const struct rv_facts *facts, struct rv_err *err)
{
	struct rv_json *root = rv_json_get(spec->root, "root");
	int rc = root ? set_path(spec, root, "path", &facts->rootfs.path, "root file system", err) : 0;

	if (rc == 0)
		rc = bind_mounts(spec, facts, err);
	if (rc == 0)
		rc = bind_namespaces(spec, facts, err);
	return rc == 0 && spec->doc->arena.failed ? rv_err_nomem(err) : rc;
}

/* A hook without an environment gets the runtime's, and one without a timeout may hang for ever: config.md, "POSIX-platform Hooks". */
static void put_hook(struct rv_buf *out, const char *stage, const char *judged)
{
	rv_buf_addf(out, "{\"path\":\"" RV_HOOK "\",\"args\":[\"reeve-hook\",\"%s\",", stage);
	rv_json_quote(out, judged, strlen(judged));
	rv_buf_adds(out, "],\"env\":[\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\"],\"timeout\":45}");
}

static int put_first(const struct rv_spec *spec, struct rv_json *hooks, const char *stage, const char *judged, struct rv_err *err)
{
	struct rv_json *list = rv_json_get(hooks, stage);
	rv_autobuf text = { 0 };

	rv_buf_addc(&text, '[');
	put_hook(&text, stage, judged);
	rv_json_each(hook, list)
		rv_buf_addf(&text, ",%s", rv_json_text(spec->doc, hook));
	rv_buf_addc(&text, ']');
	if (text.failed)
		return rv_err_nomem(err);
	if (list)
		rv_json_set(spec->doc, list, rv_buf_str(&text));
	else
		rv_json_add(spec->doc, hooks, stage, rv_buf_str(&text));
	return spec->doc->arena.failed ? rv_err_nomem(err) : 0;
}

int rv_bind_hook(const struct rv_spec *spec, const char *judged, bool watched, struct rv_err *err)
{
	struct rv_json *hooks = rv_json_get(spec->root, "hooks");
	int rc;

	if (hooks && hooks->type == RV_JSON_NULL) {
		rv_json_set(spec->doc, hooks, "{}");
		hooks = rv_json_get(spec->root, "hooks");
	}
	if (!hooks)
		hooks = rv_json_add_object(spec->doc, spec->root, "hooks");
	if (!hooks)
		return rv_err_nomem(err);
	rc = put_first(spec, hooks, "createRuntime", judged, err);
	return rc == 0 && watched ? put_first(spec, hooks, "poststop", judged, err) : rc;
}
