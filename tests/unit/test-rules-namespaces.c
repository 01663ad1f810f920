/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define ALL_BUT "{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"mount\"}"
#define NS(list) "{\"linux\":{\"namespaces\":[" list "]}}"
#define STRICT "{\"namespaces\":{\"pid\":\"deny\",\"network\":\"deny\",\"ipc\":\"deny\",\"uts\":\"deny\",\"mount\":\"add\"," \
	"\"cgroup\":\"host\",\"user\":\"host\",\"paths\":[\"/proc/*/ns/*\",\"/run/netns/*\"],\"minHostID\":65536}}"
#define PATH(type, path) "{\"type\":\"" type "\",\"path\":\"" path "\"}"

static const struct judge_case present[] = {
	{ "all of them", STRICT, NS("{\"type\":\"pid\"}," ALL_BUT), NULL, "" },
	{ "none at all", "{\"namespaces\":{\"pid\":\"add\",\"network\":\"deny\",\"uts\":\"host\"}}", "{}", NULL,
	  "append namespaces.pid /linux/namespaces {\"type\":\"pid\"}\ndeny namespaces.network /linux/namespaces\n" },
	{ "null is none", "{\"namespaces\":{\"pid\":\"add\"}}", "{\"linux\":{\"namespaces\":null}}", NULL,
	  "append namespaces.pid /linux/namespaces {\"type\":\"pid\"}\n" },
	{ "no pid", STRICT, NS(ALL_BUT), NULL, "deny namespaces.pid /linux/namespaces\n" },
	{ "no mount", STRICT, NS("{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"}"), NULL,
	  "append namespaces.mount /linux/namespaces {\"type\":\"mount\"}\n" },
	{ "capitals", STRICT, NS("{\"type\":\"PID\"}," ALL_BUT), NULL,
	  "deny namespaces.paths /linux/namespaces/0\ndeny namespaces.pid /linux/namespaces\n" },
	{ "twice", "{}", NS("{\"type\":\"pid\"},{\"type\":\"pid\"}"), NULL, "deny namespaces.paths /linux/namespaces/1\n" },
	{ "no type", "{}", NS("{}"), NULL, "deny namespaces.paths /linux/namespaces/0\n" },
};

#define NEEDED "{\"namespaces\":{\"user\":\"deny\",\"minHostID\":65536,\"paths\":[\"/proc/*/ns/*\"]}}"

static const struct judge_case joined[] = {
	{ "the pod's", STRICT, NS("{\"type\":\"pid\"}," PATH("network", "/proc/4242/ns/net") "," PATH("ipc", "/proc/4242/ns/ipc") ","
				  PATH("uts", "/proc/4242/ns/uts") ",{\"type\":\"mount\"}"), NULL, "" },
	{ "the host's by number", STRICT, NS(PATH("pid", "/proc/77/ns/pid") "," ALL_BUT), "{\"ns\":{\"/proc/77/ns/pid\":\"host\"}}",
	  "deny namespaces.pid /linux/namespaces/0\n" },
	{ "the host's by name, unseen", STRICT, NS(PATH("pid", "/proc/1/ns/pid") "," ALL_BUT),
	  "{\"paths\":{\"/proc/1/ns/pid\":{\"resolved\":null}}}", "deny namespaces.pid /linux/namespaces/0\n" },
	{ "the host's where it is allowed", "{\"namespaces\":{\"pid\":\"host\"}}", NS(PATH("pid", "/proc/1/ns/pid")),
	  "{\"ns\":{\"/proc/1/ns/pid\":\"host\"}}", "" },
	{ "the host's user namespace", "{\"namespaces\":{\"user\":\"host\",\"paths\":[\"**\"]}}", NS(PATH("user", "/proc/9/ns/user")),
	  "{\"ns\":{\"/proc/9/ns/user\":\"host\"}}", "deny namespaces.user /linux/namespaces/0\n" },
	{ "cannot be compared", STRICT, NS(PATH("pid", "/run/netns/x") "," ALL_BUT), "{\"ns\":{\"/run/netns/x\":\"unknown\"}}",
	  "deny namespaces.paths /linux/namespaces/0\n" },
	{ "through a link", STRICT, NS(PATH("pid", "/srv/link") "," ALL_BUT),
	  "{\"paths\":{\"/srv/link\":{\"resolved\":\"/proc/1/ns/pid\"}}}", "deny namespaces.pid /linux/namespaces/0\n" },
	{ "somewhere else", STRICT, NS(PATH("pid", "/srv/ns") "," ALL_BUT), NULL, "deny namespaces.paths /linux/namespaces/0\n" },
	{ "of another type", NEEDED, NS(PATH("user", "/proc/7/ns/net") ",{\"type\":\"cgroup\"}"), NULL,
	  "deny namespaces.paths /linux/namespaces/0\ndeny namespaces.user /linux/namespaces\n" },
	{ "for children", STRICT, NS(PATH("pid", "/proc/7/ns/pid_for_children") "," ALL_BUT), NULL, "" },
	{ "an empty path is a new one", STRICT, NS(PATH("pid", "") "," ALL_BUT), NULL, "" },
	{ "another mount namespace", STRICT,
	  NS("{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"}," PATH("mount", "/proc/5/ns/mnt")), NULL,
	  "deny namespaces.mount /linux/namespaces/4\n" },
};

