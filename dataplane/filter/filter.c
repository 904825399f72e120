/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ROUTE: keeps packets of known flows and packets that start a flow which the policy accepts. Not
 * run while the policy does not apply to routed packets.
 */
#include "filter.h"

#include <rte_tcp.h>

#include "handoff.h"
#include "ipv4_hdr.h"
#include "nat.h"
#include "reass.h"
#include "route.h"

#define CHUNK     32 /* packets whose cache misses overlap */
#define AGE_FLOWS 16 /* flows that the clock's hand passes per chunk */

/* Packets of a lane on their way through the stage, by index in the chunk. */
struct chunk {
	uint16_t n;
	struct rte_mbuf *pkt[CHUNK];
	void *ctx[CHUNK];
	bool pass[CHUNK], known[CHUNK]; /* the packet passes; the decision on it is made */
	uint32_t hash[CHUNK];
	struct track_packet read[CHUNK];
};

void
filter_turn(struct worker *w)
{
	struct policy *p;

	if (w->track == NULL)
		return;
	p = atomic_load_explicit(w->published, memory_order_acquire);
	w->policy = p;
	if (likely(p == NULL || p->generation == w->policy_generation))
		return;
	w->policy_generation = p->generation;
	w->filtering = p->any;
	w->inner = p->inner;
	memcpy(w->track->timeout_s, p->timeout_s, sizeof(p->timeout_s));
	track_clear(w->track);
}

/* --- the policy ------------------------------------------------------------------------------- */

static inline void
count(struct worker *w, uint32_t rule, uint32_t flows, const struct rte_mbuf *m)
{
	struct policy_count *c = &w->policy->count[w->id][rule];

	c->flows += flows;
	c->packets++;
	c->bytes += m->data_len;
}

static void
fill_input(struct policy_input *to, const struct rte_mbuf *m, const struct track_packet *p,
	uint8_t in, uint8_t out, const struct sess *s)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	bool ports = ip->next_proto_id != IPPROTO_ICMP;

	*to = (struct policy_input){
		.in = in,
		.out = out,
		.kind = POLICY_KIND(ip->next_proto_id, p->icmp_type),
		.src = ip->src_addr,
		.dst = ip->dst_addr,
		.src_port = ports ? rte_be_to_cpu_16(p->src_port) : 0,
		.dst_port = ports ? rte_be_to_cpu_16(p->dst_port) : 0,
		.groups = s != NULL ? s->filter_groups : 0,
		.user = s != NULL ? s->filter_user : 0,
	};
}

/* The session whose user and groups the rules match. */
static inline const struct sess *
subject(const struct worker *w, const struct rte_mbuf *m, uint8_t in, uint8_t out,
	const struct sess *s)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	/* A packet that another worker handed over comes without its sender's session. */
	if (s != NULL || (in != DP_ZONE_CLIENT && out != DP_ZONE_CLIENT))
		return s;
	return sess_peek(w, lease_find(w, in == DP_ZONE_CLIENT ? ip->src_addr : ip->dst_addr));
}

/* Drops the packet or punts it, as the action says. */
static void
refuse(struct worker *w, struct rte_mbuf *m, unsigned net, const struct sess *s, uint8_t action)
{
	if (action != DP_FILTER_REJECT) {
		drop(w, m, DROP_FILTER);
		return;
	}
	pkt_meta_init(m, net, s != NULL && net == DP_CLIENT ? s->sid : DP_SID_NONE);
	punt(w, m, PUNT_PROHIBITED);
}

/* Counts the packet and applies the rule; true when the packet may go on. */
static bool
obey(struct worker *w, struct rte_mbuf *m, unsigned net, const struct sess *s, uint32_t rule)
{
	count(w, rule, 1, m);
	if (likely(w->policy->action[rule] == DP_FILTER_ACCEPT))
		return true;
	refuse(w, m, net, s, w->policy->action[rule]);
	return false;
}

bool
filter_new(struct worker *w, struct rte_mbuf *m, const struct sess *s)
{
	const struct policy *p = w->policy;
	unsigned net = transit(m)->in;
	uint8_t in = filter_zone(net), out = filter_zone(transit(m)->out);
	struct track_packet read;
	struct policy_input input;

	if (p == NULL || !p->need[in][out])
		return true;
	if (!track_read(rte_pktmbuf_mtod(m, void *), m->data_len, in, out, &read)) {
		drop(w, m, DROP_FILTER_HEADER);
		return false;
	}
	fill_input(&input, m, &read, in, out, subject(w, m, in, out, s));
	return obey(w, m, net, s, policy_match(p, &input));
}

/* The zone of a packet from the WAN once NAT has given it this destination. */
static uint8_t
zone_inside(const struct worker *w, rte_be32_t dst)
{
	struct transit to = {.in = DP_WAN, .in_net = DP_WAN};

	return route_find(w, dst, &to) == DP_ROUTE_VIA ? filter_zone(to.out) : DP_ZONE_LAN;
}

