/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where people and engines look: containerd reads the last record of level "error" in the --log file, podman takes a file with
 * exactly one JSON object, CRI-O and the shell read stderr. And the decision record: one line, one write, never waiting.
 */
#ifndef REEVE_SHIM_REPORT_H
#define REEVE_SHIM_REPORT_H

#include "invocation.h"
#include "reeve/plan.h"

/* Says on stderr and in the call's --log what went wrong. message is one line and names reeve itself. */
void rv_report_error(const struct rv_invocation *inv, const char *message);
/* As above with "reeve: " before the error's text. */
void rv_report_err(const struct rv_invocation *inv, const struct rv_err *err);

/*
 * Appends the record to the file log (made 0600, its directory 0700) and sends it to the journal when there is one. A full disk
 * or a missing directory is an error for the caller to weigh: only a policy with record.required minds. The journal never is.
 */
int rv_report_decision(const char *log, const struct rv_record *record, struct rv_err *err);

#endif
