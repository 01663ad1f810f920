/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "bpf.h"

struct machine {
	uint32_t a, x, mem[BPF_MEMWORDS];
};

static bool load(struct machine *m, const struct sock_filter *i, const struct seccomp_data *data, uint32_t *to)
{
	switch (BPF_MODE(i->code)) {
	case BPF_ABS:
		if (BPF_CLASS(i->code) != BPF_LD || BPF_SIZE(i->code) != BPF_W || i->k & 3 || i->k >= sizeof(*data))
			return false;
		memcpy(to, (const char *)data + i->k, sizeof(*to));
		return true;
	case BPF_IMM:
		*to = i->k;
		return true;
	case BPF_LEN:
		*to = sizeof(*data);
		return true;
	case BPF_MEM:
		if (i->k >= BPF_MEMWORDS)
			return false;
		*to = m->mem[i->k];
		return true;
	}
	return false;
}

static bool calculate(struct machine *m, const struct sock_filter *i)
{
	uint32_t with = BPF_SRC(i->code) == BPF_X ? m->x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_AND:
		m->a &= with;
		return true;
	case BPF_OR:
		m->a |= with;
		return true;
	case BPF_XOR:
		m->a ^= with;
		return true;
	case BPF_ADD:
		m->a += with;
		return true;
	case BPF_SUB:
		m->a -= with;
		return true;
	case BPF_LSH:
		m->a = with < 32 ? m->a << with : 0;
		return true;
	case BPF_RSH:
		m->a = with < 32 ? m->a >> with : 0;
		return true;
	case BPF_NEG:
		m->a = -m->a;
		return true;
	}
	return false;
}

/* How many instructions further. */
static bool jump(const struct machine *m, const struct sock_filter *i, uint32_t *by)
{
	uint32_t with = BPF_SRC(i->code) == BPF_X ? m->x : i->k;
	bool taken;

	switch (BPF_OP(i->code)) {
	case BPF_JA:
		*by = i->k;
		return true;
	case BPF_JEQ:
		taken = m->a == with;
		break;
	case BPF_JGT:
		taken = m->a > with;
		break;
	case BPF_JGE:
		taken = m->a >= with;
		break;
	case BPF_JSET:
		taken = m->a & with;
		break;
	default:
		return false;
	}
	*by = taken ? i->jt : i->jf;
	return true;
}

static bool store(struct machine *m, const struct sock_filter *i, uint32_t value)
{
	if (i->k >= BPF_MEMWORDS)
		return false;
	m->mem[i->k] = value;
	return true;
}

bool bpf_run(const struct bpf_program *program, const struct seccomp_data *data, uint32_t *out)
{
	struct machine m = { 0 };
	uint32_t by;

	/* jumps only lead forward, so this ends */
	for (size_t at = 0; at < program->count; at++) {
		const struct sock_filter *i = &program->insn[at];
		bool fine = true;

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			fine = load(&m, i, data, &m.a);
			break;
		case BPF_LDX:
			fine = load(&m, i, data, &m.x);
			break;
		case BPF_ST:
			fine = store(&m, i, m.a);
			break;
		case BPF_STX:
			fine = store(&m, i, m.x);
			break;
		case BPF_ALU:
			fine = calculate(&m, i);
			break;
		case BPF_JMP:
			by = 0;
			fine = jump(&m, i, &by);
			at += by;
			break;
		case BPF_MISC:
			if (BPF_MISCOP(i->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
			break;
		case BPF_RET:
			*out = BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
			return true;
		}
		if (!fine)
			return false;
	}
	return false;
}
