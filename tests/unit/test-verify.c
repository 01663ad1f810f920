/* SPDX-License-Identifier: Apache-2.0 */
/* What reeve-hook takes and what it stops, as tables of (what was judged, what is mounted). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <cmocka.h>

#include "reeve/event.h"
#include "state.h"
#include "verify.h"

#define ROOTFS "/c/rootfs"
#define TREE(at, root, minor, ino) "{\"at\":\"" at "\",\"root\":\"" root "\",\"major\":8,\"minor\":" #minor ",\"ino\":" #ino "}"
#define ROOT_TREES "\"trees\":[" TREE("", "/img", 1, 10) "]"
#define MOUNT(destination, more) "{\"destination\":\"" destination "\",\"ro\":0,\"open\":false," more "}"
#define BIND(destination) MOUNT(destination, "\"trees\":[" TREE("", "/srv/a", 1, 20) "]")
#define RBIND(destination) \
	MOUNT(destination, "\"trees\":[" TREE("", "/srv/a", 1, 20) "," TREE("/sub", "/", 2, 30) "]")
#define FRESH(destination, type) MOUNT(destination, "\"type\":\"" type "\",\"trees\":[]")

/* The host's own, then the rootfs over itself. */
#define HOST "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:1 /img " ROOTFS " rw - ext4 /dev/a rw\n"
#define AT(id, parent, dev, root, point, type) #id " " #parent " " dev " " root " " ROOTFS point " rw - " type " x rw\n"
#define SRV AT(3, 2, "8:1", "/srv/a", "/data", "ext4")

struct verify_case {
	const char *name, *mounts, *mountinfo;
	const char *error;	/* how it begins; NULL: taken */
	bool foreign;
};

