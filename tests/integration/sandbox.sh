# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The sandbox: a set of private namespaces (mount, pid, net, uts, ipc, cgroup) in which reeve is installed at its real paths, into
# overlays of /etc, /usr and /var, and in which engines run as they would on a node of their own. Its cgroups lie below one directory a
# hierarchy. Nothing of the machine is changed.

# ---- the sandbox, seen from outside ----
cgroup_mounts() { findmnt -rn -t cgroup,cgroup2 -o TARGET; }

outside_view() {
	cut -d' ' -f5- /proc/self/mountinfo
	stat -c '%n %a %u:%g %t:%T' /dev/null /dev/zero /dev/tty
	ls /run/netns 2>/dev/null
	hostname
}

sandbox_cgroups_make() {
	local dir
	for dir in $(cgroup_mounts); do
		mkdir -m 755 "$dir/$1" || return
		[ "$dir" != /sys/fs/cgroup ] || mkdir -m 755 "$dir/$1/tests" || return
		[ ! -e "$dir/cpuset.mems" ] || {
			cat "$dir/cpuset.cpus" >"$dir/$1/cpuset.cpus"
			cat "$dir/cpuset.mems" >"$dir/$1/cpuset.mems"
		}
	done
}

sandbox_cgroups_remove() {
	local left end=$((SECONDS + 30))
	while left=$(cgroup_left "$1"); [ -n "$left" ] && [ $SECONDS -lt $end ]; do
		# shellcheck disable=SC2086
		find $left -depth -type d -exec rmdir {} + 2>/dev/null
		sleep 0.1
	done
}

cgroup_left() {
	local dir
	for dir in $(cgroup_mounts); do
		[ ! -d "$dir/$1" ] || echo "$dir/$1"
	done
}

# sandbox_run SCRIPT ARGS...: runs bash SCRIPT inside, with REEVE_SANDBOX set to a directory that both sides see. Afterwards sandbox_status is
# its exit status and sandbox_left what it left outside. With SANDBOX_NO_CGROUP2=1 there is no cgroup2 mount inside: crun takes a hybrid
# machine only so.
sandbox_run() {
	local tag=reeve-test-$$ before child
	REEVE_SANDBOX=$(mktemp -d "/tmp/$tag.XXXXXX")
	export REEVE_SANDBOX SANDBOX_NO_CGROUP2
	before=$(outside_view)
	sandbox_cgroups_make "$tag" || {
		sandbox_cgroups_remove "$tag"
		sandbox_status=99
		sandbox_left='no cgroups could be made'
		return
	}
	(
		for dir in $(cgroup_mounts); do echo $BASHPID >"$dir/$tag/cgroup.procs"; done
		# In cgroup2 controllers are for the children of a cgroup without processes: the namespace begins one above them.
		exec unshare -C sh -c '[ ! -e "$0" ] || echo $$ >"$0"; exec "$@"' "/sys/fs/cgroup/$tag/tests/cgroup.procs" \
			unshare -m -p -f -n -u -i --mount-proc --propagation private --kill-child bash "$@"
	) <&0 &
	child=$!
	trap 'kill -KILL $child' INT TERM HUP
	wait $child
	sandbox_status=$?
	wait $child 2>/dev/null
	trap - INT TERM HUP
	sandbox_cgroups_remove "$tag"
	sandbox_left=$(cgroup_left "$tag"; diff <(echo "$before") <(outside_view) | grep '^>')
}

sandbox_done() { rm -rf --one-file-system "$REEVE_SANDBOX"; }

# ---- the sandbox, from inside ----
overlay() {
	mkdir -p "/run/sandbox/$1/upper" "/run/sandbox/$1/work"
	mount -t overlay overlay -o "lowerdir=/$1,upperdir=/run/sandbox/$1/upper,workdir=/run/sandbox/$1/work" "/$1"
}

sandbox_cgroups_mount() {
	local mounts type target options
	mounts=$(findmnt -rn -t cgroup,cgroup2 -o FSTYPE,TARGET,FS-OPTIONS)
	umount -l /sys
	mount -t sysfs sysfs /sys
	case $mounts in
	cgroup2\ /sys/fs/cgroup\ *)
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		sed 's/[a-z]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
		;;
	*)
		mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
		while read -r type target options; do
			[ "$type" = cgroup ] || [ -z "${SANDBOX_NO_CGROUP2-}" ] || continue
			mkdir "$target"
			options=${options#rw}
			mount -t "$type" -o "${options#,}" cgroup "$target"
		done <<<"$mounts"
		;;
	esac
}

inside_view() {
	sed 's/^\([^ ]* \)\{4\}\([^ ]*\) .* - /\2 /' /proc/self/mountinfo | sort
	# shellcheck disable=SC2046
	find $(cgroup_mounts) -mindepth 1 -type d 2>/dev/null | sort
	ls /run/netns 2>/dev/null
}

# Processes that are neither the test itself nor the look.
processes_left() {
	ps -A -o pid=,ppid=,stat=,args= >"$data/processes"
	awk -v me=$$ '$1 != me && $2 != me && $3 !~ /^Z/ && !/ ps -A / { $2 = $3 = ""; print }' "$data/processes"
}

# Device nodes of our own, also as standard input: crun gives a container's /dev/null to its user.
sandbox_dev() {
	mkdir -p /run/sandbox/dev
	mount -t tmpfs -o mode=755 tmpfs /run/sandbox/dev
	cp -ax /dev/. /run/sandbox/dev
	mount --bind /dev/pts /run/sandbox/dev/pts
	mount --move /run/sandbox/dev /dev
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
}

# loop_device FILE: its name. A node that the kernel makes for it now is not yet among the sandbox's own.
loop_device() {
	local free
	free=$(losetup -f) || return
	[ -e "$free" ] || mknod "$free" b 7 "${free#/dev/loop}"
	losetup -f --show "$1"
}

sandbox_setup() {
	local dir
	# what the caller's environment would say to tools, engines and runtimes
	umask 022
	export TMPDIR=/run/tmp HOME=/root LC_ALL=C.UTF-8
	unset XDG_RUNTIME_DIR LANGUAGE POSIXLY_CORRECT CDPATH NOTIFY_SOCKET "${!LISTEN_@}" "${!DOCKER_@}" "${!CONTAINER@}" "${!http@}" "${!HTTP@}" \
		all_proxy ALL_PROXY
	mount -t tmpfs -o mode=755 tmpfs /run
	sandbox_dev && exec </dev/null || exit 99
	overlay etc && overlay usr && overlay var || exit 99
	sandbox_cgroups_mount || exit 99
	mount -t bpf -o mode=700 bpf /sys/fs/bpf || exit 99
	ip link set lo up
	# Engines keep their files where they usually do; their overlays cannot lie on ours.
	for dir in docker containerd containers; do
		mkdir -p /var/lib/$dir && mount -t tmpfs -o mode=711 tmpfs /var/lib/$dir || exit 99
	done
	mkdir -m 755 /run/lock /run/data
	mkdir -m 1777 /run/tmp
	data=/run/data
	export data
}

# make install of the build tree, at the real paths; from REEVE_STAGE, what was installed there before, where make is slow
sandbox_install() { if [ -n "${REEVE_STAGE-}" ]; then cp -a "$REEVE_STAGE"/* /; else make -s -C "$1" install; fi; }
