/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_acl.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_memory.h>

#include "log.h"

#define BULK 32 /* packets that are classified at once */

/* Of flows that are not at rest, seconds. */
#define TCP_OPENING_S 30
#define TCP_CLOSING_S 240 /* RFC 5382, 5: what a half-closed connection has left */
#define TCP_CLOSED_S  10
#define ONE_WAY_S     30
#define FRAGMENTS_S   30

enum {
	FIELD_ZONES,
	FIELD_KIND, /* protocol and ICMP type */
	FIELD_SRC,
	FIELD_DST,
	FIELD_SRC_PORT,
	FIELD_DST_PORT,
	FIELD_GROUPS,
	FIELD_USER,
	FIELDS,
};

#define FIELD(name, kind, bytes, input, member)              \
	[FIELD_##name] = {.type = RTE_ACL_FIELD_TYPE_##kind, \
		.size = bytes,                               \
		.field_index = FIELD_##name,                 \
		.input_index = input,                        \
		.offset = offsetof(struct policy_input, member)}

static const struct rte_acl_field_def fields[FIELDS] = {
	FIELD(ZONES, BITMASK, 1, 0, zones),
	FIELD(KIND, BITMASK, 4, 1, protocol),
	FIELD(SRC, MASK, 4, 2, src),
	FIELD(DST, MASK, 4, 3, dst),
	FIELD(SRC_PORT, RANGE, 2, 4, src_port),
	FIELD(DST_PORT, RANGE, 2, 4, dst_port),
	FIELD(GROUPS, BITMASK, 4, 5, groups),
	FIELD(USER, BITMASK, 4, 6, user),
};

RTE_ACL_RULE_DEF(policy_rule, FIELDS);

/* --- which pairs of zones a rule is about ------------------------------------------------------- */

static bool
is_client_pair(uint8_t in, uint8_t out)
{
	return in == DP_CLIENT || out == DP_CLIENT;
}

static bool
covers(const struct dp_filter_rule *r, uint8_t in, uint8_t out)
{
	uint8_t to = out == POLICY_SERVED ? DP_LOCAL : out;

	if (!(r->from & 1u << in) || !(r->to & 1u << to))
		return false;
	if ((r->n_users > 0 || r->groups != 0) && !is_client_pair(in, out))
		return false;
	if (out != POLICY_SERVED)
		return true;
	return in == DP_WAN && (r->action == DP_FILTER_ACCEPT || r->n_from > 0);
}

static const uint8_t in_zones[] = {DP_WAN, DP_LAN, DP_CLIENT};
static const uint8_t out_zones[] = {DP_WAN, DP_LAN, DP_CLIENT, DP_LOCAL, POLICY_SERVED};

static bool
any_rule(const struct dp_filter *f, uint8_t in, uint8_t out)
{
	for (uint32_t i = 0; i < f->n_rules; i++)
		if (covers(&f->rules[i], in, out))
			return true;
	return false;
}

static bool
any_accept(const struct dp_filter *f, uint8_t in, uint8_t out)
{
	for (uint32_t i = 0; i < f->n_rules; i++)
		if (f->rules[i].action == DP_FILTER_ACCEPT && covers(&f->rules[i], in, out))
			return true;
	return f->fallback[in] == DP_FILTER_ACCEPT;
}

static void
find_needs(struct policy *p, const struct dp_filter *f)
{
	for (unsigned i = 0; i < RTE_DIM(in_zones); i++) {
		uint8_t in = in_zones[i];

		for (unsigned o = 0; o < RTE_DIM(in_zones); o++) {
			uint8_t out = in_zones[o];

			if (any_rule(f, in, out) || f->fallback[in] != DP_FILTER_ACCEPT)
				p->need[in][out] = p->need[out][in] = true;
		}
		/* Stateless: nobody asks anything of others from here. */
		p->need[in][DP_LOCAL] = any_rule(f, in, DP_LOCAL);
		p->need[in][POLICY_SERVED] = any_rule(f, in, POLICY_SERVED);
	}
	/* Where no rule says otherwise, the LAN's own routers are not watched. */
	if (!any_rule(f, DP_LAN, DP_LAN))
		p->need[DP_LAN][DP_LAN] = false;
	p->inner = p->need[DP_CLIENT][DP_LAN] || p->need[DP_CLIENT][DP_CLIENT];
	p->broadcast = p->need[DP_CLIENT][DP_LOCAL];
	for (unsigned z = DP_LAN; z <= DP_CLIENT; z++)
		p->from_wan |= any_accept(f, DP_WAN, (uint8_t)z) ||
			       any_accept(f, (uint8_t)z, DP_WAN);
}

