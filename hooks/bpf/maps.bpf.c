// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
#include "maps.h"
#include "scratch.h"
#include "touch.h"

struct rv_map_containers containers SEC(".maps");
struct rv_map_cgroups cgroups SEC(".maps");
struct rv_map_tasks tasks SEC(".maps");
struct rv_map_used used SEC(".maps");
struct rv_map_rates rates SEC(".maps");
struct rv_map_allowed allowed SEC(".maps");
struct rv_map_paths paths SEC(".maps");
struct rv_map_names names SEC(".maps");
struct rv_map_addrs addrs SEC(".maps");
struct rv_map_ports ports SEC(".maps");
struct rv_map_clauses clauses SEC(".maps");
struct rv_map_ranges ranges SEC(".maps");
struct rv_map_status status SEC(".maps");
struct rv_map_alerts alerts SEC(".maps");
struct rv_map_telemetry telemetry SEC(".maps");
struct rv_map_areas areas SEC(".maps");
struct rv_map_quiet quiet SEC(".maps");
struct rv_map_areas_busy areas_busy SEC(".maps");

/* The helpers that read kernel memory want it. */
char _license[] SEC("license") = "GPL";
