/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define HOOK(stage, path, args) "{\"root\":{\"path\":\"/r\"},\"hooks\":{\"" stage "\":[{\"path\":\"" path "\",\"args\":[" args "]}]}}"
#define ALLOW(path, args) "{\"hooks\":{\"violation\":\"deny\",\"allowed\":[{\"path\":\"" path "\",\"args\":[" args "]}]}}"
#define DOCKERD ALLOW("/usr/bin/dockerd", "\"-exec-root=/**\",\"{id}\",\"*\"")
#define SETKEY(id) "\"libnetwork-setkey\",\"-exec-root=/run/docker\",\"" id "\",\"8a\""
#define REFUSED "deny hooks.allowed /hooks/prestart/0\n"

#define SAFE_PATH "\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\""
#define SAFE "[" SAFE_PATH "]"
#define ENV_HOOK(stage, env) "{\"hooks\":{\"" stage "\":[{\"path\":\"/usr/bin/h\",\"args\":[\"h\"],\"env\":[" env "]}]}}"
#define FULL "{\"hooks\":{\"violation\":\"deny\",\"allowed\":[{\"path\":\"/usr/bin/h\"}],\"environment\":" SAFE "}}"
#define TIMED "{\"hooks\":{\"violation\":\"deny\",\"allowed\":[{\"path\":\"/usr/bin/h\"}],\"timeout\":120}}"
#define TIME_HOOK(time) "{\"hooks\":{\"poststop\":[{\"path\":\"/usr/bin/h\"," time "\"args\":[\"h\"]}]}}"

