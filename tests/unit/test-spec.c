/* SPDX-License-Identifier: Apache-2.0 */
/* policy/spec: which documents are runtime-spec documents, what is said about the others, and the view. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reeve/spec.h"

static int check(const char *text, const struct rv_object *as, struct rv_err *err)
{
	rv_autojson doc = { 0 };
	int rc = rv_json_parse(&doc, text, strlen(text), RV_JSON_MAX, 0, err);

	if (rc)
		fail_msg("%s: %s", text, err->msg);
	return rv_spec_check(&doc, as, err);
}

static const char *const accepted[] = {
	"{}",
	"{\"ociVersion\":\"1.3.0\",\"hostname\":\"\",\"domainname\":\"d\",\"annotations\":{\"UID\":\"x\",\"\":\"\"}}",
	"{\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":25,\"width\":80},\"user\":{\"uid\":0,\"gid\":4294967294,"
	"\"umask\":18,\"additionalGids\":[0,1],\"username\":\"u\"},\"args\":[],\"commandLine\":\"c\",\"env\":[\"A=b\"],\"cwd\":\"/\","
	"\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":[],\"inheritable\":null,\"permitted\":[],\"ambient\":[]},"
	"\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":18446744073709551615,\"soft\":0}],\"noNewPrivileges\":false,"
	"\"apparmorProfile\":\"p\",\"oomScoreAdj\":-1000,\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":-20,\"priority\":0,"
	"\"flags\":[],\"runtime\":1,\"deadline\":1,\"period\":1},\"selinuxLabel\":\"l\",\"ioPriority\":{\"class\":\"c\",\"priority\":7},"
	"\"execCPUAffinity\":{\"initial\":\"0\",\"final\":\"0-1\"}}}",
	"{\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/b\","
	"\"options\":[\"ro\"],\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],\"gidMappings\":[]}]}",
	"{\"hooks\":{\"prestart\":[{\"path\":\"/h\",\"args\":[\"h\"],\"env\":[],\"timeout\":1}],\"createRuntime\":[],"
	"\"createContainer\":[],\"startContainer\":[],\"poststart\":[],\"poststop\":[]}}",
	"{\"linux\":{\"uidMappings\":[],\"gidMappings\":[],\"sysctl\":{\"Net.x\":\"1\"},\"cgroupsPath\":\"/c\",\"namespaces\":["
	"{\"type\":\"pid\",\"path\":\"\"}],\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":-1,\"minor\":1,\"fileMode\":438,"
	"\"uid\":0,\"gid\":0}],\"netDevices\":{\"eth0\":{\"name\":\"e\"}},\"rootfsPropagation\":\"private\",\"maskedPaths\":[\"/x\"],"
	"\"readonlyPaths\":[],\"mountLabel\":\"\",\"intelRdt\":{\"closID\":\"\",\"schemata\":[],\"l3CacheSchema\":\"\",\"memBwSchema\":\"\","
	"\"enableCMT\":true,\"enableMBM\":true,\"enableMonitoring\":true},\"memoryPolicy\":{\"mode\":\"\",\"nodes\":\"\",\"flags\":[]},"
	"\"personality\":{\"domain\":\"LINUX\",\"flags\":[]},\"timeOffsets\":{\"boottime\":{\"secs\":-5,\"nanosecs\":0}}}}",
	"{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"architectures\":[\"SCMP_ARCH_X86\"],"
	"\"flags\":[],\"listenerPath\":\"\",\"listenerMetadata\":\"\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\","
	"\"errnoRet\":1,\"args\":[{\"index\":0,\"value\":18446744073709551615,\"valueTwo\":0,\"op\":\"SCMP_CMP_EQ\"}]}]}}}",
	"{\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,\"type\":\"a\",\"major\":null,\"minor\":-1,\"access\":\"rwm\"}],\"memory\":{"
	"\"limit\":-1,\"reservation\":1,\"swap\":-1,\"kernel\":1,\"kernelTCP\":1,\"swappiness\":60,\"disableOOMKiller\":true,"
	"\"useHierarchy\":true,\"checkBeforeUpdate\":true},\"cpu\":{\"shares\":2,\"quota\":-1,\"burst\":1,\"period\":1,\"realtimeRuntime\":1,"
	"\"realtimePeriod\":1,\"cpus\":\"0\",\"mems\":\"0\",\"idle\":1},\"pids\":{\"limit\":-1},\"blockIO\":{\"weight\":10,\"leafWeight\":10,"
	"\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1,\"leafWeight\":1}],\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,"
	"\"rate\":1}],\"throttleWriteBpsDevice\":[],\"throttleReadIOPSDevice\":[],\"throttleWriteIOPSDevice\":[]},\"hugepageLimits\":[{"
	"\"pageSize\":\"2MB\",\"limit\":1}],\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"lo\",\"priority\":1}]},\"rdma\":{\"mlx5_1\":{"
	"\"hcaHandles\":3,\"hcaObjects\":1}},\"unified\":{\"memory.high\":\"1\"}}}}",
	/* null as absent */
	"{\"mounts\":null,\"hooks\":null,\"annotations\":null,\"vm\":null,\"linux\":{\"resources\":null,\"seccomp\":null,\"sysctl\":null,"
	"\"maskedPaths\":null},\"process\":{\"user\":{\"uid\":null,\"additionalGids\":null},\"oomScoreAdj\":null,\"capabilities\":null}}",
	/* unknown members, exact names elsewhere, other platforms */
	"{\"x-new\":{\"deep\":[{\"any\":[1e3,null,true]}],\"uid\":\"text\"},\"uid\":\"x\",\"vm\":{\"kernel\":{}},\"windows\":{\"b\":1},"
	"\"solaris\":{},\"zos\":{},\"freebsd\":{}}",
};

