#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Attaching: each container is watched from before its first instruction and leaves a report; what cannot be attached is refused or marked as
# policy says; and nothing else is left of a container, however it ended.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/attach.sh"
sandbox_enter "$0" "$@"
need_tools runc crun busybox jq strace unshare
[ -z "${REEVE_TEST_BARE-}" ] || done_testing
[ -n "$(findmnt -rn -t cgroup2)" ] || skip_all 'no cgroup2 is mounted'
: "${REEVE_ROUNDS:=${REEVE_EMULATED:+10}}" "${REEVE_ROUNDS:=40}"	# containers in a row
attach_setup

# ---- the first one ----
entrypoint sh -c 'echo here; cat /etc/hostname >/dev/null 2>&1; sleep 0.05'
is 'no programs are loaded' "$(ls $sets 2>/dev/null)" ''
[ -z "${REEVE_EMULATED-}" ] || preload
is 'the first container' "$(run box)" here
set=$(ls $sets)
like 'a set of programs and detections is there' "$set" '^[0-9a-f]{16}-[0-9a-f]{16}$'
is 'it is the current one' "$($load doctor --json | jq -r '.current, .sets[0].tier')" "$set"$'\n'"$($load doctor --json | jq -r .tier)"
is 'its report: watched, from the first instruction on' "$(report box '"\(.monitored) \(.set) \(.processes.execs > 2) \(.ms >= 40)"')" "true $set true true"
is 'what was executed' "$(report box '.executables[] | select(.path == "/bin/busybox") | "\(.origin) \(.count >= 2)"')" 'image true'
is 'what was granted' "$(report box '[.capabilities.granted[]] | sort | join(" ")')" 'AUDIT_WRITE KILL NET_BIND_SERVICE'
like 'system calls were not recorded' "$(report box '"\(.syscalls.granted) \(.syscalls.used)"')" '^[0-9]+ null$'
is 'who asked' "$(report box '"\(.id) \(.engine) \(.policy.name) \(.bundle)"')" "box shell watching $bundle"
is 'for nobody else' "$(stat -c '%a %u' $reports $reports/box.json | tr '\n' ' ')" '700 0 600 0 '
is 'nothing else is left' "$(left)" ''
ok 'people see what there is' $load doctor
mkdir -p $sets/$set/links/learn
unlike 'a group without programs is not attached' "$($load doctor)" 'system calls recorded'
rmdir $sets/$set/links/learn
unlike 'no reeve-monitor was started' "$($load doctor)" 'reeve-monitor runs'

# ---- while it runs ----
entrypoint sleep 1000
reeve create --bundle "$bundle" --pid-file "$data/pid" live
is 'made, and entered' "$($load doctor --json | jq .sets[0].maps.containers.entries)" 1
is 'where its cgroup is' "$(jq -r .cgroup /run/reeve/*/attached.json)" "$(grep ^0:: "/proc/$(cat "$data/pid")/cgroup" | cut -c4-)"
is 'the report so far is asked for by the beginning of the id' "$($load show liv | jq -r '"\(.id) \(.monitored) \(.executables | length)"')" 'live true 0'
reeve start live
wait_for 30 eval "$load show live | jq -e '.executables | length == 1'"
is 'it has begun' "$($load show live | jq -r '.executables[0].path')" /bin/busybox
$load show live2 >"$data/out" 2>&1
is 'another is not there' "$?: $(cat "$data/out")" '3: reeve-load: no container live2 is entered'
reevectl report live2 >"$data/out" 2>&1
is 'nor has it a report' "$?: $(cat "$data/out")" '2: reevectl: there is no container with the id live2, and no report of one'
echo '{ "format": 2 }' >$reports/later.json
reevectl report later >"$data/out" 2>&1
is 'one that cannot be read' "$?: $(cat "$data/out")" '4: reevectl: later.json: it is no report, or one of another version of reeve'
rm $reports/later.json
mount -t tmpfs none $sets/$set/maps
touch $sets/$set/maps/containers
reevectl report live >"$data/out" 2>&1
contains 'what keeps one that runs from being shown is told' "$?: $(sed 's,/.*/reeve/,,' "$data/out")" "1: reevectl: cannot open $set/maps/containers: "
umount $sets/$set/maps
is 'a second one of the same name does not disturb it' "$(run live 2>&1 | grep -c 'already exists'); $($load doctor --json | jq .sets[0].maps.containers.entries)" '1; 1'
reeve kill live KILL
wait_for 30 eval '[ "$(reeve state live | jq -r .status)" = stopped ]'
is 'until it is deleted it is kept' "$(left | grep -c '^containers')" 1
# as who looks at it does; let go while the delete waits
flock -s "$(dirname /run/reeve/*/attached.json)" sleep 0.3 &
is 'a delete says nothing' "$(reeve delete live 2>&1; echo $?)" 0
is 'and leaves nothing but the report' "$(left)$(report live .id)" live

