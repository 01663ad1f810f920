#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034,SC2086,SC2154,SC2174
# Hostile containers: what has been wrong with the runtimes themselves, and documents that two parsers read differently.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/hostile.sh"
sandbox_enter "$0" "$@"
hostile_setup
table=hostile-runtime
secret='read: the secret of the host'
bring_runtimes

# ---- working directory and program ----
nine='exec "$1" run --bundle "$bundle" hostile </dev/null 9</etc'
attempt 'a working directory at a descriptor (CVE-2024-21626)' runtime crun doc '.process.cwd = "/proc/self/fd/9"' \
	try 'walk-out /etc/reeve-victim' proof "$secret" how "$nine" engine 'refused: filesystem.links'
attempt 'the same by a link of the image' runtime crun doc '.process.cwd = "/nine"' \
	try 'walk-out /etc/reeve-victim' proof "$secret" how "$nine" engine 'refused: filesystem.links'
attempt 'the same with runc' doc '.process.cwd = "/proc/self/fd/9"' \
	try 'walk-out /etc/reeve-victim' proof "$secret" how "$nine" alone fails engine 'refused: filesystem.links'
for rt in runc crun; do
	attempt "the runtime as the container's program (CVE-2019-5736), $rt" runtime $rt \
		doc '.process.args = ["/proc/self/exe", "--version"]' proof "$rt version" engine 'refused: filesystem.links'
	attempt "the same by a link of the image, $rt" runtime $rt doc '.process.args = ["/self", "--version"]' \
	proof "$rt version" \
		engine 'refused: filesystem.links'
done

# ---- links in the image ----
# planted PATH TARGET: the image of the next start has this link
planted() { fresh; rm -rf "${bundle:?}/rootfs/$1"; ln -s "$2" "$bundle/rootfs/$1"; }
mkdir -p /srv/target
for rt in crun runc; do
	attempt "/dev of the image is a link (CVE-2026-41579, CVE-2026-47766), $rt" runtime $rt \
		doc '.mounts |= map(select(.destination | startswith("/dev") | not))' try uid proof 'made on the host' \
		prepare 'planted dev /srv/target' \
	after '[ ! -e /srv/target/null ] || said+=" made on the host"; rm -rf /srv/target/*' \
		alone "$([ $rt = crun ] && echo works || echo fails)" engine 'refused: filesystem.links'
	attempt "/proc of the image is a link (CVE-2023-27561), $rt" runtime $rt doc unmasked try 'read /tmp/self/status' \
		prepare 'planted proc /tmp' proof 'read: ' alone fails engine 'refused: filesystem.links mounts.destinations'
	attempt "/sys of the image is a link (CVE-2023-28642), $rt" runtime $rt try uid prepare 'planted sys /proc' \
	proof 'uid: ' \
		alone fails engine 'refused: filesystem.links mounts.destinations'
done
# Where the null device is something else, masks show that instead. The name of the container's own domain stands for what
# attackers take, /proc/sys/kernel/core_pattern: it goes with the container.
null='.mounts |= map(select(.destination | startswith("/dev") | not)) | unmasked | .linux.maskedPaths = ["/proc/timer_list"]'
attempt '/dev/null of the image is a link (CVE-2025-31133)' doc "$null" try 'to /said open-for-writing /proc/timer_list' \
	proof 'opened: (none)' \
	prepare 'fresh; ln -sf /proc/sys/kernel/domainname "$bundle/rootfs/dev/null"; rm -f "$bundle/rootfs/said"' \
	after 'said+=$(cat "$bundle/rootfs/said" 2>/dev/null)' engine 'refused: filesystem.links'
mkdir -p /srv/dev
ln -sf /proc/sys/kernel/domainname /srv/dev/null
ln -sf /proc/sys/kernel/domainname $staged/null
attempt 'the same from a volume at /dev' doc '.mounts |= map(select(.destination | startswith("/dev") | not)) |
	bind($staged; "/dev"; []) | unmasked | .linux.maskedPaths = ["/proc/timer_list"]' \
	try 'to /said open-for-writing /proc/timer_list' proof 'opened: (none)' \
	prepare 'rm -f "$bundle/rootfs/said"' after 'said+=$(cat "$bundle/rootfs/said" 2>/dev/null)' \
	engine 'refused: filesystem.links mounts.destinations'
