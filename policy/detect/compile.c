/* SPDX-License-Identifier: Apache-2.0 */
/* From files to a set. */
#include "detect/detect.h"

#define LANGUAGE "2"	/* goes into the hash: another meaning of the same text is another set */

/* ---- files ---- */
static void open_file(struct rv_detect_compiler *c, const struct rv_source *source)
{
	struct rv_detect_file *f = &c->file[c->file_count++];
	struct rv_err err;

	f->reader = (struct rv_reader){ .file = rv_arena_strdup(c->arena, source->file), .errs = c->errs, .arena = c->arena };
	if (rv_json_parse(&f->reader.doc, source->text, source->len, RV_JSON_MAX, RV_JSON_COMMENTS, &err)) {
		err.code = err.code == RV_ESYSTEM ? RV_ESYSTEM : RV_EPOLICY;
		rv_err_at_file(&err, source->file, err.line, err.column);
		err.pointer[0] = '\0';
		rv_errs_add(c->errs, &err);
		f->reader.doc = (struct rv_json_doc){ 0 };
		return;
	}
	rv_form_check(&f->reader, f->reader.doc.root, &rv_form_detections);
}

/* What is well formed in it; the rest has been reported. */
static const struct rv_json *list_of(const struct rv_detect_file *f, const char *member)
{
	const struct rv_json *list = rv_json_get(f->reader.doc.root, member);

	return list && list->type == RV_JSON_ARRAY ? list : NULL;
}

/* ---- detections ---- */
static const char *next_detection(void *ctx, size_t i)
{
	const struct rv_detect_compiler *c = ctx;

	return i < c->out->count ? c->out->item[i].name : NULL;
}

static size_t find(const struct rv_detect_compiler *c, const char *name)
{
	size_t i = 0;

	while (i < c->out->count && strcmp(c->out->item[i].name, name) != 0)
		i++;
	return i;
}

static int word_of(const struct rv_json *object, const char *member, const struct rv_form *form, int otherwise)
{
	const char *word = rv_json_str(rv_json_get(object, member));
	const struct rv_field *f = rv_form_field(form, member);

	for (int i = 0; word && f->words[i]; i++)
		if (!strcmp(f->words[i], word))
			return i;
	return otherwise;
}

static void read_tags(struct rv_detect_compiler *c, struct rv_detection *d, const struct rv_json *tags)
{
	d->tags = rv_arena_alloc(c->arena, (rv_json_count(tags) + 1) * sizeof(*d->tags));
	rv_json_each(tag, tags)
		if (d->tags && rv_json_str(tag))
			d->tags[d->tag_count++] = rv_arena_strdup(c->arena, tag->str);
}

/* %field, the name being as long as it can. */
static void check_output(struct rv_reader *r, const struct rv_json *at, enum rv_kind_of_event kind)
{
	char name[64];

	for (const char *s = rv_json_str(at); s && (s = strchr(s, '%')); s++) {
		size_t len = rv_detect_placeholder(s, name, sizeof(name));
		int field;

		if (s[1] == '%') {
			s++;
			continue;
		}
		field = len ? rv_field_index(name) : -1;
		if (!len)
			rv_mistake(r, at, "output: a %% that no field's name follows; %%%% stands for a percent sign");
		else if (field < 0)
			rv_mistake(r, at, "output: there is no field \"%s\"%s", name, rv_reader_suggest(r, name, rv_field_next, NULL));
		else if (!rv_field_for(field, kind))
			rv_mistake(r, at, "output: %s says nothing of the event %s", name, rv_event_names[kind]);
	}
}

static const char *text_of(struct rv_detect_compiler *c, const struct rv_json *object, const char *member)
{
	const char *text = rv_copy_str(object, member, c->arena);

	return text ? text : "";
}

static void read_exception(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *at, size_t rule)
{
	struct rv_detect_conditions *cond = &c->out->conditions[rule];
	const char *name = text_of(c, at, "name");
	struct rv_detect_exception *all;

	for (size_t i = 0; i < cond->exception_count; i++)
		if (!strcmp(cond->exception[i].name, name))
			rv_mistake(r, at, "%s has an exception \"%s\" already", c->out->item[rule].name, name);
	all = rv_arena_alloc(c->arena, (cond->exception_count + 1) * sizeof(*all));
	if (!all)
		return;
	for (size_t i = 0; i < cond->exception_count; i++)
		all[i] = cond->exception[i];
	all[cond->exception_count++] = (struct rv_detect_exception){
		.name = name, .when = rv_detect_when(c, r, rv_json_get(at, "when"), c->out->item[rule].event) };
	cond->exception = all;
}

