/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a detection file beside the shipped lists. What compiles does so again to the same set, its clauses stay within their
 * limits and name rules that there are, and the longest-prefix keys hold the bits of those that cover them.
 */
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"

#define MUST(what)               \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char lists[] = "{ \"lists\": { \"shells\": [\"sh\", \"bash\"] } }";

static void check_clauses(const struct rv_detections *d)
{
	size_t seen = 0;

	MUST(d->count <= RV_RULES && d->clause_count <= RV_CLAUSES);
	for (size_t kind = 0; kind < RV_EVENT_KINDS; kind++) {
		MUST(d->range[kind].first == seen);
		for (size_t i = 0; i < d->range[kind].count; i++, seen++) {
			const struct rv_clause *c = &d->clause[seen];

			MUST(c->rule < d->count && d->item[c->rule].event == kind && c->count <= RV_TERMS);
			MUST(c->candidate == !d->item[c->rule].kernel);
			for (size_t t = 0; t < c->count; t++)
				MUST(c->term[t].word < RV_WORDS && !(c->term[t].want & ~c->term[t].mask));
		}
	}
	MUST(seen == d->clause_count);
}

static void check_keys(const struct rv_detections *d)
{
	for (size_t i = 0; i < d->path_count; i++) {
		const struct rv_path_key *k = &d->path[i].key;

		MUST(k->prefixlen >= 16 && k->prefixlen <= sizeof(k->text) * 8 && k->prefixlen % 8 == 0);
		MUST(k->text[0] == RV_KEY_PATH || k->text[0] == RV_KEY_DIRECTORY);
	}
	for (size_t i = 0; i < d->name_count; i++)
		MUST(d->name[i].key.text[0] == RV_KEY_NAME || d->name[i].key.text[0] == RV_KEY_PROC);
	for (size_t i = 0; i < d->addr_count; i++)
		MUST(d->addr[i].key.prefixlen <= 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct rv_source files[] = { { "lists.json", lists, sizeof(lists) - 1 }, { "d.json", size ? text : "", size } };
	struct rv_arena arena = { 0 }, second = { 0 };
	struct rv_errs errs = { 0 };
	struct rv_detections d, again;
	int rc = rv_detect_compile_all(files, RV_COUNT(files), &arena, &d, &errs);

	MUST(rc == 0 ? !errs.count : rc == -RV_EPOLICY && errs.count);
	for (size_t i = 0; i < errs.count; i++)
		MUST(errs.item[i].code == RV_EPOLICY && errs.item[i].msg[0] && errs.item[i].file[0] && errs.item[i].line);
	if (!rc) {
		check_clauses(&d);
		check_keys(&d);
		MUST(!rv_detect_compile_all(files, RV_COUNT(files), &second, &again, &errs) && !strcmp(d.hash, again.hash));
	}
	rv_errs_done(&errs);
	rv_arena_done(&arena);
	rv_arena_done(&second);
	return 0;
}
