/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <cmocka.h>

#include "judge.h"

static const char *const dirs_kubelet[] = { "/var/lib/kubelet", NULL };
static const char *const dirs_containerd[] = { "/run/containerd", "/var/lib/containerd", NULL };
static const char *const dirs_docker[] = { "/var/lib/docker", NULL };
static const char *const dirs_containers[] = { "/var/lib/containers/storage", "/run/containers/storage", NULL };

struct run {
	struct rv_arena arena;
	struct rv_json_doc settings, facts_doc, document, container_doc;
	struct rv_spec spec, container;
	struct rv_facts facts;
	struct rv_ruleset rules;
	struct rv_plan plan;
};

static void parse(struct rv_json_doc *doc, const char *text)
{
	struct rv_err err = RV_ERR_INIT;
	char line[2048];

	if (rv_json_parse(doc, text, strlen(text), RV_JSON_MAX, 0, &err) < 0)
		fail_msg("%s: %s", text, rv_err_text(&err, line, sizeof(line)));
}

static struct rv_list list_of(struct rv_arena *a, const struct rv_json *value)
{
	struct rv_list list = { .item = rv_arena_alloc(a, (rv_json_count(value) + 1) * sizeof(char *)) };

	rv_json_each(v, value)
		list.item[list.count++] = rv_arena_strdup(a, rv_json_str(v));
	return list;
}

static struct rv_mount_allows mounts_of(struct rv_arena *a, const struct rv_json *value)
{
	struct rv_mount_allows out = { .item = rv_arena_alloc(a, (rv_json_count(value) + 1) * sizeof(*out.item)) };

	rv_json_each(v, value) {
		const char *access = rv_json_str(rv_json_get(v, "access"));

		out.item[out.count++] = (struct rv_mount_allow){
			.source = rv_json_str(rv_json_get(v, "source")),
			.rw = access && !strcmp(access, "rw"),
			.propagation = rv_json_str(rv_json_get(v, "propagation")),
		};
	}
	return out;
}

static struct rv_hook_allows hooks_of(struct rv_arena *a, const struct rv_json *value)
{
	struct rv_hook_allows out = { .item = rv_arena_alloc(a, (rv_json_count(value) + 1) * sizeof(*out.item)) };

	rv_json_each(v, value) {
		struct rv_list args = list_of(a, rv_json_get(v, "args"));

		out.item[out.count++] = (struct rv_hook_allow){
			.path = rv_json_str(rv_json_get(v, "path")),
			.args = args.item,
			.arg_count = args.count,
			.stage = rv_json_str(rv_json_get(v, "stage")),
		};
	}
	return out;
}

static struct rv_limits limits_of(struct rv_arena *a, const struct rv_json *value)
{
	struct rv_limits out = { .item = rv_arena_alloc(a, (rv_json_count(value) + 1) * sizeof(*out.item)) };

	rv_json_each(v, value) {
		out.item[out.count].name = v->key;
		assert_true(rv_json_u64(v, &out.item[out.count++].max));
	}
	return out;
}

static int word_of(const struct rv_setting *s, const struct rv_json *value)
{
	const char *word = rv_json_str(value);

	for (int i = 0; word && s->words[i]; i++)
		if (!strcmp(s->words[i], word))
			return i;
	fail_msg("%s takes no such word", s->name);
	return -1;
}

static void set_one(struct rv_arena *a, struct rv_settings *set, const struct rv_setting *s, const struct rv_json *v)
{
	char *at = (char *)set + s->offset;
	uint32_t *ids = (uint32_t *)at;

	switch (s->type) {
	case RV_SET_WORD:
		*(int *)at = word_of(s, v);
		break;
	case RV_SET_FLAG:
		*(bool *)at = rv_json_true(v);
		break;
	case RV_SET_MAX:
	case RV_SET_MIN:
	case RV_SET_DEFAULT:
		assert_true(rv_json_u64(v, (uint64_t *)at));
		break;
	case RV_SET_MIN_INT:
		assert_true(rv_json_i64(v, (int64_t *)at));
		break;
	case RV_SET_IDS:
		assert_int_equal(sscanf(rv_json_str(v), "%u:%u", &ids[0], &ids[1]), 2);
		break;
	case RV_SET_ALLOW:
	case RV_SET_DENY:
	case RV_SET_SUPPLY:
		*(struct rv_list *)at = list_of(a, v);
		break;
	case RV_SET_MOUNTS:
		*(struct rv_mount_allows *)at = mounts_of(a, v);
		break;
	case RV_SET_HOOKS:
		*(struct rv_hook_allows *)at = hooks_of(a, v);
		break;
	case RV_SET_LIMITS:
		*(struct rv_limits *)at = limits_of(a, v);
		break;
	case RV_SET_ACTIONS:
		fail_msg("no judge looks at %s", v->key);
		break;
	}
}

