/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a decision needs to know that is not in the document. Gathered by shim/facts.c before policy/ judges, so that judging
 * touches neither the host nor the clock. All text belongs to the arena the facts were gathered into.
 */
#ifndef REEVE_FACTS_H
#define REEVE_FACTS_H

#include <sys/stat.h>

#include "reeve/base.h"

/* By the entry path that the engine's configuration names (libexec/reeve/<engine>/runc, from AT_EXECFN), never by annotations. */
enum rv_engine {
	RV_ENGINE_SHELL,	/* called as reeve, by a person or unknown program */
	RV_ENGINE_CRI,		/* containerd's CRI plugin or CRI-O: the only ones whose namespace carries authority */
	RV_ENGINE_CONTAINERD,	/* containerd's other clients: ctr, nerdctl */
	RV_ENGINE_DOCKER,
	RV_ENGINE_PODMAN,
	RV_ENGINE_COUNT
};
extern const char *const rv_engine_names[RV_ENGINE_COUNT + 1];	/* "shell" "cri" "containerd" "docker" "podman" NULL */

/* A path of the document after resolution on the host: symbolic links (also /proc/N/root and the like), "..", relative to
 * the bundle. Components that do not exist are taken literally. */
struct rv_path_fact {
	const char *resolved;	/* clean and absolute; NULL: could not be resolved (errnum), which every control refuses */
	int errnum;
	bool exists;
	mode_t mode;		/* st_mode when it exists */
	dev_t dev, rdev;
	ino_t ino;
	unsigned mount;		/* id of the mount it lies in, as mountinfo has it; 0: unknown */
};

/*
 * A tree that a bind brings into the container: its source first, then, for a recursive one, each mount that lies below the source
 * (and is not covered there). A tree is told by file system and place in it, because one tree may be mounted under several names:
 * a harmless path may show /etc.
 */
struct rv_tree_fact {
	const char *at;		/* where below the source, clean and absolute; "" for the source itself */
	dev_t dev;		/* of the file system, as mountinfo has it */
	const char *root;	/* path inside that file system */
	ino_t ino;		/* of the tree's root, as stat(2) has it; 0: not looked at, it might not answer (network file systems) */
	mode_t mode;		/* of the same */
	const char *fs_type;
	const char *point;	/* mount point of the mount that it lies in, on the host */
	bool ro;		/* that mount is read-only */
	/* The path by which it was named, then every other host path that shows this tree, then the mount points that show
	 * something inside of it; NULL-terminated. Of a tree that was listed before, the first alone. */
	const char *const *names;
	/* Directories that this tree of an overlay is made of, clean where they are absolute; NULL-terminated, NULL for any other
	 * file system. */
	const char *const *layers;
};

/* A Unix socket at which a process in reeve's own network namespace listens. */
struct rv_socket_fact {
	const char *path;	/* on the host, resolved */
	uid_t uid;		/* owner of the inode */
};

struct rv_mount_trees {
	struct rv_tree_fact *item;	/* NULL: neither a bind nor an overlay, or it could not be looked at */
	size_t count;
	bool unknown;			/* the mounts could not be told: refused where trees are judged */
	struct rv_socket_fact *socket;	/* in view: in one of the trees. Not looked for in what an engine stages */
	size_t socket_count;
};

/* A namespace of linux.namespaces[i]. */
struct rv_ns_fact {
	bool has_path;
	struct rv_path_fact path;
	bool is_host;		/* same device and inode as pid 1's or the caller's namespace of that type */
	bool unknown;		/* path is there but could not be compared */
	uint64_t least_host_id;	/* a user namespace: the least of the host's ids that it maps; 0: root's, or nobody knows */
};

/* A hook's executable. */
struct rv_hook_fact {
	const char *stage;	/* "prestart" … */
	size_t index;
	struct rv_path_fact path;
	const char *loose;	/* the file, or a directory above it, that others than root and the caller can write; NULL: none */
};

/* The image's file system, each looked up inside the rootfs without following links out of it. */
struct rv_rootfs_fact {
	struct rv_path_fact path;		/* root.path */
	struct rv_mount_trees trees;		/* of root.path, which runtimes bind recursively */
	const char *bad_dir;			/* which of /proc /sys /dev exists and is no directory (a link, a file); NULL: fine */
	bool dev_null_fake;			/* <rootfs>/dev/null exists and is not character device 1:3 */
	const char *cwd;			/* process.cwd resolved inside the rootfs; NULL: leaves it, or is no directory */
	const char *const *dirs;		/* of filesystem.protected, those that are directories and no links; NULL: none */
	const char *arg0;			/* process.args[0] resolved inside the rootfs when it is a path; NULL otherwise */
};

