/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

static const char *check_device(const char *item)
{
	(void)item;
	return NULL;
}

#define SET(field) offsetof(struct rv_settings, devices.field)

static const struct rv_setting settings[] = {
	{ "allowed", RV_SET_ALLOW, SET(allowed), .check = check_device,
	  .doc = "Devices as type, numbers and access: c 1:3 rwm, c 136:* rw, b 8:0 r; a:*:* is written as all." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation,
	  .doc = "A node or rule that is not allowed: remove, deny." },
	{ "denyAllFirst", RV_SET_FLAG, SET(deny_all_first),
	  .doc = "linux.resources.devices begins with a rule that denies all (GHSA-g54h-m393-cpwq)." },
	{ 0 }
};

static void judge(struct rv_judge *j)
{
	(void)j;
}

const struct rv_family rv_family_devices = {
	.name = "devices",
	.settings = settings,
	.judge = judge,
	.doc = "Device nodes and device cgroup rules.",
};
