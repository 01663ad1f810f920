/* SPDX-License-Identifier: Apache-2.0 */
#include <seccomp.h>

#include "rules/family.h"
#include "rules/seccomp-default.h"

static const char *const seccomp_words[] = { "any", "default", NULL };

static const char *check_syscall(const char *item)
{
	return seccomp_syscall_resolve_name(item) == __NR_SCMP_ERROR ? "no system call of this name is known" : NULL;
}

#define SET(field) offsetof(struct rv_settings, seccomp.field)

static const struct rv_setting settings[] = {
	{ "absent", RV_SET_WORD, SET(absent), .words = seccomp_words,
	  .doc = "A document without an enforcing profile: any (left so), default (gets the default computed for its capabilities, architecture and kernel)." },
	{ "ceiling", RV_SET_WORD, SET(ceiling), .words = seccomp_words,
	  .doc = "A profile that the document brings: any (kept), default (kept when it allows nothing that the default refuses, else replaced by the default)." },
	{ "syscalls", RV_SET_ALLOW, SET(syscalls), .check = check_syscall,
	  .doc = "System calls allowed beyond the default." },
	{ 0 }
};

static const char *computed(struct rv_judge *j, const struct rv_seccomp_for *to)
{
	rv_autobuf text = { 0 };

	rv_seccomp_write(to, &text);
	j->plan->failed |= text.failed;
	return rv_arena_strdup(j->arena, rv_buf_str(&text));
}

static void judge(struct rv_judge *j)
{
	const struct rv_json *profile = rv_json_get(j->spec->linux_, "seccomp");
	const struct rv_seccomp_for to = {
		.bounding = j->bounding,
		.arch = j->facts->arch,
		.kernel = RV_KERNEL(j->facts->kernel_major, j->facts->kernel_minor),
		.extra = &j->set->seccomp.syscalls,
	};
	const char *beyond;

	if (!rv_seccomp_enforces(profile)) {
		if (j->set->seccomp.absent == RV_SECCOMP_DEFAULT)
			rv_judge_set(j, "seccomp.absent", "/linux/seccomp", computed(j, &to),
				     "%s: it gets the default for its capabilities",
				     profile && profile->type == RV_JSON_OBJECT ? "the filter refuses nothing"
										: "no system-call filter was asked for");
		return;
	}
	if (j->set->seccomp.ceiling != RV_SECCOMP_DEFAULT)
		return;
	beyond = rv_seccomp_beyond(profile, &to, j->arena);
	if (beyond)
		rv_judge_set(j, "seccomp.ceiling", "/linux/seccomp", computed(j, &to),
			     "the filter allows %s, so it gives way to the default for its capabilities", beyond);
}

const struct rv_family rv_family_seccomp = {
	.name = "seccomp",
	.settings = settings,
	.judge = judge,
	.doc = "System-call filter.",
};
