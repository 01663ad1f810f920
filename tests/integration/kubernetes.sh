#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What runs in every cluster, as real pods of containerd's CRI plugin: with bare runc, through reeve with the shipped policies and grants, and
# in a namespace that has none of them. The pods ask for what the projects' own manifests ask for; a busybox plays the part of the programs
# and does what they need it for. The table is in reeve-security(7).
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
everyday() {
	local name=$1 namespace=$2 let=$3 call=$4 proof=$5 elsewhere=$6 bare got
	handler=bare
	bare=$($call default 2>&1)
	contains "$name: bare runc" "$bare" "$proof"
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	handler=
	got=$($call "$namespace" 2>&1)
	is "$name: with $let as with bare runc" "$got" "$bare"
	if [ -z "$elsewhere" ]; then
		row everyday-k8s "$name" "$let" 'runs'
		return
	fi
	got=$($call default 2>&1)
	contains "$name: elsewhere $elsewhere" "$got" "$elsewhere"
	case $elsewhere in
	*.*) row everyday-k8s "$name" "$let" "runs; elsewhere refused by $elsewhere" ;;
	*) row everyday-k8s "$name" "$let" "runs; elsewhere without it" ;;
	esac
}

# ---- the node ----
node_setup() {
	local dir
	overlay opt
	ip link add node0 type veth peer name node1
	mkdir -p /usr/lib/modules/6.1.0 /etc/kubernetes/pki/etcd /var/lib/etcd /opt/cni/bin /run/calico /run/cilium /run/flannel /var/lib/calico \
		/var/log/calico/cni /etc/cni/net.d /run/netns /usr/libexec/kubernetes "$kubelet"/{plugins,plugins_registry,device-plugins}
	[ -e /lib/modules ] || ln -s usr/lib/modules /usr/lib/modules/../../lib/modules
	: >/run/xtables.lock
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
	run_in kube-controller-manager "$host_network$(bind /usr/libexec/kubernetes/kubelet-plugins/volume/exec)$(bind /etc/kubernetes/pki /etc/kubernetes/pki ro)" \
		sh -c 'echo x >/usr/libexec/kubernetes/kubelet-plugins/volume/exec/driver && echo installed'
	run_in kube-scheduler "$host_network$(bind /etc/kubernetes/scheduler.conf /etc/kubernetes/scheduler.conf ro)" cat /etc/kubernetes/scheduler.conf
	pod_remove
}

calico_node() {
	pod "$1/calico-node" "$host_network_pod | $privileged_pod" || return
	run_in install-cni "$host_network | $privileged$(bind /opt/cni/bin /host/opt/cni/bin)$(bind /etc/cni/net.d /host/etc/cni/net.d)" \
		sh -c 'cp /bin/busybox /host/opt/cni/bin/calico && rm /host/opt/cni/bin/calico && echo "{}" >/host/etc/cni/net.d/90-calico.conf && echo installed'
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
		sh -c 'cp /bin/busybox /hostbin/busybox-cilium && nsenter --mount=/hostproc/1/ns/mnt /opt/cni/bin/busybox-cilium ls -d /run/netns; rm /hostbin/busybox-cilium'
	run_in cilium-agent "$host_network$drop_all$(add "${caps[@]}")$(bind /proc/sys/net /host/proc/sys/net)$(bind /proc/sys/kernel /host/proc/sys/kernel)$(
		bind /sys/fs/bpf /sys/fs/bpf slave)$(bind /var/run/cilium)$(bind /var/run/netns /var/run/cilium/netns slave)$(
		bind /etc/cni/net.d /host/etc/cni/net.d)$(bind /lib/modules /lib/modules ro)$(bind /run/xtables.lock)" sh -c '
		ip addr add 10.99.0.3/32 dev node0 && ip addr del 10.99.0.3/32 dev node0 && echo address
		echo 0 >/host/proc/sys/net/ipv4/conf/node0/rp_filter && echo filter; mkdir /sys/fs/bpf/cilium && rmdir /sys/fs/bpf/cilium && echo bpffs'
	pod_remove
}

flannel() {
	pod "$1/kube-flannel" "$host_network_pod" || return
	run_in install-cni-plugin "$host_network$(bind /opt/cni/bin)" sh -c 'cp /bin/busybox /opt/cni/bin/flannel && rm /opt/cni/bin/flannel && echo installed'
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
		sh -c 'ls -d /csi; mkfifo /registration/x.sock && ls /registration; rm /registration/x.sock'
	container csi-driver "$host_network | $privileged$(bind "$kubelet" "$kubelet" shared)$(bind /dev)$(bind /sys)$(bind /lib/modules /lib/modules ro)" \
		sh -c "mount -t tmpfs tmpfs $target && echo staged; ls /dev/loop0; sleep 30" 2>/dev/null || { told; container_remove; pod_remove; return; }
	wait_for 10 mountpoint -q "$target" && echo 'the node sees the mount'
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
	run_in device-plugin ".$(bind "$kubelet/device-plugins")" sh -c 'echo x >'"$kubelet"'/device-plugins/x.sock && rm '"$kubelet"'/device-plugins/x.sock && echo registered'
	pod_remove
}

node_dns() {
	pod "$1/node-local-dns" "$host_network_pod" || return
	run_in node-cache "$host_network$(add NET_ADMIN)$(bind /run/xtables.lock)" sh -c 'ip addr add 169.254.20.10/32 dev node0 && ip addr del 169.254.20.10/32 dev node0 && echo address'
	pod_remove
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