mkdir $staged/dev
ln -s /dev $staged/link
ln -sf /proc/sys/kernel/domainname $staged/dev/null
attempt 'the same through a link in a volume' doc 'bind($staged; "/v"; []) | bind($staged + "/dev"; "/v/link"; []) |
	unmasked | .linux.maskedPaths = ["/proc/timer_list"]' try 'to /said open-for-writing /proc/timer_list' proof 'opened: (none)' \
	prepare 'rm -f "$bundle/rootfs/said"' after 'said+=$(cat "$bundle/rootfs/said" 2>/dev/null)' \
	engine 'refused: mounts.destinations'
mkdir -p $staged/proc/self/attr
echo forged >$staged/proc/self/attr/exec
attempt 'a volume over /proc (CVE-2019-16884)' runtime crun doc 'bind($staged + "/proc"; "/proc"; []) | unmasked' \
	try 'read /proc/self/attr/exec' proof 'read: forged' engine 'refused: mounts.sensitive' \
	baseline 'refused: mounts.destinations'
attempt 'the same with runc' doc 'bind($staged + "/proc"; "/proc"; []) | unmasked' \
	try 'read /proc/self/attr/exec' proof 'read: forged' alone fails engine 'refused: mounts.destinations'
attempt 'a volume below /proc' runtime crun doc 'bind($staged + "/proc/self/attr"; "/proc/tty"; []) | unmasked' \
	try 'read /proc/tty/exec' proof 'read: forged' engine 'refused: mounts.sensitive' \
	baseline 'refused: mounts.destinations'
attempt 'a volume at /dev/pts (CVE-2025-52565)' doc 'bind($staged; "/dev/pts"; [])' try 'uid' proof 'uid: ' \
	engine 'refused: mounts.destinations'
attempt 'a volume at /dev/console (CVE-2025-52565)' doc 'bind($staged + "/proc/self/attr/exec"; "/dev/console"; [])' \
	try 'read /dev/console' \
	proof 'read: forged' engine 'refused: mounts.destinations'
attempt 'a destination that climbs' doc 'mount("tmpfs"; "/proc/../mnt/../proc/fs"; []) | unmasked | caps(["DAC_OVERRIDE"])' \
	try 'append /proc/fs/mine' proof written engine 'refused: mounts.destinations'
attempt 'a relative destination' doc 'mount("tmpfs"; "proc/fs"; []) | unmasked | caps(["DAC_OVERRIDE"])' \
	try 'append /proc/fs/mine' \
	proof written engine 'refused: mounts.destinations'

# ---- settings ----
attempt 'a sysctl whose name climbs' doc '.linux.sysctl = { "net/../kernel/domainname": "hostile" }' \
	try 'read /proc/sys/kernel/domainname' proof 'read: hostile' alone fails engine 'refused: sysctl.allowed'
attempt 'more settings in the value of one (CVE-2022-0811)' \
	doc '.linux.sysctl = { "kernel.shm_rmid_forced": "1+kernel.core_pattern=core" }' \
	try 'uid' proof 'uid: ' alone fails engine 'refused: sysctl.allowed'
attempt 'routes to the host (route_localnet)' doc '.linux.sysctl = { "net.ipv4.conf.all.route_localnet": "1" }' \
	try 'read /proc/sys/net/ipv4/conf/all/route_localnet' proof 'read: 1' engine allowed baseline 'refused: sysctl.allowed'
attempt 'inheritable capabilities (CVE-2022-29162)' doc '.process.capabilities.inheritable = ["CAP_KILL"]' try 'status CapInh' \
	proof 'CapInh:	0000000000000020' engine 'fails: capabilities.inheritable'

# ---- users and capabilities, as crun reads them ----
attempt 'uid 2^32-1' runtime crun doc '.process.user.uid = 4294967295' try uid proof 'uid: 0 0' engine 'refused: document'
attempt 'a uid as text' runtime crun doc '.process.user.uid = "1000"' try uid proof 'uid: 0 0' engine 'refused: document'
attempt 'UID for uid' runtime crun doc '.process.user = { "UID": 1000, "GID": 1000 }' try uid proof 'uid: 0 0' \
	engine 'refused: document'
