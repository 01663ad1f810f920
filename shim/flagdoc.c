/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include "invocation.h"

/* ---- exec ---- */

struct maker {
	const struct rv_invocation *inv;
	struct rv_json_doc *doc;
	struct rv_buf text;	/* of the value being made */
	struct rv_err *err;
};

static int quote(struct maker *m, const char *what, const char *text)
{
	size_t len = strlen(text), bad;

	if (!rv_utf8_valid(text, len, &bad))
		return rv_err(m->err, RV_EUSAGE, "%s \"%s\" is not UTF-8 at byte %zu", what, text, bad);
	m->text.len = 0;
	rv_json_quote(&m->text, text, len);
	return 0;
}

/* Sets the member to m->text. */
static void set(struct maker *m, struct rv_json *object, const char *key)
{
	struct rv_json *old = rv_json_get(object, key);

	if (old)
		rv_json_set(m->doc, old, rv_buf_str(&m->text));
	else if (object)
		rv_json_add(m->doc, object, key, rv_buf_str(&m->text));
}

static void set_plain(struct maker *m, struct rv_json *object, const char *key, const char *json)
{
	m->text.len = 0;
	rv_buf_adds(&m->text, json);
	set(m, object, key);
}

static int set_text(struct maker *m, const char *key, const char *flag, const char *value)
{
	int ret = quote(m, flag, value);

	if (!ret)
		set(m, m->doc->root, key);
	return ret;
}

/* A member that values are added to; null counts as absent, as in Go. NULL once the document has failed. */
static struct rv_json *container_of(struct maker *m, struct rv_json *object, const char *key, const char *empty)
{
	struct rv_json *old = rv_json_get(object, key);

	if (old && old->type == RV_JSON_NULL)
		rv_json_set(m->doc, old, empty);
	return old || !object ? old : rv_json_add(m->doc, object, key, empty);
}

static struct rv_json *object_of(struct maker *m, const char *key)
{
	return container_of(m, m->doc->root, key, "{}");
}

static void append(struct maker *m, struct rv_json *object, const char *key)
{
	struct rv_json *array = container_of(m, object, key, "[]");

	if (array)
		rv_json_append(m->doc, array, rv_buf_str(&m->text));
}

static int append_text(struct maker *m, struct rv_json *object, const char *key, const char *flag, const char *value)
{
	int ret = quote(m, flag, value);

	if (!ret)
		append(m, object, key);
	return ret;
}

static int set_args(struct maker *m)
{
	rv_autobuf list = { 0 };

	rv_buf_addc(&list, '[');
	for (int i = 0; i < m->inv->arg_count; i++) {
		int ret = quote(m, "argument", m->inv->args[i]);

		if (ret < 0)
			return ret;
		if (i)
			rv_buf_addc(&list, ',');
		rv_buf_add(&list, m->text.data, m->text.len);
	}
	rv_buf_addc(&list, ']');
	if (list.failed)
		return rv_err_nomem(m->err);
	set_plain(m, m->doc->root, "args", rv_buf_str(&list));
	return 0;
}

static int add_capability(struct maker *m, const char *name)
{
	static const char *const sets[] = { "bounding", "effective", "permitted", "ambient" };
	struct rv_json *caps = object_of(m, "capabilities");
	int ret = 0;

	for (size_t i = 0; !ret && i < RV_COUNT(sets); i++)
		ret = append_text(m, caps, sets[i], "--cap", name);
	return ret;
}

/* uid_t -1 means "do not change" to the kernel. */
static bool id_ok(const char *s, size_t len)
{
	uint64_t n;

	return rv_str_u64(s, len, UINT32_MAX - 1, &n);
}

static int set_user(struct maker *m, const char *value)
{
	size_t len = strcspn(value, ":");
	const char *gid = value[len] ? value + len + 1 : NULL;
	struct rv_json *user = object_of(m, "user");

	if (!id_ok(value, len) || (gid && !id_ok(gid, strlen(gid))))
		return rv_err(m->err, RV_EUSAGE, "--user=%s: UID[:GID] as numbers is needed, names are not looked up", value);
	m->text.len = 0;
	rv_buf_add(&m->text, value, len);
	set(m, user, "uid");
	if (gid)
		set_plain(m, user, "gid", gid);
	return 0;
}

