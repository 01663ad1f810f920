#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The man pages: well-formed, what comes from tables as the tables say, every option of the programs in them and none besides. TAP.
# What they and the README show is run by tests/integration/examples.sh.
set -uo pipefail
: "${top_srcdir:=.}" "${top_builddir:=build}"
pages=(reeve.8 reevectl.8 reeve-policy.5 reeve-detections.5 reeve-events.7) # with tables from the program; the others' come from tests
reevectl=$top_builddir/reevectl
tests=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

result() {
	tests=$((tests + 1))
	if [ -z "$2" ]; then
		echo "ok $tests - $1"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

if command -v mandoc >/dev/null; then
	# which other manuals are installed here says nothing of the page
	for page in "${pages[@]}" reeve-hook.8 reeve-load.8 reeve-monitor.8 reeve-security.7; do
		result "$page: mandoc has nothing to say" "$(mandoc -Tlint "$top_srcdir/man/$page" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db')"
	done
else
	tests=$((tests + 1))
	echo "ok $tests - man pages are well-formed # SKIP no mandoc"
fi

for page in "${pages[@]}"; do
	result "$page: tables are as the program has them (else: make update-docs)" \
		"$("$top_srcdir/tests/docs/update.sh" "$top_builddir/tests/docs/tables" "$top_srcdir/man/$page" "$work/$page" 2>&1 &&
			diff "$top_srcdir/man/$page" "$work/$page" || echo differs)"
done

# Options in the help texts, and those of the page.
help=$({ "$reevectl" --help; for command in render explain policy events report node; do "$reevectl" $command --help; done; } 2>&1)
words() { grep -o -e '--[a-z][a-z-]*' | sort -u; }
page_words() {
	sed -n 's/Fl -\([a-z]\)/\n--\1/gp' "$top_srcdir/man/reevectl.8" | words
}
result 'reevectl.8: each option of --help and no other' "$(diff <(words <<<"$help") <(page_words))"
result 'reevectl.8: each command of --help' \
	"$("$reevectl" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | while read -r word; do grep -q "^.It Cm $word" "$top_srcdir/man/reevectl.8" || echo "$word"; done)"
result 'reevectl.8: each command of policy' \
	"$("$reevectl" policy --help | grep -o '^ *\(usage: \)*reevectl policy [a-z]*' | sed 's/.* //' | sort -u |
		while read -r word; do grep -q "^.It Cm policy $word" "$top_srcdir/man/reevectl.8" || echo "$word"; done)"

result 'reeve-monitor.8: each option of --help and no other' "$(diff <("$top_builddir/reeve-monitor" --help | words) \
	<(sed -n 's/^\.It Fl -\([a-z]*\).*/--\1/p' "$top_srcdir/man/reeve-monitor.8" | sort -u))"
# Behind a pipe grep reads to its end: with -q whoever writes into it would fail.
result 'reeve-events.7: each member of an alert and of an event' "$(grep -oE 'put_(text|key)\(out, "[a-z_]+"' "$top_srcdir/hooks/monitor/line.c" | sed 's/.*"\(.*\)"/\1/' |
	sort -u | while read -r word; do sed -n '/^\.Ss Alerts/,/^\.Ss Reports/p' "$top_srcdir/man/reeve-events.7" | tr ' ' '\n' | grep -x "$word" >/dev/null || echo "$word"; done)"
result 'reeve-events.7: each metric' "$(grep -oE '(one|head|by_kind)\(out, "[a-z_]+"' "$top_srcdir/hooks/monitor/metrics.c" | sed 's/.*"\(.*\)"/reeve_\1/' |
	sort -u | while read -r word; do tr ' ' '\n' <"$top_srcdir/man/reeve-events.7" | grep -x "$word" >/dev/null || echo "$word"; done)"

result 'reevectl.8: each member of the decision record' "$(grep -oE 'add_(key|text|time)\(out, "[a-zA-Z]+"|\{ "[a-z]+", f->' "$top_srcdir/policy/rules/decision.c" |
	sed 's/^[^"]*"//; s/".*//' | sort -u | while read -r word; do
		sed -n '/^\.Ss The decision record/,/^\.Sh/p' "$top_srcdir/man/reevectl.8" | tr ' ' '\n' | grep -x "$word" >/dev/null || echo "$word"
	done)"

echo "1..$tests"
[ "$failed" = 0 ]