/* --- entries of the classifier ------------------------------------------------------------------ */

static uint64_t
at_least_one(unsigned n)
{
	return n == 0 ? 1 : n;
}

static unsigned
n_who(const struct dp_filter_rule *r)
{
	return r->n_users + (unsigned)__builtin_popcount(r->groups);
}

static uint64_t
pairs(const struct dp_filter_rule *r)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < RTE_DIM(in_zones); i++)
		for (unsigned o = 0; o < RTE_DIM(out_zones); o++)
			n += covers(r, in_zones[i], out_zones[o]);
	return n;
}

/* Entries of the classifier that the rule takes. */
static uint64_t
entries_of(const struct dp_filter_rule *r)
{
	return pairs(r) * at_least_one(r->n_from) * at_least_one(r->n_to) * at_least_one(n_who(r)) *
	       at_least_one(r->n_src_ports) * at_least_one(r->n_dst_ports);
}

/* The i-th of those whose rule it is: users first, then groups. */
static void
set_who(struct policy_rule *e, const struct dp_filter_rule *r, unsigned i)
{
	uint32_t groups = r->groups;

	if (i < r->n_users) {
		e->field[FIELD_USER].value.u32 = r->users[i];
		e->field[FIELD_USER].mask_range.u32 = UINT32_MAX;
		return;
	}
	for (i -= r->n_users; i > 0; i--)
		groups &= groups - 1;
	groups &= -groups;
	e->field[FIELD_GROUPS].value.u32 = groups;
	e->field[FIELD_GROUPS].mask_range.u32 = groups;
}

static void
set_network(struct rte_acl_field *field, const struct ip_prefix *net)
{
	field->value.u32 = rte_be_to_cpu_32(ip_network(net));
	field->mask_range.u32 = net->len;
}

static void
set_ports(struct rte_acl_field *field, const struct dp_ports *ports, unsigned n, unsigned i)
{
	field->value.u16 = n == 0 ? 0 : ports[i].first;
	field->mask_range.u16 = n == 0 ? UINT16_MAX : ports[i].last;
}

static void
set_kind(struct rte_acl_field *field, const struct dp_filter_rule *r)
{
	if (r->protocol == 0)
		return;
	field->value.u32 = (uint32_t)r->protocol << 24;
	field->mask_range.u32 = 0xffu << 24;
	if (r->icmp_type < 0)
		return;
	field->value.u32 |= (uint32_t)r->icmp_type << 16;
	field->mask_range.u32 |= 0xffu << 16;
}

/* The k-th of the rule's entries for a pair of zones: its place is a number of mixed radix. */
static int
add_entry(struct rte_acl_ctx *acl, const struct dp_filter_rule *r, uint32_t index, uint8_t pair,
	uint64_t k)
{
	struct policy_rule e = {.data = {.category_mask = 1,
					.priority = RTE_ACL_MAX_PRIORITY - (int32_t)index,
					.userdata = index + 1}};
	uint64_t n;

	e.field[FIELD_ZONES].value.u8 = pair;
	e.field[FIELD_ZONES].mask_range.u8 = UINT8_MAX;
	set_kind(&e.field[FIELD_KIND], r);
	n = at_least_one(r->n_from);
	if (r->n_from > 0)
		set_network(&e.field[FIELD_SRC], &r->from_networks[k % n]);
	k /= n;
	n = at_least_one(r->n_to);
	if (r->n_to > 0)
		set_network(&e.field[FIELD_DST], &r->to_networks[k % n]);
	k /= n;
	n = at_least_one(r->n_src_ports);
	set_ports(&e.field[FIELD_SRC_PORT], r->src_ports, r->n_src_ports, (unsigned)(k % n));
	k /= n;
	n = at_least_one(r->n_dst_ports);
	set_ports(&e.field[FIELD_DST_PORT], r->dst_ports, r->n_dst_ports, (unsigned)(k % n));
	k /= n;
	if (n_who(r) > 0)
		set_who(&e, r, (unsigned)k);
	return rte_acl_add_rules(acl, (const struct rte_acl_rule *)&e, 1);
}

static int
add_rule(struct rte_acl_ctx *acl, const struct dp_filter_rule *r, uint32_t index)
{
	uint64_t n = pairs(r) == 0 ? 0 : entries_of(r) / pairs(r);
	int rc = 0;

	for (unsigned i = 0; i < RTE_DIM(in_zones); i++) {
		for (unsigned o = 0; o < RTE_DIM(out_zones); o++) {
			if (!covers(r, in_zones[i], out_zones[o]))
				continue;
			for (uint64_t k = 0; k < n && rc == 0; k++)
				rc = add_entry(
					acl, r, index, POLICY_PAIR(in_zones[i], out_zones[o]), k);
		}
	}
	return rc;
}

