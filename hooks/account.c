/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <time.h>

#include "reeve/detect.h"
#include "reeve/log.h"
#include "rules.h"
#include "set.h"

#define FORMAT 1

/* ---- members ---- */

static void put_word(struct rv_buf *out, const char *word)
{
	rv_json_put_text(out, NULL, word);
}

static void put_true(struct rv_buf *out, const char *name, bool holds)
{
	if (holds)
		rv_json_put_flag(out, name, true);
}

static void put_time(struct rv_buf *out, const char *name, int64_t when)
{
	rv_json_put_key(out, name);
	rv_buf_addc(out, '"');
	rv_log_time(out, when);
	rv_buf_addc(out, '"');
}

/* Words of those bits of flags that are named, from bit on. */
static void put_flags(struct rv_buf *out, const char *name, uint64_t flags, unsigned bit, const char *const *words)
{
	rv_json_put_open(out, name, '[');
	for (; *words; words++, bit++)
		if (flags & RV_BIT(bit))
			put_word(out, *words);
	rv_buf_addc(out, ']');
}

/* What the start's decision record has. */
static void put_member(struct rv_buf *out, const struct rv_json *record, const char *name)
{
	const struct rv_json *member = rv_json_get(record, name);

	if (!member)
		return;
	rv_json_put_key(out, name);
	rv_buf_add(out, member->src + member->start, member->end - member->start);
}

/* ---- time: the kernel's is since boot ---- */

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t wall(uint64_t boot_ns)
{
	return (now_ns(CLOCK_REALTIME) - (now_ns(CLOCK_BOOTTIME) - (int64_t)boot_ns)) / 1000000000;
}

/* ---- what was used ---- */

static void put_capabilities(struct rv_buf *out, const char *name, uint64_t mask)
{
	rv_json_put_open(out, name, '[');
	for (int number = 0; number < 64; number++) {
		char *text, upper[32] = "";

		if (!(mask & RV_BIT(number)))
			continue;
		text = cap_to_name(number);
		for (size_t i = 4; text && strlen(text) > 4 && i < strlen(text) && i - 4 < sizeof(upper) - 1; i++)
			upper[i - 4] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
		cap_free(text);
		put_word(out, upper);
	}
	rv_buf_addc(out, ']');
}

static void put_privileges(struct rv_buf *out, const struct rv_account *a)
{
	const struct rv_container *c = &a->usage->container;
	int last = cap_max_bits();
	uint64_t known = last >= 64 ? UINT64_MAX : RV_BIT(last) - 1;

	rv_json_put_open(out, "capabilities", '{');
	put_capabilities(out, "granted", a->judged->monitor.ceiling & known);
	put_capabilities(out, "used", c->caps_granted & known);
	put_capabilities(out, "refused", c->caps_refused & known);
	rv_buf_addc(out, '}');
}

static void put_calls(struct rv_buf *out, const struct rv_account *a)
{
	const struct rv_container *c = &a->usage->container;

	rv_json_put_open(out, "syscalls", '{');
	rv_json_put_key(out, "granted");
	if (a->judged->monitor.syscalls < 0)
		rv_buf_adds(out, "null");
	else
		rv_buf_addf(out, "%" PRId64, a->judged->monitor.syscalls);
	if (!(c->flags & RV_C_LEARN)) {
		rv_json_put_key(out, "used");
		rv_buf_adds(out, "null}");
		return;
	}
	rv_json_put_open(out, "used", '[');
	for (int number = 0; number < RV_SYSCALLS; number++) {
		char *name, plain[16];

		if (!(c->syscalls[number / 64] & RV_BIT(number % 64)))
			continue;
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
		snprintf(plain, sizeof(plain), "#%d", number);
		put_word(out, name ? name : plain);
		free(name);
	}
	rv_buf_adds(out, "]}");
}

static const char *const origins[] = { "image", "copied", "new", "volume", "tmpfs", "memfd", "deleted", NULL };
static const char *const operations[] = { "write", "create", "mkdir", "mknod", "unlink", "rmdir", "rename", "link", "symlink",
					  "truncate", "chmod", "chown", "xattr", "times", NULL };
static const char *const directions[] = { "connect", "send", "bind", "listen", "accept", NULL };
static const char *const protocols[] = { "tcp", "udp", "icmp", "raw", "packet", "unix", "netlink", "other", NULL };

static const char *first_word(uint64_t flags, unsigned bit, const char *const *words, const char *none)
{
	for (; *words; words++, bit++)
		if (flags & RV_BIT(bit))
			return *words;
	return none;
}

static void put_exe(struct rv_buf *out, const struct rv_used *used)
{
	rv_json_put_text(out, "path", used->text);
	rv_json_put_text(out, "origin", first_word(used->flags, RV_ORIGIN_IMAGE, origins, "unknown"));
	put_true(out, "script", used->flags & RV_BIT(RV_EXEC_SCRIPT));
}

