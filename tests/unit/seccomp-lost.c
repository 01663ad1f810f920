/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp-lost BEFORE AFTER [DEFAULT]: system calls of this machine's own architecture that a container can no longer make, one a line.
 *
 * The files are a config.json or a bare profile; without a profile everything is allowed.
 *	lost NAME	was allowed, with some arguments at least, and no longer is
 *	narrowed NAME	is no longer allowed with some arguments
 *	gained NAME	is allowed with arguments that were refused: never what reeve does to a profile that refuses
 * With DEFAULT, what the policy gives where nothing is asked for, only numbers are printed: calls allowed before, after and lost, calls
 * tried in all, and how many of these AFTER lets through and BEFORE or DEFAULT does not.
 * Exit: 0; 1 when something was gained; 2 when a file is not understood.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

struct tally {
	struct bpf_program before, after, limit;
	bool numbers;		/* are wanted, not names */
	char call[64];
	bool was, is, less, more, any_more;
	size_t allowed_before, allowed_after, lost, tried, looser;
};

static void say(const struct tally *t)
{
	if (t->was && !t->is)
		printf("lost %s\n", t->call);
	else if (t->less)
		printf("narrowed %s\n", t->call);
	if (t->more)
		printf("gained %s\n", t->call);
}

/* After the last try of a call. */
static void end_call(struct tally *t)
{
	if (!t->numbers)
		say(t);
	t->allowed_before += t->was;
	t->allowed_after += t->is;
	t->lost += t->was && !t->is;
	t->any_more |= t->more;
	t->was = t->is = t->less = t->more = false;
}

static void visit(void *ctx, const struct filter_try *try)
{
	struct tally *t = ctx;
	bool was = filter_allows(&t->before, &try->data), is = filter_allows(&t->after, &try->data);

	t->tried++;
	t->looser += is && (!was || !filter_allows(&t->limit, &try->data));
	/* x32 numbers have names of other calls in their place */
	if (try->data.arch != seccomp_arch_native() || try->data.nr & 0x40000000 || !*try->call)
		return;
	if (strcmp(t->call, try->call) != 0) {
		end_call(t);
		snprintf(t->call, sizeof(t->call), "%s", try->call);
	}
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
	struct tally t = { .numbers = argc == 4 };
	struct bpf_program *programs[] = { &t.before, &t.after, &t.limit };
	const struct rv_json *profiles[3] = { NULL };
	struct rv_json_doc docs[3] = { 0 };
	const char *why = NULL;

	if (argc != 3 && argc != 4) {
		fputs("usage: seccomp-lost BEFORE AFTER [DEFAULT]\n", stderr);
		return 2;
	}
	for (int i = 0; i < argc - 1; i++) {
		profiles[i] = read_profile(argv[i + 1], &docs[i]);
		if (!filter_make(programs[i], profiles[i], &why)) {
			fprintf(stderr, "%s: no runtime takes this profile: %s\n", argv[i + 1], why);
			return 2;
		}
	}
	filter_tries(profiles, (size_t)argc - 1, NULL, visit, &t);
	end_call(&t);
	if (t.numbers)
		printf("%zu %zu %zu %zu %zu\n", t.allowed_before, t.allowed_after, t.lost, t.tried, t.looser);
	for (int i = 0; i < argc - 1; i++) {
		filter_free(programs[i]);
		rv_json_done(&docs[i]);
	}
	return t.any_more;
}
