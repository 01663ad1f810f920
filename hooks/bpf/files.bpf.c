// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Changes to files in the base tier, from 6.13 on: whatever changes an inode sets its ctime, and three tracepoints show that: set, swapped
 * (ctime_ns_xchg), and left because the clock has not moved since the last change (ctime_xchg_skip). What happened is told from the
 * current system call, which file from the inode's names. The change has been made by then.
 *
 * A new name is not the inode's yet when its directory's ctime is set. It is found as the directory's child that has no inode and is held:
 * whoever makes a name holds the directory's lock, so there is no other. An overlay has done its work in the upper layer by then:
 *	the newest name there tells what was made, or where a whiteout now hides a lower file;
 *	the upper name of a file that is being renamed is the new one already.
 * The upper layer's own changes are met first, under the mounter's credentials, and are passed over - but for writes to a
 * mapped file, which only the upper layer sees. A write sets the overlay's ctime before and after: before, the process can still be stopped.
 *
 * Each tracepoint loads all of this anew, so the parts are functions that the verifier looks at by themselves: what they hand over are
 * addresses as numbers.
 */
#include "touch.h"

#define RV_ALIASES  4	/* names of one inode that are looked at */
#define RV_CHILDREN 256	/* of a directory */
#define RV_MOUNTS   256	/* of a file system */

extern void *bpf_rdonly_cast(void *object, __u32 type) __ksym __weak;
#define RV_CAST(type, from) ((type *)bpf_rdonly_cast((void *)(from), bpf_core_type_id_kernel(type)))
#define RV_ENTRY(type, member, from) RV_CAST(type, (char *)(from) - bpf_core_field_offset(type, member))

/* By what they do to a directory. */
#define RV_MAKES (RV_BIT(RV_OP_CREATE) | RV_BIT(RV_OP_MKDIR) | RV_BIT(RV_OP_MKNOD) | RV_BIT(RV_OP_SYMLINK) | RV_BIT(RV_OP_LINK))
#define RV_REMOVES (RV_BIT(RV_OP_UNLINK) | RV_BIT(RV_OP_RMDIR))
/* They act on a name, not on the inode whatever it is called. */
#define RV_NAMES (RV_REMOVES | RV_BIT(RV_OP_RENAME) | RV_BIT(RV_OP_LINK))

/* What was changed, and what is to be judged: name, and with a rename or a link the other name too. All of them are dentries. */
struct rv_change {
	__u64 container;
	__u64 root;		/* of the container */
	__u64 top;		/* of the upper layer, when that is an overlay; else 0 */
	__u64 name, also;
	__u64 operation;
	__u64 text;		/* what a symbolic link says */
	__s32 call;
	__u32 mode;		/* 0: the inode's */
	__u8 upper, also_upper;	/* the name is in the upper layer */
	__u8 all;		/* all names of the inode */
	__u8 directory;		/* one was renamed */
};

static __always_inline struct dentry *rv_upper(struct inode *inode)
{
	__u64 upper = 0;

	if (inode->i_sb->s_magic != RV_OVERLAYFS_MAGIC)
		return NULL;
	/* Behind the inode in struct ovl_inode, which is not known while the module is not there. */
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper ? RV_CAST(struct dentry, upper) : NULL;
}

/* As a number: the verifier forgets what it knew. */
static __always_inline __u64 rv_address(const void *object)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &object);
	return address;
}

static __always_inline struct dentry *rv_alias(struct hlist_node *node)
{
	return node ? RV_ENTRY(struct dentry, d_u.d_alias, node) : NULL;
}

/* A walk over children, mounts or parents: where it is, what is looked for, what was found. */
struct rv_search { __u64 at, want, found; };

static long rv_name_made_step(__u32 i, struct rv_search *search)
{
	struct dentry *child;

	if (!search->at)
		return 1;
	child = RV_ENTRY(struct dentry, d_sib, search->at);
	if (!child->d_inode && child->d_lockref.count > 0) {
		search->found = (__u64)child;
		return 1;
	}
	search->at = (__u64)child->d_sib.next;
	return 0;
}

/* The name that is being made in a directory. */
__noinline __u64 rv_name_made(__u64 directory)
{
	struct rv_search search = { .at = (__u64)RV_CAST(struct dentry, directory)->d_children.first };

	bpf_loop(RV_CHILDREN, rv_name_made_step, &search, 0);
	return rv_address((void *)search.found);
}

