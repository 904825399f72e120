/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filter's rules as workers see them: compiled by control, published by pointer, never changed after. What workers
 * count stands beside it, one array for each.
 *
 * Rules are few and only new flows meet them, so they are compared one after the other, sixteen at once: a policy takes as
 * much memory as it has entries and no time to compile, and a flow that no rule of a thousand matches costs 3,000
 * cycles, once. rte_acl finds the rule in 50 cycles, but took 170 MB and a minute to compile a thousand rules of mixed kinds.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <rte_byteorder.h>

#include "dp.h"
#include "track.h"

/* Beside enum dp_zone, as what a packet goes to: what the gateway serves, IKE and ESP. */
#define POLICY_SERVED DP_N_ZONES
#define POLICY_ZONES  (POLICY_SERVED + 1)

#define POLICY_BLOCK 16 /* entries that are compared at once */

/* What rules look at in a packet. */
struct policy_input {
	uint8_t in, out; /* zones */
	uint32_t kind; /* POLICY_KIND */
	rte_be32_t src, dst;
	uint16_t src_port, dst_port; /* host order; 0 when it has none */
	uint32_t groups, user; /* of the client that sends it, else of the one that it is for */
};

#define POLICY_KIND(protocol, icmp_type) ((uint32_t)(protocol) << 8 | (icmp_type))

/* Entries side by side: a rule has one for each combination out of its lists, in the order of the rules. */
struct policy_block {
	alignas(64) uint32_t src[POLICY_BLOCK];
	uint32_t src_mask[POLICY_BLOCK];
	uint32_t dst[POLICY_BLOCK], dst_mask[POLICY_BLOCK];
	uint32_t kind[POLICY_BLOCK], kind_mask[POLICY_BLOCK];
	uint32_t src_port[POLICY_BLOCK], src_span[POLICY_BLOCK]; /* first, and how many follow */
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

/* One worker's. */
struct policy_count {
	uint64_t flows, packets, bytes;
};

struct policy {
	struct policy_set set[POLICY_ZONES][POLICY_ZONES]; /* by zones from and to */
	uint32_t (*find)(const struct policy_set *set, const struct policy_input *in);
	uint32_t generation; /* another policy has another */
	/* Whether flows from zone to zone are looked at; the same both ways where answers come as they are. */
	bool need[POLICY_ZONES][POLICY_ZONES];
	bool any; /* of these, but for what the gateway itself gets */
	bool inner; /* clients and LAN, or clients among themselves */
	uint32_t timeout_s[TRACK_STATES];
	uint32_t n_rules; /* and after them one for each zone that packets come from */
	uint8_t *action; /* enum dp_filter_action by rule */
	struct policy_count *count[DP_MAX_WORKERS]; /* by rule; the worker writes */
};

/* The index of what is done where no rule matches. */
static inline uint32_t
policy_fallback(const struct policy *p, uint8_t in)
{
	return p->n_rules + in;
}

/*
 * wan_forward: packets from the WAN for others than us may be routed; if not, only NAT lets flows begin there.
 * generation: not 0, and none of a policy that workers may still have. NULL with a log line when there is no memory, or
 * the rules are too many.
 */
struct policy *policy_new(
	const struct dp_filter *filter, unsigned n_workers, bool wan_forward, uint32_t generation);

/* As the graveyard calls it. */
void policy_free(void *policy);

/* The rule that a packet matches. */
static inline uint32_t
policy_match(const struct policy *p, const struct policy_input *in)
{
	const struct policy_set *set = &p->set[in->in][in->out];
	uint32_t rule = set->n == 0 ? UINT32_MAX : p->find(set, in);

	return rule != UINT32_MAX ? rule : policy_fallback(p, in->in);
}

#endif
