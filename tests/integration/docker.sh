#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dockerd with reeve among its runtimes and as the default one.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools dockerd docker containerd runc umoci skopeo busybox script jq

docker_start
docker_load
bare=$(lifecycle docker runc)
lifecycle_checked "$bare"
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

# ---- through reeve: what is allowed is as it was ----
is 'an allowed container is as with bare runc' "$(lifecycle docker reeve)" "$bare"

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
got=$(docker run --runtime reeve --name big -d --network none --privileged -v /:/host -v /run/docker.sock:/docker.sock box:1 sh -c "$big" 2>&1)
like 'a privileged container that mounts everything starts' "$got" '^[0-9a-f]{64}$'
rewritten_checked docker /docker.sock
is 'exec into it is not recorded probe by probe' "$(grep -c '"action":"exec"' $decisions)" 1
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

got=$(replaced docker run --rm --runtime reeve --network none --user 1000 box:1 true)
is 'docker run ends with 125 when the source was replaced meanwhile' $? 125
contains 'the user reads why' "$got" 'is not what was judged: its source was replaced between judging and mounting'
is 'the record says so' "$(last_verdict)" deny

# ---- a volume that shows a host path ----
policy <<<'{ "name": "all", "enforce": "engine" }'
docker volume create -o type=none -o o=bind -o device=/etc etc >/dev/null
docker volume create -o type=none -o o=bind -o device="$data" files >/dev/null
is 'a volume may be a bind of /etc' "$(docker run --rm --runtime runc --network none -v etc:/v box:1 sh -c 'test -e /v/shadow && echo seen' 2>&1)" seen
got=$(docker run --rm --runtime reeve --network none -v etc:/v box:1 true 2>&1)
contains 'which reeve refuses' "$got" 'which is or holds /etc of the host'
contains 'as it does one of another sensitive place' "$(docker run --rm --runtime reeve --network none -v files:/v box:1 true 2>&1)" "$data of the host"
is 'a real volume runs' "$(docker run --rm --runtime reeve --network none -v real:/v box:1 sh -c 'echo kept >/v/x && cat /v/x' 2>&1)" kept
done_testing
