/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the active set: what else is in policy/rules opens none. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reeve/policy.h"

#define HEAD_MAX 65536 /* bytes */
#define HEAD_END "\"policies\":[],\"profiles\":[],\"grants\":[]}\n"

/* *fd is -1 when there is no set. */
static int open_set(int *fd, struct rv_err *err)
{
	rv_autofd set = open(RV_ACTIVE_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	*fd = -1;
	if (set < 0 && errno == ENOENT)
		return 0;
	if (set < 0 || fstat(set, &st) < 0)
		return rv_err(err, RV_EPOLICY, "cannot read the active set %s: %s", RV_ACTIVE_FILE, strerror(errno));
	if (!S_ISREG(st.st_mode) || (st.st_mode & 022))
		return rv_err(err, RV_EPOLICY, "the active set %s can be written by others than its owner", RV_ACTIVE_FILE);
	*fd = set;
	set = -1;
	return 0;
}

static int load(struct rv_policies **out, const char *text, size_t len, struct rv_err *err)
{
	if (rv_policies_load(out, text, len, err) == 0)
		return 0;
	rv_err_at_file(err, RV_ACTIVE_FILE, err->line, err->column);
	return -(int)err->code;
}

static int load_all(struct rv_policies **out, int fd, struct rv_buf *text, struct rv_err *err)
{
	if (rv_io_read_fd(fd, RV_ACTIVE_MAX, text, err) < 0)
		return rv_err(err, RV_EPOLICY, "cannot read the active set %s", RV_ACTIVE_FILE);
	return load(out, rv_buf_str(text), text->len, err);
}

int rv_active_load(struct rv_policies **out, struct rv_buf *text, struct rv_err *err)
{
	rv_autobuf own = { 0 };
	rv_autofd fd = -1;
	int rc = open_set(&fd, err);

	if (rc < 0)
		return rc;
	return fd < 0 ? rv_policies_load(out, NULL, 0, err) : load_all(out, fd, text ? text : &own, err);
}

/* The set is written with the node file in its second line. One that is not so is read whole. */
int rv_active_load_node(struct rv_policies **out, struct rv_err *err)
{
	rv_autobuf head = { 0 }, whole = { 0 };
	char text[HEAD_MAX + 1];
	rv_autofd fd = -1;
	char *end = NULL;
	ssize_t n;
	int rc = open_set(&fd, err);

	if (rc < 0)
		return rc;
	if (fd < 0)
		return rv_policies_load(out, NULL, 0, err);
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	if (rv_str_starts(text, "{\"format\":"))
		end = strchr(text, '\n');
	end = end && rv_str_starts(end + 1, "\"node\":") ? strstr(end, ",\n\"policies\":[") : NULL;
	if (!end)
		return load_all(out, fd, &whole, err);
	rv_buf_add(&head, text, (size_t)(end - text) + 1);
	rv_buf_adds(&head, HEAD_END);
	return head.failed ? rv_err_nomem(err) : load(out, rv_buf_str(&head), head.len, err);
}
