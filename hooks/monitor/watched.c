/* SPDX-License-Identifier: Apache-2.0 */
#include "watched.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pins.h"

#define IDENTITY_MAX 8192 /* bytes */

/* ---- what reeve left ---- */

static void put(struct rv_buf *out, const char *key, const struct rv_json *value)
{
	const char *text = rv_json_str(value);

	if (text && *text)
		rv_json_put_text(out, key, text);
}

static void keep_identity(struct rv_watched *c, const struct rv_json *record)
{
	static const char *const names[] = { "namespace", "pod", "container", "image", "digest" };
	const struct rv_json *identity = rv_json_get(record, "identity");
	rv_autobuf text = { 0 };

	rv_buf_addc(&text, '{');
	put(&text, "id", rv_json_get(record, "id"));
	put(&text, "engine", rv_json_get(record, "engine"));
	put(&text, "policy", rv_json_at(record, "/policy/name"));
	for (size_t i = 0; i < RV_COUNT(names); i++)
		put(&text, names[i], rv_json_get(identity, names[i]));
	if (rv_json_true(rv_json_get(identity, "sandbox")))
		rv_json_put_flag(&text, "sandbox", true);
	rv_buf_addc(&text, '}');
	if (text.failed || text.len <= 2)
		return;
	rv_json_done(&c->identity);
	c->identity = (struct rv_json_doc){ 0 };
	if (rv_json_parse(&c->identity, text.data, text.len, IDENTITY_MAX, 0, NULL) < 0)
		c->identity = (struct rv_json_doc){ 0 };
}

bool rv_watched_may_tell(struct rv_founded *f, uint64_t time, uint64_t *suppressed)
{
	uint64_t window = time / RV_RATE_WINDOW;

	if (f->window != window) {
		f->window = window;
		f->count = 0;
	}
	if (f->count++ >= RV_RATE_ALERTS) {
		f->suppressed += 1 + (uint32_t)*suppressed;
		return false;
	}
	*suppressed += f->suppressed;
	f->suppressed = 0;
	return true;
}

int64_t rv_grace_warning(int64_t from, int64_t until)
{
	int64_t before = until > from ? (until - from) / 10 : 0;

	return until - (before < 3600 ? before : 3600);
}

static int64_t number_of(const struct rv_json *object, const char *key)
{
	int64_t number;

	return rv_json_i64(rv_json_get(object, key), &number) ? number : 0;
}

static void keep_grace(struct rv_watched *c, const struct rv_json *judged, int64_t from)
{
	const struct rv_json *monitor = rv_json_get(judged, "monitor");

	c->grace_until = number_of(monitor, "graceUntil");
	c->grace_freeze = rv_json_true(rv_json_get(monitor, "graceFreeze"));
	c->grace_warn = c->grace_until ? rv_grace_warning(from, c->grace_until) : 0;
}

static bool is_of(const struct rv_watched *c, const struct rv_json *report)
{
	const char *key = rv_json_str(rv_json_get(report, "container"));
	char own[24];

	snprintf(own, sizeof(own), "%ju", (uintmax_t)c->key);
	return key && !strcmp(key, own);
}

void rv_watched_read(struct rv_watched *c, const struct rv_buf *judged, const struct rv_buf *attached)
{
	rv_autojson judged_doc = { 0 }, attached_doc = { 0 };
	const struct rv_json *record, *place = NULL;
	int64_t from = (int64_t)time(NULL);

	if (attached->len && rv_json_parse(&attached_doc, rv_buf_str(attached), attached->len, RV_JSON_MAX, 0, NULL) == 0) {
		place = attached_doc.root;
		if (rv_json_str(rv_json_get(place, "cgroup")))
			snprintf(c->cgroup, sizeof(c->cgroup), "%s", rv_json_str(rv_json_get(place, "cgroup")));
		if (number_of(place, "time"))
			from = number_of(place, "time");
	}
	if (!judged->len || rv_json_parse(&judged_doc, rv_buf_str(judged), judged->len, RV_JSON_MAX, 0, NULL) < 0)
		return;
	/* a report is a record itself, and perhaps another's of that id */
	record = rv_json_get(judged_doc.root, "record");
	if (!record && !is_of(c, judged_doc.root))
		return;
	keep_identity(c, record ? record : judged_doc.root);
	keep_grace(c, judged_doc.root, from);
}

/* Names come from files and maps that only root writes; still none may lead elsewhere. */
static bool is_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static bool read_file(const char *dir, const char *name, const char *file, struct rv_buf *out)
{
	char path[PATH_MAX];

	return is_name(name) && (size_t)snprintf(path, sizeof(path), "%s/%s%s", dir, name, file) < sizeof(path) &&
	       rv_io_read_at(AT_FDCWD, path, true, RV_JSON_MAX, out, NULL) == 0;
}

