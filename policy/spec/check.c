/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reeve/spec.h"

/* Room for every distinct name of the tables; rv_spec_check() refuses everything when there are ever more. */
#define NAMES_MAX 512

struct checker {
	struct rv_json_doc *doc;
	struct rv_err *err;
	size_t name_count; /* 0 until the first unknown member asks */
	struct {
		uint32_t fold;
		const char *name;
	} names[NAMES_MAX];
};

static int check_object(struct checker *c, const struct rv_object *as, const struct rv_json *object);

/* ---- faults ---- */

static int fault(struct checker *c, const struct rv_json *v, size_t offset, const char *msg)
{
	int rc = rv_err(c->err, RV_EDOCUMENT, "%s", msg);
	const char *pointer = rv_json_pointer(c->doc, v);
	unsigned line, column;

	if (v->src == c->doc->text) {
		rv_json_position(c->doc, offset, &line, &column);
		rv_err_at_file(c->err, "", line, column);
	}
	rv_err_at_pointer(c->err, pointer ? pointer : "");
	return rc;
}

static int wrong_type(struct checker *c, const struct rv_json *v, const char *want)
{
	static const char *const have[] = {
		[RV_JSON_NULL] = "null",       [RV_JSON_BOOL] = "a boolean", [RV_JSON_NUMBER] = "a number",
		[RV_JSON_STRING] = "a string", [RV_JSON_ARRAY] = "an array", [RV_JSON_OBJECT] = "an object",
	};
	char msg[160];

	snprintf(msg, sizeof(msg), "must be %s, is %s", want, have[v->type]);
	return fault(c, v, v->start, msg);
}

/* ---- names that only differ by letter case ---- */

static void collect_names(struct checker *c, const struct rv_object *object)
{
	for (const struct rv_member *m = object->members; m->name; m++) {
		uint32_t fold = rv_json_name_hash(m->name);
		size_t i = 0;

		while (i < c->name_count && strcmp(c->names[i].name, m->name) != 0)
			i++;
		if (i == c->name_count && i < NAMES_MAX) {
			c->names[i].fold = fold;
			c->names[i].name = m->name;
			c->name_count++;
		}
		if (m->of)
			collect_names(c, m->of);
	}
}

static int check_unknown_name(struct checker *c, const struct rv_json *v)
{
	char msg[384];

	if (c->name_count == 0)
		collect_names(c, &rv_spec_config);
	if (c->name_count == NAMES_MAX)
		return fault(c, v, v->key_start, "the table of names is full");
	for (size_t i = 0; i < c->name_count; i++) {
		const char *name = c->names[i].name;

		if (c->names[i].fold != v->fold || strcmp(name, v->key) == 0 || !rv_json_same_name(name, v->key))
			continue;
		snprintf(msg, sizeof(msg),
			 "\"%.100s\" is \"%.100s\" but for letter case: some runtimes take it for that, others ignore it",
			 v->key, name);
		return fault(c, v, v->key_start, msg);
	}
	return 0;
}

/* Values of unknown members: any shape, but no name below may be taken for a known one. */
static int check_unknown(struct checker *c, const struct rv_json *value)
{
	int rc = 0;

	for (const struct rv_json *v = rv_json_first(value); v && !rc; v = rv_json_next(v)) {
		if (v->key)
			rc = check_unknown_name(c, v);
		if (!rc)
			rc = check_unknown(c, v);
	}
	return rc;
}

/* ---- values by kind ---- */

static int check_bool(struct checker *c, const struct rv_json *v)
{
	return v->type == RV_JSON_BOOL ? 0 : wrong_type(c, v, "true or false");
}

static int check_string(struct checker *c, const struct rv_member *m, const struct rv_json *v)
{
	(void)m;
	return v->type == RV_JSON_STRING ? 0 : wrong_type(c, v, "a string");
}

static int check_capability(struct checker *c, const struct rv_member *m, const struct rv_json *v)
{
	static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	int rc = check_string(c, m, v);

	if (rc || (rv_str_starts(v->str, "CAP_") && strspn(v->str, capitals) == v->len))
		return rc;
	return fault(c, v, v->start, "must be a capability's name in capitals, as in CAP_CHOWN");
}

static int check_variable(struct checker *c, const struct rv_member *m, const struct rv_json *v)
{
	int rc = check_string(c, m, v);

	if (rc || (v->str[0] != '=' && strchr(v->str, '=')))
		return rc;
	return fault(c, v, v->start, "must be NAME=value");
}

static int check_int(struct checker *c, const struct rv_member *m, const struct rv_json *v)
{
	char want[128];
	uint64_t u;
	int64_t i;

	snprintf(want, sizeof(want), "an integer from %" PRId64 " to %" PRIu64, m->min, m->max);
	if (v->type != RV_JSON_NUMBER)
		return wrong_type(c, v, want);
	if (v->str[0] == '-' ? rv_json_i64(v, &i) && i >= m->min
			     : rv_json_u64(v, &u) && u <= m->max && (m->min <= 0 || u >= (uint64_t)m->min))
		return 0;
	snprintf(want, sizeof(want), "must be an integer from %" PRId64 " to %" PRIu64 " in plain digits, is %.40s", m->min,
		 m->max, v->str);
	return fault(c, v, v->start, want);
}

