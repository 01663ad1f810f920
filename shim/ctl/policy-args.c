/* SPDX-License-Identifier: Apache-2.0 */
#include "policy-args.h"

#include <getopt.h>
#include <string.h>

enum { FOR_SOURCES = 1, FOR_OUTPUT = 2, FOR_MATCH = 4 };

static const struct verb {
	const char *name;
	enum rv_verb verb;
	unsigned options;
	int max_files;
} verbs[] = {
	{ "apply", RV_VERB_APPLY, FOR_SOURCES | FOR_OUTPUT, 0 },
	{ "check", RV_VERB_CHECK, FOR_SOURCES, 1 << 20 },
	{ "show", RV_VERB_SHOW, 0, 1 },
	{ "match", RV_VERB_MATCH, FOR_MATCH, 1 },
	{ "schema", RV_VERB_SCHEMA, 0, 0 },
	{ "detections", RV_VERB_DETECTIONS, 0, 1 },
	{ "help", RV_VERB_HELP, 0, 0 },
	{ "--help", RV_VERB_HELP, 0, 0 },
	{ "-h", RV_VERB_HELP, 0, 0 },
};

enum { OPT_DIR = 1, OPT_DETECTIONS, OPT_NODE, OPT_OUTPUT, OPT_ENGINE, OPT_NAMESPACE, OPT_POD, OPT_CONTAINER, OPT_IMAGE, OPT_DIGEST, OPT_HELP };
static const struct option options[] = {
	{ "dir", required_argument, NULL, OPT_DIR },
	{ "detections", required_argument, NULL, OPT_DETECTIONS },
	{ "node", required_argument, NULL, OPT_NODE },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "namespace", required_argument, NULL, OPT_NAMESPACE },
	{ "pod", required_argument, NULL, OPT_POD },
	{ "container", required_argument, NULL, OPT_CONTAINER },
	{ "image", required_argument, NULL, OPT_IMAGE },
	{ "digest", required_argument, NULL, OPT_DIGEST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

static const char *verb_name(void *ctx, size_t i)
{
	(void)ctx;
	return i < RV_COUNT(verbs) ? verbs[i].name : NULL;
}

static int take_engine(struct rv_policy_args *args, const char *name, struct rv_err *err)
{
	for (int i = 0; rv_engine_names[i]; i++) {
		if (!strcmp(rv_engine_names[i], name)) {
			args->facts.engine = (enum rv_engine)i;
			return 0;
		}
	}
	return rv_err(err, RV_EUSAGE, "unknown engine %s: shell, cri, containerd, docker or podman", name);
}

static int take(struct rv_policy_args *args, const struct verb *verb, int opt, struct rv_err *err)
{
	const char **into[] = {
		[OPT_DIR] = &args->dir, [OPT_DETECTIONS] = &args->detections, [OPT_NODE] = &args->node, [OPT_OUTPUT] = &args->output,
		[OPT_NAMESPACE] = &args->facts.name_space, [OPT_POD] = &args->facts.pod, [OPT_CONTAINER] = &args->facts.container,
		[OPT_IMAGE] = &args->facts.image, [OPT_DIGEST] = &args->facts.digest };
	unsigned group = opt >= OPT_ENGINE ? FOR_MATCH : opt == OPT_OUTPUT ? FOR_OUTPUT : FOR_SOURCES;

	if (!(verb->options & group))
		return rv_err(err, RV_EUSAGE, "policy %s takes no --%s", verb->name, options[opt - 1].name);
	if (opt == OPT_ENGINE)
		return take_engine(args, optarg, err);
	*into[opt] = optarg;
	return 0;
}

int rv_policy_args_parse(struct rv_policy_args *args, int argc, char **argv, struct rv_err *err)
{
	const struct verb *verb = NULL;
	const char *near;
	int opt;

	*args = (struct rv_policy_args){ .verb = RV_VERB_HELP, .facts = { .engine = RV_ENGINE_CRI } };
	if (argc < 2)
		return rv_err(err, RV_EUSAGE, "policy: a command is missing");
	for (size_t i = 0; i < RV_COUNT(verbs) && !verb; i++)
		if (!strcmp(argv[1], verbs[i].name))
			verb = &verbs[i];
	if (!verb) {
		near = rv_str_nearest(argv[1], verb_name, NULL);
		return rv_err(err, RV_EUSAGE, "policy: unknown command %s%s%s%s", argv[1], near ? "; did you mean " : "",
			      near ? near : "", near ? "?" : "");
	}
	args->verb = verb->verb;
	argc--;
	argv++;
	opterr = 0;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == OPT_HELP || opt == 'h') {
			args->verb = RV_VERB_HELP;
			return 0;
		}
		if (opt == '?')
			return rv_err(err, RV_EUSAGE, "policy %s: option %s is unknown or lacks its value", verb->name,
				      argv[optind - 1]);
		if (take(args, verb, opt, err))
			return -RV_EUSAGE;
	}
	args->files = argv + optind;
	args->file_count = argc - optind;
	if (args->file_count > verb->max_files)
		return rv_err(err, RV_EUSAGE, "policy %s: unexpected argument %s", verb->name, argv[optind + verb->max_files]);
	return 0;
}
