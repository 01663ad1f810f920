/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Where an executable comes from: one of RV_ORIGIN_*. A file of the image that was changed in any way, even its mode, lies in overlay's
 * upper layer with one below it; one that the container made has none below it. Where the root is no overlay, all of it counts as the image.
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

/* in_root: it lies below the container's root (struct rv_walk.reached). */
static __noinline __u32 rv_origin(struct dentry *dentry, bool in_root)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);

	if (rv_is_memfd(dentry))
		return RV_ORIGIN_MEMFD;
	if (BPF_CORE_READ(inode, i_nlink) == 0)
		return RV_ORIGIN_DELETED;
	if (in_root)
		return magic == RV_OVERLAYFS_MAGIC ? rv_origin_overlay(inode) : RV_ORIGIN_IMAGE;
	return magic == RV_TMPFS_MAGIC ? RV_ORIGIN_TMPFS : RV_ORIGIN_VOLUME;
}

#endif
