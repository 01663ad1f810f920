/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What everything stands on: an arena, a byte buffer, string lists, files, a hash.
 *
 * Memory: an arena or buffer that runs out sets `failed` and stays that way; further calls do nothing and return NULL (or
 * ""), so that code that builds something checks once, at its end. Whoever reads the result must have checked.
 */
#ifndef REEVE_BASE_H
#define REEVE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "reeve/err.h"

#define RV_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define RV_CLEANUP(fn) __attribute__((cleanup(fn)))
#define RV_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- arena: everything of one document or one decision, freed at once ---- */
struct rv_arena_block;
struct rv_arena {
	struct rv_arena_block *block;
	size_t total;	/* bytes asked from the system */
	bool failed;
};
void *rv_arena_alloc(struct rv_arena *a, size_t size);		/* zeroed, aligned for any type */
char *rv_arena_strndup(struct rv_arena *a, const char *s, size_t len);	/* NUL-terminated */
char *rv_arena_strdup(struct rv_arena *a, const char *s);
char *rv_arena_printf(struct rv_arena *a, const char *fmt, ...) RV_PRINTF(2, 3);
void rv_arena_done(struct rv_arena *a);

/* ---- buf: bytes that grow; data is always NUL-terminated, the NUL not counted in len ---- */
struct rv_buf {
	char *data;	/* NULL while empty: use rv_buf_str() */
	size_t len, room;
	bool failed;
};
void rv_buf_add(struct rv_buf *b, const void *bytes, size_t len);
void rv_buf_adds(struct rv_buf *b, const char *s);
void rv_buf_addc(struct rv_buf *b, char c);
void rv_buf_addf(struct rv_buf *b, const char *fmt, ...) RV_PRINTF(2, 3);
const char *rv_buf_str(const struct rv_buf *b);
void rv_buf_done(struct rv_buf *b);
#define rv_autobuf RV_CLEANUP(rv_buf_done) struct rv_buf

/* ---- text ---- */
/* True when s begins with prefix. */
bool rv_str_starts(const char *s, const char *prefix);
/* Canonical non-negative decimal ("0", "17", no sign, no leading zero) up to max. */
bool rv_str_u64(const char *s, size_t len, uint64_t max, uint64_t *out);
/* The candidate nearest to word (edit distance at most 2, or a third of its length), NULL when none is near.
 * next(i) returns the i-th candidate, NULL at the end. For "did you mean". */
const char *rv_str_nearest(const char *word, const char *(*next)(void *ctx, size_t i), void *ctx);
/*
 * Length of the character at s when no terminal or log may get it raw, else 0: control characters (C0, DEL and, in UTF-8, C1, which
 * terminals obey as they do ESC), and the marks that turn the direction of what follows, so that a line reads as another one.
 */
size_t rv_str_unprintable(const char *s);
/* Appends s with the bytes of such characters as \xHH. */
void rv_buf_add_printable(struct rv_buf *b, const char *s);
/* Strictly valid UTF-8 (no overlong forms, surrogates or > U+10FFFF); *bad is the offset of the first bad byte. */
bool rv_utf8_valid(const char *s, size_t len, size_t *bad);
/*
 * Glob over paths and names, the same everywhere in policy: `*` and `?` do not cross '/', a part that is `**` spans any number of
 * parts. A pattern matches the whole text. Unlike a shell's, `*` also matches a leading dot.
 */
bool rv_glob(const char *pattern, const char *text);
/* Lexically clean absolute path: no "//", ".", ".." (clamped at "/"), no trailing '/'. NULL when out of memory or not absolute. */
char *rv_path_clean(struct rv_arena *a, const char *path);
/* path is base, or lies below it. Both clean. */
bool rv_path_under(const char *path, const char *base);
/* What such a path has behind base: "" or "/…". */
const char *rv_path_rest(const char *path, const char *base);
/* Order in which a directory comes right before what lies in it. */
int rv_path_cmp(const char *a, const char *b);

/* ---- files; paths relative to a directory fd, every fd O_CLOEXEC ---- */
/* Whole content of fd (regular file, pipe or socket), at most max bytes: more is RV_EDOCUMENT. */
int rv_io_read_fd(int fd, size_t max, struct rv_buf *out, struct rv_err *err);
/* As above for a regular file; with nofollow the last component may not be a symbolic link. ENOENT is in err->errnum. */
int rv_io_read_at(int dirfd, const char *name, bool nofollow, size_t max, struct rv_buf *out, struct rv_err *err);
/* All of it or an error. */
int rv_io_write_all(int fd, const void *data, size_t len, struct rv_err *err);
/* Replaces the file in one step: temporary file in the same directory, fsync, rename. Never leaves a partial file. */
int rv_io_write_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode, struct rv_err *err);
void rv_io_close(int *fd);	/* closes when >= 0, keeps errno, sets -1 */
#define rv_autofd RV_CLEANUP(rv_io_close) int
/* When a process started, in clock ticks since boot: its pid alone may be another's meanwhile. false: there is none. */
bool rv_process_start(long pid, unsigned long long *ticks);

/* ---- hash: SHA-256 (FIPS 180-4), lower-case hex with NUL ---- */
#define RV_HASH_HEX 65
void rv_hash_hex(const void *data, size_t len, char out[RV_HASH_HEX]);

#endif
