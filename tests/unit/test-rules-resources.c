/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define LIMITS \
	"{\"resources\": {\"oomScoreAdjMin\": -998, \"memoryMax\": 1000, \"memoryDefault\": 500, \"pidsMax\": 100, " \
	"\"pidsDefault\": 50}}"
#define MAX_ONLY "{\"resources\": {\"oomScoreAdjMin\": -998, \"memoryMax\": 1000}}"
#define SHARES	 "{\"resources\": {\"cpuSharesDefault\": 128}}"
#define CHECKED \
	"{\"resources\": {\"oomScoreAdjMin\": -998, \"oomKiller\": true, \"unified\": \"checked\", \"cgroupsPath\": " \
	"\"checked\", " \
	"\"scheduling\": \"checked\", \"pidsMax\": 0}}"
#define RESOURCES(text) "{\"linux\": {\"resources\": {" text "}}}"
#define PIDS_100	"\"pids\": {\"limit\": 100}"

static const struct judge_case limits[] = {
	{ "all missing", LIMITS, "{}",
	  .want = "set resources.memoryDefault /linux/resources/memory/limit 500\nset resources.pidsDefault "
		  "/linux/resources/pids/limit 50\n" },
	{ "no default", MAX_ONLY, "{\"linux\": {\"resources\": {\"memory\": null}}}",
	  .want = "set resources.memoryMax /linux/resources/memory/limit 1000\n" },
	{ "unlimited by -1 and 0", LIMITS, RESOURCES("\"memory\": {\"limit\": -1}, \"pids\": {\"limit\": 0}"),
	  .want = "set resources.memoryDefault /linux/resources/memory/limit 500\nset resources.pidsDefault "
		  "/linux/resources/pids/limit 50\n" },
	{ "too large", LIMITS, RESOURCES("\"memory\": {\"limit\": 1001}, \"pids\": {\"limit\": 101}"),
	  .want = "set resources.memoryMax /linux/resources/memory/limit 1000\nset resources.pidsMax "
		  "/linux/resources/pids/limit 100\n" },
	{ "within", LIMITS, RESOURCES("\"memory\": {\"limit\": 1000}, " PIDS_100), .want = "" },
	{ "as much swap as before", LIMITS, RESOURCES("\"memory\": {\"limit\": 3000, \"swap\": 3500}, " PIDS_100),
	  .want = "set resources.memoryMax /linux/resources/memory/limit 1000\nset resources.memoryMax "
		  "/linux/resources/memory/swap 1500\n" },
	{ "the pause container", LIMITS, "{}", "{\"sandbox\": true}", "" },
	{ "no cpu shares", SHARES, "{}", .want = "set resources.cpuSharesDefault /linux/resources/cpu/shares 128\n" },
	{ "shares 0 are none", SHARES, RESOURCES("\"cpu\": {\"shares\": 0, \"quota\": -1}"),
	  .want = "set resources.cpuSharesDefault /linux/resources/cpu/shares 128\n" },
	{ "shares", SHARES, RESOURCES("\"cpu\": {\"shares\": 2}"), .want = "" },
	{ "a quota", SHARES, RESOURCES("\"cpu\": {\"quota\": 10000}"), .want = "" },
	{ "update: too large", LIMITS, "{\"memory\": {\"limit\": 2000}, \"pids\": {\"limit\": -1}}",
	  .want = "set resources.memoryMax /memory/limit 1000\nset resources.pidsMax /pids/limit 100\n", .kind = JUDGE_UPDATE },
	{ "update: unlimited", MAX_ONLY, "{\"memory\": {\"limit\": -1}}",
	  .want = "set resources.memoryMax /memory/limit 1000\n", .kind = JUDGE_UPDATE },
	{ "update: nothing is supplied", LIMITS, "{\"memory\": {\"limit\": 0}, \"cpu\": {\"shares\": 5}}", .want = "",
	  .kind = JUDGE_UPDATE },
};

