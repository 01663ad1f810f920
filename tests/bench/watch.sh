#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# watch.sh BUILD [ROUNDS]: what monitoring costs, in nanoseconds an act, by turns in one run and sandbox: processes of the host and of
# containers, with nothing loaded, with a set loaded, with the system call tracepoints of the base tier, and beside bpftrace where it is
# installed. Then a real one: a compilation in a container.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../integration/sandbox.sh"
. "$here/../integration/engines.sh"
build=$(cd "$1" && pwd) || exit 2
rounds=${2-10}

if [ -z "${REEVE_SANDBOX-}" ]; then
	[ "$(id -u)" = 0 ] || { echo 'bench: needs root' >&2; exit 1; }
	sandbox_run "$here/watch.sh" "$build" "$rounds"
	sandbox_done
	exit "$sandbox_status"
fi

sandbox_setup
sandbox_install "$build" >/run/sandbox/install.log 2>&1 || { cat /run/sandbox/install.log; exit 1; }
acts=/usr/local/bin/acts
cp "$build/tests/bench/acts" $acts
bundle=/var/bench
mkdir -p $bundle/rootfs
busybox_rootfs $bundle/rootfs
mkdir -p $bundle/rootfs/usr/local/bin
cp $acts $bundle/rootfs$acts
echo bench >$bundle/rootfs/etc/hostname
runc=$(command -v runc)

# ---- the sides: each prints nanoseconds of one act ----
count() { case $1 in call) echo 1000000 ;; open) echo 100000 ;; exec) echo 500 ;; connect) echo 50000 ;; esac; }
host() { $acts "$1" "$(count "$1")"; }
document() {
	(cd $bundle && rm -f config.json && runc spec)
	jq -c '.process.terminal = false | .root.readonly = true | .process.args = $ARGS.positional' --args "$@" <$bundle/config.json >$bundle/new
	mv $bundle/new $bundle/config.json
}
in_container() {
	local runtime=$1
	shift
	document "$@"
	$runtime run --bundle $bundle "bench$RANDOM" </dev/null
}
bare() { in_container "$runc" $acts "$1" "$(count "$1")"; }
watched() { in_container reeve $acts "$1" "$(count "$1")"; }

# A container that does nothing keeps a set loaded. $1: what the policy says of the rules that need system call tracepoints.
hold() {
	jq -n --argjson monitor "$1" '{ name: "bench", match: {}, enforce: "engine", set: {}, allow: [ { why: "bench", monitor: $monitor } ] }' \
		>/etc/reeve/policy.d/bench.json
	reevectl policy apply || exit 1
	document sleep 100000
	mkdir -p $bundle/hold && cp $bundle/config.json $bundle/hold/ && ln -sfn $bundle/rootfs $bundle/hold/rootfs
	reeve run --detach --bundle $bundle hold </dev/null >/dev/null 2>&1 || exit 1
}
release() { reeve delete --force hold && reevectl node gc >/dev/null; }

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
declare -A seen
measure() { # SIDE LABEL KINDS...
	local side=$1 label=$2 kind
	shift 2
	for kind; do
		seen[$label,$kind]=$(for _ in $(seq "$rounds"); do "$side" "$kind" || exit 1; done | median)
	done
}
kinds=(call open exec connect)
quiet=$(reevectl policy show --detections --json 2>/dev/null | jq -c '[.[] | select(.calls) | { (.name): "off" }] | add // {}')

measure host 'host, nothing loaded' "${kinds[@]}"
measure bare 'container, bare' "${kinds[@]}"
hold "${quiet:-{\}}"
measure host 'host, set loaded' "${kinds[@]}"
measure watched 'container, watched' "${kinds[@]}"
release
hold '{}'
measure host 'host, with tracepoints' "${kinds[@]}"
measure watched 'container, with tracepoints' "${kinds[@]}"
release
if command -v bpftrace >/dev/null; then
	bpftrace -e 'tracepoint:syscalls:sys_enter_openat { @open[comm] = count(); } tracepoint:syscalls:sys_enter_execve { @exec[comm] = count(); }
		tracepoint:syscalls:sys_enter_connect { @connect[comm] = count(); }' >/dev/null 2>&1 &
	tracer=$!
	sleep 5
	measure host 'host, bpftrace of three calls' "${kinds[@]}"
	kill -INT "$tracer"
	wait "$tracer"
fi

printf '%-32s %10s %10s %10s %10s   ns an act, median of %d\n' '' "${kinds[@]}" "$rounds"
for label in 'host, nothing loaded' 'host, set loaded' 'host, with tracepoints' 'host, bpftrace of three calls' 'container, bare' \
	'container, watched' 'container, with tracepoints'; do
	[ -n "${seen[$label,call]-}" ] || continue
	printf '%-32s' "$label"
	base='host, nothing loaded'
	[ "${label#container}" = "$label" ] || base='container, bare'
	for kind in "${kinds[@]}"; do printf ' %10s' "${seen[$label,$kind]}"; done
	for kind in "${kinds[@]}"; do awk -v a="${seen[$label,$kind]}" -v b="${seen[$base,$kind]}" 'BEGIN { printf "  %.2f", a / b }'; done
	echo
done
