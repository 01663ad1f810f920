#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# reevectl policy as a program: what it writes, prints and returns. TAP.
set -u
ctl=$PWD/reevectl
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
status=0

# ok NAME CONDITION...: the condition is a command.
ok() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$dir/out" "$dir/err"
		status=1
	fi
}

run() {
	"$@" >"$dir/out" 2>"$dir/err"
	code=$?
}

returned() { [ "$code" = "$1" ]; }
printed() { grep -qxF -- "$1" "$dir/out"; }
complained() { grep -qF -- "$1" "$dir/err"; }
quiet() { [ ! -s "$dir/err" ]; }

mkdir "$dir/d"
active=$dir/lib/active.json
apply=("$ctl" policy apply --dir "$dir/d" --node "$dir/node.json" --output "$active")
echo '{ "log": "/var/log/x.jsonl" }' >"$dir/node.json"

run "${apply[@]}"
ok 'an empty directory makes a set' returned 0
ok 'everyone reads the set, its owner writes it' [ "$(stat -c %a "$active")" = 644 ]
ok 'the node file is told of' printed 'added node file'

echo '{ "name": "web", "match": { "namespace": "web" }, "enforce": "baseline" } // a comment' >"$dir/d/10-web.json"
echo '{ "name": "first", "match": { "namespace": "a" }, "enforce": "restricted" }' >"$dir/d/9-first.json"
run "${apply[@]}"
ok 'two policies' returned 0
ok 'what is new is told' printed 'added policy web (10-web.json)'
ok 'nothing else is said' quiet
ok 'numbers in file names are numbers' [ "$(grep -o '"name":"[a-z]*"' "$active" | sed -n '2p;3p' | tr -d '\n')" = '"name":"first""name":"web"' ]

run "${apply[@]}"
ok 'applied twice' printed 'no change'

rm "$dir/d/9-first.json"
sed -i 's/baseline/restricted/' "$dir/d/10-web.json"
run "${apply[@]}"
ok 'what changed' printed 'changed policy web (10-web.json)'
ok 'what went' printed 'removed policy first (9-first.json)'

cp "$active" "$dir/before"
echo '{ "name": "bad", "enforce": "baselin", "sett": {} }' >"$dir/d/20-bad.json"
run "${apply[@]}"
ok 'a mistake is exit status 5' returned 5
ok 'with its place' complained '20-bad.json:1:29: there is no profile "baselin"; did you mean baseline?'
ok 'and the next one too' complained '20-bad.json:1:40: policy has no member "sett"; did you mean set?'
ok 'and their number' complained '2 mistakes'
ok 'the set stays as it was' cmp -s "$dir/before" "$active"
ok 'nothing is left beside it' [ "$(ls -A "$dir/lib")" = active.json ]

run "$ctl" policy check --dir "$dir/d"
ok 'check finds them too' returned 5
run "$ctl" policy check "$dir/d/10-web.json"
ok 'check of one file' returned 0
echo '{ "name": "own", "match": { "namespace": "b" }, "enforce": "mine" }' >"$dir/own.json"
run "$ctl" policy check "$dir/own.json"
ok 'a profile that nobody has' complained 'own.json:1:60: there is no profile "mine"'
mkdir "$dir/lib2"
echo '{ "profile": "mine", "description": "d", "extends": "baseline", "set": {} }' >"$dir/lib2/mine.json"
run "$ctl" policy check --dir "$dir/lib2" "$dir/own.json"
ok 'a file beside a directory' returned 0
echo '{ "name": "old", "enforce": "baseline", "allow": [{ "why": "w", "until": "2001-01-01", "grant": "csi" }] }' >"$dir/old.json"
run "$ctl" policy check "$dir/old.json"
ok 'a warning is no mistake' returned 0
ok 'but is told' complained 'warning: '"$dir"'/old.json:1:74: exception has expired on 2001-01-01'

