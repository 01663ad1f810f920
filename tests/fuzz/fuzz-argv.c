/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a command line, one word a line or up to a NUL. What is understood must have a canonical form that reads as
 * itself for each runtime, without any judged flag but those of the documents, and the documents made from flags must be JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "invocation.h"

#define MUST(what)               \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

#define WORDS_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int split(char *text, size_t size, char **argv)
{
	static char program[] = "runc";
	int argc = 0;

	argv[argc++] = program;
	for (char *p = text, *end = text + size; p < end && argc < WORDS_MAX; p += strlen(p) + 1) {
		p[strcspn(p, "\n")] = '\0';
		argv[argc++] = p;
	}
	argv[argc] = NULL;
	return argc;
}

static int count(char *const *argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

static bool same(char *const *a, char *const *b)
{
	while (*a && *b && !strcmp(*a, *b))
		a++, b++;
	return *a == *b;
}

static void check_no_judged(const struct rv_invocation *inv)
{
	for (size_t i = 0; i < inv->given_count; i++) {
		enum rv_meaning m = inv->given[i].flag->meaning;

		MUST(m >= RV_FLAG_PASS || m == RV_FLAG_BUNDLE || m == RV_FLAG_PROCESS || m == RV_FLAG_RESOURCES);
	}
	MUST(!inv->arg_count && !inv->config);
	MUST(!inv->bundle || !strcmp(inv->bundle, "/B"));
	MUST(!inv->process || !strcmp(inv->process, "/P"));
	MUST(!inv->resources || !strcmp(inv->resources, "/R"));
}

static void check_canonical(const struct rv_invocation *inv, enum rv_runtime runtime)
{
	static const struct rv_overrides documents = { .bundle = "/B", .process = "/P", .resources = "/R" };
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	struct rv_err err = RV_ERR_INIT;
	struct rv_invocation again;
	char **once, **twice;

	if (rv_invocation_argv(inv, "r", runtime, &documents, &arena, &once, &err)) {
		MUST(err.code == RV_EUSAGE && err.msg[0]);
		return;
	}
	MUST(!rv_invocation_parse(&again, count(once), once, NULL));
	MUST(again.command == inv->command);
	if (!inv->help)
		MUST(!inv->id == !again.id && (!inv->id || !strcmp(inv->id, again.id)));
	if (inv->command->class != RV_CLASS_PASS)
		check_no_judged(&again);
	MUST(!rv_invocation_argv(&again, "r", runtime, &documents, &arena, &twice, NULL));
	MUST(same(once, twice));
}

static void check_documents(const struct rv_invocation *inv)
{
	static const char config[] = "{\"process\":{\"args\":[\"a\"],\"env\":null,\"user\":{\"uid\":1}}}";
	rv_autojson container = { 0 }, made = { 0 };
	rv_autobuf out = { 0 };
	struct rv_err err = RV_ERR_INIT;
	int ret = 0;

	if (inv->help)
		return;
	if (inv->command->sub == RV_SUB_EXEC && !inv->process) {
		MUST(!rv_json_parse(&container, config, strlen(config), RV_JSON_MAX, 0, NULL));
		ret = rv_invocation_process(inv, &container, &out, &err);
	} else if (inv->command->sub == RV_SUB_UPDATE && !inv->resources) {
		ret = rv_invocation_resources(inv, &out, &err);
	} else {
		return;
	}
	if (ret)
		MUST(err.code == RV_EUSAGE && err.msg[0]);
	else
		MUST(!rv_json_parse(&made, rv_buf_str(&out), out.len, RV_JSON_MAX, 0, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[WORDS_MAX + 1];
	struct rv_err err = RV_ERR_INIT;
	struct rv_invocation inv;
	int argc;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	argc = split(text, size, argv);
	if (rv_invocation_parse(&inv, argc, argv, &err)) {
		MUST(err.code == RV_EUSAGE && err.msg[0]);
		MUST(inv.command);
	} else {
		check_canonical(&inv, RV_RUNTIME_RUNC);
		check_canonical(&inv, RV_RUNTIME_CRUN);
		check_documents(&inv);
	}
	rv_invocation_log_path(&inv);
	free(text);
	return 0;
}
