/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/family.h"
#include "rules/mount.h"

/* Options that contradict each other: runc takes the last one, crun another (measured), so the strict one stays alone. */
static const struct pair {
	const char *strict[2], *loose[2];	/* each with its recursive form */
} pairs[] = {
	{ { "ro", "rro" }, { "rw", "rrw" } },
	{ { "nosuid", "rnosuid" }, { "suid", "rsuid" } },
	{ { "nodev", "rnodev" }, { "dev", "rdev" } },
	{ { "noexec", "rnoexec" }, { "exec", "rexec" } },
};

static const struct {
	const char *name;
	int strength;
} propagations[] = {
	{ "shared", RV_PROP_SHARED }, { "rshared", RV_PROP_SHARED }, { "slave", RV_PROP_SLAVE }, { "rslave", RV_PROP_SLAVE },
};

/* The options as they become, with the reasons; one edit at the end. */
struct options {
	struct rv_judge *j;
	const char **item;
	size_t count, room;
	const char *rule;	/* of the first change, NULL: none */
	struct rv_buf why;
};

static bool has(const struct options *o, const char *word)
{
	for (size_t i = 0; i < o->count; i++)
		if (!strcmp(o->item[i], word))
			return true;
	return false;
}

static bool has_any(const struct options *o, const char *const words[2])
{
	return has(o, words[0]) || has(o, words[1]);
}

static void because(struct options *o, const char *rule, const char *why)
{
	if (!o->rule)
		o->rule = rule;
	if (!strstr(rv_buf_str(&o->why), why))
		rv_buf_addf(&o->why, "%s%s", o->why.len ? "; " : "", why);
}

static void drop(struct options *o, const char *const words[2])
{
	size_t kept = 0;

	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->item[i], words[0]) && strcmp(o->item[i], words[1]))
			o->item[kept++] = o->item[i];
	o->count = kept;
}

static void add(struct options *o, const char *word)
{
	if (o->count < o->room)
		o->item[o->count++] = word;
}

static void begin(struct options *o, const struct rv_judge *j, const struct rv_json *mount)
{
	const struct rv_json *list = rv_json_get(mount, "options");

	/* ro, rro, size and the forced ones are all that is ever added */
	o->room = rv_json_count(list) + j->set->mounts.forced_options.count + 3;
	o->item = rv_arena_alloc(j->arena, o->room * sizeof(*o->item));
	if (!o->item)
		o->room = 0;
	rv_json_each(v, list)
		add(o, rv_json_str(v));
}

static void finish(struct options *o, const struct rv_mount_case *c)
{
	rv_autobuf json = { 0 };

	for (size_t i = 0; i < o->count; i++)
		rv_buf_addf(&json, "%s%s", i ? "," : "[", rv_judge_str(o->j, o->item[i]));
	rv_buf_adds(&json, o->count ? "]" : "[]");
	if (json.failed || o->why.failed)
		o->j->plan->failed = true;
	else
		rv_judge_set(o->j, o->rule, rv_judge_ptr(o->j, "%s/options", c->pointer), rv_buf_str(&json), "%s",
			     rv_buf_str(&o->why));
}

static void take_denied(struct options *o)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->count; i++) {
		if (rv_list_any(&o->j->set->mounts.denied_options, o->item[i]))
			because(o, "mounts.deniedOptions", rv_judge_ptr(o->j, "option %s is not taken", o->item[i]));
		else
			o->item[kept++] = o->item[i];
	}
	o->count = kept;
}

static void settle_contradictions(struct options *o)
{
	if (o->j->set->mounts.host_path == RV_HOSTPATH_ANY && o->j->set->mounts.destinations == RV_DEST_ANY)
		return;
	for (size_t i = 0; i < RV_COUNT(pairs); i++) {
		if (!has_any(o, pairs[i].strict) || !has_any(o, pairs[i].loose))
			continue;
		drop(o, pairs[i].loose);
		because(o, "mounts.deniedOptions",
			rv_judge_ptr(o->j, "%s and %s contradict each other, the stricter holds", pairs[i].strict[0],
				     pairs[i].loose[0]));
	}
}

static void make_ro(struct options *o, const char *rule, const char *why)
{
	if (has_any(o, pairs[0].loose) || !has_any(o, pairs[0].strict)) {
		drop(o, pairs[0].loose);
		if (!has_any(o, pairs[0].strict))
			add(o, "ro");
		because(o, rule, why);
	}
}

/* A recursive bind made read-only leaves what is mounted below it writable (measured): without rro nothing below comes along. */
static void make_submounts_ro(struct options *o, const struct rv_mount_case *c)
{
	static const char *const rbind[2] = { "rbind", "rbind" };

	if (!has(o, "rbind") || !rv_mount_tree_writable(o->j, c) || (has(o, "rro") && rv_runtime_takes(o->j->facts, "rro")))
		return;
	if (rv_runtime_takes(o->j->facts, "rro")) {
		add(o, "rro");
		because(o, "mounts.allowed", "read-only with everything mounted below it");
		return;
	}
	drop(o, rbind);
	if (!has(o, "bind"))
		add(o, "bind");
	because(o, "mounts.allowed", "without what is mounted below it, which this runtime cannot make read-only");
}

