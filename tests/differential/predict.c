/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sys/capability.h>
#include <unistd.h>

#include "predict.h"

static const char *const keys[] = { "uid", "gid", "umask", "groups", "cwd", "arg", "env", "CapBnd:", "NoNewPrivs:", "hostname",
				    "nofile", "oom", "pids", "memory", "shares", "sysctl", "hook-arg", "hook-env",
				    "uidmap", "gidmap", "reservation" };

static uint64_t number(const struct rv_json *object, const char *name)
{
	uint64_t value = 0;

	return rv_json_u64(rv_json_get(object, name), &value) ? value : 0;
}

/* As the probe writes text. */
static void put_text(struct rv_buf *out, const char *key, const char *text)
{
	rv_buf_addf(out, "%s ", key);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == '\\' || c >= 0x7f)
			rv_buf_addf(out, "\\x%02x", c);
		else
			rv_buf_addc(out, (char)c);
	}
	rv_buf_addc(out, '\n');
}

static void put_strings(struct rv_buf *out, const char *key, const struct rv_json *list)
{
	rv_json_each(v, list)
		put_text(out, key, v->str);
}

/* Of a variable that is there twice the last counts. Both runtimes supply HOME, each where it likes. */
static void put_environment(struct rv_buf *out, const struct rv_json *list)
{
	rv_json_each(v, list) {
		const struct rv_json *later = rv_json_next(v);
		size_t name = strcspn(v->str, "=") + 1;

		while (later && strncmp(v->str, later->str, name) != 0)
			later = rv_json_next(later);
		if (!later && !rv_str_starts(v->str, "HOME="))
			put_text(out, "env", v->str);
	}
}

static void put_hooks(struct rv_buf *out, const struct rv_json *hooks)
{
	rv_json_each(hook, hooks) {
		put_strings(out, "hook-arg", rv_json_get(hook, "args"));
		put_strings(out, "hook-env", rv_json_get(hook, "env"));
	}
}

/* RLIMIT_NOFILE: the last one counts. */
static void put_files(struct rv_buf *out, const struct rv_json *limits)
{
	const struct rv_json *files = NULL;

	rv_json_each(v, limits)
		if (rv_json_str(rv_json_get(v, "type")) && strcmp(rv_json_str(rv_json_get(v, "type")), "RLIMIT_NOFILE") == 0)
			files = v;
	if (files)
		rv_buf_addf(out, "nofile %llu %llu\n", (unsigned long long)number(files, "soft"),
			    (unsigned long long)number(files, "hard"));
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The kernel sorts them; runc leaves out what is there twice, and so does the probe. */
static void put_groups(struct rv_buf *out, const struct rv_json *list)
{
	uint64_t groups[64] = { 0 };
	size_t count = 0;

	rv_json_each(v, list)
		if (count < RV_COUNT(groups) && rv_json_u64(v, &groups[count]))
			count++;
	qsort(groups, count, sizeof(*groups), by_number);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || groups[i] != groups[i - 1])
			rv_buf_addf(out, " %llu", (unsigned long long)groups[i]);
	rv_buf_addc(out, '\n');
}

static void put_user(struct rv_buf *out, const struct rv_json *user)
{
	const struct rv_json *umask = rv_json_get(user, "umask");
	uint64_t mask = 022;

	if (umask && umask->type == RV_JSON_NUMBER)
		rv_json_u64(umask, &mask);
	rv_buf_addf(out, "uid %llu\ngid %llu\numask %llo\ngroups", (unsigned long long)number(user, "uid"),
		    (unsigned long long)number(user, "gid"), (unsigned long long)mask & 0777);
	put_groups(out, rv_json_get(user, "additionalGids"));
}

static void put_bounding(struct rv_buf *out, const struct rv_json *process)
{
	uint64_t mask = 0;

	rv_json_each(v, rv_json_at(process, "/capabilities/bounding")) {
		cap_value_t cap;

		if (cap_from_name(v->str, &cap) == 0)
			mask |= UINT64_C(1) << cap;
	}
	rv_buf_addf(out, "CapBnd:\t%016llx\n", (unsigned long long)mask);
}

