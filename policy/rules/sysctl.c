/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"

#define SET(field) offsetof(struct rv_settings, sysctl.field)

static const struct rv_setting settings[] = {
	{ "allowed", RV_SET_ALLOW, SET(allowed),
	  .doc = "Globs over names in dotted form (kernel.shm_rmid_forced, net.ipv4.*). Values must be digits and blanks." },
	{ "violation", RV_SET_WORD, SET(violation), .words = rv_words_violation,
	  .doc = "A sysctl that is not allowed: remove, deny." },
	{ 0 }
};

/* Both runtimes also take kernel/core_pattern, and a path may go up again; CVE-2022-0811 put more settings into a value. */
static const char *fault(struct rv_judge *j, const char *name, const char *value)
{
	if (!*name || strchr(name, '/') || strstr(name, ".."))
		return "its name is not in dotted form";
	if (!rv_list_glob(&j->set->sysctl.allowed, name))
		return "it is not among those allowed";
	if (!value || !*value || value[strspn(value, "0123456789 \t")])
		return "its value is not made of digits and blanks";
	return NULL;
}

static void judge(struct rv_judge *j)
{
	if (rv_list_has(&j->set->sysctl.allowed, "*"))
		return;
	rv_json_each(entry, rv_json_get(j->spec->linux_, "sysctl")) {
		const char *what = fault(j, entry->key, rv_json_str(entry));

		if (what)
			rv_judge_violation(j, j->set->sysctl.violation, "sysctl.allowed",
					   rv_judge_ptr(j, "/linux/sysctl/%s", rv_judge_key(j, entry->key)), NULL,
					   "sets sysctl %s: %s", *entry->key ? entry->key : "\"\"", what);
	}
}

const struct rv_family rv_family_sysctl = {
	.name = "sysctl",
	.settings = settings,
	.judge = judge,
	.doc = "linux.sysctl.",
};
