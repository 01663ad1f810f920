# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Integration tests: TAP, and the sandbox they run in.
#
#   . "$(dirname "$0")/lib.sh"
#   sandbox_enter "$0" "$@"		the rest of the file runs inside
#   is 'what is tried' "$got" "$want"
#   done_testing
#
# The last two tests of each file are that nothing was left inside the sandbox and nothing outside.
set -uo pipefail

: "${top_builddir:=build}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top_builddir=$(cd "$top_builddir" && pwd) || exit 99
export here top_builddir
. "$here/sandbox.sh"

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

is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1"; differs "$2" "$3"; fi; }
like() { if [[ $2 =~ $3 ]]; then pass "$1"; else fail "$1"; note "wanted: $3"; note "got:    $2"; fi; }
unlike() { if [[ $2 =~ $3 ]]; then fail "$1"; note "unwanted: $3"; note "got: $2"; else pass "$1"; fi; }
contains() { if [[ $2 == *"$3"* ]]; then pass "$1"; else fail "$1"; note "wanted: $3"; note "got:    $2"; fi; }

# differs GOT WANTED: of many lines only those that differ, and where
differs() {
	if [[ $1$2 == *$'\n'* ]]; then
		note "$(diff -U 1 --label wanted --label got <(echo "$2") <(echo "$1"))"
	else
		note "wanted: $2"
		note "got:    $1"
	fi
}

# wait_for SECONDS COMMAND...: until the command succeeds
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# apart COMMAND...: what it says, standard output first: where both go to one place their order is chance
apart() {
	local status
	"$@" 2>"$data/stderr"
	status=$?
	sed 's/^time="[^"]*" //' "$data/stderr"
	return $status
}

# on_terminal COMMAND [WORD]: what it says on a terminal of its own; once it has said WORD, Enter is typed
on_terminal() {
	: >"$data/terminal"
	{ [ $# -lt 2 ] || { wait_for 30 grep -q "$2" "$data/terminal"; echo; }; } |
		script -qec "$1" /dev/null 2>&1 | tee "$data/terminal" | tr -d '\r' | sed 's/\^@//; s/\x08//g'
	return "${PIPESTATUS[1]}"
}

# json_array WORD...
json_array() { jq -nc '$ARGS.positional' --args -- "$@"; }

# row TABLE CELL...: what was seen, for a table of a man page. Cells say what stays the same from run to run.
row() {
	local name=$1 text
	shift
	printf -v text '"%s" Ta ' "${@//\"/\\(dq}"
	mkdir -p "$data/tables"
	printf '.It %s\n' "${text% Ta }" >>"$data/tables/$name"
}

# table_done TABLE: its rows are those of the page that has it; with REEVE_TABLES=DIR they are put there instead (make update-tables)
table_done() {
	local page
	page=$(grep -l "^\.\\\\\" BEGIN $1\$" "$here"/../../man/*.[1-9])
	if [ -n "${REEVE_TABLES-}" ]; then
		ok "table $1 is written" cp "$data/tables/$1" "$REEVE_TABLES/$1"
	else
		is "${page##*/} has the table $1 as seen here (else: make update-tables)" "$(cat "$data/tables/$1")" \
			"$(sed -n "/^\.\\\\\" BEGIN $1\$/,/^\.\\\\\" END $1\$/p" "$page" | sed '1d;$d')"
	fi
}

need_tools() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip_all "no $tool"
	done
}

sandbox_enter() {
	if [ -n "${REEVE_SANDBOX-}" ]; then
		sandbox_setup || exit 99
		sandbox_before=$(inside_view)
		trap 'echo "$tests" >"$REEVE_SANDBOX/last"' EXIT
		reeve_install
		return
	fi
	[ "$(id -u)" = 0 ] || skip_all 'needs root'
	need_tools unshare findmnt ip setpriv
	sandbox_run "$@"
	if [ "$sandbox_status" = 77 ]; then
		sandbox_done
		exit 77
	fi
	read -r tests failed 2>/dev/null <"$REEVE_SANDBOX/count" || {
		tests=$(($(cat "$REEVE_SANDBOX/last" 2>/dev/null)))
		fail "the tests ran to their end (status $sandbox_status)"
	}
	is 'nothing is left outside the sandbox' "$sandbox_left" ''
	sandbox_done
	echo "1..$tests"
	[ "$failed" = 0 ]
	exit
}

# REEVE_TEST_BARE=1 proves the harness with the real runtime instead.
reeve_install() {
	[ -z "${REEVE_TEST_BARE-}" ] || return 0
	sandbox_install "$top_builddir" >/run/sandbox/install.log 2>&1 || {
		note "$(cat /run/sandbox/install.log)"
		fail 'make install'
		done_testing
	}
}

# areas VALUE: which areas of each processor the kernel programs of the current set take for used
areas() {
	local set
	set=$(/usr/libexec/reeve/reeve-load doctor --json | jq -r .current)
	bpftool map update pinned "/sys/fs/bpf/reeve/$set/maps/areas_busy" key 0 0 0 0 value "$1" 0 0 0
}

# entry ENGINE: the path that the engine's configuration names
entry() {
	if [ -n "${REEVE_TEST_BARE-}" ]; then command -v runc; else echo "/usr/libexec/reeve/$1/runc"; fi
}

decisions=/var/log/reeve/decisions.jsonl

# policy <JSON: from now on this is the node's only policy
policy() {
	rm -f /etc/reeve/policy.d/*
	cat >/etc/reeve/policy.d/10-test.json
	ok 'the policy is applied' reevectl policy apply
}

# The last decision: its verdict, the rules that changed something, or the refusal as people read it. That a container is started
# unwatched (crun without cgroup2) is a record more.
last_decision() { grep -v '"unmonitored":' "$decisions" | tail -n 1; }
last_verdict() { last_decision | jq -r .decision; }
last_rules() { last_decision | jq -r '[.edits[]?.rule] | unique | join(" ")'; }
last_refusal() {
	last_decision | jq -r '"reeve: refused by policy \(.policy.name) (\(.policy.file):\(.policy.line)): " + ([.denials[] |
		"\(.reason) [\(.rule) \(.pointer) by \(.origin)" + (if .advice then "; " + .advice else "" end) + "]"] | join("; "))'
}

left_inside() { processes_left; diff <(echo "$sandbox_before") <(inside_view) | grep '^[<>]'; }

# What engines and the kernel still take away by themselves is given time. A monitor may only now have begun.
nothing_left() {
	[ "$(type -t engines_clean)" != function ] || engines_clean
	monitor_stop
	[ -z "$(left_inside)" ]
}

# reeve-monitor, which the first container starts; the lock's file has its pid
monitor_stop() {
	local pid
	pid=$(flock -n /run/reeve/monitor.lock true 2>/dev/null || cat /run/reeve/monitor.lock 2>/dev/null)
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
}

done_testing() {
	[ "$(type -t engines_stop)" != function ] || engines_stop
	wait_for 30 nothing_left
	is 'nothing is left inside the sandbox' "$(left_inside)" ''
	echo "$tests $failed" >"$REEVE_SANDBOX/count"
	trap - EXIT
	exit $((failed > 0))
}
