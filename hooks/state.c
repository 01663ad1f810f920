/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATE_MAX 4194304u /* it repeats the document's annotations */

int rv_oci_state_parse(const char *text, size_t len, struct rv_json_doc *doc, struct rv_oci_state *state, struct rv_err *err)
{
	struct rv_oci_state found;
	uint64_t pid;
	int rc = rv_json_parse(doc, text, len, STATE_MAX, 0, err);

	if (rc < 0) {
		rv_err_at_file(err, "the container's state", err->line, err->column);
		return rc;
	}
	found.id = rv_json_str(rv_json_get(doc->root, "id"));
	found.bundle = rv_json_str(rv_json_get(doc->root, "bundle"));
	if (!found.id || !found.bundle || !rv_json_u64(rv_json_get(doc->root, "pid"), &pid) || pid < 1 || pid > INT_MAX)
		return rv_err(err, RV_EDOCUMENT, "the container's state lacks id, bundle or pid");
	found.pid = (pid_t)pid;
	*state = found;
	return 0;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* A runtime that never ends its text must not hold the start for ever. */
static int read_all(int fd, unsigned seconds, struct rv_buf *out, struct rv_err *err)
{
	const long long end = now_ms() + seconds * 1000LL;
	char chunk[4096];

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		long long left = end - now_ms();
		int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0)
			return rv_err_errno(err, errno, "cannot wait for the container's state");
		if (ready == 0)
			return rv_err(err, RV_ESYSTEM, "the container's state did not come in %u seconds", seconds);
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return rv_err_errno(err, errno, "cannot read the container's state");
		if (n == 0)
			return out->failed ? rv_err_nomem(err) : 0;
		if (out->len + (size_t)n > STATE_MAX)
			return rv_err(err, RV_EDOCUMENT, "the container's state is larger than %u bytes", STATE_MAX);
		rv_buf_add(out, chunk, (size_t)n);
	}
}

int rv_oci_state_read(int fd, unsigned seconds, struct rv_json_doc *doc, struct rv_oci_state *state, struct rv_err *err)
{
	rv_autobuf text = { 0 };
	int rc = read_all(fd, seconds, &text, err);

	return rc < 0 ? rc : rv_oci_state_parse(rv_buf_str(&text), text.len, doc, state, err);
}
