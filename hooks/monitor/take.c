/* SPDX-License-Identifier: Apache-2.0 */
#include "take.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pins.h"
#include "reeve/log.h"

#define LOST_SECONDS 60 /* between two notices of a container */

static int64_t wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void rv_monitor_notice(struct rv_monitor *m, enum rv_notice notice, const struct rv_watched *c, const char *text)
{
	rv_autobuf line = { 0 };

	rv_line_notice(&m->ctx, notice, c, text, wall_now(), &line);
	rv_sinks_add(&m->sinks, &line, &rv_notices[notice], c ? c->id : "");
	rv_metrics_alert(&m->metrics, rv_notices[notice].name, 0);
}

static void failed(struct rv_monitor *m, const struct rv_watched *c, const char *why)
{
	m->metrics.actions_failed++;
	rv_monitor_notice(m, RV_NOTICE_FAILED, c, why);
}

bool rv_monitor_act(struct rv_monitor *m, struct rv_watched *c, enum rv_act act)
{
	struct rv_err err = RV_ERR_INIT;
	int rc;

	/* the hook may have told it since */
	if (!*c->cgroup)
		rv_watch_look(&m->watch, c);
	if (!*c->cgroup)
		rc = rv_err(&err, RV_ESYSTEM, "its cgroup is not known");
	else
		rc = rv_act(m->cgroups, act, c->cgroup, c->key, &err);
	/* a container that is over already is what was wanted */
	if (rc < 0 && err.errnum == ENOENT)
		return true;
	if (rc < 0) {
		failed(m, c, err.msg);
		return false;
	}
	m->metrics.actions[act]++;
	return true;
}

/* What a program refused that cannot send signals, those of cgroups: the rest of the action. A packet from outside has no process. */
static void carry_out(struct rv_monitor *m, struct rv_watched *c, const struct rv_event *event)
{
	struct rv_err err = RV_ERR_INIT;

	if (event->result != RV_RESULT_DENIED || event->action <= RV_ACTION_DENY)
		return;
	if (event->pid && rv_helper_signal(&m->helper, event, event->action == RV_ACTION_FREEZE ? SIGSTOP : SIGKILL, &err) == 0)
		m->metrics.signals++;
	else if (event->pid && err.errnum != ESRCH)
		failed(m, c, err.msg);
	if (c && event->action != RV_ACTION_KILL)
		(void)rv_monitor_act(m, c, event->action == RV_ACTION_FREEZE ? RV_ACT_FREEZE : RV_ACT_STOP);
}

/* ---- alerts ---- */

/* A rule of a set whose detections are gone. */
static const struct rv_detection *unnamed(unsigned rule, char name[8], struct rv_detection *d)
{
	snprintf(name, 8, "#%u", rule % RV_RULES);
	*d = (struct rv_detection){ .name = name,
				    .rule = name,
				    .output = "An event of a detection whose text is gone (%evt.type, %proc.exepath)",
				    .description = "",
				    .priority = RV_PRIO_WARNING,
				    .kernel = true };
	return d;
}

static void alert(struct rv_monitor *m, const struct rv_event_view *view, const struct rv_watched *c, const struct rv_detection *d,
		  bool judged, uint64_t suppressed)
{
	rv_autobuf line = { 0 };

	rv_line_alert(&m->ctx, view, c, d, judged, suppressed, &line);
	rv_sinks_add(&m->sinks, &line, d, view->event->id);
	rv_metrics_alert(&m->metrics, d->name, suppressed);
	if (m->time_count < RV_MONITOR_BATCH && (!m->time_count || m->times[m->time_count - 1] != view->event->time))
		m->times[m->time_count++] = view->event->time;
}

