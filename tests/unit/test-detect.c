/* SPDX-License-Identifier: Apache-2.0 */
/* Detections: whether they fire, by the clauses that the kernel evaluates and by the monitor; what is too much for a set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/detect.h"
#include "events.h"

#define OP(name) RV_BIT(RV_OP_##name)
#define WRITTEN OP(WRITE)
#define UNIX	(RV_BIT(RV_NET_UNIX) | RV_BIT(RV_NET_CONNECT))
#define SHA256	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum { NO, YES, MAYBE };	/* MAYBE: a candidate that the monitor refuses */

static const char lists[] = "{ \"lists\": { \"shells\": [\"sh\", \"bash\"], \"more\": [\"@shells\", \"zsh\"] } }";

static const struct detect_case {
	const char *name, *kind, *when;	/* when: "when" and what follows it */
	struct event event;
	int fires;
	const char *identity;
} cases[] = {
	{ "everything", "exec", "", { RV_EVENT_EXEC, "/bin/sh" }, YES },
	{ "a name", "exec", "\"when\":{\"proc.name\":\"sh\"}", { RV_EVENT_EXEC, "/bin/sh" }, YES },
	{ "another name", "exec", "\"when\":{\"proc.name\":\"sh\"}", { RV_EVENT_EXEC, "/bin/shx" }, NO },
	{ "the name of a directory", "exec", "\"when\":{\"proc.name\":\"sh\"}", { RV_EVENT_EXEC, "/sh/x" }, NO },
	{ "a list", "exec", "\"when\":{\"proc.name\":[\"@more\"]}", { RV_EVENT_EXEC, "/bin/bash" }, YES },
	{ "a list in a list", "exec", "\"when\":{\"proc.name\":[\"@more\"]}", { RV_EVENT_EXEC, "/bin/zsh" }, YES },
	{ "not in a list", "exec", "\"when\":{\"proc.name\":[\"!@more\"]}", { RV_EVENT_EXEC, "/bin/zsh" }, NO },
	{ "not in a list, another", "exec", "\"when\":{\"proc.name\":[\"!@more\"]}", { RV_EVENT_EXEC, "/bin/ls" }, YES },
	{ "in a list but not that", "exec", "\"when\":{\"proc.name\":[\"@more\",\"!fish\"]}", { RV_EVENT_EXEC, "/bin/zsh" }, YES },
	{ "a glob", "exec", "\"when\":{\"proc.name\":\"python*\"}", { RV_EVENT_EXEC, "/bin/python3" }, YES },
	{ "a glob, another", "exec", "\"when\":{\"proc.name\":\"python*\"}", { RV_EVENT_EXEC, "/bin/perl" }, MAYBE },
	{ "a glob or a name", "exec", "\"when\":{\"proc.name\":[\"python*\",\"perl\"]}", { RV_EVENT_EXEC, "/bin/perl" }, YES },
	{ "a parent", "exec", "\"when\":{\"proc.pname\":\"nginx\"}", { RV_EVENT_EXEC, "/bin/sh", .before = "nginx tini" }, YES },
	{ "no parent", "exec", "\"when\":{\"proc.pname\":\"tini\"}", { RV_EVENT_EXEC, "/bin/sh", .before = "nginx tini" }, NO },
	{ "an ancestor", "exec", "\"when\":{\"proc.aname\":\"tini\"}", { RV_EVENT_EXEC, "/bin/sh", .before = "nginx tini" }, YES },
	{ "no ancestor", "exec", "\"when\":{\"proc.aname\":[\"!tini\"]}", { RV_EVENT_EXEC, "/bin/sh", .before = "nginx tini" }, NO },
	{ "a flag", "exec", "\"when\":{\"proc.tty\":true,\"proc.entry\":true}",
	  { RV_EVENT_EXEC, "/bin/sh", .flags = RV_BIT(RV_F_TTY) | RV_BIT(RV_F_ENTRY) }, YES },
	{ "one flag of two", "exec", "\"when\":{\"proc.tty\":true,\"proc.entry\":true}", { RV_EVENT_EXEC, "/bin/sh", .flags = RV_BIT(RV_F_TTY) }, NO },
	{ "not a flag", "exec", "\"when\":{\"proc.tty\":false}", { RV_EVENT_EXEC, "/bin/sh", .flags = RV_BIT(RV_F_TTY) }, NO },
	{ "a capability", "exec", "\"when\":{\"proc.caps\":[\"SYS_ADMIN\",\"NET_RAW\"]}", { RV_EVENT_EXEC, "/x", .caps = RV_BIT(13) }, YES },
	{ "no such capability", "exec", "\"when\":{\"proc.caps\":[\"SYS_ADMIN\",\"NET_RAW\"]}", { RV_EVENT_EXEC, "/x", .caps = RV_BIT(12) }, NO },
	{ "an origin", "exec", "\"when\":{\"proc.exe_origin\":[\"new\",\"memfd\"]}", { RV_EVENT_EXEC, "/x", .flags = RV_BIT(RV_ORIGIN_MEMFD) }, YES },
	{ "another origin", "exec", "\"when\":{\"proc.exe_origin\":[\"new\",\"memfd\"]}", { RV_EVENT_EXEC, "/x", .flags = RV_BIT(RV_ORIGIN_IMAGE) }, NO },
	{ "not an origin", "exec", "\"when\":{\"proc.exe_origin\":\"!image\"}", { RV_EVENT_EXEC, "/x", .flags = RV_BIT(RV_ORIGIN_TMPFS) }, YES },
	{ "the upper layer", "exec", "\"when\":{\"proc.is_exe_upper_layer\":true}", { RV_EVENT_EXEC, "/x", .flags = RV_BIT(RV_ORIGIN_COPIED) }, YES },
	{ "not the upper layer", "exec", "\"when\":{\"proc.is_exe_upper_layer\":false}", { RV_EVENT_EXEC, "/x", .flags = RV_BIT(RV_ORIGIN_NEW) }, NO },
	{ "executed below", "exec", "\"when\":{\"proc.exepath\":\"/tmp/**\"}", { RV_EVENT_EXEC, "/tmp/a/b" }, YES },
	{ "another process's path", "change", "\"when\":{\"proc.exepath\":\"/tmp/**\"}", { RV_EVENT_CHANGE, "/tmp/b", .path = "/x" }, YES },
	{ "and not", "change", "\"when\":{\"proc.exepath\":\"/tmp/**\"}", { RV_EVENT_CHANGE, "/bin/b", .path = "/tmp/x" }, MAYBE },

	{ "a path", "change", "\"when\":{\"fd.name\":\"/etc/shadow\"}", { RV_EVENT_CHANGE, "/x", .path = "/etc/shadow" }, YES },
	{ "a longer path", "change", "\"when\":{\"fd.name\":\"/etc/shadow\"}", { RV_EVENT_CHANGE, "/x", .path = "/etc/shadow-" }, NO },
	{ "below the path", "change", "\"when\":{\"fd.name\":\"/etc/shadow\"}", { RV_EVENT_CHANGE, "/x", .path = "/etc/shadow/x" }, NO },
	{ "all below", "change", "\"when\":{\"fd.name\":\"/etc/**\"}", { RV_EVENT_CHANGE, "/x", .path = "/etc/a/b" }, YES },
	{ "not the directory itself", "change", "\"when\":{\"fd.name\":\"/etc/**\"}", { RV_EVENT_CHANGE, "/x", .path = "/etc" }, NO },
	{ "not what begins so", "change", "\"when\":{\"fd.name\":\"/etc/**\"}", { RV_EVENT_CHANGE, "/x", .path = "/etcetera" }, NO },
	{ "everywhere", "change", "\"when\":{\"fd.name\":\"/**\"}", { RV_EVENT_CHANGE, "/x", .path = "/a/b" }, YES },
	{ "directly in", "change", "\"when\":{\"fd.name\":\"/bin/*\"}", { RV_EVENT_CHANGE, "/x", .path = "/bin/sh" }, YES },
	{ "not further down", "change", "\"when\":{\"fd.name\":\"/bin/*\"}", { RV_EVENT_CHANGE, "/x", .path = "/bin/a/sh" }, NO },
	{ "directly in the root", "change", "\"when\":{\"fd.name\":\"/*\"}", { RV_EVENT_CHANGE, "/x", .path = "/new" }, YES },
	{ "not below the root", "change", "\"when\":{\"fd.name\":\"/*\"}", { RV_EVENT_CHANGE, "/x", .path = "/a/new" }, NO },
	{ "a base name", "change", "\"when\":{\"fd.name\":\"**/authorized_keys\"}", { RV_EVENT_CHANGE, "/x", .path = "/h/.ssh/authorized_keys" }, YES },
	{ "paths and base names", "change", "\"when\":{\"fd.name\":[\"/etc/**\",\"**/id_rsa\"]}", { RV_EVENT_CHANGE, "/x", .path = "/etc/x" }, YES },
	{ "paths and base names, the second", "change", "\"when\":{\"fd.name\":[\"/etc/**\",\"**/id_rsa\"]}", { RV_EVENT_CHANGE, "/x", .path = "/h/id_rsa" }, YES },
	{ "paths and base names, neither", "change", "\"when\":{\"fd.name\":[\"/etc/**\",\"**/id_rsa\"]}", { RV_EVENT_CHANGE, "/x", .path = "/h/id" }, NO },
	{ "all below but that", "change", "\"when\":{\"fd.name\":[\"/etc/**\",\"!/etc/mtab\"]}", { RV_EVENT_CHANGE, "/x", .path = "/etc/mtab" }, NO },
	{ "all below but a name", "change", "\"when\":{\"fd.name\":[\"/etc/**\",\"!**/lock\"]}", { RV_EVENT_CHANGE, "/x", .path = "/etc/a/lock" }, NO },
	{ "a pattern inside", "change", "\"when\":{\"fd.name\":\"/home/*/.bashrc\"}", { RV_EVENT_CHANGE, "/x", .path = "/home/u/.bashrc" }, YES },
	{ "a pattern inside, elsewhere", "change", "\"when\":{\"fd.name\":\"/home/*/.bashrc\"}", { RV_EVENT_CHANGE, "/x", .path = "/home/.bashrc" }, MAYBE },
	{ "a pattern inside, another name", "change", "\"when\":{\"fd.name\":\"/home/*/.bashrc\"}", { RV_EVENT_CHANGE, "/x", .path = "/home/u/x" }, NO },
	{ "a pattern's directory", "change", "\"when\":{\"fd.name\":\"/home/*/.ssh/*\"}", { RV_EVENT_CHANGE, "/x", .path = "/etc/.ssh/x" }, NO },
	{ "a pattern that could be anywhere", "change", "\"when\":{\"fd.name\":\"**/.ssh/**\"}", { RV_EVENT_CHANGE, "/x", .path = "/r/.ssh/x" }, YES },
	{ "a file name", "change", "\"when\":{\"fd.filename\":[\"passwd\"]}", { RV_EVENT_CHANGE, "/x", .path = "/mnt/passwd" }, YES },
	{ "a directory", "change", "\"when\":{\"fd.directory\":[\"/etc\"]}", { RV_EVENT_CHANGE, "/x", .path = "/etc/passwd" }, YES },
	{ "a directory above", "change", "\"when\":{\"fd.directory\":[\"/etc\"]}", { RV_EVENT_CHANGE, "/x", .path = "/etc/a/b" }, NO },
	{ "the root directory", "change", "\"when\":{\"fd.directory\":\"/\"}", { RV_EVENT_CHANGE, "/x", .path = "/a" }, YES },
	{ "a path too long", "change", "\"when\":{\"fd.name\":\"/etc/**\"}", { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = RV_BIT(RV_F_TRUNCATED) }, YES },
	{ "paths and names too long", "change", "\"when\":{\"fd.name\":[\"/etc/**\",\"**/x\"]}",
	  { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = RV_BIT(RV_F_TRUNCATED) }, YES },
	{ "an exception for a path too long", "change", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"fd.name\":\"/a\"}}]",
	  { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = RV_BIT(RV_F_TRUNCATED) }, YES },

	{ "an operation", "change", "\"when\":{\"fd.op\":[\"write\",\"create\"]}", { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(CREATE) }, YES },
	{ "both operations", "change", "\"when\":{\"fd.op\":[\"write\",\"create\"]}", { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(CREATE) | WRITTEN }, YES },
	{ "another operation", "change", "\"when\":{\"fd.op\":[\"write\",\"create\"]}", { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(CHMOD) }, NO },
	{ "not an operation", "change", "\"when\":{\"fd.op\":\"!times\"}", { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(TIMES) }, NO },
	{ "an unknown operation", "change", "\"when\":{\"fd.op\":[\"write\",\"create\"]}", { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(UNKNOWN) }, YES },
	{ "not an unknown operation", "change", "\"when\":{\"fd.op\":\"!times\"}", { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(UNKNOWN) }, YES },
	{ "an exception for an unknown operation", "change", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"fd.op\":[\"chmod\",\"chown\"]}}]",
	  { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(UNKNOWN) }, YES },
	{ "an operation there and one elsewhere", "change",
	  "\"when\":[{\"fd.name\":\"/a\",\"fd.op\":[\"write\",\"create\"]},{\"fd.name\":[\"/b\",\"**/c\"],\"fd.op\":[\"chmod\",\"chown\"]}]",
	  { RV_EVENT_CHANGE, "/x", .path = "/d/c", .flags = OP(CHOWN) }, YES },
	{ "and not the wrong one", "change",
	  "\"when\":[{\"fd.name\":\"/a\",\"fd.op\":[\"write\",\"create\"]},{\"fd.name\":[\"/b\",\"**/c\"],\"fd.op\":[\"chmod\",\"chown\"]}]",
	  { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(CHOWN) }, NO },
	{ "set-uid", "change", "\"when\":{\"fd.setid\":true,\"fd.op\":\"chmod\"}", { RV_EVENT_CHANGE, "/x", .path = "/a", .flags = OP(CHMOD) | OP(SETID) }, YES },
	{ "a link's target", "change", "\"when\":{\"fs.path.target\":\"/etc/*\"}", { RV_EVENT_CHANGE, "/x", .path = "/a", .target = "/etc/shadow" }, YES },
	{ "another target", "change", "\"when\":{\"fs.path.target\":\"/etc/*\"}", { RV_EVENT_CHANGE, "/x", .path = "/a", .target = "/x" }, MAYBE },

	{ "an address", "net", "\"when\":{\"fd.sip\":[\"10.0.0.0/8\",\"2001:db8::/32\"]}", { RV_EVENT_NET, "/x", .addr = "10.1.2.3" }, YES },
	{ "another address", "net", "\"when\":{\"fd.sip\":[\"10.0.0.0/8\",\"2001:db8::/32\"]}", { RV_EVENT_NET, "/x", .addr = "11.1.2.3" }, NO },
	{ "an IPv6 address", "net", "\"when\":{\"fd.sip\":[\"10.0.0.0/8\",\"2001:db8::/32\"]}", { RV_EVENT_NET, "/x", .addr = "2001:db8::1" }, YES },
	{ "all of IPv6 is not IPv4", "net", "\"when\":{\"fd.sip\":\"::/0\"}", { RV_EVENT_NET, "/x", .addr = "10.1.2.3" }, NO },
	{ "one inside another", "net", "\"when\":{\"fd.sip\":[\"0.0.0.0/0\",\"!10.0.0.0/8\"]}", { RV_EVENT_NET, "/x", .addr = "10.1.2.3" }, NO },
	{ "and outside", "net", "\"when\":{\"fd.sip\":[\"0.0.0.0/0\",\"!10.0.0.0/8\"]}", { RV_EVENT_NET, "/x", .addr = "9.1.2.3" }, YES },
	{ "a port", "net", "\"when\":{\"fd.sport\":[80,\"8000-8010\"]}", { RV_EVENT_NET, "/x", .addr = "10.1.2.3", .port = 8003 }, YES },
	{ "another port", "net", "\"when\":{\"fd.sport\":[80,\"8000-8010\"]}", { RV_EVENT_NET, "/x", .addr = "10.1.2.3", .port = 81 }, NO },
	{ "a direction and a protocol", "net", "\"when\":{\"evt.dir\":[\"connect\",\"send\"],\"fd.l4proto\":\"udp\"}",
	  { RV_EVENT_NET, "/x", .flags = RV_BIT(RV_NET_SEND) | RV_BIT(RV_NET_UDP) }, YES },
	{ "another protocol", "net", "\"when\":{\"evt.dir\":[\"connect\",\"send\"],\"fd.l4proto\":\"udp\"}",
	  { RV_EVENT_NET, "/x", .flags = RV_BIT(RV_NET_SEND) | RV_BIT(RV_NET_TCP) }, NO },
	{ "a unix socket", "net", "\"when\":{\"fd.name\":\"**/a.sock\"}", { RV_EVENT_NET, "/x", .path = "/run/a.sock", .flags = UNIX }, YES },
	{ "another", "net", "\"when\":{\"fd.name\":\"**/a.sock\"}", { RV_EVENT_NET, "/x", .path = "/run/b.sock", .flags = UNIX }, NO },
	{ "all but one", "net", "\"when\":{\"fd.name\":\"!/run/a.sock\"}", { RV_EVENT_NET, "/x", .path = "/run/b.sock", .flags = UNIX }, YES },
	{ "an address is none of those", "net", "\"when\":{\"fd.name\":\"!/run/a.sock\"}", { RV_EVENT_NET, "/x", .addr = "10.1.2.3" }, NO },
	{ "an abstract name", "net", "\"when\":{\"fd.name\":\"@@/shim/**\"}", { RV_EVENT_NET, "/x", .path = "@/shim/a", .flags = UNIX }, YES },
	{ "a path is another", "net", "\"when\":{\"fd.name\":\"@@/shim/**\"}", { RV_EVENT_NET, "/x", .path = "/shim/a", .flags = UNIX }, NO },
	{ "a glob of them", "net", "\"when\":{\"fd.name\":\"@@/shim/*/a\"}", { RV_EVENT_NET, "/x", .path = "@/shim/b/a", .flags = UNIX }, YES },
	{ "a glob of them, another", "net", "\"when\":{\"fd.name\":\"@@/shim/*/a\"}", { RV_EVENT_NET, "/x", .path = "@/shim/b/c", .flags = UNIX }, NO },
	{ "its base name", "net", "\"when\":{\"fd.filename\":\"a.sock\"}", { RV_EVENT_NET, "/x", .path = "/run/a.sock", .flags = UNIX }, YES },
	{ "its name, truncated", "net", "\"when\":{\"fd.name\":\"/run/a.sock\"}", { RV_EVENT_NET, "/x", .flags = UNIX | RV_BIT(RV_F_TRUNCATED) }, YES },
	{ "an address, truncated", "net", "\"when\":{\"fd.name\":\"/run/a.sock\"}", { RV_EVENT_NET, "/x", .flags = RV_BIT(RV_F_TRUNCATED) }, NO },
	{ "unix sockets are not meant", "net", "\"when\":{\"evt.dir\":\"connect\"}", { RV_EVENT_NET, "/x", .flags = UNIX }, NO },
	{ "nor by what they are not", "net", "\"when\":{\"fd.l4proto\":\"!tcp\",\"fd.sip\":\"!10.0.0.0/8\"}", { RV_EVENT_NET, "/x", .flags = UNIX }, NO },
	{ "nor by a glob", "net", "\"when\":{\"fd.sip\":\"!10.0.0.0/8\",\"proc.comm\":\"x*\"}", { RV_EVENT_NET, "/x", .flags = UNIX }, NO },
	{ "but by their kind", "net", "\"when\":{\"fd.l4proto\":[\"unix\",\"tcp\"]}", { RV_EVENT_NET, "/x", .path = "/a", .flags = UNIX }, YES },
	{ "an exception is for them, too", "net", "\"when\":{\"fd.name\":\"/a\"},\"exceptions\":[{\"name\":\"a\",\"when\":{\"proc.name\":\"x\"}}]",
	  { RV_EVENT_NET, "/x", .path = "/a", .flags = UNIX }, NO },
	{ "one for addresses is not", "net", "\"when\":{\"fd.name\":\"/a\"},\"exceptions\":[{\"name\":\"a\",\"when\":{\"fd.sip\":\"!10.0.0.0/8\"}}]",
	  { RV_EVENT_NET, "/x", .path = "/a", .flags = UNIX }, YES },
	{ "a hash", "exec", "\"when\":{\"proc.exe_sha256\":\"" SHA256 "\"}", { RV_EVENT_EXEC, "/x", .sha256 = SHA256 }, YES },
	{ "another hash", "exec", "\"when\":{\"proc.exe_sha256\":\"" SHA256 "\"}", { RV_EVENT_EXEC, "/x", .sha256 = "0" SHA256 }, MAYBE },
	{ "a hash that is not known", "exec", "\"when\":{\"proc.exe_sha256\":\"" SHA256 "\"}", { RV_EVENT_EXEC, "/x" }, MAYBE },
	{ "an exception for a hash that is not known", "exec", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"proc.exe_sha256\":\"" SHA256 "\"}}]",
	  { RV_EVENT_EXEC, "/x" }, YES },
	{ "a name in DNS", "dns", "\"when\":{\"dns.name\":[\"a.b\",\"x.y\"]},\"action\":\"deny\"", { RV_EVENT_DNS, "/x", .path = "x.y" }, YES },
	{ "another name in DNS", "dns", "\"when\":{\"dns.name\":\"x.y\"}", { RV_EVENT_DNS, "/x", .path = "x.y.z" }, NO },
	{ "names below", "dns", "\"when\":{\"dns.name\":\"*.x.y\"}", { RV_EVENT_DNS, "/x", .path = "a.b.x.y" }, YES },
	{ "not what is below", "dns", "\"when\":{\"dns.name\":\"*.x.y\"}", { RV_EVENT_DNS, "/x", .path = "x.y" }, NO },
	{ "nor what ends so", "dns", "\"when\":{\"dns.name\":\"*.x.y\"}", { RV_EVENT_DNS, "/x", .path = "a.xx.y" }, NO },
	{ "names that begin so", "dns", "\"when\":{\"dns.name\":\"x.*\"}", { RV_EVENT_DNS, "/x", .path = "x.y" }, YES },
	{ "longer and shorter ends", "dns", "\"when\":{\"dns.name\":[\"*.y\",\"!*.x.y\"]}", { RV_EVENT_DNS, "/x", .path = "a.x.y" }, NO },
	{ "a glob in DNS", "dns", "\"when\":{\"dns.name\":\"a*.y\"}", { RV_EVENT_DNS, "/x", .path = "ab.y" }, YES },
	{ "another by that glob", "dns", "\"when\":{\"dns.name\":\"a*.y\"}", { RV_EVENT_DNS, "/x", .path = "ba.y" }, MAYBE },
	{ "a glob as an exception", "dns", "\"when\":{\"dns.name\":\"*.y\"},\"exceptions\":[{\"name\":\"a\",\"when\":{\"dns.name\":\"a*.y\"}}]",
	  { RV_EVENT_DNS, "/x", .path = "ab.y" }, MAYBE },
	{ "a call", "call", "\"when\":{\"evt.call\":\"setns\",\"evt.failed\":false}", { RV_EVENT_CALL, "/x", .flags = RV_BIT(RV_CALL_SETNS) }, YES },
	{ "a call that failed", "call", "\"when\":{\"evt.call\":\"setns\",\"evt.failed\":false}",
	  { RV_EVENT_CALL, "/x", .flags = RV_BIT(RV_CALL_SETNS) | RV_BIT(RV_CALL_FAILED) }, NO },

	{ "arguments", "exec", "\"when\":{\"proc.name\":\"@shells\",\"proc.cmdline\":\"*-i*\"}", { RV_EVENT_EXEC, "/bin/sh", .args = "sh -i" }, YES },
	{ "other arguments", "exec", "\"when\":{\"proc.name\":\"@shells\",\"proc.cmdline\":\"*-i*\"}", { RV_EVENT_EXEC, "/bin/sh", .args = "sh -c x" }, MAYBE },
	{ "arguments of another", "exec", "\"when\":{\"proc.name\":\"@shells\",\"proc.cmdline\":\"*-i*\"}", { RV_EVENT_EXEC, "/bin/ls", .args = "ls -i" }, NO },
	{ "environment", "exec", "\"when\":{\"proc.env\":\"LD_PRELOAD=*\"}", { RV_EVENT_EXEC, "/bin/sh", .env = "A=b LD_PRELOAD=/x" }, YES },
	{ "no such environment", "exec", "\"when\":{\"proc.env\":\"LD_PRELOAD=*\"}", { RV_EVENT_EXEC, "/bin/sh", .env = "A=LD_PRELOAD=" }, MAYBE },
	{ "a user", "exec", "\"when\":{\"user.uid\":[0,\"100-199\"]}", { RV_EVENT_EXEC, "/bin/sh", .uid = 150 }, YES },
	{ "another user", "exec", "\"when\":{\"user.uid\":[0,\"100-199\"]}", { RV_EVENT_EXEC, "/bin/sh", .uid = 200 }, MAYBE },
	{ "a namespace", "exec", "\"when\":{\"k8s.ns.name\":\"pay*\"}", { RV_EVENT_EXEC, "/bin/sh" }, YES, "{\"namespace\":\"payments\"}" },
	{ "nobody knows the namespace", "exec", "\"when\":{\"k8s.ns.name\":\"pay*\"}", { RV_EVENT_EXEC, "/bin/sh" }, MAYBE },

	{ "an exception", "exec", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"proc.name\":\"sh\"}}]", { RV_EVENT_EXEC, "/bin/sh" }, NO },
	{ "no exception", "exec", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"proc.name\":\"sh\"}}]", { RV_EVENT_EXEC, "/bin/ls" }, YES },
	{ "all of an exception", "exec", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"proc.name\":\"sh\",\"proc.pname\":\"cron\"}}]",
	  { RV_EVENT_EXEC, "/bin/sh", .before = "ssh" }, YES },
	{ "one of two exceptions", "exec", "\"exceptions\":[{\"name\":\"a\",\"when\":[{\"proc.name\":\"x\"},{\"proc.pname\":\"ssh\"}]}]",
	  { RV_EVENT_EXEC, "/bin/sh", .before = "ssh" }, NO },
	{ "an exception for the monitor", "exec", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"proc.cmdline\":\"sh -c *\"}}]",
	  { RV_EVENT_EXEC, "/bin/sh", .args = "sh -c x" }, MAYBE },
	{ "no exception for the monitor", "exec", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"proc.cmdline\":\"sh -c *\"}}]",
	  { RV_EVENT_EXEC, "/bin/sh", .args = "sh -i" }, YES },
	{ "an exception for one of several operations", "change", "\"exceptions\":[{\"name\":\"a\",\"when\":{\"fd.op\":[\"chmod\",\"chown\"],\"fd.name\":[\"/a\",\"**/b\"]}}]",
	  { RV_EVENT_CHANGE, "/x", .path = "/c/b", .flags = OP(CHOWN) }, NO },
	{ "one of several objects, for the monitor", "exec", "\"when\":[{\"proc.name\":\"ls\"},{\"proc.pname\":\"ssh\",\"proc.cmdline\":\"*x*\"}]",
	  { RV_EVENT_EXEC, "/bin/sh", .before = "ssh", .args = "sh -i" }, MAYBE },
	{ "another one of several objects", "exec", "\"when\":[{\"proc.name\":\"ls\"},{\"proc.pname\":\"ssh\",\"proc.cmdline\":\"*x*\"}]",
	  { RV_EVENT_EXEC, "/bin/ls", .before = "ssh", .args = "ls" }, YES },
};

