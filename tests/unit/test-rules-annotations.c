/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations and whole sections: what a runtime acts on although no other control sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define NOTE(name, value) "{\"annotations\":{\"" name "\":\"" value "\"}}"
#define RULES "{\"annotations\":{\"denied\":[\"bundle\",\"run.oci.*\",\"module.wasm.image/variant\"]," \
	"\"systemd\":[\"TimeoutStopUSec\",\"KillSignal\",\"After\",\"DefaultDependencies\",\"CollectMode\",\"MemoryMax\"],\"violation\":\"remove\"}}"
#define SYSTEMD(property, value) NOTE("org.systemd.property." property, value)
#define TAKEN(property) "remove annotations.systemd /annotations/org.systemd.property." property "\n"
#define UNSAFE(word) "{\"annotations\":{\"unsafe\":\"" word "\",\"violation\":\"remove\"}}"
#define NEW "{\"features\":{\"unsafe\":[\"org.new.thing\",\"org.newer.\",\"org.systemd.property.\",\"io.kubernetes.cri.container-type\"]}}"

static const struct judge_case annotations[] = {
	{ "harmless", RULES, NOTE("io.kubernetes.cri.container-type", "container"), NULL, "" },
	{ "by name", RULES, NOTE("bundle", "/tmp"), NULL, "remove annotations.denied /annotations/bundle\n" },
	{ "by prefix", RULES, NOTE("run.oci.hooks.stdout", "/etc/x"), NULL, "remove annotations.denied /annotations/run.oci.hooks.stdout\n" },
	{ "by prefix, over a slash", RULES, NOTE("run.oci.a/b", ""), NULL, "remove annotations.denied /annotations/run.oci.a~1b\n" },
	{ "with a slash", RULES, NOTE("module.wasm.image/variant", "compat"), NULL,
	  "remove annotations.denied /annotations/module.wasm.image~1variant\n" },
	{ "refused", "{\"annotations\":{\"denied\":[\"bundle\"],\"violation\":\"deny\"}}", NOTE("bundle", ""), NULL,
	  "deny annotations.denied /annotations/bundle\n" },
	{ "podman's", RULES, SYSTEMD("KillSignal", "15"), NULL, "" },
	{ "podman's time", RULES, SYSTEMD("TimeoutStopUSec", "uint64 10000000"), NULL, "" },
	{ "CRI-O's", RULES, SYSTEMD("After", "['crio.service']"), NULL, "" },
	{ "CRI-O's mode", RULES, SYSTEMD("CollectMode", "'inactive-or-failed'"), NULL, "" },
	{ "a command", RULES, SYSTEMD("ExecStartPre", "[('/bin/sh', ['sh'], false)]"), NULL, TAKEN("ExecStartPre") },
	{ "a listed name with a command in it", RULES, SYSTEMD("After", "['x.service', 'y']"), NULL, TAKEN("After") },
	{ "two values", RULES, SYSTEMD("DefaultDependencies", "true\\nfalse"), NULL, TAKEN("DefaultDependencies") },
	{ "listed by the admin, plain", RULES, SYSTEMD("MemoryMax", "uint64 1048576"), NULL, "" },
	{ "listed by the admin, not plain", RULES, SYSTEMD("MemoryMax", "'infinity'"), NULL, TAKEN("MemoryMax") },
	{ "no name", RULES, SYSTEMD("", "1"), NULL, TAKEN("") },
	{ "an exception to a glob", "{\"annotations\":{\"denied\":[\"run.oci.*\",\"!run.oci.keep_original_groups\"]}}",
	  "{\"annotations\":{\"run.oci.keep_original_groups\":\"1\",\"run.oci.handler\":\"krun\"}}", NULL,
	  "remove annotations.denied /annotations/run.oci.handler\n" },
	{ "the runtime's own list", UNSAFE("deny"), NOTE("org.new.thing", ""), NEW, "remove annotations.unsafe /annotations/org.new.thing\n" },
	{ "the runtime's own prefix", UNSAFE("deny"), NOTE("org.newer.a", ""), NEW, "remove annotations.unsafe /annotations/org.newer.a\n" },
	{ "not on its list", UNSAFE("deny"), NOTE("org.new.thing.more", ""), NEW, "" },
	{ "systemd's are judged one by one", RULES, SYSTEMD("KillSignal", "15"), NEW, "" },
	{ "containerd's kind of container", UNSAFE("deny"), NOTE("io.kubernetes.cri.container-type", "container"), NEW, "" },
	{ "unsafe, and allowed", UNSAFE("allow"), NOTE("org.new.thing", ""), NEW, "" },
	{ "unjudged", "{\"annotations\":{\"systemd\":[\"*\"]}}", SYSTEMD("ExecStartPre", "x"), NULL, "" },
};

#define SECTIONS "{\"sections\":{\"denied\":[\"vm\",\"linux.personality\",\"linux.netDevices\"],\"violation\":\"remove\"}}"
static const struct judge_case sections[] = {
	{ "none", SECTIONS, "{\"linux\":{}}", NULL, "" },
	{ "a whole one", SECTIONS, "{\"vm\":{}}", NULL, "remove sections.denied /vm\n" },
	{ "null is none", SECTIONS, "{\"vm\":null}", NULL, "" },
	{ "inside linux", SECTIONS, "{\"linux\":{\"personality\":{\"domain\":\"LINUX32\"},\"netDevices\":{\"eth0\":{}}}}", NULL,
	  "remove sections.denied /linux/personality\nremove sections.denied /linux/netDevices\n" },
	{ "refused", "{\"sections\":{\"denied\":[\"vm\"],\"violation\":\"deny\"}}", "{\"vm\":{\"kernel\":{\"path\":\"/k\"}}}", NULL,
	  "deny sections.denied /vm\n" },
};

static void test_annotations(void **state)
{
	(void)state;
	judge_cases(&rv_family_annotations, annotations, RV_COUNT(annotations));
}

static void test_sections(void **state)
{
	(void)state;
	judge_cases(&rv_family_sections, sections, RV_COUNT(sections));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_annotations), cmocka_unit_test(test_sections) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
