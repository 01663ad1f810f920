/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "load/load.h"
#include "load/skeleton.h"
#include "pins.h"
#include "set.h"

static bool starts(const char *section, const char *prefix)
{
	return !strncmp(section, prefix, strlen(prefix));
}

static const char *after(const char *section, const char *prefix)
{
	return starts(section, prefix) ? section + strlen(prefix) : NULL;
}

static enum rv_place place_group(const char *name)
{
	return starts(name, "learn") ? RV_PLACE_LEARN : RV_PLACE_CALLS;
}

/*
 * A kernel may be without these. Before 6.2 path_truncate and inode_setxattr stand for file_truncate and the acls; user namespaces have a
 * hook since 6.1, keys are optional. Without one of the others there is no lsm tier.
 */
static bool may_lack(const char *hook)
{
	static const char *const hooks[] = {
		"file_truncate", "inode_set_acl", "inode_remove_acl", "userns_create", "key_alloc", "key_permission",
	};

	for (size_t i = 0; i < RV_COUNT(hooks); i++)
		if (!strcmp(hook, hooks[i]))
			return true;
	return false;
}

/* The function that asks the hook: it gets the same arguments. */
static const char *function_of(const char *hook)
{
	if (!strcmp(hook, "userns_create"))
		return "create_user_ns";
	return strcmp(hook, "bprm_check_security") ? hook : "bprm_check";
}

static enum rv_place turn(struct bpf_program *program, const char *hook, const struct rv_kernel *k)
{
	const bool lsm = k->mechanism == RV_MECHANISM_LSM;
	char function[128];

	if (!rv_kernel_has_function(k, lsm ? "bpf_lsm_" : "security_", lsm ? hook : function_of(hook)))
		return may_lack(hook) ? RV_PLACE_NOWHERE : RV_PLACE_MISSING;
	if (lsm)
		return RV_PLACE_NODE;
	snprintf(function, sizeof(function), "security_%s", function_of(hook));
	bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
	bpf_program__set_expected_attach_type(program, BPF_MODIFY_RETURN);
	return bpf_program__set_attach_target(program, 0, function) == 0 ? RV_PLACE_NODE : RV_PLACE_MISSING;
}

/* What kernels have since 6.7, and libbpf 1.1 does not know. */
static enum rv_place place_unix(struct bpf_program *program, const char *hook, const struct rv_kernel *k)
{
	int type = rv_kernel_attach_type(k, strcmp(hook, "connect_unix") ? "BPF_CGROUP_UNIX_SENDMSG" : "BPF_CGROUP_UNIX_CONNECT");

	if (type < 0)
		return RV_PLACE_NOWHERE;
	bpf_program__set_type(program, BPF_PROG_TYPE_CGROUP_SOCK_ADDR);
	bpf_program__set_expected_attach_type(program, (enum bpf_attach_type)type);
	return RV_PLACE_ROOT;
}

enum rv_place rv_program_place(struct bpf_program *program, const struct rv_kernel *k, bool lsm)
{
	static const char *const each[] = { "cgroup/sysctl", "cgroup/getsockopt", "cgroup/setsockopt", "cgroup_skb/" };
	const char *section = bpf_program__section_name(program), *name = bpf_program__name(program), *rest;

	/* sockets: where programs of cgroups see who acts, they judge */
	if ((starts(name, "base_") && lsm) || (starts(name, "lsm_net_") && k->cgroup_tasks))
		return RV_PLACE_NOWHERE;
	for (size_t i = 0; i < RV_COUNT(each); i++)
		if (starts(section, each[i]))
			return RV_PLACE_EACH;
	rest = after(section, "cgroup/");
	if (rest)
		return strstr(rest, "_unix") ? place_unix(program, rest, k) : RV_PLACE_ROOT;
	if (!strcmp(name, RV_CHANGES_BY_CALLS) && rv_kernel_has_tracepoint(k, "ctime_ns_xchg"))
		return RV_PLACE_NOWHERE;
	if (after(section, "tp/syscalls/") || after(section, "tracepoint/syscalls/"))
		return lsm && !starts(name, "learn") ? RV_PLACE_NOWHERE : place_group(name);
	rest = after(section, "tp_btf/");
	if (rest && !rv_kernel_has_tracepoint(k, rest))
		return RV_PLACE_NOWHERE;
	if (rest && (!strcmp(rest, "sys_enter") || !strcmp(rest, "sys_exit")))
		return lsm && !starts(name, "learn") ? RV_PLACE_NOWHERE : place_group(name);
	rest = after(section, "lsm/");
	rest = rest ? rest : after(section, "lsm.s/");
	if (rest)
		return lsm ? turn(program, rest, k) : RV_PLACE_NOWHERE;
	rest = after(section, "fexit/");
	rest = rest ? rest : after(section, "fentry/");
	rest = rest ? rest : after(section, "fmod_ret/");
	if (rest)
		return lsm && rv_kernel_has_function(k, "", rest) ? RV_PLACE_NODE : RV_PLACE_NOWHERE;
	return RV_PLACE_NODE;
}

