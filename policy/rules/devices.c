/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/sysmacros.h>

#include "rules/device.h"
#include "rules/family.h"

struct device {
	char type;
	int64_t major, minor;	/* RV_DEVICE_ANY */
	const char *access;
};

/* "1" or "*" up to the byte `end`; returns what follows it. */
static const char *read_number(const char *text, char end, int64_t *out)
{
	size_t len = strcspn(text, ": ");
	uint64_t number;

	if (text[len] != end)
		return NULL;
	if (len == 1 && *text == '*')
		*out = RV_DEVICE_ANY;
	else if (rv_str_u64(text, len, UINT32_MAX, &number))
		*out = (int64_t)number;
	else
		return NULL;
	return text + len + 1;
}

static bool read_device(const char *item, struct device *out)
{
	const char *at;

	if (!strcmp(item, "all")) {
		*out = (struct device){ 'a', RV_DEVICE_ANY, RV_DEVICE_ANY, "rwm" };
		return true;
	}
	if ((*item != 'b' && *item != 'c') || item[1] != ' ')
		return false;
	out->type = *item;
	at = read_number(item + 2, ':', &out->major);
	at = at ? read_number(at, ' ', &out->minor) : NULL;
	out->access = at;
	return at && *at && !at[strspn(at, "rwm")];
}

static const char *check_device(const char *item)
{
	struct device device;

	return read_device(item, &device)
		       ? NULL
		       : "is neither \"all\" nor written as \"c 1:3 rwm\": type (c or b), numbers (or *), access";
}

static bool item_takes(const char *item, char type, int64_t major, int64_t minor, const char *access)
{
	struct device d;

	return read_device(item, &d) && (d.type == 'a' || d.type == type) && (d.major == RV_DEVICE_ANY || d.major == major) &&
	       (d.minor == RV_DEVICE_ANY || d.minor == minor) && !access[strspn(access, d.access)];
}

bool rv_device_allowed(const struct rv_list *allowed, char type, int64_t major, int64_t minor, const char *access)
{
	for (; allowed; allowed = allowed->also) {
		size_t i = 0;

		while (i < allowed->count && !item_takes(allowed->item[i], type, major, minor, access))
			i++;
		if (i == allowed->count)
			return false;
	}
	return true;
}

bool rv_device_all(const struct rv_list *allowed)
{
	return rv_device_allowed(allowed, 'a', RV_DEVICE_ANY, RV_DEVICE_ANY, "rwm");
}

static const char *const violation_words[] = { "remove", "asked", "deny", NULL };

#define SET(field) offsetof(struct rv_settings, devices.field)

static const struct rv_setting settings[] = {
	{ "allowed", RV_SET_ALLOW, SET(allowed), .check = check_device,
	  .doc = "Devices as type, numbers and access: c 1:3 rwm, c 136:* rw, b 8:0 r. all is every device, unjudged." },
	{ "violation", RV_SET_WORD, SET(violation), .words = violation_words,
	  .doc = "A node or rule that is not allowed: remove (it is left out), asked (one that was asked for by itself is refused, what "
		 "--privileged brings along is left out), deny." },
	{ "denyAllFirst", RV_SET_FLAG, SET(deny_all_first),
	  .doc = "linux.resources.devices begins with a rule that denies all (GHSA-g54h-m393-cpwq)." },
	{ 0 }
};

/* As a directory that the kubelet staged is the pod's own, so is a device. */
static bool is_staged(const struct rv_judge *j, const struct device *d)
{
	for (size_t i = 0; d->type == 'b' && i < j->facts->block_count; i++) {
		const struct rv_block_fact *b = &j->facts->blocks[i];

		if (major(b->rdev) == (uint64_t)d->major && minor(b->rdev) == (uint64_t)d->minor &&
		    rv_list_glob(&j->set->mounts.volumes, b->plugin))
			return true;
	}
	return false;
}

static bool is_allowed(const struct rv_judge *j, const struct device *d, const char *access)
{
	return rv_device_allowed(&j->set->devices.allowed, d->type, d->major, d->minor, access) || is_staged(j, d);
}

