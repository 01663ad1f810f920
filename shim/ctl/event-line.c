/* SPDX-License-Identifier: Apache-2.0 */
#include "event-line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PREFIX_MIN 4 /* characters of an id that are enough */

const char *const rv_event_priorities[] = {
	"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug", NULL,
};

int rv_event_priority(const char *word)
{
	for (int i = 0; *word && rv_event_priorities[i]; i++)
		if (!strncasecmp(word, rv_event_priorities[i], strlen(word)))
			return i;
	return -1;
}

int64_t rv_event_time(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	return end && (*end == 'Z' || *end == '.') ? (int64_t)timegm(&tm) : 0;
}

static bool take_date(const char *text, int64_t *since)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d" };

	for (size_t i = 0; i < RV_COUNT(forms); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);

		if (end && (!*end || !strcmp(end, "Z"))) {
			*since = (int64_t)timegm(&tm);
			return true;
		}
	}
	return false;
}

bool rv_event_since(const char *text, int64_t now, int64_t *since)
{
	static const struct { char unit; int64_t seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t len = strlen(text);
	uint64_t number;

	for (size_t i = 0; len > 1 && i < RV_COUNT(units); i++)
		if (text[len - 1] == units[i].unit && rv_str_u64(text, len - 1, UINT32_MAX, &number)) {
			*since = now - (int64_t)number * units[i].seconds;
			return true;
		}
	return take_date(text, since);
}

static const char *member(const struct rv_json *line, const char *name)
{
	return rv_json_str(rv_json_get(line, name));
}

static const char *field(const struct rv_json *line, const char *name)
{
	return member(rv_json_get(line, "output_fields"), name);
}

static bool is(const char *value, const char *wanted)
{
	return value && !strcmp(value, wanted);
}

static bool is_container(const struct rv_json *line, const char *wanted)
{
	const char *id = member(line, "container");

	return (id && strlen(wanted) >= PREFIX_MIN && rv_str_starts(id, wanted)) || is(id, wanted) ||
	       is(field(line, "container.name"), wanted) || is(field(line, "k8s.pod.name"), wanted);
}

bool rv_event_wanted(const struct rv_event_filter *filter, const struct rv_json *line)
{
	const char *rule = member(line, "rule"), *priority = member(line, "priority"), *when = member(line, "time");

	if (!rule && !filter->all)
		return false;
	if (filter->container && !is_container(line, filter->container))
		return false;
	if (filter->rule && !is(member(line, "detection"), filter->rule) && !is(rule, filter->rule))
		return false;
	if (filter->priority >= 0 && (!priority || rv_event_priority(priority) < 0 || rv_event_priority(priority) > filter->priority))
		return false;
	return !filter->since || (when && rv_event_time(when) >= filter->since);
}

/* ---- for people ---- */

/* namespace/pod/container, as far as there are such names; the beginning of the id where there are none. */
static void add_container(struct rv_buf *out, const struct rv_json *line)
{
	static const char *const names[] = { "k8s.ns.name", "k8s.pod.name", "container.name" };
	const char *id = member(line, "container");
	size_t start = out->len;

	for (size_t i = 0; i < RV_COUNT(names); i++) {
		const char *name = field(line, names[i]);

		if (!name || !*name)
			continue;
		rv_buf_adds(out, out->len > start ? "/" : "");
		rv_buf_add_printable(out, name);
	}
	if (out->len == start && id) {
		char cut[13];

		snprintf(cut, sizeof(cut), "%s", id);
		rv_buf_add_printable(out, cut);
	}
	if (out->len == start)
		rv_buf_addc(out, '-');
}

static void add_what(struct rv_buf *out, const struct rv_json *line)
{
	static const char *const names[] = { "proc.cmdline", "fd.op", "evt.dir", "evt.call", "fd.name", "dns.name", "proc.exit_status" };
	/* the end of a process has no path any more */
	const char *what = field(line, "proc.exepath") ? field(line, "proc.exepath") : field(line, "proc.comm");
	bool any = false;

	rv_buf_add_printable(out, what ? what : "?");
	for (size_t i = 0; i < RV_COUNT(names); i++) {
		const struct rv_json *value = rv_json_get(rv_json_get(line, "output_fields"), names[i]);

		if (!value || !value->str || !value->len)
			continue;
		rv_buf_adds(out, any ? ", " : " (");
		any = true;
		rv_buf_add_printable(out, value->str);
	}
	rv_buf_adds(out, any ? ")" : "");
}

void rv_event_text(const struct rv_json *line, struct rv_buf *out)
{
	const char *when = member(line, "time"), *result = member(line, "result"), *rule = member(line, "rule");
	const char *priority = member(line, "priority"), *name = member(line, rule ? "detection" : "event");

	rv_buf_addf(out, "%.19s ", when ? when : "?");
	if (rule)
		rv_buf_addf(out, "%-8.8s ", priority ? priority : "?");
	rv_buf_add_printable(out, name ? name : rule ? rule : "?");
	rv_buf_addc(out, ' ');
	add_container(out, line);
	if (result && strcmp(result, "happened") != 0)
		rv_buf_addf(out, " %.16s", result);
	rv_buf_adds(out, ": ");
	if (rule)
		rv_buf_add_printable(out, member(line, "output") ? member(line, "output") : "");
	else
		add_what(out, line);
	rv_buf_addc(out, '\n');
}