static bool has(const __u64 *bits, unsigned i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

/* How many there were. */
static unsigned alerts(struct rv_monitor *m, struct rv_set *set, const struct rv_event_view *view, struct rv_watched *c)
{
	const __u64 *rules = view->event->rules;
	__u64 hold[RV_RULES / 64];
	unsigned count = 0;

	memcpy(hold, rules, sizeof(hold));
	if (set->whole)
		rv_detections_judge(&set->detections, view, c ? c->identity.root : NULL, hold);
	for (unsigned i = 0; i < RV_RULES; i++) {
		struct rv_detection room;
		const struct rv_detection *d;
		uint64_t suppressed;
		char name[8];

		if (!has(rules, i) || (c && c->action[i] == RV_ACTION_OFF))
			continue;
		d = i < set->detections.count ? &set->detections.item[i] : unnamed(i, name, &room);
		if (!d->kernel && !has(hold, i)) {
			m->metrics.unfounded++;
			continue;
		}
		count++;
		suppressed = view->event->suppressed;
		if (d->kernel || !c || rv_watched_may_tell(&c->founded[i], view->event->time, &suppressed))
			alert(m, view, c, d, d->kernel || set->whole, suppressed);
	}
	return count;
}

static bool is_plain(const struct rv_event *event)
{
	for (size_t i = 0; i < RV_COUNT(event->rules); i++)
		if (event->rules[i])
			return false;
	return !rv_notice_of(event);
}

static void tell(struct rv_monitor *m, struct rv_set *set, const struct rv_event_view *view, struct rv_watched *c)
{
	const struct rv_detection *notice = rv_notice_of(view->event);
	rv_autobuf line = { 0 };

	if (alerts(m, set, view, c))
		return;
	if (notice) {
		alert(m, view, c, notice, true, view->event->suppressed);
	} else if (rv_sinks_want_events(&m->sinks)) {
		rv_line_event(&m->ctx, view, c, &line);
		rv_sinks_add(&m->sinks, &line, NULL, NULL);
	}
}

static bool wants_hash(const struct rv_set *set, const struct rv_event *event, const struct rv_watched *c)
{
	for (unsigned i = 0; event->kind == RV_EVENT_EXEC && set->whole && i < set->detections.count; i++)
		if (set->detections.item[i].sha256 && has(event->rules, i) && !(c && c->action[i] == RV_ACTION_OFF))
			return true;
	return false;
}

/* Its text in hex; NULL: not known. */
static const char *hash_of(struct rv_monitor *m, const struct rv_event_view *view, const struct rv_watched *c, char hash[RV_HASH_HEX])
{
	char rootfs[RV_HELPER_ROOTFS];
	bool known = c && rv_watch_rootfs(&m->watch, c, rootfs, sizeof(rootfs));

	m->metrics.hashes++;
	if (rv_helper_hash(&m->helper, view->event, known ? rootfs : NULL, view->text[RV_TEXT_EXE], hash, NULL) == 0)
		return hash;
	m->metrics.unhashed++;
	return NULL;
}

void rv_monitor_take(struct rv_monitor *m, struct rv_set *set, const void *record, size_t len)
{
	char hash[RV_HASH_HEX];
	struct rv_event_view view;
	const struct rv_event *event;
	struct rv_watched *c;

	if (rv_event_view(&view, record, len, NULL) < 0) {
		m->metrics.invalid++;
		return;
	}
	event = view.event;
	m->metrics.events[event->kind]++;
	/* of most events nobody wants to know */
	if (is_plain(event) && event->kind != RV_EVENT_START && event->kind != RV_EVENT_END && !rv_sinks_want_events(&m->sinks))
		return;
	c = rv_watch_get(&m->watch, set->containers, event->container, event->id, m->now);
	/* first what is in a hurry */
	if (c && event->result == RV_RESULT_FROZEN)
		(void)rv_monitor_act(m, c, RV_ACT_FREEZE);
	else if (c && event->result == RV_RESULT_STOPPED)
		(void)rv_monitor_act(m, c, RV_ACT_STOP);
	else
		carry_out(m, c, event);
	if (wants_hash(set, event, c))
		view.sha256 = hash_of(m, &view, c, hash);
	tell(m, set, &view, c);
	if (c && event->kind == RV_EVENT_END)
		c->entered = false;
}

/* ---- by the clock ---- */

static void grace(struct rv_monitor *m, struct rv_watched *c, int64_t now)
{
	const bool freeze = c->grace_freeze;
	rv_autobuf text = { 0 };

	if (now >= c->grace_until) {
		bool done = rv_monitor_act(m, c, freeze ? RV_ACT_FREEZE : RV_ACT_STOP);

		/* once: what cannot be done now could not be done later */
		c->grace_until = c->grace_warn = 0;
		if (done)
			rv_monitor_notice(m, RV_NOTICE_GRACE_OVER, c, freeze ? "it was frozen" : "it was stopped");
	} else if (c->grace_warn && now >= c->grace_warn) {
		c->grace_warn = 0;
		rv_buf_addf(&text, "it will be %s at ", freeze ? "frozen" : "stopped");
		rv_log_time(&text, c->grace_until);
		rv_monitor_notice(m, RV_NOTICE_GRACE_SOON, c, rv_buf_str(&text));
	}
}

static void lost(struct rv_monitor *m, struct rv_watched *c)
{
	char text[64];

	if (!c->lost || (c->lost_told && m->now < c->lost_told + LOST_SECONDS))
		return;
	snprintf(text, sizeof(text), "%ju", (uintmax_t)c->lost);
	rv_monitor_notice(m, RV_NOTICE_LOST, c, text);
	c->lost_told = m->now;
	c->lost = 0;
}

void rv_monitor_due(struct rv_monitor *m)
{
	int64_t now = (int64_t)time(NULL);

	rv_watch_each(&m->watch, c) {
		if (c->entered && c->grace_until)
			grace(m, c, now);
		lost(m, c);
	}
}

static void count_dropped(struct rv_monitor *m, struct rv_watched *c, const struct rv_container *from)
{
	for (int i = 0; i < RV_KINDS; i++) {
		uint64_t more = from->dropped[i] > c->dropped[i] ? from->dropped[i] - c->dropped[i] : 0;

		m->metrics.dropped[i] += more;
		c->lost += more;
		c->dropped[i] = from->dropped[i];
	}
}

static void scan_set(struct rv_monitor *m, const struct rv_set *set)
{
	uint64_t key, *at = NULL;

	/* bounded, as a key that is removed meanwhile leads back to the first one */
	for (unsigned i = 0; i < 2 * RV_CONTAINERS_MAX && rv_map_next(set->containers, at, &key) == 0; i++) {
		struct rv_watched *c;

		at = &key;
		if (rv_map_look(set->containers, &key, m->container) < 0)
			continue;
		m->metrics.containers++;
		c = rv_watch_get(&m->watch, set->containers, key, "", m->now);
		if (!c)
			continue;
		rv_watch_update(c, m->container);
		count_dropped(m, c, m->container);
	}
}

void rv_monitor_scan(struct rv_monitor *m)
{
	rv_watch_each(&m->watch, c)
		c->entered = false;
	m->metrics.containers = 0;
	rv_sets_each(&m->sets, s)
		scan_set(m, s);
}
