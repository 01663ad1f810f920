#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Attacks that only happen once a container runs, as root and as an ordinary user: watched (nothing is refused: the profile privileged, and
# every detection that is tried here alerts), denied (the actions of the profile hardened, on top of that), and an ordinary user's under
# all of the profile hardened. Every one is reported within a second, by its detection and with the container it happened in; and what is
# denied did not come to pass, as the program inside says.
#
#   attempt 'NAME' DETECTION [as root|user|both] [in KIND] [watched RESULT] [denied RESULT] [proof none] -- COMMAND...
#
#   in	the kind of container, of those below
#   watched, denied	of the alert: happened, denied, killed; unseen: there is none, as another detection has stopped it before or the tier
#		cannot see it. denied's default: either of denied and killed
#   proof	what it says does not tell whether it worked
#   possible	no: not on this kernel, whose column keeps what another saw
#
# Those of a kind and user run in a few containers, one process after another (tests/attack/batch.c): no two of them there change the same
# file, and no detection has more in one than its rate limit lets through. In a command @ is the attempt's number; /etc/app@.conf is there.
: "${bare:=runc}"	# monitor-attack-crun.sh says crun
: "${tier:=}"	# monitor-attack-base.sh says base; else the best that there is
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/monitor.sh"
sandbox_enter "$0" "$@"
monitor_setup
declare -A detection wanted cell batched
names=()

