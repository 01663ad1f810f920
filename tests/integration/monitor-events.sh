#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# reeve-monitor alone: records that the kernel puts into its rings (tests/monitor/feed), without containers. Nothing that was sent is lost
# uncounted, whatever happens to the monitor, its file and its readers. TAP.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
export SANDBOX_NO_CGROUP2=
sandbox_enter "$0" "$@"
need_tools jq

feed=$top_builddir/tests/monitor/feed
monitor=/usr/libexec/reeve/reeve-monitor
events=/var/log/reeve/events.jsonl
metrics=/run/data/reeve.prom
set=0123456789abcdef-fedcba9876543210
exec_kind=0
: "${rate:=${REEVE_EMULATED:+300}}" "${rate:=3000}"	# records a second that a monitor can take on an emulated processor, on another one
findmnt -n /sys/fs/bpf >/dev/null || { mount -t bpf bpf /sys/fs/bpf && own_bpffs=1; }

# entry KEY NAME [GRACE-UNTIL FREEZE CGROUP TIME]: a container with what reeve and its hook leave of it
entry() {
	mkdir -p -m 700 "/run/reeve/$2"
	jq -n --arg id "$2" --argjson until "${3-0}" --argjson freeze "${4-false}" '{ format: 2, id: $id, record: { id: $id, engine: "cri",
		identity: { namespace: "shop", pod: "web-7", container: "web", image: "registry.example:5000/web:1" }, policy: { name: "try" } },
		monitor: { graceUntil: $until, graceFreeze: $freeze } }' >"/run/reeve/$2/judged.json"
	jq -n --arg key "$1" --arg cgroup "${5-/none}" --argjson time "${6-$(date +%s)}" \
		'{ format: 1, set: "x", container: $key, cgroup: $cgroup, time: $time }' >"/run/reeve/$2/attached.json"
	"$feed" $set enter "$1" "$2" "$2"
}
pid() { cat /run/reeve/monitor.lock; }
# ended PID: a zombie is one that has, too
ended() { ! grep -q '^State:	[^Z]' "/proc/$1/status" 2>/dev/null; }
start() { $monitor --background; }
stop() { local was; was=$(pid); kill "${1--TERM}" "$was"; wait_for 30 ended "$was"; }
# send KEY COUNT RATE [RULE [RESULT]]
send() { "$feed" $set send "$1" $exec_kind "${4-3}" "$2" "$3" ${5+"$5"} >/dev/null; }
lines() { cat $events* 2>/dev/null | jq -c "select(.container == \"$1\" and .seq)" ; }
count() { lines "$1" | wc -l; }
distinct() { lines "$1" | jq .seq | sort -u | wc -l; }
sent() { "$feed" $set counts "$1" | cut -d' ' -f2; }
dropped() { "$feed" $set counts "$1" | cut -d' ' -f4; }
has_all() { [ "$(distinct "$1")" = "$(sent "$2")" ]; }
has() { [ "$(count "$1")" = "$2" ]; }
# holds PATTERN: the monitor has such a file or socket open; how many
holds() { readlink "/proc/$(pid)/fd/"* | grep -c "$1"; }
metric() { awk -v name="reeve_$1" '$1 == name { print $2 }' $metrics; }
notice() { grep -c "\"detection\":\"$1\"" $events; }
node() {
	mkdir -p /etc/reeve
	echo "{ \"monitor\": { $1 } }" >/etc/reeve/reeve.json
	ok 'the node file is applied' reevectl policy apply
}

# ---- one of a kind ----
node "\"metrics\": \"$metrics\""
entry 1 first
ok 'it starts in the background' start
is 'a second one refuses' "$($monitor 2>&1; echo "status $?")" \
	"reeve-monitor: another reeve-monitor runs (pid $(pid)), and only one can read the rings
status 3"
ok 'unless one that runs is what is wanted' $monitor --background
stop
exec 9<>/run/reeve/monitor.lock
flock -n 9
{ sleep 0.1; flock -u 9; } &
ok 'who only looks whether one runs' start
exec 9<&-
is 'does not keep it from starting' "$(ended "$(pid)" || echo runs)" runs
is 'it has no capability, no way to new ones, and a filter' "$(grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):' "/proc/$(pid)/status" | tr -d '\t' | paste -sd' ')" \
	'CapPrm:0000000000000000 CapEff:0000000000000000 CapBnd:0000000000000000 NoNewPrivs:1 Seccomp:2'
is 'wrong arguments are refused' "$($monitor --nonsense 2>/dev/null; echo $?)$($monitor --background --service 2>/dev/null; echo $?)" 22