static void test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(accepted); i++) {
		struct rv_err err = RV_ERR_INIT;

		if (check(accepted[i], &rv_spec_config, &err))
			fail_msg("%s: %s: %s", accepted[i], err.pointer, err.msg);
	}
}

#define ID "an integer from 0 to 4294967294"

static const struct {
	const char *text;
	unsigned line, column;
	const char *pointer, *msg;
} refused[] = {
	{ "[]", 1, 1, "", "must be an object, is an array" },
	{ " null", 1, 2, "", "must be an object, is null" },
	{ "{\"process\":null}", 1, 12, "/process", "must be an object, is null" },
	{ "{\"process\":{\"user\":null}}", 1, 20, "/process/user", "must be an object, is null" },
	{ "{\"root\":null}", 1, 9, "/root", "must be an object, is null" },
	{ "{\"linux\":null}", 1, 10, "/linux", "must be an object, is null" },
	{ "{\n\"hostname\":null}", 2, 12, "/hostname", "must be a string, is null" },
	{ "{\"root\":{\"readonly\":null}}", 1, 21, "/root/readonly", "must be true or false, is null" },
	{ "{\"root\":{\"readonly\":\"true\"}}", 1, 21, "/root/readonly", "must be true or false, is a string" },
	{ "{\"process\":{\"noNewPrivileges\":1}}", 1, 31, "/process/noNewPrivileges", "must be true or false, is a number" },
	{ "{\"process\":{\"args\":[\"a\",null]}}", 1, 25, "/process/args/1", "must be a string, is null" },
	{ "{\"process\":{\"args\":\"a\"}}", 1, 20, "/process/args", "must be an array of strings, is a string" },
	{ "{\"process\":{\"args\":{}}}", 1, 20, "/process/args", "must be an array of strings, is an object" },
	{ "{\"process\":{\"user\":\"root\"}}", 1, 20, "/process/user", "must be an object, is a string" },
	{ "{\"process\":{\"user\":{\"uid\":\"0\"}}}", 1, 27, "/process/user/uid", "must be " ID ", is a string" },
	{ "{\"process\":{\"user\":{\"uid\":-0}}}", 1, 27, "/process/user/uid", "must be " ID " in plain digits, is -0" },
	{ "{\"process\":{\"user\":{\"uid\":-1}}}", 1, 27, "/process/user/uid", "is -1" },
	{ "{\"process\":{\"user\":{\"uid\":1e3}}}", 1, 27, "/process/user/uid", "is 1e3" },
	{ "{\"process\":{\"user\":{\"uid\":1000.0}}}", 1, 27, "/process/user/uid", "is 1000.0" },
	{ "{\"process\":{\"user\":{\"uid\":0.4}}}", 1, 27, "/process/user/uid", "is 0.4" },
	{ "{\"process\":{\"user\":{\"uid\":4294967295}}}", 1, 27, "/process/user/uid", "is 4294967295" },
	{ "{\"process\":{\"user\":{\"uid\":4294967296}}}", 1, 27, "/process/user/uid", "is 4294967296" },
	{ "{\"process\":{\"user\":{\"uid\":18446744073709551616}}}", 1, 27, "/process/user/uid", "is 18446744073709551616" },
	{ "{\"process\":{\"user\":{\"additionalGids\":[1,null]}}}", 1, 41, "/process/user/additionalGids/1", "must be " ID ", is null" },
	{ "{\"process\":{\"user\":{\"additionalGids\":[1,1.0]}}}", 1, 41, "/process/user/additionalGids/1", "is 1.0" },
	{ "{\"process\":{\"capabilities\":[\"CAP_KILL\"]}}", 1, 28, "/process/capabilities", "must be an object, is an array" },
	{ "{\"process\":{\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"cap_chown\"]}}}", 1, 52, "/process/capabilities/bounding/1", "CAP_CHOWN" },
	{ "{\"process\":{\"capabilities\":{\"ambient\":[\"CAP_KILL \"]}}}", 1, 40, "/process/capabilities/ambient/0", "capitals" },
	{ "{\"process\":{\"capabilities\":{\"ambient\":[\"5\"]}}}", 1, 40, "/process/capabilities/ambient/0", "capitals" },
	{ "{\"process\":{\"capabilities\":{\"ambient\":[null]}}}", 1, 40, "/process/capabilities/ambient/0", "is null" },
	{ "{\"process\":{\"env\":[\"A=\",\"PATH\"]}}", 1, 25, "/process/env/1", "must be NAME=value" },
	{ "{\"process\":{\"env\":[\"=x\"]}}", 1, 20, "/process/env/0", "must be NAME=value" },
	{ "{\"hooks\":{\"poststop\":[{\"env\":[\"\"]}]}}", 1, 31, "/hooks/poststop/0/env/0", "must be NAME=value" },
	{ "{\"hooks\":{\"poststop\":[{\"env\":[\"AB=\",\"A=1\",\"A=2\"]}]}}", 1, 43, "/hooks/poststop/0/env/2", "there twice" },
	{ "{\"hooks\":{\"poststop\":[{\"args\":[]}]}}", 1, 31, "/hooks/poststop/0/args", "must not be empty" },
	{ "{\"process\":{\"rlimits\":[{\"type\":\"x\",\"hard\":-1}]}}", 1, 43, "/process/rlimits/0/hard",
	  "must be an integer from 0 to 18446744073709551615 in plain digits, is -1" },
	{ "{\"process\":{\"oomScoreAdj\":2147483648}}", 1, 27, "/process/oomScoreAdj", "-2147483648 to 2147483647" },
	{ "{\"process\":{\"oomScoreAdj\":-2147483649}}", 1, 27, "/process/oomScoreAdj", "-2147483648 to 2147483647" },
	{ "{\"linux\":{\"devices\":[{\"major\":9223372036854775808}]}}", 1, 31, "/linux/devices/0/major",
	  "-9223372036854775808 to 9223372036854775807" },
	{ "{\"linux\":{\"resources\":{\"memory\":{\"limit\":-9223372036854775809}}}}", 1, 42, "/linux/resources/memory/limit", "in plain digits" },
	{ "{\"linux\":{\"resources\":{\"blockIO\":{\"weight\":65536}}}}", 1, 44, "/linux/resources/blockIO/weight", "from 0 to 65535" },
	{ "{\"linux\":{\"resources\":{\"cpu\":{\"shares\":\"2\"}}}}", 1, 40, "/linux/resources/cpu/shares", "is a string" },
	{ "{\"linux\":{\"resources\":{\"rdma\":{\"a/b\":null}}}}", 1, 38, "/linux/resources/rdma/a~1b", "must be an object, is null" },
	{ "{\"linux\":{\"resources\":{\"rdma\":{\"a\":{\"hcaHandles\":-1}}}}}", 1, 50, "/linux/resources/rdma/a/hcaHandles", "is -1" },
	{ "{\"linux\":{\"sysctl\":{\"a\":1}}}", 1, 25, "/linux/sysctl/a", "must be a string, is a number" },
	{ "{\"linux\":{\"sysctl\":[]}}", 1, 20, "/linux/sysctl", "must be an object of strings, is an array" },
	{ "{\"linux\":{\"timeOffsets\":{\"m\":{\"secs\":1.5}}}}", 1, 38, "/linux/timeOffsets/m/secs", "is 1.5" },
	{ "{\"linux\":{\"seccomp\":[]}}", 1, 21, "/linux/seccomp", "must be an object, is an array" },
	{ "{\"annotations\":{\"a\":null}}", 1, 21, "/annotations/a", "must be a string, is null" },
	{ "{\"mounts\":{}}", 1, 11, "/mounts", "must be an array of objects, is an object" },
	{ "{\"mounts\":[null]}", 1, 12, "/mounts/0", "must be an object, is null" },
	{ "{\"mounts\":[{\"options\":\"ro\"}]}", 1, 23, "/mounts/0/options", "must be an array of strings, is a string" },
	{ "{\"hooks\":{\"poststop\":[{\"timeout\":0}]}}", 1, 34, "/hooks/poststop/0/timeout", "from 1 to 2147483647 in plain digits, is 0" },
	{ "{\"windows\":[]}", 1, 12, "/windows", "must be an object, is an array" },
	{ "{\"ociVersion\":1}", 1, 15, "/ociVersion", "must be a string, is a number" },
	/* letter case */
	{ "{\"Process\":{}}", 1, 2, "/Process", "\"Process\" is \"process\" but for letter case" },
	{ "{\"process\":{\"user\":{\"UID\":0}}}", 1, 21, "/process/user/UID", "\"uid\"" },
	{ "{\"proce\xc5\xbfs\":{}}", 1, 2, "/proce\xc5\xbfs", "\"process\"" },
	{ "{\"linux\":{\"mas\\u212aedPaths\":[]}}", 1, 11, "/linux/mas\xe2\x84\xaa" "edPaths", "\"maskedPaths\"" },
	{ "{\"x\":[{\"y\":{\"noNewprivileges\":1}}]}", 1, 13, "/x/0/y/noNewprivileges", "\"noNewPrivileges\"" },
	{ "{\"windows\":{\"Hooks\":1}}", 1, 13, "/windows/Hooks", "\"hooks\"" },
	{ "{\"linux\":{\"netDevices\":{\"eth0\":{\"Name\":\"x\"}}}}", 1, 33, "/linux/netDevices/eth0/Name", "\"name\"" },
};

