/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reeve-hook reads: judged.json, mountinfo and the runtime's state, a NUL between each two. Any answer will do but a crash, and
 * an answer that is no refusal must not depend on a mount that nobody judged.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "state.h"
#include "verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A container in which every file has its path's length for a number. */
static int look(void *ctx, const char *path, struct rv_place *out)
{
	(void)ctx;
	if (strlen(path) % 7 == 6)
		return ENOENT;
	*out = (struct rv_place){ .mount = 2, .ino = strlen(path), .mode = S_IFCHR, .rdev = strlen(path) };
	return 0;
}

static int namespaces(void *ctx, const char *type, struct rv_view_ns *out)
{
	(void)ctx;
	*out = (struct rv_view_ns){ .ino = strlen(type), .own_ino = 3 };
	return strlen(type) > 7 ? EINVAL : 0;
}

static void verify(const char *judged, size_t judged_len, const char *mounts, size_t mounts_len)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autojson doc = { 0 };
	struct rv_view view = { .look = look, .ns = namespaces, .uid_map = "0 0 1\n", .gid_map = "" };
	struct rv_err err = RV_ERR_INIT;
	struct rv_judged read;
	rv_autobuf text = { 0 };
	int rc;

	if (rv_json_parse(&doc, judged, judged_len, RV_JSON_MAX, 0, &err) < 0 || rv_judged_read(&read, &doc, &arena, &err) < 0 ||
	    rv_mountinfo_parse(mounts, mounts_len, &arena, &view.mounts, &err) < 0)
		return;
	rc = rv_verify(&read, &view, &arena, &err);
	if (rc < 0 && (err.code == RV_OK || !err.msg[0]))
		abort();
	if (rc == 0 && read.mounts_known && !view.mounts.count)
		abort();
	/* what was read is written as something that is read */
	read.record_text = "{}";
	rv_judged_write(&read, &text);
	rv_json_done(&doc);
	doc = (struct rv_json_doc){ 0 };
	if (!text.failed && (rv_json_parse(&doc, rv_buf_str(&text), text.len, SIZE_MAX, 0, &err) < 0 ||
			     rv_judged_read(&read, &doc, &arena, &err) < 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *judged = (const char *)data, *end = judged + size;
	const char *mounts = size ? memchr(judged, 0, size) : NULL;
	const char *state = mounts ? memchr(mounts + 1, 0, (size_t)(end - mounts - 1)) : NULL;
	struct rv_oci_state found;
	rv_autojson doc = { 0 };
	struct rv_err err;

	if (!state)
		return 0;
	verify(judged, (size_t)(mounts - judged), mounts + 1, (size_t)(state - mounts - 1));
	if (rv_oci_state_parse(state + 1, (size_t)(end - state - 1), &doc, &found, &err) == 0 && (found.pid < 1 || !found.id))
		abort();
	return 0;
}
