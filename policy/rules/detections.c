/* SPDX-License-Identifier: Apache-2.0 */
/* The detections that a node's policies go with. */
#include "rules/source.h"

int rv_policies_detection_names(const struct rv_policies *p, struct rv_arena *arena, struct rv_detection_names *out, struct rv_err *err)
{
	(void)arena;
	(void)err;
	*out = p->detections;
	return 0;
}
