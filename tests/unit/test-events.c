/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl events and report: which lines are asked for, and what a person reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/event-line.h"
#include "ctl/report-show.h"

#define ALERT                                                                                                                  \
	"{\"output\":\"A shell\\u001b[2J\",\"output_fields\":{\"container.name\":\"web\",\"k8s.pod.name\":\"web-7\"},"         \
	"\"priority\":\"Warning\",\"rule\":\"Terminal shell\",\"time\":\"2026-11-22T02:30:00.5Z\",\"detection\":\"terminal-shell\"," \
	"\"container\":\"0123456789abcdef\",\"event\":\"exec\",\"result\":\"killed\"}"
#define EVENT                                                                                                                  \
	"{\"output_fields\":{\"proc.exepath\":\"/bin/ls\",\"proc.cmdline\":\"ls -l\"},\"time\":\"2026-11-22T02:30:00Z\","      \
	"\"container\":\"0123456789abcdef\",\"event\":\"exec\",\"result\":\"happened\"}"
#define ANY ((struct rv_event_filter){ .priority = -1 })

static bool wanted(struct rv_event_filter filter, const char *line)
{
	rv_autojson doc = { 0 };

	assert_int_equal(rv_json_parse(&doc, line, strlen(line), 65536, 0, NULL), 0);
	return rv_event_wanted(&filter, doc.root);
}

static struct rv_event_filter container(const char *name)
{
	return (struct rv_event_filter){ .priority = -1, .container = name };
}

static struct rv_event_filter rule(const char *name)
{
	return (struct rv_event_filter){ .priority = -1, .rule = name };
}

static void test_filters(void **state)
{
	(void)state;
	assert_true(wanted(ANY, ALERT));
	assert_false(wanted(ANY, EVENT));
	assert_true(wanted((struct rv_event_filter){ .priority = -1, .all = true }, EVENT));
	assert_true(wanted(container("0123456789abcdef"), ALERT));
	assert_true(wanted(container("0123"), ALERT));
	assert_false(wanted(container("012"), ALERT));
	assert_false(wanted(container("1234"), ALERT));
	assert_true(wanted(container("web"), ALERT));
	assert_true(wanted(container("web-7"), ALERT));
	assert_false(wanted(container("web-"), ALERT));
	assert_true(wanted(rule("terminal-shell"), ALERT));
	assert_true(wanted(rule("Terminal shell"), ALERT));
	assert_false(wanted(rule("terminal"), ALERT));
}

static void test_priorities(void **state)
{
	(void)state;
	assert_int_equal(rv_event_priority("emergency"), 0);
	assert_int_equal(rv_event_priority("WARN"), 4);
	assert_int_equal(rv_event_priority("info"), 6);
	assert_int_equal(rv_event_priority(""), -1);
	assert_int_equal(rv_event_priority("warnings"), -1);
	assert_true(wanted((struct rv_event_filter){ .priority = 4 }, ALERT));
	assert_true(wanted((struct rv_event_filter){ .priority = 7 }, ALERT));
	assert_false(wanted((struct rv_event_filter){ .priority = 3 }, ALERT));
	assert_false(wanted((struct rv_event_filter){ .priority = 7, .all = true }, EVENT));
}

static void test_times(void **state)
{
	int64_t since = 0;

	(void)state;
	assert_true(rv_event_since("10m", 1000, &since));
	assert_int_equal(since, 400);
	assert_true(rv_event_since("3d", 1000000, &since));
	assert_int_equal(since, 1000000 - 3 * 86400);
	assert_true(rv_event_since("1970-01-02", 0, &since));
	assert_int_equal(since, 86400);
	assert_true(rv_event_since("1970-01-01T01", 0, &since));
	assert_int_equal(since, 3600);
	assert_true(rv_event_since("1970-01-01T00:01:00Z", 0, &since));
	assert_int_equal(since, 60);
	assert_false(rv_event_since("m", 0, &since));
	assert_false(rv_event_since("-5m", 0, &since));
	assert_false(rv_event_since("yesterday", 0, &since));
	assert_int_equal(rv_event_time("1970-01-01T00:01:00.123456789Z"), 60);
	assert_int_equal(rv_event_time("no"), 0);
	assert_true(wanted((struct rv_event_filter){ .priority = -1, .since = rv_event_time("2026-11-22T02:30:00Z") }, ALERT));
	assert_false(wanted((struct rv_event_filter){ .priority = -1, .since = rv_event_time("2026-11-22T02:30:01Z") }, ALERT));
}

