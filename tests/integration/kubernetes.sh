#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What runs in every cluster, as real pods of containerd's CRI plugin: with bare runc, through reeve with the shipped policies and
# grants, and in a namespace that has none of them. The pods ask for what the projects' own manifests ask for; a busybox plays the part
# of the programs and does what they need it for. The table is in reeve-security(7).
. "$(dirname "$0")/lib.sh"
. "$here/pods.sh"
sandbox_enter "$0" "$@"
need_pods
need_tools losetup

# ---- how pods ask ----
host_network='.linux.security_context.namespace_options.network = "NODE"'
host_network_pod="$host_network | .hostname = \"\""
host_pid='.linux.security_context.namespace_options.pid = "NODE"'
privileged_pod='.linux.security_context.privileged = true'
privileged="$privileged_pod"' | .linux.security_context += { masked_paths: [], readonly_paths: [] }'
add() { printf ' | .linux.security_context.capabilities.add_capabilities += %s' "$(json_array "$@")"; }
drop_all=' | .linux.security_context.capabilities.drop_capabilities = [ "ALL" ] | .linux.security_context.no_new_privs = true'

# bind HOST [AT [ro|slave|shared]]: one mount more
bind() {
	local more=
	case ${3-} in
	ro) more=', readonly: true' ;;
	slave) more=', propagation: "PROPAGATION_HOST_TO_CONTAINER"' ;;
	shared) more=', propagation: "PROPAGATION_BIDIRECTIONAL"' ;;
	ro-slave) more=', readonly: true, propagation: "PROPAGATION_HOST_TO_CONTAINER"' ;;
	esac
	printf ' | .mounts += [ { host_path: "%s", container_path: "%s"%s } ]' "$1" "${2-$1}" "$more"
}

# everyday NAME NAMESPACE LET-BY FUNCTION PROOF ELSEWHERE: FUNCTION NAMESPACE says what a pod saw. It is the same with bare runc and in
# NAMESPACE, with PROOF in it, and without what lets it run something else: a refusal by rule ELSEWHERE, or that text.
declare -A bares elsewheres
everyday() {
	local name=$1 namespace=$2 let=$3 call=$4 proof=$5 elsewhere=$6 bare got
	handler=bare
	[ -n "${bares[$call]-}" ] || bares[$call]=$($call default 2>&1)
	bare=${bares[$call]}
	contains "$name: bare runc" "$bare" "$proof"
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	handler=
	got=$($call "$namespace" 2>&1)
	is "$name: with $let as with bare runc" "$got" "$bare"
	if [ -z "$elsewhere" ]; then
		row everyday-k8s "$name" "$let" 'runs'
		return
	fi
	[ -n "${elsewheres[$call]-}" ] || elsewheres[$call]=$($call default 2>&1)
	contains "$name: elsewhere $elsewhere" "${elsewheres[$call]}" "$elsewhere"
	case $elsewhere in
	*.*) row everyday-k8s "$name" "$let" "runs; elsewhere refused by $elsewhere" ;;
	*) row everyday-k8s "$name" "$let" "runs; elsewhere without it" ;;
	esac
}

# ---- the node ----
unix_sockets() { /usr/bin/python3 -c 'import socket, sys; [socket.socket(socket.AF_UNIX).bind(path) for path in sys.argv[1:]]' "$@"; }

node_setup() {
	overlay opt
	ip link add node0 type veth peer name node1
	mkdir -p /usr/lib/modules/6.1.0 /etc/kubernetes/pki/etcd /var/lib/etcd /opt/cni/bin /run/calico /run/cilium /run/flannel /var/lib/calico \
		/var/log/calico/cni /etc/cni/net.d /run/netns /usr/libexec/kubernetes "$kubelet"/{plugins,plugins_registry,device-plugins}
	: >/run/xtables.lock
	mkdir -p "$kubelet"/{plugins/csi.example,pod-resources}
	unix_sockets "$kubelet"/{plugins/csi.example/csi,plugins_registry/csi.example-reg,device-plugins/kubelet,pod-resources/kubelet}.sock \
		/run/calico/bird.ctl /run/cilium/cilium.sock
	echo certificate >/etc/kubernetes/pki/etcd/ca.crt
	echo kubeconfig >/etc/kubernetes/scheduler.conf
	mount -t bpf bpf /sys/fs/bpf
	sandbox_before=$(inside_view)
}

