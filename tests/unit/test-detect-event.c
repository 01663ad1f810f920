/* SPDX-License-Identifier: Apache-2.0 */
/* Records and what their fields say; networks and what lists of them come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/detect.h"
#include "events.h"

static const uint64_t no_rules[RV_RULES / 64];

static const struct event exec_event = {
	RV_EVENT_EXEC, "/bin/sh", .before = "nginx tini", .cwd = "/srv", .args = "sh -c id", .env = "A=b LD_PRELOAD=/x",
	.flags = RV_BIT(RV_F_TTY) | RV_BIT(RV_ORIGIN_NEW), .caps = RV_BIT(10) | RV_BIT(13), .uid = 33,
};
static const struct event busybox_event = { RV_EVENT_EXEC, "/bin/busybox", .args = "busybox nc" };
static const struct event applet_event = { RV_EVENT_EXEC, "/bin/busybox", .args = "/sbin/ifconfig lo" };
static const struct event bare_event = { RV_EVENT_EXEC, "/bin/toybox", .args = "toybox" };
static const struct event argless_event = { RV_EVENT_EXEC, "/bin/toybox" };
static const struct event change_event = {
	RV_EVENT_CHANGE, "/usr/bin/cp", .path = "/etc/a\033[31m\nb", .target = "/x",
	.flags = RV_BIT(RV_OP_WRITE) | RV_BIT(RV_OP_CREATE) | RV_BIT(RV_F_TRUNCATED),
};
static const struct event net_event = {
	RV_EVENT_NET, "/bin/nc", .addr = "10.1.2.3", .port = 443, .flags = RV_BIT(RV_NET_CONNECT) | RV_BIT(RV_NET_TCP),
};
static const struct event unix_event = { RV_EVENT_NET, "/x", .path = "/run/docker.sock", .flags = RV_BIT(RV_NET_CONNECT) | RV_BIT(RV_NET_UNIX) };
static const struct event end_event = { RV_EVENT_END, NULL };
static const struct event six_event = { RV_EVENT_NET, NULL, .addr = "2001:db8::1", .port = 53 };
static const char known[] = "{\"engine\":\"cri\",\"id\":\"abc\",\"image\":\"r.example:5000/team/app:1@sha256:0\",\"namespace\":\"pay\"}";

static const struct { const struct event *event; const char *field, *json, *text; } fields[] = {
	{ &exec_event, "proc.name", "\"sh\"", "sh" },
	{ &exec_event, "proc.pname", "\"nginx\"", "nginx" },
	{ &exec_event, "proc.aname", "\"nginx<-tini\"", "nginx<-tini" },
	{ &exec_event, "proc.exepath", "\"/bin/sh\"", "/bin/sh" },
	{ &exec_event, "proc.comm", "\"sh\"", "sh" },
	{ &exec_event, "proc.cmdline", "\"sh -c id\"", "sh -c id" },
	{ &exec_event, "proc.args", "\"-c id\"", "-c id" },
	{ &exec_event, "proc.env", "\"A=b\"", "A=b" },
	{ &exec_event, "proc.cwd", "\"/srv\"", "/srv" },
	{ &exec_event, "proc.tty", "true", "true" },
	{ &exec_event, "proc.init", "false", "false" },
	{ &exec_event, "proc.exe_origin", "\"new\"", "new" },
	{ &exec_event, "proc.is_exe_upper_layer", "true", "true" },
	{ &exec_event, "proc.caps", "\"NET_BIND_SERVICE NET_RAW\"", "NET_BIND_SERVICE NET_RAW" },
	{ &exec_event, "proc.pid", "300", "300" },
	{ &exec_event, "proc.vpid", "7", "7" },
	{ &exec_event, "user.uid", "33", "33" },
	{ &exec_event, "user.host_uid", "100033", "100033" },
	{ &exec_event, "evt.type", "\"exec\"", "exec" },
	{ &exec_event, "evt.result", "\"happened\"", "happened" },
	{ &exec_event, "fd.name", NULL, "<NA>" },
	{ &exec_event, "no.field", NULL, "<NA>" },
	{ &exec_event, "container.id", "\"abc\"", "abc" },
	{ &exec_event, "container.engine", "\"cri\"", "cri" },
	{ &exec_event, "container.image.repository", "\"r.example:5000/team/app\"", "r.example:5000/team/app" },
	{ &exec_event, "k8s.ns.name", "\"pay\"", "pay" },
	{ &exec_event, "k8s.pod.name", NULL, "<NA>" },
	{ &busybox_event, "proc.name", "\"nc\"", "nc" },
	{ &applet_event, "proc.name", "\"ifconfig\"", "ifconfig" },
	{ &bare_event, "proc.name", "\"toybox\"", "toybox" },
	{ &argless_event, "proc.name", "\"toybox\"", "toybox" },
	{ &change_event, "fd.name", "\"/etc/a\\u001b[31m\\nb\"", "/etc/a\\x1b[31m\\x0ab" },
	{ &change_event, "fd.filename", "\"a\\u001b[31m\\nb\"", "a\\x1b[31m\\x0ab" },
	{ &change_event, "fd.directory", "\"/etc\"", "/etc" },
	{ &change_event, "fd.op", "\"write create\"", "write create" },
	{ &change_event, "fs.path.target", "\"/x\"", "/x" },
	{ &change_event, "evt.truncated", "true", "true" },
	{ &change_event, "proc.cmdline", NULL, "<NA>" },
	{ &change_event, "proc.pname", NULL, "<NA>" },
	{ &net_event, "fd.sip", "\"10.1.2.3\"", "10.1.2.3" },
	{ &net_event, "fd.sport", "443", "443" },
	{ &net_event, "fd.name", "\":::0->10.1.2.3:443\"", ":::0->10.1.2.3:443" },
	{ &net_event, "fd.l4proto", "\"tcp\"", "tcp" },
	{ &net_event, "evt.dir", "\"connect\"", "connect" },
	{ &unix_event, "fd.name", "\"/run/docker.sock\"", "/run/docker.sock" },
	{ &unix_event, "fd.filename", "\"docker.sock\"", "docker.sock" },
	{ &unix_event, "fd.l4proto", "\"unix\"", "unix" },
	{ &unix_event, "fd.sip", NULL, "<NA>" },
	{ &unix_event, "fd.lip", NULL, "<NA>" },
	{ &unix_event, "fd.sport", NULL, "<NA>" },
	{ &end_event, "user.uid", NULL, "<NA>" },
	{ &end_event, "proc.name", NULL, "<NA>" },
	{ &end_event, "evt.type", "\"end\"", "end" },
	{ &six_event, "fd.sip", "\"2001:db8::1\"", "2001:db8::1" },
};

static void view_of(const struct event *e, char *room, struct rv_event_view *view)
{
	assert_int_equal(rv_event_view(view, room, event_record(e, NULL, no_rules, room), NULL), 0);
}

static void test_fields(void **state)
{
	rv_autojson identity = { 0 };
	char *room = malloc(EVENT_ROOM);

	(void)state;
	assert_int_equal(rv_json_parse(&identity, known, sizeof(known) - 1, 4096, 0, NULL), 0);
	for (size_t i = 0; i < RV_COUNT(fields); i++) {
		rv_autobuf json = { 0 }, text = { 0 };
		struct rv_event_view view;

		view_of(fields[i].event, room, &view);
		assert_int_equal(rv_event_field_json(&view, identity.root, fields[i].field, &json), fields[i].json != NULL);
		assert_string_equal(rv_buf_str(&json), fields[i].json ? fields[i].json : "");
		rv_event_field_text(&view, identity.root, fields[i].field, &text);
		assert_string_equal(rv_buf_str(&text), fields[i].text);
	}
	free(room);
}

static void test_output(void **state)
{
	const struct rv_detection d = { .output = "%proc.name. 100%% of %user.uid%proc.tty: %k8s.pod.name%" };
	char *room = malloc(EVENT_ROOM);
	rv_autobuf out = { 0 };
	struct rv_event_view view;

	(void)state;
	view_of(&exec_event, room, &view);
	rv_detection_output(&d, &view, NULL, &out);
	assert_string_equal(rv_buf_str(&out), "sh. 100% of 33true: <NA>%");
	free(room);
}

/* A field that says something of every kind never fails on any kind. */
static void test_every_field(void **state)
{
	char *room = malloc(EVENT_ROOM);

	(void)state;
	for (unsigned kind = 0; kind < RV_EVENT_KINDS; kind++) {
		struct event e = { (enum rv_kind_of_event)kind, .flags = UINT64_MAX, .caps = UINT64_MAX };
		struct rv_event_view view;

		view_of(&e, room, &view);
		for (size_t i = 0; rv_event_fields[i].name; i++) {
			rv_autobuf text = { 0 };

			rv_event_field_text(&view, NULL, rv_event_fields[i].name, &text);
			assert_false(text.failed);
		}
	}
	free(room);
}

