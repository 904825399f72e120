/* SPDX-License-Identifier: BSD-3-Clause */
#include "frag.h"

#include <string.h>
#include <rte_ip.h>

#include "cksum.h"

#define UNIT 8 /* bytes that a fragment offset counts */

/* Makes a fragment of the header and len bytes of payload from `from`; NULL without a buffer. */
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
	place = (place & RTE_IPV4_HDR_OFFSET_MASK) + from / UNIT;
	to->fragment_offset = rte_cpu_to_be_16((uint16_t)(flags | place));
	to->total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + len));
	to->hdr_checksum = 0;
	to->hdr_checksum = cksum(to, sizeof(*to));
	return f;
}

/*
 * Whether the last byte is beyond what a fragment offset can express; nobody could reassemble it.
 */
static bool
ends_too_far(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	uint32_t place = rte_be_to_cpu_16(ip->fragment_offset) & RTE_IPV4_HDR_OFFSET_MASK;

	return place + (m->data_len - sizeof(*ip) - 1) / UNIT > RTE_IPV4_HDR_OFFSET_MASK;
}

/* Why the packet cannot be fragmented, or DROP_N. */
static enum drop_reason
judge(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	/* Which options belong into which fragment (RFC 791, 3.1) is not implemented. */
	if (ip->version_ihl != RTE_IPV4_VHL_DEF)
		return DROP_IP_OPTIONS;
	return ends_too_far(m, ip) ? DROP_IP_HEADER : DROP_N;
}

unsigned
frag_make(struct worker *w, struct rte_mbuf *m, uint16_t mtu, struct rte_mbuf *f[FRAG_MAX],
	unsigned max)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t payload = m->data_len - (uint32_t)sizeof(*ip);
	uint32_t unit = RTE_ALIGN_FLOOR(mtu - (uint32_t)sizeof(*ip), UNIT);
	enum drop_reason why = judge(m);
	unsigned n = 0;

	if (why != DROP_N) {
		drop(w, m, why);
		return 0;
	}
	for (uint32_t from = 0; from < payload; from += unit) {
		uint32_t len = RTE_MIN(unit, payload - from);

		if (n == RTE_MIN(max, (unsigned)FRAG_MAX) ||
			(f[n] = fragment_new(w, ip, from, len, from + len < payload)) == NULL) {
			rte_pktmbuf_free_bulk(f, n);
			drop(w, m, DROP_NO_BUFFER);
			return 0;
		}
		n++;
	}
	rte_pktmbuf_free(m);
	return n;
}

bool
frag_is_forbidden(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	return (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0;
}
