/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "invocation.h"

#define RUNC RV_RUNTIME_RUNC
#define CRUN RV_RUNTIME_CRUN
#define BOTH RV_RUNTIME_BOTH

#define SWITCH(n, s, r, m) { .name = n, .shorts = s, .arity = RV_ARITY_NONE, .runtimes = r, .meaning = RV_FLAG_##m }
#define VALUE(n, s, r, m) { .name = n, .shorts = s, .arity = RV_ARITY_VALUE, .runtimes = r, .meaning = RV_FLAG_##m }
#define MANY(n, s, r, m) \
	{ .name = n, .shorts = s, .arity = RV_ARITY_VALUE, .runtimes = r, .meaning = RV_FLAG_##m, .repeat = true }
#define LIMIT(n, r, path) { .name = n, .arity = RV_ARITY_VALUE, .runtimes = r, .meaning = RV_FLAG_LIMIT, .member = path }
#define APART(n, r, m) { .name = n, .arity = RV_ARITY_APART, .runtimes = r, .meaning = RV_FLAG_##m }
#define END { .name = NULL }

/* What --help shows in every subcommand too. */
static const struct rv_flag global_flags[] = {
	SWITCH("help", "h?", BOTH, HELP),
	SWITCH("usage", "", CRUN, HELP),
	SWITCH("version", "vV", BOTH, VERSION),
	SWITCH("debug", "", BOTH, DEBUG),
	VALUE("log", "", BOTH, LOG),
	VALUE("log-format", "", BOTH, LOG_FORMAT),
	VALUE("log-level", "", CRUN, PASS),
	VALUE("root", "", BOTH, ROOT),
	VALUE("rootless", "", BOTH, ROOTLESS),
	SWITCH("systemd-cgroup", "", BOTH, SYSTEMD),
	VALUE("cgroup-manager", "", CRUN, CGROUP_MANAGER),
	VALUE("criu", "", RUNC, PASS),
	END
};

static const struct rv_flag checkpoint_flags[] = {
	VALUE("image-path", "", BOTH, IMAGE_PATH),
	VALUE("work-path", "", BOTH, PASS),
	VALUE("parent-path", "", BOTH, PASS),
	SWITCH("leave-running", "", BOTH, PASS),
	SWITCH("tcp-established", "", BOTH, PASS),
	SWITCH("tcp-skip-in-flight", "", RUNC, PASS),
	SWITCH("link-remap", "", RUNC, PASS),
	SWITCH("ext-unix-sk", "", BOTH, PASS),
	SWITCH("shell-job", "", BOTH, PASS),
	SWITCH("lazy-pages", "", RUNC, PASS),
	VALUE("status-fd", "", RUNC, STATUS_FD),
	VALUE("page-server", "", RUNC, PASS),
	SWITCH("file-locks", "", BOTH, PASS),
	SWITCH("pre-dump", "", BOTH, PASS),
	VALUE("manage-cgroups-mode", "", BOTH, PASS),
	MANY("empty-ns", "", RUNC, PASS),
	SWITCH("auto-dedup", "", RUNC, PASS),
	APART("network-lock", CRUN, PASS),
	END
};

static const struct rv_flag restore_flags[] = {
	VALUE("bundle", "b", BOTH, BUNDLE),
	VALUE("image-path", "", BOTH, IMAGE_PATH),
	VALUE("work-path", "", BOTH, PASS),
	SWITCH("tcp-established", "", BOTH, PASS),
	SWITCH("tcp-close", "", CRUN, PASS),
	SWITCH("link-remap", "", RUNC, PASS),
	SWITCH("ext-unix-sk", "", BOTH, PASS),
	SWITCH("shell-job", "", BOTH, PASS),
	SWITCH("file-locks", "", BOTH, PASS),
	VALUE("manage-cgroups-mode", "", BOTH, PASS),
	VALUE("console-socket", "", BOTH, CONSOLE),
	SWITCH("detach", "d", BOTH, DETACH),
	VALUE("pid-file", "", BOTH, PIDFILE),
	SWITCH("no-subreaper", "", RUNC, PASS),
	SWITCH("no-pivot", "", RUNC, NO_PIVOT),
	MANY("empty-ns", "", RUNC, PASS),
	SWITCH("auto-dedup", "", RUNC, PASS),
	SWITCH("lazy-pages", "", RUNC, PASS),
	VALUE("lsm-profile", "", BOTH, PASS),
	VALUE("lsm-mount-context", "", BOTH, PASS),
	APART("network-lock", CRUN, PASS),
	END
};

static const struct rv_flag create_flags[] = {
	VALUE("bundle", "b", BOTH, BUNDLE),
	VALUE("config", "f", CRUN, CONFIG),
	VALUE("console-socket", "", BOTH, CONSOLE),
	VALUE("pidfd-socket", "", RUNC, PIDFD),
	VALUE("pid-file", "", BOTH, PIDFILE),
	SWITCH("no-pivot", "", BOTH, NO_PIVOT),
	SWITCH("no-new-keyring", "", BOTH, NO_KEYRING),
	SWITCH("no-subreaper", "", CRUN, PASS),
	VALUE("preserve-fds", "", BOTH, PRESERVE_FDS),
	END
};

static const struct rv_flag run_flags[] = {
	VALUE("bundle", "b", BOTH, BUNDLE),
	VALUE("config", "f", CRUN, CONFIG),
	SWITCH("detach", "d", BOTH, DETACH),
	SWITCH("keep", "", BOTH, PASS),
	VALUE("console-socket", "", BOTH, CONSOLE),
	VALUE("pidfd-socket", "", RUNC, PIDFD),
	VALUE("pid-file", "", BOTH, PIDFILE),
	SWITCH("no-pivot", "", BOTH, NO_PIVOT),
	SWITCH("no-new-keyring", "", BOTH, NO_KEYRING),
	SWITCH("no-subreaper", "", BOTH, PASS),
	VALUE("preserve-fds", "", BOTH, PRESERVE_FDS),
	END
};

static const struct rv_flag exec_flags[] = {
	VALUE("process", "p", BOTH, PROCESS),
	VALUE("cwd", "", BOTH, CWD),
	MANY("env", "e", BOTH, ENV),
	{ .name = "tty", .shorts = "t", .arity = RV_ARITY_OPTIONAL, .runtimes = BOTH, .meaning = RV_FLAG_TTY },
	VALUE("user", "u", BOTH, USER),
	MANY("additional-gids", "g", RUNC, GIDS),
	VALUE("process-label", "", BOTH, LABEL),
	VALUE("apparmor", "", BOTH, APPARMOR),
	SWITCH("no-new-privs", "", BOTH, NNP),
	MANY("cap", "c", BOTH, CAP),
	MANY("cgroup", "", BOTH, CGROUP),
	VALUE("console-socket", "", BOTH, CONSOLE),
	VALUE("pidfd-socket", "", RUNC, PIDFD),
	SWITCH("detach", "d", BOTH, DETACH),
	VALUE("pid-file", "", BOTH, PIDFILE),
	SWITCH("no-subreaper", "", RUNC, PASS),
	VALUE("preserve-fds", "", BOTH, PRESERVE_FDS),
	SWITCH("ignore-paused", "", RUNC, PASS),
	END
};

/* runc ignores the two of kernel memory, crun writes them; the document says the same to both. */
static const struct rv_flag update_flags[] = {
	VALUE("resources", "r", BOTH, RESOURCES),
	LIMIT("blkio-weight", BOTH, "blockIO.weight"),
	LIMIT("cpu-period", BOTH, "cpu.period"),
	LIMIT("cpu-quota", BOTH, "cpu.quota"),
	LIMIT("cpu-burst", BOTH, "cpu.burst"),
	LIMIT("cpu-share", BOTH, "cpu.shares"),
	LIMIT("cpu-rt-period", BOTH, "cpu.realtimePeriod"),
	LIMIT("cpu-rt-runtime", BOTH, "cpu.realtimeRuntime"),
	LIMIT("cpu-idle", BOTH, "cpu.idle"),
	LIMIT("cpuset-cpus", BOTH, "cpu.cpus"),
	LIMIT("cpuset-mems", BOTH, "cpu.mems"),
	LIMIT("memory", BOTH, "memory.limit"),
	LIMIT("memory-reservation", BOTH, "memory.reservation"),
	LIMIT("memory-swap", BOTH, "memory.swap"),
	LIMIT("kernel-memory", BOTH, "memory.kernel"),
	LIMIT("kernel-memory-tcp", BOTH, "memory.kernelTCP"),
	LIMIT("pids-limit", BOTH, "pids.limit"),
	VALUE("l3-cache-schema", "", BOTH, REFUSED),
	VALUE("mem-bw-schema", "", BOTH, REFUSED),
	END
};

static const struct rv_flag delete_flags[] = {
	SWITCH("force", "f", BOTH, PASS),
	SWITCH("regex", "r", CRUN, PASS),
	END
};

static const struct rv_flag kill_flags[] = {
	SWITCH("all", "a", BOTH, PASS),
	SWITCH("regex", "r", CRUN, PASS),
	END
};

static const struct rv_flag list_flags[] = {
	VALUE("format", "f", BOTH, PASS),
	SWITCH("quiet", "q", BOTH, PASS),
	END
};

static const struct rv_flag ps_flags[] = {
	VALUE("format", "f", BOTH, PASS),
	END
};

static const struct rv_flag events_flags[] = {
	VALUE("interval", "", RUNC, PASS),
	SWITCH("stats", "", RUNC, PASS),
	END
};

static const struct rv_flag spec_flags[] = {
	VALUE("bundle", "b", BOTH, PASS),
	VALUE("file", "f", CRUN, PASS),
	SWITCH("rootless", "", BOTH, PASS),
	END
};

static const struct rv_flag no_flags[] = { END };

const struct rv_subcommand rv_subcommands[] = {
	/* name, alias, sub, class, runtimes, in_order, positionals, flags */
	{ "", NULL, RV_SUB_NONE, RV_CLASS_PASS, BOTH, true, 0, global_flags },
	{ "checkpoint", NULL, RV_SUB_CHECKPOINT, RV_CLASS_POLICY, BOTH, false, 1, checkpoint_flags },
	{ "create", NULL, RV_SUB_CREATE, RV_CLASS_ENFORCED, BOTH, false, 1, create_flags },
	{ "delete", NULL, RV_SUB_DELETE, RV_CLASS_PASS, BOTH, false, 1, delete_flags },
	{ "events", NULL, RV_SUB_EVENTS, RV_CLASS_PASS, RUNC, false, 1, events_flags },
	{ "exec", NULL, RV_SUB_EXEC, RV_CLASS_ENFORCED, BOTH, true, -1, exec_flags },
	{ "features", NULL, RV_SUB_FEATURES, RV_CLASS_PASS, BOTH, false, 0, no_flags },
	{ "help", "h", RV_SUB_HELP, RV_CLASS_PASS, RUNC, false, 0, no_flags },
	{ "init", NULL, RV_SUB_INIT, RV_CLASS_REFUSED, RUNC, false, 0, no_flags },
	{ "kill", NULL, RV_SUB_KILL, RV_CLASS_PASS, BOTH, false, -1, kill_flags },
	{ "list", NULL, RV_SUB_LIST, RV_CLASS_PASS, BOTH, false, 0, list_flags },
	{ "mounts", NULL, RV_SUB_MOUNTS, RV_CLASS_REFUSED, CRUN, false, 0, no_flags },
	{ "pause", NULL, RV_SUB_PAUSE, RV_CLASS_PASS, BOTH, false, 1, no_flags },
	{ "ps", NULL, RV_SUB_PS, RV_CLASS_PASS, BOTH, true, -1, ps_flags },
	{ "restore", NULL, RV_SUB_RESTORE, RV_CLASS_POLICY, BOTH, false, 1, restore_flags },
	{ "resume", NULL, RV_SUB_RESUME, RV_CLASS_PASS, BOTH, false, 1, no_flags },
	{ "run", NULL, RV_SUB_RUN, RV_CLASS_ENFORCED, BOTH, false, 1, run_flags },
	{ "spec", NULL, RV_SUB_SPEC, RV_CLASS_PASS, BOTH, false, 0, spec_flags },
	{ "start", NULL, RV_SUB_START, RV_CLASS_PASS, BOTH, false, 1, no_flags },
	{ "state", NULL, RV_SUB_STATE, RV_CLASS_PASS, BOTH, false, 1, no_flags },
	{ "update", NULL, RV_SUB_UPDATE, RV_CLASS_ENFORCED, BOTH, false, 1, update_flags },
	{ .name = NULL },
};

const struct rv_subcommand *rv_subcommand_find(const char *name)
{
	for (const struct rv_subcommand *c = rv_subcommands + 1; c->name; c++)
		if (!strcmp(c->name, name) || (c->alias && !strcmp(c->alias, name)))
			return c;
	return NULL;
}

int rv_flags_each(int (*fn)(void *ctx, const struct rv_subcommand *command, const struct rv_flag *flag), void *ctx)
{
	for (const struct rv_subcommand *c = rv_subcommands; c->name; c++)
		for (const struct rv_flag *f = c->flags; f->name; f++) {
			int ret = fn(ctx, c, f);

			if (ret)
				return ret;
		}
	return 0;
}
