#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# exec at the shell: what a container was given is the ceiling of every process that comes later.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

make_bundle
jq '.process.terminal = false | .process.args = ["sleep", "1000"] | .process.noNewPrivileges = true' \
	"$bundle/config.json" >"$data/made.json" && cp "$data/made.json" "$bundle/config.json"
all=$(json_array CAP_SYS_ADMIN CAP_NET_ADMIN CAP_SYS_PTRACE CAP_CHOWN CAP_KILL)
status='grep -E "^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status'
records() { wc -l <"$decisions"; }

start() { reeve run -d --bundle "$bundle" "$1" >/dev/null 2>&1 </dev/null; }
end() { "$1" delete --force "$2"; }

# process.json of its own, as an engine stores it: root, capabilities, noNewPrivileges left out
process() {
	jq -n --argjson caps "$all" --arg script "$status" '{ args: ["sh", "-c", $script], cwd: "/", env: ["PATH=/bin"],
		user: { uid: 0, gid: 0 }, capabilities: { bounding: $caps, effective: $caps, permitted: $caps, inheritable: $caps } }' \
		>"$data/process.json"
}
process

policy <<'EOF'
{
	"name": "no-root", "match": { "engine": "shell" }, "enforce": "engine",
	"set": { "user": { "root": "rewrite", "rewriteTo": "1000:1000" }, "capabilities": { "noNewPrivileges": true } }
}
EOF
start box
got=$(reeve exec --process "$data/process.json" box 2>&1)
is 'exec runs' $? 0
is 'the record says so' "$(last_verdict)" rewrite
like 'a rewritten root stays rewritten' "$got" 'Uid:[[:space:]]+1000'
like 'of the capabilities those that the container has too' "$got" 'CapBnd:[[:space:]]+0000000000000020'
like 'no new privileges, though the document is silent' "$got" 'NoNewPrivs:[[:space:]]+1'
before=$(records)
for _ in 1 2 3; do reeve exec --process "$data/process.json" box >/dev/null 2>&1; done
is 'the same again: no further record' "$(records)" "$before"
got=$(reeve exec --cap CAP_SYS_ADMIN --user 0 box sh -c "$status" 2>&1)
like 'flags are judged as well: the user' "$got" 'Uid:[[:space:]]+1000'
like 'and the capabilities' "$got" 'CapBnd:[[:space:]]+0000000020000420'
is 'another decision: one record more' "$(records)" $((before + 1))
got=$(reeve exec --cwd /proc/self/fd/7 box true 2>&1)
is 'a working directory below /proc: refused, or somewhere else' "$([ $? = 255 ] || reeve exec --cwd /proc/self/fd/7 box pwd | grep -v /proc)" ''
for group in .. a/../.. /other; do
	got=$(reeve exec --cgroup "$group" box true 2>&1)
	is "--cgroup $group" $? 255
	like "--cgroup $group: why" "$got" "--cgroup:? $group"
done
is 'nothing of the documents stays' "$(find /run /dev/shm -newer "$data/process.json" -name '*process*' ! -path "$data/*" 2>/dev/null)" ''
end reeve box

# ---- only a policy about exec refuses ----
policy <<'EOF'
{ "name": "no-exec-root", "match": { "engine": "shell" }, "enforce": "engine", "set": { "exec": { "root": "deny" } } }
EOF
start box
got=$(reeve --log "$data/log.json" --log-format json exec box id 2>&1)
is 'a refused exec ends with 255' $? 255
is 'the record says so' "$(last_verdict)" deny
is 'the refusal, word for word' "$got" "$(last_refusal)"
is 'and in the log' "$(jq -r .msg "$data/log.json")" "$got"
is 'an ordinary user may' "$(reeve exec --user 1000 box id -u)" 1000
end reeve box

# ---- containers that reeve did not create ----
policy <<'EOF'
{ "name": "engine-only", "match": { "engine": "shell" }, "enforce": "engine" }
EOF
runc run -d --bundle "$bundle" foreign >/dev/null 2>&1 </dev/null
got=$(reeve exec --cap CAP_SYS_ADMIN foreign sh -c "$status" 2>&1)
is 'foreign: exec by flags runs' $? 0
unlike 'foreign: within the policy' "$got" 'CapEff:[[:space:]]+[0-9a-f]*2[0-9a-f]{5}$'
contains 'foreign: the record warns' "$(last_decision | jq -r '.warnings[]')" 'did not create'
is 'foreign: exec by a file runs' "$(reeve exec --process "$data/process.json" foreign | grep -c Uid)" 1
got=$(reeve exec nobody true 2>&1)
is 'no such container' $? 255
contains 'no such container: why' "$got" 'does not exist'
end runc foreign

done_testing
