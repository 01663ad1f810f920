/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, hooks.field)

static const struct rv_setting settings[] = {
	{ "allowed", RV_SET_HOOKS, SET(allowed),
	  .doc = "Hooks that may run: path (glob over the resolved executable), args (one glob for each argument after the first; {id} is "
		 "the container's id, {pid} any number, a last ** any further arguments), stage. The path ** takes every hook unjudged." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation, .doc = "A hook that is not allowed: remove, deny." },
	{ "environment", RV_SET_SUPPLY, SET(environment),
	  .doc = "The environment of an allowed hook, NAME=value, in place of what the document gives it; not for those at startContainer "
		 "and those of ordinary users. Empty: as the document has it." },
	{ "timeout", RV_SET_DEFAULT, SET(timeout), .max = 86400,
	  .doc = "Seconds for a hook without a timeout, which could hold a start for ever. 0: none." },
	{ 0 }
};

/* The pattern with every `name` in it replaced by text. */
static const char *expand(struct rv_judge *j, const char *pattern, const char *name, const char *text, size_t len)
{
	rv_autobuf out = { 0 };

	for (const char *at; (at = strstr(pattern, name)); pattern = at + strlen(name)) {
		rv_buf_add(&out, pattern, (size_t)(at - pattern));
		rv_buf_add(&out, text, len);
	}
	rv_buf_adds(&out, pattern);
	if (out.failed)
		j->plan->failed = true;
	return rv_arena_strdup(j->arena, rv_buf_str(&out));
}

/* Ids that a glob could take for a pattern (crun has no rule for them) match nothing; without an id, in render, any will do. */
static const char *expand_id(struct rv_judge *j, const char *pattern)
{
	const char *id = j->facts->id ? j->facts->id : "*";

	if (!strstr(pattern, "{id}"))
		return pattern;
	if (j->facts->id && strpbrk(id, "*?[\\"))
		return NULL;
	return expand(j, pattern, "{id}", id, strlen(id));
}

static bool arg_matches(struct rv_judge *j, const char *pattern, const char *arg)
{
	size_t len;

	pattern = expand_id(j, pattern);
	if (!pattern || !strstr(pattern, "{pid}"))
		return pattern && rv_glob(pattern, arg);
	for (const char *at = arg; *at; at += len) {
		len = strspn(at, "0123456789");
		if (len && rv_glob(expand(j, pattern, "{pid}", at, len), arg))
			return true;
		len += !len;
	}
	return false;
}

static bool args_match(struct rv_judge *j, const struct rv_hook_allow *allow, const struct rv_json *hook)
{
	struct rv_json *arg = rv_json_first(rv_json_get(hook, "args"));
	size_t i = 0;

	for (arg = rv_json_next(arg); arg && i < allow->arg_count; arg = rv_json_next(arg), i++) {
		if (i + 1 == allow->arg_count && !strcmp(allow->args[i], "**"))
			return true;
		if (!arg_matches(j, allow->args[i], rv_json_str(arg)))
			return false;
	}
	return !arg && (i == allow->arg_count || (i + 1 == allow->arg_count && !strcmp(allow->args[i], "**")));
}

static const struct rv_hook_fact *fact_of(const struct rv_judge *j, const char *stage, size_t index)
{
	for (size_t i = 0; i < j->facts->hook_count; i++)
		if (!strcmp(j->facts->hooks[i].stage, stage) && j->facts->hooks[i].index == index)
			return &j->facts->hooks[i];
	return NULL;
}

static bool takes_all(const struct rv_hook_allows *allowed)
{
	for (size_t i = 0; i < allowed->count; i++)
		if (!strcmp(allowed->item[i].path, "**") && !allowed->item[i].stage)
			return true;
	return false;
}

static bool is_allowed(struct rv_judge *j, const struct rv_json *hook, const char *stage, const char *path)
{
	const struct rv_hook_allows *allowed = &j->set->hooks.allowed;

	for (size_t i = 0; i < allowed->count; i++) {
		const struct rv_hook_allow *a = &allowed->item[i];

		if ((!a->stage || !strcmp(a->stage, stage)) && rv_glob(a->path, path) && args_match(j, a, hook))
			return true;
	}
	return false;
}

