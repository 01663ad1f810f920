/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document under a policy. Byte 0 chooses: bits 0-2 the profile, bits 3-5 the engine, bits 6-7 what the document is. Then
 * comes the text of a policy file, which may be empty, a NUL, and the document.
 *
 * Whatever is asked: a plan without denials can be applied, its outcome is a document again, and the same rules have nothing
 * left to change in it. The privileged profile changes nothing. Record and refusal are one line each.
 */
#include <stdlib.h>
#include <string.h>

#include "reeve/plan.h"

#define MUST(what) \
	do { \
		if (!(what)) \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum kind { CREATE, EXEC, UPDATE };

static const char *const profiles[] = { "baseline", "restricted", "engine", "hardened", "privileged" };
#define PRIVILEGED 4

/* What exec goes into: an ordinary container of an engine. */
static const char container_text[] =
	"{\"process\": {\"user\": {\"uid\": 1000, \"gid\": 100, \"additionalGids\": [7]}, \"noNewPrivileges\": true, \"cwd\": "
	"\"/\", "
	"\"apparmorProfile\": \"docker-default\", \"oomScoreAdj\": 100, \"capabilities\": {\"bounding\": [\"CAP_CHOWN\", "
	"\"CAP_NET_BIND_SERVICE\"], \"ambient\": [\"CAP_NET_BIND_SERVICE\"], \"inheritable\": [\"CAP_NET_BIND_SERVICE\"]}}, "
	"\"linux\": {\"namespaces\": [{\"type\": \"pid\"}, {\"type\": \"mount\"}]}}";

struct run {
	struct rv_arena arena;
	struct rv_json_doc doc;
	struct rv_spec spec;
	struct rv_facts facts;
	struct rv_plan plan;
};

static void run_done(struct run *r)
{
	rv_json_done(&r->doc);
	rv_arena_done(&r->arena);
}

/* ---- facts by the text alone, so that the same path is the same fact in both judgements ---- */

static struct rv_path_fact path_fact(struct run *r, const char *text)
{
	struct rv_path_fact fact = { .exists = true, .mode = S_IFDIR | 0755 };

	if (!text || !*text)
		return (struct rv_path_fact){ .errnum = 2 };
	if (*text != '/')
		text = rv_arena_printf(&r->arena, "/run/bundle/%s", text);
	fact.resolved = text ? rv_path_clean(&r->arena, text) : NULL;
	if (strstr(text ? text : "", ".sock"))
		fact.mode = S_IFSOCK | 0666;
	if (rv_str_starts(text ? text : "", "/dev/"))
		fact.mode = S_IFCHR | 0666;
	return fact;
}

static void mount_facts(struct run *r)
{
	const struct rv_json *mounts = rv_json_get(r->spec.root, "mounts");
	size_t n = rv_json_count(mounts), i = 0;

	r->facts.mounts = rv_arena_alloc(&r->arena, (n + 1) * sizeof(*r->facts.mounts));
	r->facts.destinations = rv_arena_alloc(&r->arena, (n + 1) * sizeof(char *));
	MUST(r->facts.mounts && r->facts.destinations);
	r->facts.mount_count = n;
	rv_json_each(m, mounts) {
		const char *at = rv_json_str(rv_json_get(m, "destination"));

		if (rv_spec_mount_is_bind(m))
			r->facts.mounts[i] = path_fact(r, rv_json_str(rv_json_get(m, "source")));
		r->facts.destinations[i++] = at ? rv_path_clean(&r->arena, rv_arena_printf(&r->arena, "/%s", at)) : NULL;
	}
}

static void other_facts(struct run *r)
{
	const struct rv_json *list = rv_json_get(r->spec.linux_, "namespaces"), *hooks = rv_json_get(r->spec.root, "hooks");
	const char *cwd = rv_json_str(rv_json_get(r->spec.process, "cwd"));
	size_t n = 0;

	r->facts.namespaces = rv_arena_alloc(&r->arena, (rv_json_count(list) + 1) * sizeof(*r->facts.namespaces));
	rv_json_each(ns, list) {
		const char *path = rv_json_str(rv_json_get(ns, "path"));
		struct rv_ns_fact *fact = &r->facts.namespaces[r->facts.namespace_count++];

		*fact = (struct rv_ns_fact){ .has_path = path && *path,
					     .path = path_fact(r, path),
					     .is_host = path && strstr(path, "/1/") };
	}
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
			};
	}
	r->facts.rootfs.path = path_fact(r, rv_json_str(rv_json_get(rv_json_get(r->spec.root, "root"), "path")));
	r->facts.rootfs.cwd = cwd ? rv_path_clean(&r->arena, rv_arena_printf(&r->arena, "/%s", cwd)) : NULL;
}

static void gather(struct run *r, const struct rv_policies *policies, unsigned engine)
{
	r->facts = (struct rv_facts){
		.engine = engine % RV_ENGINE_COUNT,
		.now = 1800000000,
		.bundle = "/run/bundle",
		.real = { .name = "runc", .version = "1.1.5" },
		.arch = "x86_64",
		.kernel_major = 6,
		.kernel_minor = 1,
		.id = "c1",
		.name_space = "default",
		.dirs = rv_policies_node(policies)->dirs,
	};
	mount_facts(r);
	other_facts(r);
}

