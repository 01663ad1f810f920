# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# Containers that are watched: what was seen of each, and what became of it.
export SANDBOX_NO_CGROUP2=
attack=$top_builddir/tests/hostile/attack
load=/usr/libexec/reeve/reeve-load
events=/var/log/reeve/events.jsonl
metadata=169.254.169.254	# of the loopback in the sandbox's own network: nobody answers, and nothing leaves it

# ---- the node ----
# monitor_setup: an image, and the network
monitor_setup() {
	need_tools runc busybox jq ip
	"$attack" uid >/dev/null || { fail 'the attacks are built'; done_testing; }
	chmod 755 "$data"
	ip addr add $metadata/32 dev lo
	mkdir -p "$data/spec" /etc/reeve
	(cd "$data/spec" && runc spec)
	elsewhere=$(findmnt -rn -t cgroup2 -o TARGET | head -n 1)/elsewhere
	mkdir "$elsewhere"
	image_make "$data/image"
	# on a busy machine this can take longer than a start waits
	ok 'the kernel programs are loaded' "$load" "$("$load" doctor --json | jq -r .current)"
}

# image_make DIR: busybox, and what attacks look for
image_make() {
	local dir=$1 name
	busybox_rootfs "$dir"
	mkdir -p "$dir"/{root/.ssh,usr/bin,usr/sbin,var/log,etc/cron.d,etc/apt,var/lib/rpm,home/app/.ssh,var/run/secrets,opt,dev/shm,proc,sys}
	cp "$attack" "$dir/attack"
	# with names that detections know; what they do is attack's
	for name in usr/sbin/nginx usr/bin/kubectl usr/bin/xmrig usr/bin/postgres usr/bin/debugfs usr/bin/pkexec usr/bin/nmap usr/bin/ssh \
		usr/bin/useradd usr/bin/scp usr/bin/apt-get usr/bin/sha1sum; do
		cp "$attack" "$dir/$name"
	done
	printf 'root:$6$not$a-hash:19000:0:99999:7:::\n' >"$dir/etc/shadow"
	echo 'root ALL=(ALL) ALL' >"$dir/etc/sudoers"
	echo key >"$dir/root/.ssh/id_rsa"
	echo old >"$dir/var/log/app.log"
	echo 'ls' >"$dir/root/.bash_history"
	printf 'net.x=1\n' >"$dir/etc/app.conf"
	# so that an ordinary user can try
	chmod 666 "$dir"/etc/{shadow,app.conf,sudoers} "$dir/var/log/app.log"
	chmod 777 "$dir"/{etc,usr/bin,usr/sbin,opt,root,root/.ssh,etc/cron.d,var/log}
}

monitor_done() {
	umount "$data"/c/*/rootfs 2>/dev/null
	rmdir "$elsewhere"
	done_testing
}

# ---- containers ----
# all of them; the first 14 are those that engines give
capabilities='["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID",
	"SETPCAP", "SETUID", "SYS_CHROOT", "AUDIT_CONTROL", "AUDIT_READ", "BLOCK_SUSPEND", "DAC_READ_SEARCH", "IPC_LOCK", "IPC_OWNER", "LEASE",
	"LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "NET_ADMIN", "NET_BROADCAST", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_NICE",
	"SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"]'
# bundle_make NAME FILTER COMMAND...: $bundle, whose root is an overlay of the image
bundle_make() {
	local name=$1 filter=$2
	shift 2
	bundle=$data/c/$name
	mkdir -p "$bundle"/{rootfs,upper,work}
	mount -t overlay -o "lowerdir=${layers:-$data/image},upperdir=$bundle/upper,workdir=$bundle/work" overlay "$bundle/rootfs"
	jq --arg cgroup "$elsewhere" --argjson all "$capabilities" "$words .process.terminal = false | .root.readonly = false | .process.noNewPrivileges = false | .process.args = \$ARGS.positional |
		caps(\$all[:14]) | $filter" \
		"$data/spec/config.json" --args -- "$@" >"$bundle/config.json"
}
words='
def caps($names): .process.capabilities |= with_entries(.value = ((.value // []) + ($names | map("CAP_" + .)) | unique));
def user($id): .process.user = { uid: $id, gid: $id };
def without($namespace): .linux.namespaces |= map(select(.type != $namespace));
def host_network: without("network");
def unmasked: del(.linux.maskedPaths, .linux.readonlyPaths);
def terminal: .process.terminal = true;
def mount($type; $to; $options): .mounts += [{ destination: $to, type: $type, source: $type, options: $options }];
'

bundle_remove() { umount "$data/c/$1/rootfs" && rm -rf --one-file-system "$data/c/$1"; }

# ---- what was seen ----
# seen ID DETECTION: how it ended, of the last such alert
seen() { jq -r --arg id "$1" --arg d "$2" 'select(.container == $id and .detection == $d) | .result' $events 2>/dev/null | tail -n 1 | grep .; }
# alerts_of ID [PRIORITY...]: their detections
alerts_of() { jq -r --arg id "$1" 'select(.container == $id and .rule) | .detection' $events 2>/dev/null | sort -u | xargs; }

# seen_in_time ID DETECTION: within a second; later is counted, 10 s are the end
late=0
seen_in_time() {
	local from=${EPOCHREALTIME/./} now
	until seen "$1" "$2" >/dev/null; do
		now=${EPOCHREALTIME/./}
		[ $((now - from)) -lt ${seen_wait:-5000000} ] || return 1
		sleep 0.02
	done
	now=${EPOCHREALTIME/./}
	[ $((now - from)) -lt 1000000 ] || late=$((late + 1))
	return 0
}

# rule_of DETECTION: its name in alerts
rule_of() { cat "$here"/../../policy/profiles/detections/*.json | grep -m1 -o "\"name\": \"$1\", \"rule\": \"[^\"]*\"" | sed 's/.*"rule": "//; s/"$//'; }

# actions_of PROFILE: its members of "monitor", as a policy has them
actions_of() { sed -n '/^\t\t"monitor": {/,/^\t\t}/p' "/usr/share/reeve/profiles/$1.json" | sed 's,//.*,,'; }
