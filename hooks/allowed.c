/* SPDX-License-Identifier: Apache-2.0 */
#include "allowed.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bpf/shared.h"
#include "pins.h"
#include "reeve/detect.h"
#include "set.h"

#define KEY_BITS (8 * (offsetof(struct rv_allowed_key, addr) - offsetof(struct rv_allowed_key, container)))

static int entries_of(const char *const *text, size_t count, struct rv_arena *arena, struct rv_network_entries *out, struct rv_err *err)
{
	struct rv_networks networks = { .count = count, .limited = true };

	networks.item = rv_arena_alloc(arena, (count + 1) * sizeof(*networks.item));
	if (!networks.item)
		return rv_err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const char *fault = rv_network_parse(text[i], &networks.item[i]);

		if (fault)
			return rv_err(err, RV_EDOCUMENT, "%s %s", text[i], fault);
	}
	return rv_networks_entries(&networks, arena, out, err);
}

static void make_key(struct rv_allowed_key *key, uint64_t container, bool ingress, const struct rv_addr_key *addr)
{
	memset(key, 0, sizeof(*key));
	key->prefixlen = (__u32)KEY_BITS + addr->prefixlen;
	memcpy(key->container, &container, sizeof(key->container));
	key->ingress = ingress;
	memcpy(key->addr, addr->addr, sizeof(key->addr));
}

static int put_entry(int map, uint64_t container, bool ingress, const struct rv_network_entry *entry)
{
	struct rv_allowed value = { .count = (__u32)entry->count };
	struct rv_allowed_key key;

	make_key(&key, container, ingress, &entry->key);
	for (size_t i = 0; i < entry->count; i++) {
		value.port[i].from = entry->port[i].from;
		value.port[i].to = entry->port[i].to;
		value.port[i].protocol = entry->port[i].protocol;
	}
	return rv_map_put(map, &key, &value, BPF_ANY);
}

static int drop_entry(int map, uint64_t container, bool ingress, const struct rv_network_entry *entry)
{
	struct rv_allowed_key key;

	make_key(&key, container, ingress, &entry->key);
	(void)rv_map_drop(map, &key);
	return 0;
}

static int each(const char *set, uint64_t container, const struct rv_judged_monitor *m,
		int (*act)(int map, uint64_t container, bool ingress, const struct rv_network_entry *entry), struct rv_err *err)
{
	const struct { const char **text; size_t count; } lists[] = { { m->egress, m->egress_count }, { m->ingress, m->ingress_count } };
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	rv_autofd map = -1;
	int rc = 0;

	if (!(m->flags & (RV_C_EGRESS | RV_C_INGRESS)))
		return 0;
	rc = rv_set_map(set, "allowed", &map, err);
	for (size_t list = 0; list < RV_COUNT(lists) && rc == 0; list++) {
		struct rv_network_entries entries = { 0 };

		rc = entries_of(lists[list].text, lists[list].count, &arena, &entries, err);
		for (size_t i = 0; rc == 0 && i < entries.count; i++) {
			int failed = act(map, container, list == 1, &entries.item[i]);

			if (failed)
				rc = rv_err_errno(err, -failed, "cannot enter what the container may reach");
		}
	}
	return rc;
}

int rv_allowed_enter(const char *set, uint64_t container, const struct rv_judged_monitor *m, struct rv_err *err)
{
	return each(set, container, m, put_entry, err);
}

void rv_allowed_leave(const char *set, uint64_t container, const struct rv_judged_monitor *m)
{
	(void)each(set, container, m, drop_entry, NULL);
}
