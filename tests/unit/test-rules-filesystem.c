/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define ROOT(path) "{\"root\":{\"path\":\"" path "\"}}"
#define STORAGE "{\"filesystem\":{\"rootPath\":\"storage\"}}"
#define NONSENSITIVE "{\"filesystem\":{\"rootPath\":\"nonsensitive\"},\"mounts\":{\"sensitive\":[\"/etc\",\"/var/lib/docker\"]}}"
static const struct judge_case roots[] = {
	{ "in the bundle", STORAGE, ROOT("rootfs"), NULL, "" },
	{ "docker's overlay", STORAGE, ROOT("/var/lib/docker/overlay2/5f/merged"), NULL, "" },
	{ "docker's overlay, remapped", STORAGE, ROOT("/var/lib/docker/165536.165536/overlay2/5f/merged"), NULL, "" },
	{ "docker over containerd", STORAGE, ROOT("/var/lib/docker/rootfs/overlayfs/5f"), NULL, "" },
	{ "podman's overlay", STORAGE, ROOT("/var/lib/containers/storage/overlay/5f/merged"), NULL, "" },
	{ "podman's vfs", STORAGE, ROOT("/var/lib/containers/storage/vfs/dir/5f"), NULL, "" },
	{ "containerd's task", STORAGE, ROOT("/run/containerd/io.containerd.runtime.v2.task/k8s.io/5f/rootfs"), NULL, "" },
	{ "a layer's content", STORAGE, ROOT("/var/lib/containers/storage/overlay/5f/diff"), NULL, "deny filesystem.rootPath /root/path\n" },
	{ "the storage itself", STORAGE, ROOT("/var/lib/docker"), NULL, "deny filesystem.rootPath /root/path\n" },
	{ "the bundle itself", STORAGE, ROOT("."), NULL, "deny filesystem.rootPath /root/path\n" },
	{ "above the bundle", STORAGE, ROOT("../../.."), NULL, "deny filesystem.rootPath /root/path\n" },
	{ "a link to the host", STORAGE, ROOT("rootfs"), "{\"paths\":{\"rootfs\":{\"resolved\":\"/\"}}}", "deny filesystem.rootPath /root/path\n" },
	{ "in a bundle that is /", STORAGE, ROOT("etc"), "{\"bundle\":\"/\"}", "deny filesystem.rootPath /root/path\n" },
	{ "empty", STORAGE, ROOT(""), NULL, "deny filesystem.rootPath /root/path\n" },
	{ "absent", STORAGE, "{}", NULL, "deny filesystem.rootPath /root/path\n" },
	{ "absent, unjudged", "{}", "{}", NULL, "" },
	{ "anywhere harmless", NONSENSITIVE, ROOT("/srv/alpine"), NULL, "" },
	{ "sensitive", NONSENSITIVE, ROOT("/etc"), NULL, "deny filesystem.rootPath /root/path\n" },
	{ "an engine's, though it lies in a sensitive place", NONSENSITIVE, ROOT("/var/lib/docker/overlay2/5f/merged"), NULL, "" },
};

