/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_cpuflags.h>

#include "log.h"

/* Timeouts in seconds of flows that are not established. */
#define TCP_OPENING_S 30
#define TCP_CLOSING_S 240 /* RFC 5382, 5: a half-closed connection */
#define TCP_CLOSED_S  10
#define ONE_WAY_S     30

/* --- pairs of zones that a rule applies to ---------------------------------------------------- */

static bool
is_client_pair(uint8_t in, uint8_t out)
{
	return in == DP_ZONE_CLIENT || out == DP_ZONE_CLIENT;
}

static bool
covers(const struct dp_filter_rule *r, uint8_t in, uint8_t out)
{
	uint8_t to = out == POLICY_SERVED ? DP_ZONE_LOCAL : out;

	if (!(r->from & 1u << in) || !(r->to & 1u << to))
		return false;
	if ((r->n_users > 0 || r->groups != 0) && !is_client_pair(in, out))
		return false;
	if (out != POLICY_SERVED)
		return true;
	return in == DP_ZONE_WAN && (r->action == DP_FILTER_ACCEPT || r->n_from > 0);
}

static const uint8_t in_zones[] = {DP_ZONE_WAN, DP_ZONE_LAN, DP_ZONE_CLIENT};
static const uint8_t out_zones[] = {
	DP_ZONE_WAN, DP_ZONE_LAN, DP_ZONE_CLIENT, DP_ZONE_LOCAL, POLICY_SERVED};

static bool
any_rule(const struct dp_filter *f, uint8_t in, uint8_t out)
{
	for (uint32_t i = 0; i < f->n_rules; i++)
		if (covers(&f->rules[i], in, out))
			return true;
	return false;
}

static void
find_needs(struct policy *p, const struct dp_filter *f, bool wan_forward)
{
	for (unsigned i = 0; i < RTE_DIM(in_zones); i++) {
		uint8_t in = in_zones[i];
		bool fallback = f->fallback[in] != DP_FILTER_ACCEPT &&
				(in != DP_ZONE_WAN || wan_forward);

		for (unsigned o = 0; o < RTE_DIM(in_zones); o++) {
			uint8_t out = in_zones[o];

			if (!any_rule(f, in, out) && !fallback)
				continue;
			p->any = p->need[in][out] = true;
			/* Answers. NAT knows those of its sessions by itself. */
			if (wan_forward || (in != DP_ZONE_WAN && out != DP_ZONE_WAN))
				p->need[out][in] = true;
		}
		/* Stateless: the gateway itself does not start flows that need answers to pass. */
		p->need[in][DP_ZONE_LOCAL] = any_rule(f, in, DP_ZONE_LOCAL);
		p->need[in][POLICY_SERVED] = any_rule(f, in, POLICY_SERVED);
	}
	p->inner = p->need[DP_ZONE_CLIENT][DP_ZONE_LAN] || p->need[DP_ZONE_CLIENT][DP_ZONE_CLIENT];
}

/* --- entries ---------------------------------------------------------------------------------- */

static uint64_t
at_least_one(unsigned n)
{
	return n == 0 ? 1 : n;
}

/* Number of alternatives: each user, and all groups together. */
static unsigned
n_who(const struct dp_filter_rule *r)
{
	return r->n_users + (r->groups != 0);
}

/* The product of the lengths of the rule's lists. */
static uint64_t
entries_of(const struct dp_filter_rule *r)
{
	return at_least_one(r->n_from) * at_least_one(r->n_to) * at_least_one(n_who(r)) *
	       at_least_one(r->n_src_ports) * at_least_one(r->n_dst_ports);
}

static void
set_network(uint32_t *value, uint32_t *mask, const struct ip_prefix *net)
{
	*value = ip_network(net);
	*mask = ip_mask(net->len);
}

static void
set_ports(uint32_t *first, uint32_t *span, const struct dp_ports *ports)
{
	*first = ports->first;
	*span = (uint32_t)ports->last - ports->first;
}

static void
set_kind(struct policy_block *b, unsigned i, const struct dp_filter_rule *r)
{
	if (r->protocol == 0)
		return;
	b->kind[i] = POLICY_KIND(r->protocol, r->icmp_type < 0 ? 0 : (uint32_t)r->icmp_type);
	b->kind_mask[i] = POLICY_KIND(UINT8_MAX, r->icmp_type < 0 ? 0 : UINT8_MAX);
}

