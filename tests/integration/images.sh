#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Real images (tests/images), made of Debian's packages and run by docker: under the loose profiles each answers as with bare runc; under
# the strict ones it does so after the documented rewrite, or is refused with advice that works when it is followed. What an image calls
# is traced with bare runc; none of it is lost.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
images=(nginx redis postgres python node batch)
made=$top_builddir/images

# The network is outside.
if [ -z "${REEVE_SANDBOX-}" ] && [ "$(id -u)" = 0 ]; then
	need_tools mmdebstrap apt-get
	"$here/../images/base" "$made" || skip_all 'packages cannot be had'
fi
sandbox_enter "$0" "$@"
need_tools dockerd docker containerd runc jq curl strace nsenter

# ---- the images ----
# Layers are kept between runs where overlayfs can lie on them.
kept=
case $(stat -f -c %T "$made") in
ext2/ext3 | xfs | btrfs)
	mkdir -p "$made/docker"
	mount --bind "$made/docker" /var/lib/docker
	kept=yes
	;;
esac

# Bare runc with every call of the container's processes in $data/trace: create ends, the tracer stays with what it made.
cat >"$data/traced" <<-END
	#!/bin/sh
	case " \$* " in *" create "*)
		cp config.json $data/before.json
		exec strace -DDD -f -qq -e signal=none -s 0 -o $data/trace runc "\$@"
		;;
	esac
	exec runc "\$@"
END
chmod +x "$data/traced"
mkdir -p /etc/docker
jq -n --arg traced "$data/traced" '{ runtimes: { traced: { path: $traced }, reeve: { path: "/usr/libexec/reeve/docker/runc" } } }' \
	>/etc/docker/daemon.json
docker_daemon
docker ps -aq | xargs -r docker rm -f >/dev/null
docker volume prune -f >/dev/null

images_done() {
	docker rm -fv box >/dev/null 2>&1
	docker volume rm -f orders >/dev/null 2>&1
	daemon_stop dockerd
	[ -z "$kept" ] || umount /var/lib/docker
	done_testing
}

key=$(cut -c-64 "$made/base.key")
[ "$(docker image inspect -f '{{.Comment}}' base 2>/dev/null)" = "$key" ] ||
	ok 'the base is loaded' docker import -m "$key" "$made/base.tar" base
build() { DOCKER_BUILDKIT=0 docker build --network none -t "$1:1" "$here/../images/$1" >"$data/build.$1" 2>&1; }
not_built() {
	fail "$1 is built"
	note "$(tail "$data/build.$1")"
	wait "$first"
	images_done
}
build postgres & first=$!
for image in "${images[@]}"; do
	[ "$image" = postgres ] || build "$image" || not_built "$image"
done
wait $first || not_built postgres
docker image prune -f >/dev/null

# ---- what is asked of each, and the answer ----
get() { nsenter -t "$pid" -n curl -s --max-time 30 "$@"; }
# logged TIMES TEXT
logged() { wait_for 120 eval "[ \"\$(docker logs box 2>&1 | grep -c '$2')\" = $1 ]"; }

ask_nginx() {
	wait_for 120 get http://127.0.0.1/
	get http://127.0.0.1/
	get -o /dev/null -w '%{http_code}\n' http://127.0.0.1/missing
}
ask_redis() {
	logged 1 'Ready to accept connections'
	printf '%s\n' ping 'set fruit apple' 'get fruit' 'incrby kilos 42' bgrewriteaof save 'eval "return 6*7" 0' |
		docker exec -i box redis-cli
}
ask_postgres() {
	logged 2 'ready to accept connections'	# first while the cluster is made
	docker exec box psql -U postgres -At -c "INSERT INTO fruit VALUES ('apple', 42), ('pear', 7)" -c 'VACUUM ANALYZE fruit' \
		-c 'SELECT name, kilos FROM fruit ORDER BY name' -c "SELECT encode(sha256('x'), 'hex')" -c 'SHOW server_encoding'
}
ask_python() {
	wait_for 120 get http://127.0.0.1:8000/
	get http://127.0.0.1:8000/
	get --data 'some data' http://127.0.0.1:8000/digest
}
ask_node() {
	wait_for 120 get http://127.0.0.1:3000/
	get http://127.0.0.1:3000/page
}
ask_batch() {
	echo "exit $(docker wait box)"
	sort "$(docker volume inspect -f '{{.Mountpoint}}' orders)/report.csv"
}

options() {
	[ "$1" != batch ] || echo '-v orders:/work'
}

# see IMAGE OPTION...: starts it, asks, and stops it; the answer
see() {
	local image=$1 orders pid
	shift
	docker rm -fv box >/dev/null 2>&1
	if [ "$image" = batch ]; then
		docker volume rm -f orders >/dev/null
		orders=$(docker volume create orders)
		orders=$(docker volume inspect -f '{{.Mountpoint}}' "$orders")
		printf 'customer,amount\nada,3\nbob,4\nada,5\n' >"$orders/orders.csv"
	fi
	# shellcheck disable=SC2046
	docker run -d --name box --network none $(options "$image") "$@" "$image:1" 2>"$data/stderr" >/dev/null || {
		sed -n '1s/.*\(reeve: refused\)/\1/p' "$data/stderr"
		return 1
	}
	pid=$(docker inspect -f '{{.State.Pid}}' box)
	find /run/reeve -name config.json -exec cp {} "$data/after.json" \; 2>/dev/null
	"ask_$image" 2>&1
	docker stop -t 60 box >/dev/null
	docker inspect -f 'ended with {{.State.ExitCode}}' box
	docker logs box >"$data/log.$image" 2>&1
}


