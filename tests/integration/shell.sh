#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# At the shell, with a policy that only watches: every call is as with the bare runtime, and every document byte for byte.
: "${bare:=runc}"	# shell-crun.sh says crun
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools "$bare" busybox jq script python3

bare=$(command -v "$bare")
bundle=$data/bundle
mkdir -p "$bundle/rootfs"
chmod 755 "$bundle"
busybox_rootfs "$bundle/rootfs"
# make_bundle COMMAND...: no terminal; odd white space, an unknown member and an escape, which must survive
make_bundle() {
	"$bare" spec -b "$bundle" 2>/dev/null || (cd "$bundle" && rm -f config.json && "$bare" spec)
	jq --tab --arg rootfs "$bundle/rootfs" --argjson args "$(json_array "$@")" '.process.terminal = false | .process.args = $args |
		.root.path = $rootfs | .root.readonly = false | .annotations = {"example.org/\u00e9": "kept"} |
		.linux.somethingNew = {"a": [1, 2.50]}' "$bundle/config.json" >"$data/made.json"
	sed 's/"kept"/"\\u006bept" /' "$data/made.json" >"$bundle/config.json"
}

# What differs from run to run: pids, times, the runtime's own name and reeve's
plain() { sed -E 's/"(pid|created|uptime)": *("[^"]*"|[0-9]+)/"\1": X/; s/20[0-9-]+T[0-9:.]+Z/TIME/g; s/time="[^"]*"/time=X/'; }
wait_state() { wait_for 30 eval "[ \"\$($1 state $2 2>/dev/null | jq -r .status)\" = $3 ]"; }

# observe RUNTIME: all that a caller can see
observe() {
	local rt=$1 pid
	cd "$data" || exit
	{
		make_bundle sh -c 'echo out; echo err >&2; cat; exit 7'
		echo input | $rt run --bundle "$bundle" once 2>"$data/err"
		echo "run: $? $(cat "$data/err")"
		make_bundle sh -c 'ls /proc/self/fd | wc -l; read -r line <&3; echo "fd 3: $line"'
		$rt run --bundle "$bundle" --preserve-fds 1 once 3<<<'handed over' 9</dev/null
		echo "preserved fds: $?"
		make_bundle sh -c 'echo "listen $LISTEN_FDS"; read -r line <&3; echo "fd 3: $line"'
		sh -c "LISTEN_FDS=1 LISTEN_PID=\$\$ exec $rt run --bundle $bundle once" 3<<<'a socket'
		echo "listen fds: $?"
		make_bundle /no/such/program
		$rt run --bundle "$bundle" once 2>&1 | plain
		echo "missing program: ${PIPESTATUS[0]}"

		make_bundle sh -c 'trap "exit 5" TERM; trap "echo usr1" USR1; echo ready; while :; do sleep 0.05; done'
		$rt create --bundle "$bundle" --pid-file "$data/pid" box >"$data/out" 2>&1 </dev/null
		echo "create: $? $(cat "$data/out")"
		pid=$(cat "$data/pid")
		echo "pid file: $([ "$(wc -l <"$data/pid")" = 0 ] && echo 'no newline') $(readlink "/proc/$pid/cwd" >/dev/null && echo alive)"
		$rt state box | plain
		[ "$($rt state box | jq .pid)" = "$pid" ] && echo 'the same pid'
		$rt create --bundle "$bundle" box >/dev/null 2>&1 </dev/null
		echo "create again: $?"
		$rt start box
		echo "start: $?"
		wait_for 30 grep -q ready "$data/out"
		$rt list | awk 'NR > 1 { print $1, $3, $4 }'
		$rt list -q
		echo "exec: $($rt exec box sh -c 'id; pwd; exit 9') $?"
		echo "exec, stdin: $(echo in | $rt exec box cat) $?"
		$rt exec box /no/such/program >/dev/null 2>&1
		echo "exec, missing program: $?"
		# PATH too: crun drops the container's own environment where --env is given
		echo "exec, flags: $($rt exec --cwd /tmp --env PATH=/bin --env A=b --user 1000:1000 box sh -c 'pwd; echo $A; id -u') $?"
		jq -c '.process | .args = ["sh", "-c", "echo from a file; exit 3"]' "$bundle/config.json" >"$data/process.json"
		echo "exec, a file: $($rt exec --process "$data/process.json" box) $?"
		echo "exec, a pipe: $($rt exec --process /dev/stdin box <"$data/process.json") $?"
		$rt exec --detach --pid-file "$data/exec.pid" box sleep 9999 >/dev/null 2>&1 </dev/null
		echo "exec, detached: $?"
		wait_for 30 eval 'ps -o args= -p "$(cat "$data/exec.pid")" | grep -x "sleep 9999"'
		echo "what runs then: $(ps -o args= -p "$(cat "$data/exec.pid")")"
		echo "exec, fds: $($rt exec box sh -c 'ls -l /proc/self/fd' | grep -c -v -e total -e cannot)"
		$rt ps box 2>/dev/null | grep -c 'sleep 9999'
		wait_for 30 $rt pause box
		$rt state box | jq -r .status
		$rt resume box
		$rt update --pids-limit 77 box
		echo "update: $? $(cat /sys/fs/cgroup/{pids/,}box/pids.max 2>/dev/null)"
		echo '{"pids": {"limit": 78}}' | $rt update --resources - box
		echo "update, stdin: $? $(cat /sys/fs/cgroup/{pids/,}box/pids.max 2>/dev/null)"
		$rt kill box USR1
		wait_for 30 grep -q usr1 "$data/out"
		echo "signal: $? $(cat "$data/out")"
		$rt delete box 2>/dev/null
		echo "delete while it runs: $?"
		$rt kill box TERM
		wait_state "$rt" box stopped
		echo "stopped: $?"
		$rt delete box
		echo "delete: $? $($rt list -q | wc -w)"
		$rt state box >/dev/null 2>&1
		echo "state of nothing: $?"
		$rt delete --force box
		echo "delete --force of nothing: $?"

		make_bundle sh -c 'trap "echo got it; exit 6" TERM; echo ready; while :; do sleep 0.05; done'
		$rt run --bundle "$bundle" fore >"$data/out" 2>&1 </dev/null &
		pid=$!
		wait_for 30 grep -q ready "$data/out"
		kill -TERM $pid
		wait $pid
		echo "signal to the foreground: $? $(cat "$data/out")"
	} 2>&1
	make_bundle sh -c 'tty; test -t 0 && echo terminal'
	jq '.process.terminal = true' "$bundle/config.json" >"$data/made.json" && cp "$data/made.json" "$bundle/config.json"
	on_terminal "$rt run --bundle $bundle once"
	echo "tty: $?"
	$rt --version 2>&1 | head -1
	[ "$(basename "$bare")" != runc ] || $rt features | jq -S . | sha256sum
}

