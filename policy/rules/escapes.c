/* SPDX-License-Identifier: Apache-2.0 */
/* What is published of runc and crun, and which rules stand in the way. */
#include "reeve/runtime.h"

#include <string.h>

#include "rules/family.h"

enum { CLOSERS_MAX = 3, FIXED_MAX = 4 };

static bool links(const struct rv_settings *s) { return s->filesystem.links == RV_DENY; }
static bool destinations(const struct rv_settings *s) { return s->mounts.destinations == RV_DEST_GUARDED; }
static bool nested(const struct rv_settings *s) { return s->mounts.nested == RV_DENY; }
static bool no_root(const struct rv_settings *s) { return s->user.root != RV_ROOT_KEEP; }
static bool cgroup_namespace(const struct rv_settings *s) { return s->namespaces.cgroup != RV_NS_HOST; }
static bool inheritable(const struct rv_settings *s) { return !s->capabilities.inheritable.count; }
static bool krun(const struct rv_settings *s)
{
	return rv_list_any(&s->annotations.denied, "run.oci.handler") && rv_list_any(&s->annotations.denied, "krun.use_passt");
}
static bool always(const struct rv_settings *s)
{
	(void)s;
	return true;
}

static const struct closer {
	const char *text;
	bool (*holds)(const struct rv_settings *set);
} by_links = { "filesystem.links: deny", links },
  by_destinations = { "mounts.destinations: guarded", destinations },
  by_nested = { "mounts.nested: deny", nested },
  by_user = { "user.root: rewrite or deny", no_root },
  by_cgroup = { "namespaces.cgroup: add", cgroup_namespace },
  by_inheritable = { "capabilities.inheritable: []", inheritable },
  by_krun = { "annotations.denied: run.oci.* and krun.*", krun },
  by_document = { "exec gets a process document from reeve", always };

/*
 * since: the first version that has it, NULL for the first there was. fixed: the first without it, one a branch (major.minor) in
 * ascending order; a branch that is not named is mended from the last one on. All of `by` together close it.
 */
static const struct row {
	const char *id, *runtime, *since, *fixed[FIXED_MAX];
	const char *what;
	const struct closer *by[CLOSERS_MAX];
} rows[] = {
	{ "CVE-2019-5736", "runc", NULL, { "1.0.0-rc7" },
	  "a program of the image overwrites the runtime through /proc/self/exe", { &by_user } },
	{ "CVE-2019-16884", "runc", NULL, { "1.0.0-rc9" },
	  "a volume over /proc takes the label's write", { &by_destinations } },
	{ "CVE-2019-16884", "crun", NULL, { "0.10" },
	  "a volume over /proc takes the label's write", { &by_destinations } },
	{ "CVE-2019-18837", "crun", NULL, { "0.10.5" },
	  "links of the image lead mounts out of it", { &by_links } },
	{ "CVE-2019-19921", "runc", NULL, { "1.0.0-rc10" },
	  "/proc of the image is a link", { &by_links } },
	{ "CVE-2021-30465", "runc", NULL, { "1.0.0-rc95" },
	  "a mount's destination inside a shared volume is swapped for a link", { &by_nested } },
	{ "CVE-2022-27650", "crun", NULL, { "1.4.4" },
	  "exec leaves inheritable capabilities", { &by_inheritable } },
	{ "CVE-2022-29162", "runc", NULL, { "1.1.2" },
	  "exec --cap leaves inheritable capabilities", { &by_inheritable } },
	{ "CVE-2023-25809", "runc", NULL, { "1.1.5" },
	  "the host's cgroups can be written from a user namespace", { &by_cgroup } },
	{ "CVE-2023-27561", "runc", "1.0.0-rc95", { "1.1.5" },
	  "/proc of the image is a link", { &by_links } },
	{ "CVE-2023-28642", "runc", NULL, { "1.1.5" },
	  "/proc of the image is a link, so that labels are not set", { &by_links } },
	{ "CVE-2024-21626", "runc", "1.0.0-rc93", { "1.1.12" },
	  "the working directory is an open file of the runtime", { &by_links } },
	{ "CVE-2024-45310", "runc", NULL, { "1.1.14", "1.2.0-rc.3" },
	  "a mount's destination inside a shared volume makes files on the host", { &by_nested } },
	{ "CVE-2025-24965", "crun", NULL, { "1.20" },
	  "the krun handler writes through a link of the image", { &by_krun } },
	{ "CVE-2025-31133", "runc", NULL, { "1.2.8", "1.3.3", "1.4.0-rc.3" },
	  "masked paths through a /dev/null of the container's own", { &by_links, &by_destinations } },
	{ "CVE-2025-52565", "runc", "1.0.0-rc3", { "1.2.8", "1.3.3", "1.4.0-rc.3" },
	  "the console through a /dev/pts of the container's own", { &by_links, &by_destinations } },
	{ "CVE-2025-52881", "runc", NULL, { "1.2.8", "1.3.3", "1.4.0-rc.3" },
	  "a container that shares mounts leads the runtime's writes to /proc astray", { &by_links, &by_destinations, &by_nested } },
	{ "CVE-2026-30892", "crun", "1.19", { "1.27" },
	  "exec -u 1 runs as root", { &by_document } },
	{ "CVE-2026-41579", "runc", NULL, { "1.3.6", "1.4.3", "1.5.0-rc.3" },
	  "/dev of the image is a link", { &by_links } },
	{ "CVE-2026-47766", "crun", NULL, { "1.28" },
	  "/dev of the image is a link", { &by_links } },
	{ "CVE-2026-84042", "crun", "1.29", { "1.30.1" },
	  "krun with passt runs a program of the image on the host", { &by_krun } },
};

