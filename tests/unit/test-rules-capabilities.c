/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define CEILING \
	"{\"capabilities\": {\"allowed\": [\"CHOWN\", \"KILL\", \"NET_BIND_SERVICE\"], \"ambient\": [\"NET_BIND_SERVICE\"]}}"
#define ALL	   "{\"capabilities\": {\"allowed\": [\"ALL\"], \"ambient\": [\"ALL\"], \"inheritable\": [\"ALL\"]}}"
#define CAPS(text) "{\"process\": {\"capabilities\": {" text "}}}"

static const struct judge_case create[] = {
	{ "no object is no capability", CEILING, "{\"process\": {}}", .want = "" },
	{ "null is no capability", CEILING, "{\"process\": {\"capabilities\": null}}", .want = "" },
	{ "within", CEILING, CAPS("\"bounding\": [\"CAP_KILL\", \"CAP_CHOWN\"], \"effective\": []"), .want = "" },
	{ "above", CEILING,
	  CAPS("\"bounding\": [\"CAP_KILL\", \"CAP_SYS_ADMIN\", \"CAP_CHOWN\"], \"permitted\": [\"CAP_BPF\"]"),
	  .want = "set capabilities.allowed /process/capabilities/bounding [\"CAP_KILL\",\"CAP_CHOWN\"]\n"
		  "set capabilities.allowed /process/capabilities/permitted []\n" },
	{ "nobody knows it", CEILING, CAPS("\"bounding\": [\"CAP_WHATEVER\", \"CAP_KILL\"]"),
	  .want = "set capabilities.allowed /process/capabilities/bounding [\"CAP_KILL\"]\n" },
	{ "inheritable is emptied", CEILING,
	  CAPS("\"bounding\": [\"CAP_KILL\"], \"inheritable\": [\"CAP_KILL\", \"CAP_CHOWN\"]"),
	  .want = "set capabilities.inheritable /process/capabilities/inheritable []\n" },
	{ "but for what is ambient", CEILING,
	  CAPS("\"inheritable\": [\"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"], \"ambient\": [\"CAP_NET_BIND_SERVICE\"]"),
	  .want = "set capabilities.inheritable /process/capabilities/inheritable [\"CAP_NET_BIND_SERVICE\"]\n" },
	{ "ambient has its own ceiling", CEILING, CAPS("\"ambient\": [\"CAP_NET_BIND_SERVICE\", \"CAP_KILL\"]"),
	  .want = "set capabilities.ambient /process/capabilities/ambient [\"CAP_NET_BIND_SERVICE\"]\n" },
	{ "a set nobody knows", CEILING, CAPS("\"everything\": [\"CAP_SYS_ADMIN\"], \"bounding\": []"),
	  .want = "remove capabilities.allowed /process/capabilities/everything\n" },
	{ "ALL leaves even what nobody knows", ALL, CAPS("\"bounding\": [\"CAP_X\", \"CAP_SYS_ADMIN\"], \"everything\": [1]"),
	  .want = "" },
	{ "noNewPrivileges", "{\"capabilities\": {\"noNewPrivileges\": true}}", "{\"process\": {\"noNewPrivileges\": false}}",
	  .want = "set capabilities.noNewPrivileges /process/noNewPrivileges true\n" },
	{ "noNewPrivileges is there", "{\"capabilities\": {\"noNewPrivileges\": true}}",
	  "{\"process\": {\"noNewPrivileges\": true}}", .want = "" },
};

/* The first 31 capabilities and CHECKPOINT_RESTORE: what --privileged asks for on an older kernel. */
#define MANY \
	"\"CAP_CHOWN\",\"CAP_DAC_OVERRIDE\",\"CAP_DAC_READ_SEARCH\",\"CAP_FOWNER\",\"CAP_FSETID\",\"CAP_KILL\",\"CAP_" \
	"SETGID\"," \
	"\"CAP_SETUID\",\"CAP_SETPCAP\",\"CAP_LINUX_IMMUTABLE\",\"CAP_NET_BIND_SERVICE\",\"CAP_NET_BROADCAST\"," \
	"\"CAP_NET_ADMIN\",\"CAP_NET_RAW\",\"CAP_IPC_LOCK\",\"CAP_IPC_OWNER\",\"CAP_SYS_MODULE\",\"CAP_SYS_RAWIO\"," \
	"\"CAP_SYS_CHROOT\",\"CAP_SYS_PTRACE\",\"CAP_SYS_PACCT\",\"CAP_SYS_ADMIN\",\"CAP_SYS_BOOT\",\"CAP_SYS_NICE\"," \
	"\"CAP_SYS_RESOURCE\",\"CAP_SYS_TIME\",\"CAP_SYS_TTY_CONFIG\",\"CAP_MKNOD\",\"CAP_LEASE\",\"CAP_AUDIT_WRITE\"," \
	"\"CAP_AUDIT_CONTROL\",\"CAP_SETFCAP\""