static void settings_from(struct run *r)
{
	rv_json_each(family, r->settings.root) {
		const struct rv_family *const *f = rv_families;

		while (*f && strcmp((*f)->name, family->key))
			f++;
		if (!*f)
			fail_msg("no family %s", family->key);
		rv_json_each(v, family) {
			const struct rv_setting *s = (*f)->settings;

			while (s->name && strcmp(s->name, v->key))
				s++;
			if (!s->name)
				fail_msg("no setting %s.%s", family->key, v->key);
			set_one(&r->arena, &r->rules.set, s, v);
		}
	}
}

static mode_t mode_of(const char *word)
{
	static const struct { const char *word; mode_t mode; } modes[] = {
		{ "dir", S_IFDIR | 0755 }, { "file", S_IFREG | 0644 }, { "sock", S_IFSOCK | 0666 },
		{ "chr", S_IFCHR | 0660 }, { "blk", S_IFBLK | 0660 },
	};

	for (size_t i = 0; i < RV_COUNT(modes); i++)
		if (!strcmp(modes[i].word, word))
			return modes[i].mode;
	return 0;
}

static struct rv_path_fact path_fact(struct run *r, const char *text)
{
	const struct rv_json *known, *resolved, *rdev;
	struct rv_path_fact fact = { .exists = true, .mode = S_IFDIR | 0755 };
	const char *mode;
	int64_t major = 0, minor = 0;

	if (!text)
		return (struct rv_path_fact){ .errnum = 2 };
	fact.resolved = rv_path_clean(&r->arena, *text == '/' ? text :
				      rv_arena_printf(&r->arena, "%s/%s", r->facts.bundle, text));
	known = rv_json_get(rv_json_get(r->facts_doc.root, "paths"), text);
	if (!known)
		return fact;
	resolved = rv_json_get(known, "resolved");
	if (resolved)
		fact.resolved = rv_json_str(resolved);
	mode = rv_json_str(rv_json_get(known, "mode"));
	if (mode) {
		fact.mode = mode_of(mode);
		fact.exists = fact.mode != 0;
	}
	rdev = rv_json_first(rv_json_get(known, "rdev"));
	if (rdev && rv_json_i64(rdev, &major) && rv_json_i64(rv_json_next(rdev), &minor))
		fact.rdev = makedev((unsigned)major, (unsigned)minor);
	return fact;
}

static void mount_facts(struct run *r)
{
	const struct rv_json *mounts = rv_json_get(r->spec.root, "mounts");
	const struct rv_json *landing = rv_json_get(r->facts_doc.root, "destinations");
	size_t n = rv_json_count(mounts), i = 0;

	r->facts.mounts = rv_arena_alloc(&r->arena, (n + 1) * sizeof(*r->facts.mounts));
	r->facts.destinations = rv_arena_alloc(&r->arena, (n + 1) * sizeof(char *));
	r->facts.mount_count = n;
	rv_json_each(m, mounts) {
		const char *dest = rv_json_str(rv_json_get(m, "destination"));
		const struct rv_json *known = dest ? rv_json_get(landing, dest) : NULL;

		if (rv_spec_mount_is_bind(m))
			r->facts.mounts[i] = path_fact(r, rv_json_str(rv_json_get(m, "source")));
		r->facts.destinations[i++] = known ? rv_json_str(known) :
			dest ? rv_path_clean(&r->arena, rv_arena_printf(&r->arena, "/%s", dest)) : NULL;
	}
}

static void namespace_facts(struct run *r)
{
	const struct rv_json *list = rv_json_get(r->spec.linux_, "namespaces");
	const struct rv_json *known = rv_json_get(r->facts_doc.root, "ns");

	r->facts.namespaces = rv_arena_alloc(&r->arena, (rv_json_count(list) + 1) * sizeof(*r->facts.namespaces));
	rv_json_each(ns, list) {
		const char *path = rv_json_str(rv_json_get(ns, "path"));
		const char *what = path ? rv_json_str(rv_json_get(known, path)) : NULL;
		struct rv_ns_fact *fact = &r->facts.namespaces[r->facts.namespace_count++];

		fact->has_path = path && *path;
		if (!fact->has_path)
			continue;
		fact->path = path_fact(r, path);
		fact->is_host = what && !strcmp(what, "host");
		fact->unknown = what && !strcmp(what, "unknown");
		fact->least_host_id = 65536;
		if (path)
			rv_json_u64(rv_json_get(known, path), &fact->least_host_id);
	}
}

