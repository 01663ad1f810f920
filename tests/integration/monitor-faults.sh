#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Faults around containers that are to be watched: each ends as reeve-hook(8) says, and what is left is taken away when the fault is over.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/attach.sh"
sandbox_enter "$0" "$@"
need_tools runc crun busybox jq strace unshare bpftool flock
[ -z "${REEVE_TEST_BARE-}" ] || done_testing
[ -n "$(findmnt -rn -t cgroup2)" ] || skip_all 'no cgroup2 is mounted'
attach_setup
gc() { $look gc >"$data/out" 2>&1; }
# around PROGRAM SCRIPT: SCRIPT stands before PROGRAM, which is "$@" in it; plain PROGRAM: no more
around() {
	mv "$1" "$1.real"
	printf '#!/bin/sh\nset -- %s.real "$@"\n%s\n' "$1" "$2" >"$1"
	chmod 755 "$1"
}
plain() { mv "$1.real" "$1"; }
inject() { echo "exec strace -f -A -o $data/strace -e trace=${1%%:*} -e inject=$1 \"\$@\""; }
status_of() { reeve state "$1" 2>/dev/null | jq -r .status; }
# begin ID [WORD...]: it runs until it is killed
begin() {
	local id=$1
	shift
	reeve "$@" create --bundle "$bundle" "$id" >"$data/out" && reeve "$@" start "$id" &&
		wait_for 30 eval "$look show $id | jq -e '.executables | length > 0'"
}
# end ID: killed, and deleted; what was said
end() {
	reeve kill "$1" KILL
	wait_for 30 eval "[ \"\$(status_of $1)\" = stopped ]"
	reeve delete "$1" 2>&1
}
current() { $look doctor --json | jq -r .current; }
# key_of ID: its cgroup's id; bytes COUNT NUMBER: as bpftool takes it
key_of() { jq -r .container "$(grep -l "\"id\":\"$1\"" /run/reeve/*/judged.json | sed 's,judged,attached,')"; }
bytes() { printf '%0*x\n' $((2 * $1)) "$2" | fold -w 2 | tac | tr '\n' ' '; }
zeros() { yes 0 | head -n "$1" | tr '\n' ' '; }

# ---- what the kernel lacks ----
entrypoint sh -c 'echo here'
mkdir "$data/nothing"
mount --bind "$data/nothing" /sys/kernel/btf
both 'a kernel without BTF' 'does not tell its types' run
like 'so says doctor' "$($look doctor 2>&1)" 'CONFIG_DEBUG_INFO_BTF'
umount /sys/kernel/btf
around $hook "$(inject fsopen:error=ENODEV)"
both 'a kernel without cgroup2' 'this kernel has no cgroup2' run
plain $hook
around "$look" "$(inject fsopen:error=ENODEV)"
$look doctor >"$data/out" 2>&1
like 'so says doctor, with what else there is' "$?: $(cat "$data/out")" '^1: kernel .*reeve-load: nothing can be watched: this kernel has no cgroup2$'
plain "$look"
$look doctor >/dev/full 2>"$data/out"
is 'what it cannot write is no success' "$?: $(cat "$data/out")" '1: reeve-load: cannot write'
hybrid=$(findmnt -rn -t cgroup2 /sys/fs/cgroup >/dev/null || echo 1)
if [ -n "$hybrid" ]; then
	nowhere() { unshare -m bash -c 'umount -l $(findmnt -rn -t cgroup2 -o TARGET); exec reeve run --bundle "$0" "$1" 2>&1' "$bundle" "$1"; }
	both 'cgroup2 that is mounted nowhere' 'no cgroup2 of its own' nowhere
fi

# ---- loading ----
umount /sys/fs/bpf
around $load "$(inject mount:error=EPERM)"
both 'a bpffs that is missing and cannot be mounted' 'cannot mount a bpffs' run
plain $load
mount -t bpf -o mode=700 bpf /sys/fs/bpf
for call in rename mkdir; do
	around $load "$(inject $call:error=ENOSPC)"
	both "no room for pins ($call)" 'No space left' run
	plain $load
done
around $load "$(inject rename:signal=KILL)"
is 'a load that is killed: it runs' "$(run box)" here
contains 'a load that is killed: its report says why' "$(report box .why)" 'was killed'
plain $load
like 'a load that is killed leaves what nobody takes for a set' "$(ls $sets)" '^new-[0-9]+$'
is 'the next one loads' "$(run box)$(report box .monitored)" heretrue
gc
is 'and gc takes it away' "$(ls $sets)" "$(current)"

# ---- pins and maps ----
mount -o remount,ro /sys/fs/bpf
both 'a bpffs that became read-only' 'Read-only file system' run
mount -o remount,rw /sys/fs/bpf
entrypoint sh -c 'echo here; exec sleep 1000'
begin inside
mount -o remount,ro /sys/fs/bpf
is 'it becomes read-only while one runs: a delete says nothing' "$(end inside >"$data/out"; cat "$data/out")" ''
is 'no report is there yet' "$(ls $reports | grep inside)" ''
gc
mount -o remount,rw /sys/fs/bpf
contains 'the container is still known' "$(left)" 'containers 1'
gc
is 'and later there is its whole report' "$(report inside '"\(.monitored) \(.executables[0].path)"')$(left)" 'true /bin/busybox'
begin inside
umount -l /sys/fs/bpf
mount -t bpf -o mode=700 bpf /sys/fs/bpf
is 'it goes away while one runs: a delete says nothing' "$(end inside)" ''
contains 'and the report says what happened' "$(report inside '"\(.monitored) \(.why)"')" 'false the kernel programs were unloaded while it ran'
entrypoint sh -c 'echo here'
is 'the next one has its own' "$(run box)$(report box .monitored)$(left)" heretrue
map=$sets/$(current)/maps/containers
size=$(bpftool -j map show pinned $map | jq .bytes_value)
max=$(bpftool -j map show pinned $map | jq .max_entries)
value=$(zeros "$size")
for ((i = 1; i <= max; i++)); do echo "map update pinned $map key hex $(bytes 8 $((i + 1000000000))) value $value"; done >"$data/batch"
ok 'a map is filled' bpftool batch file "$data/batch"
unattached deny
out=$(run box)
like 'no room for another container: stopped' "$?: $out" '^[1-9].*no room for another container in containers; see reevectl node gc'
unattached allow
is 'or marked' "$(run box) $(report box .why)" 'here no room for another container in containers; see reevectl node gc'
like 'gc makes room' "$($look gc)" "finished $max containers"
is 'and the next one is watched' "$(run box)$(report box .monitored)$(left)" heretrue

# ---- the state directory, between judging and entering ----
mkdir -p /run/reeve
mount -t tmpfs -o mode=700,size=1m tmpfs /run/reeve
for fault in 'mount -o remount,ro /run/reeve' 'cat /dev/zero >/run/reeve/filler 2>/dev/null'; do
	around $hook '[ "$2" = poststop ] || '"$fault"'; exec "$@"'
	unattached deny
	out=$(run box)
	like "state directory ($fault): stopped" "$? $out" '^[1-9].*(Read-only file system|No space left).*monitor.unattached'
	mount -o remount,rw /run/reeve
	rm -f /run/reeve/filler
	unattached allow
	rm -f $reports/box.json
	is "state directory ($fault): else it runs" "$(run box)" here
	like "state directory ($fault): the log says that nobody saw it" "$(tail -n 1 $decisions | jq -r .unmonitored)" 'Read-only file system|No space left'
	plain $hook
	mount -o remount,rw /run/reeve
	rm -f /run/reeve/filler
	is "state directory ($fault): nothing is left" "$(left)" ''
done
around $hook '[ "$2" = poststop ] || mount -t tmpfs -o mode=700 tmpfs /run/reeve; exec "$@"'
for word in deny allow; do
	unattached $word
	like "a state directory that is gone: what was judged is not known, stopped ($word)" "$(run box) $?" 'judged.json.* [1-9]'
	umount /run/reeve
done
plain $hook
entrypoint sh -c 'echo here; exec sleep 1000'
begin inside
cat /dev/zero >/run/reeve/filler 2>/dev/null
is 'it is full when a container ends: the report is written' "$(end inside)$(report inside .monitored)" true
mount -o remount,ro /run/reeve
gc
mount -o remount,rw /run/reeve
rm /run/reeve/filler
begin inside
mount -o remount,ro /run/reeve
end inside >"$data/out"
mount -o remount,rw /run/reeve
gc
is 'it is read-only then: the report is written' "$(report inside .monitored)$(left)" true
reeve delete --force inside 2>/dev/null
rm -rf /run/reeve/[0-9a-f]*
umount /run/reeve

# ---- reports ----
entrypoint sh -c 'echo here'
mv /var/log/reeve "$data/log"
mkdir -p /var/log/reeve
mount -t tmpfs -o mode=700,size=64k tmpfs /var/log/reeve
cat /dev/zero >/var/log/reeve/filler 2>/dev/null
is 'no room for reports: it runs, and nothing is left in the kernel' "$(run box; echo $?)$(left)" $'here\n0'
is 'nor half a report' "$(find $reports -type f 2>/dev/null)" ''
mount -o remount,ro /var/log/reeve
is 'where reports cannot be written, too' "$(run box; echo $?)$(left)" $'here\n0'
mount -o remount,rw /var/log/reeve
rm -r /var/log/reeve/*
is 'a directory that is missing is made' "$(run box)$(report box .monitored)" heretrue
umount /var/log/reeve
rm -rf /var/log/reeve
mv "$data/log" /var/log/reeve

# ---- two engines ----
entrypoint sh -c 'echo here; exec sleep 1000'
in_cgroup() { jq --arg path "$1" '.linux.cgroupsPath = $path' "$bundle/config.json" >"$bundle/new" && mv "$bundle/new" "$bundle/config.json"; }
in_cgroup /engine-a/same
begin same
contains 'of two in one cgroup the second is refused' "$(reeve --root /run/other run --detach --bundle "$bundle" same 2>&1)" \
	'in which or below which others run'
reeve kill same KILL
wait_for 30 eval '[ "$(status_of same)" = stopped ]'
reeve --root /run/other run --detach --bundle "$bundle" late >"$data/out" 2>&1
reeve --root /run/other delete --force late
contains 'nor is the cgroup of one that ended and is not deleted' "$(report late .why)" 'still that of another container'
is 'whose report is whole' "$(end same)$(report same '"\(.monitored) \(.executables[0].path)"')" 'true /bin/busybox'
begin same
in_cgroup /engine-b/same
reeve --root /run/other run --detach --bundle "$bundle" same >"$data/out"
is 'two of one name, of two roots, are two' "$($look doctor --json | jq '[.sets[].maps.containers.entries] | add')" 2
$look show same >"$data/out" 2>&1
like 'which is shown has to be said' "$?: $(cat "$data/out")" '^2: reeve-load: 2 containers have the id same, say which: same@[0-9a-f]{12}, same@[0-9a-f]{12}$'
which=$(grep -o 'same@[0-9a-f]*' "$data/out" | head -n 1)
contains 'and can be' "$which" "same@$($look show "$which" | jq -r '.entry[:12]')"
is 'one ends' "$(end same)$(report same .monitored)" true
first=$(report same .entry)
is 'the other is still watched' "$($look doctor --json | jq '[.sets[].maps.containers.entries] | add') $($look show same | jq -r .monitored)" '1 true'
reeve --root /run/other kill same KILL
wait_for 30 reeve --root /run/other delete same
is 'the report is still of the first' "$(report same .entry)" "$first"
second=$(jq -r .entry $reports/same@*.json)
is 'the other has one of its own' "$(ls $reports | grep ^same) $([ "$second" = "$first" ] && echo one)" "same.json"$'\n'"same@${second:0:12}.json "
reevectl report same >"$data/out" 2>&1
contains 'people are told of both' "$?: $(cat "$data/out")" '2: reevectl: 2 containers had the id same, say which: same'
for name in same.json "same@${first:0:12}" "same@${second:0:12}"; do reevectl report --json "$name" | jq -r .entry; done >"$data/out"
is 'and may have either' "$(cat "$data/out")" "$(printf '%s\n' "$first" "$first" "$second")"
is 'nothing is left of either' "$(left)" ''
wait_for 30 eval 'rmdir /sys/fs/cgroup/{*/,}engine-? 2>/dev/null; ! ls -d /sys/fs/cgroup/{*/,}engine-?'
jq 'del(.linux.cgroupsPath)' "$bundle/config.json" >"$bundle/new" && mv "$bundle/new" "$bundle/config.json"

