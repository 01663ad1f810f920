/* SPDX-License-Identifier: Apache-2.0 */
/* reeve-monitor's parts that need no kernel: the file and its renamed ones, who a container is, what is reported without a detection. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "monitor/file.h"
#include "monitor/helper.h"
#include "monitor/line.h"
#include "monitor/metrics.h"

static char top[] = "/tmp/reeve-test-monitor.XXXXXX";

static int make_top(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static const char *content(const char *name)
{
	static struct rv_buf text;
	char path[128];

	rv_buf_done(&text);
	text = (struct rv_buf){ 0 };
	snprintf(path, sizeof(path), "%s/%s", top, name);
	return rv_io_read_at(AT_FDCWD, path, true, 65536, &text, NULL) < 0 ? "-" : rv_buf_str(&text);
}

/* ---- the file ---- */

static void write_line(struct rv_file_sink *file, const char *line)
{
	struct rv_err err;

	assert_int_equal(rv_file_sink_write(file, line, strlen(line), &err), 0);
}

static void test_rotation(void **state)
{
	char path[128];
	struct rv_file_sink file = RV_FILE_SINK_INIT;

	(void)state;
	snprintf(path, sizeof(path), "%s/log/a", top);
	file.path = path;
	file.rotate = 10;
	file.keep = 2;
	for (int i = 0; i < 6; i++) {
		const char line[] = { (char)('0' + i), '2', '3', '4', '5', '\n', 0 };

		write_line(&file, line);
	}
	assert_string_equal(content("log/a"), "52345\n");
	assert_string_equal(content("log/a.1"), "42345\n");
	assert_string_equal(content("log/a.2"), "32345\n");
	assert_string_equal(content("log/a.3"), "-");
	/* a batch that is larger than the limit is still one */
	write_line(&file, "123456789 123456789\n");
	assert_string_equal(content("log/a"), "123456789 123456789\n");
	rv_file_sink_close(&file);
	write_line(&file, "new\n");
	assert_string_equal(content("log/a"), "new\n");
	assert_string_equal(content("log/a.1"), "123456789 123456789\n");
	rv_file_sink_close(&file);
}

static void test_keep_none(void **state)
{
	char path[128];
	struct rv_file_sink file = RV_FILE_SINK_INIT;

	(void)state;
	snprintf(path, sizeof(path), "%s/none", top);
	file.path = path;
	file.rotate = 8;
	write_line(&file, "first\n");
	write_line(&file, "second\n");
	assert_string_equal(content("none"), "second\n");
	assert_string_equal(content("none.1"), "-");
	rv_file_sink_close(&file);
}

static void test_whole_lines(void **state)
{
	const struct rlimit small = { 16, 64 };
	struct rlimit before;
	char path[128];
	struct rv_file_sink file = RV_FILE_SINK_INIT;
	struct rv_err err;

	(void)state;
	snprintf(path, sizeof(path), "%s/cut", top);
	file.path = path;
	getrlimit(RLIMIT_FSIZE, &before);
	write_line(&file, "0123456789\n");
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ small.rlim_cur, before.rlim_max });
	assert_true(rv_file_sink_write(&file, "0123456789\n", 11, &err) < 0);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_string_equal(content("cut"), "0123456789\n");
	write_line(&file, "again\n");
	assert_string_equal(content("cut"), "0123456789\nagain\n");
	rv_file_sink_close(&file);
}

static void test_other_file(void **state)
{
	char path[128], away[128];
	struct rv_file_sink file = RV_FILE_SINK_INIT;
	struct rv_err err;

	(void)state;
	snprintf(path, sizeof(path), "%s/moved", top);
	snprintf(away, sizeof(away), "%s/moved.old", top);
	file.path = path;
	write_line(&file, "one\n");
	rv_file_sink_check(&file);
	write_line(&file, "two\n");
	assert_int_equal(rename(path, away), 0);
	rv_file_sink_check(&file);
	write_line(&file, "three\n");
	assert_string_equal(content("moved.old"), "one\ntwo\n");
	assert_string_equal(content("moved"), "three\n");
	rv_file_sink_close(&file);
	assert_int_equal(unlink(path) | symlink(away, path), 0);
	assert_true(rv_file_sink_write(&file, "four\n", 5, &err) < 0);
	assert_string_equal(content("moved.old"), "one\ntwo\n");
}

/* ---- who a container is ---- */

static void add(struct rv_buf *b, const char *text)
{
	rv_buf_adds(b, text);
}

