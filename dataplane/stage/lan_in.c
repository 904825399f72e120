/* SPDX-License-Identifier: BSD-3-Clause */
/* LAN_RX -> DOWN of the client's worker, ROUTE, or control. */
#include "ether.h"
#include "filter.h"
#include "handoff.h"
#include "ipv4_hdr.h"
#include "nat.h"
#include "reass.h"
#include "route.h"
#include "stages.h"
#include "steer.h"

/* The reason to drop the packet, or IPV4_SOUND. */
static enum drop_reason
judge(const struct worker *w, const struct network *net, const struct rte_ipv4_hdr *ip)
{
	if (!ipv4_is_unicast(ip->src_addr) || ipv4_is_group(net, ip->src_addr) ||
		ipv4_is_ours(w, ip->src_addr))
		return DROP_IP_SOURCE;
	if (ipv4_is_group(net, ip->dst_addr))
		return DROP_BROADCAST;
	if (unlikely(!ipv4_on_net(net, ip->src_addr)))
		return route_source_check(w, net->number, ip->src_addr) ? IPV4_SOUND
									: DROP_SOURCE_ROUTE;
	/* A client's address cannot be in use on the LAN. */
	return unlikely(lease_on(net, ip->src_addr) != DP_SID_NONE) ? DROP_IP_SOURCE : IPV4_SOUND;
}

static void
to_control(struct worker *w, struct rte_mbuf *m, const struct network *net, enum punt_reason reason)
{
	pkt_meta_init(m, net->number, DP_SID_NONE);
	punt(w, m, reason);
}

/* To the gateway itself, or through one of its ports to an inside host. */
static void
to_self(struct worker *w, struct rte_mbuf *m, const struct network *net)
{
	if (ipv4_is_fragment(rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)))
		m = reass_in(w, m, net->number);
	if (m == NULL || nat_hairpin(w, m, net->number, NULL))
		return;
	if (filter_local(w, m, net->number, DP_ZONE_LOCAL, NULL))
		to_control(w, m, net, PUNT_SELF);
}

/*
 * Keeps packets that may be for clients, data at the IPv4 header; ctx becomes the network.
 * Prefetches the lease.
 */
static void
lan_check(struct worker *w, struct lane *l)
{
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		const struct network *net = ether_in(w, m, DP_LAN);
		const struct rte_ipv4_hdr *ip;
		enum drop_reason why;

		if (unlikely(net == NULL))
			continue;
		ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
		why = judge(w, net, ip);
		if (unlikely(why != IPV4_SOUND)) {
			drop(w, m, why);
			continue;
		}
		if (unlikely(ipv4_is_ours(w, ip->dst_addr))) {
			to_self(w, m, net);
			continue;
		}
		if (!ipv4_on_net(net, ip->dst_addr)) {
			route_append(w, m, net->number, NULL);
			continue;
		}
		lease_prefetch(net, ip->dst_addr);
		l->ctx[i] = (void *)(uintptr_t)net;
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}

/* Keeps packets for clients; ctx becomes the session's number. Prefetches the session's slot. */
static void
lan_lookup(struct worker *w, struct lane *l)
{
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
		const struct network *net = l->ctx[i];
		uint32_t sid = lease_on(net, ip->dst_addr);

		if (unlikely(sid == DP_SID_NONE)) {
			drop(w, m, DROP_NO_LEASE);
			continue;
		}
		if (unlikely(w->inner)) {
			route_append(w, m, net->number, NULL);
			continue;
		}
		if (unlikely(ip->time_to_live <= 1)) {
			to_control(w, m, net, PUNT_TTL);
			continue;
		}
		ipv4_age(ip);
		l->ctx[i] = (void *)(uintptr_t)sid;
		rte_prefetch0(&w->sess[ID_SLOT(sid)]);
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}

static inline uint32_t
sid_of(const struct lane *l, uint16_t i)
{
	return (uint32_t)(uintptr_t)l->ctx[i];
}

/*
 * Many sessions do not fit the cache, and a packet needs four fetches that depend on each other:
 * lease, slot, session, SA. Each is done for all packets before the next, so that the cache misses
 * overlap.
 */
void
lan_in(struct worker *w)
{
	struct lane *l = &w->lane[LANE_LAN_RX];

	lan_check(w, l);
	lan_lookup(w, l);
	for (uint16_t i = 0; i < l->n; i++) {
		const struct sess *s = sess_find_ahead(w, sid_of(l, i));

		rte_prefetch0(s);
		/* s may be NULL: this is only an address to prefetch. */
		rte_prefetch0((const void *)((uintptr_t)s + offsetof(struct sess, head)));
	}
	for (uint16_t i = 0; i < l->n; i++)
		steer_down(w, l->pkt[i], sid_of(l, i));
	l->n = 0;
}