# ---- a line ----
send 1 1 0
ok 'an alert is in the file' wait_for 30 test -s $events
is 'it has the members of Falco, and ours' "$(lines first | jq -c 'keys_unsorted')" \
	'["hostname","output","output_fields","priority","rule","source","tags","time","detection","action","container","event","result","seq"]'
is 'and who the container is' "$(lines first | jq -r '.output_fields | "\(."container.id") \(."container.name") \(."container.image.repository") \(."k8s.ns.name") \(."k8s.pod.name")"')" \
	'first web registry.example:5000/web shop web-7'
is 'and what was executed' "$(lines first | jq -r '.output_fields | "\(."proc.exepath") \(."proc.cmdline") \(."evt.type")"')" '/bin/sh sh -c true exec'
is 'its time is now' "$(lines first | jq '.time | sub("[.][0-9]+"; "") | fromdate | . > now - 60 and . <= now')" true
is 'the file is not for others' "$(stat -c %a $events)" 600
is 'for people' "$(reevectl events --container web-7 | sed 's/^[^ ]* //')" "$(printf '%-8s' "$(lines first | jq -r .priority)") $(lines first | jq -r .detection) shop/web-7/web: $(lines first | jq -r .output)"
none='reevectl: no such events'
is 'of other containers and times there is nothing' "$( (reevectl events --container other; reevectl events --since 2100-01-01) 2>&1)" \
	"$none"$'\n'"$none"
is 'nor of other rules' "$(reevectl events --rule other 2>&1)" "$none; reevectl policy detections has the names of rules"
is 'less urgent than asked for is left out' "$(reevectl events --priority emergency 2>&1)" "$none"
is 'what cannot be asked is said' "$(reevectl events --priority urgent 2>&1; echo $?)" 'reevectl: urgent is no priority; see reevectl events --help
2'
send 1 1 0 -1
send 1 1 0
wait_for 30 has first 2
is 'an event without an alert is not in the file' "$(lines first | jq .seq | xargs)" '1 3'

# ---- readers ----
sockets=$(holds ^socket:)
reevectl events --follow --all --json >"$data/live" &
follower=$!
wait_for 30 eval '[ "$(holds ^socket:)" = $((sockets + 1)) ]'
send 1 3 0 -1
send 1 2 0
wait_for 30 eval '[ "$(wc -l <"$data/live")" = 5 ]'
is 'a reader of the socket gets all of them' "$(jq -r 'has("rule")' "$data/live" | sort | uniq -c | xargs)" '3 false 2 true'
kill $follower; wait $follower 2>/dev/null
wait_for 30 eval '[ "$(holds ^socket:)" = $sockets ]'
send 1 20 20
wait_for 60 eval '[ "$(metric alert_latency_seconds_count)" -ge 20 ]'
[ -n "${REEVE_EMULATED-}" ] || ok 'most alerts within a second' \
	test "$(metric 'alert_latency_seconds_bucket{le="1"}')" -gt $(($(metric alert_latency_seconds_count) / 2))
python3 - <<'P' &
import socket, time
s = socket.socket(socket.AF_UNIX)
s.connect("/run/reeve/monitor.sock")
time.sleep(3600)
P
slow=$!
wait_for 30 eval '[ "$(holds ^socket:)" = $((sockets + 1)) ]'
send 1 6000 $rate
wait_for 60 eval '[ "$(distinct first)" = $(($(sent 1) - 4)) ]'
is 'a reader that does not read holds up nobody' "$(distinct first)" "$(($(sent 1) - 4))"
wait_for 60 eval '[ "$(metric "events_total{kind=\"exec\"}")" = "$(sent 1)" ]'
is 'it is let go, and counted' "$(grep '^reeve_readers' $metrics | xargs)" 'reeve_readers 0 reeve_readers_slow_total 1'
kill $slow; wait $slow 2>/dev/null

# ---- metrics ----
is 'metrics: what was read, and what was lost' "$(grep -E '^reeve_(events_total.kind="exec".|records_dropped_total|containers|sets) ' $metrics | xargs)" \
	"reeve_containers 1 reeve_sets 1 reeve_events_total{kind=exec} $(sent 1) reeve_records_dropped_total $(dropped 1)"
is 'metrics: others may read them' "$(stat -c %a $metrics)" 644

# ---- killed under load ----
entry 2 second
send 2 4000 800 &
sender=$!
for _ in 1 2 3; do
	sleep 0.7
	stop -KILL
	start
