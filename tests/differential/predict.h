/* SPDX-License-Identifier: Apache-2.0 */
/* What reeve reads in a document, in the words of the probe. */
#ifndef TEST_PREDICT_H
#define TEST_PREDICT_H

#include "reeve/spec.h"

void predict(const char *text, size_t len, struct rv_buf *out);
/* True when `said` has the same lines for every key that is predicted; else the first that differ are in want and got. */
bool predict_agrees(const char *predicted, const char *said, struct rv_buf *want, struct rv_buf *got);

#endif
