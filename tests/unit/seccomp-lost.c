/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp-lost BEFORE AFTER: system calls of this machine's own architecture that a container can no longer make, one a line.
 *
 * BEFORE and AFTER are a config.json or a bare profile; without a profile everything is allowed.
 *	lost NAME	was allowed, with some arguments at least, and no longer is
 *	narrowed NAME	is no longer allowed with some arguments
 *	gained NAME	is allowed with arguments that were refused: never what reeve does to a profile that refuses
 * Exit: 0; 1 when something was gained; 2 when a file is not understood.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

struct tally {
	const struct bpf_program *before, *after;
	char call[64];
	bool was, is, less, more, any_more;
};

static void say(struct tally *t)
{
	if (t->was && !t->is)
		printf("lost %s\n", t->call);
	else if (t->less)
		printf("narrowed %s\n", t->call);
	if (t->more)
		printf("gained %s\n", t->call);
	t->any_more |= t->more;
}

static void visit(void *ctx, const struct filter_try *try)
{
	bool was, is;
	struct tally *t = ctx;

	/* x32 numbers have names of other calls in their place */
	if (try->data.arch != seccomp_arch_native() || try->data.nr & 0x40000000 || !*try->call)
		return;
	if (strcmp(t->call, try->call) != 0) {
		say(t);
		t->was = t->is = t->less = t->more = false;
		snprintf(t->call, sizeof(t->call), "%s", try->call);
	}
	was = filter_allows(t->before, &try->data);
	is = filter_allows(t->after, &try->data);
	t->was |= was;
	t->is |= is;
	t->less |= was && !is;
	t->more |= is && !was;
}

static const struct rv_json *read_profile(const char *path, struct rv_json_doc *doc)
{
	struct rv_err err = RV_ERR_INIT;
	rv_autobuf text = { 0 };

	if (rv_io_read_at(AT_FDCWD, path, false, RV_JSON_MAX, &text, &err) < 0 ||
	    rv_json_parse(doc, rv_buf_str(&text), text.len, RV_JSON_MAX, 0, &err) < 0) {
		fprintf(stderr, "%s: %s\n", path, err.msg);
		exit(2);
	}
	return rv_json_get(doc->root, "defaultAction") ? doc->root : rv_json_get(rv_json_get(doc->root, "linux"), "seccomp");
}

int main(int argc, char **argv)
{
	rv_autojson before_doc = { 0 }, after_doc = { 0 };
	const struct rv_json *profiles[2];
	struct bpf_program program[2];
	struct tally t = { .before = &program[0], .after = &program[1] };

	if (argc != 3) {
		fputs("usage: seccomp-lost BEFORE AFTER\n", stderr);
		return 2;
	}
	profiles[0] = read_profile(argv[1], &before_doc);
	profiles[1] = read_profile(argv[2], &after_doc);
	for (int i = 0; i < 2; i++) {
		const char *why = NULL;

		if (!filter_make(&program[i], profiles[i], &why)) {
			fprintf(stderr, "%s: no runtime takes this profile: %s\n", argv[i + 1], why);
			return 2;
		}
	}
	filter_tries(profiles, 2, NULL, visit, &t);
	say(&t);
	filter_free(&program[0]);
	filter_free(&program[1]);
	return t.any_more;
}
