/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, ports and what lists of them come to. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "detect/detect.h"

#define MAPPED 96	/* bits before the IPv4 address in ::ffff:a.b.c.d */

static const __u8 mapped[16] = { [10] = 0xff, [11] = 0xff };

static bool same_bits(const __u8 *a, const __u8 *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return !rest || !((a[bits / 8] ^ b[bits / 8]) & (0xff00 >> rest) & 0xff);
}

static bool is_ipv4(const struct rv_addr_key *key)
{
	return key->prefixlen >= MAPPED && same_bits(key->addr, mapped, MAPPED);
}

bool rv_cidr_covers(const struct rv_addr_key *a, const struct rv_addr_key *b)
{
	return is_ipv4(a) == is_ipv4(b) && a->prefixlen <= b->prefixlen && same_bits(a->addr, b->addr, a->prefixlen);
}

bool rv_cidr_spans_ipv4(const struct rv_addr_key *key)
{
	return key->prefixlen < MAPPED && same_bits(key->addr, mapped, key->prefixlen);
}

void rv_cidr_ipv4(struct rv_addr_key *out)
{
	*out = (struct rv_addr_key){ .prefixlen = MAPPED };
	memcpy(out->addr, mapped, sizeof(mapped));
}

static bool clean(const struct rv_addr_key *key)
{
	for (unsigned bit = key->prefixlen; bit < 128; bit++)
		if (key->addr[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

const char *rv_cidr_parse(const char *text, size_t len, struct rv_addr_key *out)
{
	const char *slash = memchr(text, '/', len);
	size_t addr_len = slash ? (size_t)(slash - text) : len;
	char addr[INET6_ADDRSTRLEN];
	uint64_t bits;
	bool six;

	if (addr_len >= sizeof(addr))
		return "is no address";
	memcpy(addr, text, addr_len);
	addr[addr_len] = '\0';
	six = strchr(addr, ':');
	rv_cidr_ipv4(out);
	if (inet_pton(six ? AF_INET6 : AF_INET, addr, six ? out->addr : out->addr + MAPPED / 8) != 1)
		return "is no address";
	bits = six ? 128 : 32;
	if (slash && !rv_str_u64(slash + 1, len - addr_len - 1, bits, &bits))
		return six ? "takes a prefix from 0 to 128 behind the /" : "takes a prefix from 0 to 32 behind the /";
	out->prefixlen = (__u32)bits + (six ? 0 : MAPPED);
	return clean(out) ? NULL : "has bits that are not zero behind its prefix";
}

const char *rv_ports_parse(const char *text, size_t len, __u16 *from, __u16 *to)
{
	const char *dash = memchr(text, '-', len);
	size_t first = dash ? (size_t)(dash - text) : len;
	uint64_t low, high;

	if (!rv_str_u64(text, first, 65535, &low))
		return "is no port from 0 to 65535";
	high = low;
	if (dash && (!rv_str_u64(dash + 1, len - first - 1, 65535, &high) || high < low))
		return "is no range of ports such as 8000-8999";
	*from = (__u16)low;
	*to = (__u16)high;
	return NULL;
}

/* The protocol at the end, cut off from *len. */
static __u8 take_protocol(const char *text, size_t *len)
{
	static const struct { const char *suffix; __u8 protocol; } known[] = { { "/tcp", IPPROTO_TCP }, { "/udp", IPPROTO_UDP } };

	for (size_t i = 0; i < RV_COUNT(known); i++) {
		if (*len > 4 && !strncmp(text + *len - 4, known[i].suffix, 4)) {
			*len -= 4;
			return known[i].protocol;
		}
	}
	return 0;
}

/* "[2001:db8::]/32" without its brackets. */
static const char *parse_six(const char *text, size_t len, struct rv_addr_key *out)
{
	char bare[64];
	const char *end = memchr(text, ']', len);

	if (!end || len - 2 >= sizeof(bare))
		return "is no address";
	snprintf(bare, sizeof(bare), "%.*s%.*s", (int)(end - text - 1), text + 1, (int)(text + len - end - 1), end + 1);
	return strchr(bare, ':') ? rv_cidr_parse(bare, strlen(bare), out) : "has brackets, which are for IPv6";
}

const char *rv_network_parse(const char *text, struct rv_network *out)
{
	size_t len = strlen(text), addr;
	const char *colon, *close = *text == '[' ? strchr(text, ']') : NULL, *fault = NULL;

	*out = (struct rv_network){ .to = 65535 };
	out->protocol = take_protocol(text, &len);
	if (*text == '[' ? !close : strchr(text, ':') != strrchr(text, ':'))
		return "is written [address]/prefix:port for IPv6";
	colon = memchr(close ? close : text, ':', len - (size_t)((close ? close : text) - text));
	addr = colon ? (size_t)(colon - text) : len;
	if (colon)
		fault = rv_ports_parse(colon + 1, len - addr - 1, &out->from, &out->to);
	if (fault)
		return fault;
	return *text == '[' ? parse_six(text, addr, &out->key) : rv_cidr_parse(text, addr, &out->key);
}

const char *rv_network_fault(const char *text)
{
	struct rv_network network;

	return strcmp(text, "**") == 0 ? NULL : rv_network_parse(text, &network);
}

void rv_network_text(const struct rv_network *n, struct rv_buf *out)
{
	char addr[INET6_ADDRSTRLEN] = "";
	bool four = is_ipv4(&n->key);

	inet_ntop(four ? AF_INET : AF_INET6, n->key.addr + (four ? MAPPED / 8 : 0), addr, sizeof(addr));
	rv_buf_addf(out, four ? "%s/%u" : "[%s]/%u", addr, n->key.prefixlen - (four ? MAPPED : 0));
	if (n->from == n->to)
		rv_buf_addf(out, ":%u", n->from);
	else if (n->from || n->to != 65535)
		rv_buf_addf(out, ":%u-%u", n->from, n->to);
	rv_buf_adds(out, n->protocol == IPPROTO_TCP ? "/tcp" : n->protocol == IPPROTO_UDP ? "/udp" : "");
}

/* ---- lists ---- */
static bool covers(const struct rv_network *a, const struct rv_network *b)
{
	return rv_cidr_covers(&a->key, &b->key) && a->from <= b->from && a->to >= b->to && (!a->protocol || a->protocol == b->protocol);
}

static bool meet(const struct rv_network *a, const struct rv_network *b, struct rv_network *out)
{
	const struct rv_network *inner = rv_cidr_covers(&a->key, &b->key) ? b : rv_cidr_covers(&b->key, &a->key) ? a : NULL;

	if (!inner || (a->protocol && b->protocol && a->protocol != b->protocol))
		return false;
	*out = (struct rv_network){ .key = inner->key, .protocol = a->protocol ? a->protocol : b->protocol,
				    .from = a->from > b->from ? a->from : b->from, .to = a->to < b->to ? a->to : b->to };
	return out->from <= out->to;
}

static void add(struct rv_networks *in, const struct rv_network *n)
{
	for (size_t i = 0; i < in->count; i++)
		if (covers(&in->item[i], n))
			return;
	in->item[in->count++] = *n;
}

static bool everything(const struct rv_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->item[i], "**"))
			return true;
	return false;
}

static int parse_list(const struct rv_list *list, struct rv_arena *arena, struct rv_networks *out, struct rv_err *err)
{
	*out = (struct rv_networks){ .limited = true, .item = rv_arena_alloc(arena, (list->count + 1) * sizeof(*out->item)) };
	if (!out->item)
		return rv_err_nomem(err);
	for (size_t i = 0; i < list->count; i++) {
		struct rv_network n;
		const char *fault = rv_network_parse(list->item[i], &n);

		if (fault)
			return rv_err(err, RV_EPOLICY, "\"%s\" %s", list->item[i], fault);
		add(out, &n);
	}
	return 0;
}

static int intersect(struct rv_networks *a, const struct rv_networks *b, struct rv_arena *arena, struct rv_err *err)
{
	struct rv_networks both = { .limited = true };
	struct rv_network n;

	if (a->count * b->count > RV_NETWORKS_MAX * 16)
		return rv_err(err, RV_EPOLICY, "lists of %zu and %zu networks are too long to be intersected", a->count, b->count);
	both.item = rv_arena_alloc(arena, (a->count * b->count + 1) * sizeof(*both.item));
	if (!both.item)
		return rv_err_nomem(err);
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (meet(&a->item[i], &b->item[k], &n))
				add(&both, &n);
	*a = both;
	return 0;
}

int rv_networks_resolve(const struct rv_list *list, struct rv_arena *arena, struct rv_networks *out, struct rv_err *err)
{
	struct rv_networks all = { 0 }, one;
	int rc = 0;

	for (; list && !rc; list = list->also) {
		if (everything(list))
			continue;
		rc = parse_list(list, arena, &one, err);
		if (!rc && all.limited)
			rc = intersect(&all, &one, arena, err);
		else if (!rc)
			all = one;
	}
	if (!rc && all.count > RV_NETWORKS_MAX)
		rc = rv_err(err, RV_EPOLICY, "more than %d networks", RV_NETWORKS_MAX);
	if (!rc)
		*out = all;
	return rc;
}

/* ---- entries for a longest-prefix map ---- */
static struct rv_network_entry *entry_of(struct rv_network_entries *in, const struct rv_addr_key *key)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->item[i].key.prefixlen == key->prefixlen && !memcmp(in->item[i].key.addr, key->addr, sizeof(key->addr)))
			return &in->item[i];
	in->item[in->count] = (struct rv_network_entry){ .key = *key };
	return &in->item[in->count++];
}

