/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filter's rules as workers see them: compiled by control, published by pointer, never changed.
 * The workers' counters are beside it, one array for each worker.
 *
 * Rules are few and only new flows meet them, so they are compared linearly, sixteen at a time: a
 * policy needs memory for its entries only and no time to compile, and a flow that matches none of
 * a thousand rules costs 3,000 cycles once. rte_acl finds the rule in 50 cycles, but took 170 MB
 * and a minute to compile a thousand rules of mixed kinds.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <rte_byteorder.h>

#include "dp.h"
#include "track.h"

/* A destination in addition to enum dp_zone: services of the gateway, IKE and ESP. */
#define POLICY_SERVED DP_N_ZONES
#define POLICY_ZONES  (POLICY_SERVED + 1)

#define POLICY_BLOCK 16 /* entries that are compared at once */

/* What rules match in a packet. */
struct policy_input {
	uint8_t in, out; /* enum dp_zone; `out` may be POLICY_SERVED */
	uint32_t kind; /* POLICY_KIND() */
	rte_be32_t src, dst;
	uint16_t src_port, dst_port; /* host order; 0: none */
	/* Of the client that sends the packet, else of the one that receives it. */
	uint32_t groups, user;
};

#define POLICY_KIND(protocol, icmp_type) ((uint32_t)(protocol) << 8 | (icmp_type))

/*
 * Entries side by side: a rule has one for each combination of elements of its lists. They are in
 * the order of the rules.
 */
struct policy_block {
	alignas(64) uint32_t src[POLICY_BLOCK];
	uint32_t src_mask[POLICY_BLOCK];
	uint32_t dst[POLICY_BLOCK], dst_mask[POLICY_BLOCK];
	uint32_t kind[POLICY_BLOCK], kind_mask[POLICY_BLOCK];
	/* Host order: the first, and how many follow. */
	uint32_t src_port[POLICY_BLOCK], src_span[POLICY_BLOCK];
	uint32_t dst_port[POLICY_BLOCK], dst_span[POLICY_BLOCK];
	uint32_t user[POLICY_BLOCK], user_mask[POLICY_BLOCK];
	uint32_t groups[POLICY_BLOCK]; /* 0: any */
	uint32_t rule[POLICY_BLOCK];
};

/* The rules from one zone to another. */
struct policy_set {
	uint32_t n; /* blocks */
	struct policy_block *block;
};

/* Counters of one rule in one worker. */
struct policy_count {
	uint64_t flows, packets, bytes;
};

struct policy {
	struct policy_set set[POLICY_ZONES][POLICY_ZONES]; /* by zones from and to */
	uint32_t (*find)(const struct policy_set *set, const struct policy_input *in);
	uint32_t generation; /* distinguishes policies */
	/*
	 * Whether the filter decides on flows from zone to zone; true in both directions where
	 * answers are not translated by NAT.
	 */
	bool need[POLICY_ZONES][POLICY_ZONES];
	bool any; /* any of these, except to the gateway itself */
	bool inner; /* between clients and the LAN, or among clients */
	uint32_t timeout_s[TRACK_STATES];
	uint32_t n_rules; /* `action` and `count` go on with a fallback for each source zone */
	uint8_t *action; /* enum dp_filter_action, by rule */
	struct policy_count *count[DP_MAX_WORKERS]; /* by rule; written by the worker */
};

/* The index of the fallback, which applies where no rule matches. */
static inline uint32_t
policy_fallback(const struct policy *p, uint8_t in)
{
	return p->n_rules + in;
}

/*
 * Compiles a policy. wan_forward: packets from the WAN for other addresses may be routed; else
 * flows from there begin only through NAT. generation: not 0, and of no policy that workers may
 * still use. NULL, with a log line, when out of memory or for too many rules.
 */
struct policy *policy_new(
	const struct dp_filter *filter, unsigned n_workers, bool wan_forward, uint32_t generation);

/* Frees a policy; the argument is void * for the graveyard. NULL is allowed. */
void policy_free(void *policy);

/* The index of the rule or fallback that applies to a packet. */
static inline uint32_t
policy_match(const struct policy *p, const struct policy_input *in)
{
	const struct policy_set *set = &p->set[in->in][in->out];
	uint32_t rule = set->n == 0 ? UINT32_MAX : p->find(set, in);

	return rule != UINT32_MAX ? rule : policy_fallback(p, in->in);
}

#endif
