/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy: what may be set, how sources combine, and which policy applies to a container.
 *
 * Every setting is one row of one table, in the file of its control family (policy/rules/<family>.c). The loader, the floor, the check
 * for loosening, the JSON Schema and reeve-policy(5) come from these rows.
 *
 *   profile --set--> tightened by the policy's "set" --allow--> widened by its exceptions --floor--> tightened by the node file
 */
#ifndef REEVE_POLICY_H
#define REEVE_POLICY_H

#include "reeve/event.h"
#include "reeve/facts.h"
#include "reeve/json.h"

/* A list of words or globs. An item must match in this list and in each further one of the chain (intersection). The items `*`,
 * `**` and `ALL` stand for everything. */
struct rv_list {
	const char **item;
	size_t count;
	const struct rv_list *also;
};
bool rv_list_has(const struct rv_list *list, const char *word);		/* exact, in every list of the chain */
bool rv_list_glob(const struct rv_list *list, const char *text);	/* rv_glob() */
/* rv_glob() in the first list only: deny and supply lists. In a deny list, "!glob" (made by an exception) takes back what another
 * item refuses. */
bool rv_list_any(const struct rv_list *list, const char *text);

/* mounts.allowed: a host path that may be bound. */
struct rv_mount_allow {
	const char *source;	/* glob over the resolved source; matches what lies below a match too */
	bool rw;		/* access: "rw"; else the mount is made ro (with its submounts where the runtime can) */
	const char *propagation;	/* strongest allowed: "private" (default) "slave" "shared" */
};
/* hooks.allowed: an executable with its arguments. */
struct rv_hook_allow {
	const char *path;	/* glob over the resolved executable */
	const char **args;	/* one glob an argument, after args[0]; {id} {pid} stand for the container's id, any number, a last ** any further */
	size_t arg_count;
	const char *stage;	/* NULL: any */
};
struct rv_limit { const char *name; uint64_t max; };	/* rlimits.max */

struct rv_mount_allows { struct rv_mount_allow *item; size_t count; };
struct rv_hook_allows { struct rv_hook_allow *item; size_t count; };
struct rv_limits { struct rv_limit *item; size_t count; };

/* What a detection does, by rule number; a later enum rv_action is tighter. */
struct rv_detection_names;	/* reeve/detect.h */
struct rv_actions {
	uint8_t action[RV_RULES];
	bool asked[RV_RULES];	/* a policy names it, or it is the node's own */
	const struct rv_detection_names *names;	/* of the policies */
};

/* Words of RV_SET_WORD settings, loosest first: a greater value is stricter. */
enum { RV_ROOT_KEEP, RV_ROOT_REWRITE, RV_ROOT_DENY };			/* keep rewrite deny */
enum { RV_GROUPS_KEEP, RV_GROUPS_NO_ROOT, RV_GROUPS_NONE };		/* keep no-root none */
enum { RV_PRIV_ALLOW, RV_PRIV_REWRITE, RV_PRIV_DENY };			/* allow rewrite deny */
enum { RV_HOSTPATH_ANY, RV_HOSTPATH_NONSENSITIVE, RV_HOSTPATH_NONE };	/* any nonsensitive none */
enum { RV_VIOLATION_REMOVE, RV_VIOLATION_DENY };			/* remove deny */
enum { RV_PROP_SHARED, RV_PROP_SLAVE, RV_PROP_PRIVATE };		/* shared slave private */
enum { RV_DEST_ANY, RV_DEST_GUARDED };					/* any guarded */
enum { RV_ALLOW, RV_DENY };						/* allow deny */
enum { RV_ROOTPATH_ANY, RV_ROOTPATH_NONSENSITIVE, RV_ROOTPATH_STORAGE };	/* any nonsensitive storage */
enum { RV_NS_HOST, RV_NS_ADD, RV_NS_DENY };				/* host add deny */
enum { RV_SECCOMP_ANY, RV_SECCOMP_DEFAULT };				/* any default */
enum { RV_ARCHES_ANY, RV_ARCHES_NATIVE };				/* any native */
enum { RV_LSM_ANY, RV_LSM_DEFAULT, RV_LSM_CONFINED };			/* any default confined */
enum { RV_EXEC_ALLOW, RV_EXEC_AUDIT, RV_EXEC_DENY };			/* allow audit deny */
enum { RV_ESCAPES_ALLOW, RV_ESCAPES_WARN, RV_ESCAPES_DENY };		/* allow warn deny */
enum { RV_CHECK_ANY, RV_CHECK_CHECKED, RV_CHECK_DENY };			/* any checked deny */
enum { RV_UNATTACHED_ALLOW, RV_UNATTACHED_DENY };			/* allow deny */