static void test_refused(void **state)
{
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < RV_COUNT(refused); i++) {
		struct rv_err err = RV_ERR_INIT;
		int rc = check(refused[i].text, &rv_spec_config, &err);

		if (rc == -RV_EDOCUMENT && err.line == refused[i].line && err.column == refused[i].column &&
		    strcmp(err.pointer, refused[i].pointer) == 0 && strstr(err.msg, refused[i].msg))
			continue;
		print_error("%s: %d %u:%u %s: %s\n", refused[i].text, rc, err.line, err.column, err.pointer, err.msg);
		bad++;
	}
	assert_int_equal(bad, 0);
}

static const char *word(const struct rv_member *m)
{
	static const char *const words[] = {
		[RV_KIND_BOOL] = "true", [RV_KIND_STRING] = "\"x\"", [RV_KIND_INT] = "1", [RV_KIND_OBJECT] = "{}",
		[RV_KIND_STRINGS] = "[\"x\"]", [RV_KIND_CAPABILITIES] = "[\"CAP_KILL\"]",
		[RV_KIND_ENVIRONMENT] = "[\"A=\"]", [RV_KIND_INTS] = "[1]", [RV_KIND_OBJECTS] = "[{}]",
		[RV_KIND_MAP_STRING] = "{\"x\":\"x\"}", [RV_KIND_MAP_OBJECT] = "{\"x\":{}}",
	};

	return words[m->kind];
}

