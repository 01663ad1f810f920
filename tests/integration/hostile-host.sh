#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034,SC2086,SC2154,SC2174
# Hostile containers: ways to the host by mounts, sockets, devices, capabilities and namespaces.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/hostile.sh"
sandbox_enter "$0" "$@"
hostile_setup
disk_make
table=hostile-host
secret='read: the secret of the host'
mkdir -p /srv/volume
touch /srv/file

# ---- sockets ----
served='connected: at your service'
serve /run/docker.sock
serve /run/containerd/containerd.sock
serve /srv/agent/agent.sock
attempt "the engine's socket" doc 'bind("/run/docker.sock"; "/s"; [])' try 'connect /s' proof "$served" \
	engine 'refused: mounts.hostPath'
attempt 'the same, read-only' doc 'bind("/run/docker.sock"; "/s"; ["ro"])' try 'connect /s' proof "$served" \
	engine 'refused: mounts.hostPath'
attempt 'by its directory, read-only' doc 'bind("/run/containerd"; "/s"; ["ro"])' try 'connect /s/containerd.sock' \
	proof "$served" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'by /run' doc 'bind("/run"; "/s"; ["ro"])' try 'connect /s/docker.sock' proof "$served" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'by /var/run, which is a link' doc 'bind("/var/run"; "/s"; ["ro"])' try 'connect /s/docker.sock' proof "$served" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'by the root of the host' doc 'bind("/"; "/s"; ["rbind", "ro"])' try 'connect /s/run/docker.sock' proof "$served" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'a socket in a harmless directory' doc 'bind("/srv/agent"; "/s"; ["ro"])' try 'connect /s/agent.sock' proof "$served" \
	engine 'refused: mounts.hostPath' baseline 'refused: mounts.hostPath'
serve @reeve-victim
attempt "a shim's abstract socket (CVE-2020-15257)" doc 'without("network")' try 'connect-abstract reeve-victim' \
	proof "$served" \
	engine allowed baseline 'refused: namespaces.network'

# ---- host paths ----
attempt 'the root of the host, read-only' doc 'bind("/"; "/h"; ["rbind", "ro"])' try 'read /h/etc/reeve-victim' \
	proof "$secret" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'the same with type none' doc 'bind("/etc"; "/h"; []) | .mounts[-1].type = "none"' try 'read /h/reeve-victim' \
	proof "$secret" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'a bind that says it is a tmpfs' doc 'bind("/etc"; "/h"; []) | .mounts[-1].type = "tmpfs"' try 'read /h/reeve-victim' \
	proof "$secret" engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'a bind that says it is the proc at /proc' doc 'bind("/etc"; "/h"; []) | .mounts[-1].type = "proc"' \
	try 'read /h/reeve-victim' \
	proof "$secret" engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
ln -s / /srv/volume/link
for path in /srv/volume/link/etc /srv/../etc '/srv/volume/.././../etc/.' //etc/ /proc/self/root/etc \
	/proc/self/cwd/../../../../etc ../../../../../etc; do
	attempt "the path $path" doc "bind(\"$path\"; \"/h\"; [])" try 'read /h/reeve-victim' proof "$secret" \
		engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
done
odd=$(printf '/srv/\377')
mkdir "$odd"
echo 'the secret of the host' >"$odd/secret"
ln -s "$odd" /srv/odd
attempt 'a link to a name that is not UTF-8' doc 'bind("/srv/odd"; "/h"; [])' try 'read /h/secret' proof "$secret" \
	engine 'refused: document' baseline 'refused: mounts.hostPath'
for path in /etc/cron.d /var/spool/cron /usr/local/bin /var/lib/kubelet /var/lib/docker /var/lib/dpkg /opt/cni/bin /etc/reeve \
	/var/lib/reeve /run/reeve /var/log/reeve /usr/libexec/reeve; do
	mkdir -p -m 700 $path
	attempt "writing below $path" doc "bind(\"$path\"; \"/h\"; [])" try 'append /h/reeve-attack' proof written \
		after "rm -f $path/reeve-attack" engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
done
mkdir /srv/clean /srv/clean/below /srv/alias
mount --bind /etc /srv/clean/below
mount --bind /etc /srv/alias
attempt 'a mount of the host below a harmless path' doc 'bind("/srv/clean"; "/h"; ["rbind"])' try 'read /h/below/reeve-victim' \
	proof "$secret" engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'another mount of /etc' doc 'bind("/srv/alias"; "/h"; [])' try 'read /h/reeve-victim' proof "$secret" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
