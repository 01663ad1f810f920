/* SPDX-License-Identifier: Apache-2.0 */
/* Writes rv_shipped_detections: names and hash of the embedded detections. Run by the build. */
#include <stdio.h>

#include "detect/detect.h"

static void put_flags(const struct rv_detections *d, const char *name, size_t offset)
{
	printf("static const bool %s[] = {", name);
	for (size_t i = 0; i < d->count; i++)
		printf("%s%d", i ? ", " : " ", *(const bool *)((const char *)&d->item[i] + offset));
	printf(" };\n");
}

static void put_names(const struct rv_detections *d)
{
	printf("#include \"rules/source.h\"\n\nstatic const char *const names[] = {\n");
	for (size_t i = 0; i < d->count; i++)
		printf("\t\"%s\",\n", d->item[i].name);
	printf("};\nstatic const enum rv_action actions[] = {");
	for (size_t i = 0; i < d->count; i++)
		printf("%s%d", i ? ", " : " ", (int)d->item[i].action);
	printf(" };\n");
	put_flags(d, "kernel", offsetof(struct rv_detection, kernel));
	put_flags(d, "calls", offsetof(struct rv_detection, calls));
	put_flags(d, "paths", offsetof(struct rv_detection, paths));
	printf("const struct rv_detection_names rv_shipped_detections = {\n\t\"%s\", names, actions, kernel, calls, paths, %zu,\n};\n",
	       d->hash, d->count);
}

int main(void)
{
	struct rv_arena arena = { 0 };
	struct rv_errs errs = { 0 };
	struct rv_detections d;
	int rc = rv_detect_compile(NULL, 0, &arena, &d, &errs);

	for (size_t i = 0; i < errs.count; i++) {
		char text[2048];

		fprintf(stderr, "%s\n", rv_err_text(&errs.item[i], text, sizeof(text)));
	}
	if (!rc)
		put_names(&d);
	rv_errs_done(&errs);
	rv_arena_done(&arena);
	return rc || ferror(stdout) || fflush(stdout) ? 1 : 0;
}
