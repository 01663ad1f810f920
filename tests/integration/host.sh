#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What of the host a container reaches: mounts, devices, hooks and links, asked for at the shell and seen from inside.
: "${bare:=runc}"	# host-crun.sh says crun
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools "$bare" busybox jq

echo "{ \"runtime\": \"$(command -v "$bare")\" }" >/etc/reeve/reeve.json
bundle=$data/bundle
mkdir -p "$bundle/rootfs"
chmod 755 "$data" "$bundle"
busybox_rootfs "$bundle/rootfs"

# run FILTER COMMAND: what the container with a document changed by the jq filter says, and the status
run() {
	rm -f "$bundle/config.json"
	(cd "$bundle" && "$bare" spec)
	jq --arg command "$2" --arg data "$data" ".process.terminal = false | .process.args = [\"sh\", \"-c\", \$command] |
		.root.readonly = false | $1" "$bundle/config.json" >"$data/made.json" && cp "$data/made.json" "$bundle/config.json"
	apart "${as:-reeve}" run --bundle "$bundle" box </dev/null
	echo "status $?"
}
bind() { echo ".mounts += [{destination: \"$2\", type: \"bind\", source: (\$data + \"$1\"), options: $3}]"; }
# shellcheck disable=SC2016
try_writes='for p in "$@"; do if echo x 2>/dev/null >$p; then echo "$p written"; else echo "$p refused"; fi; done'
writes() { echo "set -- $*; $try_writes"; }

# ---- a path that is allowed read-only, with a mount below it ----
mkdir -p "$data/shared"
mount -t tmpfs shared "$data/shared"
mkdir "$data/shared/below"
mount -t tmpfs below "$data/shared/below"
policy <<<"{ \"name\": \"ro\", \"enforce\": \"engine\", \"set\": { \"mounts\": { \"hostPath\": \"none\" } },
	\"allow\": [ { \"why\": \"test\", \"mount\": { \"source\": \"$data/shared\", \"access\": \"ro\" } } ] }"
got=$(run "$(bind /shared /v '["rbind", "rw"]')" "$(writes /v/x /v/below/x)" 2>&1 | grep -v 'sh: ')
is 'read-only goes for what is mounted below it' "$got" $'/v/x refused\n/v/below/x refused\nstatus 0'
is 'and says so' "$(last_verdict)" rewrite
contains 'by the rule' "$(last_rules)" mounts.allowed
got=$(run "$(bind /other /v '["bind"]')" true)
contains 'another path is refused' "$got" "binds $data/other"
contains 'with what to do' "$got" "\"mount\": {\"source\": \"$data/other\", \"access\": \"rw\"}"
ln -s /etc "$data/shared/link"
got=$(run "$(bind /shared/link /v '["bind", "ro"]')" true)
contains 'a link is judged by where it leads' "$got" 'which is /etc'
umount "$data/shared/below" "$data/shared"

# ---- a root that cannot be written, and the places that can ----
policy <<<"{ \"name\": \"tmpfs\", \"enforce\": \"engine\",
	\"set\": { \"filesystem\": { \"readOnly\": true, \"tmpfs\": [\"/run\"] }, \"mounts\": { \"tmpfsSize\": 1048576 } },
	\"allow\": [ { \"why\": \"test\", \"mount\": { \"source\": \"$data/inner\", \"access\": \"rw\" } } ] }"
mkdir -p "$data/inner"
got=$(run "$(bind /inner /run/inner '["bind"]')" "$(writes /x /run/x /run/inner/x); df -k /run | awk 'NR == 2 { print \$2 }'" 2>&1 | grep -v 'sh: ')
is 'a tmpfs is supplied below what was mounted there' "$got" $'/x refused\n/run/x written\n/run/inner/x written\n1024\nstatus 0'
ok 'the mount below it is the one that was asked for' test -s "$data/inner/x"

# ---- directories of the image that nobody can change ----
policy <<<"{ \"name\": \"protected\", \"enforce\": \"engine\",
	\"set\": { \"filesystem\": { \"protected\": [\"/etc\", \"/opt\", \"/var/lib/none\"] } },
	\"allow\": [ { \"why\": \"test\", \"mount\": { \"source\": \"$data/hosts\", \"access\": \"rw\" } } ] }"
