/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"
#include "rules/seccomp-default.h"

#define CAP(name) (UINT64_C(1) << CAP_##name)
/* docker's and containerd's 14 */
#define DEFAULT_CAPS \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FSETID) | CAP(FOWNER) | CAP(MKNOD) | CAP(NET_RAW) | CAP(SETGID) | CAP(SETUID) | \
	 CAP(SETFCAP) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) | CAP(SYS_CHROOT) | CAP(KILL) | CAP(AUDIT_WRITE))

static const struct rv_seccomp_for plain = { .bounding = DEFAULT_CAPS, .arch = "x86_64", .kernel = RV_KERNEL(6, 1) };

static struct rv_json_doc read_profile(const char *text, size_t len)
{
	struct rv_err err = RV_ERR_INIT;
	struct rv_json_doc doc;

	if (rv_json_parse(&doc, text, len, RV_JSON_MAX, 0, &err) < 0)
		fail_msg("%s", err.msg);
	return doc;
}

static struct rv_json_doc computed(const struct rv_seccomp_for *to)
{
	rv_autobuf text = { 0 };

	rv_seccomp_write(to, &text);
	assert_false(text.failed);
	return read_profile(rv_buf_str(&text), text.len);
}

/* Whether some rule allows the call: 0 no, 1 under a condition, 2 always. */
static int allows(const struct rv_json *profile, const char *call)
{
	int found = 0;

	rv_json_each(rule, rv_json_get(profile, "syscalls")) {
		if (strcmp(rv_json_str(rv_json_get(rule, "action")), "SCMP_ACT_ALLOW") != 0 ||
		    !rv_spec_has_string(rv_json_get(rule, "names"), call))
			continue;
		found = rv_json_count(rv_json_get(rule, "args")) ? (found ? found : 1) : 2;
	}
	return found;
}

static void test_contents(void **state)
{
	static const char *const never[] = {
		"init_module",
		"finit_module",
		"delete_module",
		"kexec_load",
		"kexec_file_load",
		"open_by_handle_at",
		"bpf",
		"userfaultfd",
		"io_uring_setup",
		"io_uring_enter",
		"iopl",
		"ioperm",
		"swapon",
		"reboot",
		"settimeofday",
		"acct",
		"perf_event_open",
		"mount",
		"umount2",
		"unshare",
		"setns",
		"keyctl",
		"add_key",
		"pivot_root",
		"clone3",
		"quotactl",
		"syslog",
		"nfsservctl",
	};
	static const struct {
		uint64_t cap;
		const char *call;
	} gated[] = {
		{ CAP(DAC_READ_SEARCH), "open_by_handle_at" },
		{ CAP(SYS_ADMIN), "mount" },
		{ CAP(SYS_ADMIN), "clone3" },
		{ CAP(SYS_ADMIN), "bpf" },
		{ CAP(BPF), "bpf" },
		{ CAP(PERFMON), "perf_event_open" },
		{ CAP(SYS_BOOT), "reboot" },
		{ CAP(SYS_MODULE), "finit_module" },
		{ CAP(SYS_PACCT), "acct" },
		{ CAP(SYS_PTRACE), "pidfd_getfd" },
		{ CAP(SYS_RAWIO), "iopl" },
		{ CAP(SYS_TIME), "settimeofday" },
		{ CAP(SYS_TTY_CONFIG), "vhangup" },
		{ CAP(SYS_NICE), "mbind" },
		{ CAP(SYSLOG), "syslog" },
	};
	rv_autojson doc = computed(&plain);

	(void)state;
	for (size_t i = 0; i < RV_COUNT(never); i++)
		if (allows(doc.root, never[i]))
			fail_msg("%s is allowed", never[i]);
	for (size_t i = 0; i < RV_COUNT(gated); i++) {
		struct rv_seccomp_for to = plain;

		to.bounding |= gated[i].cap;
		rv_autojson more = computed(&to);
		if (allows(more.root, gated[i].call) != 2)
			fail_msg("%s is not allowed", gated[i].call);
	}
	assert_int_equal(allows(doc.root, "read"), 2);
	assert_int_equal(allows(doc.root, "chroot"), 2);
	assert_int_equal(allows(doc.root, "arch_prctl"), 2);
	assert_int_equal(allows(doc.root, "clone"), 1);
	assert_int_equal(allows(doc.root, "socket"), 1);
	assert_int_equal(allows(doc.root, "personality"), 1);
}

