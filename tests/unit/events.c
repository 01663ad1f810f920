/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define FIRST 4096	/* bytes of a text that are taken */

/* ---- the record ---- */
static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Blanks become NUL. */
static void put(struct rv_event *e, enum rv_event_text which, const char *text, bool list)
{
	char *to = e->data + (e->len - sizeof(*e));

	if (!text)
		return;
	e->text[which] = (uint16_t)(strlen(text) + 1);
	memcpy(to, text, e->text[which]);
	for (; list && *to; to++)
		if (*to == ' ')
			*to = '\0';
	e->len += e->text[which];
}

static void put_ancestors(struct rv_event *out, const char *names)
{
	for (; names && *names && out->ancestors < RV_ANCESTORS; names += strspn(names, " ")) {
		size_t len = strcspn(names, " ");

		snprintf(out->ancestor[out->ancestors++].comm, 16, "%.*s", (int)len, names);
		names += len;
	}
	memcpy(out->pcomm, out->ancestor[0].comm, sizeof(out->pcomm));
}

static void address(const char *text, uint8_t addr[16])
{
	memset(addr, 0, 16);
	if (!text)
		return;
	if (strchr(text, ':')) {
		inet_pton(AF_INET6, text, addr);
		return;
	}
	addr[10] = addr[11] = 0xff;
	inet_pton(AF_INET, text, addr + 12);
}

size_t event_record(const struct event *e, const struct rv_detections *d, const uint64_t rules[RV_RULES / 64], void *room)
{
	struct rv_event *out = room;

	(void)d;
	memset(out, 0, sizeof(*out));
	*out = (struct rv_event){ .len = sizeof(*out), .kind = (uint16_t)e->kind, .flags = e->flags, .caps = e->caps, .action = RV_ACTION_ALERT,
				  .pid = 300, .tid = 301, .ppid = 200, .vpid = 7, .cuid = e->uid, .euid = e->uid + 100000 };
	memcpy(out->rules, rules, sizeof(out->rules));
	snprintf(out->comm, sizeof(out->comm), "%s", e->exe ? base(e->exe) : "");
	snprintf(out->id, sizeof(out->id), "box");
	put_ancestors(out, e->before);
	if (e->kind == RV_EVENT_NET) {
		address(e->addr, out->net.addr);
		out->net.port = e->port;
		out->net.family = e->flags & RV_BIT(RV_NET_UNIX) ? AF_UNIX : AF_INET6;
	}
	put(out, RV_TEXT_EXE, e->exe, false);
	put(out, RV_TEXT_PATH, e->path, false);
	put(out, RV_TEXT_TARGET, e->target, false);
	put(out, RV_TEXT_ARGS, e->args, true);
	put(out, RV_TEXT_CWD, e->cwd, false);
	put(out, RV_TEXT_ENV, e->env, true);
	return out->len;
}

/* ---- facts ---- */
static void find_name(const struct rv_detections *d, char tag, const char *name, size_t len, uint64_t *words)
{
	struct rv_name_key key = { { tag } };

	if (len > RV_NAME_MAX)
		return;
	memcpy(key.text + 1, name, len);
	for (size_t i = 0; i < d->name_count; i++) {
		if (!memcmp(&d->name[i].key, &key, sizeof(key))) {
			words[0] |= d->name[i].bits.bits[0];
			words[1] |= d->name[i].bits.bits[1];
		}
	}
}

/* The longest key only, as the kernel's map finds it. */
static void find_path(const struct rv_detections *d, char tag, const char *text, size_t len, uint64_t *words)
{
	struct rv_path_key key = { .text = { tag } };
	const struct rv_path_class *best = NULL;

	memcpy(key.text + 1, text, len < RV_PATTERN_MAX ? len : RV_PATTERN_MAX);
	for (size_t i = 0; i < d->path_count; i++) {
		const struct rv_path_key *k = &d->path[i].key;

		if ((!best || k->prefixlen > best->key.prefixlen) && k->prefixlen / 8 <= len + 1 && !memcmp(k->text, key.text, k->prefixlen / 8))
			best = &d->path[i];
	}
	for (size_t w = 0; best && w < 4; w++)
		words[w] |= best->bits.bits[w];
}

static uint64_t find_addr(const struct rv_detections *d, const uint8_t addr[16])
{
	const struct rv_addr_class *best = NULL;

	for (size_t i = 0; i < d->addr_count; i++) {
		const struct rv_addr_key *k = &d->addr[i].key;
		bool same = true;

		for (unsigned bit = 0; bit < k->prefixlen; bit++)
			same = same && !((k->addr[bit / 8] ^ addr[bit / 8]) & (0x80 >> bit % 8));
		if (same && (!best || k->prefixlen > best->key.prefixlen))
			best = &d->addr[i];
	}
	return best ? best->bits : 0;
}

