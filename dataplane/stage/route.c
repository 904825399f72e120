/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ROUTE: finds the route of each packet (RFC 1812, 5.2.4), or punts it so that control tells the
 * sender.
 */
#include "route.h"

#include "fib.h"
#include "handoff.h"
#include "ipv4_hdr.h"
#include "stages.h"

/* A neighbour or a client. No route leads into one of our own networks. */
static bool
find_connected(const struct worker *w, rte_be32_t dst, struct transit *to)
{
	for (unsigned i = 0; i < w->n_nets; i++) {
		const struct network *net = &w->net[i];

		if (ipv4_on_net(net, dst)) {
			to->out = (uint8_t)i;
			to->hop = dst;
			if (net->lease != NULL && lease_on(net, dst) != DP_SID_NONE)
				to->out = DP_CLIENT;
			return true;
		}
	}
	return false;
}

/* A network with a gateway of its own uses that one, others the WAN's. */
static enum dp_route_kind
find_default(const struct worker *w, struct transit *to)
{
	to->out = w->net[to->in_net].gateway != 0 ? to->in_net : DP_WAN;
	to->hop = w->net[to->out].gateway;
	return to->hop != 0 ? DP_ROUTE_VIA : DP_ROUTE_NONE;
}

/* The destination is in none of our networks; `way` is what the table says. */
static enum dp_route_kind
take_way(const struct worker *w, const struct fib_way *way, struct transit *to)
{
	if (way->kind == DP_ROUTE_NONE)
		return find_default(w, to);
	to->out = (uint8_t)way->out;
	to->hop = way->hop;
	return way->kind;
}

enum dp_route_kind
route_find(const struct worker *w, rte_be32_t dst, struct transit *to)
{
	if (find_connected(w, dst, to))
		return DP_ROUTE_VIA;
	return w->fib == NULL ? find_default(w, to) : take_way(w, fib_find_one(w->fib, dst), to);
}

rte_be32_t
route_hop(const struct worker *w, unsigned net, rte_be32_t dst)
{
	if (likely(ipv4_on_net(&w->net[net], dst)))
		return dst;
	if (unlikely(w->fib != NULL)) {
		const struct fib_way *way = fib_find_one(w->fib, dst);

		if (way->kind == DP_ROUTE_VIA && way->out == net)
			return way->hop;
	}
	return w->net[net].gateway;
}

bool
route_source_check(const struct worker *w, unsigned net, rte_be32_t src)
{
	/* A default gateway on the LAN precedes the WAN's: routes are looked up as from inside. */
	struct transit back = {.in_net = (uint8_t)RTE_MAX(net, (unsigned)DP_LAN)};

	switch ((enum dp_source_check)w->net[net].source_check) {
	case DP_SOURCE_STRICT:
		return route_find(w, src, &back) == DP_ROUTE_VIA && back.out == net;
	case DP_SOURCE_LOOSE:
		return route_find(w, src, &back) == DP_ROUTE_VIA;
	case DP_SOURCE_OFF:
		break;
	}
	return true;
}

void
route_punt(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum punt_reason reason,
	uint16_t mtu)
{
	unsigned in = transit(m)->in;

	pkt_meta_init(m, in, s != NULL ? s->sid : DP_SID_NONE)->mtu = mtu;
	punt(w, m, reason);
}

/* True when the packet goes on; else it is gone. */
static bool
goes_on(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum dp_route_kind kind)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	const struct transit *t = transit(m);

	switch (kind) {
	case DP_ROUTE_VIA:
		break;
	case DP_ROUTE_NONE:
		route_punt(w, m, s, PUNT_NO_ROUTE, 0);
		return false;
	case DP_ROUTE_UNREACHABLE:
		route_punt(w, m, s, PUNT_UNREACHABLE, 0);
		return false;
	case DP_ROUTE_BLACKHOLE:
		drop(w, m, DROP_BLACKHOLE);
		return false;
	}
	/* kanmon does not route between networks of the WAN. */
	if (unlikely(t->in == DP_WAN && t->out == DP_WAN)) {
		drop(w, m, DROP_WAN_NOT_US);
		return false;
	}
	if (unlikely(ip->time_to_live <= 1)) {
		route_punt(w, m, s, PUNT_TTL, 0);
		return false;
	}
	return true;
}

static inline rte_be32_t
dst_of(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)->dst_addr;
}

/* Looks up packets first to first + n - 1 of the lane in the table. */
static void
find_ways(const struct worker *w, const struct lane *l, uint16_t first, uint16_t n,
	uint64_t way[BURST])
{
	uint32_t dst[BURST];

	for (uint16_t i = 0; i < n; i++)
		dst[i] = rte_be_to_cpu_32(dst_of(l->pkt[first + i]));
	fib_find(w->fib, dst, way, n);
}

static inline enum dp_route_kind
find(const struct worker *w, struct rte_mbuf *m, uint64_t way)
{
	struct transit *t = transit(m);

	if (find_connected(w, dst_of(m), t))
		return DP_ROUTE_VIA;
	return w->fib == NULL ? find_default(w, t) : take_way(w, &w->fib->way[way], t);
}

void
route(struct worker *w)
{
	struct lane *l = &w->lane[LANE_ROUTE];
	uint64_t way[BURST] = {0};
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];

		/* A burst per lookup, so that the cache misses overlap. */
		if (w->fib != NULL && i % BURST == 0)
			find_ways(w, l, i, (uint16_t)RTE_MIN(l->n - i, BURST), way);
		if (unlikely(!ipv4_is_unicast(dst_of(m)))) {
			drop(w, m, DROP_NO_ROUTE);
			continue;
		}
		if (goes_on(w, m, l->ctx[i], find(w, m, way[i % BURST])))
			LANE_KEEP(l, k, i);
	}
	l->n = k;
}