static void keep_read_only(struct options *o, const struct rv_mount_case *c)
{
	if (!c->bind && c->type && rv_list_any(&o->j->set->mounts.read_only_types, c->type) && !rv_mount_is_supplied(o->j, c))
		make_ro(o, "mounts.readOnlyTypes", rv_judge_ptr(o->j, "%s is read-only", c->type));
	if ((c->only_by_allow && !c->allow->rw) || c->names_ro) {
		make_ro(o, "mounts.allowed", rv_judge_ptr(o->j, "%s is allowed read-only", c->allow ? c->allow->source : c->source));
		make_submounts_ro(o, c);
	}
}

static int allowed_propagation(const struct rv_judge *j, const struct rv_mount_case *c)
{
	int strongest = j->set->mounts.propagation;

	for (int i = 0; c->allow && c->allow->propagation && rv_words_propagation[i]; i++)
		if (!strcmp(rv_words_propagation[i], c->allow->propagation) && i < strongest)
			strongest = i;
	return strongest;
}

static void lower_propagation(struct options *o, const struct rv_mount_case *c)
{
	int strongest = allowed_propagation(o->j, c);

	for (size_t i = 0; i < o->count; i++) {
		for (size_t k = 0; k < RV_COUNT(propagations); k++) {
			if (strcmp(o->item[i], propagations[k].name) || propagations[k].strength >= strongest)
				continue;
			because(o, "mounts.propagation",
				rv_judge_ptr(o->j, "propagation is at most %s", rv_words_propagation[strongest]));
			o->item[i] = rv_judge_ptr(o->j, "%s%s", propagations[k].name[0] == 'r' ? "r" : "",
						  rv_words_propagation[strongest]);
			break;
		}
	}
}

/* What is mounted below keeps its own flags but for the recursive form. */
static const char *reaching(const struct options *o, const struct rv_mount_case *c, const char *word)
{
	const char *recursive = rv_judge_ptr(o->j, "r%s", word);

	return word[0] != 'r' && has(o, "rbind") && rv_mount_has_below(o->j, c) && rv_runtime_takes(o->j->facts, recursive)
		       ? recursive : word;
}

static void force(struct options *o, const struct rv_mount_case *c)
{
	const struct rv_list *forced = &o->j->set->mounts.forced_options;

	if (!c->bind || (c->stage.kind != RV_STAGED_NO && c->stage.kind != RV_STAGED_VOLUME))
		return;
	for (size_t i = 0; i < forced->count; i++) {
		const char *word = reaching(o, c, forced->item[i]);

		if (has(o, word))
			continue;
		if (rv_runtime_drops(o->j->facts, forced->item[i])) {
			rv_judge_deny(o->j, "mounts.forcedOptions", c->pointer, "force it without r, or use a newer runtime",
				      "%s is forced, which this runtime would leave out without a word", forced->item[i]);
			continue;
		}
		for (size_t k = 0; k < RV_COUNT(pairs); k++)
			if (!strcmp(pairs[k].strict[0], forced->item[i]) || !strcmp(pairs[k].strict[1], forced->item[i]))
				drop(o, pairs[k].loose);
		add(o, word);
		because(o, "mounts.forcedOptions", rv_judge_ptr(o->j, "%s is forced", word));
	}
}

/* tmpfs(5): bytes with a suffix as memparse() has them; 0, a percentage and nr_blocks are no limit that we could compare. */
static bool size_within(const char *text, uint64_t max)
{
	static const char suffixes[] = "kmgtpe";
	size_t digits = strspn(text, "0123456789");
	unsigned shift = 0;
	uint64_t value;

	if (text[digits]) {
		const char *suffix = strchr(suffixes, text[digits] | 0x20);

		if (!suffix || text[digits + 1])
			return false;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	return rv_str_u64(text, digits, UINT64_MAX, &value) && value && value <= max >> shift;
}

/* Both runtimes join what they do not know with commas, so one option can carry another. */
static bool is_size(const char *option)
{
	return rv_str_starts(option, "size=") || rv_str_starts(option, "nr_blocks=") || strstr(option, ",size=") ||
	       strstr(option, ",nr_blocks=");
}

static void limit_tmpfs(struct options *o, const struct rv_mount_case *c)
{
	uint64_t max = o->j->set->mounts.tmpfs_size;
	size_t kept = 0;
	bool found = false, ok = true;

	if (c->bind || !c->type || strcmp(c->type, "tmpfs") || !max)
		return;
	for (size_t i = 0; i < o->count; i++) {
		if (!is_size(o->item[i]))
			continue;
		found = true;
		ok &= rv_str_starts(o->item[i], "size=") && size_within(o->item[i] + strlen("size="), max);
	}
	if (found && ok)
		return;
	for (size_t i = 0; i < o->count; i++)
		if (!is_size(o->item[i]))
			o->item[kept++] = o->item[i];
	o->count = kept;
	add(o, rv_judge_ptr(o->j, "size=%llu", (unsigned long long)max));
	because(o, "mounts.tmpfsSize", "a tmpfs has a size");
}

void rv_mount_judge_options(struct rv_judge *j, struct rv_mount_case *c)
{
	struct options o = { .j = j };

	begin(&o, j, c->mount);
	take_denied(&o);
	settle_contradictions(&o);
	keep_read_only(&o, c);
	lower_propagation(&o, c);
	force(&o, c);
	limit_tmpfs(&o, c);
	c->ro = has_any(&o, pairs[0].strict) && !has_any(&o, pairs[0].loose);
	if (o.rule)
		finish(&o, c);
	rv_buf_done(&o.why);
}
