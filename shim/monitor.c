/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <spawn.h>
#include <sys/capability.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "facts.h"
#include "reeve/detect.h"

#define HOOK RV_LIBEXECDIR "/reeve/reeve-hook"
#define LOCK RV_RUNSTATEDIR "/reeve/monitor.lock" /* held by the monitor */
#define CALLS_MAX 1024 /* numbers of system calls that are looked at */

const char *rv_monitor_hindrance(void)
{
	if (geteuid() != 0)
		return "it is not started by root";
	return rv_facts_caller() != 0 ? "it is started in a user namespace" : NULL;
}

/* ---- what the document says ---- */

static uint64_t capabilities(const struct rv_spec *spec, const char *set)
{
	uint64_t mask = 0;

	rv_json_each(item, rv_json_get(rv_json_get(spec->process, "capabilities"), set)) {
		cap_value_t number;

		if (rv_json_str(item) && cap_from_name(rv_json_str(item), &number) == 0 && number < 64)
			mask |= RV_BIT(number);
	}
	return mask;
}

static bool is_root(const struct rv_spec *spec)
{
	uint64_t uid = 0;

	return !rv_json_u64(rv_json_at(spec->process, "/user/uid"), &uid) || uid == 0;
}

static const struct rv_ns_fact *namespace(const struct rv_monitor_from *from, const char *type)
{
	size_t i = 0;

	rv_json_each(entry, rv_json_get(from->spec->linux_, "namespaces")) {
		const char *is = rv_json_str(rv_json_get(entry, "type"));

		if (is && !strcmp(is, type))
			return i < from->facts->namespace_count ? &from->facts->namespaces[i] : NULL;
		i++;
	}
	return NULL;
}

static bool is_hosts(const struct rv_monitor_from *from, const char *type)
{
	const struct rv_ns_fact *ns = namespace(from, type);

	return !ns || ns->is_host;
}

static bool lets_through(const struct rv_json *object, const char *member)
{
	const char *action = rv_json_str(rv_json_get(object, member));

	return action && (!strcmp(action, "SCMP_ACT_ALLOW") || !strcmp(action, "SCMP_ACT_LOG"));
}

static bool has_filter(const struct rv_spec *spec)
{
	const struct rv_json *filter = rv_json_get(spec->linux_, "seccomp");

	return filter && filter->type == RV_JSON_OBJECT &&
	       (!lets_through(filter, "defaultAction") || rv_json_count(rv_json_get(filter, "syscalls")));
}

static void mark_calls(const struct rv_json *rule, bool *marked, bool value)
{
	rv_json_each(item, rv_json_get(rule, "names")) {
		int number = rv_json_str(item) ? seccomp_syscall_resolve_name(rv_json_str(item)) : -1;

		if (number >= 0 && number < CALLS_MAX)
			marked[number] = value;
	}
}

static bool is_call(int number)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	bool is = name != NULL;

	free(name);
	return is;
}

/* How many calls the filter lets through, some of them perhaps with certain arguments only. */
static int64_t count_calls(const struct rv_spec *spec)
{
	const struct rv_json *filter = rv_json_get(spec->linux_, "seccomp"), *rules = rv_json_get(filter, "syscalls");
	bool open = lets_through(filter, "defaultAction"), marked[CALLS_MAX] = { false };
	int64_t count = 0;

	if (!has_filter(spec))
		return -1;
	for (int i = 0; open && i < CALLS_MAX; i++)
		marked[i] = is_call(i);
	rv_json_each(rule, rules)
		if (open && !lets_through(rule, "action") && !rv_json_count(rv_json_get(rule, "args")))
			mark_calls(rule, marked, false);
	rv_json_each(rule, rules)
		if (lets_through(rule, "action"))
			mark_calls(rule, marked, true);
	for (int i = 0; i < CALLS_MAX; i++)
		count += marked[i];
	return count;
}

/* ---- facts that detections ask for ---- */

/* Each leads to the host by itself: reference of Falco's "excessively capable". */
#define EXCESS_CAPS                                                                                                                \
	(RV_BIT(CAP_SYS_ADMIN) | RV_BIT(CAP_SYS_MODULE) | RV_BIT(CAP_SYS_RAWIO) | RV_BIT(CAP_SYS_PTRACE) | RV_BIT(CAP_SYS_BOOT) | \
	 RV_BIT(CAP_SYSLOG) | RV_BIT(CAP_DAC_READ_SEARCH) | RV_BIT(CAP_NET_ADMIN) | RV_BIT(CAP_BPF))

