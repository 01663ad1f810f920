/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "judge.h"

#define POD "/var/lib/kubelet/pods/c3d0a5d4-8a3e"
#define VOLUME POD "/volumes/kubernetes.io~empty-dir/v"
#define GUARDED "{\"mounts\":{\"hostPath\":\"none\",\"violation\":\"deny\",\"propagation\":\"slave\",\"destinations\":\"guarded\"," \
	"\"types\":[\"proc\",\"sysfs\",\"tmpfs\",\"devpts\",\"mqueue\",\"cgroup\",\"cgroup2\"],\"volumes\":[\"*\"]," \
	"\"readOnlyTypes\":[\"sysfs\",\"cgroup\",\"cgroup2\"]}}"
#define OPEN(more) "{\"mounts\":{\"hostPath\":\"nonsensitive\",\"violation\":\"deny\",\"types\":[\"tmpfs\"],\"sensitive\":" \
	"[\"/etc\",\"/run\",\"/home/*/.ssh\",\"/root/**/key\",\"/\"]" more "}}"
#define BIND(source, destination, options) \
	"{\"mounts\":[{\"destination\":\"" destination "\",\"source\":\"" source "\",\"type\":\"bind\",\"options\":[" options "]}]}"
#define FS(type, destination, options) \
	"{\"mounts\":[{\"destination\":\"" destination "\",\"source\":\"x\",\"type\":\"" type "\",\"options\":[" options "]}]}"
#define RB "\"rbind\",\"rprivate\""

