/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filter's rules as workers see them: compiled by control into one classifier (rte_acl), published by pointer, never
 * changed after. What workers count stands beside it, one array for each.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include <rte_byteorder.h>

#include "dp.h"
#include "track.h"

struct rte_acl_ctx;

/* Beside enum dp_port, as the zone that a packet goes to: what the gateway serves, IKE and ESP. */
#define POLICY_SERVED (DP_LOCAL + 1)
#define POLICY_ZONES  (POLICY_SERVED + 1)

/* The fields of a packet that rules look at, as rte_acl takes them: in network order. */
struct policy_input {
	uint8_t zones; /* POLICY_PAIR */
	uint8_t zero[3];
	uint8_t protocol;
	uint8_t icmp_type;
	uint8_t zero2[2];
	rte_be32_t src, dst;
	rte_be16_t src_port, dst_port;
	rte_be32_t groups, user; /* of the client that sends it, else of the one that it is for */
};

#define POLICY_PAIR(in, out) ((uint8_t)((in) << 4 | (out)))

/* One worker's. */
struct policy_count {
	uint64_t flows, packets, bytes;
};

struct policy {
	struct rte_acl_ctx *acl; /* NULL: there are no rules */
	uint32_t generation; /* another policy has another */
	/* Whether flows from zone to zone are looked at; the same both ways, as answers are part of them. */
	bool need[POLICY_ZONES][POLICY_ZONES];
	bool inner; /* clients and LAN, or clients among themselves */
	bool from_wan; /* a packet from the WAN may go on to others than the gateway */
	bool broadcast; /* what clients broadcast is looked at */
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
 * generation: not 0, and none of a policy that workers may still have. NULL with a log line when there is no memory, or
 * the rules are too many for the classifier.
 */
struct policy *policy_new(const struct dp_filter *filter, unsigned n_workers, uint32_t generation);

/* As the graveyard calls it. */
void policy_free(void *policy);

/* The rules that packets match, of n packets. */
void policy_classify(
	const struct policy *p, const struct policy_input *in, uint32_t n, uint32_t *rule);

#endif
