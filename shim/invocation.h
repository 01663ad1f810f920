/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call: from argv to what is meant, and back to an argv that the real runtime can read in one way only.
 *
 * One table (flags.c) holds every subcommand and flag of runc 1.0 to 1.4 and crun 1.8 to 1.29; parser, canonical form, man
 * pages and tests come from it. Nothing here prints, opens a file or looks at the environment.
 *
 * The two runtimes read argv differently (measured, runc 1.1.5 with urfave/cli v1, crun 1.8.1 with argp):
 *   -bB        runc: error          crun: bundle "B"          -> understood
 *   -bundle B  runc: bundle "B"     crun: error or "undle"    -> understood as runc does, go-runc writes -no-subreaper
 *   -b=B       runc: bundle "B"     crun: bundle "=B"         -> refused
 *   --bun B    runc: error          crun: abbreviation        -> refused
 *   -dt        runc: error          crun: -d -t               -> understood
 *   ID --bundle B   runc: flag      crun: error               -> understood, but not for exec, where the command begins
 *   --detach=false  runc: off       crun: error               -> understood
 *   exec ID -- CMD  both run a command named "--", against runc's manual -> CMD
 * A repeated global flag: the last one counts, as in both runtimes (dockerd puts its runtimeArgs before containerd's globals).
 * A repeated single-valued flag of an enforced subcommand is refused when the values differ: no engine writes that, so
 * either it is a mistake or it is meant to be read twice.
 * A separate value may not begin with '-' unless it is "-" or a negative number: runc's own reordering loses such values.
 */
#ifndef REEVE_INVOCATION_H
#define REEVE_INVOCATION_H

#include "reeve/json.h"

enum rv_sub {
	RV_SUB_NONE,		/* no subcommand: a global --help or --version, or nothing at all */
	RV_SUB_CHECKPOINT, RV_SUB_CREATE, RV_SUB_DELETE, RV_SUB_EVENTS, RV_SUB_EXEC, RV_SUB_FEATURES, RV_SUB_HELP,
	RV_SUB_INIT, RV_SUB_KILL, RV_SUB_LIST, RV_SUB_MOUNTS, RV_SUB_PAUSE, RV_SUB_PS, RV_SUB_RESTORE, RV_SUB_RESUME,
	RV_SUB_RUN, RV_SUB_SPEC, RV_SUB_START, RV_SUB_STATE, RV_SUB_UPDATE,
	RV_SUB_COUNT
};

enum rv_sub_class {
	RV_CLASS_ENFORCED,	/* create run restore exec update: judged, then handed on in canonical form */
	RV_CLASS_POLICY,	/* checkpoint restore: refused unless policy allows, then as above */
	RV_CLASS_REFUSED,	/* mounts (adds to a running container), init (runc calls its own executable): never */
	RV_CLASS_PASS,		/* the others: handed on, only globals and id are looked at */
};

/* Which runtime knows a flag or subcommand. */
enum rv_runtime { RV_RUNTIME_RUNC = 1, RV_RUNTIME_CRUN = 2, RV_RUNTIME_BOTH = 3 };

enum rv_arity {
	RV_ARITY_NONE,		/* a switch; runc also takes =true and =false */
	RV_ARITY_VALUE,
	RV_ARITY_OPTIONAL,	/* crun's --tty[=TTY]: only an attached value counts */
	RV_ARITY_APART,		/* crun's --network-lock METHOD: takes the next argument; =METHOD is an error */
};

/* What a flag means to reeve. What stands before RV_FLAG_PASS is judged and never reaches the runtime as it came. */
enum rv_meaning {
	/* where the document is: replaced */
	RV_FLAG_BUNDLE, RV_FLAG_CONFIG, RV_FLAG_PROCESS, RV_FLAG_RESOURCES,
	/* exec: become a process document */
	RV_FLAG_CWD, RV_FLAG_ENV, RV_FLAG_TTY, RV_FLAG_USER, RV_FLAG_GIDS, RV_FLAG_LABEL, RV_FLAG_APPARMOR, RV_FLAG_NNP,
	RV_FLAG_CAP,
	/* update: become a resources document */
	RV_FLAG_LIMIT,
	/* update --l3-cache-schema, --mem-bw-schema: no document has a place for them, refused */
	RV_FLAG_REFUSED,
	/* not judged, or judged by its value and handed on */
	RV_FLAG_PASS,
	RV_FLAG_HELP, RV_FLAG_VERSION,
	RV_FLAG_ROOT, RV_FLAG_LOG, RV_FLAG_LOG_FORMAT, RV_FLAG_DEBUG, RV_FLAG_ROOTLESS, RV_FLAG_SYSTEMD, RV_FLAG_CGROUP_MANAGER,
	RV_FLAG_PIDFILE, RV_FLAG_CONSOLE, RV_FLAG_PIDFD, RV_FLAG_DETACH, RV_FLAG_PRESERVE_FDS, RV_FLAG_NO_PIVOT,
	RV_FLAG_NO_KEYRING, RV_FLAG_CGROUP, RV_FLAG_IMAGE_PATH, RV_FLAG_STATUS_FD,
	RV_FLAG_COUNT
};

struct rv_flag {
	const char *name;	/* long name without dashes */
	char shorts[3];		/* short names, "" none */
	unsigned char arity;	/* enum rv_arity */
	unsigned char runtimes;	/* enum rv_runtime */
	unsigned char meaning;	/* enum rv_meaning */
	bool repeat;		/* may be given more than once, all count */
	const char *member;	/* RV_FLAG_LIMIT: "memory.limit" */
};

struct rv_subcommand {
	const char *name;
	const char *alias;	/* runc's "h" for help; NULL */
	enum rv_sub sub;
	enum rv_sub_class class;
	unsigned char runtimes;
	bool in_order;		/* flags end at the first positional (exec) */
	signed char positionals;	/* how many, the id among them; -1: any number after the id; 0: no id */
	const struct rv_flag *flags;	/* ends with name == NULL */
};

/* A flag as it was given; value NULL for a switch, "false" for a switch turned off. */
struct rv_given {
	const struct rv_flag *flag;
	const char *value;
};

#define RV_INVOCATION_FLAGS 256	/* more flags in one call are refused */

struct rv_invocation {
	const struct rv_subcommand *command;	/* never NULL after success; its sub may be RV_SUB_NONE */
	bool help;			/* --help, -h, -? or --usage was given: handed on alone, whatever the subcommand */
	bool version;			/* global --version */

	/* globals: NULL when not given */
	const char *root;
	const char *log;		/* crun: may be "file:PATH", "journald:ID", "syslog:ID"; see rv_invocation_log_path() */
	bool log_json;			/* --log-format json */
	bool debug, systemd_cgroup;
	const char *rootless;		/* "true" "false" "auto" */
	const char *cgroup_manager;	/* crun: "systemd" "cgroupfs" "disabled" */

	/* the subcommand's: NULL when not given, never "" */
	const char *bundle;		/* NULL: the current directory */
	const char *config;		/* crun -f: from the current directory; "config.json" is in the bundle */
	const char *process;		/* exec: path of process.json; NULL: flags and command describe the process */
	const char *resources;		/* update: path, "-" is standard input; NULL: the flags */
	const char *pid_file, *console_socket, *pidfd_socket, *image_path;
	const char *cgroup;		/* exec: sub-cgroup, "[controller:]path"; the first of several (see given) */
	bool detach, no_pivot, no_new_keyring;
	unsigned preserve_fds;		/* fds after 0-2 and LISTEN_FDS that the caller hands to the container */
	int status_fd;			/* checkpoint --status-fd, which must stay open too; -1 none */

	const char *id;			/* checked for enforced subcommands; NULL: none, or (PASS) not clear */
	char *const *args;		/* exec: the command, arg_count words of argv */
	int arg_count;
	char *const *rest;		/* PASS: everything after the subcommand, untouched; rest_count of them */
	int rest_count;

	/* all flags in the order given, globals first, without those that a later one replaced */
	struct rv_given given[RV_INVOCATION_FLAGS];
	size_t given_count;
	size_t global_count;		/* the first ones of given are global */
};

/*
 * argv[0] is the program. The strings of *inv are those of argv, which must outlive it. Everything not understood is
 * RV_EUSAGE (for PASS subcommands: only the globals and the subcommand must be understood). A refused subcommand parses; who
 * calls looks at command->class.
 *
 * On failure *inv still tells root, log, log_json and command as far as they were read, so that the error can go where the
 * caller of a runtime looks for it.
 */
int rv_invocation_parse(struct rv_invocation *inv, int argc, char *const argv[], struct rv_err *err);

/* The file that --log names: NULL for none and for crun's journald: and syslog:; "file:" is taken off. */
const char *rv_invocation_log_path(const struct rv_invocation *inv);

/* The document that a call's flags stand for. NULL members keep the caller's. */
struct rv_overrides {
	const char *bundle;	/* create run restore: emitted as --bundle=PATH; --config needs it or the next */
	const char *config;	/* create run of crun: emitted as --config=PATH */
	const char *process;	/* exec: emitted as --process=PATH; needed when the call has none */
	const char *resources;	/* update: as process */
	const char *root;	/* emitted instead of the caller's --root */
};

/*
 * The canonical argv for the runtime "runc" or "crun" (argv0 first), NULL-terminated, in *arena. Flags are written
 * --name=value, switches --name, in the order given, then the id. RV_EUSAGE for a flag or subcommand that this runtime does
 * not have. No flag that is judged is ever in it but --bundle, --process and --resources (--config if it is an override), and
 * no command of exec.
 * parse(canonical(x)) gives what parse(x) gave, with the overrides in it.
 */
int rv_invocation_argv(const struct rv_invocation *inv, const char *argv0, enum rv_runtime runtime,
		       const struct rv_overrides *over, struct rv_arena *arena, char ***argv, struct rv_err *err);
/* RV_RUNTIME_CRUN when the runtime's base name is crun or begins with "crun-" or is krun, else RV_RUNTIME_RUNC. */
enum rv_runtime rv_runtime_of(const char *path);

/*
 * exec without --process: the process document that runc makes (exec.go, getProcess) from the container's own process and the
 * flags, as JSON text appended to out, also where crun will run it: crun 1.8.1 starts from uid and gid 0, an empty environment
 * once --env is given, and no capability but those of --cap. `container` is its config.json, checked; it is read only.
 *   args         the command
 *   cwd, apparmorProfile, selinuxLabel   replaced when given
 *   env          --env appended, as they are
 *   terminal     --tty, else false
 *   noNewPrivileges   --no-new-privs sets it, without the flag the container's stays (crun would set it: less is not given)
 *   user         UID[:GID], decimal numbers only: names are refused (CVE-2026-46680), so is what strtol reads and Atoi does not
 *                (CVE-2026-30892). Without :GID the container's group stays. additionalGids appended
 *   capabilities --cap appended to bounding, effective, permitted and ambient, not to inheritable (CVE-2022-29162)
 * RV_EUSAGE when a flag's value is wrong, RV_EDOCUMENT when the container has no process.
 */
int rv_invocation_process(const struct rv_invocation *inv, struct rv_json_doc *container,
			  struct rv_buf *out, struct rv_err *err);

/*
 * update without --resources: LinuxResources as runc makes it (update.go), appended to out. Memory sizes are bytes with an
 * optional k, m, g, t, p (1024) and "b" or "ib", or -1; the others decimal integers, cpusets text. --memory -1 without
 * --memory-swap makes swap -1 too. The flags are ignored when --resources is given, as runc and crun do.
 */
int rv_invocation_resources(const struct rv_invocation *inv, struct rv_buf *out, struct rv_err *err);

/* ---- the table ---- */
/* Ends with name == NULL; the first one, named "", holds the global flags. */
extern const struct rv_subcommand rv_subcommands[];
/* NULL when there is none of that name or alias. */
const struct rv_subcommand *rv_subcommand_find(const char *name);
/*
 * Every flag of every subcommand, the global ones first with a command named ""; stops when fn returns non-zero.
 * --help, -h, -? and --usage, which every subcommand has, come once, with the global ones.
 */
int rv_flags_each(int (*fn)(void *ctx, const struct rv_subcommand *command, const struct rv_flag *flag), void *ctx);

#endif
