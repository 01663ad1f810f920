#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every document, call, policy and state that is broken: one clear error with its place, the documented exit status, in the channel that the
# caller reads, and no container.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

bundle=$data/bundle
log=$data/log.json
active=/var/lib/reeve/active.json
reeve=/usr/bin/reeve
mkdir -p "$bundle/rootfs"
chmod 700 "$bundle"
busybox_rootfs "$bundle/rootfs"
cat >"$data/good.json" <<-'EOF'
{
	"ociVersion": "1.0.2",
	"process": {
		"user": { "uid": 0, "gid": 0 },
		"args": ["/bin/touch", "/ran"],
		"env": ["PATH=/bin"],
		"cwd": "/"
	},
	"root": { "path": "rootfs" },
	"mounts": [{ "destination": "/proc", "type": "proc", "source": "proc" }],
	"linux": {
		"namespaces": [{ "type": "pid" }, { "type": "mount" }, { "type": "ipc" }, { "type": "uts" }, { "type": "network" }]
	}
}
EOF

# start [FLAGS...]: tries a container; status, stderr and the log's records are kept
start() {
	rm -f "$log" "$bundle/rootfs/ran"
	said=$("$reeve" --log "$log" --log-format json "$@" 2>&1 >/dev/null)
	status=$?
}
run_bundle() { start run --bundle "$bundle" box; }

# refused NAME WANTED: the last start failed as documented; WANTED is a part of its message
refused() {
	local records
	is "$1: exit status" "$status" 1
	contains "$1: what and where" "$said" "$2"
	is "$1: one line on stderr" "$(wc -l <<<"$said")" 1
	records=$(jq -rs 'map(select(.level == "error")) | "\(length) \(.[0].msg)"' "$log" 2>&1)
	is "$1: one record in the log, word for word" "$records" "1 $said"
	is "$1: no container" "$(find /run/runc /run/crun -mindepth 1 2>/dev/null; ls "$bundle/rootfs/ran" 2>/dev/null)" ''
}

# What follows can fail: the same start works when nothing is broken.
cp "$data/good.json" "$bundle/config.json"
run_bundle
is 'a sound bundle runs' "$status $said" '0 '
is 'and its program ran' "$(ls "$bundle/rootfs/ran")" "$bundle/rootfs/ran"

# ---- documents ----
document() { printf '%b' "$2" >"$bundle/config.json"; run_bundle; refused "document: $1" "$3"; }
edited() { jq "$2" "$data/good.json" >"$bundle/config.json"; run_bundle; refused "document: $1" "$3"; }
replaced() { sed "$2" "$data/good.json" >"$bundle/config.json"; run_bundle; refused "document: $1" "$3"; }

document 'empty' '' 'config.json'
document 'an array' '[]' 'object'
document 'cut short' '{"ociVersion": "1.0.2", "process"' 'config.json:1:'
document 'bytes after it' '{} x' 'config.json:1:4'
document 'a BOM' '\xef\xbb\xbf{}' 'config.json:1:1'
document 'a NUL' '{}\0' 'config.json:1:3'
document 'bad UTF-8' '{"a": "\xff"}' 'config.json:1:8'
document 'a comment' '{ /* x */ }' 'config.json:1:3'
document 'too deep' "$(printf '{"a":%.0s' {1..70})1$(printf '}%.0s' {1..70})" 'levels'
replaced 'a member twice' 's/"cwd"/"env": [], "cwd"/' 'config.json:7:'
replaced 'a name in another case' 's/"cwd"/"CWD": "\/", "cwd"/' 'CWD'
replaced 'an escaped NUL' 's/"cwd": "\/"/"cwd": "\/\\u0000"/' 'config.json:7:'
replaced 'a uid as text' 's/"uid": 0/"uid": "0"/' '/process/user/uid'
replaced 'a uid with a fraction' 's/"uid": 0/"uid": 0.0/' 'config.json:4:'
replaced 'a wrong type' 's/"args": .*/"args": "\/bin\/true",/' '/process/args'
edited 'process is null' '.process = null' '/process'
head -c 17000000 /dev/zero | tr '\0' ' ' >"$bundle/config.json"
run_bundle
refused 'document: too large' 'larger than 16777216 bytes'
rm "$bundle/config.json"
run_bundle
refused 'document: none' 'config.json: No such file'
ln -s "$data/good.json" "$bundle/config.json"
run_bundle
refused 'document: a link' 'config.json'
rm "$bundle/config.json"
mkfifo "$bundle/config.json"
run_bundle
refused 'document: a pipe' 'not a regular file'
rm "$bundle/config.json"
cp "$data/good.json" "$bundle/config.json"
chmod 777 "$bundle"
run_bundle
refused 'document: a bundle that others can write' "$bundle"
chmod 700 "$bundle"
chown 200000 "$bundle"
run_bundle
refused 'document: a bundle of another user' 'belongs to user 200000'
jq '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 200000, size: 1000}] |
	.linux.gidMappings = .linux.uidMappings | .mounts += [{destination: "/dev", type: "tmpfs", source: "tmpfs"}]' "$data/good.json" >"$bundle/config.json"
chmod 711 "$data" "$bundle"
chown -R 200000:200000 "$bundle/rootfs"
run_bundle
is 'unless it is root inside, by the document that root wrote' "$status $said" '0 '
chown 200000 "$bundle/config.json"
run_bundle
refused 'document: one that the user inside can write' 'config.json belongs to user 200000'
rm "$bundle/config.json"
cp "$data/good.json" "$bundle/config.json"
chown -R 0:0 "$bundle"
chmod 700 "$bundle"

