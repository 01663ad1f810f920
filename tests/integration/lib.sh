# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Integration tests: TAP, and the sandbox they run in.
#
#   . "$(dirname "$0")/lib.sh"
#   sandbox_enter "$0" "$@"		the rest of the file runs inside
#   is 'what is tried' "$got" "$want"
#   done_testing
#
# The sandbox is a set of private namespaces (mount, pid, net, uts, ipc, cgroup): reeve is installed at its real paths into overlays
# of /etc, /usr and /var, and engines run as they would on a node of their own. Its cgroups lie below one directory a hierarchy. The last
# two tests of each file are that nothing was left inside and nothing outside.
set -uo pipefail

: "${top_builddir:=build}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top_builddir=$(cd "$top_builddir" && pwd) || exit 99
export here top_builddir

# ---- TAP ----
tests=0
failed=0

note() { printf '%s\n' "$*" | sed 's/^/# /'; }
pass() { tests=$((tests + 1)); echo "ok $tests - $*"; }
fail() { tests=$((tests + 1)); failed=$((failed + 1)); echo "not ok $tests - $*"; }
skip() { tests=$((tests + 1)); echo "ok $tests - $1 # SKIP $2"; }
skip_all() { echo "1..0 # SKIP $*"; exit 77; }

# ok NAME COMMAND...: the command succeeds; what it said is shown when it does not
ok() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then pass "$name"; else fail "$name"; note "$* -> $?" "$out"; fi
}

is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1"; note "got:    $2"; note "wanted: $3"; fi; }
like() { if [[ $2 =~ $3 ]]; then pass "$1"; else fail "$1"; note "got:    $2"; note "wanted: $3"; fi; }
unlike() { if [[ $2 =~ $3 ]]; then fail "$1"; note "got: $2"; note "unwanted: $3"; else pass "$1"; fi; }
contains() { if [[ $2 == *"$3"* ]]; then pass "$1"; else fail "$1"; note "got:    $2"; note "wanted: $3"; fi; }

# wait_for SECONDS COMMAND...: until the command succeeds
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

need_tools() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip_all "no $tool"
	done
}

# ---- the sandbox, seen from outside ----
cgroup_mounts() { findmnt -rn -t cgroup,cgroup2 -o TARGET; }

outside_view() {
	cut -d' ' -f5- /proc/self/mountinfo
	stat -c '%n %a %u:%g %t:%T' /dev/null /dev/zero /dev/tty
	ls /run/netns 2>/dev/null
	hostname
}

sandbox_cgroups_make() {
	local dir
	for dir in $(cgroup_mounts); do
		mkdir "$dir/$1" || return
		[ ! -e "$dir/$1/cpuset.mems" ] || [ -s "$dir/$1/cgroup.controllers" ] || {
			cat "$dir/cpuset.cpus" >"$dir/$1/cpuset.cpus"
			cat "$dir/cpuset.mems" >"$dir/$1/cpuset.mems"
		}
	done
}

sandbox_cgroups_remove() {
	local dir try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		for dir in $(cgroup_mounts); do
			[ ! -d "$dir/$1" ] || find "$dir/$1" -depth -type d -exec rmdir {} + 2>/dev/null
		done
		[ -n "$(cgroup_left "$1")" ] || return 0
		sleep 0.2
	done
}

cgroup_left() {
	local dir
	for dir in $(cgroup_mounts); do
		[ ! -d "$dir/$1" ] || echo "$dir/$1"
	done
}

