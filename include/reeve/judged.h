/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was judged, as reeve leaves it for reeve-hook: one JSON file beside the enforced document, written before the runtime starts and
 * read when the runtime has mounted everything and no user code has run. Both sides take it from here; it is no interface for
 * others, and a file of another version of reeve is refused.
 */
#ifndef REEVE_JUDGED_H
#define REEVE_JUDGED_H

#include "reeve/json.h"

#define RV_JUDGED_FILE "judged.json"
#define RV_JUDGED_FORMAT 2

/* Written beside it by reeve-hook when the container is attached or when it is not, with why; removed with the report. An entry that
 * has it is not swept. A dead one in the way of a new container of the same id is renamed to RV_ASIDE with a number. */
#define RV_ATTACHED_FILE "attached.json"
#define RV_ASIDE	 ".left."

/* As struct rv_tree_fact, without what only rules need. */
struct rv_judged_tree {
	const char *at;		/* below the destination; "" for the mount itself */
	const char *root;
	dev_t dev;
	uint64_t ino;
};

/* Whether a mount must be read-only when the hook looks. */
enum rv_judged_ro { RV_JUDGED_RW, RV_JUDGED_RO, RV_JUDGED_RO_RECURSIVE };

struct rv_judged_mount {
	const char *destination;	/* inside the rootfs, without links; "/" is the rootfs itself */
	const char *type;		/* of its file system; NULL: a bind */
	enum rv_judged_ro ro;
	bool open;			/* mounts may come below it at any time: it is a slave or shared, as policy allowed */
	struct rv_judged_tree *tree;	/* of a bind: itself, then what lies below it */
	size_t tree_count;
};

struct rv_judged_namespace {
	const char *type;		/* as linux.namespaces has it */
	bool joined;			/* else a new one */
	dev_t dev;			/* of the one that is joined */
	uint64_t ino;
};

struct rv_judged_map { uint32_t inside, outside, count; };
struct rv_judged_maps { struct rv_judged_map *item; size_t count; };

/* A device node that a runtime binds from the host where it may not make one (user namespaces). */
struct rv_judged_device { const char *path; bool block; unsigned major, minor; };

/* What reeve-hook enters in the kernel's maps: hooks/bpf/shared.h says what each means. */
struct rv_judged_monitor {
	const char *rules;		/* hash of the detections: with the programs' own the name of the set */
	bool required;			/* a container that cannot be watched is not started */
	bool learn;
	unsigned flags;			/* RV_C_* */
	uint64_t ceiling;		/* capabilities */
	uint64_t facts;			/* RV_F_* */
	const uint8_t *action;		/* enum rv_action by rule */
	size_t action_count;
	const char **hook;		/* executables of createContainer hooks, resolved */
	size_t hook_count;
	const char **egress, **ingress;	/* "10.0.0.0/8:443/tcp" as policy has them; flags say whether they hold */
	size_t egress_count, ingress_count;
	int64_t grace_until;		/* seconds since the epoch; 0: no violation is graced */
	bool grace_freeze;		/* at its end: freeze instead of stop */
	const char *reports;		/* directory */
	const char *start;		/* reeve-monitor: "container" (started when none runs), "service", "off" */
	const char *tier;		/* "auto" or "base" */
	int64_t syscalls;		/* how many the enforced filter lets through, for the report; -1: there is none */
};

struct rv_judged {
	const char *id, *bundle;	/* as the runtime's state has them */
	const char *log;		/* of decision records */
	const char *caller_log;		/* the call's --log, where its caller looks for errors; NULL: none */
	bool caller_json;		/* --log-format json */
	const struct rv_json *record;	/* reading: the decision record of the start, an object */
	const char *record_text;	/* writing: the same as text */
	bool mounts_known;		/* the container gets a mount namespace: what follows up to devices means something */
	const char *rootfs;		/* absolute, without links */
	struct rv_judged_mount root;	/* destination "/" */
	struct rv_judged_mount *mount;	/* in the order of the document */
	size_t mount_count;
	struct rv_judged_device *device;
	size_t device_count;
	bool foreign;			/* allowed hooks of others ran before and may have mounted something */
	struct rv_judged_namespace *ns;
	size_t ns_count;
	struct rv_judged_maps uids, gids;	/* none: not looked at */
	bool compared;			/* what the runtime made is compared with what is above */
	bool monitored;			/* the container is attached */
	struct rv_judged_monitor monitor;
};

/* Appends the file's text. */
void rv_judged_write(const struct rv_judged *judged, struct rv_buf *out);
/* Everything read lives as long as doc and arena. RV_EDOCUMENT when it is no such file. */
int rv_judged_read(struct rv_judged *judged, const struct rv_json_doc *doc, struct rv_arena *arena, struct rv_err *err);

#endif
