/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl policy: from sources to the active set, and what it says. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "policy-args.h"

#define POLICY_DIR RV_SYSCONFDIR "/reeve/policy.d"
#define DETECTIONS_DIR RV_SYSCONFDIR "/reeve/detections.d"
#define NODE_FILE RV_SYSCONFDIR "/reeve/reeve.json"

static const char usage[] =
	"usage: reevectl policy apply [--dir DIR] [--detections DIR] [--node FILE] [--output FILE]\n"
	"       reevectl policy check [--dir DIR] [--detections DIR] [--node FILE] [FILE...]\n"
	"       reevectl policy show [NAME]\n"
	"       reevectl policy detections [NAME]\n"
	"       reevectl policy match [--engine ENGINE] [--namespace NAME] [--pod NAME] [--container NAME] [--image NAME]\n"
	"                             [--digest DIGEST] [BUNDLE]\n"
	"       reevectl policy schema\n"
	"\n"
	"  apply       checks all sources and writes the active set in one step; nothing is written when anything is wrong\n"
	"  check       the same without writing; with FILEs these only, or after those of --dir\n"
	"  show        the policies in their order, or one policy or profile with each value and where it was set\n"
	"  detections  what is watched for: name, event, priority, action, whether the kernel decides it; or one detection at length\n"
	"  match       which policy applies to a container\n"
	"  schema      JSON Schema of policy, profile, grant, node and detection files\n"
	"\n"
	"  --dir DIR         sources; default " POLICY_DIR "\n"
	"  --detections DIR  detection files; default " DETECTIONS_DIR "\n"
	"  --node FILE       node file; default " NODE_FILE " when it exists\n"
	"  --output FILE     active set; default " RV_ACTIVE_FILE "\n";

/* ---- sources ---- */
struct sources {
	struct rv_arena arena;
	struct rv_source *item, node;
	size_t count, room;
	bool has_node;
};

static void sources_done(struct sources *s)
{
	rv_arena_done(&s->arena);
	free(s->item);
}

static int read_file(struct sources *s, const char *path, const char *shown, struct rv_source *out, struct rv_err *err)
{
	rv_autobuf text = { 0 };

	if (rv_io_read_at(AT_FDCWD, path, false, RV_JSON_MAX, &text, err)) {
		/* too long, or no regular file: here that is a policy at fault */
		if (err->code == RV_EDOCUMENT)
			err->code = RV_EPOLICY;
		return -(int)err->code;
	}
	*out = (struct rv_source){ .file = rv_arena_strdup(&s->arena, shown), .len = text.len,
				   .text = rv_arena_strndup(&s->arena, rv_buf_str(&text), text.len) };
	return s->arena.failed ? rv_err_nomem(err) : 0;
}

static int add_file(struct sources *s, const char *path, const char *shown, struct rv_err *err)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 16;
		struct rv_source *item = reallocarray(s->item, room, sizeof(*item));

		if (!item)
			return rv_err_nomem(err);
		s->item = item;
		s->room = room;
	}
	return read_file(s, path, shown, &s->item[s->count], err) ? -(int)err->code : (s->count++, 0);
}

static int is_source(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".json");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return rv_policy_name_cmp((*a)->d_name, (*b)->d_name);
}

static int read_dir(struct sources *s, const char *dir, bool must_exist, struct rv_err *err)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_source, by_name), rc = 0;

	if (n < 0)
		return errno == ENOENT && !must_exist ? 0 : rv_err_errno(err, errno, "cannot read %s", dir);
	for (int i = 0; i < n; i++) {
		const char *path = rv_arena_printf(&s->arena, "%s/%s", dir, names[i]->d_name);

		if (!rc)
			rc = path ? add_file(s, path, names[i]->d_name, err) : rv_err_nomem(err);
		free(names[i]);
	}
	free(names);
	return rc;
}

static int read_sources(struct sources *s, const struct rv_policy_args *args, struct rv_err *err)
{
	int rc = 0;

	if (args->dir || !args->file_count)
		rc = read_dir(s, args->dir ? args->dir : POLICY_DIR, args->dir, err);
	if ((args->dir || args->detections || !args->file_count) && !rc)
		rc = read_dir(s, args->detections ? args->detections : DETECTIONS_DIR, args->detections, err);
	for (int i = 0; i < args->file_count && !rc; i++)
		rc = add_file(s, args->files[i], args->files[i], err);
	if (rc)
		return rc;
	rc = read_file(s, args->node ? args->node : NODE_FILE, args->node ? args->node : "reeve.json", &s->node, err);
	s->has_node = !rc;
	return rc && !args->node && err->errnum == ENOENT ? 0 : rc;
}

/* ---- apply and check ---- */
static void print_all(const struct rv_errs *errs, const char *what)
{
	for (size_t i = 0; i < errs->count; i++) {
		char text[2048];

		fprintf(stderr, "%s%s\n", what, rv_err_text(&errs->item[i], text, sizeof(text)));
	}
}

static int compile(const struct sources *s, struct rv_buf *active)
{
	struct rv_errs errs = { 0 }, warnings = { 0 };
	int rc = rv_policies_compile(s->has_node ? &s->node : NULL, s->item, s->count, time(NULL), active, &errs, &warnings);

	print_all(&warnings, "warning: ");
	print_all(&errs, "");
	if (rc && !errs.count)
		fputs("reevectl: out of memory\n", stderr);
	else if (rc)
		fprintf(stderr, "reevectl: %zu mistake%s\n", errs.count, errs.count == 1 ? "" : "s");
	rv_errs_done(&errs);
	rv_errs_done(&warnings);
	return rv_err_status((enum rv_code)-rc);
}