# ---- the cluster's own parts ----
kube_proxy() {
	pod "$1/kube-proxy" "$host_network_pod | $privileged_pod" || return
	run_in kube-proxy "$host_network | $privileged$(bind /run/xtables.lock)$(bind /lib/modules /lib/modules ro)" sh -c '
		ls -d /sys/class/net/node0; flock -n /run/xtables.lock echo locked; ls /lib/modules
		sysctl -w net.ipv4.conf.node0.route_localnet=1; ip addr add 10.99.0.1/32 dev node0 && ip addr del 10.99.0.1/32 dev node0 && echo address'
	pod_remove
}

control_plane() {
	local etc
	pod "$1/etcd-node" "$host_network_pod" || return
	run_in etcd "$host_network$(bind /var/lib/etcd)$(bind /etc/kubernetes/pki/etcd)" sh -c '
		cat /etc/kubernetes/pki/etcd/ca.crt; echo kept >/var/lib/etcd/db; cat /var/lib/etcd/db; ls -d /sys/class/net/node0'
	run_in kube-apiserver "$host_network$(bind /etc/kubernetes/pki /etc/kubernetes/pki ro)$(bind /etc/ssl/certs /etc/ssl/certs ro)" sh -c '
		cat /etc/kubernetes/pki/etcd/ca.crt; test -e /etc/ssl/certs/ca-certificates.crt && echo roots'
	run_in kube-controller-manager "$host_network$(bind /usr/libexec/kubernetes/kubelet-plugins/volume/exec)$(
		bind /etc/kubernetes/pki /etc/kubernetes/pki ro)" \
		sh -c 'echo x >/usr/libexec/kubernetes/kubelet-plugins/volume/exec/driver && echo installed'
	run_in kube-scheduler "$host_network$(bind /etc/kubernetes/scheduler.conf /etc/kubernetes/scheduler.conf ro)" cat /etc/kubernetes/scheduler.conf
	pod_remove
}

calico_node() {
	pod "$1/calico-node" "$host_network_pod | $privileged_pod" || return
	run_in install-cni "$host_network | $privileged$(bind /opt/cni/bin /host/opt/cni/bin)$(bind /etc/cni/net.d /host/etc/cni/net.d)" \
		sh -c 'cp /bin/busybox /host/opt/cni/bin/calico && rm /host/opt/cni/bin/calico &&
			echo "{}" >/host/etc/cni/net.d/90-calico.conf && echo installed'
	run_in mount-bpffs "$host_network | $privileged$(bind /sys/fs /sys/fs shared)$(bind /proc /nodeproc ro)" \
		sh -c 'grep -o " /sys/fs/bpf bpf" /proc/mounts; test -e /nodeproc/1/cmdline && echo host processes'
	run_in calico-node "$host_network | $privileged$(bind /lib/modules /lib/modules ro)$(bind /run/xtables.lock)$(bind /var/run/calico)$(
		bind /var/lib/calico)$(bind /var/run/nodeagent)$(bind /sys/fs/bpf /sys/fs/bpf shared)$(bind /var/log/calico/cni /var/log/calico/cni ro)" sh -c '
		ip addr add 10.99.0.2/32 dev node0 && ip addr del 10.99.0.2/32 dev node0 && echo address
		mkdir -p /sys/fs/bpf/tc && rmdir /sys/fs/bpf/tc && echo bpffs; echo x >/var/lib/calico/nodename && echo named'
	rm -f /etc/cni/net.d/90-calico.conf
	pod_remove
}

