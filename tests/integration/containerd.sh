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
		ctr tasks exec --exec-id e1 seen sh -c 'id; exit 9'
		echo "exec: $?"
		ctr tasks exec --exec-id e2 --user 1000 --cwd /tmp seen sh -c 'id -u; pwd'
		echo "exec with flags: $?"
		ctr tasks kill -s USR1 seen
		wait_for 10 eval 'ctr tasks exec --exec-id $RANDOM seen test -e /tmp/usr1'
		echo "signal: $?"
		ctr tasks pause seen && ctr tasks ls | awk '$1 == "seen" { print $3 }' && ctr tasks resume seen
		ctr tasks ps seen | wc -l
		ctr tasks kill -s TERM seen
		wait_for 10 eval 'ctr tasks ls | grep -q STOPPED'
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
is 'an allowed container is as with bare runc' "$(diff <(echo "$bare") <(echo "$through"))" ''
done_testing