/* ---- on demand ---- */

/* The tracepoint's number is in tracefs, which needs not be mounted. */
static int tracepoint_id(const char *name, unsigned *id, struct rv_err *err)
{
	rv_autofd fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), root = -1, file = -1;
	char path[160], text[16] = "";

	if (fs >= 0 && syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		root = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	snprintf(path, sizeof(path), "events/syscalls/%s/id", name);
	file = root < 0 ? -1 : openat(root, path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || read(file, text, sizeof(text) - 1) <= 0)
		return rv_err_errno(err, errno, "this kernel has no tracepoint syscalls/%s (CONFIG_FTRACE_SYSCALLS)", name);
	*id = (unsigned)strtoul(text, NULL, 10);
	return 0;
}

static int link_call(int program, const char *name, int *link, struct rv_err *err)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .sample_period = 1, .wakeup_events = 1 };
	rv_autofd event = -1;
	unsigned id = 0;
	int rc = tracepoint_id(name, &id, err);

	if (rc < 0)
		return rc;
	attr.config = id;
	event = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	*link = event < 0 ? -1 : bpf_link_create(program, event, BPF_PERF_EVENT, NULL);
	return *link < 0 ? rv_err_errno(err, errno, "cannot attach to tracepoint syscalls/%s", name) : 0;
}

static int pin_link(const char *set, const char *dir, const char *name, int link, struct rv_err *err)
{
	char path[RV_SET_PATH], what[112];

	snprintf(what, sizeof(what), "links/%s/%.64s", dir, name);
	rv_set_path(path, set, what);
	return rv_pin_put(link, path, err);
}

/* "sys_exit_mount+sys_exit_umount": one program for several tracepoints. What a machine has no tracepoint for it has no call for. */
static int link_calls(const char *set, const char *dir, int program, const char *names, struct rv_err *err)
{
	char list[1024], *rest = NULL;
	unsigned linked = 0;

	snprintf(list, sizeof(list), "%s", names);
	for (char *name = strtok_r(list, "+", &rest); name; name = strtok_r(NULL, "+", &rest)) {
		rv_autofd link = -1;

		if (link_call(program, name, &link, err) < 0) {
			if (err->errnum == ENOENT)
				continue;
			return -(int)err->code;
		}
		if (pin_link(set, dir, name, link, err) < 0)
			return -(int)err->code;
		linked++;
	}
	return linked ? 0 : -(int)err->code;
}

static int link_pinned(const char *set, const char *file, const char *section, const char *dir, struct rv_err *err)
{
	rv_autofd program = -1, link = -1;
	char path[RV_SET_PATH], what[96];
	int rc;

	snprintf(what, sizeof(what), "progs/%.64s", file);
	rv_set_path(path, set, what);
	rc = rv_pin_open(path, &program, err);
	if (rc < 0 || !starts(section, "tp_btf/"))
		return rc < 0 ? rc : link_calls(set, dir, program, strrchr(section, '/') + 1, err);
	rc = rv_program_link(program, -1, 0, &link, err);
	return rc < 0 ? rc : pin_link(set, dir, file, link, err);
}

static int link_all(const char *set, const char *group, const char *dir, struct rv_err *err)
{
	struct rv_programs *programs = rv_programs__open();
	struct bpf_program *program;
	char path[RV_SET_PATH], file[96], what[112];
	int rc = programs ? 0 : rv_err_errno(err, errno, "the kernel programs of this build cannot be read");

	if (rc < 0)
		return rc;
	bpf_object__for_each_program(program, programs->obj) {
		const char *name = bpf_program__name(program);

		snprintf(file, sizeof(file), "%s-%s", group, name);
		snprintf(what, sizeof(what), "progs/%s", file);
		rv_set_path(path, set, what);
		if (rc == 0 && access(path, F_OK) == 0)
			rc = link_pinned(set, file, bpf_program__section_name(program), dir, err);
	}
	rv_programs__destroy(programs);
	return rc;
}

/* Under another name until all of them are there: a hook that finds the directory starts its container. */
int rv_group_attach(const char *set, const char *group, struct rv_err *err)
{
	char path[RV_SET_PATH], made[RV_SET_PATH], dir[32], what[48];
	int rc;

	snprintf(what, sizeof(what), "links/%s", group);
	rv_set_path(path, set, what);
	if (access(path, F_OK) == 0)
		return 0;
	snprintf(dir, sizeof(dir), "new-%s", group);
	snprintf(what, sizeof(what), "links/%s", dir);
	rv_set_path(made, set, what);
	(void)rv_pin_clear(made);
	if (mkdir(made, 0700) < 0 && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make %s", made);
	rc = link_all(set, group, dir, err);
	if (rc == 0 && rename(made, path) < 0)
		rc = rv_err_errno(err, errno, "cannot rename %s to %s", made, path);
	if (rc < 0) {
		(void)rv_pin_clear(made);
		(void)rmdir(made);
	}
	return rc;
}
