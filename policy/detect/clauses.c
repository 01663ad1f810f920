/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions as clauses. What one clause cannot say is a choice: one of several operations, a path or a base name. Where a detection
 * has one object of conditions, a choice becomes an exception of its own, "none of these", before the clause; elsewhere
 * there is a clause for each combination. Conditions that only the monitor can decide leave terms that hold at least where they do.
 */
#include "detect/classes.h"

struct word { __u64 mask, want; };
struct conj { struct word word[RV_WORDS]; bool never; };

#define CHOICES 32
struct choice { size_t count; struct { unsigned word; __u64 bit; } of[CHOICES]; };

struct clauses {
	struct rv_detect_compiler *c;
	struct rv_classes classes;
	size_t rule, room;
	bool candidate;
	const char *fault;
};

static void demand(struct conj *k, unsigned word, __u64 mask, __u64 want)
{
	__u64 both = k->word[word].mask & mask;

	k->never = k->never || ((k->word[word].want ^ want) & both);
	k->word[word].mask |= mask;
	k->word[word].want |= want;
}

/* ---- writing ---- */
static void write_clause(struct clauses *cl, const struct conj *k, bool exception)
{
	struct rv_detections *d = cl->c->out;
	struct rv_clause *clause;

	if (k->never || cl->fault || !d->clause)
		return;
	if (d->clause_count == RV_CLAUSES) {
		cl->fault = "all detections together make more than 1024 clauses";
		return;
	}
	clause = &d->clause[d->clause_count++];
	*clause = (struct rv_clause){ .rule = (__u16)cl->rule, .exception = exception, .candidate = cl->candidate };
	for (unsigned w = 0; w < RV_WORDS; w++) {
		if (!k->word[w].mask)
			continue;
		if (clause->count == RV_TERMS) {
			cl->fault = "it makes clauses of more than 8 terms";
			return;
		}
		clause->term[clause->count++] = (struct rv_term){ k->word[w].mask, k->word[w].want, w, 0 };
	}
}

/* ---- conditions ---- */
static void choose(struct choice *choice, unsigned word, __u64 bit)
{
	choice->of[choice->count].word = word;
	choice->of[choice->count++].bit = bit;
}

static void choose_class(struct clauses *cl, struct choice *choice, enum rv_class_kind kind, unsigned word, const struct rv_strings *items)
{
	int class = items->count ? rv_class_of(&cl->classes, kind, items) : -1;

	if (class >= 0)
		choose(choice, word + (unsigned)class / 64, RV_BIT(class % 64));
}

static void choose_bits(struct choice *choice, unsigned word, __u64 bits)
{
	for (unsigned bit = 0; bit < 64; bit++)
		if (bits & RV_BIT(bit) && choice->count < CHOICES)
			choose(choice, word, RV_BIT(bit));
}

/* A pattern that takes in all that a glob does, and that the kernel can look up; NULL: everything. */
static const char *wider(const char *glob, struct rv_arena *arena)
{
	const char *name = rv_path_name(glob);
	size_t dir = strcspn(glob, "*?[\\");

	if (rv_pattern_of(glob) != RV_PATTERN_GLOB)
		return glob;
	if (*name && !strpbrk(name, "*?[\\"))
		return rv_arena_printf(arena, "**/%s", name);
	while (dir && glob[dir - 1] != '/')
		dir--;
	return dir > 1 ? rv_arena_printf(arena, "%.*s**", (int)dir, glob) : NULL;
}

/* Paths go to the object's path or to its base name. False: no term can be made of them. */
static bool choose_paths(struct clauses *cl, struct choice *choice, const struct rv_strings *items, bool exact)
{
	struct rv_strings paths = { 0 }, names = { 0 };

	for (size_t i = 0; i < items->count; i++) {
		bool glob = rv_pattern_of(items->item[i]) == RV_PATTERN_GLOB;
		const char *item = glob && exact ? NULL : wider(items->item[i], cl->c->arena);

		if (!item && !exact)
			return false;
		if (item && rv_pattern_of(item) == RV_PATTERN_NAME)
			rv_strings_add(&names, item + 3, cl->c->arena);
		else if (item)
			rv_strings_add(&paths, item, cl->c->arena);
	}
	choose_class(cl, choice, RV_CLASS_PATH, RV_W_PATH, &paths);
	choose_class(cl, choice, RV_CLASS_NAME, RV_W_NAME, &names);
	return true;
}

