/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "reeve/log.h"

/* The decision record of the start (reevectl(8)); decision: NULL for its own. */
static void put_record(struct rv_buf *out, const struct rv_judged *judged, const char *decision)
{
	rv_buf_adds(out, "{\"time\":\"");
	rv_log_time(out, (int64_t)time(NULL));
	rv_buf_addc(out, '"');
	rv_json_each(member, judged->record) {
		if (!strcmp(member->key, "time"))
			continue;
		if (decision && !strcmp(member->key, "decision")) {
			rv_json_put_text(out, member->key, decision);
			continue;
		}
		rv_json_put_key(out, member->key);
		rv_buf_add(out, member->src + member->start, member->end - member->start);
	}
}

static void put_why(struct rv_buf *out, const struct rv_err *why)
{
	char text[sizeof(*why)];

	if (why->code == RV_EDENIED) {
		rv_json_put_open(out, "denials", '[');
		rv_json_put_open(out, NULL, '{');
		rv_json_put_text(out, "rule", "judged");
		rv_json_put_text(out, "pointer", why->pointer);
		rv_json_put_text(out, "reason", why->msg);
		rv_buf_adds(out, "}]");
	} else {
		rv_json_put_text(out, "error", rv_err_text(why, text, sizeof(text)));
	}
}

static void tell_journal(const char *id, const struct rv_judged *judged, const char *message, struct rv_buf *line)
{
	rv_autobuf fields = { 0 };

	rv_journal_field(&fields, "MESSAGE", message);
	rv_journal_field(&fields, "PRIORITY", "4");
	rv_journal_field(&fields, "SYSLOG_IDENTIFIER", "reeve");
	rv_journal_field(&fields, "REEVE_CONTAINER", id);
	if (judged)
		rv_journal_field(&fields, "REEVE_POLICY", rv_json_str(rv_json_at(judged->record, "/policy/name")));
	if (line->len)
		line->data[--line->len] = '\0';
	rv_journal_field(&fields, "REEVE_RECORD", rv_buf_str(line));
	if (!line->failed)
		rv_journal_send(&fields);
}

/* The record with what became of the start: to the log, and to the journal with a message. */
static void record(const struct rv_judged *judged, struct rv_buf *line, const char *what)
{
	rv_autobuf message = { 0 };

	rv_buf_adds(line, "}\n");
	(void)rv_log_append(judged->log, line, NULL);
	rv_buf_addf(&message, "%s: container %s", what, judged->id);
	tell_journal(judged->id, judged, rv_buf_str(&message), line);
}

/* crun sends what its hooks say to /dev/null. */
static bool is_unheard(void)
{
	struct stat st;

	return fstat(STDERR_FILENO, &st) < 0 || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

/* The runtime's own stderr. The very file, or in a regular one what the runtime says next would be written over it. */
static int open_runtimes(void)
{
	rv_autofd runtime = (int)syscall(SYS_pidfd_open, getppid(), 0);

	return runtime < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, runtime, STDERR_FILENO, 0);
}

/* In the form of the runtime's own records. podman takes a file with one record for the whole story, and with two it reads stderr. */
static void tell_log(const struct rv_judged *judged, const char *message)
{
	rv_autofd fd = open(judged->caller_log, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	rv_autobuf line = { 0 };

	if (fd < 0)
		return;
	if (judged->caller_json) {
		rv_buf_adds(&line, "{\"level\":\"error\",\"msg\":");
		rv_json_quote(&line, message, strlen(message));
		rv_buf_adds(&line, "}\n");
	} else {
		rv_buf_addf(&line, "%s\n", message);
	}
	if (!line.failed)
		(void)rv_io_write_all(fd, rv_buf_str(&line), line.len, NULL);
}

void rv_hook_report(const char *id, const struct rv_judged *judged, const struct rv_err *why)
{
	rv_autobuf message = { 0 }, line = { 0 };
	bool unheard = is_unheard();
	char text[sizeof(*why)];
	int fd = unheard ? open_runtimes() : STDERR_FILENO;

	rv_buf_addf(&message, "reeve: start of container %s stopped: %s", id ? id : "?", rv_err_text(why, text, sizeof(text)));
	if (unheard && judged && judged->caller_log)
		tell_log(judged, rv_buf_str(&message));
	rv_buf_addc(&message, '\n');
	if (fd >= 0)
		(void)rv_io_write_all(fd, rv_buf_str(&message), message.len, NULL);
	if (!judged)
		return;
	put_record(&line, judged, why->code == RV_EDENIED ? "deny" : "error");
	put_why(&line, why);
	record(judged, &line, "start stopped");
}

void rv_hook_report_unmonitored(const struct rv_judged *judged, const char *why)
{
	rv_autobuf line = { 0 };

	put_record(&line, judged, NULL);
	rv_json_put_text(&line, "unmonitored", why);
	record(judged, &line, "started unwatched");
}

void rv_hook_report_unfinished(const char *id, const struct rv_err *why)
{
	rv_autobuf line = { 0 }, message = { 0 };
	char text[sizeof(*why)];

	rv_buf_addf(&message, "no report of container %s: %s", id, rv_err_text(why, text, sizeof(text)));
	tell_journal(id, NULL, rv_buf_str(&message), &line);
}