/* ---- records that are none ---- */
static void damage(struct rv_event *e, int how)
{
	switch (how) {
	case 0:
		e->len--;
		break;
	case 1:
		e->kind = RV_EVENT_KINDS;
		break;
	case 2:
		e->action = RV_ACTIONS;
		break;
	case 3:
		e->result = RV_RESULT_STOPPED + 1;
		break;
	case 4:
		e->ancestors = RV_ANCESTORS + 1;
		break;
	case 5:
		memset(e->comm, 'x', sizeof(e->comm));
		break;
	case 6:
		memset(e->id, 'x', sizeof(e->id));
		break;
	case 7:
		memset(e->ancestor[1].comm, 'x', sizeof(e->ancestor[1].comm));
		break;
	case 8:
		e->text[RV_TEXT_EXE]--;
		break;
	default:
		e->text[RV_TEXT_ENV] = 0xffff;
	}
}

static void test_damaged(void **state)
{
	char *room = malloc(EVENT_ROOM);
	struct rv_event_view view;
	size_t len = event_record(&exec_event, NULL, no_rules, room);

	(void)state;
	for (size_t short_of = 0; short_of < sizeof(struct rv_event); short_of += 7)
		assert_int_equal(rv_event_view(&view, room, short_of, NULL), -RV_EDOCUMENT);
	for (int how = 0; how < 10; how++) {
		event_record(&exec_event, NULL, no_rules, room);
		damage((struct rv_event *)(void *)room, how);
		assert_int_equal(rv_event_view(&view, room, len, NULL), -RV_EDOCUMENT);
	}
	free(room);
}

