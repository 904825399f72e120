/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filter: the policy (policy.h) decides on a new flow; later packets and answers pass because
 * they belong to a flow (track.h). Each flow belongs to one worker, which sees both directions: the
 * worker of the client; between two clients, that of the client with the lower address; else one
 * that the addresses select. The flows that NAT translates are its own sessions: NAT asks the
 * filter when one starts.
 */
#ifndef FILTER_H
#define FILTER_H

#include "policy.h"
#include "transit.h"
#include "worker.h"

/* The zone of a network or of DP_CLIENT. */
static inline uint8_t
filter_zone(unsigned net)
{
	return net == DP_CLIENT ? DP_ZONE_CLIENT : net == DP_WAN ? DP_ZONE_WAN : DP_ZONE_LAN;
}

/*
 * Asks for a new flow whether its first packet may pass: data at the IPv4 header with the addresses
 * that inside hosts know, transit() set; s: the session of the client that sent it, else NULL. If
 * not, the packet is gone. Counts a flow and a packet.
 */
bool filter_new(struct worker *w, struct rte_mbuf *m, const struct sess *s);

/*
 * The same for a packet from the WAN to one of our addresses, which NAT will send to dst and port:
 * it is checked with this destination, and passes if no rule matches, as a port forward is a rule
 * in itself.
 */
bool filter_new_inside(struct worker *w, struct rte_mbuf *m, rte_be32_t dst, rte_be16_t port);

/*
 * The stage: keeps the packets of lane ROUTE that the policy accepts. Only run while w->filtering.
 */
void filter(struct worker *w);

/* Takes up the policy that control has published. Call it in each turn before the stages. */
void filter_turn(struct worker *w);

/*
 * Whether a packet may pass that is for the gateway itself, or broadcast by a client. net: its
 * network, or DP_CLIENT with session s; out: DP_ZONE_LOCAL, or POLICY_SERVED for IKE and ESP. If
 * not, the packet is gone.
 */
bool filter_local_slow(
	struct worker *w, struct rte_mbuf *m, unsigned net, uint8_t out, const struct sess *s);

static inline bool
filter_local(struct worker *w, struct rte_mbuf *m, unsigned net, uint8_t out, const struct sess *s)
{
	if (likely(w->policy == NULL || !w->policy->need[filter_zone(net)][out]))
		return true;
	return filter_local_slow(w, m, net, out, s);
}

#endif
