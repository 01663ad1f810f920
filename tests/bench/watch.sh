#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# watch.sh BUILD [ROUNDS [CONTAINERS]]: what being watched costs. Each round does the same acts with nothing loaded, with a set loaded, and
# beside others that watch; ratios are within a round, medians over the rounds. Then what so many containers at once cost (0: none). In
# the sandbox of the integration tests (root). KINDS='call open' does these acts only; in a virtual machine / is no layer, so leave out request
# and compile there. FEW=N does N times fewer acts. AUDIT=1 takes the audit subsystem among the others; its rules hold for the whole machine.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../integration/sandbox.sh"
build=$(cd "$1" && pwd) || exit 2
rounds=${2-10}
containers=${3-1000}
export KINDS=${KINDS-call open write exec connect request compile} FEW=${FEW-1}
real=$(grep -E 'request|compile' <<<"$KINDS")

# Rules can be set only from outside: while inside there is a file that asks for it.
audit() {
	until [ -e "$TOOLS/end" ]; do
		if [ -e "$TOOLS/ask" ] && [ ! -e "$TOOLS/ready" ]; then
			auditctl -e 1 >/dev/null && auditctl -a always,exit -F arch=b64 -S openat -S connect -S execve >/dev/null && touch "$TOOLS/ready"
		elif [ ! -e "$TOOLS/ask" ] && [ -e "$TOOLS/ready" ]; then
			auditctl -D >/dev/null
			rm "$TOOLS/ready"
		fi
		sleep 0.1
	done
}

if [ -z "${REEVE_SANDBOX-}" ]; then
	[ "$(id -u)" = 0 ] || { echo 'bench: needs root' >&2; exit 1; }
	TOOLS=$(mktemp -d) && export TOOLS
	# the network is outside
	[ -z "$real" ] || (cd "$TOOLS" && apt-get -q download nginx && dpkg-deb -x nginx_*.deb .) >/dev/null 2>&1 || { echo 'bench: no nginx can be had' >&2; exit 1; }
	command -v auditctl >/dev/null || AUDIT=
	export AUDIT=${AUDIT-}
	[ -z "$AUDIT" ] || audit &
	sandbox_run "$here/watch.sh" "$build" "$rounds" "$containers"
	sandbox_done
	touch "$TOOLS/end"
	wait
	rm -rf "${TOOLS:?}"
	exit "$sandbox_status"
fi

sandbox_setup
sandbox_install "$build" >/run/sandbox/install.log 2>&1 || { cat /run/sandbox/install.log; exit 1; }
acts=/usr/local/bin/acts
cp "$build/tests/bench/acts" $acts
runc=$(command -v runc)
load=/usr/libexec/reeve/reeve-load
hook=/usr/libexec/reeve/reeve-hook
port=8099

# ---- one container for all: this machine's files, and what is done in it ----
layer=$data/layer
bundle=$data/bundle
rootfs=$bundle/rootfs
mkdir -p "$layer"/{etc,tmp,proc,dev,sys} "$rootfs" "$data"/{upper,work,seen}
chmod 755 "$data" "$bundle"
cp $acts "$layer/acts"
echo bench >"$layer/etc/hostname"
cp -a "$TOOLS"/usr "$layer/" 2>/dev/null
cat >"$layer/nginx.conf" <<-END
	daemon off; master_process off; user root; pid /tmp/nginx.pid; error_log /tmp/error.log;
	events { }
	http { access_log /tmp/access.log; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u;
		scgi_temp_path /tmp/s; server { listen 127.0.0.1:$port; root /etc; index hostname; } }
END
{
	printf '#include <%s>\n' stdio.h stdlib.h string.h unistd.h sys/stat.h
	for i in $(seq 200); do echo "int f$i(int a, char *b) { for (int i = 0; i < a; i++) b[i] ^= (char)(a * $i); return printf(\"%s\\n\", b) + (int)strlen(b); }"; done
} >"$layer/bench.c"
mount -t overlay -o "lowerdir=$layer${real:+:/},upperdir=$data/upper,workdir=$data/work" overlay "$rootfs" || exit 1
(cd "$bundle" && runc spec)
cp "$bundle/config.json" "$data/spec.json"

