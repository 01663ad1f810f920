/* SPDX-License-Identifier: Apache-2.0 */
/* The detections that a node's policies go with. A start needs their names only: those of the shipped ones come with the program, those of
 * a node that has its own are in the active set, with the hash of the shipped ones that they were compiled with. */
#include "rules/source.h"

static int compile(const struct rv_texts *own, struct rv_arena *arena, struct rv_detections *out, struct rv_errs *errs)
{
	struct rv_source *files = rv_arena_alloc(arena, (own->count + 1) * sizeof(*files));

	if (!files)
		return rv_err_nomem(NULL);
	for (size_t i = 0; i < own->count; i++)
		files[i] = (struct rv_source){ own->item[i].file, own->item[i].text, own->item[i].len };
	return rv_detect_compile(files, own->count, arena, out, errs);
}

static int names_of(const struct rv_detections *d, struct rv_arena *arena, struct rv_detection_names *out, struct rv_err *err)
{
	const char **name = rv_arena_alloc(arena, (d->count + 1) * sizeof(*name));
	enum rv_action *action = rv_arena_alloc(arena, (d->count + 1) * sizeof(*action));
	bool *flags = rv_arena_alloc(arena, 3 * d->count + 1);
	const char *hash = rv_arena_strdup(arena, d->hash);

	if (arena->failed)
		return rv_err_nomem(err);
	for (size_t i = 0; i < d->count; i++) {
		name[i] = d->item[i].name;
		action[i] = d->item[i].action;
		flags[i] = d->item[i].kernel;
		flags[d->count + i] = d->item[i].calls;
		flags[2 * d->count + i] = d->item[i].paths;
	}
	*out = (struct rv_detection_names){ hash, name, action, flags, flags + d->count, flags + 2 * d->count, d->count };
	return 0;
}

int rv_detections_compile(struct rv_policies *p, struct rv_errs *errs)
{
	struct rv_detections d = { 0 };
	int rc = 0;

	p->detections = rv_shipped_detections;
	if (p->own.count)
		rc = compile(&p->own, &p->arena, &d, errs);
	if (p->own.count && !rc)
		rc = names_of(&d, &p->arena, &p->detections, NULL);
	return rc;
}

int rv_policies_detections(const struct rv_policies *p, struct rv_arena *arena, struct rv_detections *out, struct rv_err *err)
{
	struct rv_errs errs = { 0 };
	int rc = compile(&p->own, arena, out, &errs);

	if (rc && errs.count && err)
		*err = errs.item[0];
	else if (rc)
		rv_err_nomem(err);
	rv_errs_done(&errs);
	return rc;
}

int rv_policies_detection_names(const struct rv_policies *p, struct rv_arena *arena, struct rv_detection_names *out, struct rv_err *err)
{
	const char *hash = rv_arena_strdup(arena, p->detections.hash);

	if (!hash)
		return rv_err_nomem(err);
	*out = p->detections;
	out->hash = hash;
	return 0;
}

/* ---- in the active set ---- */
static const char *const flag_names[] = { "kernel", "calls", "paths" };

void rv_detections_write(struct rv_buf *out, const struct rv_detection_names *names)
{
	const bool *const flags[] = { names->kernel, names->calls, names->paths };

	rv_buf_adds(out, "{\"shipped\":");
	rv_put_str(out, rv_shipped_detections.hash);
	rv_buf_adds(out, ",\"hash\":");
	rv_put_str(out, names->hash);
	rv_buf_adds(out, ",\"names\":[");
	for (size_t i = 0; i < names->count; i++) {
		rv_buf_adds(out, i ? ",\n{\"name\":" : "\n{\"name\":");
		rv_put_str(out, names->name[i]);
		rv_buf_addf(out, ",\"action\":%d", (int)names->action[i]);
		for (size_t k = 0; k < RV_COUNT(flags); k++)
			rv_buf_addf(out, ",\"%s\":%s", flag_names[k], flags[k][i] ? "true" : "false");
		rv_buf_adds(out, "}");
	}
	rv_buf_adds(out, "]}");
}

static bool read_names(struct rv_detections *d, const struct rv_json *object, struct rv_arena *arena)
{
	const struct rv_json *names = rv_json_get(object, "names");
	const char *hash = rv_json_str(rv_json_get(object, "hash"));
	size_t count = rv_json_count(names);

	if (!hash || strlen(hash) != RV_HASH_HEX - 1 || count > RV_RULES)
		return false;
	memcpy(d->hash, hash, RV_HASH_HEX);
	d->item = rv_arena_alloc(arena, (count + 1) * sizeof(*d->item));
	rv_json_each(entry, d->item ? names : NULL) {
		struct rv_detection *item = &d->item[d->count++];
		uint64_t action;

		item->name = rv_copy_str(entry, "name", arena);
		if (!item->name || !rv_json_u64(rv_json_get(entry, "action"), &action) || action >= RV_ACTIONS)
			return false;
		item->action = (enum rv_action)action;
		item->kernel = rv_json_true(rv_json_get(entry, flag_names[0]));
		item->calls = rv_json_true(rv_json_get(entry, flag_names[1]));
		item->paths = rv_json_true(rv_json_get(entry, flag_names[2]));
	}
	return true;
}

int rv_detections_read(struct rv_policies *p, const struct rv_json *object, struct rv_err *err)
{
	const char *shipped = rv_json_str(rv_json_get(object, "shipped"));
	struct rv_detections d = { 0 };
	struct rv_errs errs = { 0 };
	int rc;

	p->detections = rv_shipped_detections;
	if (!p->own.count)
		return 0;
	/* the shipped ones were others: until the next apply every start compiles them */
	if (shipped && !strcmp(shipped, rv_shipped_detections.hash) && read_names(&d, object, &p->arena))
		return names_of(&d, &p->arena, &p->detections, err);
	if (p->arena.failed)
		return rv_err_nomem(err);
	rc = rv_detections_compile(p, &errs);
	if (rc && errs.count && err)
		*err = errs.item[0];
	else if (rc)
		rv_err_nomem(err);
	rv_errs_done(&errs);
	return rc;
}