/* The image's own files run as root on the host; only startContainer runs inside, where its path is looked up too. */
static bool from_image(const struct rv_judge *j, const char *stage, const char *path)
{
	const char *rootfs = j->facts->rootfs.path.resolved;

	return strcmp(stage, "startContainer") && rootfs && strcmp(rootfs, "/") && rv_path_under(path, rootfs);
}

/* The mounts were judged before. */
static bool is_left_out(const struct rv_judge *j, size_t mount)
{
	char pointer[32];

	snprintf(pointer, sizeof(pointer), "/mounts/%zu", mount);
	for (size_t i = 0; i < j->plan->edit_count; i++)
		if (j->plan->edit[i].op == RV_EDIT_REMOVE && !strcmp(j->plan->edit[i].pointer, pointer))
			return true;
	return false;
}

/* What the container itself can write it could exchange for its next start. */
static bool from_volume(const struct rv_judge *j, const char *stage, const char *path)
{
	const struct rv_facts *f = j->facts;
	size_t i = 0;

	if (!strcmp(stage, "startContainer"))
		return false;
	if (f->bundle && strcmp(f->bundle, "/") && rv_path_under(path, f->bundle))
		return true;
	rv_json_each(mount, rv_json_get(j->spec->root, "mounts")) {
		const char *source = i < f->mount_count ? f->mounts[i].resolved : NULL;
		bool left_out = is_left_out(j, i++);

		if (source && !left_out && rv_spec_mount_is_bind(mount) && !rv_spec_mount_is_ro(mount) && rv_path_under(path, source))
			return true;
	}
	return false;
}

static const char *args_text(struct rv_judge *j, const struct rv_json *hook)
{
	rv_autobuf out = { 0 };
	bool first = true;

	rv_json_each(arg, rv_json_get(hook, "args")) {
		if (!first)
			rv_buf_addf(&out, "%s%s", out.len ? ", " : "", rv_judge_str(j, rv_json_str(arg)));
		first = false;
	}
	return rv_arena_strdup(j->arena, rv_buf_str(&out));
}

static bool has_environment(const struct rv_json *env, const struct rv_list *wanted)
{
	size_t i = 0;

	rv_json_each(v, env) {
		const char *entry = rv_json_str(v);

		if (!entry || i >= wanted->count || strcmp(entry, wanted->item[i]) != 0)
			return false;
		i++;
	}
	return i == wanted->count;
}

/*
 * An allowed program runs whatever LD_PRELOAD or PATH say, and who wrote the document wrote its env. Without one a hook gets the
 * runtime's (config.md, "POSIX-platform Hooks"), or at createContainer, from runc, the image's (CVE-2025-23266).
 */
static void judge_environment(struct rv_judge *j, const struct rv_json *hook, const char *stage, const char *pointer)
{
	const struct rv_list *wanted = &j->set->hooks.environment;
	const struct rv_json *env = rv_json_get(hook, "env");
	rv_autobuf text = { 0 };

	if (!wanted->count || j->facts->caller || !strcmp(stage, "startContainer") || has_environment(env, wanted))
		return;
	for (size_t i = 0; i < wanted->count; i++) {
		rv_buf_addc(&text, i ? ',' : '[');
		rv_json_quote(&text, wanted->item[i], strlen(wanted->item[i]));
	}
	rv_buf_addc(&text, ']');
	j->plan->failed |= text.failed;
	rv_judge_set(j, "hooks.environment", rv_judge_ptr(j, "%s/env", pointer), rv_buf_str(&text),
		     rv_json_count(env) ? "the environment of a program that runs as root of the host is not the document's to give"
					: "without one it would get the runtime's or the image's");
}