/* Only what facts name: nodes are looked up where they are bound. */
static void device_facts(struct run *r)
{
	const struct rv_json *devices = rv_json_get(r->spec.linux_, "devices");

	r->facts.devices = rv_arena_alloc(&r->arena, (rv_json_count(devices) + 1) * sizeof(*r->facts.devices));
	rv_json_each(node, devices) {
		const char *path = rv_json_str(rv_json_get(node, "path"));

		if (path && rv_json_get(rv_json_get(r->facts_doc.root, "paths"), path))
			r->facts.devices[r->facts.device_count] = path_fact(r, path);
		r->facts.device_count++;
	}
}

static void hook_facts(struct run *r)
{
	const struct rv_json *hooks = rv_json_get(r->spec.root, "hooks");
	size_t n = 0;

	rv_json_each(stage, hooks)
		n += rv_json_count(stage);
	r->facts.hooks = rv_arena_alloc(&r->arena, (n + 1) * sizeof(*r->facts.hooks));
	rv_json_each(stage, hooks) {
		size_t index = 0;

		rv_json_each(hook, stage)
			r->facts.hooks[r->facts.hook_count++] = (struct rv_hook_fact){
				.stage = stage->key,
				.index = index++,
				.path = path_fact(r, rv_json_str(rv_json_get(hook, "path"))),
				.loose = rv_json_str(rv_json_get(r->facts_doc.root, "loose")),
			};
	}
}

/* {"features": {"mountOptions": [...], "unsafe": [...]}} */
static const char *const *fact_list(struct run *r, const char *pointer)
{
	const struct rv_json *list = rv_json_at(r->facts_doc.root, pointer);
	const char **out = list ? rv_arena_alloc(&r->arena, (rv_json_count(list) + 1) * sizeof(*out)) : NULL;
	size_t n = 0;

	rv_json_each(item, list)
		out[n++] = rv_json_str(item);
	return out;
}

static void rootfs_facts(struct run *r)
{
	const struct rv_json *given = rv_json_get(r->facts_doc.root, "rootfs");
	const struct rv_json *cwd = rv_json_get(given, "cwd");
	const char *asked = rv_json_str(rv_json_get(r->spec.process, "cwd"));
	struct rv_rootfs_fact *fact = &r->facts.rootfs;

	fact->path = path_fact(r, rv_json_str(rv_json_get(rv_json_get(r->spec.root, "root"), "path")));
	fact->bad_dir = rv_json_str(rv_json_get(given, "badDir"));
	fact->dev_null_fake = rv_json_true(rv_json_get(given, "devNullFake"));
	fact->arg0 = rv_json_str(rv_json_get(given, "arg0"));
	fact->dirs = fact_list(r, "/rootfs/dirs");
	fact->cwd = cwd ? rv_json_str(cwd) :
		asked ? rv_path_clean(&r->arena, rv_arena_printf(&r->arena, "/%s", asked)) : NULL;
}

/* In the dev_t of the test's machine, as the others are. */
static void block_facts(struct run *r)
{
	const struct rv_json *list = rv_json_get(r->facts_doc.root, "blocks");

	r->facts.blocks = rv_arena_alloc(&r->arena, (rv_json_count(list) + 1) * sizeof(*r->facts.blocks));
	rv_json_each(item, list) {
		int64_t number[2] = { 0 };

		rv_json_i64(rv_json_get(item, "major"), &number[0]);
		rv_json_i64(rv_json_get(item, "minor"), &number[1]);
		r->facts.blocks[r->facts.block_count++] = (struct rv_block_fact){
			.plugin = rv_json_str(rv_json_get(item, "plugin")),
			.rdev = makedev((unsigned)number[0], (unsigned)number[1]),
		};
	}
}

static const char *fact_text(const struct run *r, const char *name, const char *otherwise)
{
	const char *text = rv_json_str(rv_json_get(r->facts_doc.root, name));

	return text ? text : otherwise;
}

