/* SPDX-License-Identifier: Apache-2.0 */
/* A container's report (reeve-events(7)) for people: granted beside used. Text for a terminal, or one page of HTML. */
#ifndef REEVE_CTL_REPORT_SHOW_H
#define REEVE_CTL_REPORT_SHOW_H

#include "reeve/json.h"

void rv_report_text(const struct rv_json *report, struct rv_buf *out);
void rv_report_html(const struct rv_json *report, struct rv_buf *out);

#endif
