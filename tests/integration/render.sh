#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reevectl render and explain: the exit statuses that programs go by, and that both show what a create does.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq script
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

make_bundle
jq '.process.terminal = false | .process.args = ["echo", "ran"]' "$bundle/config.json" >"$data/good.json"
cp "$data/good.json" "$bundle/config.json"

# status WANTED NAME COMMAND...: stdout and stderr are kept
status() {
	local wanted=$1 name=$2 got
	shift 2
	"$@" >"$data/out" 2>"$data/err"
	got=$?
	is "$name: exit status" "$got" "$wanted"
	[ "$got" = 0 ] || is "$name: no document" "$(cat "$data/out")" ''
	[ "$got" = 0 ] || ok "$name: says why" test -s "$data/err"
}

status 0 'allowed' reevectl render --policy baseline "$bundle"
ok 'a document' jq -e .ociVersion "$data/out"
is 'and nothing else' "$(cat "$data/err")" ''
status 3 'refused' reevectl render --policy restricted "$bundle"
like 'each denial in a line: rule, origin, place' "$(cat "$data/err")" 'reevectl: refused by user\.root \(restricted:[0-9:]+\): /process/user/uid: '
status 3 'refused, with its record' sh -c "reevectl render --policy restricted --json $bundle >$data/record"
is 'the record' "$(jq -r .decision "$data/record")" deny
for wrong in '' '--policy' '--frob x' '--engine moon x' 'a b' '--argv create'; do
	# shellcheck disable=SC2086
	status 2 "usage: render $wrong" reevectl render $wrong
done
status 2 'usage: an unknown command' reevectl rendr
contains 'with a suggestion' "$(cat "$data/err")" 'did you mean render'
status 4 'no bundle' reevectl render --policy baseline "$data/nowhere"
echo '{ "ociVersion": "1.0.2", "ociVersion": "1.0.2" }' >"$bundle/config.json"
status 4 'a broken document' reevectl render --policy baseline "$bundle"
contains 'its place' "$(cat "$data/err")" 'config.json:1:26'
cp "$data/good.json" "$bundle/config.json"
printf '{ "name": "x", "match": {},\n  "enforce": "basline",\n  "set": { "usr": {} } }\n' >"$data/policy.json"
status 5 'a broken policy' reevectl render --policy "$data/policy.json" "$bundle"
contains 'its first mistake' "$(cat "$data/err")" "policy.json:2:"
contains 'and its second' "$(cat "$data/err")" "policy.json:3:"
status 5 'no such policy' reevectl render --policy basline "$bundle"
status 5 'no such policy file' reevectl render --policy "$data/none.json" "$bundle"

status 0 '--output' reevectl render --policy baseline --output "$data/written" "$bundle"
is '--output: nothing on stdout' "$(cat "$data/out")" ''
ok '--output: the document' jq -e .ociVersion "$data/written"
status 0 '--bound' reevectl render --policy baseline --bound "$bundle"
is '--bound: absolute' "$(jq -r .root.path "$data/out")" "$bundle/rootfs"
echo '{ "args": ["sh"], "cwd": "/", "user": { "uid": 0, "gid": 0 }, "capabilities": { "bounding": ["CAP_SYS_ADMIN", "CAP_KILL"] } }' >"$data/process.json"
status 0 '--process' reevectl render --policy baseline --process "$data/process.json" "$bundle"
is '--process: down to what the container has' "$(jq -c .capabilities.bounding "$data/out")" '["CAP_KILL"]'
status 0 '--argv' reevectl render --policy baseline --argv -- --root=/r create -b "$bundle" --pid-file p box
is '--argv: the canonical form' "$(jq -r '.[1:] | map(select(startswith("--bundle") | not)) | join(" ")' "$data/out")" '--root=/r create --pid-file=p box'
status 2 '--argv: an unknown flag' reevectl render --policy baseline --argv -- create --frob box
status 3 "--argv: crun's mounts" reevectl render --policy baseline --argv -- mounts add box x

# ---- the same decision for a person, and for a container ----
status 0 'explain' reevectl explain --policy baseline "$bundle"
reevectl explain --policy restricted "$bundle" >"$data/plain"
is 'explain, refused: exit status' $? 3
like 'each line with its rule and origin' "$(grep '^! ' "$data/plain" | head -1)" '  # [a-z]+\.[a-zA-Z]+ [a-z]+:[0-9]+:[0-9]+'
unlike 'plain when not on a terminal' "$(cat "$data/plain")" $'\033'
like 'coloured on one' "$(script -qec "reevectl explain --policy restricted $bundle" /dev/null </dev/null)" $'\033\\[1;31m'
jq '.hostname = "\u001b[31mred\u0007" | .process.apparmorProfile = "\u001b[31mred"' "$data/good.json" >"$bundle/config.json"
unlike 'a document does not drive the terminal' "$(reevectl explain --policy restricted "$bundle" 2>&1)" $'\033|\007'
cp "$data/good.json" "$bundle/config.json"
reeve run --bundle "$bundle" box >/dev/null 2>&1
same='[.decision, .policy, .edits, .denials, .warnings]'
is 'what explain shows is what a start does' "$(reevectl explain --json "$bundle" | jq -c "$same")" "$(last_decision | jq -c "$same")"

done_testing