cilium() {
	local caps=(CHOWN KILL NET_ADMIN NET_RAW IPC_LOCK SYS_MODULE SYS_ADMIN SYS_RESOURCE DAC_OVERRIDE FOWNER SETGID SETUID)
	caps=("${caps[@]/SYS_RESOURCE/SYSLOG}")	# which is not to be had on every machine
	pod "$1/cilium" "$host_network_pod" || return
	run_in mount-cgroup "$host_network$drop_all$(add SYS_ADMIN SYS_CHROOT SYS_PTRACE)$(bind /proc /hostproc)$(bind /opt/cni/bin /hostbin)" \
		sh -c 'cp /bin/busybox /hostbin/busybox-cilium &&
			nsenter --mount=/hostproc/1/ns/mnt /opt/cni/bin/busybox-cilium ls -d /run/netns; rm /hostbin/busybox-cilium'
	run_in cilium-agent "$host_network$drop_all$(add "${caps[@]}")$(
		bind /proc/sys/net /host/proc/sys/net)$(bind /proc/sys/kernel /host/proc/sys/kernel)$(
		bind /sys/fs/bpf /sys/fs/bpf slave)$(bind /var/run/cilium)$(bind /var/run/netns /var/run/cilium/netns slave)$(
		bind /etc/cni/net.d /host/etc/cni/net.d)$(bind /lib/modules /lib/modules ro)$(bind /run/xtables.lock)" sh -c '
		ip addr add 10.99.0.3/32 dev node0 && ip addr del 10.99.0.3/32 dev node0 && echo address
		echo 0 >/host/proc/sys/net/ipv4/conf/node0/rp_filter && echo filter; mkdir /sys/fs/bpf/cilium && rmdir /sys/fs/bpf/cilium && echo bpffs'
	pod_remove
}

flannel() {
	pod "$1/kube-flannel" "$host_network_pod" || return
	run_in install-cni-plugin "$host_network$(bind /opt/cni/bin)" \
		sh -c 'cp /bin/busybox /opt/cni/bin/flannel && rm /opt/cni/bin/flannel && echo installed'
	run_in kube-flannel "$host_network$(add NET_ADMIN NET_RAW)$(bind /run/flannel)$(bind /run/xtables.lock)$(bind /etc/cni/net.d)" sh -c '
		ip addr add 10.99.0.4/32 dev node0 && ip addr del 10.99.0.4/32 dev node0 && echo address; echo net >/run/flannel/subnet.env && echo lease'
	pod_remove
}

# The driver's mount for another pod is seen by the node.
csi_node() {
	local target=$kubelet/pods/22222222-2222-2222-2222-222222222222/volumes/kubernetes.io~csi/pv/mount
	mkdir -p "$target" "$kubelet/plugins/csi.example"
	pod "$1/csi-node" "$host_network_pod | $privileged_pod" || return
	run_in node-driver-registrar "$host_network$(bind "$kubelet/plugins/csi.example" /csi)$(bind "$kubelet/plugins_registry" /registration)" \
		sh -c 'ls -d /csi; rm -f /registration/*; mkfifo /registration/x.sock && ls /registration; rm /registration/x.sock'
	container csi-driver "$host_network | $privileged$(bind "$kubelet" "$kubelet" shared)$(bind /dev)$(bind /sys)$(
		bind /lib/modules /lib/modules ro)" sh -c "mount -t tmpfs tmpfs $target && echo staged; ls /dev/loop0; echo looked; sleep 1000" 2>/dev/null || { told; container_remove; pod_remove; return; }
	wait_for 30 mountpoint -q "$target" && echo 'the node sees the mount'
	wait_for 30 grep -q ' looked$' "$log"	# it is ended in the middle of what it says otherwise
	cri StopContainer "{\"container_id\":\"$container\",\"timeout\":0}"
	container_status "$container" '.exit_code'
	log_lines
	container_remove
	umount "$target"
	rm -rf --one-file-system "$kubelet/pods/22222222-2222-2222-2222-222222222222"
	pod_remove
}

device_plugin() {
	pod "$1/device-plugin" || return
	run_in device-plugin ".$(bind "$kubelet/device-plugins" /plugins)" sh -c 'ls /plugins; echo x >/plugins/x && rm /plugins/x && echo registered'
	pod_remove
}

node_dns() {
	pod "$1/node-local-dns" "$host_network_pod" || return
	run_in node-cache "$host_network$(add NET_ADMIN)$(bind /run/xtables.lock)" \
		sh -c 'ip addr add 169.254.20.10/32 dev node0 && ip addr del 169.254.20.10/32 dev node0 && echo address'
	pod_remove
}

# ---- what people run ----
coredns() {
	pod "$1/coredns" || return
	run_in coredns ".$drop_all$(add NET_BIND_SERVICE)"' | .linux.security_context.readonly_rootfs = true' sh -c '
		nc -l -p 53 </dev/null & until grep -q ":0035" /proc/net/tcp* || ! kill -0 $!; do sleep 0.1; done
		grep -c ":0035" /proc/net/tcp* | grep -o ":1"; kill $!; touch /x; grep CapEff /proc/self/status'
	pod_remove
}

