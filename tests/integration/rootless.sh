#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An ordinary user's containers: runc and podman without root, the same policy, state below the user's runtime directory.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
sandbox_enter "$0" "$@"
need_tools runc busybox jq setpriv

user=1000
home=/run/home
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
	jq --argjson args "$(json_array "$@")" ".root.path = \"$home/rootfs\" | .process.terminal = false | .process.args = \$args | $filter" \
		<"$dir/config.json" >"$dir/new" && mv "$dir/new" "$dir/config.json"
	chown $user:$user "$dir/config.json"
}

bundle plain . sh -c 'id -u; touch /tmp/x; echo "file $?"; cat /proc/self/uid_map; exit 7'
bare=$(cd $home/plain && as_user runc run plain 2>&1; echo "status $?")
note "$bare"
case $bare in *'status 7') pass 'bare runc: an ordinary user runs a container' ;; *)
	skip 'bare runc: an ordinary user runs a container' 'kernel lets ordinary users make no user namespaces'
	done_testing
	;;
esac
[ -z "${REEVE_TEST_BARE-}" ] || done_testing