static void read_exceptions(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *list, size_t rule)
{
	if (list && list->type == RV_JSON_ARRAY)
		rv_json_each(at, list)
			if (at->type == RV_JSON_OBJECT)
				read_exception(c, r, at, rule);
}

static void read_detection(struct rv_detect_compiler *c, struct rv_detect_file *f, const struct rv_json *at)
{
	const struct rv_form *form = &rv_form_detection;
	struct rv_detection *d = &c->out->item[c->out->count];
	size_t rule = c->out->count, other;
	unsigned column;

	*d = (struct rv_detection){
		.name = text_of(c, at, "name"), .rule = text_of(c, at, "rule"), .description = text_of(c, at, "description"),
		.output = text_of(c, at, "output"), .event = (enum rv_kind_of_event)word_of(at, "event", form, 0),
		.priority = (enum rv_priority)word_of(at, "priority", form, RV_PRIO_NOTICE),
		.action = (enum rv_action)word_of(at, "action", form, RV_ACTION_ALERT), .file = f->reader.file,
	};
	rv_reader_position(&f->reader, at->start, &d->line, &column);
	other = find(c, d->name);
	if (other < c->out->count && *d->name)
		rv_mistake(&f->reader, at, "the name \"%s\" is taken by %s; choose another, or add to that one with \"append\"", d->name,
			   c->out->item[other].file);
	if (rule == RV_RULES) {
		rv_mistake(&f->reader, at, "more than %d detections", RV_RULES);
		return;
	}
	read_tags(c, d, rv_json_get(at, "tags"));
	check_output(&f->reader, rv_json_get(at, "output"), d->event);
	c->out->conditions[rule].when = rv_detect_when(c, &f->reader, rv_json_get(at, "when"), d->event);
	c->at[rule] = at;
	c->of[rule] = f;
	c->out->count++;
	read_exceptions(c, &f->reader, rv_json_get(at, "exceptions"), rule);
}

static void read_append(struct rv_detect_compiler *c, struct rv_detect_file *f, const struct rv_json *entry)
{
	const struct rv_json *name = rv_json_get(entry, "detection"), *exceptions = rv_json_get(entry, "exceptions");
	size_t rule = rv_json_str(name) ? find(c, name->str) : c->out->count;

	if (rv_json_get(entry, "list") || rv_json_get(entry, "items"))
		return;
	if (!rv_json_str(name) || !exceptions)
		rv_mistake(&f->reader, entry, "append takes \"detection\" with \"exceptions\", or \"list\" with \"items\"");
	else if (rule == c->out->count)
		rv_mistake(&f->reader, name, "there is no detection \"%s\"%s", name->str,
			   rv_reader_suggest(&f->reader, name->str, next_detection, c));
	else
		read_exceptions(c, &f->reader, exceptions, rule);
}

/* ---- what follows from the conditions ---- */
static bool has(const struct rv_whens *whens, enum rv_cond_type type)
{
	for (size_t w = 0; w < whens->count; w++)
		for (size_t i = 0; i < whens->item[w].count; i++)
			if (rv_field_hows[whens->item[w].cond[i].field].type == type)
				return true;
	return false;
}

/* By the time these are known nothing is left to refuse. */
static bool deniable(enum rv_kind_of_event event)
{
	return event != RV_EVENT_EXIT && event != RV_EVENT_LEFT && event != RV_EVENT_SECCOMP && event != RV_EVENT_START &&
	       event != RV_EVENT_END;
}

static void finish(struct rv_detect_compiler *c, size_t rule)
{
	const struct rv_detect_conditions *cond = &c->out->conditions[rule];
	struct rv_detection *d = &c->out->item[rule];
	const struct rv_json *action = rv_json_get(c->at[rule], "action");

	d->kernel = cond->when.kernel;
	d->sha256 = has(&cond->when, RV_COND_SHA256);
	for (size_t i = 0; i < cond->exception_count; i++) {
		d->kernel = d->kernel && cond->exception[i].when.kernel;
		d->sha256 = d->sha256 || has(&cond->exception[i].when, RV_COND_SHA256);
	}
	d->calls = d->event == RV_EVENT_READ || d->event == RV_EVENT_CALL;
	d->paths = has(&cond->when, RV_COND_PATH) || has(&cond->when, RV_COND_NAME) || has(&cond->when, RV_COND_DIR);
	if (action && d->action > RV_ACTION_ALERT && !d->kernel)
		rv_mistake(&c->of[rule]->reader, action,
			   "%s: the kernel cannot decide this detection (a condition of it, or of an exception, is for the monitor), so "
			   "its action can only be off or alert",
			   d->name);
	else if (action && d->action == RV_ACTION_DENY && !deniable(d->event))
		rv_mistake(&c->of[rule]->reader, action, "%s: the event %s cannot be denied", d->name, rv_event_names[d->event]);
}

