/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fields: what conditions are written with and outputs print. */
#include "detect/detect.h"

static const struct rv_cond_word origins[] = {
	{ "image", RV_ORIGIN_IMAGE }, { "copied", RV_ORIGIN_COPIED }, { "new", RV_ORIGIN_NEW }, { "volume", RV_ORIGIN_VOLUME },
	{ "tmpfs", RV_ORIGIN_TMPFS }, { "memfd", RV_ORIGIN_MEMFD }, { "deleted", RV_ORIGIN_DELETED }, { 0 } };
static const struct rv_cond_word operations[] = {
	{ "write", RV_OP_WRITE }, { "create", RV_OP_CREATE }, { "mkdir", RV_OP_MKDIR }, { "mknod", RV_OP_MKNOD },
	{ "unlink", RV_OP_UNLINK }, { "rmdir", RV_OP_RMDIR }, { "rename", RV_OP_RENAME }, { "link", RV_OP_LINK },
	{ "symlink", RV_OP_SYMLINK }, { "truncate", RV_OP_TRUNCATE }, { "chmod", RV_OP_CHMOD }, { "chown", RV_OP_CHOWN },
	{ "xattr", RV_OP_XATTR }, { "times", RV_OP_TIMES }, { 0 } };
static const struct rv_cond_word directions[] = {
	{ "connect", RV_NET_CONNECT }, { "send", RV_NET_SEND }, { "bind", RV_NET_BIND }, { "listen", RV_NET_LISTEN },
	{ "accept", RV_NET_ACCEPT }, { 0 } };
static const struct rv_cond_word protocols[] = {
	{ "tcp", RV_NET_TCP }, { "udp", RV_NET_UDP }, { "icmp", RV_NET_ICMP }, { "raw", RV_NET_RAW }, { "packet", RV_NET_PACKET },
	{ "unix", RV_NET_UNIX }, { "netlink", RV_NET_NETLINK }, { "other", RV_NET_OTHER }, { 0 } };
static const struct rv_cond_word calls[] = {
	{ "mount", RV_CALL_MOUNT }, { "umount", RV_CALL_UMOUNT }, { "setns", RV_CALL_SETNS }, { "unshare", RV_CALL_UNSHARE },
	{ "ptrace-attach", RV_CALL_PTRACE_ATTACH }, { "ptrace-traceme", RV_CALL_PTRACE_TRACEME }, { "module", RV_CALL_MODULE },
	{ "bpf", RV_CALL_BPF }, { "keyctl", RV_CALL_KEYCTL }, { "userfaultfd", RV_CALL_USERFAULTFD }, { "io_uring", RV_CALL_IO_URING },
	{ "memfd", RV_CALL_MEMFD }, { "setuid", RV_CALL_SETUID }, { "chroot", RV_CALL_CHROOT }, { "pivot_root", RV_CALL_PIVOT_ROOT },
	{ "stdio-socket", RV_CALL_STDIO_SOCKET }, { "process_vm_writev", RV_CALL_PROCESS_VM_WRITE },
	{ "open_by_handle_at", RV_CALL_OPEN_BY_HANDLE }, { 0 } };
static const struct rv_cond_word excesses[] = {
	{ "capabilities", RV_EXCESS_CAPABILITIES }, { "root", RV_EXCESS_ROOT }, { "no-new-privileges", RV_EXCESS_NO_NEW_PRIVS },
	{ "seccomp", RV_EXCESS_SECCOMP }, { 0 } };

