/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates a session for a packet that passes. */
#ifndef NAT_TRACK_H
#define NAT_TRACK_H

#include "nat.h"
#include "nat_tcp.h"

static inline void
nat_track(struct worker *w, struct nat_session *s, const struct rte_mbuf *m, bool out)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint8_t tcp = s->tcp, flags = s->flags;

	s->last_s = (uint32_t)w->now_s;
	if (out)
		s->packets_out++;
	else
		s->packets_in++;
	if (out == ((flags & NAT_FROM_OUTSIDE) != 0))
		flags |= NAT_ANSWERED;
	if (s->key.proto == NAT_TCP)
		tcp = nat_tcp_next(tcp, ((const struct rte_tcp_hdr *)(ip + 1))->tcp_flags, out);
	if (likely(tcp == s->tcp && flags == s->flags))
		return;
	s->tcp = tcp;
	s->flags = flags;
	nat_enqueue(w, s);
}

#endif
