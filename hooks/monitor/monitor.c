/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lock.h"
#include "pins.h"
#include "take.h"

#define SCAN_SECONDS	5
#define METRICS_SECONDS 15
#define FAILING_SECONDS 60 /* between two notices that the file cannot be written */
#define TICK_MS		1000
#define HELD_MS		100	/* between two tries to write */
#define PENDING_MS	50	/* until a set that is being made is looked for again */
#define GATHER_NS	1000000	/* after a record: what comes in this time wakes nobody */
#define BATCH_BYTES	524288	/* of lines */
#define BATCHES		16	/* of alerts, until something else has its turn */

enum { TAG_SIGNAL, TAG_INOTIFY, TAG_LISTEN, TAG_RING, TAG_READER = 16 };

static uint64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int wait_for(struct rv_monitor *m, int fd, uint32_t tag, struct rv_err *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = tag };

	return epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? rv_err_errno(err, errno, "cannot wait for events") : 0;
}

/* ---- sets ---- */

static void open_set(struct rv_monitor *m, struct rv_set *set)
{
	struct rv_err err;

	for (int i = 0; i < RV_RINGS; i++)
		(void)wait_for(m, set->ring[i].fd, TAG_RING, NULL);
	/* without them alerts have numbers for names; reeve-load wrote them before it made the set */
	(void)rv_set_detections(set, m->sets.rules, &err);
}

static void find_sets(struct rv_monitor *m)
{
	bool known[RV_SETS_MAX];

	for (size_t i = 0; i < RV_SETS_MAX; i++)
		known[i] = m->sets.set[i].name[0];
	if (!m->watching)
		m->watching = inotify_add_watch(m->inotify, m->sets.dir,
						IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF) >= 0;
	if (!rv_sets_find(&m->sets))
		return;
	for (size_t i = 0; i < RV_SETS_MAX; i++)
		if (!known[i] && m->sets.set[i].name[0])
			open_set(m, &m->sets.set[i]);
	m->scanned = 0;
}

static void close_gone(struct rv_monitor *m)
{
	rv_sets_each(&m->sets, s) {
		struct rv_status status;
		uint32_t zero = 0;

		if (!s->gone || rv_ring_waiting(&s->ring[RV_RING_ALERTS]) || rv_ring_waiting(&s->ring[RV_RING_TELEMETRY]))
			continue;
		if (rv_map_look(s->status, &zero, &status) == 0)
			m->sets.dropped += status.dropped;
		rv_set_close(s);
	}
}

/* ---- rings ---- */

static void given(struct rv_monitor *m, struct rv_ring *ring)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);

	for (size_t i = 0; i < m->time_count; i++)
		rv_metrics_latency(&m->metrics, now > m->times[i] ? now - m->times[i] : 0);
	m->time_count = 0;
	rv_ring_release(ring);
}