/* Where <id>.json is of another container: <id>@<digits>.json (account.h). */
static void look_at_others(const struct rv_watch *w, struct rv_watched *c)
{
	DIR *dir = w->reports ? opendir(w->reports) : NULL;
	size_t len = strlen(c->id);
	struct dirent *file;

	while (dir && !c->identity.root && (file = readdir(dir))) {
		rv_autobuf report = { 0 }, none = { 0 };

		if (!strncmp(file->d_name, c->id, len) && file->d_name[len] == '@' && read_file(w->reports, file->d_name, "", &report))
			rv_watched_read(c, &report, &none);
	}
	if (dir)
		closedir(dir);
}

void rv_watch_look(const struct rv_watch *w, struct rv_watched *c)
{
	rv_autobuf judged = { 0 }, attached = { 0 };

	if (read_file(w->run, c->entry, "/judged.json", &judged)) {
		(void)read_file(w->run, c->entry, "/attached.json", &attached);
		c->looked = true;
	} else if (w->reports) {
		judged.len = 0;
		c->looked = read_file(w->reports, c->id, ".json", &judged);
	}
	rv_watched_read(c, &judged, &attached);
	if (judged.len && !c->identity.root)
		look_at_others(w, c);
}

/* In the document that the runtime got it is absolute. */
bool rv_watch_rootfs(const struct rv_watch *w, const struct rv_watched *c, char *path, size_t size)
{
	rv_autobuf config = { 0 };
	rv_autojson doc = { 0 };
	const char *rootfs;

	if (!read_file(w->run, c->entry, "/config.json", &config) ||
	    rv_json_parse(&doc, rv_buf_str(&config), config.len, RV_JSON_MAX, 0, NULL) < 0)
		return false;
	rootfs = rv_json_str(rv_json_at(doc.root, "/root/path"));
	return rootfs && *rootfs == '/' && (size_t)snprintf(path, size, "%s", rootfs) < size;
}

/* ---- the table ---- */

static struct rv_watched **slot(struct rv_watch *w, uint64_t key)
{
	struct rv_watched **at = &w->bucket[(key ^ (key >> 10)) % RV_COUNT(w->bucket)];

	while (*at && (*at)->key != key)
		at = &(*at)->next;
	return at;
}

void rv_watch_update(struct rv_watched *c, const struct rv_container *from)
{
	c->entered = true;
	snprintf(c->id, sizeof(c->id), "%.*s", RV_ID_MAX - 1, from->id);
	snprintf(c->entry, sizeof(c->entry), "%.*s", RV_ID_MAX - 1, from->entry);
	memcpy(c->action, from->action, sizeof(c->action));
}

static void enter(const struct rv_watch *w, struct rv_watched *c, int containers)
{
	struct rv_container *from = malloc(sizeof(*from));

	if (from && containers >= 0 && rv_map_look(containers, &c->key, from) == 0)
		rv_watch_update(c, from);
	free(from);
	rv_watch_look(w, c);
}

struct rv_watched *rv_watch_get(struct rv_watch *w, int containers, uint64_t key, const char *id, uint64_t now)
{
	struct rv_watched **at = slot(w, key), *c = *at;

	if (c) {
		/* the hook writes attached.json after it has entered the container */
		if ((!c->looked || !*c->cgroup) && c->entered && now != c->seen)
			rv_watch_look(w, c);
		c->seen = now;
		return c;
	}
	c = w->count < RV_WATCHED_MAX ? calloc(1, sizeof(*c)) : NULL;
	if (!c)
		return NULL;
	c->key = key;
	c->seen = now;
	memset(c->action, RV_ACTION_ALERT, sizeof(c->action));
	snprintf(c->id, sizeof(c->id), "%s", id);
	enter(w, c, containers);
	*at = c;
	w->count++;
	return c;
}

static void drop(struct rv_watch *w, struct rv_watched **at)
{
	struct rv_watched *c = *at;

	*at = c->next;
	rv_json_done(&c->identity);
	free(c);
	w->count--;
}

void rv_watch_forget(struct rv_watch *w, uint64_t now)
{
	for (size_t i = 0; i < RV_COUNT(w->bucket); i++)
		for (struct rv_watched **at = &w->bucket[i]; *at;)
			if (!(*at)->entered && now > (*at)->seen + RV_WATCHED_STAYS)
				drop(w, at);
			else
				at = &(*at)->next;
}

void rv_watch_done(struct rv_watch *w)
{
	for (size_t i = 0; i < RV_COUNT(w->bucket); i++)
		while (w->bucket[i])
			drop(w, &w->bucket[i]);
}
