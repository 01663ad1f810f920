#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Attacks that only happen once a container runs, each in a container of its own: as root and as an ordinary user, watched (nothing is
# refused: the profile privileged) and denied (the actions of the profile hardened, on top of that). Every one is reported within a
# second, by its detection and with the container it happened in; and what is denied did not come to pass, as the program inside says.
#
#   attempt 'NAME' DETECTION [as root|user|both] [doc FILTER] [watched RESULT] [denied RESULT] [proof WORD] -- COMMAND...
#
#   watched, denied	of the alert: happened, denied, killed; unseen: another detection has stopped it before. denied's default: either of
#		denied and killed
#   proof	a word that is said when it worked
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/monitor.sh"
sandbox_enter "$0" "$@"
monitor_setup
tier=$(reevectl node doctor | sed -n 's/^tier \([a-z]*\).*/\1/p')
count=0

# one POLICY USER: a container; the result, and whether the program says that it worked
one() {
	local id=a$count-$1-$2 said filter="$doc | host_network"
	[ "$2" = root ] || filter="$filter | user(1000)"
	bundle_make "$id" "$filter" "${command[@]}"
	said=$(timeout -k 1 60 reeve run --bundle "$bundle" "$id" </dev/null 2>&1 | tr -d '\0')
	if seen_in_time "$id" "$detection"; then result=$(seen "$id" "$detection"); else result=unseen; fi
	worked=
	[[ ! $said =~ $proof ]] || worked=yes
	[ "$result" != unseen ] || note "$said" "alerts: $(alerts_of "$id")"
	bundle_remove "$id"
}

attempt() {
	local name=$1 detection=$2 as=both doc=. watched=happened denied= proof=$'(^|\n)(changed|ran|made|asked|read|left|moved|said)(:|\n|$)' user result worked
	local -a users command
	local -A cell
	shift 2
	while [ "$1" != -- ]; do
		local -n option=$1
		option=$2
		shift 2
	done
	shift
	command=("$@")
	users=(root user)
	[ "$as" = both ] || users=("$as")
	count=$((count + 1))
	for policy in watched denied; do
		policy_use $policy
		for user in "${users[@]}"; do
			one $policy "$user"
			like "$name, $policy, by $user: $detection" "$result" "^(${!policy:-denied|killed})$"
			case $policy-$result in
			denied-denied | denied-killed | denied-unseen) is "$name, by $user: did not come to pass" "$worked" '' ;;
			esac
			cell[$policy]=$result
		done
	done
	row "detections-$tier" "$name" "$(rule_of "$detection")" "${cell[watched]}" "${cell[denied]}"
}

privileged='caps($all) | unmasked'
cgroup_rw='without("cgroup") | .mounts += [{ destination: "/cgroup", type: "bind", source: $cgroup, options: ["rbind", "rw"] }]'
policy_in_use=
policy_use() {
	[ "$policy_in_use" != "$1" ] || return 0
	policy_in_use=$1
	case $1 in
	watched) policy <<<'{ "name": "watched", "enforce": "privileged", "set": { "monitor": { "become-root": "alert" } } }' ;;
	denied) policy <<<"{ \"name\": \"denied\", \"enforce\": \"privileged\", \"set\": { $(actions_of hardened) } }" ;;
	esac
}

