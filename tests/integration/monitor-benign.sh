#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What containers do every day, under the profile that a shell's containers get: packages are installed and one is built, a web server and
# databases are asked, a script runs 10,000 commands. No alert above notice; what else there was is said.
. "$(dirname "$0")/lib.sh"
. "$here/engines.sh"
. "$here/monitor.sh"
made=$top_builddir/images

# The network is outside.
if [ -z "${REEVE_SANDBOX-}" ] && [ "$(id -u)" = 0 ]; then
	need_tools mmdebstrap apt-get
	"$here/../images/base" "$made" || skip_all 'packages cannot be had'
fi
sandbox_enter "$0" "$@"
need_tools curl nsenter gcc make dpkg-deb
monitor_setup
policy <<<'{ "name": "everyday", "enforce": "engine", "allow": [ { "why": "overlays of this test", "filesystem": { "rootPath": "any" } } ] }'

# day ID LOWER FILTER COMMAND: a container, from its start on in the background; $pid
day() {
	local filter="caps(\$all[:14]) | host_network | del(.mounts[] | select(.type == \"sysfs\")) | $3"
	layers=$2 bundle_make "$1" "$filter" bash -c "$4"
	# without the terminal of whoever runs this
	setsid reeve run --bundle "$bundle" "$1" >"$data/$1.out" 2>&1 </dev/null &
	pid=$!
}
# over ID NAME: it has ended; what was seen above notice, and what else
over() {
	local status high low
	wait $pid
	status=$?
	is "$2: ended well" "$status" 0
	[ $status = 0 ] || note "$(tail -20 "$data/$1.out")"
	drain
	high=$(jq -r --arg id "$1" 'select(.container == $id and .priority and (.priority | IN("Notice", "Informational", "Debug") | not)) | .detection + ": " + .output' $events 2>/dev/null)
	low=$(jq -r --arg id "$1" 'select(.container == $id and .priority and (.priority | IN("Notice", "Informational", "Debug"))) | .detection' $events 2>/dev/null | sort | uniq -c)
	is "$2: no alert above notice" "$(head -5 <<<"$high")" ''
	note "$2: $(grep -c . <<<"$high") above notice; others:" "$low"
	row detections-benign "$2" "$(grep -c . <<<"$high")"
	[ -z "$keep" ] || cp -a "$data/c/$1/upper/." "$keep/"
	bundle_remove "$1"
}
# asked TIMES COMMAND...
asked() {
	local i times=$1
	shift
	for ((i = 0; i < times; i++)); do "$@" >/dev/null || return; done
}

# ---- packages are installed: the first container does it, the others run on what came of it ----
mkdir -p "$data/debian" "$data/installed"
tar -C "$data/debian" -xf "$made/base.tar"
keep=$data/installed
day install "$data/debian" . 'export DEBIAN_FRONTEND=noninteractive; apt-get install -y nginx-light redis-server postgresql-15 sqlite3'
over install 'packages are installed'
keep=
installed=$data/installed:$data/debian

# ---- a web server under load ----
day web "$installed" . 'exec nginx -g "daemon off;"'
wait_for 30 curl -s http://127.0.0.1/ && ok '2,000 requests' asked 20 curl -sZ --parallel-max 20 'http://127.0.0.1/?[1-100]' -o /dev/null
reeve kill web QUIT
over web 'a web server under load'

# ---- databases ----
id=$(sed -n 's/^postgres:x:\([0-9]*\):.*/\1/p' "$data/installed/etc/passwd")
day postgres "$installed" "user($id)" 'export PATH=/usr/lib/postgresql/15/bin:$PATH; cd /tmp
	initdb -D /tmp/db >/dev/null && pg_ctl -D /tmp/db -w -o "-k /tmp -c listen_addresses=" start && createdb -h /tmp bench &&
	pgbench -q -i -h /tmp bench && pgbench -c 4 -T 5 -h /tmp bench; s=$?; pg_ctl -D /tmp/db -m fast stop; exit $s'
over postgres 'a relational database under load'
day redis "$installed" . 'redis-server --save "" --daemonize no --port 6399 & until redis-cli -p 6399 ping >/dev/null 2>&1; do :; done; redis-benchmark -q -p 6399 -n 20000 -t set,get,lpush && redis-cli -p 6399 shutdown nosave; wait; exit 0'
over redis 'a key-value store under load'
day batch "$installed" . 'cd /tmp && for i in $(seq 200); do echo "insert into t values($i);"; done | (echo "create table t(x);"; cat) | sqlite3 a.db && sqlite3 a.db "select count(*) from t" && gzip a.db'
over batch 'a batch job'

# ---- a script ----
day script "$installed" . 'for i in $(seq 2500); do /bin/true; ls / >/dev/null; cat /etc/hostname >/dev/null; expr $i + 1 >/dev/null; done; date >/tmp/done; rm /tmp/done'
over script 'a script of 10,000 commands'

# ---- a package is built: with this machine's compiler ----
package=$data/package/build
mkdir -p "$package/debian"
cat >"$package/main.c" <<'END'
#include <stdio.h>
int main(void) { return puts("built") < 0; }
END
cat >"$package/configure" <<'END'
#!/bin/sh -e
# as real ones do: what the compiler makes is run
for n in 1 2 3 4 5 6 7 8 9 10; do
	echo "int main(void) { return sizeof(long) < $n - 8; }" >conftest.c
	cc -o conftest conftest.c && ./conftest || true
done
rm -f conftest*
END
cat >"$package/Makefile" <<'END'
main: main.o
	cc -o $@ main.o
check: main
	./main
install: main
	install -D main $(DESTDIR)/usr/bin/built
END
cat >"$package/debian/rules" <<'END'
#!/usr/bin/make -f
binary:
	sh ./configure
	$(MAKE) check
	$(MAKE) install DESTDIR=$(CURDIR)/tree
	mkdir -p tree/DEBIAN
	printf 'Package: built\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\nDescription: built\n' >tree/DEBIAN/control
	dpkg-deb -b tree built.deb
	dpkg-deb -I built.deb
END
chmod +x "$package/configure" "$package/debian/rules"
day build "$data/package:/" '.process.cwd = "/build"' 'exec debian/rules binary'
over build 'a package is built'

table_done detections-benign
monitor_done
