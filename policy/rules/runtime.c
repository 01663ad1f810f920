/* SPDX-License-Identifier: Apache-2.0 */
#include "reeve/runtime.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "rules/family.h"

static const char *const escape_words[] = { "allow", "warn", "deny", NULL };

#define SET(field) offsetof(struct rv_settings, runtime.field)

static const struct rv_setting settings[] = {
	{ "knownEscapes", RV_SET_WORD, SET(known_escapes), .words = escape_words,
	  .doc = "A published way out of a container that the real runtime has by its version and that no rule in force closes: allow "
		 "(it is in the record), warn, deny." },
	{ "unsupported", RV_SET_WORD, SET(unsupported), .words = rv_words_allow,
	  .doc = "A mount that asks for what the real runtime would leave out without a word (rro and the like, id maps), or a runtime "
		 "that runs no createRuntime hooks: allow, deny. Id maps in a user namespace of the container's own are warned of "
		 "instead." },
	{ 0 }
};

/* ---- versions ---- */

enum { NUMBERS = 3 };
struct version { unsigned long number[NUMBERS], candidate; };

/* -rc.3, -rc3, ~rc3, with anything else behind */
static unsigned long candidate_of(const char *text)
{
	if ((*text != '-' && *text != '~') || strncmp(text + 1, "rc", 2))
		return ULONG_MAX;
	text += text[3] == '.' ? 4 : 3;
	return strtoul(text, NULL, 10);
}

static struct version version_of(const char *text)
{
	struct version v = { .candidate = 0 };

	for (size_t i = 0; text && i < NUMBERS && *text >= '0' && *text <= '9'; i++) {
		char *end;

		v.number[i] = strtoul(text, &end, 10);
		text = *end == '.' ? end + 1 : end;
		v.candidate = candidate_of(end);
	}
	return v;
}

int rv_version_cmp(const char *a, const char *b)
{
	const struct version x = version_of(a), y = version_of(b);

	for (size_t i = 0; i < NUMBERS; i++)
		if (x.number[i] != y.number[i])
			return x.number[i] < y.number[i] ? -1 : 1;
	return (x.candidate > y.candidate) - (x.candidate < y.candidate);
}

/* ---- what may be relied on ---- */

/* Since which version: runc's CHANGELOG, crun's NEWS (1.8.1 turned the direction of id maps round); mount_setattr(2) is Linux 5.12. */
static const struct {
	const char *option, *runc, *crun;
	unsigned major, minor;
} known[] = {
	{ "rro", "1.1.0", "1.4", 5, 12 },     { "rnosuid", "1.1.0", "1.4", 5, 12 },  { "rnodev", "1.1.0", "1.4", 5, 12 },
	{ "rnoexec", "1.1.0", "1.4", 5, 12 }, { "idmap", "1.2.0-rc.1", "1.8.1", 5, 12 },
	{ "ridmap", "1.2.0-rc.1", "1.9", 5, 12 },
};