static const struct verify_case cases[] = {
	{ "nothing but the root", "", HOST, NULL },
	{ "a bind", BIND("/data"), HOST SRV, NULL },
	{ "another place of the same file system", BIND("/data"), HOST AT(3, 2, "8:1", "/srv/b", "/data", "ext4"),
	  "/data is not what was judged" },
	{ "the same place of another file system", BIND("/data"), HOST AT(3, 2, "8:9", "/srv/a", "/data", "ext4"),
	  "/data is not what was judged" },
	{ "the same name, another inode", BIND("/other"), HOST AT(3, 2, "8:1", "/srv/a", "/other", "ext4"),
	  "/other is not what was judged" },
	{ "where inodes do not last", BIND("/other"), HOST AT(3, 2, "8:1", "/srv/a", "/other", "fuse.sshfs"), NULL },
	{ "where nobody was asked for one", MOUNT("/other", "\"trees\":[" TREE("", "/srv/a", 1, 0) "]"),
	  HOST AT(3, 2, "8:1", "/srv/a", "/other", "nfs4"), NULL },
	{ "at another destination", BIND("/data"), HOST AT(3, 2, "8:1", "/srv/a", "/etc", "ext4"),
	  "nothing that the document asks for is mounted at /data" },
	{ "not mounted at all", BIND("/data"), HOST, "nothing that the document asks for is mounted at /data" },
	{ "twice where once is judged", BIND("/data"), HOST AT(4, 2, "8:1", "/srv/a", "/data", "ext4") AT(3, 4, "8:1", "/srv/a", "/data", "ext4"),
	  NULL },
	{ "one over the other, both judged", BIND("/hidden") "," FRESH("/hidden", "tmpfs"),
	  HOST AT(3, 2, "8:1", "/srv/a", "/hidden", "ext4") AT(4, 3, "0:9", "/", "/hidden", "tmpfs"), NULL },
	{ "one over what lay below another", RBIND("/data") "," FRESH("/data/sub", "tmpfs"),
	  HOST SRV AT(5, 3, "8:2", "/", "/data/sub", "ext4") AT(4, 5, "0:9", "/", "/data/sub", "tmpfs"), NULL },
	{ "one over the other, one judged", BIND("/hidden"),
	  HOST AT(3, 2, "8:1", "/srv/a", "/hidden", "ext4") AT(4, 3, "0:9", "/", "/hidden", "tmpfs"),
	  "/hidden is a mount that was not judged" },
	{ "an automount below what it waited for", RBIND("/data"),
	  HOST SRV AT(5, 3, "0:30", "/", "/data/sub", "autofs") AT(4, 5, "8:2", "/", "/data/sub", "ext4"), NULL },
	{ "an automount over it", RBIND("/data"),
	  HOST SRV AT(5, 3, "8:2", "/", "/data/sub", "ext4") AT(4, 5, "0:30", "/", "/data/sub", "autofs"),
	  "/data/sub is a mount that was not judged" },
	{ "below a directory that is mounted over", FRESH("/data", "tmpfs"),
	  HOST AT(5, 2, "8:3", "/", "/data/sub", "ext4") AT(3, 2, "0:9", "/", "/data", "tmpfs"), NULL },
	{ "below the way, not over it", BIND("/data"), HOST SRV AT(5, 2, "8:3", "/", "/data/sub", "ext4"), NULL },
	{ "on the host, at the same name", BIND("/data"), "1 0 8:1 / / rw - ext4 x rw\n" AT(3, 1, "8:1", "/srv/a", "/data", "ext4")
	  "2 1 8:1 /img " ROOTFS " rw - ext4 x rw\n", "nothing that the document asks for is mounted at /data" },
	{ "with what lay below", RBIND("/data"), HOST SRV AT(4, 3, "8:2", "/", "/data/sub", "ext4"), NULL },
	{ "what lay below is gone", RBIND("/data"), HOST SRV, NULL },
	{ "something else came below", RBIND("/data"), HOST SRV AT(4, 3, "8:3", "/", "/data/sub", "ext4"),
	  "/data/sub is a mount that was not judged" },
	{ "something more came below", RBIND("/data"), HOST SRV AT(4, 3, "8:3", "/", "/data/new", "ext4"),
	  "/data/new is a mount that was not judged" },
	{ "where mounts may come at any time", "{\"destination\":\"/data\",\"ro\":0,\"open\":true,\"trees\":["
	  TREE("", "/srv/a", 1, 20) "]}", HOST SRV AT(4, 3, "8:3", "/", "/data/new", "ext4"), NULL },
	{ "read-only as judged", "{\"destination\":\"/data\",\"ro\":1,\"open\":false,\"trees\":[" TREE("", "/srv/a", 1, 20) "]}",
	  HOST "3 2 8:1 /srv/a " ROOTFS "/data ro,nosuid - ext4 x rw\n", NULL },
	{ "writable, judged read-only", "{\"destination\":\"/data\",\"ro\":1,\"open\":false,\"trees\":[" TREE("", "/srv/a", 1, 20) "]}",
	  HOST SRV, "/data is writable" },
	{ "writable below, judged read-only throughout",
	  "{\"destination\":\"/data\",\"ro\":2,\"open\":false,\"trees\":[" TREE("", "/srv/a", 1, 20) "," TREE("/sub", "/", 2, 30) "]}",
	  HOST "3 2 8:1 /srv/a " ROOTFS "/data ro - ext4 x rw\n" AT(4, 3, "8:2", "/", "/data/sub", "ext4"), "/data/sub is writable" },
	{ "fresh ones", FRESH("/proc", "proc") "," FRESH("/nfs", "nfs"),
	  HOST AT(3, 2, "0:9", "/", "/proc", "proc") AT(4, 2, "0:10", "/", "/nfs", "nfs4"), NULL },
	{ "a bind in place of a fresh one", FRESH("/tmp", "tmpfs"), HOST AT(3, 2, "0:9", "/host", "/tmp", "tmpfs"),
	  "/tmp is tmpfs /host instead of a new tmpfs" },
	{ "another type in place of a fresh one", FRESH("/proc", "proc"), HOST AT(3, 2, "0:9", "/", "/proc", "ext4"),
	  "/proc is ext4 / instead of a new proc" },
	{ "a type without a name", FRESH("/x", ""), HOST AT(3, 2, "0:9", "/", "/x", "ext4"), "/x is ext4" },
	{ "control groups of version 1", FRESH("/sys/fs/cgroup", "cgroup"),
	  HOST AT(3, 2, "0:9", "/", "/sys/fs/cgroup", "tmpfs") AT(4, 3, "0:10", "/box", "/sys/fs/cgroup/cpu", "cgroup"), NULL },
	{ "something else among them", FRESH("/sys/fs/cgroup", "cgroup"),
	  HOST AT(3, 2, "0:9", "/", "/sys/fs/cgroup", "tmpfs") AT(4, 3, "8:1", "/etc", "/sys/fs/cgroup/cpu", "ext4"),
	  "/sys/fs/cgroup/cpu is a mount that was not judged" },
	{ "the host's sysfs with what hangs in it", FRESH("/sys", "sysfs"),
	  HOST AT(3, 2, "0:9", "/", "/sys", "sysfs") AT(4, 3, "0:10", "/", "/sys/kernel/security", "securityfs"), NULL },
	{ "a device", FRESH("/dev", "tmpfs"),
	  HOST AT(3, 2, "0:9", "/", "/dev", "tmpfs") AT(4, 3, "0:5", "/null", "/dev/null", "devtmpfs"), NULL },
	{ "another device under its name", FRESH("/dev", "tmpfs"),
	  HOST AT(3, 2, "0:9", "/", "/dev", "tmpfs") AT(4, 3, "0:5", "/sda", "/dev/full", "devtmpfs"),
	  "/dev/full is a mount that was not judged" },
	{ "runc's own for sd_notify", "", HOST AT(3, 2, "0:9", "/runc/box/notify", "/run/notify", "tmpfs"), NULL },
	{ "somebody's for sd_notify", "", HOST AT(3, 2, "0:9", "/evil/notify", "/run/notify", "tmpfs"),
	  "/run/notify is a mount that was not judged" },
	{ "of a hook that ran before", "", HOST AT(3, 2, "8:1", "/usr/lib/gpu", "/usr/lib/gpu", "ext4"), NULL, .foreign = true },
	{ "of a hook that ran before, in a volume", BIND("/data"), HOST SRV AT(4, 3, "8:1", "/usr/lib/gpu", "/data/gpu", "ext4"),
	  "/data/gpu is a mount that was not judged", .foreign = true },
	{ "of nobody", "", HOST AT(3, 2, "8:1", "/usr/lib/gpu", "/usr/lib/gpu", "ext4"), "/usr/lib/gpu is a mount that was not judged" },
	{ "another root file system", "", "1 0 8:1 / / rw - ext4 x rw\n2 1 8:1 /evil " ROOTFS " rw - ext4 x rw\n",
	  ROOTFS " is not what was judged" },
	{ "no root file system", "", "1 0 8:1 / / rw - ext4 x rw\n", "nothing is mounted at the root file system" },
	{ "beside the root, beginning like it", "", HOST "3 1 8:3 / " ROOTFS "2 rw - ext4 x rw\n", NULL },
	{ "a mount before its parent", RBIND("/data"), "1 0 8:1 / / rw - ext4 x rw\n" AT(4, 3, "8:2", "/", "/data/sub", "ext4") SRV
	  "2 1 8:1 /img " ROOTFS " rw - ext4 x rw\n", NULL },
	{ "one that is its own parent", "", HOST AT(7, 7, "8:1", "/x", "/x", "ext4"), NULL },
};