#define LISTS "{\"filesystem\":{\"maskedPaths\":[\"/proc/kcore\",\"/proc/asound\"],\"readonlyPaths\":[\"/proc/sys\",\"/proc/asound\",\"/proc/bus\"]}}"
static const struct judge_case lists[] = {
	{ "nothing there", LISTS, "{}", NULL,
	  "append filesystem.maskedPaths /linux/maskedPaths \"/proc/kcore\"\n"
	  "append filesystem.maskedPaths /linux/maskedPaths \"/proc/asound\"\n"
	  "append filesystem.readonlyPaths /linux/readonlyPaths \"/proc/sys\"\n"
	  "append filesystem.readonlyPaths /linux/readonlyPaths \"/proc/bus\"\n" },
	{ "some there", LISTS,
	  "{\"linux\":{\"maskedPaths\":[\"/proc/asound\",\"/proc/../proc/kcore\",\"/proc/bus\"],\"readonlyPaths\":[\"/proc/sys\"]}}", NULL,
	  "append filesystem.maskedPaths /linux/maskedPaths \"/proc/kcore\"\n" },
	{ "every processor's counters", "{\"filesystem\":{\"maskedPaths\":[\"/sys/devices/system/cpu/cpu*/thermal_throttle\"]}}",
	  "{\"linux\":{\"maskedPaths\":[\"/sys/devices/system/cpu/cpu1/thermal_throttle\"]}}",
	  "{\"throttles\":[\"/sys/devices/system/cpu/cpu0/thermal_throttle\",\"/sys/devices/system/cpu/cpu1/thermal_throttle\"]}",
	  "append filesystem.maskedPaths /linux/maskedPaths \"/sys/devices/system/cpu/cpu0/thermal_throttle\"\n" },
	{ "and where there are none", "{\"filesystem\":{\"maskedPaths\":[\"/sys/devices/system/cpu/cpu*/thermal_throttle\"]}}", "{}", NULL, "" },
	{ "read-only root", "{\"filesystem\":{\"readOnly\":true}}", ROOT("r"), NULL, "set filesystem.readOnly /root/readonly true\n" },
	{ "read-only already", "{\"filesystem\":{\"readOnly\":true}}", "{\"root\":{\"path\":\"r\",\"readonly\":true}}", NULL, "" },
	{ "tmpfs", "{\"filesystem\":{\"tmpfs\":[\"/tmp\",\"/run\"]},\"mounts\":{\"tmpfsSize\":1024}}",
	  "{\"mounts\":[{\"destination\":\"/tmp/\",\"type\":\"tmpfs\"}]}", NULL,
	  "append filesystem.tmpfs /mounts {\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
	  "[\"nosuid\",\"nodev\",\"noexec\",\"mode=1777\",\"size=1024\"]}\n" },
	{ "a tmpfs of the container's user", "{\"filesystem\":{\"tmpfs\":[\"/run\"]}}",
	  "{\"process\":{\"user\":{\"uid\":33,\"gid\":4}}}", NULL,
	  "append filesystem.tmpfs /mounts {\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
	  "[\"nosuid\",\"nodev\",\"noexec\",\"mode=1777\",\"uid=33\",\"gid=4\"]}\n" },
	{ "tmpfs above other mounts", "{\"filesystem\":{\"tmpfs\":[\"/run\"]}}",
	  "{\"mounts\":[{\"destination\":\"/run/a\",\"type\":\"tmpfs\"},{\"destination\":\"/runner\",\"type\":\"tmpfs\"}]}", NULL,
	  "append filesystem.tmpfs /mounts {\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
	  "[\"nosuid\",\"nodev\",\"noexec\",\"mode=1777\"]}\n"
	  "remove filesystem.tmpfs /mounts/0\n"
	  "append filesystem.tmpfs /mounts {\"destination\":\"/run/a\",\"type\":\"tmpfs\"}\n" },
	{ "tmpfs above what lands there by a link", "{\"filesystem\":{\"tmpfs\":[\"/run\"]}}",
	  "{\"mounts\":[{\"destination\":\"/var/run/a\",\"type\":\"tmpfs\"}]}", "{\"destinations\":{\"/var/run/a\":\"/run/a\"}}",
	  "append filesystem.tmpfs /mounts {\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
	  "[\"nosuid\",\"nodev\",\"noexec\",\"mode=1777\"]}\n"
	  "remove filesystem.tmpfs /mounts/0\n"
	  "append filesystem.tmpfs /mounts {\"destination\":\"/var/run/a\",\"type\":\"tmpfs\"}\n" },
	{ "rshared", "{\"filesystem\":{\"propagation\":\"slave\"}}", "{\"linux\":{\"rootfsPropagation\":\"rshared\"}}", NULL,
	  "set filesystem.propagation /linux/rootfsPropagation \"rslave\"\n" },
	{ "slave", "{\"filesystem\":{\"propagation\":\"private\"}}", "{\"linux\":{\"rootfsPropagation\":\"slave\"}}", NULL,
	  "set filesystem.propagation /linux/rootfsPropagation \"private\"\n" },
	{ "unbindable", "{\"filesystem\":{\"propagation\":\"private\"}}", "{\"linux\":{\"rootfsPropagation\":\"unbindable\"}}", NULL, "" },
};

