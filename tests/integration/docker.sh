#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dockerd with reeve among its runtimes and as the default one.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools dockerd docker containerd runc umoci skopeo busybox script jq

run() { apart docker run --rm --network none "$@"; }

# What a user of docker sees, without ids and times: the same with reeve as without.
observe() {
	local with="--runtime $1" status
	# shellcheck disable=SC2086
	{
		run $with box:1 sh -c 'id; pwd; echo to-stderr >&2; exit 7'
		echo "run: $?"
		echo from-stdin | run -i $with box:1 cat
		echo "stdin: $?"
		run $with --user 1000:1000 --workdir /home/app -e NAME=value box:1 sh -c 'id; pwd; echo $NAME'
		echo "user: $?"
		run $with box:1 /no/such/program 2>&1 | grep -o 'no such file or directory'
		echo "missing: ${PIPESTATUS[0]}"
		docker run -d --name seen --network none $with box:1 \
			sh -c 'echo begin; trap "echo end; exit 5" TERM; trap "echo usr1" USR1; while :; do sleep 0.05; done' >/dev/null
		echo "detached: $?"
		wait_for 10 eval 'docker logs seen | grep -q begin'
		docker exec seen sh -c 'id; exit 9'
		echo "exec: $?"
		echo piped | docker exec -i -e A=b -w /tmp -u 1000 seen sh -c 'cat; id -u; pwd; echo $A'
		echo "exec with flags: $?"
		docker kill -s USR1 seen
		wait_for 10 eval 'docker logs seen | grep -q usr1'
		docker pause seen && docker inspect -f '{{.State.Status}}' seen && docker unpause seen
		docker update --pids-limit 99 seen
		docker top seen -eo pid,args | sed 's/^ *[0-9]* *//'
		docker stop seen
		docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' seen
		docker start seen
		wait_for 10 eval '[ "$(docker logs seen | grep -c begin)" = 2 ]'
		docker restart seen
		wait_for 10 eval '[ "$(docker logs seen | grep -c begin)" = 3 ]'
		docker inspect -f '{{.State.Status}}' seen
		docker logs seen
		docker rm -f seen
		docker create --name later --network none $with box:1 true >/dev/null
		docker start -a later
		docker wait later
		docker rm later
	} 2>&1
	on_terminal "docker run --rm --network none -it $with box:1 sh -c 'tty; stty size; test -t 0 && echo terminal'"
	echo "tty: $?"
}

docker_start runc
docker_load
bare=$(observe runc)
note "$bare"
contains 'bare runc: a container runs' "$bare" 'uid=0(root) gid=0(root)'
contains 'bare runc: its exit status is seen' "$bare" 'run: 7'
contains 'bare runc: exec' "$bare" 'exec: 9'
contains 'bare runc: stop lets it end' "$bare" 'exited 5'
contains 'bare runc: a terminal' "$bare" '/dev/pts/0'
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

# ---- through reeve: what is allowed is as it was ----
through=$(observe reeve)
is 'an allowed container is as with bare runc' "$(diff <(echo "$bare") <(echo "$through"))" ''
done_testing
