# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# Containers that are attached, or are not: by runc, from one bundle, without reeve-monitor.
load=/usr/libexec/reeve/reeve-load	# which some of the tests take away
hook=/usr/libexec/reeve/reeve-hook
sets=/sys/fs/bpf/reeve
reports=/var/log/reeve/reports
no_monitor='"monitor": { "start": "off" }'

node() { echo "$1" >/etc/reeve/reeve.json; }
# unattached WORD: what becomes of a container that cannot be watched
unattached() {
	policy <<-JSON >/dev/null
		{ "name": "watching", "match": { "engine": "shell" }, "enforce": "engine", "set": { "monitor": { "unattached": "$1" } } }
	JSON
}
attach_setup() {
	look=$data/reeve-load
	cp $load "$look"
	node "{ $no_monitor }"
	unattached allow
	make_bundle
	chmod 755 "$data"
}
# preload: the set that is needed now, so that no start has to wait for it, as long as that takes on a busy or an emulated processor
preload() { ok 'the kernel programs are loaded' $load "$($load doctor --json | jq -r .current)"; }
# entrypoint WORD...: what containers run from now on
entrypoint() {
	jq --argjson args "$(json_array "$@")" '.process.terminal = false | .root.readonly = false | .process.args = $args' \
		<"$bundle/config.json" >"$bundle/new" &&
		mv "$bundle/new" "$bundle/config.json"
}
run() { reeve run --bundle "$bundle" "$@" 2>&1; }
report() { jq -r "$2" <"$reports/$1.json"; }
# what is left in the kernel and beside it, apart from sets
left() {
	$look doctor --json | jq -r '.sets[].maps | to_entries[] | select(.value.entries > 0) | "\(.key) \(.value.entries)"'
	ls $sets/*/c 2>/dev/null | grep '^[0-9]'
	ls /run/reeve/*/attached.json /run/reeve/.left.* 2>/dev/null
	ls $sets | grep -v '^[0-9a-f]\{16\}-[0-9a-f]\{16\}\(-base\)\?$'
}
# both NAME WANT COMMAND...: with deny the start is stopped, with allow it is marked; both say why
both() {
	local name=$1 want=$2 out
	shift 2
	unattached deny
	out=$("$@" box 2>&1)
	like "$name: a policy that wants it watched stops the start" "$?" '^(1|255)$'
	contains "$name: and says why" "$out" "$want"
	contains "$name: and what asks for it" "$out" 'monitor.unattached'
	unattached allow
	is "$name: else it runs" "$("$@" box)" here
	contains "$name: its report says that nobody saw it" "$(report box '"\(.monitored) \(.why)"')" "false "
	contains "$name: and why" "$(report box .why)" "$want"
	contains "$name: so does the log" "$(tail -n 1 $decisions | jq -r .unmonitored)" "$want"
	is "$name: nothing is left" "$(left)" ''
}

drop_sets() { rm -rf $sets/*; }
