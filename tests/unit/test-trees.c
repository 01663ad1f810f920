/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim/mounts, shim/trees and the rules about trees together: the mounts of a made-up host, a bind, and what the shipped
 * profiles say of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "reeve/plan.h"
#include "trees.h"

#define ROOT "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
#define USUAL                                                                                                                  \
	ROOT "2 1 0:5 / /dev rw - devtmpfs udev rw\n3 1 0:6 / /proc rw - proc proc rw\n4 1 0:7 / /sys rw - sysfs sysfs rw\n"   \
	     "5 4 0:8 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n6 1 0:9 / /run rw - tmpfs tmpfs rw\n"                          \
	     "7 2 0:10 / /dev/shm rw - tmpfs tmpfs rw\n"
#define POD "/var/lib/kubelet/pods/u1"

static const struct {
	const char *name;
	const char *mounts; /* mountinfo */
	const char *profile;
	enum rv_engine engine;
	const char *source, *options;
	const char *socket; /* in view, root's; "1000 /path" is another's */
	const char *want;   /* part of the refusal; NULL: taken as it is; "=ro": made read-only, "=rro": with what lies below */
	const char *allow;  /* an entry of mounts.allowed, read-only unless it ends in " rw" */
} cases[] = {
	/* ---- everyday ---- */
	{ "a project", USUAL, "engine", RV_ENGINE_DOCKER, "/home/u/src", "rbind", NULL, NULL },
	{ "with the developer's own daemon", USUAL, "engine", RV_ENGINE_DOCKER, "/home/u/src", "rbind",
	  "1000 /home/u/src/.git/fsmonitor--daemon.ipc", NULL },
	{ "and root's", USUAL, "engine", RV_ENGINE_SHELL, "/root/src", "rbind", "/root/src/.git/fsmonitor--daemon.ipc", NULL },
	{ "the time zone", USUAL, "engine", RV_ENGINE_DOCKER, "/usr/share/zoneinfo/UTC", "rbind,ro", NULL, NULL },
	{ "/tmp with somebody's sockets", USUAL, "engine", RV_ENGINE_DOCKER, "/tmp", "rbind", "1000 /tmp/ssh-x/agent.1", NULL },
	{ "a home on a disk of its own", USUAL "8 1 8:2 / /home rw - ext4 /dev/sda2 rw\n", "engine", RV_ENGINE_DOCKER,
	  "/home/u/src", "rbind", NULL, NULL },
	{ "a server's share in the project", USUAL "8 1 0:50 / /home/u/src/share rw - nfs4 s:/x rw\n", "engine",
	  RV_ENGINE_DOCKER, "/home/u/src", "rbind", NULL, NULL },
	{ "a volume", USUAL, "baseline", RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, NULL },
	{ "on a data root that is a bind", USUAL "8 1 8:1 /srv/docker /var/lib/docker rw - ext4 /dev/sda1 rw\n", "baseline",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, NULL },
	{ "on a disk of its own",
	  USUAL "8 1 8:2 / /var/lib/docker rw - xfs /dev/sda2 rw\n9 1 8:2 / /data rw - xfs /dev/sda2 rw\n", "baseline",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, NULL },
	{ "a volume from a server", USUAL "8 1 0:50 / /var/lib/docker/volumes/v/_data rw - nfs4 s:/x rw\n", "baseline",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, NULL },
	{ "BuildKit's mount of a layer",
	  USUAL "8 1 8:1 /var/lib/docker/overlay2/l1/diff /var/lib/docker/tmp/buildkit-mount1 ro - ext4 /dev/sda1 rw\n",
	  "engine", RV_ENGINE_DOCKER, "/var/lib/docker/tmp/buildkit-mount1", "rbind,ro", NULL, NULL },
	{ "a btrfs subvolume",
	  "1 0 0:30 /@ / rw - btrfs /dev/sda1 rw,subvol=/@\n2 1 0:30 /@home /home rw - btrfs /dev/sda1 rw,subvol=/@home\n",
	  "engine", RV_ENGINE_DOCKER, "/home/u/src", "rbind", NULL, NULL },
	{ "ostree: /var is a bind",
	  "1 0 8:1 /ostree/deploy/os/deploy/1 / rw - xfs a rw\n2 1 8:1 / /sysroot ro - xfs a rw\n"
	  "3 1 8:1 /ostree/deploy/os/var /var rw - xfs a rw\n4 1 8:1 /ostree/deploy/os/deploy/1/usr /usr ro - xfs a rw\n",
	  "engine", RV_ENGINE_PODMAN, "/var/home/u/src", "rbind", NULL, NULL },
	{ "WSL shows the system twice",
	  USUAL "8 1 8:1 / /mnt/wslg/distro ro - ext4 /dev/sda1 rw\n9 1 0:60 / /mnt/c rw - 9p C: rw\n", "engine",
	  RV_ENGINE_DOCKER, "/home/u/src", "rbind", NULL, NULL },
	{ "and volumes there", USUAL "8 1 8:1 / /mnt/wslg/distro ro - ext4 /dev/sda1 rw\n", "baseline", RV_ENGINE_DOCKER,
	  "/var/lib/docker/volumes/v/_data", "rbind", NULL, NULL },
	{ "a container's own files bound by its engine",
	  "1 0 0:70 / / rw - overlay overlay "
	  "rw,lowerdir=/var/lib/docker/overlay2/l/A,upperdir=/var/lib/docker/overlay2/x/diff\n"
	  "2 1 8:1 /var/lib/docker/containers/c/hosts /etc/hosts rw - ext4 a rw\n3 1 8:1 /var/lib/docker/volumes/o/_data "
	  "/var/lib/docker rw - ext4 a rw\n",
	  "engine", RV_ENGINE_DOCKER, "/build/src", "rbind", NULL, NULL },
	{ "the system on an overlay",
	  "1 0 0:70 / / rw - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay\n", "engine",
	  RV_ENGINE_DOCKER, "/srv/data", "rbind", NULL, NULL },
	{ "/usr as an overlay of itself",
	  USUAL "8 1 0:70 / /usr rw - overlay overlay rw,lowerdir=/usr,upperdir=/run/x/u,workdir=/run/x/w\n", "engine",
	  RV_ENGINE_DOCKER, "/usr/share/zoneinfo", "rbind,ro", NULL, NULL },
	{ "a second view of the system", USUAL "8 1 8:1 / /var/lib/snapd/hostfs rw - ext4 a rw\n", "engine", RV_ENGINE_DOCKER,
	  "/home/u/src", "rbind", NULL, NULL },
	{ "the display", USUAL, "engine", RV_ENGINE_DOCKER, "/tmp/.X11-unix", "rbind", "/tmp/.X11-unix/X0", NULL },
	{ "the kubelet's directory for a storage driver, with what other pods have",
	  USUAL "8 1 8:1 /etc/app " POD "/volume-subpaths/h/c/0 rw - ext4 a rw\n9 1 8:1 /srv/d " POD
		"/volumes/kubernetes.io~local-volume/p rw - ext4 a rw\n"
		"10 1 0:95 / " POD "/volumes/kubernetes.io~secret/s rw - tmpfs t rw\n",
	  "baseline", RV_ENGINE_CRI, "/var/lib/kubelet", "rbind,rslave", NULL, NULL, "/var/lib/kubelet rw" },
	{ "options of a volume", USUAL, "hardened", RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL,
	  "=options" },
	{ "and of what is below it", USUAL "8 1 0:50 / /var/lib/docker/volumes/v/_data/n rw - nfs4 s:/x rw\n", "hardened",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, "=recursive" },
	{ "a kubelet volume", USUAL, "baseline", RV_ENGINE_CRI, POD "/volumes/kubernetes.io~empty-dir/v", "rbind", NULL, NULL },
	{ "in memory", USUAL "8 1 0:80 / " POD "/volumes/kubernetes.io~secret/s rw - tmpfs tmpfs rw\n", "baseline",
	  RV_ENGINE_CRI, POD "/volumes/kubernetes.io~secret/s", "rbind,ro", NULL, NULL },
	{ "a local volume of the node",
	  USUAL "8 1 8:2 / /mnt/disk rw - xfs a rw\n9 1 8:2 / " POD "/volumes/kubernetes.io~local-volume/p rw - xfs a rw\n",
	  "baseline", RV_ENGINE_CRI, POD "/volumes/kubernetes.io~local-volume/p", "rbind", NULL, NULL },
	{ "its directory by a grant",
	  USUAL "8 1 8:2 / /mnt/disk rw - xfs a rw\n9 1 8:2 / " POD "/volumes/kubernetes.io~local-volume/p rw - xfs a rw\n",
	  "baseline", RV_ENGINE_CRI, "/mnt/disk", "rbind", NULL, NULL, "/mnt/* rw" },
	{ "a subPath of a volume",
	  USUAL "8 1 8:1 " POD "/volumes/kubernetes.io~empty-dir/v/a " POD "/volume-subpaths/v/c/0 rw - ext4 a rw\n",
	  "baseline", RV_ENGINE_CRI, POD "/volume-subpaths/v/c/0", "rbind", NULL, NULL },
	{ "in which the pod's own root listens",
	  USUAL "8 1 8:1 " POD "/volumes/kubernetes.io~empty-dir/v/a " POD "/volume-subpaths/v/c/0 rw - ext4 a rw\n",
	  "baseline", RV_ENGINE_CRI, POD "/volume-subpaths/v/c/0", "rbind", POD "/volume-subpaths/v/c/0/csi.sock", NULL },
	{ "of one in memory",
	  USUAL "8 1 0:80 / " POD "/volumes/kubernetes.io~projected/v rw - tmpfs t rw\n9 1 0:80 /a " POD
		"/volume-subpaths/v/c/0 rw - tmpfs t rw\n",
	  "baseline", RV_ENGINE_CRI, POD "/volume-subpaths/v/c/0", "rbind", NULL, NULL },
	{ "a moved kubelet",
	  USUAL "8 1 8:1 /data/kubelet /var/lib/kubelet rw - ext4 a rw\n9 8 8:1 "
		"/data/kubelet/pods/u1/volumes/kubernetes.io~csi/v/mount/a " POD "/volume-subpaths/v/c/0 rw - ext4 a rw\n",
	  "baseline", RV_ENGINE_CRI, POD "/volume-subpaths/v/c/0", "rbind", NULL, NULL },
	{ "read-only with nothing below", USUAL, "engine", RV_ENGINE_DOCKER, "/etc/ssl/certs", "rbind", NULL, "=ro" },
	{ "/sys read-only", USUAL, "engine", RV_ENGINE_PODMAN, "/sys", "rbind,ro", NULL, "=rro" },
	{ "the whole host by a grant", USUAL, "baseline", RV_ENGINE_CRI, "/", "rbind,ro,rslave", "/run/docker.sock", "=rro",
	  "/" },

	/* ---- under another name ---- */
	{ "a bind of /etc", USUAL "8 1 8:1 /etc /srv/x rw - ext4 a rw\n", "engine", RV_ENGINE_DOCKER, "/srv/x", "rbind", NULL,
	  "binds /srv/x, which is or holds /etc of the host" },
	{ "below it", USUAL "8 1 8:1 /etc /srv/x rw - ext4 a rw\n", "engine", RV_ENGINE_DOCKER, "/srv/x/ssl", "rbind", NULL,
	  "/etc/ssl of the host" },
	{ "above it", USUAL "8 1 8:1 /etc /srv/x rw - ext4 a rw\n", "engine", RV_ENGINE_DOCKER, "/srv", "rbind", NULL,
	  "binds /srv with /srv/x, which is mounted below it and is or holds /etc" },
	{ "above it, not recursive", USUAL "8 1 8:1 /etc /srv/x rw - ext4 a rw\n", "engine", RV_ENGINE_DOCKER, "/srv", "bind",
	  NULL, NULL },
	{ "covered by another mount", USUAL "8 1 8:1 /etc /srv/x rw - ext4 a rw\n9 8 0:90 / /srv/x rw - tmpfs t rw\n", "engine",
	  RV_ENGINE_DOCKER, "/srv", "rbind", NULL, NULL },
	{ "the root at /mnt", USUAL "8 1 8:1 / /mnt rw - ext4 a rw\n", "engine", RV_ENGINE_DOCKER, "/mnt", "bind", NULL,
	  "which is or holds / of the host" },
	{ "what it shows is elsewhere", USUAL "8 1 8:1 /srv/app /etc/app rw - ext4 a rw\n", "engine", RV_ENGINE_DOCKER, "/srv",
	  "rbind", NULL, "which is or holds /etc/app of the host" },
	{ "the data root beneath", USUAL "8 1 8:2 / /data rw - xfs a rw\n9 1 8:2 /docker /var/lib/docker rw - xfs a rw\n",
	  "engine", RV_ENGINE_DOCKER, "/data", "rbind", NULL, "/var/lib/docker" },
	{ "an allowed path that is another", USUAL "8 1 8:1 /etc /srv/x rw - ext4 a rw\n", "baseline", RV_ENGINE_CRI, "/srv/x",
	  "rbind", NULL, "/etc of the host", "/srv/x rw" },
	{ "btrfs' top level", "1 0 0:30 /@ / rw - btrfs a rw\n2 1 0:30 / /mnt/pool rw - btrfs a rw\n", "engine",
	  RV_ENGINE_DOCKER, "/mnt/pool/@/etc", "bind", NULL, "/etc of the host" },
	{ "another procfs", USUAL "8 1 0:91 / /srv/jail/proc rw - proc proc rw\n", "engine", RV_ENGINE_DOCKER, "/srv/jail",
	  "rbind", NULL, "the host's proc" },
	{ "debugfs at a harmless place", USUAL "8 1 0:92 / /srv/d rw - debugfs d rw\n", "engine", RV_ENGINE_DOCKER, "/srv/d",
	  "bind", NULL, "the host's debugfs" },
	{ "an overlay of /etc", USUAL "8 1 0:93 / /srv/o rw - overlay overlay rw,lowerdir=/usr/lib:/etc,upperdir=/srv/u\n",
	  "engine", RV_ENGINE_DOCKER, "/srv/o", "bind", NULL, "is an overlay of /usr/lib" },
	{ "a directory of an overlay of everything", USUAL "8 1 0:93 / /srv/o rw - overlay o rw,lowerdir=/,upperdir=/srv/u\n",
	  "engine", RV_ENGINE_DOCKER, "/srv/o/etc", "bind", NULL, "is an overlay of /etc" },
	{ "and a harmless one", USUAL "8 1 0:93 / /srv/o rw - overlay o rw,lowerdir=/,upperdir=/srv/u\n", "engine",
	  RV_ENGINE_DOCKER, "/srv/o/home/u/src", "bind", NULL, NULL },
	{ "bound elsewhere", USUAL "8 1 0:93 /etc /srv/e rw - overlay o rw,lowerdir=/,upperdir=/srv/u\n", "engine",
	  RV_ENGINE_DOCKER, "/srv/e", "bind", NULL, "is an overlay of /etc" },
	{ "a volume that is a bind of /etc", USUAL "8 1 8:1 /etc /var/lib/docker/volumes/v/_data rw - ext4 a rw\n", "engine",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, "/etc of the host" },
	{ "of a harmless path", USUAL "8 1 8:1 /srv/d /var/lib/docker/volumes/v/_data rw - ext4 a rw\n", "engine",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, NULL },
	{ "a mount below a volume", USUAL "8 1 8:1 /etc /var/lib/docker/volumes/v/_data/e rw - ext4 a rw\n", "engine",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, "/etc of the host" },
	{ "where no host path may be", USUAL "8 1 8:1 /srv/d /var/lib/docker/volumes/v/_data rw - ext4 a rw\n", "baseline",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, "/srv/d of the host" },
	{ "but for those allowed", USUAL "8 1 8:1 /srv/d /var/lib/docker/volumes/v/_data rw - ext4 a rw\n", "baseline",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, NULL, "/srv rw" },
	{ "allowed read-only", USUAL "8 1 8:1 /srv/d /var/lib/docker/volumes/v/_data rw - ext4 a rw\n", "baseline",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, "=ro", "/srv" },
	{ "a volume that is the disk of the root", USUAL "8 1 8:1 / /var/lib/docker/volumes/v/_data rw - ext4 a rw\n", "engine",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, "/ of the host" },
	{ "an overlay as a volume",
	  USUAL "8 1 0:93 / /var/lib/docker/volumes/v/_data rw - overlay o rw,lowerdir=etc,upperdir=/srv/u\n", "engine",
	  RV_ENGINE_DOCKER, "/var/lib/docker/volumes/v/_data", "rbind", NULL, "is an overlay of etc" },
	{ "a subPath of a host path", USUAL "8 1 8:1 /etc " POD "/volume-subpaths/v/c/0 rw - ext4 a rw\n", "baseline",
	  RV_ENGINE_CRI, POD "/volume-subpaths/v/c/0", "rbind", NULL, "/etc of the host" },
	{ "even a harmless one", USUAL "8 1 8:1 /srv/d " POD "/volume-subpaths/v/c/0 rw - ext4 a rw\n", "baseline",
	  RV_ENGINE_CRI, POD "/volume-subpaths/v/c/0", "rbind", NULL, "/srv/d of the host" },
	{ "of another pod's volume",
	  USUAL "8 1 8:1 /var/lib/kubelet/pods/u2/volumes/kubernetes.io~empty-dir/v " POD
		"/volume-subpaths/v/c/0 rw - ext4 a rw\n",
	  "baseline", RV_ENGINE_CRI, POD "/volume-subpaths/v/c/0", "rbind", NULL, "/pods/u2/" },

	/* ---- sockets ---- */
	{ "an engine's socket below", USUAL, "engine", RV_ENGINE_DOCKER, "/srv/engine", "bind", "1000 /srv/engine/docker.sock",
	  "the socket /srv/engine/docker.sock at which the host listens" },
	{ "root's, of any name", USUAL, "engine", RV_ENGINE_DOCKER, "/srv/x", "rbind,ro", "/srv/x/a/ctl",
	  "at which root of the host listens" },
	{ "root's terminal in /tmp", USUAL, "engine", RV_ENGINE_DOCKER, "/tmp", "rbind", "/tmp/tmux-0/default",
	  "/tmp/tmux-0/default" },
	{ "an engine's in a home", USUAL, "engine", RV_ENGINE_DOCKER, "/home/u/x", "rbind", "1000 /home/u/x/docker.sock",
	  "docker.sock" },
	{ "in an allowed directory", USUAL, "baseline", RV_ENGINE_CRI, "/srv/x", "bind", "/srv/x/ctl", NULL, "/srv/x rw" },

	/* ---- reeve's own ---- */
	{ "all of /var, by an entry", USUAL, "baseline", RV_ENGINE_CRI, "/var", "bind", NULL, "where reeve keeps its own",
	  "/var rw" },
	{ "read-only", USUAL, "baseline", RV_ENGINE_CRI, "/var", "bind,ro", NULL, NULL, "/var rw" },
	{ "by name", USUAL, "baseline", RV_ENGINE_CRI, "/var/lib/reeve", "bind", NULL, NULL, "/var/lib/reeve rw" },
	{ "plain ro leaves what is below", USUAL "8 1 8:1 /var /srv/v rw - ext4 a rw\n", "baseline", RV_ENGINE_CRI, "/srv",
	  "rbind,ro", NULL, "where reeve keeps its own", "/* rw" },
	{ "nothing can be told", "garbage\n", "engine", RV_ENGINE_DOCKER, "/srv/x", "bind", NULL, "cannot be told" },
	{ "and with hostPath any", "garbage\n", "privileged", RV_ENGINE_DOCKER, "/srv/x", "bind", NULL, NULL },
};