static void put_file(struct rv_buf *out, const struct rv_used *used)
{
	rv_json_put_text(out, "path", used->text);
	put_flags(out, "operations", used->flags, RV_OP_WRITE, operations);
	if (used->flags & RV_BIT(RV_OP_UNKNOWN) && out->len) {
		out->len--;
		put_word(out, "unknown");
		rv_buf_addc(out, ']');
	}
}

static void put_endpoint(struct rv_buf *out, const struct rv_used *used)
{
	const bool mapped = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)used->net.addr);
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(mapped ? AF_INET : AF_INET6, used->net.addr + (mapped ? 12 : 0), address, sizeof(address));
	put_flags(out, "direction", used->flags, RV_NET_CONNECT, directions);
	rv_json_put_text(out, "protocol", first_word(used->flags, RV_NET_TCP, protocols, "other"));
	rv_json_put_text(out, "address", address);
	rv_json_put_number(out, "port", used->net.port);
}

static void put_name(struct rv_buf *out, const struct rv_used *used)
{
	rv_json_put_text(out, "name", used->text);
}

static const struct {
	const char *name;
	void (*put)(struct rv_buf *out, const struct rv_used *used);
} kinds[RV_USED_KINDS] = {
	[RV_USED_EXE] = { "executables", put_exe },
	[RV_USED_FILE] = { "files", put_file },
	[RV_USED_ENDPOINT] = { "endpoints", put_endpoint },
	[RV_USED_CLIENT] = { "clients", put_endpoint },
	[RV_USED_NAME] = { "names", put_name },
};

static void put_used(struct rv_buf *out, const struct rv_usage *u)
{
	for (unsigned kind = 0; kind < RV_USED_KINDS; kind++) {
		rv_json_put_open(out, kinds[kind].name, '[');
		for (size_t i = 0; i < u->used_count; i++) {
			if (u->used[i]->kind != kind)
				continue;
			rv_json_put_open(out, NULL, '{');
			kinds[kind].put(out, u->used[i]);
			rv_json_put_number(out, "count", u->used[i]->count);
			put_time(out, "first", wall(u->used[i]->time));
			put_true(out, "truncated", u->used[i]->truncated);
			rv_buf_addc(out, '}');
		}
		rv_buf_addc(out, ']');
	}
}

/* ---- limits ---- */

static void put_limit(struct rv_buf *out, int64_t limit)
{
	rv_json_put_key(out, "limit");
	if (limit > 0)
		rv_buf_addf(out, "%" PRId64, limit);
	else
		rv_buf_adds(out, "null");
}

static void put_resources(struct rv_buf *out, const struct rv_account *a)
{
	const struct rv_json *resources = rv_json_at(a->config, "/linux/resources");
	int64_t memory = 0, quota = 0, period = 100000; /* the kernel's default, µs */

	(void)rv_json_i64(rv_json_at(resources, "/memory/limit"), &memory);
	(void)rv_json_i64(rv_json_at(resources, "/cpu/quota"), &quota);
	(void)rv_json_i64(rv_json_at(resources, "/cpu/period"), &period);
	rv_json_put_open(out, "memory", '{');
	rv_json_put_number(out, "peak", a->usage->container.peak_memory);
	put_limit(out, memory);
	rv_buf_addc(out, '}');
	rv_json_put_open(out, "cpu", '{');
	rv_json_put_number(out, "usec", a->usage->container.cpu_ns / 1000);
	put_limit(out, quota > 0 && period > 0 && quota < INT64_MAX / 1000 ? quota * 1000 / period : 0);
	rv_buf_addc(out, '}');
	rv_json_put_open(out, "processes", '{');
	rv_json_put_number(out, "execs", a->usage->container.execs);
	rv_json_put_number(out, "exits", a->usage->container.exits);
	rv_buf_addc(out, '}');
}

/* ---- events and alerts ---- */

static void put_events(struct rv_buf *out, const struct rv_container *c)
{
	rv_json_put_open(out, "events", '{');
	for (unsigned kind = 0; kind < RV_EVENT_KINDS; kind++) {
		if (!c->sent[kind] && !c->dropped[kind])
			continue;
		rv_json_put_open(out, rv_event_names[kind], '{');
		rv_json_put_number(out, "sent", c->sent[kind]);
		rv_json_put_number(out, "dropped", c->dropped[kind]);
		rv_buf_addc(out, '}');
	}
	rv_buf_addc(out, '}');
}