#define PRIVILEGED(linux_) "{\"process\": {\"capabilities\": {\"bounding\": [" MANY "]}}, \"linux\": {" linux_ "}}"
#define NO_PRIVILEGED \
	"{\"capabilities\": {\"allowed\": [\"ALL\"], \"ambient\": [\"ALL\"], \"inheritable\": [\"ALL\"], \"privileged\": " \
	"\"deny\"}}"

static const struct judge_case privileged[] = {
	{ "all of it", NO_PRIVILEGED, PRIVILEGED("\"resources\": {\"devices\": [{\"allow\": true, \"access\": \"rwm\"}]}"),
	  .want = "deny capabilities.privileged /process/capabilities\n" },
	{ "docker's spelling", NO_PRIVILEGED,
	  PRIVILEGED("\"seccomp\": null, \"maskedPaths\": [], \"readonlyPaths\": null, \"resources\": {\"devices\": "
		     "[{\"allow\": false, \"access\": \"rwm\"}, {\"allow\": true, \"type\": \"a\", \"major\": -1, \"minor\": "
		     "-1, \"access\": \"rwm\"}]}"),
	  .want = "deny capabilities.privileged /process/capabilities\n" },
	{ "with a filter", NO_PRIVILEGED,
	  PRIVILEGED("\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\"}, \"resources\": {\"devices\": [{\"allow\": true}]}"),
	  .want = "" },
	{ "with masks", NO_PRIVILEGED,
	  PRIVILEGED("\"maskedPaths\": [\"/proc/kcore\"], \"resources\": {\"devices\": [{\"allow\": true}]}"), .want = "" },
	{ "devices refused at the end", NO_PRIVILEGED,
	  PRIVILEGED("\"resources\": {\"devices\": [{\"allow\": true}, {\"allow\": false, \"access\": \"rwm\"}]}"),
	  .want = "" },
	{ "rewrite leaves it to the parts", "{\"capabilities\": {\"privileged\": \"rewrite\", \"allowed\": [\"CHOWN\"]}}",
	  PRIVILEGED("\"resources\": {\"devices\": [{\"allow\": true}]}"),
	  .want = "set capabilities.allowed /process/capabilities/bounding [\"CAP_CHOWN\"]\nwarn\n" },
};

#define OWN(text) "{\"container\": {\"process\": {\"noNewPrivileges\": true, \"capabilities\": {" text "}}}}"

static const struct judge_case exec[] = {
	{ "never more than the container", CEILING,
	  "{\"noNewPrivileges\": true, \"capabilities\": {\"bounding\": [\"CAP_KILL\", \"CAP_CHOWN\"], \"effective\": "
	  "[\"CAP_KILL\"], "
	  "\"inheritable\": [\"CAP_KILL\"], \"ambient\": [\"CAP_KILL\"]}}",
	  OWN("\"bounding\": [\"CAP_KILL\"]"),
	  "set capabilities.allowed /capabilities/bounding [\"CAP_KILL\"]\nset capabilities.inheritable "
	  "/capabilities/inheritable []\n"
	  "set capabilities.ambient /capabilities/ambient []\n",
	  JUDGE_EXEC },
	{ "more than the ceiling where the container has it", CEILING,
	  "{\"noNewPrivileges\": true, \"capabilities\": {\"effective\": [\"CAP_NET_ADMIN\"]}}",
	  OWN("\"bounding\": [\"CAP_NET_ADMIN\"]"), "", JUDGE_EXEC },
	{ "absent noNewPrivileges means off", CEILING, "{\"args\": [\"sh\"]}", OWN(""),
	  "set capabilities.noNewPrivileges /noNewPrivileges true\n", JUDGE_EXEC },
	{ "absent capabilities are the container's", CEILING, "{\"noNewPrivileges\": true}",
	  OWN("\"bounding\": [\"CAP_KILL\"]"), "", JUDGE_EXEC },
	{ "a policy that only watches", ALL, "{\"capabilities\": {\"bounding\": [\"CAP_KILL\"]}}", OWN(""), "", JUDGE_EXEC },
	{ "unknown container", CEILING, "{\"capabilities\": {\"bounding\": [\"CAP_KILL\", \"CAP_BPF\"]}}", NULL,
	  "set capabilities.allowed /capabilities/bounding [\"CAP_KILL\"]\n", JUDGE_EXEC },
	{ "unknown container, and nobody may be root", "{\"user\": {\"root\": \"deny\"}}", "{\"user\": {\"uid\": 7}}", NULL,
	  "set user.root /noNewPrivileges true\n", JUDGE_EXEC },
};

/* What goes on working for a root that was rewritten: the user family decides first. */
#define REWRITE \
	"{\"user\": {\"root\": \"rewrite\", \"rewriteTo\": \"65532:65532\"}, " \
	"\"namespaces\": {\"pid\": \"host\"}, \"capabilities\": {\"allowed\": [\"CHOWN\", \"NET_BIND_SERVICE\"], " \
	"\"ambient\": [\"NET_BIND_SERVICE\"]}}"

