#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each system call of a create fails in turn, then the process is killed at each: the runtime gets the whole enforced document or is not
# started, no record is half there, and nothing crashes.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq strace
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

make_bundle
# What stands for the runtime keeps the document that it was given; under its name once it is whole.
cat >/usr/bin/keep <<'EOF'
#!/bin/sh
for word; do
	case $word in --bundle=*) cat "${word#--bundle=}/config.json" >"$KEPT.$$"; mv "$KEPT.$$" "$KEPT" ;; esac
done
EOF
chmod 755 /usr/bin/keep
echo '{ "runtime": "/usr/bin/keep" }' >/etc/reeve/reeve.json
# No reeve-monitor begins: with its lock there a create makes fewer calls, and a number falls into the runtime instead.
mount --bind /bin/true /usr/libexec/reeve/reeve-hook
policy <<'EOF'
{ "name": "changing", "match": { "engine": "shell" }, "enforce": "engine", "set": { "capabilities": { "noNewPrivileges": true } } }
EOF
export KEPT=$data/kept.json
# same FILE: what it holds is the enforced document; only the name of the container's entry is known to nobody before
reevectl render --bound "$bundle" >"$data/wanted.json"
same() { sed 's,/run/reeve/[0-9a-f]*/judged,/run/reeve/ENTRY/judged,g' "$1" | cmp -s - "$data/wanted.json"; }
reeve create --bundle "$bundle" sound
ok 'without a fault the runtime gets the enforced document' same "$KEPT"
unlike 'which is not the one that was asked for' "$(cmp "$data/wanted.json" "$bundle/config.json" 2>&1)" '^$'

# Every call until the runtime is there, with its number among those of its name, which is how strace counts.
rm -rf /run/reeve
strace -qq -o "$data/trace" reeve create --bundle "$bundle" sound
awk '/^execve/ && ++n == 2 { exit } /^---/ { next } { sub(/\(.*/, ""); print $0, ++count[$0] }' "$data/trace" >"$data/calls"
note "$(wc -l <"$data/calls") system calls"

# judge NAME: what must hold whatever happened
judge() {
	local entry
	[ ! -e "$KEPT" ] || [ -s "$KEPT" ] || echo "$1: the runtime found no document"
	[ ! -s "$KEPT" ] || same "$KEPT" || echo "$1: the runtime got something else"
	for entry in /run/reeve/[0-9a-f]*; do
		[ -d "$entry" ] || continue
		same "$entry/config.json" && jq -e .record.decision "$entry/caller.json" >"$data/out" 2>&1 &&
			jq -e .namespaces "$entry/judged.json" >"$data/out" 2>&1 ||
			echo "$1: half an entry"
	done
}

# geteuid(2) never fails.
sed -i '/^geteuid /d' "$data/calls"

# The C library ends the process by a signal when these fail before main.
before_main='^(execve|brk|arch_prctl|set_tid_address|set_robust_list|rseq|mprotect|getrandom) '
wrong=$(
	while read -r call n; do
		rm -rf /run/reeve "$KEPT"
		strace -qq -o "$data/strace" -e "inject=$call:error=EIO:when=$n" reeve create --bundle "$bundle" box >"$data/out" 2>"$data/err"
		status=$?
		what="$call $n"
		[ ! -s "$data/out" ] || echo "$what: says something on stdout"
		judge "$what"
		[ $status = 0 ] || [ ! -e "$KEPT" ] || echo "$what: failed, and the runtime ran"
		[ $status != 0 ] || [ -e "$KEPT" ] || echo "$what: no failure, and no runtime"
		[[ "$what" =~ $before_main ]] && continue
		[ $status -le 1 ] || echo "$what: status $status"
		[ $status = 0 ] || grep -q '^reeve: ' "$data/err" || echo "$what: silent"
	done <"$data/calls"
)
is 'each call fails in turn' "$wrong" ''

# bash tells of every killed process
wrong=$(
	exec 2>/dev/null
	awk 'NR % 3 == 0' "$data/calls" | while read -r call n; do
		rm -rf /run/reeve "$KEPT"
		strace -qq -o "$data/strace" -e "inject=$call:signal=KILL:when=$n" reeve create --bundle "$bundle" box >/dev/null 2>&1
		judge "killed at $call $n"
		reeve create --bundle "$bundle" box >"$data/out" 2>&1 || echo "after $call $n: $(cat "$data/out")"
	done
)
is 'killed at every third call, and tried again' "$wrong" ''

umount /usr/libexec/reeve/reeve-hook
done_testing
