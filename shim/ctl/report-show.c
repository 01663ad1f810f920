/* SPDX-License-Identifier: Apache-2.0 */
#include "report-show.h"

#include <inttypes.h>
#include <string.h>

/* What is said of one thing, and its rows: cells end with \t, rows with \n. */
struct part {
	const char *title;
	struct rv_buf said, rows;
};
#define PARTS 16
struct parts {
	struct part part[PARTS];
	size_t count;
};

static struct part *begin(struct parts *all, const char *title)
{
	struct part *p = &all->part[all->count++];

	p->title = title;
	return p;
}

static void done(struct parts *all)
{
	for (size_t i = 0; i < all->count; i++) {
		rv_buf_done(&all->part[i].said);
		rv_buf_done(&all->part[i].rows);
	}
}

/* ---- values ---- */

static const char *text_of(const struct rv_json *object, const char *key)
{
	const char *text = rv_json_str(rv_json_get(object, key));

	return text ? text : "";
}

static uint64_t number_of(const struct rv_json *object, const char *key)
{
	uint64_t number;

	return rv_json_u64(rv_json_get(object, key), &number) ? number : 0;
}

static void cell(struct rv_buf *out, const char *text)
{
	rv_buf_add_printable(out, text);
	rv_buf_addc(out, '\t');
}

static void cell_number(struct rv_buf *out, uint64_t number)
{
	rv_buf_addf(out, "%ju\t", (uintmax_t)number);
}

static void end_row(struct rv_buf *out)
{
	if (out->len && out->data[out->len - 1] == '\t')
		out->len--;
	rv_buf_addc(out, '\n');
}

static void put_words(struct rv_buf *out, const struct rv_json *list)
{
	bool any = false;

	rv_json_each(word, list) {
		rv_buf_adds(out, any ? " " : "");
		rv_buf_add_printable(out, rv_json_str(word) ? rv_json_str(word) : "?");
		any = true;
	}
	if (!any)
		rv_buf_adds(out, "none");
}