/* For everyone to read, whatever the umask: ordinary users' containers keep to the same policies. */
static int write_active(const char *path, const struct rv_buf *active, struct rv_err *err)
{
	const char *slash = strrchr(path, '/');
	rv_autobuf dir = { 0 };
	rv_autofd fd = -1;
	bool made;

	rv_buf_add(&dir, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
	if (dir.failed)
		return rv_err_nomem(err);
	made = mkdir(dir.data, 0755) == 0;
	if (!made && errno != EEXIST)
		return rv_err_errno(err, errno, "cannot make %s", dir.data);
	fd = open(dir.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (made && fchmod(fd, 0755) < 0))
		return rv_err_errno(err, errno, "cannot open %s", dir.data);
	return rv_io_write_atomic(fd, slash ? slash + 1 : path, active->data, active->len, 0644, err);
}

static int apply(const struct rv_policy_args *args, bool write)
{
	RV_CLEANUP(sources_done) struct sources s = { 0 };
	const char *path = args->output ? args->output : RV_ACTIVE_FILE;
	rv_autobuf active = { 0 }, old = { 0 };
	struct rv_err err;
	int status;

	if (read_sources(&s, args, &err))
		return rv_ctl_error(&err);
	status = compile(&s, &active);
	if (status)
		return status;
	if (!write) {
		printf("%zu file%s, no mistake\n", s.count, s.count == 1 ? "" : "s");
		return 0;
	}
	if (rv_io_read_at(AT_FDCWD, path, false, RV_ACTIVE_MAX, &old, &err))
		rv_buf_adds(&old, "{}");
	if (write_active(path, &active, &err))
		return rv_ctl_error(&err);
	rv_policy_print_changes(rv_buf_str(&old), old.len, active.data, active.len);
	return 0;
}

/* ---- show, match, schema ---- */
static int schema(void)
{
	rv_autobuf out = { 0 };

	rv_policy_schema(&out);
	if (out.failed || fputs(rv_buf_str(&out), stdout) == EOF)
		return rv_err_status(RV_ESYSTEM);
	return 0;
}

static int show(const struct rv_policy_args *args)
{
	rv_autopolicies *p = NULL;
	struct rv_arena arena = { 0 };
	struct rv_facts facts = { .engine = RV_ENGINE_SHELL, .now = time(NULL) };
	struct rv_policy policy;
	struct rv_err err;
	int rc = rv_active_load(&p, NULL, &err);

	if (!rc && !args->file_count) {
		rv_policy_print_index(p);
	} else if (!rc) {
		rc = rv_policies_named(p, args->files[0], &facts, &arena, &policy, &err);
		if (!rc)
			rv_policy_print(&policy, &arena);
	}
	rv_arena_done(&arena);
	return rc ? rv_ctl_error(&err) : 0;
}

static int detections(const struct rv_policy_args *args)
{
	rv_autopolicies *p = NULL;
	struct rv_err err;
	int rc = rv_active_load(&p, NULL, &err);

	rc = rc ? rc : rv_policy_print_detections(p, args->file_count ? args->files[0] : NULL, &err);
	return rc ? rv_ctl_error(&err) : 0;
}

static int match(const struct rv_policy_args *args)
{
	rv_autopolicies *p = NULL;
	rv_autodocument doc = RV_DOCUMENT_INIT;
	struct rv_arena arena = { 0 };
	struct rv_facts facts = args->facts;
	struct rv_policy policy;
	struct rv_err err;
	int rc = rv_active_load(&p, NULL, &err);

	facts.now = time(NULL);
	if (!rc && args->file_count) {
		struct rv_call call = { .engine = args->facts.engine, .bundle_fd = -1, .node = rv_policies_node(p) };

		rc = rv_document_open(&doc, args->files[0], NULL, rv_policies_node(p)->max_document, &err);
		call.bundle = doc.bundle;
		call.bundle_fd = doc.bundle_fd;
		rc = rc ? rc : rv_facts_gather(&facts, &doc.spec, &call, false, &arena, &err);
	}
	rc = rc ? rc : rv_policies_select(p, &facts, &arena, &policy, &err);
	if (!rc)
		printf("%s (%s:%u), enforce %s%s%s\n", policy.name, policy.file, policy.line, policy.enforce.profile,
		       policy.has_audit ? ", audit " : "", policy.has_audit ? policy.audit.profile : "");
	rv_arena_done(&arena);
	return rc ? rv_ctl_error(&err) : 0;
}

int rv_ctl_policy(int argc, char **argv)
{
	struct rv_policy_args args;
	struct rv_err err;

	if (rv_policy_args_parse(&args, argc, argv, &err))
		return rv_ctl_usage("policy", "%s", err.msg);
	switch (args.verb) {
	case RV_VERB_HELP:
		fputs(usage, stdout);
		return 0;
	case RV_VERB_APPLY:
	case RV_VERB_CHECK:
		return apply(&args, args.verb == RV_VERB_APPLY);
	case RV_VERB_SHOW:
		return show(&args);
	case RV_VERB_MATCH:
		return match(&args);
	case RV_VERB_SCHEMA:
		return schema();
	case RV_VERB_DETECTIONS:
		return detections(&args);
	}
	return rv_ctl_usage("policy", "no such command");
}
