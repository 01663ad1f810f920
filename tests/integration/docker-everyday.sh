#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What people do with docker every day, under the policy that is built in: dockerd with its networks, builds, and users remapped.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin	# the distribution's client, whatever lies before it
need_tools dockerd docker docker-init docker-compose containerd runc umoci skopeo busybox iptables jq
{ ip link add everyday0 type bridge && ip link del everyday0; } 2>/dev/null || skip_all 'kernel makes no bridges'
iptables=true
iptables -t nat -S >/dev/null 2>&1 || iptables=false

docker_start --iptables=$iptables
docker_load
[ -n "${REEVE_TEST_BARE-}" ] || cp "$here/../../deploy/docker/daemon.json" /etc/docker/daemon.json
mount -t tmpfs -o mode=755 srv /srv && mount -t tmpfs -o mode=755 mnt /mnt || exit 99	# not the machine's
mkdir -p /srv/project /mnt/dev/project
echo 'of the project' | tee /srv/project/file >/mnt/dev/project/file
caps='grep CapEff /proc/self/status'
everyday_with docker runc reeve

# ---- runs as it would ----
same 'run IMAGE' 'root with the usual capabilities and a filter' 'CapEff:.00000000a80425fb.*Seccomp:.2' \
	box:1 grep -E '^(CapEff|Seccomp):' /proc/self/status
same 'run --init' "docker's init is process 1" '/sbin/docker-init' --init box:1 sed 's/--.*//' /proc/1/cmdline
same 'run --network host' "the host's interfaces" docker0 --network host box:1 sh -c 'ls /sys/class/net | grep -v ^veth'
for dir in /srv/project /mnt/dev/project; do
	cd $dir || exit 99
	same "run -v \$PWD:/src in $dir" 'read and written' 'of the project' -v "$PWD:/src" box:1 sh -c 'cat /src/file; echo made >/src/made; cat /src/made'
done
cd / || exit 99
same 'run -v volume:/data' 'kept from run to run' status -v kept:/data box:1 sh -c 'touch /data/x; ls /data'
same 'run -v volume:/data:ro' 'read-only' 'Read-only file system' -v kept:/data:ro box:1 touch /data/y
same 'run -v /data' 'an anonymous volume' 'status 0' -v /data box:1 touch /data/x
same 'run --user --workdir --env' 'that user, place and variable' $'1000\n/home/app\nvalue' --user 1000:1000 -w /home/app -e NAME=value box:1 \
	sh -c 'id -u; pwd; echo $NAME'
same 'run --cap-drop ALL' 'no capability' 0000000000000000 --cap-drop ALL box:1 sh -c "$caps"
same 'run --cap-drop ALL --cap-add CHOWN' 'that one' 0000000000000001 --cap-drop ALL --cap-add CHOWN box:1 sh -c "$caps"
same 'run --read-only --tmpfs /tmp' 'only /tmp can be written' '/x: Read-only' --read-only --tmpfs /tmp:size=64k box:1 sh -c 'touch /tmp/x /x; df -k /tmp'
same 'run --device /dev/fuse' 'the device' '10, 229' --device /dev/fuse box:1 sh -c 'ls -l /dev/fuse | cut -c 1-45'
same 'run --security-opt no-new-privileges' 'no new privileges' 'NoNewPrivs:.1' --security-opt no-new-privileges box:1 grep NoNewPrivs /proc/self/status
same 'run --ulimit --shm-size' 'those limits' $'99\n.*16384' --ulimit nofile=99:99 --shm-size 16m box:1 sh -c 'ulimit -n; df -k /dev/shm'
same 'run --memory --cpus --pids-limit' 'those limits' $'67108864\n30\n50000' --memory 64m --cpus 0.5 --pids-limit 30 box:1 sh -c '
	cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us 2>/dev/null || {
		cat memory.max pids.max; cut -d" " -f1 cpu.max; }'
