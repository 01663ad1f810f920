#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where an executable comes from, whatever the container's root is: an overlay, a directory, a disk of its own. What the report says, and that
# what was dropped is seen and stopped; and so is a file of a disk whose path nobody knows. TAP.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/monitor.sh"
sandbox_enter "$0" "$@"
need_tools mke2fs debugfs
monitor_setup

for name in own linked moved chmodded overwritten; do cp "$data/image/attack" "$data/image/opt/$name"; done
mkdir "$data/image/volume" "$data/image/tmpfs" /var/volume
cp "$attack" /var/volume/attack
truncate -s 64M "$data/disk"
ok 'a disk is made of the image' mke2fs -q -F -t ext4 -d "$data/image" "$data/disk"

# box ID ROOT COMMAND...: what it says
box() {
	local id=$1 root=$2
	shift 2
	bundle_make "$id" "caps(\$all[:18]) | mount(\"tmpfs\"; \"/tmpfs\"; []) | .mounts += [{ destination: \"/volume\", type: \"bind\", source: \"/var/volume\", options: [\"bind\"] }]" "$@"
	other_root "$root"
	timeout -k 1 120 reeve run --bundle "$bundle" "$id" 2>&1 </dev/null
	[ "$root" = overlay ] || wait_for 10 umount "$bundle/rootfs"
	bundle_remove "$id"
}

origins() { jq -r '.executables[] | "\(.path) \(.origin)"' "/var/log/reeve/reports/$1.json" | sort | paste -sd, ; }

# shellcheck disable=SC2016
programs='for p in /opt/own /volume/attack; do $p proof ran; done
	for p in /opt/dropped /tmpfs/dropped; do cp /attack $p; $p proof ran; done
	ln /opt/linked /opt/link; mv /opt/moved /opt/renamed; chmod 700 /opt/chmodded; cat /attack >/opt/overwritten
	for p in /opt/linked /opt/renamed /opt/chmodded /opt/overwritten; do $p proof ran; done
	/attack run-memory /attack; /attack run-removed /attack /opt/removed'
policy <<<'{ "name": "watched", "enforce": "privileged", "set": { "monitor": { "drop-and-execute": "alert" } } }'
for root in overlay directory disk; do
	changed=new
	[ $root != overlay ] || changed=copied
	is "$root: all of them run" "$(box "watched-$root" $root sh -c "$programs" | grep -c '^ran$')" 10
	is "$root: where they come from" "$(origins "watched-$root")" "/attack image,/bin/busybox image,/opt/chmodded $changed,/opt/dropped new,\
/opt/linked $changed,/opt/overwritten $changed,/opt/own image,/opt/removed deleted,/opt/renamed $changed,/tmpfs/dropped tmpfs,/volume/attack volume,memfd:kworker memfd"
	ok "$root: what is dropped is told of" seen_in_time "watched-$root" drop-and-execute
done
drain
for root in overlay directory disk; do
	is "$root: and nothing else" "$(jq -r --arg id "watched-$root" 'select(.container == $id and .detection == "drop-and-execute") |
		.output_fields["proc.exepath"]' $events | grep -v dropped | sort | paste -sd,)" "$([ $root = overlay ] || echo /opt/chmodded,/opt/linked,/opt/overwritten,/opt/renamed)"
done

for action in deny kill stop; do
	policy <<<"{ \"name\": \"watched\", \"enforce\": \"privileged\", \"set\": { \"monitor\": { \"drop-and-execute\": \"$action\" } } }"
	for root in directory disk; do
		said=$(box "$action-$root" $root sh -c '/opt/own proof own; cp /attack /opt/dropped && echo copied; /opt/dropped proof ran; exit' | grep -v ^trying)
		like "$root, $action: what is of the image runs" "$said" $'^own\ncopied'
		unlike "$root, $action: what is dropped does not" "$said" '(^|[[:space:]])ran'
		ok "$root, $action: it is told of" seen_in_time "$action-$root" drop-and-execute
		like "$root, $action: as it ended" "$(seen "$action-$root" drop-and-execute)" '^(denied|killed|stopped)$'
	done
done

policy <<<'{ "name": "watched", "enforce": "privileged", "set": { "monitor": { "write-below-etc": "deny" } } }'
number=$(debugfs -R 'stat /etc/app.conf' "$data/disk" 2>/dev/null | sed -n 's/^Inode: \([0-9]*\) .*/\1/p')
said=$(box handle disk sh -c "/attack write-by-number $number; echo \$?; exit")
like 'a file that is opened by its number is not written, or who does it is killed' "$said" '(Operation not permitted|137)'
ok 'it is told of' seen_in_time handle write-below-etc
is 'and that its path is not known' "$(jq -r 'select(.container == "handle" and .detection == "write-below-etc") | .output_fields["evt.truncated"]' $events | head -n 1)" true
monitor_done
