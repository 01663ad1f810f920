#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pods as CRI-O and a kubelet with systemd ask for them, without either at hand: CRI-O's bundles with its annotations, pinned namespaces
# and paths are started by the calls that it makes; what needs systemd is rendered. The table is in reeve-security(7).
: "${real:=runc}"	# crio-crun.sh says crun
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc "$real" busybox jq unshare nsenter

storage=/var/lib/containers/storage
run=/run/containers/storage
pod=1111111111111111111111111111111111111111111111111111111111111111
uid=33333333-3333-3333-3333-333333333333

# What pinns does: one namespace each, kept by a bind of its file
pin_namespaces() {
	local type file
	for type in net:netns ipc:ipcns uts:utsns; do
		file=/run/${type#*:}/pod
		mkdir -p "${file%/*}"
		: >"$file"
		mount --bind "/run/${type#*:}" "/run/${type#*:}"
		unshare "--${type%:*}" mount --bind "/proc/self/ns/${type%:*}" "$file" || unshare "--${type%:*}=$file" true
	done
	mkdir -p /run/userns
	: >/run/userns/pod
	unshare -U sleep 1000 &
	wait_for 30 eval "[ \$(readlink /proc/$!/ns/user) != $(readlink /proc/self/ns/user) ]"
	echo '0 131072 65536' | tee "/proc/$!/uid_map" >"/proc/$!/gid_map"
	mount --bind "/proc/$!/ns/user" /run/userns/pod
	kill $!
	: >/var/netns-of-someone
	mount --bind /run/netns/pod /var/netns-of-someone
}

# bundle ID TYPE FILTER: as CRI-O's sandbox_run_linux.go and container_create_linux.go have it
crio_bundle() {
	local id=$1 type=$2 userdata=$run/overlay-containers/$1/userdata
	bundle=$userdata
	mkdir -p "$userdata" "$storage/overlay/$id/merged" "/var/lib/kubelet/pods/$uid/volumes/kubernetes.io~empty-dir/scratch" \
		"/var/lib/kubelet/pods/$uid/containers/app"
	chmod 700 "$userdata"
	[ -e "$storage/overlay/$id/merged/bin" ] || busybox_rootfs "$storage/overlay/$id/merged"
	: >"/var/lib/kubelet/pods/$uid/etc-hosts"
	for name in hostname resolv.conf .containerenv; do echo "$name" >"$userdata/$name"; done
	mkdir -p "$run/overlay-containers/$pod/userdata/shm" "$userdata/run/secrets"
	rm -f "$userdata/config.json"
	runc spec -b "$userdata"
	jq --arg id "$id" --arg pod "$pod" --arg uid "$uid" --arg type "$type" --arg storage "$storage" --arg run "$run" '
		.root = { path: "\($storage)/overlay/\($id)/merged" }
		| .process.terminal = false | .process.oomScoreAdj = 1000 | .process.args = [ "sleep", "1000" ]
		| .process.capabilities = ([ "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
			"CAP_NET_BIND_SERVICE", "CAP_KILL" ] | { bounding: ., effective: ., permitted: . })
		| .hostname = "app"
		| .linux.namespaces = [ { type: "pid" }, { type: "network", path: "/var/run/netns/pod" }, { type: "ipc", path: "/var/run/ipcns/pod" },
			{ type: "uts", path: "/var/run/utsns/pod" }, { type: "mount" }, { type: "cgroup" } ]
		| .linux.cgroupsPath = "/kubepods/besteffort/pod\($uid)/crio-\($id)"
		| .mounts += [
			{ destination: "/dev/shm", type: "bind", source: "\($run)/overlay-containers/\($pod)/userdata/shm", options: [ "rw", "bind" ] },
			{ destination: "/etc/resolv.conf", type: "bind", source: "\($run)/overlay-containers/\($id)/userdata/resolv.conf", options: [ "rw", "bind", "nodev", "nosuid", "noexec" ] },
			{ destination: "/etc/hostname", type: "bind", source: "\($run)/overlay-containers/\($id)/userdata/hostname", options: [ "rw", "bind" ] },
			{ destination: "/run/.containerenv", type: "bind", source: "\($run)/overlay-containers/\($id)/userdata/.containerenv", options: [ "rw", "bind" ] },
			{ destination: "/run/secrets", type: "bind", source: "\($run)/overlay-containers/\($id)/userdata/run/secrets", options: [ "bind", "rprivate" ] },
			{ destination: "/etc/hosts", type: "bind", source: "/var/lib/kubelet/pods/\($uid)/etc-hosts", options: [ "rw", "rbind", "rprivate", "bind" ] },
			{ destination: "/scratch", type: "bind", source: "/var/lib/kubelet/pods/\($uid)/volumes/kubernetes.io~empty-dir/scratch", options: [ "rw", "rbind", "rprivate", "bind" ] } ]
		| .mounts |= (group_by(.destination) | map(last) | sort_by(.destination | split("/") | length))
		| .annotations = {
			"io.container.manager": "cri-o", "io.kubernetes.container.name": "app", "io.kubernetes.pod.name": "web",
			"io.kubernetes.pod.namespace": "shop", "io.kubernetes.pod.uid": $uid,
			"io.kubernetes.container.restartCount": "0", "io.kubernetes.container.terminationMessagePath": "/dev/termination-log",
			"io.kubernetes.cri-o.ContainerType": $type, "io.kubernetes.cri-o.ContainerID": $id, "io.kubernetes.cri-o.SandboxID": $pod,
			"io.kubernetes.cri-o.Name": "k8s_app_web_shop_\($uid)_0", "io.kubernetes.cri-o.Image": "69aea7c216e3f96cc873b3daf7b19fe737c1ef0405cc8668e74eb95dce348172",
			"io.kubernetes.cri-o.ImageName": "registry.example/shop/app:1",
			"io.kubernetes.cri-o.ImageRef": "registry.example/shop/app@sha256:930f5a7184f256835d2a0495e4b050b12a6a31dfa77b260592470d7c961cc8ab",
			"io.kubernetes.cri-o.Labels": "{\"io.kubernetes.container.name\":\"app\"}", "io.kubernetes.cri-o.Annotations": "{}",
			"io.kubernetes.cri-o.MountPoint": "\($storage)/overlay/\($id)/merged", "io.kubernetes.cri-o.SeccompProfilePath": "",
			"io.kubernetes.cri-o.PlatformRuntimePath": "", "io.kubernetes.cri-o.Stdin": "false", "io.kubernetes.cri-o.TTY": "false",
			"io.kubernetes.cri-o.Volumes": "[]", "org.systemd.property.CollectMode": "'"'inactive-or-failed'"'",
			"org.systemd.property.DefaultDependencies": "true", "org.systemd.property.After": "['"'crio.service'"']",
			"org.systemd.property.TimeoutStopUSec": "uint64 30000000", "kubectl.kubernetes.io/default-container": "app" }
		| if $type == "sandbox" then .root.readonly = true | .process.args = [ "sleep", "2000" ] | del(.annotations["io.kubernetes.container.name"]) else . end
		| '"${3-.}" "$userdata/config.json" >"$data/config.json" && cp "$data/config.json" "$userdata/config.json"
}

# CRI-O's own calls, by way of conmon's for the first: no log, a root of its own
call() { "$runtime" --root /run/runc "$@"; }
start() {
	crio_bundle "$@"
	(cd "$bundle" && call create --bundle "$bundle" --pid-file "$bundle/pidfile" "$1" </dev/null >"$data/out" 2>&1) && call start "$1"
}
probe() {
	jq '.process | .args = $ARGS.positional' --args -- "${@:2}" <"$run/overlay-containers/$1/userdata/config.json" >"$data/process.json"
	call exec --process "$data/process.json" "$1"
}
end() { call kill "$1" KILL 2>/dev/null; wait_for 30 eval "call state $1 | grep -q stopped"; call delete --force "$1"; }

names='hostname; for n in net ipc uts; do readlink /proc/self/ns/$n; done; echo kept >/scratch/x && cat /scratch/x /etc/resolv.conf; ls /sys/class/net; cat /run/.containerenv'
observe() {
	runtime=$1
	start "$pod" sandbox
	echo "sandbox: $? $(cat "$data/out")"
	start app container
	echo "container: $? $(cat "$data/out")"
	probe app sh -c "$names"
	echo "probe: $?"
	call update --resources - app <<<'{ "cpu": { "shares": 512 } }'
	echo "update: $?"
	call state app | jq -r '.status'
	end app
	end "$pod"
}

# render NAME FILTER WANT: the document of such a container, by policy
rendered() {
	crio_bundle app container "$2"
	reevectl render --engine cri --output "$data/rendered.json" "$bundle" >"$data/out" 2>&1
	if [ "$3" = allowed ]; then
		is "$1" "$? $(cat "$data/out")" '0 '
		row everyday-k8s-documents "$1" allowed
	else
		contains "$1" "$(cat "$data/out")" "refused by $3 ("
		row everyday-k8s-documents "$1" "refused by $3"
	fi
}

documents() {
	local slice=kubepods-besteffort-pod${uid//-/_}.slice
	rendered 'cgroup of systemd, CRI-O' '.linux.cgroupsPath = "'"$slice"':crio:app"' allowed
	rendered 'cgroup of systemd, containerd' '.linux.cgroupsPath = "'"$slice"':cri-containerd:app"' allowed
	contains 'the call with --systemd-cgroup is handed on' "$(reevectl render --engine cri --argv -- --root /run/runc --systemd-cgroup create --bundle "$bundle" \
		--pid-file /run/pid app)" '"--systemd-cgroup", "create"'
	rendered "cgroup of the host's services" '.linux.cgroupsPath = "/system.slice"' resources.cgroupsPath
	rendered 'user namespace of the pod (hostUsers: false)' "$user_namespace"' | .linux.uidMappings = [ { containerID: 0, hostID: 131072, size: 65536 } ]
		| .linux.gidMappings = .linux.uidMappings' allowed
	rendered "the same, with the host's ids" "$user_namespace"' | .linux.uidMappings = [ { containerID: 0, hostID: 0, size: 65536 } ]
		| .linux.gidMappings = .linux.uidMappings' namespaces.minHostID
	rendered "the host's network by a path" '(.linux.namespaces[] | select(.type == "network")).path = "/proc/1/ns/net"' namespaces.network
	rendered 'a namespace that is pinned elsewhere' '(.linux.namespaces[] | select(.type == "network")).path = "/var/netns-of-someone"' namespaces.paths
	rendered "a pod's label that the runtime would act on" '.annotations["run.oci.handler"] = "krun"' annotations.denied
	rendered "a property of systemd that CRI-O does not set" '.annotations["org.systemd.property.ExecStartPre"] = "1"' annotations.systemd
	rendered "another pod's volume" '(.mounts[] | select(.destination == "/scratch")).source |= sub("3333"; "4444")' mounts.hostPath
	table_done everyday-k8s-documents
}
user_namespace='.linux.namespaces += [ { type: "user", path: "/var/run/userns/pod" } ]'

pin_namespaces
bare=$(observe "$(command -v "$real")" 2>&1)
note "$bare"
contains "bare $real: the sandbox of CRI-O runs" "$bare" 'sandbox: 0'
contains "bare $real: its container joins the pinned network" "$bare" "$(nsenter --net=/run/netns/pod readlink /proc/self/ns/net)"
contains "bare $real: it has its volume" "$bare" kept
if [ -z "${REEVE_TEST_BARE-}" ]; then
	if [ "$real" != runc ]; then
		echo "{ \"runtime\": \"$(command -v "$real")\" }" >/etc/reeve/reeve.json
		ok 'the node file is applied' reevectl policy apply
	fi
	is "CRI-O: as with bare $real" "$(observe "$(entry cri)" 2>&1)" "$bare"
	is 'it is told as a container of its pod' "$(jq -rs 'map(select(.identity.container == "app")) | first | "\(.engine) \(.identity.namespace) \(.identity.pod)"' $decisions)" 'cri shop web'
	row everyday-k8s-documents "CRI-O's pods: calls, pinned namespaces, storage, annotations" 'run as with bare runc'
	[ "$real" != runc ] || documents
fi
rmdir /sys/fs/cgroup/*/kubepods/besteffort/pod$uid /sys/fs/cgroup/*/kubepods/besteffort /sys/fs/cgroup/*/kubepods 2>/dev/null
umount /var/netns-of-someone /run/userns/pod /run/netns/pod /run/ipcns/pod /run/utsns/pod /run/netns /run/ipcns /run/utsns
rm /run/netns/pod
done_testing