umount /srv/clean/below /srv/alias
mkdir -p /var/log/pods
attempt 'a link in /var/log, which the kubelet follows' doc 'bind("/var/log/pods"; "/h"; [])' \
	try 'link /etc/reeve-victim /h/0.log' \
	proof "$secret" after 'said+=" read: $(cat /var/log/pods/0.log 2>/dev/null)"; rm -f /var/log/pods/0.log' \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
other=/var/lib/kubelet/pods/two/volumes/kubernetes.io~secret/token
mkdir -p $other
echo 'the secret of the host' >$other/token
attempt "another pod's volume" doc "bind(\$staged; \"/mine\"; []) | bind(\"$other\"; \"/h\"; [\"ro\"])" try 'read /h/token' \
	proof "$secret" engine 'refused: mounts.hostPath'

secrets=/var/lib/docker/containers/another/mounts/secrets
mkdir -p $secrets
echo 'the secret of the host' >$secrets/key
attempt "another container's secret of docker" doc "bind(\"$secrets/key\"; \"/h\"; [\"ro\"])" try 'read /h' proof "$secret" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'

# ---- options ----
attempt 'rw behind ro' doc 'bind("/etc/passwd"; "/p"; ["ro", "rw"])' try 'open-for-writing /p' proof 'opened: root:' \
	engine 'fails: mounts.deniedOptions' baseline 'refused: mounts.hostPath'
attempt 'a readable file, asked for writable' doc 'bind("/etc/passwd"; "/p"; [])' try 'open-for-writing /p' \
	proof 'opened: root:' \
	engine 'fails: mounts.allowed' baseline 'refused: mounts.hostPath'
attempt 'a second entry that remounts the first' \
	doc 'bind("/etc/passwd"; "/p"; ["ro"]) | bind("/srv/file"; "/p"; ["remount", "rw"])' try 'open-for-writing /p' \
	proof 'opened: root:' engine 'fails: mounts.deniedOptions' baseline 'refused: mounts.hostPath'
attempt 'the same as a tmpfs' doc 'bind("/etc/passwd"; "/p"; ["ro"]) | mount("tmpfs"; "/p"; ["remount", "bind", "rw"]) |
	.mounts[-1].source = "/srv/file"' try 'open-for-writing /p' proof 'opened: root:' \
	engine 'fails: mounts.deniedOptions' baseline 'refused: mounts.hostPath'
mount --make-shared /srv
attempt 'mounts that reach the host' doc 'caps(["SYS_ADMIN"]) | bind("/srv/volume"; "/v"; ["rbind", "rshared"]) |
	.linux.rootfsPropagation = "rshared"' try 'mount none /v/new tmpfs' proof 'reached the host' \
	after '[ "$(findmnt -rn -o FSTYPE /srv/volume/new)" != tmpfs ] || said+=" reached the host"; umount /srv/volume/new 2>/dev/null' \
	engine 'fails: mounts.propagation' baseline 'refused: mounts.hostPath'
mount --make-private /srv
ln -sfn /proc /srv/volume/proc
ln -sfn /proc $staged/proc
attempt 'a mount through a link in a volume' doc 'bind($staged; "/v"; []) | mount("tmpfs"; "/v/proc/fs"; []) | unmasked |
	caps(["DAC_OVERRIDE"])' \
	try 'append /proc/fs/mine' proof written engine 'refused: mounts.destinations'

# ---- file systems ----
core=/proc/sys/kernel/core_pattern
attempt 'a second proc' doc 'mount("proc"; "/p"; [])' try "open-for-writing /p/${core#/proc/}" proof opened \
	engine 'refused: mounts.destinations'
attempt "the host's proc" doc 'bind("/proc"; "/p"; ["rbind"])' try "open-for-writing /p/${core#/proc/}" proof opened \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'a proc with nothing read-only' doc unmasked try "open-for-writing $core" proof opened \
	engine 'fails: filesystem.readonlyPaths'
attempt 'a proc with nothing masked' doc unmasked try 'read /proc/timer_list' proof 'read: Timer List' \
	engine 'fails: filesystem.maskedPaths'