/* Every member of the tables: its own type is taken, every other type is not, its name in capitals is not. */
static void check_table(const struct rv_object *object, unsigned *count)
{
	static const char *const values[] = { "true", "\"x\"", "1", "{\"x\":\"x\"}", "[\"x\"]", "[1]", "[{}]", "[[]]", "{\"x\":{}}" };

	for (const struct rv_member *m = object->members; m->name; m++) {
		char text[256];
		struct rv_err err = RV_ERR_INIT;

		++*count;
		snprintf(text, sizeof(text), "{\"%s\":%s}", m->name, word(m));
		if (check(text, object, &err))
			fail_msg("%s: %s", text, err.msg);
		for (size_t i = 0; i < RV_COUNT(values); i++) {
			snprintf(text, sizeof(text), "{\"%s\":%s}", m->name, values[i]);
			if (strcmp(values[i], word(m)) == 0 || (m->kind == RV_KIND_OBJECT && values[i][0] == '{'))
				continue;
			if (!check(text, object, &err))
				fail_msg("taken: %s", text);
			assert_true(err.line == 1 && err.column > 1 && err.pointer[0] == '/');
		}
		snprintf(text, sizeof(text), "{\"%c%s\":%s}", m->name[0] - 0x20, m->name + 1, word(m));
		assert_int_equal(check(text, object, &err), -RV_EDOCUMENT);
		if (m->of)
			check_table(m->of, count);
	}
}

