/* SPDX-License-Identifier: Apache-2.0 */
#include "load/active.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reeve/detect.h"
#include "set.h"

#define ACTIVE_FILE RV_LOCALSTATEDIR "/lib/reeve/active.json"
#define ACTIVE_MAX  (64u * 1024 * 1024) /* bytes */

void rv_active_done(struct rv_active *a)
{
	rv_policies_free(a->policies);
	a->policies = NULL;
	rv_buf_done(&a->text);
}

static int read_text(struct rv_buf *out, struct rv_err *err)
{
	rv_autofd fd = open(ACTIVE_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return rv_err(err, RV_EPOLICY, "cannot read the active set %s: %s", ACTIVE_FILE, strerror(errno));
	if (!S_ISREG(st.st_mode) || (st.st_mode & 022))
		return rv_err(err, RV_EPOLICY, "the active set %s can be written by others than its owner", ACTIVE_FILE);
	return rv_io_read_fd(fd, ACTIVE_MAX, out, err);
}

int rv_active_read(struct rv_active *a, struct rv_err *err)
{
	int rc;

	*a = (struct rv_active){ 0 };
	rc = read_text(&a->text, err);
	if (rc == 0)
		rc = rv_policies_load(&a->policies, a->text.len ? rv_buf_str(&a->text) : NULL, a->text.len, err);
	if (rc < 0)
		rv_err_at_file(err, ACTIVE_FILE, err->line, err->column);
	return rc;
}

int rv_active_set(const struct rv_active *a, char name[40], struct rv_err *err)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_detection_names names;
	int rc = rv_policies_detection_names(a->policies, &arena, &names, err);

	if (rc == 0)
		rv_set_name(names.hash, !strcmp(rv_policies_node(a->policies)->monitor.tier, "base"), name);
	return rc;
}
