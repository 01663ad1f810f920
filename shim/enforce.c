/* SPDX-License-Identifier: Apache-2.0 */
#include "enforce.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bind.h"
#include "foreign.h"
#include "handover.h"
#include "judged.h"
#include "monitor.h"
#include "report.h"
#include "running.h"
#include "runtime.h"
#include "state.h"

#define NEWS_MAX 64 /* different decisions on exec and update that are remembered for a container */

/* One call on its way. */
struct call {
	const struct rv_session *session;
	const struct rv_invocation *inv;
	const char *action;
	enum rv_runtime runtime;
	struct rv_call facts;
	struct rv_runtime_fact real;
	struct rv_choice choice;
	struct rv_arena arena;
	struct rv_state state;
	const char *root;	      /* where the runtime keeps its state */
	int running;		      /* exec: the container's root directory; -1 */
	int entry;		      /* reeve's entry of the container; -1: reeve did not create it */
	struct rv_document container; /* its enforced document */
	struct rv_document asked;
	struct rv_decision decision;
	struct rv_overrides over;
	int file; /* memory file that the runtime reads; -1 */
	unsigned inherited;
	bool start_monitor;
};

static void call_done(struct call *c)
{
	rv_io_close(&c->file);
	rv_decision_done(&c->decision);
	rv_document_done(&c->asked);
	rv_document_done(&c->container);
	rv_io_close(&c->running);
	rv_io_close(&c->entry);
	rv_state_done(&c->state);
	rv_arena_done(&c->arena);
}

static const struct rv_spec *container_of(const struct call *c)
{
	return c->container.spec.root ? &c->container.spec : NULL;
}

static size_t max_document(const struct call *c)
{
	return (size_t)c->session->node->max_document;
}

/* ---- records ---- */

static struct rv_record record_of(struct call *c, const struct rv_err *error)
{
	struct rv_decision *d = &c->decision;

	if (!d->facts.now) {
		/* refused before anything was found out */
		d->facts.now = (int64_t)time(NULL);
		d->facts.engine = c->session->engine;
		d->facts.id = c->inv->id;
		d->facts.bundle = c->facts.bundle;
		d->facts.real = c->real;
	}
	return (struct rv_record){
		.action = c->action,
		.facts = &d->facts,
		.policy = d->judged ? &d->policy : NULL,
		.plan = d->judged && !error ? &d->plan : NULL,
		.audit = d->judged && d->has_audit && !error ? &d->audit : NULL,
		.error = error,
	};
}

/* A start fails for want of its record only where the policy says so. */
static int record(struct call *c, struct rv_err *err)
{
	const struct rv_record what = record_of(c, NULL);
	struct rv_err why;
	int rc = rv_report_decision(c->session->node->log, &what, &why);

	if (rc == 0 || !c->decision.policy.enforce.set.record.required)
		return 0;
	*err = why;
	return rc;
}

static void record_error(struct call *c, const struct rv_err *error)
{
	const struct rv_record what = record_of(c, error);

	(void)rv_report_decision(c->session->node->log, &what, NULL);
}

static void add_plan_key(struct rv_buf *key, const struct rv_plan *plan)
{
	for (size_t i = 0; i < plan->edit_count; i++)
		rv_buf_addf(key, "%s %s %s\n", plan->edit[i].rule, plan->edit[i].pointer,
			    plan->edit[i].after ? plan->edit[i].after : "");
	for (size_t i = 0; i < plan->denial_count; i++)
		rv_buf_addf(key, "%s %s\n", plan->denial[i].rule, plan->denial[i].pointer);
	for (size_t i = 0; i < plan->warning_count; i++)
		rv_buf_addf(key, "%s\n", plan->warning[i]);
}

/* A probe or the kubelet's reconciliation asks the same every few seconds: what was recorded once for a container is marked in
 * its entry. */