static void test_table(void **state)
{
	unsigned count = 0;

	(void)state;
	check_table(&rv_spec_config, &count);
	assert_true(count > 180);
	check_table(&rv_spec_process, &count);
	check_table(&rv_spec_resources, &count);
}

static void test_view(void **state)
{
	static const char text[] = "{\"process\":{\"args\":[\"a\"]},\"linux\":{}}";
	rv_autojson doc = { 0 }, none = { 0 };
	struct rv_spec spec = { 0 };
	struct rv_err err = RV_ERR_INIT;

	(void)state;
	assert_int_equal(rv_json_parse(&doc, text, strlen(text), RV_JSON_MAX, 0, &err), 0);
	assert_int_equal(rv_spec_view(&spec, &doc, &err), 0);
	assert_ptr_equal(spec.root, doc.root);
	assert_ptr_equal(spec.process, rv_json_at(doc.root, "/process"));
	assert_ptr_equal(spec.linux_, rv_json_at(doc.root, "/linux"));
	assert_int_equal(rv_json_parse(&none, "{}", 2, RV_JSON_MAX, 0, &err), 0);
	assert_int_equal(rv_spec_view(&spec, &none, &err), 0);
	assert_null(spec.process);
	assert_null(spec.linux_);
	assert_int_equal(rv_spec_view_process(&spec, &none, &err), 0);
	assert_null(spec.root);
	assert_ptr_equal(spec.process, none.root);
}

static void test_many_mounts(void **state)
{
	rv_autobuf text = { 0 };

	(void)state;
	for (int count = 4096; count <= 4097; count++) {
		struct rv_json_doc doc = { 0 };
		struct rv_err err = { 0 };

		text.len = 0;
		rv_buf_adds(&text, "{\"mounts\":[{}");
		for (int i = 1; i < count; i++)
			rv_buf_adds(&text, ",{}");
		rv_buf_adds(&text, "]}");
		assert_int_equal(rv_json_parse(&doc, text.data, text.len, RV_JSON_MAX, 0, &err), 0);
		assert_int_equal(rv_spec_check(&doc, &rv_spec_config, &err), count > 4096 ? -RV_EDOCUMENT : 0);
		if (count > 4096)
			assert_non_null(strstr(err.msg, "more than 4096 entries"));
		rv_json_done(&doc);
	}
}

static void test_mounts(void **state)
{
	static const struct {
		const char *mount;
		bool bind, ro;
	} cases[] = {
		{ "{}", false, false },
		{ "{\"options\":null}", false, false },
		{ "{\"type\":\"tmpfs\",\"options\":[\"ro\"]}", false, true },
		{ "{\"type\":\"tmpfs\",\"options\":[\"bind\"]}", true, false },
		{ "{\"options\":[\"rbind\",\"rro\"]}", true, true },
		{ "{\"type\":\"bind\"}", true, false },
		{ "{\"type\":\"BIND\",\"options\":[\"Ro\"]}", true, false },
		{ "{\"type\":\"rbind\",\"options\":[]}", false, false },
		{ "{\"options\":[\"bind\",\"ro\",\"rw\"]}", true, false },
		{ "{\"options\":[\"bind\",\"rw\",\"ro\"]}", true, false },
		{ "{\"options\":[\"bind\",\"ro\",\"rrw\"]}", true, false },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		rv_autojson doc = { 0 };
		struct rv_err err = RV_ERR_INIT;

		assert_int_equal(rv_json_parse(&doc, cases[i].mount, strlen(cases[i].mount), RV_JSON_MAX, 0, &err), 0);
		if (rv_spec_mount_is_bind(doc.root) != cases[i].bind || rv_spec_mount_is_ro(doc.root) != cases[i].ro)
			fail_msg("%s", cases[i].mount);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused), cmocka_unit_test(test_table),
		cmocka_unit_test(test_view), cmocka_unit_test(test_mounts), cmocka_unit_test(test_many_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
