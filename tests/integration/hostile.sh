# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# Attempts to get out of a container, each really made: with the runtime alone, where it must work, and through reeve under the shipped
# profiles engine (the entry of a shell) and baseline (the entry of a CRI engine). tests/hostile/attack is what runs inside.
#
#   attempt 'NAME' doc FILTER try 'WORDS' proof TEXT engine ANSWER [baseline ANSWER] ...
#
#   doc		jq filter over the runtime's own `spec`, with the words below
#   try		arguments of attack
#   proof	what is said when it worked
#   how		shell text in place of `RUNTIME run` ($1: the runtime)
#   prepare, after	shell text before and behind each of the three starts; $data/asked.json is the document, $said what came of it
#   runtime	crun in place of runc
#   alone	'fails' where the installed runtime holds against it by itself
#   engine, baseline	what reeve does, as in the table of reeve-security(7); where baseline is not given it is as engine
#
#	refused: RULE...	nothing was started, by these rules
#	refused: document	nothing was started: no policy is asked about such a document
#	refused: call		the same of a command line
#	fails			handed to the runtime, and nothing comes of the attempt: the program inside says so
#	fails: RULE		the same, because this rule changed the document
#	never			of many starts some were refused or stopped and some harmless
#	allowed			started, and it works: the profile means to allow it
export SANDBOX_NO_CGROUP2=1	# crun takes a hybrid machine only so
attack=$top_builddir/tests/hostile/attack

# ---- victims ----
# Settings of the machine that attempts come near; none may change.
settings=(/proc/sys/kernel/{core_pattern,modprobe,hostname} /proc/sys/kernel/random/boot_id)

hostile_setup() {
	local dir rt
	need_tools runc crun busybox jq losetup mke2fs
	"$attack" uid >/dev/null || { fail 'the attacks are built'; done_testing; }
	chmod 755 "$data"
	bundle=$data/bundle
	mkdir -p "$bundle/rootfs" "$data/spec" /etc/reeve
	chmod 755 "$bundle"
	for dir in /srv /mnt /opt; do mount -t tmpfs -o mode=755 tmpfs $dir; done
	busybox_rootfs "$data/image"
	cp "$attack" "$data/image/attack"
	fresh
	for rt in runc crun; do
		rm -f "$data/spec/config.json"
		(cd "$data/spec" && $rt spec)
		jq '.process.terminal = false | .root.readonly = false | .process.noNewPrivileges = false' \
			"$data/spec/config.json" >"$data/$rt.json"
	done
	echo 'the secret of the host' >/etc/reeve-victim
	chmod 600 /etc/reeve-victim
	staged=/var/lib/kubelet/pods/one/volumes/kubernetes.io~empty-dir/volume
	mkdir -p $staged
	sleep 100000 &
	victim=$!
	started=($victim)
	before=$(cat "${settings[@]}" 2>/dev/null)
	export attack bundle data staged victim
}

# serve SOCKET: a service of the host that answers root only
serve() {
	mkdir -p "$(dirname "$1")"
	"$attack" serve "$1" >/dev/null &
	started+=($!)
	wait_for 30 grep -q -- "$1\$" /proc/net/unix
}

# The disk of the host: $disk, with its numbers in $numbers
disk_make() {
	truncate -s 1M "$data/disk.image"
	mkdir -p "$data/disk"
	echo 'the secret of the disk' | tee "$data/disk/secret" >/dev/null
	mke2fs -q -t ext4 -d "$data/disk" "$data/disk.image"
	# the boot block, which ext4 leaves alone
	dd if="$data/disk/secret" of="$data/disk.image" conv=notrunc status=none
	disk=$(loop_device "$data/disk.image") || { fail 'a loop device'; hostile_done; }
	# goes with the last of those who have it open: this shell, however it ends
	exec {disk_fd}<"$disk"
	losetup -d "$disk"
	numbers=$(stat -c '%Hr %Lr' "$disk")
	export disk numbers
}

hostile_done() {
	local pid
	for pid in "${started[@]}"; do kill -KILL "$pid"; wait "$pid"; done 2>/dev/null
	[ -z "${disk_fd-}" ] || exec {disk_fd}<&-
	umount /srv /mnt /opt
	is "the host's own file is as it was" "$(stat -c %a /etc/reeve-victim) $(cat /etc/reeve-victim)" '600 the secret of the host'
	is "the machine's settings are as they were" "$(cat "${settings[@]}" 2>/dev/null)" "$before"
	done_testing
}

