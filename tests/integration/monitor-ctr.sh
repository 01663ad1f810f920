#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a user of containerd sees: one container writes below /etc, opens a shell on a terminal, drops and executes a program, asks the
# metadata service and reads /etc/shadow. Five alerts that name the container, within a second; with the actions of the profile hardened
# each is denied or killed, and nothing of it came to pass.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/monitor.sh"
sandbox_enter "$0" "$@"
need_tools containerd ctr runc umoci skopeo busybox script jq mke2fs losetup
monitor_setup

# Overlays as containerd makes them cannot lie on the sandbox's own: a disk of its own.
truncate -s 1G "$data/disk"
mke2fs -q -t ext4 "$data/disk"
disk=$(loop_device "$data/disk") || { fail 'a loop device'; monitor_done; }
mount "$disk" /var/lib/containerd
losetup -d "$disk"	# goes with the mount
eval "$(declare -f busybox_rootfs | sed '1s/busybox_rootfs/plain_rootfs/')"
busybox_rootfs() { plain_rootfs "$1" && echo 'root:*:19000:0:99999:7:::' >"$1/etc/shadow"; }
containerd_start
export CONTAINERD_SNAPSHOTTER=overlayfs
ctr images import "$data/image.tar" >"$data/import.log" 2>&1 || note "$(cat "$data/import.log")"

image=docker.io/library/box:1
# shellcheck disable=SC2016
script='echo x >/etc/written && echo wrote
	sh -c "echo shell" </dev/tty && echo opened
	cp /bin/busybox /tmp/busybox && /tmp/busybox echo dropped
	nc -w 1 '$metadata' 80 </dev/null; echo asked $?
	cat /etc/shadow'
wanted='drop-and-execute metadata-service sensitive-read terminal-shell write-below-etc'

# attacked ID: on a terminal; $said
attacked() {
	said=$(on_terminal "ctr run --rm -t --net-host --runc-binary $runtime $image $1 sh -c '$script'")
	note "$said"
}

runtime=$(entry containerd)
policy <<<'{ "name": "watched", "enforce": "privileged" }'
attacked five
for name in $wanted; do
	ok "$name: an alert" seen_in_time five "$name"
	is "$name: it happened" "$(seen five "$name")" happened
done
alerts_in_time
is 'each names the container, its image and who made it' \
	"$(jq -r 'select(.container == "five" and .rule) | [.container, .output_fields["container.id"], .output_fields["container.engine"]] | join(" ")' $events | sort -u)" \
	'five five containerd'
contains 'which could do all of it' "$said" wrote

# As a CRI engine asks for a container of a pod.
pod=(--runc-binary "$(entry cri)" --annotation io.kubernetes.cri.container-type=container --annotation io.kubernetes.cri.sandbox-namespace=shop
	--annotation io.kubernetes.cri.sandbox-name=web-7 --annotation io.kubernetes.cri.container-name=web
	--annotation io.kubernetes.cri.image-name=registry.example:5000/web:1)
ctr run --rm "${pod[@]}" $image ofpod sh -c 'echo x >/etc/written' >/dev/null 2>&1
ok 'one of a pod: an alert' seen_in_time ofpod write-below-etc
is 'which names the pod, its namespace, the container and its image' "$(jq -r 'select(.container == "ofpod" and .rule) | .output_fields |
	[."k8s.ns.name", ."k8s.pod.name", ."container.name", ."container.image.repository", ."container.engine"] | join(" ")' $events | sort -u)" \
	'shop web-7 web registry.example:5000/web cri'

policy <<<"{ \"name\": \"denied\", \"enforce\": \"privileged\", \"set\": { $(actions_of hardened) } }"
for name in $wanted; do
	id=denied-$name
	case $name in
	write-below-etc) words='echo x >/etc/written; cat /etc/written' ;;
	terminal-shell) words=exit ;;
	drop-and-execute) words='cp /bin/busybox /tmp/busybox; /tmp/busybox echo wr""ote' ;;
	metadata-service) words="nslookup -type=a host $metadata || echo refused" ;;	# nc is refused for what it is
	sensitive-read) words='cat /etc/shadow' ;;
	esac
	if [ $name = terminal-shell ]; then
		said=$(on_terminal "ctr run --rm -t --net-host --runc-binary $runtime $image $id sh -c 'echo wrote'")
	else
		said=$(ctr run --rm --net-host --runc-binary "$runtime" $image $id sh -c "$words" 2>&1)
	fi
	ok "$name: an alert, denied" seen_in_time $id $name
	case $tier-$name in
	lsm-drop-and-execute) is "$name: killed, as the profile says" "$(seen $id $name)" killed ;;
	lsm-*) is "$name: denied" "$(seen $id $name)" denied ;;
	*) like "$name: denied or killed" "$(seen $id $name)" '^(denied|killed)$' ;;
	esac
	is "$name: told once" "$(seen $id refused)" ''
	unlike "$name: nothing of it came to pass" "$said" 'wrote|^x$|root:'
done
if [ "$tier" = lsm ]; then
	policy <<<'{ "name": "denied", "enforce": "privileged", "set": { "monitor": { "drop-and-execute": "deny" } } }'
	said=$(ctr run --rm --runc-binary "$runtime" $image denied sh -c 'cp /bin/busybox /tmp/busybox; /tmp/busybox echo wr""ote; echo $?' 2>&1)
	ok 'drop-and-execute can be denied, too: an alert' seen_in_time denied drop-and-execute
	is 'it was denied' "$(seen denied drop-and-execute)" denied
	like 'and goes on without it' "$said" 'not permitted.*126$'
fi

daemon_stop containerd
wait_for 30 umount /var/lib/containerd
monitor_done
