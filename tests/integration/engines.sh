# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2086
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
	wait_for 30 eval "! kill -0 $pid" || kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	unset "daemons[$1]"
}

engines_stop() {
	local name
	for name in "${!daemons[@]}"; do daemon_stop "$name"; done
	engines_clean
}

# What the kubelet makes for pods
pods_cgroups_remove() { rmdir /sys/fs/cgroup/*/kubepods/besteffort/pod* /sys/fs/cgroup/*/kubepods/besteffort /sys/fs/cgroup/*/kubepods 2>/dev/null; }

# Takes away the cgroups and namespaces that engines make for all of their containers and never remove. One that is not empty stays, and is found.
engines_clean() {
	umount /run/docker/netns/* /run/netns /var/lib/containers/storage/overlay 2>/dev/null
	pods_cgroups_remove
	rmdir /sys/fs/cgroup/*/libpod_parent/*/ 2>/dev/null	# podman leaves a pod's where it sets nothing
	rmdir /sys/fs/cgroup/{,*/}{docker/buildkit,default,docker,libpod_parent} 2>/dev/null
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

# docker_start [FLAG...]: dockerd, which has a containerd of its own below it
docker_start() {
	mkdir -p /etc/docker
	if [ -z "${REEVE_TEST_BARE-}" ]; then
		echo '{ "runtimes": { "reeve": { "path": "/usr/libexec/reeve/docker/runc" } } }' >/etc/docker/daemon.json
	fi
	docker_daemon "$@"
}