same 'run --sysctl net.core.somaxconn=99' 'that value' 99 --sysctl net.core.somaxconn=99 box:1 cat /proc/sys/net/core/somaxconn
same 'run --hostname --add-host --group-add' 'those names and groups' $'name\n1.2.3.4' --hostname name --add-host other:1.2.3.4 --group-add 44 box:1 \
	sh -c 'hostname; grep -o 1.2.3.4 /etc/hosts; id -G'
same 'run --cgroupns private' 'a cgroup namespace' '0::/$|:/\s' --cgroupns private box:1 sh -c 'cut -d: -f3 /proc/self/cgroup | sort -u; cat /proc/self/cgroup | tail -n 1'
same 'run -v /etc/localtime:/etc/localtime:ro' 'the file' 'status 0' -v /etc/localtime:/etc/localtime:ro box:1 test -s /etc/localtime

# ---- runs, with less ----
changed 'run -v /etc/localtime:/etc/localtime' 'the file, read-only' mounts.allowed 'status 0' 'Read-only file system' \
	-v /etc/localtime:/etc/localtime box:1 sh -c ': >>/etc/localtime'
changed 'run --cap-add NET_ADMIN' 'without it: Operation not permitted' capabilities.allowed 'status 0' 'Operation not permitted' \
	--cap-add NET_ADMIN box:1 ip link set lo mtu 1400
echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" } ] }' >"$data/filter.json"
changed 'run --security-opt seccomp=FILE' 'what both filters allow' seccomp.ceiling 'mkdir.*not permitted' 'mkdir.*not permitted.*unshare.*not permitted' \
	--security-opt seccomp="$data/filter.json" box:1 sh -c 'exec 2>&1; mkdir /x; unshare -U true'
changed 'run --security-opt seccomp=unconfined' 'the default filter' seccomp.absent 'Seccomp:.0' 'Seccomp:.2' \
	--security-opt seccomp=unconfined box:1 grep Seccomp: /proc/self/status
changed 'run --privileged' 'as without --privileged' capabilities.allowed '000001ffffffffff|0000003fffffffff|unable to apply caps' $'00000000a80425fb\nstatus 0' \
	--privileged box:1 sh -c "$caps"

# ---- refused, with advice ----
mknod /dev/everyday b 7 7
disk=(--device /dev/everyday box:1 test -b /dev/everyday)
refused 'run --device DISK' devices.allowed 'allow "devices": ["b 7:7 rwm"]' "${disk[@]}"
socket=(-v /var/run/docker.sock:/var/run/docker.sock box:1 test -S /var/run/docker.sock)
refused 'run -v /var/run/docker.sock:...' mounts.hostPath 'allow "mount": {"source": "/run/docker.sock", "access": "rw"}' "${socket[@]}"
refused 'run -v /etc:/host' mounts.sensitive 'allow "mount": {"source": "/etc", "access": "rw"}' -v /etc:/host box:1 true
refused 'run --pid host' namespaces.pid 'allow "namespaces": {"pid": "host"}' --pid host box:1 true
refused 'run --ipc host' namespaces.ipc 'allow "namespaces": {"ipc": "host"}' --ipc host box:1 true
refused 'run --uts host' namespaces.uts 'allow "namespaces": {"uts": "host"}' --uts host box:1 true

