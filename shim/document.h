/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller's documents: each opened once, read once, parsed and checked strictly. Who else could write them is looked at
 * first: a bundle or config.json that anybody but root and the caller may write is refused, because the runtime would be told
 * what somebody else says.
 */
#ifndef REEVE_SHIM_DOCUMENT_H
#define REEVE_SHIM_DOCUMENT_H

#include "reeve/spec.h"

struct rv_document {
	int bundle_fd; /* O_PATH | O_DIRECTORY of the bundle; -1 */
	char *bundle;  /* its path without links, as getcwd would give it */
	struct rv_json_doc json;
	struct rv_spec spec;
};

#define RV_DOCUMENT_INIT ((struct rv_document){ .bundle_fd = -1 })
void rv_document_done(struct rv_document *doc);
#define rv_autodocument RV_CLEANUP(rv_document_done) struct rv_document

/*
 * config.json of a bundle. bundle NULL: the current directory. config (crun's --config) NULL or "config.json": the one in the
 * bundle; any other is relative to the current directory. max: bytes. On failure *doc holds what rv_document_done() frees.
 */
int rv_document_open(struct rv_document *doc, const char *bundle, const char *config, size_t max, struct rv_err *err);

/* config.json of a directory that is already open; for reeve's own bundles. */
int rv_document_open_at(struct rv_document *doc, int dirfd, size_t max, struct rv_err *err);

/* Bytes of process.json or a resources file, which may be a pipe; "-" is standard input where the runtime says so. */
int rv_document_read(const char *path, bool dash_is_stdin, size_t max, struct rv_buf *text, struct rv_err *err);

/* Parses text as process.json, or as LinuxResources. */
int rv_document_process(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max, struct rv_err *err);
int rv_document_resources(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max, struct rv_err *err);
/* Parses text as a config.json: what reeve wrote, read again. */
int rv_document_config(struct rv_document *doc, const char *name, const struct rv_buf *text, size_t max, struct rv_err *err);

#endif
