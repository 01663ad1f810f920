#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a mount shows under another name, brings along or covers: each thing first seen with the bare runtime, then refused, or right, with
# reeve; and what people bind every day, which runs.
: "${bare:=runc}"	# mounts-crun.sh says crun
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools "$bare" busybox jq python3

echo "{ \"runtime\": \"$(command -v "$bare")\" }" >/etc/reeve/reeve.json
bundle=$data/bundle
mkdir -p "$bundle/rootfs"
chmod 755 "$data" "$bundle"
busybox_rootfs "$bundle/rootfs"
mount -t tmpfs -o mode=755 srv /srv
mount -t tmpfs -o mode=700 root /root
cd "$data" || exit

# run RUNTIME FILTER COMMAND: what the container with a document changed by the jq filter says; nothing of /dev/null but its own
run() {
	rm -f "$bundle/config.json"
	"$bare" spec -b "$bundle" 2>/dev/null || (cd "$bundle" && "$bare" spec)
	jq --arg command "$3" '.process.terminal = false | .process.args = ["sh", "-c", $command] | .root.readonly = false |
		def bind($from; $at; $options): .mounts += [{destination: $at, type: "bind", source: $from, options: $options}];
		'"$2" "$bundle/config.json" >made.json && cp made.json "$bundle/config.json"
	"$1" run --bundle "$bundle" box </dev/null 2>&1 | cat
}
# attack NAME ENTRY FILTER COMMAND SEEN REASON: with the bare runtime the command says SEEN, through reeve the start is refused for REASON
attack() {
	local said
	said=$(run "$bare" "$3" "$4")
	contains "$1: seen with $bare" "$said" "$5"
	said=$(run "$2" "$3" "$4")
	contains "$1: refused" "$said" "$6"
	unlike "$1: nothing of it is seen" "$said" "(^|[[:space:]])$5($|[[:space:]])"
}
# works NAME ENTRY FILTER COMMAND SAID
works() { is "$1" "$(run "$2" "$3" "$4")" "$5"; }

engine='{ "name": "all", "enforce": "engine" }'
baseline() { echo "{ \"name\": \"all\", \"enforce\": \"baseline\", \"allow\": [ { \"why\": \"the bundle\", \"filesystem\": { \"rootPath\": \"any\" } }, { \"why\": \"test\", \"mounts\": { \"allowed\": [ $1 ] } } ] }"; }
docker=/usr/libexec/reeve/docker/runc
cri=/usr/libexec/reeve/cri/runc
[ "$bare" = runc ] || { docker=/usr/libexec/reeve/docker/crun cri=/usr/libexec/reeve/cri/crun; mkdir -p /usr/libexec/reeve/docker /usr/libexec/reeve/cri; }
policy <<<"$engine"
echo host-secret >/etc/host-secret

# ---- other names ----
mkdir -p /srv/clean/below /srv/other /srv/plain
mount --bind /etc /srv/other
attack 'a bind of /etc by another name' reeve 'bind("/srv/other"; "/v"; ["bind"])' 'cat /v/host-secret' host-secret 'binds /srv/other, which is or holds /etc of the host'
mount --bind /etc /srv/clean/below
attack 'a mount below a clean directory' reeve 'bind("/srv/clean"; "/v"; ["rbind", "ro"])' \
	'cat /v/below/host-secret; echo >/v/below/host-written && echo written' host-secret 'with /srv/clean/below, which is mounted below it'
ok 'which ro leaves writable' rm /etc/host-written
works 'without what is below it, it may be bound' reeve 'bind("/srv/clean"; "/v"; ["bind"])' 'ls /v/below | wc -l' 0
umount /srv/clean/below
mount -t proc proc /srv/clean/below
attack 'procfs below a clean directory' reeve 'bind("/srv/clean"; "/v"; ["rbind"])' 'test -w /v/below/sys/kernel/core_pattern && echo reached' reached "the host's proc"
umount /srv/clean/below
mount --bind /srv/plain /srv/clean/below
echo plain >/srv/plain/file
works 'a harmless mount comes along' reeve 'bind("/srv/clean"; "/v"; ["rbind"])' 'cat /v/below/file' plain
mount --bind /srv/plain /etc/cron.d
attack 'what the host shows at /etc/cron.d' reeve 'bind("/srv/plain"; "/v"; ["bind"])' 'cat /v/file' plain 'holds /etc/cron.d of the host'
umount /etc/cron.d
works 'and without that' reeve 'bind("/srv/plain"; "/v"; ["bind"])' 'cat /v/file' plain

