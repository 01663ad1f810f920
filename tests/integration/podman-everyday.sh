#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What people do with podman every day, under the policy that is built in: pods, networks, builds, user namespaces.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools podman conmon catatonit runc umoci skopeo busybox iptables jq
{ ip link add everyday0 type bridge && ip link del everyday0; } 2>/dev/null || skip_all 'kernel makes no bridges'
iptables -t nat -S >/dev/null 2>&1 || skip_all 'kernel has no iptables'
export TMPDIR=/var/tmp	# where builds keep the files that they bind

podman_load
if [ -z "${REEVE_TEST_BARE-}" ]; then
	mkdir -p /etc/containers/containers.conf.d
	cp "$here/../../deploy/podman/50-reeve.conf" /etc/containers/containers.conf.d
fi
echo 'containers:200000:1000000' | tee /etc/subuid >/etc/subgid
mount -t tmpfs -o mode=755 srv /srv || exit 99	# not the machine's
mkdir -p /srv/project
echo 'of the project' >/srv/project/file
cd /srv/project || exit 99
caps='grep CapEff /proc/self/status'
maps='id -u; awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map; touch /x; stat -c %u /x'
everyday_with podman "$(command -v runc)" reeve

# ---- runs as it would ----
same 'run IMAGE' 'root with the usual capabilities and a filter' 'CapEff:.00000000800405fb.*Seccomp:.2' \
	box:1 grep -E '^(CapEff|Seccomp):' /proc/self/status
same 'run --init' 'catatonit is process 1' '/run/podman-init' --init box:1 sed 's/--.*//' /proc/1/cmdline
same 'run --network host' "the host's interfaces" lo --network host box:1 sh -c 'ls /sys/class/net | grep -v ^veth'
same 'run -v $PWD:/src' 'read and written' 'of the project' -v "$PWD:/src" box:1 sh -c 'cat /src/file; echo made >/src/made; cat /src/made'
mkdir /srv/given
same 'run -v DIR:/data:U --user 1000' 'the directory is given to that user' 'status 0' -v /srv/given:/data:U --user 1000 box:1 touch /data/x
same 'run -v volume:/data' 'kept from run to run' status -v kept:/data box:1 sh -c 'touch /data/x; ls /data'
same 'run --userns=auto' 'root only inside' $'0\n0 200000 [0-9]+\n0' --userns=auto box:1 sh -c "$maps"
same 'run --userns=auto --network none' 'the same' $'0\n0 200000 [0-9]+\n0' --userns=auto --network none box:1 sh -c "$maps"
same 'run --userns=auto -v volume:/data:U' 'the volume is given to that root' $'^0\nstatus 0' --userns=auto -v given:/data:U box:1 \
	sh -c 'touch /data/x; stat -c %u /data'
changed 'run --uidmap --gidmap' 'those maps; all devices denied first' devices.denyAllFirst '0 300000 1000' '0 300000 1000' --uidmap 0:300000:1000 --gidmap 0:300000:1000 box:1 sh -c "$maps"
same 'run --device /dev/fuse' 'the device' '10, 229' --device /dev/fuse box:1 sh -c 'ls -l /dev/fuse | cut -c 1-45'
same 'run --userns=auto --device /dev/fuse' "the host's, which is nobody's inside" 'nobody.*10, 229' --userns=auto --device /dev/fuse box:1 ls -l /dev/fuse
same 'run --read-only --tmpfs /x' 'only the tmpfs can be written' '/y: Read-only' --read-only --tmpfs /x box:1 touch /x/y /y
same 'run --memory --pids-limit' 'those limits' $'67108864\n30' --memory 64m --pids-limit 30 box:1 \
	sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max 2>/dev/null || cat memory.max pids.max'

# ---- runs, with less; refused ----
systemd=(--systemd=always box:1 sh -c 'touch /run/x /run/lock/x /tmp/x && cd /sys/fs/cgroup && { [ ! -d systemd ] || cd systemd; } && mkdir everyday && rmdir everyday')
readonly=mounts.allowed
[ -d /sys/fs/cgroup/systemd ] || readonly=mounts.readOnlyTypes
changed 'run --systemd=always' 'its cgroups read-only; with the grant systemd as asked for' $readonly 'status 0' 'everyday.*Read-only file system' "${systemd[@]}"
changed 'run --cap-add NET_ADMIN' 'without it: Operation not permitted' capabilities.allowed 'status 0' 'Operation not permitted' \
	--cap-add NET_ADMIN box:1 ip link set lo mtu 1400
changed 'run --security-opt seccomp=unconfined' 'the default filter' seccomp.absent 'Seccomp:.0' 'Seccomp:.2' \
	--security-opt seccomp=unconfined box:1 grep Seccomp: /proc/self/status
changed 'run --privileged' 'with the usual capabilities' capabilities.allowed '0000003fffffffff|000001ffffffffff|unable to apply caps|[0-9a-f]{16}' \
	$'00000000a80425fb\nstatus 0' --privileged box:1 sh -c "$caps"
mknod /dev/everyday b 7 7
disk=(--device /dev/everyday box:1 test -b /dev/everyday)
refused 'run --device DISK' devices.allowed 'allow "devices": ["b 7:7 rwm"]' "${disk[@]}"
refused 'run -v /etc:/host' mounts.sensitive 'allow "mount": {"source": "/etc", "access": "rw"}' -v /etc:/host box:1 true
refused 'run --pid host' namespaces.pid 'allow "namespaces": {"pid": "host"}' --pid host box:1 true