static void test_kernel_and_arch(void **state)
{
	static const struct {
		const char *machine, *first;
		size_t count;
		int arch_prctl, ptrace;
		unsigned kernel;
	} cases[] = {
		{ "x86_64", "SCMP_ARCH_X86_64", 3, 2, 2, RV_KERNEL(5, 10) },
		{ "x86_64", "SCMP_ARCH_X86_64", 3, 2, 0, RV_KERNEL(4, 4) },
		{ "aarch64", "SCMP_ARCH_AARCH64", 2, 0, 2, RV_KERNEL(6, 1) },
		{ "s390x", "SCMP_ARCH_S390X", 2, 0, 2, RV_KERNEL(6, 1) },
		{ "riscv64", "SCMP_ARCH_RISCV64", 1, 0, 2, RV_KERNEL(6, 1) },
		{ "vax", NULL, 0, 0, 2, RV_KERNEL(6, 1) },
		{ NULL, NULL, 0, 0, 2, RV_KERNEL(6, 1) },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		struct rv_seccomp_for to = { .bounding = DEFAULT_CAPS, .arch = cases[i].machine, .kernel = cases[i].kernel };
		rv_autojson doc = computed(&to);
		const struct rv_json *arches = rv_json_get(doc.root, "architectures");

		assert_int_equal(rv_json_count(arches), cases[i].count);
		if (cases[i].first)
			assert_string_equal(rv_json_str(rv_json_first(arches)), cases[i].first);
		assert_int_equal(allows(doc.root, "arch_prctl"), cases[i].arch_prctl);
		assert_int_equal(allows(doc.root, "ptrace"), cases[i].ptrace);
	}
}

/* ---- libseccomp makes a filter of it, as both runtimes have it do ---- */

