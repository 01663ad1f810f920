/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define JOURNAL "/run/systemd/journal/socket"
#define APPEND	(O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)

static void add_time(struct rv_buf *out)
{
	time_t now = time(NULL);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	rv_buf_adds(out, text);
}

/* Both as runc's own logger writes them: engines parse the first, people know the second. */
static void format(struct rv_buf *out, bool json, const char *message)
{
	rv_buf_adds(out, json ? "{\"level\":\"error\",\"msg\":" : "time=\"");
	if (json) {
		rv_json_quote(out, message, strlen(message));
		rv_buf_adds(out, ",\"time\":\"");
		add_time(out);
		rv_buf_adds(out, "\"}\n");
		return;
	}
	add_time(out);
	rv_buf_adds(out, "\" level=error msg=");
	rv_json_quote(out, message, strlen(message));
	rv_buf_addc(out, '\n');
}

static int send_journal(const struct rv_buf *fields)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = JOURNAL };
	rv_autofd fd = -1;

	if (fields->failed || access(JOURNAL, F_OK) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	return sendto(fd, rv_buf_str(fields), fields->len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) < 0
		       ? -1
		       : 0;
}

/* The journal's native protocol: NAME=value, lines; no value here has a line break in it. */
static void add_field(struct rv_buf *out, const char *name, const char *value)
{
	if (value && *value && !strchr(value, '\n'))
		rv_buf_addf(out, "%s=%s\n", name, value);
}

static void log_elsewhere(const char *log, const char *message)
{
	rv_autobuf fields = { 0 };

	if (rv_str_starts(log, "journald:")) {
		add_field(&fields, "MESSAGE", message);
		add_field(&fields, "PRIORITY", "3");
		add_field(&fields, "SYSLOG_IDENTIFIER", "reeve");
		add_field(&fields, "ID", log + strlen("journald:"));
		(void)send_journal(&fields);
	} else if (rv_str_starts(log, "syslog:")) {
		openlog(log + strlen("syslog:"), LOG_NDELAY, LOG_USER);
		syslog(LOG_ERR, "%s", message);
		closelog();
	}
}

void rv_report_error(const struct rv_invocation *inv, const char *message)
{
	const char *path = rv_invocation_log_path(inv);
	rv_autobuf record = { 0 }, line = { 0 };

	if (path) {
		rv_autofd fd = open(path, (APPEND & ~O_NOFOLLOW), 0644);

		format(&record, inv->log_json, message);
		if (fd >= 0 && !record.failed)
			(void)rv_io_write_all(fd, rv_buf_str(&record), record.len, NULL);
	} else if (inv->log) {
		log_elsewhere(inv->log, message);
	}
	rv_buf_addf(&line, "%s\n", message);
	if (!line.failed)
		(void)rv_io_write_all(STDERR_FILENO, rv_buf_str(&line), line.len, NULL);
}

void rv_report_err(const struct rv_invocation *inv, const struct rv_err *err)
{
	char text[sizeof(*err)], message[sizeof(*err) + 8];

	snprintf(message, sizeof(message), "reeve: %s", rv_err_text(err, text, sizeof(text)));
	rv_report_error(inv, message);
}

/* The directory above the file, made when it is the last one missing. */
static int open_log(const char *log, struct rv_err *err)
{
	const char *slash = strrchr(log, '/');
	rv_autobuf dir = { 0 };
	struct stat st;
	int fd = open(log, APPEND, 0600);

	if (fd < 0 && errno == ENOENT && slash && slash != log) {
		rv_buf_add(&dir, log, (size_t)(slash - log));
		if (!dir.failed && mkdir(rv_buf_str(&dir), 0700) == 0)
			fd = open(log, APPEND, 0600);
		else
			errno = ENOENT;
	}
	if (fd < 0)
		return rv_err_errno(err, errno, "cannot open the decision log %s", log);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		rv_io_close(&fd);
		return rv_err(err, RV_ESYSTEM, "the decision log %s is not a file", log);
	}
	return fd;
}

static const char *summary_of(const struct rv_record *record, struct rv_buf *out)
{
	static const char *const words[] = {
		[RV_PLAN_ALLOW] = "allowed",
		[RV_PLAN_REWRITE] = "allowed with changes",
		[RV_PLAN_GRACE] = "allowed for now",
		[RV_PLAN_DENY] = "refused",
	};
	const char *id = record->facts && record->facts->id ? record->facts->id : "";

	rv_buf_addf(out, "%s of container %s %s", record->action, id,
		    record->plan ? words[rv_plan_verdict(record->plan)] : "failed");
	return rv_buf_str(out);
}

static void tell_journal(const struct rv_record *record, const struct rv_buf *line)
{
	rv_autobuf fields = { 0 }, message = { 0 }, json = { 0 };
	bool denied = !record->plan || rv_plan_verdict(record->plan) == RV_PLAN_DENY;

	rv_buf_add(&json, rv_buf_str(line), line->len ? line->len - 1 : 0);
	add_field(&fields, "MESSAGE", summary_of(record, &message));
	add_field(&fields, "PRIORITY", denied ? "4" : "6");
	add_field(&fields, "SYSLOG_IDENTIFIER", "reeve");
	add_field(&fields, "REEVE_CONTAINER", record->facts ? record->facts->id : NULL);
	add_field(&fields, "REEVE_POLICY", record->policy ? record->policy->name : NULL);
	add_field(&fields, "REEVE_RECORD", rv_buf_str(&json));
	if (!json.failed)
		(void)send_journal(&fields);
}

int rv_report_decision(const char *log, const struct rv_record *record, struct rv_err *err)
{
	rv_autobuf line = { 0 };
	rv_autofd fd = -1;
	ssize_t n;

	rv_record_json(record, &line);
	if (line.failed)
		return rv_err_nomem(err);
	tell_journal(record, &line);
	fd = open_log(log, err);
	if (fd < 0)
		return fd;
	n = write(fd, rv_buf_str(&line), line.len);
	if (n < 0 || (size_t)n != line.len)
		return rv_err_errno(err, n < 0 ? errno : ENOSPC, "cannot write the decision log %s", log);
	return 0;
}
