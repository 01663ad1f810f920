/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a record out of a ring: refused, or every field of it can be printed, as text that no terminal obeys and as JSON, and every
 * shipped detection can be judged on it.
 */
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"

#define MUST(what)               \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rv_detections detections;
static struct rv_arena kept;

static void compile(void)
{
	struct rv_errs errs = { 0 };

	if (!detections.count)
		MUST(rv_detect_compile(NULL, 0, &kept, &detections, &errs) == 0);
}

static void check_json(const char *text, size_t len)
{
	rv_autojson doc = { 0 };

	MUST(rv_json_parse(&doc, text, len, RV_JSON_MAX, 0, NULL) == 0);
}

static void print_fields(const struct rv_event_view *view, const struct rv_json *identity)
{
	for (size_t i = 0; rv_event_fields[i].name; i++) {
		rv_autobuf json = { 0 }, text = { 0 };

		if (rv_event_field_json(view, identity, rv_event_fields[i].name, &json))
			check_json(rv_buf_str(&json), json.len);
		rv_event_field_text(view, identity, rv_event_fields[i].name, &text);
		MUST(!text.failed);
		for (const char *s = rv_buf_str(&text); *s; s++)
			MUST(!rv_str_unprintable(s));
	}
}

static void judge(const struct rv_event_view *view, const struct rv_json *identity)
{
	__u64 out[RV_RULES / 64];

	compile();
	rv_detections_judge(&detections, view, identity, out);
	for (size_t i = 0; i < RV_COUNT(out); i++)
		MUST(!(out[i] & ~view->event->rules[i]));
	for (size_t i = 0; i < detections.count; i++) {
		rv_autobuf text = { 0 };

		rv_detection_output(&detections.item[i], view, identity, &text);
		MUST(!text.failed);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char known[] = "{\"engine\":\"cri\",\"image\":\"a/b:c\",\"namespace\":\"n\",\"pod\":\"p\"}";
	rv_autojson identity = { 0 };
	struct rv_event_view view;
	void *record = malloc(size + 1);	/* of its own, so that a sanitizer sees its end */

	if (!record)
		return 0;
	memcpy(record, data, size);
	MUST(rv_json_parse(&identity, known, sizeof(known) - 1, 4096, 0, NULL) == 0);
	if (rv_event_view(&view, record, size, NULL) == 0) {
		print_fields(&view, identity.root);
		judge(&view, identity.root);
	}
	free(record);
	return 0;
}