struct rv_settings {
	struct { int root; uint32_t rewrite_uid, rewrite_gid; int groups; uint64_t max_id; } user;
	struct { struct rv_list allowed, ambient, inheritable; bool no_new_privileges; int privileged; } capabilities;
	struct {
		int host_path, violation, propagation, destinations, nested;
		struct rv_mount_allows allowed;
		struct rv_list types, volumes, sensitive, read_only_types, denied_options, forced_options;
		uint64_t tmpfs_size;
	} mounts;
	struct {
		bool read_only; struct rv_list tmpfs, protect, masked, readonly_paths;
		int root_path, links, propagation;
	} filesystem;
	struct { struct rv_list allowed; int violation; bool deny_all_first; } devices;
	struct { int pid, network, ipc, uts, mount, cgroup, user, time; struct rv_list paths; uint64_t min_host_id; } namespaces;
	struct { int absent, ceiling, architectures; struct rv_list syscalls, denied; } seccomp;
	struct { int apparmor; struct rv_list selinux_types; } lsm;
	struct { struct rv_list allowed; int violation; } sysctl;
	struct { struct rv_limits max; } rlimits;
	struct {
		uint64_t memory_max, memory_default, pids_max, pids_default, cpu_shares_default;
		int64_t oom_score_adj_min; bool oom_killer; int unified, cgroups_path, scheduling;
	} resources;
	struct {
		struct rv_hook_allows allowed; int violation; struct rv_list environment; uint64_t timeout;
	} hooks;
	struct { struct rv_list denied, systemd; int unsafe, violation; } annotations;
	struct { struct rv_list denied; int violation; } sections;
	struct { struct rv_list registries; int mutable_tag, digest, unknown; } image;
	struct { int terminal, root, foreign; } exec;
	struct { int update, checkpoint, restore; } lifecycle;
	struct { int known_escapes, unsupported; } runtime;
	struct { bool required; } record;
	struct { int unattached; bool learn; struct rv_list egress, ingress; struct rv_actions actions; } monitor;
};

enum rv_setting_type {
	RV_SET_WORD,	/* int; words, loosest first; tighter = greater */
	RV_SET_FLAG,	/* bool; true is tighter */
	RV_SET_MAX,	/* uint64_t ceiling, 0 = none; tighter = smaller */
	RV_SET_MIN,	/* uint64_t floor; tighter = greater */
	RV_SET_MIN_INT,	/* int64_t floor */
	RV_SET_DEFAULT,	/* uint64_t supplied where the document has none, 0 = nothing supplied; tighter = smaller non-zero */
	RV_SET_IDS,	/* two uint32_t from "uid:gid"; a later source replaces */
	RV_SET_ALLOW,	/* struct rv_list of what is allowed; tighter = intersection, exceptions are added */
	RV_SET_DENY,	/* struct rv_list of what is refused; tighter = union, exceptions are taken out */
	RV_SET_SUPPLY,	/* struct rv_list of what is added; tighter = union, exceptions are taken out */
	RV_SET_MOUNTS,	/* struct rv_mount_allows; only exceptions and profiles add to it */
	RV_SET_HOOKS,	/* struct rv_hook_allows; the same */
	RV_SET_LIMITS,	/* struct rv_limits by name; tighter = smaller of each */
	RV_SET_ACTIONS,	/* struct rv_actions: any member that is no other setting, by a detection's name; last of its table */
};