#define MAP(host, size) "[{\"containerID\":0,\"hostID\":" host ",\"size\":" size "}]"
#define USER(uid, gid) "{\"linux\":{\"namespaces\":[{\"type\":\"user\"},{\"type\":\"cgroup\"}],\"uidMappings\":" uid ",\"gidMappings\":" gid "}}"
#define MAPS "{\"namespaces\":{\"minHostID\":65536,\"paths\":[\"/proc/*/ns/*\"]}}"
static const struct judge_case users[] = {
	{ "mapped high", NEEDED, USER(MAP("65536", "65536"), MAP("65536", "65536")), NULL, "" },
	{ "mapped to root", MAPS, USER(MAP("0", "1"), MAP("65536", "65536")), NULL,
	  "deny namespaces.minHostID /linux/uidMappings/0\n" },
	{ "a second entry", MAPS,
	  USER(MAP("65536", "65536"), "[{\"containerID\":0,\"hostID\":65536,\"size\":1},{\"containerID\":1,\"hostID\":0,\"size\":1}]"),
	  NULL, "deny namespaces.minHostID /linux/gidMappings/1\n" },
	{ "past the last id", MAPS, USER(MAP("4294967294", "2"), MAP("65536", "1")), NULL,
	  "deny namespaces.minHostID /linux/uidMappings/0\n" },
	{ "up to the last id", MAPS, USER(MAP("4294967294", "1"), MAP("65536", "1")), NULL, "" },
	{ "no map", MAPS, NS("{\"type\":\"user\"},{\"type\":\"cgroup\"}"), NULL, "deny namespaces.minHostID /linux/namespaces\n" },
	{ "a mount's map", MAPS, "{\"mounts\":[{\"destination\":\"/v\",\"uidMappings\":" MAP("0", "1") "}]}", NULL,
	  "deny namespaces.minHostID /mounts/0/uidMappings/0\n" },
	{ "none where one is needed", NEEDED, "{}", NULL, "deny namespaces.user /linux/namespaces\n" },
	{ "the engine's, joined", NEEDED, NS(PATH("user", "/proc/7/ns/user") ",{\"type\":\"cgroup\"}"), NULL, "" },
	{ "joined, and it maps the host's users", MAPS, NS(PATH("user", "/proc/7/ns/user") ",{\"type\":\"cgroup\"}"),
	  "{\"ns\":{\"/proc/7/ns/user\":1000}}", "deny namespaces.minHostID /linux/namespaces/0\n" },
	{ "joined, and it maps root", "{\"namespaces\":{\"user\":\"deny\",\"paths\":[\"**\"]}}", NS(PATH("user", "/proc/7/ns/user")),
	  "{\"ns\":{\"/proc/7/ns/user\":0}}", "deny namespaces.user /linux/namespaces\n" },
	{ "joined, and not there", NEEDED, NS(PATH("user", "/proc/7/ns/user") ",{\"type\":\"cgroup\"}"),
	  "{\"paths\":{\"/proc/7/ns/user\":{\"mode\":\"none\"}}}", "deny namespaces.user /linux/namespaces\n" },
	{ "root to root makes nothing safe", "{\"namespaces\":{\"user\":\"deny\"}}", USER(MAP("0", "1"), MAP("0", "1")), NULL,
	  "deny namespaces.user /linux/namespaces\n" },
	{ "without a cgroup namespace (CVE-2023-25809)", MAPS,
	  "{\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":" MAP("65536", "1") ",\"gidMappings\":" MAP("65536", "1") "}}",
	  NULL, "append namespaces.cgroup /linux/namespaces {\"type\":\"cgroup\"}\n" },
};

#define TABLE(name) static void test_##name(void **state) { (void)state; judge_cases(&rv_family_namespaces, name, RV_COUNT(name)); }
TABLE(present)
TABLE(joined)
TABLE(users)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_present),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
