/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"
#include "rules/device.h"

#define SAFE "{\"devices\":{\"allowed\":[\"c 1:3 rwm\",\"c 1:5 r\",\"c 5:1 rwm\",\"c 136:* rw\"],\"violation\":\"remove\"}}"
#define DENY "{\"devices\":{\"allowed\":[\"c 1:3 rwm\"],\"violation\":\"deny\"}}"
#define FIRST "{\"devices\":{\"allowed\":[\"c 1:3 rwm\"],\"violation\":\"remove\",\"denyAllFirst\":true}}"
#define ASKED "{\"devices\":{\"allowed\":[\"c 1:3 rwm\",\"c 10:229 rwm\",\"c 226:* rwm\",\"c *:7 r\"],\"violation\":\"asked\"}}"
#define NODE(path, type, numbers) "{\"linux\":{\"devices\":[{\"path\":\"" path "\",\"type\":\"" type "\"," numbers "}]}}"
#define NULL_NUMBERS "\"major\":1,\"minor\":3"
#define RULES(list) "{\"linux\":{\"resources\":{\"devices\":[" list "]}}}"
#define NONE "{\"allow\":false,\"access\":\"rwm\"}"

static const struct judge_case nodes[] = {
	{ "null", SAFE, NODE("/dev/null", "c", NULL_NUMBERS), NULL, "" },
	{ "u, runc's other name of c", SAFE, NODE("/dev/null", "u", NULL_NUMBERS), NULL, "remove devices.allowed /linux/devices/0\n" },
	{ "a disk", SAFE, NODE("/dev/sda", "b", "\"major\":8,\"minor\":0"), NULL, "remove devices.allowed /linux/devices/0\n" },
	{ "a disk, refused", DENY, NODE("/dev/sda", "b", "\"major\":8,\"minor\":0"), NULL, "deny devices.allowed /linux/devices/0\n" },
	{ "a disk called null", SAFE, NODE("/dev/null", "b", "\"major\":8,\"minor\":0"), NULL, "remove devices.allowed /linux/devices/0\n" },
	{ "console called null", SAFE, NODE("/dev/null", "c", "\"major\":5,\"minor\":1"), NULL, "remove devices.allowed /linux/devices/0\n" },
	{ "null called sda", SAFE, NODE("/dev/sda", "c", NULL_NUMBERS), NULL, "remove devices.allowed /linux/devices/0\n" },
	{ "a terminal of somebody else", SAFE, NODE("/dev/pts/3", "c", "\"major\":136,\"minor\":3"), NULL,
	  "remove devices.allowed /linux/devices/0\n" },
	{ "every minor of a major", "{\"devices\":{\"allowed\":[\"c 226:* rwm\"]}}", NODE("/dev/dri/card0", "c", "\"major\":226"), NULL, "" },
	{ "detours", SAFE, NODE("/dev/../dev/null", "c", NULL_NUMBERS), NULL, "remove devices.allowed /linux/devices/0\n" },
	{ "outside of /dev", SAFE, NODE("/etc/null", "c", NULL_NUMBERS), NULL, "remove devices.allowed /linux/devices/0\n" },
	{ "without numbers", SAFE, "{\"linux\":{\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\"}]}}", NULL,
	  "remove devices.allowed /linux/devices/0\n" },
	{ "a fifo", SAFE, NODE("/dev/x", "p", NULL_NUMBERS), NULL, "remove devices.allowed /linux/devices/0\n" },
	{ "all", "{\"devices\":{\"allowed\":[\"all\"]}}", NODE("/x/../null", "p", NULL_NUMBERS), NULL, "" },
};

#define RULE(type, numbers) "{\"allow\":true,\"type\":\"" type "\"," numbers ",\"access\":\"rwm\"}"
#define ALL "{\"allow\":true,\"access\":\"rwm\"}"
#define DISK "\"major\":8,\"minor\":0"
#define WITH(node, list) "{\"linux\":{\"devices\":[" node "],\"resources\":{\"devices\":[" list "]}}}"
#define SDA "{\"path\":\"/dev/sda\",\"type\":\"b\"," DISK "}"

