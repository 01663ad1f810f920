#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# containerd's own client with reeve as its runtime.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools containerd ctr runc umoci skopeo busybox script jq

image=docker.io/library/box:1
run() { apart ctr run --rm --runc-binary "$runtime" "$@"; }

# What a user of ctr sees, without ids and times: the same with reeve as without.
observe() {
	local runtime=$1
	{
		run $image once sh -c 'id; pwd; echo to-stderr >&2; exit 7'
		echo "run: $?"
		run --cwd /home/app --env NAME=value --read-only $image once sh -c 'id; pwd; echo $NAME; touch /etc/x'
		echo "flags: $?"
		run $image once /no/such/program 2>&1 | grep -o 'no such file or directory'
		echo "missing: ${PIPESTATUS[0]}"
		ctr run -d --runc-binary "$runtime" $image seen \
			sh -c 'trap "exit 5" TERM; trap "touch /tmp/usr1" USR1; while :; do sleep 0.05; done'
		echo "detached: $?"
		ctr tasks exec --exec-id e1 seen sh -c 'id; sleep 3; exit 9'
		echo "exec: $?"
		ctr tasks exec --exec-id e2 --user 1000 --cwd /tmp seen sh -c 'id -u; pwd; sleep 3'
		echo "exec with flags: $?"
		ctr tasks kill -s USR1 seen
		wait_for 30 eval 'ctr tasks exec --exec-id $RANDOM seen test -e /tmp/usr1'
		echo "signal: $?"
		wait_for 30 ctr tasks pause seen
		ctr tasks ls | awk '$1 == "seen" { print $3 }'
		ctr tasks resume seen
		ctr tasks ps seen | grep -c "^$(ctr tasks ls | awk '$1 == "seen" { print $2 }') "
		ctr tasks kill -s TERM seen
		wait_for 30 eval 'ctr tasks ls | grep -q STOPPED'
		apart ctr tasks delete seen
		echo "delete: $?"
		ctr containers delete seen
	} 2>&1
	on_terminal "ctr run --rm -t --runc-binary $runtime $image once sh -c 'tty; test -t 0 && echo terminal'"
	echo "tty: $?"
}

containerd_start
bare=$(observe "$(command -v runc)")
note "$bare"
contains 'bare runc: a container runs' "$bare" 'uid=0(root) gid=0(root)'
contains 'bare runc: its exit status is seen' "$bare" 'run: 7'
contains 'bare runc: exec' "$bare" 'exec: 9'
contains 'bare runc: a signal arrives' "$bare" 'signal: 0'
contains 'bare runc: a terminal' "$bare" '/dev/pts/0'
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

# ---- through reeve: what is allowed is as it was ----
through=$(observe "$(entry containerd)")
is 'an allowed container is as with bare runc' "$through" "$bare"

# ---- rewritten ----
runtime=$(entry containerd)
policy <<'EOF'
{
	"name": "rewriting",
	"match": { "engine": "containerd" },
	"enforce": "engine",
	"set": { "user": { "root": "rewrite", "rewriteTo": "1000:1000" } },
	"allow": [ { "why": "left out instead of refused", "mounts": { "violation": "remove" } } ]
}
EOF
status='grep -E "^(Uid|CapEff|CapBnd|Seccomp|NoNewPrivs):" /proc/self/status'
got=$(run --privileged --mount type=bind,src=/,dst=/host,options=rbind:rw $image big sh -c "$status; ls -d /host; touch /etc/x" 2>&1)
is 'the record says so' "$(last_verdict)" rewrite
like 'it is an ordinary user' "$got" 'Uid:[[:space:]]+1000[[:space:]]+1000'
like 'a bounding set as the profile has it' "$got" 'CapBnd:[[:space:]]+00000000a80425fb'
like 'with a filter' "$got" 'Seccomp:[[:space:]]+2'
like 'without the mount' "$got" '/host: No such file'
like 'a write to /etc fails' "$got" 'touch: /etc/x: Permission denied'
for rule in user.root capabilities.allowed devices.allowed mounts.sensitive seccomp.absent filesystem.maskedPaths; do
	contains "changed by $rule" " $(last_rules) " " $rule "
done
ctr run -d --privileged --runc-binary "$runtime" $image long sh -c 'trap "exit 0" TERM; while :; do sleep 0.05; done'
got=$(ctr tasks exec --exec-id e1 --user 0 long sh -c "$status; sleep 3" 2>&1)
like 'exec as root is no root' "$got" 'Uid:[[:space:]]+1000'
ok 'kill' ctr tasks kill -s KILL long
wait_for 30 eval 'ctr tasks ls | grep -q STOPPED'
ctr tasks delete long >/dev/null 2>&1
ctr containers delete long

# ---- refused ----
policy <<'EOF'
{ "name": "strict", "match": { "engine": "containerd" }, "enforce": "restricted" }
EOF
got=$(run --privileged --mount type=bind,src=/,dst=/host,options=rbind:rw $image big true 2>&1)
is 'a refused container ends ctr run with 1' $? 1
is 'the record says so' "$(last_verdict)" deny
contains 'the user reads the refusal word for word' "$got" "$(last_refusal)"
is 'nothing is left of it' "$(ctr tasks ls -q; ctr containers ls -q)" ''
policy <<'EOF'
{
	"name": "strict-but-for-root",
	"match": { "engine": "containerd" },
	"enforce": "restricted",
	"allow": [ { "why": "root becomes an ordinary user instead", "user": { "root": "rewrite" } } ]
}
EOF
got=$(run --allow-new-privs $image strict sh -c "$status" 2>&1)
like 'what is allowed still runs' "$got" 'Uid:[[:space:]]+65532'
like 'and gains no privileges' "$got" 'NoNewPrivs:[[:space:]]+1'

# ---- who calls: the namespace counts under the path for CRI only ----
policy <<'EOF'
{
	"name": "payments",
	"match": { "namespace": "payments" },
	"enforce": "baseline",
	"set": { "user": { "root": "deny" } }
}
EOF
namespace=(--annotation io.kubernetes.cri.sandbox-namespace=payments --annotation io.kubernetes.cri.container-type=container)
runtime=$(entry cri)
run "${namespace[@]}" $image pod true >/dev/null 2>&1
is 'a CRI engine names the namespace' "$(last_decision | jq -r '.engine + " " + .policy.name')" 'cri payments'
runtime=$(entry containerd)
got=$(replaced run $image changed true)
is 'ctr run ends with 1 when the source was replaced meanwhile' $? 1
contains 'the user reads why' "$got" 'is not what was judged: its source was replaced between judging and mounting'
is 'the record says so' "$(last_verdict)" deny
run "${namespace[@]}" $image pod true >/dev/null 2>&1
unlike 'a user of ctr does not' "$(last_decision | jq -r '.engine + " " + .policy.name')" 'payments'
done_testing