/* Sets the k-th entry of the rule; k has a digit for each list. */
static void
set_entry(struct policy_block *b, unsigned i, const struct dp_filter_rule *r, uint64_t k)
{
	b->src_span[i] = b->dst_span[i] = UINT32_MAX;
	set_kind(b, i, r);
	if (r->n_from > 0)
		set_network(&b->src[i], &b->src_mask[i], &r->from_networks[k % r->n_from]);
	k /= at_least_one(r->n_from);
	if (r->n_to > 0)
		set_network(&b->dst[i], &b->dst_mask[i], &r->to_networks[k % r->n_to]);
	k /= at_least_one(r->n_to);
	if (r->n_src_ports > 0)
		set_ports(&b->src_port[i], &b->src_span[i], &r->src_ports[k % r->n_src_ports]);
	k /= at_least_one(r->n_src_ports);
	if (r->n_dst_ports > 0)
		set_ports(&b->dst_port[i], &b->dst_span[i], &r->dst_ports[k % r->n_dst_ports]);
	k /= at_least_one(r->n_dst_ports);
	if (k < r->n_users) {
		b->user[i] = r->users[k];
		b->user_mask[i] = UINT32_MAX;
	} else {
		b->groups[i] = r->groups;
	}
}

/* An entry that no packet matches. */
static void
set_none(struct policy_block *b, unsigned i)
{
	b->kind[i] = b->kind_mask[i] = UINT32_MAX;
}

static int
compile_set(struct policy_set *set, const struct dp_filter *f, uint8_t in, uint8_t out)
{
	uint64_t n = 0, at = 0;

	for (uint32_t i = 0; i < f->n_rules; i++)
		if (covers(&f->rules[i], in, out))
			n += entries_of(&f->rules[i]);
	set->n = (uint32_t)((n + POLICY_BLOCK - 1) / POLICY_BLOCK);
	if (n == 0)
		return 0;
	set->block = aligned_alloc(alignof(struct policy_block), set->n * sizeof(*set->block));
	if (set->block == NULL)
		return -ENOMEM;
	memset(set->block, 0, set->n * sizeof(*set->block));
	for (uint32_t i = 0; i < f->n_rules; i++) {
		const struct dp_filter_rule *r = &f->rules[i];

		for (uint64_t k = 0; covers(r, in, out) && k < entries_of(r); k++, at++) {
			set_entry(&set->block[at / POLICY_BLOCK], at % POLICY_BLOCK, r, k);
			set->block[at / POLICY_BLOCK].rule[at % POLICY_BLOCK] = i;
		}
	}
	for (; at % POLICY_BLOCK != 0; at++)
		set_none(&set->block[at / POLICY_BLOCK], at % POLICY_BLOCK);
	return 0;
}

static int
compile(struct policy *p, const struct dp_filter *f)
{
	uint64_t entries = 0;
	int rc = 0;

	for (uint32_t i = 0; i < f->n_rules; i++)
		entries += entries_of(&f->rules[i]);
	if (f->n_rules > DP_FILTER_RULES_MAX || entries > DP_FILTER_ENTRIES_MAX)
		return -E2BIG;
	for (unsigned i = 0; i < RTE_DIM(in_zones); i++)
		for (unsigned o = 0; o < RTE_DIM(out_zones) && rc == 0; o++)
			rc = compile_set(
				&p->set[in_zones[i]][out_zones[o]], f, in_zones[i], out_zones[o]);
	return rc;
}

/* --- matching --------------------------------------------------------------------------------- */

/*
 * The first rule that the packet matches, or UINT32_MAX. Written so that the compiler vectorizes
 * it.
 */