# docker_daemon [FLAG...]: without flags it has no network
docker_daemon() {
	[ $# -gt 0 ] || set -- --iptables=false --ip6tables=false --bridge=none
	daemon dockerd dockerd -H unix:///run/docker.sock --oom-score-adjust=0 --storage-driver overlay2 "$@"
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

# once_gone ENGINE: what podman cleans up by itself may be in the way
once_gone() { "$1" rm -f -v once; ! "$1" container inspect once; }
# once ENGINE ARGS...: what `run ARGS` says, and its status. It is removed afterwards: with --rm podman may find it gone before it knows how
# it ended.
once() {
	local engine=$1 status
	shift
	apart "$engine" run --name once "$@"
	status=$?
	wait_for 30 once_gone "$engine"
	return $status
}

# lifecycle ENGINE RUNTIME: what a user of docker or podman sees of containers from run to rm, without ids and times
lifecycle() {
	local engine=$1 run="$1 run --runtime $2 --network none" once="once $1 --runtime $2 --network none"
	{
		$once box:1 sh -c 'id; pwd; echo to-stderr >&2; exit 7'
		echo "run: $?"
		echo from-stdin | $once -i box:1 cat
		echo "stdin: $?"
		$once --user 1000:1000 --workdir /home/app -e NAME=value --read-only box:1 sh -c 'id; pwd; echo $NAME; touch /etc/x'
		echo "user: $?"
		$once box:1 /no/such/program 2>&1 | grep -io 'no such file or directory'
		echo "missing: ${PIPESTATUS[0]}"
		$run -d --name seen box:1 \
			sh -c 'trap "echo end; exit 5" TERM; trap "echo usr1" USR1; echo begin; while :; do sleep 0.05; done' >/dev/null
		echo "detached: $?"
		wait_for 30 eval "$engine logs seen | grep -q begin"
		$engine exec seen sh -c 'id; exit 9'
		echo "exec: $?"
		echo piped | $engine exec -i -e A=b -w /tmp -u 1000 seen sh -c 'cat; id -u; pwd; echo $A'
		echo "exec with flags: $?"
		$engine kill -s USR1 seen
		wait_for 30 eval "$engine logs seen | grep -q usr1"
		wait_for 30 $engine pause seen	# on a busy machine runc gives up soon: "unable to freeze"
		$engine inspect -f '{{.State.Status}}' seen
		$engine unpause seen >/dev/null
		[ "$engine" = podman ] || docker update --pids-limit 99 seen
		$engine stop -t 60 seen
		$engine inspect -f '{{.State.Status}} {{.State.ExitCode}}' seen
		$engine start seen
		wait_for 30 eval "[ \"\$($engine logs seen | grep -c begin)\" = 2 ]"
		$engine restart -t 60 seen >/dev/null
		wait_for 30 eval "[ \"\$($engine logs seen | grep -c begin)\" = 3 ]"
		$engine inspect -f '{{.State.Status}}' seen
		$engine logs seen
		$engine rm -f seen >/dev/null
		$engine create --runtime "$2" --network none --name later box:1 true >/dev/null
		$engine start -a later
		$engine wait later
		$engine rm later >/dev/null
	} 2>&1
	# podman may leave before it has passed on the last words of a container that ends at once
	on_terminal "$(declare -f podman); $run --name once -it box:1 sh -c 'tty; stty size; test -t 0 && echo terminal; read -r _'" '^terminal'
	echo "tty: $?"
	wait_for 30 once_gone "$engine"
}

# lifecycle_checked BARE: it shows what it has to
lifecycle_checked() {
	note "$1"
	contains 'bare runc: a container runs' "$1" 'uid=0(root) gid=0(root)'
	contains 'bare runc: its exit status is seen' "$1" 'run: 7'
	contains 'bare runc: exec' "$1" 'exec: 9'
	contains 'bare runc: stop lets it end' "$1" 'exited 5'
	contains 'bare runc: a terminal' "$1" '/dev/pts/0'
}

# rewritten_checked ENGINE PATH: the container "big", for which everything was asked, / at /host and PATH too, as policy left it
# shellcheck disable=SC2016,SC2034
big='grep -E "^(Uid|CapEff|CapBnd|Seccomp):" /proc/self/status; ls -d /host /docker.sock /run/lock; touch /etc/x
	trap "exit 0" TERM; while :; do sleep 0.05; done'
rewritten_checked() {
	local engine=$1 status='grep -E "^(Uid|CapEff|CapBnd|Seccomp|NoNewPrivs):" /proc/self/status' got rule
	is 'the record says so' "$(last_verdict)" rewrite
	wait_for 30 eval "$engine logs big 2>&1 | grep -q touch:"
	got=$($engine logs big 2>&1)
	like 'it is an ordinary user' "$got" 'Uid:[[:space:]]+1000[[:space:]]+1000'
	like 'with no capability but that for low ports' "$got" 'CapEff:[[:space:]]+0000000000000400'
	like 'a bounding set as the profile has it' "$got" 'CapBnd:[[:space:]]+00000000a80425fb'
	like 'with a filter' "$got" 'Seccomp:[[:space:]]+2'
	like 'without the mounts' "$got" '/host: No such file'
	like "without $2" "$got" "$2: No such file"
	like 'a write to /etc fails' "$got" 'touch: /etc/x: Permission denied'
	for rule in user.root capabilities.allowed devices.allowed mounts.sensitive seccomp.absent filesystem.maskedPaths; do
		contains "changed by $rule" " $(last_rules) " " $rule "
	done
	got=$($engine exec --privileged --user 0 big sh -c "$status" 2>&1)
	is 'exec --privileged gets what the container was given' "$got" "$($engine exec big sh -c "$status" 2>&1)"
	like 'and that is no root' "$got" 'Uid:[[:space:]]+1000'
	ok 'stop' $engine stop big
	ok 'start again' $engine start big
	is 'judged again at the next start' "$(jq -r 'select(.action == "create").decision' $decisions | tail -n 2 | xargs)" 'rewrite rewrite'
	ok 'remove' $engine rm -f big
}

# ---- what people run every day ----
# Each is tried with the bare runtime and through reeve under the policy that is in force, shown in the table everyday-ENGINE of
# reeve-security(7) as it is SHOWN, and compared. The rules that change every container are those of a plain one and not told again.

# everyday_with ENGINE BARE REEVE: from now on these; the last two as the engine calls them
everyday_with() {
	engine=$1 bare_runtime=$2 through=$3
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	engine_run "$through" box:1 true >/dev/null
	plain=$(last_rules)
}

# engine_run RUNTIME ARGS...: what `run ARGS` says, and its status
engine_run() {
	local runtime=$1
	shift
	once "$engine" --runtime "$runtime" "$@" </dev/null
	echo "status $?"
}

rules_beyond() { comm -23 <(last_rules | xargs -n1 | sort) <(xargs -n1 <<<"$plain" | sort) | xargs; }

# same SHOWN SEEN PATTERN ARGS...: as with bare runc, where it says PATTERN
same() {
	local shown=$1 seen=$2 pattern=$3 bare got
	shift 3
	bare=$(engine_run "$bare_runtime" "$@")
	like "bare runc: $shown" "$bare" "$pattern"
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	got=$(engine_run "$through" "$@")
	is "$shown: as with bare runc" "$got" "$bare"
	is "$shown: nothing is changed" "$(rules_beyond)" ''
	row "everyday-$engine" "$shown" allowed "$seen"
}

# changed SHOWN SEEN RULE BARE-PATTERN PATTERN ARGS...: it runs, by RULE not as asked for
changed() {
	local shown=$1 seen=$2 rule=$3 pattern=$4 want=$5 got
	shift 5
	like "bare runc: $shown" "$(engine_run "$bare_runtime" "$@")" "$pattern"
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	got=$(engine_run "$through" "$@")
	like "$shown: $seen" "$got" "$want"
	contains "$shown: by $rule" " $(last_rules) " " $rule "
	row "everyday-$engine" "$shown" "rewritten: $rule" "$seen"
}

# refused SHOWN RULE ADVICE ARGS...: by RULE, and its user reads ADVICE. A machine may itself lack what --privileged gives.
refused() {
	local shown=$1 rule=$2 advice=$3 got
	shift 3
	like "bare runc: $shown" "$(engine_run "$bare_runtime" "$@")" 'status 0$|unable to apply caps'
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	got=$(engine_run "$through" "$@")
	unlike "$shown: does not run" "$got" 'status 0$'
	contains "$shown: its user reads the refusal" "$got" "$(last_refusal)"
	contains "$shown: by $rule" "$got" "[$rule "
	contains "$shown: what to do" "$got" "$advice"
	row "everyday-$engine" "$shown" "refused: $rule" "$advice"
}

# as_bare FUNCTION SHOWN...: FUNCTION RUNTIME says the same for both runtimes; SHOWN are its parts
as_bare() {
	local what=$1 bare shown
	shift
	bare=$($what "$bare_runtime" 2>&1)
	note "$bare"
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	is "$what: as with bare runc" "$($what "$through" 2>&1)" "$bare"
	for shown; do row "everyday-$engine" "$shown" allowed 'as with bare runc'; done
}

# replaced COMMAND...: what it says while every start finds another root than was judged, as when somebody had replaced it
replaced() {
	local hook=/usr/libexec/reeve/reeve-hook status
	cp $hook "$data/reeve-hook"
	cat >"$data/replacing" <<-EOF
		#!/bin/sh
		[ "\$1" != createRuntime ] || sed -i 's/"ino":[0-9]*/"ino":1/' "\$2"
		exec $data/reeve-hook "\$@"
	EOF
	chmod 755 "$data/replacing"
	mount --bind "$data/replacing" $hook
	"$@" 2>&1
	status=$?
	umount $hook
	return $status
}
