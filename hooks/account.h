/* SPDX-License-Identifier: Apache-2.0 */
/* A container's report, granted beside used: reeve-events(7) says what its members mean. */
#ifndef REEVE_HOOKS_ACCOUNT_H
#define REEVE_HOOKS_ACCOUNT_H

#include "attach.h"
#include "reeve/json.h"
#include "usage.h"

struct rv_account {
	const char *entry;			/* its name */
	const struct rv_judged *judged;
	const struct rv_json *config;		/* the enforced document; NULL: unknown */
	const struct rv_attached *attached;
	const struct rv_usage *usage;		/* NULL: unmonitored */
	bool ended;
};

/* Appends one line of JSON. */
void rv_account_json(const struct rv_account *a, struct rv_buf *out);

/*
 * Name of the report's file in the directory dir: <id>.json, or <id>@<the entry's first digits>.json where that is the report of another
 * entry, or <entry>.json where the id is no file name.
 */
#define RV_REPORT_NAME	 256
#define RV_REPORT_DIGITS 12
void rv_account_name(const struct rv_account *a, int dir, char name[RV_REPORT_NAME]);

#endif