static const struct {
	const char *name;
	enum scmp_compare op;
} compares[] = {
	{ "SCMP_CMP_LT", SCMP_CMP_LT },
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
	{ "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

static struct scmp_arg_cmp compare_of(const struct rv_json *arg)
{
	const char *name = rv_json_str(rv_json_get(arg, "op"));
	uint64_t index, value, two;
	size_t i = 0;

	assert_true(rv_json_u64(rv_json_get(arg, "index"), &index) && rv_json_u64(rv_json_get(arg, "value"), &value) &&
		    rv_json_u64(rv_json_get(arg, "valueTwo"), &two));
	while (strcmp(compares[i].name, name) != 0)
		assert_true(++i < RV_COUNT(compares));
	return (struct scmp_arg_cmp){ (unsigned)index, compares[i].op, value, two };
}

static void add_rule(scmp_filter_ctx ctx, const struct rv_json *rule)
{
	const struct rv_json *arg = rv_json_first(rv_json_get(rule, "args"));
	struct scmp_arg_cmp cmp = { 0 };
	uint32_t action = SCMP_ACT_ALLOW;
	int64_t errnum;

	if (rv_json_i64(rv_json_get(rule, "errnoRet"), &errnum))
		action = SCMP_ACT_ERRNO((uint32_t)errnum);
	if (arg)
		cmp = compare_of(arg);
	rv_json_each(name, rv_json_get(rule, "names")) {
		int call = seccomp_syscall_resolve_name(rv_json_str(name)), rc;

		/* runtimes leave out what their libseccomp does not know */
		if (call == __NR_SCMP_ERROR)
			continue;
		rc = seccomp_rule_add_array(ctx, action, call, arg ? 1 : 0, arg ? &cmp : NULL);
		if (rc < 0)
			fail_msg("%s: %s", rv_json_str(name), strerror(-rc));
	}
}

static void compile(const struct rv_seccomp_for *to)
{
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(1));
	rv_autofd fd = memfd_create("filter", MFD_CLOEXEC);
	rv_autojson doc = computed(to);
	struct stat st;

	assert_non_null(ctx);
	for (size_t i = 0; i < RV_COUNT(arches); i++)
		if (arches[i] != seccomp_arch_native())
			assert_int_equal(seccomp_arch_add(ctx, arches[i]), 0);
	rv_json_each(rule, rv_json_get(doc.root, "syscalls"))
		add_rule(ctx, rule);
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	/* 4096 instructions of 8 bytes are the kernel's limit */
	assert_in_range(st.st_size, 1000, 4096 * 8);
	seccomp_release(ctx);
}

static void test_compiles(void **state)
{
	struct rv_seccomp_for to = plain;

	(void)state;
	compile(&to);
	to.bounding = 0;
	compile(&to);
	to.bounding = UINT64_MAX;
	compile(&to);
}

/* ---- within the ceiling ---- */

static const char *beyond(const char *text, const struct rv_seccomp_for *to, struct rv_arena *arena)
{
	rv_autojson doc = read_profile(text, strlen(text));

	return rv_seccomp_beyond(doc.root, to, arena);
}

static void test_own_is_within(void **state)
{
	(void)state;
	for (int cap = -1; cap <= CAP_LAST_CAP; cap++) {
		RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
		struct rv_seccomp_for to = plain;
		const char *what;

		to.bounding = cap < 0 ? UINT64_MAX : UINT64_C(1) << cap;
		rv_autojson doc = computed(&to);
		what = rv_seccomp_beyond(doc.root, &to, &arena);
		if (what)
			fail_msg("capability %d: %s", cap, what);
	}
}

static void test_docker_is_within(void **state)
{
	const char *dir = getenv("srcdir") ? getenv("srcdir") : ".";
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_seccomp_for less = plain;
	rv_autobuf text = { 0 };
	struct rv_err err = RV_ERR_INIT;
	const char *what;

	(void)state;
	if (rv_io_read_at(AT_FDCWD, rv_arena_printf(&arena, "%s/tests/data/seccomp/docker.json", dir), false, 1 << 20, &text,
			  &err) < 0)
		fail_msg("%s", err.msg);
	what = beyond(rv_buf_str(&text), &plain, &arena);
	if (what)
		fail_msg("%s", what);
	/* a container that lost the capability must lose its call too */
	less.bounding &= ~CAP(SYS_CHROOT);
	assert_string_equal(beyond(rv_buf_str(&text), &less, &arena), "chroot");
}

#define PROFILE(rules)	   "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" rules "]}"
#define ALLOW(names, args) "{\"names\": [" names "], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [" args "]}"
#define CMP(index, op, value, two) \
	"{\"index\": " index ", \"op\": \"SCMP_CMP_" op "\", \"value\": " value ", \"valueTwo\": " two "}"

/* what: how the answer begins; NULL: within */
static const struct {
	const char *profile, *what;
} ceilings[] = {
	{ PROFILE(""), NULL },
	{ PROFILE(ALLOW("\"read\", \"write\"", "")), NULL },
	{ PROFILE(ALLOW("\"read\", \"bpf\"", "")), "bpf" },
	{ PROFILE(ALLOW("\"made_up\"", "")), "made_up" },
	{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", "SCMP_ACT_ALLOW by default" },
	{ "{\"defaultAction\": \"SCMP_ACT_LOG\"}", "SCMP_ACT_LOG by default" },
	{ "{\"defaultAction\": \"SCMP_ACT_TRACE\"}", "SCMP_ACT_TRACE by default" },
	{ "{\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\"}", NULL },
	{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"listenerPath\": \"/run/s\"}", "a listener" },
	{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"flags\": [\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}", "the flag" },
	{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"]}", NULL },
	{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\"]}", NULL },
	{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_MIPS\"]}",
	  "the architecture SCMP_ARCH_MIPS" },
	{ PROFILE("{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_NOTIFY\"}"), "the action SCMP_ACT_NOTIFY" },
	{ PROFILE("{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_TRACE\"}"), "the action SCMP_ACT_TRACE" },
	{ PROFILE("{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_LOG\"}"), "bpf" },
	{ PROFILE("{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_KILL\"}"), NULL },
	/* an unconditional allow: the refusal beside it would be lost */
	{ PROFILE(ALLOW("\"clone\"", "") ", {\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [" CMP(
		  "0", "MASKED_EQ", "268435456", "268435456") "]}"),
	  "clone" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "MASKED_EQ", "2114060288", "0"))), NULL },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "MASKED_EQ", "2114060289", "1"))), NULL },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "MASKED_EQ", "268435456", "0"))), "clone under a wider condition" },
	{ PROFILE(ALLOW("\"clone\"", CMP("1", "MASKED_EQ", "2114060288", "0"))), "clone under a wider condition" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "17", "0"))), NULL },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "268435473", "0"))), "clone" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "17", "0") ", " CMP("1", "EQ", "0", "0"))), NULL },
	/* both runtimes make two rules of two conditions on one argument */
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "17", "0") ", " CMP("0", "NE", "5", "0"))), "clone" },
	{ PROFILE(ALLOW("\"clone3\"", "")), "clone3" },
	{ PROFILE(ALLOW("\"socket\"", "")), "socket whatever its arguments" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "EQ", "38", "0"))), "socket" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "EQ", "2", "0"))), NULL },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "LE", "37", "0"))), NULL },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "LE", "38", "0"))), "socket" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "GE", "41", "0"))), NULL },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "GE", "40", "0"))), "socket" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "NE", "40", "0"))), "socket" },
	{ PROFILE(ALLOW("\"personality\"", CMP("0", "EQ", "8", "0"))), NULL },
	{ PROFILE(ALLOW("\"personality\"", CMP("0", "EQ", "262144", "0"))), "personality" },
	{ PROFILE(ALLOW("\"read\"", CMP("6", "EQ", "8", "0"))), "a condition that is not understood" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "-1", "0"))), "a condition that is not understood" },
	{ PROFILE(ALLOW("\"clone\"", "{\"op\": \"SCMP_CMP_EQ\"}")), NULL },
	{ PROFILE(ALLOW("\"read\"", CMP("0", "WHAT", "8", "0"))), "a condition that is not understood" },
};