# ---- files ----
etc=/etc/app.conf
attempt 'a file below /etc is written' write-below-etc -- /attack write $etc
attempt 'one is made' write-below-etc -- /attack create /etc/new.conf
attempt 'one is emptied by opening it for reading' write-below-etc -- /attack truncate-by-reading $etc
attempt 'one is truncated' write-below-etc -- /attack truncate $etc
attempt 'one is written through memory' write-below-etc -- /attack write-mapped $etc
attempt 'one gets blocks' write-below-etc -- /attack allocate $etc
attempt 'a file without a name is linked there' write-below-etc as root -- /attack link-unnamed /etc /etc/new.conf
attempt 'another name for one (hard link) is written' write-below-etc as root -- /attack write-by-hard-link $etc /opt/other
attempt 'another name for one (symlink) is written' write-below-etc -- /attack write-by-symlink $etc /opt/other
attempt 'a file is renamed over one' write-below-etc as root -- /attack rename-over $etc /opt/new
attempt 'a file changes places with one' write-below-etc as root -- /attack exchange $etc /opt/new
attempt 'one is removed' write-below-etc as root -- /attack remove $etc
attempt 'its mode is changed' write-below-etc as root -- /attack change-mode $etc
attempt 'its owner is changed' write-below-etc as root -- /attack change-owner $etc
attempt 'an attribute of it is changed' write-below-etc -- /attack change-attribute $etc user.reeve
attempt 'a directory is made there' write-below-etc -- /attack make-directory /etc/new.d
attempt 'a pipe is made there' write-below-etc -- /attack make-node /etc/pipe
attempt 'by way of /proc/self/root' write-below-etc -- /attack write-by-root $etc
attempt "by a descriptor of the directory" write-below-etc -- /attack write-by-directory /etc app.conf
attempt 'through a bind mount of the directory' write-below-etc as root denied unseen doc 'caps(["SYS_ADMIN"])' -- /attack write-by-bind /etc app.conf
attempt 'through a bind mount in a user namespace' write-below-etc denied unseen -- /attack write-by-bind-userns /etc app.conf
attempt 'through io_uring' write-below-etc -- /attack ring-write $etc
attempt 'removed through io_uring' write-below-etc as root -- /attack ring-remove $etc
attempt 'a directory made through io_uring' write-below-etc -- /attack ring-make-directory /etc/new.d
attempt 'a file in / is made' write-below-root as root -- /attack create /new
attempt 'a file below /root is made' write-below-root -- /attack create /root/new
attempt 'a file among programs is made' write-below-binary-dir -- /attack create /usr/bin/new
attempt 'a program is renamed' modify-binary-dir as root -- sh -c '/bin/mv /usr/bin/kubectl /usr/bin/kubectl.old && echo changed'
attempt 'a directory among programs is made' mkdir-binary-dir -- /attack make-directory /usr/bin/new
attempt 'a watched directory is written' write-below-monitored-dir -- /attack create /root/.ssh/config
attempt 'a key is added to those that may log in' authorized-keys -- /attack create /root/.ssh/authorized_keys
attempt 'the package database is written' write-package-database as root -- /attack create /var/lib/rpm/new
attempt 'a package source is put in' update-package-repository as root -- /attack create /etc/apt/new
attempt 'a file below /dev is made' create-below-dev as root -- /attack create /dev/hidden
attempt 'the set-user-ID bit is set' setid-bit -- sh -c 'cp /attack /tmp/suid && /bin/chmod u+s /tmp/suid && echo changed'
attempt "what a shell runs at its start is changed" shell-configuration -- /attack create /root/.bashrc
attempt 'a timed job is put in' cron-files -- /attack create /etc/cron.d/job
attempt 'the preload list is written' loader-preload -- /attack create /etc/ld.so.preload
attempt 'who may become root is changed' sudoers -- /attack write /etc/sudoers
attempt 'a log is emptied' clear-logs -- /attack truncate /var/log/app.log
attempt 'the history of a shell is removed' shell-history as root -- /attack remove /root/.bash_history
attempt 'a link to /etc/shadow is made' symlink-over-sensitive denied happened -- /bin/ln -s /etc/shadow /tmp/harmless
attempt '/etc/shadow gets another name' hardlink-over-sensitive as root -- /attack write-by-hard-link /etc/shadow /opt/other