attempt 'a capability in small letters' runtime crun doc '.process.capabilities.bounding = ["cap_sys_admin"]' \
	try 'status CapBnd' \
	proof 'CapBnd:	0000000000200000' engine 'refused: document'
attempt 'noNewPrivileges as a number' runtime crun doc '.process.noNewPrivileges = 1' try 'status NoNewPrivs' \
	proof 'NoNewPrivs:	0' \
	engine 'refused: document'

# ---- documents ----
# as_text SCRIPT: sed(1) over the document in one line
as_text() { jq -c . "$data/asked.json" | sed "$1" >"$bundle/config.json"; }
# once_more NAME first|last: the list of mounts a second time, under this name, with one of /etc more
once_more() {
	local list
	list=$(jq -c '.mounts + [{ destination: "/h", type: "bind", source: "/etc", options: ["bind"] }]' "$data/asked.json")
	if [ "$2" = last ]; then
		jq -cj . "$data/asked.json" | head -c -1 >"$bundle/config.json"
		printf ',"%s":%s}' "$1" "$list" >>"$bundle/config.json"
	else
		printf '{"%s":%s,' "$1" "$list" >"$bundle/config.json"
		jq -c . "$data/asked.json" | tail -c +2 >>"$bundle/config.json"
	fi
}
deep() {
	jq -cj . "$data/asked.json" | head -c -1 >"$bundle/config.json"
	{ printf ',"x":'; printf '[%.0s' {1..10000}; printf ']%.0s' {1..10000}; echo '}'; } >>"$bundle/config.json"
}
attempt 'a member twice, runc takes the last' try 'read /h/reeve-victim' proof "$secret" prepare 'once_more mounts last' \
	engine 'refused: document'
attempt 'a member twice, crun takes the first' runtime crun try 'read /h/reeve-victim' proof "$secret" \
	prepare 'once_more mounts first' \
	engine 'refused: document'
attempt 'a member in another case, runc takes it' try 'read /h/reeve-victim' proof "$secret" prepare 'once_more Mounts last' \
	engine 'refused: document'
attempt 'a member with a letter that folds, runc takes it' try 'read /h/reeve-victim' proof "$secret" \
	prepare 'once_more mountſ last' \
	engine 'refused: document'
attempt 'the same member, its name escaped' try 'read /h/reeve-victim' proof "$secret" prepare 'once_more "mo\\u0075nts" last' \
	engine 'refused: document'
attempt 'a NUL in a source, crun stops there' runtime crun doc 'bind("/etc?x"; "/h"; [])' try 'read /h/reeve-victim' \
	proof "$secret" \
	prepare "as_text 's/etc?x/etc\\\\u0000x/'" engine 'refused: document'
attempt 'a comment, crun skips it' runtime crun try uid proof 'uid: ' prepare "as_text 's/^{/{ \\/* hidden *\\/ /'" \
	engine 'refused: document'
attempt 'a second document, runc skips it' try uid proof 'uid: ' prepare "as_text 's/\$/ {\"process\": {}}/'" \
	engine 'refused: document'
attempt 'bytes that are not UTF-8, runc replaces them' doc '.annotations = { "a": "b" }' try uid proof 'uid: ' \
	prepare "as_text 's/\"a\":\"b\"/\"a\":\"\\xff\"/'" engine 'refused: document'
attempt 'ten thousand levels' runtime crun try uid proof 'uid: ' prepare deep engine 'refused: document'

# ---- hooks: programs of the host, as its root ----
hooked='ran on the host'
shown='[ ! -e /run/hooked ] || said+=" ran on the host"; rm -f /run/hooked*'
for stage in prestart createRuntime createContainer poststop; do
	attempt "a $stage hook" \
	doc ".hooks.$stage = [{ path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat /etc/reeve-victim >/run/hooked\"] }]" try uid \
		proof "$hooked" after "$shown" engine 'refused: hooks.allowed'
done
attempt 'a hook out of the image' \
	doc '.hooks.prestart = [{ path: ($data + "/bundle/rootfs/attack"), args: ["attack", "append", "/run/hooked"] }]' \
	try uid proof "$hooked" after "$shown" engine 'refused: hooks.allowed'
