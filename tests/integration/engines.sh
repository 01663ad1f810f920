# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The engines in the sandbox: each in its usual places, which are private here, and without a network outside.

# busybox_rootfs DIR: a small real root file system, with an ordinary user
busybox_rootfs() {
	local dir=$1 name
	mkdir -p "$dir"/{bin,dev,etc,home/app,proc,root,run,sys,tmp,var/tmp}
	chmod 1777 "$dir/tmp" "$dir/var/tmp"
	cp "$(command -v busybox)" "$dir/bin/busybox"
	for name in $("$dir/bin/busybox" --list); do
		[ "$name" = busybox ] || ln -s busybox "$dir/bin/$name"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$dir/etc/passwd"
	printf 'root:x:0:\napp:x:1000:\nnogroup:x:65534:\n' >"$dir/etc/group"
	chown 1000:1000 "$dir/home/app"
}

# make_bundle: $bundle, with that root file system and what `runc spec` writes
make_bundle() {
	bundle=$data/bundle
	mkdir -p "$bundle/rootfs"
	chmod 755 "$bundle"
	busybox_rootfs "$bundle/rootfs"
	runc spec -b "$bundle"
}

# make_image: packs the root file system; $data/image.tar is what every engine loads as box:1
make_image() {
	local oci=$data/oci log=$data/image.log
	[ ! -e "$data/image.tar" ] || return 0
	{
		umoci init --layout "$oci" &&
		umoci new --image "$oci:base" &&
		umoci unpack --image "$oci:base" "$data/unpacked" &&
		busybox_rootfs "$data/unpacked/rootfs" &&
		umoci repack --image "$oci:base" "$data/unpacked" &&
		umoci config --image "$oci:base" --config.cmd /bin/sh --config.env PATH=/bin --config.workingdir / &&
		skopeo --insecure-policy copy --tmpdir /run/tmp "oci:$oci:base" "docker-archive:$data/image.tar:docker.io/library/box:1"
	} >"$log" 2>&1 || { note "$(cat "$log")"; fail 'an image is built'; done_testing; }
	rm -rf "$data/unpacked" "$oci"
}

# daemon NAME COMMAND...: starts it in the background; its log is $data/NAME.log
declare -A daemons
daemon() {
	local name=$1
	shift
	"$@" >"$data/$name.log" 2>&1 &
	daemons[$name]=$!
}

daemon_stop() {
	local pid=${daemons[$1]-}
	[ -n "$pid" ] || return 0
	kill -TERM "$pid" 2>/dev/null
	wait_for 15 eval "! kill -0 $pid" || kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	unset "daemons[$1]"
}

# Ends the daemons and takes away the cgroups that engines make for all of their containers and never remove. One that is not empty
# stays, and is found.
engines_stop() {
	local name
	for name in "${!daemons[@]}"; do daemon_stop "$name"; done
	rmdir /sys/fs/cgroup/*/{libpod_parent/conmon,default,docker,libpod_parent} 2>/dev/null
}

daemon_wait() {
	local name=$1
	shift
	wait_for 60 "$@" || { fail "$name starts"; note "$(tail -20 "$data/$name.log")"; done_testing; }
}

# The native snapshotter: in overlayfs on a tmpfs the collector takes the directories of a running container.
containerd_start() {
	export CONTAINERD_SNAPSHOTTER=native
	printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >"$data/containerd.toml"
	daemon containerd containerd --config "$data/containerd.toml"
	daemon_wait containerd ctr version
	make_image
	ctr images import "$data/image.tar" >"$data/import.log" 2>&1 || { fail 'ctr images import'; note "$(cat "$data/import.log")"; done_testing; }
}

# dockerd has a containerd of its own below it
docker_start() {
	mkdir -p /etc/docker
	if [ -z "${REEVE_TEST_BARE-}" ]; then
		echo '{ "runtimes": { "reeve": { "path": "/usr/libexec/reeve/docker/runc" } } }' >/etc/docker/daemon.json
	fi
	docker_daemon
}

docker_daemon() {
	daemon dockerd dockerd -H unix:///run/docker.sock --iptables=false --ip6tables=false --bridge=none --oom-score-adjust=0 \
		--storage-driver overlay2
	daemon_wait dockerd docker version
}

docker_load() {
	make_image
	docker load -q -i "$data/image.tar" >"$data/load.log" 2>&1 || { fail 'docker load'; note "$(cat "$data/load.log")"; done_testing; }
}

# podman as root, without systemd
podman() { command podman --cgroup-manager cgroupfs --events-backend file --storage-driver overlay "$@"; }

podman_load() {
	mkdir -p /etc/containers
	echo '{ "default": [ { "type": "insecureAcceptAnything" } ] }' >/etc/containers/policy.json
	make_image
	podman load -q -i "$data/image.tar" >"$data/load.log" 2>&1 || { fail 'podman load'; note "$(cat "$data/load.log")"; done_testing; }
}
