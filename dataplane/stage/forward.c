/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UP -> TO_LAN, DOWN of another client, ROUTE, or control: forwards the packets that clients send.
 */
#include "filter.h"
#include "frag.h"
#include "handoff.h"
#include "ipv4_hdr.h"
#include "mss.h"
#include "nat.h"
#include "reass.h"
#include "route.h"
#include "stages.h"
#include "steer.h"

static void
to_control(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum punt_reason reason,
	uint16_t mtu)
{
	pkt_meta_init(m, DP_CLIENT, s->sid)->mtu = mtu;
	punt(w, m, reason);
}

/* To a host of the LAN, one hop further. */
static void
to_lan(struct worker *w, struct rte_mbuf *m, const struct sess *s, const struct network *lan)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	uint16_t mtu = lan->mtu;

	/* Without DF, lan_out fragments it. */
	if (unlikely(m->data_len > mtu) && frag_is_forbidden(m)) {
		to_control(w, m, s, PUNT_TOO_BIG, mtu);
		return;
	}
	ipv4_age(ip);
	*transit(m) = (struct transit){.in = DP_CLIENT, .out = s->net, .hop = ip->dst_addr};
	lane_append(&w->lane[LANE_TO_LAN], m, LANE_HOP);
}

static void
forward_packet(struct worker *w, struct rte_mbuf *m, struct sess *s)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	const struct network *lan = &w->net[s->net];
	uint32_t sid;

	if (ipv4_is_ours(w, ip->dst_addr)) {
		if (ipv4_is_fragment(ip))
			m = reass_in(w, m, DP_CLIENT);
		if (m == NULL || nat_hairpin(w, m, DP_CLIENT, s))
			return;
		if (filter_local(w, m, DP_CLIENT, DP_ZONE_LOCAL, s))
			to_control(w, m, s, PUNT_SELF, 0);
		return;
	}
	if (ipv4_is_group(lan, ip->dst_addr)) {
		if (filter_local(w, m, DP_CLIENT, DP_ZONE_LOCAL, s))
			to_control(w, m, s, PUNT_BROADCAST, 0);
		return;
	}
	if (!ipv4_on_net(lan, ip->dst_addr) || unlikely(w->inner)) {
		route_append(w, m, DP_CLIENT, s);
		return;
	}
	if (ip->time_to_live <= 1) {
		to_control(w, m, s, PUNT_TTL, 0);
		return;
	}
	sid = lease_on(lan, ip->dst_addr);
	if (sid == DP_SID_NONE) {
		to_lan(w, m, s, lan);
		return;
	}
	ipv4_age(ip);
	steer_down(w, m, sid);
}

void
forward(struct worker *w)
{
	struct lane *l = &w->lane[LANE_UP];

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct sess *s = l->ctx[i];
		enum drop_reason why = ipv4_check(m, 0);

		if (why != IPV4_SOUND) {
			drop(w, m, why == DROP_IP_OPTIONS ? why : DROP_INNER_HEADER);
			continue;
		}
		/* A session without an address may not send at all, not even from 0.0.0.0. */
		if (s->client == 0 ||
			rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *)->src_addr != s->client) {
			drop(w, m, DROP_SPOOF);
			continue;
		}
		if (unlikely(s->shaped) &&
			!shaper_pass(&s->shaper[SESS_UP], w->now_tsc, m->data_len)) {
			drop(w, m, DROP_RATE_UP);
			continue;
		}
		if (unlikely(w->copy_dscp_in))
			ipv4_set_dscp(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *),
				(uint8_t)(m->hash.usr >> ESP_OUTER_TOS));
		mss_clamp(m, s->mss);
		s->up_packets++;
		s->up_bytes += m->data_len;
		forward_packet(w, m, s);
	}
	l->n = 0;
}
