/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <sys/capability.h>

#include "rules/family.h"
#include "rules/seccomp-narrow.h"

static const char *const privileged_words[] = { "allow", "rewrite", "deny", NULL };

/* CAP_ and upper case are read alike: runc drops other spellings, crun 1.8.1 honours cap_sys_admin and SYS_ADMIN. */
static bool number_of(const char *name, cap_value_t *number)
{
	for (const char *c = name; *c; c++)
		if (islower((unsigned char)*c))
			return false;
	return rv_str_starts(name, "CAP_") && cap_from_name(name, number) == 0;
}

static const char *check_capability(const char *item)
{
	cap_value_t number;
	char name[64];

	if (strcmp(item, "ALL") == 0)
		return NULL;
	if (rv_str_starts(item, "CAP_"))
		return "capabilities are named without CAP_";
	/* what does not fit is longer than any name, and cut it is none either */
	snprintf(name, sizeof(name), "CAP_%s", item);
	return number_of(name, &number) ? NULL : "no such capability (names are in upper case: NET_ADMIN)";
}

#define SET(field) offsetof(struct rv_settings, capabilities.field)

static const struct rv_setting settings[] = {
	{ "allowed", RV_SET_ALLOW, SET(allowed), .check = check_capability,
	  .doc = "Capabilities (without CAP_) that the bounding, permitted and effective sets may hold; others are taken out. ALL stands "
		 "for every one." },
	{ "ambient", RV_SET_ALLOW, SET(ambient), .check = check_capability, .doc = "Capabilities that the ambient set may hold." },
	{ "inheritable", RV_SET_ALLOW, SET(inheritable), .check = check_capability,
	  .doc = "Capabilities that the inheritable set may hold (CVE-2022-29162: engines set too many); those allowed as ambient may be "
		 "here too." },
	{ "noNewPrivileges", RV_SET_FLAG, SET(no_new_privileges), .doc = "Set process.noNewPrivileges." },
	{ "privileged", RV_SET_WORD, SET(privileged), .words = privileged_words,
	  .doc = "A container that asks for the whole of privileged (every capability, no seccomp, no masks, all devices): allow, rewrite "
		 "(each part is judged by its own control), deny." },
	{ 0 }
};

#define NET_BIND (UINT64_C(1) << CAP_NET_BIND_SERVICE)
#define EVERY UINT64_MAX

static const char *const sets[] = { "bounding", "effective", "permitted", "inheritable", "ambient" };
enum { BOUNDING, EFFECTIVE, PERMITTED, INHERITABLE, AMBIENT, SETS };

/* What may stay in a set, and the rule that says so. */
struct ceiling {
	uint64_t mask[SETS];
	const char *why;
};

static const char *const set_rules[SETS] = {
	"capabilities.allowed", "capabilities.allowed", "capabilities.allowed", "capabilities.inheritable",
	"capabilities.ambient",
};

/* EVERY when all lists of the chain say ALL: then names are not looked at. */
static uint64_t mask_of_list(const struct rv_list *list)
{
	uint64_t all = EVERY;

	for (; list; list = list->also) {
		uint64_t one = 0;

		for (size_t i = 0; i < list->count; i++) {
			char name[64];
			cap_value_t number;

			snprintf(name, sizeof(name), "CAP_%s", list->item[i]);
			if (strcmp(list->item[i], "ALL") == 0)
				one = EVERY;
			else if (number_of(name, &number))
				one |= UINT64_C(1) << number;
		}
		all &= one;
	}
	return all;
}

/* The capabilities of a set that both runtimes read the same way. */
static uint64_t mask_of_set(const struct rv_json *set)
{
	uint64_t mask = 0;
	cap_value_t number;

	rv_json_each(item, set) {
		const char *name = rv_json_str(item);

		if (name && number_of(name, &number))
			mask |= UINT64_C(1) << number;
	}
	return mask;
}