#define PROTECT "{\"filesystem\":{\"protected\":[\"/etc\",\"/usr/bin\"]}}"
#define IMAGE(mounts) "{\"root\":{\"path\":\"/r\"},\"mounts\":[" mounts "]}"
#define DIRS "{\"rootfs\":{\"dirs\":[\"/etc\",\"/usr/bin\"]}}"
#define ONLY_ETC "{\"rootfs\":{\"dirs\":[\"/etc\"]}}"
#define BOUND(path) "append filesystem.protected /mounts {\"destination\":\"" path "\",\"type\":\"bind\",\"source\":\"/r" path "\",\"options\":[\"bind\",\"ro\"]}\n"
static const struct judge_case protected[] = {
	{ "directories of the image", PROTECT, IMAGE(""), DIRS, BOUND("/etc") BOUND("/usr/bin") },
	{ "one of them is none", PROTECT, IMAGE(""), ONLY_ETC, BOUND("/etc") },
	{ "nobody looked", PROTECT, IMAGE(""), NULL, "" },
	{ "what lies below comes behind", PROTECT, IMAGE("{\"destination\":\"/etc/hosts\",\"type\":\"bind\",\"source\":\"/h\"}"), ONLY_ETC,
	  BOUND("/etc") "remove filesystem.protected /mounts/0\n"
	  "append filesystem.protected /mounts {\"destination\":\"/etc/hosts\",\"type\":\"bind\",\"source\":\"/h\"}\n" },
	{ "mounted by the container", PROTECT, IMAGE("{\"destination\":\"/etc\",\"type\":\"tmpfs\"}"), ONLY_ETC, "" },
	{ "below what the container mounts", PROTECT, IMAGE("{\"destination\":\"/usr\",\"type\":\"tmpfs\"}"), DIRS, BOUND("/etc") },
	{ "below a tmpfs that is supplied", "{\"filesystem\":{\"protected\":[\"/run/x\"],\"tmpfs\":[\"/run\"]}}", IMAGE(""),
	  "{\"rootfs\":{\"dirs\":[\"/run/x\"]}}",
	  "append filesystem.tmpfs /mounts {\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
	  "[\"nosuid\",\"nodev\",\"noexec\",\"mode=1777\"]}\n" },
	{ "a read-only root", PROTECT, "{\"root\":{\"path\":\"/r\",\"readonly\":true}}", DIRS, "" },
	{ "a root that is made read-only", "{\"filesystem\":{\"protected\":[\"/etc\"],\"readOnly\":true}}", IMAGE(""), DIRS,
	  "set filesystem.readOnly /root/readonly true\n" },
};