static bool is_news(struct call *c)
{
	const struct rv_decision *d = &c->decision;
	char hash[RV_HASH_HEX], name[32];
	rv_autobuf key = { 0 };
	unsigned slot;

	add_plan_key(&key, &d->plan);
	if (d->has_audit)
		add_plan_key(&key, &d->audit);
	if (!key.len)
		return false;
	if (c->entry < 0 || key.failed || rv_plan_verdict(&d->plan) == RV_PLAN_DENY)
		return true;
	rv_hash_hex(rv_buf_str(&key), key.len, hash);
	for (slot = 0; slot < NEWS_MAX; slot++) {
		char seen[RV_HASH_HEX];
		ssize_t n;

		snprintf(name, sizeof(name), "news.%u", slot);
		if (symlinkat(hash, c->entry, name) == 0)
			return true;
		n = readlinkat(c->entry, name, seen, sizeof(seen) - 1);
		if (n == (ssize_t)sizeof(seen) - 1 && memcmp(seen, hash, (size_t)n) == 0)
			return false;
	}
	return true;
}

/* ---- what all of them do ---- */

static int refuse(struct call *c, struct rv_buf *refusal, struct rv_err *err)
{
	rv_plan_refusal(&c->decision.plan, &c->decision.policy, refusal);
	return rv_err(err, RV_EDENIED, "refused by policy %s", c->decision.policy.name);
}

static int become_runtime(struct call *c, struct rv_err *err)
{
	const int keep[2] = { c->file, c->inv->status_fd };
	char **argv;
	int rc = rv_invocation_argv(c->inv, c->session->runtime, c->runtime, &c->over, &c->arena, &argv, err);

	return rc < 0 ? rc : rv_handover_exec(argv, c->inherited, keep, err);
}

static int find_container(struct call *c, struct rv_err *err)
{
	int rc = rv_state_open(&c->state, false, err);

	if (rc == 0)
		rc = rv_state_find(&c->state, c->root, c->inv->id, &c->entry, err);
	if (rc == 0 && c->entry >= 0)
		rc = rv_document_open_at(&c->container, c->entry, max_document(c), err);
	if (rc < 0 && c->entry >= 0) {
		char where[512];

		snprintf(where, sizeof(where), "reeve's own record of container %s", c->inv->id);
		rv_err_at_file(err, where, 0, 0);
	}
	return rc;
}

/* Text for the runtime's eyes only. */
static int hand_file(struct call *c, const char *name, const struct rv_buf *text, const char **path, struct rv_err *err)
{
	char *place = rv_arena_alloc(&c->arena, 32);
	int rc = place ? rv_handover_file(name, text, c->inherited, &c->file, place, err) : rv_err_nomem(err);

	*path = place;
	return rc;
}

/* What every call ends with: its record, and the refusal when there is one. rc: how judging went. */
static int conclude(struct call *c, int rc, bool news, struct rv_buf *refusal, struct rv_err *err)
{
	if (rc < 0) {
		record_error(c, err);
		return rc;
	}
	rc = news ? record(c, err) : 0;
	if (rc < 0)
		return rc;
	return rv_plan_verdict(&c->decision.plan) == RV_PLAN_DENY ? refuse(c, refusal, err) : 0;
}

/* ---- create, run, restore ---- */

static int make_caller(struct call *c, struct rv_buf *out, struct rv_err *err)
{
	const struct {
		const char *key, *value;
	} members[] = {
		{ "root", c->root },
		{ "id", c->inv->id },
		{ "bundle", c->asked.bundle },
		{ "runtime", c->session->runtime },
	};
	const struct rv_record what = record_of(c, NULL);

	for (size_t i = 0; i < RV_COUNT(members); i++) {
		rv_buf_addf(out, "%s\"%s\":", i ? "," : "{", members[i].key);
		rv_json_quote(out, members[i].value, strlen(members[i].value));
	}
	rv_buf_adds(out, ",\"record\":");
	rv_record_json(&what, out);
	rv_buf_adds(out, "}\n");
	return out->failed ? rv_err_nomem(err) : 0;
}

/* crun takes the document from elsewhere than the bundle, so that its state and list show the caller's bundle. runc cannot. */
static int show_bundle(struct call *c, struct rv_err *err)
{
	if (c->runtime != RV_RUNTIME_CRUN || c->inv->command->sub == RV_SUB_RESTORE)
		return 0;
	c->over.config = rv_arena_printf(&c->arena, "%s/config.json", c->over.bundle);
	c->over.bundle = c->asked.bundle;
	return c->over.config ? 0 : rv_err_nomem(err);
}

/*
 * Not for a restore, where the mounts are made by others at another time; and not for an ordinary user's crun, whose process the
 * kernel lets nobody but root look at.
 */