# ---- a ring that is full, and nobody reads ----
cp "$top_builddir/tests/bench/acts" "$bundle/rootfs/acts"
cp "$bundle/rootfs/bin/busybox" "$bundle/rootfs/bin/xmrig"
policy <<<'{ "name": "miners", "enforce": "engine", "set": { "monitor": { "miner": "kill" } } }'
# the shell's own word about it comes on another stream
entrypoint sh -c '/acts connect 50000 >/dev/null; /bin/xmrig --list; echo "ended with $?"'
is 'enforcement does not need it' "$(run flood | grep -v Killed)" 'ended with 137'
is 'each act was recorded, or counted' "$(report flood '.events.net | .sent + .dropped')" 50000
is 'and not all of them were recorded' "$(report flood '.events.net.dropped > 10000')" true
is 'the alert is in the report' "$(report flood '.alerts[] | "\(.detection) \(.count) \(.action)"')" 'miner 1 kill'
is 'so is the address' "$(report flood '.endpoints[] | "\(.address) \(.port) \(.count)"')" '127.0.0.1 9 50000'

# ---- no memory to work in: what is not known counts against the process ----
policy <<<'{ "name": "new", "enforce": "engine", "set": { "monitor": { "drop-and-execute": "kill" } } }'
entrypoint sh -c 'for step in 1 2; do until [ -e /$step ]; do :; done; /bin/busybox true; echo "$step: $?"; done'
reeve run --bundle "$bundle" tight >"$data/out" 2>&1 &
wait_for 30 eval "$look show tight | jq -e '.executables | length > 0'"
areas 15
touch "$bundle/rootfs/1"
wait_for 30 grep -q 1: "$data/out"
areas 0
touch "$bundle/rootfs/2"
wait $!
is 'a program of which nothing is known is killed by a rule on what is new' "$(grep : "$data/out")" $'1: 137\n2: 0'
rm "$bundle"/rootfs/[12]
unattached allow

