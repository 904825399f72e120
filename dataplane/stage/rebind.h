/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client whose NAT gives it another address or port: the outbound SA follows the source of the
 * newest verified packet (RFC 3947, 4).
 */
#ifndef REBIND_H
#define REBIND_H

#include <rte_ip.h>
#include <rte_udp.h>

#include "cksum.h"
#include "replay.h"
#include "worker.h"

/* Makes the SA send to the address and port; hdr is a template with UDP. */
static inline void
rebind(struct sa_out *out, rte_be32_t addr, rte_be16_t port)
{
	struct rte_ipv4_hdr ip;

	memcpy(&ip, out->hdr, sizeof(ip));
	ip.dst_addr = addr;
	/* As write_outer() leaves it: the folded sum, not inverted. */
	ip.hdr_checksum = 0;
	ip.hdr_checksum = (uint16_t)~cksum(&ip, sizeof(ip));
	memcpy(out->hdr, &ip, sizeof(ip));
	memcpy(out->hdr + sizeof(ip) + offsetof(struct rte_udp_hdr, dst_port), &port, sizeof(port));
	__atomic_store_n(&out->to, SA_END(addr, port), __ATOMIC_RELAXED);
}

/*
 * Call it with each verified packet of an SA with UDP encapsulation, data at the ESP header, outer
 * headers still in front of it.
 */
static inline void
rebind_check(const struct worker *w, const struct sa_in *sa, const struct rte_mbuf *m, uint32_t seq)
{
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(rte_pktmbuf_mtod(
									     m, const char *) -
								     sizeof(struct rte_udp_hdr));
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)udp - 1;
	const struct sess *s = atomic_load_explicit(
		&w->sess[ID_SLOT(sa->sid)], memory_order_acquire);
	struct sa_out *out = s == NULL ? NULL : atomic_load_explicit(&s->out, memory_order_acquire);

	if (likely(out == NULL || out->to == SA_END(ip->src_addr, udp->src_port)))
		return;
	/* A packet that was overtaken shows where the client was before. */
	if (out->hdr_len == SA_OUT_HDR_MAX && (uint32_t)sa->top == seq)
		rebind(out, ip->src_addr, udp->src_port);
}

#endif
