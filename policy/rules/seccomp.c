/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <seccomp.h>
#include <string.h>

#include "rules/family.h"
#include "rules/seccomp-narrow.h"

static const char *const seccomp_words[] = { "any", "default", NULL };
static const char *const arch_words[] = { "any", "native", NULL };

static const char *check_syscall(const char *item)
{
	return seccomp_syscall_resolve_name(item) == __NR_SCMP_ERROR ? "no system call of this name is known" : NULL;
}

#define CEILING	   "seccomp.ceiling"
#define SET(field) offsetof(struct rv_settings, seccomp.field)

static const struct rv_setting settings[] = {
	{ "absent", RV_SET_WORD, SET(absent), .words = seccomp_words,
	  .doc = "A document without an enforcing profile: any (left so), default (gets the default computed for its capabilities, "
		 "architecture and kernel)." },
	{ "ceiling", RV_SET_WORD, SET(ceiling), .words = seccomp_words,
	  .doc = "A profile that the document brings: any (kept), default (only what the default allows too is kept; its own refusals "
		 "stay)." },
	{ "syscalls", RV_SET_ALLOW, SET(syscalls), .check = check_syscall,
	  .doc = "System calls that the default allows besides, whatever their arguments are." },
	{ "denied", RV_SET_DENY, SET(denied), .check = check_syscall,
	  .doc = "System calls that the default does not allow, whatever else says so." },
	{ "architectures", RV_SET_WORD, SET(architectures), .words = arch_words,
	  .doc = "What the default speaks of: any (the machine's and what it can also run: 32-bit programs, for which socketcall goes "
		 "around conditions of socket), native (other system calls kill)." },
	{ 0 }
};

static const char *computed(struct rv_judge *j, const struct rv_json *profile, const struct rv_seccomp_ceiling *c)
{
	rv_autobuf text = { 0 };

	rv_seccomp_write(c, rv_seccomp_is_filter(profile) ? profile : NULL, &text);
	j->plan->failed |= text.failed;
	return rv_arena_strdup(j->arena, rv_buf_str(&text));
}

static bool speaks_of(const struct rv_seccomp_for *to, const struct rv_json *arch)
{
	const char *const *known;
	size_t count = rv_seccomp_arches(to, &known), i = 0;

	while (i < count && strcmp(known[i], rv_json_str(arch)) != 0)
		i++;
	return i < count;
}

static void judge_architectures(struct rv_judge *j, const struct rv_json *profile, const struct rv_seccomp_for *to)
{
	const struct rv_json *arches = rv_json_get(profile, "architectures");
	const char *rule = j->set->seccomp.architectures == RV_ARCHES_NATIVE ? "seccomp.architectures" : CEILING;
	const char *const *known;
	size_t count = rv_seccomp_arches(to, &known), left = 0;

	rv_json_each(arch, arches)
		left += speaks_of(to, arch);
	/* the runtimes put the machine's own in whatever the list says; with it a list of nothing can be read too */
	if (!left && count && rv_json_count(arches)) {
		rv_judge_set(j, rule, "/linux/seccomp/architectures", rv_judge_ptr(j, "[\"%s\"]", known[0]),
			     "the filter speaks of other architectures only");
		return;
	}
	rv_json_each(arch, arches)
		if (!speaks_of(to, arch))
			rv_judge_remove(j, rule, rv_judge_ptr(j, "/linux/seccomp/architectures/%u", arch->index),
					"system calls of %s are not judged here, so they kill", rv_json_str(arch));
}

/* What is neither an architecture nor a rule. */
static void judge_frame(struct rv_judge *j, const struct rv_json *profile)
{
	static const char *const known[] = {
		"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
	};
	static const char *const outside[] = { "listenerPath", "listenerMetadata" };

	if (rv_seccomp_allows_by_default(profile) || rv_seccomp_asks_by_default(profile)) {
		rv_judge_set(j, CEILING, "/linux/seccomp/defaultAction", "\"SCMP_ACT_ERRNO\"",
			     "what the filter does not name is refused");
		rv_judge_set(j, CEILING, "/linux/seccomp/defaultErrnoRet", rv_judge_ptr(j, "%d", EPERM), "with EPERM");
	}
	rv_json_each(flag, rv_json_get(profile, "flags")) {
		size_t i = 0;

		while (i < RV_COUNT(known) && strcmp(known[i], rv_json_str(flag)) != 0)
			i++;
		if (i == RV_COUNT(known))
			rv_judge_remove(j, CEILING, rv_judge_ptr(j, "/linux/seccomp/flags/%u", flag->index),
					"the flag may weaken what the kernel does");
	}
	for (size_t i = 0; i < RV_COUNT(outside); i++)
		if (rv_json_get(profile, outside[i]))
			rv_judge_remove(j, CEILING, rv_judge_ptr(j, "/linux/seccomp/%s", outside[i]),
					"nobody outside decides in the kernel's place");
}