/* Linux admin-guide/devices.txt: a node under one of these names is what programs open unasked. */
static const struct {
	const char *path;
	char type;
	int64_t major, minor;
} well_known[] = {
	{ "/dev/null", 'c', 1, 3 },    { "/dev/zero", 'c', 1, 5 }, { "/dev/full", 'c', 1, 7 },	  { "/dev/random", 'c', 1, 8 },
	{ "/dev/urandom", 'c', 1, 9 }, { "/dev/tty", 'c', 5, 0 },  { "/dev/console", 'c', 5, 1 }, { "/dev/ptmx", 'c', 5, 2 },
};

/* Both ways: the name has its numbers, and the numbers stand under their name. */
static bool fits_name(const char *path, const struct device *d)
{
	for (size_t i = 0; i < RV_COUNT(well_known); i++) {
		bool name = !strcmp(well_known[i].path, path);
		bool numbers =
			well_known[i].type == d->type && well_known[i].major == d->major && well_known[i].minor == d->minor;

		if (name != numbers)
			return false;
	}
	return true;
}

/* Linux kdev_t.h. Runtimes cut larger numbers: runc 1.1.5 makes 1:3 of 4097:3 and of 1:1048579. */
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575

static bool is_number(int64_t major, int64_t minor)
{
	return major >= 0 && major <= MAJOR_MAX && minor >= 0 && minor <= MINOR_MAX;
}

/* Unix98 terminals (majors 136 to 143) are made by devpts; a node of one would be somebody else's. */
static bool is_terminal(const struct device *d)
{
	return d->type == 'c' && d->major >= 136 && d->major <= 143;
}

/* As rules have them: absent or negative is every one. runc's version for cgroup v2 takes any negative number so. */
static int64_t number_of(const struct rv_json *object, const char *name)
{
	int64_t number;

	return rv_json_i64(rv_json_get(object, name), &number) && number >= 0 ? number : RV_DEVICE_ANY;
}

/* An absent type of a rule means all. runc also takes u for c in a node; no engine writes it, so it is none that is listed. */
static char type_of(const struct rv_json *object)
{
	const char *type = rv_json_str(rv_json_get(object, "type"));

	if (!type || !*type)
		return 'a';
	return type[1] ? '?' : *type;
}

/* In a user namespace runc makes no node but binds the host's file of that name, whatever its numbers are (measured). */
static bool binds_another(const struct rv_judge *j, size_t index, const struct device *d)
{
	const struct rv_path_fact *f = index < j->facts->device_count ? &j->facts->devices[index] : NULL;

	return f && f->exists &&
	       (!(d->type == 'b' ? S_ISBLK(f->mode) : S_ISCHR(f->mode)) || major(f->rdev) != (uint64_t)d->major ||
		minor(f->rdev) != (uint64_t)d->minor);
}

static bool opens_all(const struct rv_json *rule)
{
	return rv_json_true(rv_json_get(rule, "allow")) &&
	       (type_of(rule) == 'a' || (number_of(rule, "major") < 0 && number_of(rule, "minor") < 0));
}

static bool opens_just(const struct rv_json *rule, const struct device *d)
{
	return rv_json_true(rv_json_get(rule, "allow")) && type_of(rule) == d->type && number_of(rule, "major") == d->major &&
	       number_of(rule, "minor") == d->minor;
}

/* --privileged brings every node of the host along, and one rule for all of them; a device that is asked for has its own. */
static bool node_is_asked(const struct rv_judge *j, const struct device *d)
{
	bool all = false, just = false;

	rv_json_each(rule, rv_json_at(j->spec->doc->root, "/linux/resources/devices")) {
		all |= opens_all(rule);
		just |= opens_just(rule, d);
	}
	return just || !all;
}

/* Without a number it is a part of --privileged, without r and w it lets nodes be made only, and net/tun's comes with old
 * engines unasked. */
static bool rule_is_asked(const struct device *d)
{
	return d->type != 'a' && d->major >= 0 && strpbrk(d->access, "rw") &&
	       !(d->type == 'c' && d->major == 10 && d->minor == 200);
}

static int violation_of(const struct rv_judge *j, bool asked)
{
	if (j->set->devices.violation == RV_DEVICE_ASKED)
		return asked ? RV_VIOLATION_DENY : RV_VIOLATION_REMOVE;
	return j->set->devices.violation == RV_DEVICE_DENY ? RV_VIOLATION_DENY : RV_VIOLATION_REMOVE;
}