run "$ctl" policy check "$dir/nothing.json"
ok 'a file that is not there' returned 1
run "$ctl" policy check --dir "$dir/nothing"
ok 'a directory that is not there' returned 1
run "$ctl" policy check "$dir/d"
ok 'a directory for a file' returned 5
run "$ctl" policy apply --dir "$dir/lib2" --output "$dir/no/such/active.json"
ok 'a set that cannot be written' returned 1

for args in '' chek 'apply x' 'apply --engine cri' 'show a b' 'show --dir x' 'match --engine dockr' 'check --dir' 'check --frob' 'schema x'; do
	run "$ctl" policy $args
	ok "not understood: policy $args" returned 2
done
run "$ctl" policy chek
ok 'the nearest command' complained 'did you mean check?'
mkdir "$dir/detections" "$dir/watched"
echo '{ "append": [{ "list": "shells", "items": ["fish"] }] }' >"$dir/detections/10-own.json"
echo '{ "name": "w", "enforce": "baseline", "set": { "monitor": { "terminal-shell": "kill" } } }' >"$dir/watched/w.json"
watched=("$ctl" policy apply --dir "$dir/watched" --detections "$dir/detections" --node "$dir/node.json" --output "$dir/watched.json")
run "${watched[@]}"
ok 'detections of its own' printed 'added detections 10-own.json (10-own.json)'
echo '{ "append": [{ "list": "shels", "items": ["fish"] }] }' >"$dir/detections/10-own.json"
run "${watched[@]}"
ok 'a mistake in them is exit status 5' returned 5
ok 'and has its place' complained '10-own.json:1:24: there is no list "shels"; did you mean shells?'
run "$ctl" policy check --detections "$dir/none"
ok 'a directory of them that is not there' returned 1
run "$ctl" policy detections
ok 'what is watched for' grep -qE '^terminal-shell +exec +Notice +alert +kernel +Terminal shell in container$' "$dir/out"
run "$ctl" policy detections terminal-shell
ok 'one of them' printed 'decided in the kernel: yes'
run "$ctl" policy detections terminal-shel
ok 'one that is none' complained 'there is no detection "terminal-shel"; did you mean terminal-shell?'
run "$ctl" policy --help
ok 'help' returned 0
ok 'help says what there is' printed 'usage: reevectl policy apply [--dir DIR] [--detections DIR] [--node FILE] [--output FILE]'

# show and match read the node's own set, in a tree that is built for its usual place.
if [ "${localstatedir-/var}" = /var ] && [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	inside() {
		unshare -m sh -c 'mount -t tmpfs none /var/lib && mkdir /var/lib/reeve && { [ -z "$0" ] || cp "$0" /var/lib/reeve/active.json; } && exec "$@"' "$@"
	}
	run inside "$active" "$ctl" policy show
	ok 'the policies of the set' grep -q '^web  *10-web.json  *{"namespace":\["web"\]}$' "$dir/out"
	ok 'then the shipped ones' grep -q '^default-cri  *(shipped)' "$dir/out"
	run inside "$active" "$ctl" policy show web
	ok 'a value with its place' printed 'user.root: "deny"  // restricted:6:21'
	run inside "$active" "$ctl" policy match --namespace web
	ok 'a policy matches' printed 'web (10-web.json:1), enforce restricted'
	run inside "$active" "$ctl" policy match --namespace web --engine docker
	ok 'a namespace of docker is none' printed 'default-engine (embedded:1), enforce engine'
	run inside "" "$ctl" policy match --namespace kube-system
	ok 'without a set the shipped ones match' printed 'default-kube-system (embedded:1), enforce baseline'
	echo '{}' >"$dir/broken"
	run inside "$dir/broken" "$ctl" policy match --namespace web
	ok 'a broken set is exit status 5' returned 5
	ok 'and says what to do' complained 'run reevectl policy apply'
elif [ "${localstatedir-/var}" != /var ]; then
	echo '# show and match are tried in a tree that is built for /var'
elif [ "${REEVE_TEST_STRICT:-0}" = 1 ]; then
	ok 'show and match need root and a mount namespace' false
else
	n=$((n + 1))
	echo "ok $n - show and match # SKIP need root and a mount namespace"
fi
echo "1..$n"
exit $status
