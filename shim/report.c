/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "reeve/log.h"

/* Both as runc's own logger writes them: engines parse the first, people know the second. */
static void format(struct rv_buf *out, bool json, const char *message)
{
	rv_buf_adds(out, json ? "{\"level\":\"error\",\"msg\":" : "time=\"");
	if (json) {
		rv_json_quote(out, message, strlen(message));
		rv_buf_adds(out, ",\"time\":\"");
		rv_log_time(out, (int64_t)time(NULL));
		rv_buf_adds(out, "\"}\n");
		return;
	}
	rv_log_time(out, (int64_t)time(NULL));
	rv_buf_adds(out, "\" level=error msg=");
	rv_json_quote(out, message, strlen(message));
	rv_buf_addc(out, '\n');
}

static void log_elsewhere(const char *log, const char *message)
{
	rv_autobuf fields = { 0 };

	if (rv_str_starts(log, "journald:")) {
		rv_journal_field(&fields, "MESSAGE", message);
		rv_journal_field(&fields, "PRIORITY", "3");
		rv_journal_field(&fields, "SYSLOG_IDENTIFIER", "reeve");
		rv_journal_field(&fields, "ID", log + strlen("journald:"));
		rv_journal_send(&fields);
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
		rv_autofd fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);

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
	rv_journal_field(&fields, "MESSAGE", summary_of(record, &message));
	rv_journal_field(&fields, "PRIORITY", denied ? "4" : "6");
	rv_journal_field(&fields, "SYSLOG_IDENTIFIER", "reeve");
	rv_journal_field(&fields, "REEVE_CONTAINER", record->facts ? record->facts->id : NULL);
	rv_journal_field(&fields, "REEVE_POLICY", record->policy ? record->policy->name : NULL);
	rv_journal_field(&fields, "REEVE_RECORD", rv_buf_str(&json));
	if (!json.failed)
		rv_journal_send(&fields);
}

int rv_report_decision(const char *log, const struct rv_record *record, struct rv_err *err)
{
	rv_autobuf line = { 0 };

	rv_record_json(record, &line);
	if (line.failed)
		return rv_err_nomem(err);
	tell_journal(record, &line);
	return rv_log_append(log, &line, err);
}
