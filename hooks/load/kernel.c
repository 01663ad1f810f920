/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load/load.h"

void rv_kernel_done(struct rv_kernel *k)
{
	btf__free(k->btf);
	k->btf = NULL;
}

bool rv_kernel_has_tracepoint(const struct rv_kernel *k, const char *name)
{
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(k->btf, type, BTF_KIND_TYPEDEF) > 0;
}

bool rv_kernel_has_function(const struct rv_kernel *k, const char *prefix, const char *name)
{
	char function[128];

	snprintf(function, sizeof(function), "%s%s", prefix, name);
	return btf__find_by_name_kind(k->btf, function, BTF_KIND_FUNC) > 0;
}

int rv_kernel_attach_type(const struct rv_kernel *k, const char *name)
{
	const struct btf_type *type = btf__type_by_id(k->btf, (__u32)btf__find_by_name_kind(k->btf, "bpf_attach_type", BTF_KIND_ENUM));
	const struct btf_enum *value = type ? btf_enum(type) : NULL;

	for (__u16 i = 0; value && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(k->btf, value[i].name_off), name))
			return value[i].val;
	return -1;
}

static void find_mechanism(struct rv_kernel *k)
{
	static const enum rv_mechanism order[] = { RV_MECHANISM_LSM, RV_MECHANISM_MODIFY };
	struct rv_err err = RV_ERR_INIT;
	size_t used = 0;

	for (size_t i = 0; i < RV_COUNT(order); i++) {
		if (rv_probe(order[i], &err) == 0) {
			k->mechanism = order[i];
			return;
		}
		used += (size_t)snprintf(k->why + used, sizeof(k->why) - used, "%s%s", used ? "; " : "", err.msg);
		used = used < sizeof(k->why) ? used : sizeof(k->why) - 1;
	}
}

/* libbpf 1.1 does not know the words with which newer kernels refuse a helper to a type of program, and takes it for allowed. */
static bool cgroups_see_tasks(void)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_task_storage_get },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	char said[4096] = "";
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_INET4_CONNECT, .log_buf = said, .log_size = sizeof(said),
		    .log_level = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, NULL, "GPL", program, RV_COUNT(program), &opts);

	if (fd >= 0)
		close(fd);
	return *said && !strstr(said, "unknown func") && !strstr(said, "invalid func") && !strstr(said, "cannot use helper");
}

int rv_kernel_look(struct rv_kernel *k, struct rv_err *err)
{
	*k = (struct rv_kernel){ 0 };
	k->btf = btf__load_vmlinux_btf();
	if (!k->btf)
		return rv_err(err, RV_ESYSTEM,
			      "this kernel does not tell its types (/sys/kernel/btf/vmlinux): it needs CONFIG_DEBUG_INFO_BTF");
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) != 1)
		return rv_err(err, RV_ESYSTEM,
			      errno == EPERM ? "not permitted to use bpf(2): CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed"
					     : "this kernel has no BPF ring buffers: Linux 5.17 or later is needed");
	k->cgroup_tasks = cgroups_see_tasks();
	find_mechanism(k);
	return 0;
}
