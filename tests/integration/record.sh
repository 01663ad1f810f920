#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where decisions and errors are told: the record file, the journal, --log in each of its forms, stderr.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq python3
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

make_bundle
jq '.process.terminal = false | .process.args = ["echo", "ran"]' "$bundle/config.json" >"$data/made.json"
cp "$data/made.json" "$bundle/config.json"
start() { reeve "$@" run --bundle "$bundle" box 2>&1; }

# ---- the file ----
is 'a container runs' "$(start)" ran
is 'the record is private' "$(stat -c %a "$decisions" "$(dirname "$decisions")" | tr '\n' ' ')" '600 700 '
is 'one line a decision' "$(jq -c .action "$decisions" | wc -l)" 1
for _ in 1 2 3 4 5 6 7 8; do reeve run --bundle "$bundle" "box$_" >/dev/null 2>&1 & done
wait
is 'whole lines when eight start at once' "$(jq -r .id "$decisions" | sort | tr '\n' ' ')" 'box box1 box2 box3 box4 box5 box6 box7 box8 '

# ---- no room for it: starts all the same, unless the policy minds ----
rm -r "$(dirname "$decisions")"
echo x >"$(dirname "$decisions")"
is 'no directory: it starts' "$(start)" ran
rm "$(dirname "$decisions")"
mkdir -p "$(dirname "$decisions")"
mount -t tmpfs -o size=4k tmpfs "$(dirname "$decisions")"
head -c 4096 /dev/zero >"$decisions" 2>/dev/null
is 'a full disk: it starts' "$(start)" ran
mkfifo "$data/pipe"
umount -l "$(dirname "$decisions")"
mv "$data/pipe" "$decisions"
is 'a pipe without a reader: it starts, at once' "$(timeout 30 reeve run --bundle "$bundle" box 2>&1)" ran
rm "$decisions"
policy <<'EOF'
{ "name": "minding", "match": { "engine": "shell" }, "enforce": "engine", "set": { "record": { "required": true } } }
EOF
is 'required, and there: it starts' "$(start)" ran
rm "$decisions"
mkdir "$decisions"
got=$(start)
is 'required, and not there: it does not' $? 1
contains 'and says so' "$got" "decision log $decisions"
is 'nothing ran' "$(find /run/runc -mindepth 1 2>/dev/null)" ''
rmdir "$decisions"

# ---- the journal ----
mkdir -p /run/systemd/journal
python3 - >"$data/journal" <<'EOF' &
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/systemd/journal/socket")
s.settimeout(60)
print(s.recv(1 << 20).decode(), end="")
EOF
wait_for 30 test -S /run/systemd/journal/socket
start >/dev/null
wait $!
contains 'the journal is told' "$(cat "$data/journal")" 'MESSAGE=run of container box allowed'
is 'with the record' "$(sed -n 's/^REEVE_RECORD=//p' "$data/journal" | jq -r .policy.name)" minding
is 'a journal that nobody reads holds nothing up' "$(timeout 30 reeve run --bundle "$bundle" box 2>&1)" ran
rm -r /run/systemd

# ---- errors ----
policy <<'EOF'
{ "name": "refusing", "match": { "engine": "shell" }, "enforce": "engine", "set": { "user": { "root": "deny" } } }
EOF
want=$(start)
like 'on stderr, one line' "$want" '^reeve: refused by policy refusing [^
]*$'
is 'word for word as recorded' "$want" "$(last_refusal)"
is '--log, JSON: still on stderr' "$(start --log "$data/json" --log-format json)" "$want"
is '--log, JSON: one record' "$(jq -rs 'map("\(.level) \(.msg)") | .[]' "$data/json")" "error $want"
like '--log, JSON: its time' "$(jq -r .time "$data/json")" '^20[0-9T:-]*Z$'
start --log "$data/text" >/dev/null
like '--log, text: as the runtime writes' "$(cat "$data/text")" '^time="20[^"]*" level=error msg="reeve: refused'
start --log "$data/json" --log-format json >/dev/null
is '--log: a second call appends' "$(wc -l <"$data/json")" 2
is '--log that cannot be written: stderr' "$(start --log /nowhere/log --log-format json)" "$want"
is 'nothing on stdout' "$(reeve run --bundle "$bundle" box 2>/dev/null)" ''

done_testing
