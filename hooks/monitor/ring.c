/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pins.h"

int rv_ring_open(struct rv_ring *ring, int fd, struct rv_err *err)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct rv_map_info info;
	rv_autofd own = fd;
	void *consumer, *producer;
	int rc = rv_map_info(own, &info);

	if (rc < 0)
		return rv_err_errno(err, -rc, "cannot look at a ring");
	if (info.type != BPF_MAP_TYPE_RINGBUF || !info.max_entries || (info.max_entries & (info.max_entries - 1)))
		return rv_err(err, RV_EDOCUMENT, "is no ring");
	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, own, 0);
	if (consumer == MAP_FAILED)
		return rv_err_errno(err, errno, "cannot map a ring");
	producer = mmap(NULL, page + 2 * (size_t)info.max_entries, PROT_READ, MAP_SHARED, own, (off_t)page);
	if (producer == MAP_FAILED) {
		rc = rv_err_errno(err, errno, "cannot map a ring");
		munmap(consumer, page);
		return rc;
	}
	*ring = (struct rv_ring){ .fd = own, .size = info.max_entries, .consumer = consumer, .producer = producer,
				  .data = (const char *)producer + page };
	ring->at = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
	own = -1;
	return 0;
}

void rv_ring_close(struct rv_ring *ring)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (ring->fd < 0)
		return;
	munmap(ring->consumer, page);
	munmap((void *)(uintptr_t)ring->producer, page + 2 * ring->size);
	rv_io_close(&ring->fd);
}

const void *rv_ring_next(struct rv_ring *ring, size_t *len)
{
	while (ring->at < __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE)) {
		const char *record = ring->data + (ring->at & (ring->size - 1));
		uint32_t head = __atomic_load_n((const uint32_t *)(const void *)record, __ATOMIC_ACQUIRE);
		size_t size = head & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		/* still being written; those behind it wait, as their order is the ring's */
		if (head & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		ring->at += (size + BPF_RINGBUF_HDR_SZ + 7) & ~7UL;
		if (head & BPF_RINGBUF_DISCARD_BIT)
			continue;
		*len = size;
		return record + BPF_RINGBUF_HDR_SZ;
	}
	return NULL;
}

void rv_ring_release(struct rv_ring *ring)
{
	__atomic_store_n(ring->consumer, ring->at, __ATOMIC_RELEASE);
}

size_t rv_ring_waiting(const struct rv_ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
}
