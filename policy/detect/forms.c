/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of detection files as tables. What conditions say is looked at when all lists are known. */
#include "detect/detect.h"

static const char *const priority_words[] = { "emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug",
					      NULL };

static void check_when(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v)
{
	if (v->type != RV_JSON_OBJECT && v->type != RV_JSON_ARRAY)
		rv_mistake(r, v, "%s takes an object of conditions, or a list of such objects", f->name);
	else if (!rv_json_count(v))
		rv_mistake(r, v, "%s is empty; leave it out where everything counts", f->name);
	if (v->type == RV_JSON_ARRAY)
		rv_json_each(item, v)
			if (item->type != RV_JSON_OBJECT || !rv_json_count(item))
				rv_mistake(r, item, "%s takes objects with conditions", f->name);
}

static void check_lists(struct rv_reader *r, const struct rv_field *f, const struct rv_json *v)
{
	if (v->type != RV_JSON_OBJECT) {
		rv_mistake(r, v, "%s takes an object of lists", f->name);
		return;
	}
	rv_json_each(list, v) {
		if (list->type != RV_JSON_ARRAY)
			rv_mistake(r, list, "%s takes a list of strings", list->key);
		rv_json_each(item, list->type == RV_JSON_ARRAY ? list : NULL)
			if (!rv_json_str(item) || !*item->str || *item->str == '!')
				rv_mistake(r, item, "%s takes strings that do not begin with !", list->key);
	}
}

static const struct rv_field exception_fields[] = {
	{ "name", RV_FIELD_NAME, .required = true, .doc = "Name of the case, once a detection." },
	{ "when", RV_FIELD_WHEN, .required = true, .check = check_when, .doc = "Conditions, as in the detection: where they hold it does not fire." },
	{ "why", RV_FIELD_TEXT, .doc = "The reason, for whoever reads the file." },
	{ 0 }
};
const struct rv_form rv_form_detect_exception = {
	.what = "exception", .field = exception_fields, .doc = "A case that is none, with a name.",
};

static const struct rv_field detection_fields[] = {
	{ "name", RV_FIELD_NAME, .required = true, .doc = "Name by which policies know it, once a node." },
	{ "rule", RV_FIELD_TEXT, .required = true, .doc = "Name in alerts, for people." },
	{ "description", RV_FIELD_TEXT, .required = true, .doc = "What it means, in a sentence." },
	{ "event", RV_FIELD_WORD, .required = true, .words = rv_event_names, .doc = "The kind of event it looks at." },
	{ "when", RV_FIELD_WHEN, .check = check_when,
	  .doc = "What must hold; all of an object, and one of several objects. Left out, it fires at every such event." },
	{ "exceptions", RV_FIELD_FORMS, .form = &rv_form_detect_exception, .doc = "Cases in which it does not fire." },
	{ "priority", RV_FIELD_WORD, .required = true, .words = priority_words, .doc = "How much it matters." },
	{ "tags", RV_FIELD_STRINGS, .doc = "Words for whoever sorts alerts: techniques of ATT&CK, areas." },
	{ "output", RV_FIELD_TEXT, .required = true, .doc = "Text of the alert; %field stands for the field's value, %% for a percent sign." },
	{ "action", RV_FIELD_WORD, .words = rv_action_names,
	  .doc = "What happens where no policy says otherwise; alert when left out." },
	{ 0 }
};
const struct rv_form rv_form_detection = { .what = "detection", .field = detection_fields, .doc = "What counts as an alert." };

static const struct rv_field append_fields[] = {
	{ "detection", RV_FIELD_NAME, .doc = "Name of the detection that gets the exceptions." },
	{ "exceptions", RV_FIELD_FORMS, .form = &rv_form_detect_exception, .doc = "What it gets." },
	{ "list", RV_FIELD_NAME, .doc = "Name of the list that gets the items." },
	{ "items", RV_FIELD_STRINGS, .doc = "What it gets." },
	{ 0 }
};
const struct rv_form rv_form_append = {
	.what = "append", .field = append_fields, .doc = "Adds to a detection or a list of another file, so that nothing need be copied.",
};

static const struct rv_field file_fields[] = {
	{ "lists", RV_FIELD_LISTS, .check = check_lists,
	  .doc = "Lists by name, for all files: in a condition \"@name\" stands for their items." },
	{ "detections", RV_FIELD_FORMS, .form = &rv_form_detection, .doc = "New detections." },
	{ "append", RV_FIELD_FORMS, .form = &rv_form_append, .doc = "What is added to others." },
	{ 0 }
};
const struct rv_form rv_form_detections = { .what = "detection file", .field = file_fields, .doc = "Detections and what belongs to them." };
