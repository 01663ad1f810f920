/* SPDX-License-Identifier: Apache-2.0 */
/* shim/facts and shim/identity: what is found out about a document's paths, namespaces, hooks and origin. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "document.h"
#include "facts.h"
#include "tree.h"
#include "usermap.h"

static char top[PATH_MAX];
static struct rv_policies *policies;

/* A document and its facts, as a call from engine would find them. */
struct found {
	struct rv_document doc;
	struct rv_arena arena;
	struct rv_facts facts;
};

static void gather(struct found *f, enum rv_engine engine, const char *bundle, const char *text)
{
	struct rv_call call = {
		.engine = engine, .bundle = bundle, .real = &(struct rv_runtime_fact){ .path = "/usr/bin/crun" }, .node = rv_policies_node(policies)
	};
	struct rv_buf buf = { 0 };
	struct rv_err err = RV_ERR_INIT;

	*f = (struct found){ .doc = RV_DOCUMENT_INIT };
	rv_buf_adds(&buf, text);
	if (rv_document_config(&f->doc, "config.json", &buf, 1 << 20, &err) != 0)
		fail_msg("%s %s", err.pointer, err.msg);
	call.bundle_fd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(rv_facts_gather(&f->facts, &f->doc.spec, &call, true, &f->arena, &err), 0);
	if (call.bundle_fd >= 0)
		close(call.bundle_fd);
	rv_buf_done(&buf);
}

static void drop(struct found *f)
{
	rv_document_done(&f->doc);
	rv_arena_done(&f->arena);
}

static int setup(void **state)
{
	(void)state;
	tree_make(top, sizeof(top));
	tree_dir(top, "b/rootfs/proc");
	tree_dir(top, "b/rootfs/dev");
	tree_dir(top, "b/rootfs/srv");
	tree_dir(top, "b/volume");
	tree_file(top, "b/rootfs/dev/null", "");
	tree_file(top, "b/rootfs/file", "");
	tree_link(top, "b/rootfs/sys", "/proc");
	tree_link(top, "b/rootfs/work", "/proc/self/fd/9");
	tree_link(top, "b/rootfs/bin", "srv");
	tree_link(top, "b/root-link", "rootfs");
	return rv_policies_load(&policies, NULL, 0, NULL);
}

static int teardown(void **state)
{
	(void)state;
	rv_policies_free(policies);
	tree_remove(top);
	return 0;
}

static const char *below(const char *path)
{
	static char text[PATH_MAX + 64];

	snprintf(text, sizeof(text), "%s/%s", top, path);
	return text;
}

static const char document[] =
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"root-link\"},"
	"\"process\":{\"cwd\":\"/work\",\"args\":[\"/bin/tool\"],\"user\":{\"uid\":0,\"gid\":0}},"
	"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
	"{\"destination\":\"/bin/../data\",\"source\":\"volume\",\"options\":[\"rbind\"]},"
	"{\"destination\":\"sys/x\",\"source\":\"/nowhere/at/all\",\"options\":[\"bind\"]},"
	"{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\"}],"
	"\"hooks\":{\"prestart\":[{\"path\":\"/proc/self/exe\"},{\"path\":\"relative\"}],"
	"\"startContainer\":[{\"path\":\"/bin/hook\"}]},"
	"\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/proc/self/ns/net\"},"
	"{\"type\":\"ipc\",\"path\":\"/nowhere/ipc\"},{\"type\":\"uts\",\"path\":\"/etc/passwd\"},"
	"{\"type\":\"cgroup\",\"path\":\"/proc/self/ns/uts\"}]}}";

static void test_rootfs(void **state)
{
	struct found f;

	(void)state;
	gather(&f, RV_ENGINE_SHELL, below("b"), document);
	assert_string_equal(f.facts.rootfs.path.resolved, below("b/rootfs"));
	assert_string_equal(f.facts.rootfs.bad_dir, "/sys");
	assert_true(f.facts.rootfs.dev_null_fake);
	assert_string_equal(f.facts.rootfs.cwd, "/proc/self/fd/9");
	assert_string_equal(f.facts.rootfs.arg0, "/srv/tool");
	assert_string_equal(f.facts.real.path, "/usr/bin/crun");
	assert_true(f.facts.kernel_major >= 5 && f.facts.arch && f.facts.now > 1700000000);
	drop(&f);
}

