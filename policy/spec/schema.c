/* SPDX-License-Identifier: Apache-2.0 */
#include "reeve/spec.h"

/* Each member once, by the type that the runtime-spec gives it. The integer ranges are those that runc and crun both take. */
#define BOOL(n)		   { .name = n, .kind = RV_KIND_BOOL }
#define STRING(n)	   { .name = n, .kind = RV_KIND_STRING }
#define STRINGS(n)	   { .name = n, .kind = RV_KIND_STRINGS }
#define CAPABILITIES(n)	   { .name = n, .kind = RV_KIND_CAPABILITIES }
#define ENVIRONMENT(n)	   { .name = n, .kind = RV_KIND_ENVIRONMENT }
#define INT(n, lo, hi)	   { .name = n, .kind = RV_KIND_INT, .min = lo, .max = hi }
#define INTS(n, lo, hi)	   { .name = n, .kind = RV_KIND_INTS, .min = lo, .max = hi }
#define U16(n)		   INT(n, 0, UINT16_MAX)
#define U32(n)		   INT(n, 0, UINT32_MAX)
/* crun <= 1.8 and the kernel take 4294967295 for "leave as it is": uid 4294967295 ran as root (measured). */
#define ID_MAX		   (UINT32_MAX - 1)
#define ID(n)		   INT(n, 0, ID_MAX)
#define U64(n)		   INT(n, 0, UINT64_MAX)
#define I32(n)		   INT(n, INT32_MIN, INT32_MAX)
#define I64(n)		   INT(n, INT64_MIN, INT64_MAX)
#define OBJECT(n, o)	   { .name = n, .kind = RV_KIND_OBJECT, .of = &(o) }
#define NEEDED(n, o)	   { .name = n, .kind = RV_KIND_OBJECT, .of = &(o), .not_null = true }
#define OBJECTS(n, o)	   { .name = n, .kind = RV_KIND_OBJECTS, .of = &(o) }
#define MAP_STRING(n)	   { .name = n, .kind = RV_KIND_MAP_STRING }
#define MAP_OBJECT(n, o)   { .name = n, .kind = RV_KIND_MAP_OBJECT, .of = &(o) }
#define DEFINE(id, called, ...)                                                          \
	static const struct rv_member id##_members[] = { __VA_ARGS__, { .name = NULL } }; \
	static const struct rv_object id = { called, id##_members }

/* ---- process (config.md, "Process" and "POSIX process") ---- */

DEFINE(console_size, "consoleSize", U32("height"), U32("width"));
DEFINE(user, "user", ID("uid"), ID("gid"), U32("umask"), INTS("additionalGids", 0, ID_MAX), STRING("username"));
DEFINE(capabilities, "capabilities", CAPABILITIES("bounding"), CAPABILITIES("effective"), CAPABILITIES("inheritable"),
       CAPABILITIES("permitted"), CAPABILITIES("ambient"));
DEFINE(rlimit, "rlimit", STRING("type"), U64("hard"), U64("soft"));
DEFINE(scheduler, "scheduler", STRING("policy"), I32("nice"), I32("priority"), STRINGS("flags"), U64("runtime"), U64("deadline"),
       U64("period"));
DEFINE(io_priority, "ioPriority", STRING("class"), I32("priority"));
DEFINE(exec_cpu_affinity, "execCPUAffinity", STRING("initial"), STRING("final"));

static const struct rv_member process_members[] = {
	BOOL("terminal"),
	OBJECT("consoleSize", console_size),
	NEEDED("user", user),
	STRINGS("args"),
	STRING("commandLine"),
	ENVIRONMENT("env"),
	STRING("cwd"),
	OBJECT("capabilities", capabilities),
	OBJECTS("rlimits", rlimit),
	BOOL("noNewPrivileges"),
	STRING("apparmorProfile"),
	I32("oomScoreAdj"),
	OBJECT("scheduler", scheduler),
	STRING("selinuxLabel"),
	OBJECT("ioPriority", io_priority),
	OBJECT("execCPUAffinity", exec_cpu_affinity),
	{ .name = NULL },
};
const struct rv_object rv_spec_process = { "process", process_members };

/* ---- root, mounts, hooks (config.md) ---- */

DEFINE(root, "root", STRING("path"), BOOL("readonly"));
DEFINE(id_mapping, "id mapping", U32("containerID"), U32("hostID"), U32("size"));
DEFINE(mount, "mount", STRING("destination"), STRING("type"), STRING("source"), STRINGS("options"),
       OBJECTS("uidMappings", id_mapping), OBJECTS("gidMappings", id_mapping));
/*
 * Of empty args runc makes the path, crun an empty string. Of a variable that is there twice runc hands on the last to a hook,
 * crun both, and the first counts then (measured). For the process both take the last.
 */
DEFINE(hook, "hook", STRING("path"), { .name = "args", .kind = RV_KIND_STRINGS, .not_empty = true },
       { .name = "env", .kind = RV_KIND_ENVIRONMENT, .unique = true }, INT("timeout", 1, INT32_MAX));
DEFINE(hooks, "hooks", OBJECTS("prestart", hook), OBJECTS("createRuntime", hook), OBJECTS("createContainer", hook),
       OBJECTS("startContainer", hook), OBJECTS("poststart", hook), OBJECTS("poststop", hook));

/* ---- linux.resources (config-linux.md, "Control groups") ---- */

DEFINE(device_rule, "device rule", BOOL("allow"), STRING("type"), I64("major"), I64("minor"), STRING("access"));
DEFINE(memory, "memory", I64("limit"), I64("reservation"), I64("swap"), I64("kernel"), I64("kernelTCP"), U64("swappiness"),
       BOOL("disableOOMKiller"), BOOL("useHierarchy"), BOOL("checkBeforeUpdate"));
DEFINE(cpu, "cpu", U64("shares"), I64("quota"), U64("burst"), U64("period"), I64("realtimeRuntime"), U64("realtimePeriod"),
       STRING("cpus"), STRING("mems"), I64("idle"));
DEFINE(pids, "pids", I64("limit"));
DEFINE(weight_device, "weight device", I64("major"), I64("minor"), U16("weight"), U16("leafWeight"));
DEFINE(throttle_device, "throttle device", I64("major"), I64("minor"), U64("rate"));
DEFINE(block_io, "blockIO", U16("weight"), U16("leafWeight"), OBJECTS("weightDevice", weight_device),
       OBJECTS("throttleReadBpsDevice", throttle_device), OBJECTS("throttleWriteBpsDevice", throttle_device),
       OBJECTS("throttleReadIOPSDevice", throttle_device), OBJECTS("throttleWriteIOPSDevice", throttle_device));
DEFINE(hugepage_limit, "hugepage limit", STRING("pageSize"), U64("limit"));
DEFINE(interface_priority, "interface priority", STRING("name"), U32("priority"));
DEFINE(network, "network", U32("classID"), OBJECTS("priorities", interface_priority));
DEFINE(rdma, "rdma", U32("hcaHandles"), U32("hcaObjects"));

static const struct rv_member resources_members[] = {
	OBJECTS("devices", device_rule),
	OBJECT("memory", memory),
	OBJECT("cpu", cpu),
	OBJECT("pids", pids),
	OBJECT("blockIO", block_io),
	OBJECTS("hugepageLimits", hugepage_limit),
	OBJECT("network", network),
	MAP_OBJECT("rdma", rdma),
	MAP_STRING("unified"),
	{ .name = NULL },
};
const struct rv_object rv_spec_resources = { "resources", resources_members };

/* ---- linux.seccomp ---- */

DEFINE(seccomp_arg, "seccomp argument", U32("index"), U64("value"), U64("valueTwo"), STRING("op"));
DEFINE(seccomp_call, "seccomp rule", STRINGS("names"), STRING("action"), U32("errnoRet"), OBJECTS("args", seccomp_arg));
DEFINE(seccomp, "seccomp", STRING("defaultAction"), U32("defaultErrnoRet"), STRINGS("architectures"), STRINGS("flags"),
       STRING("listenerPath"), STRING("listenerMetadata"), OBJECTS("syscalls", seccomp_call));

/* ---- linux (config-linux.md) ---- */

DEFINE(namespace, "namespace", STRING("type"), STRING("path"));
DEFINE(device, "device", STRING("path"), STRING("type"), I64("major"), I64("minor"), U32("fileMode"), ID("uid"), ID("gid"));
DEFINE(net_device, "network device", STRING("name"));
DEFINE(intel_rdt, "intelRdt", STRING("closID"), STRINGS("schemata"), STRING("l3CacheSchema"), STRING("memBwSchema"),
       BOOL("enableCMT"), BOOL("enableMBM"), BOOL("enableMonitoring"));
DEFINE(memory_policy, "memoryPolicy", STRING("mode"), STRING("nodes"), STRINGS("flags"));
DEFINE(personality, "personality", STRING("domain"), STRINGS("flags"));
DEFINE(time_offset, "time offset", I64("secs"), U32("nanosecs"));
DEFINE(linux_part, "linux",
       OBJECTS("uidMappings", id_mapping),
       OBJECTS("gidMappings", id_mapping),
       MAP_STRING("sysctl"),
       OBJECT("resources", rv_spec_resources),
       STRING("cgroupsPath"),
       OBJECTS("namespaces", namespace),
       OBJECTS("devices", device),
       MAP_OBJECT("netDevices", net_device),
       OBJECT("seccomp", seccomp),
       STRING("rootfsPropagation"),
       STRINGS("maskedPaths"),
       STRINGS("readonlyPaths"),
       STRING("mountLabel"),
       OBJECT("intelRdt", intel_rdt),
       OBJECT("memoryPolicy", memory_policy),
       OBJECT("personality", personality),
       MAP_OBJECT("timeOffsets", time_offset));

/* ---- config.json ---- */

static const struct rv_member config_members[] = {
	STRING("ociVersion"),
	NEEDED("process", rv_spec_process),
	NEEDED("root", root),
	STRING("hostname"),
	STRING("domainname"),
	/* each is looked for among those before it */
	{ .name = "mounts", .kind = RV_KIND_OBJECTS, .of = &mount, .most = 4096 },
	OBJECT("hooks", hooks),
	MAP_STRING("annotations"),
	NEEDED("linux", linux_part),
	/* Other platforms: objects whose members are theirs. */
	{ .name = "vm", .kind = RV_KIND_OBJECT },
	{ .name = "windows", .kind = RV_KIND_OBJECT },
	{ .name = "solaris", .kind = RV_KIND_OBJECT },
	{ .name = "zos", .kind = RV_KIND_OBJECT },
	{ .name = "freebsd", .kind = RV_KIND_OBJECT },
	{ .name = NULL },
};
const struct rv_object rv_spec_config = { "config.json", config_members };
