#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pods through containerd's CRI plugin, set up by the drop-in that is shipped: what is allowed is as with bare runc, what is rewritten is
# seen from inside, what is refused is told to the caller of the interface and can be cleaned up.
. "$(dirname "$0")/lib.sh"
. "$here/pods.sh"
sandbox_enter "$0" "$@"
need_pods

# Which of the namespaces of a container are those of another process, one word each; baseline gives each its own cgroup namespace
namespaces='for n in net ipc uts pid mnt user; do echo $n $(readlink /proc/self/ns/$n); done'
same() { awk 'NR == FNR { seen[$1] = $2; next } { printf "%s:%s ", $1, seen[$1] == $2 ? "same" : "own" } END { print "" }' "$1" "$2"; }

# What the kubelet puts into its directories before it asks for the container
stage_volumes() {
	local dir=$kubelet/pods/$uid/volumes
	mkdir -p "$dir"/kubernetes.io~{empty-dir/scratch,configmap/settings/..data,secret/key,projected/token} "$kubelet/pods/$uid/volume-subpaths/scratch/first/0"
	chmod 777 "$dir/kubernetes.io~empty-dir/scratch"
	mount -t tmpfs tmpfs "$dir/kubernetes.io~secret/key"
	echo colour=blue >"$dir/kubernetes.io~configmap/settings/..data/colour"
	ln -s ..data/colour "$dir/kubernetes.io~configmap/settings/colour"
	echo secret >"$dir/kubernetes.io~secret/key/word"
	echo token >"$dir/kubernetes.io~projected/token/token"
	mount --bind "$dir/kubernetes.io~empty-dir/scratch" "$kubelet/pods/$uid/volume-subpaths/scratch/first/0"
}

unstage_volumes() { umount "$kubelet/pods/$uid/volumes/kubernetes.io~secret/key" "$kubelet/pods/$uid/volume-subpaths/scratch/first/0"; }

volumes='.mounts += [
	{ container_path: "/scratch", host_path: "\($dir)/volumes/kubernetes.io~empty-dir/scratch" },
	{ container_path: "/settings", host_path: "\($dir)/volumes/kubernetes.io~configmap/settings", readonly: true },
	{ container_path: "/key", host_path: "\($dir)/volumes/kubernetes.io~secret/key", readonly: true },
	{ container_path: "/var/run/secrets/kubernetes.io/serviceaccount", host_path: "\($dir)/volumes/kubernetes.io~projected/token", readonly: true },
	{ container_path: "/sub", host_path: "\($dir)/volume-subpaths/scratch/first/0" } ]'

# ---- what a user of pods sees, without ids and times: the same with reeve as without ----
observe_volumes() {
	stage_volumes
	run_in init "$volumes" sh -c 'echo made by init >/scratch/file; cat /settings/colour /key/word /var/run/secrets/*/serviceaccount/token
		ls /sub; for d in /settings /key /sub; do touch $d/x 2>&1; done; ls /scratch'
	run_in other "$volumes"' | .linux.security_context += { run_as_user: { value: 1000 }, run_as_group: { value: 1000 },
		supplemental_groups: [ 3000 ], readonly_rootfs: true, no_new_privs: true, capabilities: { drop_capabilities: [ "ALL" ] } }' \
		sh -c 'id; cat /scratch/file; touch /home/app/x; touch /scratch/by-app && stat -c %u /scratch/by-app; grep -E "^(Cap|NoNew)" /proc/self/status'
	unstage_volumes
}

observe_main() {
	local main main_log
	container main . sh -c 'trap "echo ending; exit 5" TERM; echo up; echo wrong >&2; printf "no end"; '"$namespaces"' >/tmp/new
		head -c 20000 /dev/zero | tr "\0" x; echo; mv /tmp/new /tmp/ns; while :; do sleep 0.05; done'
	echo "main: $? $(told)"
	main=$container main_log=$log
	wait_for 30 exec_in test -e /tmp/ns
	exec_in sh -c 'id; hostname; pwd; env | sort; cat /etc/hosts; ls /sys/class/net; ip route | sed "s/src.*//"; tr "\0" " " </proc/1/cmdline'
	exec_in sh -c 'echo out; echo err >&2; exit 3'
	echo "probe: $?"
	exec_in /no/such/program 2>&1 | sed 's/"[0-9a-f]\{64\}"/ID/'
	cri ExecSync "{\"container_id\":\"$container\",\"cmd\":[\"sleep\",\"30\"],\"timeout\":1}" 2>&1 | grep -o 'timeout .* exceeded'
	echo "probe that hangs: ${PIPESTATUS[0]}"
	exec_in cat /tmp/ns >"$data/ns.main"
	exec_in sh -c "$namespaces" >"$data/ns.probe"
	echo "main and its probe: $(same "$data/ns.main" "$data/ns.probe")"
	run_in second . sh -c "$namespaces" | sed -n 's/^stdout F //p' >"$data/ns.second"
	echo "main and second: $(same "$data/ns.main" "$data/ns.second")"
	container=$main log=$main_log
}

