/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default system-call filter, computed for a container.
 *
 * What it allows is what Docker's and containerd's defaults of 2026 allow (moby/profiles seccomp, containerd
 * contrib/seccomp): it depends on the capabilities in the bounding set, on the architecture and on the kernel. Everything
 * else ends in EPERM. Differences: the address family of socket() is compared in the 32 bits that the kernel reads, so
 * that AF_ALG and AF_VSOCK cannot hide behind a high word; the elder forms that old 32-bit programs have of allowed calls
 * (sigaction, readdir) are allowed too.
 *
 * A 32-bit x86 program has another way to a socket: socketcall(2), whose arguments no filter sees. Refusing it takes the network
 * from every such program, so it is left; who runs no 32-bit programs closes it with seccomp.architectures.
 */
#ifndef REEVE_RULES_SECCOMP_DEFAULT_H
#define REEVE_RULES_SECCOMP_DEFAULT_H

#include "reeve/policy.h"
#include "rules/seccomp-match.h"

#define RV_KERNEL(major, minor) ((major) << 16 | (minor))

struct rv_seccomp_for {
	uint64_t bounding;
	const char *arch;		/* uname machine; NULL: unknown, then nothing special to any */
	unsigned kernel;
	bool native;			/* not the machine's smaller relatives */
	const struct rv_list *extra;	/* allowed besides, whatever the arguments are; NULL: none */
	const struct rv_list *denied;	/* never allowed; NULL: none */
};

/* SCMP_ARCH_* names that a filter may speak of: the native one first; none for an unknown machine. */
size_t rv_seccomp_arches(const struct rv_seccomp_for *to, const char *const **names);

/* The machine's own programs make sockets by socketcall, or may. */
bool rv_seccomp_multiplexes(const struct rv_seccomp_for *to);

/*
 * What the default says of each call, by name: a table made once a decision. Whoever goes through a profile can mark names in it.
 */
struct rv_seccomp_entry {
	const char *name;		/* len bytes */
	size_t len;
	const struct rv_seccomp_arg *arg;	/* NULL: whatever the arguments are; then it is the only entry of its name */
	int errnum;			/* not 0: refused, and with this instead of EPERM */
	bool marked;			/* of the first entry of a name */
	struct rv_seccomp_entry *next;	/* in its bucket; internal */
	struct rv_seccomp_entry *after;	/* in the order of the table */
};
#define RV_SECCOMP_BUCKETS 512
struct rv_seccomp_ceiling {
	const struct rv_seccomp_for *to;
	struct rv_seccomp_entry *first, **last, *bucket[RV_SECCOMP_BUCKETS];
};
/* NULL: no memory. */
struct rv_seccomp_ceiling *rv_seccomp_ceiling_make(const struct rv_seccomp_for *to, struct rv_arena *arena);
/* The first entry of this name; NULL: the call is refused. */
struct rv_seccomp_entry *rv_seccomp_ceiling_find(const struct rv_seccomp_ceiling *c, const char *name);
/* What it allows of the call. Appends. */
void rv_seccomp_ceiling_matches(const struct rv_seccomp_ceiling *c, const char *name, struct rv_seccomp_matches *to);
/* Other capabilities would make the default allow it. */
bool rv_seccomp_by_capability(const char *name);

/* The default as JSON, for linux.seccomp. In place of a filter (NULL: of none) that kills the calls of an architecture, so does it. */
void rv_seccomp_write(const struct rv_seccomp_ceiling *c, const struct rv_json *filter, struct rv_buf *out);
/* Its rules for calls that are not marked, without brackets around them. */
void rv_seccomp_write_unmarked(const struct rv_seccomp_ceiling *c, struct rv_buf *out);
/* A rule for one call; match may be NULL, errnum 0. */
void rv_seccomp_write_rule(struct rv_buf *out, const char *name, size_t len, const char *action, int errnum,
			   const struct rv_seccomp_match *match);

#endif
