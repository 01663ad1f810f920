#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An ordinary user's containers, without root: the same policy, state below the user's runtime directory. With runc; rootless-crun.sh
# has the same with crun.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
runtime=${runtime-runc}
need_tools runc "$runtime" busybox jq setpriv
echo "{ \"runtime\": \"$(command -v "$runtime")\" }" >/etc/reeve/reeve.json
(umask 077 && reevectl policy apply >/dev/null)

user=1000
home=/var/home/user
mkdir -p $home /run/user
install -d -o $user -g $user -m 700 $home /run/user/$user
as_user() { setpriv --reuid $user --regid $user --clear-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$home "XDG_RUNTIME_DIR=${xdg-/run/user/$user}" "$@"; }

# bundle NAME JQ COMMAND...: what `runc spec --rootless` writes, changed by the filter
bundle() {
	local dir=$home/$1 filter=$2
	shift 2
	mkdir -p "$dir"
	[ -d "$home/rootfs" ] || { busybox_rootfs "$home/rootfs"; chown -R $user:$user "$home/rootfs"; }
	chown $user:$user "$dir"
	rm -f "$dir/config.json"
	(cd "$dir" && as_user runc spec --rootless)
	jq --argjson args "$(json_array "$@")" ".root.path = \"$home/rootfs\" | .process.terminal = false | .process.args = \$args |
		$filter" \
		<"$dir/config.json" >"$dir/new" && mv "$dir/new" "$dir/config.json"
	chown $user:$user "$dir/config.json"
}

as_user unshare -U true || skip_all 'kernel lets ordinary users make no user namespaces'
bundle plain . sh -c 'id -u; touch /tmp/x; echo "file $?"; cat /proc/self/uid_map; exit 7'
bare=$(cd $home/plain && apart as_user "$runtime" run plain; echo "status $?")
note "$bare"
like "bare $runtime: an ordinary user runs a container" "$bare" 'status 7$'
[ -z "${REEVE_TEST_BARE-}" ] || done_testing

# ---- through reeve ----
through=$(cd $home/plain && apart as_user reeve run plain; echo "status $?")
is 'an allowed container is as with the bare runtime' "$through" "$bare"
is "its private bundle lay below the user's runtime directory" "$(find /run/user/$user/reeve -name config.json | wc -l)" 1
is 'nothing of it lay in the place for root' "$(find /run/reeve -mindepth 1 2>/dev/null)" ''

xdg=$home/elsewhere
install -d -o $user -g $user -m 700 $xdg
contains 'an environment that names another directory' "$(cd $home/plain && as_user reeve --root $xdg/runc run other 2>&1)" 'file 1'
is 'does not move it' "$(find $xdg -name 'config.json')" ''
unset xdg

bundle more '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])' sh -c 'grep -E "^(CapEff|CapBnd|Seccomp):" /proc/self/status'
through=$(cd $home/more && as_user reeve run more 2>&1)
is 'a capability too many is taken out, a filter is put in' "$(xargs <<<"$through")" \
	'CapEff: 0000000020000420 CapBnd: 0000000020000420 Seccomp: 2'

bundle refused '.mounts += [{ "destination": "/host", "type": "bind", "source": "/etc", "options": ["rbind"] }]' true
through=$(cd $home/refused && as_user reeve --log $home/log.json --log-format json run refused 2>&1)
is 'a bind of /etc is refused with status 1' $? 1
contains 'it says by which rule' "$through" '[mounts.sensitive '
is 'the log has the same words' "$(jq -r 'select(.level == "error").msg' $home/log.json)" "$(sed -n 's/^.*reeve: refused/reeve: refused/p' <<<"$through")"

bundle long . sh -c 'sleep 1000'
ok 'a detached container' eval 'cd $home/long && as_user reeve run --detach long </dev/null >/dev/null 2>&1'
is 'exec' "$(as_user reeve exec long id -u 2>&1)" 0
is 'exec with a capability too many' "$(as_user reeve exec --cap CAP_SYS_ADMIN long sh -c 'grep CapEff /proc/self/status' 2>&1 | cut -f2)" \
	"$(as_user reeve exec long sh -c 'grep CapEff /proc/self/status' | cut -f2)"
ok 'kill' as_user reeve kill long KILL
ok 'stopped' wait_for 30 eval 'as_user reeve state long | grep -q stopped'
ok 'delete' as_user reeve delete long
done_testing
