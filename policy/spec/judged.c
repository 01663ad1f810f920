/* SPDX-License-Identifier: Apache-2.0 */
#include "reeve/judged.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "reeve/event.h"

/* ---- writing ---- */

static void put_dev(struct rv_buf *out, dev_t dev)
{
	rv_json_put_number(out, "major", major(dev));
	rv_json_put_number(out, "minor", minor(dev));
}

static void put_mount(struct rv_buf *out, const struct rv_judged_mount *m)
{
	rv_json_put_text(out, "destination", m->destination);
	rv_json_put_text(out, "type", m->type);
	rv_json_put_number(out, "ro", m->ro);
	rv_json_put_flag(out, "open", m->open);
	rv_json_put_open(out, "trees", '[');
	for (size_t i = 0; i < m->tree_count; i++) {
		rv_json_put_open(out, NULL, '{');
		rv_json_put_text(out, "at", m->tree[i].at);
		rv_json_put_text(out, "root", m->tree[i].root);
		put_dev(out, m->tree[i].dev);
		rv_json_put_number(out, "ino", m->tree[i].ino);
		rv_buf_addc(out, '}');
	}
	rv_buf_addc(out, ']');
}

static void put_mounts(struct rv_buf *out, const struct rv_judged *j)
{
	rv_json_put_text(out, "rootfs", j->rootfs);
	rv_json_put_open(out, "root", '{');
	put_mount(out, &j->root);
	rv_buf_addc(out, '}');
	rv_json_put_open(out, "mounts", '[');
	for (size_t i = 0; i < j->mount_count; i++) {
		rv_json_put_open(out, NULL, '{');
		put_mount(out, &j->mount[i]);
		rv_buf_addc(out, '}');
	}
	rv_buf_addc(out, ']');
	rv_json_put_open(out, "devices", '[');
	for (size_t i = 0; i < j->device_count; i++) {
		rv_json_put_open(out, NULL, '{');
		rv_json_put_text(out, "path", j->device[i].path);
		rv_json_put_flag(out, "block", j->device[i].block);
		rv_json_put_number(out, "major", j->device[i].major);
		rv_json_put_number(out, "minor", j->device[i].minor);
		rv_buf_addc(out, '}');
	}
	rv_buf_addc(out, ']');
	rv_json_put_flag(out, "foreign", j->foreign);
}

static void put_maps(struct rv_buf *out, const char *key, const struct rv_judged_maps *maps)
{
	rv_json_put_open(out, key, '[');
	for (size_t i = 0; i < maps->count; i++) {
		rv_json_put_open(out, NULL, '{');
		rv_json_put_number(out, "inside", maps->item[i].inside);
		rv_json_put_number(out, "outside", maps->item[i].outside);
		rv_json_put_number(out, "count", maps->item[i].count);
		rv_buf_addc(out, '}');
	}
	rv_buf_addc(out, ']');
}

static void put_texts(struct rv_buf *out, const char *key, const char *const *text, size_t count)
{
	rv_json_put_open(out, key, '[');
	for (size_t i = 0; i < count; i++)
		rv_json_put_text(out, NULL, text[i]);
	rv_buf_addc(out, ']');
}

static void put_monitor(struct rv_buf *out, const struct rv_judged_monitor *m)
{
	rv_json_put_open(out, "monitor", '{');
	rv_json_put_text(out, "rules", m->rules);
	rv_json_put_flag(out, "required", m->required);
	rv_json_put_flag(out, "learn", m->learn);
	rv_json_put_number(out, "flags", m->flags);
	rv_json_put_number(out, "ceiling", m->ceiling);
	rv_json_put_number(out, "facts", m->facts);
	rv_json_put_key(out, "actions");
	rv_buf_addc(out, '"');
	for (size_t i = 0; i < m->action_count; i++)
		rv_buf_addc(out, (char)('0' + m->action[i]));
	rv_buf_addc(out, '"');
	put_texts(out, "hooks", m->hook, m->hook_count);
	put_texts(out, "egress", m->egress, m->egress_count);
	put_texts(out, "ingress", m->ingress, m->ingress_count);
	rv_json_put_number(out, "graceUntil", (uint64_t)m->grace_until);
	rv_json_put_flag(out, "graceFreeze", m->grace_freeze);
	rv_json_put_text(out, "reports", m->reports);
	rv_json_put_text(out, "start", m->start);
	rv_json_put_text(out, "tier", m->tier);
	if (m->syscalls >= 0)
		rv_json_put_number(out, "syscalls", (uint64_t)m->syscalls);
	rv_buf_addc(out, '}');
}