# ---- one that never ran ----
entrypoint /no/such/program
run never >"$data/out"
is 'one whose program is not there leaves nothing' "$(left; ls $reports | grep never)" ''

# ---- many, short, with nobody listening ----
entrypoint sh -c 'echo x >/tmp/x; exec sleep 0.01'
rm -f $reports/*
for i in $(seq "$REEVE_ROUNDS"); do run "row$i"; done >"$data/out" 2>&1
is "$REEVE_ROUNDS in a row say nothing" "$(cat "$data/out")" ''
is 'their CPU is not that of the runtime' "$(jq -n '[inputs | .cpu.usec <= .ms * 1000] | all' $reports/row*.json)" true
is 'each leaves its report' "$(cat $reports/row*.json | jq -r 'select(.monitored and .processes.execs >= 2 and (.executables | length) == 1) | .id' | wc -l)" "$REEVE_ROUNDS"
is 'and nothing else' "$(left)" ''

# ---- two first ones at once ----
drop_sets
[ -z "${REEVE_EMULATED-}" ] || preload
entrypoint sh -c 'echo here'
run one >"$data/one" & run two >"$data/two"
wait $!
is 'both run' "$(cat "$data/one" "$data/two")" $'here\nhere'
is 'both are watched, by one set' "$(report one '"\(.monitored) \(.set)"') $(report two '"\(.monitored) \(.set)"') $(ls $sets | wc -l)" "true $set true $set 1"

# ---- no way ----
drop_sets
mv $load $load.away
both 'without reeve-load' "cannot be started; is it installed?" run
mv $load.away $load
mount -o remount,ro /sys/fs/bpf
both 'a bpffs that is read-only' 'Read-only file system' run
mount -o remount,rw /sys/fs/bpf
mv $load $load.away
printf '#!/bin/sh\nexec sleep 1000\n' >$load && chmod 755 $load
from=$SECONDS
both 'a load that hangs' 'took too long' run
[ $((SECONDS - from)) -lt 300 ] && pass 'in time, and it was ended' || fail "in time: $((SECONDS - from)) s"
mv $load.away $load
is 'a load that fails left no pins' "$(ls $sets)" ''
$load $(echo $set | sed 's/-.*/-0123456789abcdef/') >"$data/out" 2>&1
is 'detections that changed meanwhile are no surprise' "$?: $(cat "$data/out")" \
	'1: reeve-load: the detections were changed after the container was judged; start it again'
setpriv --bounding-set -bpf,-sys_admin,-perfmon $load current >"$data/out" 2>&1
like 'without the capabilities, in one line' "$(cat "$data/out")" '^reeve-load: [^
]*$'
is 'and nothing is left of that' "$(ls $sets)" ''

# crun takes a hybrid machine only without cgroup2, and its containers then have no cgroup there
if [ -z "$(findmnt -rn -t cgroup2 /sys/fs/cgroup)" ]; then
	without_cgroup2() { unshare -m bash -c 'umount -l $(findmnt -rn -t cgroup2 -o TARGET); exec reeve run --bundle "$0" "$1" 2>&1' "$bundle" "$1"; }
	node "{ \"runtime\": \"$(type -P crun)\", $no_monitor }"
	rm $reports/box.json
	both 'crun without cgroup2' 'no cgroup2 of its own' without_cgroup2
	rm $reports/box.json
	node "{ $no_monitor }"
fi

# ---- another set while containers run ----
unattached allow
preload
entrypoint sleep 1000
reeve create --bundle "$bundle" old && reeve start old
mkdir -p /etc/reeve/detections.d
echo '{ "detections": [ { "name": "of-this-test", "rule": "Of this test", "event": "exec", "when": { "proc.name": ["nothing-has-this"] },
	"priority": "notice", "output": "%proc.name", "action": "alert", "description": "Never." } ] }' >/etc/reeve/detections.d/10-test.json
