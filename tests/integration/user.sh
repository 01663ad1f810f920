#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who a container is, and what it may, seen from inside: root kept, refused and rewritten, the five capability sets, set-uid programs,
# user namespaces. First with the bare runtime, so that each of it can be seen to have had an effect.
: "${bare:=runc}"	# user-crun.sh says crun
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools "$bare" runc busybox jq capsh
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

bare=$(command -v "$bare")
echo "{ \"runtime\": \"$bare\" }" >/etc/reeve/reeve.json
chmod 755 "$data"
make_bundle
root=$bundle/rootfs
cp "$top_builddir/tests/differential/probe" "$root/bin/probe"
cp "$root/bin/probe" "$root/bin/set-uid"
chmod 4755 "$root/bin/set-uid"
chmod 700 "$root/root"
mkdir "$root/own"
echo 'a page' >"$root/index.html"

# As docker writes it, from the days when it filled the inheritable set.
docker=$(json_array CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_SETGID CAP_SETUID CAP_SETFCAP \
	CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE)
cp "$bundle/config.json" "$data/spec.json"
# write FILTER SCRIPT: the document, changed by the jq filter
write() {
	jq --argjson caps "$docker" --arg script "$2" '.process.terminal = false | .process.noNewPrivileges = false | .root.readonly = false |
		.process.args = ["sh", "-c", $script] | .process.env = ["PATH=/bin", "HOME=/root"] | .process.cwd = "/root" |
		.process.user.additionalGids = [0, 7] | .linux.namespaces |= map(select(.type != "user")) |
		.process.capabilities = { bounding: $caps, effective: $caps, permitted: $caps, inheritable: $caps } | '"$1" \
		"$data/spec.json" >"$bundle/config.json"
}
# run RUNTIME FILTER SCRIPT
run() {
	write "$2" "$3"
	apart "$1" run --bundle "$bundle" box </dev/null
	echo "status $?"
}

# shellcheck disable=SC2016
look='id; pwd; echo "home $HOME"; grep -E "^(Cap|NoNewPrivs)" /proc/self/status | tr "\t" " "
	for at in /etc/x /run/x /own/x; do touch $at 2>/dev/null && echo "$at written"; done
	httpd -p 80 -h / && wget -q -O - http://127.0.0.1:80/index.html; set-uid | grep CapEff | sed "s/.*\t/set-uid /"'
no=0000000000000000 low=0000000000000400 all=00000000a80425fb

# ---- bare: root has it all, another user gets it back ----
got=$(run "$bare" . "$look")
contains 'bare: root' "$got" 'uid=0(root)'
contains 'bare: inheritable capabilities' "$got" "CapInh: $all"
contains 'bare: writes to /etc' "$got" '/etc/x written'
contains 'bare: binds port 80' "$got" 'a page'
rm -f "$root"/{etc,run,own}/x
got=$(run "$bare" '.process.user.uid = 1000 | .process.user.gid = 1000 | .process.cwd = "/"' "$look")
contains 'bare, another user: is that one' "$got" 'uid=1000(app) gid=1000(app) groups=0(root),7'
contains 'bare, another user: no capabilities' "$got" "CapEff: $no"
unlike 'bare, another user: no port 80' "$got" 'a page'
contains 'bare, another user: a set-uid program is root' "$got" "set-uid $all"

# ---- kept ----
policy <<<'{ "name": "kept", "enforce": "engine" }'
got=$(run reeve . "$look")
contains 'kept: root' "$got" 'uid=0(root)'
contains 'kept: its capabilities' "$got" "CapEff: $all"
contains 'kept: no inheritable ones' "$got" "CapInh: $no"
contains 'kept: no ambient ones' "$got" "CapAmb: $no"
rm -f "$root"/{etc,run,own}/x

# ---- refused ----
policy <<<'{ "name": "refused", "enforce": "engine", "set": { "user": { "root": "deny", "groups": "no-root" } } }'
got=$(run reeve . "$look")
contains 'refused: root does not start' "$got" 'asks to run as root (uid 0)'
got=$(run reeve 'del(.process.user.uid)' "$look")
contains 'refused: nor does one without a uid' "$got" 'asks to run as root (uid 0)'
got=$(run reeve '.process.user.uid = 1000 | .process.user.gid = 1000 | .process.cwd = "/"' "$look")
contains 'refused: another user starts, without root among its groups' "$got" 'uid=1000(app) gid=1000(app) groups=7'
contains 'refused: a set-uid program brings nothing' "$got" "set-uid $no"
contains 'refused: no new privileges' "$got" 'NoNewPrivs: 1'

