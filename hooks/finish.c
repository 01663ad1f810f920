/* SPDX-License-Identifier: Apache-2.0 */
#include "finish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"
#include "set.h"

#define LOCK_MS	 1000 /* what is not detached now is by the next container's end, or gc */
#define ENTRY_MS 1000 /* who looks at a container takes no longer */

void rv_known_done(struct rv_known *k)
{
	rv_json_done(&k->judged_doc);
	rv_json_done(&k->config_doc);
	rv_arena_done(&k->arena);
	rv_io_close(&k->fd);
}

static int read_json(int dir, const char *name, struct rv_json_doc *doc, struct rv_err *err)
{
	rv_autobuf text = { 0 };
	int rc = rv_io_read_at(dir, name, true, RV_JSON_MAX, &text, err);

	if (rc == 0)
		rc = rv_json_parse(doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, err);
	if (rc < 0)
		rv_err_at_file(err, name, err ? err->line : 0, err ? err->column : 0);
	return rc;
}

static int read_usage(struct rv_known *k, struct rv_err *err)
{
	struct rv_err why = RV_ERR_INIT;
	struct rv_usage *usage;

	if (!*k->attached.set)
		return 0;
	usage = rv_arena_alloc(&k->arena, sizeof(*usage));
	if (!usage)
		return rv_err_nomem(err);
	if (rv_usage_read(usage, k->attached.set, k->attached.container, &k->arena, &why) == 0)
		k->usage = usage;
	else if (why.errnum != ENOENT)
		*err = why;
	return k->usage || why.errnum == ENOENT ? 0 : -(int)why.code;
}

int rv_known_open(struct rv_known *k, const char *entry, int how, struct rv_err *err)
{
	int rc;

	k->fd = open(entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (k->fd < 0)
		return rv_err_errno(err, errno, "cannot open %s", entry);
	if (rv_lock_wait(k->fd, how, ENTRY_MS) < 0)
		return rv_err_errno(err, errno, "cannot lock %s", entry);
	rc = rv_attached_read(k->fd, &k->attached, err);
	if (rc == 0)
		rc = read_json(k->fd, RV_JUDGED_FILE, &k->judged_doc, err);
	if (rc == 0)
		rc = rv_judged_read(&k->judged, &k->judged_doc, &k->arena, err);
	if (rc < 0)
		return rc;
	/* without it the report says less */
	(void)read_json(k->fd, "config.json", &k->config_doc, NULL);
	k->account = (struct rv_account){
		.entry = strrchr(entry, '/') + 1,
		.judged = &k->judged,
		.config = k->config_doc.root,
		.attached = &k->attached,
	};
	rc = read_usage(k, err);
	k->account.usage = k->usage;
	return rc;
}

static int open_reports(const char *path, int *fd, struct rv_err *err)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make %s", path);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? rv_err_errno(err, errno, "cannot open %s", path) : 0;
}

static int write_report(struct rv_known *k, struct rv_err *err)
{
	rv_autobuf text = { 0 };
	rv_autofd dir = -1;
	char name[RV_REPORT_NAME];
	int rc = open_reports(k->judged.monitor.reports, &dir, err);

	if (rc < 0)
		return rc;
	k->account.ended = true;
	rv_account_json(&k->account, &text);
	/* two of one id may end at once; where there are no locks, both write */
	(void)flock(dir, LOCK_EX);
	rv_account_name(&k->account, dir, name);
	return text.failed ? rv_err_nomem(err) : rv_io_write_atomic(dir, name, rv_buf_str(&text), text.len, 0600, err);
}

/* Of what another version of reeve recorded, or what was unloaded, the report says that. */
static int report(struct rv_known *k, int rc, struct rv_err *err)
{
	if (rc < 0 && (err->code != RV_EDOCUMENT || !k->account.judged))
		return rc;
	if (rc < 0)
		snprintf(k->attached.why, sizeof(k->attached.why), "%s", err->msg);
	else if (*k->attached.set && !k->usage && !rv_set_exists(k->attached.set))
		snprintf(k->attached.why, sizeof(k->attached.why), "the kernel programs were unloaded while it ran");
	if (k->usage ? !k->usage->container.started : !*k->attached.why)
		return 0;
	return write_report(k, err);
}

/* Under memory or disk that is full, of all things, what a dead container holds must go. While its maps cannot be written its mark stays,
 * for whoever comes by later. */
int rv_finish(const char *entry, struct rv_err *err)
{
	struct rv_err why = RV_ERR_INIT;
	rv_autoknown k = RV_KNOWN_INIT;
	rv_autofd lock = -1;
	bool gone = true;
	int rc = rv_known_open(&k, entry, LOCK_EX, &why);

	if (!*k.attached.set && !*k.attached.why && (why.errnum == ENOENT || why.errnum == EWOULDBLOCK))
		return 0;
	rc = report(&k, rc, &why);
	if (*k.attached.set) {
		gone = rv_usage_drop(k.attached.set, k.attached.container, k.judged.monitored ? &k.judged.monitor : NULL);
		if ((!k.judged.monitored || rv_set_flags(k.attached.set, k.judged.monitor.flags) & (RV_C_CALLS | RV_C_LEARN)) &&
		    rv_load_lock(&lock, LOCK_MS, NULL) == 0)
			rv_usage_detach_groups(k.attached.set);
	}
	if (gone)
		(void)unlinkat(k.fd, RV_ATTACHED_FILE, 0);
	if (rc < 0)
		*err = why;
	return rc;
}
