#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary.sh DIR...: adds up the automake results (.trs, .log) below the directories: "passed failed skipped" on stdout, what failed or
# was skipped on stderr, a failure with the first lines that its log says of it. A log in TAP counts by its lines, another as one test. With REEVE_TEST_STRICT=1 a skip is a failure unless its
# reason begins with "kernel": this kernel cannot have what is tested.
set -eu
find "$@" -name '*.trs' | sort | awk -v strict="${REEVE_TEST_STRICT-}" '
function skip(what) {
	if (strict != "" && what !~ /# SKIP kernel/)
		fail(what)
	else {
		skipped++
		print "skipped: " name ": " what >"/dev/stderr"
	}
}
function fail(what) {
	failed++
	bad++
	print "failed: " name ": " what >"/dev/stderr"
}
{
	trs = $0
	log_file = name = $0
	sub(/\.trs$/, ".log", log_file)
	sub(/\.trs$/, "", name)
	result = "ERROR"
	while ((getline line <trs) > 0)
		if (line ~ /^:test-result:/) {
			result = line
			gsub(/^:test-result: *| .*$/, "", result)
		}
	close(trs)
	points = bad = told = 0
	last = ""
	while ((getline line <log_file) > 0) {
		if (line ~ /^1\.\.0 .*SKIP/)
			last = line
		if (line !~ /^(not )?ok [0-9]/) {
			if (told > 0 && line ~ /^#/) {
				told--
				print "    " substr(line, 1, 400) >"/dev/stderr"
			}
			continue
		}
		points++
		told = line ~ /^not/ ? 20 : 0
		if (line ~ /# *(SKIP|skip)/)
			skip(line)
		else if (line ~ /^not/)
			fail(line)
		else
			passed++
	}
	close(log_file)
	if (result == "SKIP" && points == 0)
		skip(last != "" ? last : "skipped")
	else if (result == "PASS" && points == 0)
		passed++
	else if (result != "PASS" && result != "SKIP" && bad == 0) {
		fail(result)
		system("tail -n 20 \"" log_file "\" >&2")
	}
}
END { print passed + 0, failed + 0, skipped + 0 }'