/* ---- one judgement ---- */

static bool read_document(struct run *r, enum kind kind, const char *text, size_t size)
{
	if (rv_json_parse(&r->doc, text, size, RV_JSON_MAX, 0, NULL))
		return false;
	if (kind == CREATE)
		return rv_spec_view(&r->spec, &r->doc, NULL) == 0;
	if (kind == EXEC)
		return rv_spec_view_process(&r->spec, &r->doc, NULL) == 0;
	r->spec = (struct rv_spec){ .doc = &r->doc };
	return rv_spec_check(&r->doc, &rv_spec_resources, NULL) == 0;
}

static void judge(struct run *r, enum kind kind, const struct rv_ruleset *rules)
{
	rv_autojson doc = { 0 };
	struct rv_spec container;

	if (kind == CREATE) {
		MUST(rv_evaluate(&r->spec, &r->facts, rules, &r->arena, &r->plan, NULL) == 0);
	} else if (kind == UPDATE) {
		MUST(rv_evaluate_update(&r->spec, &r->facts, rules, &r->arena, &r->plan, NULL) == 0);
	} else {
		MUST(rv_json_parse(&doc, container_text, strlen(container_text), RV_JSON_MAX, 0, NULL) == 0);
		MUST(rv_spec_view(&container, &doc, NULL) == 0);
		MUST(rv_evaluate_exec(&r->spec, &container, &r->facts, rules, &r->arena, &r->plan, NULL) == 0);
	}
}

static void check_outputs(const struct run *r, const struct rv_policy *policy)
{
	const struct rv_record record = { "create", &r->facts, policy, &r->plan, &r->plan, NULL };
	rv_autobuf line = { 0 }, refusal = { 0 };
	rv_autojson doc = { 0 };

	rv_record_json(&record, &line);
	MUST(!line.failed && line.len <= 65536 && strchr(line.data, '\n') == line.data + line.len - 1);
	MUST(rv_json_parse(&doc, line.data, line.len, RV_JSON_MAX, 0, NULL) == 0);
	rv_plan_refusal(&r->plan, policy, &refusal);
	MUST(!refusal.failed && !strchr(rv_buf_str(&refusal), '\n'));
}

static void check_outcome(struct run *r, enum kind kind, const struct rv_policies *policies, const struct rv_policy *policy)
{
	RV_CLEANUP(run_done) struct run again = { 0 };
	rv_autobuf out = { 0 };

	if (r->plan.denial_count)
		return;
	/* an edit that went below the last level is refused */
	if (rv_plan_apply(&r->plan, &r->doc, NULL) || rv_json_write(&r->doc, &out, NULL))
		return;
	MUST(r->plan.edit_count || (out.len == r->doc.len && memcmp(out.data, r->doc.text, out.len) == 0));
	MUST(read_document(&again, kind, rv_buf_str(&out), out.len));
	gather(&again, policies, r->facts.engine);
	judge(&again, kind, &policy->enforce);
	MUST(!again.plan.edit_count && !again.plan.denial_count);
}

/* A namespace of no type, or twice the same, is no document that a runtime would take. */
static void check_watched(const struct run *r)
{
	MUST(!r->plan.edit_count);
	for (size_t i = 0; i < r->plan.denial_count; i++)
		MUST(strcmp(r->plan.denial[i].rule, "namespaces.paths") == 0);
}

static bool choose(const struct rv_policies *policies, unsigned profile, const char *text, size_t size, struct run *r,
		   struct rv_policy *policy)
{
	struct rv_errs errs = { 0 };
	int rc;

	if (!size)
		return rv_policies_named(policies, profiles[profile], &r->facts, &r->arena, policy, NULL) == 0;
	rc = rv_policies_file(policies, "fuzz.json", text, size, &r->facts, &r->arena, policy, &errs);
	rv_errs_done(&errs);
	return rc == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rv_policies *policies;
	const char *text = (const char *)data + 1, *end = size ? memchr(text, 0, size - 1) : NULL;
	RV_CLEANUP(run_done) struct run r = { 0 };
	struct rv_policy policy;
	unsigned profile;
	enum kind kind;

	if (!end)
		return 0;
	if (!policies)
		MUST(rv_policies_load(&policies, NULL, 0, NULL) == 0);
	profile = (data[0] & 7) % RV_COUNT(profiles);
	kind = (data[0] >> 6) % 3;
	if (!read_document(&r, kind, end + 1, size - (size_t)(end + 1 - (const char *)data)))
		return 0;
	gather(&r, policies, data[0] >> 3 & 7);
	if (!choose(policies, profile, text, (size_t)(end - text), &r, &policy))
		return 0;
	judge(&r, kind, &policy.enforce);
	if (profile == PRIVILEGED && end == text)
		check_watched(&r);
	check_outputs(&r, &policy);
	check_outcome(&r, kind, policies, &policy);
	return 0;
}