done
wait $sender
wait_for 60 has_all second 2
is 'killed three times under load: each event is there, but for what the ring had no room for' "$(distinct second)" $((4000 - $(dropped 2)))
twice=$(($(count second) - $(distinct second)))
ok "at most a batch comes twice each time ($twice)" test $twice -le 768

# ---- more than it can take ----
entry 3 third
kill -STOP "$(pid)"
send 3 200000 0
kill -CONT "$(pid)"
wait_for 120 has_all third 3
is 'a flood: what is not there was counted' "$(($(distinct third) + $(dropped 3)))" 200000
ok "and something was ($(dropped 3))" test "$(dropped 3)" -gt 0
wait_for 30 eval '[ "$(notice lost)" -gt 0 ]'
is 'which is an alert itself' "$(jq -r 'select(.detection == "lost" and .container == "third") | "\(.rule), \(.container), \(.output_fields["k8s.pod.name"])"' $events | sort -u)" 'Events lost, third, web-7'

# ---- the file ----
stop
rm -f $events*
node '"rotate": 100000, "keep": 2'
start
entry 4 fourth
for last in 100 200 300 400 500; do send 4 100 0; wait_for 30 grep -q "\"seq\":$last[,}]" $events; done
is 'the file is renamed when it is full, and so many are kept' "$(ls /var/log/reeve | grep events)" 'events.jsonl
events.jsonl.1
events.jsonl.2'
ok 'none is much larger' test "$(stat -c %s $events.1)" -le 100000
mv $events "$data/moved"
kill -HUP "$(pid)"
wait_for 30 eval '[ "$(holds "^$events")" = 0 ]'
send 4 1 0
ok 'SIGHUP: it is opened anew' wait_for 30 test -s $events
rm $events
wait_for 30 eval '[ "$(holds "^$events")" = 0 ]'
send 4 1 0
ok 'removed: the same' wait_for 30 test -s $events
stop
rm -f $events*
node '"keep": 3'

mount -t tmpfs -o size=64k,mode=700 tmpfs /var/log/reeve
start
entry 5 fifth
send 5 2000 1000
ok 'a full disk: whole lines only' jq -e . $events
wait_for 60 eval '[ $(($(metric lines_lost_total) + $(count fifth))) = "$(sent 5)" ]'
ok 'it goes on' test -d "/proc/$(pid)"
before=$(count fifth)
lost=$(($(sent 5) - before))
mount -o remount,size=64m /var/log/reeve
send 5 10 0
wait_for 30 eval '[ "$(notice sink)" -gt 0 ] && has fifth $((before + 10))'
is 'room again: what could not be written is told' "$(jq -r 'select(.detection == "sink") | .output | sub(" \\(.*"; "")' $events | head -n 1)" \
	"Lines could not be written: $lost"
is 'and what comes is written' "$(count fifth)" $((before + 10))
umount -l /var/log/reeve
wait_for 30 eval '[ "$(holds /events.jsonl)" = 0 ]'
mv /var/log/reeve /var/log/reeve.away
echo >/var/log/reeve
send 5 1 0
sleep 0.3
rm /var/log/reeve
mv /var/log/reeve.away /var/log/reeve
wait_for 30 has fifth 1
is 'a directory that is away for a moment: nothing is lost' "$(count fifth)" 1
mount --bind /var/log/reeve /var/log/reeve
mount -o remount,bind,ro /var/log/reeve
kill -HUP "$(pid)"
wait_for 30 eval '[ "$(holds /events.jsonl)" = 0 ]'
send 5 1 0
sleep 1
mount -o remount,bind,rw /var/log/reeve
umount -l /var/log/reeve
wait_for 30 has fifth 2
is 'a file system that is read-only for a moment: the same' "$(count fifth)" 2

# ---- whole containers ----
top=$(findmnt -rn -t cgroup2 -o TARGET | head -n 1)
# group NAME: a cgroup with a process in it; $member is its pid
group() {
	mkdir "$top/$1"
	sleep 300 &
	member=$!
	echo $member >"$top/$1/cgroup.procs"
	key=$(stat -c %i "$top/$1")
}
below=$(findmnt -rn -t cgroup2 -o FSROOT | head -n 1)
below=${below%/}
group frozen
entry "$key" sixth 0 false "$below/frozen"
send "$key" 1 0 3 3
ok 'freeze: the whole cgroup' wait_for 30 grep -q 'frozen 1' "$top/frozen/cgroup.events"
echo 0 >"$top/frozen/cgroup.freeze"
kill $member; wait $member 2>/dev/null; rmdir "$top/frozen"
group stopped
entry "$key" seventh 0 false "$below/stopped"
send "$key" 1 0 3 4
ok 'stop: all of its processes' wait_for 30 ended $member
wait $member 2>/dev/null; rmdir "$top/stopped"
group late
entry "$key" told-late 0 false ''
send "$key" 1 0
wait_for 30 has told-late 1
sed -i "s,\"cgroup\": \"\",\"cgroup\": \"$below/late\"," /run/reeve/told-late/attached.json
send "$key" 1 0 3 4
ok 'stop: where the hook tells its cgroup a moment later' wait_for 30 ended $member
wait $member 2>/dev/null; rmdir "$top/late"

# what the kernel refused and could not kill
began() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; }
sleep 300 &
member=$!
"$feed" $set send 1 4 0 1 0 1 $member $(($(began $member) + 100)) >/dev/null
sleep 0.3
ok 'another process that has its number by now is left alone' kill -0 $member
"$feed" $set send 1 4 0 1 0 1 $member "$(began $member)" >/dev/null
ok 'kill: the process' wait_for 30 ended $member
wait $member 2>/dev/null
is 'the helper keeps the capabilities that this needs' "$(grep -ls "^PPid:	$(pid)$" /proc/[0-9]*/status | xargs grep -h ^CapEff:)" 'CapEff:	0000000000080024'