static char *text_of(struct rv_arena *a, const char *kind, const char *more)
{
	return rv_arena_printf(a, "{\"detections\":[{\"name\":\"d\",\"rule\":\"D\",\"description\":\"d\",\"priority\":\"notice\",\"output\":\"o\","
			       "\"event\":\"%s\"%s%s}]}", kind, *more ? "," : "", more);
}

static void compile(struct rv_arena *a, const char *text, struct rv_detections *d)
{
	struct rv_source files[] = { { "lists.json", lists, sizeof(lists) - 1 }, { "d.json", text, strlen(text) } };
	struct rv_errs errs = { 0 };

	if (rv_detect_compile_all(files, 2, a, d, &errs))
		fail_msg("%s: %s", text, errs.count ? errs.item[0].msg : "");
	rv_errs_done(&errs);
}

static void run_case(const struct detect_case *c)
{
	struct rv_arena arena = { 0 };
	struct rv_detections d;
	struct rv_event_view view;
	rv_autojson identity = { 0 };
	uint64_t rules[RV_RULES / 64], after[RV_RULES / 64];
	char *room = rv_arena_alloc(&arena, EVENT_ROOM);

	compile(&arena, text_of(&arena, c->kind, c->when), &d);
	event_fired(&c->event, &d, rules);
	if ((rules[0] != 0) != (c->fires != NO))
		fail_msg("%s: %s by the clauses", c->name, rules[0] ? "fires" : "does not fire");
	if (c->identity)
		assert_int_equal(rv_json_parse(&identity, c->identity, strlen(c->identity), 4096, 0, NULL), 0);
	assert_int_equal(rv_event_view(&view, room, event_record(&c->event, &d, rules, room), NULL), 0);
	view.sha256 = c->event.sha256;
	rv_detections_judge(&d, &view, identity.root, (__u64 *)after);
	if ((after[0] != 0) != (c->fires == YES))
		fail_msg("%s: %s by the monitor", c->name, after[0] ? "fires" : "does not fire");
	if (c->fires == MAYBE)
		assert_false(d.item[0].kernel);
	rv_arena_done(&arena);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(cases); i++)
		run_case(&cases[i]);
}