bool
filter_new_inside(struct worker *w, struct rte_mbuf *m, rte_be32_t dst, rte_be16_t port)
{
	const struct policy *p = w->policy;
	struct track_packet read;
	struct policy_input input;
	const struct sess *s;
	uint32_t rule;
	uint8_t out;

	if (p == NULL || !p->any)
		return true;
	out = zone_inside(w, dst);
	if (!p->need[DP_ZONE_WAN][out])
		return true;
	if (!track_read(rte_pktmbuf_mtod(m, void *), m->data_len, DP_ZONE_WAN, out, &read)) {
		drop(w, m, DROP_FILTER_HEADER);
		return false;
	}
	s = out == DP_ZONE_CLIENT ? sess_peek(w, lease_find(w, dst)) : NULL;
	fill_input(&input, m, &read, DP_ZONE_WAN, out, s);
	input.dst = dst;
	input.dst_port = rte_be_to_cpu_16(port);
	rule = policy_match(p, &input);
	return rule >= p->n_rules || obey(w, m, DP_WAN, NULL, rule);
}

bool
filter_local_slow(
	struct worker *w, struct rte_mbuf *m, unsigned net, uint8_t out, const struct sess *s)
{
	const struct policy *p = w->policy;
	uint8_t in = filter_zone(net);
	struct track_packet read = {0};
	struct policy_input input;
	uint32_t rule;

	/*
	 * An ICMP error for the gateway is about something else than a flow; as much as can be read
	 * counts.
	 */
	(void)track_read(rte_pktmbuf_mtod(m, void *), m->data_len, in, DP_ZONE_LOCAL, &read);
	fill_input(&input, m, &read, in, out, s);
	rule = policy_match(p, &input);
	if (rule >= p->n_rules)
		return true;
	if (likely(out != POLICY_SERVED || p->action[rule] != DP_FILTER_REJECT))
		return obey(w, m, net, s, rule);
	/* Senders of IKE and ESP are never told. */
	count(w, rule, 1, m);
	drop(w, m, DROP_FILTER);
	return false;
}

/* --- owner of a flow -------------------------------------------------------------------------- */

/* The worker of the client with the address; this worker if there is no such client any more. */
static unsigned
worker_of(const struct worker *w, rte_be32_t addr)
{
	uint32_t sid = lease_find(w, addr);

	return sid == DP_SID_NONE ? w->id : ID_WORKER(sid);
}

static unsigned
owner(const struct worker *w, const struct rte_mbuf *m, const struct transit *t,
	const struct track_packet *p)
{
	uint64_t both;

	if (t->in == DP_CLIENT)
		return t->out == DP_CLIENT ? worker_of(w, p->key.addr[0]) : w->id;
	if (t->out == DP_CLIENT)
		return worker_of(w, rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)->dst_addr);
	memcpy(&both, p->key.addr, sizeof(both));
	return (unsigned)(both * 0x9e3779b97f4a7c15 >> 32) % w->n_workers;
}

/* --- the stage -------------------------------------------------------------------------------- */

/* Whether NAT translates the packet's flow. Ports are only read for hosts with port forwards. */
static bool
is_nats(const struct worker *w, const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	struct nat_key key;
	rte_be16_t port;

	return nat_rule_source(w->nat->shared, ip->src_addr) >= 0 ||
	       (nat_read(m, true, &key) == NAT_IS_FLOW &&
		       nat_rule_reverse(
			       w->nat->shared, key.proto, key.in_addr, key.in_port, &port));
}

/* Whether the filter decides on the packet here. */
static inline bool
concerns(const struct worker *w, struct rte_mbuf *m)
{
	const struct transit *t = transit(m);

	if (t->flags & TRANSIT_JUDGED || !w->policy->need[filter_zone(t->in)][filter_zone(t->out)])
		return false;
	/* Neighbours can reach each other without the gateway as well. */
	if (unlikely(t->in == t->out && t->in != DP_CLIENT))
		return false;
	return t->out != DP_WAN || w->nat == NULL || !is_nats(w, m);
}

/*
 * Returns the packet that the fragment completes, as only the first fragment has ports; NULL while
 * it waits for others, or when it is gone.
 */
static struct rte_mbuf *
whole(struct worker *w, struct rte_mbuf *m)
{
	struct transit t = *transit(m);

	m = reass_in(w, m, t.in);
	if (m != NULL)
		*transit(m) = t;
	return m;
}

/* Adds the packet to the chunk, unless it is disposed of here. */
static inline void
take(struct worker *w, struct chunk *c, struct rte_mbuf *m, void *ctx)
{
	struct track_packet *p = &c->read[c->n];
	struct transit *t;
	unsigned who;

	if (unlikely(ipv4_is_fragment(rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)))) {
		m = whole(w, m);
		if (m == NULL)
			return;
	}
	t = transit(m);
	if (unlikely(!track_read(rte_pktmbuf_mtod(m, void *), m->data_len, filter_zone(t->in),
		    filter_zone(t->out), p))) {
		drop(w, m, DROP_FILTER_HEADER);
		return;
	}
	who = w->n_workers > 1 && !(t->flags & TRANSIT_PUSHED) ? owner(w, m, t, p) : w->id;
	if (who != w->id) {
		t->flags |= TRANSIT_PUSHED;
		push(w, who, INBOX_ROUTE, m);
		return;
	}
	c->pkt[c->n] = m;
	c->ctx[c->n] = ctx;
	c->pass[c->n] = c->known[c->n] = false;
	c->hash[c->n] = track_hash(w->track, &p->key);
	track_prefetch_head(w->track, c->hash[c->n]);
	c->n++;
}