static bool touches(const struct rv_network_ports *a, const struct rv_network *n)
{
	return a->protocol == n->protocol && (unsigned)n->from <= a->to + 1u && (unsigned)a->from <= n->to + 1u;
}

static bool add_ports(struct rv_network_entry *e, const struct rv_network *n)
{
	for (size_t i = 0; i < e->count; i++) {
		struct rv_network_ports *p = &e->port[i];

		if (touches(p, n)) {
			p->from = p->from < n->from ? p->from : n->from;
			p->to = p->to > n->to ? p->to : n->to;
			return true;
		}
	}
	if (e->count == RV_NETWORK_PORTS)
		return false;
	e->port[e->count++] = (struct rv_network_ports){ n->from, n->to, n->protocol };
	return true;
}

int rv_networks_entries(const struct rv_networks *networks, struct rv_arena *arena, struct rv_network_entries *out, struct rv_err *err)
{
	struct rv_network_entries all = { .item = rv_arena_alloc(arena, (networks->count + 1) * sizeof(*all.item)) };
	struct rv_addr_key four;

	if (!all.item)
		return rv_err_nomem(err);
	rv_cidr_ipv4(&four);
	for (size_t i = 0; i < networks->count; i++) {
		entry_of(&all, &networks->item[i].key);
		if (rv_cidr_spans_ipv4(&networks->item[i].key))
			entry_of(&all, &four);
	}
	for (size_t i = 0; i < all.count; i++) {
		for (size_t k = 0; k < networks->count; k++) {
			if (rv_cidr_covers(&networks->item[k].key, &all.item[i].key) && !add_ports(&all.item[i], &networks->item[k]))
				return rv_err(err, RV_EPOLICY, "more than %d ranges of ports for one network", RV_NETWORK_PORTS);
		}
	}
	*out = all;
	return 0;
}