mkdir -p "$bundle/rootfs/etc/below"
echo old | tee "$data/hosts" >"$bundle/rootfs/etc/hosts"
ln -sfn /etc "$bundle/rootfs/opt"
# shellcheck disable=SC2016
ways='cd /etc; for way in "echo x >new" "echo x >>hosts.image" "rm hosts.image" "mv hosts.image other" "ln hosts.image other" "ln -s x other" "mkdir dir" "chmod 600 hosts.image" \
	"chown 1 hosts.image" "touch hosts.image" "truncate -s 0 hosts.image" "echo x >below/new" "rmdir below" "mknod pipe p"; do
	sh -c "$way" 2>&1 | grep -q "Read-only file system" || echo "not refused: $way"; done; echo x >/etc/hosts && cat /etc/hosts; echo x >/var/x && echo /var/x'
cp "$bundle/rootfs/etc/hosts" "$bundle/rootfs/etc/hosts.image"
mkdir -p "$bundle/rootfs/var"
got=$(run "$(bind /hosts /etc/hosts '["bind"]')" "$ways")
is 'nothing in them can be changed but what is mounted there' "$got" $'x\n/var/x\nstatus 0'
contains 'the record says so' "$(last_rules)" filesystem.protected
is 'the file that was bound is the one of the host' "$(cat "$data/hosts")" x
is 'the image is as it was' "$(cat "$bundle/rootfs/etc/hosts.image")" old
rm -r "$bundle/rootfs/var/x" "$bundle/rootfs/etc/below" "$bundle/rootfs/etc/hosts" "$bundle/rootfs/etc/hosts.image" "$bundle/rootfs/opt"

# ---- what the image plants ----
policy <<<'{ "name": "all", "enforce": "engine" }'
ln -s /proc "$bundle/rootfs/planted"
got=$(run '.mounts += [{destination: "/planted/sys", type: "tmpfs", source: "tmpfs"}]' true)
contains 'a destination is judged by where it lands' "$got" 'which in this image is /proc/sys'
got=$(run '.process.cwd = "/planted/self/fd"' true)
contains 'so is the working directory' "$got" CVE-2024-21626
ln -s /proc/self/exe "$bundle/rootfs/again"
got=$(run '.process.args = ["/again"]' true)
contains 'and the program' "$got" CVE-2019-5736
rm "$bundle/rootfs/planted" "$bundle/rootfs/again"
mv "$bundle/rootfs/sys" "$bundle/rootfs/sys.away"
ln -s /proc "$bundle/rootfs/sys"
contains 'a linked /sys is refused' "$(run . true)" '/sys of the image is a link'
rm "$bundle/rootfs/sys"
mv "$bundle/rootfs/sys.away" "$bundle/rootfs/sys"

# ---- devices and hooks ----
got=$(run '.linux.devices = [{path: "/dev/zero", type: "c", major: 1, minor: 5}, {path: "/dev/mine", type: "b", major: 7, minor: 0}] |
	.linux.resources.devices = [{allow: true, access: "rwm"}]' 'ls /dev/mine; head -c 2 /dev/zero | wc -c; echo >/dev/null && echo null' 2>&1)
is 'a disk is left out, the usual devices work' "$got" $'2\nnull\nls: /dev/mine: No such file or directory\nstatus 0'
mknod /dev/disk-of-host b 7 7
in_userns='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}] | .linux.gidMappings = .linux.uidMappings |
	.linux.devices = [{path: "/dev/disk-of-host", type: "c", major: 10, minor: 229}]'
# crun makes the node all the same
[ "$bare" = crun ] || contains "bare runc: in a user namespace a node is the host's file of that name" "$(as=$bare run "$in_userns" 'ls -l /dev/disk-of-host')" '7,   7'
contains 'which must be the device that is asked for' "$(run "$in_userns" true)" 'in a user namespace that is the host'
contains 'a number that is cut down to another' "$(run '.linux.devices = [{path: "/dev/x", type: "c", major: 4097, minor: 1}]' true)" 'which is no device'
contains 'a disk that is asked for is refused' "$(run '.linux.devices = [{path: "/dev/disk-of-host", type: "b", major: 7, minor: 7}]' true)" \
	'allow "devices": ["b 7:7 rwm"]'
rm /dev/disk-of-host
got=$(run '.hooks.prestart = [{path: "/bin/sh", args: ["sh", "-c", ("touch " + $data + "/hooked")]}]' true)
contains 'a hook is refused' "$got" 'prestart hook'
ok 'and does not run' test ! -e "$data/hooked"
done_testing