static void write_file(const char *name, const char *text)
{
	rv_autofd dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(rv_io_write_atomic(dir, name, text, strlen(text), 0600, NULL), 0);
}

static void test_identity(void **state)
{
	struct rv_watched c = { 0 };
	rv_autobuf judged = { 0 }, attached = { 0 };

	(void)state;
	add(&judged, "{\"id\":\"a\",\"record\":{\"id\":\"abc\",\"engine\":\"cri\",\"policy\":{\"name\":\"p\"},\"identity\":{\"pod\":\"web\","
		     "\"namespace\":\"shop\",\"other\":\"x\"},\"edits\":[]},\"monitor\":{\"graceUntil\":100000,\"graceFreeze\":true}}");
	add(&attached, "{\"format\":1,\"cgroup\":\"/a/b\",\"time\":1000}");
	rv_watched_read(&c, &judged, &attached);
	assert_string_equal(rv_json_text(&c.identity, c.identity.root),
			    "{\"id\":\"abc\",\"engine\":\"cri\",\"policy\":\"p\",\"namespace\":\"shop\",\"pod\":\"web\"}");
	assert_string_equal(c.cgroup, "/a/b");
	assert_int_equal(c.grace_until, 100000);
	assert_int_equal(c.grace_warn, 96400);
	assert_true(c.grace_freeze);
	rv_json_done(&c.identity);
}

static void test_identity_of_report(void **state)
{
	struct rv_watch w = { .run = top, .reports = top };
	struct rv_watched *c;

	(void)state;
	write_file("abc.json", "{\"id\":\"abc\",\"container\":\"7\",\"identity\":{\"container\":\"web\"}}");
	write_file("abc@12.json", "{\"id\":\"abc\",\"container\":\"8\",\"identity\":{\"container\":\"shop\"}}");
	c = rv_watch_get(&w, -1, 7, "abc", 1);
	assert_string_equal(rv_json_str(rv_json_get(c->identity.root, "container")), "web");
	assert_int_equal(c->grace_until, 0);
	c = rv_watch_get(&w, -1, 8, "abc", 1);
	assert_string_equal(rv_json_str(rv_json_get(c->identity.root, "container")), "shop");
	c = rv_watch_get(&w, -1, 9, "abc", 1);
	assert_null(c->identity.root);
	rv_watch_done(&w);
}

static void test_broken_files(void **state)
{
	struct rv_watched c = { 0 };
	rv_autobuf judged = { 0 }, attached = { 0 };

	(void)state;
	add(&judged, "{\"record\":");
	add(&attached, "[]");
	rv_watched_read(&c, &judged, &attached);
	assert_null(c.identity.root);
	assert_string_equal(c.cgroup, "");
}

static void test_grace_warning(void **state)
{
	(void)state;
	assert_int_equal(rv_grace_warning(0, 864000), 864000 - 3600);
	assert_int_equal(rv_grace_warning(0, 600), 540);
	assert_int_equal(rv_grace_warning(700, 600), 600);
}

/* ---- lines ---- */

static void test_notices(void **state)
{
	struct rv_event event = { .kind = RV_EVENT_EXEC };

	(void)state;
	assert_null(rv_notice_of(&event));
	event.result = RV_RESULT_KILLED;
	assert_string_equal(rv_notice_of(&event)->name, "refused");
	event.kind = RV_EVENT_NET;
	assert_string_equal(rv_notice_of(&event)->name, "network");
	event.kind = RV_EVENT_EXCESS;
	assert_string_equal(rv_notice_of(&event)->name, "excess");
	event = (struct rv_event){ .kind = RV_EVENT_LEFT };
	assert_string_equal(rv_notice_of(&event)->name, "left");
	for (int i = 0; i < RV_NOTICES; i++)
		assert_true(rv_notices[i].name && rv_notices[i].rule && rv_notices[i].output && rv_notices[i].description);
}

