/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pins.h"

static const uint64_t bounds[RV_LATENCIES] = { 1000000, 10000000, 100000000, 1000000000, 10000000000 };
static const char *const bound_names[RV_LATENCIES + 1] = { "0.001", "0.01", "0.1", "1", "10", "+Inf" };

void rv_metrics_alert(struct rv_metrics *m, const char *name, uint64_t suppressed)
{
	struct rv_rule_count *r = m->rule;

	while (r < m->rule + m->rule_count && strcmp(r->name, name) != 0)
		r++;
	/* sets of several versions have more names than one has rules: those that come last share the last place */
	if (r == m->rule + RV_COUNT(m->rule))
		r--;
	if (r == m->rule + m->rule_count) {
		m->rule_count++;
		snprintf(r->name, sizeof(r->name), "%s", name);
	}
	r->alerts++;
	r->suppressed += suppressed;
}

void rv_metrics_latency(struct rv_metrics *m, uint64_t ns)
{
	size_t i = 0;

	while (i < RV_LATENCIES && ns > bounds[i])
		i++;
	m->latency[i]++;
	m->latency_count++;
	m->latency_sum += ns;
	if (ns > m->latency_max)
		m->latency_max = ns;
}

static void head(struct rv_buf *out, const char *name, const char *type, const char *help)
{
	rv_buf_addf(out, "# HELP reeve_%s %s\n# TYPE reeve_%s %s\n", name, help, name, type);
}

static void one(struct rv_buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
	head(out, name, type, help);
	rv_buf_addf(out, "reeve_%s %ju\n", name, (uintmax_t)value);
}

static void by_kind(struct rv_buf *out, const char *name, const char *help, const uint64_t *count)
{
	head(out, name, "counter", help);
	for (int i = 0; i < RV_EVENT_KINDS; i++)
		rv_buf_addf(out, "reeve_%s{kind=\"%s\"} %ju\n", name, rv_event_names[i], (uintmax_t)count[i]);
}

static void rules(struct rv_buf *out, const struct rv_metrics *m)
{
	head(out, "alerts_total", "counter", "Alerts by detection.");
	for (size_t i = 0; i < m->rule_count; i++)
		rv_buf_addf(out, "reeve_alerts_total{detection=\"%s\"} %ju\n", m->rule[i].name, (uintmax_t)m->rule[i].alerts);
	head(out, "alerts_suppressed_total", "counter", "Alerts that the rate limit kept back, by detection.");
	for (size_t i = 0; i < m->rule_count; i++)
		rv_buf_addf(out, "reeve_alerts_suppressed_total{detection=\"%s\"} %ju\n", m->rule[i].name,
			    (uintmax_t)m->rule[i].suppressed);
}

static void latency(struct rv_buf *out, const struct rv_metrics *m)
{
	uint64_t sum = 0;

	head(out, "alert_latency_seconds", "histogram", "From an event to the sinks.");
	for (size_t i = 0; i <= RV_LATENCIES; i++) {
		sum += m->latency[i];
		rv_buf_addf(out, "reeve_alert_latency_seconds_bucket{le=\"%s\"} %ju\n", bound_names[i], (uintmax_t)sum);
	}
	rv_buf_addf(out, "reeve_alert_latency_seconds_sum %.9f\nreeve_alert_latency_seconds_count %ju\n",
		    (double)m->latency_sum / 1e9, (uintmax_t)m->latency_count);
	head(out, "alert_latency_max_seconds", "gauge", "The longest since the file was last written.");
	rv_buf_addf(out, "reeve_alert_latency_max_seconds %.9f\n", (double)m->latency_max / 1e9);
}

static uint64_t lost_in_kernel(struct rv_sets *sets)
{
	uint64_t lost = sets->dropped;

	rv_sets_each(sets, s) {
		struct rv_status status;
		uint32_t zero = 0;

		if (rv_map_look(s->status, &zero, &status) == 0)
			lost += status.dropped;
	}
	return lost;
}

static uint64_t resident(void)
{
	rv_autofd fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	unsigned long long pages = 0;
	char text[128] = "";

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		sscanf(text, "%*u %llu", &pages);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static size_t count_sets(struct rv_sets *sets)
{
	size_t count = 0;

	rv_sets_each(sets, s)
		count += !s->gone;
	return count;
}

void rv_metrics_text(const struct rv_metrics *m, struct rv_sets *sets, const struct rv_sinks *sinks, struct rv_buf *out)
{
	one(out, "containers", "gauge", "Containers that are watched.", m->containers);
	one(out, "sets", "gauge", "Sets of kernel programs that are loaded.", count_sets(sets));
	one(out, "sets_foreign", "gauge", "Sets of another version of reeve, which this monitor cannot read.", sets->foreign);
	by_kind(out, "events_total", "Records read from the kernel.", m->events);
	by_kind(out, "events_dropped_total", "Records for which a ring had no room, by kind, as far as the container was still known.",
		m->dropped);
	one(out, "records_dropped_total", "counter", "Records for which a ring had no room, of all containers.", lost_in_kernel(sets));
	one(out, "records_invalid_total", "counter", "Records that could not be read.", m->invalid);
	one(out, "candidates_unfounded_total", "counter", "Candidates of the kernel that were no alert.", m->unfounded);
	rules(out, m);
	latency(out, m);
	head(out, "actions_total", "counter", "What was done to whole containers.");
	rv_buf_addf(out, "reeve_actions_total{action=\"freeze\"} %ju\nreeve_actions_total{action=\"stop\"} %ju\n",
		    (uintmax_t)m->actions[0], (uintmax_t)m->actions[1]);
	one(out, "signals_total", "counter", "Processes that were killed or stopped after the kernel had refused what they did.",
	    m->signals);
	one(out, "actions_failed_total", "counter", "What could not be done.", m->actions_failed);
	one(out, "hashes_total", "counter", "Executables whose hash a detection asked for.", m->hashes);
	one(out, "hashes_unknown_total", "counter", "Those of them that could not be read, or were too large.", m->unhashed);
	one(out, "lines_lost_total", "counter", "Lines that could not be written to the file.", sinks->lost);
	one(out, "readers", "gauge", "Readers of the socket.", sinks->socket.readers);
	one(out, "readers_slow_total", "counter", "Readers that were let go because they did not read.", sinks->socket.slow);
	one(out, "memory_bytes", "gauge", "Resident memory of reeve-monitor.", resident());
}

int rv_metrics_write(const char *path, const struct rv_buf *text, struct rv_err *err)
{
	const char *slash = strrchr(path, '/');
	rv_autofd dir = -1;
	char above[PATH_MAX];

	if (text->failed)
		return rv_err_nomem(err);
	snprintf(above, sizeof(above), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	dir = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return rv_err_errno(err, errno, "cannot open %s", above);
	return rv_io_write_atomic(dir, slash + 1, rv_buf_str(text), text->len, 0644, err);
}