static bool is_privileged(const struct rv_spec *spec)
{
	uint64_t bounding = capabilities(spec, "bounding");

	/* no field says it: engines show it by all of these at once */
	return bounding & RV_BIT(CAP_SYS_ADMIN) && __builtin_popcountll(bounding) >= 30 && !has_filter(spec) &&
	       rv_json_count(rv_json_get(spec->linux_, "maskedPaths")) == 0 &&
	       rv_json_count(rv_json_get(spec->linux_, "readonlyPaths")) == 0;
}

static bool is_sensitive(const char *source)
{
	/* itself, what is above it, and, where nothing harmless lies there, what is below it */
	static const struct {
		const char *path;
		bool below;
	} places[] = {
		{ "/etc", false }, { "/etc/kubernetes", true }, { "/home/admin", false }, { "/proc", true }, { "/root", true },
		{ "/run/containerd/containerd.sock", false }, { "/run/crio/crio.sock", false }, { "/run/docker.sock", false },
		{ "/run/podman/podman.sock", false }, { "/var/lib/kubelet", false }, { "/var/lib/kubelet/pki", true },
	};

	for (size_t i = 0; i < RV_COUNT(places); i++)
		if (rv_path_under(places[i].path, source) || (places[i].below && rv_path_under(source, places[i].path)))
			return true;
	return false;
}

static bool has_sensitive_mount(const struct rv_monitor_from *from)
{
	size_t i = 0;

	rv_json_each(mount, rv_json_get(from->spec->root, "mounts")) {
		const char *source = i < from->facts->mount_count ? from->facts->mounts[i].resolved : NULL;

		i++;
		if (source && rv_spec_mount_is_bind(mount) && is_sensitive(source))
			return true;
	}
	return false;
}

static uint64_t facts_of(const struct rv_monitor_from *from)
{
	bool root = is_root(from->spec);
	const struct { unsigned fact; bool holds; } facts[] = {
		{ RV_F_PRIVILEGED, is_privileged(from->spec) },
		{ RV_F_SENSITIVE_MOUNT, has_sensitive_mount(from) },
		{ RV_F_EXCESS_CAPS, capabilities(from->spec, root ? "bounding" : "ambient") & EXCESS_CAPS },
		{ RV_F_RUNS_AS_ROOT, root && !namespace(from, "user") },
		{ RV_F_HOST_NETWORK, is_hosts(from, "network") },
		{ RV_F_HOST_PID, is_hosts(from, "pid") },
	};
	uint64_t mask = 0;

	for (size_t i = 0; i < RV_COUNT(facts); i++)
		if (facts[i].holds)
			mask |= RV_BIT(facts[i].fact);
	return mask;
}

/* ---- what is asked for ---- */

static uint64_t ceiling_of(const struct rv_spec *spec)
{
	static const char *const sets[] = { "bounding", "effective", "permitted", "inheritable", "ambient" };
	uint64_t mask = 0;

	for (size_t i = 0; i < RV_COUNT(sets); i++)
		mask |= capabilities(spec, sets[i]);
	return mask;
}

/* Ceilings hold for what is executed later as well; a policy without any, which only watches, cuts no exec down to them. */
static unsigned ceilings_of(const struct rv_monitor_from *from)
{
	const struct rv_settings *set = &from->policy->enforce.set;
	unsigned flags = RV_C_CAPS;

	if (rv_list_has(&set->capabilities.allowed, "ALL"))
		return 0;
	if (set->user.root != RV_ROOT_KEEP && !is_root(from->spec) && !namespace(from, "user"))
		flags |= RV_C_NO_ROOT;
	if (rv_json_true(rv_json_get(from->spec->process, "noNewPrivileges")))
		flags |= RV_C_NO_NEW_PRIVS;
	if (has_filter(from->spec))
		flags |= RV_C_SECCOMP;
	return flags;
}

static unsigned actions_of(const struct rv_actions *actions)
{
	unsigned flags = 0;

	for (size_t i = 0; i < actions->names->count; i++) {
		/* what every process of the node pays for a policy must ask for */
		if (actions->names->calls[i] && (actions->action[i] > RV_ACTION_ALERT || (actions->asked[i] && actions->action[i])))
			flags |= RV_C_CALLS;
		if (actions->names->paths[i] && actions->action[i] >= RV_ACTION_DENY)
			flags |= RV_C_PATH_DENIAL;
	}
	return flags;
}

