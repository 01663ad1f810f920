#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# podman with reeve as its runtime, by --runtime and by containers.conf.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools podman conmon runc umoci skopeo busybox script jq

run() { apart podman --runtime "$runtime" run --rm --network none "$@"; }

# What a user of podman sees, without ids and times: the same with reeve as without.
observe() {
	local runtime=$1
	{
		run box:1 sh -c 'id; pwd; echo to-stderr >&2; exit 7'
		echo "run: $?"
		echo from-stdin | run -i box:1 cat
		echo "stdin: $?"
		run --user 1000:1000 --workdir /home/app -e NAME=value --read-only box:1 sh -c 'id; pwd; echo $NAME; touch /etc/x'
		echo "user: $?"
		run box:1 /no/such/program 2>&1 | grep -io 'no such file or directory'
		echo "missing: ${PIPESTATUS[0]}"
		podman --runtime "$runtime" run -d --name seen --network none box:1 \
			sh -c 'echo begin; trap "echo end; exit 5" TERM; trap "echo usr1" USR1; while :; do sleep 0.05; done' >/dev/null
		echo "detached: $?"
		wait_for 10 eval 'podman logs seen | grep -q begin'
		podman exec seen sh -c 'id; exit 9'
		echo "exec: $?"
		echo piped | podman exec -i -e A=b -w /tmp -u 1000 seen sh -c 'cat; id -u; pwd; echo $A'
		echo "exec with flags: $?"
		podman kill -s USR1 seen
		wait_for 10 eval 'podman logs seen | grep -q usr1'
		podman pause seen >/dev/null && podman inspect -f '{{.State.Status}}' seen && podman unpause seen >/dev/null
		podman stop seen
		podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' seen
		podman start seen
		wait_for 10 eval '[ "$(podman logs seen | grep -c begin)" = 2 ]'
		podman restart seen >/dev/null
		wait_for 10 eval '[ "$(podman logs seen | grep -c begin)" = 3 ]'
		podman inspect -f '{{.State.Status}}' seen
		podman logs seen
		podman rm -f seen >/dev/null
	} 2>&1
	on_terminal "podman --cgroup-manager cgroupfs --events-backend file --storage-driver overlay \
		--runtime $runtime run --rm --network none -it box:1 \
		sh -c 'tty; test -t 0 && echo terminal'"
	echo "tty: $?"
}

podman_load
bare=$(observe "$(command -v runc)")
note "$bare"
contains 'bare runc: a container runs' "$bare" 'uid=0(root) gid=0(root)'
contains 'bare runc: its exit status is seen' "$bare" 'run: 7'
contains 'bare runc: exec' "$bare" 'exec: 9'
contains 'bare runc: stop lets it end' "$bare" 'exited 5'
contains 'bare runc: a terminal' "$bare" '/dev/pts/0'
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

# ---- through reeve: what is allowed is as it was ----
through=$(observe "$(entry podman)")
is 'an allowed container is as with bare runc' "$(diff <(echo "$bare") <(echo "$through"))" ''

# ---- as the shipped file has it: reeve is the default, and runc and crun lead to it too ----
mkdir -p /etc/containers/containers.conf.d
cp "$here/../../deploy/podman/50-reeve.conf" /etc/containers/containers.conf.d
is 'podman info tells the runtime' "$(podman info --format '{{.Host.OCIRuntime.Name}}')" reeve

# ---- rewritten ----
policy <<'EOF'
{
	"name": "rewriting",
	"match": { "engine": "podman" },
	"enforce": "engine",
	"set": { "user": { "root": "rewrite", "rewriteTo": "1000:1000" } },
	"allow": [ { "why": "left out instead of refused", "mounts": { "violation": "remove" } } ]
}
EOF
status='grep -E "^(Uid|CapEff|CapBnd|Seccomp):" /proc/self/status'
got=$(podman run -d --name big --network none --privileged -v /:/host -v /run/lock:/run/lock box:1 \
	sh -c "$status; ls -d /host /run/lock; touch /etc/x; trap 'exit 0' TERM; while :; do sleep 0.05; done" 2>&1)
like 'a privileged container that mounts everything starts' "$got" '^[0-9a-f]{64}$'
is 'the record says so' "$(last_verdict)" rewrite
wait_for 10 eval 'podman logs big 2>&1 | grep -q "touch:"'
got=$(podman logs big 2>&1)
like 'it is an ordinary user' "$got" 'Uid:[[:space:]]+1000[[:space:]]+1000'
like 'a bounding set as the profile has it' "$got" 'CapBnd:[[:space:]]+00000000a80425fb'
like 'with a filter' "$got" 'Seccomp:[[:space:]]+2'
like 'without the mounts' "$got" '/host: No such file'
like 'a write to /etc fails' "$got" 'touch: /etc/x: Permission denied'
for rule in user.root capabilities.allowed devices.allowed mounts.sensitive seccomp.absent; do
	contains "changed by $rule" " $(last_rules) " " $rule "
done
got=$(podman exec --privileged --user 0 big sh -c "$status" 2>&1)
is 'exec --privileged gets what the container was given' "$got" "$(podman exec big sh -c "$status" 2>&1)"
like 'and that is no root' "$got" 'Uid:[[:space:]]+1000'
ok 'stop' podman stop big
ok 'start again' podman start big
ok 'remove' podman rm -f big

# ---- refused ----
policy <<'EOF'
{ "name": "strict", "match": { "engine": "podman" }, "enforce": "restricted" }
EOF
for how in '' '--runtime runc' '--runtime crun' '--runtime /usr/libexec/reeve/podman/runc'; do
	# shellcheck disable=SC2086
	got=$(podman $how run --rm --network none --privileged -v /:/host box:1 true 2>&1)
	is "podman run ends with 126${how:+ with $how}" $? 126
	is 'the record says so' "$(last_verdict)" deny
	contains 'the user reads the refusal word for word' "$got" "$(last_refusal)"
done
is 'what is allowed still runs' "$(podman run --rm --network none --user 1000 box:1 id -u 2>&1)" 1000
done_testing