/* One edit for a whole set: names above the ceiling go, those in `add` that are missing come. */
static void cut(struct rv_judge *j, int which, const struct rv_json *set, uint64_t mask, uint64_t add, const char *why)
{
	rv_autobuf kept = { 0 }, gone = { 0 };
	cap_value_t number;
	size_t taken = 0;

	if (add)
		add &= ~mask_of_set(set);
	rv_json_each(item, set) {
		const char *name = rv_json_str(item);

		if (name && number_of(name, &number) && mask & UINT64_C(1) << number)
			rv_buf_addf(&kept, "%s\"%s\"", kept.len ? "," : "", name);
		else if (taken++ < 6)
			rv_buf_addf(&gone, "%s%s", gone.len ? ", " : "", name ? name : "null");
	}
	if (add & NET_BIND)
		rv_buf_addf(&kept, "%s\"CAP_NET_BIND_SERVICE\"", kept.len ? "," : "");
	if (taken > 6)
		rv_buf_addf(&gone, " and %zu more", taken - 6);
	j->plan->failed |= kept.failed || gone.failed;
	if (taken)
		rv_judge_set(j, set_rules[which], rv_judge_ptr(j, "%s/capabilities/%s", j->base, sets[which]),
			     rv_judge_ptr(j, "[%s]", rv_buf_str(&kept)), "%s %s", why, rv_buf_str(&gone));
	else if (add)
		rv_judge_set(j, set_rules[which], rv_judge_ptr(j, "%s/capabilities/%s", j->base, sets[which]),
			     rv_judge_ptr(j, "[%s]", rv_buf_str(&kept)),
			     "without root, a port below 1024 needs it in this set");
}

static uint64_t set_of(const struct rv_json *caps, int which)
{
	return mask_of_set(rv_json_get(caps, sets[which]));
}

static void apply_ceiling(struct rv_judge *j, const struct rv_json *caps, const struct ceiling *c, uint64_t add)
{
	for (int i = 0; i < SETS; i++)
		cut(j, i, rv_json_get(caps, sets[i]), c->mask[i], add, c->why);
	rv_json_each(member, caps) {
		bool known = false;

		for (int i = 0; i < SETS; i++)
			known |= strcmp(member->key, sets[i]) == 0;
		if (!known)
			rv_judge_remove(j, "capabilities.allowed",
					rv_judge_ptr(j, "%s/capabilities/%s", j->base, rv_judge_key(j, member->key)),
					"no set of this name is known");
	}
}

/* The kernel clears the effective set when it executes a program as another user than root: only ambient capabilities stay. */
static uint64_t keeps_port_80(const struct rv_judge *j, const struct rv_json *caps, const struct ceiling *c)
{
	if (!j->root_rewritten)
		return 0;
	return (set_of(caps, BOUNDING) | set_of(caps, EFFECTIVE)) & c->mask[BOUNDING] & c->mask[AMBIENT] & NET_BIND;
}

static void judge_sets(struct rv_judge *j)
{
	const struct rv_json *caps = rv_json_get(j->spec->process, "capabilities");
	uint64_t allowed = mask_of_list(&j->set->capabilities.allowed), add;
	struct ceiling c = { .why = "above the ceiling:" };

	for (int i = BOUNDING; i <= PERMITTED; i++)
		c.mask[i] = allowed;
	c.mask[AMBIENT] = allowed & mask_of_list(&j->set->capabilities.ambient);
	c.mask[INHERITABLE] = allowed & mask_of_list(&j->set->capabilities.inheritable);
	add = keeps_port_80(j, caps, &c);
	/* The ambient set only takes what is inheritable. */
	c.mask[INHERITABLE] |= c.mask[AMBIENT] & (set_of(caps, AMBIENT) | add);
	j->bounding = (set_of(caps, BOUNDING) & allowed) | add;
	/* No object is no capability, in both runtimes. */
	if (!caps || caps->type != RV_JSON_OBJECT)
		return;
	if (c.mask[BOUNDING] != EVERY || c.mask[INHERITABLE] != EVERY || c.mask[AMBIENT] != EVERY)
		apply_ceiling(j, caps, &c, add);
}

/* Where nobody is to be root, a set-uid program of the image would be the way back. */
static void judge_nnp(struct rv_judge *j)
{
	bool no_root = j->set->user.root != RV_ROOT_KEEP && !j->userns_safe && !j->facts->sandbox;
	const char *pointer = rv_judge_ptr(j, "%s/noNewPrivileges", j->base);

	if (!j->spec->process || rv_json_true(rv_json_get(j->spec->process, "noNewPrivileges")))
		return;
	if (j->set->capabilities.no_new_privileges)
		rv_judge_set(j, "capabilities.noNewPrivileges", pointer, "true",
			     "no program may gain privileges when it is executed");
	else if (no_root)
		rv_judge_set(j, "user.root", pointer, "true", "no set-uid program may bring root back");
}

