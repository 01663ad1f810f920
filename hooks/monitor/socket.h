/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Unix stream socket on which each reader gets every line from the moment it connects. For a reader that does not read,
 * RV_READER_MAX bytes are kept at most, then it is let go and counted: it sees the end of the stream. Standard output can be a
 * reader too: it gets alerts only and is not let go, what it does not take in time is counted.
 */
#ifndef REEVE_HOOKS_MONITOR_SOCKET_H
#define REEVE_HOOKS_MONITOR_SOCKET_H

#include "reeve/base.h"

#define RV_READERS    8
#define RV_READER_MAX 1048576u	/* bytes */

struct rv_reader {
	int fd;			/* -1: free */
	char *waiting;		/* RV_READER_MAX bytes, made when they are first needed */
	size_t from, to;	/* of what waits */
	bool output;		/* standard output */
};
struct rv_socket_sink {
	int fd, epoll;		/* -1: none */
	uint32_t listen_tag, reader_tag;	/* of epoll events: the reader's number is added to the second */
	struct rv_reader reader[RV_READERS];
	unsigned readers;
	uint64_t slow, refused;	/* readers let go; those for whom there was no place */
	uint64_t lost;		/* batches that standard output did not take */
};

/* Listens on path (0600; what lies there is replaced) and enters it in epoll with the tags. */
int rv_socket_sink_open(struct rv_socket_sink *s, const char *path, int epoll, uint32_t listen_tag, uint32_t reader_tag,
			struct rv_err *err);
void rv_socket_sink_close(struct rv_socket_sink *s);
void rv_socket_sink_accept(struct rv_socket_sink *s);
/* Something happened at the i-th reader: it can take more, or it is gone. */
void rv_socket_sink_serve(struct rv_socket_sink *s, unsigned i, uint32_t events);
/* Standard output as one of the readers. */
int rv_socket_sink_output(struct rv_socket_sink *s, struct rv_err *err);
/* All lines, and the alerts among them. Never waits. */
void rv_socket_sink_write(struct rv_socket_sink *s, const struct rv_buf *all, const struct rv_buf *alerts);

#endif