attempt() {
	local name=$1 number=${#names[@]} as=both in=plain watched=happened denied='denied|killed' proof=word possible=yes user batch
	local -a users command
	detection[$number]=$2
	shift 2
	while [ "$1" != -- ]; do
		local -n option=$1
		option=$2
		shift 2
	done
	shift
	names+=("$name")
	[ $column != 2 ] || watched="$watched|unseen" denied="$denied|unseen"
	wanted[$number-watched]=$watched wanted[$number-denied]=$denied wanted[$number-proof]=$proof
	users=(root user)
	[ "$as" = both ] || users=("$as")
	[ "$possible" = yes ] || users=()
	for user in "${users[@]}"; do
		wanted[$number]+=" $user"
		batch=$in-$user-${detection[$number]}
		batched[$batch]=$((${batched[$batch]:-0} + 1))
		batch=$in-$user-$((batched[$batch] / 4))
		printf -v line '\x1f%s' "${@//@/$number}"
		printf '%s%s\n' "$number" "$line" >>"$data/batches/$batch"
	done
}

# ---- kinds of containers ----
declare -A kinds=(
	[plain]=.
	[few]=.
	[admin]='caps(["SYS_ADMIN"])'
	[shm]='mount("tmpfs"; "/dev/shm"; ["mode=1777"])'
	[directory]='caps(["DAC_READ_SEARCH"])'
	[privileged]='caps($all) | unmasked'
	[cgroup]='without("cgroup") | .mounts += [{ destination: "/cgroup", type: "bind", source: $cgroup, options: ["rbind", "rw"] }]'
)
# an engine's socket, in its place and under another name
engine=$data/docker.sock
kinds[engine]=".mounts += [\"/run/docker.sock\", \"/opt/other.sock\" | { destination: ., type: \"bind\", source: \"$engine\", options: [\"bind\", \"rw\"] }]"
"$attack" listen-unix "$engine" >/dev/null &
listener=$!
disown
wait_for 5 test -S "$engine"
mkdir "$data/batches" "$data/said"
# What not every kernel can do on an overlay of a tmpfs: there it is no attack.
bundle_make probe . true
nameless=yes attributes=yes
"$attack" link-unnamed "$bundle/rootfs/etc" "$bundle/rootfs/etc/probe" >/dev/null || nameless=no
"$attack" change-attribute "$bundle/rootfs/etc/app.conf" user.reeve >/dev/null || attributes=no
bundle_remove probe
# What the base tier cannot see, profiles leave out of what a container may call. On kernels before 6.13 it sees less: the table says what.
column=1
if [ "$tier" = lsm ]; then
	column=3
elif [ "$(printf '%s\n' 6.13 "$(uname -r)" | sort -V | head -n 1)" != 6.13 ]; then
	column=2
fi
lsm_only=()
[ "$tier" = lsm ] || lsm_only=(watched unseen denied unseen)

# run POLICY BATCH: in a container; what it says is kept
run() {
	local id=$1-$2 user=${2#*-} filter=${kinds[${2%%-*}]} other
	[ "$1" = whole ] || filter="$filter | host_network"
	[ "${user%-*}" = root ] || filter="$filter | user(1000)"
	bundle_make "$id" "$filter" /attack batch
	other=$(other_root "${2%%-*}" && echo yes)
	timeout -k 1 300 reeve run --bundle "$bundle" "$id" <"$data/batches/$2" 2>&1 | tr -d '\0' >"$data/said/$id"
	[ -z "$other" ] || wait_for 10 umount "$bundle/rootfs"
	bundle_remove "$id"
}

# under POLICY [USER]: all of them
under() {
	local file
	for file in "$data"/batches/*-${2-*}-*; do
		while [ "$(jobs -pr | wc -l)" -ge 4 ]; do wait -n; done
		run "$1" "${file##*/}" &
	done
	wait
}

# what became of each: attempt, user, policy, "run" or "missing", how the alert says it ended, whether something stopped it, whether it worked
results() {
	jq -r 'select(.rule and .output_fields["proc.vpid"]) | "\(.container) \(.output_fields["proc.vpid"]) \(.detection) \(.result)"' $events >"$data/alerts"
	for number in "${!names[@]}"; do echo "$number ${detection[$number]}"; done >"$data/detections"
	awk '
	FILENAME ~ /detections$/ { detection[$1] = $2; next }
	FILENAME ~ /alerts$/ { n = ++alerts[$1]; pid[$1, n] = $2; of[$1, n] = $3; result[$1, n] = $4; next }
	FNR == 1 { finish(4194304); id = FILENAME; sub(/.*\//, "", id) }
	/^@ / { finish($3); number = $2; first = $3; worked = "no"; next }
	/^(changed|ran|made|mounted|asked|read|left|moved|said)(:|$)/ { worked = "yes" }
	END { finish(4194304) }
	function finish(next_pid, n, how, stopped) {
		if (number == "")
			return
		how = "unseen"
		stopped = "no"
		for (n = 1; n <= alerts[id]; n++) {
			if (pid[id, n] < first || pid[id, n] >= next_pid)
				continue
			if (of[id, n] == detection[number])
				how = result[id, n]
			if (result[id, n] != "happened")
				stopped = "yes"
		}
		split(id, part, "-")
		print number, part[3], part[1], how, stopped, worked
		number = ""
	}' "$data/detections" "$data/alerts" "$data"/said/* >"$data/results"
}

# ---- files ----
etc=/etc/app@.conf
attempt 'a file below /etc is written' write-below-etc -- /attack write $etc
attempt 'one is made' write-below-etc -- /attack create /etc/new@
attempt 'one is emptied by opening it for reading' write-below-etc -- /attack truncate-by-reading $etc
attempt 'one is truncated' write-below-etc -- /attack truncate $etc
attempt 'one is written through memory' write-below-etc -- /attack write-mapped $etc
attempt 'one gets blocks' write-below-etc -- /attack allocate $etc
attempt 'a file without a name is linked there' write-below-etc as root possible $nameless -- /attack link-unnamed /etc /etc/new@
attempt 'another name for one (hard link) is written' write-below-etc as root -- /attack write-by-hard-link $etc /opt/other@
attempt 'another name for one (symlink) is written' write-below-etc -- /attack write-by-symlink $etc /opt/other@
attempt 'a file is renamed over one' write-below-etc as root -- /attack rename-over $etc /opt/new@
attempt 'a file changes places with one' write-below-etc as root -- /attack exchange $etc /opt/new@
attempt 'one is renamed' write-below-etc as root -- /attack rename-over /opt/new@ $etc
attempt 'one is removed' write-below-etc as root -- /attack remove $etc
attempt 'its mode is changed' write-below-etc as root -- /attack change-mode $etc
attempt 'its owner is changed' write-below-etc as root -- /attack change-owner $etc
attempt 'an attribute of it is changed' write-below-etc possible $attributes -- /attack change-attribute $etc user.reeve
attempt 'a directory is made there' write-below-etc -- /attack make-directory /etc/new@
attempt 'a pipe is made there' write-below-etc -- /attack make-node /etc/pipe@
attempt 'by way of /proc/self/root' write-below-etc -- /attack write-by-root $etc
attempt 'by a descriptor of the directory' write-below-etc -- /attack write-by-directory /etc app@.conf
attempt 'through a bind mount of the directory' write-below-etc as root in admin denied unseen -- /attack write-by-bind /etc app@.conf
attempt 'through a bind mount in a user namespace' write-below-etc denied unseen -- /attack write-by-bind-userns /etc app@.conf
attempt 'by a copy of its mount that is nowhere' write-below-etc as root in admin denied unseen -- /attack write-by-tree /etc app@.conf
attempt 'by a 32-bit call' write-below-etc -- /attack write-i386 $etc
attempt 'a directory made by a 32-bit call' write-below-etc -- /attack make-directory-i386 /etc/new@
attempt 'through io_uring' write-below-etc -- /attack ring-write $etc
attempt 'removed through io_uring' write-below-etc as root -- /attack ring-remove $etc
attempt 'a directory made through io_uring' write-below-etc -- /attack ring-make-directory /etc/new@
attempt 'a file in / is made' write-below-root as root -- /attack create /new
attempt 'a file below /root is made' write-below-root -- /attack create /root/new
attempt 'a file among programs is made' write-below-binary-dir -- /attack create /usr/bin/new@
attempt 'a program is renamed' modify-binary-dir as root -- sh -c '/bin/mv /usr/bin/old /usr/bin/older && echo changed'
attempt 'a directory among programs is made' mkdir-binary-dir -- /attack make-directory /usr/bin/new@
attempt 'a watched directory is written' write-below-monitored-dir -- /attack create /root/.ssh/config
attempt 'a key is added to those that may log in' authorized-keys -- /attack create /root/.ssh/authorized_keys
attempt 'the package database is written' write-package-database as root -- /attack create /var/lib/rpm/new
attempt 'a package source is put in' update-package-repository as root -- /attack create /etc/apt/new
attempt 'a file below /dev is made' create-below-dev as root -- /attack create /dev/hidden
attempt 'a file is made executable' drift-chmod denied happened -- sh -c 'echo >/tmp/x@ && /bin/chmod 755 /tmp/x@ && echo changed'
attempt 'an executable file is made' drift-create denied happened -- sh -c 'cp /attack /tmp/made@ && echo made'
attempt 'a hidden directory is made' hidden-files in few denied happened -- /attack make-directory /tmp/.hidden
attempt 'the set-user-ID bit is set' setid-bit -- sh -c 'cp /attack /tmp/suid && /bin/chmod u+s /tmp/suid && echo changed'
attempt 'what a shell runs at its start is changed' shell-configuration -- /attack create /root/.bashrc
attempt 'a timed job is put in' cron-files -- /attack create /etc/cron.d/job
attempt 'what starts with the system is changed' start-scripts -- /attack create /etc/init.d/job
attempt 'an authority is trusted' trusted-certificates -- /attack create /etc/ssl/certs/new.pem
attempt 'the preload list is written' loader-preload -- /attack create /etc/ld.so.preload
attempt 'who may become root is changed' sudoers -- /attack write /etc/sudoers
attempt 'a log is emptied' clear-logs -- /attack truncate /var/log/app.log
attempt 'the history of a shell is removed' shell-history as root -- /attack remove /root/.bash_history
attempt 'a link to /etc/shadow is made' symlink-over-sensitive denied happened -- sh -c '/bin/ln -s /etc/shadow /tmp/harmless@ && echo made'
attempt '/etc/shadow gets another name' hardlink-over-sensitive as root -- /attack write-by-hard-link /etc/shadow /opt/other@
attempt 'the agent of a cgroup that gets empty is named' release-agent -- /attack create /tmp/release_agent
attempt 'a cgroup is to tell that it is empty' notify-on-release -- /attack create /tmp/notify_on_release
attempt 'the helper for devices is named' uevent-helper -- /attack create /tmp/uevent_helper
attempt 'a file that malware brings is there' indicator-path -- /attack create /tmp/kinsing
attempt "the host's files, mounted, are changed" host-paths -- /attack create /host/etc/new

# ---- reads ----
attempt '/etc/shadow is read' sensitive-read -- /attack read /etc/shadow
attempt '/etc/shadow is read by a path with ..' sensitive-read -- /attack read /etc/../etc/../etc/shadow
attempt '/etc/shadow is read by a path with .. in an argument' directory-traversal -- sh -c '/bin/cat /tmp/../../etc/../etc/shadow && echo read'
attempt '/etc/shadow is read through io_uring' sensitive-read "${lsm_only[@]}" -- /attack ring-read /etc/shadow
attempt '/etc/shadow is read by a 32-bit call' sensitive-read "${lsm_only[@]}" -- /attack read-i386 /etc/shadow
attempt 'a server reads /etc/shadow later' sensitive-read-late -- nginx wait , read /etc/shadow
attempt 'a key of ssh is read' read-ssh -- /attack read /root/.ssh/id_rsa
attempt 'an environment is read from /proc' read-environment -- sh -c '/bin/cat /proc/self/environ && echo && echo read'
attempt "a service account's token is read" service-account-token -- sh -c '/bin/cat /var/run/secrets/kubernetes.io/serviceaccount/token && echo read'
attempt 'credentials of a cloud are read' cloud-credentials -- sh -c '/bin/cat /root/.aws/credentials && echo read'
attempt "the host's secrets, mounted, are read" host-secrets -- /attack read /host/etc/shadow
attempt 'what shells run at their start is read' read-shell-configuration denied happened -- /attack read /etc/profile

# ---- programs ----
attempt 'a program is dropped and executed' drop-and-execute -- /attack run-dropped /attack /tmp/../opt/dropped@
attempt 'the same by a descriptor of its directory' drop-and-execute -- /attack run-dropped-relative /attack /opt/dropped@
attempt 'the same by another name' drop-and-execute -- /attack run-by-hard-link /attack /opt/dropped@ /opt/renamed@
attempt 'the same where the root is no overlay' drop-and-execute in directory -- /attack run-dropped /attack /opt/dropped@
attempt 'a program of the image is overwritten and executed' modified-executable as root denied unseen -- /attack run-overwritten /attack /usr/bin/tool
attempt 'a program is executed out of memory' fileless -- /attack run-memory /attack
attempt 'the same by its path in /proc' fileless -- /attack run-memory-by-proc /attack
attempt 'a file without a name is executed' deleted-executable possible $nameless -- /attack run-unnamed /attack /opt
attempt 'a removed file is executed' deleted-executable -- /attack run-removed /attack /opt/removed@
attempt 'a program that is not of the image is executed' new-executable -- /attack run-dropped /attack /tmp/dropped@
attempt 'a program is executed from /dev/shm' shared-memory-execution in shm -- /attack run-dropped /attack /dev/shm/dropped
attempt 'a script is run from /dev/shm' shared-memory-script in shm denied happened -- sh -c 'echo echo ran >/dev/shm/x.sh; sh /dev/shm/x.sh'
attempt 'a server starts a shell' server-shell -- nginx shell 'echo said'
attempt 'a web server starts a shell' web-server-shell -- nginx shell 'echo said'
attempt 'below a web server somebody looks around' web-server-child denied unseen -- nginx shell '/bin/id; echo said'
attempt 'below a web server standard input becomes a connection' web-server-reverse-shell denied unseen -- nginx shell '/usr/bin/php stdio-socket /bin/true'
attempt 'a database starts a program' database-child -- postgres shell 'echo said'
attempt 'netcat is told to run a shell' netcat-shell denied 'denied|killed|unseen' proof none -- /bin/nc -e /bin/sh 127.0.0.1 9
attempt 'private keys are searched for' search-secrets denied happened -- sh -c '/bin/find /tmp -name id_rsa; echo said'
attempt 'credentials of AWS are searched for' search-cloud-credentials denied happened -- sh -c '/bin/find /tmp -path "*.aws/credentials"; echo said'
attempt 'data is destroyed' remove-bulk-data -- sh -c 'echo x >/tmp/x; /bin/shred -u /tmp/x && echo said'
attempt 'a package manager is started by a server' package-manager denied unseen -- nginx shell '/usr/bin/apt-get proof said'
attempt 'a package manager is started' package-manager-at-start -- sh -c 'apt-get proof said; exit'
attempt 'a network tool is started' network-tool -- sh -c 'nmap proof said; exit'
attempt 'files are copied out' copy-out -- sh -c 'scp proof said; exit'
attempt 'something is fetched' copy-in proof none -- sh -c '/bin/wget -q -O /dev/null http://127.0.0.1:9/ && echo said'
attempt 'something is fetched with curl' copy-in-curl denied happened -- sh -c 'curl proof said , proof --output; exit'
attempt 'something is fetched by way of a proxy' proxy-environment denied happened -- sh -c 'HTTP_PROXY=http://127.0.0.1:9 curl proof said; exit'
attempt 'an npm package fetches when it is installed' npm-network-tool denied happened -- sh -c 'npm_lifecycle_event=postinstall curl proof said; exit'
attempt 'a client of the cluster is started' kubernetes-client -- sh -c 'kubectl proof said; exit'
attempt 'an account is managed' user-management -- sh -c 'useradd proof said; exit'
attempt 'a timed job is asked for' cron-command -- sh -c '/usr/bin/crontab proof said; exit'
attempt 'base64 is decoded' decode-payload in few denied happened -- sh -c 'echo c2FpZA== | /bin/base64 -d; echo'
attempt 'a miner is started' miner -- sh -c 'xmrig proof said; exit'
attempt "a miners' pool is named" miner-protocol in few denied happened -- sh -c '/bin/echo said: -o stratum+tcp://127.0.0.1:3333; exit'
attempt 'a known tool is started' attack-tool -- sh -c 'linpeas proof said; exit'
attempt 'a system account has a session' system-user-interactive as root in few denied happened -- login as-user 1 /bin/echo said
attempt 'sudo is started as its overflow needs it' sudo-overflow as user in few denied happened -- sh -c 'sudo proof said , proof "-s \\"; exit'
attempt 'pkexec is started without arguments' pkexec-no-arguments denied happened -- sh -c 'pkexec; echo said'
attempt 'a program with set-user-ID gets settings of the loader' loader-environment as user in few denied happened -- sh -c 'GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=A /bin/sh -c "echo said"; exit'

# ---- the network ----
attempt 'the metadata service is asked' metadata-service -- /attack connect-tcp $metadata 80
attempt 'the same as a mapped address' metadata-service -- /attack connect-tcp6 ::ffff:$metadata 80
attempt 'the same by UDP, connected' metadata-service -- /attack connect-udp $metadata 80
attempt 'the same by UDP, not connected' metadata-service -- /attack send-udp $metadata 80
attempt 'the same by UDP, mapped' metadata-service -- /attack send-udp6 ::ffff:$metadata 80
attempt 'the same with the data in the first packet' metadata-service -- /attack fast-open $metadata 80
attempt 'the same through io_uring' metadata-service -- /attack ring-connect $metadata 80
attempt 'the same by a 32-bit call' metadata-service -- /attack connect-i386 $metadata 80
attempt 'a raw socket' raw-socket as root -- /attack make-raw
attempt 'a packet out of a raw socket' raw-socket as root -- /attack send-raw $metadata 80
attempt 'a packet socket' packet-socket as root -- /attack packet
attempt 'standard input becomes a connection' stdio-network -- /attack stdio-socket /bin/true
attempt 'the same without dup' stdio-network -- /attack stdio-fcntl /attack
attempt 'the same by the first descriptor that is free' stdio-network -- /attack stdio-made /attack
attempt 'the same by a 32-bit call of dup2' stdio-network -- /attack stdio-i386 /attack
attempt 'a tool for files uses the network' local-program-network -- sha1sum connect-tcp $metadata 9
attempt 'ssh goes to the port of HTTPS' remote-login-port -- ssh connect-tcp $metadata 443
attempt 'an interpreter connects' interpreter-outbound denied happened -- lua connect-udp 127.0.0.2 53
attempt 'an interpreter takes connections' interpreter-inbound denied happened -- lua listen 127.0.0.1 7000
attempt 'UDP goes to an unusual port' unexpected-udp denied happened -- /attack send-udp 198.51.100.1 22
attempt 'an address from the list of malicious ones is asked' indicator-address -- /attack connect-tcp 192.0.2.1 80
attempt 'a port of miners is connected to' miner-pool-ports denied happened -- /attack connect-tcp 127.0.0.1 3333

# ---- unix sockets ----
attempt 'the socket of an engine is connected to' engine-socket as root in engine -- /attack connect-unix /run/docker.sock
attempt 'the same by a symlink' engine-socket as root in engine "${lsm_only[@]}" -- sh -c '/bin/ln -s /run/docker.sock /tmp/link@ && /attack connect-unix /tmp/link@'
attempt 'the same, mounted under another name' engine-socket as root in engine "${lsm_only[@]}" -- /attack connect-unix /opt/other.sock
attempt 'the same from its directory' engine-socket as root in engine -- sh -c 'cd /run && /attack connect-unix docker.sock'
attempt 'one is connected to by an abstract name' engine-socket -- /attack connect-own-unix %/containerd-shim/@.sock
attempt 'one is sent a datagram' engine-socket -- /attack send-own-unix /tmp/crio.sock

# ---- what leads to the host ----
attempt 'another process is attached to' ptrace-attach -- /attack attach
attempt 'a process makes itself traced' ptrace-traceme denied happened -- /attack be-traced
attempt "another process's memory is written" process-vm-write -- /attack write-child
attempt 'memory is written by /proc/self/mem' process-memory-read denied 'denied|killed|unseen' -- /attack write-own-memory
attempt 'a namespace is entered' enter-namespace proof none -- /attack setns
attempt 'a user namespace is made' new-namespace -- /attack unshare-user
attempt 'one is made for a child (clone)' new-namespace -- /attack clone-user
attempt 'one is made for a child (clone3)' new-namespace -- /attack clone3-user
attempt 'something is mounted' mount-call as root in admin -- /attack mount none /tmp tmpfs
attempt 'the same by the calls of its parts' mount-call as root in admin -- /attack mount-by-parts /tmp
attempt 'a mount is made that is nowhere' mount-call as root in admin -- /attack mount-nowhere
attempt 'what may be done in a mount is changed' mount-call as root in admin -- /attack mount-executable /dev/shm
attempt 'something is mounted by a 32-bit call' mount-call as root in admin -- /attack mount-i386 /tmp
attempt 'a file is opened by its handle' open-by-handle as root in directory -- /attack write-by-handle $etc
attempt 'something is mounted in a user namespace' mount-call denied unseen -- /attack userns-mount
attempt 'the root directory is changed' change-root as root -- /bin/chroot / /bin/echo said
modules=yes
[ -e /proc/modules ] || modules=no
attempt 'a kernel module is loaded' kernel-module as root in privileged possible $modules proof none -- /attack load-module
attempt 'bpf is called' bpf-program as root in privileged -- /attack bpf
attempt 'page faults are handled' page-fault-handling as user -- /attack userfaultfd
attempt 'a ring is made' io-uring denied happened -- /attack ring-read /etc/profile
attempt 'a file in memory is made' memory-file denied happened proof none -- /attack run-memory /attack
attempt 'a key is added' keyring denied happened -- /attack add-key
attempt 'bpf is called by a 32-bit program' bpf-program as root in privileged -- /attack bpf-i386
attempt 'a key is added by a 32-bit call' keyring denied happened "${lsm_only[@]}" -- /attack add-key-i386
attempt 'another process is attached to by a 32-bit call' ptrace-attach "${lsm_only[@]}" -- /attack attach-i386
attempt 'a device node is made' device-node as root -- /attack mknod c 1 3
attempt 'root comes back' become-root as root denied happened proof none -- /attack become-root
attempt 'mount is started in a privileged container' mount-command as root in privileged -- sh -c '/bin/mount -t tmpfs none /tmp && echo said'
attempt 'debugfs is started in a privileged container' debugfs as root in privileged -- sh -c 'debugfs proof said; exit'
attempt 'a setting of the kernel is written' sysctl-write as root in privileged -- sh -c 'echo 1024 >/proc/sys/net/core/somaxconn && echo changed'
attempt 'a program that the kernel starts is named' kernel-helpers as root in privileged -- sh -c 'x=$(cat /proc/sys/kernel/core_pattern); echo "$x" >/proc/sys/kernel/core_pattern && echo changed'
attempt 'the memory of the kernel is read' kernel-memory-read as root in privileged -- sh -c 'head -c 1 /proc/kallsyms >/tmp/x && echo read'
attempt 'unshare is started' namespace-command -- sh -c '/bin/unshare -r true && echo said'
attempt 'a process goes into another cgroup' left-cgroup as root in cgroup -- sh -c '/attack leave-cgroup /cgroup && echo left'
attempt 'a write from a cgroup of its own, below' write-below-etc as root in cgroup -- sh -c '/attack nest-cgroup /cgroup$(sed -n s/^0:://p /proc/self/cgroup)/below , write '$etc
attempt 'a write after leaving the cgroup' write-below-etc as root in cgroup denied unseen -- /attack leave-cgroup /cgroup , write $etc
attempt 'a write from another cgroup, entered at birth' write-below-etc as root in cgroup -- /attack enter-by-clone /cgroup write $etc

# ---- what came of it ----
for number in "${!names[@]}"; do echo net.x=1 >"$data/image/etc/app$number.conf"; done
chmod 666 "$data"/image/etc/app*.conf
tried=$(printf '%s\n' "${detection[@]}" | sort -u | jq -Rn '[inputs | { (.): "alert" }] | add')
policy <<<"{ \"name\": \"watched\", \"enforce\": \"privileged\", \"set\": { \"monitor\": $tried } }"
under watched
policy < <(jq -n --argjson tried "$tried" "{ $(actions_of hardened) }"' | { name: "denied", enforce: "privileged", set: { monitor: ($tried + .monitor) } }')
under denied
policy <<<'{ "name": "whole", "enforce": "hardened", "allow": [ { "why": "overlays of this test", "filesystem": { "rootPath": "any" } } ] }'
under whole user
policy <<<'{ "name": "last", "enforce": "privileged" }'
drain
results
declare -A how stopped worked
while read -r number user under alert stop work; do
	how[$number-$user-$under]=$alert stopped[$number-$user-$under]=$stop worked[$number-$user-$under]=$work
done <"$data/results"

# judged NUMBER USER
judged() {
	local number=$1 user=$2 name="${names[$1]}, by $2" of=$1-$2
	like "$name, watched: ${detection[$number]}" "${how[$of-watched]-missing}" "^(${wanted[$number-watched]})$"
	like "$name, denied: ${detection[$number]}" "${how[$of-denied]-missing}" "^(${wanted[$number-denied]})$"
	cell[$number]=${how[$of-denied]-}
	case ${cell[$number]}-${stopped[$of-denied]-} in
	unseen-yes) cell[$number]='before' ;;
	unseen-no) ;;
	happened-*) cell[$number]=seen ;;
	esac
	[ "${wanted[$number-proof]}" != none ] || return 0
	is "$name, watched: works" "${worked[$of-watched]-missing}" yes
	[ "${stopped[$of-denied]-}" = no ] || is "$name, denied: does not work" "${worked[$of-denied]-missing}" no
	[ $column != 2 ] || [ "${how[$of-denied]-}" != unseen ] || return 0
	[ "$user" = root ] || [[ ${wanted[$number-denied]} = happened* ]] || is "$name, all of hardened: does not work" "${worked[$of-whole]-missing}" no
}
for number in "${!names[@]}"; do
	for user in ${wanted[$number]-}; do judged "$number" "$user"; done