observe_streams() {
	local url
	url=$(cri Exec "{\"container_id\":\"$container\",\"cmd\":[\"sh\",\"-c\",\"read x; echo got \$x; echo err >&2; exit 4\"],\"stdin\":true,\"stdout\":true,\"stderr\":true}" | jq -r .url)
	cri Stream "{\"url\":\"$url\",\"stdin\":\"hello\\n\"}"
	url=$(cri Exec "{\"container_id\":\"$container\",\"cmd\":[\"sh\",\"-c\",\"tty; read x; echo got \$x\"],\"stdin\":true,\"stdout\":true,\"tty\":true}" | jq -r .url)
	cri Stream "{\"url\":\"$url\",\"stdin\":\"hello\\n\"}" | jq -c '.stdout |= (split("\r\n") | sort)'
}

observe_end() {
	cri UpdateContainerResources "{\"container_id\":\"$container\",\"linux\":{\"cpu_shares\":512,\"memory_limit_in_bytes\":100000000}}"
	echo "update: $?"
	cat "$(cgroup_of cpu)"/cpu.shares "$(cgroup_of memory)"/memory.limit_in_bytes 2>/dev/null || cat "$(cgroup_of)"/{cpu.weight,memory.max}
	cri StopContainer "{\"container_id\":\"$container\",\"timeout\":60}"
	container_status "$container" '"\(.state) \(.exit_code) \(.reason)"'
	log_lines | awk 'length($0) > 200 { $0 = $1 " " $2 " " length($3) } 1'
	container_remove
	run_in again '.metadata.attempt = 1 | .working_dir = "/tmp" | .args = [ "second" ]' sh -c 'pwd; echo $0'
	run_in missing . /no/such/program | sed 's/[0-9a-f]\{64\}/ID/g'
	run_in tty '.tty = true | .stdin = true' sh -c 'tty; test -t 0 && echo terminal' | tr -d '\r'
	container kept . sh -c 'trap "" TERM; while :; do sleep 0.05; done'
	cri StopContainer "{\"container_id\":\"$container\",\"timeout\":1}"
	container_status "$container" '"\(.state) \(.exit_code)"'
	container_remove
}

# cgroup_of CONTROLLER: the container's cgroup; with one hierarchy there is only that
cgroup_of() {
	local dir=/sys/fs/cgroup/$1
	[ -e /sys/fs/cgroup/cgroup.controllers ] && dir=/sys/fs/cgroup
	echo "$dir/kubepods/besteffort/pod$uid/$container"
}

observe_shared_pids() {
	pod default/shared '.linux.security_context.namespace_options.pid = "POD" | .linux.sysctls = { "net.ipv4.ping_group_range": "0 1000", "kernel.shm_rmid_forced": "1" }'
	echo "sandbox: $?"
	run_in one '.linux.security_context.namespace_options.pid = "POD"' sh -c 'tr "\0" " " </proc/1/cmdline; sysctl net.ipv4.ping_group_range kernel.shm_rmid_forced'
	pod_remove
	echo "removed: $?"
}

observe() {
	handler=$1
	pod default/web
	echo "sandbox: $? $(cri PodSandboxStatus "{\"pod_sandbox_id\":\"$pod\"}" | jq -r '.status | "\(.state) \(.network.ip | test("^10.88.0."))"')"
	observe_volumes
	observe_main
	observe_streams
	observe_end
	pod_remove
	echo "removed: $?"
	observe_shared_pids
}

# ---- through a restart of containerd: pods run on, and can be looked at, entered and ended afterwards ----
observe_restart() {
	handler=$1
	pod default/lasting
	container main . sh -c 'trap "echo ending; exit 6" TERM; i=0; while :; do sleep 0.2; i=$((i + 1)); [ $i != 20 ] || echo still here; done'
	daemon_stop containerd
	daemon containerd containerd --config "$data/containerd.toml"
	daemon_wait containerd ctr version
	cri_wait
	cri ListContainers '{}' | jq -r '.containers[] | "\(.metadata.name) \(.state)"'
	exec_in echo entered
	wait_for 30 grep -q 'still here' "$log"
	cri StopContainer "{\"container_id\":\"$container\",\"timeout\":60}"
	container_status "$container" '"\(.state) \(.exit_code)"'
	log_lines
	container_remove
	pod_remove
	echo "removed: $?"
}

