/* SPDX-License-Identifier: BSD-3-Clause */
/* Fragmentation for a network or a session with a smaller MTU (RFC 791, 3.2). */
#ifndef FRAG_H
#define FRAG_H

#include "worker.h"

#define FRAG_MAX 32 /* of one packet: the longest Ethernet packet at the smallest MTU */

/*
 * Copies the packet, data at the IPv4 header, into fragments of at most mtu bytes (68 or more),
 * regardless of DF. Returns their number, at most max; they are in f in order, and the packet is
 * gone. Returns 0 when the packet was dropped: there would be more than max, there is no buffer,
 * the packet has options, or it ends beyond the largest offset.
 */
unsigned frag_make(struct worker *w, struct rte_mbuf *m, uint16_t mtu, struct rte_mbuf *f[FRAG_MAX],
	unsigned max);

/* Whether the packet, data at the IPv4 header, has DF set. */
bool frag_is_forbidden(const struct rte_mbuf *m);

#endif