/* ---- too much ---- */
/* count times, with every %zu replaced by the number. */
static void repeat(struct rv_buf *out, const char *fmt, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (const char *s = fmt; *s; s++) {
			if (*s == '#')
				rv_buf_addf(out, "%zu", i);
			else
				rv_buf_addc(out, *s);
		}
		rv_buf_adds(out, i + 1 < count ? "," : "");
	}
}

#define DETECTION(kind, more) "{\"name\":\"d#\",\"rule\":\"D\",\"description\":\"d\",\"priority\":\"notice\",\"output\":\"o\",\"event\":\"" kind "\"" more "}"
static const struct { const char *detection; size_t count; const char *said; } limits[] = {
	{ DETECTION("exec", ""), 257, "more than 256 detections" },
	{ DETECTION("exec", ",\"when\":{\"proc.name\":\"n#\"}"), 129, "d128: more than 128 lists of process names" },
	{ DETECTION("change", ",\"when\":{\"fd.filename\":\"n#\"}"), 129, "d128: more than 128 lists of file names" },
	{ DETECTION("net", ",\"when\":{\"fd.sip\":\"10.0.#.0/24\"}"), 65, "d64: more than 64 lists of addresses" },
	{ DETECTION("net", ",\"when\":{\"fd.sport\":#}"), 65, "d64: more than 64 lists of ports" },
	{ DETECTION("net", ",\"when\":{\"fd.sport\":\"1-60000\"}"), 1, "d0: more than 4096 ports in a range; write the ports that are left out, with !" },
	{ DETECTION("change", ",\"when\":[{\"fd.name\":\"/#\"},{\"fd.name\":\"/a#\"}]"), 129, "d128: more than 256 lists of paths" },
	{ DETECTION("change", ",\"when\":[{\"fd.op\":[\"write\",\"create\",\"mkdir\",\"chmod\"],\"proc.caps\":[\"CHOWN\",\"KILL\",\"SETUID\"]},{\"proc.tty\":true}]"),
	  90, "d78: all detections together make more than 1024 clauses" },
	{ DETECTION("exec", ",\"when\":{\"proc.tty\":true,\"proc.caps\":\"KILL\",\"proc.name\":\"a\",\"proc.pname\":\"b\",\"proc.aname\":\"c\"}"), 1, NULL },
	{ DETECTION("change", ",\"when\":[{\"fd.op\":\"!write\",\"proc.tty\":true}],\"exceptions\":[{\"name\":\"a\",\"when\":{\"proc.caps\":\"!KILL\"}}]"), 2, NULL },
	{ DETECTION("exec", ",\"when\":{\"proc.is_exe_upper_layer\":false,\"proc.exe_origin\":\"new\",\"proc.caps\":[\"KILL\",\"!CHOWN\"]}"), 1, NULL },
};