# ---- services, that talk to each other and to the outside ----
# shellcheck disable=SC2016
serve='mkdir -p /w; echo served >/w/index.html; touch /dev/shm/mark; exec httpd -f -p 80 -h /w'
page() { busybox wget -qO- http://127.0.0.1:8080/; }
restarted() { [ "$(docker inspect -f '{{.RestartCount}} {{.State.Status}}' web)" = '1 running' ] && page; }
services() {
	local run="docker run --runtime $1" join
	docker network create everyday >/dev/null
	$run -d --name web --network everyday --restart always -p 8080:80 -v data:/data --ipc shareable \
		--health-cmd 'test -e /w/index.html' --health-interval 1s box:1 sh -c "$serve" >/dev/null
	wait_for 30 page
	echo "published: $(page)"
	echo "by name: $($run --rm --network everyday box:1 wget -qO- http://web/)"
	for join in --network --pid --ipc; do
		echo "$join: $($run --rm $join container:web box:1 sh -c 'exec 2>&1; wget -qO- http://127.0.0.1/; ps | grep -o "[h]ttpd" | sort -u; ls /dev/shm')"
	done
	docker exec -u 1000 -w /tmp -e A=b web sh -c 'id -u; pwd; echo $A'
	echo 'copied' >"$data/copied"
	docker cp "$data/copied" web:/tmp/copied
	docker exec web cat /tmp/copied
	docker cp web:/etc/passwd - | tar -xO | head -n 1
	docker update --memory 64m --memory-swap 64m web
	docker exec web sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes 2>/dev/null || cat memory.max'
	$run --rm -v data:/data box:1 sh -c 'echo shared >/data/x'
	docker exec web cat /data/x
	wait_for 30 eval '[ "$(docker inspect -f "{{.State.Health.Status}}" web)" = healthy ]'
	docker inspect -f '{{.State.Health.Status}}' web
	kill -KILL "$(docker inspect -f '{{.State.Pid}}' web)"
	wait_for 30 restarted
	docker inspect -f 'restarts: {{.RestartCount}} {{.State.Status}}' web
	docker rm -f web
	docker volume rm data
	docker network rm everyday
}
as_bare services 'run -p 8080:80' 'run --network NAME' 'run --network container:NAME' 'run --pid container:NAME' 'run --ipc container:NAME' \
	'run --restart always, killed' 'run --health-cmd' 'exec -u -w -e' 'cp' 'update --memory'

mkdir -p /srv/compose
cat >/srv/compose/docker-compose.yml <<'EOC'
version: "3"
services:
  web:
    image: box:1
    command: sh -c 'cat /src/page >/tmp/index.html; exec httpd -f -p 80 -h /tmp'
    ports: ["8080:80"]
    volumes: ["data:/data", ".:/src:ro"]
    restart: always
    init: true
  client:
    image: box:1
    command: sh -c 'until wget -qO- http://web/; do sleep 0.1; done; exec sleep 1000'
    depends_on: [web]
    cap_drop: [ALL]
    read_only: true
    tmpfs: /tmp
volumes: { data: }
EOC
echo 'of the composition' >/srv/compose/page
composition() {
	cd /srv/compose || return
	docker-compose up -d >"$data/compose.log" 2>&1
	echo "up: $?"
	wait_for 30 eval 'docker-compose logs client | grep -q composition'
	docker-compose logs --no-color client | grep -o 'of the .*'
	page
	docker-compose exec -T web id
	docker-compose down -t 0 -v >>"$data/compose.log" 2>&1
	echo "down: $?"
	cd /
}
got=$(composition)
is 'docker-compose: services with names, volumes, ports' "$got" \
	$'up: 0\nof the composition\nof the composition\nuid=0(root) gid=0(root) groups=0(root)\ndown: 0'
if [ -n "${REEVE_TEST_BARE-}" ]; then
	umount /srv /mnt
	done_testing
fi
row everyday-docker 'docker-compose up, exec, down' allowed 'as with bare runc'

# ---- exec never gets more than its container ----
docker run -d --name low --runtime reeve box:1 sleep 1000 >/dev/null
is 'exec --privileged: the capabilities of the container' "$(docker exec --privileged low sh -c "$caps")" "$(docker exec low sh -c "$caps")"
row everyday-docker 'exec --privileged' 'rewritten: capabilities.allowed' 'what the container has'
docker rm -f low >/dev/null

# ---- builds: the classic builder uses the default runtime, BuildKit whatever is called runc ----
daemon_stop dockerd
cp "$here/../../deploy/docker/daemon.json" /etc/docker/daemon.json
docker_daemon --iptables=$iptables
mkdir "$data/context"
printf 'FROM box:1\nCOPY Dockerfile /\nRUN echo "built $(id -u)" >/built\n' >"$data/context/Dockerfile"
# build WITH-BUILDKIT: what the image holds, and the decisions of its steps
build() {
	local before
	before=$(wc -l <$decisions)
	DOCKER_BUILDKIT=$1 docker build --no-cache -q -t built "$data/context" 2>&1 >/dev/null
	tail -n +$((before + 1)) $decisions | jq -r '"\(.action) \(.decision)"'
	docker run --rm --runtime runc built cat /built
}
is 'build: its step is judged' "$(build 0)" $'create rewrite\nbuilt 0'
row everyday-docker 'build, classic builder' allowed 'each RUN is judged'
is 'build with BuildKit goes by the default runtime' "$(build 1)" 'built 0'
runc=$(command -v runc)
mv "$runc" "$runc.distrib"
ln -s /usr/bin/reeve "$runc"
echo '{ "diverted": "docker" }' >/etc/reeve/reeve.json
ok 'the node file is applied' reevectl policy apply
is 'but not by reeve in place of runc' "$(build 1)" $'run rewrite\nbuilt 0'
row everyday-docker 'build with BuildKit' allowed 'each RUN is judged where reeve is diverted to runc'
is 'and so is run --runtime runc' "$(docker run --rm --runtime runc box:1 true 2>&1; last_decision | jq -r .engine)" docker
rm "$runc" /etc/reeve/reeve.json
mv "$runc.distrib" "$runc"

# ---- what the advice says works ----
policy <<<'{ "name": "advised", "enforce": "engine", "set": { "capabilities": { "privileged": "deny" } }, "allow": [
	{ "why": "test", "devices": ["b 7:7 rwm"] }, { "why": "test", "mount": { "source": "/run/docker.sock", "access": "rw" } },
	{ "why": "test", "namespaces": { "pid": "host", "ipc": "host", "uts": "host" } },
	{ "why": "test", "mount": { "source": "/dev/shm", "access": "rw" } },
	{ "why": "test", "capabilities": ["NET_ADMIN"] } ] }'
