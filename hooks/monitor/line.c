/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <inttypes.h>
#include <string.h>

#include "reeve/log.h"

const char *const rv_result_names[] = {
	[RV_RESULT_HAPPENED] = "happened", [RV_RESULT_DENIED] = "denied",   [RV_RESULT_KILLED] = "killed",
	[RV_RESULT_FROZEN] = "frozen",	   [RV_RESULT_STOPPED] = "stopped", NULL,
};

/* Those that name a process do it with the fields of detections' outputs. */
const struct rv_detection rv_notices[] = {
	[RV_NOTICE_EXCESS] = { .name = "excess", .rule = "Process exceeds its plan", .priority = RV_PRIO_CRITICAL,
			       .output = "A process executed with more than the container was given (%excess.kind, %proc.exepath, "
					 "parent %proc.pname)",
			       .description = "A task executed with capabilities, as a user or without restrictions that the plan "
					      "did not give it." },
	[RV_NOTICE_LEFT] = { .name = "left", .rule = "Process left its cgroup", .priority = RV_PRIO_CRITICAL,
			     .output = "A process left the container's cgroup (%proc.exepath, parent %proc.pname)",
			     .description = "A task of the container was moved to a cgroup outside of it." },
	[RV_NOTICE_NETWORK] = { .name = "network", .rule = "Address not in the list", .priority = RV_PRIO_WARNING,
				.output = "Network use that the lists of the policy do not have (%evt.dir %fd.l4proto %fd.sip port "
					  "%fd.sport, %proc.exepath)",
				.description = "The policy's list of egress or ingress does not have this address and port." },
	[RV_NOTICE_REFUSED] = { .name = "refused", .rule = "Refused in the kernel", .priority = RV_PRIO_WARNING,
				.output = "Something was refused (%evt.type, %proc.exepath, parent %proc.pname)",
				.description = "An event that was denied or ended its process, and that no detection names." },
	[RV_NOTICE_GRACE_SOON] = { .name = "grace-soon", .rule = "Grace ends soon", .priority = RV_PRIO_WARNING,
				   .output = "The container violates its policy and is in its grace period",
				   .description = "Comes an hour before the end of the grace period, or when nine tenths of it are "
						  "over, whichever is later." },
	[RV_NOTICE_GRACE_OVER] = { .name = "grace-over", .rule = "Grace is over", .priority = RV_PRIO_CRITICAL,
				   .output = "The grace period of the container is over",
				   .description = "The container was stopped or frozen, as its policy says." },
	[RV_NOTICE_LOST] = { .name = "lost", .rule = "Events lost", .priority = RV_PRIO_WARNING,
			     .output = "Events of the container did not get into a ring",
			     .description = "Sent at most once a minute for a container; the kernel counts by container and kind." },
	[RV_NOTICE_FAILED] = { .name = "action-failed", .rule = "Action failed", .priority = RV_PRIO_CRITICAL,
			       .output = "What a detection or the end of a grace period asks for could not be done",
			       .description = "The container could not be frozen or stopped, or a process not be killed: beyond what "
					      "the kernel did at once nothing happened." },
	[RV_NOTICE_SINK] = { .name = "sink", .rule = "Lines lost", .priority = RV_PRIO_ERROR,
			     .output = "Lines could not be written",
			     .description = "The file of events could not be written for a while." },
};

const struct rv_detection *rv_notice_of(const struct rv_event *event)
{
	if (event->kind == RV_EVENT_EXCESS)
		return &rv_notices[RV_NOTICE_EXCESS];
	if (event->kind == RV_EVENT_LEFT)
		return &rv_notices[RV_NOTICE_LEFT];
	if (event->result == RV_RESULT_HAPPENED)
		return NULL;
	return &rv_notices[event->kind == RV_EVENT_NET ? RV_NOTICE_NETWORK : RV_NOTICE_REFUSED];
}

void rv_line_time(int64_t ns, struct rv_buf *out)
{
	rv_log_time(out, ns / 1000000000);
	if (out->len && out->data[out->len - 1] == 'Z')
		out->len--;
	rv_buf_addf(out, ".%09dZ", (int)(ns % 1000000000));
}

static void put_key(struct rv_buf *out, const char *key)
{
	/* much of the monitor's time is spent here */
	rv_buf_adds(out, out->len && out->data[out->len - 1] != '{' ? ",\"" : "\"");
	rv_buf_adds(out, key);
	rv_buf_adds(out, "\":");
}

static void put_text(struct rv_buf *out, const char *key, const char *text)
{
	put_key(out, key);
	rv_json_quote(out, text, strlen(text));
}

static void put_time(struct rv_buf *out, int64_t ns)
{
	put_key(out, "time");
	rv_buf_addc(out, '"');
	rv_line_time(ns, out);
	rv_buf_addc(out, '"');
}

static const char *id_of(const struct rv_watched *c, const struct rv_event *event)
{
	const char *id = c ? rv_json_str(rv_json_get(c->identity.root, "id")) : NULL;

	return id ? id : event ? event->id : c ? c->id : "";
}