static void facts_from(struct run *r)
{
	const struct rv_json *kernel = rv_json_first(rv_json_get(r->facts_doc.root, "kernel"));
	const char *engine = fact_text(r, "engine", "shell");
	int64_t number = 0, caller = 0;

	rv_json_i64(rv_json_get(r->facts_doc.root, "caller"), &caller);
	r->facts = (struct rv_facts){
		.now = 1800000000,
		.bundle = fact_text(r, "bundle", "/run/bundle"),
		.real = { .name = fact_text(r, "runtime", "runc"), .version = fact_text(r, "version", "1.1.5") },
		.kernel_major = 6, .kernel_minor = 1,
		.arch = "x86_64",
		.caller = (uid_t)caller,
		.id = fact_text(r, "id", NULL),
		.name_space = fact_text(r, "namespace", NULL),
		.pod = fact_text(r, "pod", NULL),
		.container = fact_text(r, "containerName", NULL),
		.image = fact_text(r, "image", NULL),
		.digest = fact_text(r, "digest", NULL),
		.sandbox = rv_json_true(rv_json_get(r->facts_doc.root, "sandbox")),
		.cgroup_taken = rv_json_true(rv_json_get(r->facts_doc.root, "cgroupTaken")),
		.handed = { .dir = fact_text(r, "directory", NULL), .dir_fd = 3,
			    .no_cgroups = rv_json_true(rv_json_get(r->facts_doc.root, "noCgroups")) },
		.dirs = { dirs_kubelet, dirs_containerd, dirs_docker, dirs_containers },
	};
	r->facts.real.options = fact_list(r, "/features/mountOptions");
	r->facts.real.hooks = fact_list(r, "/features/hooks");
	r->facts.real.unsafe = fact_list(r, "/features/unsafe");
	r->facts.throttles = fact_list(r, "/throttles");
	while (strcmp(rv_engine_names[r->facts.engine], engine))
		r->facts.engine++;
	if (kernel && rv_json_i64(kernel, &number))
		r->facts.kernel_major = (unsigned)number;
	if (kernel && rv_json_i64(rv_json_next(kernel), &number))
		r->facts.kernel_minor = (unsigned)number;
	mount_facts(r);
	namespace_facts(r);
	hook_facts(r);
	device_facts(r);
	block_facts(r);
	rootfs_facts(r);
}

static void view(struct run *r, const struct judge_case *c, const char *text)
{
	const struct rv_json *container;
	struct rv_err err = RV_ERR_INIT;
	char line[2048];
	int rc;

	parse(&r->document, text);
	if (c->kind == JUDGE_CREATE) {
		rc = rv_spec_view(&r->spec, &r->document, &err);
	} else if (c->kind == JUDGE_EXEC) {
		rc = rv_spec_view_process(&r->spec, &r->document, &err);
	} else {
		r->spec = (struct rv_spec){ .doc = &r->document };
		rc = rv_spec_check(&r->document, &rv_spec_resources, &err);
	}
	if (rc < 0)
		fail_msg("%s: %s", c->name, rv_err_text(&err, line, sizeof(line)));
	container = rv_json_get(r->facts_doc.root, "container");
	if (container) {
		parse(&r->container_doc, rv_json_text(&r->facts_doc, container));
		assert_int_equal(rv_spec_view(&r->container, &r->container_doc, &err), 0);
	}
}

static void evaluate(struct run *r, const struct rv_family *only, const struct judge_case *c)
{
	struct rv_judge j = {
		.spec = &r->spec, .facts = &r->facts, .rules = &r->rules, .set = &r->rules.set, .plan = &r->plan,
		.arena = &r->arena, .base = c->kind == JUDGE_CREATE ? "/process" : "",
		.container = r->container_doc.root ? &r->container : NULL,
	};

	r->plan = (struct rv_plan){ .arena = &r->arena };
	for (const struct rv_family *const *f = rv_families; *f; f++) {
		void (*judge)(struct rv_judge *) = c->kind == JUDGE_CREATE ? (*f)->judge :
						   c->kind == JUDGE_EXEC ? (*f)->judge_exec : (*f)->judge_update;

		if (judge && (!only || *f == only))
			judge(&j);
	}
	assert_false(r->plan.failed || r->arena.failed);
}

static void begin(struct run *r, const struct rv_family *only, const struct judge_case *c, const char *text)
{
	*r = (struct run){ 0 };
	parse(&r->settings, c->settings ? c->settings : "{}");
	parse(&r->facts_doc, c->facts ? c->facts : "{}");
	settings_from(r);
	view(r, c, text);
	facts_from(r);
	evaluate(r, only, c);
}

static void end(struct run *r)
{
	rv_json_done(&r->settings);
	rv_json_done(&r->facts_doc);
	rv_json_done(&r->document);
	rv_json_done(&r->container_doc);
	rv_arena_done(&r->arena);
}

