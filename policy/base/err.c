/* SPDX-License-Identifier: Apache-2.0 */
#include "reeve/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reeve/base.h"

/* Messages quote input; a control character in them could forge a second log record or drive a terminal. */
static void escape_into(char *dst, size_t size, const char *src)
{
	size_t at = 0, hidden = 0;

	for (; *src && at + 5 < size; src++) {
		if (!hidden)
			hidden = rv_str_unprintable(src);
		if (hidden)
			at += (size_t)snprintf(dst + at, size - at, "\\x%02x", (unsigned char)*src);
		else
			dst[at++] = *src;
		hidden -= hidden > 0;
	}
	dst[at] = '\0';
}

static void keep_end(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	escape_into(dst, size, len < size / 2 ? src : src + len - size / 2);
}

__attribute__((format(printf, 4, 0))) static void fill(struct rv_err *err, enum rv_code code, int errnum, const char *fmt,
							va_list ap)
{
	char text[sizeof(err->msg)];

	*err = (struct rv_err){ .code = code, .errnum = errnum };
	vsnprintf(text, sizeof(text), fmt, ap);
	escape_into(err->msg, sizeof(err->msg), text);
}

int rv_err(struct rv_err *err, enum rv_code code, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		fill(err, code, 0, fmt, ap);
		va_end(ap);
	}
	return -(int)code;
}

int rv_err_errno(struct rv_err *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (err) {
		va_start(ap, fmt);
		fill(err, RV_ESYSTEM, errnum, fmt, ap);
		va_end(ap);
		len = strlen(err->msg);
		snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", strerror(errnum));
	}
	return -(int)RV_ESYSTEM;
}

int rv_err_nomem(struct rv_err *err)
{
	return rv_err_errno(err, ENOMEM, "reeve");
}

void rv_err_at_file(struct rv_err *err, const char *file, unsigned line, unsigned column)
{
	if (!err)
		return;
	keep_end(err->file, sizeof(err->file), file);
	err->line = line;
	err->column = column;
}

void rv_err_at_pointer(struct rv_err *err, const char *pointer)
{
	if (err)
		keep_end(err->pointer, sizeof(err->pointer), pointer);
}

const char *rv_err_text(const struct rv_err *err, char *buf, size_t size)
{
	char where[sizeof(err->file) + 32] = "";

	if (err->file[0] && err->line)
		snprintf(where, sizeof(where), "%s:%u:%u: ", err->file, err->line, err->column);
	else if (err->file[0])
		snprintf(where, sizeof(where), "%s: ", err->file);
	else if (err->line)
		snprintf(where, sizeof(where), "%u:%u: ", err->line, err->column);
	snprintf(buf, size, "%s%s%s%s", where, err->pointer, err->pointer[0] ? ": " : "", err->msg);
	return buf;
}

int rv_err_status(enum rv_code code)
{
	static const int status[] = { [RV_OK] = 0, [RV_ESYSTEM] = 1, [RV_EUSAGE] = 2, [RV_EDENIED] = 3,
				      [RV_EDOCUMENT] = 4, [RV_EPOLICY] = 5 };

	return status[code];
}

void rv_errs_add(struct rv_errs *errs, const struct rv_err *err)
{
	if (errs->count == errs->room) {
		size_t room = errs->room ? errs->room * 2 : 8;
		struct rv_err *item = reallocarray(errs->item, room, sizeof(*item));

		if (!item) {
			errs->lost++;
			return;
		}
		errs->item = item;
		errs->room = room;
	}
	errs->item[errs->count++] = *err;
}

void rv_errs_done(struct rv_errs *errs)
{
	free(errs->item);
	*errs = (struct rv_errs){ 0 };
}