static void judge_timeout(struct rv_judge *j, const struct rv_json *hook, const char *pointer)
{
	uint64_t timeout = j->set->hooks.timeout, asked = 0;

	if (timeout && (!rv_json_u64(rv_json_get(hook, "timeout"), &asked) || !asked))
		rv_judge_set(j, "hooks.timeout", rv_judge_ptr(j, "%s/timeout", pointer),
			     rv_judge_ptr(j, "%llu", (unsigned long long)timeout), "without one it could hold the start for ever");
}

static void judge_run(struct rv_judge *j, const struct rv_json *hook, const char *stage, const char *pointer)
{
	judge_environment(j, hook, stage, pointer);
	judge_timeout(j, hook, pointer);
}

static const char *no_path_advice(const struct rv_hook_fact *fact)
{
	return fact && fact->path.errnum == ESTALE ?
		       "restart the program that asks for it: its executable was replaced since it was started" :
		       "give the absolute path of a program";
}

static void judge_hook(struct rv_judge *j, const struct rv_json *hook, const char *stage, size_t index)
{
	const char *asked = rv_json_str(rv_json_get(hook, "path")),
		   *pointer = rv_judge_ptr(j, "/hooks/%s/%zu", rv_judge_key(j, stage), index);
	const struct rv_hook_fact *fact = fact_of(j, stage, index);
	const char *path = asked && *asked == '/' && fact ? fact->path.resolved : NULL;

	if (!path)
		rv_judge_violation(j, j->set->hooks.violation, "hooks.allowed", pointer, no_path_advice(fact),
				   "runs the %s hook \"%s\", which leads to no program that could be judged", stage,
				   asked ? asked : "");
	else if (from_image(j, stage, path))
		rv_judge_violation(j, j->set->hooks.violation, "hooks.allowed", pointer, "install the program on the host",
				   "runs the %s hook %s out of the image, as root of the host", stage, path);
	else if (from_volume(j, stage, path))
		rv_judge_violation(j, j->set->hooks.violation, "hooks.allowed", pointer, "install the program on the host",
				   "runs the %s hook %s out of the bundle or of a volume that the container can write", stage, path);
	else if (fact->loose)
		rv_judge_violation(j, j->set->hooks.violation, "hooks.allowed", pointer,
				   rv_judge_ptr(j, "let only root write it: chown root %s; chmod go-w %s", fact->loose, fact->loose),
				   "runs the %s hook %s as root of the host, where others than root can write %s", stage, path,
				   fact->loose);
	else if (!is_allowed(j, hook, stage, path))
		rv_judge_violation(
			j, j->set->hooks.violation, "hooks.allowed", pointer,
			rv_judge_ptr(j, "leave it out, or allow \"hooks\": {\"allowed\": [{\"path\": %s, \"args\": [%s]}]}",
				     rv_judge_str(j, path), args_text(j, hook)),
			"runs the %s hook %s as root of the host", stage, path);
	else
		judge_run(j, hook, stage, pointer);
}

/* No runtime of today knows such a stage; one of tomorrow might. */
static void judge_unknown(struct rv_judge *j, const struct rv_json *stage)
{
	if (stage->type != RV_JSON_NULL)
		rv_judge_violation(j, j->set->hooks.violation, "hooks.allowed",
				   rv_judge_ptr(j, "/hooks/%s", rv_judge_key(j, stage->key)), "leave it out",
				   "has hooks in a form that is not known");
}

static void judge(struct rv_judge *j)
{
	if (takes_all(&j->set->hooks.allowed))
		return;
	rv_json_each(stage, rv_json_get(j->spec->root, "hooks")) {
		size_t index = 0;

		if (stage->type != RV_JSON_ARRAY) {
			judge_unknown(j, stage);
			continue;
		}
		rv_json_each(hook, stage)
			judge_hook(j, hook, stage->key, index++);
	}
}

const struct rv_family rv_family_hooks = {
	.name = "hooks",
	.settings = settings,
	.judge = judge,
	.doc = "OCI hooks, which run as root on the host: those that are allowed, installed there by root, with an environment and a "
	       "timeout.",
};
