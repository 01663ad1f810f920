#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the man pages and the README show is done: commands after "$ " are run and their output compared where the page has one, policies
# and node files are checked, the shipped drop-ins are read by their engines.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc jq busybox
top=$here/../..

# Examples of a man page or README as files $data/examples/N: literal displays and fenced blocks.
examples() {
	rm -rf "$data/examples"
	mkdir "$data/examples"
	awk -v dir="$data/examples" '
		/^\.Bd -literal/ || /^```(console|jsonc)$/ { inside = 1; n++; next }
		/^\.Ed/ || /^```$/ { inside = 0; next }
		inside { gsub(/\\e/, "\\"); print >(dir "/" n) }' "$1"
}

# run_commands FILE: the lines after "$ ", each with the output that follows it
run_commands() {
	local dir=$data/work
	rm -rf "$dir"
	mkdir "$dir"
	sed -n 's/^\$ //p' "$1" >"$dir/script"
	grep -v '^\$ ' "$1" >"$dir/wanted"
	(cd "$dir" && bash -euo pipefail script >got 2>got.err) || { cat "$dir/script" "$dir/got" "$dir/got.err"; return 1; }
	[ ! -s "$dir/wanted" ] || diff "$dir/wanted" "$dir/got"
}

# check_file FILE: a policy or detections, or a node file when it has no name
check_file() {
	if grep -q '"name"' "$1"; then
		cp "$1" "$data/policy.json"
		reevectl policy check "$data/policy.json"
	else
		mkdir -p "$data/empty"
		reevectl policy check --dir "$data/empty" --node "$1"
	fi
}

ran=0
for page in "$top"/man/*.[578] "$top/README.md"; do
	examples "$page"
	for example in "$data"/examples/*; do
		[ -e "$example" ] || continue
		name="${page##*/}, example ${example##*/}"
		case $(head -c 2 "$example") in
		'$ ') ok "$name: runs" run_commands "$example" ;;
		'{'*) ok "$name: is accepted" check_file "$example" ;;
		*) continue ;;
		esac
		ran=$((ran + 1))
	done
done
ok 'there are examples' [ "$ran" -ge 15 ]

# ---- drop-ins; those of docker and podman are used by these engines' own tests ----
for version in 1 2; do
	[ "$(containerd --version | sed 's/^[^ ]* [^ ]* \([0-9]*\).*/\1/')" = $version ] || continue
	got=$(containerd --config "$top/deploy/containerd/reeve-$version.toml" config dump 2>&1)
	contains "containerd $version: reeve is the default" "$got" 'default_runtime_name = "reeve"'
	contains "containerd $version: by the path for CRI" "$got" 'BinaryName = "/usr/libexec/reeve/cri/runc"'
done
for path in $(grep -rho '/usr/libexec/reeve/[a-z/-]*' "$top/deploy" "$top/README.md" "$top/man" | sort -u); do
	ok "$path is installed" test -x "$path"
done
done_testing
