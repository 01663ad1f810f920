#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The base tier while no policy asks for a detection on reads or calls: no system call of the node costs anything, and what is seen all the
# same. One that a policy asks for attaches the tracepoints, and the last container that had it takes them away.
tier=base
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/monitor.sh"
sandbox_enter "$0" "$@"
monitor_setup
set=$("$load" doctor --json | jq -r .current)

# policy DETECTIONS: what "monitor" has
policy() {
	cat >/etc/reeve/policy.d/10-all.json <<-EOF
	{ "name": "all", "match": {}, "enforce": "privileged", "set": { "monitor": { $1 } } }
	EOF
	reevectl policy apply
}
watched() { ls /sys/fs/bpf/reeve/"$set"/links/calls 2>/dev/null | grep -c .; }

# what is read is seen in the page cache, which tmpfs has none of
layers=$top_builddir/tests/image-on-disk
rm -rf "$layers"
mkdir "$layers"
image_make "$layers"
mkdir -p /etc/reeve/policy.d
ok 'a policy that names none' policy ''
bundle_make unasked 'caps(["SYS_ADMIN"]) | host_network' sh -c '/attack attach; /attack be-traced; /attack mount none /tmp tmpfs; /attack setns
	/attack stdio-socket /bin/true; /attack packet; /attack bpf; /attack read /etc/shadow; /bin/cat /root/.ssh/id_rsa; exec sleep 1000'
reeve run --bundle "$bundle" unasked >"$data/said" 2>&1 &
for detection in ptrace-attach ptrace-traceme mount-call enter-namespace stdio-network packet-socket bpf-program; do
	ok "seen: $detection" seen_in_time unasked $detection
done
if "$load" doctor --json | jq -e .tracepoints.mm_filemap_get_pages >/dev/null; then
	ok 'seen: sensitive-read' seen_in_time unasked sensitive-read
	ok 'seen: read-ssh' seen_in_time unasked read-ssh
fi
is 'no system call is watched' "$(watched)" 0
reeve kill unasked KILL
wait
is 'each once' "$(jq -r 'select(.container == "unasked" and .detection == ("ptrace-attach", "ptrace-traceme", "mount-call", "stdio-network",
	"packet-socket", "sensitive-read")) | .detection' $events | sort | uniq -d | xargs)" ''

ok 'a policy that asks for one' policy '"sensitive-read": "alert"'
bundle_make asked . sh -c '/attack read /etc/shadow; /attack write-child; exec sleep 1000'
reeve run --bundle "$bundle" asked >"$data/said" 2>&1 &
ok 'it is seen' seen_in_time asked sensitive-read
ok 'and what else needs it' seen_in_time asked process-vm-write
ok 'system calls are watched' eval '[ "$(watched)" -gt 0 ]'
reeve kill asked KILL
wait
ok 'until it ends' wait_for 30 eval '[ "$(watched)" = 0 ]'
ok 'both are removed' eval 'bundle_remove asked; bundle_remove unasked; rm -r "$layers"'
monitor_done
