/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT	  1
#define TABLE_MAX (4u * 1024 * 1024) /* bytes */

static void put_rule(struct rv_buf *out, const struct rv_detection *d)
{
	rv_json_put_open(out, NULL, '{');
	rv_json_put_text(out, "name", d->name);
	rv_json_put_text(out, "rule", d->rule);
	rv_json_put_text(out, "description", d->description);
	rv_json_put_text(out, "output", d->output);
	rv_json_put_number(out, "event", d->event);
	rv_json_put_number(out, "priority", d->priority);
	rv_json_put_number(out, "action", d->action);
	rv_json_put_flag(out, "kernel", d->kernel);
	rv_json_put_open(out, "tags", '[');
	for (size_t i = 0; i < d->tag_count; i++)
		rv_json_put_text(out, NULL, d->tags[i]);
	rv_buf_adds(out, "]}");
}

static int open_dir(const char *dir, bool make, int *fd, struct rv_err *err)
{
	if (make && mkdir(dir, 0700) < 0 && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make %s", dir);
	*fd = open(dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? rv_err_errno(err, errno, "cannot open %s", dir) : 0;
}

static void name_of(char out[32], const char *rules16, const char *ending)
{
	snprintf(out, 32, "%.16s.%s", rules16, ending);
}

int rv_rules_save(const char *dir, const struct rv_detections *d, const char *active, size_t len, struct rv_err *err)
{
	rv_autobuf text = { 0 };
	rv_autofd fd = -1;
	char name[32];
	int rc = open_dir(dir, true, &fd, err);

	if (rc < 0)
		return rc;
	rv_buf_addf(&text, "{\"format\":%d,\"hash\":\"%s\",\"rules\":[", FORMAT, d->hash);
	for (size_t i = 0; i < d->count; i++)
		put_rule(&text, &d->item[i]);
	rv_buf_adds(&text, "]}\n");
	if (text.failed)
		return rv_err_nomem(err);
	/* the table last: who finds it finds the other one too */
	name_of(name, d->hash, "active");
	if (active)
		rc = rv_io_write_atomic(fd, name, active, len, 0600, err);
	else if (unlinkat(fd, name, 0) < 0 && errno != ENOENT)
		rc = rv_err_errno(err, errno, "cannot remove %s/%s", dir, name);
	name_of(name, d->hash, "json");
	return rc < 0 ? rc : rv_io_write_atomic(fd, name, rv_buf_str(&text), text.len, 0600, err);
}

static bool take_number(const struct rv_json *object, const char *key, uint64_t below, unsigned *out)
{
	uint64_t number;

	if (!rv_json_u64(rv_json_get(object, key), &number) || number >= below)
		return false;
	*out = (unsigned)number;
	return true;
}

static bool take_rule(const struct rv_json *from, struct rv_detection *d, struct rv_arena *arena)
{
	const struct rv_json *tags = rv_json_get(from, "tags");
	unsigned event, priority, action;

	*d = (struct rv_detection){ .name = rv_json_str(rv_json_get(from, "name")),
				    .rule = rv_json_str(rv_json_get(from, "rule")),
				    .description = rv_json_str(rv_json_get(from, "description")),
				    .output = rv_json_str(rv_json_get(from, "output")),
				    .kernel = rv_json_true(rv_json_get(from, "kernel")),
				    .file = "" };
	d->tags = rv_arena_alloc(arena, (rv_json_count(tags) + 1) * sizeof(*d->tags));
	rv_json_each(tag, tags)
		if (d->tags && rv_json_str(tag))
			d->tags[d->tag_count++] = rv_arena_strdup(arena, rv_json_str(tag));
	if (!d->name || !d->rule || !d->description || !d->output || !take_number(from, "event", RV_EVENT_KINDS, &event) ||
	    !take_number(from, "priority", RV_PRIO_DEBUG + 1, &priority) || !take_number(from, "action", RV_ACTIONS, &action))
		return false;
	d->name = rv_arena_strdup(arena, d->name);
	d->rule = rv_arena_strdup(arena, d->rule);
	d->description = rv_arena_strdup(arena, d->description);
	d->output = rv_arena_strdup(arena, d->output);
	d->event = (enum rv_kind_of_event)event;
	d->priority = (enum rv_priority)priority;
	d->action = (enum rv_action)action;
	return true;
}

static int take_table(const struct rv_json *root, const char *rules16, struct rv_arena *arena, struct rv_detections *out,
		      struct rv_err *err)
{
	const struct rv_json *rules = rv_json_get(root, "rules");
	const char *hash = rv_json_str(rv_json_get(root, "hash"));
	struct rv_detections found = { 0 };
	unsigned format;

	if (!take_number(root, "format", FORMAT + 1, &format) || format != FORMAT || !hash || strlen(hash) != RV_HASH_HEX - 1 ||
	    strncmp(hash, rules16, RV_RULES_NAME - 1) != 0 || rv_json_count(rules) > RV_RULES)
		return rv_err(err, RV_EDOCUMENT, "is no table of detections %s", rules16);
	memcpy(found.hash, hash, RV_HASH_HEX);
	found.item = rv_arena_alloc(arena, (rv_json_count(rules) + 1) * sizeof(*found.item));
	rv_json_each(rule, rules)
		if (found.item && !take_rule(rule, &found.item[found.count++], arena))
			return rv_err(err, RV_EDOCUMENT, "rule %zu is not as it was written", found.count - 1);
	if (arena->failed)
		return rv_err_nomem(err);
	*out = found;
	return 0;
}

int rv_rules_table(const char *dir, const char *rules16, struct rv_arena *arena, struct rv_detections *out, struct rv_err *err)
{
	rv_autojson doc = { 0 };
	rv_autobuf text = { 0 };
	rv_autofd fd = -1;
	char name[32];
	int rc = open_dir(dir, false, &fd, err);

	name_of(name, rules16, "json");
	if (rc == 0)
		rc = rv_io_read_at(fd, name, true, TABLE_MAX, &text, err);
	if (rc == 0)
		rc = rv_json_parse(&doc, rv_buf_str(&text), text.len, TABLE_MAX, 0, err);
	if (rc == 0)
		rc = take_table(doc.root, rules16, arena, out, err);
	if (rc < 0 && err)
		rv_err_at_file(err, name, err->line, err->column);
	return rc;
}

int rv_rules_active(const char *dir, const char *rules16, struct rv_buf *out, struct rv_err *err)
{
	struct rv_err why = RV_ERR_INIT;
	rv_autofd fd = -1;
	char name[32];
	int rc = open_dir(dir, false, &fd, &why);

	name_of(name, rules16, "active");
	if (rc == 0)
		rc = rv_io_read_at(fd, name, true, RV_ACTIVE_MAX, out, &why);
	if (rc == 0 || why.errnum == ENOENT)
		return 0;
	if (err)
		*err = why;
	return rc;
}

void rv_rules_forget(const char *dir, const char *rules16)
{
	rv_autofd fd = -1;
	char name[32];

	if (open_dir(dir, false, &fd, NULL) < 0)
		return;
	name_of(name, rules16, "json");
	(void)unlinkat(fd, name, 0);
	name_of(name, rules16, "active");
	(void)unlinkat(fd, name, 0);
}