static inline void
pass(struct chunk *c, uint16_t i)
{
	transit(c->pkt[i])->flags |= TRANSIT_JUDGED;
	c->pass[i] = c->known[i] = true;
}

static inline void
admit(struct worker *w, struct chunk *c, uint16_t i, struct track_flow *f)
{
	const struct track_packet *p = &c->read[i];

	if (likely(!p->error))
		track_touch(f, p, (uint32_t)w->now_s);
	count(w, f->rule, 0, c->pkt[i]);
	pass(c, i);
}

/* Accepts packets of known flows. */
static void
look_up(struct worker *w, struct chunk *c)
{
	for (uint16_t i = 0; i < c->n; i++)
		track_prefetch_flow(w->track, c->hash[i]);
	for (uint16_t i = 0; i < c->n; i++) {
		struct track_flow *f = track_find(
			w->track, &c->read[i].key, c->hash[i], (uint32_t)w->now_s);

		if (likely(f != NULL))
			admit(w, c, i, f);
	}
}

/* Handles a packet without a flow by the rule it matches: it starts a flow, passes, or is gone. */
static void
begin(struct worker *w, struct chunk *c, uint16_t i, uint32_t rule)
{
	const struct track_packet *p = &c->read[i];
	struct rte_mbuf *m = c->pkt[i];
	struct track_flow *f;

	c->known[i] = true;
	/* Neither an error nor the end of a connection starts a flow. */
	if (w->policy->action[rule] != DP_FILTER_ACCEPT || p->error ||
		(p->key.protocol == IPPROTO_TCP && (p->tcp_flags & RTE_TCP_RST_FLAG))) {
		if (obey(w, m, transit(m)->in, c->ctx[i], rule))
			pass(c, i);
		return;
	}
	f = track_add(w->track, p, c->hash[i], (uint32_t)w->now_s);
	if (f == NULL) {
		drop(w, m, DROP_FILTER_FULL);
		return;
	}
	f->rule = (uint16_t)rule;
	w->policy->count[w->id][rule].flows++;
	admit(w, c, i, f);
}

/* A packet that follows the one that started its flow in this chunk. */
static bool
late(struct worker *w, struct chunk *c, uint16_t i)
{
	struct track_flow *f = track_find(
		w->track, &c->read[i].key, c->hash[i], (uint32_t)w->now_s);

	if (f != NULL)
		admit(w, c, i, f);
	return f != NULL;
}

static void
judge(struct worker *w, struct chunk *c)
{
	for (uint16_t i = 0; i < c->n; i++) {
		struct rte_mbuf *m = c->pkt[i];
		const struct transit *t = transit(m);
		uint8_t in = filter_zone(t->in), out = filter_zone(t->out);
		struct policy_input input;

		if (c->known[i] || late(w, c, i))
			continue;
		/* It may concern a session of NAT, which decides first. */
		if (c->read[i].error && t->out == DP_WAN && w->nat != NULL) {
			c->pass[i] = c->known[i] = true;
			continue;
		}
		fill_input(&input, m, &c->read[i], in, out, subject(w, m, in, out, c->ctx[i]));
		begin(w, c, i, policy_match(w->policy, &input));
	}
}

/* Takes the packets that the filter decides on out of the lane, in order; the others stay. */
static uint16_t
sort_out(struct worker *w, struct lane *l, struct rte_mbuf *pkt[LANE_MAX], void *ctx[LANE_MAX])
{
	uint16_t n = 0, k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		if (concerns(w, l->pkt[i])) {
			pkt[n] = l->pkt[i];
			ctx[n++] = l->ctx[i];
		} else {
			LANE_KEEP(l, k, i);
		}
	}
	l->n = k;
	return n;
}

void
filter(struct worker *w)
{
	struct lane *l = &w->lane[LANE_ROUTE];
	struct rte_mbuf *pkt[LANE_MAX];
	void *ctx[LANE_MAX];
	uint16_t n = sort_out(w, l, pkt, ctx);
	struct chunk c;

	for (uint16_t at = 0; at < n; at = (uint16_t)(at + CHUNK)) {
		bool all = true;

		c.n = 0;
		for (uint16_t i = at; i < RTE_MIN(n, at + CHUNK); i++)
			take(w, &c, pkt[i], ctx[i]);
		look_up(w, &c);
		for (uint16_t i = 0; i < c.n; i++)
			all &= c.known[i];
		if (unlikely(!all))
			judge(w, &c);
		for (uint16_t i = 0; i < c.n; i++)
			if (c.pass[i])
				lane_append(l, c.pkt[i], c.ctx[i]);
		track_age(w->track, (uint32_t)w->now_s, AGE_FLOWS);
	}
}
