/* SPDX-License-Identifier: Apache-2.0 */
#include "attach.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "allowed.h"
#include "bpf/shared.h"
#include "cgroups.h"
#include "load.h"
#include "pins.h"
#include "set.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* Linux 6.9 */
#endif
#define FORMAT	 1
#define MARK_MAX 8192u

struct attach {
	const struct rv_judged *judged;
	const char *entry;
	char set[RV_SET_NAME];
	struct rv_cgroup cgroup;
	int containers, cgroups; /* maps; -1 */
};

/* ---- the mark ---- */

static int write_mark(const char *entry, const struct rv_buf *text, struct rv_err *err)
{
	rv_autofd dir = open(entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return rv_err_errno(err, errno, "cannot open %s", entry);
	return text->failed ? rv_err_nomem(err)
			    : rv_io_write_atomic(dir, RV_ATTACHED_FILE, rv_buf_str(text), text->len, 0600, err);
}

int rv_attach_mark(const char *entry, const char *why, struct rv_err *err)
{
	rv_autobuf text = { 0 };

	rv_buf_addf(&text, "{\"format\":%d,\"unmonitored\":", FORMAT);
	rv_json_quote(&text, why, strlen(why));
	rv_buf_addf(&text, ",\"time\":%lld}\n", (long long)time(NULL));
	return write_mark(entry, &text, err);
}

static int mark_attached(const struct attach *a, struct rv_err *err)
{
	rv_autobuf text = { 0 };

	rv_buf_addf(&text, "{\"format\":%d,\"set\":\"%s\",\"container\":\"%" PRIu64 "\",\"cgroup\":", FORMAT, a->set, a->cgroup.id);
	rv_json_quote(&text, a->cgroup.path, strlen(a->cgroup.path));
	rv_buf_addf(&text, ",\"time\":%lld}\n", (long long)time(NULL));
	return write_mark(a->entry, &text, err);
}

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

int rv_attached_read(int entry, struct rv_attached *out, struct rv_err *err)
{
	const char *set, *container;
	rv_autojson doc = { 0 };
	rv_autobuf text = { 0 };
	uint64_t when = 0;
	int rc = rv_io_read_at(entry, RV_ATTACHED_FILE, true, MARK_MAX, &text, err);

	if (rc == 0)
		rc = rv_json_parse(&doc, rv_buf_str(&text), text.len, MARK_MAX, 0, err);
	if (rc < 0)
		return rc;
	memset(out, 0, sizeof(*out));
	set = rv_json_str(rv_json_get(doc.root, "set"));
	container = rv_json_str(rv_json_get(doc.root, "container"));
	(void)rv_json_u64(rv_json_get(doc.root, "time"), &when);
	out->time = (int64_t)when;
	copy_text(out->why, sizeof(out->why), rv_json_str(rv_json_get(doc.root, "unmonitored")));
	copy_text(out->cgroup, sizeof(out->cgroup), rv_json_str(rv_json_get(doc.root, "cgroup")));
	if (*out->why)
		return 0;
	if (!set || !rv_set_is_name(set) || !container || !rv_str_u64(container, strlen(container), UINT64_MAX, &out->container))
		return rv_err(err, RV_EDOCUMENT, "%s is not as reeve-hook writes it", RV_ATTACHED_FILE);
	copy_text(out->set, sizeof(out->set), set);
	return 0;
}

/* ---- entering ---- */

/* What runs as a createContainer hook does so inside the cgroup, with all capabilities, and was allowed by policy. */
static int fill_hooks(struct rv_container *c, const struct rv_judged_monitor *m, struct rv_err *err)
{
	if (m->hook_count > RV_HOOKS_MAX)
		return rv_err(err, RV_ESYSTEM, "the container has more than %d createContainer hooks", RV_HOOKS_MAX);
	for (size_t i = 0; i < m->hook_count; i++) {
		struct stat st;

		if (stat(m->hook[i], &st) < 0)
			return rv_err_errno(err, errno, "cannot look at the hook %s", m->hook[i]);
		c->hook[c->hook_count].ino = st.st_ino;
		c->hook[c->hook_count++].dev = (__u32)(major(st.st_dev) << 20 | minor(st.st_dev));
	}
	return 0;
}

static int fill(struct rv_container *c, const struct attach *a, struct rv_err *err)
{
	const struct rv_judged_monitor *m = &a->judged->monitor;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	c->entered = now.tv_sec * 1000000000LL + now.tv_nsec;
	c->ceiling = m->ceiling;
	c->facts = m->facts;
	c->flags = rv_set_flags(a->set, m->flags);
	memcpy(c->action, m->action, m->action_count);
	copy_text(c->id, sizeof(c->id), a->judged->id);
	copy_text(c->entry, sizeof(c->entry), strrchr(a->entry, '/') + 1);
	return fill_hooks(c, m, err);
}

/* The runtime's init is the container's, and what it does before the entrypoint is the runtime's work. All of its threads: whichever
 * executes the entrypoint keeps what is stored with it. Before Linux 6.9 only the first one can be named. */
static int store_init(const struct attach *a, pid_t pid, int tasks, struct rv_err *err)
{
	const struct rv_task task = { .container = a->cgroup.id, .flags = RV_T_OUTSIDE | RV_T_INIT };
	struct dirent *thread;
	char path[64];
	int rc = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return rv_err_errno(err, errno, "cannot look at the container's process");
	while (rc == 0 && (thread = readdir(dir))) {
		pid_t tid = (pid_t)strtol(thread->d_name, NULL, 10);
		rv_autofd fd = tid > 0 ? (int)syscall(SYS_pidfd_open, tid, tid == pid ? 0 : PIDFD_THREAD) : -1;
		int failed = fd < 0 ? 0 : rv_map_put(tasks, &fd, &task, BPF_ANY);

		if (tid == pid && (fd < 0 || failed))
			rc = rv_err_errno(err, fd < 0 ? errno : -failed, "cannot enter the container's process");
	}
	closedir(dir);
	return rc;
}

/* progs/6-NAME: a program that each container gets for itself, 6 being the attach type. */
static int link_one(const struct attach *a, const char *name, struct rv_err *err)
{
	char path[RV_SET_PATH], what[96];
	rv_autofd program = -1, link = -1;
	char *rest;
	unsigned long type = strtoul(name, &rest, 10);
	int rc;

	if (rest == name || *rest != '-')
		return 0;
	snprintf(what, sizeof(what), "progs/%.64s", name);
	rv_set_path(path, a->set, what);
	rc = rv_pin_open(path, &program, err);
	if (rc == 0)
		rc = rv_program_link(program, a->cgroup.fd, (unsigned)type, &link, err);
	if (rc < 0)
		return rc;
	snprintf(what, sizeof(what), "c/%" PRIu64 "/%.48s", a->cgroup.id, rest + 1);
	rv_set_path(path, a->set, what);
	return rv_pin_put(link, path, err);
}

static int link_programs(const struct attach *a, struct rv_err *err)
{
	char path[RV_SET_PATH], what[32];
	struct dirent *file;
	int rc = 0;
	DIR *dir;

	snprintf(what, sizeof(what), "c/%" PRIu64, a->cgroup.id);
	rv_set_path(path, a->set, what);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make %s", path);
	rv_set_path(path, a->set, "progs");
	dir = opendir(path);
	if (!dir)
		return rv_err_errno(err, errno, "cannot open %s", path);
	while (rc == 0 && (file = readdir(dir)))
		rc = link_one(a, file->d_name, err);
	closedir(dir);
	return rc;
}

/* Of a cgroup with no task but init: one that ended is not deleted yet, or runs above. It is not to be lost. */
static int see_unused(const struct attach *a, struct rv_err *err)
{
	__u64 id = a->cgroup.id, other;

	if (rv_map_look(a->cgroups, &id, &other) < 0)
		return 0;
	return rv_err(err, RV_ESYSTEM, other == id ? "its cgroup is still that of another container, which is to be deleted first"
						   : "its cgroup lies below that of another container");
}

static int put(int map, const void *key, const void *value, const char *what, struct rv_err *err)
{
	int rc = rv_map_put(map, key, value, BPF_NOEXIST);

	if (rc == -E2BIG || rc == -ENOSPC)
		return rv_err(err, RV_ESYSTEM, "no room for another container in %s; see reevectl node gc", what);
	return rc < 0 ? rv_err_errno(err, -rc, "cannot enter the container in %s", what) : 0;
}

static int enter(struct attach *a, pid_t pid, struct rv_err *err)
{
	struct rv_container *c = calloc(1, sizeof(*c));
	const __u64 id = a->cgroup.id;
	rv_autofd tasks = -1;
	int rc = c ? fill(c, a, err) : rv_err_nomem(err);

	if (rc == 0)
		rc = put(a->containers, &id, c, "containers", err);
	if (rc == 0)
		rc = put(a->cgroups, &id, &id, "cgroups", err);
	if (rc == 0)
		rc = rv_allowed_enter(a->set, id, &a->judged->monitor, err);
	if (rc == 0)
		rc = rv_set_map(a->set, "tasks", &tasks, err);
	if (rc == 0)
		rc = store_init(a, pid, tasks, err);
	if (rc == 0)
		rc = link_programs(a, err);
	free(c);
	return rc;
}

static void undo(const struct attach *a)
{
	const __u64 id = a->cgroup.id;

	rv_set_drop_links(a->set, id);
	(void)rv_map_drop(a->cgroups, &id);
	(void)rv_map_drop(a->containers, &id);
	rv_allowed_leave(a->set, id, &a->judged->monitor);
}

/* ---- the set ---- */

static int find_set(struct attach *a, int64_t until, struct rv_err *err)
{
	const struct rv_judged_monitor *m = &a->judged->monitor;
	const char *const arguments[] = { a->set, NULL };
	int rc = 0;

	rv_set_name(m->rules, !strcmp(m->tier, "base"), a->set);
	if (!rv_set_exists(a->set))
		rc = rv_load_run(arguments, until, err);
	if (rc == 0)
		rc = rv_set_map(a->set, "containers", &a->containers, err);
	return rc == 0 ? rv_set_map(a->set, "cgroups", &a->cgroups, err) : rc;
}

/* Programs that cost every process of the node are attached only while a container asks for them. */
static int attach_group(const struct attach *a, const char *group, int64_t until, struct rv_err *err)
{
	const char *const arguments[] = { "--attach", group, a->set, NULL };
	char path[RV_SET_PATH], what[32];

	snprintf(what, sizeof(what), "links/%s", group);
	rv_set_path(path, a->set, what);
	return access(path, F_OK) == 0 ? 0 : rv_load_run(arguments, until, err);
}

static int attach_groups(const struct attach *a, int64_t until, struct rv_err *err)
{
	unsigned flags = rv_set_flags(a->set, a->judged->monitor.flags);
	int rc = flags & RV_C_CALLS ? attach_group(a, "calls", until, err) : 0;

	return rc == 0 && flags & RV_C_LEARN ? attach_group(a, "learn", until, err) : rc;
}

/* The mark comes first: whatever ends us later, poststop and gc know where to look. */
int rv_attach(const struct rv_judged *judged, const char *entry, pid_t pid, int64_t until, struct rv_err *err)
{
	struct attach a = { .judged = judged, .entry = entry, .cgroup = RV_CGROUP_INIT, .containers = -1, .cgroups = -1 };
	int rc = rv_cgroup_of(&a.cgroup, pid, err);

	if (rc == 0)
		rc = find_set(&a, until, err);
	if (rc == 0)
		rc = see_unused(&a, err);
	if (rc == 0)
		rc = mark_attached(&a, err);
	if (rc == 0) {
		rc = enter(&a, pid, err);
		if (rc == 0)
			rc = attach_groups(&a, until, err);
		/* whoever takes a set away renames it first and then looks for containers */
		if (rc == 0 && !rv_set_exists(a.set))
			rc = rv_err(err, RV_ESYSTEM, "the kernel programs were unloaded meanwhile; try again");
		if (rc < 0)
			undo(&a);
	}
	rv_io_close(&a.containers);
	rv_io_close(&a.cgroups);
	rv_cgroup_done(&a.cgroup);
	return rc;
}
