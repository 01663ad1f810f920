/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/btf.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bpf/shared.h"
#include "cgroups.h"
#include "load/load.h"
#include "lock.h"
#include "pins.h"
#include "set.h"

/* What the base tier gets from tracepoints that not every kernel has. */
static const struct {
	const char *tracepoint, *gives, *without;
} wanted[] = {
	{ "inode_set_ctime_to_ts", "changes to files, without cost", "changes to files are seen at the end of system calls" },
	{ "cap_capable", "capabilities that are asked for and refused, and calls that ask", "the lsm tier sees them" },
	{ "mm_filemap_get_pages", "files that are read", "reads are seen where a policy asks for them, or by the lsm tier" },
	{ "sched_process_exec", "every program that is executed", "nothing can be watched" },
};

#define CONTAINERS 0
static const struct {
	const char *name;
	size_t key, max;
} counted[] = {
	{ "containers", sizeof(uint64_t), RV_CONTAINERS_MAX }, { "cgroups", sizeof(uint64_t), RV_CGROUPS_MAX },
	{ "used", sizeof(struct rv_used_key), RV_USED_MAX },   { "rates", sizeof(struct rv_rate_key), RV_RATES_MAX },
	{ "allowed", sizeof(struct rv_allowed_key), RV_ALLOWED_MAX },
};

static size_t count_keys(const char *set, size_t which)
{
	char key[64] = "", next[64] = "";
	size_t count = 0;
	rv_autofd map = -1;

	if ((which == CONTAINERS ? rv_set_ids(set, &map, NULL) : rv_set_map(set, counted[which].name, &map, NULL)) < 0)
		return 0;
	while (count < counted[which].max && rv_map_next(map, count ? key : NULL, next) == 0) {
		memcpy(key, next, counted[which].key);
		count++;
	}
	return count;
}

