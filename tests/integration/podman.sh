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
done_testing