static const struct judge_case unified[] = {
	{ "any", "{}", RESOURCES("\"unified\": {\"../x\": \"max\"}"), .want = "" },
	{ "plain", CHECKED, RESOURCES("\"unified\": {\"memory.high\": \"100\", \"io.weight\": \"default 5\"}"), .want = "" },
	{ "out of the cgroup", CHECKED, RESOURCES("\"unified\": {\"../memory.max\": \"1\", \"a/b\": \"1\"}"),
	  .want = "remove resources.unified /linux/resources/unified/..~1memory.max\nremove resources.unified "
		  "/linux/resources/unified/a~1b\n" },
	{ "the cgroup itself", CHECKED, RESOURCES("\"unified\": {\"cgroup.procs\": \"1\"}"),
	  .want = "remove resources.unified /linux/resources/unified/cgroup.procs\n" },
	{ "a limit taken away", CHECKED, RESOURCES("\"unified\": {\"memory.max\": \"max\"}"),
	  .want = "remove resources.unified /linux/resources/unified/memory.max\n" },
	{ "a limit gone around", "{\"resources\": {\"unified\": \"checked\", \"memoryMax\": 1000}}",
	  RESOURCES("\"memory\": {\"limit\": 1}, \"unified\": {\"memory.max\": \"1001\"}"),
	  .want = "remove resources.unified /linux/resources/unified/memory.max\n" },
	{ "deny", "{\"resources\": {\"unified\": \"deny\"}}", RESOURCES("\"unified\": {\"io.weight\": \"5\"}"),
	  .want = "remove resources.unified /linux/resources/unified/io.weight\n" },
	{ "update", CHECKED, "{\"unified\": {\"memory.max\": \"max\"}}",
	  .want = "remove resources.unified /unified/memory.max\n", .kind = JUDGE_UPDATE },
	{ "no killer", CHECKED, RESOURCES("\"memory\": {\"disableOOMKiller\": true}"),
	  .want = "remove resources.oomKiller /linux/resources/memory/disableOOMKiller\n" },
};

#define CGROUP(path) "{\"linux\": {\"cgroupsPath\": \"" path "\"}}"
#define REFUSED	     "deny resources.cgroupsPath /linux/cgroupsPath\n"

static const struct judge_case cgroup[] = {
	{ "none", CHECKED, "{\"linux\": {\"cgroupsPath\": \"\"}}", .want = "" },
	{ "containerd", CHECKED, CGROUP("/default/c1"), .want = "" },
	{ "kubelet", CHECKED, CGROUP("/kubepods/besteffort/pod1/c1"), .want = "" },
	{ "docker", CHECKED, CGROUP("/docker/c1"), .want = "" },
	{ "runc's own", CHECKED, CGROUP("c1"), .want = "" },
	{ "systemd", CHECKED, CGROUP("system.slice:docker:c1"), .want = "" },
	{ "systemd below a pod", CHECKED, CGROUP("kubepods-besteffort-pod1.slice:cri-containerd:c1"), .want = "" },
	{ "a slice of systemd's, not its own", CHECKED, CGROUP("/system.slice/c1.scope"), .want = "" },
	{ "upwards", CHECKED, CGROUP("../../../../escape"), .want = REFUSED },
	{ "upwards inside", CHECKED, CGROUP("/docker/../x/y"), .want = REFUSED },
	{ "upwards for systemd", CHECKED, CGROUP("system.slice:..:c1"), .want = REFUSED },
	{ "dots in a name", CHECKED, CGROUP("/docker/a..b"), .want = "" },
	{ "the root", CHECKED, CGROUP("/"), .want = REFUSED },
	{ "the root again", CHECKED, CGROUP("//./"), .want = REFUSED },
	{ "init", CHECKED, CGROUP("/init.scope"), .want = REFUSED },
	{ "system", CHECKED, CGROUP("system.slice/"), .want = REFUSED },
	{ "users", CHECKED, CGROUP("/user.slice"), .want = REFUSED },
	{ "no slice", CHECKED, CGROUP("::x"), .want = REFUSED },
	{ "the root slice", CHECKED, CGROUP("-.slice:x:c1"), .want = REFUSED },
	{ "any", "{}", CGROUP("/init.scope"), .want = "" },
	{ "another's", CHECKED, CGROUP("/docker/c1"), "{\"cgroupTaken\": true}", REFUSED },
	{ "another's, unjudged", "{}", CGROUP("/docker/c1"), "{\"cgroupTaken\": true}", "" },
	{ "no cgroup at all", CHECKED, "{}", "{\"noCgroups\": true}", REFUSED },
	{ "no cgroup at all, of an ordinary user", CHECKED, "{}", "{\"noCgroups\": true, \"caller\": 1000}", "" },
	{ "no cgroup at all, unjudged", "{}", "{}", "{\"noCgroups\": true}", "" },
};

