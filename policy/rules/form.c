/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of policy files as tables. */
#include "rules/source.h"

static const char *const access_words[] = { "ro", "rw", NULL };
static const char *const then_words[] = { "stop", "freeze", NULL };
static const char *const stage_words[] = { "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
					   NULL };

static const struct rv_field match_fields[] = {
	{ "engine", RV_FIELD_GLOBS, .words = rv_engine_names, .doc = "Which engine asks, known by the entry path it calls." },
	{ "namespace", RV_FIELD_GLOBS, .doc = "Kubernetes namespace; holds for a CRI engine only, others let users write it." },
	{ "pod", RV_FIELD_GLOBS, .doc = "Pod name, chosen by its author." },
	{ "container", RV_FIELD_GLOBS, .doc = "Container name, chosen by its author." },
	{ "image", RV_FIELD_GLOBS, .doc = "Image name as the engine tells it." },
	{ "digest", RV_FIELD_GLOBS, .doc = "Image digest (sha256:…)." },
	{ 0 }
};
const struct rv_form rv_form_match = {
	.what = "match", .field = match_fields,
	.doc = "Every member must hold; of a list, one entry must and none that begins with ! may. An empty match holds for all. What "
	       "nobody knows (the namespace under docker) does not hold.",
};

static const struct rv_field mount_fields[] = {
	{ "source", RV_FIELD_SOURCE, .check = rv_settings_source, .required = true,
	  .doc = "Glob over the resolved host path; takes in what lies below it. {kubelet}, {containerd}, {docker} and {containers} in "
		 "front stand for the directories that the node file names." },
	{ "access", RV_FIELD_WORD, .words = access_words, .doc = "ro (default: the mount is made read-only) or rw." },
	{ "propagation", RV_FIELD_WORD, .words = rv_words_propagation, .doc = "Strongest propagation: private (default), slave, shared." },
	{ 0 }
};
const struct rv_form rv_form_mount = { .what = "mount", .field = mount_fields, .doc = "A host path that may be bound." };

static const struct rv_field hook_fields[] = {
	{ "path", RV_FIELD_GLOB, .required = true, .doc = "Glob over the resolved executable." },
	{ "args", RV_FIELD_STRINGS,
	  .doc = "One glob for each argument after the first; {id} is the container's id, {pid} any number, a last ** any further." },
	{ "stage", RV_FIELD_WORD, .words = stage_words, .doc = "The only stage it may run at; any when it is left out." },
	{ 0 }
};
const struct rv_form rv_form_hook = { .what = "hook", .field = hook_fields, .doc = "A hook that may run." };

static const struct rv_field grace_fields[] = {
	{ "for", RV_FIELD_SECONDS, .required = true, .doc = "How long a container runs that would be refused: 90s, 30m, 72h, 14d." },
	{ "then", RV_FIELD_WORD, .words = then_words, .doc = "What happens at the end: stop (default) or freeze." },
	{ 0 }
};
static const struct rv_form grace_form = {
	.what = "grace", .field = grace_fields,
	.doc = "Lets what would be refused run for a time; faults of the document and the node's floor are refused at once.",
};

static const struct rv_field exception_fields[] = {
	{ "why", RV_FIELD_TEXT, .required = true, .doc = "The reason, for whoever reads the decision." },
	{ "until", RV_FIELD_DATE, .doc = "Last day on which it holds, UTC." },
	{ "when", RV_FIELD_FORM, .form = &rv_form_match, .doc = "Only for containers that this matches." },
	{ "grant", RV_FIELD_NAME, .doc = "Name of a shipped or own bundle of allowances." },
	{ 0 }
};
const struct rv_form rv_form_exception = {
	.what = "exception", .field = exception_fields, .member = rv_settings_widen, .more = rv_settings_name,
	.doc = "What is allowed beside the profile: a grant, control families with looser values, \"mount\" for one host path.",
};

static const struct rv_field policy_fields[] = {
	{ "name", RV_FIELD_NAME, .required = true, .doc = "Name of the policy, once a node." },
	{ "description", RV_FIELD_TEXT, .doc = "What it is for." },
	{ "match", RV_FIELD_FORM, .form = &rv_form_match, .doc = "Which containers it is for; the first policy that matches applies." },
	{ "enforce", RV_FIELD_NAME, .required = true, .doc = "The profile that binds." },
	{ "audit", RV_FIELD_NAME, .doc = "A profile whose decision is only recorded." },
	{ "set", RV_FIELD_TIGHTEN, .check = rv_settings_check,
	  .doc = "Values that tighten the profile's or fill in; lists of what is allowed are intersected." },
	{ "allow", RV_FIELD_FORMS, .form = &rv_form_exception, .doc = "Exceptions, each with a reason." },
	{ "grace", RV_FIELD_FORM, .form = &grace_form, .doc = "A time for violations to run while they are reported." },
	{ 0 }
};
const struct rv_form rv_form_policy = { .what = "policy", .field = policy_fields, .doc = "The rules for some containers." };

static const struct rv_field profile_fields[] = {
	{ "profile", RV_FIELD_NAME, .required = true, .doc = "Name of the profile." },
	{ "description", RV_FIELD_TEXT, .required = true, .doc = "What it is for." },
	{ "extends", RV_FIELD_NAME, .doc = "The profile it starts from. Only shipped profiles do without." },
	{ "set", RV_FIELD_DEFINE, .check = rv_settings_check, .required = true,
	  .doc = "Values in place of those it extends; lists of what is refused, supplied, limited, of mounts and hooks are added." },
	{ 0 }
};
const struct rv_form rv_form_profile = { .what = "profile", .field = profile_fields, .doc = "A whole set of values with a name." };

