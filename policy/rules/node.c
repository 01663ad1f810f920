/* SPDX-License-Identifier: Apache-2.0 */
/* The node file. */
#include "rules/source.h"

/* Where Debian's and upstream's packages of each engine put things; /var/run is /run in resolved paths. */
static const char *const kubelet_dirs[] = { "/var/lib/kubelet", NULL };
static const char *const containerd_dirs[] = { "/var/lib/containerd", "/run/containerd", NULL };
static const char *const docker_dirs[] = { "/var/lib/docker", "/run/docker", NULL };
static const char *const containers_dirs[] = { "/var/lib/containers/storage", "/run/containers/storage", NULL };

void rv_node_defaults(struct rv_node *node)
{
	*node = (struct rv_node){
		.dirs = { kubelet_dirs, containerd_dirs, docker_dirs, containers_dirs },
		.max_document = RV_JSON_MAX,
		.log = RV_LOCALSTATEDIR "/log/reeve/decisions.jsonl",
		.monitor = { .start = "container", .tier = "auto", .reports = RV_LOCALSTATEDIR "/log/reeve/reports",
			     .events = RV_LOCALSTATEDIR "/log/reeve/events.jsonl", .rotate = 64 << 20, .keep = 4,
			     .socket = RV_RUNSTATEDIR "/reeve/monitor.sock", .journal = true },
	};
}

static const char *const *list_dirs(const struct rv_json *dirs, const char *const *usual, struct rv_arena *arena)
{
	static const char *const parts[] = { "root", "state" };
	const char **out;
	size_t n = 0;

	if (!dirs)
		return usual;
	out = rv_arena_alloc(arena, (rv_json_count(rv_json_get(dirs, "root")) + rv_json_count(rv_json_get(dirs, "state")) + 4) *
				    sizeof(*out));
	for (size_t i = 0; out && i < RV_COUNT(parts); i++) {
		const struct rv_json *list = rv_json_get(dirs, parts[i]);

		rv_json_each(path, list)
			out[n++] = rv_arena_strdup(arena, rv_json_str(path));
		/* the usual list has the root first and the rest is state */
		if (!list && i == 0 && usual[0])
			out[n++] = usual[0];
		for (size_t k = 1; !list && i == 1 && usual[0] && usual[k]; k++)
			out[n++] = usual[k];
	}
	return out ? out : usual;
}

static void read_monitor(struct rv_node_monitor *m, const struct rv_json *object, struct rv_arena *arena)
{
	const struct { const char *member; const char **at; } texts[] = {
		{ "start", &m->start }, { "tier", &m->tier }, { "reports", &m->reports }, { "events", &m->events },
		{ "socket", &m->socket }, { "metrics", &m->metrics },
	};
	const struct { const char *member; bool *at; } flags[] = {
		{ "journal", &m->journal }, { "stdout", &m->standard_output }, { "telemetry", &m->telemetry },
	};

	for (size_t i = 0; i < RV_COUNT(texts); i++)
		if (rv_json_get(object, texts[i].member))
			*texts[i].at = rv_copy_str(object, texts[i].member, arena);
	for (size_t i = 0; i < RV_COUNT(flags); i++)
		if (rv_json_get(object, flags[i].member))
			*flags[i].at = rv_json_true(rv_json_get(object, flags[i].member));
	rv_json_u64(rv_json_get(object, "rotate"), &m->rotate);
	rv_json_u64(rv_json_get(object, "keep"), &m->keep);
}

void rv_node_read(struct rv_policies *p, const struct rv_json *root)
{
	const struct rv_json *engines = rv_json_get(root, "engines"), *defaults = rv_json_get(root, "default");
	const char *diverted = rv_json_str(rv_json_get(root, "diverted"));
	struct rv_node *node = &p->node;
	const char *log = rv_copy_str(root, "log", &p->arena);

	node->runtime = rv_copy_str(root, "runtime", &p->arena);
	for (size_t i = 0; i < RV_ENGINE_COUNT; i++) {
		node->runtime_for[i] = rv_copy_str(rv_json_get(root, "runtimes"), rv_engine_names[i], &p->arena);
		p->fallback[i] = rv_json_str(defaults) ? rv_arena_strdup(&p->arena, rv_json_str(defaults))
						       : rv_copy_str(defaults, rv_engine_names[i], &p->arena);
	}
	node->dirs.kubelet = list_dirs(rv_json_get(engines, "kubelet"), kubelet_dirs, &p->arena);
	node->dirs.containerd = list_dirs(rv_json_get(engines, "containerd"), containerd_dirs, &p->arena);
	node->dirs.docker = list_dirs(rv_json_get(engines, "docker"), docker_dirs, &p->arena);
	node->dirs.containers = list_dirs(rv_json_get(engines, "containers"), containers_dirs, &p->arena);
	rv_json_u64(rv_json_get(root, "maxDocument"), &node->max_document);
	for (int i = 0; diverted && rv_engine_names[i]; i++)
		if (!strcmp(diverted, rv_engine_names[i]))
			node->diverted = (enum rv_engine)i;
	if (log)
		node->log = log;
	read_monitor(&node->monitor, rv_json_get(root, "monitor"), &p->arena);
}