# ---- an upgrade: programs with another hash ----
old=$(current)
begin old
begin other
upgrade() {
	local file hash
	hash=$(current | cut -c-16)
	for file in $hook $load "$look" /usr/libexec/reeve/reeve-monitor; do sed -i "s/$hash/$1/g" "$file"; done
}
upgrade 00000000000000aa
new=00000000000000aa${old:16}
is 'after an upgrade the current set is another one' "$(current)" "$new"
begin new
is 'the next container is in a set beside the old one' "$(ls $sets | sort | xargs) $($look show new | jq -r .set)" "$(printf '%s\n' $old $new | sort | xargs) $new"
gc
is 'which stays while somebody is in it' "$(ls $sets | wc -l)" 2
is 'and records what these do, to their end' "$(end old)$(report old '"\(.monitored) \(.set)"')" "true $old"
# the layout of its entries has changed as well
map=$sets/$old/maps/containers
key=$(bytes 8 "$(key_of other)")
rm $map
bpftool map create $map type hash key 8 value $((size + 4096)) entries 16 name containers
bpftool map update pinned $map key hex $key value $(zeros $((size + 4096)))
bpftool map update pinned $map key hex $(bytes 8 1234567) value $(zeros $((size + 4096)))
gc
is 'a set of another layout stays too' "$(ls $sets | wc -l)" 2
contains 'doctor tells it' "$($look doctor)" "set $old: of another version of reeve, 1 containers"
is 'its container ends' "$(end other)" ''
contains 'and its report says why it has no more' "$(report other '"\(.monitored) \(.why)"')" 'false the set'
contains 'namely that' "$(report other .why)" 'is laid out by another version of reeve'
gc
is 'then the set is taken away' "$(ls $sets)" "$new"
is 'the new one is as it was' "$(end new)$(report new .monitored)$(left)" true

