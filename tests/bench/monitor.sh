#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# monitor.sh BUILD: how many events a second reeve-monitor takes without a drop; that at ten times as many each is received or counted; its
# memory and latency. Records come from the kernel (tests/monitor/feed), which shares the CPUs with the monitor (root).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../integration/sandbox.sh"
build=$(cd "$1" && pwd) || exit 2

if [ -z "${REEVE_SANDBOX-}" ]; then
	[ "$(id -u)" = 0 ] || { echo 'bench: needs root' >&2; exit 1; }
	sandbox_run "$here/monitor.sh" "$build"
	sandbox_done
	exit "$sandbox_status"
fi

sandbox_setup
sandbox_install "$build" >/run/sandbox/install.log 2>&1 || { cat /run/sandbox/install.log; exit 1; }
findmnt -n /sys/fs/bpf >/dev/null || mount -t bpf bpf /sys/fs/bpf
mount -t tmpfs -o mode=700 tmpfs "$(mkdir -p /var/log/reeve && echo /var/log/reeve)"
set=0123456789abcdef-fedcba9876543210
events=/var/log/reeve/events.jsonl
key=0
mkdir -p /etc/reeve
echo '{ "monitor": { "keep": 1, "journal": false, "metrics": "/run/reeve.prom" } }' >/etc/reeve/reeve.json
reevectl policy apply >/dev/null || exit

feed() { "$build/tests/monitor/feed" $set "$@"; }
received() { cat $events* 2>/dev/null | grep -o "\"container\":\"c$key\",.*\"seq\":[0-9]*" | sed 's/.*"seq"://' | sort -u | wc -l; }
read_all() { sed -n 's/^reeve_events_total{kind="exec"} //p' /run/reeve.prom; }
start() {
	rm -f $events*
	/usr/libexec/reeve/reeve-monitor --background || exit
	pid=$(cat /run/reeve/monitor.lock)
}
stop() {
	kill "$pid"
	while grep -q '^State:	[^Z]' "/proc/$pid/status" 2>/dev/null; do sleep 0.1; done
}
# run RULE COUNT RATE: a container of its own; sets $sent $dropped $cpu (ms of the monitor's)
run() {
	local before
	key=$((key + 1))
	feed enter $key c$key none
	before=$(awk '{ print ($14 + $15) * 10 }' "/proc/$pid/stat")
	feed send $key 0 "$1" "$2" "$3" >/run/said
	sleep 1
	cpu=$(($(awk '{ print ($14 + $15) * 10 }' "/proc/$pid/stat") - before))
	read -r _ sent _ dropped <<<"$(feed counts $key)"
}
# held NAME RULE FIRST: the highest of doubled rates, two seconds each, at which nothing is dropped
held() {
	local rate=$3 best=0
	while run "$2" $((2 * rate)) $rate; [ "$dropped" = 0 ] && [ $rate -lt 3000000 ]; do
		best=$rate
		best_cpu=$cpu
		rate=$((rate * 2))
	done
	printf '%-40s %10d a second   %6.1f us of CPU each\n' "$1: held without a drop" $best \
		"$(awk -v ms="${best_cpu-0}" -v n=$((2 * best)) 'BEGIN { print n ? ms * 1000 / n : 0 }')"
	tenfold=$((10 * (best > 0 ? best : $3)))
}

start
feed enter 999 idle none
sleep 1
grep -E '^(RssAnon|VmData)' "/proc/$pid/status" | tr -s '\t ' ' ' | sed 's/^/memory, idle: /'
held 'alerts' 3 1000
run 3 $((2 * tenfold)) $tenfold
got=$(received)
printf '%-40s %10d sent, %d received, %d dropped: %s\n' "alerts: at ten times that" $((2 * tenfold)) "$got" "$dropped" \
	"$([ $((got + dropped)) = $((2 * tenfold)) ] && echo 'each counted' || echo "$((2 * tenfold - got - dropped)) MISSING")"
missing=$((2 * tenfold - got - dropped))
grep -E '^(RssAnon|VmHWM)' "/proc/$pid/status" | tr -s '\t ' ' ' | sed 's/^/memory, after it: /'
stop
sed -n 's/^reeve_alert_latency_seconds_\(bucket{le="[0-9.]*"}\|count\) /latency of alerts, seconds: \1 /p' /run/reeve.prom
start
held 'telemetry that nobody reads' -1 50000
stop
start
run -1 $((2 * (tenfold > 5000000 ? 5000000 : tenfold))) 0
stop
got=$(read_all)
printf '%-40s %10d sent, %d received, %d dropped: %s\n' "telemetry: as fast as can be" $((sent + dropped)) "$got" "$dropped" \
	"$([ "$got" = "$sent" ] && echo 'each counted' || echo "$((sent - got)) MISSING")"
feed remove
[ "$missing" = 0 ] && [ "$got" = "$sent" ]
