#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034,SC2086,SC2154,SC2174
# Hostile calls: what exec, update, descriptors and flags bring into a container past its document.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/hostile.sh"
sandbox_enter "$0" "$@"
hostile_setup
disk_make
table=hostile-exec
secret='read: the secret of the host'
bring_runtimes
sleeping='.process.args = ["/bin/sleep", "1000"]'

# ---- exec: into a container that sleeps, `box`, made by the same runtime ----
prelude='"$1" run -d --bundle "$bundle" hostile </dev/null >/dev/null 2>"$data/started" || { cat "$data/started"; exit 1; }
	p() { jq -n "{ cwd: \"/\", env: [\"PATH=/bin\"], user: { uid: 0, gid: 0 } } * $2" >"$data/process.json"
		"$1" exec --process "$data/process.json" hostile </dev/null; }
	'
# inside NAME TEXT KEY VALUE...: TEXT is what is called once the container runs; $1 is the runtime
inside() {
	local name=$1 text=$2 rt=runc
	shift 2
	[[ " $* " != *' runtime crun '* ]] || rt=crun
		attempt "$name" doc "$sleeping" how "$prelude $text" after '"$(command -v '$rt')" delete --force hostile' "$@"
}
{
inside 'exec with all capabilities (--cap)' '"$1" exec --cap CAP_SYS_ADMIN hostile /attack status CapBnd' \
	proof 'CapBnd:	0000000020200420' engine 'fails: capabilities.allowed'
export admin='capabilities: { bounding: ["CAP_SYS_ADMIN"], effective: ["CAP_SYS_ADMIN"], permitted: ["CAP_SYS_ADMIN"] }'
inside 'exec with all capabilities, in a file' 'p "$1" "{ args: [\"/attack\", \"status\", \"CapEff\"], $admin }"' \
	proof 'CapEff:	0000000000200000' engine 'fails: capabilities.allowed'
export kill='capabilities: { bounding: ["CAP_KILL"], inheritable: ["CAP_KILL"] }'
inside 'exec with inheritable capabilities' 'p "$1" "{ args: [\"/attack\", \"status\", \"CapInh\"], $kill }"' \
	proof 'CapInh:	0000000000000020' engine 'fails: capabilities.inheritable'
bound="$sleeping | .process.noNewPrivileges = true"
inside 'exec with new privileges, where crun forgets that there are none' '"$1" exec hostile /attack status NoNewPrivs' \
	doc "$bound" runtime crun proof 'NoNewPrivs:	0' engine fails
inside 'exec with new privileges, in a file' 'p "$1" "{ args: [\"/attack\", \"status\", \"NoNewPrivs\"] }"' \
	doc "$bound" proof 'NoNewPrivs:	0' engine 'fails: capabilities.noNewPrivileges'
inside 'exec with a working directory at a descriptor' \
	'"$1" exec --cwd /proc/self/fd/9 hostile /attack walk-out /etc/reeve-victim 9</etc' \
	runtime crun proof "$secret" engine 'refused: filesystem.links'
inside 'the same by a link of the image' '"$1" exec --cwd /nine hostile /attack walk-out /etc/reeve-victim 9</etc' \
	runtime crun proof "$secret" engine 'refused: filesystem.links'
inside 'the same in a file' 'p "$1" "{ cwd: \"/nine\", args: [\"/attack\", \"walk-out\", \"/etc/reeve-victim\"] }" 9</etc' \
	runtime crun proof "$secret" engine 'refused: filesystem.links'
inside 'the same with runc' '"$1" exec --cwd /nine hostile /attack walk-out /etc/reeve-victim 9</etc' \
	proof "$secret" alone fails engine 'refused: filesystem.links'
for rt in runc crun; do
	inside "exec of the runtime itself, $rt" '"$1" exec hostile /proc/self/exe --version' runtime $rt proof "$rt version" \
	engine 'refused: filesystem.links'
	inside "the same by a link of the image, $rt" '"$1" exec hostile /self --version' runtime $rt proof "$rt version" \
	engine 'refused: filesystem.links'
done
inside 'exec into a cgroup above' '"$1" exec --cgroup ../../.. hostile /attack uid' proof 'uid: ' alone fails \
	engine 'refused: document'
inside "exec's user, as crun reads it (CVE-2026-30892)" '"$1" exec -u 1000 hostile /attack uid' runtime crun \
	proof 'uid: 0 0' alone fails engine fails
inside 'exec, uid 2^32-1' 'p "$1" "{ args: [\"/attack\", \"uid\"], user: { uid: 4294967295 } }"' runtime crun \
	proof 'uid: 0 0' engine 'refused: document'
inside 'exec, a uid as text' 'p "$1" "{ args: [\"/attack\", \"uid\"], user: { uid: \"1000\" } }"' runtime crun \
	proof 'uid: 0 0' engine 'refused: document'
inside 'exec with no cgroup, and so no rules' \
	'"$1" --cgroup-manager=disabled exec --cap CAP_MKNOD hostile /attack mknod b '"$numbers" \
	runtime crun proof 'read: the secret of the disk' alone fails engine fails
export start='"$1" exec --process "$data/one" hostile </dev/null'
inside 'exec, a process document swapped for another' '
	jq -n "{ args: [\"/attack\", \"uid\"], cwd: \"/\", user: { uid: 1000 } }" >"$data/one"
	jq -n "{ args: [\"/attack\", \"status\", \"CapEff\"], cwd: \"/\", user: { uid: 0 }, $admin }" >"$data/two"
	"$attack" swap "$data/one" "$data/two" >/dev/null & swap=$!
	often "$1"
	kill $swap' proof 'CapEff:	0000000000200000' engine never
inside 'exec, a document from a pipe' 'jq -n "{ args: [\"/attack\", \"status\", \"CapEff\"], cwd: \"/\", $admin }" |
	"$1" exec --process /dev/stdin hostile' proof 'CapEff:	0000000000200000' engine 'fails: capabilities.allowed'
inside 'exec, 20 MiB of document' '
	{ jq -cn "{ args: [\"/attack\", \"uid\"], cwd: \"/\", user: { uid: 0 } }"; head -c 20M /dev/zero | tr "\0" " "; } >"$data/large"
	"$1" exec --process "$data/large" hostile </dev/null' proof 'uid: ' engine 'refused: document'

# ---- descriptors ----
inside 'exec, a directory handed over (--preserve-fds)' \
	'"$1" exec --preserve-fds 1 hostile /attack walk-out-fd 3 /etc/reeve-victim 3</etc' \
	proof "$secret" engine 'refused: filesystem.links'
inside 'exec, a directory as standard input' '"$1" exec hostile /attack walk-out-fd 0 /etc/reeve-victim </etc' \
	runtime crun proof "$secret" engine 'refused: filesystem.links'
}
{
attempt 'a directory handed over (--preserve-fds)' try 'walk-out-fd 3 /etc/reeve-victim' proof "$secret" \
	how 'exec "$1" run --preserve-fds 1 --bundle "$bundle" hostile </dev/null 3</etc' engine 'refused: filesystem.links'
attempt 'a directory as standard input' runtime crun try 'walk-out-fd 0 /etc/reeve-victim' proof "$secret" \
	how 'exec "$1" run --bundle "$bundle" hostile </etc' engine 'refused: filesystem.links'
attempt 'a directory as standard output' runtime crun try 'walk-out-fd 2 /etc/reeve-victim' proof "$secret" \
	how 'exec "$1" run --bundle "$bundle" hostile </dev/null 2</etc' engine 'refused: filesystem.links'
attempt "descriptors meant for another process (LISTEN_FDS)" runtime crun try 'walk-out-fd 3 /etc/reeve-victim' \
	proof "$secret" \
	how 'LISTEN_FDS=1 LISTEN_PID=1 exec "$1" run --bundle "$bundle" hostile </dev/null 3</etc' engine fails
attempt 'descriptors that the caller leaked' try fds proof inherited alone fails \
	how 'exec "$1" run --bundle "$bundle" hostile </dev/null 3</etc 7</etc 42</etc' engine fails
attempt 'an open file of the host, as its own program' runtime crun doc '.process.args = ["/proc/self/fd/9", "uid"]' \
	proof 'uid: ' \
	how 'exec "$1" run --bundle "$bundle" hostile </dev/null 9<"$attack"' engine 'refused: filesystem.links'
attempt "what execs bring with them (CVE-2016-9962, CVE-2019-5736)" try 'stalk 2 /etc/reeve-victim' proof "$secret" \
	alone fails \
	how '"$1" run -d --bundle "$bundle" hostile </dev/null >"$data/stalk" 2>&1
		for try in 1 2 3 4 5 6; do "$1" exec hostile /attack uid; sleep 0.1; done
		sleep 1; cat "$data/stalk"' after 'runc delete --force hostile' engine fails
attempt "the caller's keys (--no-new-keyring)" try key-read proof "$secret" \
	how 'exec "$attack" key-run "the secret of the host" "$1" run --no-new-keyring --bundle "$bundle" hostile </dev/null' \
	engine fails

# ---- update ----
inside 'update opens all devices' '
	echo "{ \"devices\": [{ \"allow\": true, \"access\": \"rwm\" }] }" | "$1" update --resources - hostile
	"$1" exec --cap CAP_MKNOD hostile /attack mknod b '"$numbers" runtime crun proof 'read: the secret of the disk' engine fails
inside 'update by flags that no document holds' '"$1" update --l3-cache-schema "L3:0=f" hostile && echo changed' \
	proof changed alone fails engine fails
inside 'update, a path for a file of the cgroup' '
	echo "{ \"unified\": { \"../../x\": \"1\" } }" | "$1" update --resources - hostile && echo changed' \
	proof changed alone fails engine fails
jq -n '[{ destination: "/h", type: "bind", source: "/etc", options: ["bind"] }]' >"$data/more.json"
inside "crun's mounts" '"$1" mounts add hostile "$data/more.json"
	"$1" exec hostile /attack read /h/reeve-victim' runtime crun proof "$secret" alone fails engine fails

# ---- calls ----
attempt 'another configuration by a flag' runtime crun doc . try uid proof "$secret" \
	how 'jq ".process.args = [\"/attack\", \"read\", \"/h/reeve-victim\"] | .mounts += input" "$bundle/config.json" "$data/more.json" \
		>"$data/other.json"
		exec "$1" run -f "$data/other.json" --bundle "$bundle" hostile </dev/null' \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'a bundle behind the id' doc 'bind("/etc"; "/h"; [])' try 'read /h/reeve-victim' proof "$secret" \
	how 'mkdir -p "$data/empty"; cd "$data/empty"; exec "$1" run hostile --bundle "$bundle" </dev/null' \
	engine 'refused: mounts.sensitive' baseline 'refused: mounts.hostPath'
attempt 'no pivot, and a chroot' doc 'caps(["SYS_CHROOT"])' try 'chroot-out /etc/reeve-victim' proof "$secret" alone fails \
	how 'exec "$1" run --no-pivot --bundle "$bundle" hostile </dev/null' engine fails
attempt 'a set-uid runtime' doc 'del(.process.rlimits)' proof 'uid: 0 0' try uid \
	how 'install -m 4755 "$1" "$data/set-uid"; cd /
		exec setpriv --reuid 1000 --regid 1000 --clear-groups "$data/set-uid" --root /run/user-state run --bundle "$bundle" \
			hostile </dev/null' \
	after 'rm -f "$data/set-uid"' engine 'refused: call'
attempt 'a bundle that others may write' doc . try uid proof 'uid: ' prepare 'chmod 777 "$bundle"' \
	after 'chmod 755 "$bundle"' engine 'refused: document'
attempt 'a name that drives the terminal' doc '.annotations = { "run.oci.\u001b[2Jx\u009bx\u202ex": "" }' try uid \
	proof "$(printf '\033[2J')" alone fails \
	how '"$1" run --bundle "$bundle" hostile </dev/null 2>&1 | sed "s/\xc2\x9b/\x1b[2J/g; s/\xe2\x80\xae/\x1b[2J/g"' \
	engine 'refused: annotations.denied'
}
table_done hostile-exec
hostile_done
