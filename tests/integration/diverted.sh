#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reeve in place of the file runc, as dpkg-divert puts it there: the real one is found beside it, and the node file says who calls.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

make_bundle
jq '.process.terminal = false | .process.args = ["echo", "ran"]' "$bundle/config.json" >"$data/made.json"
cp "$data/made.json" "$bundle/config.json"

runc=$(command -v runc)
mv "$runc" "$runc.distrib"
cp /usr/bin/reeve "$runc"
engine() { last_decision | jq -r .engine; }

is 'a container runs' "$("$runc" run --bundle "$bundle" box 2>&1)" ran
is 'without a word in the node file a shell called' "$(engine)" shell
like 'the real runtime answers' "$("$runc" --version)" '^runc version'

echo '{ "diverted": "containerd" }' >/etc/reeve/reeve.json
ok 'the node file is applied' reevectl policy apply
"$runc" run --bundle "$bundle" box >/dev/null 2>&1
is 'the engine of the node file' "$(engine)" containerd
"$runc" --root /run/containerd/runc/k8s.io run --bundle "$bundle" box >/dev/null 2>&1
is 'whose clients are told apart by their state' "$(engine)" cri
/usr/bin/reeve run --bundle "$bundle" box >/dev/null 2>&1
is 'reeve by its own name is still the shell' "$(engine)" shell
cp "$runc" "$data/runc"
"$data/runc" run --bundle "$bundle" box >/dev/null 2>&1
is 'and so is a runc anywhere else' "$(engine)" shell

mv "$runc.distrib" "$data/real"
rm -f /etc/reeve/reeve.json /usr/bin/crun /usr/sbin/crun
reevectl policy apply >/dev/null
got=$("$runc" run --bundle "$bundle" box 2>&1)
is 'without a real runtime nothing runs' $? 1
contains 'and reeve never calls itself' "$got" 'no runc or crun'
mv "$data/real" "$runc"

done_testing
