# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Pods by containerd's CRI plugin, asked for as the kubelet does: its directories below /var/lib/kubelet are made here, and what it says of
# a container when the pod's author says nothing.
. "$here/engines.sh"

need_pods() {
	need_tools containerd ctr runc umoci skopeo busybox jq gcc
	/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || skip_all 'no python3-grpcio'
}

socket=/run/containerd/containerd.sock
kubelet=/var/lib/kubelet

# The lines of the shipped drop-in as its comment says, and below them what a machine without CAP_SYS_RESOURCE, network and overlayfs needs.
cri_config() {
	local cri='plugins."io.containerd.grpc.v1.cri"' drop_in=$here/../../deploy/containerd/reeve-1.toml
	if [ -z "${REEVE_TEST_BARE-}" ]; then
		sed '/\.containerd\]$/a\  snapshotter = "native"' "$drop_in"
	else
		printf 'version = 2\n[%s.containerd]\n  snapshotter = "native"\n  default_runtime_name = "bare"\n' "$cri"
	fi
	cat <<-END
		[$cri]
		  sandbox_image = "docker.io/library/pause:1"
		  restrict_oom_score_adj = true
		  stream_server_address = "127.0.0.1"
		[$cri.cni]
		  bin_dir = "/usr/lib/cni"
		  conf_dir = "/etc/cni/net.d"
		[$cri.containerd.runtimes.bare]
		  runtime_type = "io.containerd.runc.v2"
	END
}

cni_config() {
	mkdir -p /etc/cni/net.d
	cat >/etc/cni/net.d/10-pods.conflist <<-END
		{ "cniVersion": "0.4.0", "name": "pods", "plugins": [
			{ "type": "ptp", "ipam": { "type": "host-local", "ranges": [ [ { "subnet": "10.88.0.0/24" } ] ],
				"routes": [ { "dst": "0.0.0.0/0" } ] } } ] }
	END
}

pause_image() {
	mkdir -p "$data/pause"
	gcc -static -Os -x c -o "$data/pause/pause" - <<<'#include <unistd.h>
		int main(void) { for (;;) pause(); }' || { fail 'a pause program is built'; done_testing; }
	image_of "$data/pause" pause:1 --config.entrypoint /pause
	mv "$data/it.tar" "$data/pause.tar"
}

# image_of DIR NAME UMOCI-CONFIG...: an image with the files of DIR, known to the CRI plugin
image_of() {
	local dir=$1 name=$2 oci=$data/oci-$$ log=$data/image.log
	shift 2
	{
		umoci init --layout "$oci" && umoci new --image "$oci:it" && umoci insert --image "$oci:it" "$dir" / &&
		umoci config --image "$oci:it" "$@" &&
		skopeo --insecure-policy copy --tmpdir /run/tmp "oci:$oci:it" "docker-archive:$data/it.tar:docker.io/library/$name" &&
		ctr -n k8s.io images import "$data/it.tar"
	} >"$log" 2>&1 || { note "$(cat "$log")"; fail "the image $name is loaded"; done_testing; }
	rm -rf "$oci"
}

# As on a node whose init made everything shared, so that what one part of it mounts others see
cri_start() {
	mount --make-rshared /
	cri_config >"$data/containerd.toml"
	cni_config
	daemon containerd containerd --config "$data/containerd.toml"
	daemon_wait containerd ctr version
	pause_image
	make_image
	ctr -n k8s.io images import "$data/image.tar" >"$data/import.log" 2>&1 || { note "$(cat "$data/import.log")"; fail 'an image is loaded'; done_testing; }
	coproc CLIENT { exec "$here/cri-client.py" "$socket" "$(command -v containerd)"; } 2>"$data/client.log"
	daemons[client]=$CLIENT_PID
	exec {cri_in}>&"${CLIENT[1]}" {cri_out}<&"${CLIENT[0]}"
	cri_wait
}

cri_wait() { wait_for 60 cri_ready || { fail 'the CRI plugin is ready'; note "$(tail -20 "$data/containerd.log")"; done_testing; }; }
cri_ready() { cri Status '{}' | jq -e '[.status.conditions[].status] | all'; }

# cri METHOD JSON: the answer. What its caller is told when it fails is in $data/told, and on standard error.
cri() {
	local answer
	printf '%s %s\n' "$1" "${2//$'\n'/ }" >&"$cri_in"
	read -r answer <&"$cri_out"
	: >"$data/told"
	case $answer in
	ok\ *) echo "${answer#ok }" ;;
	*) echo "${answer#failed }" | tee "$data/told" >&2; return 1 ;;
	esac
}

told() { cat "$data/told"; }

