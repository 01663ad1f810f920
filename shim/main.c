/* SPDX-License-Identifier: Apache-2.0 */
/* reeve: the runtime that engines call. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "config.h"
#include "enforce.h"
#include "handover.h"
#include "report.h"

/* The file name that was exec'd; the kernel keeps it where the caller's argv cannot reach. */
static const char *exec_name(void)
{
	unsigned long at = getauxval(AT_EXECFN);

	return at ? (const char *)at : "";
}

/* Entry paths: RV_LIBEXECDIR/reeve/<engine>/(runc|crun|reeve), nothing else. */
static enum rv_engine entry_engine(const char *name)
{
	static const char *const names[] = { "runc", "crun", "reeve" };
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	/* a configuration may well have a slash too many, and would be held to the shell's policy */
	const char *path = rv_path_clean(&arena, name);
	char entry[PATH_MAX];

	for (int engine = RV_ENGINE_CRI; engine < RV_ENGINE_COUNT; engine++) {
		for (size_t i = 0; i < RV_COUNT(names); i++) {
			snprintf(entry, sizeof(entry), "%s/reeve/%s/%s", RV_LIBEXECDIR, rv_engine_names[engine], names[i]);
			if (path && !strcmp(path, entry))
				return (enum rv_engine)engine;
		}
	}
	return RV_ENGINE_SHELL;
}

/* containerd gives each of its clients a state root of its own, and one entry path may serve them all. */
static enum rv_engine refine(enum rv_engine engine, const char *root, const struct rv_node *node)
{
	char expected[PATH_MAX];

	if (engine != RV_ENGINE_CONTAINERD || !root)
		return engine;
	for (const char *const *dir = node->dirs.containerd; *dir; dir++) {
		snprintf(expected, sizeof(expected), "%s/runc/k8s.io", *dir);
		if (!strcmp(root, expected))
			return RV_ENGINE_CRI;
		snprintf(expected, sizeof(expected), "%s/runc/moby", *dir);
		if (!strcmp(root, expected))
			return RV_ENGINE_DOCKER;
	}
	return engine;
}

static bool prefers_crun(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, "crun");
}

static bool shows_bundles(const struct rv_session *s)
{
	return !s->inv->help && rv_runtime_of(s->runtime) == RV_RUNTIME_RUNC &&
	       (s->inv->command->sub == RV_SUB_STATE || s->inv->command->sub == RV_SUB_LIST);
}

/* Returns 0 when reeve keeps nothing whose place could be shown: the runtime may answer itself. */
static int answer(char *const argv[], struct rv_err *err)
{
	rv_autostate state = RV_STATE_INIT;
	int status, rc = rv_state_open(&state, false, NULL);

	if (rc < 0 || state.fd < 0)
		return 0;
	rc = rv_answer_run(&state, argv, &status, err);
	if (rc < 0)
		return rc;
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Also these in canonical form: what reeve took for a call for help must not be a start to the runtime. */
static int as_it_is(const struct rv_session *s, struct rv_err *err)
{
	static const int keep[2] = { -1, -1 };
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	char **argv;
	int rc = rv_invocation_argv(s->inv, s->runtime, rv_runtime_of(s->runtime), NULL, &arena, &argv, err);

	if (rc == 0 && shows_bundles(s))
		rc = answer(argv, err);
	return rc < 0 ? rc : rv_handover_exec(argv, rv_handover_inherited(0), keep, err);
}

/* Programs take the runtime's answer apart (go-runc, podman info, CRI-O): only a person at a terminal is told more. */
static int version(const struct rv_session *s, struct rv_err *err)
{
	int status;
	pid_t pid;

	if (s->engine != RV_ENGINE_SHELL || !isatty(STDOUT_FILENO))
		return as_it_is(s, err);
	pid = fork();
	if (pid == 0) {
		(void)as_it_is(s, err);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return rv_err(err, RV_ESYSTEM, "%s --version failed", s->runtime);
	puts("reeve: " PACKAGE_VERSION);
	return 0;
}

static bool passes(const struct rv_invocation *inv)
{
	return inv->help || inv->version || inv->command->class == RV_CLASS_PASS;
}

static int run(int argc, char **argv, struct rv_invocation *inv, struct rv_buf *refusal, struct rv_err *err)
{
	rv_autopolicies *policies = NULL;
	struct rv_session s = { .inv = inv, .engine = entry_engine(exec_name()) };
	int rc;

	if (getauxval(AT_SECURE))
		return rv_err(err, RV_EUSAGE, "must not be installed set-uid, set-gid or with file capabilities");
	rc = rv_invocation_parse(inv, argc, argv, err);
	if (rc < 0)
		return rc;
	if (inv->command->class == RV_CLASS_REFUSED && !inv->help)
		return rv_err(err, RV_EDENIED, "%s is refused: it changes a container past its policy", inv->command->name);
	rc = passes(inv) ? rv_active_load_node(&policies, err) : rv_active_load(&policies, NULL, err);
	/* what judges nothing goes on without policy: a broken set must not keep anyone from ending a container */
	if (rc < 0 && passes(inv))
		rc = rv_policies_load(&policies, NULL, 0, err);
	if (rc < 0)
		return rc;
	s.policies = policies;
	s.node = rv_policies_node(policies);
	if (s.engine == RV_ENGINE_SHELL && geteuid() == 0 && rv_handover_is_place(exec_name()))
		s.engine = s.node->diverted;
	s.engine = refine(s.engine, inv->root, s.node);
	rc = rv_handover_runtime(s.node, s.engine, prefers_crun(exec_name()), &s.runtime, err);
	if (rc < 0)
		return rc;
	if (inv->version)
		return version(&s, err);
	if (passes(inv))
		return as_it_is(&s, err);
	return rv_enforce(&s, refusal, err);
}

int main(int argc, char **argv)
{
	struct rv_invocation inv = { .status_fd = -1 };
	rv_autobuf refusal = { 0 };
	struct rv_err err = RV_ERR_INIT;

	rv_handover_std_fds();
	if (run(argc, argv, &inv, &refusal, &err) == 0)
		return 0;
	if (refusal.len && !refusal.failed)
		rv_report_error(&inv, rv_buf_str(&refusal));
	else
		rv_report_err(&inv, &err);
	/* as the runtimes do: an exec's own failure must not look like its command's */
	return inv.command && inv.command->sub == RV_SUB_EXEC ? 255 : 1;
}