static const char *text_of(struct rv_judge *j, const struct device *d)
{
	const char *major = d->major < 0 ? "*" : rv_judge_ptr(j, "%lld", (long long)d->major);
	const char *minor = d->minor < 0 ? "*" : rv_judge_ptr(j, "%lld", (long long)d->minor);

	if (d->type == 'a')
		return "all";
	return rv_judge_ptr(j, "%c %s:%s %s", d->type, major, minor, d->access);
}

static const char *allow_advice(struct rv_judge *j, const struct device *d)
{
	return rv_judge_ptr(j, "leave it out, or allow \"devices\": [\"%s\"]", text_of(j, d));
}

static const char *node_text(struct rv_judge *j, const char *path, const struct device *d)
{
	return rv_judge_ptr(j, "%s (%c %lld:%lld)", path, d->type, (long long)d->major, (long long)d->minor);
}

/* What is wrong with a node, and what to do instead; NULL: it may stay. */
static const char *fault_of(struct rv_judge *j, const char *path, const struct device *d, size_t index, const char **advice)
{
	const char *clean = path && *path == '/' ? rv_path_clean(j->arena, path) : NULL;

	*advice = "place it below /dev";
	if (!clean || strcmp(clean, path) || !rv_str_starts(clean, "/dev/"))
		return rv_judge_ptr(j, "makes a device at \"%s\", which is no clean path below /dev", path ? path : "");
	*advice = "leave it out";
	if ((d->type != 'b' && d->type != 'c') || !is_number(d->major, d->minor))
		return rv_judge_ptr(j, "makes %s, which is no device", node_text(j, path, d));
	if (is_terminal(d))
		return rv_judge_ptr(j, "makes %s, a terminal that is not the container's own", node_text(j, path, d));
	*advice = allow_advice(j, d);
	if (!is_allowed(j, d, ""))
		return rv_judge_ptr(j, "makes the device %s", node_text(j, path, d));
	*advice = "give a device its usual name";
	if (!fits_name(path, d))
		return rv_judge_ptr(j, "makes %s with the numbers of another device", node_text(j, path, d));
	*advice = "name a device by the path that it has on the host";
	if (binds_another(j, index, d))
		return rv_judge_ptr(j, "makes %s; in a user namespace that is the host's %s, another device",
				    node_text(j, path, d), path);
	return NULL;
}

/* The rule that opens the node when it stays; NULL when it does not. */
static const char *judge_node(struct rv_judge *j, const struct rv_json *node, size_t index)
{
	const char *path = rv_json_str(rv_json_get(node, "path")), *fault, *advice;
	struct device d = { .type = type_of(node), .access = "rwm" };

	/* what is absent is 0 to both runtimes */
	rv_json_i64(rv_json_get(node, "major"), &d.major);
	rv_json_i64(rv_json_get(node, "minor"), &d.minor);
	fault = fault_of(j, path, &d, index, &advice);
	if (fault)
		rv_judge_violation(j, violation_of(j, node_is_asked(j, &d)), "devices.allowed",
				   rv_judge_ptr(j, "/linux/devices/%zu", index), advice, "%s", fault);
	else if (is_allowed(j, &d, d.access))
		return rv_judge_ptr(j, "{\"allow\":true,\"type\":\"%c\",\"major\":%lld,\"minor\":%lld,\"access\":\"rwm\"}",
				    d.type, (long long)d.major, (long long)d.minor);
	return NULL;
}

static bool is_absent(const struct rv_json *object, const char *name)
{
	const struct rv_json *value = rv_json_get(object, name);

	return !value || value->type == RV_JSON_NULL;
}

/* The rule that the list must begin with, and no variant of it: {"allow": false, "access": "rwm"}. */
static bool denies_all(const struct rv_json *rule)
{
	const char *access = rv_json_str(rv_json_get(rule, "access")), *type = rv_json_str(rv_json_get(rule, "type"));

	return rule && !rv_json_true(rv_json_get(rule, "allow")) && (is_absent(rule, "type") || !strcmp(type, "a")) &&
	       is_absent(rule, "major") && is_absent(rule, "minor") &&
	       (is_absent(rule, "access") ||
		(strlen(access) == 3 && strchr(access, 'r') && strchr(access, 'w') && strchr(access, 'm')));
}

