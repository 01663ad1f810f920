#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lists of what is known: names that a container asks for, hashes of what it executes, addresses. And what the monitor does for the kernel,
# whose programs for sockets can refuse but not kill; of single processes monitor-events.sh sees it.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/monitor.sh"
sandbox_enter "$0" "$@"
need_tools base64 gunzip
monitor_setup
allow='"allow": [ { "why": "overlays of this test", "filesystem": { "rootPath": "any" } } ]'

# box ID COMMAND: as a shell of the image runs it
box() {
	bundle_make "$1" host_network sh -c "$2"
	reeve run --bundle "$bundle" "$1" 2>&1 </dev/null
}
# alert ID DETECTION FIELD
alert() { jq -r --arg id "$1" --arg d "$2" --arg f "$3" 'select(.container == $id and .detection == $d) | .output_fields[$f]' $events | tail -n 1; }
ask() { echo "nslookup -type=A $1 127.0.0.1"; }
answers='Connection refused'	# nobody answers there

# ---- names ----
policy <<<"{ \"name\": \"lists\", \"enforce\": \"privileged\", \"set\": { \"monitor\": { \"miner-pool\": \"deny\" } }, $allow }"
said=$(box names "$(ask Registry.Example.ORG); $(ask kubernetes.default.svc.cluster.local)")
contains 'a name that no list has can be asked for' "$said" "$answers"
ok 'one of a list: an alert' seen_in_time names kubernetes-api
is 'with the name' "$(alert names kubernetes-api dns.name)" kubernetes.default.svc.cluster.local
is 'it happened' "$(seen names kubernetes-api)" happened
is 'the report has both, in lower case' "$(jq -r '.names[].name' /var/log/reeve/reports/names.json | sort | xargs)" \
	'kubernetes.default.svc.cluster.local registry.example.org'
said=$(box pool "$(ask eu.Pool.SupportXMR.com)")
ok 'one that is denied: an alert' seen_in_time pool miner-pool
is 'it was denied' "$(seen pool miner-pool)" denied
unlike 'and never left' "$said" "$answers"

box unknown "echo >/ready; until [ -e /go ]; do :; done; $(ask registry.example.org)" >"$data/said" &
wait_for 30 test -e "$data/c/unknown/rootfs/ready"
areas 15
echo >"$data/c/unknown/rootfs/go"
wait $!
areas 0
contains 'without memory to work in no name is asked for while one is denied' "$(cat "$data/said")" 'not permitted'

# ---- who connects ----
policy <<<"{ \"name\": \"lists\", \"enforce\": \"privileged\", \"set\": { \"monitor\": {} }, $allow }"
serve='nc -l -p 7000 >/dev/null & while ! echo | nc 127.0.0.1 7000; do :; done; wait'
box server "$serve; $serve" >/dev/null
echo 2 >/proc/sys/net/ipv4/tcp_syncookies	# for every connection, and of this network only
box cookies "$serve" >/dev/null
echo 1 >/proc/sys/net/ipv4/tcp_syncookies
report() { jq -r "$2" "/var/log/reeve/reports/$1.json"; }
is 'a client is in the report, once' "$(report server '.clients[] | "\(.direction | join(" ")) \(.protocol) \(.address) \(.port) \(.count)"')" \
	'accept tcp 127.0.0.1 7000 2'
is 'one whose connection comes from a cookie, too' "$(report cookies '.clients[].count')" 1
is 'what it connected to is elsewhere' "$(report server '[.endpoints[] | select(.direction | contains(["accept"]))] | length')" 0

# ---- hashes ----
page=$here/../../man/reeve-detections.5
eval "$(sed -n 's/^\$ \(f=.*\)/\1/p' "$page")"
# shellcheck disable=SC2154
base64 -d <<<"$f" | gunzip >"$data/image/opt/known"
chmod 755 "$data/image/opt/known"
sum=$(sha256sum <"$data/image/opt/known" | cut -d' ' -f1)
box image '/opt/known; exit 0'
box waits 'cp /opt/known /opt/copy; /opt/copy; exec sleep 1000' >/dev/null &
ok 'a file of a list, by its content: an alert' seen_in_time waits indicator-hash
is 'with the hash' "$(alert waits indicator-hash proc.exe_sha256)" "$sum"
reeve kill waits KILL
wait $!
drain
is 'of the image it is not looked at' "$(seen image indicator-hash)" ''

# ---- one file that is many programs ----
policy <<<"{ \"name\": \"lists\", \"enforce\": \"privileged\", \"set\": { \"monitor\": { \"network-tool\": \"kill\" } }, $allow }"
said=$(box many 'nc; busybox nc; /bin/nc; ln -s /bin/busybox /tmp/cat; exec -a /usr/bin/nc /tmp/cat')
unlike 'busybox is what its arguments name' "$said" Usage
drain
is 'each is seen' "$(alert many network-tool proc.name) $(grep -c '"detection":"network-tool".*"container":"many"' $events)" 'nc 4'

# ---- a refusal that ends the container ----
policy <<<"{ \"name\": \"lists\", \"enforce\": \"privileged\", \"set\": { \"monitor\": { \"indicator-address\": \"stop\" } }, $allow }"
said=$(box stopped "nc -w 1 192.0.2.1 80 </dev/null; sleep 1000; echo lived")
unlike 'a container is ended' "$said" lived
monitor_done
