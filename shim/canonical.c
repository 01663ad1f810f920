/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "invocation.h"

struct emitter {
	const struct rv_invocation *inv;
	enum rv_runtime runtime;
	const struct rv_overrides *over;
	struct rv_arena *arena;
	char **argv;
	size_t count;
	struct rv_err *err;
};

static void emit(struct emitter *e, const char *word)
{
	char *copy = rv_arena_strdup(e->arena, word);

	if (!e->arena->failed)
		e->argv[e->count++] = copy;
}

static void emit_value(struct emitter *e, const char *name, const char *value)
{
	emit(e, rv_arena_printf(e->arena, "--%s=%s", name, value));
}

static int emit_given(struct emitter *e, const struct rv_given *g)
{
	const char *name = g->flag->name;
	bool is_switch = g->flag->arity == RV_ARITY_NONE || g->flag->arity == RV_ARITY_OPTIONAL;

	if (g->flag->meaning < RV_FLAG_PASS || g->flag->meaning == RV_FLAG_HELP || (is_switch && g->value))
		return 0;
	if (!(g->flag->runtimes & e->runtime))
		return rv_err(e->err, RV_EUSAGE, "%s has no flag --%s", e->runtime == RV_RUNTIME_CRUN ? "crun" : "runc", name);
	if (is_switch) {
		emit(e, rv_arena_printf(e->arena, "--%s", name));
	} else if (g->flag->arity == RV_ARITY_APART) {
		emit(e, rv_arena_printf(e->arena, "--%s", name));
		emit(e, g->value);
	} else if (g->flag->meaning != RV_FLAG_ROOT || !e->over->root) {
		emit_value(e, name, g->value);
	}
	return 0;
}

static int emit_document(struct emitter *e)
{
	const struct rv_invocation *inv = e->inv;
	const struct rv_overrides *o = e->over;
	const char *name = inv->command->sub == RV_SUB_EXEC ? "process" :
			   inv->command->sub == RV_SUB_UPDATE ? "resources" :
			   inv->command->sub == RV_SUB_CHECKPOINT ? NULL : "bundle";
	const char *value;

	if (!name)
		return 0;
	if (*name == 'b')
		value = o->bundle ? o->bundle : inv->bundle;
	else if (*name == 'p')
		value = o->process ? o->process : inv->process;
	else
		value = o->resources ? o->resources : inv->resources;
	if (*name == 'b' && inv->config && !o->bundle && !o->config)
		return rv_err(e->err, RV_EUSAGE, "--config needs a bundle of its own");
	if (o->config && (e->runtime != RV_RUNTIME_CRUN || inv->command->sub == RV_SUB_RESTORE))
		return rv_err(e->err, RV_EUSAGE, "only create and run of crun have --config");
	if (*name != 'b' && !value)
		return rv_err(e->err, RV_EUSAGE, "%s: the flags need a document of their own", inv->command->name);
	if (value)
		emit_value(e, name, value);
	if (*name == 'b' && o->config)
		emit_value(e, "config", o->config);
	return 0;
}

static int emit_enforced(struct emitter *e)
{
	const struct rv_invocation *inv = e->inv;
	int ret = 0;

	if (!(inv->command->runtimes & e->runtime))
		return rv_err(e->err, RV_EUSAGE, "%s has no subcommand %s", e->runtime == RV_RUNTIME_CRUN ? "crun" : "runc",
			      inv->command->name);
	if (inv->help) {
		emit(e, "--help");
		return 0;
	}
	for (size_t i = inv->global_count; !ret && i < inv->given_count; i++)
		ret = emit_given(e, &inv->given[i]);
	if (!ret)
		ret = emit_document(e);
	if (!ret)
		emit(e, inv->id);
	return ret;
}

static int emit_all(struct emitter *e, const char *argv0)
{
	const struct rv_invocation *inv = e->inv;
	int ret = 0;

	emit(e, argv0);
	for (size_t i = 0; !ret && i < inv->global_count; i++)
		ret = emit_given(e, &inv->given[i]);
	if (e->over->root)
		emit_value(e, "root", e->over->root);
	if (ret < 0)
		return ret;
	if (inv->command->sub == RV_SUB_NONE) {
		if (inv->help)
			emit(e, "--help");
		return 0;
	}
	emit(e, inv->command->name);
	if (inv->command->class != RV_CLASS_PASS)
		return emit_enforced(e);
	for (int i = 0; i < inv->rest_count; i++)
		emit(e, inv->rest[i]);
	return 0;
}

int rv_invocation_argv(const struct rv_invocation *inv, const char *argv0, enum rv_runtime runtime,
		       const struct rv_overrides *over, struct rv_arena *arena, char ***argv, struct rv_err *err)
{
	static const struct rv_overrides none;
	struct emitter e = { inv, runtime, over ? over : &none, arena, NULL, 0, err };
	/* A given flag makes at most two words; seven more for argv0, subcommand, root, two for documents, id and the end. */
	size_t room = 2 * inv->given_count + 7 + (size_t)inv->rest_count;
	int ret;

	if (inv->command->class == RV_CLASS_REFUSED)
		return rv_err(err, RV_EUSAGE, "%s is never handed on", inv->command->name);
	e.argv = rv_arena_alloc(arena, room * sizeof(*e.argv));
	ret = e.argv ? emit_all(&e, argv0) : 0;
	if (ret < 0)
		return ret;
	if (arena->failed)
		return rv_err_nomem(err);
	*argv = e.argv;
	return 0;
}

enum rv_runtime rv_runtime_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	if (!strcmp(base, "crun") || rv_str_starts(base, "crun-") || !strcmp(base, "krun"))
		return RV_RUNTIME_CRUN;
	return RV_RUNTIME_RUNC;
}
