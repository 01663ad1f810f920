/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reeve makes of a call, for call.sh:
 *   call-show argv RUNTIME ARGS...	the canonical argv without argv0, one word a line
 *   call-show document CONFIG ARGS...	the document that the flags of exec or update stand for (CONFIG: the container's)
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "invocation.h"

static int show_argv(const struct rv_invocation *inv, const char *runtime, struct rv_err *err)
{
	RV_CLEANUP(rv_arena_done) struct rv_arena arena = { 0 };
	char **argv;
	int ret = rv_invocation_argv(inv, runtime, rv_runtime_of(runtime), NULL, &arena, &argv, err);

	if (ret < 0)
		return ret;
	for (int i = 1; argv[i]; i++)
		puts(argv[i]);
	return 0;
}

static int show_document(const struct rv_invocation *inv, const char *config, struct rv_err *err)
{
	rv_autobuf text = { 0 }, out = { 0 };
	rv_autojson doc = { 0 };
	int ret;

	if (inv->command->sub == RV_SUB_UPDATE) {
		ret = rv_invocation_resources(inv, &out, err);
	} else {
		ret = rv_io_read_at(AT_FDCWD, config, false, RV_JSON_MAX, &text, err);
		if (!ret)
			ret = rv_json_parse(&doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, err);
		if (!ret)
			ret = rv_invocation_process(inv, &doc, &out, err);
	}
	if (!ret)
		puts(rv_buf_str(&out));
	return ret;
}

int main(int argc, char **argv)
{
	struct rv_err err = RV_ERR_INIT;
	struct rv_invocation inv;
	char text[2048];
	int ret;

	if (argc < 3 || (strcmp(argv[1], "argv") != 0 && strcmp(argv[1], "document") != 0)) {
		fputs("usage: call-show argv RUNTIME ARGS... | call-show document CONFIG ARGS...\n", stderr);
		return 2;
	}
	ret = rv_invocation_parse(&inv, argc - 2, argv + 2, &err);
	if (!ret)
		ret = argv[1][0] == 'a' ? show_argv(&inv, argv[2], &err) : show_document(&inv, argv[2], &err);
	if (ret < 0)
		fprintf(stderr, "%s\n", rv_err_text(&err, text, sizeof(text)));
	return ret < 0 ? rv_err_status(err.code) : 0;
}
