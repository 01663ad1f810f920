/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as mountinfo. What is understood ends every search, shows each mount below a path at most once, and never one that
 * lies beside it.
 */
#include <stdlib.h>
#include <string.h>

#include "reeve/mountinfo.h"

#define MUST(what)                                                                                                             \
	do {                                                                                                                   \
		if (!(what))                                                                                                   \
			abort();                                                                                               \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct rv_mountinfos *mounts, const struct rv_mountinfo *top, struct rv_arena *arena)
{
	const struct rv_mountinfo *const *below = rv_mountinfo_below(mounts, top, top->point, arena);
	const struct rv_mountinfo *of = rv_mountinfo_of(mounts, top->point);

	MUST(below && of && strlen(of->point) >= strlen(top->point));
	MUST(rv_mountinfo_by_id(mounts, top->id)->id == top->id);
	for (size_t i = 0; below[i]; i++) {
		MUST(rv_path_under(below[i]->point, top->point) && strcmp(below[i]->point, top->point));
		for (size_t k = 0; k < i; k++)
			MUST(below[k] != below[i]);
	}
	MUST(rv_mountinfo_layers(top->options, arena));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_arena arena = { 0 };
	struct rv_mountinfos mounts = { 0 };

	if (size < 65536 && rv_mountinfo_parse((const char *)data, size, &arena, &mounts, NULL) == 0)
		for (size_t i = 0; i < mounts.count && i < 64; i++)
			look(&mounts, &mounts.item[i], &arena);
	rv_arena_done(&arena);
	return 0;
}
