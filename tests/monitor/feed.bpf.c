// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* Sends a record into a ring of the monitor's, and counts as reeve's own programs do. Run by BPF_PROG_TEST_RUN, as often as is asked. */
#include "maps.h"
#include "feed.h"

struct rv_map_containers containers SEC(".maps");
struct rv_map_status status SEC(".maps");
struct rv_map_alerts alerts SEC(".maps");
struct rv_map_telemetry telemetry SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct feed);
} next SEC(".maps");

SEC("tc") int feed(void *ctx)
{
	__u32 zero = 0;
	struct feed *f = bpf_map_lookup_elem(&next, &zero);
	struct rv_event *event = f ? (void *)f->record : NULL;
	struct rv_container *c = event ? bpf_map_lookup_elem(&containers, &event->container) : NULL;
	struct rv_status *all = bpf_map_lookup_elem(&status, &zero);
	__u32 kind, len;
	long rc;

	if (!c || !all)
		return 1;
	len = *(volatile __u32 *)&f->len;
	if (len > FEED_MAX)
		return 1;
	kind = event->kind;
	if (kind >= RV_EVENT_KINDS)
		return 1;
	event->seq = __sync_fetch_and_add(&c->seq, 1) + 1;
	event->time = bpf_ktime_get_boot_ns();
	rc = f->telemetry ? bpf_ringbuf_output(&telemetry, event, len, 0) : bpf_ringbuf_output(&alerts, event, len, 0);
	if (rc == 0) {
		__sync_fetch_and_add(&c->sent[kind], 1);
		return 0;
	}
	__sync_fetch_and_add(&c->dropped[kind], 1);
	__sync_fetch_and_add(&all->dropped, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