/* Forwards and backwards, as dns.bpf.c does. */
static void find_dns(const struct rv_detections *d, const char *name, uint64_t facts[RV_WORDS])
{
	size_t len = strlen(name);
	char back[RV_PATTERN_MAX] = "";

	for (size_t i = 0; i < len && i < sizeof(back) - 1; i++)
		back[i] = name[len - 1 - i];
	find_path(d, RV_KEY_DNS, name, len + 1, &facts[RV_W_PATH]);
	find_path(d, RV_KEY_DNS_END, back, len, &facts[RV_W_PATH]);
}

static void find_object(const struct event *e, const struct rv_detections *d, uint64_t facts[RV_WORDS])
{
	const char *path = e->kind == RV_EVENT_EXEC ? e->exe : e->path, *name;
	char dir[FIRST];

	if (!path)
		return;
	if (e->kind == RV_EVENT_DNS) {
		find_dns(d, path, facts);
		return;
	}
	name = base(path);
	find_path(d, RV_KEY_PATH, path, strlen(path) + 1, &facts[RV_W_PATH]);
	snprintf(dir, sizeof(dir), "%.*s", name - path > 1 ? (int)(name - path) - 1 : 1, path);
	find_path(d, RV_KEY_DIRECTORY, dir, strlen(dir) + 1, &facts[RV_W_PATH]);
	find_name(d, RV_KEY_NAME, name, strlen(name), &facts[RV_W_NAME]);
}

static void find_facts(const struct event *e, const struct rv_detections *d, uint64_t facts[RV_WORDS])
{
	uint8_t addr[16];

	memset(facts, 0, RV_WORDS * sizeof(*facts));
	if (e->exe)
		find_name(d, RV_KEY_PROC, base(e->exe), strlen(base(e->exe)), &facts[RV_W_PROC]);
	for (const char *name = e->before; name && *name; name += strspn(name, " ")) {
		size_t len = strcspn(name, " ");

		if (name == e->before)
			find_name(d, RV_KEY_PROC, name, len, &facts[RV_W_PARENT]);
		find_name(d, RV_KEY_PROC, name, len, &facts[RV_W_ANCESTOR]);
		name += len;
	}
	find_object(e, d, facts);
	address(e->addr, addr);
	facts[RV_W_ADDR] = e->addr ? find_addr(d, addr) : 0;
	for (size_t i = 0; i < d->port_count; i++)
		if (d->port[i].port == e->port)
			facts[RV_W_PORT] = d->port[i].bits;
	facts[RV_W_FLAGS] = e->flags;
	facts[RV_W_CAPS] = e->caps;
}

/* ---- clauses ---- */
#define OPERATIONS ((RV_BIT(RV_OP_TIMES + 1) - 1) & ~(RV_BIT(RV_OP_WRITE) - 1))

static bool term_holds(const struct event *e, const struct rv_term *t, const uint64_t facts[RV_WORDS], bool exception)
{
	uint64_t mask = t->mask, want = t->want;

	if (e->flags & RV_BIT(RV_F_TRUNCATED) && t->word >= RV_W_PATH && t->word < RV_W_NAME)
		return !exception;
	if (e->kind == RV_EVENT_CHANGE && e->flags & RV_BIT(RV_OP_UNKNOWN) && t->word == RV_W_FLAGS && mask & OPERATIONS) {
		if (exception)
			return false;
		mask &= ~OPERATIONS;
		want &= ~OPERATIONS;
	}
	return (facts[t->word] & mask) == want;
}

static bool clause_holds(const struct event *e, const struct rv_clause *c, const uint64_t facts[RV_WORDS])
{
	for (size_t i = 0; i < c->count; i++)
		if (!term_holds(e, &c->term[i], facts, c->exception))
			return false;
	return true;
}

void event_fired(const struct event *e, const struct rv_detections *d, uint64_t rules[RV_RULES / 64])
{
	const struct rv_clause_range *range = &d->range[e->kind];
	uint64_t facts[RV_WORDS];
	unsigned ended = RV_RULES;

	memset(rules, 0, RV_RULES / 8);
	find_facts(e, d, facts);
	for (size_t i = 0; i < range->count; i++) {
		const struct rv_clause *c = &d->clause[range->first + i];

		if (c->rule == ended || !clause_holds(e, c, facts))
			continue;
		ended = c->rule;
		if (!c->exception)
			rules[c->rule / 64] |= RV_BIT(c->rule % 64);
	}
}
