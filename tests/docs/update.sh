#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# update.sh TABLES PAGE OUT: the man page with its generated parts made anew by the program TABLES, and wrapped. Parts that TABLES does not
# know (status 2) come from tests and stay.
set -eu
dir=$(dirname "$0")
tables=$1
out=$3
cp "$2" "$out"
for part in $(sed -n 's/^\.\\" BEGIN //p' "$2"); do
	status=0
	"$tables" "$part" >"$out.part" || status=$?
	[ $status != 2 ] || continue
	[ $status = 0 ] || exit 1
	awk -v name="$part" -v part="$out.part" -f "$dir/sections.awk" "$out" >"$out.new"
	mv "$out.new" "$out"
done
rm -f "$out.part"
awk -f "$dir/wrap.awk" "$out" >"$out.new"
mv "$out.new" "$out"
