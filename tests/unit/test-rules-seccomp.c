/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <linux/capability.h>
#include <stdio.h>

#include "judge.h"
#include "rules/seccomp-narrow.h"

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
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autobuf text = { 0 };

	rv_seccomp_write(rv_seccomp_ceiling_make(to, &arena), NULL, &text);
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

#define PROFILE(rules)	   "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" rules "]}"
#define ALLOW(names, args) "{\"names\": [" names "], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [" args "]}"
#define CMP(index, op, value, two) \
	"{\"index\": " index ", \"op\": \"SCMP_CMP_" op "\", \"value\": " value ", \"valueTwo\": " two "}"

#define SOCKETS \
	"allow socket 0&0xffffffe0==0; allow socket 0&0xfffffffc==0x20; allow socket 0&0xfffffffe==0x24; " \
	"allow socket 0&0xffffffff==0x27; allow socket 0&0xffffffff==0x29; allow socket 0&0xfffffffe==0x2a; " \
	"allow socket 0&0xfffffffc==0x2c"

/* want: rules of the result in short, "allow NAMES CONDITIONS; errno38 NAMES"; "": it stays as it is; "odd: " why it is refused */
static const struct {
	const char *profile, *want;
} narrowed[] = {
	{ PROFILE(""), "" },
	{ PROFILE(ALLOW("\"read\", \"write\"", "")), "" },
	{ PROFILE(ALLOW("\"read\", \"bpf\"", "")), "allow read" },
	{ PROFILE(ALLOW("\"made_up\"", "")), "nothing" },
	{ PROFILE(ALLOW("\"bpf\"", "") ", " ALLOW("\"bpf\", \"read\"", CMP("0", "EQ", "1", "0"))), "allow read 0==0x1" },

	/* frames */
	{ "{\"defaultAction\": \"SCMP_ACT_TRACE\"}", "" },
	{ "{\"syscalls\": []}", "odd: nothing by default" },
	{ "{\"defaultAction\": \"SCMP_ACT_FUTURE\"}", "odd: SCMP_ACT_FUTURE by default" },
	{ "{\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\"}", "" },
	{ PROFILE("{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_NOTIFY\"}"), "errno bpf" },
	{ PROFILE("{\"names\": [\"bpf\"], \"errnoRet\": 77, \"action\": \"SCMP_ACT_TRACE\"}, " ALLOW("\"read\"", "")),
	  "errno bpf; allow read" },
	{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"clone3\"], \"action\": \"SCMP_ACT_WHAT\"}]}",
	  "odd: the action SCMP_ACT_WHAT" },
	{ PROFILE("{\"names\": [\"bpf\"]}"), "odd: the action of a rule is missing" },
	{ PROFILE(ALLOW("\"read\"", CMP("6", "EQ", "8", "0"))), "odd: a condition that is not understood" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "-1", "0"))), "odd: a condition that is not understood" },
	{ PROFILE(ALLOW("\"read\"", CMP("0", "WHAT", "8", "0"))), "odd: a condition that is not understood" },

	/* actions */
	{ PROFILE("{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_KILL\"}"), "" },
	{ PROFILE("{\"names\": [\"bpf\", \"read\"], \"action\": \"SCMP_ACT_LOG\", \"comment\": [1]}"), "log read" },
	{ PROFILE("{\"names\": [\"clone\"], \"action\": \"SCMP_ACT_LOG\"}"), "log clone 0&0x7e020000==0" },

	/* clone: an unconditional allow beside a refusal loses the refusal, so it is no allow any longer */
	{ PROFILE(ALLOW("\"clone\"", "") ", {\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [" CMP(
		  "0", "MASKED_EQ", "268435456", "268435456") "]}"),
	  "allow clone 0&0x7e020000==0; errno clone 0&0x10000000==0x10000000" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "MASKED_EQ", "2114060288", "0"))), "" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "MASKED_EQ", "2114060289", "1"))), "" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "MASKED_EQ", "268435456", "0"))), "allow clone 0&0x7e020000==0" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "MASKED_EQ", "1", "1"))), "allow clone 0&0x7e020001==0x1" },
	{ PROFILE(ALLOW("\"clone\"", CMP("1", "MASKED_EQ", "2114060288", "0"))),
	  "allow clone 1&0x7e020000==0 0&0x7e020000==0" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "17", "0"))), "" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "268435473", "0"))), "nothing" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "17", "0") ", " CMP("1", "EQ", "0", "0"))), "" },
	{ PROFILE(ALLOW("\"clone\"", CMP("0", "EQ", "17", "0") ", " CMP("0", "EQ", "268435473", "0"))), "allow clone 0==0x11" },
	{ PROFILE(ALLOW("\"clone\"", "{\"op\": \"SCMP_CMP_EQ\"}")), "" },
	{ PROFILE(ALLOW("\"clone3\"", "")), "errno38 clone3" },
	{ PROFILE("{\"names\": [\"clone3\"], \"action\": \"SCMP_ACT_TRAP\"}"), "" },

	/* socket: by the 32 bits that the kernel reads */
	{ PROFILE(ALLOW("\"socket\"", "")), SOCKETS },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "NE", "40", "0"))), SOCKETS },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "LT", "38", "0")) ", " ALLOW("\"socket\"", CMP("0", "EQ", "39", "0")) ", "
		  ALLOW("\"socket\"", CMP("0", "GT", "40", "0"))),
	  "allow socket 0<0x26; allow socket 0==0x27; allow socket 0&0xffffffff==0x29; allow socket 0&0xfffffffe==0x2a; "
	  "allow socket 0&0xfffffffc==0x2c" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "EQ", "38", "0"))), "nothing" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "EQ", "4294967334", "0"))), "nothing" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "EQ", "2", "0"))), "" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "LE", "37", "0"))), "" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "LE", "38", "0"))), "allow socket 0&0xffffffffffffffe0==0; "
	  "allow socket 0&0xfffffffffffffffc==0x20; allow socket 0&0xfffffffffffffffe==0x24" },
	{ PROFILE(ALLOW("\"socket\"", CMP("0", "GE", "45", "0"))), "allow socket 0&0xffffffff==0x2d; allow socket 0&0xfffffffe==0x2e" },
	/* podman's: no NETLINK_AUDIT */
	{ PROFILE("{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 22, \"args\": [" CMP("0", "EQ", "16", "0") ", "
		  CMP("2", "EQ", "9", "0") "]}, " ALLOW("\"socket\"", CMP("2", "NE", "9", "0")) ", " ALLOW("\"socketcall\"", "") ", "
		  ALLOW("\"socket\"", CMP("0", "EQ", "2", "0"))),
	  "allow socketcall; allow socket 2!=0x9 0&0xffffffe0==0; allow socket 2!=0x9 0&0xfffffffc==0x20; "
	  "allow socket 2!=0x9 0&0xfffffffe==0x24; allow socket 2!=0x9 0&0xffffffff==0x27; allow socket 2!=0x9 0&0xffffffff==0x29; "
	  "allow socket 2!=0x9 0&0xfffffffe==0x2a; allow socket 2!=0x9 0&0xfffffffc==0x2c; allow socket 0==0x2; "
	  "errno22 socket 0==0x10 2==0x9" },

	{ PROFILE(ALLOW("\"personality\"", CMP("0", "EQ", "8", "0"))), "" },
	{ PROFILE(ALLOW("\"personality\"", CMP("0", "EQ", "262144", "0"))), "nothing" },
	{ PROFILE(ALLOW("\"personality\"", CMP("0", "LT", "9", "0"))), "allow personality 0==0; allow personality 0==0x8" },
};