# One image of its own, known by its digest only
mesh() {
	pod "$1/shop" || return
	run_in istio-init ".image.image = \"$mesh_image\"$drop_all$(add NET_ADMIN NET_RAW)" \
		sh -c 'ip addr add 10.99.0.5/32 dev lo && echo redirected; ping -c 1 -W 30 127.0.0.1 >/dev/null && echo pinged; grep CapBnd /proc/self/status'
	run_in app ".$drop_all"' | .linux.security_context.run_as_user = { value: 1000 }' id -u
	pod_remove
}

# kubectl debug, profile general, of a container whose user is another
debugger() {
	local target
	pod "$1/app" || return
	container app '.linux.security_context.run_as_user = { value: 1000 }' sleep 1000 || { told; pod_remove; return; }
	target=$container
	run_in debugger-x7k2p '.linux.security_context.namespace_options = { pid: "TARGET", target_id: "'"$target"'" }'"$(add SYS_PTRACE)" sh -c '
		until p=$(pidof sleep); do sleep 0.1; done; cat /proc/$p/root/etc/hostname; grep CapBnd /proc/self/status'
	container=$target
	cri StopContainer "{\"container_id\":\"$container\",\"timeout\":0}" >/dev/null
	container_remove
	pod_remove
}

# staged NAME PLUGIN: a volume as the kubelet has it mounted when it asks for the container
staged() { echo "$kubelet/pods/$uid/volumes/kubernetes.io~$2/$1"; }

raw_block() {
	pod "$1/database" || return
	mkdir -p "$kubelet/pods/$uid/volumeDevices/kubernetes.io~csi"
	ln -s "$disk" "$kubelet/pods/$uid/volumeDevices/kubernetes.io~csi/pvc-1"
	run_in database '.devices = [ { container_path: "/dev/xvda", host_path: "\($dir)/volumeDevices/kubernetes.io~csi/pvc-1", permissions: "mrw" } ]' \
		sh -c 'head -c 5 /dev/xvda; echo; echo written | dd of=/dev/xvda seek=1 2>/dev/null && echo wrote'
	pod_remove
}

# The same disk without being the kubelet's volume for this pod
host_block() {
	pod "$1/thief" || return
	run_in thief '.devices = [ { container_path: "/dev/xvda", host_path: "'"$disk"'", permissions: "mrw" } ]' sh -c 'head -c 5 /dev/xvda; echo'
	pod_remove
}

local_volume() {
	pod "$1/database" || return
	mkdir -p "$(staged pv-local local-volume)" "$kubelet/pods/$uid/volume-subpaths/pv-local/database/0" /var/disk/sub
	mount --bind /var/disk "$(staged pv-local local-volume)"
	mount --bind /var/disk/sub "$kubelet/pods/$uid/volume-subpaths/pv-local/database/0"
	run_in database ".$(bind "$(staged pv-local local-volume)" /data)$(bind "$kubelet/pods/$uid/volume-subpaths/pv-local/database/0" /sub)" \
		sh -c 'echo kept >/data/db; ls /data; echo x >/sub/y && echo subpath'
	umount "$(staged pv-local local-volume)" "$kubelet/pods/$uid/volume-subpaths/pv-local/database/0"
	rm -rf /var/disk
	pod_remove
}

local_path() {
	local dir
	pod "$1/database" || return
	for dir in /opt/local-path-provisioner /var/lib/rancher/k3s/storage; do
		mkdir -p "$dir/pvc-1_$1_data"
		run_in database ".$(bind "$dir/pvc-1_$1_data" /data)" sh -c 'echo kept >/data/db; cat /data/db'
		rm -rf "$dir"
	done
	pod_remove
}

log_collector() {
	pod "$1/fluent-bit" || return
	run_in fluent-bit ".$(bind /var/log /var/log ro)$(bind /var/lib/docker/containers /var/lib/docker/containers ro)$(
		bind /etc/machine-id /etc/machine-id ro)" sh -c 'ls -d /var/log/pods; touch /var/log/x 2>&1'
	pod_remove
}

node_exporter() {
	pod "$1/node-exporter" "$host_network_pod | $host_pid" || return
	run_in node-exporter "$host_network | $host_pid | .linux.security_context.run_as_user = { value: 65534 }$drop_all$(
		bind / /host/root ro-slave)$(bind /proc /host/proc ro)$(bind /sys /host/sys ro)" sh -c '
		ls -d /host/root/etc/kubernetes /sys/class/net/node0; cat /host/proc/1/comm; touch /host/root/x 2>&1'
	pod_remove
}