/* name, events, condition, what it says */
#define FIELDS(X) \
	X("proc.name", "", RV_COND_PROC, RV_W_PROC, NULL, false, "Base name of the process's executable file, whatever it calls itself; of busybox and its like the program that its arguments name.") \
	X("proc.pname", "", RV_COND_PROC, RV_W_PARENT, NULL, false, "The same of its parent; printed as the parent's command name.") \
	X("proc.aname", "", RV_COND_PROC, RV_W_ANCESTOR, NULL, false, "The same of any process before it, up to the container's init.") \
	X("proc.exepath", "", RV_COND_PATH, 0, NULL, false, "Path of its executable, in the container.") \
	X("proc.comm", "", RV_COND_TEXT, 0, NULL, false, "Its command name, which it chooses itself.") \
	X("proc.cmdline", "", RV_COND_TEXT, 0, NULL, false, "All its arguments, with blanks between.") \
	X("proc.args", "", RV_COND_TEXT, 0, NULL, false, "Its arguments after the first, with blanks between.") \
	X("proc.env", "exec", RV_COND_TEXT, 0, NULL, false, "Each NAME=value of its environment; none of what comes after the first KiB.") \
	X("proc.cwd", "exec", RV_COND_TEXT, 0, NULL, false, "Its working directory.") \
	X("proc.tty", "", RV_COND_FLAG, RV_F_TTY, NULL, false, "It has a controlling terminal.") \
	X("proc.entry", "exec", RV_COND_FLAG, RV_F_ENTRY, NULL, false, "It came from outside (an exec into the container) or is the entrypoint.") \
	X("proc.init", "", RV_COND_FLAG, RV_F_INIT, NULL, false, "It is the container's init.") \
	X("proc.entered", "", RV_COND_FLAG, RV_F_ENTERED, NULL, false, "It or a process before it came by an exec into the container.") \
	X("proc.new", "", RV_COND_FLAG, RV_F_NEW, NULL, false, "It executed its file at most 5 seconds ago.") \
	X("proc.userns", "", RV_COND_FLAG, RV_F_USERNS, NULL, false, "It is in a user namespace below the container's.") \
	X("proc.io_uring", "", RV_COND_FLAG, RV_F_IO_URING, NULL, false, "It asked by way of io_uring.") \
	X("proc.exe_origin", "exec", RV_COND_BITS, 0, origins, true, "Where the executable comes from: the image, the image but changed since (copied), new in the container, a volume, a tmpfs, memory (memfd), or a file without a name (deleted).") \
	X("proc.is_exe_upper_layer", "exec", RV_COND_UPPER, 0, NULL, false, "The executable is not as the image has it: copied or new.") \
	X("proc.exe_sha256", "exec", RV_COND_SHA256, 0, NULL, false, "SHA-256 of the executable, of a script that of its interpreter. Known only where a detection of the set asks for it, and of a file of at most 32 MiB that is still there when the monitor reads the event.") \
	X("proc.script", "exec", RV_COND_FLAG, RV_EXEC_SCRIPT, NULL, false, "It is a script that an interpreter runs.") \
	X("proc.gained_caps", "exec", RV_COND_FLAG, RV_EXEC_GAINED, NULL, false, "By executing it got capabilities that it had not.") \
	X("proc.setid", "exec", RV_COND_FLAG, RV_EXEC_SETID, NULL, false, "The file is set-user-ID or set-group-ID and that took effect.") \
	X("proc.caps", "", RV_COND_CAPS, 0, NULL, false, "Its effective capabilities, without CAP_; one of the list is enough.") \
	X("proc.pid", "", RV_COND_NONE, 0, NULL, false, "Its process id on the node.") \
	X("proc.vpid", "", RV_COND_NONE, 0, NULL, false, "Its process id in the container.") \
	X("proc.ppid", "", RV_COND_NONE, 0, NULL, false, "Its parent's process id on the node.") \
	X("thread.tid", "", RV_COND_NONE, 0, NULL, false, "Its thread's id on the node.") \
	X("proc.exit_status", "exit", RV_COND_NUMBER, 0, NULL, false, "What it ended with; 128 and the signal's number when that ended it.") \
	X("user.root", "", RV_COND_FLAG, RV_F_ROOT, NULL, false, "Its effective user is 0 in the container's user namespace.") \
	X("user.uid", "", RV_COND_NUMBER, 0, NULL, false, "Its effective user, as the container sees it.") \
	X("user.host_uid", "", RV_COND_NUMBER, 0, NULL, false, "Its effective user on the node.") \
	X("fd.name", "change read sysctl net", RV_COND_PATH, 0, NULL, false, "Path of the file in the container, of a unix socket that, or @ and its abstract name (in a condition @@); of another connection, printed only, both its ends.") \
	X("fd.filename", "change read sysctl net", RV_COND_NAME, 0, NULL, false, "Base name of the file, or of the unix socket.") \
	X("fd.directory", "change read", RV_COND_DIR, 0, NULL, false, "The directory that the file lies in.") \
	X("fd.op", "change", RV_COND_BITS, 0, operations, false, "What was done to the file. The base tier cannot always tell, and then every condition on it holds, but those of exceptions do not.") \
	X("fd.setid", "change", RV_COND_FLAG, RV_OP_SETID, NULL, false, "Its mode has, or gets, set-user-ID or set-group-ID.") \
	X("fd.executable", "change", RV_COND_FLAG, RV_OP_EXECUTABLE, NULL, false, "Its mode has, or gets, an execute bit.") \
	X("fd.device", "change", RV_COND_FLAG, RV_OP_DEVICE, NULL, false, "It is a device node.") \
	X("fd.is_directory", "change", RV_COND_FLAG, RV_OP_DIRECTORY, NULL, false, "It is a directory.") \
	X("fs.path.target", "change", RV_COND_TEXT, 0, NULL, false, "The other name: of a rename the new one, of a link what it points to.") \
	X("fd.sip", "net", RV_COND_ADDR, 0, NULL, false, "The address at the other end (connect, send, accept) or the local one (bind, listen); CIDR.") \
	X("fd.sport", "net", RV_COND_PORT, 0, NULL, false, "The port that goes with it; a number, or a range such as 8000-8999.") \
	X("fd.lip", "net", RV_COND_NONE, 0, NULL, false, "The local address.") \
	X("fd.lport", "net", RV_COND_NONE, 0, NULL, false, "The local port.") \
	X("fd.l4proto", "net socket", RV_COND_BITS, 0, protocols, true, "Kind of the socket. Where neither it nor a name of a file is asked for, unix sockets are left out.") \
	X("evt.type", "", RV_COND_NONE, 0, NULL, false, "The event: exec, change, net and so on.") \
	X("evt.dir", "net", RV_COND_BITS, 0, directions, true, "What was done with the socket. accept is a connection that came, or a datagram that the ingress list keeps out; neither is any process's, and a rule can only tell of it, or freeze or stop the container.") \
	X("evt.call", "call", RV_COND_BITS, 0, calls, true, "The system call, or what stands for several of them.") \
	X("evt.failed", "call", RV_COND_FLAG, RV_CALL_FAILED, NULL, false, "It was refused, by the seccomp filter or for want of a capability.") \
	X("evt.result", "", RV_COND_NONE, 0, NULL, false, "What became of it: happened, denied, killed, frozen, stopped.") \
	X("evt.unlisted", "net", RV_COND_FLAG, RV_NET_UNLISTED, NULL, false, "It was refused, since the container's egress or ingress list does not have it.") \
	X("evt.truncated", "", RV_COND_FLAG, RV_F_TRUNCATED, NULL, false, "A path was too long to be followed to its end; every condition on it holds then, but those of exceptions do not.") \
	X("excess.kind", "excess", RV_COND_BITS, 0, excesses, false, "What the process had more of than the plan gave it.") \
	X("excess.caps", "excess", RV_COND_NONE, 0, NULL, false, "Capabilities beyond the ceiling.") \
	X("dns.name", "dns", RV_COND_DNS, 0, NULL, false, "The name that was asked for, in lower case. A name, *.example.org and example.* are the kernel's to decide, other globs the monitor's.") \
	X("container.privileged", "", RV_COND_FLAG, RV_F_PRIVILEGED, NULL, false, "It asked for the whole of privileged, and got it.") \
	X("container.sensitive_mount", "", RV_COND_FLAG, RV_F_SENSITIVE_MOUNT, NULL, false, "A sensitive path of the host is mounted.") \
	X("container.excess_caps", "", RV_COND_FLAG, RV_F_EXCESS_CAPS, NULL, false, "It has a capability that leads to the host.") \
	X("container.root", "", RV_COND_FLAG, RV_F_RUNS_AS_ROOT, NULL, false, "Its entrypoint runs as the host's root.") \
	X("container.host_network", "", RV_COND_FLAG, RV_F_HOST_NETWORK, NULL, false, "It is in the host's network.") \
	X("container.host_pid", "", RV_COND_FLAG, RV_F_HOST_PID, NULL, false, "It sees the host's processes.") \
	X("container.id", "", RV_COND_TEXT, 0, NULL, false, "Its id.") \
	X("container.name", "", RV_COND_TEXT, 0, NULL, false, "Its name, chosen by who made it.") \
	X("container.image", "", RV_COND_TEXT, 0, NULL, false, "Its image's name, as the engine tells it.") \
	X("container.image.repository", "", RV_COND_TEXT, 0, NULL, false, "That without tag and digest.") \
	X("container.image.digest", "", RV_COND_TEXT, 0, NULL, false, "The image's digest.") \
	X("container.engine", "", RV_COND_TEXT, 0, NULL, false, "Which engine made it.") \
	X("k8s.ns.name", "", RV_COND_TEXT, 0, NULL, false, "Kubernetes namespace.") \
	X("k8s.pod.name", "", RV_COND_TEXT, 0, NULL, false, "Pod name.")