/* Files of the container: what lies on which mount. */
static int look(void *ctx, const char *path, struct rv_place *out)
{
	const struct {
		const char *path;
		struct rv_place place;
	} places[] = {
		{ "/", { .mount = 2, .ino = 10, .mode = S_IFDIR } },
		{ "/data", { .mount = 3, .ino = 20, .mode = S_IFDIR } },
		{ "/data/sub", { .mount = 4, .ino = 30, .mode = S_IFDIR } },
		{ "/other", { .mount = 3, .ino = 21, .mode = S_IFDIR } },
		{ "/hidden", { .mount = 4, .ino = 1, .mode = S_IFDIR } },
		{ "/dev/null", { .mount = 4, .ino = 1, .mode = S_IFCHR, .rdev = makedev(1, 3) } },
		{ "/dev/full", { .mount = 4, .ino = 1, .mode = S_IFBLK, .rdev = makedev(8, 0) } },
	};

	(void)ctx;
	for (size_t i = 0; i < RV_COUNT(places); i++) {
		if (strcmp(places[i].path, path) != 0)
			continue;
		*out = places[i].place;
		return 0;
	}
	return ENOENT;
}

static int namespaces(void *ctx, const char *type, struct rv_view_ns *out)
{
	(void)ctx;
	if (!strcmp(type, "time"))
		return EACCES;
	*out = (struct rv_view_ns){ .dev = 4, .ino = strcmp(type, "uts") ? 100 : 7, .own_dev = 4, .own_ino = 7 };
	return 0;
}