static const char *const short_ops[RV_OP_COUNT] = { "!=", "<", "<=", "==", ">=", ">", "" };

static void add_number(struct rv_buf *out, const struct rv_json *value)
{
	uint64_t number = 0;

	rv_json_u64(value, &number);
	rv_buf_addf(out, number ? "0x%jx" : "%jx", (uintmax_t)number);
}

static void add_condition(struct rv_buf *out, const struct rv_json *arg)
{
	uint64_t index = 0;
	unsigned op = 0;

	rv_json_u64(rv_json_get(arg, "index"), &index);
	while (strcmp(rv_seccomp_ops[op], rv_json_str(rv_json_get(arg, "op"))) != 0)
		op++;
	rv_buf_addf(out, " %ju%s", (uintmax_t)index, op == RV_OP_MASKED_EQ ? "&" : short_ops[op]);
	add_number(out, rv_json_get(arg, "value"));
	if (op == RV_OP_MASKED_EQ) {
		rv_buf_adds(out, "==");
		add_number(out, rv_json_get(arg, "valueTwo"));
	}
}

static void in_short(const char *syscalls, struct rv_buf *out)
{
	rv_autojson doc = read_profile(syscalls, strlen(syscalls));

	rv_json_each(rule, doc.root) {
		const char *action = rv_json_str(rv_json_get(rule, "action"));
		int64_t errnum;

		rv_buf_adds(out, out->len ? "; " : "");
		rv_buf_adds(out, !strcmp(action, "SCMP_ACT_ALLOW") ? "allow" : !strcmp(action, "SCMP_ACT_LOG") ? "log" : "errno");
		if (rv_json_i64(rv_json_get(rule, "errnoRet"), &errnum))
			rv_buf_addf(out, "%d", (int)errnum);
		rv_json_each(name, rv_json_get(rule, "names"))
			rv_buf_addf(out, " %s", rv_json_str(name));
		rv_json_each(arg, rv_json_get(rule, "args"))
			add_condition(out, arg);
	}
	if (!out->len)
		rv_buf_adds(out, "nothing");
}