static void test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_COUNT(limits); i++) {
		struct rv_arena arena = { 0 };
		struct rv_errs errs = { 0 };
		struct rv_detections d;
		rv_autobuf text = { 0 };
		struct rv_source file;

		rv_buf_adds(&text, "{\"detections\":[");
		repeat(&text, limits[i].detection, limits[i].count);
		rv_buf_adds(&text, "]}");
		file = (struct rv_source){ "d.json", rv_buf_str(&text), text.len };
		assert_int_equal(rv_detect_compile_all(&file, 1, &arena, &d, &errs) ? 1 : 0, limits[i].said ? 1 : 0);
		if (limits[i].said)
			assert_string_equal(errs.item[0].msg, limits[i].said);
		rv_errs_done(&errs);
		rv_arena_done(&arena);
	}
}

/* ---- what is shipped ---- */
static void test_shipped(void **state)
{
	struct rv_arena arena = { 0 };
	struct rv_detection_names names;
	struct rv_detections d;
	rv_autopolicies *p = NULL;

	(void)state;
	assert_int_equal(rv_policies_load(&p, NULL, 0, NULL), 0);
	assert_int_equal(rv_policies_detections(p, &arena, &d, NULL), 0);
	assert_int_equal(rv_policies_detection_names(p, &arena, &names, NULL), 0);
	assert_string_equal(names.hash, d.hash);
	assert_int_equal(names.count, d.count);
	for (size_t i = 0; i < d.count; i++) {
		assert_string_equal(names.name[i], d.item[i].name);
		assert_int_equal(names.action[i], d.item[i].action);
		assert_true(names.kernel[i] == d.item[i].kernel && names.calls[i] == d.item[i].calls && names.paths[i] == d.item[i].paths);
	}
	rv_arena_done(&arena);
}

