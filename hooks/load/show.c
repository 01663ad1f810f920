/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "finish.h"
#include "load/load.h"
#include "lock.h"
#include "set.h"

enum match { NO, BEGINS, IS };

/* Whose entry it is stands in judged.json. One that is not attached is left of a container that is over. */
static enum match match(const char *name, const char *id)
{
	rv_autojson doc = { 0 };
	rv_autobuf text = { 0 };
	char path[320];
	const char *own;
	size_t len;

	snprintf(path, sizeof(path), RV_STATE_DIR "/%s/" RV_ATTACHED_FILE, name);
	if (access(path, F_OK) < 0)
		return NO;
	snprintf(path, sizeof(path), RV_STATE_DIR "/%s/" RV_JUDGED_FILE, name);
	if (rv_io_read_at(AT_FDCWD, path, true, RV_JSON_MAX, &text, NULL) < 0 ||
	    rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, NULL) < 0)
		return NO;
	own = rv_json_str(rv_json_get(doc.root, "id"));
	len = own ? strlen(own) : 0;
	if (len && !strncmp(id, own, len) && (!id[len] || (id[len] == '@' && id[len + 1] && rv_str_starts(name, id + len + 1))))
		return IS;
	return len && rv_str_starts(own, id) ? BEGINS : NO;
}

/* Two of one id are of two roots of runtimes: they are told apart as their reports are. */
static int find(const char *id, char path[320], struct rv_err *err)
{
	DIR *dir = opendir(RV_STATE_DIR);
	size_t found[IS + 1] = { 0 };
	rv_autobuf names = { 0 };
	struct dirent *file;

	if (!dir && errno != ENOENT)
		return rv_err_errno(err, errno, "cannot open " RV_STATE_DIR);
	while (dir && (file = readdir(dir))) {
		enum match how = file->d_type == DT_DIR ? match(file->d_name, id) : NO;

		found[how]++;
		if (how == IS)
			rv_buf_addf(&names, "%s%s@%.*s", names.len ? ", " : "", id, RV_REPORT_DIGITS, file->d_name);
		if (how == IS || (how == BEGINS && !found[IS]))
			snprintf(path, 320, RV_STATE_DIR "/%s", file->d_name);
	}
	if (dir)
		closedir(dir);
	if (found[IS] > 1)
		return rv_err(err, RV_EUSAGE, "%zu containers have the id %s, say which: %s", found[IS], id, rv_buf_str(&names));
	if (found[BEGINS] > 1 && !found[IS])
		return rv_err(err, RV_EUSAGE, "%zu containers have an id that begins with %s", found[BEGINS], id);
	return found[IS] || found[BEGINS] ? 0 : rv_err_errno(err, ENOENT, "container %s", id);
}

int rv_show(const char *id, struct rv_buf *out, struct rv_err *err)
{
	rv_autoknown k = RV_KNOWN_INIT;
	char path[320];
	int rc = find(id, path, err);

	if (rc == 0)
		rc = rv_known_open(&k, path, LOCK_SH, err);
	if (rc < 0)
		return rc;
	if (*k.attached.set && !k.usage && !rv_set_exists(k.attached.set))
		return rv_err(err, RV_ESYSTEM, "the kernel programs that watched container %s were unloaded", k.judged.id);
	if (*k.attached.set && !k.usage)
		return rv_err_errno(err, ENOENT, "container %s", k.judged.id);
	rv_account_json(&k.account, out);
	return 0;
}