/* What becomes of a profile, in short. */
static void narrow(const char *text, const struct rv_seccomp_for *to, struct rv_buf *out)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autojson doc = read_profile(text, strlen(text));
	const char *odd = rv_seccomp_odd(doc.root, &arena);
	struct rv_seccomp_narrowed new;

	if (odd) {
		rv_buf_addf(out, "odd: %s", odd);
		return;
	}
	assert_true(rv_seccomp_narrow(&doc, doc.root, rv_seccomp_ceiling_make(to, &arena), &arena, &new));
	if (new.syscalls)
		in_short(new.syscalls, out);
}

static void test_narrowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(narrowed); i++) {
		rv_autobuf got = { 0 };

		narrow(narrowed[i].profile, &plain, &got);
		if (strcmp(rv_buf_str(&got), narrowed[i].want) != 0)
			fail_msg("%s:\ngot    %s\nwanted %s", narrowed[i].profile, rv_buf_str(&got), narrowed[i].want);
	}
}

static void test_own_is_within(void **state)
{
	(void)state;
	for (int cap = -1; cap <= CAP_LAST_CAP; cap++) {
		struct rv_seccomp_for to = plain;
		rv_autobuf got = { 0 };

		to.bounding = cap < 0 ? UINT64_MAX : UINT64_C(1) << cap;
		rv_autojson doc = computed(&to);
		narrow(rv_json_text(&doc, doc.root), &to, &got);
		if (got.len)
			fail_msg("capability %d: %s", cap, rv_buf_str(&got));
	}
}

static void test_settings(void **state)
{
	const char *calls[] = { "bpf", "clone3", "socket", "ptrace" }, *not[] = { "ptrace", "modify_ldt", "userfaultfd" };
	const struct rv_list extra = { calls, RV_COUNT(calls), NULL }, denied = { not, RV_COUNT(not), NULL };
	struct rv_seccomp_for to = plain;
	rv_autobuf got = { 0 };

	(void)state;
	to.extra = &extra;
	to.denied = &denied;
	to.native = true;
	rv_autojson doc = computed(&to);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(allows(doc.root, calls[i]), 2);
	for (size_t i = 0; i < RV_COUNT(not); i++)
		assert_int_equal(allows(doc.root, not[i]), 0);
	assert_int_equal(rv_json_count(rv_json_get(doc.root, "architectures")), 1);
	narrow(rv_json_text(&doc, doc.root), &to, &got);
	assert_string_equal(rv_buf_str(&got), "");
	narrow(PROFILE(ALLOW("\"socket\", \"ptrace\", \"clone3\"", "")), &to, &got);
	assert_string_equal(rv_buf_str(&got), "allow socket clone3");
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
		{ "{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", true },
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
#define NATIVE	"{\"seccomp\": {\"ceiling\": \"default\", \"architectures\": \"native\"}}"
#define KEEP	"{\"seccomp\": {\"absent\": \"default\", \"ceiling\": \"any\"}}"
#define DOC(p)	"{\"linux\": {\"seccomp\": " p "}}"
#define ARCHES	"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_MIPS\", \"SCMP_ARCH_X86_64\"]}"

/* In the place of a filter. */
static void default_for(const struct rv_seccomp_for *to, const char *filter, char out[16384])
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autojson doc = read_profile(filter ? filter : "null", strlen(filter ? filter : "null"));
	rv_autobuf text = { 0 };

	rv_seccomp_write(rv_seccomp_ceiling_make(to, &arena), filter ? doc.root : NULL, &text);
	snprintf(out, 16384, "set seccomp.absent /linux/seccomp %s\n", rv_buf_str(&text));
}