attempt 'a startContainer hook' \
	doc '.hooks.startContainer = [{ path: "/attack", args: ["attack", "append", "/hooked"] }]' try 'read /hooked' \
	proof 'read: written' prepare 'rm -f "$bundle/rootfs/hooked"' engine 'refused: hooks.allowed'
dockerd=$(readlink -f "$(command -v dockerd || echo /bin/false)")
attempt "dockerd's own hook, with a library to load" \
	doc ".hooks.prestart = [{ path: \"$dockerd\", args: [\"libnetwork-setkey\", \"-exec-root=/run/x\", \"hostile\", \"y\"],
		env: [\"LD_DEBUG=files\", \"LD_DEBUG_OUTPUT=/run/hooked\"] }]" try uid proof "$hooked" \
	after 'for file in /run/hooked.*; do [ ! -e "$file" ] || said+=" ran on the host"; done; rm -f /run/hooked*' \
	engine 'fails: hooks.environment' baseline 'refused: hooks.allowed'

# ---- annotations and seccomp ----
attempt "the caller's groups (run.oci.keep_original_groups)" runtime crun \
	doc '.annotations["run.oci.keep_original_groups"] = "1"' \
	try 'status Groups' proof 'Groups:	6' \
	how 'exec setpriv --groups 6 "$1" run --bundle "$bundle" hostile </dev/null' \
	engine 'refused: annotations.denied'
attempt 'a filter from an annotation (run.oci.seccomp_bpf_data)' runtime crun \
	doc '.annotations["run.oci.seccomp_bpf_data"] = "BgAAAAAA/38="' try 'unshare-user' proof made \
	engine 'refused: annotations.denied'
attempt "a hook's output into a file of the host (run.oci.hooks.stdout)" runtime crun \
	doc '.annotations["run.oci.hooks.stdout"] = "/run/hooked" |
		.hooks.poststop = [{ path: "/bin/echo", args: ["echo", "x"] }]' try uid proof "$hooked" \
	after "$shown" engine 'refused: annotations.denied hooks.allowed'
attempt 'a listener of the host for the filter' \
	doc '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/listener",
	syscalls: [{ names: ["sethostname"], action: "SCMP_ACT_NOTIFY" }] }' try uid proof 'the listener was reached' \
	prepare 'rm -f /run/listener; : >/run/caught
		"$attack" catch /run/listener >/run/caught & started+=($!); wait_for 30 test -S /run/listener' \
	after 'grep -q caught /run/caught && said+=" the listener was reached"
		kill -KILL ${started[-1]}; wait ${started[-1]} 2>/dev/null' \
	engine fails
attempt 'an empty filter' doc '.linux.seccomp = {}' try 'unshare-user' proof made engine fails
attempt 'a filter that allows all' doc '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW" }' try 'unshare-user' \
	proof made engine fails

# ---- system calls ----
calls 'unshare-user=a user namespace of its own' 'unshare-mount=a mount namespace of its own' \
	'userns-mount=mounting in a user namespace of its own (CVE-2022-0185)' 'clone-user=a user namespace, by clone' \
	'clone3-user=a user namespace, by clone3' 'unshare-i386=a user namespace, by the 32-bit call' 'setns=entering a namespace' \
	'io-uring=io_uring' 'bpf=bpf' 'perf=perf_event_open' 'userfaultfd=userfaultfd' 'add-key=a key' 'keyctl=keyctl' \
	'kernel-log=the log of the kernel' 'personality=an executable heap (personality)' \
	'fsopen=the new mount calls' 'open-tree=a copy of the mounts' \
	'pivot-root=pivot_root' 'set-clock=the clock' 'fanotify=fanotify' 'alg=AF_ALG' 'alg-high=AF_ALG with high bits' \
	'alg-socketcall~AF_ALG by the 32-bit socketcall, whose arguments no filter sees' \
	'vsock=AF_VSOCK' 'packet~raw packets in its own network'

# ---- what a call brings along ----
attempt 'a library for the runtime (LD_PRELOAD)' try uid proof 'never' alone fails \
	how 'LD_PRELOAD=/srv/none.so GCONV_PATH=/srv XDG_CONFIG_HOME=/srv exec "$1" run --bundle "$bundle" hostile </dev/null' \
	engine fails

table_done hostile-runtime
hostile_done
