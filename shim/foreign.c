/* SPDX-License-Identifier: Apache-2.0 */
#include "foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define LABEL	  "bundle="
#define STATE_MAX (64u * 1024 * 1024) /* runc's state holds the whole configuration a second time */

static int open_bundle(struct rv_document *doc, int state, size_t max, struct rv_err *err)
{
	rv_autobuf text = { 0 };
	rv_autojson json = { 0 };
	int rc = rv_io_read_at(state, "state.json", true, STATE_MAX, &text, err);

	if (rc == 0)
		rc = rv_json_parse(&json, rv_buf_str(&text), text.len, STATE_MAX, 0, err);
	if (rc < 0)
		return rc;
	rv_json_each(label, rv_json_at(json.root, "/config/labels")) {
		const char *value = rv_json_str(label);

		if (value && rv_str_starts(value, LABEL))
			return rv_document_open(doc, value + strlen(LABEL), NULL, max, err);
	}
	return rv_err(err, RV_EDOCUMENT, "runc's state names no bundle");
}

int rv_foreign_open(struct rv_document *doc, enum rv_runtime runtime, const char *root, const char *id, size_t max,
		    struct rv_err *err)
{
	char path[PATH_MAX];
	rv_autofd state = -1;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", root, id) >= sizeof(path))
		return rv_err_errno(err, ENAMETOOLONG, "state of container %s", id);
	state = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (state < 0 && errno == ENOENT)
		return rv_err(err, RV_EDOCUMENT, "container %s does not exist", id);
	if (state < 0)
		return rv_err_errno(err, errno, "cannot open %s", path);
	return runtime == RV_RUNTIME_CRUN ? rv_document_open_at(doc, state, max, err) : open_bundle(doc, state, max, err);
}