static void test_judge(void **state)
{
	static const struct rv_seccomp_for to = { .arch = "x86_64", .kernel = RV_KERNEL(6, 1) };
	char absent[16384], native[16384];
	const struct judge_case cases[] = {
		{ "absent", DEFAULT, "{}", .want = absent },
		{ "null", DEFAULT, DOC("null"), .want = absent },
		{ "empty", DEFAULT, DOC("{\"defaultAction\": \"\"}"), .want = absent },
		{ "everything allowed", KEEP, DOC("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}"), .want = native },
		{ "within", DEFAULT, DOC(PROFILE(ALLOW("\"read\"", ""))), .want = "" },
		{ "beyond", DEFAULT, DOC(PROFILE(ALLOW("\"bpf\"", ""))), .want = "set seccomp.ceiling /linux/seccomp/syscalls []\n" },
		{ "beyond, kept", KEEP, DOC(PROFILE(ALLOW("\"bpf\"", ""))), .want = "" },
		{ "odd", DEFAULT, DOC(PROFILE("{\"names\": [\"bpf\"]}")), .want = "deny seccomp.ceiling /linux/seccomp\n" },
		{ "a listener", DEFAULT,
		  DOC("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"listenerPath\": \"/run/s\", \"listenerMetadata\": \"x\"}"),
		  .want = "remove seccomp.ceiling /linux/seccomp/listenerPath\nremove seccomp.ceiling /linux/seccomp/listenerMetadata\n" },
		{ "flags", DEFAULT,
		  DOC("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", "
		      "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}"),
		  .want = "remove seccomp.ceiling /linux/seccomp/flags/1\n" },
		{ "asked by default", DEFAULT, DOC("{\"defaultAction\": \"SCMP_ACT_TRACE\", \"defaultErrnoRet\": 5}"),
		  .want = "set seccomp.ceiling /linux/seccomp/defaultAction \"SCMP_ACT_ERRNO\"\n"
			  "set seccomp.ceiling /linux/seccomp/defaultErrnoRet 1\n" },
		{ "architectures", DEFAULT, DOC(ARCHES), .want = "remove seccomp.ceiling /linux/seccomp/architectures/1\n" },
		{ "only the machine's own", NATIVE, DOC(ARCHES),
		  .want = "remove seccomp.architectures /linux/seccomp/architectures/0\n"
			  "remove seccomp.architectures /linux/seccomp/architectures/1\n" },
		{ "no architecture of this machine", DEFAULT, DOC("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_MIPS\"]}"),
		  .want = "set seccomp.ceiling /linux/seccomp/architectures [\"SCMP_ARCH_X86_64\"]\n" },
		{ "what cannot be joined is said", DEFAULT,
		  DOC(PROFILE(ALLOW("\"clone\"", CMP("0", "LT", "4294967296", "0")))),
		  .want = "set seccomp.ceiling /linux/seccomp/syscalls []\nwarn\n" },
		{ "any", "{}", "{}", .want = "" },
	};

	(void)state;
	default_for(&to, NULL, absent);
	default_for(&to, "{}", native);
	judge_cases(&rv_family_seccomp, cases, RV_COUNT(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents), cmocka_unit_test(test_kernel_and_arch), cmocka_unit_test(test_own_is_within),
		cmocka_unit_test(test_narrowed), cmocka_unit_test(test_settings),	  cmocka_unit_test(test_enforces),
		cmocka_unit_test(test_judge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