static long rv_has_names_step(__u32 i, struct rv_search *search)
{
	struct dentry *child;

	if (!search->at) {
		search->found = 0;
		return 1;
	}
	child = RV_ENTRY(struct dentry, d_sib, search->at);
	search->at = (__u64)child->d_sib.next;
	return child->d_inode != NULL;
}

/* A directory that is being removed has nothing in it, the one it is removed from has. */
__noinline int rv_has_names(__u64 directory)
{
	struct rv_search search = { .at = (__u64)RV_CAST(struct dentry, directory)->d_children.first, .found = 1 };

	bpf_loop(RV_CHILDREN, rv_has_names_step, &search, 0);
	return search.found;
}

/* The newest name in a directory of the upper layer. */
static __always_inline struct dentry *rv_name_newest(struct dentry *upper)
{
	struct hlist_node *node = upper ? upper->d_children.first : NULL;

	return node ? RV_ENTRY(struct dentry, d_sib, node) : NULL;
}

static long rv_is_below_step(__u32 i, struct rv_search *search)
{
	struct dentry *dentry = RV_CAST(struct dentry, search->at);

	search->found = search->at == search->want;
	if (search->found || dentry == dentry->d_parent)
		return 1;
	search->at = (__u64)dentry->d_parent;
	return 0;
}

__noinline int rv_is_below(__u64 dentry, __u64 top)
{
	struct rv_search search = { .at = dentry, .want = top };

	bpf_loop(RV_PATH_MAX, rv_is_below_step, &search, 0);
	return search.found;
}

struct rv_mount_search { struct rv_search search; __u64 dentry; };

static long rv_mount_seen_step(__u32 i, struct rv_mount_search *m)
{
	struct mount *mount;

	if (!m->search.at)
		return 1;
	mount = RV_CAST(struct mount, m->search.at);
	if ((__u64)mount->mnt_ns == m->search.want && rv_is_below(m->dentry, rv_address(mount->mnt.mnt_root))) {
		m->search.found = (__u64)mount;
		return 1;
	}
	m->search.at = (__u64)mount->mnt_next_for_sb;
	return 0;
}

/* The mount where the process sees the dentry's file system; 0: not known. */
__noinline __u64 rv_mount_seen(__u64 dentry)
{
	struct rv_mount_search m = { .dentry = dentry };

	if (!bpf_core_field_exists(struct mount, mnt_next_for_sb))
		return 0;
	m.search.at = (__u64)RV_CAST(struct dentry, dentry)->d_sb->s_mounts;
	m.search.want = (__u64)bpf_get_current_task_btf()->nsproxy->mnt_ns;
	bpf_loop(RV_MOUNTS, rv_mount_seen_step, &m, 0);
	return m.search.found ? rv_address((void *)m.search.found) + bpf_core_field_offset(struct mount, mnt) : 0;
}

static __always_inline bool rv_choose(struct rv_change *ch, struct dentry *name, bool upper)
{
	ch->name = (__u64)name;
	ch->upper = upper;
	return name != NULL;
}

/* A whiteout stays the newest name until there is another: it tells of one removal only. */
static __noinline bool rv_whiteout(struct rv_change *ch, struct dentry *upper)
{
	struct rv_quiet_key key = { .container = ch->container, .state = ~0U };
	struct dentry *newest = rv_name_newest(upper);
	struct inode *inode;
	__u8 one = 1;

	if (!newest)
		return false;
	inode = newest->d_inode;
	if (!inode || (inode->i_mode & RV_S_IFMT) != RV_S_IFCHR || inode->i_rdev)
		return false;
	key.dentry = (__u64)newest;
	key.name = newest->d_name.hash;
	if (bpf_map_update_elem(&quiet, &key, &one, BPF_NOEXIST))
		return false;
	ch->mode = RV_S_IFREG;
	return rv_choose(ch, newest, true);
}

/* A link's other name is judged too, since it is the file that the new name is for. */
static __always_inline bool rv_linked(struct rv_change *ch, struct dentry *made)
{
	struct dentry *source = rv_alias(made->d_inode->i_dentry.first);

	if (source == made)
		source = rv_alias(source->d_u.d_alias.next);
	ch->also = (__u64)source;
	ch->also_upper = true;
	return rv_choose(ch, made, true);
}