attempt 'a writable sysfs' doc '.mounts |= map(select(.type != "sysfs")) | mount("sysfs"; "/sys"; [])' \
	try 'open-for-writing /sys/kernel/rcu_expedited' proof opened engine 'fails: mounts.readOnlyTypes'
attempt 'a second sysfs' doc 'mount("sysfs"; "/s"; [])' try 'read /s/kernel/notes , status Name' proof 'status: Name' \
	engine 'refused: mounts.destinations'
attempt 'a writable cgroup (release_agent)' \
	doc '.mounts |= map(select(.type | startswith("cgroup") | not)) | mount("cgroup"; "/sys/fs/cgroup"; [])' \
	try 'open-for-writing /sys/fs/cgroup/pids/notify_on_release , open-for-writing /sys/fs/cgroup/cgroup.procs' \
	proof opened \
	engine 'fails: mounts.readOnlyTypes'
attempt 'the disk, as ext4' doc 'mount("ext4"; "/d"; ["ro"]) | .mounts[-1].source = $disk' try 'read /d/secret' \
	proof 'read: the secret of the disk' engine 'refused: mounts.types'
attempt 'an overlay over /etc' doc 'mount("overlay"; "/d"; ["lowerdir=/etc:/srv"])' try 'read /d/reeve-victim' proof "$secret" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.types'
attempt 'tracefs' doc 'mount("tracefs"; "/d"; [])' try 'read /d/current_tracer' proof 'read: nop' engine 'refused: mounts.types'
attempt 'binfmt_misc' doc 'mount("binfmt_misc"; "/d"; []) | caps(["DAC_OVERRIDE"])' try 'open-for-writing /d/register' \
	proof opened engine 'refused: mounts.types'
attempt 'securityfs' doc 'mount("securityfs"; "/d"; [])' try 'read /d/lsm' proof 'read: ' engine 'refused: mounts.types'
attempt 'bpf' doc 'mount("bpf"; "/d"; []) | caps(["SYS_ADMIN"])' try 'append /d/x , status Name' proof 'status: Name' \
	engine 'refused: mounts.types'

