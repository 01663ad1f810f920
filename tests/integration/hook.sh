#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reeve-hook by itself: what it takes as its own, and that no fault of the system lets a start through that it would have stopped.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq strace unshare
[ -z "${REEVE_TEST_BARE-}" ] || done_testing
hook=/usr/libexec/reeve/reeve-hook

# reeve judges and leaves judged.json; what stands for the runtime does nothing. The mounts are made by hand.
make_bundle
mkdir -p "$data/volume/below" "$bundle/rootfs/data"
jq --arg volume "$data/volume" '.process.terminal = false | .mounts = [ .mounts[0],
	{ destination: "/data", source: $volume, options: ["rbind", "rprivate"] } ] |
	.linux.namespaces |= map(select(.type != "cgroup"))' <"$bundle/config.json" >"$bundle/new"
mv "$bundle/new" "$bundle/config.json"
cp "$(command -v true)" /usr/bin/nothing 2>/dev/null || cp /bin/true /usr/bin/nothing
echo '{ "runtime": "/usr/bin/nothing" }' >/etc/reeve/reeve.json
policy <<'EOF'
{ "name": "judging", "match": { "engine": "shell" }, "enforce": "engine",
  "allow": [ { "why": "the volume of this test", "mount": { "source": "/run/data/volume", "access": "rw" } } ] }
EOF
ok 'a start is judged' reeve create --bundle "$bundle" box
entry=$(echo /run/reeve/[0-9a-f]*)
is 'the document calls the hook first, with a timeout and an environment of its own' \
	"$(jq -c '.hooks.createRuntime[0] | [.path, .args, .timeout, (.env | length)]' "$entry/config.json")" \
	"$(jq -nc --arg f "$entry/judged.json" --arg h $hook '[$h, ["reeve-hook", "createRuntime", $f], 45, 1]')"
is 'and when the container is gone' "$(jq -c '.hooks.poststop[0] | [.path, .args, .timeout, (.env | length)]' "$entry/config.json")" \
	"$(jq -nc --arg f "$entry/judged.json" --arg h $hook '[$h, ["reeve-hook", "poststop", $f], 45, 1]')"
is 'what was judged is for nobody else' "$(stat -c '%a %u' "$entry/judged.json") $(stat -c '%a %u' "$entry")" '600 0 700 0'

unshare -m -p -n -u -i -f --kill-child --propagation slave sh -c "
	cd $bundle/rootfs && mount --bind . . && cd $bundle/rootfs && mount -t proc proc proc && mount --rbind $data/volume data && mount --make-rprivate data &&
	echo \$\$ >$data/ready && exec sleep 1000" &
holder=$!
wait_for 30 test -s "$data/ready"
init=$(ps --ppid $holder -o pid= | tr -d ' ')
state() { jq -nc --argjson pid "${1-$init}" --arg bundle "$entry" '{ ociVersion: "1.0", id: "box", status: "creating", pid: $pid, bundle: $bundle }'; }
state >"$data/state"
run_hook() { "$hook" createRuntime "${1-$entry/judged.json}" <"${2-$data/state}"; }
is 'what was judged may start, and nothing is said' "$(run_hook 2>&1; echo $?)" 0
contains 'a process without a cgroup of its own is not watched, as its mark says' "$(cat "$entry/attached.json")" '"unmonitored":"'
is 'and its record' "$(tail -n 1 $decisions | jq -r .unmonitored)" "$(jq -r .unmonitored "$entry/attached.json")"