static const struct judge_case sources[] = {
	{ "a kubelet volume", GUARDED, BIND(VOLUME, "/v", RB), NULL, "" },
	{ "below a volume", GUARDED, BIND(VOLUME "/a/b", "/v", RB), NULL, "" },
	{ "the plug-in's directory is no volume", GUARDED, BIND(POD "/volumes/kubernetes.io~empty-dir", "/v", RB), NULL,
	  "deny mounts.hostPath /mounts/0\n" },
	{ "a whole pod", GUARDED, BIND(POD, "/v", RB), NULL, "deny mounts.hostPath /mounts/0\n" },
	{ "etc-hosts", GUARDED, BIND(POD "/etc-hosts", "/etc/hosts", RB), "{\"paths\":{\"" POD "/etc-hosts\":{\"mode\":\"file\"}}}", "" },
	{ "sandbox shm", GUARDED,
	  BIND("/run/containerd/io.containerd.grpc.v1.cri/sandboxes/a1/shm", "/dev/shm", RB), NULL, "" },
	{ "the sandbox itself", GUARDED, BIND("/run/containerd/io.containerd.grpc.v1.cri/sandboxes/a1", "/s", RB), NULL,
	  "deny mounts.hostPath /mounts/0\n" },
	{ "docker volume", GUARDED, BIND("/var/lib/docker/volumes/pg/_data", "/v", RB), NULL, "" },
	{ "docker volume under userns-remap", GUARDED, BIND("/var/lib/docker/1000.1000/volumes/pg/_data", "/v", RB), NULL, "" },
	{ "docker's volumes are nothing to podman", GUARDED, BIND("/var/lib/docker/volumes/pg/_data", "/v", RB),
	  "{\"engine\":\"podman\"}", "deny mounts.hostPath /mounts/0\n" },
	{ "a secret of its own", GUARDED, BIND("/var/lib/docker/containers/c1/mounts/secrets/key", "/run/secrets/key", RB),
	  "{\"engine\":\"docker\",\"id\":\"c1\"}", "" },
	{ "a secret of another container", GUARDED, BIND("/var/lib/docker/containers/c2/mounts/secrets/key", "/run/secrets/key", RB),
	  "{\"engine\":\"docker\",\"id\":\"c1\"}", "deny mounts.hostPath /mounts/0\n" },
	{ "podman's secrets of another container", GUARDED,
	  BIND("/run/containers/storage/overlay-containers/5f/userdata/run/secrets", "/run/secrets", RB),
	  "{\"engine\":\"podman\",\"id\":\"5e\"}", "deny mounts.hostPath /mounts/0\n" },
	{ "podman userdata", GUARDED,
	  BIND("/run/containers/storage/overlay-containers/5f/userdata/.containerenv", "/run/.containerenv", "\"bind\""), NULL, "" },
	{ "podman's own files in userdata", GUARDED,
	  BIND("/run/containers/storage/overlay-containers/5f/userdata/config.json", "/c", "\"bind\""), NULL,
	  "deny mounts.hostPath /mounts/0\n" },
	{ "rootless podman's", GUARDED, BIND("/run/user/1000/containers/overlay-containers/5f/userdata/hosts", "/etc/hosts", "\"bind\""),
	  "{\"caller\":1000}", "" },
	{ "another user's podman's", GUARDED, BIND("/run/user/1001/containers/overlay-containers/5f/userdata/hosts", "/etc/hosts", "\"bind\""),
	  "{\"caller\":1000}", "deny mounts.hostPath /mounts/0\n" },
	{ "a user's podman's, asked by root", GUARDED, BIND("/home/a/.local/share/containers/storage/volumes/v/_data", "/v", "\"bind\""),
	  NULL, "deny mounts.hostPath /mounts/0\n" },
	{ "a user's volume", GUARDED, BIND("/home/a/.local/share/containers/storage/volumes/v/_data", "/v", "\"bind\""),
	  "{\"caller\":1000}", "" },
	{ "another pod's secret", GUARDED,
	  "{\"mounts\":[{\"destination\":\"/dev/termination-log\",\"source\":\"" POD "/containers/app/0\",\"type\":\"bind\","
	  "\"options\":[\"rbind\"]},{\"destination\":\"/s\",\"source\":\"/var/lib/kubelet/pods/other/volumes/kubernetes.io~secret/t\","
	  "\"type\":\"bind\",\"options\":[\"rbind\"]}]}", NULL, "deny mounts.hostPath /mounts/1\n" },
	{ "a volume that is a link to /", GUARDED, BIND(VOLUME, "/v", RB), "{\"paths\":{\"" VOLUME "\":{\"resolved\":\"/\"}}}",
	  "deny mounts.hostPath /mounts/0\n" },
	{ "a volume that is a socket", GUARDED, BIND(VOLUME, "/v", RB), "{\"paths\":{\"" VOLUME "\":{\"mode\":\"sock\"}}}",
	  "deny mounts.hostPath /mounts/0\n" },
	{ "cannot be resolved", GUARDED, BIND(VOLUME, "/v", RB), "{\"paths\":{\"" VOLUME "\":{\"resolved\":null}}}",
	  "deny mounts.hostPath /mounts/0\n" },
	{ "empty source", GUARDED, BIND("", "/v", RB), NULL, "deny mounts.hostPath /mounts/0\n" },
	{ "a host path", GUARDED, BIND("/srv/data", "/v", RB), NULL, "deny mounts.hostPath /mounts/0\n" },
	{ "bind without the type", GUARDED, "{\"mounts\":[{\"destination\":\"/h\",\"source\":\"/\",\"type\":\"tmpfs\",\"options\":[\"bind\"]}]}",
	  NULL, "deny mounts.hostPath /mounts/0\n" },
	{ "type bind without the option", GUARDED, BIND("/", "/h", ""), NULL, "deny mounts.hostPath /mounts/0\n" },
	{ "docker-init read-only", GUARDED, BIND("/usr/bin/docker-init", "/sbin/docker-init", "\"bind\",\"ro\""), NULL, "" },
	{ "docker-init writable", GUARDED, BIND("/usr/bin/docker-init", "/sbin/docker-init", "\"bind\""), NULL,
	  "deny mounts.hostPath /mounts/0\n" },
	{ "plug-in not listed", "{\"mounts\":{\"hostPath\":\"none\",\"violation\":\"remove\",\"volumes\":[\"kubernetes.io~secret\"]}}",
	  BIND(VOLUME, "/v", RB), NULL, "remove mounts.volumes /mounts/0\n" },
	{ "anything", "{\"mounts\":{\"types\":[\"*\"]}}", BIND("/run/docker.sock", "proc/../sys", "\"bind\",\"rshared\",\"ro\",\"rw\""), NULL,
	  "" },
};