# ---- reads ----
attempt '/etc/shadow is read' sensitive-read -- /attack read /etc/shadow
attempt '/etc/shadow is read by a path with ..' sensitive-read -- /attack read /etc/../etc/../etc/shadow
attempt '/etc/shadow is read by a path with .. in an argument' directory-traversal -- /bin/cat /tmp/../../etc/../etc/shadow
# the base tier cannot see this; profiles leave io_uring out of what a container may call
ring=()
[ "$tier" = lsm ] || ring=(watched unseen denied unseen proof none)
attempt '/etc/shadow is read through io_uring' sensitive-read "${ring[@]}" -- /attack ring-read /etc/shadow
attempt 'a server reads /etc/shadow later' sensitive-read-late -- nginx wait , read /etc/shadow
attempt 'a key of ssh is read' read-ssh -- /attack read /root/.ssh/id_rsa
attempt 'an environment is read from /proc' read-environment -- /bin/cat /proc/self/environ

# ---- programs ----
attempt 'a program is dropped and executed' drop-and-execute -- /attack run-dropped /attack /tmp/../opt/dropped
attempt 'the same by a descriptor of its directory' drop-and-execute -- /attack run-dropped-relative /attack /opt/dropped
attempt 'the same by another name' drop-and-execute -- /attack run-by-hard-link /attack /opt/dropped /opt/renamed
attempt 'a program of the image is overwritten and executed' modified-executable as root denied unseen -- /attack run-overwritten /attack /usr/bin/kubectl
attempt 'a program is executed out of memory' fileless -- /attack run-memory /attack
attempt 'the same by its path in /proc' fileless -- /attack run-memory-by-proc /attack
attempt 'a file without a name is executed' deleted-executable -- /attack run-unnamed /attack /opt
attempt 'a removed file is executed' deleted-executable -- /attack run-removed /attack /opt/removed
attempt 'a program is executed from /dev/shm' shared-memory-execution doc 'mount("tmpfs"; "/dev/shm"; ["mode=1777"])' -- /attack run-dropped /attack /dev/shm/dropped
attempt 'a script is run from /dev/shm' shared-memory-script denied happened doc 'mount("tmpfs"; "/dev/shm"; ["mode=1777"])' -- sh -c 'echo echo ran >/dev/shm/x.sh; sh /dev/shm/x.sh'
attempt 'a server starts a shell' server-shell -- nginx shell 'echo said'
attempt 'a web server starts a shell' web-server-shell -- nginx shell 'echo said'
attempt 'below a web server somebody looks around' web-server-child denied unseen -- nginx shell '/bin/id; echo said'
attempt 'a database starts a program' database-child -- postgres shell 'echo said'
attempt 'netcat is told to run a shell' netcat-shell -- /bin/nc -e /bin/sh 127.0.0.1 9
attempt 'private keys are searched for' search-secrets denied happened -- sh -c '/bin/find /tmp -name id_rsa; echo said'
attempt 'credentials of AWS are searched for' search-cloud-credentials denied happened -- sh -c '/bin/find /tmp -path "*.aws/credentials"; echo said'
attempt 'data is destroyed' remove-bulk-data -- sh -c 'echo x >/tmp/x; /bin/shred -u /tmp/x && echo said'
attempt 'a package manager is started by a server' package-manager denied unseen -- nginx shell '/usr/bin/apt-get proof said'
attempt 'a package manager is started' package-manager-at-start -- sh -c 'apt-get proof said; exit'
attempt 'a network tool is started' network-tool -- sh -c 'nmap proof said; exit'
attempt 'files are copied out' copy-out -- sh -c 'scp proof said; exit'
attempt 'something is fetched' copy-in -- sh -c '/bin/wget -q -O /dev/null http://127.0.0.1:9/ && echo said'
attempt 'a client of the cluster is started' kubernetes-client -- sh -c 'kubectl proof said; exit'
attempt 'an account is managed' user-management -- sh -c 'useradd proof said; exit'
attempt 'base64 is decoded' decode-payload denied happened -- sh -c 'echo c2FpZA== | /bin/base64 -d'
attempt 'a miner is started' miner -- sh -c 'xmrig proof said; exit'
attempt "a miners' pool is named" miner-protocol denied happened -- sh -c 'echo said -o stratum+tcp://127.0.0.1:3333; exit'
attempt 'pkexec is started without arguments' pkexec-no-arguments denied happened -- sh -c 'pkexec; echo said'
attempt 'a program with set-user-ID gets settings of the loader' loader-environment as user denied happened -- sh -c 'GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=A /bin/sh -c "echo said"; exit'

