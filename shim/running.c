/* SPDX-License-Identifier: Apache-2.0 */
#include "running.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "reeve/json.h"
#include "state.h"

#define STATE_MAX (64u * 1024 * 1024) /* runc's state holds the whole configuration a second time */

/* Where runc (libcontainer's BaseState) and crun (libcrun_container_status_t) keep it. */
static const struct names {
	const char *file, *pid, *start;
} runc = { "state.json", "init_process_pid", "init_process_start" },
  crun = { "status", "pid", "process-start-time" };

int rv_running_root(enum rv_runtime runtime, const char *root, const char *id)
{
	const struct names *names = runtime == RV_RUNTIME_CRUN ? &crun : &runc;
	unsigned long long now;
	rv_autobuf text = { 0 };
	rv_autojson json = { 0 };
	uint64_t pid, start;
	char path[PATH_MAX];
	rv_autofd state = -1;
	int dir;

	if (snprintf(path, sizeof(path), "%s/%s", root, id) >= (int)sizeof(path))
		return -1;
	state = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (state < 0 || rv_io_read_at(state, names->file, true, STATE_MAX, &text, NULL) < 0 ||
	    rv_json_parse(&json, rv_buf_str(&text), text.len, STATE_MAX, 0, NULL) < 0 ||
	    !rv_json_u64(rv_json_get(json.root, names->pid), &pid) || pid < 1 || pid > INT_MAX ||
	    !rv_json_u64(rv_json_get(json.root, names->start), &start))
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* asked afterwards: the pid may have been given to another process */
	if (dir >= 0 && (!rv_process_start((long)pid, &now) || now != start))
		rv_io_close(&dir);
	return dir;
}