# ---- documents ----
words='
def caps($names): .process.capabilities |= with_entries(.value = ((.value // []) + ($names | map("CAP_" + .)) | unique));
def bind($from; $to; $options): .mounts += [{ destination: $to, type: "bind", source: $from, options: (["bind"] + $options) }];
def mount($type; $to; $options): .mounts += [{ destination: $to, type: $type, source: $type, options: $options }];
def without($namespace): .linux.namespaces |= map(select(.type != $namespace));
def join($type; $path): without($type) | .linux.namespaces += [{ type: $type, path: $path }];
def unmasked: del(.linux.maskedPaths, .linux.readonlyPaths);
def devices: .linux.resources.devices = [{ allow: true, access: "rwm" }];
'

# document FILTER WORDS: the bundle of the next start
document() {
	local -a args
	read -ra args <<<"$2"
	jq --arg data "$data" --arg staged "$staged" --arg disk "${disk-}" --arg victim "$victim" \
		"$words .process.args = [\"/attack\"] + \$ARGS.positional | $1" "$data/${runtime:-runc}.json" --args -- "${args[@]}" \
		>"$bundle/config.json"
}

# bring_runtimes: the image brings what the runtimes are linked with, as one that means to start them would
bring_runtimes() {
	local rt lib
	for rt in runc crun; do
		for lib in $(ldd "$(command -v $rt)" | grep -o '/[^ ]*'); do
			mkdir -p "$data/image/$(dirname "$lib")"
			cp "$lib" "$data/image/$lib"
		done
	done
	ln -s /proc/self/exe "$data/image/self"
	ln -s /proc/self/fd/9 "$data/image/nine"
	fresh
}

# fresh: what an attempt did to the image is undone
fresh() {
	rm -rf --one-file-system "$bundle/rootfs"
	cp -a "$data/image" "$bundle/rootfs"
}

# ---- attempts ----
# entry_of PROFILE: the path by which reeve is called; it says which engine calls and which runtime is preferred
entry_of() {
	case $1-$runtime in
	engine-runc) echo /usr/bin/reeve ;;
	engine-crun) echo /usr/libexec/reeve/podman/crun ;;
	baseline-*) echo "/usr/libexec/reeve/cri/$runtime" ;;
	esac
}

# made RUNTIME: one start; $said is what came of it
made() {
	rm -rf --one-file-system "$bundle"/rootfs/{d,h,p,s,v}	# what the last start mounted on
	eval "$prepare"
	said=$(timeout -k 1 120 bash -c 'eval "$how"' how "$1" 2>&1 | tr -d '\0')
	eval "$after"
}

# answer RECORD WANTED: what reeve did, in the words of the table
answer() {
	local rules
	if [[ $said == *"$proof"* ]]; then
		echo allowed
	elif [ "$2" = never ]; then
		echo never
	elif [ -z "$1" ]; then
		echo 'refused: call'
	elif [[ $said == *'trying '* || $(jq -r .decision <<<"$1") == @(allow|rewrite) ]]; then
		rules=$(jq -r '[.edits[]?.rule] | join(" ")' <<<"$1")
		if [[ $2 == fails:* && " $rules " == *" ${2#fails: } "* ]]; then echo "$2"; else echo fails; fi
	else
		jq -r '"refused: " + (if .denials then [.denials[].rule] | unique | join(" ") else "document" end)' <<<"$1"
	fi
}

# shellcheck disable=SC2016
run_it='exec "$1" run --bundle "$bundle" hostile </dev/null'
# often RUNTIME: $start again and again until it works, in words of how: the runtime alone is tried until it is seen, reeve $tries times.
export tries=12
often() {
	local try seen
	for ((try = 0; try < tries; try++)); do
		seen=$(eval "$start" 2>&1 | tr -d '\0')
		echo "$seen"
		[[ $seen != *"$proof"* ]] || break
	done
}
export -f often
attempt() {
	local name=$1 doc=. try='' proof='' engine='' baseline='' alone=works runtime=runc how=$run_it prepare=: after=: profile want got
	local records said
	local -A cell
	shift
	while [ $# -gt 0 ]; do
		local -n option=$1
		option=$2
		shift 2
	done
	export how proof
	document "$doc" "$try"
	cp "$bundle/config.json" "$data/asked.json"
	tries=500 made "$(command -v $runtime)"
	if [ "$alone" = works ]; then
		contains "$name: $runtime alone: works" "$said" "$proof"
	else
		unlike "$name: $runtime alone: $alone" "$said" "$proof"
	fi
	cell[alone]="$runtime: $alone"
	for profile in engine baseline; do
		want=${!profile:-$engine}
		records=$(wc -l 2>/dev/null <$decisions)
		made "$(entry_of $profile)"
		got=$(answer "$(tail -n +$((records + 1)) $decisions 2>/dev/null | grep -v '"unmonitored":' | tail -n 1)" "$want")
		is "$name: $profile" "$got" "$want"
		[ "$got" = "$want" ] || note "$said"
		cell[$profile]=$got
	done
	row "$table" "$name" "${cell[alone]}" "${cell[engine]}" "${cell[baseline]}"
}

# calls WORD=NAME...: attempts that need no document of their own, one after the other in one container with what capabilities it likes; a
# row each. WORD~NAME: the profiles allow it.
calls() {
	local -a try=()
	local -A seen result
	local item word profile runtime=runc prepare=: after=: how=$run_it want
	for item; do try+=("${item%%[=~]*}"); done
	export how
	document 'caps(["SYS_ADMIN", "SYS_PTRACE", "SYS_TIME", "SYSLOG", "BPF", "PERFMON", "NET_RAW", "SYS_CHROOT"])' \
		"$(printf '%s , ' "${try[@]}" | sed 's/ , $//')"
	for profile in alone engine baseline; do
		made "$([ $profile = alone ] && command -v runc || entry_of $profile)"
		seen[$profile]=$said
	done
	for item; do
		word=${item%%[=~]*}
		for profile in alone engine baseline; do
			want=fails
			[ $profile != alone ] || want=works
			[[ $profile = alone || $item != *~* ]] || want=allowed
			result[$profile]=$(sed -n "/^trying $word\$/{n;p}" <<<"${seen[$profile]}")
			case ${result[$profile]} in
			made) result[$profile]=$([ $profile = alone ] && echo works || echo allowed) ;;
			failed:*) result[$profile]=fails ;;
			esac
			is "${item#*[=~]}: $profile" "${result[$profile]}" $want
		done
		row "$table" "${item#*[=~]}" "runc: ${result[alone]}" "${result[engine]}" "${result[baseline]}"
	done
}