static bool allows_all_devices(const struct rv_json *linux_)
{
	bool all = false;

	rv_json_each(rule, rv_json_get(rv_json_get(linux_, "resources"), "devices")) {
		const char *type = rv_json_str(rv_json_get(rule, "type"));
		const struct rv_json *major = rv_json_get(rule, "major"), *minor = rv_json_get(rule, "minor");
		int64_t number;

		if ((type && *type && strcmp(type, "a") != 0) || (rv_json_i64(major, &number) && number >= 0) ||
		    (rv_json_i64(minor, &number) && number >= 0))
			continue;
		all = rv_json_true(rv_json_get(rule, "allow"));
	}
	return all;
}

/* No field says "privileged": engines show it by all of these at once. A kernel may lack the newest capabilities. */
static bool is_privileged(const struct rv_judge *j)
{
	const struct rv_json *l = j->spec->linux_;
	uint64_t bounding = set_of(rv_json_get(j->spec->process, "capabilities"), BOUNDING);

	return bounding & UINT64_C(1) << CAP_SYS_ADMIN && __builtin_popcountll(bounding) >= 30 &&
	       !rv_seccomp_enforces(rv_json_get(l, "seccomp")) && rv_json_count(rv_json_get(l, "maskedPaths")) == 0 &&
	       rv_json_count(rv_json_get(l, "readonlyPaths")) == 0 && allows_all_devices(l);
}

static void judge(struct rv_judge *j)
{
	j->privileged = is_privileged(j);
	if (j->privileged && j->set->capabilities.privileged == RV_PRIV_DENY)
		rv_judge_deny(j, "capabilities.privileged", rv_judge_ptr(j, "%s/capabilities", j->base),
			      "name the capabilities and devices that are needed instead of --privileged, or allow "
			      "\"capabilities\": {\"privileged\": \"rewrite\"}, which runs it without what it is made of",
			      "asks for a privileged container: all capabilities and devices, no filter, no masked paths");
	else if (j->privileged && j->set->capabilities.privileged == RV_PRIV_REWRITE)
		rv_judge_warn(j, "asks for a privileged container: what it is made of is taken away part by part");
	judge_sets(j);
	judge_nnp(j);
}

/* Never more than the container has. Engines send the same stored sets for every exec, so what is above is cut, not refused. */
static void judge_exec(struct rv_judge *j)
{
	const struct rv_json *own, *caps = rv_json_get(j->spec->process, "capabilities");
	struct ceiling c = { .why = "the container does not have" };

	if (!j->container) {
		judge_sets(j);
		judge_nnp(j);
		return;
	}
	/* A policy without a ceiling only watches. */
	if (mask_of_list(&j->set->capabilities.allowed) == EVERY)
		return;
	own = rv_json_get(j->container->process, "capabilities");
	j->bounding = set_of(own, BOUNDING);
	for (int i = 0; i < SETS; i++)
		c.mask[i] = set_of(own, BOUNDING);
	c.mask[AMBIENT] &= set_of(own, AMBIENT);
	c.mask[INHERITABLE] &= set_of(own, INHERITABLE);
	if (caps && caps->type == RV_JSON_OBJECT)
		apply_ceiling(j, caps, &c, 0);
	/* Both runtimes read an absent noNewPrivileges as false, whatever the container has. */
	if (rv_json_true(rv_json_get(j->container->process, "noNewPrivileges")) &&
	    !rv_json_true(rv_json_get(j->spec->process, "noNewPrivileges")))
		rv_judge_set(j, "capabilities.noNewPrivileges", rv_judge_ptr(j, "%s/noNewPrivileges", j->base), "true",
			     "the container itself has it");
}

const struct rv_family rv_family_capabilities = {
	.name = "capabilities",
	.settings = settings,
	.judge = judge,
	.judge_exec = judge_exec,
	.doc = "The ceiling over all five capability sets, noNewPrivileges, and the conjunction that is called privileged.",
};
