/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a policy file, as a node file and as the active set. What is taken by itself and compiles must come out of the active set
 * with the same values from the same places; whatever a file says, the floor holds.
 */
#include <stdlib.h>
#include <string.h>

#include "reeve/policy.h"

#define MUST(what)               \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char node_text[] =
	"{ \"floor\": { \"user\": { \"root\": \"deny\" }, \"namespaces\": { \"pid\": \"deny\" }, \"sections\": { \"denied\": [\"vm\"] },"
	" \"capabilities\": { \"allowed\": [\"CHOWN\"], \"noNewPrivileges\": true }, \"resources\": { \"pidsMax\": 100 },"
	" \"filesystem\": { \"maskedPaths\": [\"/proc/kcore\"] }, \"rlimits\": { \"max\": { \"RLIMIT_CPU\": 9 } } } }";
static const struct rv_source node = { "reeve.json", node_text, sizeof(node_text) - 1 };
static const struct rv_facts facts = { .engine = RV_ENGINE_CRI, .name_space = "a", .pod = "b", .container = "c",
				       .image = "registry.example/d", .now = 1795262400 };

static void errs_done(struct rv_errs *errs)
{
	for (size_t i = 0; i < errs->count; i++)
		MUST(errs->item[i].code == RV_EPOLICY && errs->item[i].msg[0] && errs->item[i].file[0]);
	rv_errs_done(errs);
}

/* NULL when it does not compile. */
static struct rv_policies *compile(const struct rv_source *with, const struct rv_source *sources, size_t count)
{
	struct rv_errs errs = { 0 }, warnings = { 0 };
	rv_autobuf active = { 0 };
	struct rv_policies *p = NULL;
	int rc = rv_policies_compile(with, sources, count, facts.now, &active, &errs, &warnings);

	MUST(!rc == !errs.count);
	if (!rc)
		MUST(rv_policies_load(&p, rv_buf_str(&active), active.len, NULL) == 0);
	errs_done(&errs);
	errs_done(&warnings);
	return p;
}

static void check_floor(const struct rv_ruleset *rules)
{
	const struct rv_settings *set = &rules->set;
	bool masked = false, limited = false;

	MUST(set->user.root == RV_ROOT_DENY && set->namespaces.pid == RV_NS_DENY && set->capabilities.no_new_privileges);
	MUST(rv_list_any(&set->sections.denied, "vm"));
	MUST(!rv_list_has(&set->capabilities.allowed, "SYS_ADMIN"));
	MUST(set->resources.pids_max && set->resources.pids_max <= 100);
	for (size_t i = 0; i < set->filesystem.masked.count; i++)
		masked = masked || !strcmp(set->filesystem.masked.item[i], "/proc/kcore");
	for (size_t i = 0; i < set->rlimits.max.count; i++)
		limited = limited || (!strcmp(set->rlimits.max.item[i].name, "RLIMIT_CPU") && set->rlimits.max.item[i].max <= 9);
	MUST(masked && limited);
}

static void check_same(const struct rv_ruleset *a, const struct rv_ruleset *b, struct rv_arena *arena)
{
	for (const struct rv_family *const *f = rv_families; *f; f++) {
		for (const struct rv_setting *s = (*f)->settings; s->name; s++) {
			MUST(!strcmp(rv_setting_text(&a->set, s, arena), rv_setting_text(&b->set, s, arena)));
			MUST(!strcmp(rv_ruleset_origin(a, (*f)->name, s->name, arena),
				     rv_ruleset_origin(b, (*f)->name, s->name, arena)));
		}
	}
}

static void as_file(const struct rv_policies *p, const struct rv_source *source)
{
	struct rv_arena arena = { 0 };
	struct rv_errs errs = { 0 };
	struct rv_policy alone, applied;
	struct rv_policies *set = compile(&node, source, 1);
	int rc = rv_policies_file(p, source->file, source->text, source->len, &facts, &arena, &alone, &errs);

	MUST(rc == 0 ? !errs.count : errs.count && rc == -RV_EPOLICY);
	errs_done(&errs);
	if (!rc) {
		check_floor(&alone.enforce);
		if (alone.has_audit)
			check_floor(&alone.audit);
	}
	if (!rc && set) {
		MUST(rv_policies_named(set, alone.name, &facts, &arena, &applied, NULL) == 0);
		MUST(applied.line == alone.line && applied.grace == alone.grace && applied.has_audit == alone.has_audit);
		MUST(applied.exception_count == alone.exception_count);
		check_same(&alone.enforce, &applied.enforce, &arena);
		if (alone.has_audit)
			check_same(&alone.audit, &applied.audit, &arena);
	}
	rv_policies_free(set);
	rv_arena_done(&arena);
}

static void as_active(const struct rv_source *source)
{
	struct rv_policies *p = NULL;
	struct rv_err err = RV_ERR_INIT;

	if (rv_policies_load(&p, source->text, source->len, &err)) {
		MUST(err.code == RV_EPOLICY && err.msg[0]);
		return;
	}
	for (int engine = 0; engine < RV_ENGINE_COUNT; engine++) {
		struct rv_facts asked = facts;
		struct rv_arena arena = { 0 };
		struct rv_policy policy;

		asked.engine = (enum rv_engine)engine;
		if (rv_policies_select(p, &asked, &arena, &policy, &err))
			MUST(err.code == RV_EPOLICY && err.msg[0]);
		rv_arena_done(&arena);
	}
	rv_policies_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rv_policies *p;
	char *text = malloc(size + 1);	/* an end that the sanitizers watch */
	struct rv_source source = { "fuzz.json", text, size };

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (!p)
		p = compile(&node, NULL, 0);
	as_file(p, &source);
	rv_policies_free(compile(&source, NULL, 0));
	as_active(&source);
	free(text);
	return 0;
}