# ---- devices ----
on_disk='read: the secret of the disk'
node='{ path: "/dev/disk", type: "b", major: ($numbers | split(" ")[0] | tonumber), minor: ($numbers | split(" ")[1] | tonumber) }'
node=${node//\$numbers/\"$numbers\"}
attempt 'the disk as a device' doc ".linux.devices = [$node] | devices" try 'read /dev/disk' proof "$on_disk" \
	engine 'fails: devices.allowed'
attempt 'the disk as a device with rules of its own' \
	doc ".linux.devices = [$node] | .linux.resources.devices = [{ allow: true, type: \"b\", access: \"rwm\" }]" \
	try 'read /dev/disk' proof "$on_disk" engine 'fails: devices.allowed'
attempt 'the disk, bound' doc 'bind($disk; "/d"; ["ro"]) | devices' try 'read /d' proof "$on_disk" \
	engine 'refused: mounts.hostPath'
attempt 'the disk, made inside' doc 'caps(["MKNOD"]) | devices' try "mknod b $numbers" proof "$on_disk" \
	engine 'fails: devices.denyAllFirst'
attempt "the host's /dev" doc 'bind("/dev"; "/d"; []) | devices' try "read /d/${disk#/dev/}" proof "$on_disk" \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'the rules, rewritten from inside' doc '.mounts |= map(select(.type | startswith("cgroup") | not)) |
	mount("cgroup"; "/sys/fs/cgroup"; []) | caps(["SYS_ADMIN", "MKNOD"])' \
	try "put /sys/fs/cgroup/devices/devices.allow a , mknod b $numbers" proof "$on_disk" \
	engine 'fails: mounts.readOnlyTypes'
attempt 'no cgroup, and so no rules' runtime crun doc 'caps(["MKNOD"])' try "mknod b $numbers" proof "$on_disk" \
	how 'exec "$1" --cgroup-manager=disabled run --bundle "$bundle" hostile </dev/null' \
	engine 'refused: resources.cgroupsPath'

mkdir /sys/fs/cgroup/freezer/another
sleep 100000 &
started+=($!)
echo $! >/sys/fs/cgroup/freezer/another/cgroup.procs
attempt "another's cgroup, which a pause stops" doc '.process.args = ["/bin/sleep", "1000"] | .linux.cgroupsPath = "/another"' \
	how '"$1" run -d --bundle "$bundle" hostile </dev/null >/dev/null 2>&1; for try in 1 2 3 4 5; do "$1" pause hostile && break; done; cat /sys/fs/cgroup/freezer/another/freezer.state' \
	proof FROZEN after 'echo THAWED >/sys/fs/cgroup/freezer/another/freezer.state; runc delete --force hostile 2>/dev/null' \
	engine 'refused: resources.cgroupsPath'

# ---- capabilities ----
handle=$("$attack" handle /etc/hosts 2>/dev/null | sed -n 's/^handle: //p')
mkdir -p "$data/handles"
echo 'the secret of the host' >"$data/handles/secret"
handle=$("$attack" handle "$data/handles/secret" | sed -n 's/^handle: //p')
attempt 'a file by its handle (shocker)' doc 'caps(["DAC_READ_SEARCH"])' try "open-handle $handle /" proof "$secret" \
	engine 'fails: capabilities.allowed'
attempt 'leaving a chroot, without a mount namespace' doc 'caps(["SYS_CHROOT"]) | without("mount") | unmasked |
	.mounts |= map(select(.type == "proc"))' try 'chroot-out /etc/reeve-victim' proof "$secret" \
	after 'umount "$bundle/rootfs/proc" "$bundle/rootfs" 2>/dev/null' engine 'fails: namespaces.mount'

# ---- namespaces ----
attempt "the host's processes: nsenter" doc 'without("pid") | caps(["SYS_ADMIN", "SYS_PTRACE", "SYS_CHROOT"])' \
	try "enter /proc/$victim/ns/mnt /etc/reeve-victim" proof "$secret" engine 'refused: namespaces.pid'
attempt "the host's processes: ptrace" doc 'without("pid") | caps(["SYS_PTRACE"])' try "trace $victim" proof traced \
	engine 'refused: namespaces.pid'
attempt "the host's processes: their root directory" doc 'without("pid") | caps(["SYS_PTRACE"])' \
	try "read /proc/$victim/root/etc/reeve-victim" proof "$secret" engine 'refused: namespaces.pid'
attempt 'a pid namespace by path' doc 'join("pid"; "/proc/\($victim)/ns/pid")' try "signal $victim" proof reached \
	engine 'refused: namespaces.pid'
touch /run/kept-ns
mount --bind /proc/self/ns/ipc /run/kept-ns
"$attack" shm-make 'the secret of the host' >/dev/null
attempt "the host's shared memory" doc 'without("ipc")' try shm-read proof "$secret" engine 'refused: namespaces.ipc'
attempt 'the same, by path' doc 'join("ipc"; "/run/kept-ns")' try shm-read proof "$secret" engine 'refused: namespaces.ipc'
"$attack" shm-remove >/dev/null
umount /run/kept-ns
attempt "the host's name" doc 'without("uts") | del(.hostname) | caps(["SYS_ADMIN"])' try "rename-host $(hostname)" \
	proof renamed \
	engine 'refused: namespaces.uts'
unshare -m --propagation private sleep 100000 &
elsewhere=$!
started+=("$elsewhere")
wait_for 30 eval '[ "$(readlink /proc/$elsewhere/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]'
attempt "another's mount namespace" doc "join(\"mount\"; \"/proc/$elsewhere/ns/mnt\")" try 'read /etc/reeve-victim' \
	proof "$secret" \
	alone fails engine 'refused: namespaces.mount'
attempt 'a namespace twice' doc '.linux.namespaces += [{ type: "network", path: "/proc/1/ns/net" }]' \
	try 'connect-abstract reeve-victim' \
	proof "$served" alone fails engine 'refused: namespaces.paths'
cp "$attack" /etc/attack
mkdir /etc/proc
attempt 'a directory of the host as its root' doc '.root.path = "/etc" | .mounts |= map(select(.type == "proc"))' \
	try 'read /reeve-victim' \
	proof "$secret" engine 'refused: filesystem.rootPath'
ln -sfn / "$bundle/link"
attempt 'the host, by a link in the bundle' doc '.root.path = "link"' try 'read /etc/reeve-victim' proof "$secret" alone fails \
	engine 'refused: filesystem.rootPath'

kill -KILL "$(cat /sys/fs/cgroup/freezer/another/cgroup.procs)"
wait_for 30 rmdir /sys/fs/cgroup/freezer/another
table_done hostile-host
hostile_done