static void test_alert(void **state)
{
	static const char *tags[] = { "T1059", "a\"b" };
	const struct rv_detection d = { .name = "shell", .rule = "A shell", .output = "shell %proc.name \"%proc.exepath\"",
					.priority = RV_PRIO_NOTICE, .tags = tags, .tag_count = 2, .kernel = true };
	struct { struct rv_event event; char data[16]; } record = {
		.event = { .kind = RV_EVENT_EXEC, .time = 1500000000, .seq = 7, .action = RV_ACTION_KILL, .result = RV_RESULT_KILLED,
			   .suppressed = 3, .id = "abc" },
		.data = "/bin/s\x1bh",
	};
	const struct rv_line_context ctx = { .hostname = "node", .wall = INT64_C(1000000000) * 1000 };
	rv_autobuf line = { 0 };
	rv_autojson doc = { 0 };
	struct rv_event_view view;
	struct rv_err err;

	(void)state;
	record.event.len = (__u32)(sizeof(record.event) + 9);
	record.event.text[RV_TEXT_EXE] = 9;
	assert_int_equal(rv_event_view(&view, &record, record.event.len, &err), 0);
	rv_line_alert(&ctx, &view, NULL, &d, true, 3, &line);
	assert_int_equal(rv_json_parse(&doc, line.data, line.len, 65536, 0, &err), 0);
	assert_int_equal(line.data[line.len - 1], '\n');
	assert_int_equal(strcspn(line.data, "\n"), line.len - 1);
	assert_string_equal(rv_json_str(rv_json_get(doc.root, "time")), "1970-01-01T00:16:41.500000000Z");
	assert_string_equal(rv_json_str(rv_json_get(doc.root, "priority")), "Notice");
	assert_string_equal(rv_json_str(rv_json_get(doc.root, "result")), "killed");
	assert_string_equal(rv_json_str(rv_json_get(doc.root, "container")), "abc");
	assert_string_equal(rv_json_str(rv_json_at(doc.root, "/tags/1")), "a\"b");
	assert_string_equal(rv_json_str(rv_json_at(doc.root, "/output_fields/proc.exepath")), "/bin/s\x1bh");
	assert_null(rv_json_get(doc.root, "candidate"));
	assert_null(rv_json_at(doc.root, "/output_fields/proc.tty"));
	assert_string_equal(rv_json_get(doc.root, "suppressed")->str, "3");
}

static void test_rate_of_founded(void **state)
{
	struct rv_founded f = { 0 };
	uint64_t suppressed;

	(void)state;
	for (int i = 0; i < RV_RATE_ALERTS; i++) {
		suppressed = 0;
		assert_true(rv_watched_may_tell(&f, 5 * RV_RATE_WINDOW + (unsigned)i, &suppressed));
		assert_int_equal(suppressed, 0);
	}
	suppressed = 2;
	assert_false(rv_watched_may_tell(&f, 6 * RV_RATE_WINDOW - 1, &suppressed));
	suppressed = 0;
	assert_false(rv_watched_may_tell(&f, 6 * RV_RATE_WINDOW - 1, &suppressed));
	suppressed = 3;
	assert_true(rv_watched_may_tell(&f, 6 * RV_RATE_WINDOW, &suppressed));
	assert_int_equal(suppressed, 3 + 1 + 1 + 2);
	suppressed = 0;
	assert_true(rv_watched_may_tell(&f, 6 * RV_RATE_WINDOW, &suppressed));
	assert_int_equal(suppressed, 0);
}

static void test_container_notice(void **state)
{
	const struct rv_line_context ctx = { .hostname = "node" };
	struct rv_watched c = { .id = "abc" };
	rv_autobuf line = { 0 };

	(void)state;
	rv_line_notice(&ctx, RV_NOTICE_LOST, &c, "12", 0, &line);
	assert_string_equal(rv_buf_str(&line),
			    "{\"hostname\":\"node\",\"output\":\"Events of the container did not get into a ring: 12\","
			    "\"output_fields\":{\"container.id\":\"abc\"},\"priority\":\"Warning\",\"rule\":\"Events lost\",\"source\":\"reeve\","
			    "\"tags\":[],\"time\":\"1970-01-01T00:00:00.000000000Z\",\"detection\":\"lost\",\"container\":\"abc\"}\n");
}

/* ---- figures ---- */

/* ---- the helper ---- */

static struct rv_helper helper(void)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	if (fork() == 0) {
		close(ends[0]);
		rv_helper_serve(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	return (struct rv_helper){ .fd = ends[0] };
}

/* A process that waits to be killed, as an event would name it. */
static struct rv_event waiting(void)
{
	struct rv_event event = { .pid = (__u32)fork() };
	unsigned long long ticks = 0;
	char path[32], text[512] = "";
	struct stat st;
	int fd;

