/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, record.field)

static const struct rv_setting settings[] = {
	{ "required", RV_SET_FLAG, SET(required),
	  .doc = "Refuse to start a container whose decision cannot be recorded." },
	{ 0 }
};

const struct rv_family rv_family_record = {
	.name = "record",
	.settings = settings,
	.doc = "The decision record.",
};