# document WORD...: of a container that executes that; as policy leaves it, so that both runtimes make the same
document() {
	jq '.process.terminal = false | .root.readonly = false | .process.args = $ARGS.positional | .linux.namespaces |= map(select(.type != "network")) |
		.mounts |= map(select(.type != "sysfs")) | .process.capabilities[] |= . + ["CAP_SETUID", "CAP_SETGID", "CAP_DAC_OVERRIDE"]' \
		--args -- "$@" <"$data/spec.json" >"$bundle/config.json"
	reevectl render --output "$bundle/new" "$bundle" && mv "$bundle/new" "$bundle/config.json" || exit 1
}
# policy MONITOR [TIER]
policy() {
	mkdir -p /etc/reeve/policy.d
	printf '{ "monitor": { "start": "off", "tier": "%s" } }\n' "${2-auto}" >/etc/reeve/reeve.json
	printf '{ "name": "bench", "enforce": "engine", "set": { "monitor": %s }, "allow": [ { "why": "bench", "filesystem": { "rootPath": "any" } } ] }\n' \
		"$1" >/etc/reeve/policy.d/bench.json
	reevectl policy apply >/dev/null || exit 1
}

# ---- acts: nanoseconds of CPU of one, of a request the server's ----
declare -A count=([call]=1000000 [open]=100000 [write]=300000 [exec]=300 [connect]=100000)
read -ra kinds <<<"$KINDS"
number=0
run_in() { # RUNTIME WORD...
	number=$((number + 1))
	"$1" run --bundle "$bundle" "b$number" </dev/null
}
# request RUNTIME: to a web server in a container, from outside
request() {
	local i pid from
	document nginx -c /nginx.conf
	"$1" run --detach --bundle "$bundle" web </dev/null >"$data/web" 2>&1 || return
	for i in $(seq 100); do $acts request 1 $port >/dev/null 2>&1 && break; sleep 0.05; done
	pid=$("$1" state web | jq .pid)
	read -r from _ <"/proc/$pid/schedstat"
	$acts request 3000 $port >"$data/web" && awk -v from="$from" '{ printf "%.0f\n", ($1 - from) / 3000 }' "/proc/$pid/schedstat"
	"$1" delete --force web
}
# act WHERE KIND: on the host, or in a container of that runtime
act() {
	case $1,$2 in
	host,request | host,compile) return ;;
	host,open) $acts open $((count[open] / FEW)) "$layer/etc/hostname" ;;
	host,write) $acts write $((count[write] / FEW)) "$data/written" ;;
	host,*) $acts "$2" $((count[$2] / FEW)) ;;
	*,request) request "$1" ;;
	*,compile) document /acts run 3 cc -O2 -c /bench.c -o /tmp/bench.o; run_in "$1" ;;
	*) document /acts "$2" $((count[$2] / FEW)); run_in "$1" ;;
	esac
}
# measure LABEL WHERE
labels=()
measure() {
	local kind
	[[ " ${labels[*]} " == *" ${1// /_} "* ]] || labels+=("${1// /_}")
	for kind in "${kinds[@]}"; do
		act "$2" "$kind" >>"$data/seen/${1// /_}.$kind" || { echo "bench: $1, $kind failed" >&2; exit 1; }
	done
}

