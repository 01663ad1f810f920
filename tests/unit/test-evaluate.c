/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out at every allocation in turn, while a document that breaks most rules is judged: no plan may come of it,
 * or the very plan that comes with memory enough.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "rules/family.h"

static long left = -1; /* allocations until one fails; -1: none does */

/* An arena that failed stays so: what fails is the call that comes then, and all after it. */
void *__real_rv_arena_alloc(struct rv_arena *a, size_t size);
char *__real_rv_arena_strdup(struct rv_arena *a, const char *s);
char *__real_rv_arena_strndup(struct rv_arena *a, const char *s, size_t len);
void *__real_realloc(void *old, size_t size);
void *__wrap_rv_arena_alloc(struct rv_arena *a, size_t size);
char *__wrap_rv_arena_strdup(struct rv_arena *a, const char *s);
char *__wrap_rv_arena_strndup(struct rv_arena *a, const char *s, size_t len);
void *__wrap_realloc(void *old, size_t size);

static bool fails(void)
{
	return left >= 0 && left-- == 0;
}

void *__wrap_rv_arena_alloc(struct rv_arena *a, size_t size)
{
	a->failed |= fails();
	return __real_rv_arena_alloc(a, size);
}

char *__wrap_rv_arena_strdup(struct rv_arena *a, const char *s)
{
	a->failed |= fails();
	return __real_rv_arena_strdup(a, s);
}

char *__wrap_rv_arena_strndup(struct rv_arena *a, const char *s, size_t len)
{
	a->failed |= fails();
	return __real_rv_arena_strndup(a, s, len);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static const char document[] =
	"{\"process\": {\"user\": {\"uid\": 0, \"gid\": 0, \"additionalGids\": [0, 4]}, \"cwd\": \"proc/self/fd/7\", \"args\": "
	"[\"/bin/sh\"], "
	"\"capabilities\": {\"bounding\": [\"CAP_SYS_ADMIN\", \"CAP_CHOWN\"], \"inheritable\": [\"CAP_CHOWN\"], \"odd\": []}, "
	"\"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"soft\": 18446744073709551615, \"hard\": 18446744073709551615}], "
	"\"apparmorProfile\": \"unconfined\", \"selinuxLabel\": \"a:b:c\", \"oomScoreAdj\": -1000, "
	"\"scheduler\": {\"policy\": \"SCHED_FIFO\"}, \"ioPriority\": {\"class\": \"IOPRIO_CLASS_RT\"}}, "
	"\"root\": {\"path\": \"/\"}, \"mounts\": [{\"destination\": \"/x\", \"type\": \"bind\", \"source\": \"/etc\", "
	"\"options\": [\"rbind\", \"rshared\"]}, "
	"{\"destination\": \"/proc\", \"type\": \"tmpfs\", \"source\": \"tmpfs\"}, {\"destination\": \"relative\", \"type\": "
	"\"ext4\", \"source\": \"/dev/sda\"}], "
	"\"hooks\": {\"prestart\": [{\"path\": \"/bin/sh\"}]}, \"annotations\": {\"run.oci.handler\": \"krun\", "
	"\"org.systemd.property.X\": \"1\"}, "
	"\"vm\": {}, \"linux\": {\"cgroupsPath\": \"../../x\", \"sysctl\": {\"kernel/core_pattern\": \"|x\"}, \"namespaces\": "
	"[{\"type\": \"pid\", \"path\": \"/proc/1/ns/pid\"}], "
	"\"devices\": [{\"path\": \"/dev/mem\", \"type\": \"c\", \"major\": 1, \"minor\": 1}], \"rootfsPropagation\": "
	"\"shared\", "
	"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"bpf\"], \"action\": "
	"\"SCMP_ACT_ALLOW\"}]}, "
	"\"resources\": {\"devices\": [{\"allow\": true, \"access\": \"rwm\"}], \"unified\": {\"cgroup.procs\": \"1\"}, "
	"\"memory\": {\"disableOOMKiller\": true}}}}";

/* One judgement as text; NULL when there was none. */
static char *judgement(const struct rv_json_doc *source, const struct rv_policy *policy, const struct rv_facts *facts,
		       long fail_at)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autojson doc = { 0 };
	rv_autobuf out = { 0 };
	struct rv_record record = { .action = "create", .facts = facts, .policy = policy };
	struct rv_plan plan;
	struct rv_spec spec;
	char *text = NULL;

	assert_int_equal(rv_json_parse(&doc, source->text, source->len, RV_JSON_MAX, 0, NULL), 0);
	assert_int_equal(rv_spec_view(&spec, &doc, NULL), 0);
	left = fail_at;
	record.plan = &plan;
	if (rv_evaluate(&spec, facts, &policy->enforce, &arena, &plan, NULL) == 0)
		rv_record_json(&record, &out);
	left = -1;
	if (out.len && !out.failed)
		text = strdup(rv_buf_str(&out));
	return text;
}

static void test_out_of_memory(void **state)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autopolicies *policies = NULL;
	rv_autojson doc = { 0 };
	struct rv_path_fact host = { .resolved = "/etc", .exists = true, .mode = S_IFDIR | 0755 };
	struct rv_path_fact mounts[3] = { host };
	struct rv_ns_fact ns = { .has_path = true, .path = host, .is_host = true };
	struct rv_hook_fact hook = { .stage = "prestart", .path = host };
	const char *destinations[3] = { "/x", "/proc", "/relative" };
	struct rv_facts facts = {
		.bundle = "/b",
		.arch = "x86_64",
		.kernel_major = 6,
		.mounts = mounts,
		.mount_count = 3,
		.namespaces = &ns,
		.namespace_count = 1,
		.hooks = &hook,
		.hook_count = 1,
		.destinations = destinations,
		.rootfs.path = host,
	};
	struct rv_policy policy;
	char *whole, *cut = NULL;
	long n = 0;

	(void)state;
	assert_int_equal(rv_json_parse(&doc, document, strlen(document), RV_JSON_MAX, 0, NULL), 0);
	assert_int_equal(rv_policies_load(&policies, NULL, 0, NULL), 0);
	facts.dirs = rv_policies_node(policies)->dirs;
	assert_int_equal(rv_policies_named(policies, "hardened", &facts, &arena, &policy, NULL), 0);
	whole = judgement(&doc, &policy, &facts, -1);
	assert_non_null(whole);
	for (; !cut; n++) {
		cut = judgement(&doc, &policy, &facts, n);
		if (cut)
			assert_string_equal(cut, whole);
	}
	/* the last one that failed was the last that there is */
	assert_in_range(n, 20, 100000);
	free(cut);
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_out_of_memory) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
