/* SPDX-License-Identifier: Apache-2.0 */
#include "sinks.h"

#include <stdio.h>
#include <string.h>

#include "reeve/log.h"

bool rv_sinks_want_events(const struct rv_sinks *s)
{
	return s->telemetry || s->socket.readers;
}

/* MESSAGE is what people read there; the line itself is beside it. */
static void tell_journal(const struct rv_buf *line, const struct rv_detection *d, const char *container)
{
	rv_autobuf fields = { 0 }, message = { 0 }, text = { 0 };
	char priority[4];

	rv_buf_add(&text, line->data, line->len - 1);
	rv_buf_addf(&message, "%s (container %.64s)", d->rule, container);
	snprintf(priority, sizeof(priority), "%d", (int)d->priority);
	rv_journal_field(&fields, "MESSAGE", rv_buf_str(&message));
	rv_journal_field(&fields, "PRIORITY", priority);
	rv_journal_field(&fields, "SYSLOG_IDENTIFIER", "reeve-monitor");
	rv_journal_field(&fields, "REEVE_CONTAINER", container);
	rv_journal_field(&fields, "REEVE_DETECTION", d->name);
	rv_journal_field(&fields, "REEVE_EVENT", rv_buf_str(&text));
	if (!text.failed && !message.failed)
		rv_journal_send(&fields);
}

void rv_sinks_add(struct rv_sinks *s, const struct rv_buf *line, const struct rv_detection *d, const char *container)
{
	if (line->failed || !line->len) {
		s->lost++;
		return;
	}
	rv_buf_add(&s->all, line->data, line->len);
	if (d)
		rv_buf_add(&s->alerts, line->data, line->len);
	/* that the file fails need not be tried to write there */
	if ((d || s->telemetry) && !(s->failing_since && d == &rv_notices[RV_NOTICE_SINK])) {
		rv_buf_add(&s->to_file, line->data, line->len);
		s->lines_in_file++;
	}
	if (d && s->journal)
		tell_journal(line, d, container);
}

static void clear(struct rv_buf *b)
{
	/* what one flood needed is not kept for ever */
	if (b->room > RV_READER_MAX || b->failed) {
		rv_buf_done(b);
		*b = (struct rv_buf){ 0 };
	}
	b->len = 0;
}

static bool write_file(struct rv_sinks *s, uint64_t now)
{
	struct rv_err err = RV_ERR_INIT;

	if (s->to_file.failed)
		rv_err_nomem(&err);
	else if (rv_file_sink_write(&s->file, rv_buf_str(&s->to_file), s->to_file.len, &err) == 0) {
		s->failing_since = 0;
		return true;
	}
	if (!s->failing_since)
		s->failing_since = now ? now : 1;
	s->failure = err;
	if (!s->to_file.failed && now < s->failing_since + RV_SINK_HOLD)
		return false;
	s->lost += s->lines_in_file;
	return true;
}

bool rv_sinks_flush(struct rv_sinks *s, uint64_t now)
{
	/* readers have it at once, also while the file is waited for */
	if (s->all.len && !s->all.failed)
		rv_socket_sink_write(&s->socket, &s->all, &s->alerts);
	clear(&s->all);
	clear(&s->alerts);
	if (s->lines_in_file && !write_file(s, now))
		return false;
	clear(&s->to_file);
	s->lines_in_file = 0;
	return true;
}

void rv_sinks_done(struct rv_sinks *s)
{
	rv_file_sink_close(&s->file);
	rv_socket_sink_close(&s->socket);
	rv_buf_done(&s->alerts);
	rv_buf_done(&s->all);
	rv_buf_done(&s->to_file);
}
