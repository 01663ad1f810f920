/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "finish.h"
#include "load/load.h"
#include "lock.h"

/* Whose entry it is stands in judged.json. */
static bool is_entry_of(const char *name, const char *id, bool *whole)
{
	rv_autojson doc = { 0 };
	rv_autobuf text = { 0 };
	char path[320];
	const char *own;

	snprintf(path, sizeof(path), RV_STATE_DIR "/%s/" RV_JUDGED_FILE, name);
	if (rv_io_read_at(AT_FDCWD, path, true, RV_JSON_MAX, &text, NULL) < 0 ||
	    rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, NULL) < 0)
		return false;
	own = rv_json_str(rv_json_get(doc.root, "id"));
	*whole = own && !strcmp(own, id);
	return own && rv_str_starts(own, id);
}

static int find(const char *id, char path[320], struct rv_err *err)
{
	DIR *dir = opendir(RV_STATE_DIR);
	bool exact = false, whole = false;
	struct dirent *file;
	size_t found = 0;

	while (dir && !exact && (file = readdir(dir))) {
		if (file->d_type != DT_DIR || !is_entry_of(file->d_name, id, &whole))
			continue;
		found++;
		exact = whole;
		snprintf(path, 320, RV_STATE_DIR "/%s", file->d_name);
	}
	if (dir)
		closedir(dir);
	if (found > 1 && !exact)
		return rv_err(err, RV_EUSAGE, "%zu containers have an id that begins with %s", found, id);
	return found ? 0 : rv_err(err, RV_EUSAGE, "no container %s is entered", id);
}

int rv_show(const char *id, struct rv_buf *out, struct rv_err *err)
{
	rv_autoknown k = RV_KNOWN_INIT;
	char path[320];
	int rc = find(id, path, err);

	if (rc == 0)
		rc = rv_known_open(&k, path, err);
	if (rc < 0)
		return rc;
	if (*k.attached.set && !k.usage)
		return rv_err(err, RV_EUSAGE, "container %s has ended", k.judged.id);
	rv_account_json(&k.account, out);
	return 0;
}