alone=$(observe "$bare")
note "$alone"
contains 'bare: a container runs' "$alone" 'run: 7'
contains 'bare: exec' "$alone" 'exec: uid=0(root) gid=0(root)'
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

printf '{ "runtime": "%s" }\n' "$bare" >/etc/reeve/reeve.json
policy <<'EOF'
{ "name": "watching", "match": { "engine": "shell" }, "enforce": "privileged" }
EOF
through=$(observe /usr/bin/reeve)
is 'through reeve all of it is the same' "$through" "$alone"

# ---- documents ----
make_bundle true
ok 'render: byte for byte' cmp "$bundle/config.json" <(reevectl render --policy privileged "$bundle")
without_hook() { jq 'del(.hooks.createRuntime[0], .hooks.poststop[0]) | .hooks |= with_entries(select(.value != [])) | if .hooks == {} then del(.hooks) else . end'; }
is 'render --bound: nothing to bind, but the hook' "$(reevectl render --policy privileged --bound "$bundle" | without_hook)" "$(jq . "$bundle/config.json")"
before=$(stat -c '%Y %Z %i' "$bundle" "$bundle/config.json")
reeve create --bundle "$bundle" kept >/dev/null 2>&1 </dev/null
entry=$(find /run/reeve -name config.json | xargs -r grep -l somethingNew | head -1)
is 'the private bundle: nothing but the hook' "$(without_hook <"$entry")" "$(jq . "$bundle/config.json")"
contains 'what is in its members: byte for byte' "$(cat "$entry")" "$(sed -n '/"process": {/,/^\t}/p' "$bundle/config.json" | sed '1s/.*: //; $s/,$//')"
is "the caller's bundle is not written" "$(stat -c '%Y %Z %i' "$bundle" "$bundle/config.json")" "$before"
is 'the private bundle is private' "$(stat -c %a /run/reeve "$(dirname "$entry")" "$entry" | tr '\n' ' ')" '700 700 600 '
reeve delete --force kept
reeve run --bundle "$bundle" next >/dev/null 2>&1
is 'the next create sweeps what is dead' "$(find /run/reeve -mindepth 1 -maxdepth 1 -type d -name '[0-9a-f]*' | wc -l)" 1

# ---- the parent's death ----
make_bundle sleep 1000
python3 - "$bundle" >"$data/pid" <<'EOF'
import ctypes, os, signal, subprocess, sys, time

def runs():
    return b'"running"' in subprocess.run(["/usr/bin/reeve", "state", "orphan"], capture_output=True).stdout

middle = os.fork()
if middle == 0:
    call = subprocess.Popen(["/usr/bin/reeve", "run", "--bundle", sys.argv[1], "orphan"],
                            preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    print(call.pid, flush=True)
    end = time.monotonic() + 30
    while not runs() and time.monotonic() < end:
        time.sleep(0.1)
    os._exit(0)
os.waitpid(middle, 0)
EOF
ok 'the runtime dies with its parent' wait_for 30 eval "! kill -0 $(cat "$data/pid")"
reeve delete --force orphan

done_testing
