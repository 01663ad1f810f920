# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# runc's source and the three small Go programs of its tests, below the build tree; made once for each version of the package. The
# mirror is the one that apt is configured with: only its sources are asked for, in lists of our own.

suite_dir() { echo "$top_builddir/runc-suite/$(dpkg-query -W -f '${source:Version}' runc)"; }

# Installs those of its arguments that are missing.
suite_need() {
	local missing=() package
	for package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	note "installing ${missing[*]}"
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}"
}

# suite_apt DIR ARGS...: apt-get that knows the sources of what apt knows the packages of
suite_apt() {
	local dir=$1 file
	shift
	mkdir -p "$dir/parts" "$dir/lists/partial"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -e "$file" ] || sed -n 's/^deb /deb-src /p' "$file" >"$dir/parts/$(basename "$file" .list).list"
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ ! -e "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"$dir/parts/${file##*/}"
	done
	apt-get -q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$dir/parts" -o "Dir::State::Lists=$dir/lists" \
		-o APT::Sandbox::User=root "$@"
}

suite_fetch() {
	local version
	version=$(dpkg-query -W -f '${source:Version}' runc)
	suite_need dpkg-dev xz-utils
	# a source of another kind that cannot be reached is no matter
	suite_apt "$PWD/apt" update || true
	suite_apt "$PWD/apt" source --download-only "runc=$version"
	dpkg-source --no-check -x runc_*.dsc src
	rm -r apt
}

# What its package is built with, and what its tests call.
suite_packages() {
	sed -n '/^Build-Depends:/,/^[A-Z]/p' src/debian/control | grep -oE 'golang-[a-z0-9.-]+-dev'
	echo bats bsdutils busybox-static gawk gcc golang-go jq libc6-dev libseccomp-dev pkg-config procps runc
}

suite_build() {
	local helper
	# shellcheck disable=SC2046
	suite_need $(suite_packages)
	mkdir -p go/src/github.com/opencontainers
	ln -sfn "$PWD/src" go/src/github.com/opencontainers/runc
	export GO111MODULE=off GOFLAGS='' GOPATH=$PWD/go:/usr/share/gocode GOCACHE=$PWD/cache
	for helper in recvtty sd-helper seccompagent; do
		(cd "go/src/github.com/opencontainers/runc/contrib/cmd/$helper" && go build -tags seccomp -o "$helper" .)
	done
	rm -r cache
	# instead of downloading them
	cat >src/tests/integration/get-images.sh <<-'EOT'
		#!/bin/sh
		echo "BUSYBOX_IMAGE=$SUITE_IMAGES/busybox.tar DEBIAN_IMAGE=$SUITE_IMAGES/debian.tar"
	EOT
}

suite_prepare() {
	local dir
	dir=$(suite_dir)
	[ ! -e "$dir/ready" ] || return 0
	rm -rf "$dir"
	mkdir -p "$dir"
	(cd "$dir" && set -e && suite_fetch && suite_build && touch ready) >"$dir.log" 2>&1 ||
		{ note "$(tail -n 20 "$dir.log")"; echo "1..0 # runc's tests could not be made ready"; exit 99; }
}