#define CAPS_OF(text) "{\"process\": {\"noNewPrivileges\": true, \"capabilities\": {" text "}}}"

static const struct judge_case *rewritten(void)
{
	static const struct judge_case cases[] = {
		{ "port 80", REWRITE,
		  CAPS_OF("\"bounding\": [\"CAP_CHOWN\", \"CAP_NET_BIND_SERVICE\"], \"effective\": [\"CAP_NET_BIND_SERVICE\"]"),
		  .want = "set user.root /process/user/uid 65532\nset user.root /process/user/gid 65532\n"
			  "set capabilities.allowed /process/capabilities/permitted [\"CAP_NET_BIND_SERVICE\"]\n"
			  "set capabilities.inheritable /process/capabilities/inheritable [\"CAP_NET_BIND_SERVICE\"]\n"
			  "set capabilities.ambient /process/capabilities/ambient [\"CAP_NET_BIND_SERVICE\"]\n" },
		{ "a tmpfs of the new user's",
		  "{\"user\": {\"root\": \"rewrite\", \"rewriteTo\": \"65532:65533\"}, \"filesystem\": {\"tmpfs\": [\"/run\"]}}",
		  "{\"process\": {\"user\": {\"uid\": 0, \"gid\": 65533}, \"noNewPrivileges\": true}, \"mounts\": []}",
		  .want = "set user.root /process/user/uid 65532\n"
			  "append filesystem.tmpfs /mounts {\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
			  "\"options\":[\"nosuid\",\"nodev\",\"noexec\",\"mode=1777\",\"uid=65532\",\"gid=65533\"]}\n" },
		{ "it had not that capability", REWRITE, CAPS_OF("\"bounding\": [\"CAP_CHOWN\"]"),
		  .want = "set user.root /process/user/uid 65532\nset user.root /process/user/gid 65532\n" },
	};
	return cases;
}

/* Whoever is not to be root cannot become it by a set-uid program of the image. */
#define NO_ROOT(more)                                                                                                 \
	"{\"user\": {\"root\": \"deny\"}, \"namespaces\": {\"user\": \"host\", \"minHostID\": 65536, \"paths\": [\"**\"]}, " \
	"\"capabilities\": {\"allowed\": [\"ALL\"], \"ambient\": [\"ALL\"], \"inheritable\": [\"ALL\"]" more "}}"
#define NNP "/process/noNewPrivileges true\n"

static const struct judge_case set_uid[] = {
	{ "no root", NO_ROOT(""), "{\"process\": {\"user\": {\"uid\": 7}}}", .want = "set user.root " NNP },
	{ "no root, and no privileges anyway", NO_ROOT(", \"noNewPrivileges\": true"), "{\"process\": {\"user\": {\"uid\": 7}}}",
	  .want = "set capabilities.noNewPrivileges " NNP },
	{ "asked for already", NO_ROOT(""), "{\"process\": {\"user\": {\"uid\": 7}, \"noNewPrivileges\": true}}", .want = "" },
	{ "the pause container", NO_ROOT(""), "{\"process\": {\"user\": {\"uid\": 0}}}", "{\"sandbox\": true}", "" },
	{ "root of a user namespace may", NO_ROOT(""),
	  "{\"process\": {\"user\": {\"uid\": 7}}, \"linux\": {\"namespaces\": [{\"type\": \"user\"}, {\"type\": \"cgroup\"}], "
	  "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 65536, \"size\": 9}], "
	  "\"gidMappings\": [{\"containerID\": 0, \"hostID\": 65536, \"size\": 9}]}}", .want = "" },
};

static void test_create(void **state)
{
	(void)state;
	judge_cases(&rv_family_capabilities, create, RV_COUNT(create));
}

static void test_privileged(void **state)
{
	(void)state;
	judge_cases(&rv_family_capabilities, privileged, RV_COUNT(privileged));
}

static void test_exec(void **state)
{
	(void)state;
	judge_cases(&rv_family_capabilities, exec, RV_COUNT(exec));
}

static void test_rewritten(void **state)
{
	(void)state;
	judge_cases(NULL, rewritten(), 3);
}

static void test_set_uid(void **state)
{
	(void)state;
	judge_cases(NULL, set_uid, RV_COUNT(set_uid));
}

static void test_names(void **state)
{
	const char *(*check)(const char *) = rv_family_capabilities.settings[0].check;

	(void)state;
	assert_null(check("NET_ADMIN"));
	assert_null(check("ALL"));
	assert_non_null(check("CAP_NET_ADMIN"));
	assert_non_null(check("net_admin"));
	assert_non_null(check("NET_ADMINN"));
	assert_non_null(check(""));
	assert_non_null(check("A_NAME_THAT_IS_LONGER_THAN_ANY_CAPABILITY_THAT_WILL_EVER_BE_NAMED"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),	cmocka_unit_test(test_privileged), cmocka_unit_test(test_exec),
		cmocka_unit_test(test_rewritten), cmocka_unit_test(test_names),
		cmocka_unit_test(test_set_uid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