static bool is_compared(const struct call *c)
{
	return c->inv->command->sub != RV_SUB_RESTORE && (c->runtime != RV_RUNTIME_CRUN || geteuid() == 0) &&
	       rv_judged_needed(&c->decision.policy.enforce.set);
}

/* A restored container was watched, or not, where it was made; what is refused here cannot be watched. */
static int is_watched(const struct call *c, bool *watched, struct rv_err *err)
{
	const char *hindrance = c->inv->command->sub == RV_SUB_RESTORE ? "it is restored" : rv_monitor_hindrance();

	*watched = !hindrance;
	if (*watched || c->decision.policy.enforce.set.monitor.unattached != RV_UNATTACHED_DENY)
		return 0;
	return rv_err(err, RV_EDENIED, "the container cannot be watched, because %s, and policy %s lets none start unwatched "
		      "(monitor.unattached is deny)", hindrance, c->decision.policy.name);
}

static int make_judged(struct call *c, bool watched, struct rv_judged *judged, struct rv_err *err)
{
	const struct rv_decision *d = &c->decision;
	const struct rv_monitor_from from = { &d->enforced->spec, &d->enforced_facts, &d->policy, &d->plan, c->session->node };
	int rc = 0;

	*judged = (struct rv_judged){ .compared = is_compared(c), .monitored = watched };
	if (judged->compared)
		rc = rv_judged_make(judged, &d->enforced->spec, &d->enforced_facts, c->runtime, &c->arena, err);
	judged->compared = is_compared(c);
	judged->monitored = watched;
	return rc == 0 && watched ? rv_monitor_make(&judged->monitor, &from, &c->arena, err) : rc;
}

static int add_hook(struct call *c, bool watched, struct rv_buf *out, struct rv_err *err)
{
	struct rv_record what = record_of(c, NULL);
	const char *entry = rv_state_entry(&c->state, c->root, c->inv->id, &c->arena);
	const char *file = rv_arena_printf(&c->arena, "%s/" RV_JUDGED_FILE, entry ? entry : "");
	struct rv_judged judged;
	rv_autobuf record = { 0 };
	int rc = make_judged(c, watched, &judged, err);

	if (rc < 0)
		return rc;
	what.plan = what.audit = NULL;
	rv_record_json(&what, &record);
	judged.id = c->inv->id;
	judged.bundle = c->runtime == RV_RUNTIME_CRUN ? c->asked.bundle : entry;
	judged.log = c->session->node->log;
	judged.caller_log = rv_invocation_log_path(c->inv);
	judged.caller_json = c->inv->log_json;
	judged.record_text = rv_buf_str(&record);
	c->start_monitor = watched && !strcmp(judged.monitor.start, "container");
	rv_judged_write(&judged, out);
	if (record.failed || out->failed || !entry || !file)
		return rv_err_nomem(err);
	return rv_bind_hook(&c->decision.enforced->spec, file, watched, err);
}

static int keep_state(struct call *c, struct rv_err *err)
{
	rv_autobuf caller = { 0 }, judged = { 0 };
	struct rv_decision *d = &c->decision;
	bool watched = false;
	int rc = is_watched(c, &watched, err);
	const struct rv_kept kept = { &d->text, &caller, watched || is_compared(c) ? &judged : NULL };

	if (rc == 0 && c->state.fd < 0)
		rc = rv_state_open(&c->state, true, err);
	if (rc == 0 && kept.judged)
		rc = add_hook(c, watched, &judged, err);
	if (rc == 0)
		rc = rv_bind(&d->enforced->spec, &d->enforced_facts, err);
	if (rc < 0)
		return rc;
	d->text.len = 0;
	rc = rv_json_write(&d->enforced->json, &d->text, err);
	if (rc == 0)
		rc = make_caller(c, &caller, err);
	if (rc < 0)
		return rc;
	rv_state_sweep(&c->state);
	rc = rv_state_create(&c->state, c->root, c->inv->id, &kept, &c->arena, err);
	c->over.bundle = rv_state_entry(&c->state, c->root, c->inv->id, &c->arena);
	if (rc == 0 && !c->over.bundle)
		rc = rv_err_nomem(err);
	return rc < 0 ? rc : show_bundle(c, err);
}

