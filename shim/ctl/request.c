/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "ctl.h"
#include "handover.h"
#include "judged.h"
#include "monitor.h"
#include "runtime.h"
#include "state.h"

#define POLICY_MAX (4u * 1024 * 1024) /* bytes of a policy file */

enum { OPT_POLICY = 1, OPT_PROCESS, OPT_OUTPUT, OPT_ENGINE, OPT_BOUND, OPT_JSON, OPT_ARGV, OPT_HELP };
static const struct option options[] = {
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "process", required_argument, NULL, OPT_PROCESS },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "bound", no_argument, NULL, OPT_BOUND },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "argv", no_argument, NULL, OPT_ARGV },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static bool engine_named(const char *name, enum rv_engine *engine)
{
	for (int i = 0; rv_engine_names[i]; i++) {
		if (strcmp(rv_engine_names[i], name) != 0)
			continue;
		*engine = (enum rv_engine)i;
		return true;
	}
	return false;
}

static int take(struct rv_request *req, int opt, bool *engine_given, struct rv_err *err)
{
	switch (opt) {
	case OPT_POLICY:
		req->policy = optarg;
		return 0;
	case OPT_PROCESS:
		req->process = optarg;
		return 0;
	case OPT_OUTPUT:
		req->output = optarg;
		return 0;
	case OPT_ENGINE:
		*engine_given = true;
		return engine_named(optarg, &req->engine)
			       ? 0
			       : rv_err(err, RV_EUSAGE, "unknown engine %s: shell, cri, containerd, docker or podman", optarg);
	case OPT_BOUND:
		req->bound = true;
		return 0;
	case OPT_JSON:
		req->json = true;
		return 0;
	case OPT_HELP:
		req->help = true;
		return 0;
	}
	return rv_err(err, RV_EUSAGE, "unknown option");
}

int rv_request_parse(struct rv_request *req, int argc, char **argv, struct rv_err *err)
{
	bool wants_argv = false, engine_given = false;
	int opt, rc;

	*req = (struct rv_request){ 0 };
	opterr = 0;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (opt == 'h')
			opt = OPT_HELP;
		if (opt == '?')
			return rv_err(err, RV_EUSAGE, "option %s is unknown or lacks its value", argv[optind - 1]);
		if (opt == OPT_ARGV) {
			wants_argv = true;
			continue;
		}
		rc = take(req, opt, &engine_given, err);
		if (rc < 0)
			return rc;
	}
	/* a policy that is named is looked at for a cluster; what the active set decides is asked for at the shell */
	if (!engine_given && req->policy)
		req->engine = RV_ENGINE_CRI;
	if (req->help)
		return 0;
	if (wants_argv) {
		if (strcmp(argv[optind - 1], "--") != 0)
			return rv_err(err, RV_EUSAGE, "--argv is followed by -- and the runtime's arguments");
		req->argv = argv + optind;
		req->argv_count = argc - optind;
		return 0;
	}
	if (argc - optind != 1)
		return rv_err(err, RV_EUSAGE, optind < argc ? "one bundle only, after the options" : "a bundle is missing");
	req->bundle = argv[optind];
	return 0;
}

void rv_answer_done(struct rv_answer *a)
{
	rv_decision_done(&a->exec);
	rv_decision_done(&a->config);
	rv_document_done(&a->process);
	rv_document_done(&a->document);
	rv_errs_done(&a->mistakes);
	rv_buf_done(&a->policy_text);
	rv_policies_freep(&a->policies);
}

int rv_answer_error(const struct rv_answer *a, const struct rv_err *err)
{
	for (size_t i = 0; i < a->mistakes.count; i++)
		rv_ctl_error(&a->mistakes.item[i]);
	return a->mistakes.count ? rv_err_status(RV_EPOLICY) : rv_ctl_error(err);
}

static int choose(const struct rv_request *req, struct rv_answer *a, struct rv_choice *choice, struct rv_err *err)
{
	size_t len = req->policy ? strlen(req->policy) : 0;
	int rc = rv_active_load(&a->policies, NULL, err);

	if (rc < 0)
		return rc;
	*choice = (struct rv_choice){ .policies = a->policies, .errs = &a->mistakes };
	if (!req->policy)
		return 0;
	if (!strchr(req->policy, '/') && !(len > 5 && !strcmp(req->policy + len - 5, ".json"))) {
		choice->name = req->policy;
		return 0;
	}
	rc = rv_io_read_at(AT_FDCWD, req->policy, false, POLICY_MAX, &a->policy_text, err);
	if (rc < 0) {
		err->code = RV_EPOLICY;
		return -RV_EPOLICY;
	}
	choice->file = req->policy;
	choice->text = &a->policy_text;
	return 0;
}

