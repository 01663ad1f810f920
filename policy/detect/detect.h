/* SPDX-License-Identifier: Apache-2.0 */
/* Private to policy/: detections, from their text to clauses and back to the text of an alert. */
#ifndef REEVE_DETECT_DETECT_H
#define REEVE_DETECT_DETECT_H

#include "reeve/detect.h"

/* ---- addresses and ports ---- */
/* NULL, or what is wrong with the text: "is no address". IPv4 becomes ::ffff:a.b.c.d. */
const char *rv_cidr_parse(const char *text, size_t len, struct rv_addr_key *out);
const char *rv_ports_parse(const char *text, size_t len, __u16 *from, __u16 *to);
/* An IPv6 prefix never covers an IPv4 one, though ::/0 spans where those are mapped to. */
bool rv_cidr_covers(const struct rv_addr_key *a, const struct rv_addr_key *b);
/* A longest-prefix map needs an entry of its own for all of IPv4, rv_cidr_ipv4(), beside this IPv6 prefix. */
bool rv_cidr_spans_ipv4(const struct rv_addr_key *key);
void rv_cidr_ipv4(struct rv_addr_key *out);

#endif
