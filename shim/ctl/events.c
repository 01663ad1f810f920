/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl events: what was written, and what comes now. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "event-line.h"

#define LINE_MAX_BYTES 1048576u

static const char usage[] =
	"usage: reevectl events [OPTION...]\n"
	"\n"
	"Prints the alerts that were written, oldest first, or those that come from now on.\n"
	"\n"
	"  --follow            what comes, until interrupted; with --since also what was\n"
	"  --container NAME    of one container: its id, 4 characters of its beginning at least, or in Kubernetes its name or its pod's\n"
	"  --rule NAME         of one detection, by its name or the title of its alerts\n"
	"  --priority WORD     at least as urgent: emergency alert critical error warning notice informational debug\n"
	"  --since WHEN        10m, 2h, 3d before now, or a time: 2026-11-22T02:30:00Z (UTC)\n"
	"  --all               events that no detection names too, where they are written (node file: monitor.telemetry) or live\n"
	"  --json              the lines as they are\n"
	"  --help              this text\n";

struct request {
	struct rv_event_filter filter;
	bool follow, json, shown;
	char last[64];	/* time of the last line that was read in a file */
};

/* ---- lines ---- */

/* A line that is not JSON is one that is being written, or was cut by a full disk: nothing can be said of it. */
static void take_line(struct request *req, const char *line, size_t len, bool live)
{
	rv_autojson doc = { 0 };
	rv_autobuf text = { 0 };
	const char *when;

	if (rv_json_parse(&doc, line, len, LINE_MAX_BYTES, 0, NULL) < 0 || !rv_event_wanted(&req->filter, doc.root))
		return;
	when = rv_json_str(rv_json_get(doc.root, "time"));
	/* it has been read in the file already; those after the first new one are new */
	if (live && when && *req->last && strcmp(when, req->last) <= 0)
		return;
	if (live)
		*req->last = '\0';
	if (req->json)
		rv_buf_addf(&text, "%.*s\n", (int)len, line);
	else
		rv_event_text(doc.root, &text);
	fwrite(rv_buf_str(&text), 1, text.len, stdout);
	req->shown = true;
}

static void keep_time(struct request *req, const char *line)
{
	static const char key[] = "\"time\":\"";
	const char *at = strstr(line, key);

	if (at)
		snprintf(req->last, sizeof(req->last), "%.*s", (int)strcspn(at + strlen(key), "\""), at + strlen(key));
}

/* Until its end. */
static void take_stream(struct request *req, FILE *from, bool live)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, from)) > 0) {
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		take_line(req, line, (size_t)len, live);
		if (!live)
			keep_time(req, line);
		else if (fflush(stdout) == EOF)
			break;
	}
	free(line);
}

/* ---- where they come from ---- */

static int take_file(struct request *req, const char *path, bool *any, struct rv_err *err)
{
	FILE *from = fopen(path, "re");

	if (!from)
		return errno == ENOENT ? 0 : rv_err_errno(err, errno, "cannot read %s", path);
	*any = true;
	take_stream(req, from, false);
	fclose(from);
	return 0;
}

/* The oldest first. One that is renamed meanwhile is read twice rather than not at all. */
static int take_files(struct request *req, const struct rv_node_monitor *node, struct rv_err *err)
{
	char path[PATH_MAX];
	bool any = false;
	int rc = 0;

	if (access(node->events, R_OK) < 0 && errno == EACCES)
		return rv_err_errno(err, errno, "cannot read %s", node->events);
	for (uint64_t i = node->keep; i > 0 && rc == 0; i--) {
		snprintf(path, sizeof(path), "%s.%ju", node->events, (uintmax_t)i);
		rc = take_file(req, path, &any, err);
	}
	if (rc == 0)
		rc = take_file(req, node->events, &any, err);
	if (rc == 0 && !any && !req->follow)
		fprintf(stderr, "reevectl: no events so far: there is no %s\n", node->events);
	else if (rc == 0 && !req->shown && !req->follow)
		fprintf(stderr, "reevectl: no such events%s\n",
			req->filter.rule ? "; reevectl policy detections has the names of rules" : "");
	return rc;
}

static int call_monitor(const char *path, int *out, struct rv_err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	rv_autofd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(at.sun_path))
		return rv_err(err, RV_ESYSTEM, "%s is too long for a socket", path);
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return rv_err(err, RV_ESYSTEM, "no reeve-monitor listens at %s: the next container starts it, or, as under podman "
				      "and CRI-O, systemctl start reeve-monitor", path);
		return rv_err_errno(err, errno, "cannot reach reeve-monitor at %s", path);
	}
	*out = fd;
	fd = -1;
	return 0;
}

static int follow(struct request *req, int fd, struct rv_err *err)
{
	FILE *from = fdopen(fd, "r");

	if (!from)
		return rv_err_errno(err, errno, "cannot read from reeve-monitor");
	fflush(stdout);
	take_stream(req, from, true);
	fclose(from);
	if (ferror(stdout))
		return 0;
	return rv_err(err, RV_ESYSTEM, "reeve-monitor has ended, or it let this reader go because it did not keep up");
}

static int run(struct request *req, struct rv_err *err)
{
	rv_autopolicies *policies = NULL;
	const struct rv_node_monitor *node;
	int fd = -1, rc = rv_active_load_node(&policies, err);

	if (rc < 0)
		return rc;
	node = &rv_policies_node(policies)->monitor;
	/* called first: what comes while the files are read is in one of both */
	if (req->follow)
		rc = call_monitor(node->socket, &fd, err);
	if (rc == 0 && (!req->follow || req->filter.since))
		rc = take_files(req, node, err);
	if (rc == 0 && req->follow)
		return follow(req, fd, err);
	rv_io_close(&fd);
	return rc;
}

/* ---- arguments ---- */

static int parse(struct request *req, int argc, char **argv, bool *help)
{
	static const struct option options[] = {
		{ "follow", no_argument, NULL, 'f' },	      { "container", required_argument, NULL, 'c' },
		{ "rule", required_argument, NULL, 'r' },     { "priority", required_argument, NULL, 'p' },
		{ "since", required_argument, NULL, 's' },    { "all", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },	      { "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "fh", options, NULL)) != -1) {
		req->follow |= opt == 'f';
		req->json |= opt == 'j';
		req->filter.all |= opt == 'a';
		*help |= opt == 'h';
		if (opt == 'c')
			req->filter.container = optarg;
		if (opt == 'r')
			req->filter.rule = optarg;
		if (opt == 'p' && (req->filter.priority = rv_event_priority(optarg)) < 0)
			return rv_ctl_usage("events", "%s is no priority", optarg);
		if (opt == 's' && !rv_event_since(optarg, (int64_t)time(NULL), &req->filter.since))
			return rv_ctl_usage("events", "%s is no time such as 10m or 2026-11-22T02:30:00Z", optarg);
		if (opt == '?' || opt == ':')
			return rv_ctl_usage("events", "option %s is unknown, or lacks its value", argv[optind - 1]);
	}
	return optind < argc ? rv_ctl_usage("events", "unexpected argument %s", argv[optind]) : 0;
}

int rv_ctl_events(int argc, char **argv)
{
	struct request req = { .filter.priority = -1 };
	struct rv_err err;
	bool help = false;
	int rc = parse(&req, argc, argv, &help);

	if (rc || help) {
		if (!rc)
			fputs(usage, stdout);
		return rc;
	}
	return run(&req, &err) < 0 ? rv_ctl_error(&err) : 0;
}