attack 'through /proc' reeve 'bind("/proc/self/root/etc"; "/v"; ["bind"])' 'cat /v/host-secret' host-secret 'which is /etc'

# ---- volumes that are something else ----
volume=/var/lib/docker/volumes/v/_data
mkdir -p $volume
echo of-the-volume >$volume/file
works "an engine's volume" $docker "bind(\"$volume\"; \"/v\"; [\"rbind\"])" 'cat /v/file' of-the-volume
mount --bind /etc $volume
attack "an engine's volume that is a bind of /etc" $docker "bind(\"$volume\"; \"/v\"; [\"rbind\"])" 'cat /v/host-secret' host-secret '/etc of the host'
umount $volume
mkdir -p /srv/up/{u,w}
mount -t overlay -o lowerdir=/etc,upperdir=/srv/up/u,workdir=/srv/up/w overlay $volume
attack 'one that is an overlay of it' $docker "bind(\"$volume\"; \"/v\"; [\"rbind\"])" 'cat /v/host-secret' host-secret 'is an overlay of /etc'
umount $volume
mount -t sysfs sysfs $volume
attack 'one that is a sysfs' $docker "bind(\"$volume\"; \"/v\"; [\"rbind\"])" 'test -d /v/kernel && echo reached' reached "the host's sysfs"
umount $volume
policy <<<"$(baseline '')"
pod=/var/lib/kubelet/pods/6f1
mkdir -p $pod/volumes/kubernetes.io~empty-dir/e/sub $pod/volume-subpaths/{e,h}/c/0
echo of-the-pod >$pod/volumes/kubernetes.io~empty-dir/e/sub/file
mount --bind $pod/volumes/kubernetes.io~empty-dir/e/sub $pod/volume-subpaths/e/c/0
works "a subPath of the pod's volume" $cri "bind(\"$pod/volume-subpaths/e/c/0\"; \"/v\"; [\"rbind\"])" 'cat /v/file' of-the-pod
mount --bind /etc $pod/volume-subpaths/h/c/0
attack 'a subPath of a hostPath' $cri "bind(\"$pod/volume-subpaths/h/c/0\"; \"/v\"; [\"rbind\"])" 'cat /v/host-secret' host-secret '/etc of the host'
umount $pod/volume-subpaths/{e,h}/c/0