/* What --privileged brings along has no rule of its own. */
static const struct judge_case asked[] = {
	{ "--device of a disk", ASKED, WITH(SDA, NONE "," RULE("b", DISK)), NULL,
	  "deny devices.allowed /linux/devices/0\ndeny devices.allowed /linux/resources/devices/1\n" },
	{ "a disk without any rule", ASKED, WITH(SDA, NONE), NULL, "deny devices.allowed /linux/devices/0\n" },
	{ "--privileged", ASKED, WITH(SDA, NONE "," ALL), NULL,
	  "remove devices.allowed /linux/devices/0\nremove devices.allowed /linux/resources/devices/1\n" },
	{ "--privileged and --device", ASKED, WITH(SDA, ALL "," RULE("b", DISK)), NULL,
	  "remove devices.allowed /linux/resources/devices/0\ndeny devices.allowed /linux/devices/0\n"
	  "deny devices.allowed /linux/resources/devices/1\n" },
	{ "all in other words", ASKED, WITH(SDA, "{\"allow\":true,\"type\":\"b\",\"major\":-1,\"access\":\"rwm\"}"), NULL,
	  "remove devices.allowed /linux/devices/0\nremove devices.allowed /linux/resources/devices/0\n" },
	{ "all of nothing", ASKED, WITH(SDA, "{\"allow\":false,\"access\":\"rwm\"}"), NULL, "deny devices.allowed /linux/devices/0\n" },
	{ "--device-cgroup-rule", ASKED, RULES(NONE "," RULE("b", "\"major\":8")), NULL, "deny devices.allowed /linux/resources/devices/1\n" },
	{ "to make nodes only", ASKED, RULES("{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"m\"}"), NULL,
	  "remove devices.allowed /linux/resources/devices/0\n" },
	{ "net/tun of old engines", ASKED, RULES(RULE("c", "\"major\":10,\"minor\":200")), NULL,
	  "remove devices.allowed /linux/resources/devices/0\n" },
	{ "update", ASKED, "{\"devices\":[" RULE("b", DISK) "]}", NULL, "remove devices.allowed /devices/0\n", JUDGE_UPDATE },
	{ "an allowed one", ASKED, WITH("{\"path\":\"/dev/fuse\",\"type\":\"c\",\"major\":10,\"minor\":229}",
					NONE "," RULE("c", "\"major\":10,\"minor\":229")), NULL, "" },
};

#define FUSE(path) NODE(path, "c", "\"major\":10,\"minor\":229")
#define ON_HOST(path, mode, rdev) "{\"paths\":{\"" path "\":{\"mode\":\"" mode "\",\"rdev\":" rdev "}}}"

/* Numbers that no device has: runtimes cut them down to others. And nodes that are binds, in a user namespace. */
static const struct judge_case numbers[] = {
	{ "a major above the kernel's", ASKED, NODE("/dev/x", "c", "\"major\":4097,\"minor\":7"), NULL,
	  "deny devices.allowed /linux/devices/0\n" },
	{ "the last minor", ASKED, NODE("/dev/x", "c", "\"major\":226,\"minor\":1048575"), NULL, "" },
	{ "a minor above it", ASKED, NODE("/dev/x", "c", "\"major\":226,\"minor\":1048576"), NULL, "deny devices.allowed /linux/devices/0\n" },
	{ "above 32 bits", ASKED, NODE("/dev/x", "c", "\"major\":226,\"minor\":4294967296"), NULL, "deny devices.allowed /linux/devices/0\n" },
	{ "negative", ASKED, NODE("/dev/x", "c", "\"major\":226,\"minor\":-1"), NULL, "deny devices.allowed /linux/devices/0\n" },
	{ "a negative major", ASKED, NODE("/dev/x", "c", "\"major\":-1,\"minor\":7"), NULL, "deny devices.allowed /linux/devices/0\n" },
	{ "in a rule", ASKED, RULES("{\"allow\":true,\"type\":\"c\",\"major\":226,\"minor\":1048576,\"access\":\"r\"}"), NULL,
	  "deny devices.allowed /linux/resources/devices/0\n" },
	{ "a huge major in a rule", ASKED, RULES("{\"allow\":true,\"type\":\"c\",\"major\":4294967297,\"minor\":7,\"access\":\"r\"}"), NULL,
	  "deny devices.allowed /linux/resources/devices/0\n" },
	{ "negative in a rule is every one", ASKED, RULES("{\"allow\":true,\"type\":\"c\",\"major\":226,\"minor\":-5,\"access\":\"rwm\"}"), NULL, "" },
	{ "and of majors", ASKED, RULES("{\"allow\":true,\"type\":\"c\",\"major\":-5,\"minor\":3,\"access\":\"r\"}"), NULL,
	  "remove devices.allowed /linux/resources/devices/0\n" },
	{ "bound: the same device", ASKED, FUSE("/dev/fuse"), ON_HOST("/dev/fuse", "chr", "[10,229]"), "" },
	{ "bound: another device", ASKED, FUSE("/dev/mem"), ON_HOST("/dev/mem", "chr", "[1,1]"), "deny devices.allowed /linux/devices/0\n" },
	{ "bound: a disk", ASKED, FUSE("/dev/sda"), ON_HOST("/dev/sda", "blk", "[10,229]"), "deny devices.allowed /linux/devices/0\n" },
	{ "bound: a directory", ASKED, FUSE("/dev/shm"), ON_HOST("/dev/shm", "dir", "[10,229]"), "deny devices.allowed /linux/devices/0\n" },
	{ "bound: nothing there", ASKED, FUSE("/dev/fuse"), ON_HOST("/dev/fuse", "none", "[0,0]"), "" },
};