void rv_judged_write(const struct rv_judged *j, struct rv_buf *out)
{
	rv_buf_addc(out, '{');
	rv_json_put_number(out, "format", RV_JUDGED_FORMAT);
	rv_json_put_text(out, "id", j->id);
	rv_json_put_text(out, "bundle", j->bundle);
	rv_json_put_text(out, "log", j->log);
	rv_json_put_text(out, "callerLog", j->caller_log);
	rv_json_put_flag(out, "callerJson", j->caller_json);
	rv_json_put_key(out, "record");
	rv_buf_adds(out, j->record_text);
	if (j->mounts_known)
		put_mounts(out, j);
	rv_json_put_open(out, "namespaces", '[');
	for (size_t i = 0; i < j->ns_count; i++) {
		rv_json_put_open(out, NULL, '{');
		rv_json_put_text(out, "type", j->ns[i].type);
		if (j->ns[i].joined) {
			put_dev(out, j->ns[i].dev);
			rv_json_put_number(out, "ino", j->ns[i].ino);
		}
		rv_buf_addc(out, '}');
	}
	rv_buf_addc(out, ']');
	put_maps(out, "uids", &j->uids);
	put_maps(out, "gids", &j->gids);
	rv_json_put_flag(out, "compared", j->compared);
	if (j->monitored)
		put_monitor(out, &j->monitor);
	rv_buf_adds(out, "}\n");
}

/* ---- reading: the first fault is kept, what follows it means nothing ---- */

struct reader {
	struct rv_arena *arena;
	const char *fault;	/* name of the member; NULL: none yet */
};

static const struct rv_json *take(struct reader *r, const struct rv_json *object, const char *key, enum rv_json_type type)
{
	const struct rv_json *value = rv_json_get(object, key);

	if ((!value || value->type != type) && !r->fault)
		r->fault = key;
	return value && value->type == type ? value : NULL;
}

static const char *take_text(struct reader *r, const struct rv_json *object, const char *key)
{
	const char *text = rv_json_str(take(r, object, key, RV_JSON_STRING));

	return text ? text : "";
}

static uint64_t take_number(struct reader *r, const struct rv_json *object, const char *key, uint64_t max)
{
	uint64_t number = 0;

	if ((!rv_json_u64(rv_json_get(object, key), &number) || number > max) && !r->fault)
		r->fault = key;
	return r->fault ? 0 : number;
}

static bool take_flag(struct reader *r, const struct rv_json *object, const char *key)
{
	return rv_json_true(take(r, object, key, RV_JSON_BOOL));
}

static dev_t take_dev(struct reader *r, const struct rv_json *object)
{
	return makedev((unsigned)take_number(r, object, "major", UINT32_MAX),
		       (unsigned)take_number(r, object, "minor", UINT32_MAX));
}

/* Room for the elements of an array, whose number goes to *count when there is any. */
static void *take_array(struct reader *r, const struct rv_json *object, const char *key, size_t size,
			const struct rv_json **array, size_t *count)
{
	void *room;

	*array = take(r, object, key, RV_JSON_ARRAY);
	room = rv_arena_alloc(r->arena, (rv_json_count(*array) + 1) * size);
	*count = room ? rv_json_count(*array) : 0;
	if (!room)
		*array = NULL;
	return room;
}

