/* SPDX-License-Identifier: Apache-2.0 */
/* Private to policy/: detections, from their text to clauses and back to the text of an alert. */
#ifndef REEVE_DETECT_DETECT_H
#define REEVE_DETECT_DETECT_H

#include "json/form.h"
#include "reeve/detect.h"

/* ---- addresses and ports ---- */
/* NULL, or what is wrong with the text: "is no address". IPv4 becomes ::ffff:a.b.c.d. */
const char *rv_cidr_parse(const char *text, size_t len, struct rv_addr_key *out);
const char *rv_ports_parse(const char *text, size_t len, __u16 *from, __u16 *to);
/* An IPv6 prefix never covers an IPv4 one, though ::/0 spans where those are mapped to. */
bool rv_cidr_covers(const struct rv_addr_key *a, const struct rv_addr_key *b);
/* A longest-prefix map needs an entry of its own for all of IPv4, rv_cidr_ipv4(), beside this IPv6 prefix. */
bool rv_cidr_spans_ipv4(const struct rv_addr_key *key);
void rv_cidr_ipv4(struct rv_addr_key *out);

/* ---- fields ---- */
enum rv_cond_type {
	RV_COND_NONE,	/* printed only */
	RV_COND_PROC,	/* names of executables; word: where their classes are */
	RV_COND_NAME,	/* base names of the object */
	RV_COND_PATH,	/* patterns of its path */
	RV_COND_DIR,	/* the directory that it lies in */
	RV_COND_FLAG,	/* true or false: bit of RV_W_FLAGS */
	RV_COND_UPPER,	/* the same, for several origins at once */
	RV_COND_BITS,	/* words, each a bit of RV_W_FLAGS */
	RV_COND_CAPS,	/* capabilities: RV_W_CAPS */
	RV_COND_ADDR,	/* CIDR list */
	RV_COND_PORT,
	RV_COND_DNS,	/* names in DNS */
	RV_COND_TEXT,	/* globs, by the monitor */
	RV_COND_SHA256,	/* by the monitor */
	RV_COND_NUMBER,	/* numbers and ranges, by the monitor */
};
struct rv_cond_word { const char *word; unsigned bit; };
struct rv_field_how {
	enum rv_cond_type type;
	unsigned arg;				/* PROC: word; FLAG: bit; UPPER: -; else 0 */
	const struct rv_cond_word *words;	/* BITS: ends with word == NULL */
	bool one;				/* BITS: exactly one of them is set */
};
/* Beside rv_event_fields, by the same index. */
extern const struct rv_field_how rv_field_hows[];
#define RV_ORIGINS (RV_BIT(RV_EXEC_SCRIPT) - RV_BIT(RV_ORIGIN_IMAGE))
#define RV_ORIGINS_UPPER (RV_BIT(RV_ORIGIN_COPIED) | RV_BIT(RV_ORIGIN_NEW))
/* -1: no such field. */
int rv_field_index(const char *name);
bool rv_field_for(int field, enum rv_kind_of_event kind);
const char *rv_field_next(void *ctx, size_t i);	/* names, for "did you mean"; ctx: enum rv_kind_of_event, NULL: all */
/* Text of a value for globs: all of them in turn (arguments, environment); NULL after the last. */
const char *rv_field_value(const struct rv_event_view *view, const struct rv_json *identity, int field, size_t i, struct rv_buf *room);
/* Name of the field that a % stands before, and its length; 0: none. */
size_t rv_detect_placeholder(const char *percent, char *name, size_t size);
bool rv_field_number(const struct rv_event_view *view, int field, uint64_t *out);

/* ---- patterns of paths ---- */
enum rv_pattern { RV_PATTERN_EXACT, RV_PATTERN_BELOW, RV_PATTERN_IN, RV_PATTERN_NAME, RV_PATTERN_BEGINS, RV_PATTERN_GLOB };
enum rv_pattern rv_pattern_of(const char *text);
bool rv_pattern_match(const char *pattern, const char *path);
/* Of names in DNS: EXACT, BELOW (*.example.org), BEGINS (example.*) or GLOB. */
enum rv_pattern rv_pattern_of_dns(const char *text);
const char *rv_path_name(const char *path);	/* its last part */

/* ---- conditions, as read ---- */
struct rv_strings { const char **item; size_t count, room; };
struct rv_cond {
	int field;
	bool kernel;			/* all of it is decided in the kernel */
	struct rv_strings plain, barred;	/* lists; what begins with ! is in `barred`, without it */
	__u64 bits, barred_bits;		/* BITS, CAPS; FLAG and UPPER: the bit wanted, or not */
};
struct rv_when { struct rv_cond *cond; size_t count; bool kernel; };
/* Of RV_EVENT_NET: whether it is for unix sockets only (1), for all others (-1), or for both (0). An exception that says nothing of sockets
 * is for both, a detection for all others. */
int rv_when_unix(const struct rv_when *when, bool exception);
struct rv_whens { struct rv_when *item; size_t count; bool kernel; };
struct rv_detect_exception { const char *name; struct rv_whens when; };
struct rv_detect_conditions {	/* of one detection */
	struct rv_whens when;
	struct rv_detect_exception *exception;
	size_t exception_count;
};

/* ---- reading and compiling ---- */
extern const struct rv_form rv_form_detections, rv_form_detection, rv_form_append, rv_form_detect_exception;
struct rv_detect_list { const char *name; struct rv_strings items; struct rv_reader *reader; const struct rv_json *at; };
struct rv_detect_file { struct rv_reader reader; bool broken; };
struct rv_detect_compiler {
	struct rv_arena *arena;
	struct rv_errs *errs;
	struct rv_detect_file *file;
	size_t file_count;
	struct rv_detect_list *list;
	size_t list_count;
	struct rv_detections *out;
	const struct rv_json **at;	/* of each detection: its object */
	struct rv_detect_file **of;
};
/* Lists of all files, then their appended items. */
void rv_detect_lists(struct rv_detect_compiler *c);
/* NULL after a mistake. */
const struct rv_detect_list *rv_detect_list_named(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *at,
						  const char *name);
/* "when" of a detection or exception; at NULL: everything. */
struct rv_whens rv_detect_when(struct rv_detect_compiler *c, struct rv_reader *r, const struct rv_json *at, enum rv_kind_of_event kind);
/* Classes and clauses of what was read into out. */
void rv_detect_clauses(struct rv_detect_compiler *c);
void rv_strings_add(struct rv_strings *s, const char *text, struct rv_arena *arena);

/* What is shipped, made from policy/profiles/detections by the build. */
struct rv_embedded_detections { const char *name, *text; };
extern const struct rv_embedded_detections rv_embedded_detections[];	/* ends with name == NULL */
/* The embedded files, then `own`; all mistakes in errs. Lives in arena. */
int rv_detect_compile(const struct rv_source *own, size_t count, struct rv_arena *arena, struct rv_detections *out, struct rv_errs *errs);
/* Any files instead of the embedded ones; for tests. */
int rv_detect_compile_all(const struct rv_source *files, size_t count, struct rv_arena *arena, struct rv_detections *out,
			  struct rv_errs *errs);

#endif
