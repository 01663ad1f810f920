/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One ring buffer, read in two steps: records are taken one after the other, and given back together when whoever gets them has them.
 * What was not given back is there again for the next reader, so that none is lost between two monitors. One reader at a time.
 * (kernel/bpf/ringbuf.c: consumer page, producer page, the data mapped twice in a row.)
 */
#ifndef REEVE_HOOKS_MONITOR_RING_H
#define REEVE_HOOKS_MONITOR_RING_H

#include "reeve/base.h"

struct rv_ring {
	int fd;				/* of the map, for epoll; -1 */
	size_t size;			/* bytes of data, a power of two */
	unsigned long *consumer;
	const unsigned long *producer;
	const char *data;
	unsigned long at;		/* how far it was read */
};
#define RV_RING_INIT ((struct rv_ring){ .fd = -1 })

/* Takes fd in any case. RV_EDOCUMENT when it is no ring. */
int rv_ring_open(struct rv_ring *ring, int fd, struct rv_err *err);
void rv_ring_close(struct rv_ring *ring);
/* The next record, NULL when there is none yet. It stays readable until it is given back. */
const void *rv_ring_next(struct rv_ring *ring, size_t *len);
/* Gives all back that was taken. */
void rv_ring_release(struct rv_ring *ring);
/* Bytes that wait, taken or not. */
size_t rv_ring_waiting(const struct rv_ring *ring);

#endif
