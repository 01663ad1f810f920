#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# vm.sh [OPTION...] [--] COMMAND [ARG...]: runs a command under another kernel; see --help. What happens inside is in init.
set -euo pipefail

usage() {
	cat <<'END'
usage: vm.sh [OPTION...] [--] COMMAND [ARG...]

Runs COMMAND as root in a virtual machine with one of Debian's kernels, in the same directory, and ends with its status. The
machine's processor is emulated: nothing is asked of the hardware, and it is some ten times slower. It has this machine's files,
read-only: changes to /etc /usr /var /root /home /opt /srv /tmp are its own and are lost; /run is a new tmpfs, /mnt a new ext4.
There is only cgroup2, with every controller; bpffs, securityfs and tracefs are mounted; there is no network but lo. Of the
environment nothing is handed on: say what is needed with env A=B COMMAND.

  --kernel 6.1|6.12   which kernel (6.12); the newest package of it is fetched once and kept
  --lsm LIST          the security modules (lockdown,capability,landlock,yama,bpf)
  --no-bpf-lsm        the same list without bpf
  --append WORDS      more for the kernel's command line
  --cpus NUMBER       1; each more makes everything that runs alone slower
  --memory MIB        2048
  --timeout SECONDS   600
  --icount            a nanosecond is an instruction: for counting, not for speed; with one processor
  --share DIR         DIR is this machine's, to read and write (may be given more than once)
  --console FILE      keeps what the kernel said
  --fetch             only sees to it that the kernel is there
  --help

Kernels are kept in ${XDG_CACHE_HOME:-~/.cache}/reeve/vm; remove a directory there to have the newest.
Exit: COMMAND's status; 124 out of time, 125 the machine itself failed (the end of its console is shown), 2 usage.
END
}

die() {
	echo "vm.sh: $*" >&2
	exit 125
}

here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/reeve/vm
first_modules=(virtio_pci virtio_blk virtio_console 9pnet_virtio 9p ext4 overlay)

kernel=6.12
lsm=lockdown,capability,landlock,yama,bpf
append=
memory=2048
seconds=600
cpus=1
clock=()
shares=()
console=
fetch=
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--no-bpf-lsm) lsm=lockdown,capability,landlock,yama ;;
	--icount) clock=(-icount 'shift=0,sleep=off') ;;
	--fetch) fetch=1 ;;
	--kernel | --lsm | --append | --cpus | --memory | --timeout | --share | --console)
		[ $# -gt 1 ] || { usage >&2; exit 2; }
		case $1 in
		--kernel) kernel=$2 ;;
		--lsm) lsm=$2 ;;
		--append) append=$2 ;;
		--cpus) cpus=$2 ;;
		--memory) memory=$2 ;;
		--timeout) seconds=$2 ;;
		--share) shares+=("$(readlink -e "$2")") || die "no directory $2" ;;
		--console) console=$2 ;;
		esac
		shift
		;;
	--) shift; break ;;
	-*) usage >&2; exit 2 ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || [ -n "$fetch" ] || { usage >&2; exit 2; }

# ---- the kernel: $cache/KERNEL holds vmlinuz, lib/modules and the part of the initramfs that never changes ----
newest_package() {
	apt-cache search --names-only "^linux-image-${kernel//./\\.}\.[0-9]+([+]deb[0-9]+|-[0-9]+)?-amd64\$" | cut -d' ' -f1 |
		sort -V | tail -n 1
}