static bool same_branch(const char *a, const char *b)
{
	char text[2][32];

	for (int i = 0; i < 2; i++) {
		const char *version = i ? b : a, *dot = strchr(version, '.');
		size_t len = dot ? (size_t)(dot + 1 - version) + strcspn(dot + 1, ".+~-") : strlen(version);

		if (len >= sizeof(text[i]))
			return false;
		memcpy(text[i], version, len);
		text[i][len] = '\0';
	}
	return !strcmp(text[0], text[1]);
}

static bool has_it(const struct row *row, const char *version)
{
	const char *bound = row->fixed[0];

	if (row->since && rv_version_cmp(version, row->since) < 0)
		return false;
	for (size_t i = 0; i < FIXED_MAX && row->fixed[i]; i++) {
		bound = row->fixed[i];
		if (same_branch(version, bound))
			break;
	}
	return rv_version_cmp(version, bound) < 0;
}

/* The texts of those closers that hold, or that do not; NULL when there is none. Without a policy all are named as holding. */
static const char *texts(const struct row *row, const struct rv_settings *set, bool hold, struct rv_arena *arena)
{
	const char *text = NULL;

	for (size_t i = 0; i < CLOSERS_MAX && row->by[i]; i++)
		if ((!set || row->by[i]->holds(set)) == hold)
			text = text ? rv_arena_printf(arena, "%s, %s", text, row->by[i]->text) : row->by[i]->text;
	return text;
}

static const char *join_fixed(const struct row *row, struct rv_arena *arena)
{
	const char *text = row->fixed[0];

	for (size_t i = 1; i < FIXED_MAX && row->fixed[i]; i++)
		text = rv_arena_printf(arena, "%s, %s", text, row->fixed[i]);
	return text;
}

size_t rv_escapes_of(const struct rv_runtime_fact *real, const struct rv_settings *set, struct rv_escape *out, size_t max,
		     struct rv_arena *arena)
{
	size_t count = 0;

	if (!real->name || !real->version)
		return 0;
	for (size_t i = 0; i < RV_COUNT(rows) && count < max; i++) {
		const struct row *row = &rows[i];

		if (strcmp(row->runtime, real->name) || !has_it(row, real->version))
			continue;
		out[count] = (struct rv_escape){ .id = row->id, .what = row->what, .fixed = join_fixed(row, arena) };
		out[count].needs = texts(row, set, false, arena);
		if (!out[count].needs)
			out[count].by = texts(row, set, true, arena);
		count++;
	}
	return count;
}
