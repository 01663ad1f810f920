/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime-spec's Linux part, versions 1.0 to 1.3 (config.md, config-linux.md): which member is known, its type, its range.
 *
 * check() is run on every document before policy sees it: a known member has its type, integers are canonical and in range, no
 * unknown member, at any depth, is a name of these tables but for letter case. After it, the view below cannot meet a wrong type,
 * except for null: on an integer, array, map or optional object both runtimes take it as absent, and so must every reader here
 * (rv_json_first() and rv_json_get() of a null are NULL). Elsewhere null is refused. Unknown members are kept.
 */
#ifndef REEVE_SPEC_H
#define REEVE_SPEC_H

#include "reeve/json.h"

enum rv_kind {
	RV_KIND_BOOL, RV_KIND_STRING, RV_KIND_INT,
	RV_KIND_OBJECT,		/* of->members */
	RV_KIND_STRINGS,	/* array of strings */
	/* Array of capability names as runc takes them: CAP_ and capitals. crun <= 1.8 also takes "cap_kill", "CAP_KILL " and "5"
	 * (libcap's reading), where runc takes none (measured). */
	RV_KIND_CAPABILITIES,
	/* Array of "NAME=value". Of an entry without '=' runc says it is invalid, crun <= 1.8 unsets NAME (measured). */
	RV_KIND_ENVIRONMENT,
	RV_KIND_INTS,		/* array of integers within min..max */
	RV_KIND_OBJECTS,	/* array of objects */
	RV_KIND_MAP_STRING,	/* free names, string values (annotations, sysctl, unified) */
	RV_KIND_MAP_OBJECT,	/* free names, object values (rdma, timeOffsets, netDevices) */
};

struct rv_object;
struct rv_member {
	const char *name;
	enum rv_kind kind;
	const struct rv_object *of;	/* OBJECT (NULL: its members are unknown), OBJECTS, MAP_OBJECT */
	int64_t min;			/* INT, INTS */
	uint64_t max;
	bool not_null;			/* OBJECT: null is not taken as absent */
	bool not_empty;			/* arrays: [] is refused */
	size_t most;			/* arrays: more entries are refused; 0: any number */
	bool unique;			/* ENVIRONMENT: each NAME once */
};
struct rv_object {
	const char *name;		/* "process", "mount" */
	const struct rv_member *members;	/* ends with name == NULL */
};

extern const struct rv_object rv_spec_config;	/* config.json */
extern const struct rv_object rv_spec_process;	/* process.json of exec --process */
extern const struct rv_object rv_spec_resources;	/* what update takes */

/* RV_EDOCUMENT with pointer and position at the first fault. */
int rv_spec_check(struct rv_json_doc *doc, const struct rv_object *as, struct rv_err *err);

/* ---- a checked document ---- */
struct rv_spec {
	struct rv_json_doc *doc;
	struct rv_json *root;		/* config.json, or NULL when only a process is judged */
	struct rv_json *process;	/* NULL when the document has none */
	struct rv_json *linux_;		/* NULL when the document has none */
};

int rv_spec_view(struct rv_spec *spec, struct rv_json_doc *doc, struct rv_err *err);	/* as config.json */
int rv_spec_view_process(struct rv_spec *spec, struct rv_json_doc *doc, struct rv_err *err);

/* The mount is a bind whatever its type says: runc and crun go by the options bind and rbind (measured), and a `type: bind`
 * without them is treated as one here too. */
bool rv_spec_mount_is_bind(const struct rv_json *mount);
/* True when the last of the contradicting options says read-only in both runtimes (ro or rro, and neither rw nor rrw). */
bool rv_spec_mount_is_ro(const struct rv_json *mount);
bool rv_spec_has_string(const struct rv_json *array, const char *word);

#endif
