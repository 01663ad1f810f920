#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# System-call filters: what engines ask for, what becomes of it, and what a container can then really call.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools podman conmon dockerd docker containerd ctr runc umoci skopeo busybox jq
[ "$(uname -m)" = x86_64 ] || skip_all 'the calls are tried as an x86-64 machine has them'
beside=$top_builddir/tests/unit/seccomp-lost
bare=$(command -v runc)
bundle=$data/bundle
mkdir -p "$bundle/rootfs/proc"
chmod 755 "$bundle"
cp "$top_builddir/tests/integration/calls" "$bundle/rootfs/calls"

# ---- what engines ask for: a runtime that only keeps the document ----
cat >/usr/local/bin/keeper <<'EOF'
#!/bin/bash
while [ $# -gt 0 ]; do
	case $1 in
	--bundle | -b) cp "$2/config.json" /run/kept.json ;;
	--version | -v) echo 'runc version 1.1.5' && exit ;;
	esac
	shift
done
exit 1
EOF
chmod 755 /usr/local/bin/keeper

# asked NAME COMMAND...: the document of a container that this asks for is $data/NAME.json
asked() {
	local name=$1
	shift
	rm -f /run/kept.json
	"$@" >"$data/asked.log" 2>&1
	ok "$name: a document" mv /run/kept.json "$data/$name.json"
}

