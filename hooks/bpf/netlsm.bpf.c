// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Sockets in the lsm tier. Those of IP where the kernel keeps programs of cgroups from task storage (net.bpf.c): here rules see the
 * process, there the lists hold; the address is the kernel's own copy. And unix sockets, by the socket that is reached, whatever the name
 * that led there.
 */
#include "net.h"
#include "finish.h"
#include "socket.h"
#include "touch.h"

struct rv_sockaddr { __u16 family, port; __u8 v4[4], v6[16]; };

static __always_inline bool rv_end_of_sockaddr(struct rv_end *end, const void *address, struct socket *socket)
{
	struct rv_sockaddr a = {};
	__u32 v4;

	if (bpf_probe_read_kernel(&a, sizeof(a) - sizeof(a.v6), address))
		return false;
	if (a.family == RV_AF_INET) {
		__builtin_memcpy(&v4, a.v4, sizeof(v4));
		rv_end_v4(end, v4);
	} else if (a.family == RV_AF_INET6 && !bpf_probe_read_kernel(&a, sizeof(a), address)) {
		__builtin_memcpy(end->addr, a.v6, sizeof(end->addr));
		end->family = RV_AF_INET6;
	} else {
		return false;
	}
	end->port = bpf_ntohs(a.port);
	end->type = BPF_CORE_READ(socket, type);
	end->protocol = BPF_CORE_READ(socket, sk, sk_protocol);
	return true;
}

static __noinline int rv_net_lsm(struct socket *socket, const void *address, __u64 flags)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_end end = {};
	struct rv_scratch *s;

	if (!c || rv_outside(self) || !rv_end_of_sockaddr(&end, address, socket))
		return 0;
	flags |= rv_net_kind(end.family, end.type, end.protocol);
	s = rv_scratch_take(self->container);
	if (!s)
		return rv_lost(self, c, RV_EVENT_NET, flags, true);
	s->facts.word[RV_W_FLAGS] = flags;
	rv_end_classes(&s->facts, &end);
	rv_end_event(&s->event, &end);
	return rv_finish(s, self, c, RV_EVENT_NET, true);
}

SEC("lsm/socket_create")
int BPF_PROG(lsm_net_socket, int family, int type, int protocol, int kern)
{
	return kern || !rv_is_ip(family) ? 0 : rv_socket_made(family, type, protocol, true);
}

SEC("lsm/socket_connect")
int BPF_PROG(lsm_net_connect, struct socket *socket, void *address, int len)
{
	return rv_net_lsm(socket, address, RV_BIT(RV_NET_CONNECT));
}

SEC("lsm/socket_bind")
int BPF_PROG(lsm_net_bind, struct socket *socket, void *address, int len)
{
	return rv_net_lsm(socket, address, RV_BIT(RV_NET_BIND));
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(lsm_net_sendmsg, struct socket *socket, struct msghdr *message, int size)
{
	void *address = BPF_CORE_READ(message, msg_name);

	return address ? rv_net_lsm(socket, address, RV_BIT(RV_NET_SEND)) : 0;
}

/* ---- unix sockets ---- */

static __noinline int rv_abstract(struct rv_task *self, struct rv_container *c, struct unix_address *address, __u64 flags)
{
	int len = BPF_CORE_READ(address, len) - (int)sizeof(__u16);
	struct rv_scratch *s = rv_scratch_take(self->container);

	if (!s)
		return rv_lost(self, c, RV_EVENT_NET, flags, true);
	s->facts.word[RV_W_FLAGS] = flags;
	s->event.net.family = RV_AF_UNIX;
	rv_path_given(s, (void *)address + bpf_core_field_offset(struct unix_address, name[0].sun_path), len > 0 ? len : 0);
	return rv_finish(s, self, c, RV_EVENT_NET, true);
}

/* Not a function of its own: the verifier counts how deep calls go. */
static __always_inline int rv_unix(struct unix_sock *to, __u64 flags)
{
	struct rv_task *self = rv_self();
	struct rv_container *c = self ? rv_container_of(self) : NULL;
	struct rv_touch t = { .kind = RV_EVENT_NET, .flags = flags | RV_BIT(RV_NET_UNIX), .can_deny = true };
	struct dentry *dentry = BPF_CORE_READ(to, path.dentry);
	struct unix_address *address;

	if (!c || rv_outside(self))
		return 0;
	if (!dentry) {
		address = BPF_CORE_READ(to, addr);
		return address ? rv_abstract(self, c, address, t.flags) : 0;
	}
	t.dentry = (__u64)dentry;
	t.parent = (__u64)BPF_CORE_READ(dentry, d_parent);
	t.name = BPF_CORE_READ(dentry, d_name.hash);
	t.ino = BPF_CORE_READ(dentry, d_inode, i_ino);
	t.mnt = (__u64)BPF_CORE_READ(to, path.mnt);
	return rv_touch(self, c, &t);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(lsm_unix_connect, struct sock *from, struct sock *to, struct sock *made)
{
	return rv_unix((void *)to, RV_BIT(RV_NET_CONNECT)) ? -EPERM : 0;
}

/* Datagrams, and their sockets when they connect. */
SEC("lsm/unix_may_send")
int BPF_PROG(lsm_unix_send, struct socket *from, struct socket *to)
{
	return rv_unix((void *)BPF_CORE_READ(to, sk), RV_BIT(RV_NET_SEND)) ? -EPERM : 0;
}
