#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keeps the direction of includes: include/reeve <- policy/base <- policy/* <- {hooks, shim}. Each source may include what stands
# below it, and its own folder's headers. TAP.
set -eu
cd "${top_srcdir:-$(dirname "$0")/..}"

find include policy hooks shim -name '*.[ch]' | sort | xargs grep -Hno '^[ 	]*#[ 	]*include[ 	]*"[^"]*"' | awk -F'[:"]' '
function below(path,    room) {
	if (path ~ /^reeve\//)
		return 0
	room = path
	sub(/\/[^\/]*$/, "", room)
	return room == "base" ? 1 : room == "json" ? 2 : room == "spec" ? 3 : room == "rules" || room == "detect" ? 4 : room == "profiles" ? 4 : -1
}
function height(file) {
	return file ~ /^include\// ? 0 : file ~ /^policy\/base\// ? 1 : file ~ /^policy\/json\// ? 2 : file ~ /^policy\/spec\// ? 3 : \
	       file ~ /^policy\// ? 4 : 5
}
function bad(why) {
	printf "not ok %d - %s:%s includes \"%s\": %s\n", ++n, $1, $2, $4, why
	failed++
}
{
	own = $1
	sub(/\/[^\/]*$/, "", own)
	level = below($4)
	if ($4 ~ /\.c$/)
		bad("a source")
	else if (height($1) == 0 && level != 0)
		bad("a contract includes contracts only")
	else if (level > height($1))
		bad("it stands above")
	else if (level < 0 && height($1) < 5 && $4 ~ /\//)
		bad("policy/ knows nothing of hooks and shim")
	else if (level < 0 && height($1) == 5 && ($4 ~ /^(hooks|bpf)\// && own !~ /^hooks/ || $4 ~ /^shim\// && own !~ /^shim/))
		bad("hooks and shim share nothing but policy/ and include/reeve")
	else
		kept++
}
END {
	if (!failed && kept)
		printf "ok 1 - %d includes keep the direction\n", kept
	printf "1..%d\n", failed ? n : 1
	exit failed || !kept
}'