/* A raw block volume that the kubelet staged for the container's pod: <kubelet>/pods/<uid>/volumeDevices/<plugin>/<name>. */
struct rv_block_fact {
	const char *plugin;	/* "kubernetes.io~csi" */
	dev_t rdev;
};

/* Where the engines keep what they stage for containers; from the node file, else the engines' defaults. Resolved, as the
 * paths that are compared with them are. */
struct rv_dirs {
	const char *const *kubelet;		/* NULL-terminated lists: /var/lib/kubelet */
	const char *const *containerd;		/* state and root: /run/containerd /var/lib/containerd */
	const char *const *docker;		/* /var/lib/docker */
	const char *const *containers;		/* podman's and CRI-O's storage: /var/lib/containers/storage /run/containers/storage */
	const char *const *own;			/* reeve's: configuration, active set, state, logs, programs */
};

/*
 * The real runtime in its own words (`--version`, `features`), gathered by shim/runtime.c. All empty: it said nothing that was
 * understood, so nothing of it is relied on.
 */
struct rv_runtime_fact {
	const char *path;		/* what will be exec'd; NULL: no runtime is installed */
	const char *name, *version;	/* "runc" "1.1.5+ds1" */
	bool told;			/* it has `features` (runc 1.1.0, crun 1.8.6): the members below are its answer */
	const char *const *options;	/* mount options that it understands; NULL-terminated, NULL when not told */
	const char *const *hooks;	/* stages that it runs; NULL when not told */
	const char *const *unsafe;	/* potentiallyUnsafeConfigAnnotations; one that ends in '.' stands for all that begin so */
	bool idmap;			/* mountExtensions.idmap */
};

/* What the call brings that stands in no document. */
struct rv_handed_fact {
	const char *dir;	/* a directory among the descriptors that the container gets; NULL: none */
	int dir_fd;
	bool no_cgroups;	/* crun --cgroup-manager=disabled */
};

struct rv_facts {
	enum rv_engine engine;
	int64_t now;				/* seconds since the epoch, UTC */
	bool clock_unset;			/* that is before this program was built */
	uid_t caller;				/* effective uid of the caller; 0: root */
	const char *id;				/* container id, NULL in render */
	const char *bundle;			/* the caller's bundle, resolved and absolute */
	struct rv_runtime_fact real;
	unsigned kernel_major, kernel_minor;
	const char *arch;			/* uname machine: "x86_64" "aarch64" … */

	/* identity; NULL = unknown. Only name_space (from a CRI engine) and digest carry authority. */
	const char *name_space, *pod, *container, *image, *digest;
	const char *pod_uid;
	bool sandbox;				/* the pod's pause container */

	struct rv_handed_fact handed;
	bool cgroup_taken;			/* processes are in the cgroup that linux.cgroupsPath names, or below it */
	struct rv_rootfs_fact rootfs;
	struct rv_path_fact *mounts;		/* one for each entry of /mounts, zeroed for those that name no host path */
	/* One for each entry of /mounts; NULL: not looked at. Of a mount of type overlay, the directories that it is made of. */
	struct rv_mount_trees *trees;
	/* One for each entry of /mounts: destination as the runtime finds it inside the rootfs and what was mounted there before
	 * (links followed there, clean and absolute; what does not exist is taken literally), NULL where it leaves it. The array is
	 * NULL when there is no rootfs. */
	const char **destinations;
	size_t mount_count;
	struct rv_ns_fact *namespaces;		/* one for each entry of /linux/namespaces */
	size_t namespace_count;
	struct rv_hook_fact *hooks;
	size_t hook_count;
	const char *const *throttles;		/* /sys/devices/system/cpu/cpuN/thermal_throttle that are there; NULL-terminated, NULL: none */
	/* One for each entry of /linux/devices: the host's file at its path, which runtimes bind where a user namespace lets no node
	 * be made. NULL where none is entered. */
	struct rv_path_fact *devices;
	size_t device_count;
	struct rv_block_fact *blocks;
	size_t block_count;
	struct rv_dirs dirs;
};

/*
 * Will a mount with this option (rro, idmap, ridmap) be as it says? Only when the runtime understands it, by its own list or, where
 * it has none, by its version, and the kernel can do it: runtimes hand what they do not know to the file system as data, and runc
 * 1.1 drops uidMappings and gidMappings of a mount without a word (measured).
 */
bool rv_runtime_takes(const struct rv_facts *facts, const char *option);
/* By its own list, or its version where it has none, it does not run hooks of this stage, and would say nothing of it. */
bool rv_runtime_lacks_hook(const struct rv_facts *facts, const char *stage);
/* One of these options, and it would be left out. */
bool rv_runtime_drops(const struct rv_facts *facts, const char *option);

#endif