cri_start
bare=$(observe bare 2>&1)
note "$bare"
contains 'bare runc: a sandbox runs' "$bare" 'sandbox: 0 SANDBOX_READY true'
contains 'bare runc: an init container has its volumes' "$bare" 'stdout F colour=blue'
contains 'bare runc: a probe by exec has its exit status' "$bare" 'probe: 3'
contains 'bare runc: containers of a pod share what pods share' "$bare" 'main and second: net:same ipc:same uts:same pid:own mnt:own'
contains 'bare runc: a stream' "$bare" '"stdout": "got hello\n", "stderr": "err\n"'
contains 'bare runc: the log has whole lines and parts' "$bare" 'stdout P 2'
contains 'bare runc: a container ends when told to' "$bare" 'CONTAINER_EXITED 5'
contains 'bare runc: it is all removed' "$bare" 'removed: 0'
bare_restart=$(observe_restart bare 2>&1)
note "$bare_restart"
contains 'bare runc: a pod outlives a restart of containerd' "$bare_restart" 'CONTAINER_EXITED 6'
[ -z "${REEVE_TEST_BARE-}" ] || pods_done

# ---- the shipped drop-in, and what is allowed ----
printf 'version = 2\nimports = ["%s"]\n' "$here/../../deploy/containerd/reeve-1.toml" >"$data/import.toml"
is 'containerd takes the drop-in by import' "$(containerd --config "$data/import.toml" config dump |
	grep -oE 'default_runtime_name = "reeve"|BinaryName = "/usr/libexec.*"' | tr '\n' ' ')" 'default_runtime_name = "reeve" BinaryName = "/usr/libexec/reeve/cri/runc" '
is 'the default handler: pods are as with bare runc' "$(observe '' 2>&1)" "$bare"
is 'they came through reeve' "$(jq -rs 'map("\(.engine) \(.policy.name)") | unique | join(" ")' $decisions)" 'cri default-cri'
is 'the handler reeve: a restart of containerd' "$(observe_restart reeve 2>&1)" "$bare_restart"

# ---- rewritten ----
look='grep -E "^(CapBnd|CapAmb|Seccomp|NoNewPrivs):" /proc/self/status; readlink /proc/self/ns/cgroup
	for f in /proc/sys/kernel/core_pattern /sys/kernel/uevent_helper /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/cgroup.procs; do
		[ ! -e $f ] || { (: >>$f) 2>/dev/null && echo writable $f; }; done
	head -c 1 /proc/kcore >/dev/null 2>&1 && echo reads /proc/kcore
	ls /dev | grep -x kmsg; mknod /tmp/loop b 7 0 && dd if=/tmp/loop count=0 2>&1 | grep -v records; echo looked'
privileged='.linux.security_context += { privileged: true, masked_paths: [], readonly_paths: [] }'
privileged_pod() {
	pod "$1" '.linux.security_context.privileged = true'
	run_in big "$privileged" sh -c "$look"
	pod_remove
}
handler=bare
got=$(privileged_pod default/big)
like 'bare runc: a privileged pod has everything' "$got" 'CapBnd:[[:space:]]+000001ff[0-9a-f]*.*Seccomp:[[:space:]]+0.*writable /proc/sys/kernel/core_pattern.*kmsg'
handler=
got=$(privileged_pod default/big)
note "$got"
is 'a privileged pod is rewritten' "$(last_verdict)" rewrite
like 'it has the capabilities of any other' "$got" 'CapBnd:[[:space:]]+00000000a80425fb'
like 'a filter' "$got" 'Seccomp:[[:space:]]+2'
unlike 'nothing to write to the kernel by' "$got" 'writable'
unlike 'no memory of the kernel to read' "$got" 'reads'
unlike 'no devices of the host' "$got" 'kmsg'
like 'and opens none that it makes' "$got" "can't open '/tmp/loop'.*looked"
unlike 'its cgroup namespace is its own' "$got" "$(readlink /proc/self/ns/cgroup)"
for rule in capabilities.allowed devices.allowed devices.denyAllFirst filesystem.maskedPaths filesystem.readonlyPaths mounts.readOnlyTypes \
	namespaces.cgroup seccomp.absent; do
	contains "changed by $rule" " $(last_rules) " " $rule "
done

# ---- refused: told to the caller word for word; what is left can be removed ----
says() { echo "failed to create containerd task: failed to create shim task: OCI runtime create failed: $(last_refusal): unknown"; }

# refused_container TEXT FILTER: a container of a pod that runs
refused_container() {
	pod default/web
	container refused "$2" sh -c 'echo ran' 2>/dev/null
	is "$1: refused word for word" "$(told)" "$(says)"
	container=$(cri ListContainers '{}' | jq -r '.containers[].id')
	is 'the state of the container says so too' "$(container_status "$container" '"\(.state) \(.reason) \(.message)"')" "CONTAINER_EXITED StartError $(says)"
	is 'nothing of it ran' "$(cat "$log" 2>/dev/null)" ''
	container_remove
	run_in other . echo 'another one' >"$data/other"
	contains 'other containers of the pod run' "$(cat "$data/other")" 'another one'
	ok 'the pod is removed' pod_remove
}

