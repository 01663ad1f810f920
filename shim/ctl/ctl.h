/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl: one function a subcommand, argv[0] being the subcommand's name; each returns the exit status of rv_err_status(). */
#ifndef REEVE_CTL_H
#define REEVE_CTL_H

#include "decide.h"

int rv_ctl_render(int argc, char **argv);
int rv_ctl_explain(int argc, char **argv);
int rv_ctl_policy(int argc, char **argv);
int rv_ctl_node(int argc, char **argv);
int rv_ctl_events(int argc, char **argv);
int rv_ctl_report(int argc, char **argv);

/* "reevectl: file:line:column: pointer: what" on stderr. Returns the exit status. */
int rv_ctl_error(const struct rv_err *err);
/* A wrong command line, with the hint where help is. Returns 2. */
int rv_ctl_usage(const char *command, const char *fmt, ...) RV_PRINTF(2, 3);

/* What render and explain are asked for. */
struct rv_request {
	const char *policy;  /* name or file; NULL: the active set decides */
	const char *process; /* process.json to judge after the bundle */
	const char *output;  /* NULL: stdout */
	const char *bundle;
	enum rv_engine engine;
	bool bound, json, help;
	char **argv; /* what stood behind --argv --; NULL without */
	int argv_count;
};
/* RV_EUSAGE when not understood. */
int rv_request_parse(struct rv_request *req, int argc, char **argv, struct rv_err *err);

/* A request carried out: config is the bundle's decision, exec that about the process, when one was asked for. */
struct rv_answer {
	struct rv_policies *policies;
	struct rv_buf policy_text;
	struct rv_errs mistakes;
	struct rv_document document, process;
	struct rv_runtime_fact real;
	struct rv_decision config, exec;
	struct rv_decision *decision; /* the one asked about */
	const char *action;		    /* "create" "exec" */
};
void rv_answer_done(struct rv_answer *a);
#define rv_autoanswer RV_CLEANUP(rv_answer_done) struct rv_answer
#define RV_ANSWER_INIT                                                                                                         \
	((struct rv_answer){ .document = RV_DOCUMENT_INIT,                                                                     \
			     .process = RV_DOCUMENT_INIT,                                                                      \
			     .config = RV_DECISION_INIT,                                                                       \
			     .exec = RV_DECISION_INIT })
/* The runtime that would be exec'd for this engine, or what stands for it where none is installed: nothing is run. */
void rv_request_runtime(const struct rv_node *node, enum rv_engine engine, struct rv_runtime_fact *real, struct rv_arena *arena);
/* 0 also when refused: the verdict is in the plan. a->mistakes holds all mistakes of a policy file. */
int rv_request_decide(const struct rv_request *req, struct rv_answer *a, struct rv_err *err);
/* The canonical argv of req->argv as a JSON array. */
int rv_request_argv(const struct rv_request *req, struct rv_answer *a, struct rv_buf *out, struct rv_err *err);
/* Prints err, or all mistakes of the policy file where there are more. Returns the exit status. */
int rv_answer_error(const struct rv_answer *a, const struct rv_err *err);

#endif