static void test_clock(void **state)
{
	(void)state;
	assert_true(rv_facts_clock_unset(0) && rv_facts_clock_unset(1577836800)); /* 2020 */
	assert_false(rv_facts_clock_unset(time(NULL)));
}

static void check_cwd(const char *cwd, const char *arg0, const char *wanted_cwd, const char *wanted_arg0)
{
	char text[1024];
	struct found f;

	snprintf(text, sizeof(text),
		 "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},"
		 "\"process\":{\"cwd\":\"%s\",\"args\":[\"%s\"],\"user\":{\"uid\":0,\"gid\":0}}}",
		 cwd, arg0);
	gather(&f, RV_ENGINE_SHELL, below("b"), text);
	if (wanted_cwd)
		assert_string_equal(f.facts.rootfs.cwd, wanted_cwd);
	else
		assert_null(f.facts.rootfs.cwd);
	if (wanted_arg0)
		assert_string_equal(f.facts.rootfs.arg0, wanted_arg0);
	else
		assert_null(f.facts.rootfs.arg0);
	drop(&f);
}

static void test_process_paths(void **state)
{
	(void)state;
	check_cwd("/srv", "sh", "/srv", NULL);
	check_cwd("/new", "./sh", "/new", "/new/sh");
	check_cwd("/../../srv", "../file", "/srv", "/file");
	check_cwd("/file", "/file", NULL, "/file");
	check_cwd("srv", "sh", NULL, NULL);
}

static void test_mounts(void **state)
{
	struct found f;

	(void)state;
	gather(&f, RV_ENGINE_SHELL, below("b"), document);
	assert_int_equal(f.facts.mount_count, 4);
	assert_null(f.facts.mounts[0].resolved);
	assert_string_equal(f.facts.mounts[1].resolved, below("b/volume"));
	assert_true(f.facts.mounts[1].exists && S_ISDIR(f.facts.mounts[1].mode));
	assert_string_equal(f.facts.mounts[2].resolved, "/nowhere/at/all");
	assert_false(f.facts.mounts[2].exists);
	assert_string_equal(f.facts.destinations[1], "/data");
	assert_string_equal(f.facts.destinations[2], "/proc/x");
	drop(&f);
}

static void test_namespaces(void **state)
{
	struct found f;

	(void)state;
	gather(&f, RV_ENGINE_SHELL, below("b"), document);
	assert_int_equal(f.facts.namespace_count, 5);
	assert_false(f.facts.namespaces[0].has_path);
	assert_true(f.facts.namespaces[1].has_path && f.facts.namespaces[1].is_host && !f.facts.namespaces[1].unknown);
	assert_true(f.facts.namespaces[2].has_path && !f.facts.namespaces[2].is_host && !f.facts.namespaces[2].unknown);
	assert_true(f.facts.namespaces[3].unknown); /* there, but no namespace */
	assert_true(f.facts.namespaces[4].unknown); /* a namespace, but of another type */
	drop(&f);
}

static void test_hooks(void **state)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	struct found f;

	(void)state;
	assert_true(n > 0);
	exe[n] = '\0';
	gather(&f, RV_ENGINE_SHELL, below("b"), document);
	assert_int_equal(f.facts.hook_count, 3);
	assert_string_equal(f.facts.hooks[0].path.resolved, exe);
	assert_null(f.facts.hooks[1].path.resolved);
	assert_int_equal(f.facts.hooks[1].index, 1);
	assert_string_equal(f.facts.hooks[2].stage, "startContainer");
	assert_string_equal(f.facts.hooks[2].path.resolved, "/srv/hook"); /* the image's, not the host's */
	drop(&f);
}

#define CONTAINERD                                                                                                             \
	"\"io.kubernetes.cri.container-type\":\"container\",\"io.kubernetes.cri.sandbox-namespace\":\"good\","                 \
	"\"io.kubernetes.cri.image-name\":\"registry.example/a@sha256:"                                                        \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""
#define CRIO                                                                                                                   \
	"\"io.kubernetes.cri-o.ContainerType\":\"sandbox\",\"io.kubernetes.pod.namespace\":\"shop\","                          \
	"\"io.kubernetes.cri-o.ImageName\":\"registry.example/b:1\""

static void check_identity(enum rv_engine engine, const char *bundle, const char *annotations, const char *name_space,
			   bool sandbox)
{
	char text[2048];
	struct found f;

	snprintf(text, sizeof(text), "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"annotations\":{%s}}",
		 annotations);
	gather(&f, engine, bundle, text);
	if (name_space)
		assert_string_equal(f.facts.name_space, name_space);
	else
		assert_null(f.facts.name_space);
	assert_int_equal(f.facts.sandbox, sandbox);
	drop(&f);
}