/* Only a create relies on what the runtime can do. A state directory that is at fault is told about when the entry is made. */
static void learn_runtime(struct call *c)
{
	if (rv_state_open(&c->state, true, NULL) < 0)
		rv_state_done(&c->state);
	rv_runtime_read(&c->real, c->session->runtime, &c->state, &c->arena);
}

static int judge_create(struct call *c, struct rv_err *err)
{
	int rc = rv_document_open(&c->asked, c->inv->bundle, c->inv->config, max_document(c), err);

	if (rc < 0)
		return rc;
	learn_runtime(c);
	c->facts.bundle = c->asked.bundle;
	c->facts.bundle_fd = c->asked.bundle_fd;
	if (c->inv->command->sub == RV_SUB_RESTORE) {
		rc = rv_decide_lifecycle(&c->decision, c->action, &c->asked.spec, &c->facts, &c->choice, err);
		if (rc < 0 || rv_plan_verdict(&c->decision.plan) == RV_PLAN_DENY)
			return rc;
		rv_decision_done(&c->decision);
	}
	return rv_decide_config(&c->decision, &c->asked, &c->facts, &c->choice, err);
}

static int do_create(struct call *c, struct rv_buf *refusal, struct rv_err *err)
{
	int rc = judge_create(c, err);

	if (rc == 0 && rv_plan_verdict(&c->decision.plan) != RV_PLAN_DENY)
		rc = keep_state(c, err);
	rc = conclude(c, rc, true, refusal, err);
	if (rc == 0 && c->start_monitor)
		rv_monitor_start();
	return rc < 0 ? rc : become_runtime(c, err);
}

/* ---- exec ---- */

/* --cgroup [controller:]path names a group below the container's own. */
static int check_cgroups(const struct rv_invocation *inv, struct rv_err *err)
{
	for (size_t i = 0; i < inv->given_count; i++) {
		const char *path = inv->given[i].flag->meaning == RV_FLAG_CGROUP ? inv->given[i].value : NULL;
		const char *colon = path ? strchr(path, ':') : NULL;

		if (!path)
			continue;
		path = colon ? colon + 1 : path;
		if (path[0] == '/' && path[1])
			return rv_err(err, RV_EDENIED, "--cgroup %s is absolute; name a group below the container's", path);
		for (const char *part = path; *part; part += strcspn(part, "/")) {
			part += strspn(part, "/");
			if (strcspn(part, "/") == 2 && part[0] == '.' && part[1] == '.')
				return rv_err(err, RV_EDENIED, "--cgroup: %s is not a sub cgroup path", path);
		}
	}
	return 0;
}

static int foreign_process(struct call *c, struct rv_buf *text, struct rv_err *err)
{
	rv_autodocument container = RV_DOCUMENT_INIT;
	int rc = rv_foreign_open(&container, c->runtime, c->root, c->inv->id, max_document(c), err);

	return rc < 0 ? rc : rv_invocation_process(c->inv, &container.json, text, err);
}

static int read_process(struct call *c, struct rv_err *err)
{
	const char *name = c->inv->process ? c->inv->process : "process";
	rv_autobuf text = { 0 };
	int rc;

	if (c->inv->process)
		rc = rv_document_read(c->inv->process, false, max_document(c), &text, err);
	else if (c->entry >= 0)
		rc = rv_invocation_process(c->inv, &c->container.json, &text, err);
	else
		rc = foreign_process(c, &text, err);
	if (rc == 0 && text.failed)
		rc = rv_err_nomem(err);
	return rc < 0 ? rc : rv_document_process(&c->asked, name, &text, max_document(c), err);
}

static int judge_exec(struct call *c, struct rv_err *err)
{
	int rc = check_cgroups(c->inv, err);

	if (rc == 0)
		rc = find_container(c, err);
	if (rc == 0)
		rc = read_process(c, err);
	c->running = rc == 0 ? rv_running_root(c->runtime, c->root, c->inv->id) : -1;
	c->facts.running_fd = c->running > 0 ? c->running : 0;
	return rc < 0 ? rc : rv_decide_exec(&c->decision, &c->asked, container_of(c), &c->facts, &c->choice, err);
}