# pod NAMESPACE/NAME [FILTER]: runs a sandbox; the jq filter changes what the kubelet asks for. Sets pod (its id) and uid. $handler is the
# runtime handler, "" for the default one.
handler=
declare -A pod_configs
pod() {
	local name=${1#*/} namespace=${1%/*}
	uid=$(cat /proc/sys/kernel/random/uuid)
	mkdir -p "$kubelet/pods/$uid"/{volumes,plugins,containers} "/var/log/pods/${namespace}_${name}_$uid"
	printf '127.0.0.1\tlocalhost\n' >"$kubelet/pods/$uid/etc-hosts"
	pod_config=$(jq -nc --arg name "$name" --arg namespace "$namespace" --arg uid "$uid" '{
		metadata: { $name, $namespace, $uid },
		hostname: $name,
		log_directory: "/var/log/pods/\($namespace)_\($name)_\($uid)",
		labels: { "io.kubernetes.pod.name": $name, "io.kubernetes.pod.namespace": $namespace, "io.kubernetes.pod.uid": $uid },
		linux: {
			cgroup_parent: "/kubepods/besteffort/pod\($uid)",
			security_context: { namespace_options: { pid: "CONTAINER" }, seccomp: { profile_type: "RuntimeDefault" } }
		}
	} | '"${2:-.}")
	pod=$(cri RunPodSandbox "$(jq -nc --argjson config "$pod_config" --arg handler "$handler" '{ $config, runtime_handler: $handler }')") || { pod=; return 1; }
	pod=$(jq -r .pod_sandbox_id <<<"$pod")
	pod_configs[$pod]=$pod_config
}

# What the kubelet sends where the pod says nothing.
container_defaults='{
	metadata: { $name },
	image: { image: "docker.io/library/box:1" },
	log_path: "\($name)/0.log",
	labels: { "io.kubernetes.container.name": $name },
	envs: [ { key: "KUBERNETES_SERVICE_HOST", value: "10.96.0.1" } ],
	mounts: [
		{ container_path: "/etc/hosts", host_path: "\($dir)/etc-hosts" },
		{ container_path: "/dev/termination-log", host_path: "\($dir)/containers/\($name)/log" }
	],
	linux: {
		resources: { cpu_period: 100000, cpu_shares: 2, oom_score_adj: 1000 },
		security_context: {
			namespace_options: { pid: "CONTAINER" },
			masked_paths: [ "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
				"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap" ],
			readonly_paths: [ "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" ],
			seccomp: { profile_type: "Unconfined" }
		}
	}
}'

# container NAME FILTER COMMAND...: makes and starts one in the pod. Sets container (its id) and log (its log file).
container() {
	local name=$1 filter=$2 dir=$kubelet/pods/$uid config
	shift 2
	mkdir -p "$dir/containers/$name" "$(jq -r .log_directory <<<"$pod_config")/$name"
	: >"$dir/containers/$name/log"
	config=$(jq -nc --arg name "$name" --arg dir "$dir" "$container_defaults"' | .command = $ARGS.positional | '"$filter" --args -- "$@")
	log=$(jq -r .log_directory <<<"$pod_config")/$name/0.log
	container=$(cri CreateContainer "$(jq -nc --arg pod "$pod" --argjson config "$config" --argjson sandbox "$pod_config" \
		'{ pod_sandbox_id: $pod, $config, sandbox_config: $sandbox }')") || { container=; return 1; }
	container=$(jq -r .container_id <<<"$container")
	cri StartContainer "{\"container_id\":\"$container\"}" >/dev/null
}

container_status() { cri ContainerStatus "{\"container_id\":\"$1\"}" | jq -r ".status | $2"; }
container_ended() { [ "$(container_status "$1" .state)" = CONTAINER_EXITED ]; }

# A container that does something and ends: its exit status is that of this function.
container_ends() { wait_for 60 container_ended "$container" && return "$(container_status "$container" '.exit_code')"; }

# A container's end is told before its last words are in the log, which is closed behind them.
log_closed() { [ -z "$(find "/proc/${daemons[containerd]}/fd" -lname "$log")" ]; }

# The log of a container that has ended, without times: stream, whether the line is whole, and the line; one stream after the other, since their
# order is chance.
log_lines() {
	wait_for 30 log_closed || echo 'the log is still written'
	sed 's/^[^ ]* //' "$log" | sort -s -r -k1,1
}

# run_in NAME FILTER COMMAND...: what a container of the pod says, or why there is none
run_in() {
	if container "$@" 2>/dev/null; then
		container_ends
		echo "status: $?"
		log_lines
	else
		told
	fi
	container_remove
}

container_remove() { [ -z "$container" ] || cri RemoveContainer "{\"container_id\":\"$container\"}" >/dev/null; }

# exec_in COMMAND...: as a probe does
exec_in() {
	local answer
	answer=$(cri ExecSync "$(jq -nc --arg id "$container" '{ container_id: $id, cmd: $ARGS.positional, timeout: 60 }' --args -- "$@")") || return 255
	jq -r '(.stdout, .stderr | @base64d)' <<<"$answer" | sed '/^$/d'
	return "$(jq -r '.exit_code' <<<"$answer")"
}

pod_remove() {
	[ -n "$pod" ] || return 0
	cri StopPodSandbox "{\"pod_sandbox_id\":\"$pod\"}" >/dev/null && cri RemovePodSandbox "{\"pod_sandbox_id\":\"$pod\"}" >/dev/null || return
	rmdir /sys/fs/cgroup/*/kubepods/besteffort/pod"$uid" 2>/dev/null
	rm -rf --one-file-system "$kubelet/pods/$uid"
	pod=
}

pods_done() {
	local id
	for id in $(cri ListPodSandbox '{}' | jq -r '.items[]?.id'); do
		fail "a pod is left: $id"
		pod=$id
		pod_remove
	done
	done_testing
}
