/* SPDX-License-Identifier: BSD-3-Clause */
/* UP: removes UDP and L2TP headers (RFC 2661, 3.1); punts control messages. */
#include <rte_mbuf.h>
#include <rte_udp.h>

#include "handoff.h"
#include "stages.h"
#include "wire/l2tp.h"
#include "worker.h"

#define L2TP_UDP_PORT 1701

static inline uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Removes the UDP header; DROP_N on success. ESP's integrity check makes the checksum redundant. */
static inline enum drop_reason
take_udp(struct rte_mbuf *m, rte_be16_t *peer_port)
{
	const struct rte_udp_hdr *udp = rte_pktmbuf_mtod(m, const struct rte_udp_hdr *);
	uint16_t len;

	if (unlikely(m->data_len < sizeof(*udp)))
		return DROP_L2TP_SHORT;
	len = rte_be_to_cpu_16(udp->dgram_len);
	if (unlikely(len < sizeof(*udp) || len > m->data_len))
		return DROP_L2TP_SHORT;
	if (unlikely(udp->dst_port != RTE_BE16(L2TP_UDP_PORT)))
		return DROP_L2TP_PORT;
	*peer_port = udp->src_port;
	rte_pktmbuf_trim(m, (uint16_t)(m->data_len - len));
	rte_pktmbuf_adj(m, sizeof(*udp));
	return DROP_N;
}

/*
 * Removes the header of a data message: optional length, sequence numbers and offset. Messages out
 * of order pass: each is a whole PPP frame, and RFC 2661, 5.4 leaves the choice to the receiver.
 */
static inline enum drop_reason
take_l2tp(struct rte_mbuf *m, uint16_t flags, const struct sess *s)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t at = 2, have = m->data_len, need, length;

	need = 6u + ((flags & L2TP_FLAG_L) ? 2 : 0) + ((flags & L2TP_FLAG_S) ? 4 : 0) +
	       ((flags & L2TP_FLAG_O) ? 2 : 0);
	if (unlikely(have < need))
		return DROP_L2TP_SHORT;
	if (flags & L2TP_FLAG_L) {
		length = get16(p + at);
		if (unlikely(length < need || length > have))
			return DROP_L2TP_SHORT;
		rte_pktmbuf_trim(m, (uint16_t)(have - length));
		have = length;
		at += 2;
	}
	if (unlikely(s->our_sid == 0 || get16(p + at) != s->our_tid ||
		     get16(p + at + 2) != s->our_sid))
		return DROP_L2TP_ID;
	if (flags & L2TP_FLAG_O) {
		need += get16(p + need - 2);
		if (unlikely(need > have))
			return DROP_L2TP_SHORT;
	}
	rte_pktmbuf_adj(m, (uint16_t)need);
	return DROP_N;
}

static void
to_control(struct worker *w, struct rte_mbuf *m, const struct sa_in *sa, rte_be16_t peer_port)
{
	struct pkt_meta *meta = pkt_meta_init(m, DP_CLIENT, sa->sid);

	meta->spi = sa->spi;
	meta->udp_port = peer_port;
	punt(w, m, PUNT_L2TP);
}

#define AHEAD 4 /* packets; the crypto has evicted the sessions from the nearest cache */

void
l2tp_in(struct worker *w)
{
	struct lane *l = &w->lane[LANE_UP];
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		const struct sa_in *sa = l->ctx[i];
		struct sess *s = sess_find(w, sa->sid);
		rte_be16_t peer_port = 0;
		enum drop_reason why;
		uint16_t flags;

		if (likely(i + AHEAD < l->n))
			rte_prefetch0(
				sess_find_ahead(w, ((const struct sa_in *)l->ctx[i + AHEAD])->sid));
		if (unlikely(s == NULL)) {
			drop(w, m, DROP_NO_SESSION);
			continue;
		}
		why = take_udp(m, &peer_port);
		if (why == DROP_N && unlikely(m->data_len < 2))
			why = DROP_L2TP_SHORT;
		if (unlikely(why != DROP_N)) {
			drop(w, m, why);
			continue;
		}
		flags = get16(rte_pktmbuf_mtod(m, const uint8_t *));
		if (unlikely((flags & L2TP_VERSION_MASK) != L2TP_VERSION)) {
			drop(w, m, DROP_L2TP_VERSION);
			continue;
		}
		if (unlikely(flags & L2TP_FLAG_T)) {
			to_control(w, m, sa, peer_port);
			continue;
		}
		why = take_l2tp(m, flags, s);
		if (unlikely(why != DROP_N)) {
			drop(w, m, why);
			continue;
		}
		l->ctx[i] = s;
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}