	if (!event.pid)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%u/stat", event.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_int_equal(sscanf(strrchr(text, ')') + 1, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &ticks), 1);
	event.start = ticks * (1000000000 / (unsigned long long)sysconf(_SC_CLK_TCK)) + 5;
	assert_int_equal(stat("/proc/self/exe", &st), 0);
	event.exec.ino = st.st_ino;
	event.exec.size = (__u64)st.st_size;
	return event;
}

static void test_helper(void **state)
{
	struct rv_event event = waiting(), other = event, large = event;
	struct rv_helper h = helper();
	char self[4096] = "", got[RV_HASH_HEX], want[RV_HASH_HEX];
	rv_autobuf content = { 0 };
	struct rv_err err;
	int status;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_int_equal(rv_io_read_at(AT_FDCWD, self, true, RV_HELPER_FILE_MAX, &content, NULL), 0);
	rv_hash_hex(content.data, content.len, want);
	assert_int_equal(rv_helper_hash(&h, &event, NULL, NULL, got, &err), 0);
	assert_string_equal(got, want);
	other.start += 1000000000;
	assert_true(rv_helper_signal(&h, &other, SIGKILL, &err) < 0);
	assert_int_equal(err.errnum, ESRCH);
	assert_true(rv_helper_hash(&h, &other, NULL, NULL, got, &err) < 0);
	large.exec.size = RV_HELPER_FILE_MAX + 1ULL;
	assert_true(rv_helper_hash(&h, &large, NULL, NULL, got, &err) < 0);
	assert_int_equal(err.errnum, EFBIG);
	assert_int_equal(waitpid((pid_t)event.pid, &status, WNOHANG), 0);
	assert_int_equal(rv_helper_signal(&h, &event, SIGKILL, &err), 0);
	assert_int_equal(waitpid((pid_t)event.pid, &status, 0), event.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(rv_helper_hash(&h, &event, "/", self, got, &err), 0);
	assert_string_equal(got, want);
	assert_true(rv_helper_hash(&h, &event, "/", "/etc/passwd", got, &err) < 0);
	assert_true(rv_helper_hash(&h, &event, top, self, got, &err) < 0);
	rv_helper_done(&h);
	assert_true(rv_helper_signal(&h, &event, SIGKILL, &err) < 0);
}

static void test_metrics(void **state)
{
	static struct rv_metrics m;
	static struct rv_sets sets;
	const struct rv_sinks sinks = { .lost = 4 };
	rv_autobuf text = { 0 };

	(void)state;
	rv_metrics_alert(&m, "a", 0);
	rv_metrics_alert(&m, "b", 2);
	rv_metrics_alert(&m, "a", 1);
	rv_metrics_latency(&m, 500);
	rv_metrics_latency(&m, 2000000000);
	m.events[RV_EVENT_NET] = 9;
	rv_metrics_text(&m, &sets, &sinks, &text);
	assert_non_null(strstr(text.data, "\nreeve_alerts_total{detection=\"a\"} 2\n"));
	assert_non_null(strstr(text.data, "\nreeve_alerts_suppressed_total{detection=\"b\"} 2\n"));
	assert_non_null(strstr(text.data, "\nreeve_events_total{kind=\"net\"} 9\n"));
	assert_non_null(strstr(text.data, "_bucket{le=\"0.001\"} 1\n"));
	assert_non_null(strstr(text.data, "_bucket{le=\"1\"} 1\n"));
	assert_non_null(strstr(text.data, "_bucket{le=\"+Inf\"} 2\n"));
	assert_non_null(strstr(text.data, "\nreeve_alert_latency_max_seconds 2.000000000\n"));
	assert_non_null(strstr(text.data, "\nreeve_lines_lost_total 4\n"));
}

static void test_many_rules(void **state)
{
	static struct rv_metrics m;
	char name[16];

	(void)state;
	for (size_t i = 0; i < RV_COUNT(m.rule) + 10; i++) {
		snprintf(name, sizeof(name), "r%zu", i);
		rv_metrics_alert(&m, name, 0);
	}
	assert_int_equal(m.rule_count, RV_COUNT(m.rule));
	assert_int_equal(m.rule[RV_COUNT(m.rule) - 1].alerts, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rotation),	 cmocka_unit_test(test_keep_none),
		cmocka_unit_test(test_whole_lines),	 cmocka_unit_test(test_other_file),
		cmocka_unit_test(test_identity),	 cmocka_unit_test(test_identity_of_report),
		cmocka_unit_test(test_broken_files),	 cmocka_unit_test(test_grace_warning),
		cmocka_unit_test(test_notices),		 cmocka_unit_test(test_alert),
		cmocka_unit_test(test_rate_of_founded),	 cmocka_unit_test(test_container_notice),
		cmocka_unit_test(test_helper),		 cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_many_rules),
	};

	/* a limit on files is an error of write(2) here, not the end */
	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, make_top, remove_top);
}
