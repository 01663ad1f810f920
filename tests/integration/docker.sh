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
		docker top seen -eo pid,args | grep -c 'sh -c'
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

docker_start
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

# ---- rewritten ----
policy <<'EOF'
{
	"name": "rewriting",
	"match": { "engine": "docker" },
	"enforce": "engine",
	"set": { "user": { "root": "rewrite", "rewriteTo": "1000:1000" } },
	"allow": [ { "why": "left out instead of refused", "mounts": { "violation": "remove" } } ]
}
EOF
status='grep -E "^(Uid|CapEff|CapBnd|Seccomp|NoNewPrivs):" /proc/self/status'
got=$(docker run --runtime reeve --name big -d --network none --privileged -v /:/host -v /run/docker.sock:/docker.sock box:1 \
	sh -c "$status; ls -d /host /docker.sock; touch /etc/x; trap 'exit 0' TERM; while :; do sleep 0.05; done" 2>&1)
like 'a privileged container that mounts everything starts' "$got" '^[0-9a-f]{64}$'
is 'the record says so' "$(last_verdict)" rewrite
wait_for 10 eval 'docker logs big 2>&1 | grep -q "touch:"'
got=$(docker logs big 2>&1)
like 'it is an ordinary user' "$got" 'Uid:[[:space:]]+1000[[:space:]]+1000'
like 'with no capability but that for low ports' "$got" 'CapEff:[[:space:]]+0000000000000400'
like 'a bounding set as the profile has it' "$got" 'CapBnd:[[:space:]]+00000000a80425fb'
like 'with a filter' "$got" 'Seccomp:[[:space:]]+2'
like 'without the mounts' "$got" '/host: No such file'
like 'without the socket' "$got" '/docker.sock: No such file'
like 'a write to /etc fails' "$got" 'touch: /etc/x: Permission denied'
note "rules: $(last_rules)"
for rule in user.root capabilities.allowed devices.allowed mounts.sensitive seccomp.absent filesystem.maskedPaths; do
	contains "changed by $rule" " $(last_rules) " " $rule "
done

got=$(docker exec --privileged --user 0 big sh -c "$status" 2>&1)
is 'exec --privileged gets what the container was given' "$got" "$(docker exec big sh -c "$status" 2>&1)"
like 'and that is no root' "$got" 'Uid:[[:space:]]+1000'
is 'exec into it is not recorded probe by probe' "$(grep -c '"action":"exec"' $decisions)" 1
ok 'stop' docker stop big
ok 'start again' docker start big
is 'judged again at the next start' "$(jq -r 'select(.action == "create").decision' $decisions | tail -n 2 | xargs)" 'rewrite rewrite'
ok 'remove' docker rm -f big
got=$(on_terminal "docker run --rm --network none --runtime reeve -it box:1 sh -c 'tty; id -u'")
contains 'a rewritten container on a terminal' "$got" 1000

# ---- refused ----
policy <<'EOF'
{
	"name": "strict",
	"match": { "engine": "docker" },
	"enforce": "restricted",
	"allow": [ { "why": "dockerd hands the network over in a hook", "grant": "docker-network" } ]
}
EOF
got=$(docker run --rm --runtime reeve --network none --privileged -v /:/host box:1 true 2>&1)
is 'a refused container ends docker run with 125' $? 125
is 'the record says so' "$(last_verdict)" deny
contains 'the user reads the refusal word for word' "$got" "$(last_refusal)"
note "$(last_refusal)"
is 'nothing runs' "$(docker ps -q)" ''
got=$(docker run --rm --runtime reeve --network none --user 1000 box:1 id -u 2>&1)
is 'what is allowed still runs' "$got" 1000

# ---- reeve as the default runtime, as the shipped file has it ----
daemon_stop dockerd
cp "$here/../../deploy/docker/daemon.json" /etc/docker/daemon.json
docker_daemon
is 'docker info tells the default runtime' "$(docker info -f '{{.DefaultRuntime}}')" reeve
got=$(docker run --rm --network none --privileged box:1 true 2>&1)
contains 'without --runtime the refusal is the same' "$got" "$(last_refusal)"
is 'an allowed one runs' "$(docker run --rm --network none --user 1000 box:1 id -u 2>&1)" 1000
done_testing