# watched LABEL MONITOR [TIER]: processes of the host and of containers, while a container keeps the set's programs at work
watched() {
	policy "$2" "${3-auto}"
	document /acts wait
	reeve run --detach --bundle "$bundle" hold </dev/null >"$data/out" 2>&1 || { cat "$data/out"; exit 1; }
	measure "host: $1" host
	measure "container: $1" reeve
	reeve delete --force hold
	rm -rf /sys/fs/bpf/reeve/*
}
beside_bpftrace() {
	local tracer i
	findmnt -n /sys/kernel/tracing >/dev/null || mount -t tracefs tracefs /sys/kernel/tracing
	bpftrace -e 'tracepoint:syscalls:sys_enter_openat { @open[comm, str(args->filename)] = count(); } tracepoint:syscalls:sys_enter_connect { @connect[comm] = count(); }
		tracepoint:sched:sched_process_exec { @exec[str(args->filename)] = count(); } BEGIN { printf("ready\n"); }' >"$data/bpftrace" 2>&1 &
	tracer=$!
	for i in $(seq 300); do grep -q ready "$data/bpftrace" && break; sleep 0.1; done
	measure 'host: bpftrace' host
	measure 'container: bpftrace' "$runc"
	kill -INT $tracer
	wait $tracer
}

beside_audit() {
	touch "$TOOLS/ask"
	until [ -e "$TOOLS/ready" ]; do sleep 0.1; done
	measure 'host: audit' host
	measure 'container: audit' "$runc"
	rm "$TOOLS/ask"
	while [ -e "$TOOLS/ready" ]; do sleep 0.1; done
}

# every detection that looks at a system call or a read, and what costs that
calls=$(reevectl policy detections | awk '$2 == "read" || $2 == "call" { printf "%s\"%s\": \"alert\"", n++ ? ", " : "", $1 }')
policy '{}'
tier=$($load doctor --json | jq -r .tier)
for ((round = 0; round < rounds; round++)); do
	measure 'host: nothing' host
	measure 'container: nothing' "$runc"
	command -v bpftrace >/dev/null && beside_bpftrace
	[ "$tier" = base ] || watched lsm '{}'
	watched base '{}' base
	watched 'base, system calls' "{ $calls }" base
	watched 'base, learning' '{ "learn": true }' base
	[ -z "$AUDIT" ] || beside_audit # last: processes keep what it gave them
done

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
printf '%-34s' 'nanoseconds an act, and the ratio'
printf ' %16s' "${kinds[@]}"
echo
for label in "${labels[@]}"; do
	printf '%-34s' "${label//_/ }"
	for kind in "${kinds[@]}"; do
		one=$data/seen/$label.$kind
		[ -s "$one" ] && printf ' %10.0f %5.2f' "$(median <"$one")" "$(paste "$one" "$data/seen/${label%%:*}:_nothing.$kind" | awk '{ print $1 / $2 }' | median)" || printf ' %16s' -
	done
	echo
done

# ---- so many at once ----
[ "$containers" -gt 0 ] || exit 0
policy '{}'
cat >"$data/timed" <<END
#!/bin/sh
exec $acts run 1 $hook.real "\$@" >>$data/took.\$1
END
chmod 755 "$data/timed"
mv $hook $hook.real && mv "$data/timed" $hook
$load current >/dev/null || exit 1
bytes() { for map in /sys/fs/bpf/reeve/*/maps/*; do bpftool -j map show pinned "$map"; done | jq -s '[.[].bytes_memlock] | add'; }
# around N: the median of ten, ms
around() { sed -n "$(($2 - 9 > 1 ? $2 - 9 : 1)),$2p" "$data/took.$1" | median | awk '{ printf "%.2f", $1 / 1e6 }'; }
document /acts wait
empty=$(bytes)
for ((i = 1; i <= containers; i++)); do
	reeve run --detach --bundle "$bundle" "many$i" </dev/null >"$data/out" 2>&1 || { cat "$data/out"; exit 1; }
done
full=$(bytes)
/usr/libexec/reeve/reeve-monitor --background || exit 1
sleep 2
echo "maps, $containers containers: $(((full - empty) / containers)) bytes each beside $((empty / 1024)) KiB for all"
echo "reeve-monitor, $containers containers: $(awk '/^RssAnon/ { print $2 }' "/proc/$(cat /run/reeve/monitor.lock)/status") KiB"
for ((i = containers; i; i--)); do reeve delete --force "many$i"; done
for n in 1 10 100 1000 10000; do
	[ $n -gt "$containers" ] || echo "the hook of container $n: $(around createRuntime $n) ms when it starts; with $n there, $(around poststop $((containers - n + 1))) ms when it ends"
done
kill "$(cat /run/reeve/monitor.lock)"