static const char *const kubelet_dirs[] = { "/var/lib/kubelet", NULL };
static const char *const containerd_dirs[] = { "/var/lib/containerd", "/run/containerd", NULL };
static const char *const docker_dirs[] = { "/var/lib/docker", "/run/docker", NULL };
static const char *const containers_dirs[] = { "/var/lib/containers/storage", "/run/containers/storage", NULL };
static const char *const own_dirs[] = { "/etc/reeve", "/var/lib/reeve", NULL };

struct run {
	struct rv_arena arena;
	struct rv_json_doc doc;
	struct rv_spec spec;
	struct rv_facts facts;
	struct rv_mounts mounts;
	struct rv_policy policy;
	struct rv_plan plan;
};

static void view_document(struct run *r, size_t i)
{
	rv_autobuf text = { 0 };
	char options[64], *rest, *word;

	rv_buf_addf(&text,
		    "{\"ociVersion\":\"1.0.2\",\"mounts\":[{\"destination\":\"/"
		    "v\",\"type\":\"bind\",\"source\":\"%s\",\"options\":[",
		    cases[i].source);
	strcpy(options, cases[i].options);
	for (word = strtok_r(options, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
		rv_buf_addf(&text, "%s\"%s\"", word == options ? "" : ",", word);
	rv_buf_adds(&text, "]}]}");
	assert_int_equal(rv_json_parse(&r->doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, NULL), 0);
	assert_int_equal(rv_spec_view(&r->spec, &r->doc, NULL), 0);
}

static void add_socket(struct run *r, const char *socket)
{
	struct rv_mount_trees *trees = &r->facts.trees[0];

	if (!socket)
		return;
	trees->socket = rv_arena_alloc(&r->arena, sizeof(*trees->socket));
	trees->socket_count = 1;
	trees->socket->path = strchr(socket, '/');
	trees->socket->uid = socket[0] == '/' ? 0 : 1000;
}

static void find_facts(struct run *r, size_t i)
{
	r->facts = (struct rv_facts){
		.engine = cases[i].engine,
		.bundle = "/b",
		.id = "c1",
		.kernel_major = 6,
		.kernel_minor = 1,
		.arch = "x86_64",
		.real = { .name = "runc", .version = "1.1.5" },
		.dirs = { kubelet_dirs, containerd_dirs, docker_dirs, containers_dirs, own_dirs },
		.mount_count = 1,
	};
	r->facts.mounts = rv_arena_alloc(&r->arena, sizeof(*r->facts.mounts));
	r->facts.trees = rv_arena_alloc(&r->arena, sizeof(*r->facts.trees));
	r->facts.mounts[0] =
		(struct rv_path_fact){ .resolved = cases[i].source, .exists = true, .mode = S_IFDIR | 0755, .ino = 7 };
	r->mounts.arena = &r->arena;
	rv_mounts_parse(&r->mounts, cases[i].mounts, strlen(cases[i].mounts));
	rv_trees_of(&r->mounts, &r->facts.mounts[0], strstr(cases[i].options, "rbind"), &r->facts.trees[0]);
	add_socket(r, cases[i].socket);
}

static void allow(struct run *r, const char *entry)
{
	struct rv_mount_allows *list = &r->policy.enforce.set.mounts.allowed;
	size_t len = entry ? strcspn(entry, " ") : 0;
	struct rv_mount_allow *item = rv_arena_alloc(&r->arena, (list->count + 1) * sizeof(*item));

	if (!entry)
		return;
	memcpy(item, list->item, list->count * sizeof(*item));
	item[list->count++] = (struct rv_mount_allow){ .source = rv_arena_strndup(&r->arena, entry, len),
						       .rw = entry[len] != '\0',
						       .propagation = "slave" };
	list->item = item;
}

/* "=ro", "=rro", "=options", "=recursive", "" or the reason of the first denial that is about the mount */
static const char *outcome(const struct run *r)
{
	const char *what = "";

	for (size_t k = 0; k < r->plan.denial_count; k++)
		if (rv_str_starts(r->plan.denial[k].pointer, "/mounts/0"))
			return r->plan.denial[k].reason;
	for (size_t k = 0; k < r->plan.edit_count; k++)
		if (!strcmp(r->plan.edit[k].pointer, "/mounts/0/options"))
			what = strstr(r->plan.edit[k].after, "\"rro\"")	      ? "=rro"
			       : strstr(r->plan.edit[k].after, "\"rnosuid\"") ? "=recursive"
			       : strstr(r->plan.edit[k].after, "\"nosuid\"")  ? "=options"
									      : "=ro";
	return what;
}

static void test_cases(void **state)
{
	struct rv_policies *policies = NULL;

	(void)state;
	assert_int_equal(rv_policies_load(&policies, NULL, 0, NULL), 0);
	for (size_t i = 0; i < RV_COUNT(cases); i++) {
		const char *want = cases[i].want ? cases[i].want : "", *got;
		struct run r = { 0 };

		view_document(&r, i);
		find_facts(&r, i);
		assert_int_equal(rv_policies_named(policies, cases[i].profile, &r.facts, &r.arena, &r.policy, NULL), 0);
		allow(&r, cases[i].allow);
		assert_int_equal(rv_evaluate(&r.spec, &r.facts, &r.policy.enforce, &r.arena, &r.plan, NULL), 0);
		got = outcome(&r);
		if (*want == '=' || !*want ? strcmp(got, want) != 0 : !strstr(got, want))
			fail_msg("%s: got \"%s\", wanted \"%s\"", cases[i].name, got, want);
		rv_json_done(&r.doc);
		rv_arena_done(&r.arena);
	}
	rv_policies_free(policies);
}

static void test_names(void **state)
{
	static const char mounts[] =
		USUAL "8 1 8:1 /a /x rw - ext4 a rw\n9 1 8:1 /a/b /y rw - ext4 a rw\n10 1 8:1 /a/b/c/d /z ro - ext4 a rw\n"
		      "11 1 8:1 /a/b /y rw - ext4 a rw\n";
	struct rv_arena arena = { 0 };
	struct rv_mounts m = { .arena = &arena };
	struct rv_path_fact path = { .resolved = "/x/b/c", .exists = true, .mode = S_IFDIR, .ino = 5 };
	struct rv_mount_trees trees = { 0 };
	rv_autobuf names = { 0 };

	(void)state;
	assert_true(rv_mounts_parse(&m, mounts, strlen(mounts)));
	rv_trees_of(&m, &path, true, &trees);
	assert_int_equal(trees.count, 1);
	assert_string_equal(trees.item[0].root, "/a/b/c");
	assert_string_equal(trees.item[0].point, "/x");
	assert_int_equal(trees.item[0].ino, 5);
	for (const char *const *name = trees.item[0].names; *name; name++)
		rv_buf_addf(&names, "%s ", *name);
	assert_string_equal(rv_buf_str(&names), "/x/b/c /a/b/c /y/c /z ");
	rv_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_cases) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
