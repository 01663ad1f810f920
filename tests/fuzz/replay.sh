#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target over its corpus, tests/fuzz/corpus/TARGET/. TAP.
corpus=${srcdir:-.}/tests/fuzz/corpus
n=0
status=0
for target in tests/fuzz/fuzz-*; do
	case ${target##*/} in *.*) continue ;; esac
	[ -x "$target" ] || continue
	name=${target##*/}
	n=$((n + 1))
	if find "$corpus/$name" -type f -print0 | xargs -0 -r "$target" >"$target.log" 2>&1 && [ -n "$(ls "$corpus/$name")" ]; then
		echo "ok $n - $name: $(ls "$corpus/$name" | wc -l) inputs"
	else
		echo "not ok $n - $name: crashed, or has no corpus"
		sed 's/^/# /' "$target.log"
		status=1
	fi
done
echo "1..$n"
[ "$n" -gt 0 ] || status=1
exit $status
