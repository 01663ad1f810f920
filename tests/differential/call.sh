#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Calls as runc and crun read them, and as reeve does. Whatever a runtime accepts, reeve's canonical form of it must do the same, or
# reeve refuses it; the documents that reeve makes of exec's and update's flags must do what the flags do.
. "$(dirname "$0")/../integration/lib.sh"
# No reeve is installed for this: call-show tells its reading, the real runtimes run it.
export REEVE_TEST_BARE=1 SANDBOX_NO_CGROUP2=1
# shellcheck disable=SC2154
show=$top_builddir/tests/differential/call-show
need_tools runc crun jq busybox
sandbox_enter "$0" "$@"
work=$REEVE_SANDBOX/work

# bundle NAME: its container says NAME
bundle() {
	local dir=$work/$1
	mkdir -p "$dir/rootfs/bin" "$dir/rootfs/proc" "$dir/rootfs/sys" "$dir/rootfs/dev" "$dir/rootfs/tmp"
	cp "$(command -v busybox)" "$dir/rootfs/bin/"
	local name
	for name in sh echo sleep cat grep env sort id pwd; do ln -sf busybox "$dir/rootfs/bin/$name"; done
	(cd "$dir" && runc spec) || exit 99
	jq --arg name "$1" '.process.terminal = false | .process.args = ["echo", $name] | del(.linux.resources)' \
		"$dir/config.json" >"$dir/new" && mv "$dir/new" "$dir/config.json"
	jq '.process.args = ["echo", "other"]' "$dir/config.json" >"$dir/other.json" || exit 99
}

# crun 1.8.1 may chown what it has as its standard input. runc shows its usage on standard output when it refuses.
: >"$REEVE_SANDBOX/empty"
said() {
	local out
	if out=$(cd "$work/cwd" && "$@" <"$REEVE_SANDBOX/empty" 2>/dev/null); then echo "$out"; else echo refused; fi
}

# canonical RUNTIME ARGS...: runs reeve's form
canonical() {
	local runtime=$1 words
	shift
	words=$("$show" argv "$runtime" "$@") || return
	mapfile -t words <<<"$words"
	"$runtime" "${words[@]}"
}

bundle cwd
bundle given
given=$work/given

# One form a line: what reeve's reading says, then the words; B is the path of another bundle. --config is refused here because
# its canonical form has a bundle of its own, which nothing makes.
forms=0
while read -r want line; do
	forms=$((forms + 1))
	read -ra words <<<"${line//B/$given}"
	for runtime in runc crun; do
		real=$(said "$runtime" --root "$work/state" "${words[@]}")
		got=$(said canonical "$runtime" --root "$work/state" "${words[@]}")
		is "$runtime $line: reeve's reading" "$got" "$want"
		if [ "$real" != refused ] && [ "$got" != refused ]; then
			is "$runtime $line: the runtime's own" "$real" "$got"
		fi
	done
done <<'FORMS'
cwd run x
given run --bundle B x
given run --bundle=B x
given run -b B x
given run -bB x
given run -bundle B x
given run -bundle=B x
given run --b B x
given run --bundle B --bundle B x
given run x --bundle B
given run --no-pivot x --bundle B
given run --detach=false --bundle B x
given run --bundle B -- x
given --debug --log-format json run --bundle B x
given --rootless=false run --bundle B --preserve-fds 0 --no-new-keyring x
refused run -b=B x
refused run --bun B x
refused run --bundle B --bundle /none x
refused run --bundle
refused run --no-such --bundle B x
refused run --bundle B x y
refused run -f other.json x
refused run --config=other.json x
FORMS
is 'forms tried' "$forms" 23

# ---- exec: flags, and the document made of them (runc only: crun starts from another process) ----
jq '.process.args = ["sleep", "1000"] | .process.user = {uid: 0, gid: 7, additionalGids: [3]}' "$given/config.json" >"$given/new" &&
	mv "$given/new" "$given/config.json"
rt() { runc --root "$work/state" "$@" <"$REEVE_SANDBOX/empty"; }
for id in one two; do rt run -d -b "$given" $id >/dev/null 2>&1; done
seen='grep -E "^(Cap|NoNew|Groups|Uid|Gid)" /proc/self/status; pwd; env | sort; echo "$@"'
while IFS= read -r flags; do
	read -ra words <<<"$flags"
	real=$(rt exec "${words[@]}" one sh -c "$seen" a b 'c d' -e 2>&1)
	"$show" document "$given/config.json" exec "${words[@]}" one sh -c "$seen" a b 'c d' -e >"$work/process.json"
	got=$(rt exec --process "$work/process.json" one 2>&1)
	is "exec $flags" "$got" "$real"
	like "exec $flags runs" "$got" CapBnd
done <<'FLAGS'

-u 5
-u 5:6 --cwd /tmp
-e A=1 -e B=2,3 -e C=
-g 8 -g 9
--cap CAP_SYS_ADMIN
-c CAP_SYS_ADMIN -c CAP_NET_RAW -u 7
--no-new-privs
--no-new-privs=false
FLAGS

# ---- update ----
limits() {
	local pid line path
	pid=$(rt state "$1" | jq .pid)
	while IFS=: read -r _ line path; do
		case $line in
		memory) cat "/sys/fs/cgroup/memory$path/memory.limit_in_bytes" ;;
		pids) cat "/sys/fs/cgroup/pids$path/pids.max" ;;
		cpu,cpuacct | cpu) cat "/sys/fs/cgroup/$line$path"/cpu.{shares,cfs_quota_us} ;;
		esac
	done <"/proc/$pid/cgroup"
}
before=$(limits one)
if [ -z "$before" ]; then
	skip 'update: flags and document' 'kernel: no cgroup v1 controllers here'
else
	while IFS= read -r flags; do
		read -ra words <<<"$flags"
		rt update "${words[@]}" one
		"$show" document - update "${words[@]}" two >"$work/resources.json"
		rt update --resources "$work/resources.json" two
		is "update $flags" "$(limits two)" "$(limits one)"
	done <<-'FLAGS'
		--memory 100m --memory-swap 200m --pids-limit 50
		--memory 1.5g --memory-swap -1
		--cpu-share 512 --cpu-quota 50000 --cpu-period 100000
		--cpu-quota -1
		--memory 52428800b
	FLAGS
	unlike 'update changes something' "$(limits one)" "^$before\$"
fi
for id in one two; do rt delete --force $id; done
done_testing