static int add_gid(struct maker *m, const char *value)
{
	if (!id_ok(value, strlen(value)))
		return rv_err(m->err, RV_EUSAGE, "--additional-gids=%s: a number is needed", value);
	m->text.len = 0;
	rv_buf_adds(&m->text, value);
	append(m, object_of(m, "user"), "additionalGids");
	return 0;
}

static int apply(struct maker *m, const struct rv_given *g)
{
	const char *on = g->value ? "false" : "true";

	switch (g->flag->meaning) {
	case RV_FLAG_CWD: return set_text(m, "cwd", "--cwd", g->value);
	case RV_FLAG_APPARMOR: return set_text(m, "apparmorProfile", "--apparmor", g->value);
	case RV_FLAG_LABEL: return set_text(m, "selinuxLabel", "--process-label", g->value);
	case RV_FLAG_ENV: return append_text(m, m->doc->root, "env", "--env", g->value);
	case RV_FLAG_CAP: return add_capability(m, g->value);
	case RV_FLAG_USER: return set_user(m, g->value);
	case RV_FLAG_GIDS: return add_gid(m, g->value);
	case RV_FLAG_NNP: set_plain(m, m->doc->root, "noNewPrivileges", on); return 0;
	case RV_FLAG_TTY: set_plain(m, m->doc->root, "terminal", on); return 0;
	default: return 0;
	}
}

static int make_process(struct maker *m)
{
	int ret;

	if (rv_json_get(m->doc->root, "terminal"))
		set_plain(m, m->doc->root, "terminal", "false");
	ret = set_args(m);
	for (size_t i = m->inv->global_count; !ret && i < m->inv->given_count; i++)
		ret = apply(m, &m->inv->given[i]);
	if (!ret && m->doc->bad_edit)
		ret = rv_err(m->err, RV_EDOCUMENT, "the container's process has members of another type or letter case");
	else if (!ret && (m->text.failed || m->doc->arena.failed))
		ret = rv_err_nomem(m->err);
	return ret;
}

int rv_invocation_process(const struct rv_invocation *inv, struct rv_json_doc *container, struct rv_buf *out,
			  struct rv_err *err)
{
	rv_autojson doc = { 0 };
	const struct rv_json *process = rv_json_get(container->root, "process");
	struct maker m = { .inv = inv, .doc = &doc, .err = err };
	const char *json;
	int ret;

	if (!process || process->type != RV_JSON_OBJECT)
		return rv_err(err, RV_EDOCUMENT, "the container's config.json has no process to start from; use --process");
	json = rv_json_text(container, process);
	if (!json)
		return rv_err_nomem(err);
	ret = rv_json_parse(&doc, json, strlen(json), RV_JSON_MAX, 0, err);
	if (ret < 0)
		return ret;
	ret = make_process(&m);
	rv_buf_done(&m.text);
	if (!ret)
		ret = rv_json_write(&doc, out, err);
	return ret;
}

/* ---- update ---- */

/* 1024 to the power of the suffix' place, 0 when it is none. */
static uint64_t unit_of(const char *suffix)
{
	static const char letters[] = "kmgtp";
	uint64_t unit = 1;
	char c = (char)(*suffix | 0x20);
	const char *at = *suffix ? strchr(letters, c) : NULL;

	if (at) {
		unit <<= 10 * (at - letters + 1);
		suffix++;
		if ((*suffix | 0x20) == 'i')
			suffix++;
	}
	if ((*suffix | 0x20) == 'b')
		suffix++;
	return *suffix ? 0 : unit;
}

/* Bytes as docker's RAMInBytes reads them; a fraction is cut to nine digits and rounded down. */
static bool parse_size(const char *s, int64_t *out)
{
	size_t len = strspn(s, "0123456789");
	uint64_t whole, fraction = 0, scale = 1, unit, total;
	const char *p = s + len;

	if (!rv_str_u64(s, len, INT64_MAX, &whole))
		return false;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++) {
			if (scale == 1000000000)
				continue;
			fraction = fraction * 10 + (uint64_t)(*p - '0');
			scale *= 10;
		}
		if (scale == 1)
			return false;
	}
	unit = unit_of(p + (*p == ' '));
	if (!unit || __builtin_mul_overflow(whole, unit, &total))
		return false;
	/* The fraction is below one: its bytes are below `unit`, and unit / scale keeps the product inside 64 bits. */
	fraction = fraction * (unit / scale) + fraction * (unit % scale) / scale;
	if (__builtin_add_overflow(total, fraction, &total) || total > INT64_MAX)
		return false;
	*out = (int64_t)total;
	return true;
}

