#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# podman with reeve as its runtime, by --runtime and by containers.conf.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools podman conmon runc umoci skopeo busybox script jq

podman_load
bare=$(lifecycle podman "$(command -v runc)")
lifecycle_checked "$bare"
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

# ---- through reeve: what is allowed is as it was ----
is 'an allowed container is as with bare runc' "$(lifecycle podman "$(entry podman)")" "$bare"

# ---- as the shipped file has it: reeve is the default, and runc and crun lead to it too ----
mkdir -p /etc/containers/containers.conf.d
cp "$here/../../deploy/podman/50-reeve.conf" /etc/containers/containers.conf.d
is 'podman info tells the runtime' "$(podman info --format '{{.Host.OCIRuntime.Name}}')" reeve

# ---- rewritten ----
policy <<'EOF'
{
	"name": "rewriting",
	"match": { "engine": "podman" },
	"enforce": "engine",
	"set": { "user": { "root": "rewrite", "rewriteTo": "1000:1000" } },
	"allow": [ { "why": "left out instead of refused", "mounts": { "violation": "remove" } } ]
}
EOF
got=$(podman run -d --name big --network none --privileged -v /:/host -v /run/lock:/run/lock box:1 sh -c "$big" 2>&1)
like 'a privileged container that mounts everything starts' "$got" '^[0-9a-f]{64}$'
rewritten_checked podman /run/lock

# ---- refused ----
policy <<'EOF'
{ "name": "strict", "match": { "engine": "podman" }, "enforce": "restricted" }
EOF
for how in '' '--runtime runc' '--runtime crun' '--runtime /usr/libexec/reeve/podman/runc'; do
	# shellcheck disable=SC2086
	got=$(podman $how run --rm --network none --privileged -v /:/host box:1 true 2>&1)
	is "podman run ends with 126${how:+ with $how}" $? 126
	is 'the record says so' "$(last_verdict)" deny
	contains 'the user reads the refusal word for word' "$got" "$(last_refusal)"
done
for how in runc crun; do
	got=$(replaced podman --runtime $how run --rm --network none --user 1000 box:1 true)
	is "podman run ends with 126 when the source was replaced meanwhile, with $how" $? 126
	contains 'the user reads why' "$got" 'is not what was judged: its source was replaced between judging and mounting'
	is 'the record says so' "$(last_verdict)" deny
done
is 'what is allowed still runs' "$(once podman --network none --user 1000 box:1 id -u 2>&1)" 1000
done_testing
