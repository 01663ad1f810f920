/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "config.h"
#include "node.h"

static const char *const relied_on[] = { "rro", "rnosuid", "rnodev", "rnoexec", "idmap", "ridmap" };

static bool takes(const struct rv_runtime_fact *real, const char *option)
{
	struct rv_facts facts = { .real = *real };
	struct utsname name;

	if (uname(&name) == 0)
		(void)sscanf(name.release, "%u.%u", &facts.kernel_major, &facts.kernel_minor);
	return rv_runtime_takes(&facts, option);
}

static const char *utc(time_t when, char text[32])
{
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		text[0] = '\0';
	return text;
}

/* ---- for people ---- */

static void print_set(const struct rv_node_status *s)
{
	char text[sizeof(struct rv_err)], when[32];

	if (s->broken)
		printf("active set   broken: %s\n"
		       "             no container is started until it is mended: reevectl policy apply\n",
		       rv_err_text(&s->set_error, text, sizeof(text)));
	else if (!s->applied.tv_sec)
		printf("active set   none: the %zu built-in policies hold\n", s->shipped);
	else
		printf("active set   %s, %zu of yours and %zu built-in policies\n"
		       "             applied %s, sha256 %.16s\n",
		       RV_ACTIVE_FILE, s->own, s->shipped, utc(s->applied.tv_sec, when), s->hash);
	if (s->newer)
		printf("             %s was changed since and does not hold yet: reevectl policy apply\n", s->newer);
}

static void print_engines(const struct rv_node_status *s)
{
	for (int i = 0; i < RV_ENGINE_COUNT; i++) {
		const struct rv_node_engine *e = &s->engine[i];
		char text[sizeof(struct rv_err)];

		printf("%-12s %-11s policy %s, ", i ? "" : "engines", rv_engine_names[i],
		       e->has_policy ? e->policy.name : "none that is sound");
		if (e->runtime)
			printf("runtime %s\n", e->runtime->fact.path);
		else
			printf("no runtime: %s\n", rv_err_text(&e->error, text, sizeof(text)));
	}
}

static void print_escape(const struct rv_node_status *s, const struct rv_node_runtime *r, const struct rv_node_engine *any,
			 size_t i)
{
	const struct rv_escape *open = NULL;
	size_t users = 0, left_open = 0;

	printf("             %s %s\n", any->escape[i].id, any->escape[i].what);
	for (int k = 0; k < RV_ENGINE_COUNT; k++) {
		if (s->engine[k].runtime != r)
			continue;
		users++;
		left_open += s->engine[k].escape[i].needs != NULL;
		if (s->engine[k].escape[i].needs)
			open = &s->engine[k].escape[i];
	}
	if (!open) {
		printf("               closed by %s\n", any->escape[i].by);
		return;
	}
	fputs("               open", stdout);
	for (int k = 0; k < RV_ENGINE_COUNT && left_open < users; k++)
		if (s->engine[k].runtime == r && s->engine[k].escape[i].needs)
			printf(" for %s", rv_engine_names[k]);
	printf("; %s would close it; fixed in %s\n", open->needs, open->fixed);
}

static void print_runtime(const struct rv_node_status *s, const struct rv_node_runtime *r)
{
	const struct rv_node_engine *any = NULL;

	for (int k = 0; k < RV_ENGINE_COUNT && !any; k++)
		if (s->engine[k].runtime == r)
			any = &s->engine[k];
	printf("runtime      %s: %s %s%s\n", r->fact.path,
	       r->fact.name ? r->fact.name : "it does not answer, nothing of it is relied on",
	       r->fact.version ? r->fact.version : "", r->fact.told || !r->fact.name ? "" : ", which has no `features`");
	fputs("             relied on:", stdout);
	for (size_t i = 0; i < RV_COUNT(relied_on); i++)
		if (takes(&r->fact, relied_on[i]))
			printf(" %s", relied_on[i]);
	fputs("; not:", stdout);
	for (size_t i = 0; i < RV_COUNT(relied_on); i++)
		if (!takes(&r->fact, relied_on[i]))
			printf(" %s", relied_on[i]);
	putchar('\n');
	if (!any || !any->escape_count)
		return;
	puts("             known of this version (the distribution may have mended it without changing that):");
	for (size_t i = 0; i < any->escape_count; i++)
		print_escape(s, r, any, i);
}

static void print_places(const struct rv_node_status *s)
{
	char text[sizeof(struct rv_err)];

	printf("decisions    %s%s%s\n", s->log, s->log_errnum ? " cannot be written: " : "",
	       s->log_errnum ? strerror(s->log_errnum) : "");
	if (s->state_broken)
		printf("state        %s\n", rv_err_text(&s->state_error, text, sizeof(text)));
	else
		printf("state        %s, %zu entries%s%s\n", s->state.fd < 0 ? RV_RUNSTATEDIR "/reeve" : s->state.path,
		       s->containers, s->state_errnum ? ", cannot be written: " : "",
		       s->state_errnum ? strerror(s->state_errnum) : "");
}