/* ---- all together ---- */
static void read_all(struct rv_detect_compiler *c, size_t before)
{
	rv_detect_lists(c);
	for (size_t i = 0; i < c->file_count; i++)
		rv_json_each(at, list_of(&c->file[i], "detections"))
			if (at->type == RV_JSON_OBJECT)
				read_detection(c, &c->file[i], at);
	for (size_t i = 0; i < c->file_count; i++)
		rv_json_each(entry, list_of(&c->file[i], "append"))
			if (entry->type == RV_JSON_OBJECT)
				read_append(c, &c->file[i], entry);
	for (size_t rule = 0; rule < c->out->count; rule++)
		finish(c, rule);
	if (c->errs->count + c->errs->lost == before)
		rv_detect_clauses(c);
}

static int hash(struct rv_detections *d, const struct rv_source *files, size_t count, struct rv_err *err)
{
	const struct { const void *data; size_t size; } tables[] = {
		{ d->path, d->path_count * sizeof(*d->path) }, { d->name, d->name_count * sizeof(*d->name) },
		{ d->addr, d->addr_count * sizeof(*d->addr) }, { d->port, d->port_count * sizeof(*d->port) },
		{ d->clause, d->clause_count * sizeof(*d->clause) }, { d->range, sizeof(d->range) },
	};
	rv_autobuf all = { 0 };

	rv_buf_adds(&all, LANGUAGE);
	for (size_t i = 0; i < count; i++) {
		rv_buf_addf(&all, "\n%zu\n", files[i].len);
		rv_buf_add(&all, files[i].text, files[i].len);
	}
	for (size_t i = 0; i < RV_COUNT(tables); i++) {
		rv_buf_addf(&all, "\n%zu\n", tables[i].size);
		if (tables[i].size)
			rv_buf_add(&all, tables[i].data, tables[i].size);
	}
	if (all.failed)
		return rv_err_nomem(err);
	rv_hash_hex(all.data, all.len, d->hash);
	return 0;
}

static bool make_room(struct rv_detect_compiler *c, size_t count)
{
	c->file = rv_arena_alloc(c->arena, (count + 1) * sizeof(*c->file));
	c->at = rv_arena_alloc(c->arena, RV_RULES * sizeof(*c->at));
	c->of = rv_arena_alloc(c->arena, RV_RULES * sizeof(*c->of));
	/* one more than there may be: the one too many is told of */
	c->out->item = rv_arena_alloc(c->arena, (RV_RULES + 1) * sizeof(*c->out->item));
	c->out->conditions = rv_arena_alloc(c->arena, RV_RULES * sizeof(*c->out->conditions));
	return !c->arena->failed;
}

int rv_detect_compile_all(const struct rv_source *files, size_t count, struct rv_arena *arena, struct rv_detections *out,
			  struct rv_errs *errs)
{
	struct rv_detections d = { 0 };
	struct rv_detect_compiler c = { .arena = arena, .errs = errs, .out = &d };
	size_t before = errs->count + errs->lost;

	if (!make_room(&c, count))
		return rv_err_nomem(NULL);
	for (size_t i = 0; i < count; i++)
		open_file(&c, &files[i]);
	read_all(&c, before);
	for (size_t i = 0; i < count; i++)
		rv_json_done(&c.file[i].reader.doc);
	if (arena->failed || hash(&d, files, count, NULL))
		return rv_err_nomem(NULL);
	if (errs->count + errs->lost != before)
		return -RV_EPOLICY;
	*out = d;
	return 0;
}

int rv_detect_compile(const struct rv_source *own, size_t count, struct rv_arena *arena, struct rv_detections *out, struct rv_errs *errs)
{
	struct rv_source *all;
	size_t n = 0;

	while (rv_embedded_detections[n].name)
		n++;
	all = rv_arena_alloc(arena, (n + count + 1) * sizeof(*all));
	if (!all)
		return rv_err_nomem(NULL);
	for (size_t i = 0; i < n; i++)
		all[i] = (struct rv_source){ rv_embedded_detections[i].name, rv_embedded_detections[i].text,
					     strlen(rv_embedded_detections[i].text) };
	for (size_t i = 0; i < count; i++)
		all[n + i] = own[i];
	return rv_detect_compile_all(all, n + count, arena, out, errs);
}