static struct rv_strings directories(const struct rv_strings *items, struct rv_arena *arena)
{
	struct rv_strings out = { 0 };

	for (size_t i = 0; i < items->count; i++) {
		const char *item = rv_arena_printf(arena, "%s/*", strcmp(items->item[i], "/") == 0 ? "" : items->item[i]);

		if (item)
			rv_strings_add(&out, item, arena);
	}
	return out;
}

static struct rv_strings without_globs(const struct rv_strings *items, enum rv_cond_type type, struct rv_arena *arena)
{
	struct rv_strings out = { 0 };

	for (size_t i = 0; i < items->count; i++)
		if (type == RV_COND_DNS ? rv_pattern_of_dns(items->item[i]) != RV_PATTERN_GLOB : !strpbrk(items->item[i], "*?[\\"))
			rv_strings_add(&out, items->item[i], arena);
	return out;
}

/* What of a list the kernel can choose by. exact: no more than the list says, else no less. False: nothing can be said. */
static bool choose_list(struct clauses *cl, const struct rv_cond *cond, const struct rv_strings *items, bool exact, struct choice *out)
{
	const struct rv_field_how *how = &rv_field_hows[cond->field];
	struct rv_strings plain = without_globs(items, how->type, cl->c->arena), dirs;

	switch (how->type) {
	case RV_COND_PROC:
		choose_class(cl, out, RV_CLASS_PROC, how->arg, &plain);
		return exact || plain.count == items->count;
	case RV_COND_NAME:
		choose_class(cl, out, RV_CLASS_NAME, RV_W_NAME, &plain);
		return exact || plain.count == items->count;
	case RV_COND_DNS:
		choose_class(cl, out, RV_CLASS_DNS, RV_W_PATH, &plain);
		return exact || plain.count == items->count;
	case RV_COND_PATH:
		return choose_paths(cl, out, items, exact);
	case RV_COND_DIR:
		dirs = directories(items, cl->c->arena);
		choose_class(cl, out, RV_CLASS_PATH, RV_W_PATH, &dirs);
		return true;
	case RV_COND_ADDR:
		choose_class(cl, out, RV_CLASS_ADDR, RV_W_ADDR, items);
		return true;
	case RV_COND_PORT:
		choose_class(cl, out, RV_CLASS_PORT, RV_W_PORT, items);
		return true;
	default:
		return false;
	}
}

/* Whether the kernel has facts of the field at all: of a process's own path it has them when it is executed only. */
static bool has_facts(const struct clauses *cl, const struct rv_cond *cond)
{
	return rv_event_fields[cond->field].kernel &&
	       (strcmp(rv_event_fields[cond->field].name, "proc.exepath") != 0 || cl->c->out->item[cl->rule].event == RV_EVENT_EXEC);
}

static void add_words(const struct rv_cond *cond, bool exception, struct conj *k, struct choice *choice)
{
	const struct rv_field_how *how = &rv_field_hows[cond->field];
	unsigned word = how->type == RV_COND_CAPS ? RV_W_CAPS : RV_W_FLAGS;
	__u64 all = how->type == RV_COND_UPPER ? RV_ORIGINS : 0;

	for (const struct rv_cond_word *w = how->words; how->one && w->word; w++)
		all |= RV_BIT(w->bit);
	demand(k, word, cond->barred_bits, 0);
	/* of what is always one of several, all others can be ruled out; an exception is not for what nobody knows */
	if (cond->bits && all && !exception)
		demand(k, word, all & ~cond->bits, 0);
	else
		choose_bits(choice, word, cond->bits);
}

static void add_cond(struct clauses *cl, const struct rv_cond *cond, bool exception, struct conj *k, struct choice *choice)
{
	enum rv_cond_type type = rv_field_hows[cond->field].type;
	struct choice barred = { 0 };

	*choice = (struct choice){ 0 };
	if (!has_facts(cl, cond))
		return;
	if (type == RV_COND_FLAG || type == RV_COND_UPPER || type == RV_COND_BITS || type == RV_COND_CAPS) {
		add_words(cond, exception, k, choice);
	} else {
		if (!choose_list(cl, cond, &cond->plain, false, choice))
			choice->count = 0;
		choose_list(cl, cond, &cond->barred, true, &barred);
		for (size_t i = 0; i < barred.count; i++)
			demand(k, barred.of[i].word, barred.of[i].bit, 0);
	}
	if (choice->count == 1) {
		demand(k, choice->of[0].word, choice->of[0].bit, choice->of[0].bit);
		choice->count = 0;
	}
}