static int verify(const char *text, const char *mountinfo, struct rv_err *err)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autojson doc = { 0 };
	struct rv_view view = { .look = look, .ns = namespaces, .uid_map = " 0 1000 1\n 1 100000 65536\n", .gid_map = "0 0 1\n" };
	struct rv_judged judged;
	int rc = rv_json_parse(&doc, text, strlen(text), RV_JSON_MAX, 0, err);

	if (rc == 0)
		rc = rv_judged_read(&judged, &doc, &arena, err);
	if (rc == 0)
		rc = rv_mountinfo_parse(mountinfo, strlen(mountinfo), &arena, &view.mounts, err);
	return rc == 0 ? rv_verify(&judged, &view, &arena, err) : rc;
}

#define HEAD "{\"format\":2,\"id\":\"box\",\"bundle\":\"/b\",\"log\":\"/l\",\"record\":{},"
#define TAIL(ns, uids, gids) "\"namespaces\":[" ns "],\"uids\":[" uids "],\"gids\":[" gids "],\"compared\":true}"

static void test_mounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		struct rv_err err = RV_ERR_INIT;
		char text[4096];
		int rc;

		snprintf(text, sizeof(text),
			 HEAD "\"rootfs\":\"" ROOTFS "\",\"root\":" MOUNT("/", ROOT_TREES) ",\"mounts\":[%s],"
			 "\"devices\":[{\"path\":\"/dev/null\",\"block\":false,\"major\":1,\"minor\":3},"
			 "{\"path\":\"/dev/full\",\"block\":false,\"major\":1,\"minor\":7}],\"foreign\":%s," TAIL("", "", ""),
			 cases[i].mounts, cases[i].foreign ? "true" : "false");
		rc = verify(text, cases[i].mountinfo, &err);
		if (cases[i].error ? rc != -RV_EDENIED || strncmp(err.msg, cases[i].error, strlen(cases[i].error)) != 0 : rc != 0)
			fail_msg("%s: %d %s", cases[i].name, rc, err.msg);
	}
}

static void test_namespaces(void **state)
{
	static const struct {
		const char *ns, *uids, *gids, *error;
	} wanted[] = {
		{ "{\"type\":\"network\"}", "", "", NULL },
		{ "{\"type\":\"uts\"}", "", "", "the uts namespace is the host's" },
		{ "{\"type\":\"network\",\"major\":0,\"minor\":4,\"ino\":100}", "", "", NULL },
		{ "{\"type\":\"network\",\"major\":0,\"minor\":4,\"ino\":101}", "", "", "the network namespace is not the one" },
		{ "{\"type\":\"network\",\"major\":0,\"minor\":5,\"ino\":100}", "", "", "the network namespace is not the one" },
		{ "{\"type\":\"time\"}", "", "", "cannot look at the time namespace" },
		{ "{\"type\":\"cgroup\"}", "", "", NULL },
		{ "", "{\"inside\":1,\"outside\":100000,\"count\":65536},{\"inside\":0,\"outside\":1000,\"count\":1}", "", NULL },
		{ "", "{\"inside\":0,\"outside\":1000,\"count\":1}", "", "the user namespace has other id maps" },
		{ "", "", "{\"inside\":0,\"outside\":1,\"count\":1}", "the user namespace has other id maps" },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(wanted); i++) {
		struct rv_err err = RV_ERR_INIT;
		char text[1024];
		int rc;

		snprintf(text, sizeof(text), HEAD TAIL("%s", "%s", "%s"), wanted[i].ns, wanted[i].uids, wanted[i].gids);
		rc = verify(text, "", &err);
		if (wanted[i].error ? rc == 0 || strncmp(err.msg, wanted[i].error, strlen(wanted[i].error)) != 0 : rc != 0)
			fail_msg("%s: %d %s", wanted[i].ns, rc, err.msg);
	}
}