/* The lock's file holds its pid (reeve-monitor(8)). */
static unsigned long monitor_pid(void)
{
	rv_autofd fd = open(RV_STATE_DIR "/monitor.lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	char text[32] = "";

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 || pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return strtoul(text, NULL, 10);
}

/* An empty directory stands for a group that the tier has no programs for (load/set.c). */
static bool is_attached(const char *set, const char *group)
{
	char path[RV_SET_PATH];
	struct dirent *file = NULL;
	DIR *dir;

	rv_set_path(path, set, group);
	dir = opendir(path);
	while (dir && (file = readdir(dir)) && file->d_name[0] == '.')
		;
	if (dir)
		closedir(dir);
	return file;
}

static void put_set(struct rv_buf *out, const char *name, const char *current)
{
	struct rv_status status = { 0 };
	const __u32 first = 0;
	rv_autofd map = -1, containers = -1;
	bool read = rv_set_map(name, "containers", &containers, NULL) == 0 && rv_set_map(name, "status", &map, NULL) == 0 &&
		    rv_map_look(map, &first, &status) == 0;

	rv_json_put_open(out, NULL, '{');
	rv_json_put_text(out, "name", name);
	rv_json_put_flag(out, "current", !strcmp(name, current));
	rv_json_put_flag(out, "foreign", !read);
	rv_json_put_text(out, "tier", status.tier == RV_TIER_LSM ? "lsm" : "base");
	rv_json_put_number(out, "dropped", status.dropped);
	rv_json_put_number(out, "scratchLost", status.scratch_lost);
	rv_json_put_flag(out, "calls", is_attached(name, "links/calls"));
	rv_json_put_flag(out, "learn", is_attached(name, "links/learn"));
	rv_json_put_open(out, "maps", '{');
	for (size_t i = 0; i < RV_COUNT(counted); i++) {
		rv_json_put_open(out, counted[i].name, '{');
		rv_json_put_number(out, "entries", count_keys(name, i));
		rv_json_put_number(out, "max", counted[i].max);
		rv_buf_addc(out, '}');
	}
	rv_buf_adds(out, "}}");
}

static void put_sets(struct rv_buf *out, const char *current)
{
	DIR *dir = opendir(RV_SETS_DIR);
	struct dirent *file;

	rv_json_put_open(out, "sets", '[');
	while (dir && (file = readdir(dir)))
		if (rv_set_is_name(file->d_name))
			put_set(out, file->d_name, current);
	if (dir)
		closedir(dir);
	rv_buf_addc(out, ']');
}

static void put_kernel(struct rv_buf *out, const struct rv_kernel *k, bool cgroup2, bool base)
{
	static const char *const mechanisms[] = { [RV_MECHANISM_NONE] = "none", [RV_MECHANISM_LSM] = "lsm",
						  [RV_MECHANISM_MODIFY] = "fmod_ret" };
	bool lsm = k->mechanism != RV_MECHANISM_NONE && !base;
	struct utsname name;

	rv_json_put_text(out, "kernel", uname(&name) == 0 ? name.release : "");
	rv_json_put_flag(out, "btf", k->btf != NULL);
	rv_json_put_flag(out, "cgroup2", cgroup2);
	rv_json_put_text(out, "tier", lsm ? "lsm" : "base");
	rv_json_put_text(out, "mechanism", mechanisms[k->mechanism]);
	if (!lsm)
		rv_json_put_text(out, "why", base && k->mechanism ? "the node file asks for it (monitor.tier)" : k->why);
	rv_json_put_open(out, "tracepoints", '{');
	for (size_t i = 0; i < RV_COUNT(wanted); i++)
		rv_json_put_flag(out, wanted[i].tracepoint, rv_kernel_has_tracepoint(k, wanted[i].tracepoint));
	rv_buf_addc(out, '}');
	rv_json_put_flag(out, "cgroupTaskStorage", k->cgroup_tasks);
}

/* ---- for people: the same, line by line ---- */

static const char *text_of(const struct rv_json *root, const char *pointer)
{
	const char *text = rv_json_str(rv_json_at(root, pointer));

	return text ? text : "";
}

static void say_set(struct rv_buf *out, const struct rv_json *set)
{
	if (rv_json_true(rv_json_get(set, "foreign"))) {
		rv_buf_addf(out, "set %s: of another version of reeve, %s containers\n", text_of(set, "/name"),
			    rv_json_at(set, "/maps/containers/entries")->str);
		return;
	}
	rv_buf_addf(out, "set %s: %s tier%s%s%s\n", text_of(set, "/name"), text_of(set, "/tier"),
		    rv_json_true(rv_json_get(set, "current")) ? ", current" : "",
		    rv_json_true(rv_json_get(set, "calls")) ? ", system calls watched" : "",
		    rv_json_true(rv_json_get(set, "learn")) ? ", system calls recorded" : "");
	rv_json_each(map, rv_json_get(set, "maps"))
		rv_buf_addf(out, "  %s: %s of %s\n", map->key, rv_json_get(map, "entries")->str, rv_json_get(map, "max")->str);
	rv_buf_addf(out, "  records dropped: %s\n", rv_json_get(set, "dropped")->str);
}

static void say(struct rv_buf *out, const struct rv_json *root)
{
	const struct rv_json *sets = rv_json_get(root, "sets"), *monitor = rv_json_get(root, "monitor");
	bool lsm = !strcmp(text_of(root, "/tier"), "lsm");

	rv_buf_addf(out, "kernel %s, with BTF%s\n", text_of(root, "/kernel"),
		    rv_json_true(rv_json_get(root, "cgroup2")) ? " and cgroup2" : "");
	rv_buf_addf(out, "tier %s%s%s\n", text_of(root, "/tier"), lsm ? " by " : ": ",
		    lsm ? text_of(root, "/mechanism") : text_of(root, "/why"));
	for (size_t i = 0; i < RV_COUNT(wanted); i++)
		if (!rv_json_true(rv_json_get(rv_json_get(root, "tracepoints"), wanted[i].tracepoint)))
			rv_buf_addf(out, "no tracepoint %s (%s): %s\n", wanted[i].tracepoint, wanted[i].gives, wanted[i].without);
	if (!rv_json_count(sets))
		rv_buf_adds(out, "no set is loaded: the first container loads one\n");
	rv_json_each(set, sets)
		say_set(out, set);
	if (monitor->type == RV_JSON_NUMBER)
		rv_buf_addf(out, "reeve-monitor runs, process %s\n", monitor->str);
	else
		rv_buf_adds(out, "reeve-monitor does not run\n");
}

int rv_doctor(bool json, struct rv_buf *out, struct rv_err *err)
{
	rv_autokernel kernel = { 0 };
	char current[RV_SET_NAME];
	struct rv_err why = RV_ERR_INIT;
	rv_autobuf text = { 0 };
	rv_autojson doc = { 0 };
	rv_autofd root = -1;
	unsigned long pid;
	int rc = rv_set_current(current, err);

	if (rc == 0)
		rc = rv_kernel_look(&kernel, err);
	if (rc < 0)
		return rc;
	rv_buf_addc(&text, '{');
	put_kernel(&text, &kernel, rv_cgroup_root(&root, &why) == 0, current[33] == '-');
	rv_json_put_text(&text, "current", current);
	put_sets(&text, current);
	pid = monitor_pid();
	rv_json_put_key(&text, "monitor");
	rv_buf_addf(&text, pid ? "%lu" : "null", pid);
	rv_buf_adds(&text, "}\n");
	if (text.failed)
		return rv_err_nomem(err);
	if (json)
		rv_buf_add(out, rv_buf_str(&text), text.len);
	else if (rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, err) == 0)
		say(out, doc.root);
	else
		return -(int)err->code;
	/* what there is was said; of a kernel without BTF nothing can be */
	return root < 0 ? rv_err(err, RV_ESYSTEM, "nothing can be watched: %s", why.msg) : 0;
}