#define KERNEL(type) ((type) > RV_COND_NONE && (type) < RV_COND_TEXT)
#define SHOWN(name, kinds, type, arg, words, one, doc) { name, kinds, KERNEL(type), doc },
#define HOW(name, kinds, type, arg, words, one, doc) { type, arg, words, one },

const struct rv_event_field rv_event_fields[] = { FIELDS(SHOWN) { 0 } };
const struct rv_field_how rv_field_hows[] = { FIELDS(HOW) };

int rv_field_index(const char *name)
{
	for (int i = 0; rv_event_fields[i].name; i++)
		if (!strcmp(rv_event_fields[i].name, name))
			return i;
	return -1;
}

/* A container's end is no act of a process. */
static bool of_process(const char *field)
{
	return rv_str_starts(field, "proc.") || rv_str_starts(field, "thread.") || rv_str_starts(field, "user.");
}

bool rv_field_for(int field, enum rv_kind_of_event kind)
{
	const char *kinds = rv_event_fields[field].kinds, *name = rv_event_names[kind];
	size_t len = strlen(name);

	if (kind == RV_EVENT_END && of_process(rv_event_fields[field].name))
		return false;
	for (const char *at = kinds; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && !strncmp(at, name, n))
			return true;
		at += n;
	}
	return !*kinds;
}

const char *rv_field_next(void *ctx, size_t i)
{
	const enum rv_kind_of_event *kind = ctx;

	for (int field = 0; rv_event_fields[field].name; field++)
		if ((!kind || (rv_field_for(field, *kind) && rv_field_hows[field].type != RV_COND_NONE)) && i-- == 0)
			return rv_event_fields[field].name;
	return NULL;
}
