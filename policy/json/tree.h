/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of policy/json. */
#ifndef RV_JSON_TREE_H
#define RV_JSON_TREE_H

#include "reeve/json.h"

/* A text to read: bytes [from, len) of text, which is in the document's arena and has one writable byte after it. */
struct rv_json_source {
	char *text;
	size_t from, len;
	unsigned flags;
	unsigned level; /* levels already above the value */
};
/* The value, not linked to anything; memory from doc->arena. */
int rv_json_read(struct rv_json_doc *doc, const struct rv_json_source *source, struct rv_json **value, struct rv_err *err);

/* Puts value at the end of container. */
void rv_json_link(struct rv_json *container, struct rv_json *value);
/* Pointer of a member (key) or element (index) that container has or would have; key and index unused when container is NULL.
 */
const char *rv_json_pointer_in(struct rv_arena *arena, const struct rv_json *container, const char *key, size_t index);

/* Orders names, the same ones (but for letter case) together. */
int rv_json_name_cmp(const char *a, const char *b);
/* The first member whose name an earlier one, *first, has already; *twice is NULL when there is none. False: out of memory. */
bool rv_json_names_twice(const struct rv_json *object, const struct rv_json **first, const struct rv_json **twice);

#endif