/* ---- objects of conditions ---- */
/* A clause for each combination of what there is to choose from. */
static void combine(struct clauses *cl, const struct conj *k, const struct choice *choice, size_t count, bool exception)
{
	if (cl->fault)
		return;
	if (!count) {
		write_clause(cl, k, exception);
		return;
	}
	for (size_t i = 0; i < choice->count; i++) {
		struct conj more = *k;

		demand(&more, choice->of[i].word, choice->of[i].bit, choice->of[i].bit);
		combine(cl, &more, choice + 1, count - 1, exception);
	}
}

static void write_none(struct clauses *cl, const struct choice *choice)
{
	struct conj none = { 0 };

	for (size_t i = 0; i < choice->count; i++)
		demand(&none, choice->of[i].word, choice->of[i].bit, 0);
	write_clause(cl, &none, true);
}

static void add_object(struct clauses *cl, const struct rv_when *when, bool exception, bool alone)
{
	struct choice *choice = rv_arena_alloc(cl->c->arena, (when->count + 1) * sizeof(*choice));
	struct conj k = { 0 };
	size_t count = 0;

	if (!choice)
		return;
	if (cl->c->out->item[cl->rule].event == RV_EVENT_NET && rv_when_unix(when, exception))
		demand(&k, RV_W_FLAGS, RV_BIT(RV_NET_UNIX), rv_when_unix(when, exception) > 0 ? RV_BIT(RV_NET_UNIX) : 0);
	for (size_t i = 0; i < when->count; i++) {
		add_cond(cl, &when->cond[i], exception, &k, &choice[count]);
		count += choice[count].count > 0;
	}
	for (size_t i = 0; alone && !exception && i < count; i++)
		write_none(cl, &choice[i]);
	combine(cl, &k, choice, alone && !exception ? 0 : count, exception);
}

static void mistake(struct clauses *cl, const char *what)
{
	rv_mistake(&cl->c->of[cl->rule]->reader, cl->c->at[cl->rule], "%s: %s", cl->c->out->item[cl->rule].name, what);
}

static void add_rule(struct clauses *cl)
{
	const struct rv_detect_conditions *cond = &cl->c->out->conditions[cl->rule];
	size_t before;

	cl->fault = cl->classes.fault = NULL;
	cl->candidate = !cl->c->out->item[cl->rule].kernel;
	for (size_t i = 0; i < cond->exception_count; i++)
		for (size_t w = 0; cond->exception[i].when.kernel && w < cond->exception[i].when.count; w++)
			add_object(cl, &cond->exception[i].when.item[w], true, false);
	before = cl->c->out->clause_count;
	for (size_t w = 0; w < cond->when.count; w++)
		add_object(cl, &cond->when.item[w], false, cond->when.count == 1);
	if (cl->classes.fault)
		mistake(cl, cl->classes.fault);
	else if (cl->fault)
		mistake(cl, cl->fault);
	else if (cl->c->out->clause_count == before && cl->c->out->clause)
		mistake(cl, "its conditions contradict each other");
}

void rv_detect_clauses(struct rv_detect_compiler *c)
{
	struct rv_detections *d = c->out;
	struct clauses cl = { .c = c, .classes = { .out = d, .arena = c->arena } };

	d->clause = rv_arena_alloc(c->arena, RV_CLAUSES * sizeof(*d->clause));
	for (unsigned kind = 0; kind < RV_EVENT_KINDS; kind++) {
		d->range[kind].first = (__u32)d->clause_count;
		for (cl.rule = 0; cl.rule < d->count; cl.rule++)
			if (d->item[cl.rule].event == kind)
				add_rule(&cl);
		d->range[kind].count = (__u32)d->clause_count - d->range[kind].first;
	}
	rv_classes_done(&cl.classes);
}