static const struct judge_case rules[] = {
	{ "denied first", FIRST, RULES(NONE ",{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rwm\"}"), NULL, "" },
	{ "absent", FIRST, "{}", NULL, "set devices.denyAllFirst /linux/resources/devices [" NONE "]\n" },
	{ "null", FIRST, "{\"linux\":{\"resources\":null}}", NULL, "set devices.denyAllFirst /linux/resources/devices [" NONE "]\n" },
	{ "empty", FIRST, RULES(""), NULL, "set devices.denyAllFirst /linux/resources/devices [" NONE "]\n" },
	{ "allowed first", FIRST, RULES("{\"allow\":true,\"access\":\"rwm\"}"), NULL,
	  "set devices.denyAllFirst /linux/resources/devices [" NONE "]\n" },
	{ "the node of null stays usable", FIRST,
	  "{\"linux\":{\"devices\":[{\"path\":\"/dev/null\",\"type\":\"c\"," NULL_NUMBERS "}],"
	  "\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}}}", NULL,
	  "set devices.denyAllFirst /linux/resources/devices [" NONE
	  ",{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rwm\"}]\n" },
	{ "and after a deny-all", FIRST,
	  "{\"linux\":{\"devices\":[{\"path\":\"/dev/null\",\"type\":\"c\"," NULL_NUMBERS "}],"
	  "\"resources\":{\"devices\":[" NONE ",{\"allow\":true,\"access\":\"rwm\"}]}}}", NULL,
	  "remove devices.allowed /linux/resources/devices/1\n"
	  "append devices.allowed /linux/resources/devices "
	  "{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rwm\"}\n" },
	{ "not all of it denied", FIRST, RULES("{\"allow\":false,\"access\":\"wm\"}"), NULL,
	  "set devices.denyAllFirst /linux/resources/devices [" NONE ",{\"allow\":false,\"access\":\"wm\"}]\n" },
	{ "an empty type", FIRST, RULES("{\"allow\":false,\"type\":\"\"}"), NULL,
	  "set devices.denyAllFirst /linux/resources/devices [" NONE ",{\"allow\":false,\"type\":\"\"}]\n" },
	{ "wildcards as numbers", FIRST, RULES("{\"allow\":false,\"major\":-1,\"access\":\"rwm\"}"), NULL,
	  "set devices.denyAllFirst /linux/resources/devices [" NONE ",{\"allow\":false,\"major\":-1,\"access\":\"rwm\"}]\n" },
	{ "denied last", FIRST, RULES("{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3}," NONE), NULL,
	  "set devices.denyAllFirst /linux/resources/devices [" NONE ",{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3}," NONE "]\n" },
	{ "docker's deny of fuse stays", FIRST, RULES(NONE ",{\"allow\":false,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rwm\"}"),
	  NULL, "" },
	{ "a type alone", FIRST, RULES(NONE ",{\"allow\":true,\"type\":\"c\",\"access\":\"rwm\"}"), NULL,
	  "remove devices.allowed /linux/resources/devices/1\n" },
	{ "more access than allowed", SAFE, RULES("{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":5,\"access\":\"rw\"}"), NULL,
	  "remove devices.allowed /linux/resources/devices/0\n" },
	{ "no access named is all", SAFE, RULES("{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":5}"), NULL,
	  "remove devices.allowed /linux/resources/devices/0\n" },
	{ "type a goes over numbers", SAFE, RULES("{\"allow\":true,\"type\":\"a\",\"major\":1,\"minor\":3,\"access\":\"r\"}"), NULL,
	  "remove devices.allowed /linux/resources/devices/0\n" },
	{ "every minor of a listed major", SAFE, RULES("{\"allow\":true,\"type\":\"c\",\"major\":136,\"access\":\"rw\"}"), NULL, "" },
	{ "every major", SAFE, RULES("{\"allow\":true,\"type\":\"c\",\"minor\":3,\"access\":\"r\"}"), NULL,
	  "remove devices.allowed /linux/resources/devices/0\n" },
	{ "refused", DENY, RULES(NONE ",{\"allow\":true,\"access\":\"r\"}"), NULL, "deny devices.allowed /linux/resources/devices/1\n" },
	{ "update", FIRST, "{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}", NULL, "remove devices.allowed /devices/0\n", JUDGE_UPDATE },
	{ "update without devices", FIRST, "{\"memory\":{\"limit\":1048576}}", NULL, "", JUDGE_UPDATE },
};

