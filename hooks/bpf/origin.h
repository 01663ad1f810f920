/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Where an executable comes from: one of RV_ORIGIN_*. A file of the image that was changed in any way, even its mode, lies in overlay's
 * upper layer with one below it; one that the container made has none below it. Where the root is no overlay, a file counts as new that was
 * made, changed, or given or deprived of a name since the container was entered: its ctime says so, which nobody can set.
 */
#ifndef REEVE_HOOKS_BPF_ORIGIN_H
#define REEVE_HOOKS_BPF_ORIGIN_H

#include "scratch.h"

/* Overlay may be a module that is not loaded yet, and then its own types are not known. */
static __always_inline bool rv_overlay_has_entry(void)
{
	if (bpf_core_type_exists(struct ovl_inode))
		return bpf_core_field_exists(struct ovl_inode, oe);
	return bpf_core_field_exists(struct inode___late, i_ctime_sec) || bpf_core_field_exists(struct inode___middle, __i_ctime);
}

static __always_inline __u32 rv_origin_overlay(struct inode *inode)
{
	struct { struct dentry *upper; void *below; } behind = {};
	struct ovl_entry *entry;

	bpf_probe_read_kernel(&behind, sizeof(behind), (void *)inode + bpf_core_type_size(struct inode));
	if (!behind.upper)
		return RV_ORIGIN_IMAGE;
	if (!rv_overlay_has_entry())
		return behind.below ? RV_ORIGIN_COPIED : RV_ORIGIN_NEW;
	entry = behind.below;
	return entry && BPF_CORE_READ(entry, __numlower) ? RV_ORIGIN_COPIED : RV_ORIGIN_NEW;
}

static __always_inline bool rv_is_memfd(struct dentry *dentry)
{
	char name[8] = {};

	if (BPF_CORE_READ(dentry, d_parent) != dentry)
		return false;
	bpf_probe_read_kernel(name, 6, BPF_CORE_READ(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':';
}

static __always_inline __s64 rv_time_of(__s64 seconds, __u32 ns)
{
	return seconds * 1000000000LL + (ns & ~RV_CTIME_QUERIED);
}

static __always_inline __s64 rv_ctime_of(struct inode *inode)
{
	struct inode___late *late = (void *)inode;
	struct inode___middle *middle = (void *)inode;
	struct inode___early *early = (void *)inode;

	if (bpf_core_field_exists(late->i_ctime_sec))
		return rv_time_of(BPF_CORE_READ(late, i_ctime_sec), BPF_CORE_READ(late, i_ctime_nsec));
	if (bpf_core_field_exists(middle->__i_ctime))
		return rv_time_of(BPF_CORE_READ(middle, __i_ctime.tv_sec), BPF_CORE_READ(middle, __i_ctime.tv_nsec));
	return rv_time_of(BPF_CORE_READ(early, i_ctime.tv_sec), BPF_CORE_READ(early, i_ctime.tv_nsec));
}

/* The clock goes in ticks: what is as old as the container's entry came after it, or some milliseconds before. */
static __always_inline __u32 rv_origin_root(struct inode *inode, unsigned long magic, struct rv_container *c)
{
	if (magic == RV_OVERLAYFS_MAGIC)
		return rv_origin_overlay(inode);
	return rv_ctime_of(inode) >= c->entered ? RV_ORIGIN_NEW : RV_ORIGIN_IMAGE;
}

/* in_root: it lies below the container's root (struct rv_walk.reached). */
static __noinline __u32 rv_origin(struct dentry *dentry, struct rv_container *c, bool in_root)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);

	if (rv_is_memfd(dentry))
		return RV_ORIGIN_MEMFD;
	if (BPF_CORE_READ(inode, i_nlink) == 0)
		return RV_ORIGIN_DELETED;
	if (in_root)
		return rv_origin_root(inode, magic, c);
	return magic == RV_TMPFS_MAGIC ? RV_ORIGIN_TMPFS : RV_ORIGIN_VOLUME;
}

#endif