static int decide_process(const struct rv_request *req, struct rv_answer *a, const struct rv_call *call,
			  const struct rv_choice *choice, struct rv_err *err)
{
	rv_autobuf text = { 0 };
	int rc = rv_document_read(req->process, false, call->node->max_document, &text, err);

	if (rc == 0)
		rc = rv_document_process(&a->process, req->process, &text, call->node->max_document, err);
	if (rc == 0)
		rc = rv_decide_exec(&a->exec, &a->process, &a->config.enforced->spec, call, choice, err);
	a->decision = &a->exec;
	a->action = "exec";
	return rc;
}

void rv_request_runtime(const struct rv_node *node, enum rv_engine engine, struct rv_runtime_fact *real, struct rv_arena *arena)
{
	rv_autostate state = RV_STATE_INIT;
	const char *path;

	if (rv_handover_runtime(node, engine, false, &path, NULL) < 0)
		path = NULL;
	if (rv_state_open(&state, false, NULL) < 0)
		rv_state_done(&state);
	rv_runtime_read(real, path, &state, arena);
}

/* What a create would give to the runtime; the container's entry in the state directory has a name only then. */
static int bind(struct rv_answer *a, struct rv_err *err)
{
	const struct rv_spec *spec = &a->config.enforced->spec;
	bool watched = !rv_monitor_hindrance();
	int rc = 0;

	if (watched || rv_judged_needed(&a->config.policy.enforce.set))
		rc = rv_bind_hook(spec, RV_RUNSTATEDIR "/reeve/ENTRY/" RV_JUDGED_FILE, watched, err);
	return rc < 0 ? rc : rv_bind(spec, &a->config.enforced_facts, err);
}

int rv_request_decide(const struct rv_request *req, struct rv_answer *a, struct rv_err *err)
{
	struct rv_call call = { .engine = req->engine, .bundle_fd = -1 };
	struct rv_choice choice;
	int rc = choose(req, a, &choice, err);

	a->decision = &a->config;
	a->action = "create";
	if (rc < 0)
		return rc;
	call.node = rv_policies_node(a->policies);
	rv_request_runtime(call.node, call.engine, &a->real, &a->config.arena);
	call.real = &a->real;
	rc = rv_document_open(&a->document, req->bundle, NULL, call.node->max_document, err);
	if (rc < 0)
		return rc;
	call.bundle = a->document.bundle;
	call.bundle_fd = a->document.bundle_fd;
	rc = rv_decide_config(&a->config, &a->document, &call, &choice, err);
	if (rc < 0 || rv_plan_verdict(&a->config.plan) == RV_PLAN_DENY)
		return rc;
	if (req->process)
		return decide_process(req, a, &call, &choice, err);
	if (!req->bound)
		return 0;
	rc = bind(a, err);
	if (rc < 0)
		return rc;
	a->config.text.len = 0;
	return rv_json_write(&a->config.enforced->json, &a->config.text, err);
}

static void add_argv(struct rv_buf *out, char *const *argv)
{
	rv_buf_addc(out, '[');
	for (size_t i = 0; argv[i]; i++) {
		if (i)
			rv_buf_adds(out, ", ");
		rv_json_quote(out, argv[i], strlen(argv[i]));
	}
	rv_buf_adds(out, "]\n");
}

/* The places of documents that a start would make: the bundle's is known, the others are memory files of that one call. */
static void stand_ins(const struct rv_invocation *inv, enum rv_runtime runtime, struct rv_overrides *over,
		      struct rv_arena *arena)
{
	const char *root = rv_state_runtime_root(runtime, inv->root, arena, NULL);
	char name[RV_HASH_HEX];

	rv_state_name(root ? root : "/", inv->id ? inv->id : "", name);
	*over = (struct rv_overrides){
		.bundle = rv_arena_printf(arena, "%s/reeve/%s", RV_RUNSTATEDIR, name),
		.process = "process.json",
		.resources = "resources.json",
	};
}

int rv_request_argv(const struct rv_request *req, struct rv_answer *a, struct rv_buf *out, struct rv_err *err)
{
	struct rv_invocation inv;
	struct rv_overrides over;
	struct rv_choice choice;
	const char *runtime;
	char **argv;
	int rc = choose(req, a, &choice, err);

	if (rc < 0)
		return rc;
	if (rv_handover_runtime(rv_policies_node(a->policies), req->engine, false, &runtime, NULL) < 0)
		runtime = "runc";
	rc = rv_invocation_parse(&inv, req->argv_count + 1, req->argv - 1, err);
	if (rc < 0)
		return rc;
	if (inv.command->class == RV_CLASS_REFUSED)
		return rv_err(err, RV_EDENIED, "%s is never handed on", inv.command->name);
	if (inv.command->class == RV_CLASS_PASS) {
		add_argv(out, req->argv);
		return 0;
	}
	stand_ins(&inv, rv_runtime_of(runtime), &over, &a->config.arena);
	rc = rv_invocation_argv(&inv, runtime, rv_runtime_of(runtime), &over, &a->config.arena, &argv, err);
	if (rc == 0)
		add_argv(out, argv);
	return rc;
}