podman_load
asked podman podman --runtime /usr/local/bin/keeper run --rm --network none box:1
asked 'podman --cap-add SYS_ADMIN' podman --runtime /usr/local/bin/keeper run --rm --network none --cap-add SYS_ADMIN box:1
asked 'podman --privileged' podman --runtime /usr/local/bin/keeper run --rm --network none --privileged box:1
containerd_start
asked containerd ctr run --rm --seccomp --runc-binary /usr/local/bin/keeper docker.io/library/box:1 x
daemon_stop containerd
mkdir -p /etc/docker
echo '{ "runtimes": { "keeper": { "path": "/usr/local/bin/keeper" } } }' >/etc/docker/daemon.json
docker_daemon
docker_load
asked docker docker run --runtime keeper --rm --network none box:1
asked 'docker --cap-add SYS_ADMIN' docker run --runtime keeper --rm --network none --cap-add SYS_ADMIN box:1
asked 'docker --cap-add ALL' docker run --runtime keeper --rm --network none --cap-add ALL box:1
asked 'docker --cap-drop ALL' docker run --runtime keeper --rm --network none --cap-drop ALL box:1
echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["chmod", "fchmodat"], "action": "SCMP_ACT_ERRNO" },
	{ "names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [ { "index": 0, "value": 131072, "valueTwo": 131072, "op": "SCMP_CMP_MASKED_EQ" } ] } ] }' \
	>"$data/few.json"
asked 'docker, all but a few calls' docker run --runtime keeper --rm --network none --security-opt "seccomp=$data/few.json" box:1
daemon_stop dockerd
# CRI-O takes podman's profile, without calls that make namespaces
jq '.linux.seccomp.syscalls |= [ (.[] | .names -= ["clone", "clone3", "unshare"] | select(.names != [])),
	{ names: ["clone"], action: "SCMP_ACT_ALLOW", args: [ { index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" } ] } ]' \
	"$data/podman.json" >"$data/CRI-O.json"
# the profile that docker makes since AF_ALG was closed: all of its calls, and socket by three ranges
jq '.linux.seccomp.syscalls |= [ (.[] | .names -= ["socket", "io_uring_enter", "io_uring_register", "io_uring_setup"]),
	( [ "LT", 38 ], [ "EQ", 39 ], [ "GT", 40 ] | { names: ["socket"], action: "SCMP_ACT_ALLOW",
		args: [ { index: 0, value: .[1], valueTwo: 0, op: "SCMP_CMP_\(.[0])" } ] } ) ]' \
	"$data/docker.json" >"$data/docker of 2026.json"

# ---- what becomes of it ----
# use NAME [FILTER]: a bundle with the filter and the capabilities of that document
use() {
	rm -f "$bundle/config.json"
	runc spec -b "$bundle"
	jq --slurpfile from "$data/$1.json" '.process.terminal = false | .process.args = ["/calls"] |
		.process.user.uid = 1000 | .process.capabilities = $from[0].process.capabilities | .process.noNewPrivileges = ($from[0].process.noNewPrivileges == true) |
		.linux.seccomp = $from[0].linux.seccomp | if .linux.seccomp then . else del(.linux.seccomp) end | '"${2-.}" \
		"$bundle/config.json" >"$data/made.json"
	mv "$data/made.json" "$bundle/config.json"
}

# compare NAME POLICY ENGINE: a row of the table
compare() {
	local numbers
	use "$1" 'del(.linux.seccomp)'
	rm -f "$data/default.json"
	ok "$1: the default" reevectl render --policy "$2" --engine "$3" --output "$data/default.json" "$bundle"
	use "$1"
	rm -f "$data/after.json"
	ok "$1: the outcome" reevectl render --policy "$2" --engine "$3" --output "$data/after.json" "$bundle"
	read -ra numbers < <("$beside" "$bundle/config.json" "$data/after.json" "$data/default.json")
	row seccomp "$1" "$2" "${numbers[@]}"
	is "$1, $2: nothing passes that either side refuses" "${numbers[4]-}" 0
	note "$("$beside" "$bundle/config.json" "$data/after.json" | tr '\n' ' ')"
}
for name in docker 'docker of 2026' 'docker --cap-add SYS_ADMIN' 'docker --cap-add ALL' 'docker --cap-drop ALL' 'docker, all but a few calls'; do
	compare "$name" engine docker
done
compare containerd engine containerd
for name in podman 'podman --cap-add SYS_ADMIN' 'podman --privileged'; do
	compare "$name" engine podman
done
compare containerd baseline cri
compare CRI-O baseline cri
compare CRI-O restricted cri
compare CRI-O hardened cri
table_done seccomp

# ---- what a container can really call ----
policy <<'EOF'
{ "name": "everything", "match": {}, "enforce": "engine" }
EOF
# ends WHAT NAME CALL=NUMBER...: how calls end under bare runc and through reeve
ends() {
	local name=$1 got
	shift
	got=$(reeve run --bundle "$bundle" "calls-$RANDOM" 2>&1)
	is "$name, through reeve" "$(grep -E "^($(sed 's/ [0-9]*$//' <<<"$*" | tr '\n' '|')x) " <<<"$got" || echo "$got")" "$*"
}
refused=$'socket-alg 1\nsocket-alg-high 1\nsocket-vsock-high 1'

use 'docker of 2026'
bare_says=$("$bare" run --bundle "$bundle" bare-docker 2>&1)
contains 'docker of 2026, bare runc: AF_ALG is refused' "$bare_says" $'\nsocket-alg 1\n'
contains 'and passes by a high word' "$bare_says" $'\nsocket-alg-high 22\n'
ends 'docker of 2026' $'getppid 0\nsocket-inet 0\n'"$refused"$'\nclone3 38\npersonality-query 0\npersonality-other 1\nclone 0\nclone-newuser 1'

use podman
bare_says=$("$bare" run --bundle "$bundle" bare-podman 2>&1)
for call in 'unshare 0' 'keyctl 95' 'clone3 22' 'clone-newuser 0' 'socket-alg 22'; do
	contains "podman, bare runc: $call" "$bare_says" $'\n'"$call"
done
ends podman $'getppid 0\nsocket-inet 0\nsocket-alg 38\nsocket-alg-high 38\nunshare 1\nclone3 38\nkeyctl 38\nclone 0\nclone-newuser 38'

use 'podman --privileged'
bare_says=$("$bare" run --bundle "$bundle" bare-none 2>&1)
contains 'without a filter, bare runc: io_uring' "$bare_says" $'\nio_uring_setup 14'
ends 'without a filter' "$refused"$'\nunshare 1\nclone3 38\nkeyctl 1\nio_uring_setup 1'

use 'docker, all but a few calls'
bare_says=$("$bare" run --bundle "$bundle" bare-few 2>&1)
contains 'all but a few calls, bare runc: keyctl' "$bare_says" $'\nkeyctl 95'
ends 'all but a few calls' $'getppid 0\nsocket-inet 0\n'"$refused"$'\nunshare 1\nclone3 38\nkeyctl 1\nclone 0\nclone-newuser 1'

# ---- and what is said of it ----
use podman
got=$(reevectl explain --policy engine --engine podman "$bundle")
contains 'explain names the calls' "$got" 'the default for its capabilities refuses clone3, '
like 'and is no longer than a few lines' "$(grep seccomp <<<"$got" | wc -c)" '^[0-9]{1,3}$'
note "$(grep seccomp <<<"$got")"
contains 'so does the record' "$(reevectl explain --json --policy engine --engine podman "$bundle")" 'keyctl'
done_testing