/* With files of its own a node has another set, and the active set knows its names. */
static void test_own(void **state)
{
	static const char own[] = "{\"detections\":[" DETECTION("exec", ",\"action\":\"kill\"") "]}",
			  policy[] = "{\"name\":\"p\",\"enforce\":\"baseline\",\"set\":{\"monitor\":{\"d#\":\"stop\"}}}";
	struct rv_source sources[] = { { "own.json", own, sizeof(own) - 1 }, { "p.json", policy, sizeof(policy) - 1 } };
	struct rv_arena arena = { 0 };
	struct rv_errs errs = { 0 }, warnings = { 0 };
	struct rv_detection_names names;
	struct rv_detections d;
	struct rv_policy chosen;
	struct rv_facts facts = { 0 };
	rv_autobuf active = { 0 };
	rv_autopolicies *p = NULL;
	char *shipped;

	(void)state;
	/* # stands for a number elsewhere; as a name it is none */
	assert_int_equal(rv_policies_compile(NULL, sources, 2, 0, &active, &errs, &warnings), -RV_EPOLICY);
	rv_errs_done(&errs);
	errs = (struct rv_errs){ 0 };
	sources[0].text = rv_arena_printf(&arena, "%.*s_%s", (int)(strchr(own, '#') - own), own, strchr(own, '#') + 1);
	sources[1].text = rv_arena_printf(&arena, "%.*s_%s", (int)(strchr(policy, '#') - policy), policy, strchr(policy, '#') + 1);
	assert_int_equal(rv_policies_compile(NULL, sources, 2, 0, &active, &errs, &warnings), 0);
	assert_int_equal(rv_policies_load(&p, active.data, active.len, NULL), 0);
	assert_int_equal(rv_policies_detections(p, &arena, &d, NULL), 0);
	assert_int_equal(rv_policies_detection_names(p, &arena, &names, NULL), 0);
	assert_string_equal(names.hash, d.hash);
	assert_string_equal(names.name[names.count - 1], "d_");
	assert_int_equal(names.action[names.count - 1], RV_ACTION_KILL);
	assert_int_equal(rv_policies_named(p, "p", &facts, &arena, &chosen, NULL), 0);
	assert_int_equal(chosen.enforce.set.monitor.actions.action[names.count - 1], RV_ACTION_STOP);
	assert_string_equal(rv_ruleset_origin(&chosen.enforce, "monitor", "d_", &arena), "p.json:1:57");
	rv_policies_free(p);
	p = NULL;
	/* a set of another version's detections is compiled again */
	shipped = strstr(active.data, "\"shipped\":\"");
	assert_non_null(shipped);
	shipped[strlen("\"shipped\":\"")] ^= 1;
	assert_int_equal(rv_policies_load(&p, active.data, active.len, NULL), 0);
	assert_string_equal(rv_arena_strdup(&arena, names.hash), d.hash);
	assert_int_equal(rv_policies_detection_names(p, &arena, &names, NULL), 0);
	assert_string_equal(names.hash, d.hash);
	rv_errs_done(&warnings);
	rv_arena_done(&arena);
}