static void take_mount(struct reader *r, const struct rv_json *object, struct rv_judged_mount *out)
{
	const struct rv_json *array;
	size_t i = 0;

	*out = (struct rv_judged_mount){
		.destination = take_text(r, object, "destination"),
		.type = rv_json_str(rv_json_get(object, "type")),
		.ro = (enum rv_judged_ro)take_number(r, object, "ro", RV_JUDGED_RO_RECURSIVE),
		.open = take_flag(r, object, "open"),
	};
	out->tree = take_array(r, object, "trees", sizeof(*out->tree), &array, &out->tree_count);
	rv_json_each(tree, array)
		out->tree[i++] = (struct rv_judged_tree){
			.at = take_text(r, tree, "at"),
			.root = take_text(r, tree, "root"),
			.dev = take_dev(r, tree),
			.ino = take_number(r, tree, "ino", UINT64_MAX),
		};
	if (!out->type && !out->tree_count && !r->fault)
		r->fault = "trees";
}

static void take_mounts(struct reader *r, const struct rv_json *root, struct rv_judged *out)
{
	const struct rv_json *array;
	size_t i = 0;

	out->rootfs = take_text(r, root, "rootfs");
	take_mount(r, take(r, root, "root", RV_JSON_OBJECT), &out->root);
	out->mount = take_array(r, root, "mounts", sizeof(*out->mount), &array, &out->mount_count);
	rv_json_each(mount, array)
		take_mount(r, mount, &out->mount[i++]);
	out->device = take_array(r, root, "devices", sizeof(*out->device), &array, &out->device_count);
	i = 0;
	rv_json_each(device, array)
		out->device[i++] = (struct rv_judged_device){
			.path = take_text(r, device, "path"),
			.block = take_flag(r, device, "block"),
			.major = (unsigned)take_number(r, device, "major", UINT32_MAX),
			.minor = (unsigned)take_number(r, device, "minor", UINT32_MAX),
		};
	out->foreign = take_flag(r, root, "foreign");
}

static void take_maps(struct reader *r, const struct rv_json *root, const char *key, struct rv_judged_maps *out)
{
	const struct rv_json *array;
	size_t i = 0;

	out->item = take_array(r, root, key, sizeof(*out->item), &array, &out->count);
	rv_json_each(map, array)
		out->item[i++] = (struct rv_judged_map){
			.inside = (uint32_t)take_number(r, map, "inside", UINT32_MAX),
			.outside = (uint32_t)take_number(r, map, "outside", UINT32_MAX),
			.count = (uint32_t)take_number(r, map, "count", UINT32_MAX),
		};
}

static void take_namespaces(struct reader *r, const struct rv_json *root, struct rv_judged *out)
{
	const struct rv_json *array;
	size_t i = 0;

	out->ns = take_array(r, root, "namespaces", sizeof(*out->ns), &array, &out->ns_count);
	rv_json_each(ns, array) {
		struct rv_judged_namespace *n = &out->ns[i++];

		n->type = take_text(r, ns, "type");
		n->joined = rv_json_get(ns, "ino") != NULL;
		if (n->joined) {
			n->dev = take_dev(r, ns);
			n->ino = take_number(r, ns, "ino", UINT64_MAX);
		}
	}
}

static const char **take_texts(struct reader *r, const struct rv_json *object, const char *key, size_t *count)
{
	const struct rv_json *array;
	const char **text = take_array(r, object, key, sizeof(*text), &array, count);
	size_t i = 0;

	rv_json_each(item, array) {
		text[i] = rv_json_str(item);
		if (!text[i++] && !r->fault)
			r->fault = key;
	}
	return text;
}