static int check_member_object(struct checker *c, const struct rv_member *m, const struct rv_json *v)
{
	if (v->type != RV_JSON_OBJECT)
		return wrong_type(c, v, "an object");
	return m->of ? check_object(c, m->of, v) : check_unknown(c, v);
}

typedef int check_fn(struct checker *c, const struct rv_member *m, const struct rv_json *v);

static int check_each(struct checker *c, const struct rv_member *m, const struct rv_json *container, check_fn *check)
{
	int rc = 0;

	for (const struct rv_json *v = rv_json_first(container); v && !rc; v = rv_json_next(v))
		rc = check(c, m, v);
	return rc;
}

static int check_container(struct checker *c, const struct rv_member *m, const struct rv_json *v, enum rv_json_type type,
			   const char *want, check_fn *each)
{
	if (v->type != type)
		return wrong_type(c, v, want);
	if (m->not_empty && !rv_json_first(v))
		return fault(c, v, v->start, "must not be empty: leave it out instead");
	if (m->most && rv_json_count(v) > m->most) {
		char msg[64];

		snprintf(msg, sizeof(msg), "has more than %zu entries", m->most);
		return fault(c, v, v->start, msg);
	}
	return check_each(c, m, v, each);
}

static int by_variable(const void *a, const void *b)
{
	const struct rv_json *const *x = a, *const *y = b;
	size_t len = strcspn((*x)->str, "="), other = strcspn((*y)->str, "=");
	int order = memcmp((*x)->str, (*y)->str, len < other ? len : other);

	return order ? order : len < other ? -1 : len > other;
}

static int check_unique(struct checker *c, const struct rv_json *list)
{
	size_t count = rv_json_count(list), n = 0;
	const struct rv_json **sorted = rv_arena_alloc(&c->doc->arena, count * sizeof(const struct rv_json *));

	if (!sorted)
		return rv_err_nomem(c->err);
	rv_json_each(v, list)
		sorted[n++] = v;
	qsort(sorted, count, sizeof(const struct rv_json *), by_variable);
	for (size_t i = 1; i < count; i++)
		if (by_variable(&sorted[i - 1], &sorted[i]) == 0)
			return fault(c, sorted[i], sorted[i]->start,
				     "this variable is there twice: readers differ in which one counts");
	return 0;
}

static int check_environment(struct checker *c, const struct rv_member *m, const struct rv_json *v)
{
	int rc = check_container(c, m, v, RV_JSON_ARRAY, "an array of strings", check_variable);

	return rc || !m->unique ? rc : check_unique(c, v);
}

static int check_member(struct checker *c, const struct rv_member *m, const struct rv_json *v)
{
	if (v->type == RV_JSON_NULL && m->kind != RV_KIND_BOOL && m->kind != RV_KIND_STRING && !m->not_null)
		return 0;
	switch (m->kind) {
	case RV_KIND_BOOL:
		return check_bool(c, v);
	case RV_KIND_STRING:
		return check_string(c, m, v);
	case RV_KIND_INT:
		return check_int(c, m, v);
	case RV_KIND_OBJECT:
		return check_member_object(c, m, v);
	case RV_KIND_STRINGS:
		return check_container(c, m, v, RV_JSON_ARRAY, "an array of strings", check_string);
	case RV_KIND_CAPABILITIES:
		return check_container(c, m, v, RV_JSON_ARRAY, "an array of strings", check_capability);
	case RV_KIND_ENVIRONMENT:
		return check_environment(c, m, v);
	case RV_KIND_INTS:
		return check_container(c, m, v, RV_JSON_ARRAY, "an array of integers", check_int);
	case RV_KIND_OBJECTS:
		return check_container(c, m, v, RV_JSON_ARRAY, "an array of objects", check_member_object);
	case RV_KIND_MAP_STRING:
		return check_container(c, m, v, RV_JSON_OBJECT, "an object of strings", check_string);
	case RV_KIND_MAP_OBJECT:
		return check_container(c, m, v, RV_JSON_OBJECT, "an object of objects", check_member_object);
	}
	return fault(c, v, v->start, "a kind that the table does not know");
}

static const struct rv_member *find(const struct rv_object *as, const char *name)
{
	for (const struct rv_member *m = as->members; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static int check_object(struct checker *c, const struct rv_object *as, const struct rv_json *object)
{
	int rc = 0;

	for (const struct rv_json *v = rv_json_first(object); v && !rc; v = rv_json_next(v)) {
		const struct rv_member *m = find(as, v->key);

		if (m) {
			rc = check_member(c, m, v);
			continue;
		}
		rc = check_unknown_name(c, v);
		if (!rc)
			rc = check_unknown(c, v);
	}
	return rc;
}

int rv_spec_check(struct rv_json_doc *doc, const struct rv_object *as, struct rv_err *err)
{
	struct checker c = { .doc = doc, .err = err };

	if (!doc->root || doc->arena.failed)
		return rv_err_nomem(err);
	if (doc->root->type != RV_JSON_OBJECT)
		return wrong_type(&c, doc->root, "an object");
	return check_object(&c, as, doc->root);
}