static const struct judge_case hooks[] = {
	{ "none", "{}", "{\"hooks\":{\"prestart\":[]}}", NULL, "" },
	{ "any", "{}", HOOK("prestart", "/bin/sh", "\"sh\""), NULL, "remove hooks.allowed /hooks/prestart/0\n" },
	{ "dockerd's, through /proc", DOCKERD, HOOK("prestart", "/proc/77/exe", SETKEY("c1")),
	  "{\"id\":\"c1\",\"paths\":{\"/proc/77/exe\":{\"resolved\":\"/usr/bin/dockerd\"}}}", "" },
	{ "another container's", DOCKERD, HOOK("prestart", "/usr/bin/dockerd", SETKEY("c2")), "{\"id\":\"c1\"}", REFUSED },
	{ "an id that reads as a pattern", DOCKERD, HOOK("prestart", "/usr/bin/dockerd", SETKEY("c2")), "{\"id\":\"c*\"}", REFUSED },
	{ "the allowed program with other arguments", DOCKERD, HOOK("prestart", "/usr/bin/dockerd", "\"dockerd\",\"-H\",\"c1\""),
	  "{\"id\":\"c1\"}", REFUSED },
	{ "too many arguments", DOCKERD, HOOK("prestart", "/usr/bin/dockerd", SETKEY("c1") ",\"more\""), "{\"id\":\"c1\"}", REFUSED },
	{ "too few arguments", DOCKERD, HOOK("prestart", "/usr/bin/dockerd", "\"libnetwork-setkey\",\"-exec-root=/run\",\"c1\""),
	  "{\"id\":\"c1\"}", REFUSED },
	{ "no arguments where none are allowed", ALLOW("/usr/bin/h", ""), HOOK("prestart", "/usr/bin/h", "\"h\""), NULL, "" },
	{ "an argument where none is allowed", ALLOW("/usr/bin/h", ""), HOOK("prestart", "/usr/bin/h", "\"h\",\"x\""), NULL, REFUSED },
	{ "any further arguments", ALLOW("/usr/bin/h", "\"hook\",\"**\""), HOOK("prestart", "/usr/bin/h", "\"h\",\"hook\",\"a\",\"/b\""),
	  NULL, "" },
	{ "any further arguments, none", ALLOW("/usr/bin/h", "\"hook\",\"**\""), HOOK("prestart", "/usr/bin/h", "\"h\",\"hook\""), NULL, "" },
	{ "a number", ALLOW("/usr/bin/h", "\"--pid={pid}\""), HOOK("prestart", "/usr/bin/h", "\"h\",\"--pid=4242\""), NULL, "" },
	{ "no number", ALLOW("/usr/bin/h", "\"--pid={pid}\""), HOOK("prestart", "/usr/bin/h", "\"h\",\"--pid=4x\""), NULL, REFUSED },
	{ "another stage", "{\"hooks\":{\"violation\":\"deny\",\"allowed\":[{\"path\":\"/usr/bin/h\",\"stage\":\"poststop\"}]}}",
	  HOOK("prestart", "/usr/bin/h", "\"h\""), NULL, REFUSED },
	{ "a link to an allowed name does not help", ALLOW("/usr/bin/h", ""), HOOK("prestart", "/usr/bin/h", "\"h\""),
	  "{\"paths\":{\"/usr/bin/h\":{\"resolved\":\"/tmp/evil\"}}}", REFUSED },
	{ "relative", ALLOW("/**", "\"**\""), HOOK("prestart", "../bin/sh", "\"sh\""), NULL, REFUSED },
	{ "unresolvable", ALLOW("/**", "\"**\""), HOOK("prestart", "/h", "\"sh\""), "{\"paths\":{\"/h\":{\"resolved\":null}}}", REFUSED },
	{ "out of the image", ALLOW("/**", "\"**\""), HOOK("createRuntime", "/r/evil", "\"evil\""), NULL,
	  "deny hooks.allowed /hooks/createRuntime/0\n" },
	{ "out of the image, inside the container", ALLOW("/**", "\"**\""), HOOK("startContainer", "/r/evil", "\"evil\""), NULL, "" },
	{ "an environment of its own", FULL, ENV_HOOK("prestart", "\"LD_PRELOAD=/x.so\",\"PATH=/x\""), NULL,
	  "set hooks.environment /hooks/prestart/0/env " SAFE "\n" },
	{ "the environment that it may have", FULL, ENV_HOOK("prestart", SAFE_PATH), NULL, "" },
	{ "an environment of its own, inside", FULL, ENV_HOOK("startContainer", "\"A=b\""), NULL, "" },
	{ "an environment of its own, of an ordinary user", FULL, ENV_HOOK("prestart", "\"A=b\""), "{\"caller\":1000}", "" },
	{ "the image's environment", FULL, HOOK("createContainer", "/usr/bin/h", "\"h\""), NULL,
	  "set hooks.environment /hooks/createContainer/0/env " SAFE "\n" },
	{ "no environment", FULL, HOOK("poststop", "/usr/bin/h", "\"h\""), NULL, "set hooks.environment /hooks/poststop/0/env " SAFE "\n" },
	{ "more than the environment that it may have", FULL, ENV_HOOK("prestart", SAFE_PATH ",\"A=b\""), NULL,
	  "set hooks.environment /hooks/prestart/0/env " SAFE "\n" },
	{ "no timeout", TIMED, TIME_HOOK(""), NULL, "set hooks.timeout /hooks/poststop/0/timeout 120\n" },
	{ "a timeout of its own", TIMED, TIME_HOOK("\"timeout\":3600,"), NULL, "" },
	{ "a program that others can write", ALLOW("/**", ""), HOOK("prestart", "/opt/h", "\"h\""), "{\"loose\":\"/opt\"}", REFUSED },
	{ "out of the bundle", ALLOW("/**", ""), HOOK("prestart", "/b/h", "\"h\""), "{\"bundle\":\"/b\"}", REFUSED },
	{ "out of a volume", ALLOW("/**", ""),
	  "{\"mounts\":[{\"destination\":\"/d\",\"source\":\"/opt\",\"options\":[\"bind\"]}],\"hooks\":{\"prestart\":[{\"path\":\"/opt/h\",\"args\":[\"h\"]}]}}",
	  NULL, REFUSED },
	{ "out of a volume that is read-only", ALLOW("/**", ""),
	  "{\"mounts\":[{\"destination\":\"/d\",\"source\":\"/opt\",\"options\":[\"bind\",\"ro\"]}],\"hooks\":{\"prestart\":[{\"path\":\"/opt/h\",\"args\":[\"h\"]}]}}",
	  NULL, "" },
	{ "a stage of tomorrow", "{}", HOOK("preStop", "/bin/sh", "\"sh\""), NULL, "remove hooks.allowed /hooks/preStop/0\n" },
	{ "a stage in another form", "{}", "{\"hooks\":{\"preStop\":{\"path\":\"/bin/sh\"}}}", NULL, "remove hooks.allowed /hooks/preStop\n" },
	{ "unjudged", ALLOW("**", ""), HOOK("prestart", "../x", "\"sh\",\"-c\""), NULL, "" },
};

static void test_hooks(void **state)
{
	(void)state;
	judge_cases(&rv_family_hooks, hooks, RV_COUNT(hooks));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_hooks) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