static void put_process(struct rv_buf *out, struct rv_json_doc *doc, const struct rv_json *process)
{
	const struct rv_json *oom = rv_json_get(process, "oomScoreAdj");

	put_user(out, rv_json_get(process, "user"));
	put_text(out, "cwd", rv_path_clean(&doc->arena, rv_json_str(rv_json_get(process, "cwd"))));
	put_strings(out, "arg", rv_json_get(process, "args"));
	put_environment(out, rv_json_get(process, "env"));
	put_bounding(out, process);
	rv_buf_addf(out, "NoNewPrivs:\t%d\n", rv_json_true(rv_json_get(process, "noNewPrivileges")));
	if (oom && oom->type == RV_JSON_NUMBER)
		put_text(out, "oom", oom->str);
	put_files(out, rv_json_get(process, "rlimits"));
}

static void put_map(struct rv_buf *out, const char *key, const struct rv_json *map)
{
	rv_json_each(v, map)
		rv_buf_addf(out, "%s %llu %llu %llu\n", key, (unsigned long long)number(v, "containerID"),
			    (unsigned long long)number(v, "hostID"), (unsigned long long)number(v, "size"));
}

/* Only where the kernel stores the number as it is. */
static void put_limit(struct rv_buf *out, const char *key, const struct rv_json *v, uint64_t least, uint64_t most)
{
	uint64_t value;

	if (v && rv_json_u64(v, &value) && value >= least && value <= most)
		rv_buf_addf(out, "%s %llu\n", key, (unsigned long long)value);
}

static void put_limits(struct rv_buf *out, const struct rv_json *resources)
{
	/* The probe knows the files of cgroup v1 only. */
	if (access("/sys/fs/cgroup/pids", F_OK) != 0)
		return;
	put_limit(out, "pids", rv_json_at(resources, "/pids/limit"), 1, 1000);
	put_limit(out, "memory", rv_json_at(resources, "/memory/limit"), 67108864, 67108864);
	put_limit(out, "reservation", rv_json_at(resources, "/memory/reservation"), 33554432, 33554432);
	put_limit(out, "shares", rv_json_at(resources, "/cpu/shares"), 2, 262144);
}

void predict(const char *text, size_t len, struct rv_buf *out)
{
	rv_autojson doc = { 0 };
	struct rv_spec spec;
	const struct rv_json *sysctl;

	if (rv_json_parse(&doc, text, len, RV_JSON_MAX, 0, NULL) || rv_spec_view(&spec, &doc, NULL))
		abort();
	if (spec.process && rv_json_str(rv_json_get(spec.process, "cwd")) && rv_json_str(rv_json_get(spec.process, "cwd"))[0] == '/')
		put_process(out, &doc, spec.process);
	if (rv_json_str(rv_json_get(spec.root, "hostname")) && *rv_json_str(rv_json_get(spec.root, "hostname")))
		put_text(out, "hostname", rv_json_str(rv_json_get(spec.root, "hostname")));
	put_map(out, "uidmap", rv_json_at(spec.root, "/linux/uidMappings"));
	put_map(out, "gidmap", rv_json_at(spec.root, "/linux/gidMappings"));
	put_limits(out, rv_json_at(spec.root, "/linux/resources"));
	sysctl = rv_json_at(spec.root, "/linux/sysctl/net.ipv4.ip_unprivileged_port_start");
	/* The kernel reads the digits and no more. */
	if (sysctl && sysctl->len && strspn(sysctl->str, "0123456789") == sysctl->len)
		put_text(out, "sysctl", sysctl->str);
	put_hooks(out, rv_json_at(spec.root, "/hooks/createRuntime"));
}

static void collect(struct rv_buf *out, const char *text, const char *key)
{
	size_t len = strlen(key);

	for (size_t line; *text; text += line + (text[line] != '\0')) {
		line = strcspn(text, "\n");
		if (strncmp(text, key, len) != 0 || (text[len] != ' ' && text[len] != '\t' && text[len] != '\n'))
			continue;
		rv_buf_add(out, text, line);
		rv_buf_addc(out, '\n');
	}
}

bool predict_agrees(const char *predicted, const char *said, struct rv_buf *want, struct rv_buf *got)
{
	for (size_t i = 0; i < RV_COUNT(keys); i++) {
		want->len = got->len = 0;
		collect(want, predicted, keys[i]);
		collect(got, said, keys[i]);
		if (want->len && (want->len != got->len || memcmp(want->data, got->data, want->len) != 0))
			return false;
	}
	return true;
}