# ---- rewritten ----
policy <<'END'
{
	"name": "rewritten", "enforce": "engine",
	"set": { "user": { "root": "rewrite", "rewriteTo": "4321:1234" }, "filesystem": { "tmpfs": ["/run", "/own"] } }
}
END
got=$(run reeve . "$look")
note "$got"
is 'rewritten: who it is, without other groups' "$(head -n 1 <<<"$got")" 'uid=4321 gid=1234'
contains 'rewritten: its home' "$got" 'home /'
for set in Inh Prm Eff Bnd Amb; do
	want=$low
	[ $set != Bnd ] || want=$all
	contains "rewritten: capabilities: $set" "$got" "Cap$set: $want"
done
unlike 'rewritten: /etc is not written' "$got" '/etc/x written'
contains 'rewritten: the named places are' "$got" $'/run/x written\n/own/x written'
contains 'rewritten: port 80 works' "$got" 'a page'
contains 'rewritten: a set-uid program brings nothing' "$got" "set-uid $low"
contains 'rewritten: no new privileges' "$got" 'NoNewPrivs: 1'
got=$(run reeve . 'stat -c "%u:%g" /own; chmod 700 /own && stat -c %a /own')
is 'rewritten: its tmpfs is its own' "$got" $'4321:1234\n700\nstatus 0'
got=$(run reeve '.mounts += [{destination: "/own", type: "tmpfs", source: "tmpfs", options: ["size=64k", "mode=755"]}]' \
	'stat -c "%u %a" /own')
is 'rewritten: a mount of the container stays as it is' "$got" $'0 755\nstatus 0'
got=$(run reeve '.process.capabilities.bounding -= ["CAP_NET_BIND_SERVICE"] | .process.capabilities.effective -= ["CAP_NET_BIND_SERVICE"]' \
	"$look")
contains 'rewritten: no port 80 for who had not asked for it' "$got" "CapAmb: $no"
unlike 'rewritten: and it does not work' "$got" 'a page'
got=$(run reeve '.process.user.uid = 1000 | .process.user.gid = 1000 | .process.cwd = "/"' "$look")
contains 'rewritten: another user is left alone' "$got" 'uid=1000(app) gid=1000(app) groups=0(root),7'
contains 'rewritten: and writes in the named places as well' "$got" $'/run/x written\n/own/x written'
contains 'rewritten: but is not made root' "$got" "set-uid $no"

write . 'sleep 1000'
reeve run -d --bundle "$bundle" box >/dev/null 2>&1 </dev/null
got=$(reeve exec --user 0 --cap CAP_SYS_ADMIN box sh -c "$look" 2>&1 </dev/null)
contains 'rewritten: exec as root is the same user' "$got" 'uid=4321 gid=1234'
contains 'rewritten: without more' "$got" "CapBnd: $all"
contains 'rewritten: nor new privileges' "$got" 'NoNewPrivs: 1'
contains 'rewritten: nor by a set-uid program' "$got" "set-uid $low"
reeve delete --force box

# ---- privileged: one thing to read, whatever it is made of ----
every=$(jq -nc --arg names "$(capsh --decode="$(sed -n "s/CapBnd:.//p" /proc/self/status)" | sed 's/.*=//')" \
	'[$names | ascii_upcase | split(",")[] | select(startswith("CAP_"))]')