/* An absent access means all of it, as crun takes it. */
static bool rule_allowed(struct rv_judge *j, const struct rv_json *rule, struct device *d)
{
	const char *access = rv_json_str(rv_json_get(rule, "access"));

	*d = (struct device){ .type = type_of(rule), .major = number_of(rule, "major"), .minor = number_of(rule, "minor"),
			      .access = access && *access ? access : "rwm" };
	return !rv_json_true(rv_json_get(rule, "allow")) || rv_device_all(&j->set->devices.allowed) ||
	       (d->major <= MAJOR_MAX && d->minor <= MINOR_MAX && is_allowed(j, d, d->access));
}

/* Rules of nodes that stay, for when the rule that opened them is taken out, such as --privileged's of all devices: runc
 * supplies rules only for those usual nodes that the document does not list. */
struct opened {
	const char **rule;
	size_t count;
};

/* The list anew, with the deny-all in front and without what is not allowed, because pointers into it would move. */
static void put_deny_all_first(struct rv_judge *j, const struct rv_json *rules, const struct opened *nodes, const char *pointer)
{
	bool taken = false;
	rv_autobuf json = { 0 };
	struct device d;

	rv_buf_adds(&json, "[{\"allow\":false,\"access\":\"rwm\"}");
	rv_json_each(rule, rules)
		if (rule_allowed(j, rule, &d))
			rv_buf_addf(&json, ",%s", rv_json_text(j->spec->doc, rule));
		else
			taken = true;
	for (size_t i = 0; taken && i < nodes->count; i++)
		rv_buf_addf(&json, ",%s", nodes->rule[i]);
	rv_buf_adds(&json, "]");
	if (json.failed)
		j->plan->failed = true;
	else
		rv_judge_set(j, "devices.denyAllFirst", pointer, rv_buf_str(&json),
			     "the list begins with a rule that denies all devices (GHSA-g54h-m393-cpwq)");
}

static void judge_rules(struct rv_judge *j, const char *pointer, const struct opened *nodes, bool update)
{
	const struct rv_json *rules = rv_json_at(j->spec->doc->root, pointer);
	bool anew = !update && j->set->devices.deny_all_first && !denies_all(rv_json_first(rules)), taken = false;
	struct device d;
	size_t i = 0;

	rv_json_each(rule, rules) {
		if (!rule_allowed(j, rule, &d)) {
			int violation = violation_of(j, !update && rule_is_asked(&d));

			if (!anew || violation == RV_VIOLATION_DENY)
				rv_judge_violation(j, violation, "devices.allowed", rv_judge_ptr(j, "%s/%zu", pointer, i),
						   allow_advice(j, &d), "opens the devices %s", text_of(j, &d));
			taken |= violation == RV_VIOLATION_REMOVE;
		}
		i++;
	}
	if (anew)
		put_deny_all_first(j, rules, nodes, pointer);
	for (i = 0; taken && !anew && i < nodes->count; i++)
		rv_judge_append(j, "devices.allowed", pointer, nodes->rule[i],
				"its node stays, the rule that opened it does not");
}

static void judge(struct rv_judge *j)
{
	const struct rv_json *devices = rv_json_get(j->spec->linux_, "devices");
	struct opened nodes = { .rule = rv_arena_alloc(j->arena, (rv_json_count(devices) + 1) * sizeof(char *)) };
	size_t i = 0;

	if (!nodes.rule)
		return;
	if (!rv_device_all(&j->set->devices.allowed)) {
		rv_json_each(node, devices) {
			const char *rule = judge_node(j, node, i++);

			if (rule)
				nodes.rule[nodes.count++] = rule;
		}
	}
	judge_rules(j, "/linux/resources/devices", &nodes, false);
}

/* containerd sends the whole of linux.resources again, as it was asked for and not as it was given: refused it would be for
 * what create took out. crun acts on the devices in it, runc does not. */
static void judge_update(struct rv_judge *j)
{
	judge_rules(j, "/devices", &(struct opened){ 0 }, true);
}

const struct rv_family rv_family_devices = {
	.name = "devices",
	.settings = settings,
	.judge = judge,
	.judge_update = judge_update,
	.doc = "Device nodes and device cgroup rules.",
};