static void take_actions(struct reader *r, const struct rv_json *object, struct rv_judged_monitor *out)
{
	const char *text = take_text(r, object, "actions");
	size_t count = strlen(text);
	uint8_t *action = rv_arena_alloc(r->arena, count + 1);

	for (size_t i = 0; action && i < count; i++) {
		action[i] = (uint8_t)(text[i] - '0');
		if (action[i] >= RV_ACTIONS && !r->fault)
			r->fault = "actions";
	}
	if (count > RV_RULES && !r->fault)
		r->fault = "actions";
	out->action = action;
	out->action_count = action ? count : 0;
}

static const char *take_word(struct reader *r, const struct rv_json *object, const char *key, const char *const *words)
{
	const char *word = take_text(r, object, key);

	for (; *words; words++)
		if (!strcmp(word, *words))
			return word;
	if (!r->fault)
		r->fault = key;
	return word;
}

static void take_monitor(struct reader *r, const struct rv_json *object, struct rv_judged_monitor *out)
{
	static const char *const starts[] = { "container", "service", "off", NULL }, *const tiers[] = { "auto", "base", NULL };

	*out = (struct rv_judged_monitor){
		.rules = take_text(r, object, "rules"),
		.required = take_flag(r, object, "required"),
		.learn = take_flag(r, object, "learn"),
		.flags = (unsigned)take_number(r, object, "flags", UINT32_MAX),
		.ceiling = take_number(r, object, "ceiling", UINT64_MAX),
		.facts = take_number(r, object, "facts", UINT64_MAX),
		.grace_until = (int64_t)take_number(r, object, "graceUntil", INT64_MAX),
		.grace_freeze = take_flag(r, object, "graceFreeze"),
		.reports = take_text(r, object, "reports"),
		.start = take_word(r, object, "start", starts),
		.tier = take_word(r, object, "tier", tiers),
		.syscalls = rv_json_get(object, "syscalls") ? (int64_t)take_number(r, object, "syscalls", INT64_MAX) : -1,
	};
	take_actions(r, object, out);
	out->hook = take_texts(r, object, "hooks", &out->hook_count);
	out->egress = take_texts(r, object, "egress", &out->egress_count);
	out->ingress = take_texts(r, object, "ingress", &out->ingress_count);
	if ((strlen(out->rules) != RV_HASH_HEX - 1 || out->reports[0] != '/') && !r->fault)
		r->fault = "monitor";
}

int rv_judged_read(struct rv_judged *judged, const struct rv_json_doc *doc, struct rv_arena *arena, struct rv_err *err)
{
	struct reader r = { .arena = arena };
	struct rv_judged out = { 0 };
	const struct rv_json *root = doc->root;

	if (take_number(&r, root, "format", RV_JUDGED_FORMAT) != RV_JUDGED_FORMAT && !r.fault)
		r.fault = "format";
	out.id = take_text(&r, root, "id");
	out.bundle = take_text(&r, root, "bundle");
	out.log = take_text(&r, root, "log");
	out.caller_log = rv_json_str(rv_json_get(root, "callerLog"));
	out.caller_json = rv_json_true(rv_json_get(root, "callerJson"));
	out.record = take(&r, root, "record", RV_JSON_OBJECT);
	out.mounts_known = rv_json_get(root, "rootfs") != NULL;
	if (out.mounts_known)
		take_mounts(&r, root, &out);
	take_namespaces(&r, root, &out);
	take_maps(&r, root, "uids", &out.uids);
	take_maps(&r, root, "gids", &out.gids);
	out.compared = take_flag(&r, root, "compared");
	out.monitored = rv_json_get(root, "monitor") != NULL;
	if (out.monitored)
		take_monitor(&r, take(&r, root, "monitor", RV_JSON_OBJECT), &out.monitor);
	if (r.fault)
		return rv_err(err, RV_EDOCUMENT, "is not what this version of reeve writes (%s)", r.fault);
	if (arena->failed)
		return rv_err_nomem(err);
	*judged = out;
	return 0;
}
