// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Reads in the base tier. While a container asks (RV_C_CALLS) opens for reading, and where no tracepoint shows a change as it is made, files
 * opened for writing. The file is the one that the new descriptor has, so names and symbolic links that change
 * meanwhile mean nothing; an open that failed is not seen, and a rule that denies kills after the file was opened. Writes to
 * devices change no ctime: their opens are taken here in any case.
 *
 * Otherwise, and without cost to those who read nothing, what is read through the page cache by read(2) and its like; not what is mapped
 * (O_DIRECT and io_uring too go past it), nor what lies in tmpfs or proc.
 */
#include "called.h"
#include "touch.h"

typedef void (*btf_trace_ctime_ns_xchg)(void *data, struct inode *inode, __u32 old, __u32 new, __u32 now);

static __always_inline __u64 rv_opened_for(struct rv_touch *t, __u32 mode)
{
	bool device = (t->mode & RV_S_IFMT) == RV_S_IFCHR || (t->mode & RV_S_IFMT) == RV_S_IFBLK;
	__u64 operation = 0;

	if (!device && bpf_core_type_exists(btf_trace_ctime_ns_xchg))
		return 0;
	if (mode & RV_FMODE_WRITE)
		operation |= RV_BIT(RV_OP_WRITE);
	if (t->open_flags & RV_O_TRUNC)
		operation |= RV_BIT(RV_OP_TRUNCATE);
	return operation;
}

/* The loader attaches it to each. */
SEC("tp/syscalls/sys_exit_openat+sys_exit_openat2+sys_exit_open+sys_exit_creat")
int base_call_open(struct rv_exit *ctx)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_touch t = { .call = ctx->nr };
	struct file *file;
	__u32 mode;

	if (!c || rv_outside(self) || !(c->flags & RV_C_CALLS))
		return 0;
	file = rv_file_of(ctx->ret);
	if (!file)
		return 0;
	rv_touch_read(&t, file);
	if (rv_is_stream(t.mode) || (t.mode & RV_S_IFMT) == RV_S_IFDIR)
		return 0;
	mode = BPF_CORE_READ(file, f_mode);
	t.flags = rv_opened_for(&t, mode);
	t.kind = RV_EVENT_CHANGE;
	if (t.flags)
		rv_touch(self, c, &t);
	t.flags = 0;
	t.kind = RV_EVENT_READ;
	if (mode & RV_FMODE_READ)
		rv_touch(self, c, &t);
	return 0;
}

/* The descriptor that is read; -1: not known. */
static __always_inline int rv_read_fd(int call)
{
	switch (call) {
	case __NR_read: case __NR_pread64: case __NR_readv: case __NR_preadv: case __NR_preadv2: case __NR_splice: case __NR_copy_file_range:
		return rv_arg(0);
	case __NR_sendfile:
		return rv_arg(1);
	}
	return -1;
}

/* 6.11 */
SEC("tp_btf/mm_filemap_get_pages")
int BPF_PROG(base_read)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_touch t = { .kind = RV_EVENT_READ };
	struct file *file;

	if (!c || rv_outside(self) || c->flags & RV_C_CALLS)
		return 0;
	t.call = rv_call(bpf_get_current_task_btf());
	file = rv_file_of(rv_read_fd(t.call));
	if (!file)
		return 0;
	rv_touch_read(&t, file);
	return rv_touch(self, c, &t);
}