# sandbox_enter SCRIPT ARGS...: runs the script again inside, then looks at what is left. With SANDBOX_NO_CGROUP2=1 there is no cgroup2
# mount inside: crun takes a hybrid machine only so.
sandbox_enter() {
	local tag status child left before
	if [ -n "${REEVE_SANDBOX-}" ]; then
		sandbox_setup
		return
	fi
	[ "$(id -u)" = 0 ] || skip_all 'needs root'
	need_tools unshare findmnt ip setpriv
	tag=reeve-test-$$
	REEVE_SANDBOX=$(mktemp -d "/tmp/$tag.XXXXXX")
	export REEVE_SANDBOX SANDBOX_NO_CGROUP2
	before=$(outside_view)
	sandbox_cgroups_make "$tag" || { sandbox_cgroups_remove "$tag"; rmdir "$REEVE_SANDBOX"; skip_all 'no cgroups can be made'; }
	(
		for dir in $(cgroup_mounts); do echo $BASHPID >"$dir/$tag/cgroup.procs"; done
		exec unshare -m -p -f -n -u -i -C --mount-proc --propagation private --kill-child bash "$@"
	) &
	child=$!
	trap 'kill -KILL $child' INT TERM HUP
	wait $child
	status=$?
	wait $child 2>/dev/null
	trap - INT TERM HUP
	sandbox_cgroups_remove "$tag"
	read -r tests failed 2>/dev/null <"$REEVE_SANDBOX/count" || { tests=$(($(cat "$REEVE_SANDBOX/last" 2>/dev/null || echo 0))); failed=1; fail "the tests ran to their end (status $status)"; }
	left=$(cgroup_left "$tag"; diff <(echo "$before") <(outside_view) | grep '^[<>]')
	is 'nothing is left outside the sandbox' "$left" ''
	rm -rf --one-file-system "$REEVE_SANDBOX"
	echo "1..$tests"
	[ "$failed" = 0 ]
	exit
}

# ---- the sandbox, from inside ----
overlay() {
	mkdir -p "/run/sandbox/$1/upper" "/run/sandbox/$1/work"
	mount -t overlay overlay -o "lowerdir=/$1,upperdir=/run/sandbox/$1/upper,workdir=/run/sandbox/$1/work" "/$1"
}

sandbox_cgroups_mount() {
	local mounts type target options
	mounts=$(findmnt -rn -t cgroup,cgroup2 -o FSTYPE,TARGET,FS-OPTIONS)
	umount -l /sys
	mount -t sysfs sysfs /sys
	case $mounts in
	cgroup2\ /sys/fs/cgroup\ *)
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mkdir /sys/fs/cgroup/tests
		xargs -n1 </sys/fs/cgroup/cgroup.procs 2>/dev/null | while read -r pid; do echo "$pid" >/sys/fs/cgroup/tests/cgroup.procs; done
		sed 's/[a-z]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
		;;
	*)
		mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
		while read -r type target options; do
			[ "$type" = cgroup ] || [ -z "${SANDBOX_NO_CGROUP2-}" ] || continue
			mkdir "$target"
			options=${options#rw}
			mount -t "$type" -o "${options#,}" cgroup "$target"
		done <<<"$mounts"
		;;
	esac
}

inside_view() {
	cut -d' ' -f5- /proc/self/mountinfo | sort
	find /sys/fs/cgroup -mindepth 2 -type d 2>/dev/null | sort
	ls /run/netns 2>/dev/null
}

# Ends what a test left running; it is a failure to leave something.
processes_left() {
	ps -A -o pid=,ppid=,stat=,args= | awk -v me=$$ '$1 != me && $2 != me && $3 !~ /^Z/ && !/ ps -A | awk -v / { $2 = $3 = ""; print }'
}

sandbox_setup() {
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	overlay etc && overlay usr && overlay var || exit 99
	sandbox_cgroups_mount || exit 99
	ip link set lo up
	mkdir -m 755 /run/lock /run/data
	mkdir -m 1777 /run/tmp
	export TMPDIR=/run/tmp HOME=/root
	unset XDG_RUNTIME_DIR
	data=/run/data
	trap 'echo "$tests" >"$REEVE_SANDBOX/last"' EXIT
	sandbox_install
	sandbox_before=$(inside_view)
}

# make install at the real paths. REEVE_TEST_BARE=1 proves the harness with the real runtime instead.
sandbox_install() {
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	make -s -C "$top_builddir" install >/run/sandbox/install.log 2>&1 || {
		note "$(cat /run/sandbox/install.log)"
		fail 'make install'
		done_testing
	}
}

# entry ENGINE: the path that the engine's configuration names
entry() {
	if [ -n "${REEVE_TEST_BARE-}" ]; then command -v runc; else echo "/usr/libexec/reeve/$1/runc"; fi
}

done_testing() {
	local left
	[ "$(type -t engines_stop)" != function ] || engines_stop
	left=$(processes_left; diff <(echo "$sandbox_before") <(inside_view) | grep '^[<>]')
	is 'nothing is left inside the sandbox' "$left" ''
	echo "$tests $failed" >"$REEVE_SANDBOX/count"
	trap - EXIT
	exit $((failed > 0))
}