static __noinline bool rv_made(struct rv_change *ch, struct dentry *directory, struct dentry *upper)
{
	struct dentry *newest = rv_name_newest(upper);
	__u64 name = rv_name_made(rv_address(directory));

	if (newest && newest->d_inode) {
		ch->mode = newest->d_inode->i_mode;
		if (ch->operation == RV_BIT(RV_OP_SYMLINK))
			ch->text = (__u64)newest->d_inode->i_link;
		if (ch->operation == RV_BIT(RV_OP_LINK))
			return rv_linked(ch, newest);
	}
	return name ? rv_choose(ch, (void *)name, false) : rv_choose(ch, newest, true);
}

static __noinline bool rv_removed(struct rv_change *ch, struct dentry *directory, struct dentry *upper)
{
	if (rv_whiteout(ch, upper))
		return true;
	if (rv_has_names(rv_address(directory)))
		return false;
	ch->operation = RV_BIT(RV_OP_RMDIR);
	return rv_choose(ch, directory, false);
}

static __noinline bool rv_same_name(struct dentry *a, struct dentry *b)
{
	__u64 one[8] = {}, other[8] = {};
	__u32 i;

	if (a->d_name.len != b->d_name.len)
		return false;
	bpf_probe_read_kernel_str(one, sizeof(one), a->d_name.name);
	bpf_probe_read_kernel_str(other, sizeof(other), b->d_name.name);
	for (i = 0; i < 8; i++)
		if (one[i] != other[i])
			return false;
	return true;
}

/* upper has the new name, name the old one. */
static __noinline bool rv_renamed(struct rv_change *ch, struct dentry *name, struct dentry *upper)
{
	struct dentry *parent = rv_upper(name->d_parent->d_inode);

	if (upper->d_parent == parent && rv_same_name(name, upper)) {
		rv_whiteout(ch, upper);
		return false;
	}
	ch->directory = (name->d_inode->i_mode & RV_S_IFMT) == RV_S_IFDIR;
	ch->also = (__u64)upper;
	ch->also_upper = true;
	return rv_choose(ch, name, false);
}

static __noinline bool rv_directory(struct rv_change *ch, struct dentry *directory, struct dentry *upper)
{
	__u64 name;

	if (ch->operation & RV_MAKES)
		return rv_made(ch, directory, upper);
	if (ch->operation & RV_REMOVES)
		return rv_removed(ch, directory, upper);
	if (!(ch->operation & (RV_BIT(RV_OP_RENAME) | RV_BIT(RV_OP_UNKNOWN))))
		return rv_choose(ch, directory, false);
	name = rv_name_made(rv_address(directory));
	if (name)
		return rv_choose(ch, (void *)name, false);
	if (ch->operation == RV_BIT(RV_OP_UNKNOWN))
		return rv_whiteout(ch, upper) || rv_choose(ch, directory, false);
	ch->directory = true;
	return false;
}

/* A name that is acted on is held. */
static __noinline bool rv_held(struct rv_change *ch, struct inode *inode)
{
	struct hlist_node *node = inode->i_dentry.first;
	__u32 i;

	for (i = 0; i < RV_ALIASES && node; i++) {
		struct dentry *name = rv_alias(node);

		if (name->d_lockref.count > 0)
			return rv_choose(ch, name, false);
		node = name->d_u.d_alias.next;
	}
	return false;
}

/* Under the mounter's credentials; a worker of io_uring has others too where it was told to. */
static __always_inline bool rv_is_overlay_at_work(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->cred != task->real_cred;
}

/* false: what overlayfs does in the upper layer by itself. */
static __noinline bool rv_in_upper(struct rv_change *ch, struct dentry *name)
{
	if (rv_is_overlay_at_work())
		return rv_call_is_io_uring(bpf_get_current_task_btf(), ch->call) &&
		       !rv_is_below(rv_address(name), rv_address(RV_CAST(struct dentry, ch->top)->d_parent));
	ch->all = ch->upper = rv_is_below(rv_address(name), ch->top);
	return true;
}

static __always_inline bool rv_is_upper(struct rv_change *ch, struct inode *inode)
{
	return ch->top && inode->i_sb == RV_CAST(struct dentry, ch->top)->d_sb && inode->i_sb != RV_CAST(struct dentry, ch->root)->d_sb;
}

