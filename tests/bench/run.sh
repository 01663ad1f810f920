#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh BUILD [ROUNDS]: reeve beside the bare runtime, by turns, as ratios; in the sandbox of the integration tests (root).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../integration/sandbox.sh"
. "$here/../integration/engines.sh"
build=$(cd "$1" && pwd) || exit 2
rounds=${2-100}

if [ -z "${REEVE_SANDBOX-}" ]; then
	[ "$(id -u)" = 0 ] || { echo 'bench: needs root' >&2; exit 1; }
	sandbox_run "$here/run.sh" "$build" "$rounds"
	sandbox_done
	exit "$sandbox_status"
fi

pairs() { "$build/tests/bench/pairs" "$@" || exit 1; }
title() { printf '\n%-50s %9s %9s %9s %7s %-16s %8s\n' "$1" bare reeve more ratio '[95 %]' 'peak MiB'; }

sandbox_setup
sandbox_install "$build" >/run/sandbox/install.log 2>&1 || { cat /run/sandbox/install.log; exit 1; }
cp "$build/tests/bench/nothing" /usr/local/bin/runc-nothing
cp "$build/tests/bench/floor" /usr/local/bin/floor
runc=$(command -v runc)
bundle=/var/bench
mkdir -p $bundle
busybox_rootfs $bundle/rootfs

# document SIZE: config.json of about that many bytes, grown by environment variables, and as policy leaves it: so that the runtime
# has the same work on both sides
document() {
	(cd $bundle && rm -f config.json && runc spec)
	jq -c --argjson size "$1" '.process.terminal = false | .process.args = ["true"] | .root.readonly = true |
		.process.env += [range(($size - 3000) / 110 | floor) | "VARIABLE_\(.)=" + ("x" * 90)]' <$bundle/config.json >$bundle/new
	mv $bundle/new $bundle/config.json
	reevectl render --output $bundle/config.json $bundle || exit 1
}
runtime() { echo "{ \"runtime\": \"$1\" }" >/etc/reeve/reeve.json && reevectl policy apply >/dev/null; }

life() { echo "$1 create --bundle $bundle b ; $1 start b ; $1 delete --force b"; }

runtime "$runc"
document 30720
title "with runc, $rounds rounds, milliseconds"
pairs "$rounds" 'create + start + delete' "$(life "$runc")" "$(life reeve)"
pairs "$rounds" 'create + delete' "$runc create --bundle $bundle b ; $runc delete --force b" "reeve create --bundle $bundle b ; reeve delete --force b"
"$runc" create --bundle $bundle s </dev/null >/dev/null 2>&1
pairs "$rounds" 'state' "$runc state s" 'reeve state s'
"$runc" delete --force s

runtime /usr/local/bin/runc-nothing
title "with a runtime that does nothing"
document 30720
pairs "$rounds" 'a program that only execs it: the floor' '/usr/local/bin/runc-nothing state b' '/usr/local/bin/floor state b'
pairs "$rounds" 'state, beside the floor' '/usr/local/bin/floor state b' 'reeve state b'
pairs "$rounds" 'create of 30 KiB, beside the floor' "/usr/local/bin/floor create --bundle $bundle b" "reeve create --bundle $bundle b"
for kib in 10 30 100 1000 10000; do
	document $((kib * 1024))
	pairs "$((kib > 500 ? 20 : rounds))" "create, $kib KiB ($(stat -c %s $bundle/config.json) bytes)" "/usr/local/bin/runc-nothing create --bundle $bundle b" \
		"reeve create --bundle $bundle b"
done

title "create of 30 KiB by number of policies, none matches"
document 30720
for count in 1 10 100 1000; do
	for i in $(seq "$count"); do
		echo "{ \"name\": \"p$i\", \"match\": { \"engine\": \"cri\", \"namespace\": \"n$i-*\" }, \"enforce\": \"restricted\",
			\"set\": { \"user\": { \"groups\": \"none\" } }, \"allow\": [ { \"why\": \"w\", \"capabilities\": [\"CHOWN\"] } ] }" >"/etc/reeve/policy.d/$i.json"
	done
	reevectl policy apply >/dev/null || exit 1
	pairs "$rounds" "$count policies" "/usr/local/bin/runc-nothing create --bundle $bundle b" "reeve create --bundle $bundle b"
done