static void test_ceiling(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(ceilings); i++) {
		RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
		const char *what = beyond(ceilings[i].profile, &plain, &arena), *want = ceilings[i].what;

		if (!what != !want || (what && strncmp(what, want, strlen(want)) != 0))
			fail_msg("%s: %s, not %s", ceilings[i].profile, what ? what : "within", want ? want : "within");
	}
}

static void test_exception(void **state)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	const char *calls[] = { "bpf", "clone3", "socket" };
	const struct rv_list extra = { calls, RV_COUNT(calls), NULL };
	struct rv_seccomp_for to = plain;

	(void)state;
	to.extra = &extra;
	rv_autojson doc = computed(&to);
	for (size_t i = 0; i < RV_COUNT(calls); i++)
		assert_int_equal(allows(doc.root, calls[i]), 2);
	assert_null(rv_seccomp_beyond(doc.root, &to, &arena));
	assert_string_equal(rv_seccomp_beyond(doc.root, &plain, &arena), "bpf");
	assert_null(beyond(PROFILE(ALLOW("\"socket\"", CMP("0", "EQ", "38", "0"))), &to, &arena));
	compile(&to);
}

static void test_enforces(void **state)
{
	static const struct {
		const char *profile;
		bool enforces;
	} cases[] = {
		{ "{}", false },
		{ "null", false },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", false },
		{ "{\"defaultAction\": \"SCMP_ACT_LOG\", \"syscalls\": []}", false },
		{ "{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", false },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\"}", true },
		{ "{\"defaultAction\": \"SCMP_ACT_TRAP\"}", true },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"bpf\"], \"action\": "
		  "\"SCMP_ACT_KILL\"}]}",
		  true },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [], \"action\": \"SCMP_ACT_KILL\"}]}",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		rv_autojson doc = read_profile(cases[i].profile, strlen(cases[i].profile));

		if (rv_seccomp_enforces(doc.root) != cases[i].enforces)
			fail_msg("%s", cases[i].profile);
	}
}

/* ---- what the judge makes of it ---- */

#define DEFAULT "{\"seccomp\": {\"absent\": \"default\", \"ceiling\": \"default\"}}"
#define KEEP	"{\"seccomp\": {\"absent\": \"default\", \"ceiling\": \"any\"}}"

static void test_judge(void **state)
{
	static const struct rv_seccomp_for to = { .arch = "x86_64", .kernel = RV_KERNEL(6, 1) };
	rv_autobuf text = { 0 };
	char absent[16384], replaced[16384];
	const struct judge_case cases[] = {
		{ "absent", DEFAULT, "{}", .want = absent },
		{ "null", DEFAULT, "{\"linux\": {\"seccomp\": null}}", .want = absent },
		{ "empty", DEFAULT, "{\"linux\": {\"seccomp\": {\"defaultAction\": \"\"}}}", .want = absent },
		{ "everything allowed", KEEP, "{\"linux\": {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\"}}}",
		  .want = absent },
		{ "within", DEFAULT, "{\"linux\": {\"seccomp\": " PROFILE(ALLOW("\"read\"", "")) "}}", .want = "" },
		{ "beyond", DEFAULT, "{\"linux\": {\"seccomp\": " PROFILE(ALLOW("\"bpf\"", "")) "}}", .want = replaced },
		{ "beyond, kept", KEEP, "{\"linux\": {\"seccomp\": " PROFILE(ALLOW("\"bpf\"", "")) "}}", .want = "" },
		{ "any", "{}", "{}", .want = "" },
	};

	(void)state;
	rv_seccomp_write(&to, &text);
	snprintf(absent, sizeof(absent), "set seccomp.absent /linux/seccomp %s\n", rv_buf_str(&text));
	snprintf(replaced, sizeof(replaced), "set seccomp.ceiling /linux/seccomp %s\n", rv_buf_str(&text));
	judge_cases(&rv_family_seccomp, cases, RV_COUNT(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents),      cmocka_unit_test(test_kernel_and_arch),  cmocka_unit_test(test_compiles),
		cmocka_unit_test(test_own_is_within), cmocka_unit_test(test_docker_is_within), cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_exception),     cmocka_unit_test(test_enforces),	       cmocka_unit_test(test_judge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
