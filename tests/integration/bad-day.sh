#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The day a policy, a disk or a runtime goes wrong: what the engine's user and the admin see, what still runs, and what brings the node back.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools dockerd docker containerd runc umoci skopeo busybox jq
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

active=/var/lib/reeve/active.json
log=/var/log/reeve
other=$data/other
make_bundle
jq '.process.terminal = false | .process.args = ["echo", "ran"]' "$bundle/config.json" >"$data/made.json" && cp "$data/made.json" "$bundle/config.json"
mkdir "$other"
cp -a "$bundle/rootfs" "$other/rootfs"
start() { timeout 60 reeve run --bundle "$bundle" box 2>&1 </dev/null; }
# other FILTER: a second bundle, changed by the jq filter
other() { jq "$1" "$data/made.json" >"$other/config.json"; }
no_policy() { rm -rf "$active" /etc/reeve/policy.d/* /etc/reeve/reeve.json; }
# node_file TEXT: applied, with what is said
node_file() { echo "$1" >/etc/reeve/reeve.json; reevectl policy apply 2>&1; }
status() { reevectl node status; echo "status $?"; }
# seen SYMPTOM GOT WANTED RUNS CURE: what a start said, and the page's row
seen() {
	contains "$1: a start says so" "$2" "$3"
	row bad-days "$1" "$4" "$5"
}

is 'on a good day it runs' "$(start)" ran
contains 'and node status is content' "$(status)" 'status 0'

# ---- a policy file with a mistake ----
policy <<<'{ "name": "good", "enforce": "engine", "set": { "resources": { "pidsDefault": 77 } } }'
holds() { start; last_rules; }
contains 'the policy holds' "$(holds)" resources.pidsDefault
before=$(sha256sum "$active")
printf '{ "name": "bad",\n  "enforce": "engin",\n}\n' >/etc/reeve/policy.d/20-bad.json
got=$(reevectl policy apply 2>&1)
is 'a mistake: apply fails' $? 5
contains 'a mistake: with its place' "$got" '20-bad.json:3:1'
is 'a mistake: the set is as it was' "$(sha256sum "$active")" "$before"
contains 'a mistake: and still holds' "$(holds)" resources.pidsDefault
contains 'a mistake: node status tells that something does not hold yet' "$(status)" '/etc/reeve/policy.d was changed since'
row bad-days 'a mistake in a source' 'all, as before' 'mend what it names'
printf '{ "name": "better", "match": { "container": "x" }, "enforc": "engine" }\n' >/etc/reeve/policy.d/20-bad.json
contains 'a word nearly right' "$(reevectl policy apply 2>&1)" 'did you mean enforce'
rm /etc/reeve/policy.d/20-bad.json
contains 'a mistake in the node file' "$(node_file '{ "runtime": "runc", "maxDocument": "big" }')" 'reeve.json:1:'
is 'a mistake in the node file: the set is as it was' "$(sha256sum "$active")" "$before"
rm /etc/reeve/reeve.json

# ---- the active set itself is broken ----
other '.process.args = ["sleep", "1000"]'
reeve run -d --bundle "$other" lasting >"$data/out" 2>&1 </dev/null
head -c 60 "$active" >"$data/cut" && cp "$data/cut" "$active"
got=$(start)
is 'a broken set: refused' $? 1
seen 'the active set is broken' "$got" "$active" 'no new ones' 'reevectl policy apply'
contains 'a broken set: and what to do' "$got" 'reevectl policy apply'
is 'a broken set: no exec' "$(reeve exec lasting true >"$data/out" 2>&1; echo $?)" 255
contains 'a broken set: state answers' "$(reeve state lasting)" '"status": "running"'
contains 'a broken set: node status' "$(status)" 'active set   broken'
contains 'a broken set: node status fails' "$(status)" 'status 5'
ok 'a broken set: kill works' reeve kill lasting KILL
ok 'a broken set: delete works' wait_for 30 reeve delete lasting
ok 'apply mends it' reevectl policy apply
is 'and it runs' "$(start)" ran

# ---- an exception has ended ----
policy <<'END'
{ "name": "hosts", "enforce": "engine", "set": { "mounts": { "hostPath": "none" } },
	"allow": [ { "why": "OPS-9 shows it", "until": "2026-01-31", "mount": { "source": "/srv", "access": "ro" } } ] }
END
mkdir -p /srv
other '.process.args = ["sleep", "1000"] | .mounts += [{ destination: "/srv", type: "bind", source: "/srv", options: ["rbind", "ro"] }]'
got=$(reeve run --bundle "$other" box 2>&1)
is 'an exception has ended: refused' $? 1
seen 'an exception has ended' "$got" 'the exception "OPS-9 shows it" (10-test.json:2) ended on 2026-01-31' \
	'all but what needs it' 'renew it'
contains 'an exception has ended: check says it' "$(reevectl policy check 2>&1)" 'expired on 2026-01-31'
soon=$(date -u -d '+5 days' +%F)
sed -i "s/2026-01-31/$soon/" /etc/reeve/policy.d/10-test.json
contains 'an exception ends soon: check warns before' "$(reevectl policy check 2>&1)" "ends on $soon"
reevectl policy apply >"$data/out" 2>&1
reeve run -d --bundle "$other" box >"$data/out" 2>&1 </dev/null
contains 'and until then it holds' "$(reeve state box 2>&1)" running
reeve delete -f box

# ---- a time of grace ----
policy <<<'{ "name": "grace", "enforce": "restricted", "grace": { "for": "72h", "then": "stop" } }'
is 'in its grace period it runs' "$(start)" ran
is 'and the record says until when' "$(last_decision | jq -r '.decision, (.denials[0].until | test("^20.*Z$"))' | tr '\n' ' ')" 'grace true '
row bad-days 'a policy in its grace' 'all, until that is over' 'see the records'
no_policy

# ---- disks ----
full() { mkdir -p "$1" && mount -t tmpfs -o size=8k,mode=700 tmpfs "$1" && ! head -c 9000 /dev/zero >"$1/filler" 2>/dev/null; }
full "$log"
is 'no room for records: it runs' "$(start)" ran
row bad-days 'no room for records' 'all' 'make room'
policy <<<'{ "name": "minding", "enforce": "engine", "set": { "record": { "required": true } } }'
got=$(start)
is 'no room for records that must be: refused' $? 1
seen 'and record.required' "$got" "decision log $decisions: No space left" 'no new ones' 'make room'
umount -l "$log"
is 'with room it runs' "$(start)" ran
no_policy

rm -rf /run/reeve
full /run/reeve
got=$(start)
is 'no room for the state: refused' $? 1
seen 'no room in /run/reeve' "$got" '/run/reeve' 'no new ones' 'make room'
contains 'no room for the state: by its name' "$got" 'No space left'
is 'no room for the state: nothing is left half-written' "$(find /run/reeve -mindepth 1 ! -name filler ! -name lock)" ''
mount -o remount,ro /run/reeve
got=$(start)
is 'a read-only state directory: refused' $? 1
seen '/run is read-only' "$got" 'Read-only file system' 'no new ones' 'mount it writable'
contains 'a read-only state directory: node status' "$(status)" 'cannot be written'
umount /run/reeve
rmdir /run/reeve
is 'with room it runs' "$(start)" ran

policy <<<'{ "name": "good", "enforce": "engine" }'
cp "$active" "$data/kept"
mount -t tmpfs -o size=12k,mode=755 tmpfs /var/lib/reeve
cp "$data/kept" "$active"
head -c 20000 /dev/zero >/var/lib/reeve/filler 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9; do
	echo "{ \"name\": \"p$i\", \"match\": { \"engine\": \"cri\", \"namespace\": \"n$i\" }, \"enforce\": \"baseline\" }" >/etc/reeve/policy.d/0$i.json
done
got=$(reevectl policy apply 2>&1)
is 'no room for the set: apply fails' $? 1
contains 'no room for the set: apply says so' "$got" 'No space left'
is 'no room for the set: the old one is whole' "$(cmp "$active" "$data/kept" 2>&1; ls -A /var/lib/reeve | tr '\n' ' ')" 'active.json filler '
is 'no room for the set: it still holds' "$(start)" ran
row bad-days 'no room for the set' 'all, as before' 'make room, apply'
umount /var/lib/reeve
no_policy

# ---- the real runtime ----
runc=$(readlink -f "$(command -v runc)")
crun=$(command -v crun)
named() { node_file "{ \"runtime\": \"$1\" }" >"$data/out"; }
named /usr/bin/no-such-runc
got=$(start)
is 'no runtime: refused' $? 1
seen 'the runtime is missing' "$got" 'runtime /usr/bin/no-such-runc: No such file' \
	'nothing' 'install or rename it'
contains 'no runtime: nor can anything be stopped' "$(reeve kill box 2>&1)" 'No such file'
contains 'no runtime: node status' "$(status)" 'no runtime: runtime /usr/bin/no-such-runc'
contains 'no runtime: node status fails' "$(status)" 'status 1'
echo '#!/bin/sh' >/usr/bin/closed-runc
chmod 644 /usr/bin/closed-runc
named /usr/bin/closed-runc
got=$(start)
is 'a runtime that is no program: refused' $? 1
seen 'it cannot be run' "$got" 'is not a program that can be run' 'nothing' 'install it again'
chmod 777 /usr/bin/closed-runc
contains 'a runtime that everybody can write: refused' "$(start)" 'can be written by others than root'
printf '\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xff\xff' >/usr/bin/closed-runc
chmod 755 /usr/bin/closed-runc
got=$(start)
is 'a runtime for another machine: refused' $? 1
seen 'it is of another machine' "$got" 'exec /usr/bin/closed-runc: Exec format error' 'nothing' 'install another'
rm /usr/bin/closed-runc

# it hangs when asked what it can do; else it is runc
cat >/usr/bin/slow-runc <<END
#!/bin/sh
case \$1 in --version|features) echo \$1 >>$data/asked; sleep 60 ;; *) exec $runc "\$@" ;; esac
END
chmod 755 /usr/bin/slow-runc
named /usr/bin/slow-runc
is 'a runtime that does not say what it can do: it runs' "$(start)" ran
ok 'it was asked' test -s "$data/asked"
is 'a runtime that does not say what it can do: nothing is known of it' "$(last_decision | jq -c .runtime)" '{"path":"/usr/bin/slow-runc"}'
rm "$data/asked"
is 'and the next one runs' "$(start)" ran
ok 'and does not wait for an answer again' test ! -e "$data/asked"
other '.mounts += [{ destination: "/v", type: "bind", source: "/srv", options: ["rbind", "rro"] }]'
contains 'what it would have to understand is refused' "$(reeve run --bundle "$other" box 2>&1)" runtime.unsupported
row bad-days 'it answers nothing' 'all but rro, id maps' 'try its features'
rm /usr/bin/slow-runc
mv "$runc" "$runc.away"
[ -z "$crun" ] || mv "$crun" "$crun.away"
no_policy
got=$(start)
is 'no runtime at all: refused' $? 1
seen 'no runtime is installed' "$got" 'no runc or crun found' 'nothing' 'install runc or crun'
mv "$runc.away" "$runc"
[ -z "$crun" ] || mv "$crun.away" "$crun"
is 'with a runtime it runs' "$(start)" ran

# ---- what docker's user sees ----
docker_start
docker_load
run() { docker run --runtime reeve --network none "$@" 2>&1; }
run -d --name lasting box:1 sleep 1000 >"$data/out"
policy <<'END'
{ "name": "known", "match": { "engine": "docker" }, "enforce": "engine", "set": { "image": { "unknown": "deny" } },
	"allow": [ { "why": "dockerd hands the network over in a hook", "grant": "docker-network" } ] }
END
got=$(run --rm box:1 true)
is 'an unknown image: docker run ends with 125' $? 125
seen 'the image is unknown' "$got" 'the engine does not tell which image this is [image.unknown' \
	'as unknown says' 'allow it, or use CRI'
echo '{' >"$active"
got=$(run --rm box:1 true)
is 'a broken set: docker run ends with 125' $? 125
contains "a broken set: docker's user reads it" "$got" 'reevectl policy apply'
is 'a broken set: docker stop works' "$(docker stop -t 1 lasting 2>&1)" lasting
is 'a broken set: docker rm works' "$(docker rm lasting 2>&1)" lasting
no_policy
is 'and on the next good day' "$(run --rm box:1 echo ran)" ran

table_done bad-days
done_testing
