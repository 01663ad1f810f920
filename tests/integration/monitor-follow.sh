#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the kernel programs leave to the monitor, by the network and by an exec: a container is frozen or ended as a whole. TAP.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/monitor.sh"
sandbox_enter "$0" "$@"
monitor_setup

# box ID COMMAND: what it says is in $data/said/ID
mkdir "$data/said"
box() {
	bundle_make "$1" host_network sh -c "$2"
	timeout -k 1 120 reeve run --bundle "$bundle" "$1" >"$data/said/$1" 2>&1 </dev/null &
}
said() { grep -qx "$2" "$data/said/$1"; }
# group ID: its cgroup's directory
group() {
	local pid
	pid=$(reeve state "$1" | jq -r .pid)
	echo "$(findmnt -rn -t cgroup2 -o TARGET | head -n 1)$(sed -n s/^0:://p "/proc/$pid/cgroup")"
}
frozen() { grep -q 'frozen 1' "$(group "$1")/cgroup.events"; }
declare -A does=([metadata-service]="/attack connect-tcp $metadata 80" [attack-tool]='linpeas proof ran')
actions() { policy <<<"{ \"name\": \"follow\", \"enforce\": \"privileged\", \"set\": { \"monitor\": { \"metadata-service\": \"$1\", \"attack-tool\": \"$1\" } } }"; }

actions freeze
for detection in "${!does[@]}"; do
	box "frozen-$detection" "${does[$detection]}; while :; do echo on; sleep 0.1; done"
	ok "freeze, $detection: the whole container" wait_for 30 frozen "frozen-$detection"
	ok "freeze, $detection: it is told of" seen_in_time "frozen-$detection" "$detection"
	sleep 0.5
	lines=$(wc -l <"$data/said/frozen-$detection")
	sleep 1
	is "freeze, $detection: nothing goes on" "$(wc -l <"$data/said/frozen-$detection")" "$lines"
	echo 0 >"$(group "frozen-$detection")/cgroup.freeze"
	reeve kill "frozen-$detection" KILL
	wait $!
	bundle_remove "frozen-$detection"
done

actions stop
for detection in "${!does[@]}"; do
	box "stopped-$detection" "sleep 1000 & sleep 1; ${does[$detection]}; sleep 20; echo went on"
	wait $!
	ok "stop, $detection: it is told of" seen_in_time "stopped-$detection" "$detection"
	ok "stop, $detection: nothing goes on" eval "! said stopped-$detection 'went on'"
	bundle_remove "stopped-$detection"
done
monitor_done
