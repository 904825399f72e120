/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 for clients: what is larger than the session's MTU is fragmented, or told to its sender
 * (RFC 791, 3.2; RFC 1191).
 */
#include <string.h>
#include <rte_ip.h>

#include "cksum.h"
#include "worker.h"

#define FRAGMENT_UNIT 8 /* bytes that an offset counts */
#define FRAGMENTS_MAX 32 /* of one packet: what Ethernet carries, at the smallest MTU */

/* The packet's header, then len bytes of its payload from `from`; NULL without a buffer. */
static struct rte_mbuf *
fragment_new(
	struct worker *w, const struct rte_ipv4_hdr *ip, uint32_t from, uint32_t len, bool more)
{
	struct rte_mbuf *f = rte_pktmbuf_alloc(w->pool);
	uint32_t place = rte_be_to_cpu_16(ip->fragment_offset);
	uint32_t flags = more ? RTE_IPV4_HDR_MF_FLAG : place & RTE_IPV4_HDR_MF_FLAG;
	struct rte_ipv4_hdr *to;

	if (f == NULL)
		return NULL;
	to = (struct rte_ipv4_hdr *)rte_pktmbuf_append(f, (uint16_t)(sizeof(*ip) + len));
	if (to == NULL) {
		rte_pktmbuf_free(f);
		return NULL;
	}
	*to = *ip;
	memcpy(to + 1, (const uint8_t *)(ip + 1) + from, len);
	place = (place & RTE_IPV4_HDR_OFFSET_MASK) + from / FRAGMENT_UNIT;
	to->fragment_offset = rte_cpu_to_be_16((uint16_t)(flags | place));
	to->total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + len));
	to->hdr_checksum = 0;
	to->hdr_checksum = cksum(to, sizeof(*to));
	return f;
}

static inline void
to_client(struct lane *l, struct rte_mbuf *m, struct sess *s)
{
	s->down_packets++;
	s->down_bytes += m->data_len;
	lane_append(l, m, s);
}

/* Appends the packet's fragments, all of them if there are at most max, else none. */
static void
fragment(struct worker *w, struct rte_mbuf *m, struct sess *s, struct lane *l, unsigned max)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t payload = m->data_len - (uint32_t)sizeof(*ip);
	uint32_t unit = RTE_ALIGN_FLOOR(s->mtu - (uint32_t)sizeof(*ip), FRAGMENT_UNIT);
	struct rte_mbuf *f[FRAGMENTS_MAX];
	unsigned n = 0;

	for (uint32_t from = 0; from < payload; from += unit) {
		uint32_t len = RTE_MIN(unit, payload - from);

		if (n == RTE_MIN(max, (unsigned)FRAGMENTS_MAX) ||
			(f[n] = fragment_new(w, ip, from, len, from + len < payload)) == NULL) {
			rte_pktmbuf_free_bulk(f, n);
			drop(w, m, DROP_NO_BUFFER);
			return;
		}
		n++;
	}
	for (unsigned i = 0; i < n; i++)
		to_client(l, f[i], s);
	rte_pktmbuf_free(m);
}

/* Whether a place in the packet would not fit the offset field: nobody could put it together. */
static inline bool
ends_too_far(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	uint32_t place = rte_be_to_cpu_16(ip->fragment_offset) & RTE_IPV4_HDR_OFFSET_MASK;

	return place + (m->data_len - sizeof(*ip) - 1) / FRAGMENT_UNIT > RTE_IPV4_HDR_OFFSET_MASK;
}

static void
tell_too_big(struct worker *w, struct rte_mbuf *m, const struct sess *s)
{
	pkt_meta_init(m, s->net, DP_SID_NONE)->mtu = s->mtu;
	punt(w, m, PUNT_TOO_BIG);
}

static void
too_big(struct worker *w, struct rte_mbuf *m, struct sess *s, struct lane *l, unsigned max)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	if (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG))
		tell_too_big(w, m, s);
	else if (ip->version_ihl != RTE_IPV4_VHL_DEF)
		drop(w, m, DROP_IP_OPTIONS);
	else if (ends_too_far(m, ip))
		drop(w, m, DROP_IP_HEADER);
	else
		fragment(w, m, s, l, max);
}

static inline bool
fits(const struct lane *l, unsigned i)
{
	return l->pkt[i]->data_len <= ((const struct sess *)l->ctx[i])->mtu;
}

/* The lane's packets from the first that is too big, each in its place. */
static void
with_fragments(struct worker *w, struct lane *l, uint16_t first)
{
	/* Whatever leaves here passes through SEAL and TO_WAN, which have packets already. */
	unsigned room = LANE_MAX - w->lane[LANE_SEAL].n - w->lane[LANE_TO_WAN].n;
	struct lane all = *l;

	l->n = first;
	for (unsigned i = first; i < all.n; i++) {
		unsigned waiting = all.n - i - 1u;

		if (fits(&all, i))
			to_client(l, all.pkt[i], all.ctx[i]);
		else
			too_big(w, all.pkt[i], all.ctx[i], l, room - l->n - waiting);
	}
}

void
ppp_out(struct worker *w)
{
	struct lane *l = &w->lane[LANE_DOWN];

	for (uint16_t i = 0; i < l->n; i++) {
		struct sess *s = l->ctx[i];

		if (unlikely(!fits(l, i))) {
			with_fragments(w, l, i);
			return;
		}
		sa_out_prefetch(s);
		s->down_packets++;
		s->down_bytes += l->pkt[i]->data_len;
	}
}
