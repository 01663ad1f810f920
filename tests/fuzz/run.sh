#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh SOURCE SECONDS: builds every fuzz target with libFuzzer and sanitizers in ./build-fuzz and runs each for SECONDS. What is new
# goes to build-fuzz/found/TARGET/; a crash stops it and leaves its input there too.
set -eu
source=$(cd "$1" && pwd)
seconds=$2
mkdir -p build-fuzz
cd build-fuzz
[ -e Makefile ] || "$source/configure" -q CC=clang CFLAGS='-g -O1' --enable-fuzzers --enable-sanitizers
targets=$(sed -n 's/^check_PROGRAMS += \(.*fuzz\/fuzz-.*\)/\1/p' "$source/tests/Makemodule.am")
# shellcheck disable=SC2086
make -s -j2 all $targets
for target in $targets; do
	name=${target##*/}
	mkdir -p "found/$name"
	echo "$name: $seconds seconds"
	"./$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="found/$name/" \
		"found/$name" "$source/tests/fuzz/corpus/$name" >"$name.log" 2>&1 || { tail -40 "$name.log"; exit 1; }
	grep -e 'stat::number_of_executed_units' -e 'stat::peak_rss' -e 'DONE' "$name.log"
done
