/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clamping of TCP's maximum segment size (RFC 9293, 3.7.1; RFC 6691): each end of a connection
 * through a session is offered no larger segments than the session carries without fragments, so
 * that TCP does not depend on ICMP, which hosts may filter.
 */
#ifndef MSS_H
#define MSS_H

#include <stdint.h>
#include <netinet/in.h>
#include <rte_branch_prediction.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#define MSS_HEADERS 40 /* IPv4 and TCP headers without options: MTU less MSS (RFC 6691, 2). */
#define MSS_NONE    0 /* do not clamp */

/* Lowers the option of a SYN. Only mss_clamp() calls it. */
void mss_clamp_syn(struct rte_mbuf *m, uint16_t mss);

/*
 * Lowers the MSS option of a SYN to at most mss and updates the checksum. A SYN without the option
 * (which means 536) and all other packets stay unchanged. Data at a sound IPv4 header.
 */
static inline void
mss_clamp(struct rte_mbuf *m, uint16_t mss)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	const uint8_t *flags = (const uint8_t *)(ip + 1) + 13;

	if (ip->next_proto_id != IPPROTO_TCP || m->data_len < MSS_HEADERS)
		return;
	if (unlikely(*flags & 0x02))
		mss_clamp_syn(m, mss);
}

#endif