privileged="(.process.capabilities[]) = $every | del(.linux.maskedPaths, .linux.readonlyPaths, .linux.seccomp) | .process.cwd = \"/\" |
	.linux.resources.devices = [{allow: true, access: \"rwm\"}]"
try='mount -t tmpfs none /own 2>/dev/null && echo mounted; ls -l /proc/keys | cut -c1; grep Seccomp: /proc/self/status | tr "\t" " "'
taken=$'c\nSeccomp: 2\nstatus 0'
contains 'bare: privileged' "$(run "$bare" "$privileged" "$try")" $'mounted\n-\nSeccomp: 0'
policy <<<'{ "name": "parts", "enforce": "engine" }'
is 'privileged, rewritten: all of it is taken' "$(run reeve "$privileged" "$try")" "$taken"
is 'privileged, rewritten: and the record says in a line what it was' "$(last_decision | jq -r '.warnings[]' | grep -c privileged)" 1
keep='{ "why": "test", "user": { "root": "keep" } }'
policy <<<"{ \"name\": \"whole\", \"enforce\": \"restricted\", \"allow\": [ $keep ] }"
got=$(run reeve "$privileged" "$try")
is 'privileged, refused: one reason' "$(last_decision | jq -r '.denials[].rule')" capabilities.privileged
advice=$(grep -o '"capabilities": {[^}]*}' <<<"$got")
policy <<<"{ \"name\": \"whole\", \"enforce\": \"restricted\", \"allow\": [ $keep, { \"why\": \"as advised\", $advice } ] }"
is 'privileged: the advice works' "$(run reeve "$privileged" "$try")" "$taken"

# ---- a user namespace: its root is no root, when it is mapped away from the host's ----
echo 'of root alone' >"$data/secret"
chmod 600 "$data/secret"
touch "$root/secret"
mounted=".mounts += [{destination: \"/secret\", type: \"bind\", source: \"$data/secret\", options: [\"bind\"]}]"
# mapped HOST_ID: made by the runtime
mapped() {
	echo "$mounted | .process.cwd = \"/\" | .process.user.additionalGids = [] |
		.linux.namespaces |= (map(select(.type != \"cgroup\")) + [{type: \"user\"}, {type: \"cgroup\"}]) |
		(.linux.uidMappings, .linux.gidMappings) = [{containerID: 0, hostID: $1, size: 65536}]"
}
# holder HOST_ID: a user namespace that somebody else made; $holder is its process
holder() {
	unshare -U sleep 1000 </dev/null >/dev/null 2>&1 &
	holder=$!
	wait_for 30 eval '[ "$(readlink /proc/$holder/ns/user)" != "$(readlink /proc/self/ns/user)" ]'
	echo "0 $1 65536" >"/proc/$holder/uid_map"
	echo "0 $1 65536" >"/proc/$holder/gid_map"
}
# joined: by path, and the document says that it maps high
joined() { mapped 100000 | sed "s|{type: \"user\"}|{type: \"user\", path: \"/proc/$holder/ns/user\"}|"; }
inside='id -u; cat /secret 2>&1; awk "{ print \$2 }" /proc/self/uid_map'

is 'bare: mapped away, the secret is one' "$(run "$bare" "$(mapped 100000)" "$inside")" \
	$'0\ncat: can\'t open \'/secret\': Permission denied\n100000\nstatus 0'
contains 'bare: mapped to root, it is none' "$(run "$bare" "$(mapped 0)" "$inside")" 'of root alone'
holder 0
contains 'bare: joined, whatever the document says, neither' "$(run "$bare" "$(joined)" "$inside")" 'of root alone'

exception="\"allow\": [ { \"why\": \"test\", \"mount\": { \"source\": \"$data/secret\", \"access\": \"rw\" } } ]"
policy <<<"{ \"name\": \"no-root\", \"enforce\": \"engine\", \"set\": { \"user\": { \"root\": \"deny\" } }, $exception }"
is 'no root: mapped away it runs' "$(run reeve "$(mapped 100000)" "$inside")" \
	$'0\ncat: can\'t open \'/secret\': Permission denied\n100000\nstatus 0'
contains 'no root: mapped to root it is root' "$(run reeve "$(mapped 0)" "$inside")" 'asks to run as root (uid 0)'
contains 'no root: joined, it is asked what it maps' "$(run reeve "$(joined)" "$inside")" 'asks to run as root (uid 0)'
policy <<<"{ \"name\": \"pods\", \"enforce\": \"baseline\", $exception }"
contains 'baseline: nor is it joined at all' "$(run reeve "$(joined)" "$inside")" "joins the user namespace /proc/$holder/ns/user, which maps"
contains 'baseline: nor one made of it' "$(run reeve "$(mapped 1000)" "$inside")" 'maps to host ids 1000 + 65536'
kill $holder
wait $holder 2>/dev/null
holder 100000
policy <<<"{ \"name\": \"pods\", \"enforce\": \"baseline\", \"set\": { \"user\": { \"root\": \"deny\" }, \"namespaces\": { \"user\": \"deny\" } }, $exception }"
is 'joined: one that is mapped away is fine' "$(run reeve "$(joined)" "$inside")" \
	$'0\ncat: can\'t open \'/secret\': Permission denied\n100000\nstatus 0'
contains 'without one, where one is needed' "$(run reeve . true)" 'let the engine make a user namespace'
kill $holder
wait $holder 2>/dev/null

done_testing