static const struct judge_case nonsensitive[] = {
	{ "a plain directory", OPEN(""), BIND("/srv/data", "/v", RB), NULL, "" },
	{ "sensitive", OPEN(""), BIND("/etc", "/v", RB), NULL, "deny mounts.sensitive /mounts/0\n" },
	{ "below sensitive", OPEN(""), BIND("/etc/cron.d", "/v", RB), NULL, "deny mounts.sensitive /mounts/0\n" },
	{ "above sensitive", OPEN(""), BIND("/home", "/v", RB), NULL, "deny mounts.sensitive /mounts/0\n" },
	{ "above sensitive, below its wildcard", OPEN(""), BIND("/home/a", "/v", RB), NULL, "deny mounts.sensitive /mounts/0\n" },
	{ "beside sensitive", OPEN(""), BIND("/home/a/src", "/v", RB), NULL, "" },
	{ "may hold sensitive", OPEN(""), BIND("/root/x", "/v", RB), NULL, "deny mounts.sensitive /mounts/0\n" },
	{ "a name that only begins so", OPEN(""), BIND("/etcetera", "/v", RB), NULL, "" },
	{ "the root", OPEN(""), BIND("/", "/v", RB), NULL, "deny mounts.sensitive /mounts/0\n" },
	{ "a relative source", OPEN(""), BIND("../../../etc", "/v", RB), NULL, "deny mounts.sensitive /mounts/0\n" },
	{ "a socket anywhere", OPEN(""), BIND("/srv/s", "/v", RB), "{\"paths\":{\"/srv/s\":{\"mode\":\"sock\"}}}",
	  "deny mounts.hostPath /mounts/0\n" },
	{ "a socket below an allowed directory", OPEN(",\"allowed\":[{\"source\":\"/srv\",\"access\":\"rw\"}]"), BIND("/srv/s", "/v", RB),
	  "{\"paths\":{\"/srv/s\":{\"mode\":\"sock\"}}}", "deny mounts.hostPath /mounts/0\n" },
	{ "a socket by its name", OPEN(",\"allowed\":[{\"source\":\"/srv/*\",\"access\":\"rw\"}]"), BIND("/srv/s", "/v", RB),
	  "{\"paths\":{\"/srv/s\":{\"mode\":\"sock\"}}}", "" },
	{ "a device", OPEN(""), BIND("/srv/d", "/v", RB), "{\"paths\":{\"/srv/d\":{\"mode\":\"blk\",\"rdev\":[8,0]}}}",
	  "deny mounts.hostPath /mounts/0\n" },
	{ "a device that is allowed", "{\"mounts\":{\"hostPath\":\"nonsensitive\"},\"devices\":{\"allowed\":[\"c 1:3 rwm\"]}}",
	  BIND("/dev/null", "/v", RB), "{\"paths\":{\"/dev/null\":{\"mode\":\"chr\",\"rdev\":[1,3]}}}", "" },
	{ "allowed below", OPEN(",\"allowed\":[{\"source\":\"/etc\",\"access\":\"rw\"}]"), BIND("/etc/x", "/v", RB), NULL, "" },
	{ "allowed below an engine's directory", OPEN(",\"allowed\":[{\"source\":\"{kubelet}/plugins\",\"access\":\"rw\"}]"),
	  BIND("/var/lib/kubelet/plugins/x", "/v", RB), NULL, "" },
	{ "beside it", OPEN(",\"allowed\":[{\"source\":\"{kubelet}/plugins\",\"access\":\"rw\"}]"),
	  BIND("/var/lib/kubelet/plugins_registry", "/v", RB), NULL, "deny mounts.sensitive /mounts/0\n" },
	{ "allowed read-only, asked writable", OPEN(",\"allowed\":[{\"source\":\"/etc\",\"access\":\"ro\"}]"),
	  BIND("/etc", "/v", "\"bind\",\"rw\""), NULL, "set mounts.allowed /mounts/0/options [\"bind\",\"ro\"]\n" },
	{ "allowed read-only with what is below", OPEN(",\"allowed\":[{\"source\":\"/etc\",\"access\":\"ro\"}]"),
	  BIND("/etc", "/v", "\"rbind\",\"ro\""), NULL, "set mounts.allowed /mounts/0/options [\"rbind\",\"ro\",\"rro\"]\n" },
	{ "an entry takes nothing away", OPEN(",\"allowed\":[{\"source\":\"/srv\",\"access\":\"ro\"}]"), BIND("/srv/data", "/v", RB), NULL, "" },
	{ "forced on a runtime that would drop it", "{\"mounts\":{\"hostPath\":\"any\",\"forcedOptions\":[\"rnosuid\"]}}",
	  BIND("/srv", "/v", "\"rbind\""), "{\"version\":\"1.0.3\"}", "deny mounts.forcedOptions /mounts/0\n" },
	{ "rro needs Linux 5.12", OPEN(",\"allowed\":[{\"source\":\"/etc\",\"access\":\"ro\"}]"),
	  BIND("/etc", "/v", "\"rbind\",\"ro\""), "{\"kernel\":[5,11]}",
	  "set mounts.allowed /mounts/0/options [\"ro\",\"bind\"]\n" },
	{ "and a runtime that knows it", OPEN(",\"allowed\":[{\"source\":\"/etc\",\"access\":\"ro\"}]"),
	  BIND("/etc", "/v", "\"rbind\",\"ro\",\"rro\""), "{\"version\":\"1.0.3\"}",
	  "set mounts.allowed /mounts/0/options [\"ro\",\"rro\",\"bind\"]\n" },
	{ "the looser of two entries", OPEN(",\"allowed\":[{\"source\":\"/etc\",\"access\":\"ro\"},{\"source\":\"/etc/a\",\"access\":\"rw\"}]"),
	  BIND("/etc/a", "/v", "\"bind\""), NULL, "" },
	{ "allowed /* is not /", OPEN(",\"allowed\":[{\"source\":\"/*\",\"access\":\"rw\"}]"), BIND("/", "/v", RB), NULL,
	  "deny mounts.sensitive /mounts/0\n" },
};