contains 'a disk that is allowed' "$(engine_run reeve "${disk[@]}")" 'status 0'
contains "the engine's socket" "$(engine_run reeve "${socket[@]}")" 'status 0'
contains "the host's namespaces" "$(engine_run reeve --pid host --ipc host --uts host box:1 true)" 'status 0'
contains 'a capability' "$(engine_run reeve --cap-add NET_ADMIN box:1 ip link set lo mtu 1400)" 'status 0'
refused 'run --privileged, with privileged: deny' capabilities.privileged 'name the capabilities and devices that are needed' --privileged box:1 true

# ---- users remapped ----
daemon_stop dockerd
umount /run/docker/netns/* 2>/dev/null
echo 'dockremap:500000:65536' | tee /etc/subuid >/etc/subgid
echo 'dockremap:x:990:990::/:/bin/false' >>/etc/passwd
echo 'dockremap:x:990:' >>/etc/group
docker_daemon --iptables=$iptables --userns-remap default
docker_load
policy <<<'{ "name": "remapped", "enforce": "engine", "set": { "user": { "root": "deny" }, "namespaces": { "user": "deny", "minHostID": 65536 } } }'
got=$(docker run --rm -v own:/v box:1 sh -c 'id -u; awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map; touch /v/x; stat -c %u /v/x' 2>&1)
is '--userns-remap: root inside, by maps that were verified' "$got" $'0\n0 500000 65536\n0'
row everyday-docker 'dockerd --userns-remap' allowed 'root only inside, also where policy denies root'
got=$(docker run --rm --userns host box:1 true 2>&1)
contains 'run --userns host: root is refused' "$got" '[user.root '
contains 'and what to do' "$got" '--userns=auto, userns-remap'
umount /srv /mnt
table_done everyday-docker
done_testing
