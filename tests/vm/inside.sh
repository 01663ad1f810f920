#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# inside.sh BUILD STAGE OUT TABLES TEST...: runs tests in the virtual machine, one after another, and leaves what automake would: OUT/NAME.log
# and OUT/NAME.trs. STAGE is what make install made; TABLES, if not empty, where tables are to be put (REEVE_TABLES). Last comes what the
# kernel itself complained of meanwhile.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/tests/vm}
build=$1 stage=$2 out=$3 tables=$4
shift 4

# In /tmp others may be at work on the host: only what is ours is left there. The build tree may lie in the other.
for dir in top build; do
	mkdir -p "/run/keep/$dir" && mount --rbind "${!dir}" "/run/keep/$dir" || exit
done
mount -t tmpfs -o mode=1777 tmpfs /tmp
for dir in top build; do
	case ${!dir} in
	/tmp/*) mkdir -p "${!dir}" && mount --move "/run/keep/$dir" "${!dir}" || exit ;;
	*) umount -R "/run/keep/$dir" ;;
	esac
done
cd "$build" || exit
export top_builddir=$build top_srcdir=$top localstatedir=/var REEVE_STAGE=$stage REEVE_EMULATED=1
[ -z "$tables" ] || export REEVE_TABLES=$tables
# Nothing here loads it when it is first used.
/run/vm/modprobe loop || exit
# The sandbox has its own, and three overlays on each other the kernel refuses.
umount -l /etc /usr /var

# result NAME STATUS SECONDS
result() {
	local word=FAIL
	case $2 in
	0) word=PASS ;;
	77) word=SKIP ;;
	esac
	printf ':test-result: %s\n' $word >"$out/$1.trs"
	echo "$word: $1 ($3 s)"
}

for test; do
	name=$(basename "$test" .sh)
	from=$SECONDS
	timeout --kill-after=10 "${VM_TEST_TIMEOUT:-1200}" "$here/../$test" >"$out/$name.log" 2>&1
	result "$name" $? $((SECONDS - from))
done

dmesg | grep -E 'WARNING:|BUG:|Oops|INFO: task' >"$out/kernel.complaints"
{
	if [ -s "$out/kernel.complaints" ]; then echo "not ok 1 - the kernel has no complaints"; else echo "ok 1 - the kernel has no complaints"; fi
	sed 's/^/# /' "$out/kernel.complaints"
	echo 1..1
} >"$out/kernel.log"
[ ! -s "$out/kernel.complaints" ]
result kernel $? 0