static bool parse_signed(const char *s, int64_t *out)
{
	bool negative = *s == '-';
	uint64_t n;

	if (!rv_str_u64(s + negative, strlen(s + negative), INT64_MAX, &n) || (negative && !n))
		return false;
	*out = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

/* What a value is, by the member it goes to; the rest of cpu are not negative, pids and blockIO are C ints to runc. */
static bool parse_limit(const char *member, const char *value, int64_t *out)
{
	uint64_t n;

	if (rv_str_starts(member, "memory."))
		return strcmp(value, "-1") ? parse_size(value, out) : (*out = -1, true);
	if (!strcmp(member, "cpu.quota") || !strcmp(member, "cpu.realtimeRuntime") || !strcmp(member, "cpu.idle") ||
	    !strcmp(member, "pids.limit"))
		return parse_signed(value, out);
	if (!rv_str_u64(value, strlen(value), !strcmp(member, "blockIO.weight") ? UINT16_MAX : INT64_MAX, &n))
		return false;
	*out = (int64_t)n;
	return true;
}

static int add_limit(const struct rv_given *g, struct rv_buf *out, struct rv_err *err)
{
	const char *member = g->flag->member;
	const char *name = strchr(member, '.') + 1;
	int64_t n = 0;
	size_t bad;

	rv_buf_addf(out, "\"%s\":", name);
	if (!strcmp(name, "cpus") || !strcmp(name, "mems")) {
		if (!rv_utf8_valid(g->value, strlen(g->value), &bad))
			return rv_err(err, RV_EUSAGE, "--%s is not UTF-8", g->flag->name);
		rv_json_quote(out, g->value, strlen(g->value));
		return 0;
	}
	if (!parse_limit(member, g->value, &n))
		return rv_err(err, RV_EUSAGE, "--%s=%s: not a %s that the runtimes read alike", g->flag->name, g->value,
			      rv_str_starts(member, "memory.") ? "size" : "number");
	rv_buf_addf(out, "%lld", (long long)n);
	return 0;
}

static const char *limit_given(const struct rv_invocation *inv, const char *member)
{
	for (size_t i = inv->global_count; i < inv->given_count; i++)
		if (inv->given[i].flag->member && !strcmp(inv->given[i].flag->member, member))
			return inv->given[i].value;
	return NULL;
}

/* One member of LinuxResources with all that belongs to it. */
static int add_section(const struct rv_invocation *inv, const char *section, struct rv_buf *out, struct rv_err *err)
{
	const char *unlimited = limit_given(inv, "memory.limit");
	size_t len = strlen(section), count = 0;

	for (size_t i = inv->global_count; i < inv->given_count; i++) {
		const struct rv_given *g = &inv->given[i];
		int ret;

		if (!g->flag->member || strncmp(g->flag->member, section, len) != 0 || g->flag->member[len] != '.')
			continue;
		if (count++)
			rv_buf_addc(out, ',');
		else
			rv_buf_addf(out, "%s\"%s\":{", out->data[out->len - 1] == '{' ? "" : ",", section);
		ret = add_limit(g, out, err);
		if (ret < 0)
			return ret;
	}
	/* runc says so to flags and documents, crun 1.29 to flags only: no memory limit takes that of swap away. */
	if (!strcmp(section, "memory") && unlimited && !strcmp(unlimited, "-1") && !limit_given(inv, "memory.swap"))
		rv_buf_adds(out, ",\"swap\":-1");
	if (count)
		rv_buf_addc(out, '}');
	return 0;
}

int rv_invocation_resources(const struct rv_invocation *inv, struct rv_buf *out, struct rv_err *err)
{
	static const char *const sections[] = { "memory", "cpu", "pids", "blockIO" };
	rv_autobuf text = { 0 };
	int ret = 0;

	rv_buf_addc(&text, '{');
	for (size_t i = 0; !ret && !text.failed && i < RV_COUNT(sections); i++)
		ret = add_section(inv, sections[i], &text, err);
	rv_buf_addc(&text, '}');
	if (ret < 0)
		return ret;
	rv_buf_add(out, text.data, text.len);
	return text.failed || out->failed ? rv_err_nomem(err) : 0;
}
