/* SPDX-License-Identifier: Apache-2.0 */
/* Where a stopped start is told: the runtime's caller, the decision log, the journal. */
#ifndef REEVE_HOOKS_REPORT_H
#define REEVE_HOOKS_REPORT_H

#include "reeve/judged.h"

/* id, judged: NULL while they are not known. Never fails: the start is stopped whatever becomes of its report. */
void rv_hook_report(const char *id, const struct rv_judged *judged, const struct rv_err *why);

/* The container starts all the same, unwatched. */
void rv_hook_report_unmonitored(const struct rv_judged *judged, const char *why);

/* Its report could not be written. id: of the container, or the name of its entry. */
void rv_hook_report_unfinished(const char *id, const struct rv_err *why);

#endif