static __rte_always_inline uint32_t
find(const struct policy_set *set, const struct policy_input *in)
{
	uint32_t miss[POLICY_BLOCK];

	for (uint32_t n = 0; n < set->n; n++) {
		const struct policy_block *b = &set->block[n];
		uint32_t hits = 0;

		for (unsigned i = 0; i < POLICY_BLOCK; i++) {
			uint32_t m = ((in->src ^ b->src[i]) & b->src_mask[i]) |
				     ((in->dst ^ b->dst[i]) & b->dst_mask[i]) |
				     ((in->kind ^ b->kind[i]) & b->kind_mask[i]) |
				     ((in->user ^ b->user[i]) & b->user_mask[i]);

			m |= in->src_port - b->src_port[i] > b->src_span[i];
			m |= in->dst_port - b->dst_port[i] > b->dst_span[i];
			m |= (b->groups[i] != 0) & ((b->groups[i] & in->groups) == 0);
			miss[i] = m;
		}
		for (unsigned i = 0; i < POLICY_BLOCK; i++)
			hits |= (uint32_t)(miss[i] == 0) << i;
		if (hits != 0)
			return b->rule[__builtin_ctz(hits)];
	}
	return UINT32_MAX;
}

static uint32_t
find_any(const struct policy_set *set, const struct policy_input *in)
{
	return find(set, in);
}

#ifdef RTE_ARCH_X86
__attribute__((target("avx2"))) static uint32_t
find_avx2(const struct policy_set *set, const struct policy_input *in)
{
	return find(set, in);
}
#endif

static void
choose(struct policy *p)
{
	p->find = find_any;
#ifdef RTE_ARCH_X86
	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0)
		p->find = find_avx2;
#endif
}

/* --- making and freeing ----------------------------------------------------------------------- */

static void
set_timeouts(struct policy *p, const struct dp_filter *f)
{
	p->timeout_s[TRACK_ONE_WAY] = RTE_MIN((uint32_t)ONE_WAY_S, f->udp_timeout_s);
	p->timeout_s[TRACK_BOTH_WAYS] = f->udp_timeout_s;
	p->timeout_s[TRACK_TCP_OPENING] = TCP_OPENING_S;
	p->timeout_s[TRACK_TCP_OPEN] = f->tcp_timeout_s;
	p->timeout_s[TRACK_TCP_CLOSING] = RTE_MIN((uint32_t)TCP_CLOSING_S, f->tcp_timeout_s);
	p->timeout_s[TRACK_TCP_CLOSED] = TCP_CLOSED_S;
}

static int
allocate(struct policy *p, unsigned n_workers)
{
	size_t n = (size_t)p->n_rules + DP_N_ZONES;
	size_t size = RTE_ALIGN_CEIL(n * sizeof(struct policy_count), RTE_CACHE_LINE_SIZE);

	p->action = calloc(n, sizeof(*p->action));
	if (p->action == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < n_workers; i++) {
		p->count[i] = aligned_alloc(RTE_CACHE_LINE_SIZE, size);
		if (p->count[i] == NULL)
			return -ENOMEM;
		memset(p->count[i], 0, size);
	}
	return 0;
}

struct policy *
policy_new(const struct dp_filter *f, unsigned n_workers, bool wan_forward, uint32_t generation)
{
	struct policy *p = calloc(1, sizeof(*p));
	int rc = -ENOMEM;

	if (p == NULL)
		goto fail;
	p->generation = generation;
	p->n_rules = f->n_rules;
	choose(p);
	rc = allocate(p, n_workers);
	if (rc == 0)
		rc = compile(p, f);
	if (rc != 0)
		goto fail;
	for (uint32_t i = 0; i < f->n_rules; i++)
		p->action[i] = (uint8_t)f->rules[i].action;
	for (uint8_t zone = 0; zone < DP_N_ZONES; zone++)
		p->action[policy_fallback(p, zone)] = (uint8_t)f->fallback[zone];
	set_timeouts(p, f);
	find_needs(p, f, wan_forward);
	return p;
fail:
	log_err(DP, NULL, "cannot compile the filter rules: %s",
		rc == -E2BIG ? "too many of them" : strerror(-rc));
	policy_free(p);
	return NULL;
}

void
policy_free(void *policy)
{
	struct policy *p = policy;

	if (p == NULL)
		return;
	for (unsigned i = 0; i < POLICY_ZONES; i++)
		for (unsigned o = 0; o < POLICY_ZONES; o++)
			free(p->set[i][o].block);
	for (unsigned i = 0; i < DP_MAX_WORKERS; i++)
		free(p->count[i]);
	free(p->action);
	free(p);
}
