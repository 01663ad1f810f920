/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define KEEP	"{\"user\": {\"root\": \"keep\", \"maxId\": 2147483646}}"
#define REWRITE "{\"user\": {\"root\": \"rewrite\", \"rewriteTo\": \"65532:65533\", \"maxId\": 2147483646}}"
#define DENY	"{\"user\": {\"root\": \"deny\", \"groups\": \"no-root\", \"maxId\": 2147483646}}"
#define NONE	"{\"user\": {\"groups\": \"none\"}}"
#define NO_GROUPS "{\"user\": {\"root\": \"deny\", \"groups\": \"none\"}}"

static const struct judge_case create[] = {
	{ "root kept", KEEP, "{\"process\": {\"user\": {\"uid\": 0, \"gid\": 0}}}", .want = "" },
	{ "root refused", DENY, "{\"process\": {\"user\": {\"uid\": 0, \"gid\": 0}}}",
	  .want = "deny user.root /process/user/uid\n" },
	{ "missing uid is root", DENY, "{\"process\": {\"user\": {\"gid\": 5}}}",
	  .want = "deny user.root /process/user/uid\n" },
	{ "null uid is root", DENY, "{\"process\": {\"user\": {\"uid\": null}}}",
	  .want = "deny user.root /process/user/uid\n" },
	{ "missing user is root", DENY, "{\"process\": {}}", .want = "deny user.root /process/user/uid\n" },
	{ "another user passes", DENY, "{\"process\": {\"user\": {\"uid\": 1000, \"gid\": 0}}}", .want = "" },
	{ "username is for Windows", DENY, "{\"process\": {\"user\": {\"uid\": 0, \"username\": \"joe\"}}}",
	  .want = "deny user.root /process/user/uid\n" },
	{ "no process at all", KEEP, "{}", .want = "deny user.root /process\n" },
	{ "no process, nothing to keep", "{}", "{}", .want = "" },
	{ "rewritten", REWRITE, "{\"process\": {\"user\": {\"uid\": 0, \"gid\": 0, \"additionalGids\": [0, 10]}}}",
	  .want = "set user.root /process/user/uid 65532\nset user.root /process/user/gid 65533\n"
		  "set user.root /process/user/additionalGids []\n" },
	{ "rewritten without a user object", REWRITE, "{\"process\": {\"args\": [\"x\"]}}",
	  .want = "set user.root /process/user/uid 65532\nset user.root /process/user/gid 65533\n" },
	{ "rewritten from null", REWRITE, "{\"process\": {\"user\": {\"uid\": null, \"gid\": 65533}}}",
	  .want = "set user.root /process/user/uid 65532\n" },
	{ "rewritten, and root's home with it", REWRITE,
	  "{\"process\": {\"user\": {\"uid\": 0, \"gid\": 65533}, \"env\": [\"A=HOME=/root\", \"HOME=/root\", \"HOME=/root/x\"]}}",
	  .want = "set user.root /process/user/uid 65532\nset user.root /process/env/1 \"HOME=/\"\n" },
	{ "another user's home stays", REWRITE,
	  "{\"process\": {\"user\": {\"uid\": 7, \"gid\": 7}, \"env\": [\"HOME=/root\"]}}", .want = "" },
	{ "the pause container may be root", DENY, "{\"process\": {\"user\": {\"uid\": 0, \"additionalGids\": [0]}}}",
	  "{\"sandbox\": true}", "" },
	{ "uid too large", KEEP, "{\"process\": {\"user\": {\"uid\": 4294967294, \"gid\": 1}}}",
	  .want = "deny user.maxId /process/user/uid\n" },
	{ "uid at the edge", KEEP, "{\"process\": {\"user\": {\"uid\": 2147483646, \"gid\": 2147483647}}}",
	  .want = "deny user.maxId /process/user/gid\n" },
	{ "additional gid too large", KEEP, "{\"process\": {\"user\": {\"uid\": 1, \"additionalGids\": [5, 4294967294]}}}",
	  .want = "deny user.maxId /process/user/additionalGids/1\n" },
	{ "root group taken out", DENY, "{\"process\": {\"user\": {\"uid\": 5, \"additionalGids\": [7, 0, 999]}}}",
	  .want = "set user.groups /process/user/additionalGids [7,999]\n" },
	{ "only the root group", DENY, "{\"process\": {\"user\": {\"uid\": 5, \"additionalGids\": [0]}}}",
	  .want = "set user.groups /process/user/additionalGids []\n" },
	{ "no groups", NONE, "{\"process\": {\"user\": {\"uid\": 5, \"additionalGids\": [7]}}}",
	  .want = "set user.groups /process/user/additionalGids []\n" },
	{ "no groups, none asked", NONE, "{\"process\": {\"user\": {\"uid\": 5, \"additionalGids\": []}}}", .want = "" },
};

