/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may pass? A new flow is judged by the policy (policy.h), its later packets and its answers pass as they belong to a flow
 * (track.h). Each flow belongs to one worker, which sees both its directions: a client's to the client's; one
 * between two clients to that of the client with the lower address; others to one that the addresses name. Flows that NAT
 * translates are those of its own sessions: it asks when one begins.
 */
#ifndef FILTER_H
#define FILTER_H

#include "policy.h"
#include "transit.h"
#include "worker.h"

/* The zone of a network, or DP_CLIENT. */
static inline uint8_t
filter_zone(unsigned net)
{
	return net == DP_CLIENT ? DP_ZONE_CLIENT : net == DP_WAN ? DP_ZONE_WAN : DP_ZONE_LAN;
}

/*
 * A flow begins with this packet, data at the IPv4 header as hosts inside know it, transit() says from where to where; s is
 * the session of the client that sent it, else NULL. True when it may; else the packet is gone. Counts one flow and
 * one packet.
 */
bool filter_new(struct worker *w, struct rte_mbuf *m, const struct sess *s);

/*
 * The same of a packet from the WAN for one of our addresses, which NAT will send to dst and port inside: it is judged as if it were
 * already, and passes if no rule says otherwise, as a port forward is a rule itself.
 */
bool filter_new_inside(struct worker *w, struct rte_mbuf *m, rte_be32_t dst, rte_be16_t port);

/* The stage: ROUTE, what the policy admits. Not run while the policy has no say (w->filtering). */
void filter(struct worker *w);

/* To be called in each turn before the stages: takes up the policy that control has published. */
void filter_turn(struct worker *w);

/*
 * A packet for the gateway itself, or one that a client broadcasts, from network net, or DP_CLIENT and session s: true if it may go
 * on; else it is gone. out: DP_ZONE_LOCAL, or POLICY_SERVED for IKE and ESP.
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
