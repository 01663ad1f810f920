#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034,SC2086,SC2154,SC2174
# Hostile moments: something changes between the look and the use, or two calls come at once. (Sources of binds: race.sh.)
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/hostile.sh"
sandbox_enter "$0" "$@"
hostile_setup
table=hostile-race
secret='read: the secret of the host'

# ---- a file or directory that changes places with another while containers start ----
swapping='"$attack" swap "$one" "$two" >/dev/null & swap=$!
	often "$1"
	kill $swap; wait $swap 2>/dev/null'
# race NAME ONE TWO START KEY VALUE...
race() {
	local name=$1
	export one=$2 two=$3 start=$4
	shift 4
	attempt "$name" how "$swapping" proof "$secret" "$@"
}
run='"$1" run --bundle "$bundle" hostile </dev/null'
race 'config.json, changed while it is read' "$bundle/config.json" "$bundle/other.json" "$run" try 'read /h/reeve-victim' \
	prepare 'jq ".mounts += [{ destination: \"/h\", source: \"/etc\", options: [\"bind\"] }]" "$data/asked.json" >"$bundle/other.json"
		cp "$data/asked.json" "$bundle/config.json"' engine never

# A root elsewhere on the host, with a file that no container should see.
cp -a "$data/image" /var/lib/kubelet/root
cp /etc/reeve-victim /var/lib/kubelet/root/reeve-victim
ln -sfn /var/lib/kubelet/root "$bundle/link"
race 'the root directory, changed for a link' "$bundle/rootfs" "$bundle/link" "$run" runtime crun try 'read /reeve-victim' \
	prepare 'rm -rf "$bundle/link" "$bundle/rootfs"; ln -sfn /var/lib/kubelet/root "$bundle/link"; cp -a "$data/image" "$bundle/rootfs"' \
	after 'rm -rf "$bundle/link" "$bundle/rootfs"; cp -a "$data/image" "$bundle/rootfs"' engine never

# From inside: the container swaps the directory that execs are to start in.
mkdir -p "$data/image/here"
ln -sfn /proc/self/fd/9 "$data/image/there"
fresh
export start='"$1" exec --cwd /here hostile /attack walk-out /etc/reeve-victim 9</etc'
attempt 'the working directory of an exec, changed from inside' runtime crun \
	doc '.process.args = ["/attack", "swap", "/here", "/there"]' \
	proof "$secret" how '"$1" run -d --bundle "$bundle" hostile </dev/null >/dev/null 2>&1
		often "$1"' \
	after 'crun delete --force hostile; fresh' engine never

# ---- two calls at once ----
table_done hostile-race
document '.process.args = ["/bin/sleep", "1000"] | .process.noNewPrivileges = true' ''
mkdir -p "$data/second"
chmod 755 "$data/second"
jq '.process.noNewPrivileges = false | .root.path = "rootfs"' \
	"$bundle/config.json" >"$data/second/config.json"
cp -a "$data/image" "$data/second/rootfs"
nnp() { sed -n 's/^NoNewPrivs:[[:space:]]*//p'; }
mixed=0 none=0
for try in 1 2 3 4 5 6 7 8; do
	reeve run -d --bundle "$bundle" twin </dev/null >/dev/null 2>&1 &
	first=$!
	reeve run -d --bundle "$data/second" twin </dev/null >/dev/null 2>&1 &
	wait $first $!
	own=$(reeve exec twin cat /proc/1/status 2>/dev/null | nnp)
	later=$(reeve exec twin cat /proc/self/status 2>/dev/null | nnp)
	[ -n "$own" ] || none=$((none + 1))
	[ "$own" = "$later" ] || mixed=$((mixed + 1))
	reeve delete --force twin
done
is 'two creates with one id: the record is that of the container' "$mixed" 0
is 'two creates with one id: one of them runs' "$none" 0
for try in 1 2 3 4 5 6 7 8; do
	reeve run -d --bundle "$bundle" twin </dev/null >/dev/null 2>&1
	reeve delete --force twin >/dev/null 2>&1 &
	gone=$!
	reeve run -d --bundle "$data/second" twin </dev/null >/dev/null 2>&1
	wait $gone
	reeve delete --force twin
done
is 'delete and create at once: nothing is left running' "$(reeve list -q)" ''
reeve run -d --bundle "$bundle" twin </dev/null >/dev/null 2>&1
is 'delete and create at once: the next one starts' "$(reeve exec twin cat /proc/self/status | nnp)" 1
reeve delete --force twin
hostile_done
