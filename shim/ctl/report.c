/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl report: what a container was given and what it used. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"
#include "report-show.h"

#define LOADER RV_LIBEXECDIR "/reeve/reeve-load"

static const char usage[] =
	"usage: reevectl report [--json | --html FILE] CONTAINER\n"
	"\n"
	"Shows what a container was given and what it used of it: of one that runs, and of one that is gone.\n"
	"CONTAINER is its id, or the beginning of the id of one that is gone.\n"
	"\n"
	"  --json       the report as it was written\n"
	"  --html FILE  one page for a browser\n"
	"  --help       this text\n";

struct request {
	const char *id, *html;
	bool json;
};

/* ---- where it is ---- */

/* What a program says on its standard output; false when it says nothing, or fails. What it has to complain about is nobody's concern. */
static bool ask(const char *const *argv, struct rv_buf *out)
{
	int ends[2], status;
	bool said;
	pid_t pid;

	if (access(argv[0], X_OK) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDIN_FILENO);
		dup2(null, STDERR_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
	said = pid > 0 && rv_io_read_fd(ends[0], RV_JSON_MAX, out, NULL) == 0 && out->len;
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return said && WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool is_name(const char *id)
{
	return *id && *id != '.' && strlen(id) <= 200 && !strchr(id, '/');
}

/* The only report whose name begins so. */
static int find(int dir, const char *id, char name[256], struct rv_err *err)
{
	size_t found = 0, len = strlen(id);
	struct dirent *entry;
	DIR *list;
	int fd;

	snprintf(name, 256, "%s.json", id);
	if (faccessat(dir, name, F_OK, 0) == 0)
		return 0;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd < 0 ? NULL : fdopendir(fd);
	while (list && (entry = readdir(list)))
		if (!strncmp(entry->d_name, id, len) && entry->d_name[0] != '.') {
			snprintf(name, 256, "%s", entry->d_name);
			found++;
		}
	if (list)
		closedir(list);
	else
		rv_io_close(&fd);
	if (found > 1)
		return rv_err(err, RV_EUSAGE, "%zu reports have names that begin with %s: say more of it", found, id);
	return found ? 0 : rv_err(err, RV_EUSAGE, "there is no container %s, and no report of one", id);
}

static int read_report(const struct request *req, struct rv_buf *out, struct rv_err *err)
{
	const char *const show[] = { LOADER, "show", "--json", req->id, NULL };
	rv_autopolicies *policies = NULL;
	rv_autofd dir = -1;
	char name[256];
	int rc;

	if (!is_name(req->id))
		return rv_err(err, RV_EUSAGE, "%s is no container's id", req->id);
	if (ask(show, out))
		return 0;
	out->len = 0;
	rc = rv_active_load_node(&policies, err);
	if (rc < 0)
		return rc;
	dir = open(rv_policies_node(policies)->monitor.reports, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 && errno != ENOENT)
		return rv_err_errno(err, errno, "cannot open %s", rv_policies_node(policies)->monitor.reports);
	rc = dir < 0 ? rv_err(err, RV_EUSAGE, "there is no container %s, and no report of one", req->id) : find(dir, req->id, name, err);
	return rc < 0 ? rc : rv_io_read_at(dir, name, true, RV_JSON_MAX, out, err);
}

/* ---- what is shown ---- */

static int write_page(const char *path, const struct rv_buf *page, struct rv_err *err)
{
	rv_autofd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return rv_err_errno(err, errno, "cannot open %s", path);
	return rv_io_write_all(fd, rv_buf_str(page), page->len, err);
}

static int show(const struct request *req, struct rv_err *err)
{
	rv_autobuf text = { 0 }, out = { 0 };
	rv_autojson doc = { 0 };
	int rc = read_report(req, &text, err);

	if (rc == 0)
		rc = rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, err);
	if (rc < 0)
		return rc;
	if (req->json)
		return rv_io_write_all(STDOUT_FILENO, text.data, text.len, err);
	if (req->html)
		rv_report_html(doc.root, &out);
	else
		rv_report_text(doc.root, &out);
	if (out.failed)
		return rv_err_nomem(err);
	return req->html ? write_page(req->html, &out, err) : rv_io_write_all(STDOUT_FILENO, rv_buf_str(&out), out.len, err);
}

int rv_ctl_report(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "html", required_argument, NULL, 'o' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	struct request req = { 0 };
	struct rv_err err;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (opt == '?')
			return rv_ctl_usage("report", "option %s is unknown, or lacks its value", argv[optind - 1]);
		req.json |= opt == 'j';
		if (opt == 'o')
			req.html = optarg;
	}
	if (argc - optind != 1 || (req.json && req.html))
		return rv_ctl_usage("report", "%s", argc - optind == 1 ? "either --json or --html" : "one container is needed");
	req.id = argv[optind];
	return show(&req, &err) < 0 ? rv_ctl_error(&err) : 0;
}