static int do_exec(struct call *c, struct rv_buf *refusal, struct rv_err *err)
{
	int rc = judge_exec(c, err);

	rc = conclude(c, rc, rc == 0 && is_news(c), refusal, err);
	if (rc == 0)
		rc = hand_file(c, "process.json", &c->decision.text, &c->over.process, err);
	return rc < 0 ? rc : become_runtime(c, err);
}

/* ---- update ---- */

static int read_resources(struct call *c, struct rv_err *err)
{
	const char *name = c->inv->resources ? c->inv->resources : "resources";
	rv_autobuf text = { 0 };
	int rc = c->inv->resources ? rv_document_read(c->inv->resources, true, max_document(c), &text, err)
				   : rv_invocation_resources(c->inv, &text, err);

	if (rc == 0 && text.failed)
		rc = rv_err_nomem(err);
	return rc < 0 ? rc : rv_document_resources(&c->asked, name, &text, max_document(c), err);
}

static int do_update(struct call *c, struct rv_buf *refusal, struct rv_err *err)
{
	int rc = find_container(c, err);

	if (rc == 0)
		rc = read_resources(c, err);
	if (rc == 0)
		rc = rv_decide_update(&c->decision, &c->asked, container_of(c), &c->facts, &c->choice, err);
	rc = conclude(c, rc, true, refusal, err);
	if (rc == 0)
		rc = hand_file(c, "resources.json", &c->decision.text, &c->over.resources, err);
	return rc < 0 ? rc : become_runtime(c, err);
}

/* ---- checkpoint ---- */

static int do_checkpoint(struct call *c, struct rv_buf *refusal, struct rv_err *err)
{
	int rc = find_container(c, err);

	if (rc == 0)
		rc = rv_decide_lifecycle(&c->decision, c->action, container_of(c), &c->facts, &c->choice, err);
	rc = conclude(c, rc, true, refusal, err);
	return rc < 0 ? rc : become_runtime(c, err);
}

static const struct {
	enum rv_sub sub;
	int (*run)(struct call *c, struct rv_buf *refusal, struct rv_err *err);
} actions[] = {
	{ RV_SUB_CREATE, do_create }, { RV_SUB_RUN, do_create },    { RV_SUB_RESTORE, do_create },
	{ RV_SUB_EXEC, do_exec },     { RV_SUB_UPDATE, do_update }, { RV_SUB_CHECKPOINT, do_checkpoint },
};

static void gather_handed(struct call *c, struct rv_handed_fact *handed)
{
	const char *manager = c->inv->cgroup_manager;
	char dir[PATH_MAX];

	handed->no_cgroups = manager && !strcmp(manager, "disabled");
	handed->dir_fd = rv_handover_directory(c->inherited, dir, sizeof(dir));
	if (handed->dir_fd >= 0)
		handed->dir = rv_arena_strdup(&c->arena, dir);
}

int rv_enforce(const struct rv_session *s, struct rv_buf *refusal, struct rv_err *err)
{
	struct call c = {
		.session = s,
		.inv = s->inv,
		.action = s->inv->command->name,
		.runtime = rv_runtime_of(s->runtime),
		.facts = { .engine = s->engine, .id = s->inv->id, .bundle_fd = -1, .real = &c.real, .node = s->node },
		.real = { .path = s->runtime },
		.choice = { .policies = s->policies },
		.state = RV_STATE_INIT,
		.running = -1,
		.entry = -1,
		.container = RV_DOCUMENT_INIT,
		.asked = RV_DOCUMENT_INIT,
		.decision = RV_DECISION_INIT,
		.file = -1,
		.inherited = rv_handover_inherited(s->inv->preserve_fds),
	};
	int rc = -RV_EUSAGE;

	gather_handed(&c, &c.facts.handed);
	c.root = rv_state_runtime_root(c.runtime, s->inv->root, &c.arena, err);
	if (!c.root) {
		rc = -(int)err->code;
	} else if (!s->inv->id || !*s->inv->id || !strcmp(s->inv->id, ".") || !strcmp(s->inv->id, "..")) {
		rc = rv_err(err, RV_EUSAGE, "%s needs the id of a container", c.action);
	} else {
		for (size_t i = 0; i < RV_COUNT(actions); i++)
			if (actions[i].sub == s->inv->command->sub)
				rc = actions[i].run(&c, refusal, err);
	}
	call_done(&c);
	return rc;
}