# What the container toolkit puts into the document before it calls the runtime; the hook stands in for the driver's.
gpu() {
	local with_handler=$handler
	handler=gpu${handler:+-bare}
	rm -f /run/gpu-hook
	pod "$1/training" || { handler=$with_handler; return; }
	run_in training '.devices = [ { container_path: "/dev/nvidia0", host_path: "/dev/nvidia0", permissions: "rw" },
		{ container_path: "/dev/nvidiactl", host_path: "/dev/nvidiactl", permissions: "rw" } ]' sh -c 'cat /driver; head -c 1 /dev/nvidia0'
	sort -u /run/gpu-hook
	pod_remove
	handler=$with_handler
}

gpu_setup() {
	local handler table
	cat >/usr/bin/nvidia-container-runtime-hook <<-'END'
		#!/bin/sh
		bundle=$(jq -r .bundle)
		root=$(jq -r .root.path "$bundle/config.json")
		case $root in /*) ;; *) root=$bundle/$root ;; esac
		echo libraries >"$root/driver"
		echo "called as $1 with $#" >>/run/gpu-hook
	END
	chmod 755 /usr/bin/nvidia-container-runtime-hook
	mknod /dev/nvidia0 c 195 0
	mknod /dev/nvidiactl c 195 255
	ctr oci spec | jq '.hooks.prestart = [ { path: "/usr/bin/nvidia-container-runtime-hook", args: [ "nvidia-container-runtime-hook", "prestart" ] } ]' \
		>"$data/gpu.json"
	for handler in "gpu $(entry cri)" "gpu-bare $(command -v runc)"; do
		table="plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.${handler% *}"
		printf '[%s]\n  runtime_type = "io.containerd.runc.v2"\n  base_runtime_spec = "%s"\n[%s.options]\n  BinaryName = "%s"\n' \
			"$table" "$data/gpu.json" "$table" "${handler#* }"
	done >>"$data/containerd.toml"
	daemon_stop containerd
	daemon containerd containerd --config "$data/containerd.toml"
	daemon_wait containerd ctr version
	cri_wait
}

mesh_setup() {
	local digest
	busybox_rootfs "$data/mesh"
	image_of "$data/mesh" mesh:1 --config.env PATH=/bin
	digest=$(ctr -n k8s.io images ls | awk '/library\/mesh:1/ { print $3 }')
	mesh_image=docker.io/library/mesh@$digest
	ctr -n k8s.io images tag docker.io/library/mesh:1 "$mesh_image" >/dev/null
	ctr -n k8s.io images rm docker.io/library/mesh:1 >/dev/null
}

# A kubelet and a containerd whose files are elsewhere, as the node file says
moved_root() {
	kubelet=/var/moved/kubelet
	csi_node "$1"
	raw_block "$1"
	local_volume "$1"
}

move_root() {
	local image
	mkdir -p /var/moved && mount -t tmpfs tmpfs /var/moved && mkdir -p /var/moved/{kubelet/plugins_registry,containerd}
	pods_cgroups_remove
	sandbox_before=$(inside_view)
	printf 'root = "/var/moved/containerd"\nstate = "/run/moved"\n[grpc]\n  address = "%s"\n' "$socket" >>"$data/moved.toml"
	sed 1d "$data/containerd.toml" >>"$data/moved.toml"
	sed -i '1i version = 2' "$data/moved.toml"
	daemon_stop containerd
	daemon containerd containerd --config "$data/moved.toml"
	daemon_wait containerd ctr version
	for image in pause image; do ctr -n k8s.io images import "$data/$image.tar" >/dev/null; done
	cri_wait
}

# Policies of the admin's own beside the shipped ones: one a namespace
namespace_policies() {
	local name
	mkdir -p /etc/reeve/policy.d
	for name in calico-system:cni storage:csi debug:debug data:local-storage logging:log-collector monitoring:node-exporter ai:nvidia-gpu; do
		jq -n --arg namespace "${name%:*}" --arg grant "${name#*:}" '{ name: $namespace, match: { engine: "cri", $namespace },
			enforce: "baseline", allow: [ { why: "what its pods do", $grant } ] }' >"/etc/reeve/policy.d/${name%:*}.json"
	done
	jq -n --arg digest "${mesh_image#*@}" '{ name: "mesh", match: { engine: "cri", namespace: "mesh" }, enforce: "restricted",
		allow: [ { why: "sets the mesh up", when: { container: "istio-init", $digest }, user: { root: "keep" },
			capabilities: [ "NET_ADMIN", "NET_RAW" ] } ] }' >/etc/reeve/policy.d/mesh.json
	ok 'the policies are applied' reevectl policy apply
}

cri_start
node_setup
everyday kube-proxy kube-system 'kube-system, by default' kube_proxy 'stdout F address' namespaces.network
everyday 'static control-plane pods' kube-system 'kube-system, by default' control_plane 'stdout F installed' namespaces.network
everyday 'calico-like network plug-in' kube-system 'kube-system and cni, by default' calico_node 'stdout F bpffs' namespaces.network
everyday 'cilium-like network plug-in' kube-system 'kube-system and cni, by default' cilium 'stdout F filter' namespaces.network
everyday 'flannel-like network plug-in' kube-system 'kube-system and cni, by default' flannel 'stdout F lease' namespaces.network
everyday 'CSI node plug-in' kube-system 'kube-system and csi, by default' csi_node 'the node sees the mount' namespaces.network
everyday 'device plug-in' kube-system 'kube-system and csi, by default' device_plugin 'stdout F registered' mounts.hostPath
everyday 'node-local DNS' kube-system 'kube-system, by default' node_dns 'stdout F address' namespaces.network

gpu_setup
mesh_setup
[ -n "${REEVE_TEST_BARE-}" ] || namespace_policies
truncate -s 64K "$data/disk" && printf block >"$data/disk" && truncate -s 64K "$data/disk"
disk=$(loop_device "$data/disk") || { fail 'a loop device'; pods_done; }
everyday 'calico-like network plug-in' calico-system 'baseline, grant cni' calico_node 'stdout F bpffs' namespaces.network
everyday 'cilium-like network plug-in' calico-system 'baseline, grant cni' cilium 'stdout F filter' namespaces.network
everyday 'CSI node plug-in' storage 'baseline, grant csi' csi_node 'the node sees the mount' namespaces.network
everyday 'cluster DNS' default baseline coredns 'stdout F :1' ''
everyday 'init container of a mesh' mesh 'restricted, exception by digest' mesh 'stdout F redirected' 'Operation not permitted'
[ -n "${REEVE_TEST_BARE-}" ] || contains 'another image by the name of the init container gets nothing' \
	"$(mesh_image=docker.io/library/box:1 mesh mesh 2>&1)" 'refused by policy mesh'
everyday 'kubectl debug' debug 'baseline, grant debug' debugger 'stdout F app' 'Permission denied'
everyday 'raw block volume of the kubelet' default baseline raw_block 'stdout F wrote' ''
everyday 'local volume and subPath of the kubelet' default baseline local_volume 'stdout F subpath' ''
everyday 'local-path directories' data 'baseline, grant local-storage' local_path 'stdout F kept' mounts.hostPath
everyday 'log collector' logging 'baseline, grant log-collector' log_collector 'stdout F /var/log/pods' mounts.hostPath
everyday 'node exporter' monitoring 'baseline, grant node-exporter' node_exporter 'stdout F /host/root/etc/kubernetes' namespaces.network
everyday 'GPU by device plug-in and hook' ai 'baseline, grant nvidia-gpu' gpu 'stdout F libraries' hooks.allowed
move_root
if [ -z "${REEVE_TEST_BARE-}" ]; then
	handler=
	contains 'moved files, and nobody told reeve: refused' "$(moved_root storage 2>&1)" 'mounts.hostPath'
	jq -n '{ engines: { kubelet: { root: [ "/var/moved/kubelet" ] }, containerd: { root: [ "/var/moved/containerd" ], state: [ "/run/moved" ] } } }' \
		>/etc/reeve/reeve.json
	ok 'the node file is applied' reevectl policy apply
fi
everyday 'files of kubelet and containerd elsewhere' storage 'the node file; baseline, grant csi' moved_root 'stdout F wrote' namespaces.network
losetup -d "$disk"
[ -n "${REEVE_TEST_BARE-}" ] || table_done everyday-k8s
pods_done
