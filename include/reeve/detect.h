/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detections: what counts as an alert, as data (reeve-detections(5)). The shipped ones are embedded; the admin's lie in
 * /etc/reeve/detections.d and go into the active set with `reevectl policy apply`. Pure.
 *
 * A condition is one row of the table of fields. Most fields can be decided in the kernel; a detection that also uses one that cannot
 * (globs inside a path, arguments) is a candidate there and is decided by rv_detections_judge() in the monitor, and then its action
 * can be nothing but alert.
 */
#ifndef REEVE_DETECT_H
#define REEVE_DETECT_H

#include "reeve/event.h"
#include "reeve/json.h"
#include "reeve/policy.h"

enum rv_priority { RV_PRIO_EMERGENCY, RV_PRIO_ALERT, RV_PRIO_CRITICAL, RV_PRIO_ERROR, RV_PRIO_WARNING, RV_PRIO_NOTICE, RV_PRIO_INFO, RV_PRIO_DEBUG };
extern const char *const rv_priority_names[];	/* as Falco's output has them: "Critical"; NULL-terminated */
extern const char *const rv_action_names[];	/* by enum rv_action; NULL-terminated */
extern const char *const rv_event_names[];	/* by enum rv_kind_of_event: "exec", "change" …; NULL-terminated */

/* A record as it came out of a ring, its lengths checked; pointers go into the record. Text that is not there is "". */
struct rv_event_view {
	const struct rv_event *event;
	const char *text[RV_TEXTS];
	size_t len[RV_TEXTS];	/* without the last NUL */
	const char *sha256;	/* of the executable, in hex, from whoever could read it; NULL: not known */
};
/* RV_EDOCUMENT when it is no whole record. */
int rv_event_view(struct rv_event_view *view, const void *record, size_t len, struct rv_err *err);

/* ---- networks: items of monitor.egress and monitor.ingress ---- */
struct rv_network {
	struct rv_addr_key key;
	__u16 from, to;		/* ports; 0 to 65535 for all */
	__u8 protocol;		/* IPPROTO_TCP, IPPROTO_UDP; 0: any */
};
struct rv_networks { struct rv_network *item; size_t count; bool limited; /* false: anywhere, and item means nothing */ };
#define RV_NETWORKS_MAX  1024
#define RV_NETWORK_PORTS 8
struct rv_network_ports { __u16 from, to; __u8 protocol; };
/* For a longest-prefix map: the ports of an entry hold those of each shorter prefix that covers it. count 0 allows nothing. */
struct rv_network_entry { struct rv_addr_key key; size_t count; struct rv_network_ports port[RV_NETWORK_PORTS]; };
struct rv_network_entries { struct rv_network_entry *item; size_t count; };

/* "10.0.0.0/8:443/tcp", "[2001:db8::]/32:8000-8999"; NULL, or what is wrong with it. */
const char *rv_network_parse(const char *text, struct rv_network *out);
const char *rv_network_fault(const char *text);	/* the same for a list's item, where ** is anywhere */
void rv_network_text(const struct rv_network *network, struct rv_buf *out);
/* The networks that every list of the chain allows. RV_EPOLICY when an item is none (a checked policy has no such) or they are too many. */
int rv_networks_resolve(const struct rv_list *list, struct rv_arena *arena, struct rv_networks *out, struct rv_err *err);
/* RV_EPOLICY when an entry would have more than RV_NETWORK_PORTS ranges. */
int rv_networks_entries(const struct rv_networks *networks, struct rv_arena *arena, struct rv_network_entries *out, struct rv_err *err);

/* ---- fields: conditions are written with them, outputs print them ---- */
struct rv_event_field {
	const char *name;	/* "proc.name" */
	const char *kinds;	/* for documents: "exec", "change read", "" all */
	bool kernel;		/* conditions on it are decided in the kernel */
	const char *doc;
};
extern const struct rv_event_field rv_event_fields[];	/* ends with name == NULL */
/* Appends the field's value as JSON (string, number or true/false); false: no such field, or nothing known. identity: an object with
 * members as the decision record has them (container, pod, namespace, image …), NULL when unknown. */
bool rv_event_field_json(const struct rv_event_view *view, const struct rv_json *identity, const char *field, struct rv_buf *out);
/* The same as text for people; "<NA>" when nothing is known. */
void rv_event_field_text(const struct rv_event_view *view, const struct rv_json *identity, const char *field, struct rv_buf *out);

/* ---- a compiled set ---- */
struct rv_detection {
	const char *name;	/* "terminal-shell": in policies */
	const char *rule;	/* "Terminal shell in container": in alerts */
	const char *description, *output;	/* output: text with %field */
	enum rv_kind_of_event event;
	enum rv_priority priority;
	enum rv_action action;	/* where a policy says nothing */
	const char **tags;
	size_t tag_count;
	bool kernel;		/* decided in the kernel, so that it can do more than alert */
	bool calls;		/* base tier: needs the system call tracepoints (RV_C_CALLS) */
	bool paths;		/* has conditions on paths */
	bool sha256;		/* has conditions on the executable's hash, in exceptions too */
	const char *file;
	unsigned line;
};
struct rv_path_class { struct rv_path_key key; struct rv_path_bits bits; };
struct rv_name_class { struct rv_name_key key; struct rv_name_bits bits; };
struct rv_addr_class { struct rv_addr_key key; __u64 bits; };
struct rv_port_class { __u16 port; __u64 bits; };
struct rv_detections {
	char hash[RV_HASH_HEX];	/* of everything below */
	struct rv_detection *item;	/* index = rule number */
	size_t count;
	struct rv_path_class *path; size_t path_count;
	struct rv_name_class *name; size_t name_count;
	struct rv_addr_class *addr; size_t addr_count;
	struct rv_port_class *port; size_t port_count;
	struct rv_clause *clause; size_t clause_count;
	struct rv_clause_range range[RV_EVENT_KINDS];
	struct rv_detect_conditions *conditions;	/* private: all of them, for rv_detections_judge() */
};

/* Compiles the set that the policies were loaded with: the embedded detections, then the active set's own. Lives in arena. */
int rv_policies_detections(const struct rv_policies *p, struct rv_arena *arena, struct rv_detections *out, struct rv_err *err);
/* Names in rule order and the hash only, without compiling: what a start needs. */
struct rv_detection_names {
	const char *hash;
	const char *const *name;
	const enum rv_action *action;
	const bool *kernel, *calls, *paths;	/* as in struct rv_detection */
	size_t count;
};
int rv_policies_detection_names(const struct rv_policies *p, struct rv_arena *arena, struct rv_detection_names *out, struct rv_err *err);
/* Of the rules in view->event->rules, those that fired: what the kernel has decided, and of the candidates those that hold. out: bits by
 * rule. identity as above. */
void rv_detections_judge(const struct rv_detections *d, const struct rv_event_view *view, const struct rv_json *identity,
			 __u64 out[RV_RULES / 64]);
/* The alert's text: output with its fields filled in. */
void rv_detection_output(const struct rv_detection *d, const struct rv_event_view *view, const struct rv_json *identity, struct rv_buf *out);

#endif
