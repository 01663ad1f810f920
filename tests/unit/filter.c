/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "filter.h"

struct word { const char *name; uint32_t value; };

static const struct word actions[] = {
	{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },	      { "SCMP_ACT_LOG", SCMP_ACT_LOG },
	{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },	      { "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD }, { "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY },
};

static const struct word operators[] = {
	{ "SCMP_CMP_NE", SCMP_CMP_NE }, { "SCMP_CMP_LT", SCMP_CMP_LT }, { "SCMP_CMP_LE", SCMP_CMP_LE },
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ }, { "SCMP_CMP_GE", SCMP_CMP_GE }, { "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

static const struct word arches[] = {
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64 }, { "SCMP_ARCH_X86", SCMP_ARCH_X86 }, { "SCMP_ARCH_X32", SCMP_ARCH_X32 },
	{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64 }, { "SCMP_ARCH_ARM", SCMP_ARCH_ARM }, { "SCMP_ARCH_S390X", SCMP_ARCH_S390X },
	{ "SCMP_ARCH_S390", SCMP_ARCH_S390 }, { "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE },
	{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64 },
};

static const struct word *find(const struct word *words, size_t count, const struct rv_json *name)
{
	const char *text = rv_json_str(name);

	for (size_t i = 0; text && i < count; i++)
		if (strcmp(words[i].name, text) == 0)
			return &words[i];
	return NULL;
}

static bool action_of(const struct rv_json *object, const char *member, const char *errno_member, uint32_t *out)
{
	const struct rv_json *name = rv_json_get(object, member);
	const struct word *word = find(actions, RV_COUNT(actions), name);
	int64_t number = EPERM;

	rv_json_i64(rv_json_get(object, errno_member), &number);
	if (word)
		*out = word->value;
	else if (rv_json_str(name) && strcmp(rv_json_str(name), "SCMP_ACT_ERRNO") == 0)
		*out = SCMP_ACT_ERRNO((uint16_t)number);
	else if (rv_json_str(name) && strcmp(rv_json_str(name), "SCMP_ACT_TRACE") == 0)
		*out = SCMP_ACT_TRACE((uint16_t)number);
	else
		return false;
	return true;
}

static uint64_t number_of(const struct rv_json *object, const char *member)
{
	uint64_t value = 0;

	rv_json_u64(rv_json_get(object, member), &value);
	return value;
}

static const char *add_call(scmp_filter_ctx ctx, const struct rv_json *rule, const char *name, uint32_t action)
{
	int call = seccomp_syscall_resolve_name(name);
	unsigned count = 0, on[6] = { 0 };
	struct scmp_arg_cmp args[6];
	bool split = false;
	int rc = 0;

	if (call == __NR_SCMP_ERROR)
		return NULL;
	rv_json_each(arg, rv_json_get(rule, "args")) {
		const struct word *op = find(operators, RV_COUNT(operators), rv_json_get(arg, "op"));
		uint64_t index = number_of(arg, "index");

		if (!op || index > 5 || count == RV_COUNT(args))
			return "a condition";
		args[count++] = (struct scmp_arg_cmp){ (unsigned)index, op->value, number_of(arg, "value"), number_of(arg, "valueTwo") };
		split |= ++on[index] > 1;
	}
	if (!split)
		return seccomp_rule_add_array(ctx, action, call, count, args) < 0 ? name : NULL;
	for (unsigned i = 0; i < count && rc >= 0; i++)
		rc = seccomp_rule_add_array(ctx, action, call, 1, &args[i]);
	return rc < 0 ? name : NULL;
}

static const char *add_rules(scmp_filter_ctx ctx, const struct rv_json *profile, uint32_t otherwise)
{
	rv_json_each(arch, rv_json_get(profile, "architectures")) {
		const struct word *known = find(arches, RV_COUNT(arches), arch);
		int rc = known ? seccomp_arch_add(ctx, known->value) : -EINVAL;

		if (rc < 0 && rc != -EEXIST)
			return "an architecture";
	}
	rv_json_each(rule, rv_json_get(profile, "syscalls")) {
		uint32_t action;

		if (!action_of(rule, "action", "errnoRet", &action))
			return "an action";
		if (action == otherwise)
			continue;
		rv_json_each(name, rv_json_get(rule, "names")) {
			const char *what = add_call(ctx, rule, rv_json_str(name), action);

			if (what)
				return what;
		}
	}
	return NULL;
}

static const char *export(scmp_filter_ctx ctx, struct bpf_program *out)
{
	rv_autofd fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat st;

	if (fd < 0 || seccomp_export_bpf(ctx, fd) < 0 || fstat(fd, &st) < 0)
		return "libseccomp makes no filter of it";
	out->insn = malloc((size_t)st.st_size);
	out->count = (size_t)st.st_size / sizeof(*out->insn);
	if (!out->insn || pread(fd, out->insn, (size_t)st.st_size, 0) != st.st_size)
		return "no memory";
	return out->count > BPF_MAXINSNS ? "more instructions than the kernel takes" : NULL;
}

bool filter_make(struct bpf_program *out, const struct rv_json *profile, const char **why)
{
	const char *name = rv_json_str(rv_json_get(profile, "defaultAction"));
	scmp_filter_ctx ctx;
	uint32_t otherwise;

	*out = (struct bpf_program){ 0 };
	if ((!name || !*name) && !rv_json_count(rv_json_get(profile, "syscalls")))
		return true;
	*why = "the default action";
	if (!action_of(profile, "defaultAction", "defaultErrnoRet", &otherwise))
		return false;
	ctx = seccomp_init(otherwise);
	if (!ctx)
		return false;
	*why = add_rules(ctx, profile, otherwise);
	if (!*why)
		*why = export(ctx, out);
	seccomp_release(ctx);
	if (*why)
		filter_free(out);
	return !*why;
}

void filter_free(struct bpf_program *program)
{
	free(program->insn);
	*program = (struct bpf_program){ 0 };
}

uint32_t filter_run(const struct bpf_program *program, const struct seccomp_data *data)
{
	uint32_t value;

	if (!program->count)
		return SECCOMP_RET_ALLOW;
	if (!bpf_run(program, data, &value)) {
		fputs("a filter that no kernel loads\n", stderr);
		abort();
	}
	return value;
}

bool filter_allows(const struct bpf_program *program, const struct seccomp_data *data)
{
	uint32_t action = filter_run(program, data) & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* ---- calls to try ---- */

#define VALUES 96
struct values {
	uint64_t item[VALUES];
	size_t count;
};

static void add_value(struct values *v, uint64_t value)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->item[i] == value)
			return;
	if (v->count < VALUES)
		v->item[v->count++] = value;
}