struct rv_setting {
	const char *name;		/* "root"; NULL ends the table */
	enum rv_setting_type type;
	size_t offset;			/* into struct rv_settings */
	const char *const *words;	/* WORD: NULL-terminated, loosest first */
	uint64_t max;			/* largest number taken, 0 = UINT64_MAX >> 1 */
	/* checks one item of a list ("no such capability"), or a word; returns NULL or what is wrong */
	const char *(*check)(const char *item);
	const char *doc;		/* one sentence, with unit and limits: man page and schema */
};

struct rv_judge;
struct rv_family {
	const char *name;		/* "user": the member of "set" and "allow" */
	const struct rv_setting *settings;
	void (*judge)(struct rv_judge *j);	/* create, run, restore */
	void (*judge_exec)(struct rv_judge *j);	/* NULL: nothing to say about exec */
	void (*judge_update)(struct rv_judge *j);
	const char *doc;
};
extern const struct rv_family *const rv_families[];	/* in order of judging; NULL-terminated */

/* Where the value of a setting came from; for messages. */
struct rv_origin {
	size_t offset;			/* of the setting */
	const char *file;		/* "baseline" for an embedded profile: shown as profile:line:column */
	unsigned line, column;
	bool floor;			/* the node's floor: its denials are never graced */
	const char *name;		/* RV_SET_ACTIONS: which detection; else NULL */
};

/* One resolved set of rules: profile + set + exceptions + floor. */
struct rv_ruleset {
	const char *profile;
	struct rv_settings set;
	struct rv_origin *origin;
	size_t origin_count, origin_room;
};
/* "file:line:column" of the setting family.name; "" when unknown. Arena text. */
const char *rv_ruleset_origin(const struct rv_ruleset *rules, const char *family, const char *name, struct rv_arena *arena);

/* The node's floor has a say in the setting that rule ("family.name") names. */
bool rv_ruleset_floor(const struct rv_ruleset *rules, const char *rule);

enum rv_grace_then { RV_GRACE_STOP, RV_GRACE_FREEZE };

/* An exception that was considered. */
struct rv_exception {
	const char *why, *until, *grant;	/* until, grant: NULL when absent */
	const char *file;
	unsigned line;
	bool expired;				/* not applied: its end has passed */
	bool unknown;				/* not applied: its condition needs a fact that nobody knows */
};

/* The policy of one container. */
struct rv_policy {
	const char *name, *file;	/* file: where it was read, "embedded" for the default */
	unsigned line;
	struct rv_ruleset enforce;
	bool has_audit;
	struct rv_ruleset audit;
	uint64_t grace;			/* seconds; 0: none */
	enum rv_grace_then then;
	struct rv_exception *exception;
	size_t exception_count;
};

/* The node file's "monitor": what reeve-monitor does. Paths are absolute; NULL: not written. */
struct rv_node_monitor {
	const char *start;		/* "container" (default: by the first one when none runs) "service" "off" */
	const char *tier;		/* "auto" (default) "base" */
	const char *reports;		/* directory; default /var/log/reeve/reports */
	const char *events;		/* file of events; default /var/log/reeve/events.jsonl */
	uint64_t rotate, keep;		/* bytes after which it is renamed, and how many such are kept; defaults 64 MiB, 4 */
	const char *socket;		/* Unix socket that events are sent to; default /run/reeve/monitor.sock */
	const char *metrics;		/* file for node-exporter */
	bool journal, standard_output;	/* further sinks for alerts; journal: default true */
	bool telemetry;			/* exec, exit and net events are written even when no detection fires */
};