# ---- pods ----
# shellcheck disable=SC2016
serve='mkdir -p /w; echo served >/w/index.html; touch /dev/shm/mark; trap "exit 0" TERM; httpd -p 80 -h /w; while :; do sleep 0.05; done'
page() { busybox wget -qO- http://127.0.0.1:8080/; }
pods() {
	local with="--runtime $1"
	podman $with pod create --name pod -p 8080:80 >/dev/null
	podman run $with -d --pod pod --name web --restart always box:1 sh -c "$serve" >/dev/null
	wait_for 30 page
	echo "published: $(page)"
	once podman $with --pod pod box:1 sh -c 'wget -qO- http://127.0.0.1/; ls /dev/shm; hostname' 2>&1
	podman exec -u 1000 -w /tmp -e A=b web sh -c 'id -u; pwd; echo $A'
	echo copied >"$data/copied"
	podman cp "$data/copied" web:/tmp/copied
	podman exec web cat /tmp/copied
	podman pod restart pod >/dev/null
	wait_for 30 page
	echo "restarted: $(page)"
	kill -KILL "$(podman inspect -f '{{.State.Pid}}' web)"
	wait_for 30 eval '[ "$(podman inspect -f "{{.RestartCount}} {{.State.Status}}" web)" = "1 running" ]'
	podman inspect -f 'restarts: {{.RestartCount}} {{.State.Status}}' web
	podman pod rm -f -t 1 pod >/dev/null 2>&1
	podman run $with -d --name apart --network none --userns=auto box:1 sleep 1000 >/dev/null
	once podman $with --userns container:apart --network container:apart --pid container:apart box:1 sh -c 'id -u; until ps | grep -q "[s]leep 1000"; do sleep 0.1; done; ps | grep -c "[s]leep 1000"' 2>&1
	wait_for 30 podman rm -f -t 0 apart # podman's own cleaning up may be in the way
	podman run $with -d --name checked --network none --health-cmd 'test -e /tmp/ok' box:1 sleep 1000 >/dev/null 2>&1
	podman healthcheck run checked
	podman exec checked touch /tmp/ok
	podman healthcheck run checked
	echo "health: $?"
	podman rm -f -t 0 checked >/dev/null 2>&1
}
as_bare pods 'pod create -p, run --pod' 'run --pod, in the same namespaces' 'exec -u -w -e' 'cp' 'pod restart' 'run --restart always, killed' \
	'run --userns container:NAME' 'healthcheck run'

cat >"$data/pod.yaml" <<'EOY'
apiVersion: v1
kind: Pod
metadata: { name: kube }
spec:
  containers:
  - name: web
    image: docker.io/library/box:1
    imagePullPolicy: Never
    command: [sh, -c, 'echo of the pod >/data/index.html; exec httpd -f -p 80 -h /data']
    ports: [ { containerPort: 80, hostPort: 8080 } ]
    securityContext: { capabilities: { drop: [NET_RAW] } }
    resources: { limits: { memory: 64Mi } }
    volumeMounts: [ { name: data, mountPath: /data } ]
  - name: side
    image: docker.io/library/box:1
    imagePullPolicy: Never
    command: [sleep, '1000']
    securityContext: { runAsUser: 1000 }
    volumeMounts: [ { name: data, mountPath: /data } ]
  volumes: [ { name: data, emptyDir: {} } ]
EOY
kube() {
	podman --runtime "$1" play kube "$data/pod.yaml" >/dev/null
	echo "play: $?"
	wait_for 30 page
	page
	podman exec kube-side sh -c 'id -u; cat /data/index.html'
	podman pod rm -f -t 0 kube >/dev/null 2>&1
}
as_bare kube 'play kube'

# ---- builds ----
mkdir "$data/context"
printf 'FROM docker.io/library/box:1\nCOPY Dockerfile /\nRUN echo "built $(id -u)" >/built; grep CapEff /proc/self/status\n' >"$data/context/Dockerfile"
build() {
	podman --runtime "$1" build --no-cache -t built "$data/context" | grep -E 'CapEff'
	once podman --runtime "$(command -v runc)" localhost/built cat /built
}
as_bare build build
cd / && wait_for 30 umount /srv
[ -z "${REEVE_TEST_BARE-}" ] || done_testing
is 'build: its step is judged' "$(jq -r 'select(.id | startswith("buildah"))? | "\(.engine) \(.action) \(.decision)"' $decisions | sort -u)" 'podman create rewrite'

# ---- what the advice says works; user namespaces are verified ----
policy <<<'{ "name": "advised", "enforce": "engine", "allow": [ { "why": "test", "devices": ["b 7:7 rwm"] }, { "why": "test", "grant": "systemd" },
	{ "why": "test", "namespaces": { "pid": "host" } } ] }'
contains 'a disk that is allowed' "$(engine_run reeve "${disk[@]}")" 'status 0'
contains "the host's processes" "$(engine_run reeve --pid host box:1 true)" 'status 0'
contains 'the grant for systemd' "$(engine_run reeve "${systemd[@]}")" 'status 0'
policy <<<'{ "name": "no-root", "enforce": "engine", "set": { "user": { "root": "deny" }, "namespaces": { "user": "deny", "minHostID": 65536 } } }'
contains '--userns=auto: root inside, by maps that were verified' "$(engine_run reeve --userns=auto box:1 id -u)" $'0\nstatus 0'
got=$(engine_run reeve box:1 id -u)
contains 'without it root is refused' "$got" '[user.root '
contains 'and what to do' "$got" '--userns=auto'
contains 'maps onto low ids are refused' "$(engine_run reeve --uidmap 0:1000:1000 --gidmap 0:1000:1000 box:1 true)" '[namespaces.minHostID '
row everyday-podman 'run, where policy denies root' 'refused: user.root' 'let the engine make a user namespace: --userns=auto'
table_done everyday-podman
wait_for 30 eval '! pgrep -x conmon'
done_testing
