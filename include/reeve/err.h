/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors by value: no allocation, nothing to free.
 *
 * A fallible function takes `struct rv_err *err` as its last argument and returns 0, or the negative of one of the codes
 * below after it has filled *err. On success *err is not touched, and on failure no return parameter is. The library never
 * prints; only the main files do.
 */
#ifndef REEVE_ERR_H
#define REEVE_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* A closed set; what each means to a caller of reevectl is in rv_err_status(). */
enum rv_code {
	RV_OK = 0,
	RV_ESYSTEM,   /* a system call failed, or memory ran out (err->errnum says which) */
	RV_EUSAGE,    /* the command line is not understood */
	RV_EDENIED,   /* policy refuses */
	RV_EDOCUMENT, /* config.json or process.json is unreadable, ambiguous or not a runtime-spec document */
	RV_EPOLICY,   /* a policy, grant, profile, node file or the active set is at fault */
};

struct rv_err {
	enum rv_code code;
	int errnum;		/* errno of RV_ESYSTEM, else 0 */
	unsigned line, column;	/* from 1; 0: no position. Column counts bytes */
	char file[256];		/* "" when there is none; a longer name keeps its end */
	char pointer[256];	/* RFC 6901 JSON pointer into the document, "" when there is none */
	char msg[1024];		/* one line: what is wrong and what to do; control characters are escaped */
};

#define RV_ERR_INIT ((struct rv_err){ .code = RV_OK })

/* Fills *err (err may be NULL) and returns -code. */
int rv_err(struct rv_err *err, enum rv_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* As rv_err(RV_ESYSTEM) with errnum, whose text is appended after ": ". */
int rv_err_errno(struct rv_err *err, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Out of memory. */
int rv_err_nomem(struct rv_err *err);
/* Adds where it happened to an error that is already set. */
void rv_err_at_file(struct rv_err *err, const char *file, unsigned line, unsigned column);
void rv_err_at_pointer(struct rv_err *err, const char *pointer);

/* "file:line:column: pointer: msg" with the parts that are known, cut to size. Returns buf. */
const char *rv_err_text(const struct rv_err *err, char *buf, size_t size);
/* Exit status for reevectl: 0, 1 system, 2 usage, 3 denied, 4 document, 5 policy. */
int rv_err_status(enum rv_code code);

/* All mistakes of one run, in the order found. Grows; on lack of memory `lost` counts what is missing. */
struct rv_errs {
	struct rv_err *item;
	size_t count, room, lost;
};
void rv_errs_add(struct rv_errs *errs, const struct rv_err *err);
void rv_errs_done(struct rv_errs *errs);

#endif