/* ---- networks ---- */
static struct rv_list list_of(const char **items, const struct rv_list *also)
{
	struct rv_list list = { items, 0, also };

	while (items[list.count])
		list.count++;
	return list;
}

static void says(const struct rv_networks *networks, const char *wanted)
{
	rv_autobuf text = { 0 };

	for (size_t i = 0; i < networks->count; i++) {
		rv_buf_adds(&text, i ? " " : "");
		rv_network_text(&networks->item[i], &text);
	}
	assert_string_equal(rv_buf_str(&text), wanted);
}

#define ITEMS(...) (const char *[]){ __VA_ARGS__, NULL }
static void test_networks(void **state)
{
	struct rv_list any = list_of(ITEMS("**"), NULL);
	struct rv_list wide = list_of(ITEMS("10.0.0.0/8", "[2001:db8::]/32:443/tcp", "192.0.2.1:80-90/udp"), &any);
	struct rv_list narrow = list_of(ITEMS("10.1.0.0/16:443/tcp", "[::]/0", "192.0.2.0/24:85-95", "198.51.100.7"), &wide);
	struct rv_arena arena = { 0 };
	struct rv_networks got;
	struct rv_err err;

	(void)state;
	assert_int_equal(rv_networks_resolve(&any, &arena, &got, NULL), 0);
	assert_false(got.limited);
	assert_int_equal(rv_networks_resolve(&wide, &arena, &got, NULL), 0);
	assert_true(got.limited);
	says(&got, "10.0.0.0/8 [2001:db8::]/32:443/tcp 192.0.2.1/32:80-90/udp");
	assert_int_equal(rv_networks_resolve(&narrow, &arena, &got, NULL), 0);
	says(&got, "10.1.0.0/16:443/tcp [2001:db8::]/32:443/tcp 192.0.2.1/32:85-90/udp");
	wide = list_of(ITEMS("nowhere"), NULL);
	assert_int_equal(rv_networks_resolve(&wide, &arena, &got, &err), -RV_EPOLICY);
	assert_string_equal(err.msg, "\"nowhere\" is no address");
	wide = list_of((const char *[]){ NULL }, NULL);
	assert_int_equal(rv_networks_resolve(&wide, &arena, &got, NULL), 0);
	assert_true(got.limited && !got.count);
	rv_arena_done(&arena);
}

static const struct rv_network_entry *entry(const struct rv_network_entries *in, const char *text)
{
	struct rv_network n;

	assert_null(rv_network_parse(text, &n));
	for (size_t i = 0; i < in->count; i++)
		if (!memcmp(&in->item[i].key, &n.key, sizeof(n.key)))
			return &in->item[i];
	return NULL;
}

/* A longest-prefix map finds one entry only, so each holds what the wider ones allow. */
static void test_entries(void **state)
{
	struct rv_list list = list_of(ITEMS("10.0.0.0/8:53/udp", "10.1.0.0/16:443/tcp", "10.1.0.0/16:444/tcp", "[::]/0:22"), NULL), many;
	const char *items[RV_NETWORK_PORTS + 2] = { "10.0.0.0/8:1", "10.0.0.0/8:3", "10.0.0.0/8:5", "10.0.0.0/8:7", "10.0.0.0/8:9",
						    "10.0.0.0/8:11", "10.0.0.0/8:13", "10.0.0.0/8:15", "10.1.0.0/16:17" };
	struct rv_network_entries entries;
	const struct rv_network_entry *e;
	struct rv_arena arena = { 0 };
	struct rv_networks networks;
	struct rv_err err;

	(void)state;
	assert_int_equal(rv_networks_resolve(&list, &arena, &networks, NULL), 0);
	assert_int_equal(rv_networks_entries(&networks, &arena, &entries, NULL), 0);
	assert_int_equal(entries.count, 4);
	e = entry(&entries, "10.1.0.0/16");
	assert_int_equal(e->count, 2);
	assert_true(e->port[0].from == 53 && e->port[0].protocol == 17 && e->port[1].from == 443 && e->port[1].to == 444);
	assert_int_equal(entry(&entries, "10.0.0.0/8")->count, 1);
	assert_int_equal(entry(&entries, "[::]/0")->count, 1);
	/* all of IPv4 lies inside ::/0, as ::ffff:0:0/96, and is not allowed by it */
	assert_int_equal(entry(&entries, "0.0.0.0/0")->count, 0);
	many = list_of(items, NULL);
	assert_int_equal(rv_networks_resolve(&many, &arena, &networks, NULL), 0);
	assert_int_equal(rv_networks_entries(&networks, &arena, &entries, &err), -RV_EPOLICY);
	assert_string_equal(err.msg, "more than 8 ranges of ports for one network");
	rv_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),	 cmocka_unit_test(test_output),	  cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_networks), cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