static int
compile(struct policy *p, const struct dp_filter *f, uint64_t entries)
{
	struct rte_acl_config config = {.num_categories = 1, .num_fields = FIELDS};
	struct rte_acl_param param = {.socket_id = SOCKET_ID_ANY,
		.rule_size = RTE_ACL_RULE_SZ(FIELDS),
		.max_rule_num = (uint32_t)entries};
	char name[RTE_ACL_NAMESIZE];
	int rc = 0;

	if (entries == 0)
		return 0;
	snprintf(name, sizeof(name), "filter_%u", p->generation);
	param.name = name;
	memcpy(config.defs, fields, sizeof(fields));
	p->acl = rte_acl_create(&param);
	if (p->acl == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < f->n_rules && rc == 0; i++)
		rc = add_rule(p->acl, &f->rules[i], i);
	return rc != 0 ? rc : rte_acl_build(p->acl, &config);
}

/* --- life --------------------------------------------------------------------------------------- */

static void
set_timeouts(struct policy *p, const struct dp_filter *f)
{
	p->timeout_s[TRACK_ONE_WAY] = RTE_MIN((uint32_t)ONE_WAY_S, f->udp_timeout_s);
	p->timeout_s[TRACK_BOTH_WAYS] = f->udp_timeout_s;
	p->timeout_s[TRACK_TCP_OPENING] = TCP_OPENING_S;
	p->timeout_s[TRACK_TCP_OPEN] = f->tcp_timeout_s;
	p->timeout_s[TRACK_TCP_CLOSING] = RTE_MIN((uint32_t)TCP_CLOSING_S, f->tcp_timeout_s);
	p->timeout_s[TRACK_TCP_CLOSED] = TCP_CLOSED_S;
	p->timeout_s[TRACK_FRAGMENTS] = FRAGMENTS_S;
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
policy_new(const struct dp_filter *f, unsigned n_workers, uint32_t generation)
{
	struct policy *p = calloc(1, sizeof(*p));
	uint64_t entries = 0;
	int rc = -ENOMEM;

	if (p == NULL)
		goto fail;
	p->generation = generation;
	p->n_rules = f->n_rules;
	for (uint32_t i = 0; i < f->n_rules; i++)
		entries += entries_of(&f->rules[i]);
	rc = f->n_rules > DP_FILTER_RULES_MAX || entries > DP_FILTER_ENTRIES_MAX ? -E2BIG : 0;
	if (rc == 0)
		rc = allocate(p, n_workers);
	if (rc != 0)
		goto fail;
	for (uint32_t i = 0; i < f->n_rules; i++)
		p->action[i] = (uint8_t)f->rules[i].action;
	for (uint8_t zone = 0; zone < DP_N_ZONES; zone++)
		p->action[policy_fallback(p, zone)] = (uint8_t)f->fallback[zone];
	set_timeouts(p, f);
	find_needs(p, f);
	rc = compile(p, f, entries);
	if (rc == 0)
		return p;
fail:
	log_err(DP, NULL, "the filter's rules do not compile: %s", strerror(-rc));
	policy_free(p);
	return NULL;
}

void
policy_free(void *policy)
{
	struct policy *p = policy;

	if (p == NULL)
		return;
	rte_acl_free(p->acl);
	for (unsigned i = 0; i < DP_MAX_WORKERS; i++)
		free(p->count[i]);
	free(p->action);
	free(p);
}

static void
classify(const struct policy *p, const struct policy_input *in, uint32_t n, uint32_t *rule)
{
	const uint8_t *data[BULK];

	for (uint32_t i = 0; i < n; i++)
		data[i] = (const uint8_t *)&in[i];
	rte_acl_classify(p->acl, data, rule, n, 1);
}

void
policy_classify(const struct policy *p, const struct policy_input *in, uint32_t n, uint32_t *rule)
{
	for (uint32_t at = 0; at < n; at += BULK) {
		uint32_t some = RTE_MIN(n - at, (uint32_t)BULK);

		if (p->acl != NULL)
			classify(p, in + at, some, rule + at);
		else
			memset(rule + at, 0, some * sizeof(*rule));
	}
	for (uint32_t i = 0; i < n; i++)
		rule[i] = rule[i] != 0 ? rule[i] - 1
				       : policy_fallback(p, (uint8_t)(in[i].zones >> 4));
}
