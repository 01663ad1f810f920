# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# Containers that are watched: what was seen of each, and what became of it.
export SANDBOX_NO_CGROUP2=
attack=$top_builddir/tests/hostile/attack
load=/usr/libexec/reeve/reeve-load
events=/var/log/reeve/events.jsonl
metrics=/run/data/reeve.prom
metadata=169.254.169.254	# of the loopback in the sandbox's own network: nobody answers, and nothing leaves it

# ---- the node ----
# monitor_setup: an image, and the network
monitor_setup() {
	need_tools runc "${bare:=runc}" busybox jq ip
	"$attack" uid >/dev/null || { fail 'the attacks are built'; done_testing; }
	chmod 755 "$data"
	ip addr add $metadata/32 dev lo
	ip addr add 192.0.2.1/32 dev lo	# a list of detections has it
	ip addr add 198.51.100.1/32 dev lo
	mkdir -p "$data/spec" /etc/reeve
	(cd "$data/spec" && runc spec)
	jq -n --arg runtime "$(type -P "$bare")" --arg metrics $metrics --arg tier "${tier:-}" \
		'{ runtime: $runtime, monitor: ({ metrics: $metrics } + if $tier == "" then {} else { tier: $tier } end) }' >/etc/reeve/reeve.json
	elsewhere=$(findmnt -rn -t cgroup2 -o TARGET | head -n 1)/elsewhere
	mkdir "$elsewhere"
	image_make "$data/image"
	# on a busy machine this can take longer than a start waits
	ok 'the policy is applied' reevectl policy apply
	ok 'the kernel programs are loaded' "$load" "$("$load" doctor --json | jq -r .current)"
	tier=$("$load" doctor --json | jq -r .tier)
	is 'in the tier that this kernel has' "$("$load" doctor --json | jq -r '.sets[0].tier')" "$tier"
}

# image_make DIR: busybox, and what attacks look for
image_make() {
	local dir=$1 name
	busybox_rootfs "$dir"
	mkdir -p "$dir"/{root/.ssh,root/.aws,usr/bin,usr/sbin,var/log,var/lib/rpm,home/app/.ssh,opt,dev/shm,proc,sys} \
		"$dir"/etc/{cron.d,apt,init.d,ssl/certs} "$dir"/host/etc "$dir"/var/run/secrets/kubernetes.io/serviceaccount
	cp "$attack" "$dir/attack"
	# with names that detections know; what they do is attack's
	for name in sbin/nginx bin/{apt-get,crontab,curl,debugfs,kubectl,linpeas,login,lua,nmap,old,php,pkexec,postgres,scp,sha1sum,ssh,sudo,tool,useradd,xmrig}; do
		ln "$dir/attack" "$dir/usr/$name"
	done
	printf 'root:$6$not$a-hash:19000:0:99999:7:::\n' >"$dir/etc/shadow"
	echo 'root ALL=(ALL) ALL' >"$dir/etc/sudoers"
	tee "$dir/root/.ssh/id_rsa" "$dir/root/.aws/credentials" "$dir/host/etc/shadow" "$dir/etc/profile" \
		"$dir/var/run/secrets/kubernetes.io/serviceaccount/token" >/dev/null <<<key
	echo old >"$dir/var/log/app.log"
	echo 'ls' >"$dir/root/.bash_history"
	printf 'net.x=1\n' >"$dir/etc/app.conf"
	# so that an ordinary user can try
	chmod 666 "$dir"/etc/{shadow,app.conf,sudoers} "$dir/var/log/app.log"
	chmod 777 "$dir"/{etc,etc/cron.d,etc/init.d,etc/ssl/certs,usr/bin,usr/sbin,opt,root,root/.ssh,var/log,host/etc}
}

monitor_done() {
	umount "$data"/c/*/rootfs 2>/dev/null
	wait_for 30 rmdir "$elsewhere"
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
# other_root KIND: covers the overlay with a root that is none; to be unmounted before the bundle is removed
other_root() {
	case $1 in
	directory) cp -a "$data/image" "$bundle/root" && mount --bind "$bundle/root" "$bundle/rootfs" ;;
	disk) cp --sparse=always "$data/disk" "$bundle/disk" && mount -o loop "$bundle/disk" "$bundle/rootfs" ;;
	*) return 1 ;;
	esac
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

# what the monitor has just looked at there may be in use yet
bundle_remove() { wait_for 10 umount "$data/c/$1/rootfs" && rm -rf --one-file-system "$data/c/$1"; }

# ---- what was seen ----
# seen ID DETECTION: how it ended, of the last such alert
seen() { jq -r --arg id "$1" --arg d "$2" 'select(.container == $id and .detection == $d) | .result' $events 2>/dev/null | tail -n 1 | grep .; }
# alerts_of ID [PRIORITY...]: their detections
alerts_of() { jq -r --arg id "$1" 'select(.container == $id and .rule) | .detection' $events 2>/dev/null | sort -u | xargs; }

# seen_in_time ID DETECTION: it has come
seen_in_time() { wait_for 30 seen "$1" "$2"; }

# Alerts come in order: once that of a container made for it is there, all those before are.
drained=0
drain() {
	local id=drained$((++drained))
	layers= bundle_make "$id" . /attack write /etc/app.conf
	reeve run --bundle "$bundle" "$id" >/dev/null 2>&1 </dev/null
	ok 'what was seen before has come' seen_in_time "$id" write-below-etc
	bundle_remove "$id"
}

# From the events to the file, as the monitor measured it; on an emulated processor in ten seconds. A machine that stands still for a moment
# holds up some of them.
alerts_in_time() {
	local bound=${REEVE_EMULATED:+10} all
	: "${bound:=1}"
	wait_for 30 eval '[ "$(metric alert_latency_seconds_count)" -ge "$(grep -c "\"rule\":" '$events')" ]'
	all=$(metric alert_latency_seconds_count)
	ok "most alerts came within $bound s, of $all" test "$(metric "alert_latency_seconds_bucket{le=\"$bound\"}")" -gt $((all / 2))
}
metric() { awk -v name="reeve_$1" '$1 == name { print $2 }' $metrics; }

# actions_of PROFILE: its members of "monitor", as a policy has them
actions_of() { sed -n '/^\t\t"monitor": {/,/^\t\t}/p' "/usr/share/reeve/profiles/$1.json" | sed 's,//.*,,'; }