static bool listed(const char *const *list, const char *word)
{
	for (; list && *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

static bool is_runc_or_crun(const struct rv_runtime_fact *real)
{
	return real->name && real->version && (!strcmp(real->name, "runc") || !strcmp(real->name, "crun"));
}

static bool takes_by_version(const struct rv_runtime_fact *real, size_t i)
{
	if (!is_runc_or_crun(real))
		return false;
	return rv_version_cmp(real->version, !strcmp(real->name, "crun") ? known[i].crun : known[i].runc) >= 0;
}

bool rv_runtime_takes(const struct rv_facts *facts, const char *option)
{
	const struct rv_runtime_fact *real = &facts->real;

	for (size_t i = 0; i < RV_COUNT(known); i++) {
		if (strcmp(known[i].option, option))
			continue;
		if (facts->kernel_major < known[i].major ||
		    (facts->kernel_major == known[i].major && facts->kernel_minor < known[i].minor))
			return false;
		return real->options ? listed(real->options, option) : takes_by_version(real, i);
	}
	return listed(real->options, option);
}

/* "idmap=uids=0-1-2" is crun's. */
static const char *option_name(const char *option)
{
	size_t len = strcspn(option, "=");

	for (size_t i = 0; i < RV_COUNT(known); i++)
		if (strlen(known[i].option) == len && !strncmp(known[i].option, option, len))
			return known[i].option;
	return NULL;
}

bool rv_runtime_drops(const struct rv_facts *facts, const char *option)
{
	const char *name = option_name(option);

	return name && !rv_runtime_takes(facts, name);
}

/* The stages that came with runtime-spec 1.0.2. */
static const struct {
	const char *stage, *runc, *crun;
} later_hooks[] = {
	{ "createRuntime", "1.0.0-rc91", "0.12" },
	{ "createContainer", "1.0.0-rc91", "0.12" },
	{ "startContainer", "1.0.0-rc91", "0.12" },
};

bool rv_runtime_lacks_hook(const struct rv_facts *facts, const char *stage)
{
	const struct rv_runtime_fact *real = &facts->real;

	if (real->hooks)
		return !listed(real->hooks, stage);
	for (size_t i = 0; i < RV_COUNT(later_hooks) && real->name; i++) {
		const char *since = !strcmp(real->name, "crun") ? later_hooks[i].crun : later_hooks[i].runc;

		if (!strcmp(later_hooks[i].stage, stage))
			return is_runc_or_crun(real) && rv_version_cmp(real->version, since) < 0;
	}
	return false;
}

/* ---- judging ---- */

static const char *upgrade(struct rv_judge *j, const char *option)
{
	for (size_t i = 0; i < RV_COUNT(known); i++)
		if (!strcmp(known[i].option, option))
			return rv_judge_ptr(j, "leave it out, or use runc from %s or crun from %s on and Linux from %u.%u on",
					    known[i].runc, known[i].crun, known[i].major, known[i].minor);
	return NULL;
}

static const char *runtime_text(struct rv_judge *j)
{
	const struct rv_runtime_fact *real = &j->facts->real;

	if (!real->name)
		return "the runtime";
	return rv_judge_ptr(j, "%s %s", real->name, real->version ? real->version : "of an unknown version");
}

/* One whose maps were verified, or one to be joined that is not there: then nothing can start, and nothing be written. */
static bool in_user_namespace(const struct rv_judge *j)
{
	const struct rv_facts *facts = j->facts;
	size_t i = 0;

	rv_json_each(entry, rv_json_get(j->spec->linux_, "namespaces")) {
		const char *type = rv_json_str(rv_json_get(entry, "type"));
		const struct rv_ns_fact *ns = i < facts->namespace_count ? &facts->namespaces[i] : NULL;

		if (type && !strcmp(type, "user") && ns && ns->has_path && !ns->path.exists)
			return true;
		i++;
	}
	return j->userns_safe;
}

/*
 * Without its id map a mount in a container with a user namespace of its own belongs to nobody there: a nuisance. Without such a
 * namespace root would write to it as the host's root. The other options all take something away.
 */
static void left_out(struct rv_judge *j, const char *pointer, const char *option, const char *asked)
{
	if (strstr(option, "idmap") && in_user_namespace(j))
		rv_judge_warn(j, "%s asks for %s, which %s on this kernel leaves out without a word: its files will belong to nobody",
			      pointer, asked, runtime_text(j));
	else
		rv_judge_deny(j, "runtime.unsupported", pointer, upgrade(j, option),
			      "a mount asks for %s, which %s on this kernel would leave out without a word", asked,
			      runtime_text(j));
}

static void judge_mount(struct rv_judge *j, const struct rv_json *mount, size_t index)
{
	const char *pointer = rv_judge_ptr(j, "/mounts/%zu", index);
	bool mapped = rv_json_count(rv_json_get(mount, "uidMappings")) || rv_json_count(rv_json_get(mount, "gidMappings"));

	rv_json_each(v, rv_json_get(mount, "options")) {
		const char *option = rv_json_str(v);

		if (!option || !rv_runtime_drops(j->facts, option))
			continue;
		left_out(j, pointer, option_name(option), option);
		return;
	}
	if (mapped && !rv_runtime_takes(j->facts, "idmap"))
		left_out(j, pointer, "idmap", "uidMappings and gidMappings");
}

static void judge_escapes(struct rv_judge *j)
{
	struct rv_escape escapes[RV_ESCAPES_MAX];
	size_t count = rv_escapes_of(&j->facts->real, j->set, escapes, RV_COUNT(escapes), j->arena);

	for (size_t i = 0; i < count; i++) {
		const struct rv_escape *e = &escapes[i];

		if (!e->needs)
			continue;
		if (j->set->runtime.known_escapes == RV_ESCAPES_DENY)
			rv_judge_deny(j, "runtime.knownEscapes", "",
				      rv_judge_ptr(j, "upgrade to %s, or set %s", e->fixed, e->needs),
				      "%s has %s by its version: %s", runtime_text(j), e->id, e->what);
		else
			rv_judge_warn(j, "%s has %s by its version: %s; fixed in %s, closed by %s", runtime_text(j), e->id,
				      e->what, e->fixed, e->needs);
	}
}

static void judge(struct rv_judge *j)
{
	size_t i = 0;

	if (j->set->runtime.known_escapes != RV_ESCAPES_ALLOW)
		judge_escapes(j);
	if (j->set->runtime.unsupported == RV_ALLOW)
		return;
	if (rv_runtime_lacks_hook(j->facts, "createRuntime"))
		rv_judge_deny(j, "runtime.unsupported", "", "use runc from 1.0.0-rc91 or crun from 0.12 on",
			      "%s runs no createRuntime hooks, by which what was mounted is compared with what was judged",
			      runtime_text(j));
	rv_json_each(mount, rv_json_get(j->spec->root, "mounts"))
		judge_mount(j, mount, i++);
}

const struct rv_family rv_family_runtime = {
	.name = "runtime",
	.settings = settings,
	.judge = judge,
	.doc = "The real runtime: what it can do, by its own account, and what is known against its version.",
};
