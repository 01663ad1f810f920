/* SPDX-License-Identifier: Apache-2.0 */
/* shim/flagdoc: the documents that the flags of exec and update stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call.h"

static const char container_json[] =
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"terminal\":true,\"user\":{\"uid\":1,\"gid\":7,\"additionalGids\":[3]},"
	"\"args\":[\"init\"],\"env\":[\"PATH=/bin\"],\"cwd\":\"/\",\"capabilities\":{\"bounding\":[\"CAP_KILL\"]},"
	"\"noNewPrivileges\":true,\"oomScoreAdj\":5}}";

static void check_process(const char *line, const char *config, const char *want)
{
	rv_autojson doc = { 0 };
	rv_autobuf out = { 0 };
	struct call c;

	assert_int_equal(rv_json_parse(&doc, config, strlen(config), RV_JSON_MAX, 0, NULL), 0);
	call_parse(&c, line);
	assert_int_equal(c.ret, 0);
	if (rv_invocation_process(&c.inv, &doc, &out, &c.err) < 0)
		rv_buf_addf(&out, "! %s", c.err.msg);
	if (*want == '!')
		assert_non_null(strstr(rv_buf_str(&out), want + 2));
	else
		assert_string_equal(rv_buf_str(&out), want);
}

static void test_process(void **state)
{
	(void)state;
	check_process("exec x ls -l --cap", container_json,
		      "{\"terminal\":false,\"user\":{\"uid\":1,\"gid\":7,\"additionalGids\":[3]},"
		      "\"args\":[\"ls\",\"-l\",\"--cap\"],\"env\":[\"PATH=/bin\"],\"cwd\":\"/\","
		      "\"capabilities\":{\"bounding\":[\"CAP_KILL\"]},\"noNewPrivileges\":true,\"oomScoreAdj\":5}");
	check_process("exec -t -u 5 -g 8 -g 9 -e A=\"b -eC= --cwd /x --apparmor p --process-label l --no-new-privs=false "
		      "-c CAP_SYS_ADMIN x sh", container_json,
		      "{\"terminal\":true,\"user\":{\"uid\":5,\"gid\":7,\"additionalGids\":[3,8,9]},\"args\":[\"sh\"],"
		      "\"env\":[\"PATH=/bin\",\"A=\\\"b\",\"C=\"],\"cwd\":\"/x\",\"capabilities\":{\"bounding\":[\"CAP_KILL\","
		      "\"CAP_SYS_ADMIN\"],\"effective\":[\"CAP_SYS_ADMIN\"],\"permitted\":[\"CAP_SYS_ADMIN\"],"
		      "\"ambient\":[\"CAP_SYS_ADMIN\"]},\"noNewPrivileges\":false,\"oomScoreAdj\":5,\"apparmorProfile\":\"p\","
		      "\"selinuxLabel\":\"l\"}");
	check_process("exec -u 5:6 --cap A --no-new-privs x sh", "{\"process\":{\"env\":null}}",
		      "{\"env\":null,\"args\":[\"sh\"],\"user\":{\"uid\":5,\"gid\":6},\"capabilities\":{\"bounding\":[\"A\"],"
		      "\"effective\":[\"A\"],\"permitted\":[\"A\"],\"ambient\":[\"A\"]},\"noNewPrivileges\":true}");
	check_process("exec -e A=1 x sh", "{\"process\":{\"env\":null}}", "{\"env\":[\"A=1\"],\"args\":[\"sh\"]}");
	check_process("exec -u root x sh", container_json, "! names are not looked up");
	check_process("exec -u 5:users x sh", container_json, "! names are not looked up");
	check_process("exec -u 5: x sh", container_json, "! names are not looked up");
	check_process("exec --user=+5 x sh", container_json, "! names are not looked up");
	check_process("exec -u -1 x sh", container_json, "! names are not looked up");
	check_process("exec -u 01 x sh", container_json, "! names are not looked up");
	check_process("exec -u 4294967295 x sh", container_json, "! names are not looked up");
	check_process("exec -u 4294967297 x sh", container_json, "! names are not looked up");
	check_process("exec -g -5 x sh", container_json, "! a number is needed");
	check_process("exec x \xff", container_json, "! not UTF-8 at byte 0");
	check_process("exec -e A=\xc3 x sh", container_json, "! not UTF-8 at byte 2");
	check_process("exec x sh", "{\"ociVersion\":\"1.0.2\"}", "! has no process");
	check_process("exec x sh", "{\"process\":[]}", "! has no process");
	check_process("exec -e A=1 x sh", "{\"process\":{\"env\":{}}}", "! another type");
	check_process("exec --cwd /x x sh", "{\"process\":{\"CWD\":\"/\"}}", "! another type");
}

static void test_resources(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "", "{}" },
		{ "--memory 5", "{\"memory\":{\"limit\":5}}" },
		{ "--memory 5b", "{\"memory\":{\"limit\":5}}" },
		{ "--memory 5k", "{\"memory\":{\"limit\":5120}}" },
		{ "--memory 5KiB", "{\"memory\":{\"limit\":5120}}" },
		{ "--memory 5MB", "{\"memory\":{\"limit\":5242880}}" },
		{ "--memory 1.5g", "{\"memory\":{\"limit\":1610612736}}" },
		{ "--memory 0.1g", "{\"memory\":{\"limit\":107374182}}" },
		{ "--memory 0.9999999999999p", "{\"memory\":{\"limit\":1125899905716724}}" },
		{ "--memory 1023p", "{\"memory\":{\"limit\":1151795604700004352}}" },
		{ "--memory 8192p", "! not a size" },
		{ "--memory 99999t", "{\"memory\":{\"limit\":109950063265972224}}" },
		{ "--memory 5x", "! not a size" },
		{ "--memory 5kk", "! not a size" },
		{ "--memory 0x5", "! not a size" },
		{ "--memory 1e3", "! not a size" },
		{ "--memory 1.k", "! not a size" },
		{ "--memory -2", "! not a size" },
		{ "--memory -1 --memory-swap -1 --memory-reservation 1m --kernel-memory 1 --kernel-memory-tcp 2",
		  "{\"memory\":{\"limit\":-1,\"swap\":-1,\"reservation\":1048576,\"kernel\":1,\"kernelTCP\":2}}" },
		{ "--cpu-share 2 --pids-limit -1 --cpu-quota -1 --cpu-period 0 --cpu-burst 3 --cpu-idle 1 --cpu-rt-period 4 "
		  "--cpu-rt-runtime 5 --cpuset-cpus 0-1,3 --cpuset-mems 0 --blkio-weight 10",
		  "{\"cpu\":{\"shares\":2,\"quota\":-1,\"period\":0,\"burst\":3,\"idle\":1,\"realtimePeriod\":4,"
		  "\"realtimeRuntime\":5,\"cpus\":\"0-1,3\",\"mems\":\"0\"},"
		  "\"pids\":{\"limit\":-1},\"blockIO\":{\"weight\":10}}" },
		{ "--memory -1 --cpu-share 2", "{\"memory\":{\"limit\":-1,\"swap\":-1},\"cpu\":{\"shares\":2}}" },
		{ "--memory -1 --memory-swap 5", "{\"memory\":{\"limit\":-1,\"swap\":5}}" },
		{ "--blkio-weight 65546", "! not a number" },
		{ "--cpu-share -5", "! not a number" },
		{ "--cpu-quota 5m", "! not a number" },
		{ "--cpu-quota --5", "! needs a value" },
		{ "--cpu-quota=-0", "! not a number" },
		{ "--pids-limit 99999999999999999999", "! not a number" },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(rows); i++) {
		rv_autobuf out = { 0 }, line = { 0 };
		const char *want = rows[i].want;
		struct call c;

		rv_buf_addf(&line, "update %s%sx", rows[i].line, *rows[i].line ? " " : "");
		call_parse(&c, rv_buf_str(&line));
		if (c.ret < 0 || rv_invocation_resources(&c.inv, &out, &c.err) < 0)
			rv_buf_addf(&out, "! %s", c.err.msg);
		if (*want == '!' ? !strstr(rv_buf_str(&out), want + 2) : strcmp(rv_buf_str(&out), want))
			fail_msg("%s\n  got  %s\n  want %s", rv_buf_str(&line), rv_buf_str(&out), want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process), cmocka_unit_test(test_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