static const struct rv_field grant_fields[] = {
	{ "grant", RV_FIELD_NAME, .required = true, .doc = "Name of the grant." },
	{ "description", RV_FIELD_TEXT, .required = true, .doc = "Who needs it, and what it gives away." },
	{ "allow", RV_FIELD_WIDEN, .check = rv_settings_check, .required = true, .doc = "Looser values, as in an exception." },
	{ 0 }
};
const struct rv_form rv_form_grant = { .what = "grant", .field = grant_fields, .doc = "Allowances that belong together." };

static const struct rv_field dir_fields[] = {
	{ "root", RV_FIELD_PATHS, .doc = "Persistent directories, in place of the default." },
	{ "state", RV_FIELD_PATHS, .doc = "Run-time directories, in place of the default." },
	{ 0 }
};
static const struct rv_form dir_form = { .what = "directories", .field = dir_fields, .doc = "Where an engine keeps its files." };
static const struct rv_field engine_fields[] = {
	{ "kubelet", RV_FIELD_FORM, .form = &dir_form, .doc = "/var/lib/kubelet" },
	{ "containerd", RV_FIELD_FORM, .form = &dir_form, .doc = "/var/lib/containerd and /run/containerd" },
	{ "docker", RV_FIELD_FORM, .form = &dir_form, .doc = "/var/lib/docker and /run/docker" },
	{ "containers", RV_FIELD_FORM, .form = &dir_form,
	  .doc = "Storage of podman and CRI-O: /var/lib/containers/storage and /run/containers/storage" },
	{ 0 }
};
static const struct rv_form engines_form = { .what = "engines", .field = engine_fields, .doc = "Directories that engines own." };

#define BY_ENGINE(kind) { \
	{ "shell", kind, .doc = "A person, or a program that is no known engine." }, \
	{ "cri", kind, .doc = "containerd's CRI plug-in and CRI-O." }, \
	{ "containerd", kind, .doc = "Other clients of containerd." }, \
	{ "docker", kind, .doc = "dockerd." }, \
	{ "podman", kind, .doc = "podman." }, \
	{ 0 } }
static const struct rv_field runtime_fields[] = BY_ENGINE(RV_FIELD_PATH);
static const struct rv_form runtimes_form = { .what = "runtimes", .field = runtime_fields, .doc = "Real runtime by engine." };
static const struct rv_field default_fields[] = BY_ENGINE(RV_FIELD_NAME);
static const struct rv_form defaults_form = { .what = "default", .field = default_fields, .doc = "Policy or profile by engine." };

static const char *const start_words[] = { "container", "service", "off", NULL };
static const char *const tier_words[] = { "auto", "base", NULL };
static const struct rv_field monitor_fields[] = {
	{ "start", RV_FIELD_WORD, .words = start_words,
	  .doc = "What starts reeve-monitor: container (default: the first one when none runs), service (systemd), off." },
	{ "tier", RV_FIELD_WORD, .words = tier_words,
	  .doc = "auto (default: what the kernel can), or base for no more than tracepoints and cgroup programs." },
	{ "reports", RV_FIELD_PATH, .doc = "Directory of the containers' reports, /var/log/reeve/reports when left out." },
	{ "events", RV_FIELD_PATH, .doc = "File of alerts, /var/log/reeve/events.jsonl when left out." },
	{ "rotate", RV_FIELD_COUNT, .doc = "Bytes after which that file is renamed and a new one begun, 67108864 when left out." },
	{ "keep", RV_FIELD_COUNT, .doc = "How many renamed ones are kept, 4 when left out." },
	{ "journal", RV_FIELD_FLAG, .doc = "Alerts go to the journal too; true when left out." },
	{ "stdout", RV_FIELD_FLAG, .doc = "Alerts go to the standard output of a reeve-monitor that systemd started too." },
	{ "socket", RV_FIELD_PATH,
	  .doc = "Unix socket to which reevectl events --follow connects, /run/reeve/monitor.sock when left out." },
	{ "metrics", RV_FIELD_PATH, .doc = "File that node-exporter's textfile collector reads; none when left out." },
	{ "telemetry", RV_FIELD_FLAG,
	  .doc = "Executions, ends, network use and questions in DNS are written into that file even when no detection fires." },
	{ 0 }
};
static const struct rv_form monitor_form = { .what = "monitor", .field = monitor_fields,
					     .doc = "What watches the containers. reeve-monitor reads it when it starts." };

static const struct rv_field node_fields[] = {
	{ "runtime", RV_FIELD_PATH, .doc = "The real runtime; the first of runc and crun that is installed when left out." },
	{ "runtimes", RV_FIELD_FORM, .form = &runtimes_form, .doc = "The real runtime for single engines." },
	{ "engines", RV_FIELD_FORM, .form = &engines_form, .doc = "Directories of engines that are not where they usually are." },
	{ "default", RV_FIELD_NAME_OR_FORM, .form = &defaults_form,
	  .doc = "Policy or profile for containers that no policy matches; the shipped default when left out." },
	{ "floor", RV_FIELD_TIGHTEN, .check = rv_settings_check, .doc = "Values that no policy, profile or exception loosens." },
	{ "maxDocument", RV_FIELD_BYTES, .doc = "Largest config.json or process.json in bytes." },
	{ "log", RV_FIELD_PATH, .doc = "File of the decision records." },
	{ "diverted", RV_FIELD_WORD, .words = rv_engine_names,
	  .doc = "Engine that calls reeve where it stands in place of the file runc itself; shell when left out." },
	{ "monitor", RV_FIELD_FORM, .form = &monitor_form, .doc = "reeve-monitor and what it writes." },
	{ 0 }
};
const struct rv_form rv_form_node = { .what = "node file", .field = node_fields, .doc = "What holds for the whole node." };
