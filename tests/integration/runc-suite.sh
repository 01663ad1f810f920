#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# runc's own integration tests, with runc and then with reeve in its place under the policy that only watches: each must end the same,
# but for those in tests/runc-suite/differences. They come from Debian's source package of the installed runc.
# RUNC_SUITE='exec.bats state.bats' runs these files only.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/../runc-suite/prepare.sh"
[ -n "${REEVE_SANDBOX-}" ] || [ "$(id -u)" != 0 ] || suite_prepare
sandbox_enter "$0" "$@"

differences=$here/../runc-suite/differences
suite=$(suite_dir)/src/tests/integration
export SUITE_IMAGES=$data/images

# Neither /proc nor /sys nor a user 1000: some tests make these themselves.
make_images() {
	local root=$data/root
	busybox_rootfs "$root"
	rmdir "$root/proc" "$root/sys"
	sed -i '/:1000:/d' "$root/etc/passwd" "$root/etc/group"
	mkdir "$SUITE_IMAGES" "$root/lib"
	tar -C "$root" -cf "$SUITE_IMAGES/busybox.tar" .
	cp "$(command -v ldconfig)" "$root/bin"
	tar -C "$root" -cf "$SUITE_IMAGES/debian.tar" .
	rm -rf "$root"
}

# A failed test of mounts leaves its bundle mounted, and some leave a cgroup.
clean_up() {
	findmnt -rn -o TARGET | grep "^$TMPDIR/bats-run-" | sort -r | while read -r target; do umount -l "$target"; done
	rm -rf --one-file-system "$TMPDIR"/bats-run-*
	find /sys/fs/cgroup -depth -type d -path '*/runc-cgroups-integration-test*' -exec rmdir {} + 2>/dev/null
}

# run_suite RUNTIME NAME [BATS-ARGS...]: leaves "RESULT<tab>TEST" in $data/NAME, RESULT being ok, fail or skip. bats wants a terminal.
run_suite() {
	local runtime=$1 name=$2
	shift 2
	(cd "$suite" && unset BATS_TEST_TIMEOUT && RUNC=$runtime script -qec "bats -t ${*@Q} ${RUNC_SUITE:-.}" "$data/$name.tap" \
		</dev/null >/dev/null 2>&1)
	clean_up
	tr -d '\r' <"$data/$name.tap" | sed -nE -e 's/^ok [0-9]+ (.*) # skip.*/skip\t\1/p' -e t -e 's/^ok [0-9]+ (.*)/ok\t\1/p' \
		-e 's/^not ok [0-9]+ (.*)/fail\t\1/p' | sort -t$'\t' -k2 >"$data/$name"
}

summary() {
	note "$1: $(grep -c ^ok "$data/$2") pass, $(grep -c ^fail "$data/$2") fail, $(grep -c ^skip "$data/$2") skip"
}

# The tests that end differently: TEST<tab>with runc<tab>with reeve
compare() { join -t$'\t' -1 2 -2 2 -a 1 -a 2 -e none -o 0,1.1,2.1 "$data/$1" "$data/$2" | awk -F'\t' '$2 != $3'; }

# what_failed NAME TEST: what the test said
what_failed() { tr -d '\r' <"$data/$1.tap" | awk -v test="$2" '/^(not )?ok / { on = index($0, test) } on'; }

runc=$(command -v runc)
make_images
run_suite "$runc" bare
policy <<<'{ "name": "suite", "enforce": "privileged" }'
run_suite "$(command -v reeve)" reeve
summary "$("$runc" --version | head -n 1)" bare
summary 'reeve in its place' reeve
ok "the suite ran" test "$(grep -c ^ok "$data/bare")" -gt "$([ -n "${RUNC_SUITE-}" ] && echo 0 || echo 100)"
is 'the same tests with both' "$(cut -f2 "$data/reeve")" "$(cut -f2 "$data/bare")"

unexplained=
while IFS=$'\t' read -r test bare reeve; do
	line=$(grep -F "$test"$'\t'"$bare"$'\t'"$reeve"$'\t' "$differences")
	if [ -n "$line" ]; then
		note "differs: $test: $bare with runc, $reeve with reeve: ${line##*$'\t'}"
		continue
	fi
	# some depend on the machine's load
	pattern="^$(sed 's/[][{}()*+?.^$|\\]/\\&/g' <<<"$test")\$"
	run_suite "$runc" bare-again -f "$pattern"
	run_suite "$(command -v reeve)" reeve-again -f "$pattern"
	[ -n "$(compare bare-again reeve-again)" ] || continue
	unexplained+="$test: $bare with runc, $reeve with reeve"$'\n'
	note "$(what_failed reeve-again "$test")"
done < <(compare bare reeve)
is 'every test ends the same with reeve, or its difference is explained' "${unexplained%$'\n'}" ''
done_testing
