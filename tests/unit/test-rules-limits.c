/* SPDX-License-Identifier: Apache-2.0 */
/* The small families: lsm, sysctl, rlimits, exec, lifecycle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define LSM	       "{\"lsm\": {\"apparmor\": \"confined\", \"selinuxTypes\": [\"container_t\", \"container_init_t\"]}}"
#define LSM_DEFAULT    "{\"lsm\": {\"apparmor\": \"default\"}}"
#define LSM_ANY	       "{\"lsm\": {\"apparmor\": \"any\", \"selinuxTypes\": [\"*\"]}}"
#define APPARMOR(text) "{\"process\": {\"apparmorProfile\": \"" text "\"}}"
#define SELINUX(text)  "{\"process\": {\"selinuxLabel\": \"" text "\"}}"

static const struct judge_case lsm[] = {
	{ "none", LSM, "{\"process\": {}}", .want = "" },
	{ "a profile", LSM, APPARMOR("docker-default"), .want = "" },
	{ "unconfined", LSM, APPARMOR("unconfined"), .want = "deny lsm.apparmor /process/apparmorProfile\n" },
	{ "unconfined in a namespace", LSM, APPARMOR(":root:unconfined"),
	  .want = "deny lsm.apparmor /process/apparmorProfile\n" },
	{ "unconfined in a stack", LSM, APPARMOR("a//&unconfined"), .want = "deny lsm.apparmor /process/apparmorProfile\n" },
	{ "a name that holds the word", LSM, APPARMOR("not-unconfined"), .want = "" },
	{ "docker's own", LSM_DEFAULT, APPARMOR("unconfined"), "{\"engine\": \"docker\"}",
	  "set lsm.apparmor /process/apparmorProfile \"docker-default\"\n" },
	{ "podman's, whose name is not known", LSM_DEFAULT, APPARMOR("unconfined"), "{\"engine\": \"podman\"}",
	  "deny lsm.apparmor /process/apparmorProfile\n" },
	{ "docker and a stack", LSM_DEFAULT, APPARMOR("a//&unconfined"), "{\"engine\": \"docker\"}",
	  "deny lsm.apparmor /process/apparmorProfile\n" },
	{ "docker and a profile", LSM_DEFAULT, APPARMOR("mine"), "{\"engine\": \"docker\"}", "" },
	{ "any profile", LSM_ANY, APPARMOR("unconfined"), .want = "" },
	{ "container_t", LSM, SELINUX("system_u:system_r:container_t:s0:c1,c2"), .want = "" },
	{ "without level", LSM, SELINUX("system_u:system_r:container_init_t"), .want = "" },
	{ "empty", LSM, SELINUX(""), .want = "" },
	{ "super privileged", LSM, SELINUX("system_u:system_r:spc_t:s0"),
	  .want = "deny lsm.selinuxTypes /process/selinuxLabel\n" },
	{ "another user", LSM, SELINUX("unconfined_u:system_r:container_t:s0"),
	  .want = "deny lsm.selinuxTypes /process/selinuxLabel\n" },
	{ "another role", LSM, SELINUX("system_u:sysadm_r:container_t"),
	  .want = "deny lsm.selinuxTypes /process/selinuxLabel\n" },
	{ "no type", LSM, SELINUX("system_u:system_r:"), .want = "deny lsm.selinuxTypes /process/selinuxLabel\n" },
	{ "any label", LSM_ANY, SELINUX("unconfined_u:x"), .want = "" },
	{ "exec: the container's own", LSM, "{\"apparmorProfile\": \"unconfined\"}",
	  "{\"container\": {\"process\": {\"apparmorProfile\": \"docker-default\"}}}",
	  "set lsm.apparmor /apparmorProfile \"docker-default\"\n", JUDGE_EXEC },
	{ "exec: the container has none", LSM, "{\"apparmorProfile\": \"x\", \"selinuxLabel\": \"system_u:system_r:spc_t\"}",
	  "{\"container\": {\"process\": {}}}", "remove lsm.apparmor /apparmorProfile\nremove lsm.selinuxTypes /selinuxLabel\n",
	  JUDGE_EXEC },
	{ "exec: the same", LSM, "{\"selinuxLabel\": \"system_u:system_r:container_t\"}",
	  "{\"container\": {\"process\": {\"selinuxLabel\": \"system_u:system_r:container_t\"}}}", "", JUDGE_EXEC },
	{ "exec: unknown container", LSM, "{\"apparmorProfile\": \"unconfined\"}", NULL, "deny lsm.apparmor /apparmorProfile\n",
	  JUDGE_EXEC },
	{ "exec: any", LSM_ANY, "{\"apparmorProfile\": \"unconfined\"}", "{\"container\": {\"process\": {}}}", "", JUDGE_EXEC },
};

#define SYSCTL	      "{\"sysctl\": {\"allowed\": [\"kernel.shm_rmid_forced\", \"net.ipv4.*\"], \"violation\": \"deny\"}}"
#define SYSCTL_REMOVE "{\"sysctl\": {\"allowed\": [\"net.*\"], \"violation\": \"remove\"}}"
#define SYSCTLS(text) "{\"linux\": {\"sysctl\": {" text "}}}"

static const struct judge_case sysctl[] = {
	{ "none", SYSCTL, "{}", .want = "" },
	{ "allowed", SYSCTL, SYSCTLS("\"kernel.shm_rmid_forced\": \"1\", \"net.ipv4.ip_local_port_range\": \"1024\\t65535\""),
	  .want = "" },
	{ "not allowed", SYSCTL, SYSCTLS("\"kernel.core_pattern\": \"|/x\""),
	  .want = "deny sysctl.allowed /linux/sysctl/kernel.core_pattern\n" },
	{ "taken out", SYSCTL_REMOVE, SYSCTLS("\"kernel.msgmax\": \"1\", \"net.core.somaxconn\": \"1\""),
	  .want = "remove sysctl.allowed /linux/sysctl/kernel.msgmax\n" },
	{ "slashes", SYSCTL, SYSCTLS("\"net/ipv4/ip_forward\": \"1\""),
	  .want = "deny sysctl.allowed /linux/sysctl/net~1ipv4~1ip_forward\n" },
	{ "upwards", SYSCTL, SYSCTLS("\"net.ipv4...kernel.x\": \"1\""),
	  .want = "deny sysctl.allowed /linux/sysctl/net.ipv4...kernel.x\n" },
	{ "no name", SYSCTL, SYSCTLS("\"\": \"1\""), .want = "deny sysctl.allowed /linux/sysctl/\n" },
	{ "another setting in the value", SYSCTL, SYSCTLS("\"net.ipv4.tcp_syncookies\": \"1+kernel.core_pattern=|/x\""),
	  .want = "deny sysctl.allowed /linux/sysctl/net.ipv4.tcp_syncookies\n" },
	{ "no value", SYSCTL, SYSCTLS("\"net.ipv4.tcp_syncookies\": \"\""),
	  .want = "deny sysctl.allowed /linux/sysctl/net.ipv4.tcp_syncookies\n" },
	{ "everything", "{\"sysctl\": {\"allowed\": [\"*\"]}}", SYSCTLS("\"kernel/core_pattern\": \"|/x\""), .want = "" },
};

#define RLIMITS			"{\"rlimits\": {\"max\": {\"RLIMIT_NOFILE\": 1024, \"RLIMIT_RTPRIO\": 0}}}"
#define LIMIT(type, soft, hard) "{\"type\": \"" type "\", \"soft\": " soft ", \"hard\": " hard "}"

static const struct judge_case rlimits[] = {
	{ "within", RLIMITS, "{\"process\": {\"rlimits\": [" LIMIT("RLIMIT_NOFILE", "1024", "1024") "]}}", .want = "" },
	{ "another limit", RLIMITS,
	  "{\"process\": {\"rlimits\": [" LIMIT("RLIMIT_CORE", "18446744073709551615", "18446744073709551615") "]}}",
	  .want = "" },
	{ "hard only", RLIMITS, "{\"process\": {\"rlimits\": [" LIMIT("RLIMIT_NOFILE", "512", "4096") "]}}",
	  .want = "set rlimits.max /process/rlimits/0/hard 1024\n" },
	{ "each of two", RLIMITS,
	  "{\"process\": {\"rlimits\": [" LIMIT("RLIMIT_NOFILE", "1", "1") ", " LIMIT("RLIMIT_NOFILE", "18446744073709551615",
										      "18446744073709551615") "]}}",
	  .want = "set rlimits.max /process/rlimits/1/hard 1024\nset rlimits.max /process/rlimits/1/soft 1024\n" },
	{ "none at all", RLIMITS, "{\"process\": {\"rlimits\": [" LIMIT("RLIMIT_RTPRIO", "1", "2") "]}}",
	  .want = "set rlimits.max /process/rlimits/0/hard 0\nset rlimits.max /process/rlimits/0/soft 0\n" },
	{ "the pause container", RLIMITS, "{\"process\": {\"rlimits\": [" LIMIT("RLIMIT_RTPRIO", "1", "2") "]}}",
	  "{\"sandbox\": true}", "" },
	{ "exec", RLIMITS, "{\"rlimits\": [" LIMIT("RLIMIT_NOFILE", "1", "2000") "]}", NULL,
	  "set rlimits.max /rlimits/0/hard 1024\n", JUDGE_EXEC },
};

#define CONTAINER "{\"container\": {\"process\": {\"user\": {\"uid\": 5}}}}"

static const struct judge_case exec[] = {
	{ "allowed", "{}", "{\"terminal\": true, \"user\": {\"uid\": 0}}", CONTAINER, "", JUDGE_EXEC },
	{ "terminal refused", "{\"exec\": {\"terminal\": \"deny\"}}", "{\"terminal\": true, \"user\": {\"uid\": 1}}", CONTAINER,
	  "deny exec.terminal /terminal\n", JUDGE_EXEC },
	{ "no terminal", "{\"exec\": {\"terminal\": \"deny\"}}", "{\"terminal\": false, \"user\": {\"uid\": 1}}", CONTAINER, "",
	  JUDGE_EXEC },
	{ "terminal watched", "{\"exec\": {\"terminal\": \"audit\"}}", "{\"terminal\": true, \"user\": {\"uid\": 1}}",
	  CONTAINER, "warn\n", JUDGE_EXEC },
	{ "root refused", "{\"exec\": {\"root\": \"deny\"}}", "{\"args\": [\"sh\"]}", CONTAINER, "deny exec.root /user/uid\n",
	  JUDGE_EXEC },
	{ "not root", "{\"exec\": {\"root\": \"deny\"}}", "{\"user\": {\"uid\": 1}}", CONTAINER, "", JUDGE_EXEC },
	{ "foreign", "{}", "{\"user\": {\"uid\": 1}}", NULL, "warn\n", JUDGE_EXEC },
	{ "foreign refused", "{\"exec\": {\"foreign\": \"deny\"}}", "{\"user\": {\"uid\": 1}}", NULL, "deny exec.foreign \n",
	  JUDGE_EXEC },
};

static const struct judge_case update[] = {
	{ "allowed", "{}", "{}", .want = "", .kind = JUDGE_UPDATE },
	{ "refused", "{\"lifecycle\": {\"update\": \"deny\"}}", "{}", .want = "deny lifecycle.update \n",
	  .kind = JUDGE_UPDATE },
};

static void test_lsm(void **state)
{
	(void)state;
	judge_cases(&rv_family_lsm, lsm, RV_COUNT(lsm));
}

static void test_sysctl(void **state)
{
	(void)state;
	judge_cases(&rv_family_sysctl, sysctl, RV_COUNT(sysctl));
}

static void test_rlimits(void **state)
{
	(void)state;
	judge_cases(&rv_family_rlimits, rlimits, RV_COUNT(rlimits));
}

static void test_exec(void **state)
{
	(void)state;
	judge_cases(&rv_family_exec, exec, RV_COUNT(exec));
}

static void test_update(void **state)
{
	(void)state;
	judge_cases(&rv_family_lifecycle, update, RV_COUNT(update));
}

static void test_lifecycle(void **state)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_ruleset rules = { .set.lifecycle = { .checkpoint = RV_DENY } };
	struct rv_facts facts = { 0 };
	struct rv_plan plan;

	(void)state;
	assert_int_equal(rv_evaluate_lifecycle("checkpoint", &facts, &rules, &arena, &plan, NULL), 0);
	assert_int_equal(rv_plan_verdict(&plan), RV_PLAN_DENY);
	assert_string_equal(plan.denial[0].rule, "lifecycle.checkpoint");
	assert_int_equal(rv_evaluate_lifecycle("restore", &facts, &rules, &arena, &plan, NULL), 0);
	assert_int_equal(rv_plan_verdict(&plan), RV_PLAN_ALLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lsm),	  cmocka_unit_test(test_sysctl), cmocka_unit_test(test_rlimits),
		cmocka_unit_test(test_exec),	  cmocka_unit_test(test_update), cmocka_unit_test(test_lifecycle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