/* One batch; true when there was something. */
static bool drain(struct rv_monitor *m, struct rv_set *set, struct rv_ring *ring)
{
	unsigned taken = 0;
	const void *record;
	size_t len;

	if (m->held)
		return false;
	m->ctx.wall = (int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
	while (taken < RV_MONITOR_BATCH && m->sinks.all.len < BATCH_BYTES && (record = rv_ring_next(ring, &len))) {
		rv_monitor_take(m, set, record, len);
		taken++;
	}
	if (!rv_sinks_flush(&m->sinks, m->now)) {
		m->held = ring;
		return true;
	}
	given(m, ring);
	return taken;
}

/* Mostly alerts; telemetry waits, and may be lost first. */
static bool drain_all(struct rv_monitor *m)
{
	bool any = false, full = false;

	rv_sets_each(&m->sets, s)
		for (int i = 0; i < BATCHES && drain(m, s, &s->ring[RV_RING_ALERTS]); i++)
			any = true;
	rv_sets_each(&m->sets, s) {
		any |= drain(m, s, &s->ring[RV_RING_TELEMETRY]);
		for (int i = 0; i < RV_RINGS; i++)
			full |= rv_ring_waiting(&s->ring[i]) > s->ring[i].size / 8;
	}
	if (any && !full && !m->held) {
		const struct timespec gather = { .tv_nsec = GATHER_NS };

		nanosleep(&gather, NULL);
	}
	return any;
}

static void try_held(struct rv_monitor *m)
{
	if (!m->held || !rv_sinks_flush(&m->sinks, m->now))
		return;
	given(m, m->held);
	m->held = NULL;
}

/* ---- the clock ---- */

static void tell_lines(struct rv_monitor *m)
{
	char text[sizeof(struct rv_err)];
	uint64_t lost = m->sinks.lost;
	rv_autobuf said = { 0 };

	if (lost == m->sinks.lost_told || (m->sinks.failing_since && m->lines_told && m->now < m->lines_told + FAILING_SECONDS))
		return;
	rv_buf_addf(&said, "%ju (%s)", (uintmax_t)(lost - m->sinks.lost_told), rv_err_text(&m->sinks.failure, text, sizeof(text)));
	rv_monitor_notice(m, RV_NOTICE_SINK, NULL, rv_buf_str(&said));
	m->lines_told = m->now;
	/* once more when the file takes it */
	if (!m->sinks.failing_since)
		m->sinks.lost_told = lost;
}

static void write_metrics(struct rv_monitor *m)
{
	rv_autobuf text = { 0 };

	m->written = m->now;
	if (!m->metrics_file)
		return;
	rv_metrics_text(&m->metrics, &m->sets, &m->sinks, &text);
	(void)rv_metrics_write(m->metrics_file, &text, NULL);
	m->metrics.latency_max = 0;
}

/* Who took the lock's file away, with all of the state, lets another one start: it is that one's turn. */
static bool is_replaced(const struct rv_monitor *m)
{
	char path[256];
	struct stat ours, there;

	snprintf(path, sizeof(path), "%s/monitor.lock", m->watch.run);
	if (fstat(m->lock, &ours) < 0)
		return false;
	return stat(path, &there) < 0 ? errno == ENOENT : there.st_dev != ours.st_dev || there.st_ino != ours.st_ino;
}

/* Whoever enters a container looks for a monitor afterwards. So the lock is given back first and then looked once more: either the
 * container is seen here, or its monitor gets the lock. */
static void end_when_idle(struct rv_monitor *m)
{
	if (!m->ends || m->metrics.containers || m->sinks.socket.readers) {
		m->idle_since = m->now;
		return;
	}
	if (m->now < m->idle_since + RV_MONITOR_IDLE)
		return;
	flock(m->lock, LOCK_UN);
	find_sets(m);
	rv_monitor_scan(m);
	m->stop = !m->metrics.containers || rv_lock_wait(m->lock, LOCK_EX, RV_MONITOR_LOCK_MS) < 0;
}

static void tick(struct rv_monitor *m)
{
	find_sets(m);
	close_gone(m);
	if (!m->scanned || m->now >= m->scanned + SCAN_SECONDS) {
		rv_monitor_scan(m);
		m->scanned = m->now;
		rv_watch_forget(&m->watch, m->now);
	}
	rv_file_sink_check(&m->sinks.file);
	if (!m->held) {
		rv_monitor_due(m);
		tell_lines(m);
		/* a failure is tried again with the next batch */
		(void)rv_sinks_flush(&m->sinks, m->now);
	}
	if (m->now >= m->written + METRICS_SECONDS)
		write_metrics(m);
	end_when_idle(m);
	m->stop |= is_replaced(m);
}

/* ---- epoll ---- */

static void take_signal(struct rv_monitor *m)
{
	struct signalfd_siginfo info;

	while (read(m->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo == SIGHUP)
			rv_file_sink_close(&m->sinks.file);
		else
			m->stop = true;
}

static void take_inotify(struct rv_monitor *m)
{
	char events[4096] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = read(m->inotify, events, sizeof(events))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event = (const void *)(events + at);

			if (event->mask & (IN_IGNORED | IN_DELETE_SELF))
				m->watching = false;
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	m->rescan = true;
}

static void dispatch(struct rv_monitor *m, const struct epoll_event *event)
{
	if (event->data.u32 == TAG_SIGNAL)
		take_signal(m);
	else if (event->data.u32 == TAG_INOTIFY)
		take_inotify(m);
	else if (event->data.u32 == TAG_LISTEN)
		rv_socket_sink_accept(&m->sinks.socket);
	else if (event->data.u32 >= TAG_READER)
		rv_socket_sink_serve(&m->sinks.socket, event->data.u32 - TAG_READER, event->events);
}

static int timeout_of(const struct rv_monitor *m, bool busy)
{
	return busy ? 0 : m->sets.pending ? PENDING_MS : TICK_MS;
}

static void wait_held(void)
{
	const struct timespec pause = { .tv_nsec = HELD_MS * 1000000 };

	nanosleep(&pause, NULL);
}

int rv_monitor_run(struct rv_monitor *m, struct rv_err *err)
{
	uint64_t ticked = 0;
	bool busy = true;

	m->idle_since = clock_ns(CLOCK_MONOTONIC) / 1000000000u;
	while (!m->stop) {
		struct epoll_event events[32];
		int n;

		/* rings are ready all the time while nobody takes what they have */
		if (m->held)
			wait_held();
		n = epoll_wait(m->epoll, events, RV_COUNT(events), m->held ? 0 : timeout_of(m, busy));
		if (n < 0 && errno != EINTR)
			return rv_err_errno(err, errno, "cannot wait for events");
		m->now = clock_ns(CLOCK_MONOTONIC) / 1000000000u;
		for (int i = 0; i < n; i++)
			dispatch(m, &events[i]);
		try_held(m);
		if (m->rescan || m->sets.pending)
			find_sets(m);
		m->rescan = false;
		busy = drain_all(m);
		if (m->now != ticked)
			tick(m);
		ticked = m->now;
	}
	while (!m->held && drain_all(m))
		;
	write_metrics(m);
	return 0;
}

/* ---- beginning and end ---- */

static int open_signals(struct rv_monitor *m, struct rv_err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	m->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (m->signals < 0)
		return rv_err_errno(err, errno, "cannot wait for signals");
	return wait_for(m, m->signals, TAG_SIGNAL, err);
}

int rv_monitor_open(struct rv_monitor *m, struct rv_err *err)
{
	int rc;

	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	m->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	m->container = malloc(sizeof(*m->container));
	if (m->epoll < 0 || m->inotify < 0 || !m->container)
		return rv_err_errno(err, errno, "cannot wait for events");
	rc = open_signals(m, err);
	return rc < 0 ? rc : wait_for(m, m->inotify, TAG_INOTIFY, err);
}

int rv_monitor_listen(struct rv_monitor *m, const char *path, struct rv_err *err)
{
	return rv_socket_sink_open(&m->sinks.socket, path, m->epoll, TAG_LISTEN, TAG_READER, err);
}

void rv_monitor_done(struct rv_monitor *m)
{
	rv_sinks_done(&m->sinks);
	rv_watch_done(&m->watch);
	rv_sets_done(&m->sets);
	rv_helper_done(&m->helper);
	free(m->container);
	rv_io_close(&m->inotify);
	rv_io_close(&m->signals);
	rv_io_close(&m->epoll);
	rv_io_close(&m->cgroups);
	rv_io_close(&m->lock);
}
