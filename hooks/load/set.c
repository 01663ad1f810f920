/* SPDX-License-Identifier: Apache-2.0 */
/* A set is loaded under another name and renamed when it is whole; whatever goes wrong before leaves nothing. */
#include "set.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/shared.h"
#include "cgroups.h"
#include "load/load.h"
#include "load/skeleton.h"
#include "lock.h"
#include "reeve/log.h"
#include "rules.h"

#define LOCK_MS	  25000 /* somebody else may be loading the same set */
#define TEMPORARY "new-"
#define PROGRAMS_MAX 256
/* RV_NET_* of net.bpf.c */
#define NET_LISTS 0
#define NET_LIGHT 1

struct load {
	const char *name;
	char temporary[RV_SET_NAME];
	struct rv_kernel kernel;
	struct rv_policies *policies;
	struct rv_buf active;		/* empty: the embedded default holds */
	struct rv_detections detections;
	struct rv_programs *programs;
	bool lsm;
	enum rv_place place[PROGRAMS_MAX];
	struct bpf_link *link[PROGRAMS_MAX];
	int root; /* cgroup2's */
};

/* ---- the file system ---- */

static bool is_bpffs(void)
{
	struct statfs fs;

	return statfs(RV_BPFFS, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

static int mount_inside(void)
{
	rv_autofd ns = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (ns < 0 || setns(ns, CLONE_NEWNS) < 0 || mount("bpf", "/sys/fs/bpf", "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
		return errno;
	return 0;
}

int rv_bpffs_mount(struct rv_err *err)
{
	int status = 0;
	pid_t pid;

	if (is_bpffs())
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(mount_inside());
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (is_bpffs())
		return 0;
	return rv_err_errno(err, pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EIO,
			    "cannot mount a bpffs at /sys/fs/bpf; mount it: mount -t bpf bpf /sys/fs/bpf");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	(void)remove(path);
	return 0;
}

void rv_set_remove(const char *name)
{
	char path[RV_SET_PATH];

	rv_set_path(path, name, "");
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static int make_dirs(const struct load *l, struct rv_err *err)
{
	static const char *const dirs[] = { "", "maps", "links", "progs", "c" };
	char path[RV_SET_PATH];

	if (mkdir(RV_SETS_DIR, 0700) < 0 && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make " RV_SETS_DIR);
	for (size_t i = 0; i < RV_COUNT(dirs); i++) {
		rv_set_path(path, l->temporary, dirs[i]);
		if (mkdir(path, 0700) < 0)
			return rv_err_errno(err, errno, "cannot make %s", path);
	}
	return 0;
}

/* ---- loading ---- */

/* A verifier's log ends with what it did not like. */
static int tell(const struct load *l, int errnum, struct rv_err *err)
{
	const char *said = rv_log_end();

	if (errnum == EPERM && !*said)
		return rv_err(err, RV_ESYSTEM,
			      "not permitted to load kernel programs: CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN are needed");
	return rv_err(err, RV_ESYSTEM, "this kernel does not take the programs of the %s tier: %s%s%s", l->lsm ? "lsm" : "base",
		      strerror(errnum), *said ? ": " : "", said);
}

static int choose(struct load *l, struct rv_err *err)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, l->programs->obj) {
		l->place[i] = rv_program_place(program, &l->kernel, l->lsm);
		if (l->place[i] == RV_PLACE_MISSING)
			return rv_err(err, RV_ESYSTEM, "this kernel has nothing to attach %s to", bpf_program__section_name(program));
		bpf_program__set_autoload(program, l->place[i++] != RV_PLACE_NOWHERE);
	}
	if (!l->kernel.cgroup_tasks)
		l->programs->rodata->rv_net_mode = l->lsm ? NET_LISTS : NET_LIGHT;
	return 0;
}

static int open_programs(struct load *l, struct rv_err *err)
{
	struct bpf_program *program;
	size_t count = 0;
	int rc;

	rv_log_start();
	l->programs = rv_programs__open();
	if (!l->programs)
		return rv_err_errno(err, errno, "the kernel programs of this build cannot be read");
	bpf_object__for_each_program(program, l->programs->obj)
		count++;
	if (count > PROGRAMS_MAX)
		return rv_err(err, RV_ESYSTEM, "this build has more than %d kernel programs", PROGRAMS_MAX);
	rc = choose(l, err);
	if (rc < 0)
		return rc;
	rc = rv_programs__load(l->programs);
	return rc < 0 ? tell(l, -rc, err) : 0;
}

static void close_programs(struct load *l)
{
	for (size_t i = 0; i < PROGRAMS_MAX; i++) {
		if (l->link[i])
			bpf_link__destroy(l->link[i]);
		l->link[i] = NULL;
	}
	rv_programs__destroy(l->programs);
	l->programs = NULL;
}

static int attach(struct load *l, struct rv_err *err)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, l->programs->obj) {
		struct bpf_link **link = &l->link[i];
		enum rv_place place = l->place[i++];

		if (place == RV_PLACE_NODE)
			*link = bpf_program__attach(program);
		else if (place == RV_PLACE_ROOT)
			*link = bpf_program__attach_cgroup(program, l->root);
		else
			continue;
		if (!*link)
			return rv_err_errno(err, errno, "cannot attach %s (%s)", bpf_program__name(program),
					    bpf_program__section_name(program));
	}
	return 0;
}

/* Loaded, filled, attached, and seen to act; nothing of it outlives this process yet. */
static int try_tier(struct load *l, bool lsm, struct rv_err *err)
{
	struct rv_status status = { .tier = lsm ? RV_TIER_LSM : RV_TIER_BASE, .tested = RV_BIT(l->kernel.mechanism) };
	const __u32 first = 0;
	int rc;

	l->lsm = lsm;
	rc = open_programs(l, err);
	if (rc == 0)
		rc = rv_fill(l->programs, &l->detections, err);
	if (rc == 0 && bpf_map_update_elem(bpf_map__fd(l->programs->maps.status), &first, &status, BPF_ANY) < 0)
		rc = rv_err_errno(err, errno, "cannot fill the map status");
	if (rc == 0)
		rc = attach(l, err);
	if (rc == 0)
		rc = rv_trial(l->programs, err);
	if (rc < 0)
		close_programs(l);
	return rc;
}

/* ---- pinning ---- */

static int pin_maps(const struct load *l, struct rv_err *err)
{
	char path[RV_SET_PATH], what[64];
	struct bpf_map *map;

	bpf_object__for_each_map(map, l->programs->obj) {
		if (strchr(bpf_map__name(map), '.'))
			continue;
		snprintf(what, sizeof(what), "maps/%s", bpf_map__name(map));
		rv_set_path(path, l->temporary, what);
		if (bpf_map__pin(map, path) < 0)
			return rv_err_errno(err, errno, "cannot pin %s", path);
	}
	return 0;
}

static int pin_program(const struct load *l, size_t i, struct bpf_program *program, struct rv_err *err)
{
	char path[RV_SET_PATH], what[112];
	int rc;

	switch (l->place[i]) {
	case RV_PLACE_EACH:
		snprintf(what, sizeof(what), "progs/%d-%s", (int)bpf_program__expected_attach_type(program), bpf_program__name(program));
		break;
	case RV_PLACE_CALLS:
		snprintf(what, sizeof(what), "progs/calls-%s", bpf_program__name(program));
		break;
	case RV_PLACE_LEARN:
		snprintf(what, sizeof(what), "progs/learn-%s", bpf_program__name(program));
		break;
	default:
		snprintf(what, sizeof(what), "links/%s", bpf_program__name(program));
		break;
	}
	if (l->place[i] == RV_PLACE_NOWHERE)
		return 0;
	rv_set_path(path, l->temporary, what);
	rc = l->link[i] ? bpf_link__pin(l->link[i], path) : bpf_program__pin(program, path);
	return rc < 0 ? rv_err_errno(err, -rc, "cannot pin %s", path) : 0;
}

/* An empty directory says that a group has no programs in this tier: nobody needs to attach it. */
static int mark_group(const struct load *l, enum rv_place place, const char *what, struct rv_err *err)
{
	char path[RV_SET_PATH];

	for (size_t i = 0; i < PROGRAMS_MAX; i++)
		if (l->place[i] == place)
			return 0;
	rv_set_path(path, l->temporary, what);
	return mkdir(path, 0700) < 0 ? rv_err_errno(err, errno, "cannot make %s", path) : 0;
}

static int pin(struct load *l, struct rv_err *err)
{
	char from[RV_SET_PATH], to[RV_SET_PATH];
	struct bpf_program *program;
	size_t i = 0;
	int rc = make_dirs(l, err);

	if (rc == 0)
		rc = pin_maps(l, err);
	bpf_object__for_each_program(program, l->programs->obj)
		rc = rc == 0 ? pin_program(l, i++, program, err) : rc;
	if (rc == 0)
		rc = mark_group(l, RV_PLACE_CALLS, "links/calls", err);
	if (rc == 0)
		rc = mark_group(l, RV_PLACE_LEARN, "links/learn", err);
	rv_set_path(from, l->temporary, "");
	rv_set_path(to, l->name, "");
	if (rc == 0 && rename(from, to) < 0)
		rc = rv_err_errno(err, errno, "cannot rename %s to %s", from, to);
	if (rc < 0)
		rv_set_remove(l->temporary);
	return rc;
}

/* ---- the whole ---- */

static int check_name(struct load *l, struct rv_err *err)
{
	char rules[17];

	if (!rv_set_is_name(l->name))
		return rv_err(err, RV_EUSAGE, "%s is no name of a set", l->name);
	if (!rv_set_is_ours(l->name))
		return rv_err(err, RV_ESYSTEM, "reeve-load is of another build than reeve-hook: install both");
	rv_set_rules(l->name, rules);
	if (strncmp(rules, l->detections.hash, 16) != 0)
		return rv_err(err, RV_ESYSTEM, "the detections were changed after the container was judged; start it again");
	return 0;
}

/* Denials of the lsm tier become kills: whoever counts on it must be able to find out. */
static void tell_journal(const char *why)
{
	rv_autobuf fields = { 0 }, message = { 0 };

	rv_buf_addf(&message, "the base tier is used, though this kernel can deny: %s", why);
	rv_journal_field(&fields, "MESSAGE", rv_buf_str(&message));
	rv_journal_field(&fields, "PRIORITY", "4");
	rv_journal_field(&fields, "SYSLOG_IDENTIFIER", "reeve-load");
	if (!fields.failed && !message.failed)
		rv_journal_send(&fields);
}

static int load_set(struct load *l, struct rv_err *err)
{
	struct rv_err why = RV_ERR_INIT;
	bool base = l->name[33] == '-';
	int rc;

	/* a container waits for us, once a node, and on a busy one most of the time would be waiting for a processor */
	(void)setpriority(PRIO_PROCESS, 0, -15);
	rc = rv_kernel_look(&l->kernel, err);
	if (rc == 0)
		rc = rv_cgroup_root(&l->root, err);
	if (rc < 0)
		return rc;
	rc = base || !l->kernel.mechanism ? -RV_ESYSTEM : try_tier(l, true, &why);
	if (rc < 0)
		rc = try_tier(l, false, err);
	if (rc == 0 && *why.msg)
		tell_journal(why.msg);
	if (rc == 0)
		rc = rv_rules_save(RV_RULES_DIR, &l->detections, l->active.len ? l->active.data : NULL, l->active.len, err);
	return rc == 0 ? pin(l, err) : rc;
}

int rv_set_current(char name[RV_SET_NAME], struct rv_err *err)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autopolicies *policies = NULL;
	struct rv_detection_names names;
	int rc = rv_active_load(&policies, NULL, err);

	if (rc == 0)
		rc = rv_policies_detection_names(policies, &arena, &names, err);
	if (rc == 0)
		rv_set_name(names.hash, !strcmp(rv_policies_node(policies)->monitor.tier, "base"), name);
	return rc;
}

int rv_set_load(const char *name, struct rv_err *err)
{
	struct load *l = calloc(1, sizeof(*l));
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autofd lock = -1;
	int rc;

	if (!l)
		return rv_err_nomem(err);
	rc = rv_load_lock(&lock, LOCK_MS, err);
	if (rc < 0 || rv_set_exists(name)) {
		free(l);
		return rc;
	}
	l->name = name;
	l->root = -1;
	snprintf(l->temporary, sizeof(l->temporary), TEMPORARY "%ld", (long)getpid());
	rc = rv_active_load(&l->policies, &l->active, err);
	if (rc == 0)
		rc = rv_policies_detections(l->policies, &arena, &l->detections, err);
	if (rc == 0)
		rc = check_name(l, err);
	if (rc == 0)
		rc = rv_bpffs_mount(err);
	/* known before a second is spent */
	if (rc == 0 && access(RV_BPFFS, W_OK) < 0)
		rc = rv_err_errno(err, errno, "cannot write below " RV_BPFFS);
	if (rc == 0)
		rc = load_set(l, err);
	close_programs(l);
	rv_io_close(&l->root);
	rv_kernel_done(&l->kernel);
	rv_policies_free(l->policies);
	rv_buf_done(&l->active);
	free(l);
	return rc;
}