# ---- what it reads ----
stopped() {
	local name=$1 want=$2 got
	shift 2
	got=$("$@" 2>&1)
	is "$name: stopped" $? 1
	contains "$name: why" "$got" "$want"
}
cp -a "$entry" "$data/entry"
chmod 640 "$data/entry/judged.json"
stopped 'a file that others can read' 'open to others' run_hook "$data/entry/judged.json"
chmod 600 "$data/entry/judged.json"
chmod 711 "$data/entry"
stopped 'a directory that others can enter' 'open to others' run_hook "$data/entry/judged.json"
chmod 700 "$data/entry"
chown 1000 "$data/entry/judged.json"
stopped "somebody else's file" 'another user' run_hook "$data/entry/judged.json"
rm "$data/entry/judged.json"
ln -s "$entry/judged.json" "$data/entry/judged.json"
stopped 'a link' 'symbolic links' run_hook "$data/entry/judged.json"
stopped 'another name' 'no file of reeve' run_hook "$entry/config.json"
stopped 'a path that is relative' 'no file of reeve' run_hook judged.json
stopped 'no arguments' 'the runtime calls it, nobody else' $hook
stopped 'another stage' 'called by the runtime' $hook poststart "$entry/judged.json"
is 'a delete never fails, and says nothing' "$($hook poststop "$data/entry/judged.json" </dev/null 2>&1; echo $?)$($hook poststop nothing 2>&1; echo $?)" 00
echo '{' >"$data/bad"
stopped 'a state that is no JSON' "the container's state" run_hook "$entry/judged.json" "$data/bad"
jq '.id = "other"' <"$data/state" >"$data/bad"
stopped 'the state of another container' 'where box in' run_hook "$entry/judged.json" "$data/bad"
state 999999 >"$data/bad"
stopped 'a process that is gone' "cannot look at the container's process" run_hook "$entry/judged.json" "$data/bad"
state $$ >"$data/bad"
stopped 'a process that is no container' 'nothing is mounted at the root file system' run_hook "$entry/judged.json" "$data/bad"
ok 'the environment does not count' env LD_PRELOAD=/x LD_LIBRARY_PATH=/x XDG_RUNTIME_DIR=/x PATH= "$hook" createRuntime "$entry/judged.json" <"$data/state"
from=$SECONDS
mkfifo "$data/endless"
exec 9<>"$data/endless"
stopped 'a runtime that never ends its text' 'did not come in 5 seconds' run_hook "$entry/judged.json" "$data/endless"
exec 9>&-
[ $((SECONDS - from)) -lt 60 ] && pass 'in time' || fail "in time: $((SECONDS - from)) s"

# ---- what it finds ----
change() { jq -c "$2" <"$entry/judged.json" >"$data/new" && install -m 600 "$data/new" "$1/judged.json"; }
rm "$data/entry/judged.json"
change "$data/entry" '.mounts[1].trees[0].ino += 1'
stopped 'another inode' '/mounts/1: /data is not what was judged: its source was replaced between judging and mounting' run_hook "$data/entry/judged.json"
is 'the record says so' "$(tail -n 1 $decisions | jq -c '[.action, .decision, .id, .policy.name, .denials[0].rule, .denials[0].pointer]')" \
	'["create","deny","box","judging","judged","/mounts/1"]'
change "$data/entry" '.namespaces[0].ino = 1 | .namespaces[0].major = 0 | .namespaces[0].minor = 4'
stopped 'another namespace' 'namespace is not the one that was judged' run_hook "$data/entry/judged.json"
mkdir -p "$data/more"
nsenter -t "$init" -m mount --bind "$data/more" "$bundle/rootfs/data/below"
stopped 'a mount more' '/data/below is a mount that was not judged' run_hook
nsenter -t "$init" -m umount "$bundle/rootfs/data/below"
ok 'and without it' run_hook

# ---- faults: each call fails in turn, then the process is killed at each ----
change "$data/entry" '.mounts[1].trees[0].ino += 1'
strace -qq -o "$data/trace" $hook createRuntime "$entry/judged.json" <"$data/state"
awk '/^exit_group/ { exit } { sub(/\(.*/, ""); print $0, ++count[$0] }' "$data/trace" >"$data/calls"
note "$(wc -l <"$data/calls") system calls"
before_main='^(execve|brk|arch_prctl|set_tid_address|set_robust_list|rseq|mprotect|getrandom|prlimit64|readlink|uname) '
wrong=$(
	exec 2>/dev/null
	while read -r call n; do
		what="$call $n"
		for fault in error=EIO signal=KILL retval=0; do
			# a call that only says it was done is no fault that a kernel has; execve starts the program
			[ $fault = retval=0 ] && [[ ! $call =~ ^(read|openat2|statx|newfstatat|fstat)$ ]] && continue
			strace -qq -o "$data/strace" -e "inject=$call:$fault:when=$n" \
				$hook createRuntime "$data/entry/judged.json" <"$data/state" >"$data/out" 2>"$data/err"
			[ $? != 0 ] || echo "$what, $fault: what was replaced may start"
		done
		strace -qq -o "$data/strace" -e "inject=$call:error=EIO:when=$n" \
			$hook createRuntime "$entry/judged.json" <"$data/state" >"$data/out" 2>"$data/err"
		status=$?
		[[ "$what" =~ $before_main ]] && continue
		[ $status -le 1 ] || echo "$what: status $status"
		[ $status = 0 ] || grep -q '^reeve: ' "$data/err" || echo "$what: silent"
		[ ! -s "$data/out" ] || echo "$what: says something on stdout"
	done <"$data/calls"
)
is 'no fault lets a replaced tree through' "$wrong" ''

kill -KILL $holder
wait $holder 2>/dev/null
done_testing