done

# ---- the table, of which this run knows one column ----
page=$here/../../man/reeve-detections.5
in_page() { sed -n '/^\.\\" BEGIN detections-seen$/,/^\.\\" END detections-seen$/p' "$page" | sed '1d;$d'; }
for number in "${!names[@]}"; do printf '%s\t%s\t%s\n' "${names[$number]}" "${detection[$number]}" "${cell[$number]-}"; done |
	awk -F '\t' -v column=$column '
	FILENAME != "-" { split($0, part, / Ta /); cells[part[1]] = part[3] " " part[4] " " part[5]; next }
	{
		key = ".It \"" $1 "\""
		if (split(cells[key], other, " ") != 3)
			other[1] = other[2] = other[3] = "-"
		if ($3 != "")
			other[column] = $3
		print key " Ta " $2 " Ta " other[1] " Ta " other[2] " Ta " other[3]
	}' <(in_page) - >"$data/table"
if [ -n "${REEVE_TABLES-}" ]; then
	ok 'the table is written' cp "$data/table" "$REEVE_TABLES/detections-seen"
else
	is "${page##*/} has the table as seen here (else: make update-tables, and for the tier lsm update-tables-vm)" "$(cat "$data/table")" "$(in_page)"
fi
kill $listener
[ -z "${KEEP-}" ] || cp -a "$data"/{said,results,alerts,batches,table} "$events" "$KEEP"
alerts_in_time
monitor_done