/* Tightened by the policy, widened by an exception, raised by the floor; each says where it comes from. */
static void test_actions(void **state)
{
	static const char policy[] = "{\"name\":\"p\",\"enforce\":\"baseline\","
		"\"set\":{\"monitor\":{\"terminal-shell\":\"stop\",\"write-below-etc\":\"kill\",\"unattached\":\"deny\"}},"
		"\"allow\":[{\"why\":\"w\",\"monitor\":{\"terminal-shell\":\"alert\",\"write-below-etc\":\"off\",\"write-below-root\":\"off\"}}]}";
	static const char floor[] = "{\"floor\":{\"monitor\":{\"write-below-etc\":\"alert\",\"learn\":true}}}";
	const struct { const char *name; enum rv_action action; const char *from; bool floor; } wanted[] = {
		{ "terminal-shell", RV_ACTION_ALERT, "p.json", false }, { "write-below-etc", RV_ACTION_ALERT, "reeve.json", true },
		{ "write-below-root", RV_ACTION_OFF, "p.json", false }, { "write-below-binary-dir", RV_ACTION_ALERT, "", false },
	};
	struct rv_source node = { "reeve.json", floor, sizeof(floor) - 1 }, source = { "p.json", policy, sizeof(policy) - 1 };
	struct rv_errs errs = { 0 }, warnings = { 0 };
	struct rv_arena arena = { 0 };
	struct rv_facts facts = { 0 };
	struct rv_policy chosen;
	rv_autobuf active = { 0 };
	rv_autopolicies *p = NULL;

	(void)state;
	assert_int_equal(rv_policies_compile(&node, &source, 1, 0, &active, &errs, &warnings), 0);
	assert_int_equal(rv_policies_load(&p, active.data, active.len, NULL), 0);
	assert_int_equal(rv_policies_named(p, "p", &facts, &arena, &chosen, NULL), 0);
	assert_int_equal(chosen.enforce.set.monitor.unattached, RV_UNATTACHED_DENY);
	assert_true(chosen.enforce.set.monitor.learn);
	for (size_t i = 0; i < RV_COUNT(wanted); i++) {
		const struct rv_actions *actions = &chosen.enforce.set.monitor.actions;
		size_t rule = 0;

		while (strcmp(actions->names->name[rule], wanted[i].name) != 0)
			rule++;
		assert_int_equal(actions->action[rule], wanted[i].action);
		assert_true(rv_str_starts(rv_ruleset_origin(&chosen.enforce, "monitor", wanted[i].name, &arena), wanted[i].from));
		assert_int_equal(rv_ruleset_floor(&chosen.enforce, rv_arena_printf(&arena, "monitor.%s", wanted[i].name)), wanted[i].floor);
	}
	rv_errs_done(&warnings);
	rv_arena_done(&arena);
}

/* What only the monitor can decide takes from a detection what the shipped profiles let it do. */
static void test_monitor_only(void **state)
{
	static const char own[] = "{\"append\":[{\"detection\":\"terminal-shell\",\"exceptions\":[{\"name\":\"ours\",\"when\":"
				  "{\"proc.cmdline\":\"sh -c ours *\"}}]}]}";
	struct rv_source source = { "own.json", own, sizeof(own) - 1 };
	struct rv_errs errs = { 0 }, warnings = { 0 };
	rv_autobuf active = { 0 };

	(void)state;
	assert_int_equal(rv_policies_compile(NULL, &source, 1, 0, &active, &errs, &warnings), -RV_EPOLICY);
	assert_string_equal(errs.item[0].file, "hardened");
	assert_true(rv_str_starts(errs.item[0].msg, "terminal-shell: the kernel cannot decide this detection"));
	rv_errs_done(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_monitor_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