/* Which names are to be judged. 0: none. */
__noinline int rv_names_of(struct rv_change *ch, __u64 address)
{
	struct inode *inode = RV_CAST(struct inode, address);
	struct dentry *name = rv_alias(inode->i_dentry.first), *upper = rv_upper(inode);

	if (!ch || !name || (rv_is_upper(ch, inode) && !rv_in_upper(ch, name)))
		return 0;
	if (ch->all)
		return 1;
	if (upper && (ch->operation & RV_BIT(RV_OP_RENAME)))
		return rv_renamed(ch, name, upper);
	if ((inode->i_mode & RV_S_IFMT) == RV_S_IFDIR)
		return rv_directory(ch, name, upper);
	if (ch->operation & RV_NAMES)
		return rv_held(ch, inode);
	if (ch->operation & RV_BIT(RV_OP_CREATE))
		ch->operation = RV_BIT(RV_OP_TRUNCATE);
	ch->all = true;
	return !(upper && ch->operation == RV_BIT(RV_OP_WRITE) && rv_is_overlay_at_work());
}

/* Judges ch->name, which goes with ch->also. */
__noinline int rv_changed(struct rv_task *self, struct rv_container *c, struct rv_change *ch)
{
	struct rv_touch touch = { .kind = RV_EVENT_CHANGE };
	struct dentry *name;

	if (!ch || !ch->name)
		return 0;
	name = RV_CAST(struct dentry, ch->name);
	touch.flags = ch->operation;
	touch.mode = ch->mode;
	touch.call = ch->call;
	touch.other = ch->also;
	touch.text = ch->text;
	if (rv_call_is_io_uring(bpf_get_current_task_btf(), ch->call))
		touch.flags |= RV_BIT(RV_F_IO_URING);
	if (ch->upper)
		touch.top = ch->top;
	else if (name->d_sb != RV_CAST(struct dentry, ch->root)->d_sb)
		touch.mnt = rv_mount_seen(ch->name);
	if (ch->also_upper)
		touch.other_top = ch->top;
	rv_touch_of(&touch, name);
	return rv_touch(self, c, &touch);
}

static __always_inline void rv_changed_both(struct rv_task *self, struct rv_container *c, struct rv_change *ch)
{
	__u64 name = ch->name;
	__u8 upper = ch->upper;

	rv_changed(self, c, ch);
	ch->name = ch->also;
	ch->upper = ch->also_upper;
	ch->also = name;
	ch->also_upper = upper;
	rv_changed(self, c, ch);
}

static __always_inline void rv_changed_all(struct rv_task *self, struct rv_container *c, struct rv_change *ch, struct hlist_node *node)
{
	__u32 i;

	for (i = 0; i < RV_ALIASES && node; i++) {
		struct dentry *name = rv_alias(node);

		ch->name = (__u64)name;
		rv_changed(self, c, ch);
		node = name->d_u.d_alias.next;
	}
}

/* refreshed: the inode may only have been read again. false: nothing was changed. */
static __always_inline bool rv_change_of(struct rv_change *ch, struct rv_container *c, __u32 mode, bool refreshed)
{
	ch->call = rv_call(bpf_get_current_task_btf());
	ch->operation = rv_operation(ch->call);
	if (!ch->operation && refreshed)
		return false;
	if (!ch->operation)
		ch->operation = RV_BIT(RV_OP_UNKNOWN);
	if (rv_is_stream(mode) && (ch->operation & (RV_BIT(RV_OP_WRITE) | RV_BIT(RV_OP_UNKNOWN))))
		return false;
	ch->root = c->root;
	ch->top = (__u64)rv_upper(RV_CAST(struct dentry, c->root)->d_inode);
	return true;
}

static __always_inline int rv_ctime(struct inode *inode, bool refreshed)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_change ch = {};
	bool found;

	if (!c || rv_outside(self) || !c->root || !inode->i_dentry.first)
		return 0;
	ch.container = self->container;
	if (!rv_change_of(&ch, c, inode->i_mode, refreshed))
		return 0;
	found = rv_names_of(&ch, rv_address(inode));
	if (ch.directory)
		__sync_fetch_and_add(&c->renames, 1);
	if (found && ch.all)
		rv_changed_all(self, c, &ch, inode->i_dentry.first);
	else if (found)
		rv_changed_both(self, c, &ch);
	return 0;
}

SEC("tp_btf/inode_set_ctime_to_ts")
int BPF_PROG(base_ctime_set, struct inode *inode)
{
	return rv_ctime(inode, true);
}

SEC("tp_btf/ctime_ns_xchg")
int BPF_PROG(base_ctime_swap, struct inode *inode)
{
	return rv_ctime(inode, false);
}

SEC("tp_btf/ctime_xchg_skip")
int BPF_PROG(base_ctime_skip, struct inode *inode)
{
	return rv_ctime(inode, false);
}