static void reads(const char *line, const char *text)
{
	rv_autojson doc = { 0 };
	rv_autobuf out = { 0 };

	assert_int_equal(rv_json_parse(&doc, line, strlen(line), 65536, 0, NULL), 0);
	rv_event_text(doc.root, &out);
	assert_string_equal(rv_buf_str(&out), text);
}

static void test_text(void **state)
{
	(void)state;
	reads(ALERT, "2026-11-22T02:30:00 Warning  terminal-shell web-7/web killed: A shell\\x1b[2J\n");
	reads(EVENT, "2026-11-22T02:30:00 exec 0123456789ab: /bin/ls (ls -l)\n");
	reads("{}", "? ? -: ?\n");
	reads("{\"rule\":1,\"container\":[],\"output_fields\":7}", "? ? -: ?\n");
}

#define REPORT                                                                                                                 \
	"{\"id\":\"web\",\"monitored\":true,\"ms\":4012,\"capabilities\":{\"granted\":[\"CHOWN\",\"KILL\"],\"used\":[\"KILL\"]," \
	"\"refused\":[]},\"syscalls\":{\"granted\":370,\"used\":null},\"executables\":[{\"path\":\"/<b>\\u001b\\t\\nx\",\"count\":2," \
	"\"origin\":\"new\"}],\"lost\":{\"files\":7},\"memory\":{\"peak\":1048576,\"limit\":2097152},\"cpu\":{\"usec\":2006000,"        \
	"\"limit\":null},\"events\":{\"exec\":{\"sent\":5,\"dropped\":1}},\"candidates\":[{\"detection\":\"decode-payload\",\"count\":3,"   \
	"\"suppressed\":1,\"action\":\"alert\"}]}"

static void report(const char *json, bool html, struct rv_buf *out)
{
	rv_autojson doc = { 0 };

	assert_int_equal(rv_json_parse(&doc, json, strlen(json), 65536, 0, NULL), 0);
	if (html)
		rv_report_html(doc.root, out);
	else
		rv_report_text(doc.root, out);
}

static void test_report(void **state)
{
	rv_autobuf out = { 0 };

	(void)state;
	report(REPORT, false, &out);
	assert_string_equal(rv_buf_str(&out),
			    "container: web\n    ran  4.012 s\ncapabilities: 1 of 2 used\n    used  KILL\n    never used  CHOWN\n"
			    "system calls: not recorded; 370 allowed\nexecutables: 1\n    2  /<b>\\x1b\\x09\\x0ax  new\n"
			    "files changed: 0, and 7 more that were only counted\nendpoints: 0\n"
			    "memory: peak 1.0 MiB of 2.0 MiB (50 %)\nCPU: 2.006 s, 0.500 of a CPU on average; no limit\n"
			    "detections: 0 fired\ncandidates: 1 that reeve-monitor decides, and that may be nothing: see reevectl events\n"
			    "    3  decode-payload  alert  1 of them suppressed\nevents: 5 sent, 1 dropped\n    exec  5 sent  1 dropped\n");
}

static void test_report_page(void **state)
{
	rv_autobuf out = { 0 };

	(void)state;
	report(REPORT, true, &out);
	assert_non_null(strstr(rv_buf_str(&out), "<td>/&lt;b&gt;\\x1b\\x09\\x0ax<td>new</tr>"));
	assert_null(strstr(rv_buf_str(&out), "<b>"));
}

static void test_report_unwatched(void **state)
{
	rv_autobuf out = { 0 }, none = { 0 };

	(void)state;
	report("{\"id\":\"web\",\"monitored\":false,\"why\":\"no BTF\"}", false, &out);
	assert_string_equal(rv_buf_str(&out), "container: web\nnot monitored: no BTF\n");
	report("[]", false, &none);
	assert_string_equal(rv_buf_str(&none), "container: \nnot monitored: \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_report_page),
		cmocka_unit_test(test_report_unwatched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