refused_sandbox() {
	pod "$2" "$3" 2>/dev/null
	is "$1: refused word for word" "$(told)" "failed to create containerd task: failed to create shim task: OCI runtime create failed: $(last_refusal): unknown"
	is 'nothing is left of it' "$(cri ListPodSandbox '{}' | jq -r '.items | length'; ls /run/netns 2>/dev/null; ctr -n k8s.io tasks ls -q)" 0
	rmdir /sys/fs/cgroup/*/kubepods/besteffort/pod"$uid" 2>/dev/null
}

host_path() { echo '.mounts += [ { container_path: "/host", host_path: "'"$1"'" } ]'; }

mkdir -p /var/data
handler=bare
pod default/web
got=$(run_in refused "$(host_path /)" ls /host/run/containerd)
contains 'bare runc: a bind of / shows the sockets of the engine' "$got" 'containerd.sock'
pod_remove
handler=
refused_container 'hostPath: /' "$(host_path /)"
refused_container 'hostPath: /var/data' "$(host_path /var/data)"
refused_container "the engine's socket" "$(host_path $socket)"
refused_container "another pod's volume" "$(host_path "$kubelet/pods/11111111-1111-1111-1111-111111111111/volumes/kubernetes.io~empty-dir/x")"' | .mounts |= reverse'
refused_sandbox 'hostNetwork' default/net '.linux.security_context.namespace_options.network = "NODE"'
refused_sandbox 'hostPID' default/pid '.linux.security_context.namespace_options.pid = "NODE"'
refused_sandbox 'hostIPC' default/ipc '.linux.security_context.namespace_options.ipc = "NODE"'
refused_sandbox 'an unsafe sysctl' default/sysctl '.linux.sysctls = { "kernel.shmmax": "1" }'

# ---- each namespace by its policy ----
mkdir -p /etc/reeve/policy.d
policy <<'END'
{ "name": "payments", "match": { "engine": "cri", "namespace": "payments" }, "enforce": "restricted" }
END
cat >/etc/reeve/policy.d/20-trusted.json <<'END'
{ "name": "trusted", "match": { "engine": "cri", "namespace": "trusted" }, "enforce": "privileged" }
END
ok 'another policy beside it' reevectl policy apply
restricted='.linux.security_context += { run_as_user: { value: 1000 }, no_new_privs: true, capabilities: { drop_capabilities: [ "ALL" ] },
	seccomp: { profile_type: "RuntimeDefault" } }'
pod payments/shop
is 'restricted: the sandbox runs, root or not' "$(last_verdict)" rewrite
stage_volumes
got=$(run_in asked "$volumes | $restricted" sh -c 'id -u; cat /scratch/colour /settings/colour /key/word; grep NoNew /proc/self/status' 2>&1)
like 'restricted: what asks for no more runs, with its volumes' "$got" 'status: 0.*stdout F 1000.*colour=blue.*secret.*NoNewPrivs:[[:space:]]+1'
got=$(run_in root . id)
is 'restricted: root is refused word for word' "$got" "$(says)"
contains 'by its policy and rule' "$got" 'refused by policy payments'
contains 'with advice' "$got" 'user.root'
got=$(run_in big "$restricted | .linux.security_context.capabilities = { add_capabilities: [ \"NET_ADMIN\" ] }" grep CapBnd /proc/self/status)
like 'restricted: capabilities are taken away' "$got" 'CapBnd:[[:space:]]+0000000000000400'
unstage_volumes
pod_remove
pod default/shop
contains 'the default policy holds for others' "$(run_in root . id -u)" 'stdout F 0'
pod_remove
handler=bare
bare=$(privileged_pod trusted/big)
handler=
is 'privileged: as with bare runc' "$(privileged_pod trusted/big | grep -v cgroup:)" "$(grep -v cgroup: <<<"$bare")"

# ---- a pod's author does not choose the policy ----
spoof='.labels["io.kubernetes.pod.namespace"] = "trusted" | .annotations = {
	"io.kubernetes.pod.namespace": "trusted", "io.kubernetes.cri.sandbox-namespace": "trusted", "io.kubernetes.cri.container-type": "sandbox",
	"run.oci.handler": "krun" }'
refused_sandbox 'labels and annotations of another namespace' default/sly "$spoof"' | .linux.security_context.namespace_options.network = "NODE"'
contains 'it is judged by its own namespace' "$(last_refusal)" 'refused by policy default-cri'
pod default/sly "$spoof"
container main "$spoof | $(host_path /)" id 2>/dev/null
contains 'so are its containers' "$(told)" 'refused by policy default-cri'
container=$(cri ListContainers '{}' | jq -r '.containers[].id')
container_remove
pod_remove
pods_done