/* A number as it is, beside it, and with something in the word that an int leaves out. */
static void add_around(struct values *v, uint64_t value)
{
	for (uint64_t near = value - 1; near != value + 2; near++) {
		add_value(v, near);
		add_value(v, near ^ UINT64_C(1) << 32);
	}
	add_value(v, value | UINT64_C(0xffffffff) << 32);
}

static void add_mask(struct values *v, uint64_t mask, uint64_t two)
{
	add_around(v, two);
	add_value(v, two | ~mask);
	for (unsigned bit = 0; bit < 64; bit++)
		if (mask >> bit & 1)
			add_value(v, two ^ UINT64_C(1) << bit);
}

static void add_condition(struct values values[6], const struct rv_json *arg)
{
	const char *op = rv_json_str(rv_json_get(arg, "op"));
	uint64_t index = number_of(arg, "index");

	if (!op || index > 5)
		return;
	if (strcmp(op, "SCMP_CMP_MASKED_EQ") == 0)
		add_mask(&values[index], number_of(arg, "value"), number_of(arg, "valueTwo"));
	else
		add_around(&values[index], number_of(arg, "value"));
}

static void gather(const struct rv_json *profile, const char *call, struct values values[6])
{
	rv_json_each(rule, rv_json_get(profile, "syscalls")) {
		if (!rv_json_count(rv_json_get(rule, "args")))
			continue;
		rv_json_each(name, rv_json_get(rule, "names")) {
			if (!rv_json_str(name) || strcmp(rv_json_str(name), call) != 0)
				continue;
			rv_json_each(arg, rv_json_get(rule, "args"))
				add_condition(values, arg);
			break;
		}
	}
}

