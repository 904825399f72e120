/* SPDX-License-Identifier: BSD-3-Clause */
/* A packet in fragments, for a network or a session with a smaller MTU (RFC 791, 3.2). */
#ifndef FRAG_H
#define FRAG_H

#include "worker.h"

#define FRAG_MAX 32 /* of one packet: what Ethernet carries, at the smallest MTU */

/*
 * Copies the packet, data at the IPv4 header, into fragments of at most mtu bytes (at least 68), whether it has DF
 * or not. Returns how many stand in f, at most max, in their order; the packet itself is gone. 0 when it was dropped:
 * there are too many, there is no buffer, it has options, or its end is beyond what an offset can say.
 */
unsigned frag_make(struct worker *w, struct rte_mbuf *m, uint16_t mtu, struct rte_mbuf *f[FRAG_MAX],
	unsigned max);

/* Whether the packet, data at the IPv4 header, may not be fragmented. */
bool frag_is_forbidden(const struct rte_mbuf *m);

#endif