# ---- the network ----
attempt 'the metadata service is asked' metadata-service -- /attack connect-tcp $metadata 80
attempt 'the same as a mapped address' metadata-service -- /attack connect-tcp6 ::ffff:$metadata 80
attempt 'the same by UDP, connected' metadata-service -- /attack connect-udp $metadata 80
attempt 'the same by UDP, not connected' metadata-service -- /attack send-udp $metadata 80
attempt 'the same by UDP, mapped' metadata-service -- /attack send-udp6 ::ffff:$metadata 80
attempt 'the same with the data in the first packet' metadata-service -- /attack fast-open $metadata 80
attempt 'the same through io_uring' metadata-service -- /attack ring-connect $metadata 80
attempt 'a raw socket' raw-socket as root doc 'caps(["NET_RAW"])' -- /attack make-raw
attempt 'a packet socket' packet-socket as root doc 'caps(["NET_RAW"])' -- /attack packet
attempt 'standard input becomes a connection' stdio-network -- /attack stdio-socket /bin/true
attempt 'a tool for files uses the network' local-program-network -- sha1sum connect-tcp $metadata 9
attempt 'ssh goes to the port of HTTPS' remote-login-port -- ssh connect-tcp $metadata 443

# ---- what leads to the host ----
attempt 'another process is attached to' ptrace-attach -- /attack attach
attempt 'a process makes itself traced' ptrace-traceme denied happened -- /attack be-traced
attempt "another process's memory is written" process-vm-write -- /attack write-child
attempt 'memory is written by /proc/self/mem' process-memory-read -- /attack write-own-memory
attempt 'a namespace is entered' enter-namespace -- /attack setns
attempt 'a user namespace is made' new-namespace -- /attack unshare-user
attempt 'something is mounted' mount-call as root doc 'caps(["SYS_ADMIN"])' -- /attack mount none /tmp/m tmpfs
[ ! -e /proc/modules ] || attempt 'a kernel module is loaded' kernel-module -- /attack load-module
attempt 'bpf is called' bpf-program -- /attack bpf
attempt 'page faults are handled' page-fault-handling as user -- /attack userfaultfd
attempt 'a device node is made' device-node as root doc 'caps(["MKNOD"])' -- /attack mknod c 1 3
attempt 'root comes back' become-root as root denied unseen proof none doc 'caps(["SETUID"])' -- /attack become-root
attempt 'mount is started in a privileged container' mount-command as root doc "$privileged" -- sh -c '/bin/mount -t tmpfs none /tmp && echo said'
attempt 'debugfs is started in a privileged container' debugfs as root doc "$privileged" -- sh -c 'debugfs proof said; exit'
attempt 'unshare is started' namespace-command -- sh -c '/bin/unshare -r true && echo said'
attempt 'a process goes into another cgroup' left-cgroup as root doc "$cgroup_rw" -- sh -c '/attack leave-cgroup /cgroup && echo left'
attempt 'a write from a cgroup of its own, below' write-below-etc as root doc "$cgroup_rw" -- sh -c '/attack nest-cgroup /cgroup$(sed -n s/^0:://p /proc/self/cgroup)/below , write '$etc
attempt 'a write after leaving the cgroup' write-below-etc as root denied unseen doc "$cgroup_rw" -- /attack leave-cgroup /cgroup , write $etc
attempt 'a write from another cgroup, entered at birth' write-below-etc as root doc "$cgroup_rw" -- /attack enter-by-clone /cgroup write $etc

[ -z "$(type -t table_done)" ] || table_done "detections-$tier"
is 'alerts came within a second' "$late" 0
monitor_done
