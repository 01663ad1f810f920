/* SPDX-License-Identifier: Apache-2.0 */
#include "active.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int rv_active_load(struct rv_policies **out, struct rv_err *err)
{
	rv_autofd fd = open(RV_ACTIVE_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	rv_autobuf text = { 0 };
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return rv_policies_load(out, NULL, 0, err);
	if (fd < 0 || fstat(fd, &st) < 0)
		return rv_err(err, RV_EPOLICY, "cannot read the active set %s: %s", RV_ACTIVE_FILE, strerror(errno));
	if (!S_ISREG(st.st_mode) || (st.st_mode & 022))
		return rv_err(err, RV_EPOLICY, "the active set %s can be written by others than its owner", RV_ACTIVE_FILE);
	if (rv_io_read_fd(fd, RV_ACTIVE_MAX, &text, err) < 0)
		return rv_err(err, RV_EPOLICY, "cannot read the active set %s", RV_ACTIVE_FILE);
	if (rv_policies_load(out, rv_buf_str(&text), text.len, err) == 0)
		return 0;
	rv_err_at_file(err, RV_ACTIVE_FILE, err->line, err->column);
	return -(int)err->code;
}