unattached allow
preload
entrypoint sh -c 'echo here'
is 'with other detections the next one' "$(run new)" here
is 'has another set beside the first' "$(report new .set | grep -c -v "$set") $(ls $sets | wc -l)" '1 2'
$load gc >"$data/out"
is 'which stays while somebody is in it' "$(ls $sets | wc -l)" 2
reeve kill old KILL
wait_for 30 reeve delete old
is 'to its end' "$(report old .set)" "$set"
is 'and is taken away then' "$($load gc | grep -o '[0-9]* sets'; ls $sets)" "1 sets"$'\n'"$(report new .set)"
is 'with its detections' "$(ls /run/reeve/rules | grep -c "${set#*-}")" 0
rm -r /etc/reeve/detections.d
unattached allow
preload

# ---- killed ----
entrypoint sleep 1000
reeve create --bundle "$bundle" --pid-file "$data/pid" killed && reeve start killed
path=$(jq -r .cgroup /run/reeve/*/attached.json)
kill -KILL "$(cat "$data/pid")"
wait_for 30 eval '[ "$(reeve state killed | jq -r .status)" = stopped ]'
rm -rf /run/runc/killed
wait_for 30 eval "rmdir /sys/fs/cgroup{,/*}$path 2>/dev/null; [ -z \"\$(ls -d /sys/fs/cgroup{,/*}$path 2>/dev/null)\" ]"
is 'of a runtime that is no more something is left' "$(left | grep -c attached)" 1
is 'gc ends it' "$($load gc | grep -o 'finished [0-9]* containers')" 'finished 1 containers'
is 'with its report, and nothing more' "$(report killed .monitored)$(left)" true
reeve create --bundle "$bundle" --pid-file "$data/pid" killed && reeve start killed
kill -KILL "$(cat "$data/pid")"
wait_for 30 eval '[ "$(reeve state killed | jq -r .status)" = stopped ]'
rm -rf /run/runc/killed $reports/killed.json
wait_for 30 eval "rmdir /sys/fs/cgroup{,/*}$path 2>/dev/null; [ -z \"\$(ls -d /sys/fs/cgroup{,/*}$path 2>/dev/null)\" ]"
entrypoint sh -c 'echo here'
is 'the same name is free at once' "$(run killed)" here
$load gc >"$data/out"
is 'nor is anything left of either' "$(left)" ''

# the hook itself, at each of its calls to bpf(2), when the container is made and when it is gone
mv $hook $hook.real
reached=$(
	for n in $(seq 30); do
		printf '#!/bin/sh\nexec strace -A -o %s -e trace=bpf -e inject=bpf:signal=KILL:when=%s %s.real "$@"\n' "$data/strace" "$n" $hook >$hook
		chmod 755 $hook
		rm -f "$data/strace"
		run "cut$n" >"$data/out"
		grep -q "killed by" "$data/strace" || break
		reeve delete --force "cut$n" 2>/dev/null
	done
	echo "$n"
)
mv $hook.real $hook
[ "$reached" -gt 6 ] && pass "a hook is killed at each of its calls ($reached)" || fail "a hook is killed at each of its calls: $reached"
$load gc >"$data/out"
is 'and gc leaves nothing' "$(left)" ''

# ---- reports that cannot be written ----
node "{ \"monitor\": { \"start\": \"off\", \"reports\": \"/proc/reports\" } }"
unattached allow
is 'where there is no place for reports, a container ends all the same' "$(run lost; echo $?)" $'here\n0'
is 'and nothing is left in the kernel' "$(left)" ''
node "{ $no_monitor }"
unattached allow

# ---- the base tier by order ----
node '{ "monitor": { "start": "off", "tier": "base" } }'
unattached allow
preload
is 'the base tier on demand' "$(run base)" here
like 'is a set of its own' "$(report base '"\(.tier) \(.set)"')" '^base [0-9a-f]{16}-[0-9a-f]{16}-base$'
node "{ $no_monitor }"
unattached allow

# ---- without a bpffs ----
drop_sets
umount /sys/fs/bpf
preload
is 'where none is mounted' "$(run box)" here
is 'one is, and the container is watched' "$(findmnt -no FSTYPE /sys/fs/bpf) $(report box .monitored)" 'bpf true'
umount /sys/fs/bpf
mount -t bpf -o mode=700 bpf /sys/fs/bpf
done_testing