/* The node file. */
struct rv_node {
	const char *runtime;		/* absolute path of the real runtime; NULL: /usr/bin/runc, /usr/sbin/runc, /usr/bin/crun … */
	const char *runtime_for[RV_ENGINE_COUNT];	/* overrides by engine; NULL: runtime */
	struct rv_dirs dirs;		/* all lists set (defaults where the file is silent) */
	uint64_t max_document;		/* bytes */
	enum rv_engine diverted;	/* who calls where reeve stands in place of the file runc; shell when nothing is said */
	const char *log;		/* decision records; default /var/log/reeve/decisions.jsonl */
	struct rv_node_monitor monitor;
};

/*
 * All policies of a node. rv_policies_load() reads the active set (bytes NULL: the embedded default) and keeps a reference to
 * nothing of the caller's. Loading parses the index only; a policy's text is parsed when it is selected, so that the cost of a
 * start grows with the bytes of the set and not with what they say.
 */
struct rv_policies;
int rv_policies_load(struct rv_policies **out, const char *active, size_t len, struct rv_err *err);
/* The same from the file that `reevectl policy apply` wrote, when there is one. Its text is appended to text (may be NULL). A set that
 * others than root can write, or that cannot be read, is RV_EPOLICY. */
#define RV_ACTIVE_FILE RV_LOCALSTATEDIR "/lib/reeve/active.json"
#define RV_ACTIVE_MAX  (64u * 1024 * 1024) /* bytes */
int rv_active_load(struct rv_policies **out, struct rv_buf *text, struct rv_err *err);
/* As above, but of the file only its head with the node file: for calls that judge nothing. The policies are those built in. */
int rv_active_load_node(struct rv_policies **out, struct rv_err *err);
void rv_policies_free(struct rv_policies *p);
#define rv_autopolicies RV_CLEANUP(rv_policies_freep) struct rv_policies
void rv_policies_freep(struct rv_policies **p);
const struct rv_node *rv_policies_node(const struct rv_policies *p);
/* The first policy whose match holds, resolved for this container, or the node's default policy. Result lives in arena. */
int rv_policies_select(const struct rv_policies *p, const struct rv_facts *facts, struct rv_arena *arena, struct rv_policy *out,
		       struct rv_err *err);
/* By name of a policy or profile instead of by match (reevectl render --policy NAME). */
int rv_policies_named(const struct rv_policies *p, const char *name, const struct rv_facts *facts, struct rv_arena *arena,
		      struct rv_policy *out, struct rv_err *err);
/* One policy or profile file as if it were the only one (reevectl render --policy FILE). */
int rv_policies_file(const struct rv_policies *p, const char *file, const char *text, size_t len, const struct rv_facts *facts,
		     struct rv_arena *arena, struct rv_policy *out, struct rv_errs *errs);

/* ---- for people ---- */
struct rv_policy_entry {
	const char *name, *file;
	const char *match;	/* as JSON */
	bool shipped;		/* one of the policies that are built in */
};
/* The i-th policy in the order in which they are tried; false after the last. Result lives in arena. */
bool rv_policies_at(const struct rv_policies *p, size_t i, struct rv_arena *arena, struct rv_policy_entry *out);
/* A setting's value as JSON; lists that are intersected are joined by " and ". Arena text. */
const char *rv_setting_text(const struct rv_settings *set, const struct rv_setting *setting, struct rv_arena *arena);

/* ---- checking and applying sources ---- */
struct rv_source { const char *file; const char *text; size_t len; };
/* Checks node file (may be NULL) and sources in the order given; all mistakes and, in warnings, all that looks wrong. On success
 * *active holds the active set's bytes. Returns -RV_EPOLICY when errs is not empty. */
int rv_policies_compile(const struct rv_source *node, const struct rv_source *sources, size_t count, int64_t now,
			struct rv_buf *active, struct rv_errs *errs, struct rv_errs *warnings);
/* File-name order in which numbers compare as numbers (2- before 10-). */
int rv_policy_name_cmp(const char *a, const char *b);
/* JSON Schema (2020-12) of policy, profile, grant and node files, from the tables. */
void rv_policy_schema(struct rv_buf *out);

#endif