#define PROCESS(text) "{\"process\": {" text "}}"

static const struct judge_case scheduling[] = {
	{ "never killed", CHECKED, PROCESS("\"oomScoreAdj\": -1000"),
	  .want = "set resources.oomScoreAdjMin /process/oomScoreAdj -998\n" },
	{ "the kubelet's", CHECKED, PROCESS("\"oomScoreAdj\": -997"), .want = "" },
	{ "real time", CHECKED, PROCESS("\"scheduler\": {\"policy\": \"SCHED_FIFO\", \"priority\": 99}"),
	  .want = "remove resources.scheduling /process/scheduler\n" },
	{ "no class", CHECKED, PROCESS("\"scheduler\": {\"nice\": 3}"),
	  .want = "remove resources.scheduling /process/scheduler\n" },
	{ "first in line", CHECKED, PROCESS("\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"nice\": -20}"),
	  .want = "set resources.scheduling /process/scheduler/nice 0\n" },
	{ "last in line", CHECKED, PROCESS("\"scheduler\": {\"policy\": \"SCHED_BATCH\", \"nice\": 19}"), .want = "" },
	{ "disk in real time", CHECKED, PROCESS("\"ioPriority\": {\"class\": \"IOPRIO_CLASS_RT\", \"priority\": 0}"),
	  .want = "remove resources.scheduling /process/ioPriority\n" },
	{ "disk when idle", CHECKED, PROCESS("\"ioPriority\": {\"class\": \"IOPRIO_CLASS_IDLE\", \"priority\": 0}"),
	  .want = "" },
	{ "deny", "{\"resources\": {\"scheduling\": \"deny\"}}", PROCESS("\"scheduler\": {\"policy\": \"SCHED_IDLE\"}"),
	  .want = "remove resources.scheduling /process/scheduler\n" },
	{ "exec: not before the container", CHECKED, "{\"oomScoreAdj\": 0, \"execCPUAffinity\": {\"initial\": \"0\"}}",
	  "{\"container\": {\"process\": {\"oomScoreAdj\": 900}}}",
	  "set resources.oomScoreAdjMin /oomScoreAdj 900\nremove resources.scheduling /execCPUAffinity\n", JUDGE_EXEC },
	{ "exec: where the container may run", CHECKED, "{\"execCPUAffinity\": {\"initial\": \"0\"}}",
	  "{\"container\": {\"process\": {\"execCPUAffinity\": {\"initial\": \"1\"}}}}",
	  "set resources.scheduling /execCPUAffinity {\"initial\": \"1\"}\n", JUDGE_EXEC },
};

static void test_limits(void **state)
{
	(void)state;
	judge_cases(&rv_family_resources, limits, RV_COUNT(limits));
}

static void test_unified(void **state)
{
	(void)state;
	judge_cases(&rv_family_resources, unified, RV_COUNT(unified));
}

static void test_cgroup(void **state)
{
	(void)state;
	judge_cases(&rv_family_resources, cgroup, RV_COUNT(cgroup));
}

static void test_scheduling(void **state)
{
	(void)state;
	judge_cases(&rv_family_resources, scheduling, RV_COUNT(scheduling));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_unified),
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_scheduling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