static void test_identity(void **state)
{
	static const char containerd[] = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/c1";
	static const char crio[] = "/run/containers/storage/overlay-containers/c1/userdata";
	struct found f;

	(void)state;
	check_identity(RV_ENGINE_CRI, below("b"), CONTAINERD, "good", false);
	check_identity(RV_ENGINE_CRI, below("b"), CRIO, "shop", true);
	/* outside of a CRI engine its user writes annotations */
	check_identity(RV_ENGINE_DOCKER, below("b"), CONTAINERD, NULL, false);
	check_identity(RV_ENGINE_PODMAN, crio, CRIO, NULL, false);
	check_identity(RV_ENGINE_CONTAINERD, containerd, CONTAINERD, NULL, false);
	check_identity(RV_ENGINE_SHELL, below("b"), CRIO, NULL, false);
	/* a pod's labels that look like the other engine's annotations: the bundle's place decides, else nobody */
	check_identity(RV_ENGINE_CRI, containerd, CONTAINERD "," CRIO, "good", false);
	check_identity(RV_ENGINE_CRI, crio, CONTAINERD "," CRIO, "shop", true);
	check_identity(RV_ENGINE_CRI, crio, CONTAINERD, NULL, false);
	check_identity(RV_ENGINE_CRI, below("b"), CONTAINERD "," CRIO, NULL, false);
	check_identity(RV_ENGINE_CRI, below("b"), "", NULL, false);

	gather(&f, RV_ENGINE_CRI, below("b"), "{\"ociVersion\":\"1.0.2\",\"annotations\":{" CONTAINERD "}}");
	assert_string_equal(f.facts.digest, "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	drop(&f);
}

/* containerd before 1.7: the namespace stands in the sandbox's document only. */
static void test_sandbox_namespace(void **state)
{
	static const char asked[] =
		"{\"ociVersion\":\"1.0.2\",\"annotations\":{\"io.kubernetes.cri.container-type\":\"container\","
		"\"io.kubernetes.cri.sandbox-id\":\"pause\"}}";
	static const char sandbox[] = "{\"annotations\":{\"io.kubernetes.cri.sandbox-namespace\":\"old\"}}";
	static const char climbing[] =
		"{\"ociVersion\":\"1.0.2\",\"annotations\":{\"io.kubernetes.cri.container-type\":\"container\","
		"\"io.kubernetes.cri.sandbox-id\":\"pause/../pause\"}}";
	struct found f;

	(void)state;
	if (geteuid() != 0)
		skip();
	tree_dir(top, "pause");
	tree_file(top, "pause/config.json", sandbox);
	gather(&f, RV_ENGINE_CRI, below("b"), asked);
	assert_string_equal(f.facts.name_space, "old");
	drop(&f);
	gather(&f, RV_ENGINE_CRI, below("b"), climbing);
	assert_null(f.facts.name_space);
	drop(&f);
	assert_int_equal(chmod(below("pause/config.json"), 0666), 0);
	gather(&f, RV_ENGINE_CRI, below("b"), asked);
	assert_null(f.facts.name_space);
	drop(&f);
}

static void test_caller(void **state)
{
	(void)state;
	assert_int_equal(rv_facts_caller(), geteuid());
}

static void test_user_maps(void **state)
{
	(void)state;
	assert_int_equal(rv_usermap_least_of("         0     100000      65536\n"), 100000);
	assert_int_equal(rv_usermap_least_of("0 100000 1\n1 65536 10\n11 200000 1\n"), 65536);
	assert_int_equal(rv_usermap_least_of("0 100000 1\n1 0 1\n"), 0);
	assert_int_equal(rv_usermap_least_of("         0          0 4294967295\n"), 0);
	assert_int_equal(rv_usermap_least_of(""), 0);
	assert_int_equal(rv_usermap_least_of("0 100000\n"), 0);
	assert_int_equal(rv_usermap_least_of("0 100000 1\nand more\n"), 0);
	assert_int_equal(rv_usermap_least("/proc/self/ns/user"), 0);
	assert_int_equal(rv_usermap_least("/no/such/file"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rootfs), cmocka_unit_test(test_clock),
		cmocka_unit_test(test_process_paths),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_sandbox_namespace),
		cmocka_unit_test(test_caller),
		cmocka_unit_test(test_user_maps),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
