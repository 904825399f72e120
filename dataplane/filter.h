/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may pass? A new flow is judged by the policy (policy.h), its later packets and its answers pass as they belong to a flow
 * (track.h). Each flow belongs to one worker, which sees both its directions: a client's to the client's; one
 * between two clients to that of the client with the lower address; others to one that the addresses name.
 */
#ifndef FILTER_H
#define FILTER_H

#include "policy.h"
#include "transit.h"
#include "worker.h"

/*
 * What is to be done with a packet that is the first of a new flow, as for NAT, which knows its own flows: it calls this
 * once for each, and marks its packets TRANSIT_JUDGED. transit() says from which zone to which; s is the session of
 * the client that sends it, else of the one that it is for, else NULL. Data at the IPv4 header. Counts one flow and one
 * packet. The packet stays the caller's.
 */
enum dp_filter_action filter_new(struct worker *w, struct rte_mbuf *m, const struct sess *s);

/* To be called in each turn before the stages: takes up the policy that control has published. */
void filter_turn(struct worker *w);

/*
 * A packet for the gateway itself, or one that a client broadcasts, from zone in: true if it may go on; else it is gone.
 * out: DP_LOCAL, or POLICY_SERVED for IKE and ESP.
 */
bool filter_local_slow(
	struct worker *w, struct rte_mbuf *m, uint8_t in, uint8_t out, const struct sess *s);

static inline bool
filter_local(struct worker *w, struct rte_mbuf *m, uint8_t in, uint8_t out, const struct sess *s)
{
	if (likely(w->policy == NULL || !w->policy->need[in][out]))
		return true;
	return filter_local_slow(w, m, in, out, s);
}

#endif