static const struct judge_case destinations[] = {
	{ "the engines' own", GUARDED,
	  "{\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
	  "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"nosuid\"]},"
	  "{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\"},"
	  "{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\"},"
	  "{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\"},"
	  "{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\",\"options\":[\"ro\"]},"
	  "{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\",\"options\":[\"ro\"]},"
	  "{\"destination\":\"/dev/termination-log\",\"type\":\"bind\",\"source\":\"" POD "/containers/a/0\",\"options\":[\"bind\"]},"
	  "{\"destination\":\"/run/x\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}]}", NULL, "" },
	{ "over the root", GUARDED, FS("tmpfs", "/", ""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "relative", GUARDED, FS("tmpfs", "x", ""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "empty", GUARDED, FS("tmpfs", "", ""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "dot dot", GUARDED, FS("tmpfs", "/a/../b", ""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "dots in a name", GUARDED, FS("tmpfs", "/a..b/..c", ""), NULL, "" },
	{ "doubled slashes", GUARDED, FS("proc", "//proc/.", ""), NULL, "" },
	{ "a second procfs", GUARDED, FS("proc", "/mnt", ""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "sysfs elsewhere", GUARDED, FS("sysfs", "/mnt", "\"ro\""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "tmpfs over a masked path", GUARDED, FS("tmpfs", "/proc/kcore", ""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "tmpfs at /sys", GUARDED, FS("tmpfs", "/sys", ""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "a volume at /proc", GUARDED, BIND(VOLUME, "/proc", RB), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "a volume at /dev", GUARDED, BIND(VOLUME, "/dev", RB), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "a volume at /dev/console", GUARDED, BIND(VOLUME, "/dev/console", RB), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "a link in the image", GUARDED, BIND(VOLUME, "/app/sys", RB), "{\"destinations\":{\"/app/sys\":\"/proc/sys\"}}",
	  "deny mounts.destinations /mounts/0\n" },
	{ "a link out of the image", GUARDED, BIND(VOLUME, "/work", RB), "{\"destinations\":{\"/work\":null}}",
	  "deny mounts.destinations /mounts/0\n" },
	{ "lxcfs", "{\"mounts\":{\"hostPath\":\"none\",\"destinations\":\"guarded\",\"allowed\":[{\"source\":\"/var/lib/lxcfs/proc\"}]}}",
	  BIND("/var/lib/lxcfs/proc/stat", "/proc/stat", "\"bind\",\"ro\""), NULL, "" },
	{ "lxcfs where it has no file", "{\"mounts\":{\"destinations\":\"guarded\",\"allowed\":[{\"source\":\"/var/lib/lxcfs/proc\"}]}}",
	  BIND("/var/lib/lxcfs/proc/stat", "/proc/sys/x", "\"bind\",\"ro\""), NULL, "remove mounts.destinations /mounts/0\n" },
	{ "a volume over /proc/stat", GUARDED, BIND(VOLUME, "/proc/stat", "\"bind\",\"ro\""), NULL, "deny mounts.destinations /mounts/0\n" },
	{ "an allowed source at its own place",
	  "{\"mounts\":{\"hostPath\":\"none\",\"destinations\":\"guarded\",\"allowed\":[{\"source\":\"/dev/dri\",\"access\":\"rw\"}]}}",
	  BIND("/dev/dri", "/dev/dri", "\"bind\""), NULL, "" },
};

static const struct judge_case types[] = {
	{ "a disk", GUARDED, FS("ext4", "/m", ""), NULL, "deny mounts.types /mounts/0\n" },
	{ "an overlay", GUARDED, FS("overlay", "/m", "\"lowerdir=/etc\""), NULL, "deny mounts.types /mounts/0\n" },
	{ "capitals are a bind still", GUARDED, FS("BIND", "/m", ""), NULL, "deny mounts.hostPath /mounts/0\n" },
	{ "a tmpfs that another rule supplies",
	  "{\"mounts\":{\"violation\":\"deny\",\"readOnlyTypes\":[\"tmpfs\"]},\"filesystem\":{\"tmpfs\":[\"/tmp\"]}}",
	  FS("tmpfs", "/tmp", ""), NULL, "" },
	{ "no type", GUARDED, "{\"mounts\":[{\"destination\":\"/m\"}]}", NULL, "deny mounts.types /mounts/0\n" },
	{ "sysfs made read-only", GUARDED, FS("sysfs", "/sys", "\"nosuid\",\"rw\""), NULL,
	  "set mounts.readOnlyTypes /mounts/0/options [\"nosuid\",\"ro\"]\n" },
	{ "cgroup without options", GUARDED, "{\"mounts\":[{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup2\",\"source\":\"cgroup\"}]}",
	  NULL, "set mounts.readOnlyTypes /mounts/0/options [\"ro\"]\n" },
};

static const struct judge_case options[] = {
	{ "rshared", GUARDED, BIND(VOLUME, "/v", "\"rbind\",\"rshared\",\"rw\""), NULL,
	  "set mounts.propagation /mounts/0/options [\"rbind\",\"rslave\",\"rw\"]\n" },
	{ "shared on a tmpfs", "{\"mounts\":{\"propagation\":\"private\",\"types\":[\"tmpfs\"]}}", FS("tmpfs", "/t", "\"shared\",\"rslave\""),
	  NULL, "set mounts.propagation /mounts/0/options [\"private\",\"rprivate\"]\n" },
	{ "a stronger one by an entry",
	  "{\"mounts\":{\"propagation\":\"private\",\"hostPath\":\"none\",\"allowed\":[{\"source\":\"/s\",\"access\":\"rw\",\"propagation\":\"slave\"}]}}",
	  BIND("/s", "/v", "\"bind\",\"rshared\""), NULL, "set mounts.propagation /mounts/0/options [\"bind\",\"rslave\"]\n" },
	{ "ro and rw", GUARDED, BIND(VOLUME, "/v", "\"bind\",\"ro\",\"rw\""), NULL,
	  "set mounts.deniedOptions /mounts/0/options [\"bind\",\"ro\"]\n" },
	{ "ro and rrw", GUARDED, BIND(VOLUME, "/v", "\"bind\",\"ro\",\"rrw\""), NULL,
	  "set mounts.deniedOptions /mounts/0/options [\"bind\",\"ro\"]\n" },
	{ "suid against nosuid", GUARDED, FS("tmpfs", "/t", "\"suid\",\"nosuid\""), NULL,
	  "set mounts.deniedOptions /mounts/0/options [\"nosuid\"]\n" },
	{ "denied", "{\"mounts\":{\"types\":[\"tmpfs\"],\"deniedOptions\":[\"suid\",\"dev\"]}}", FS("tmpfs", "/t", "\"suid\",\"noexec\",\"dev\""),
	  NULL, "set mounts.deniedOptions /mounts/0/options [\"noexec\"]\n" },
	{ "forced on a volume", "{\"mounts\":{\"forcedOptions\":[\"nosuid\",\"noexec\"]}}", BIND(VOLUME, "/v", "\"rbind\",\"exec\",\"nosuid\""),
	  NULL, "set mounts.forcedOptions /mounts/0/options [\"rbind\",\"nosuid\",\"noexec\"]\n" },
	{ "not forced on the engine's files", "{\"mounts\":{\"forcedOptions\":[\"noexec\"]}}", BIND(POD "/etc-hosts", "/etc/hosts", "\"bind\""),
	  NULL, "" },
	{ "id maps as an option", "{\"namespaces\":{\"minHostID\":65536},\"mounts\":{\"violation\":\"deny\"}}",
	  BIND(VOLUME, "/v", "\"bind\",\"idmap=uids=0-0-1\""), NULL, "deny namespaces.minHostID /mounts/0\n" },
};

#define SIZED "{\"mounts\":{\"types\":[\"tmpfs\"],\"tmpfsSize\":1048576}}"
#define RESIZED "set mounts.tmpfsSize /mounts/0/options [\"size=1048576\"]\n"
static const struct judge_case sizes[] = {
	{ "within, bytes", SIZED, FS("tmpfs", "/t", "\"size=1048576\""), NULL, "" },
	{ "within, suffix", SIZED, FS("tmpfs", "/t", "\"size=1m\""), NULL, "" },
	{ "within, capital suffix", SIZED, FS("tmpfs", "/t", "\"size=1024K\""), NULL, "" },
	{ "above", SIZED, FS("tmpfs", "/t", "\"size=1048577\""), NULL, RESIZED },
	{ "above, suffix", SIZED, FS("tmpfs", "/t", "\"size=2M\""), NULL, RESIZED },
	{ "wraps", SIZED, FS("tmpfs", "/t", "\"size=17592186044416m\""), NULL, RESIZED },
	{ "none", SIZED, FS("tmpfs", "/t", ""), NULL, RESIZED },
	{ "no limit", SIZED, FS("tmpfs", "/t", "\"size=0\""), NULL, RESIZED },
	{ "percentage", SIZED, FS("tmpfs", "/t", "\"size=100%\""), NULL, RESIZED },
	{ "the last one counts", SIZED, FS("tmpfs", "/t", "\"size=1k\",\"size=4m\""), NULL, RESIZED },
	{ "blocks", SIZED, FS("tmpfs", "/t", "\"size=1k\",\"nr_blocks=0\""), NULL, RESIZED },
	{ "hidden behind a comma", SIZED, FS("tmpfs", "/t", "\"mode=755,size=1g\""), NULL, RESIZED },
	{ "octal and hexadecimal", SIZED, FS("tmpfs", "/t", "\"size=0x100000\""), NULL, RESIZED },
	{ "no tmpfs", SIZED, BIND(VOLUME, "/t", "\"bind\""), NULL, "" },
};

#define NESTED "{\"mounts\":{\"nested\":\"deny\",\"types\":[\"*\"]}}"
#define TWO(a, aopt, b) "{\"mounts\":[{\"destination\":\"" b "\",\"source\":\"" VOLUME "2\",\"options\":[\"bind\"]}," \
	"{\"destination\":\"" a "\",\"source\":\"" VOLUME "\",\"options\":[\"bind\"" aopt "]}]}"
static const struct judge_case nested[] = {
	{ "inside", NESTED, TWO("/vol", "", "/vol/a/b"), NULL, "deny mounts.nested /mounts/0/destination\n" },
	{ "inside a read-only one", NESTED, TWO("/vol", ",\"ro\"", "/vol/a"), NULL, "" },
	{ "beside", NESTED, TWO("/vol", "", "/vol-a"), NULL, "" },
	{ "the same place", NESTED, TWO("/vol", "", "/vol"), NULL, "" },
	{ "past a sibling that sorts between", NESTED,
	  "{\"mounts\":[{\"destination\":\"/vol\",\"source\":\"" VOLUME "\",\"options\":[\"bind\"]},"
	  "{\"destination\":\"/vol-x\",\"source\":\"" POD "/etc-hosts\",\"options\":[\"bind\"]},"
	  "{\"destination\":\"/vol/y\",\"source\":\"" POD "/etc-hosts\",\"options\":[\"bind\"]}]}", NULL,
	  "deny mounts.nested /mounts/2/destination\n" },
	{ "allowed", "{}", TWO("/vol", "", "/vol/a"), NULL, "" },
};

#define TABLE(name) static void test_##name(void **state) { (void)state; judge_cases(&rv_family_mounts, name, RV_COUNT(name)); }
TABLE(sources)
TABLE(nonsensitive)
TABLE(destinations)
TABLE(types)
TABLE(options)
TABLE(sizes)
TABLE(nested)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources), cmocka_unit_test(test_nonsensitive), cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_types),	cmocka_unit_test(test_options),	     cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