# ---- bare: the answer, and what is called ----
# The names after the container's first program is executed; before that the runtime and the engine's hook are at work.
used() {
	awk '!inside && /execve\("/ && !/execve\("(\/proc\/|[^"]*\/runc")/ { inside = 1 }
		inside && match($0, /^[0-9]+ +[a-z_0-9]+\(/) { sub(/^[0-9]+ +/, ""); sub(/\(.*/, ""); print }' "$1" | sort -u
}
declare -A answer
for image in "${images[@]}"; do
	answer[$image]=$(see "$image" --runtime traced)
	note "$image:" "${answer[$image]}"
	used "$data/trace" >"$data/used.$image"
	ok "$image: its calls are seen" grep -qx execve "$data/used.$image"
done
contains 'nginx answers' "${answer[nginx]}" $'a page of nginx\n404\nended with 0'
contains 'redis answers' "${answer[redis]}" $'PONG\nOK\napple\n42'
contains 'postgres answers' "${answer[postgres]}" $'apple|42\npear|7'
contains 'python answers' "${answer[python]}" '"sqlite":42'
contains 'node answers' "${answer[node]}" '"sum":42'
contains 'batch answers' "${answer[batch]}" $'exit 0\nada,2,8\nbob,1,4'
[ -z "${REEVE_TEST_BARE-}" ] || images_done

# ---- through reeve ----
# under SET ALLOW: the policy of the next container; $profile binds
under() {
	jq -n --arg profile "$profile" --argjson set "$1" --argjson allow "$2" '{ name: "images", match: { engine: "docker" },
		enforce: $profile, set: $set,
		allow: ([{ why: "dockerd hands the network over in a hook", grant: "docker-network" }] + $allow) }' \
		>/etc/reeve/policy.d/10-images.json
	reevectl policy apply >"$data/apply" 2>&1 || { fail 'the policy is applied'; note "$(cat "$data/apply")"; }
}

# same IMAGE WHAT OPTION...: it answers as with bare runc, and what it lost it never called; $seen tells so
same() {
	local image=$1 what=$2 got lost
	shift 2
	got=$(see "$image" --runtime reeve "$@")
	is "$image, $profile: $what" "$got" "${answer[$image]}"
	[ "$got" = "${answer[$image]}" ] || note "$(tail -n 5 "$data/log.$image")"
	ok "$image, $profile: no call is gained" eval '"$top_builddir/tests/unit/seccomp-lost" "$data/before.json" "$data/after.json" >"$data/lost"'
	sed -n 's/^lost //p' "$data/lost" | sort -u >"$data/lost.names"
	lost=$(comm -12 "$data/lost.names" "$data/used.$image" | xargs)
	is "$image, $profile: none that it uses is lost" "$lost" ''
	[ "$got" = "${answer[$image]}" ] || what="$what: no"
	seen=${seen:+$seen; }$what${lost:+, without $lost}
}

# seen_row IMAGE
seen_row() {
	row images "$1" "$profile" "$seen" "$(wc -l <"$data/lost.names")"
	seen=
}

# refused IMAGE: under the profile as it is; what the user reads is in $refusal
refused() {
	local got
	got=$(see "$1" --runtime reeve)
	refusal=$(last_refusal)
	contains "$1, $profile: refused, and the user reads why" "$got" "$refusal"
	contains "$1, $profile: because it is root" "$refusal" 'asks to run as root (uid 0)'
}

# advised NAME...: what the refusal says to allow of these members, as an exception
advised() {
	local name
	for name; do grep -oP "\"$name\": (\{[^}]*\}|\[[^]]*\])" <<<"$refusal" | tail -n 1; done |
		jq -Rsc 'split("\n") | map(select(. != "")) | "[{\"why\": \"as advised\"," + join(",") + "}]" | fromjson'
}

# ids IMAGE USER: as the image's own passwd has them
ids() { docker run --rm --network none --entrypoint sh "$1:1" -c "echo \$(id -u $2):\$(id -g $2)"; }

# The rewrite of reeve-policy(5): root becomes the user whom the image has for it, and where that one writes is named.
declare -A known
rewrite() {
	: "${known[$1]=$(ids "$1" "$2")}"
	under "{ \"user\": { \"rewriteTo\": \"${known[$1]}\" }, \"filesystem\": { \"tmpfs\": $3 } }" \
		'[{ "why": "begins as root only to become another user", "user": { "root": "rewrite" } }]'
	same "$1" 'rewritten: runs'
}

seen=
for profile in engine baseline; do
	under '{}' '[]'
	for image in "${images[@]}"; do
		same "$image" runs
		seen_row "$image"
	done
done

# strict IMAGE USER TMPFS: refused, and each way out that it is told of; no USER where the image has none but root
strict() {
	local image=$1 members=(user capabilities)
	[ "$profile" = restricted ] || members=(user)
	under '{}' '[]'
	refused "$image"
	seen=refused
	# nginx writes below /var/lib, which this user does not own
	if [ "$profile" = restricted ] && [ -n "$2" ] && [ "$image" != nginx ]; then
		same "$image" '\-\-user as advised: runs' --user "$2"
	fi
	if [ "$profile" = restricted ] || [ -z "$2" ]; then
		under '{}' "$(advised "${members[@]}")"
		same "$image" 'allowed as advised: runs'
	fi
	[ -z "$2" ] || rewrite "$@"
	seen_row "$image"
}
for profile in restricted hardened; do
	strict nginx www-data '["/run", "/var/lib/nginx"]'
	strict redis redis '[]'
	strict postgres postgres '["/run/postgresql"]'
	strict python www-data '["/tmp"]'
	under '{}' '[]'
	same node runs
	seen_row node
	strict batch '' ''
done

table_done images
images_done
