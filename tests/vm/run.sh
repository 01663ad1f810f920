#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh BUILD [LANE...]: boots a machine for each lane of tests/vm/lanes, as many at a time as there are processors, and runs the lane's
# tests in it. With VM_TESTS='integration/hook.sh ...' these and no others, in each lane; with REEVE_TABLES=1 their tables are made, and not
# compared. Logs and results are in BUILD/vm/LANE; the last line is "N passed, N failed, N skipped".
set -uo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
build=$(cd "$1" && pwd) || exit 2
shift
[ $# -gt 0 ] || set -- 6.12 6.1 6.1-no-bpf 6.12-no-bpf

# in_lane LANE: its tests
in_lane() {
	if [ -n "${VM_TESTS-}" ]; then
		printf '%s\n' $VM_TESTS
	else
		awk -v lane="$1" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == lane) print $1 }' "$here/lanes"
	fi
}

# A test of which nothing comes back counts as an error.
lane() {
	local name=$1 out=$build/vm/$1 from=$SECONDS options tests test
	case $name in
	*-no-bpf) options=(--kernel "${name%-no-bpf}" --no-bpf-lsm) ;;
	*) options=(--kernel "$name") ;;
	esac
	mapfile -t tests < <(in_lane "$name")
	for test in "${tests[@]}" kernel; do
		echo ':test-result: ERROR' >"$out/$(basename "$test" .sh).trs"
	done
	"$here/vm.sh" "${options[@]}" --memory 3072 --timeout "${VM_TIMEOUT:-3600}" --console "$out/console" --share "$out" -- \
		"$here/inside.sh" "$build" "$build/vm/stage" "$out" "${REEVE_TABLES:+$out}" "${tests[@]}" >"$out/output" 2>&1
	sed "s/^/$name: /" "$out/output"
	echo "$name: $((SECONDS - from)) s"
}

for name; do
	rm -rf "${build:?}/vm/$name"
	mkdir -p "$build/vm/$name"
	"$here/vm.sh" --kernel "${name%-no-bpf}" --fetch || exit
done
for name; do
	while [ "$(jobs -pr | wc -l)" -ge "$(nproc)" ]; do wait -n; done
	lane "$name" &
done
wait

read -r passed failed skipped < <("$here/../summary.sh" "${@/#/$build/vm/}")
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
