/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "bpf/shared.h"
#include "load/load.h"
#include "load/skeleton.h"

static int put(struct bpf_map *map, const void *key, const void *value, struct rv_err *err)
{
	return bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY) < 0
		       ? rv_err_errno(err, errno, "cannot fill the map %s", bpf_map__name(map))
		       : 0;
}

static int put_classes(struct rv_programs *p, const struct rv_detections *d, struct rv_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->path_count; i++)
		rc = put(p->maps.paths, &d->path[i].key, &d->path[i].bits, err);
	for (size_t i = 0; rc == 0 && i < d->name_count; i++)
		rc = put(p->maps.names, &d->name[i].key, &d->name[i].bits, err);
	for (size_t i = 0; rc == 0 && i < d->addr_count; i++)
		rc = put(p->maps.addrs, &d->addr[i].key, &d->addr[i].bits, err);
	for (size_t i = 0; rc == 0 && i < d->port_count; i++)
		rc = put(p->maps.ports, &d->port[i].port, &d->port[i].bits, err);
	return rc;
}

int rv_fill(struct rv_programs *p, const struct rv_detections *d, struct rv_err *err)
{
	int rc = 0;

	if (d->clause_count > RV_CLAUSES || d->count > RV_RULES)
		return rv_err(err, RV_EPOLICY, "there are more detections than the kernel programs hold");
	for (__u32 i = 0; rc == 0 && i < d->clause_count; i++)
		rc = put(p->maps.clauses, &i, &d->clause[i], err);
	for (__u32 i = 0; rc == 0 && i < RV_EVENT_KINDS; i++)
		rc = put(p->maps.ranges, &i, &d->range[i], err);
	return rc == 0 ? put_classes(p, d, err) : rc;
}