static void put_bytes(struct rv_buf *out, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < RV_COUNT(units)) {
		value /= 1024;
		unit++;
	}
	rv_buf_addf(out, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

/* ---- parts ---- */

static void add_head(struct parts *all, const struct rv_json *r)
{
	static const struct { const char *pointer, *title; } names[] = {
		{ "/identity/namespace", "namespace" }, { "/identity/pod", "pod" },   { "/identity/container", "container" },
		{ "/identity/image", "image" },		{ "/identity/digest", "digest" }, { "/engine", "engine" },
		{ "/policy/name", "policy" },		{ "/policy/enforce", "profile" }, { "/bundle", "bundle" },
		{ "/started", "started" },		{ "/ended", "ended" },	      { "/tier", "tier" },
	};
	struct part *p = begin(all, "container");
	uint64_t ms;

	rv_buf_add_printable(&p->said, text_of(r, "id"));
	for (size_t i = 0; i < RV_COUNT(names); i++) {
		const char *text = rv_json_str(rv_json_at(r, names[i].pointer));

		if (!text || !*text)
			continue;
		cell(&p->rows, names[i].title);
		cell(&p->rows, text);
		end_row(&p->rows);
	}
	if (!rv_json_u64(rv_json_get(r, "ms"), &ms))
		return;
	rv_buf_addf(&p->rows, "ran\t%" PRIu64 ".%03u s\n", ms / 1000, (unsigned)(ms % 1000));
}

static bool among(const struct rv_json *list, const char *word)
{
	rv_json_each(item, list)
		if (rv_json_str(item) && !strcmp(rv_json_str(item), word))
			return true;
	return false;
}

static void add_capabilities(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *caps = rv_json_get(r, "capabilities"), *granted = rv_json_get(caps, "granted");
	const struct rv_json *used = rv_json_get(caps, "used"), *refused = rv_json_get(caps, "refused");
	struct part *p = begin(all, "capabilities");
	bool any = false;

	if (!used) {
		rv_buf_adds(&p->said, "not recorded");
		return;
	}
	rv_buf_addf(&p->said, "%zu of %zu used", rv_json_count(used), rv_json_count(granted));
	rv_buf_adds(&p->rows, "used\t");
	put_words(&p->rows, used);
	rv_buf_adds(&p->rows, "\nnever used\t");
	rv_json_each(word, granted) {
		if (!rv_json_str(word) || among(used, rv_json_str(word)))
			continue;
		rv_buf_adds(&p->rows, any ? " " : "");
		rv_buf_add_printable(&p->rows, rv_json_str(word));
		any = true;
	}
	rv_buf_adds(&p->rows, any ? "\n" : "none\n");
	if (rv_json_count(refused)) {
		rv_buf_adds(&p->rows, "asked for and refused\t");
		put_words(&p->rows, refused);
		rv_buf_addc(&p->rows, '\n');
	}
}

static void add_syscalls(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *calls = rv_json_get(r, "syscalls"), *used = rv_json_get(calls, "used");
	struct part *p = begin(all, "system calls");
	uint64_t granted;

	if (!used || used->type != RV_JSON_ARRAY) {
		rv_buf_adds(&p->said, "not recorded");
		if (rv_json_u64(rv_json_get(calls, "granted"), &granted))
			rv_buf_addf(&p->said, "; %" PRIu64 " allowed", granted);
		return;
	}
	if (rv_json_u64(rv_json_get(calls, "granted"), &granted))
		rv_buf_addf(&p->said, "%zu of %" PRIu64 " used", rv_json_count(used), granted);
	else
		rv_buf_addf(&p->said, "%zu used, all allowed", rv_json_count(used));
	put_words(&p->rows, used);
	rv_buf_addc(&p->rows, '\n');
}

/* "12", or "12 and 3 more that were only counted". */
static void say_count(struct part *p, const struct rv_json *list, const struct rv_json *r, const char *lost)
{
	uint64_t more = number_of(rv_json_get(r, "lost"), lost);

	rv_buf_addf(&p->said, "%zu", rv_json_count(list));
	if (more)
		rv_buf_addf(&p->said, ", and %" PRIu64 " more that were only counted", more);
}

static void add_executables(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *list = rv_json_get(r, "executables");
	struct part *p = begin(all, "executables");

	say_count(p, list, r, "executables");
	rv_json_each(one, list) {
		cell_number(&p->rows, number_of(one, "count"));
		cell(&p->rows, text_of(one, "path"));
		cell(&p->rows, text_of(one, "origin"));
		if (rv_json_true(rv_json_get(one, "script")))
			cell(&p->rows, "script");
		end_row(&p->rows);
	}
}

static void add_files(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *list = rv_json_get(r, "files");
	struct part *p = begin(all, "files changed");

	say_count(p, list, r, "files");
	rv_json_each(one, list) {
		cell_number(&p->rows, number_of(one, "count"));
		cell(&p->rows, text_of(one, "path"));
		put_words(&p->rows, rv_json_get(one, "operations"));
		end_row(&p->rows);
	}
}

static void add_addresses(struct parts *all, const struct rv_json *r, const char *member)
{
	const struct rv_json *list = rv_json_get(r, member);
	struct part *p = begin(all, member);

	say_count(p, list, r, member);
	rv_json_each(one, list) {
		const char *address = text_of(one, "address");

		cell_number(&p->rows, number_of(one, "count"));
		rv_buf_adds(&p->rows, strchr(address, ':') ? "[" : "");
		rv_buf_add_printable(&p->rows, address);
		rv_buf_addf(&p->rows, "%s:%" PRIu64 "\t", strchr(address, ':') ? "]" : "", number_of(one, "port"));
		cell(&p->rows, text_of(one, "protocol"));
		put_words(&p->rows, rv_json_get(one, "direction"));
		end_row(&p->rows);
	}
}

static void add_endpoints(struct parts *all, const struct rv_json *r)
{
	add_addresses(all, r, "endpoints");
	if (rv_json_count(rv_json_get(r, "clients")))
		add_addresses(all, r, "clients");
}

static void add_names(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *list = rv_json_get(r, "names");
	struct part *p;

	if (!rv_json_count(list))
		return;
	p = begin(all, "names asked for");
	say_count(p, list, r, "names");
	rv_json_each(one, list) {
		cell_number(&p->rows, number_of(one, "count"));
		cell(&p->rows, text_of(one, "name"));
		end_row(&p->rows);
	}
}

static void add_memory(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *memory = rv_json_get(r, "memory");
	struct part *p = begin(all, "memory");
	uint64_t peak, limit;

	if (!rv_json_u64(rv_json_get(memory, "peak"), &peak)) {
		rv_buf_adds(&p->said, "not recorded");
		return;
	}
	rv_buf_adds(&p->said, "peak ");
	put_bytes(&p->said, peak);
	if (rv_json_u64(rv_json_get(memory, "limit"), &limit) && limit) {
		rv_buf_adds(&p->said, " of ");
		put_bytes(&p->said, limit);
		rv_buf_addf(&p->said, " (%.0f %%)", 100.0 * (double)peak / (double)limit);
	} else {
		rv_buf_adds(&p->said, ", no limit");
	}
}

static void add_cpu(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *cpu = rv_json_get(r, "cpu");
	struct part *p = begin(all, "CPU");
	uint64_t usec, limit, ms = number_of(r, "ms");

	if (!rv_json_u64(rv_json_get(cpu, "usec"), &usec)) {
		rv_buf_adds(&p->said, "not recorded");
		return;
	}
	rv_buf_addf(&p->said, "%.3f s", (double)usec / 1e6);
	if (ms)
		rv_buf_addf(&p->said, ", %.3f of a CPU on average", (double)usec / 1000 / (double)ms);
	if (rv_json_u64(rv_json_get(cpu, "limit"), &limit) && limit)
		rv_buf_addf(&p->said, "; limit %.3f", (double)limit / 1000);
	else
		rv_buf_adds(&p->said, "; no limit");
}

static void put_detections(struct part *p, const struct rv_json *list)
{
	rv_json_each(one, list) {
		cell_number(&p->rows, number_of(one, "count"));
		cell(&p->rows, text_of(one, "detection"));
		cell(&p->rows, text_of(one, "action"));
		if (number_of(one, "suppressed"))
			rv_buf_addf(&p->rows, "%" PRIu64 " of them suppressed\t", number_of(one, "suppressed"));
		end_row(&p->rows);
	}
}

static void add_alerts(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *list = rv_json_get(r, "alerts"), *candidates = rv_json_get(r, "candidates");
	struct part *p = begin(all, "detections");

	rv_buf_addf(&p->said, "%zu fired", rv_json_count(list));
	put_detections(p, list);
	if (!rv_json_count(candidates))
		return;
	p = begin(all, "candidates");
	rv_buf_addf(&p->said, "%zu that reeve-monitor decides, and that may be nothing: see reevectl events", rv_json_count(candidates));
	put_detections(p, candidates);
}

static void add_events(struct parts *all, const struct rv_json *r)
{
	const struct rv_json *events = rv_json_get(r, "events");
	struct part *p = begin(all, "events");
	uint64_t sent = 0, dropped = 0;

	rv_json_each_member(kind, events) {
		sent += number_of(kind, "sent");
		dropped += number_of(kind, "dropped");
		cell(&p->rows, kind->key);
		rv_buf_addf(&p->rows, "%" PRIu64 " sent\t", number_of(kind, "sent"));
		if (number_of(kind, "dropped"))
			rv_buf_addf(&p->rows, "%" PRIu64 " dropped\t", number_of(kind, "dropped"));
		end_row(&p->rows);
	}
	rv_buf_addf(&p->said, "%" PRIu64 " sent, %" PRIu64 " dropped", sent, dropped);
}

static void gather(struct parts *all, const struct rv_json *r)
{
	static void (*const adds[])(struct parts *all, const struct rv_json *r) = {
		add_capabilities, add_syscalls, add_executables, add_files,  add_endpoints,
		add_names,	  add_memory,	add_cpu,	 add_alerts, add_events,
	};

	add_head(all, r);
	if (!rv_json_true(rv_json_get(r, "monitored"))) {
		struct part *p = begin(all, "not monitored");

		rv_buf_add_printable(&p->said, text_of(r, "why"));
		return;
	}
	for (size_t i = 0; i < RV_COUNT(adds); i++)
		adds[i](all, r);
}

/* ---- text ---- */

static void text_rows(struct rv_buf *out, const char *rows)
{
	while (*rows) {
		size_t len = strcspn(rows, "\n");

		rv_buf_adds(out, "    ");
		for (size_t i = 0; i < len; i++)
			if (rows[i] == '\t')
				rv_buf_adds(out, "  ");
			else
				rv_buf_addc(out, rows[i]);
		rv_buf_addc(out, '\n');
		rows += len + (rows[len] == '\n');
	}
}

void rv_report_text(const struct rv_json *report, struct rv_buf *out)
{
	RV_CLEANUP(done) struct parts all = { 0 };

	gather(&all, report);
	for (size_t i = 0; i < all.count; i++) {
		rv_buf_addf(out, "%s: %s\n", all.part[i].title, rv_buf_str(&all.part[i].said));
		text_rows(out, rv_buf_str(&all.part[i].rows));
		out->failed |= all.part[i].said.failed || all.part[i].rows.failed;
	}
}

/* ---- HTML ---- */

static void escape(struct rv_buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		switch (text[i]) {
		case '&':
			rv_buf_adds(out, "&amp;");
			break;
		case '<':
			rv_buf_adds(out, "&lt;");
			break;
		case '>':
			rv_buf_adds(out, "&gt;");
			break;
		case '"':
			rv_buf_adds(out, "&quot;");
			break;
		default:
			rv_buf_addc(out, text[i]);
		}
}

static void html_rows(struct rv_buf *out, const char *rows)
{
	if (!*rows)
		return;
	rv_buf_adds(out, "<table>\n");
	while (*rows) {
		size_t len = strcspn(rows, "\n");
		const char *end = rows + len;

		rv_buf_adds(out, "<tr>");
		while (rows < end) {
			size_t cell_len = strcspn(rows, "\t\n");

			rv_buf_adds(out, "<td>");
			escape(out, rows, cell_len);
			rows += cell_len + (rows + cell_len < end);
		}
		rv_buf_adds(out, "</tr>\n");
		rows = end + (*end == '\n');
	}
	rv_buf_adds(out, "</table>\n");
}

void rv_report_html(const struct rv_json *report, struct rv_buf *out)
{
	static const char style[] = "body{font:15px/1.4 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
				    "h2{font-size:1.1em;margin:1.5em 0 .3em}h2 span{font-weight:normal}"
				    "table{border-collapse:collapse}td{padding:.1em 1em .1em 0;vertical-align:top;font-family:monospace;"
				    "overflow-wrap:anywhere}";
	RV_CLEANUP(done) struct parts all = { 0 };
	const char *id = text_of(report, "id");

	gather(&all, report);
	rv_buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Container ");
	escape(out, id, strlen(id));
	rv_buf_addf(out, "</title><style>%s</style></head>\n<body>\n", style);
	for (size_t i = 0; i < all.count; i++) {
		const struct part *p = &all.part[i];

		rv_buf_addf(out, "<h2>%s: <span>", p->title);
		escape(out, rv_buf_str(&p->said), p->said.len);
		rv_buf_adds(out, "</span></h2>\n");
		html_rows(out, rv_buf_str(&p->rows));
		out->failed |= p->said.failed || p->rows.failed;
	}
	rv_buf_adds(out, "</body>\n</html>\n");
}
