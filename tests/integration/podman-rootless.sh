#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# podman run by an ordinary user: reeve is then called as root of a user namespace in which the host's root has no number.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools podman conmon runc umoci skopeo busybox setpriv

user=1000
home=/var/home
mkdir -p $home /run/user /etc/containers
install -d -o $user -g $user -m 700 $home $home/.config $home/.config/containers /run/user/$user
echo '{ "default": [ { "type": "insecureAcceptAnything" } ] }' >/etc/containers/policy.json
# one id is all that is mapped without the set-uid helpers
printf '[storage]\ndriver = "vfs"\n[storage.options.vfs]\nignore_chown_errors = "true"\n' >$home/.config/containers/storage.conf
cd $home || exit 99
mine() {
	setpriv --reuid $user --regid $user --clear-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$home XDG_RUNTIME_DIR=/run/user/$user \
		podman --log-level error --cgroup-manager cgroupfs --events-backend file "$@" 2>&1 | grep -v 'level=error msg="cannot find UID/GID'
	return "${PIPESTATUS[0]}"
}
once() {
	local status
	mine --runtime "$1" run --name once --network none "${@:2}"
	status=$?
	wait_for 30 once_gone mine
	return $status
}
alone() { ! pgrep -x 'podman|conmon'; }

setpriv --reuid $user --regid $user --clear-groups unshare -U true || skip_all 'kernel lets ordinary users make no user namespaces'
make_image
cp "$data/image.tar" /var/image.tar
ok 'the image is loaded' mine load -q -i /var/image.tar
bare=$(once "$(command -v runc)" box:1 sh -c 'id; cat /proc/self/uid_map'; echo "status $?")
like 'bare runc: an ordinary user runs a container' "$bare" 'status 0$'

runtime=$(entry podman)
through=$(once "$runtime" box:1 sh -c 'id; cat /proc/self/uid_map'; echo "status $?")
is 'an allowed container is as with bare runc' "$through" "$bare"
if [ -z "${REEVE_TEST_BARE-}" ]; then
	ok "its private bundle lay below the user's runtime directory" test -e /run/user/$user/reeve/lock
	is 'nothing of it lay in the place for root' "$(find /run/reeve -mindepth 1 2>/dev/null)" ''
	got=$(mine --runtime "$runtime" run --rm --network none -v /etc:/host box:1 true)
	is 'a bind of /etc is refused' $? 126
	contains 'the user reads by which rule' "$got" '[mounts.sensitive '
	policy <<<'{ "name": "strict", "match": { "engine": "podman" }, "enforce": "engine", "set": { "namespaces": { "uts": "deny" }, "user": { "root": "deny" } } }'
	got=$(mine --runtime "$runtime" run --rm --network none --uts host box:1 true)
	is "the node's policy holds for an ordinary user" $? 126
	contains 'by its name' "$got" 'policy strict (10-test.json:1)'
fi
# with the set-uid helpers and a range of ids: the user's own id inside, and volumes given to it
echo "$user:100000:65536" | tee /etc/subuid >/etc/subgid
mine system migrate >/dev/null
if command -v newuidmap >/dev/null; then
	keeps() { once "$1" --userns=keep-id -v kept:/data:U box:1 sh -c 'id; cat /proc/self/uid_map; touch /data/x'; echo "status $?"; }
	bare=$(keeps "$(command -v runc)")
	like 'bare runc: --userns=keep-id' "$bare" "^uid=$user.*status 0\$"
	is '--userns=keep-id is as with bare runc' "$(keeps "$runtime")" "$bare"
else
	skip '--userns=keep-id' 'no newuidmap'
fi
mine system migrate >/dev/null
wait_for 30 alone
done_testing
