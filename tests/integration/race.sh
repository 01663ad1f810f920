#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What was judged is what is mounted: a source, the root file system or a namespace is replaced again and again during a hundred starts, here
# with runc, in race-crun.sh with crun. Under the bare runtime the wrong one is seen; so it is when reeve judges and its hook is taken
# out; with the hook no user code sees it.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
runtime=${runtime-runc}
need_tools runc "$runtime" busybox jq ip
[ -z "${REEVE_TEST_BARE-}" ] || done_testing
kind=$runtime
runtime=$(command -v "$runtime")
each=${REEVE_RACE_EACH-13}
swap=$top_builddir/tests/integration/swap
hook=/usr/libexec/reeve/reeve-hook

mount -t tmpfs -o mode=755 tmpfs /srv
make_bundle
echo "{ \"runtime\": \"$runtime\" }" >/etc/reeve/reeve.json
policy <<'EOF'
{ "name": "race", "match": { "engine": "shell" }, "enforce": "engine",
  "allow": [ { "why": "where this test keeps its namespace", "namespaces": { "paths": ["/srv/ns/net"] } } ] }
EOF

mkdir -p /srv/dir /srv/other /srv/parent/ssl /srv/tree/sub /srv/secret /srv/root /srv/root2 /srv/ns /srv/ns2
for name in tree/sub secret; do echo $name >/srv/$name/name; done
for name in file file2 leaf; do echo $name >/srv/$name; done
ln -s /etc /srv/link
ln -s /etc/shadow /srv/filelink
cp -a "$bundle/rootfs/." /srv/root
cp -a "$bundle/rootfs/." /srv/root2
ip netns add judged
touch /srv/ns/net /srv/ns2/net
mount --bind /run/netns/judged /srv/ns/net
mount --bind /proc/self/ns/net /srv/ns2/net
rm -f "$bundle/config.json"
runc spec -b "$bundle"
mv "$bundle/config.json" "$data/config.json"

# document FILTER COMMAND: the bundle's config.json
document() {
	jq --arg command "$2" ".root.path = \"$bundle/rootfs\" | .process.terminal = false | .process.args = [\"sh\", \"-c\", \$command] |
		$1" <"$data/config.json" >"$bundle/config.json"
}
bind() { document ".mounts += [{ \"destination\": \"$2\", \"source\": \"$1\", \"options\": [\"rbind\", \"rprivate\"] }]" "$3"; }

# judged FILTER: what policy judged in the last start
judged() { jq -r "$1" /run/reeve/[0-9a-f]*/judged.json; }
trees='.mounts[-1].trees'
number='"\(.major * 256 + .minor):\(.ino)"'

# once COMMAND: how one start ends: right, wrong, refused (at judging), stopped (by the hook), failed (by the runtime)
once() {
	local seen
	rm -rf /run/reeve/[0-9a-f]*
	if seen=$("$1" run --bundle "$bundle" race 2>"$data/err" </dev/null); then
		if is_right "$seen"; then echo right; else echo wrong; fi
	else
		case $(<"$data/err") in
		*'start of container race stopped'*) echo stopped ;;
		*'refused by policy'*) echo refused ;;
		*)
			echo failed
			"$runtime" delete --force race 2>/dev/null
			;;
		esac
	fi
}

# until_wrong COMMAND: at which try the wrong one is seen
until_wrong() {
	local try
	for ((try = 1; try <= 200; try++)); do
		[ "$(once "$1")" != wrong ] || { echo "$try"; return; }
	done
	echo never
}

works() { if [ "$1" = never ]; then echo never; else echo works; fi; }

# race NAME SWAP...: the document is there; bare_right and judged_right say of what was seen whether it was the right one
total=0
race() {
	local name=$1 racer try bare open
	shift
	"$swap" "$@" 2>"$data/swap.err" &
	racer=$!
	is_right() { bare_right "$1"; }
	bare=$(until_wrong "$runtime")
	is_right() { judged_right "$1"; }
	mount --bind /bin/true $hook
	open=$(until_wrong reeve)
	umount $hook
	for ((try = 0; try < each; try++)); do once reeve; done | sort | uniq -c >"$data/counts"
	kill -KILL $racer
	wait $racer 2>/dev/null
	is "$name: replaced all the time" "$(<"$data/swap.err")" ''
	note "$(xargs <"$data/counts"); wrong at try $bare with the bare runtime, $open without the hook"
	unlike "$name: seen under the bare runtime" "$bare" never
	unlike "$name: seen when nothing compares" "$open" never
	unlike "$name: not seen through reeve" "$(<"$data/counts")" wrong
	row "replaced-$kind" "$name" "$(works "$bare")" "$(works "$open")" "$(grep -q wrong "$data/counts" && echo works || echo never)"
	total=$((total + each))
	cat "$data/counts" >>"$data/all"
}

bare_right() { [ "$1" = "$first" ]; }
judged_right() { [ "$1" = "$(judged "$trees[0] | $number")" ]; }

# race_bind NAME SOURCE OTHER [ABOVE]: the source, or what lies above it, and something else change places
race_bind() {
	local at=/data
	[ ! -f "$2" ] || at=/file
	first=$(stat -c %d:%i "$2")
	bind "$2" $at "stat -c %d:%i $at"
	race "$1" "${4-$2}" "$3"
}
race_bind 'two directories' /srv/dir /srv/other
race_bind 'a directory and a link to /etc' /srv/dir /srv/link
rm -rf /srv/link /srv/dir && mkdir /srv/dir && ln -s /etc /srv/link
race_bind 'a directory above and a link to /etc' /srv/parent/ssl /srv/link /srv/parent
race_bind 'two files' /srv/file /srv/file2
race_bind 'a file and a link to /etc/shadow' /srv/leaf /srv/filelink

bare_right() { [ "$1" = tree/sub ]; }
judged_right() { [ "$1" = tree/sub ] || [ "$(judged "$trees | length")" = 2 ]; }
bind /srv/tree /data 'cat /data/sub/name'
race 'a mount that comes and goes below' --mount /srv/secret /srv/tree/sub
umount -q /srv/tree/sub

bare_right() { [ "$1" = "$first" ]; }
judged_right() { [ "$1" = "$(judged ".root.trees[0] | $number")" ]; }
first=$(stat -c %d:%i /srv/root)
document '.root.path = "/srv/root"' 'stat -c %d:%i /'
race 'two root file systems' /srv/root /srv/root2

judged_right() { [ "$1" = "$(judged '.namespaces[] | select(.type == "network") | '"$number")" ]; }
first=$(stat -L -c %d:%i /run/netns/judged)
document '(.linux.namespaces[] | select(.type == "network")).path = "/srv/ns/net"' 'stat -L -c %d:%i /proc/self/ns/net'
race "a network namespace and the host's" /srv/ns /srv/ns2

note "$total starts through reeve: $(awk '{ n[$2] += $1 } END { for (k in n) print n[k], k }' "$data/all" | sort -k2 | xargs)"
like 'the hook had something to stop' "$(<"$data/all")" stopped
like 'what was right ran' "$(<"$data/all")" right
table_done "replaced-$kind"

umount /srv/ns/net /srv/ns2/net
ip netns delete judged
umount -l /run/netns
rmdir /run/netns
umount /srv
done_testing