# ---- allowed host paths ----
policy <<<"$(baseline '{ "source": "/srv/*", "access": "rw" }, { "source": "/var", "access": "rw" }')"
works 'an allowed path' reeve 'bind("/srv/plain"; "/v"; ["bind"])' 'cat /v/file; echo x >/v/new && echo written' $'plain\nwritten'
attack 'an allowed path that is /etc' reeve 'bind("/srv/other"; "/v"; ["bind"])' 'cat /v/host-secret' host-secret '/etc of the host'
attack "reeve's own files, in an allowed directory" reeve 'bind("/var"; "/v"; ["bind"])' 'echo >/v/lib/reeve/planted && echo written' written 'where reeve keeps its own'
rm /var/lib/reeve/planted
works 'read-only they may be seen' reeve 'bind("/var"; "/v"; ["bind", "ro"])' 'test -e /v/lib/reeve && echo there' there
policy <<<"$(baseline '{ "source": "/srv/clean", "access": "ro" }')"
said=$(run reeve 'bind("/srv/clean"; "/v"; ["rbind"])' 'for f in /v/x /v/below/x; do echo >$f; done; sleep 0')
is 'read-only goes for what is below' "$(grep -c 'Read-only file system' <<<"$said")" 2
contains 'by rro' "$(last_decision | jq -c '[.edits[].after]')" rro
umount /srv/clean/below
said=$(run reeve 'bind("/srv/clean"; "/v"; ["rbind"])' 'echo >/v/x')
contains 'with nothing below' "$said" 'Read-only file system'
unlike 'ro is enough' "$(last_decision | jq -c '[.edits[].after]')" rro
policy <<<"$engine"

# ---- sockets in view ----
mkdir -p /srv/app/run /root/project/.git
listen() {
	python3 - "$@" <<'PY' &
import os, socket, sys, time
for spec in sys.argv[1:]:
    uid, path = spec.split(":")
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.chown(path, int(uid), -1)
    s.listen()
    globals()[path] = s
open("/run/data/listening", "w").close()
time.sleep(1000)
PY
	listener=$!
	wait_for 30 test -e "$data/listening"
}
listen 0:/srv/app/run/control 1000:/srv/plain/agent 0:/root/project/.git/fsmonitor--daemon.ipc
attack 'a directory in which root listens' reeve 'bind("/srv/app"; "/v"; ["bind", "ro"])' 'test -S /v/run/control && echo reached' reached \
	'and with it the socket /srv/app/run/control at which root of the host listens'
attack 'by another name' reeve 'bind("/srv/alias"; "/v"; ["bind"])' 'test -S /v/control && echo reached' reached 'and with it the socket' \
	< <(mkdir -p /srv/alias; mount --bind /srv/app/run /srv/alias)
umount /srv/alias
works 'where an ordinary user listens' reeve 'bind("/srv/plain"; "/v"; ["bind"])' 'cat /v/file' plain
works "and the developer's own daemon" reeve 'bind("/root/project"; "/src"; ["rbind"]) | .process.cwd = "/src"' 'pwd' /src
kill $listener
wait $listener 2>/dev/null

# ---- where a mount lands ----
mkdir -p /srv/vol /srv/evil
ln -s /dev /srv/vol/link
ln -s /proc/self /srv/vol/work
echo planted >/srv/evil/planted
attack "through a volume's link" reeve 'bind("/srv/vol"; "/vol"; ["bind"]) | bind("/srv/evil"; "/vol/link/mqueue"; ["bind"])' \
	'cat /dev/mqueue/planted' planted 'which in this image is /dev/mqueue'
attack "the working directory through a volume's link" reeve 'bind("/srv/vol"; "/vol"; ["bind"]) | .process.cwd = "/vol/work"' \
	'test -e status && echo reached' reached CVE-2024-21626
works 'a mount in a mount' reeve 'bind("/srv/vol"; "/vol"; ["bind"]) | bind("/srv/evil"; "/vol/inner"; ["bind"])' 'cat /vol/inner/planted' planted

# ---- file systems by type ----
policy <<<'{ "name": "all", "enforce": "engine", "allow": [ { "why": "test", "mounts": { "types": ["overlay", "ext4"] } } ] }'
overlay='.mounts += [{destination: "/v", type: "overlay", source: "overlay", options: ["lowerdir=\($low)", "upperdir=/srv/up/u", "workdir=/srv/up/w"]}]'
attack 'an overlay of /etc' reeve "\"/etc\" as \$low | $overlay" 'cat /v/host-secret' host-secret 'mounts an overlay of /etc of the host'
works 'one of plain directories' reeve "\"/srv/evil\" as \$low | $overlay" 'cat /v/planted' planted
contains 'a disk' "$(run reeve '.mounts += [{destination: "/v", type: "ext4", source: "/dev/disk", options: []}]' true < <(mknod /dev/disk b 7 250))" \
	'mounts the device /dev/disk'
rm -f /dev/disk
policy <<<"$engine"

# ---- the root ----
mkdir -p "$bundle/rootfs/inside"
mount --bind /etc "$bundle/rootfs/inside"
attack 'a root that brings /etc along' reeve . 'cat /inside/host-secret' host-secret 'the root brings along'
works 'unless something is mounted over it' reeve '.mounts += [{destination: "/inside", type: "tmpfs", source: "tmpfs"}]' 'ls /inside | wc -l' 0
umount "$bundle/rootfs/inside"
mount --bind / /srv/evil
attack 'a root that is the host' reeve '.root.path = "/srv/evil"' 'test -e /etc/reeve || cat /etc/hostname >/dev/null && echo reached' reached 'which is or holds / of the host'
umount /srv/evil

# ---- every day ----
works 'a project' reeve 'bind("/root/project"; "/src"; ["rbind"])' 'echo x >/src/out && cat /src/out' x
mkdir -p /root/zone && ln -sf /usr/share/zoneinfo/UTC /root/zone/localtime
works 'the time zone, a link' reeve 'bind("/root/zone/localtime"; "/etc/localtime"; ["rbind", "ro"])' 'test -s /etc/localtime && echo there' there
works '/tmp' reeve 'bind("/run/tmp"; "/tmp"; ["rbind"])' 'echo' \
	"$(run reeve 'bind("/run/tmp"; "/tmp"; ["rbind"])' 'echo')"
mkdir -p /srv/docker/volumes/w/_data && echo moved >/srv/docker/volumes/w/_data/file
mount --bind /srv/docker /var/lib/docker
works 'a volume on a data root that is a bind' $docker 'bind("/var/lib/docker/volumes/w/_data"; "/v"; ["rbind"])' 'cat /v/file' moved
policy <<<"$(baseline '')"
works 'and under baseline' $docker 'bind("/var/lib/docker/volumes/w/_data"; "/v"; ["rbind"])' 'cat /v/file' moved
umount /var/lib/docker
cd /
umount /root /srv/other /srv
done_testing