group other
entry 999999 eighth 0 false "$below/other"
send 999999 1 0 3 4
sleep 0.3
ok 'a cgroup that is another one by now is left alone' kill -0 $member
now=$(date +%s)
entry "$key" ninth $((now + 15)) false "$below/other" $((now - 150))
ok 'grace: at its end the container is stopped' wait_for 60 ended $member
wait $member 2>/dev/null; rmdir "$top/other"
wait_for 30 eval '[ "$(notice grace-over)" = 1 ]'
is 'after a warning' "$(jq -r 'select(.source == "reeve" and .container == "ninth") | .detection' $events | xargs)" 'grace-soon grace-over'
group late
stop
entry "$key" tenth $(($(date +%s) - 5)) true "$below/late"
start
ok 'grace that ended while no monitor ran: at its start' wait_for 30 grep -q 'frozen 1' "$top/late/cgroup.events"
echo 0 >"$top/late/cgroup.freeze"
kill $member; wait $member 2>/dev/null; rmdir "$top/late"

# ---- sets ----
was=$set
set=1111111111111111-2222222222222222-base
entry 21 other-set
send 21 5 0
wait_for 30 has other-set 5
is 'a set that comes later is read' "$(count other-set)" 5
"$feed" $set remove
ok 'one that goes is closed' wait_for 30 eval '[ "$(holds bpf-map)" = 4 ]'
mkdir -p /sys/fs/bpf/reeve/3333333333333333-4444444444444444/maps /sys/fs/bpf/reeve/making
sleep 1.5
ok 'what is none is left alone' test -d "/proc/$(pid)"
rmdir /sys/fs/bpf/reeve/3333333333333333-4444444444444444/{maps,} /sys/fs/bpf/reeve/making
set=$was

# ---- by systemd, with what its unit leaves ----
stop
python3 - >"$data/notified" <<'P' &
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/data/notify")
s.settimeout(60)
print(s.recv(100).decode())
P
listener=$!
wait_for 30 test -S "$data/notify"
bounds=$(sed -n 's/^CapabilityBoundingSet=//p' "$here/../../deploy/systemd/reeve-monitor.service" | tr 'A-Z' 'a-z' | sed 's/cap_/+/g; s/ /,/g')
NOTIFY_SOCKET=$data/notify setpriv --bounding-set="-all,$bounds" --no-new-privs $monitor --service --stdout >"$data/printed" 2>&1 &
service=$!
wait $listener
is 'systemd is told when it runs' "$(cat "$data/notified")" READY=1
send 1 1 0
ok 'alerts are printed' wait_for 30 jq -e .rule "$data/printed"
kill $service
wait $service
is 'it ends when it is told to' $? 0
start

# ---- its end ----
running=$(pid)
for key in 1 2 3 4 5 999999; do "$feed" $set leave $key; done
for name in sixth seventh told-late ninth tenth; do "$feed" $set leave "$(jq -r .container "/run/reeve/$name/attached.json")"; done
sleep 8
ok 'without containers it stays for a while' test -d "/proc/$running"
ok 'and ends after a minute' wait_for 120 ended "$running"
"$feed" $set remove
rmdir /sys/fs/bpf/reeve
[ -z "${own_bpffs-}" ] || umount /sys/fs/bpf
done_testing