static void render(const struct rv_plan *plan, struct rv_buf *out)
{
	static const char *const ops[] = { [RV_EDIT_SET] = "set", [RV_EDIT_REMOVE] = "remove", [RV_EDIT_APPEND] = "append" };

	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct rv_edit *e = &plan->edit[i];

		assert_true(e->why && *e->why);
		rv_buf_addf(out, "%s %s %s%s%s\n", ops[e->op], e->rule, e->pointer, e->after ? " " : "",
			    e->after ? e->after : "");
	}
	for (size_t i = 0; i < plan->denial_count; i++) {
		assert_true(plan->denial[i].reason && *plan->denial[i].reason);
		rv_buf_addf(out, "deny %s %s\n", plan->denial[i].rule, plan->denial[i].pointer);
	}
	for (size_t i = 0; i < plan->warning_count; i++)
		rv_buf_adds(out, "warn\n");
}

static bool as_wanted(const struct rv_plan *plan, const char *got, const char *want)
{
	if (!strcmp(want, "deny *") || !strcmp(want, "deny *\n"))
		return plan->denial_count > 0;
	return !strcmp(got, want);
}

/* The plan applied to its document must satisfy the rules that made it. */
static void again(struct run *r, const struct rv_family *only, const struct judge_case *c)
{
	struct rv_err err = RV_ERR_INIT;
	rv_autobuf written = { 0 }, got = { 0 };
	struct run second;
	char line[2048];

	if (rv_plan_apply(&r->plan, &r->document, &err) < 0 || rv_json_write(&r->document, &written, &err) < 0)
		fail_msg("%s: %s", c->name, rv_err_text(&err, line, sizeof(line)));
	begin(&second, only, c, rv_buf_str(&written));
	if (second.plan.edit_count || second.plan.denial_count) {
		render(&second.plan, &got);
		fail_msg("%s: not settled by its own plan: %s\n%s", c->name, rv_buf_str(&written), rv_buf_str(&got));
	}
	end(&second);
}

static void use_profile(struct run *r, const char *profile)
{
	struct rv_policies *policies = NULL;
	struct rv_err err = RV_ERR_INIT;
	struct rv_policy policy;
	char line[2048];

	if (rv_policies_load(&policies, NULL, 0, &err) < 0 ||
	    rv_policies_named(policies, profile, &r->facts, &r->arena, &policy, &err) < 0)
		fail_msg("%s", rv_err_text(&err, line, sizeof(line)));
	r->rules = policy.enforce;
	rv_policies_free(policies);
}

static void render_for_people(const struct rv_plan *plan, struct rv_buf *out)
{
	static const char *const ops[] = { [RV_EDIT_SET] = "set", [RV_EDIT_REMOVE] = "remove", [RV_EDIT_APPEND] = "append" };

	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct rv_edit *e = &plan->edit[i];
		const char *after = e->after ? e->after : "";
		size_t len = strcspn(after, "\n");

		rv_buf_addf(out, "%s %s %s%s%.*s\n\t%s\n", ops[e->op], e->rule, e->pointer, len ? " " : "",
			    len < 80 ? (int)len : 80, after, e->why);
	}
	for (size_t i = 0; i < plan->denial_count; i++) {
		const struct rv_denial *d = &plan->denial[i];

		rv_buf_addf(out, "deny %s %s\n\t%s\n\t%s\n", d->rule, d->pointer, d->reason, d->advice ? d->advice : "");
	}
	for (size_t i = 0; i < plan->warning_count; i++)
		rv_buf_addf(out, "warn %s\n", plan->warning[i]);
}

void judge_file(const char *text, struct rv_buf *out)
{
	const struct judge_case c = { .name = "file" };
	struct rv_json_doc file = { 0 };
	struct run r = { 0 };

	parse(&file, text);
	parse(&r.facts_doc, rv_json_text(&file, rv_json_get(file.root, "facts")));
	view(&r, &c, rv_json_text(&file, rv_json_get(file.root, "document")));
	facts_from(&r);
	use_profile(&r, rv_json_str(rv_json_get(file.root, "profile")));
	evaluate(&r, NULL, &c);
	render_for_people(&r.plan, out);
	end(&r);
	rv_json_done(&file);
}

void judge_cases(const struct rv_family *family, const struct judge_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct judge_case *c = &cases[i];
		rv_autobuf got = { 0 };
		struct run r;

		begin(&r, family, c, c->document ? c->document : "{}");
		render(&r.plan, &got);
		if (!as_wanted(&r.plan, rv_buf_str(&got), c->want))
			fail_msg("%s:\ngot:\n%swanted:\n%s", c->name, rv_buf_str(&got), c->want);
		if (!r.plan.denial_count && r.plan.edit_count)
			again(&r, family, c);
		end(&r);
	}
}
