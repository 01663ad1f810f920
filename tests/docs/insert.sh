#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# insert.sh MAN TABLE...: puts each table, a file that has the part's name, into the page in MAN that has such a part.
set -eu
dir=$(dirname "$0")
man=$1
shift
for table; do
	name=${table##*/}
	page=$(grep -l "BEGIN $name\$" "$man"/*.[1-9])
	awk -v name="$name" -v part="$table" -f "$dir/sections.awk" "$page" >"$table.page"
	cat "$table.page" >"$page"
	rm "$table.page"
done