void rv_node_print(const struct rv_node_status *s)
{
	puts("reeve        " PACKAGE_VERSION);
	print_set(s);
	print_engines(s);
	for (size_t i = 0; i < s->runtime_count; i++)
		print_runtime(s, &s->runtime[i]);
	print_places(s);
}

/* ---- for programs ---- */

static void add_text(struct rv_buf *out, const char *key, const char *text)
{
	if (text && *text)
		rv_json_put_text(out, key, text);
}

static void add_error(struct rv_buf *out, const char *key, const struct rv_err *err)
{
	char text[sizeof(*err)];

	add_text(out, key, rv_err_text(err, text, sizeof(text)));
}

static void add_words(struct rv_buf *out, const char *key, const struct rv_runtime_fact *real, bool taken)
{
	rv_json_put_open(out, key, '[');
	for (size_t i = 0; i < RV_COUNT(relied_on); i++)
		if (takes(real, relied_on[i]) == taken)
			rv_json_put_text(out, NULL, relied_on[i]);
	rv_buf_addc(out, ']');
}

static void add_set(struct rv_buf *out, const struct rv_node_status *s)
{
	char when[32];

	rv_json_put_open(out, "active", '{');
	add_text(out, "state", s->broken ? "broken" : s->applied.tv_sec ? "applied" : "none");
	if (s->broken)
		add_error(out, "error", &s->set_error);
	if (s->applied.tv_sec) {
		add_text(out, "path", RV_ACTIVE_FILE);
		add_text(out, "applied", utc(s->applied.tv_sec, when));
		add_text(out, "sha256", s->hash);
	}
	add_text(out, "changedSince", s->newer);
	rv_json_put_number(out, "policies", s->own);
	rv_json_put_number(out, "builtIn", s->shipped);
	rv_buf_addc(out, '}');
}

static void add_engine(struct rv_buf *out, const struct rv_node_engine *e, const char *name)
{
	rv_json_put_open(out, NULL, '{');
	add_text(out, "engine", name);
	if (e->has_policy)
		add_text(out, "policy", e->policy.name);
	if (!e->runtime)
		add_error(out, "error", &e->error);
	else
		add_text(out, "runtime", e->runtime->fact.path);
	rv_json_put_open(out, "escapes", '[');
	for (size_t i = 0; i < e->escape_count; i++) {
		rv_json_put_open(out, NULL, '{');
		add_text(out, "id", e->escape[i].id);
		add_text(out, "what", e->escape[i].what);
		add_text(out, "fixed", e->escape[i].fixed);
		add_text(out, "by", e->escape[i].by);
		add_text(out, "needs", e->escape[i].needs);
		rv_buf_addc(out, '}');
	}
	rv_buf_adds(out, "]}");
}

static void add_runtime(struct rv_buf *out, const struct rv_runtime_fact *real)
{
	rv_json_put_open(out, NULL, '{');
	add_text(out, "path", real->path);
	add_text(out, "name", real->name);
	add_text(out, "version", real->version);
	rv_json_put_flag(out, "features", real->told);
	add_words(out, "reliedOn", real, true);
	add_words(out, "notReliedOn", real, false);
	rv_buf_addc(out, '}');
}

static void add_place(struct rv_buf *out, const char *key, const char *path, int errnum)
{
	rv_json_put_open(out, key, '{');
	add_text(out, "path", path);
	rv_json_put_flag(out, "writable", !errnum);
	add_text(out, "error", errnum ? strerror(errnum) : NULL);
	rv_buf_addc(out, '}');
}

void rv_node_print_json(const struct rv_node_status *s)
{
	rv_autobuf out = { 0 };

	rv_buf_addc(&out, '{');
	add_text(&out, "version", PACKAGE_VERSION);
	add_set(&out, s);
	rv_json_put_open(&out, "engines", '[');
	for (int i = 0; i < RV_ENGINE_COUNT; i++)
		add_engine(&out, &s->engine[i], rv_engine_names[i]);
	rv_buf_addc(&out, ']');
	rv_json_put_open(&out, "runtimes", '[');
	for (size_t i = 0; i < s->runtime_count; i++)
		add_runtime(&out, &s->runtime[i].fact);
	rv_buf_addc(&out, ']');
	add_place(&out, "log", s->log, s->log_errnum);
	add_place(&out, "state", s->state.fd < 0 ? RV_RUNSTATEDIR "/reeve" : s->state.path, s->state_errnum);
	rv_buf_adds(&out, "}\n");
	fputs(rv_buf_str(&out), stdout);
}
