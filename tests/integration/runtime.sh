#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the real runtime says of itself decides what is relied on; what is published of its version is told. Scripts that answer for
# other versions stand before the real one.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

runc=$(readlink -f "$(command -v runc)")
make_bundle
mkdir -p "$data/tree"
mount -t tmpfs tree "$data/tree"
mkdir "$data/tree/below"
mount -t tmpfs below "$data/tree/below"
# runtime VERSION OPTIONS ANNOTATIONS: from now on a runc that says so
runtime() {
	cat >/usr/bin/other-runc <<-END
		#!/bin/sh
		case \$1 in
		--version) echo "runc version $1" ;;
		features) echo '{ "mountOptions": $2, "potentiallyUnsafeConfigAnnotations": $3 }' ;;
		*) exec $runc "\$@" ;;
		esac
	END
	chmod 755 /usr/bin/other-runc
}
# run FILTER COMMAND
run() {
	jq --arg command "$2" ".process.terminal = false | .process.args = [\"sh\", \"-c\", \$command] | $1" "$data/plain.json" >"$bundle/config.json"
	apart "${program[@]}" run --bundle "$bundle" box </dev/null
}
cp "$bundle/config.json" "$data/plain.json"
program=(reeve)
bind=".mounts += [{ destination: \"/v\", type: \"bind\", source: \"$data/tree\", options: [\"rbind\", \"ro\"] }]"
write='for p in /v/x /v/below/x; do if echo x 2>/dev/null >$p; then echo "$p written"; else echo "$p refused"; fi; done'

# ---- rro ----
program=("$runc")
is 'bare runc: a read-only bind leaves what is below writable' "$(run "$bind" "$write" | grep -v '^sh: ')" $'/v/x refused\n/v/below/x written'
rm -f "$data/tree/below/x"
program=(reeve)
policy <<END
{ "name": "ro", "enforce": "engine", "set": { "mounts": { "hostPath": "none" } },
	"allow": [ { "why": "test", "mount": { "source": "$data/tree", "access": "ro" } } ] }
END
is 'runc 1.1.5 knows rro' "$(run "$bind" "$write" | grep -v '^sh: ')" $'/v/x refused\n/v/below/x refused'
contains 'and gets it' "$(last_decision | jq -r '.edits[].after')" rro
runtime 1.0.3 '["bind", "rbind", "ro"]' '[]'
echo '{ "runtime": "/usr/bin/other-runc" }' >/etc/reeve/reeve.json
ok 'the node file names another runtime' reevectl policy apply
is 'one that does not know it: nothing below comes along' "$(run "$bind" "$write; ls -A /v/below" | grep -v '^sh: ')" $'/v/x refused\n/v/below/x refused'
is 'nothing was written' "$(ls -A "$data/tree/below")" ''
contains 'one that does not know it: asked for outright it is refused' \
	"$(run ".mounts += [{ destination: \"/v\", type: \"bind\", source: \"$data/tree\", options: [\"rbind\", \"rro\"] }]" true)" \
	'a mount asks for rro, which runc 1.0.3 on this kernel would leave out without a word [runtime.unsupported'
runtime 1.0.4 '["bind", "rbind", "ro", "rro"]' '[]'
run "$bind" true >"$data/out"
contains 'a change of the runtime is seen at once' "$(last_decision | jq -r '.runtime.version, .edits[].after')" rro

# ---- id maps ----
maps=".mounts += [{ destination: \"/v\", type: \"bind\", source: \"$data/tree\", options: [\"bind\", \"ro\"],
	uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }], gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }] }]"
program=("$runc")
chown 1000:1000 "$data/tree"
is 'bare runc drops id maps without a word' "$(run "$maps" 'stat -c %u /v')" 1000
program=(reeve)
contains 'through reeve they are refused' "$(run "$maps" 'stat -c %u /v')" 'or use runc from 1.2.0-rc.1 or crun from 1.8.1 on'
umount "$data/tree/below" "$data/tree"

# ---- annotations ----
note='.annotations = { "org.new.thing": "/etc/passwd", "org.newer.a": "x" }'
is 'an annotation of no meaning is taken' "$(run "$note" 'echo ran')" ran
runtime 9.0.0 '["bind", "rbind", "ro", "rro"]' '["org.new.thing", "org.newer."]'
got=$(run "$note" 'echo ran')
contains 'what the runtime itself calls unsafe is refused' "$got" 'carries the annotation org.new.thing, which this runtime itself calls unsafe'
contains 'by prefix too' "$got" org.newer.a
rm /etc/reeve/reeve.json
policy <<<'{ "name": "plain", "enforce": "engine" }'

# ---- what is published ----
run . true >"$data/out"
known=$(last_decision | jq -c '.runtime | .name, (.escapes | map({ (.id): (.by // .needs) }) | add | ."CVE-2025-31133", ."CVE-2025-52565", ."CVE-2025-52881")' | tr '\n' ' ')
is 'the record names the three of 2025, and what closes each or would' "$known" \
	'"runc" "filesystem.links: deny, mounts.destinations: guarded" "filesystem.links: deny, mounts.destinations: guarded" "mounts.nested: deny" '
contains 'so does explain' "$(reevectl explain "$bundle")" '; open by its version: CVE-2024-45310, CVE-2025-52881; 4 more closed by this policy'
contains 'so does node status' "$(reevectl node status)" 'CVE-2025-31133 masked paths'
is 'node status for programs' "$(reevectl node status --json | jq -r '.active.state, (.engines | length), .runtimes[0].name, (.runtimes[0].reliedOn | index("rro") != null), .log.writable' | tr '\n' ' ')" \
	'applied 5 runc true true '
policy <<<'{ "name": "warned", "enforce": "engine", "set": { "runtime": { "knownEscapes": "warn" } } }'
is 'a policy may warn' "$(run . 'echo ran')" ran
contains 'in the record' "$(last_decision | jq -r '.warnings[]')" 'CVE-2025-52881 by its version'
policy <<<'{ "name": "strict", "enforce": "engine", "set": { "runtime": { "knownEscapes": "deny" } } }'
contains 'or refuse' "$(run . 'echo ran')" 'runc 1.1.5+ds1 has CVE-2025-52881 by its version'
policy <<<'{ "name": "closed", "enforce": "engine", "set": { "runtime": { "knownEscapes": "deny" }, "mounts": { "nested": "deny" } } }'
is 'unless all of them are closed' "$(run . 'echo ran')" ran
done_testing