static void put_alert(struct rv_buf *out, const struct rv_usage *u, unsigned rule, const struct rv_detections *table)
{
	unsigned action = u->container.action[rule];
	char plain[16];

	snprintf(plain, sizeof(plain), "#%u", rule);
	rv_json_put_open(out, NULL, '{');
	rv_json_put_text(out, "detection", rule < table->count ? table->item[rule].name : plain);
	rv_json_put_number(out, "count", u->rate[rule].total);
	rv_json_put_number(out, "suppressed", u->rate[rule].total_suppressed);
	rv_json_put_text(out, "action", action < RV_ACTIONS ? rv_action_names[action] : plain);
	rv_buf_addc(out, '}');
}

/* Candidates are what only the monitor can decide: what their rules look at happened, and it may have been nothing. */
static void put_alerts(struct rv_buf *out, const struct rv_usage *u)
{
	static const char *const lists[] = { "alerts", "candidates" };
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_detections table = { 0 };
	char rules[17];

	rv_set_rules(u->set, rules);
	if (rv_rules_table(RV_RULES_DIR, rules, &arena, &table, NULL) < 0)
		table.count = 0;
	for (unsigned list = 0; list < RV_COUNT(lists); list++) {
		rv_json_put_open(out, lists[list], '[');
		for (unsigned rule = 0; rule < RV_RULES; rule++) {
			bool candidate = rule < table.count && !table.item[rule].kernel;

			if (u->container.fired[rule / 64] & RV_BIT(rule % 64) && candidate == list)
				put_alert(out, u, rule, &table);
		}
		rv_buf_addc(out, ']');
	}
}

static void put_lost(struct rv_buf *out, const struct rv_container *c)
{
	rv_json_put_open(out, "lost", '{');
	for (unsigned kind = 0; kind < RV_USED_KINDS; kind++)
		rv_json_put_number(out, kinds[kind].name, c->used_lost[kind]);
	rv_buf_addc(out, '}');
}

static void put_usage(struct rv_buf *out, const struct rv_account *a)
{
	const struct rv_container *c = &a->usage->container;

	rv_json_put_number(out, "ms", c->started ? (uint64_t)(now_ns(CLOCK_BOOTTIME) - (int64_t)c->started) / 1000000 : 0);
	rv_json_put_flag(out, "monitored", true);
	rv_json_put_text(out, "set", a->usage->set);
	rv_json_put_text(out, "tier", a->usage->status.tier == RV_TIER_LSM ? "lsm" : "base");
	put_privileges(out, a);
	put_calls(out, a);
	put_used(out, a->usage);
	put_resources(out, a);
	put_events(out, c);
	put_alerts(out, a->usage);
	put_lost(out, c);
}

void rv_account_json(const struct rv_account *a, struct rv_buf *out)
{
	static const char *const members[] = { "engine", "identity", "policy", "bundle" };

	rv_buf_addf(out, "{\"format\":%d", FORMAT);
	rv_json_put_text(out, "id", a->judged->id);
	rv_json_put_text(out, "entry", a->entry);
	if (a->usage) {
		rv_json_put_key(out, "container");
		rv_buf_addf(out, "\"%" PRIu64 "\"", a->usage->id);
	}
	for (size_t i = 0; i < RV_COUNT(members); i++)
		put_member(out, a->judged->record, members[i]);
	put_time(out, "started", a->usage && a->usage->container.started ? wall(a->usage->container.started) : a->attached->time);
	if (a->ended)
		put_time(out, "ended", (int64_t)time(NULL));
	if (a->usage) {
		put_usage(out, a);
	} else {
		rv_json_put_flag(out, "monitored", false);
		rv_json_put_text(out, "why", a->attached->why);
	}
	rv_buf_adds(out, "}\n");
}

/* The same id under another root of a runtime's is another container. */
static bool is_of_another(int dir, const char *name, const char *entry)
{
	struct rv_err why = RV_ERR_INIT;
	rv_autobuf text = { 0 };
	rv_autojson doc = { 0 };
	const char *its;

	if (rv_io_read_at(dir, name, true, RV_JSON_MAX, &text, &why) < 0)
		return why.errnum != ENOENT;
	if (rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, NULL) < 0)
		return true;
	its = rv_json_str(rv_json_get(doc.root, "entry"));
	return !its || strcmp(its, entry) != 0;
}

void rv_account_name(const struct rv_account *a, int dir, char name[RV_REPORT_NAME])
{
	const char *id = a->judged->id;
	bool plain = *id && *id != '.' && strlen(id) <= 200;

	for (const char *p = id; *p; p++)
		plain &= *p > ' ' && *p < 0x7f && *p != '/';
	snprintf(name, RV_REPORT_NAME, "%s.json", plain ? id : a->entry);
	if (plain && is_of_another(dir, name, a->entry))
		snprintf(name, RV_REPORT_NAME, "%s@%.*s.json", id, RV_REPORT_DIGITS, a->entry);
}