struct visitor {
	void (*visit)(void *ctx, const struct filter_try *t);
	void *ctx;
	const struct rv_json *named_by;
};

#define COMBINATIONS 4096

static void vary(const struct visitor *to, struct filter_try *t, const struct values values[6])
{
	uint64_t all = 1, random = 1;

	for (unsigned i = 0; i < 6; i++)
		all *= values[i].count;
	for (uint64_t n = 0; n < all && n < COMBINATIONS; n++) {
		uint64_t left = n;

		if (all > COMBINATIONS) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			left = random >> 16;
		}
		for (unsigned i = 0; i < 6; i++) {
			t->data.args[i] = values[i].item[left % values[i].count];
			left /= values[i].count;
		}
		to->visit(to->ctx, t);
	}
}

static bool names(const struct rv_json *profile, const char *call)
{
	rv_json_each(rule, rv_json_get(profile, "syscalls"))
		rv_json_each(name, rv_json_get(rule, "names"))
			if (rv_json_str(name) && strcmp(rv_json_str(name), call) == 0)
				return true;
	return false;
}

static void try_number(const struct visitor *to, const struct rv_json *const *profiles, size_t count, uint32_t arch, int nr)
{
	char *name = seccomp_syscall_resolve_num_arch(arch, nr);
	struct filter_try t = { .call = name ? name : "" };
	struct values values[6];

	if (to->named_by && !names(to->named_by, t.call)) {
		free(name);
		return;
	}
	t.data.nr = nr;
	t.data.arch = arch == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : arch;
	for (unsigned i = 0; i < 6; i++) {
		values[i].count = 0;
		add_value(&values[i], 0);
	}
	for (size_t i = 0; name && i < count; i++)
		gather(profiles[i], name, values);
	/* i386's and s390's one call for many: the first argument says which */
	if (name && (strcmp(name, "socketcall") == 0 || strcmp(name, "ipc") == 0))
		for (uint64_t which = 0; which < 26; which++)
			add_value(&values[0], which);
	vary(to, &t, values);
	for (unsigned i = 0; i < 6; i++)
		t.data.args[i] = UINT64_MAX;
	to->visit(to->ctx, &t);
	free(name);
}

static const uint32_t tried_arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_X86, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, SCMP_ARCH_MIPS };

void filter_tries(const struct rv_json *const *profiles, size_t count, const struct rv_json *named_by,
		  void (*visit)(void *ctx, const struct filter_try *t), void *ctx)
{
	const struct visitor to = { visit, ctx, named_by };

	for (size_t i = 0; i < RV_COUNT(tried_arches); i++) {
		int bit = tried_arches[i] == SCMP_ARCH_X32 ? 0x40000000 : 0;

		for (int nr = -1; nr < 600; nr++)
			try_number(&to, profiles, count, tried_arches[i], nr | bit);
	}
}

bool filter_condition_holds(const struct rv_json *arg, const struct seccomp_data *data)
{
	/* libseccomp's 32-bit architectures, x32 among them */
	bool narrow = data->arch != SCMP_ARCH_X86_64 || data->nr & 0x40000000;
	uint64_t all = narrow ? UINT32_MAX : UINT64_MAX, index = number_of(arg, "index");
	uint64_t a = index < 6 ? data->args[index] & all : 0, value = number_of(arg, "value") & all;
	const struct word *op = find(operators, RV_COUNT(operators), rv_json_get(arg, "op"));

	switch (op ? op->value : 0) {
	case SCMP_CMP_NE:
		return a != value;
	case SCMP_CMP_LT:
		return a < value;
	case SCMP_CMP_LE:
		return a <= value;
	case SCMP_CMP_EQ:
		return a == value;
	case SCMP_CMP_GE:
		return a >= value;
	case SCMP_CMP_GT:
		return a > value;
	case SCMP_CMP_MASKED_EQ:
		return (a & value) == (number_of(arg, "valueTwo") & value);
	}
	return false;
}