/* As text, so that whoever reads the file sees what holds. *flags gets flag when there is a limit at all. */
static int take_networks(const struct rv_list *list, unsigned flag, unsigned *flags, const char ***text, size_t *count,
			 struct rv_arena *arena, struct rv_err *err)
{
	struct rv_networks networks;
	int rc = rv_networks_resolve(list, arena, &networks, err);

	if (rc < 0 || !networks.limited)
		return rc;
	*flags |= flag;
	*text = rv_arena_alloc(arena, (networks.count + 1) * sizeof(**text));
	for (size_t i = 0; *text && i < networks.count; i++) {
		rv_autobuf item = { 0 };

		rv_network_text(&networks.item[i], &item);
		(*text)[(*count)++] = rv_arena_strdup(arena, rv_buf_str(&item));
		arena->failed |= item.failed;
	}
	return arena->failed ? rv_err_nomem(err) : 0;
}

static void take_grace(struct rv_judged_monitor *out, const struct rv_monitor_from *from)
{
	for (size_t i = 0; i < from->plan->denial_count; i++) {
		int64_t until = from->plan->denial[i].graced_until;

		if (until && (!out->grace_until || until < out->grace_until))
			out->grace_until = until;
	}
	out->grace_freeze = from->policy->then == RV_GRACE_FREEZE;
}

/* createContainer hooks are executed inside the container's cgroup: by the runtime, with all capabilities. */
static int take_hooks(struct rv_judged_monitor *out, const struct rv_facts *facts, struct rv_arena *arena, struct rv_err *err)
{
	out->hook = rv_arena_alloc(arena, (facts->hook_count + 1) * sizeof(*out->hook));
	if (!out->hook)
		return rv_err_nomem(err);
	for (size_t i = 0; i < facts->hook_count; i++)
		if (!strcmp(facts->hooks[i].stage, "createContainer") && facts->hooks[i].path.resolved)
			out->hook[out->hook_count++] = facts->hooks[i].path.resolved;
	return 0;
}

int rv_monitor_make(struct rv_judged_monitor *out, const struct rv_monitor_from *from, struct rv_arena *arena, struct rv_err *err)
{
	const struct rv_settings *set = &from->policy->enforce.set;
	struct rv_judged_monitor made = {
		.rules = set->monitor.actions.names->hash,
		.required = set->monitor.unattached == RV_UNATTACHED_DENY,
		.learn = set->monitor.learn,
		.flags = ceilings_of(from) | actions_of(&set->monitor.actions) | (set->monitor.learn ? RV_C_LEARN : 0),
		.ceiling = ceiling_of(from->spec),
		.facts = facts_of(from),
		.action = set->monitor.actions.action,
		.action_count = set->monitor.actions.names->count,
		.reports = from->node->monitor.reports,
		.start = from->node->monitor.start,
		.tier = from->node->monitor.tier,
		.syscalls = count_calls(from->spec),
	};
	int rc = take_hooks(&made, from->facts, arena, err);

	if (rc == 0)
		rc = take_networks(&set->monitor.egress, RV_C_EGRESS, &made.flags, &made.egress, &made.egress_count, arena, err);
	if (rc == 0)
		rc = take_networks(&set->monitor.ingress, RV_C_INGRESS, &made.flags, &made.ingress, &made.ingress_count, arena, err);
	if (rc < 0)
		return rc;
	take_grace(&made, from);
	*out = made;
	return 0;
}

/* Under podman: conmon takes in what is orphaned below it and ends after it, so reeve-hook would start nothing, at each create. */
static bool is_below_conmon(void)
{
	rv_autobuf name = { 0 };
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)getppid());
	return rv_io_read_at(AT_FDCWD, path, false, 64, &name, NULL) == 0 && !strcmp(rv_buf_str(&name), "conmon\n");
}

void rv_monitor_start(void)
{
	char program[] = HOOK, command[] = "startMonitor", *argv[] = { program, command, NULL }, *none[] = { NULL };
	rv_autofd lock = open(LOCK, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	pid_t pid;

	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0)
		return;
	rv_io_close(&lock);
	if (is_below_conmon() || posix_spawn(&pid, HOOK, NULL, NULL, argv, none) != 0)
		return;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