#define LINKS "{\"filesystem\":{\"links\":\"deny\"}}"
#define CWD(path) "{\"process\":{\"cwd\":\"" path "\",\"user\":{\"uid\":1000}},\"root\":{\"path\":\"r\"}}"
#define RUN(program, uid) "{\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":" uid "},\"args\":[\"" program "\"]},\"root\":{\"path\":\"r\"}}"
static const struct judge_case links[] = {
	{ "a directory", LINKS, CWD("/work"), NULL, "" },
	{ "empty", LINKS, CWD(""), NULL, "deny filesystem.links /process/cwd\n" },
	{ "relative", LINKS, CWD("work"), NULL, "deny filesystem.links /process/cwd\n" },
	{ "a file descriptor", LINKS, CWD("/proc/self/fd/7"), NULL, "deny filesystem.links /process/cwd\n" },
	{ "a file descriptor, by detours", LINKS, CWD("/var/..//dev/./fd/7"), NULL, "deny filesystem.links /process/cwd\n" },
	{ "standard input", LINKS, CWD("/dev/stdin"), NULL, "deny filesystem.links /process/cwd\n" },
	{ "below /sys", LINKS, CWD("/sys/fs"), NULL, "deny filesystem.links /process/cwd\n" },
	{ "a link of the image", LINKS, CWD("/work"), "{\"rootfs\":{\"cwd\":\"/proc/self/fd/8\"}}", "deny filesystem.links /process/cwd\n" },
	{ "leaves the image", LINKS, CWD("/work"), "{\"rootfs\":{\"cwd\":null}}", "deny filesystem.links /process/cwd\n" },
	{ "a root that is not there yet", LINKS, CWD("/work"), "{\"rootfs\":{\"cwd\":null},\"paths\":{\"r\":{\"mode\":\"none\"}}}", "" },
	{ "no process", LINKS, "{\"root\":{\"path\":\"r\"}}", NULL, "deny filesystem.links /process/cwd\n" },
	{ "unjudged", "{}", CWD("/proc/self/fd/7"), NULL, "" },
	{ "a linked /proc", LINKS, CWD("/"), "{\"rootfs\":{\"badDir\":\"/proc\"}}", "deny filesystem.links /root/path\n" },
	{ "a fake null", LINKS, CWD("/"), "{\"rootfs\":{\"devNullFake\":true}}", "deny filesystem.links /root/path\n" },
	{ "a fake null below a tmpfs", LINKS,
	  "{\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1}},\"mounts\":[{\"destination\":\"/dev\",\"type\":\"tmpfs\"}]}",
	  "{\"rootfs\":{\"devNullFake\":true}}", "" },
	{ "a fake null below a volume", LINKS,
	  "{\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1}},\"mounts\":[{\"destination\":\"/dev\",\"source\":\"/v\",\"options\":[\"bind\"]}]}",
	  "{\"rootfs\":{\"devNullFake\":true}}", "deny filesystem.links /root/path\n" },
	{ "the runtime itself, as root", LINKS, RUN("/proc/self/exe", "0"), NULL, "deny filesystem.links /process/args/0\n" },
	{ "the runtime itself, by a descriptor", LINKS, RUN("/proc/thread-self/fd/3", "0"), NULL, "deny filesystem.links /process/args/0\n" },
	{ "the runtime itself, by a link", LINKS, RUN("/bin/app", "0"), "{\"rootfs\":{\"arg0\":\"/proc/self/exe\"}}",
	  "deny filesystem.links /process/args/0\n" },
	{ "the runtime itself, as nobody", LINKS, RUN("/proc/self/exe", "1000"), NULL, "" },
	{ "a user of its own by default is root", LINKS, "{\"process\":{\"cwd\":\"/\",\"args\":[\"/proc/1/exe\"]}}", NULL,
	  "deny filesystem.links /process/args/0\n" },
	{ "a directory is handed over", LINKS, CWD("/"), "{\"directory\":\"/srv\"}", "deny filesystem.links /process\n" },
	{ "a directory is handed over, unjudged", "{}", CWD("/"), "{\"directory\":\"/srv\"}", "" },
	{ "a directory is handed to an exec", LINKS, "{\"cwd\":\"/\",\"args\":[\"sh\"]}", "{\"directory\":\"/\"}",
	  "deny filesystem.links \n", JUDGE_EXEC },
	{ "exec", LINKS, "{\"cwd\":\"/proc/self/fd/7\"}", NULL, "deny filesystem.links /cwd\n", JUDGE_EXEC },
	{ "exec, fine", LINKS, "{\"cwd\":\"/\",\"args\":[\"sh\"]}", NULL, "", JUDGE_EXEC },
};

#define TABLE(name) static void test_##name(void **state) { (void)state; judge_cases(&rv_family_filesystem, name, RV_COUNT(name)); }
TABLE(roots)
TABLE(lists)
TABLE(protected)
TABLE(links)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_protected),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