static void judge_calls(struct rv_judge *j, const struct rv_json *profile, const struct rv_seccomp_narrowed *new)
{
	const char *why = "what somebody outside decided is refused";

	if (!new->syscalls)
		return;
	if (rv_seccomp_allows_by_default(profile))
		why = "what the default for its capabilities allows, less what the filter refuses";
	else if (new->taken || new->fewer)
		why = rv_judge_ptr(j, "the default for its capabilities %s%s%s%s%s", new->taken ? "refuses " : "",
				   new->taken ? new->taken : "", new->taken && new->fewer ? ", and " : "",
				   new->fewer ? "takes fewer arguments of " : "", new->fewer ? new->fewer : "");
	rv_judge_set(j, CEILING, "/linux/seccomp/syscalls", new->syscalls, "%s", why);
	if (new->short_of)
		rv_judge_warn(j, "seccomp: conditions of the filter and of the default cannot be joined in full, less is allowed of %s",
			      new->short_of);
}

static void judge_filter(struct rv_judge *j, const struct rv_json *profile, struct rv_seccomp_for *to,
			 const struct rv_seccomp_ceiling *c)
{
	const char *odd = rv_seccomp_odd(profile, j->arena);
	struct rv_seccomp_narrowed new;

	if (odd) {
		rv_judge_fault(j, CEILING, "/linux/seccomp", "correct the filter, or leave it to the default", "the filter has %s", odd);
		return;
	}
	j->plan->failed |= !rv_seccomp_narrow(j->spec->doc, profile, c, j->arena, &new);
	if (new.native_only && rv_seccomp_multiplexes(to))
		rv_judge_deny(j, CEILING, "/linux/seccomp", "allow socketcall and ipc in the filter",
			      "what the filter refuses of sockets cannot be said on this machine");
	to->native |= new.native_only;
	judge_frame(j, profile);
	judge_architectures(j, profile, to);
	judge_calls(j, profile, &new);
}

static void judge(struct rv_judge *j)
{
	const struct rv_json *profile = rv_json_get(j->spec->linux_, "seccomp");
	struct rv_seccomp_for to = {
		.bounding = j->bounding,
		.arch = j->facts->arch,
		.kernel = RV_KERNEL(j->facts->kernel_major, j->facts->kernel_minor),
		.native = j->set->seccomp.architectures == RV_ARCHES_NATIVE,
		.extra = &j->set->seccomp.syscalls,
		.denied = &j->set->seccomp.denied,
	};
	bool enforces = rv_seccomp_enforces(profile);
	struct rv_seccomp_ceiling *c;

	if ((enforces ? j->set->seccomp.ceiling : j->set->seccomp.absent) != RV_SECCOMP_DEFAULT)
		return;
	c = rv_seccomp_ceiling_make(&to, j->arena);
	if (!c)
		j->plan->failed = true;
	else if (enforces)
		judge_filter(j, profile, &to, c);
	else
		rv_judge_set(j, "seccomp.absent", "/linux/seccomp", computed(j, profile, c),
			     "%s: it gets the default for its capabilities",
			     profile && profile->type == RV_JSON_OBJECT ? "the filter refuses nothing"
									: "no system-call filter was asked for");
}

const struct rv_family rv_family_seccomp = {
	.name = "seccomp",
	.settings = settings,
	.judge = judge,
	.doc = "System-call filter. The default is that of docker and containerd: what it allows depends on capabilities, machine and "
	       "kernel. It refuses, whoever asks, new namespaces and mounts without CAP_SYS_ADMIN (unshare, setns, mount, clone3, and "
	       "clone by its flags), keyctl, io_uring, bpf and sockets of AF_ALG and AF_VSOCK; podman's own profile allows some of these, "
	       "and an exception gives them back.",
};