static void test_nodes(void **state)
{
	(void)state;
	judge_cases(&rv_family_devices, nodes, RV_COUNT(nodes));
}

#define STAGED "{\"devices\":{\"allowed\":[],\"violation\":\"deny\"},\"mounts\":{\"volumes\":[\"kubernetes.io~csi\"]}}"
#define BLOCKS(plugin) "{\"engine\":\"cri\",\"blocks\":[{\"plugin\":\"" plugin "\",\"major\":8,\"minor\":0}]}"
#define REFUSED "deny devices.allowed /linux/devices/0\ndeny devices.allowed /linux/resources/devices/1\n"

/* Raw block volumes of the kubelet. */
static const struct judge_case staged[] = {
	{ "one that is staged", STAGED, WITH(SDA, NONE "," RULE("b", DISK)), BLOCKS("kubernetes.io~csi"), "" },
	{ "one that is not", STAGED, WITH(SDA, NONE "," RULE("b", DISK)), "{\"engine\":\"cri\"}", REFUSED },
	{ "another disk", STAGED, "{\"linux\":{\"devices\":[{\"path\":\"/dev/sdb\",\"type\":\"b\",\"major\":8,\"minor\":16}]}}",
	  BLOCKS("kubernetes.io~csi"), "deny devices.allowed /linux/devices/0\n" },
	{ "a character device of its numbers", STAGED, NODE("/dev/x", "c", DISK), BLOCKS("kubernetes.io~csi"),
	  "deny devices.allowed /linux/devices/0\n" },
	{ "every minor of its major", STAGED, RULES(RULE("b", "\"major\":8")), BLOCKS("kubernetes.io~csi"),
	  "deny devices.allowed /linux/resources/devices/0\n" },
	{ "of a plug-in that is not allowed", STAGED, WITH(SDA, NONE "," RULE("b", DISK)), BLOCKS("kubernetes.io~fc"), REFUSED },
	{ "kept by update", STAGED, "{\"devices\":[" NONE "," RULE("b", DISK) "]}", BLOCKS("kubernetes.io~csi"), "", JUDGE_UPDATE },
};

static void test_staged(void **state)
{
	(void)state;
	judge_cases(&rv_family_devices, staged, RV_COUNT(staged));
}

static void test_asked(void **state)
{
	(void)state;
	judge_cases(&rv_family_devices, asked, RV_COUNT(asked));
}

static void test_numbers(void **state)
{
	(void)state;
	judge_cases(&rv_family_devices, numbers, RV_COUNT(numbers));
}

static void test_rules(void **state)
{
	(void)state;
	judge_cases(&rv_family_devices, rules, RV_COUNT(rules));
}

static void test_items(void **state)
{
	static const char *const good[] = { "all", "c 1:3 rwm", "b *:* r", "c 136:* mw" };
	static const char *const bad[] = { "", "a *:* rwm", "c 1:3", "c 1:3 ", "c 1:3 x", "c 01:3 r", "c 1 3 r", "c  1:3 r", "c 1:-3 r",
					   "c 4294967296:0 r", "p 1:3 r", "null" };
	const struct rv_setting *s = rv_family_devices.settings;

	(void)state;
	while (!s->check)
		s++;
	for (size_t i = 0; i < RV_COUNT(good); i++)
		assert_null(s->check(good[i]));
	for (size_t i = 0; i < RV_COUNT(bad); i++)
		assert_non_null(s->check(bad[i]));
}

static void test_chain(void **state)
{
	const char *one[] = { "c 1:3 rwm", "c 1:5 rwm" }, *two[] = { "c 1:* r" };
	struct rv_list tight = { .item = two, .count = 1 }, list = { .item = one, .count = 2, .also = &tight };

	(void)state;
	assert_true(rv_device_allowed(&list, 'c', 1, 3, "r"));
	assert_false(rv_device_allowed(&list, 'c', 1, 3, "rw"));
	assert_false(rv_device_allowed(&list, 'c', 1, 8, "r"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_staged),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