# ---- what hangs: a hook that is stopped, until the runtime's patience ends; meanwhile a load that waits for another ----
entrypoint sh -c 'echo here'
around $hook "[ \"\$2\" != createRuntime ] || [ -e $data/soon ] || {
	touch $data/hanging.\$\$
	exec strace -D -o /dev/null -e trace=fsopen -e inject=fsopen:signal=STOP \"\$@\"
}
exec \"\$@\""
by_crun() { if [ -n "$hybrid" ]; then nowhere "$1"; else run "$1"; fi; }
hanging() { [ "$(ls "$data"/hanging.* 2>/dev/null | wc -l)" = "$1" ]; }
from=$SECONDS
(run hung; echo "status $?") >"$data/by-runc" &
waiting=$!
ok 'a hook hangs under runc' wait_for 30 hanging 1
node "{ \"runtime\": \"$(type -P crun)\", $no_monitor }"
(by_crun hung-too; echo "status $?") >"$data/by-crun" &
waiting="$waiting $!"
ok 'and under crun' wait_for 30 hanging 2
touch "$data/soon"
node "{ $no_monitor }"
drop_sets
flock /run/reeve/load.lock sleep 1000 &
holder=$!
wait_for 30 eval '! flock -n /run/reeve/load.lock true'
both 'a load that waits for another' '/run/reeve/load.lock is held by another process' run
kill $(ps --ppid $holder -o pid=)
wait $holder 2>/dev/null
wait $waiting
[ $((SECONDS - from)) -lt 400 ] && pass 'all of it ends in time' || fail "all of it ends in time: $((SECONDS - from)) s"
for name in runc crun; do
	like "$name ends a hook that hangs, and says so" "$(cat "$data/by-$name")" 'hook.*status [1-9]'
	unlike "$name does not start the container" "$(cat "$data/by-$name")" here
done
plain $hook
reeve delete --force hung >"$data/out" 2>&1
reeve delete --force hung-too >"$data/out" 2>&1
gc
is 'nothing is left of them' "$(left; reeve list -q)" ''
done_testing