#define RULES "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const uint8_t actions[] = { RV_ACTION_OFF, RV_ACTION_ALERT, RV_ACTION_STOP };

static struct rv_judged_monitor monitor(const char **hook, const char **egress)
{
	return (struct rv_judged_monitor){
		.rules = RULES, .required = true, .learn = true, .flags = RV_C_CAPS | RV_C_EGRESS, .ceiling = UINT64_MAX, .facts = 512,
		.action = actions, .action_count = RV_COUNT(actions), .hook = hook, .hook_count = 1, .egress = egress, .egress_count = 1,
		.grace_until = 1795300000, .grace_freeze = true, .reports = "/r", .start = "off", .tier = "base", .syscalls = 61,
	};
}

static int write_and_read(const struct rv_judged *in, struct rv_judged *out, struct rv_json_doc *doc, struct rv_arena *arena,
			  struct rv_err *err)
{
	rv_autobuf text = { 0 };
	int rc;

	rv_judged_write(in, &text);
	rc = rv_json_parse(doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, err);
	return rc < 0 ? rc : rv_judged_read(out, doc, arena, err);
}

static void test_monitor(void **state)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	const char *hook[] = { "/usr/bin/hook" }, *egress[] = { "10.0.0.0/8:443/tcp" };
	struct rv_judged out, in = { .id = "x", .bundle = "/b", .log = "/l", .record_text = "{}", .monitored = true };
	const struct rv_judged_monitor *m = &out.monitor;
	rv_autojson doc = { 0 };
	struct rv_err err;

	(void)state;
	in.monitor = monitor(hook, egress);
	assert_int_equal(write_and_read(&in, &out, &doc, &arena, &err), 0);
	assert_true(out.monitored && !out.compared && m->required && m->learn && m->grace_freeze);
	assert_true(m->flags == in.monitor.flags && m->ceiling == UINT64_MAX && m->facts == 512 && m->grace_until == 1795300000);
	assert_int_equal(m->action_count, RV_COUNT(actions));
	assert_memory_equal(m->action, actions, sizeof(actions));
	assert_true(m->hook_count == 1 && m->egress_count == 1 && m->ingress_count == 0 && m->syscalls == 61);
	assert_string_equal(m->hook[0], hook[0]);
	assert_string_equal(m->egress[0], egress[0]);
	assert_string_equal(m->rules, RULES);
}

/* Nothing is entered in the kernel that reeve would not have written. */
static void test_bad_monitor(void **state)
{
	static const uint8_t none[] = { RV_ACTIONS };
	const char *hook[] = { "/usr/bin/hook" }, *egress[] = { "10.0.0.0/8" };
	struct rv_judged out, in = { .id = "x", .bundle = "/b", .log = "/l", .record_text = "{}", .monitored = true };

	(void)state;
	for (int i = 0; i < 5; i++) {
		RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
		rv_autojson doc = { 0 };
		struct rv_err err = RV_ERR_INIT;

		in.monitor = monitor(hook, egress);
		if (i == 0)
			in.monitor.rules = "0123";
		if (i == 1)
			in.monitor.start = "now";
		if (i == 2)
			in.monitor.tier = "lsm";
		if (i == 3)
			in.monitor.reports = "reports";
		if (i == 4) {
			in.monitor.action = none;
			in.monitor.action_count = 1;
		}
		assert_int_equal(write_and_read(&in, &out, &doc, &arena, &err), -RV_EDOCUMENT);
	}
}