static bool is_false(const struct rv_buf *out)
{
	return out->len > 5 && !memcmp(out->data + out->len - 5, "false", 5);
}

/* All that is known and not false; but not the environment, which holds what nobody wants in a log. */
static void put_fields(struct rv_buf *out, const struct rv_event_view *view, const struct rv_json *identity)
{
	put_key(out, "output_fields");
	rv_buf_addc(out, '{');
	for (const struct rv_event_field *field = rv_event_fields; field->name; field++) {
		size_t before = out->len;

		if (!strcmp(field->name, "proc.env"))
			continue;
		put_key(out, field->name);
		if (!out->failed && (!rv_event_field_json(view, identity, field->name, out) || is_false(out))) {
			out->len = before;
			out->data[before] = '\0';
		}
	}
	rv_buf_addc(out, '}');
}

static void put_event(struct rv_buf *out, const struct rv_event *event, const struct rv_watched *c)
{
	put_text(out, "container", id_of(c, event));
	put_text(out, "event", event->kind < RV_EVENT_KINDS ? rv_event_names[event->kind] : "?");
	put_text(out, "result", event->result <= RV_RESULT_STOPPED ? rv_result_names[event->result] : "?");
	put_key(out, "seq");
	rv_buf_addf(out, "%llu", (unsigned long long)event->seq);
}

static void put_tags(struct rv_buf *out, const struct rv_detection *d)
{
	put_key(out, "tags");
	rv_buf_addc(out, '[');
	for (size_t i = 0; i < d->tag_count; i++) {
		rv_buf_adds(out, i ? "," : "");
		rv_json_quote(out, d->tags[i], strlen(d->tags[i]));
	}
	rv_buf_addc(out, ']');
}

static void put_rule(struct rv_buf *out, const struct rv_detection *d, const char *source)
{
	put_text(out, "priority", rv_priority_names[d->priority]);
	put_text(out, "rule", d->rule);
	put_text(out, "source", source);
	put_tags(out, d);
}

void rv_line_alert(const struct rv_line_context *ctx, const struct rv_event_view *view, const struct rv_watched *c,
		   const struct rv_detection *d, bool judged, uint64_t suppressed, struct rv_buf *out)
{
	const struct rv_json *identity = c ? c->identity.root : NULL;
	const struct rv_event *event = view->event;
	rv_autobuf text = { 0 };

	rv_detection_output(d, view, identity, &text);
	rv_buf_addc(out, '{');
	put_text(out, "hostname", ctx->hostname);
	put_text(out, "output", rv_buf_str(&text));
	put_fields(out, view, identity);
	put_rule(out, d, "syscall");
	put_time(out, (int64_t)event->time + ctx->wall);
	put_text(out, "detection", d->name);
	put_text(out, "action", event->action < RV_ACTIONS ? rv_action_names[event->action] : "?");
	put_event(out, event, c);
	if (suppressed) {
		put_key(out, "suppressed");
		rv_buf_addf(out, "%" PRIu64, suppressed);
	}
	if (!judged) {
		put_key(out, "candidate");
		rv_buf_adds(out, "true");
	}
	rv_buf_adds(out, "}\n");
	out->failed |= text.failed;
}

void rv_line_event(const struct rv_line_context *ctx, const struct rv_event_view *view, const struct rv_watched *c, struct rv_buf *out)
{
	rv_buf_addc(out, '{');
	put_text(out, "hostname", ctx->hostname);
	put_fields(out, view, c ? c->identity.root : NULL);
	put_time(out, (int64_t)view->event->time + ctx->wall);
	put_event(out, view->event, c);
	rv_buf_adds(out, "}\n");
}

static void put_identity(struct rv_buf *out, const struct rv_watched *c)
{
	static const struct { const char *field, *member; } names[] = {
		{ "container.name", "container" }, { "container.image", "image" }, { "k8s.ns.name", "namespace" },
		{ "k8s.pod.name", "pod" },
	};

	put_key(out, "output_fields");
	rv_buf_addc(out, '{');
	if (c)
		put_text(out, "container.id", id_of(c, NULL));
	for (size_t i = 0; c && i < RV_COUNT(names); i++) {
		const char *value = rv_json_str(rv_json_get(c->identity.root, names[i].member));

		if (value)
			put_text(out, names[i].field, value);
	}
	rv_buf_addc(out, '}');
}

void rv_line_notice(const struct rv_line_context *ctx, enum rv_notice notice, const struct rv_watched *c, const char *text, int64_t now,
		    struct rv_buf *out)
{
	const struct rv_detection *d = &rv_notices[notice];
	rv_autobuf output = { 0 };

	rv_buf_addf(&output, "%s: %s", d->output, text);
	rv_buf_addc(out, '{');
	put_text(out, "hostname", ctx->hostname);
	put_text(out, "output", rv_buf_str(&output));
	put_identity(out, c);
	put_rule(out, d, "reeve");
	put_time(out, now);
	put_text(out, "detection", d->name);
	if (c)
		put_text(out, "container", id_of(c, NULL));
	rv_buf_adds(out, "}\n");
	out->failed |= output.failed;
}
