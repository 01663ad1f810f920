/* SPDX-License-Identifier: Apache-2.0 */
/* reevectl: for people. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "ctl.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *doc;
} commands[] = {
	{ "render", rv_ctl_render, "print the document that a container would get" },
	{ "explain", rv_ctl_explain, "show what policy changes or refuses, and by which rule" },
	{ "policy", rv_ctl_policy, "check and apply policy files, show what holds" },
	{ "events", rv_ctl_events, "show what containers did, or follow it" },
	{ "report", rv_ctl_report, "show what a container was given and what it used" },
	{ "node", rv_ctl_node, "show the policies, runtimes, places and monitoring of this node" },
};

int rv_ctl_error(const struct rv_err *err)
{
	char text[sizeof(struct rv_err)];

	fprintf(stderr, "reevectl: %s\n", rv_err_text(err, text, sizeof(text)));
	return rv_err_status(err->code);
}

int rv_ctl_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	fputs("reevectl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see reevectl %s%s--help\n", command, *command ? " " : "");
	return rv_err_status(RV_EUSAGE);
}

static int help(FILE *to)
{
	fputs("usage: reevectl COMMAND [ARGUMENT...]\n\n", to);
	for (size_t i = 0; i < RV_COUNT(commands); i++)
		fprintf(to, "  %-10s%s\n", commands[i].name, commands[i].doc);
	fputs("\nreevectl COMMAND --help tells more. reevectl --version prints the version.\n"
	      "Exit status: 0 done, 1 the system failed, 2 usage, 3 refused by policy, 4 document at fault,\n"
	      "5 policy at fault.\n",
	      to);
	return 0;
}

static const char *name_at(void *ctx, size_t i)
{
	(void)ctx;
	return i < RV_COUNT(commands) ? commands[i].name : NULL;
}

int main(int argc, char **argv)
{
	const char *near;

	if (argc < 2)
		return rv_ctl_usage("", "a command is missing");
	for (size_t i = 0; i < RV_COUNT(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help(stdout);
	if (!strcmp(argv[1], "--version")) {
		puts("reevectl " PACKAGE_VERSION);
		return 0;
	}
	near = rv_str_nearest(argv[1], name_at, NULL);
	return near ? rv_ctl_usage("", "unknown command %s; did you mean %s?", argv[1], near)
		    : rv_ctl_usage("", "unknown command %s", argv[1]);
}