/* What is written is read as it was. */
static void test_file(void **state)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_judged_tree tree = { "", "/a \"b\"", makedev(253, 70000), UINT64_MAX };
	struct rv_judged_mount mount = { "/d", NULL, RV_JUDGED_RO, true, &tree, 1 };
	struct rv_judged_namespace ns[] = { { "pid", false, 0, 0 }, { "network", true, makedev(0, 4), 4026531840 } };
	struct rv_judged_map map = { 0, 100000, 65536 };
	struct rv_judged_device device = { "/dev/null", false, 1, 3 };
	struct rv_judged in = { .id = "x", .bundle = "/b", .log = "/l", .record_text = "{\"action\":\"run\"}\n", .mounts_known = true,
				.rootfs = "/r", .root = { "/", NULL, RV_JUDGED_RW, false, &tree, 1 }, .mount = &mount, .mount_count = 1,
				.device = &device, .device_count = 1, .foreign = true, .ns = ns, .ns_count = 2,
				.uids = { &map, 1 } };
	struct rv_judged out;
	rv_autobuf text = { 0 };
	rv_autojson doc = { 0 };
	struct rv_err err;

	(void)state;
	rv_judged_write(&in, &text);
	assert_int_equal(rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, &err), 0);
	assert_int_equal(rv_judged_read(&out, &doc, &arena, &err), 0);
	assert_string_equal(out.id, "x");
	assert_string_equal(rv_json_str(rv_json_get(out.record, "action")), "run");
	assert_true(out.mounts_known && out.foreign && out.mount_count == 1 && out.ns_count == 2 && out.device_count == 1);
	assert_true(out.mount[0].open && out.mount[0].ro == RV_JUDGED_RO && !out.mount[0].type);
	assert_string_equal(out.mount[0].tree[0].root, tree.root);
	assert_true(out.mount[0].tree[0].dev == tree.dev && out.mount[0].tree[0].ino == UINT64_MAX);
	assert_true(!out.ns[0].joined && out.ns[1].joined && out.ns[1].ino == 4026531840 && out.ns[1].dev == makedev(0, 4));
	assert_true(out.uids.count == 1 && out.uids.item[0].outside == 100000 && out.gids.count == 0);
}

/* Anything that is missing or of another type is said by its name. */
static void test_bad_file(void **state)
{
	static const char *const bad[] = {
		"[]", "{}", "{\"format\":1}", HEAD TAIL("{}", "", ""), HEAD TAIL("", "{\"inside\":-1}", ""),
		HEAD "\"rootfs\":\"/r\"," TAIL("", "", ""), HEAD "\"rootfs\":1," TAIL("", "", ""),
		HEAD TAIL("{\"type\":\"pid\",\"ino\":1}", "", ""),
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(bad); i++) {
		struct rv_err err = RV_ERR_INIT;

		assert_int_equal(verify(bad[i], "", &err), -RV_EDOCUMENT);
		assert_non_null(strstr(err.msg, "is not what this version of reeve writes"));
	}
}

static void test_state(void **state)
{
	static const struct {
		const char *text;
		int pid;
	} states[] = {
		{ "{\"ociVersion\":\"1.0\",\"id\":\"x\",\"pid\":7,\"root\":\"r\",\"bundle\":\"/b\",\"status\":\"created\"}", 7 },
		{ "{\"id\":\"x\",\"pid\":0,\"bundle\":\"/b\"}", 0 },
		{ "{\"id\":\"x\",\"pid\":-1,\"bundle\":\"/b\"}", 0 },
		{ "{\"id\":\"x\",\"pid\":2147483648,\"bundle\":\"/b\"}", 0 },
		{ "{\"id\":\"x\",\"pid\":7}", 0 },
		{ "{\"id\":\"x\",\"id\":\"y\",\"pid\":7,\"bundle\":\"/b\"}", 0 },
		{ "{\"id\":\"x\",\"pid\":7,\"bundle\":\"/b\"} {}", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(states); i++) {
		rv_autojson doc = { 0 };
		struct rv_oci_state got = { 0 };
		struct rv_err err;
		int rc = rv_oci_state_parse(states[i].text, strlen(states[i].text), &doc, &got, &err);

		assert_int_equal(rc == 0 ? got.pid : 0, states[i].pid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts),	 cmocka_unit_test(test_namespaces), cmocka_unit_test(test_file),
		cmocka_unit_test(test_bad_file), cmocka_unit_test(test_state),	    cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_bad_monitor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