#define ROOT_CONTAINER "{\"container\": {\"process\": {\"user\": {\"uid\": 0, \"gid\": 0}}}}"
#define USERNS(uid, map) \
	"{\"container\": {\"process\": {\"user\": {\"uid\": " uid "}}, \"linux\": {\"namespaces\": [{\"type\": \"user\"}], " \
	"\"uidMappings\": [{\"containerID\": 0, " map "}], \"gidMappings\": [{\"containerID\": 0, " map "}]}}}"
#define PLAIN_CONTAINER "{\"container\": {\"process\": {\"user\": {\"uid\": 1000, \"gid\": 100, \"additionalGids\": [7]}}}}"

static const struct judge_case exec[] = {
	{ "root kept", KEEP, "{\"user\": {\"uid\": 0}}", PLAIN_CONTAINER, "", JUDGE_EXEC },
	{ "a rewritten root stays rewritten", REWRITE, "{\"user\": {\"uid\": 0, \"gid\": 0}}", PLAIN_CONTAINER,
	  "set user.root /user/uid 1000\nset user.root /user/gid 100\nset user.root /user/additionalGids [7]\n", JUDGE_EXEC },
	{ "with the home of a user nobody knows", REWRITE,
	  "{\"user\": {\"uid\": 0, \"gid\": 100}, \"env\": [\"PATH=/bin\", \"HOME=/root\"]}", PLAIN_CONTAINER,
	  "set user.root /user/uid 1000\nset user.root /user/additionalGids [7]\nset user.root /env/1 \"HOME=/\"\n",
	  JUDGE_EXEC },
	{ "denied root becomes the container's user", DENY, "{\"args\": [\"sh\"]}", PLAIN_CONTAINER,
	  "set user.root /user/uid 1000\nset user.root /user/gid 100\nset user.root /user/additionalGids [7]\n", JUDGE_EXEC },
	{ "the container's groups, as far as they may be now", NO_GROUPS, "{\"user\": {\"uid\": 0}}", PLAIN_CONTAINER,
	  "set user.root /user/uid 1000\nset user.root /user/gid 100\n", JUDGE_EXEC },
	{ "denied root, root container", DENY, "{\"user\": {\"uid\": 0}}", ROOT_CONTAINER, "deny user.root /user/uid\n",
	  JUDGE_EXEC },
	{ "root container from before the rewrite", REWRITE, "{\"user\": {\"uid\": 0, \"gid\": 0}}", ROOT_CONTAINER,
	  "set user.root /user/uid 65532\nset user.root /user/gid 65533\n", JUDGE_EXEC },
	{ "root of a user namespace", DENY, "{\"user\": {\"uid\": 0}}", USERNS("0", "\"size\": 1, \"hostID\": 65536"), "",
	  JUDGE_EXEC },
	{ "another user of a user namespace", DENY, "{\"user\": {\"uid\": 0}}", USERNS("5", "\"size\": 1, \"hostID\": 65536"),
	  "", JUDGE_EXEC },
	{ "root of the host by way of a user namespace", DENY, "{\"user\": {\"uid\": 0}}",
	  USERNS("5", "\"size\": 1, \"hostID\": 0"), "set user.root /user/uid 5\nset user.root /user/gid 0\n", JUDGE_EXEC },
	{ "unknown container", DENY, "{\"user\": {\"uid\": 0}}", NULL, "deny user.root /user/uid\n", JUDGE_EXEC },
	{ "another user", DENY, "{\"user\": {\"uid\": 33, \"gid\": 33}}", PLAIN_CONTAINER, "", JUDGE_EXEC },
	{ "too large", KEEP, "{\"user\": {\"uid\": 4294967294, \"gid\": 0}}", PLAIN_CONTAINER, "deny user.maxId /user/uid\n",
	  JUDGE_EXEC },
};

static void test_create(void **state)
{
	(void)state;
	judge_cases(&rv_family_user, create, RV_COUNT(create));
}

static void test_exec(void **state)
{
	(void)state;
	judge_cases(&rv_family_user, exec, RV_COUNT(exec));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_create), cmocka_unit_test(test_exec) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
