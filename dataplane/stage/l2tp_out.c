/* SPDX-License-Identifier: BSD-3-Clause */
/* DOWN -> SEAL: adds UDP, L2TP and PPP headers from the session's template (RFC 2661, 3.1). */
#include <string.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

#include "l2tp_out.h"
#include "stages.h"
#include "wire/l2tp.h"
#include "worker.h"

static inline void
put16(uint8_t *p, uint16_t host)
{
	p[0] = (uint8_t)(host >> 8);
	p[1] = (uint8_t)host;
}

void
l2tp_number(struct rte_mbuf *m, struct sess *s)
{
	uint8_t *l2tp = rte_pktmbuf_mtod_offset(m, uint8_t *, sizeof(struct rte_udp_hdr));
	uint32_t at = 6, have = m->data_len - (uint32_t)sizeof(struct rte_udp_hdr);
	uint16_t flags;

	if (have < 2)
		return;
	flags = (uint16_t)(l2tp[0] << 8 | l2tp[1]);
	if ((flags & L2TP_FLAG_T) || !(flags & L2TP_FLAG_S))
		return;
	at += (flags & L2TP_FLAG_L) ? 2 : 0;
	if (have >= at + 4)
		put16(l2tp + at, s->ns++);
}

void
l2tp_out(struct worker *w)
{
	struct lane *l = &w->lane[LANE_DOWN];

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct sess *s = l->ctx[i];
		uint8_t *p;

		if (unlikely(w->copy_dscp_out))
			m->hash.usr =
				rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)->type_of_service;
		p = (uint8_t *)rte_pktmbuf_prepend(m, s->head_len);

		if (unlikely(p == NULL)) {
			drop(w, m, DROP_NO_BUFFER);
			continue;
		}
		memcpy(p, s->head, s->head_len);
		put16(p + offsetof(struct rte_udp_hdr, dgram_len), m->data_len);
		p += sizeof(struct rte_udp_hdr);
		put16(p + 2, (uint16_t)(m->data_len - sizeof(struct rte_udp_hdr)));
		if (s->sequencing)
			put16(p + 8, s->ns++);
		lane_append(&w->lane[LANE_SEAL], m, s);
	}
	l->n = 0;
}
