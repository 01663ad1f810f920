/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that differ from a good one in one place. */
#ifndef TEST_MUTATE_H
#define TEST_MUTATE_H

#include "reeve/json.h"

struct mutation {
	char *name;	/* what was done, and where */
	char *text;
	size_t len;
};
struct mutations {
	struct mutation *item;
	size_t count, room;
};
/* Every value at and below the pointer `only` ("": the whole document, and around it). */
void mutate_all(struct rv_json_doc *base, const char *only, struct mutations *out);
void mutations_done(struct mutations *m);

#endif
