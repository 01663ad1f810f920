/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"

static const char usage[] =
	"usage: reevectl render [OPTION...] BUNDLE\n"
	"       reevectl render [--policy NAME|FILE] [--engine ENGINE] --argv -- ARGUMENT...\n"
	"\n"
	"Prints the config.json that a container with this bundle would get; nothing is started.\n"
	"\n"
	"  --policy NAME|FILE  a policy or profile of this node, or a file; else the active set decides\n"
	"  --process FILE      print the process.json that an exec with FILE would get in that container\n"
	"  --bound             as the runtime gets it: paths absolute and resolved\n"
	"  --engine ENGINE     as if it called: cri containerd docker podman shell; without: cri with --policy, else shell\n"
	"  --json              print the decision record instead\n"
	"  --output FILE       write to FILE instead of standard output\n"
	"  --argv -- ARG...    print the arguments that the runtime would get, as a JSON array\n"
	"  --help              this text\n"
	"\n"
	"Exit status: 0 allowed, 1 the system failed, 2 usage, 3 refused (why is on standard error), 4 document at fault,\n"
	"5 policy at fault.\n";

static int write_out(const struct rv_request *req, const struct rv_buf *text)
{
	struct rv_err err;
	struct stat st;
	char *slash;
	rv_autofd dir = -1;
	int rc;

	if (text->failed) {
		rv_err_nomem(&err);
		return rv_ctl_error(&err);
	}
	if (!req->output) {
		rc = rv_io_write_all(STDOUT_FILENO, rv_buf_str(text), text->len, &err);
		return rc < 0 ? rv_ctl_error(&err) : 0;
	}
	/* a device, pipe or link (/dev/null, /dev/stdout) is written to, never replaced */
	if (lstat(req->output, &st) == 0 && !S_ISREG(st.st_mode)) {
		dir = open(req->output, O_WRONLY | O_TRUNC | O_CLOEXEC);
		rc = dir < 0 ? rv_err_errno(&err, errno, "open %s", req->output)
			     : rv_io_write_all(dir, rv_buf_str(text), text->len, &err);
		return rc < 0 ? rv_ctl_error(&err) : 0;
	}
	rv_autobuf path = { 0 };

	rv_buf_adds(&path, req->output);
	slash = path.data ? strrchr(path.data, '/') : NULL;
	if (slash)
		*slash = '\0';
	dir = open(!slash ? "." : slash == path.data ? "/" : path.data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = dir < 0 ? rv_err_errno(&err, errno, "open %s", req->output)
		     : rv_io_write_atomic(dir, slash ? slash + 1 : req->output, rv_buf_str(text), text->len, 0644, &err);
	return rc < 0 ? rv_ctl_error(&err) : 0;
}

static int refused(const struct rv_decision *d)
{
	for (size_t i = 0; i < d->plan.denial_count; i++) {
		const struct rv_denial *denial = &d->plan.denial[i];

		if (denial->graced_until)
			continue;
		fprintf(stderr, "reevectl: refused by %s (%s): %s%s%s%s%s\n", denial->rule, denial->origin, denial->pointer,
			*denial->pointer ? ": " : "", denial->reason, denial->advice ? "; " : "",
			denial->advice ? denial->advice : "");
	}
	return rv_err_status(RV_EDENIED);
}

static int render_argv(const struct rv_request *req)
{
	rv_autoanswer answer = RV_ANSWER_INIT;
	rv_autobuf out = { 0 };
	struct rv_err err;

	if (rv_request_argv(req, &answer, &out, &err) < 0)
		return rv_answer_error(&answer, &err);
	return write_out(req, &out);
}

int rv_ctl_render(int argc, char **argv)
{
	rv_autoanswer answer = RV_ANSWER_INIT;
	const struct rv_decision *d;
	rv_autobuf record = { 0 };
	struct rv_request req;
	struct rv_err err;
	bool denied;
	int rc;

	if (rv_request_parse(&req, argc, argv, &err) < 0)
		return rv_ctl_usage("render", "%s", err.msg);
	if (req.help) {
		fputs(usage, stdout);
		return 0;
	}
	if (req.argv)
		return render_argv(&req);
	if (rv_request_decide(&req, &answer, &err) < 0)
		return rv_answer_error(&answer, &err);
	d = answer.decision;
	denied = rv_plan_verdict(&d->plan) == RV_PLAN_DENY;
	rc = 0;
	if (req.json) {
		const struct rv_record what = { .action = answer.action,
						.facts = &d->facts,
						.policy = &d->policy,
						.plan = &d->plan,
						.audit = d->has_audit ? &d->audit : NULL };

		rv_record_json(&what, &record);
		rc = write_out(&req, &record);
	} else if (!denied) {
		rc = write_out(&req, &d->text);
	}
	return denied && rc == 0 ? refused(d) : rc;
}
