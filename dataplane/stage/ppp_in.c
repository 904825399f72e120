/* SPDX-License-Identifier: BSD-3-Clause */
/* UP: removes the PPP header (RFC 1661, 2; compressed or not: 6.5, 6.6); punts all but IPv4. */
#include <rte_mbuf.h>

#include "handoff.h"
#include "stages.h"
#include "wire/ppp.h"
#include "worker.h"

/*
 * Bytes of address, control and protocol fields, and the protocol; 0 when the frame is too short.
 */
static inline uint32_t
read_header(const struct rte_mbuf *m, uint16_t *protocol)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t have = m->data_len, at = 0;

	if (have >= 2 && p[0] == PPP_ADDRESS && p[1] == PPP_CONTROL)
		at = 2;
	if (unlikely(have < at + 1))
		return 0;
	/* The first byte of a two-byte protocol number is even, a one-byte number is odd. */
	if (p[at] & 1) {
		*protocol = p[at];
		return at + 1;
	}
	if (unlikely(have < at + 2))
		return 0;
	*protocol = (uint16_t)(p[at] << 8 | p[at + 1]);
	return at + 2;
}

void
ppp_in(struct worker *w)
{
	struct lane *l = &w->lane[LANE_UP];
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		const struct sess *s = l->ctx[i];
		uint16_t protocol = 0;
		uint32_t len = read_header(m, &protocol);

		if (unlikely(len == 0)) {
			drop(w, m, DROP_PPP_SHORT);
			continue;
		}
		if (unlikely(protocol != PPP_IP)) {
			pkt_meta_init(m, DP_CLIENT, s->sid);
			punt(w, m, PUNT_PPP);
			continue;
		}
		if (unlikely(s->client == 0)) {
			drop(w, m, DROP_PPP_NO_SESSION);
			continue;
		}
		rte_pktmbuf_adj(m, (uint16_t)len);
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}
