/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl node: what reeve would do on this node, and with what. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "handover.h"
#include "node.h"

#define LOADER RV_LIBEXECDIR "/reeve/reeve-load"

static const char usage[] =
	"usage: reevectl node status [--json]\n"
	"       reevectl node doctor [--json]\n"
	"       reevectl node gc\n"
	"\n"
	"status  which policies hold, which real runtime each engine gets and what is known of it, and where decisions go.\n"
	"        Exit status 5 when the active set is broken, 1 when an engine has no runtime or nothing can be written:\n"
	"        then containers are refused.\n"
	"doctor  how containers are watched on this kernel, seen by trying\n"
	"gc      remove what containers that are gone have left in the kernel\n"
	"\n"
	"  --json  print one JSON object instead\n"
	"  --help  this text\n";

/* ---- the active set ---- */

static bool is_newer(const struct rv_node_status *s, const char *path)
{
	struct stat st;

	if (!s->applied.tv_sec || stat(path, &st) < 0)
		return false;
	return st.st_mtim.tv_sec > s->applied.tv_sec ||
	       (st.st_mtim.tv_sec == s->applied.tv_sec && st.st_mtim.tv_nsec > s->applied.tv_nsec);
}

/* The directory too: a file that was taken away is a change. */
static void find_newer(struct rv_node_status *s)
{
	static const char *const places[] = { RV_SYSCONFDIR "/reeve/reeve.json", RV_SYSCONFDIR "/reeve/policy.d" };
	DIR *dir;
	struct dirent *entry;

	for (size_t i = 0; i < RV_COUNT(places) && !s->newer; i++)
		if (is_newer(s, places[i]))
			s->newer = places[i];
	dir = s->newer ? NULL : opendir(places[1]);
	while (dir && !s->newer && (entry = readdir(dir))) {
		const char *path = rv_arena_printf(&s->arena, "%s/%s", places[1], entry->d_name);

		if (path && entry->d_name[0] != '.' && is_newer(s, path))
			s->newer = path;
	}
	if (dir)
		closedir(dir);
}

static void gather_set(struct rv_node_status *s)
{
	struct rv_policy_entry entry;
	rv_autobuf text = { 0 };
	struct stat st;

	if (stat(RV_ACTIVE_FILE, &st) == 0)
		s->applied = st.st_mtim;
	find_newer(s);
	s->broken = rv_active_load(&s->policies, &text, &s->set_error) < 0;
	if (text.len)
		rv_hash_hex(text.data, text.len, s->hash);
	if (s->broken && rv_policies_load(&s->policies, NULL, 0, NULL) < 0)
		return;
	for (size_t i = 0; rv_policies_at(s->policies, i, &s->arena, &entry); i++)
		*(entry.shipped ? &s->shipped : &s->own) += 1;
}

/* ---- engines and runtimes ---- */

static struct rv_node_runtime *runtime_at(struct rv_node_status *s, const char *path)
{
	struct rv_node_runtime *r = s->runtime;

	while (r < s->runtime + s->runtime_count && strcmp(r->fact.path, path))
		r++;
	if (r < s->runtime + s->runtime_count)
		return r;
	s->runtime_count++;
	rv_runtime_read(&r->fact, path, &s->state, &s->arena);
	return r;
}

static void gather_engine(struct rv_node_status *s, enum rv_engine engine)
{
	const struct rv_node *node = rv_policies_node(s->policies);
	struct rv_node_engine *e = &s->engine[engine];
	struct rv_facts facts = { .engine = engine, .now = s->now, .dirs = node->dirs };
	const char *path;
	struct rv_err err;

	if (!s->broken && rv_policies_select(s->policies, &facts, &s->arena, &e->policy, &err) == 0)
		e->has_policy = true;
	if (rv_handover_runtime(node, engine, false, &path, &e->error) < 0)
		return;
	e->runtime = runtime_at(s, path);
	e->escape_count = rv_escapes_of(&e->runtime->fact, e->has_policy ? &e->policy.enforce.set : NULL, e->escape,
					RV_ESCAPES_MAX, &s->arena);
}

/* ---- where things are written ---- */

/* A file in a directory that is made when it is needed: the nearest one that is there decides. */
static int can_write(const char *path)
{
	char above[PATH_MAX];
	char *slash;

	snprintf(above, sizeof(above), "%s", path);
	while (access(above, W_OK) < 0) {
		if (errno != ENOENT)
			return errno;
		slash = strrchr(above, '/');
		if (!slash || slash == above)
			return ENOENT;
		*slash = '\0';
	}
	return 0;
}

static void count_entries(struct rv_node_status *s)
{
	int fd = s->state.fd < 0 ? -1 : openat(s->state.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		s->containers += strlen(entry->d_name) == RV_HASH_HEX - 1;
	if (dir)
		closedir(dir);
	else
		rv_io_close(&fd);
}

static void gather_places(struct rv_node_status *s)
{
	s->log = rv_policies_node(s->policies)->log;
	s->log_errnum = can_write(s->log);
	s->state_errnum = can_write(s->state.fd < 0 ? RV_RUNSTATEDIR : s->state.path);
	count_entries(s);
}

static void done(struct rv_node_status *s)
{
	rv_policies_freep(&s->policies);
	rv_state_done(&s->state);
	rv_arena_done(&s->arena);
}

static int exit_status(const struct rv_node_status *s)
{
	if (s->broken)
		return rv_err_status(RV_EPOLICY);
	for (int i = 0; i < RV_ENGINE_COUNT; i++)
		if (!s->engine[i].runtime)
			return rv_err_status(RV_ESYSTEM);
	return s->state_errnum ? rv_err_status(RV_ESYSTEM) : 0;
}

/* reeve-load knows: nothing of the kernel programs is in here. */
static int ask_loader(const char *command, bool json)
{
	const char *const argv[] = { "reeve-load", command, json ? "--json" : NULL, NULL };
	struct rv_err err;

	execv(LOADER, (char *const *)(uintptr_t)argv);
	rv_err_errno(&err, errno, "cannot run %s", LOADER);
	return rv_ctl_error(&err);
}

static int status(bool json)
{
	RV_CLEANUP(done) struct rv_node_status s = { .state = RV_STATE_INIT, .now = time(NULL) };

	if (rv_state_open(&s.state, false, &s.state_error) < 0)
		s.state_broken = true;
	if (s.state_broken)
		rv_state_done(&s.state);
	gather_set(&s);
	if (!s.policies)
		return rv_ctl_error(&s.set_error);
	for (int i = 0; i < RV_ENGINE_COUNT; i++)
		gather_engine(&s, (enum rv_engine)i);
	gather_places(&s);
	if (s.arena.failed) {
		struct rv_err err;

		rv_err_nomem(&err);
		return rv_ctl_error(&err);
	}
	if (json)
		rv_node_print_json(&s);
	else
		rv_node_print(&s);
	return exit_status(&s);
}

int rv_ctl_node(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	bool json = false;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (opt != 'j')
			return rv_ctl_usage("node", "option %s is unknown", argv[optind - 1]);
		json = true;
	}
	if (argc - optind != 1)
		return rv_ctl_usage("node", "%s", optind < argc ? "one command is enough" : "a command is missing");
	if (!strcmp(argv[optind], "status"))
		return status(json);
	if (!strcmp(argv[optind], "doctor") || (!strcmp(argv[optind], "gc") && !json))
		return ask_loader(argv[optind], json);
	return rv_ctl_usage("node", "the commands are status, doctor and gc");
}