unpack() {
	local modules='./lib/modules/*'

	# tar complains of folders that a kernel has no modules in.
	dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards --no-wildcards-match-slash './boot/vmlinuz-*' "$modules/modules.*" \
		"$modules"/kernel/{arch,block,crypto,fs,lib,net,drivers/{block,char,virtio,'net/*.ko*'}} 2>unpack.log || true
	mv boot/vmlinuz-* vmlinuz
	rm -r ./*.deb boot
}

# The modules that are needed before the root file system is there, in the order they go in.
first_initramfs() {
	local release=$1 module verb file
	local -A seen=()

	mkdir -p first/{bin,dev,modules,proc,root,vm}
	cp "$(command -v busybox)" first/bin/busybox
	for verb in $(busybox --list); do
		[ "$verb" = busybox ] || ln -s busybox "first/bin/$verb"
	done
	for module in "${first_modules[@]}"; do
		while read -r verb file; do
			[ "$verb" = insmod ] && [ -z "${seen[$file]-}" ] || continue
			seen[$file]=1
			case $file in
			*.xz) xz -dc "$file" >"first/modules/$(basename "$file" .xz)" ;;
			*) cp "$file" first/modules/ ;;
			esac
			basename "$file" .xz >>first/modules/order
		done < <(modprobe -d "$PWD" -S "$release" --show-depends "$module")
	done
	(cd first && find . | busybox cpio -o -H newc 2>/dev/null) >first.cpio
	rm -r first
}

kernel_make() {
	local package release

	package=$(newest_package)
	[ -n "$package" ] || [ "$(id -u)" != 0 ] || { apt-get -q update >/dev/null && package=$(newest_package); }
	[ -n "$package" ] || die "no package of Linux $kernel: Debian 12 has 6.1 and, in its security updates, 6.12"
	echo "vm.sh: fetching $package" >&2
	apt-get -q -o APT::Sandbox::User=root download "$package" >fetch.log 2>&1 || die "$(cat fetch.log)"
	unpack
	release=$(basename lib/modules/*)
	depmod -b "$PWD" "$release"
	first_initramfs "$release"
	[ -s vmlinuz ] && [ -s first.cpio ] || die "$package could not be unpacked: $(cat unpack.log)"
}

kernel_find() {
	local new

	[[ $kernel =~ ^[0-9]+\.[0-9]+$ ]] || die "--kernel $kernel is no version like 6.1"
	mkdir -p "$cache"
	exec 8>"$cache/lock"
	flock 8
	[ -e "$cache/$kernel/first.cpio" ] || {
		new=$(mktemp -d "$cache/new.XXXXXX")
		(cd "$new" && kernel_make) || { rm -rf "$new"; exit 125; }
		rm -rf "${cache:?}/$kernel"
		mv "$new" "$cache/$kernel"
	}
	exec 8>&-
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || die "no $tool: ./bootstrap check-vm installs what this needs"
	done
}

need qemu-system-x86_64 busybox mke2fs modprobe depmod xz
kernel_find
[ -z "$fetch" ] || exit 0

# ---- one run ----
job=$(mktemp -d "${TMPDIR:-/tmp}/reeve-vm.XXXXXX")
vm=
trap '[ -z "$vm" ] || kill "$vm" 2>/dev/null; rm -rf "$job"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir -p "$job/tree/vm"
cp "$here/init" "$job/tree/init"
{
	printf 'cd %q || exit 125\nexec /usr/bin/env -i ' "$PWD"
	printf '%q ' HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
} >"$job/tree/vm/command"
echo "$cache/$kernel" >"$job/tree/vm/modules"
printf '%s\n' "${shares[@]}" >"$job/tree/vm/shares"
cp "$cache/$kernel/first.cpio" "$job/initrd"
(cd "$job/tree" && find . | busybox cpio -o -H newc 2>/dev/null) >>"$job/initrd"
truncate -s 8G "$job/disk"
mke2fs -q -F -t ext4 -O ^has_journal -E lazy_itable_init=1 "$job/disk"
mkfifo "$job/out"
: >"$job/status"

# Code that lies elsewhere in every process is translated anew for each.
fast='norandmaps mitigations=off init_on_alloc=0'
share_options=()
for n in "${!shares[@]}"; do
	share_options+=(-virtfs "local,path=${shares[n]},mount_tag=share$n,security_model=none,multidevs=remap")
done
timeout --kill-after=5 "$seconds" qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none -monitor none \
	-machine pc -cpu max -m "$memory" -accel tcg -smp "$cpus" "${clock[@]}" -kernel "$cache/$kernel/vmlinuz" -initrd "$job/initrd" \
	-append "console=ttyS0 quiet panic=-1 oops=panic nowatchdog $fast lsm=$lsm $append" \
	-serial "file:$job/console" -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap "${share_options[@]}" \
	-drive "file=$job/disk,format=raw,if=virtio,cache=unsafe" -device virtio-serial-pci \
	-chardev "file,id=out,path=$job/out" -device virtserialport,chardev=out,nr=1 \
	-chardev "file,id=status,path=$job/status" -device virtserialport,chardev=status,nr=2 </dev/null >"$job/qemu" 2>&1 &
vm=$!
cat "$job/out" &
wait "$vm" && status=0 || status=$?
vm=
wait
[ -z "$console" ] || cp "$job/console" "$console"
if [ -s "$job/status" ]; then
	exit "$(cat "$job/status")"
fi
{
	if [ "$status" = 124 ]; then echo "vm.sh: out of time after $seconds s"; else echo 'vm.sh: the machine ended by itself'; fi
	cat "$job/qemu"
	[ ! -e "$job/console" ] || tail -n 40 "$job/console"
} >&2
[ "$status" = 124 ] || status=125
exit "$status"
