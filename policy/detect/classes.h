/* SPDX-License-Identifier: Apache-2.0 */
/* Private to policy/detect: lists become bits of facts, and the keys by which the kernel finds them. */
#ifndef REEVE_DETECT_CLASSES_H
#define REEVE_DETECT_CLASSES_H

#include "detect/detect.h"

enum rv_class_kind { RV_CLASS_PROC, RV_CLASS_PATH, RV_CLASS_NAME, RV_CLASS_ADDR, RV_CLASS_PORT, RV_CLASS_DNS, RV_CLASS_KINDS };
struct rv_classes {
	struct rv_detections *out;
	struct rv_arena *arena;
	struct rv_strings known[RV_CLASS_KINDS];	/* lists as text; index = number of the class */
	size_t path_room, name_room, addr_room, port_room;
	const char *fault;		/* what there is too much of; NULL: nothing */
};
/* Number of the class of these items, made when it is new; -1 with fault set. */
int rv_class_of(struct rv_classes *c, enum rv_class_kind kind, const struct rv_strings *items);
/* When all are known: a longer key gets the bits of the shorter ones that cover it. */
void rv_classes_done(struct rv_classes *c);

#endif