# ---- calls ----
call() { local name=$1 wanted=$2; shift 2; start "$@"; refused "call: $name" "$wanted"; }
call 'an unknown command' 'lunch' lunch box
call 'an unknown flag' '--frob' run --frob --bundle "$bundle" box
call 'an abbreviated flag' '--bun' run --bun "$bundle" box
call 'a flag without its value' '--bundle' run box --bundle
call 'no id' 'id' run --bundle "$bundle"
call 'two ids' 'other' run --bundle "$bundle" box other
call 'an empty bundle' '--bundle' run --bundle '' box
call 'no such bundle' '/nowhere' run --bundle /nowhere box
call "crun's mounts" 'mounts' mounts add box "$data/good.json"
call 'restore' 'restore' restore --bundle "$bundle" box

# ---- policy ----
policy() { mkdir -p -m 755 /var/lib/reeve; printf '%b' "$2" >"$active"; run_bundle; refused "active set: $1" "$active"; }
policy 'empty' ''
policy 'cut short' '{"version": 1'
policy 'an array' '[]'
policy 'of another version' '{"version": 99}'
policy 'binary' '\x7fELF\x01'
rm "$active"
mkdir "$active"
run_bundle
refused 'active set: a directory' "$active"
rmdir "$active"
: >"$active"
chmod 666 "$active"
run_bundle
refused 'active set: others can write it' "$active"
# what is broken must not keep anyone from ending a container
rm "$active"
"$reeve" run -d --bundle "$bundle" box >/dev/null 2>&1
jq '.process.args = ["/bin/sleep", "1000"]' "$data/good.json" >"$bundle/config.json"
"$reeve" run -d --bundle "$bundle" lasting >/dev/null 2>&1 </dev/null
echo broken >"$active"
ok 'active set broken: state still answers' "$reeve" state lasting
ok 'active set broken: kill still works' "$reeve" kill lasting KILL
ok 'active set broken: delete still works' eval 'wait_for 30 "$reeve" delete lasting'
"$reeve" delete -f box >/dev/null 2>&1
rm -f "$active"
cp "$data/good.json" "$bundle/config.json"

# policy files: all mistakes of all files in one run, each with its place, and nothing is applied
mkdir -p /etc/reeve/policy.d
printf '{\n  "name": "a",\n  "match": {},\n  "enforce": "basline",\n  "set": { "usr": {} }\n}\n' >/etc/reeve/policy.d/10-a.json
printf '{ "name": "b", "match": {}, "enforce": "baseline",\n "set": { "user": { "root": "rewrit" } },\n}\n' >/etc/reeve/policy.d/20-b.json
said=$(reevectl policy apply 2>&1)
is 'policy files: exit status' "$?" 5
contains 'policy files: the first mistake' "$said" '10-a.json:4:14'
contains 'policy files: what was meant' "$said" 'baseline'
contains 'policy files: the second mistake' "$said" '10-a.json:5:12'
contains 'policy files: the other file' "$said" '20-b.json:3:1'
is 'policy files: nothing is applied' "$(ls /var/lib/reeve)" ''
rm -r /etc/reeve/policy.d

# ---- state ----
state=/run/reeve
fresh() { rm -rf "$state"; }
fresh
echo x >"$state"
run_bundle
refused 'state: a file in its place' "$state"
fresh
mkdir -m 755 "$state"
run_bundle
refused 'state: open to others' 'chmod 700'
fresh
mkdir -m 700 "$state"
mount -t tmpfs -o size=4k,mode=700 tmpfs "$state"
head -c 4096 /dev/zero >"$state/full" 2>/dev/null
run_bundle
refused 'state: full' "$state"
is 'state: full: nothing half-written is left' "$(find "$state" -mindepth 1 ! -name full ! -name lock)" ''
rm "$state/full"
mount -o remount,ro "$state"
run_bundle
refused 'state: read-only' 'Read-only file system'
umount "$state"
fresh

# exec into a container whose record is broken: nobody knows what it may be
jq '.process.args = ["/bin/sleep", "1000"]' "$data/good.json" >"$bundle/config.json"
"$reeve" run -d --bundle "$bundle" lasting >/dev/null 2>&1 </dev/null
entry=$(find "$state" -mindepth 1 -maxdepth 1 -type d)
is 'a live container has one record' "$(wc -w <<<"$entry")" 1
is 'exec works' "$("$reeve" exec lasting echo hello)" hello
cp "$entry/config.json" "$data/kept.json"
head -c 100 "$data/kept.json" >"$entry/config.json"
said=$("$reeve" exec lasting echo hello 2>&1)
is 'state: a broken record: exec' "$?" 255
contains 'state: a broken record: what and where' "$said" 'record of container lasting'
cp "$data/kept.json" "$entry/config.json"
said=$("$reeve" run --bundle "$bundle" lasting 2>&1)
is 'state: a second start of a live id' "$?" 1
contains 'state: a second start of a live id: why' "$said" 'already exists'
ok 'state: the record of the live one is whole' cmp "$data/kept.json" "$entry/config.json"
"$reeve" kill lasting KILL
wait_for 30 "$reeve" delete lasting

done_testing
