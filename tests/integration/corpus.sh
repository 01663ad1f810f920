#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The judged cases, when they lie beside the checkout or where REEVE_CORPUS says: each under both profiles, and the benign ones for real.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
corpus=${REEVE_CORPUS-$here/../../../shared/corpus}
corpus=$(cd "$corpus" 2>/dev/null && pwd) || skip_all 'no corpus'
export REEVE_CORPUS=$corpus
sandbox_enter "$0" "$@"
need_tools python3 runc crun busybox

inside_corpus() { python3 "$corpus/sandbox.py" "$corpus" "$@"; }

# shellcheck disable=SC2016
cat >/usr/local/bin/judge <<'E2'
#!/bin/sh
# judge BUNDLE PROFILE KIND PROCESS OUT ARGV...
bundle=$1 profile=$2 kind=$3 process=$4 out=$5
shift 5
case $kind in
create) exec reevectl render --policy "$profile" --output "$out" "$bundle" ;;
exec) exec reevectl render --policy "$profile" --output "$out" --process "$process" "$bundle" ;;
argv) exec reevectl render --policy "$profile" --output "$out" --argv -- "$@" ;;
esac
exit 126
E2
chmod +x /usr/local/bin/judge
for profile in baseline restricted; do
	inside_corpus python3 "$corpus/check.py" "$corpus" --no-grants --profile $profile \
		--run 'judge {bundle} {profile} {kind} {process} {out} {argv}' >"$data/out" 2>&1
	is "$profile: every case is judged as it should be" $? 0
	note "$(tail -n 12 "$data/out")"
done

# ---- the benign ones really run ----
busybox_rootfs /usr/local/lib/rootfs
for runtime in runc crun; do
	enter=()
	[ $runtime = runc ] || [ ! -d /sys/fs/cgroup/unified ] ||
		enter=(unshare -m --propagation private sh -c 'umount /sys/fs/cgroup/unified; exec "$@"' sh)
	echo "{ \"runtime\": \"$(command -v $runtime)\" }" >/etc/reeve/reeve.json
	"${enter[@]}" python3 "$corpus/sandbox.py" "$corpus" python3 "$corpus/run_benign.py" "$corpus" /usr/local/lib/rootfs $runtime >"$data/bare" 2>&1
	is "$runtime: they run without reeve" "$?" 0
	for profile in baseline restricted; do
		policy <<<"{ \"name\": \"all\", \"enforce\": \"$profile\", \"allow\": [ { \"why\": \"the test's root\", \"user\": { \"root\": \"keep\" }, \"filesystem\": { \"rootPath\": \"any\" } },
			{ \"why\": \"the two of the node's own\", \"grant\": \"log-collector\" }, { \"why\": \"the same\", \"grant\": \"node-exporter\" } ] }"
		cp /var/lib/reeve/active.json /usr/local/lib/active.json
		"${enter[@]}" python3 "$corpus/sandbox.py" "$corpus" sh -c 'mkdir -p /var/lib/reeve; cp "$1" /var/lib/reeve/active.json; shift; exec "$@"' sh \
			/usr/local/lib/active.json python3 "$corpus/run_benign.py" "$corpus" /usr/local/lib/rootfs reeve >"$data/through" 2>&1
		is "$runtime, $profile: they run" "$(grep FAIL "$data/through")" "$(grep FAIL "$data/bare")"
		note "$(wc -l <"$data/through") cases"
	done
done
done_testing
