/* SPDX-License-Identifier: BSD-3-Clause */
/* ROUTE: keeps what belongs to a flow, or begins one that the policy admits. */
#include "filter.h"

#include <rte_tcp.h>

#include "ipv4_hdr.h"
#include "route.h"

#define CHUNK     32 /* packets whose misses overlap */
#define AGE_FLOWS 16 /* that the clock's hand passes for each chunk */

/* Packets of a lane on their way through the stage, by their place in the chunk. */
struct chunk {
	uint16_t n;
	struct rte_mbuf *pkt[CHUNK];
	void *ctx[CHUNK];
	bool pass[CHUNK], known[CHUNK]; /* no more to be said; the rest is read into these: */
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
	w->inner = p->inner;
	memcpy(w->track->timeout_s, p->timeout_s, sizeof(p->timeout_s));
	track_clear(w->track);
}

/* --- the policy --------------------------------------------------------------------------------- */

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

/* The session whose user the rules may name. */
static inline const struct sess *
subject(const struct worker *w, const struct rte_mbuf *m, const struct sess *s)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	if (s != NULL || transit((struct rte_mbuf *)(uintptr_t)m)->out != DP_CLIENT)
		return s;
	return sess_peek(w, lease_find(w, ip->dst_addr));
}

/* Drops it, or leaves it to control, as the rule has it. */
static void
refuse(struct worker *w, struct rte_mbuf *m, uint8_t in, const struct sess *s, uint8_t action)
{
	if (action != DP_FILTER_REJECT) {
		drop(w, m, DROP_FILTER);
		return;
	}
	pkt_meta_init(m, in, s != NULL && in == DP_CLIENT ? s->sid : DP_SID_NONE);
	punt(w, m, PUNT_PROHIBITED);
}

enum dp_filter_action
filter_new(struct worker *w, struct rte_mbuf *m, const struct sess *s)
{
	const struct transit *t = transit(m);
	const struct policy *p = w->policy;
	struct track_packet read;
	struct policy_input input;
	uint32_t rule;

	if (p == NULL || !p->need[t->in][t->out])
		return DP_FILTER_ACCEPT;
	if (!track_read(rte_pktmbuf_mtod(m, void *), m->data_len, t->in, t->out, &read))
		return DP_FILTER_DROP;
	fill_input(&input, m, &read, t->in, t->out, subject(w, m, s));
	rule = policy_match(p, &input);
	count(w, rule, 1, m);
	return p->action[rule];
}

bool
filter_local_slow(
	struct worker *w, struct rte_mbuf *m, uint8_t in, uint8_t out, const struct sess *s)
{
	const struct policy *p = w->policy;
	struct track_packet read = {0};
	struct policy_input input;
	uint32_t rule;

	/* ICMP errors for us have a subject of their own, which is no flow: as far as they can be read. */
	(void)track_read(rte_pktmbuf_mtod(m, void *), m->data_len, in, DP_LOCAL, &read);
	fill_input(&input, m, &read, in, out, s);
	rule = policy_match(p, &input);
	if (rule >= p->n_rules)
		return true;
	count(w, rule, 1, m);
	if (likely(p->action[rule] == DP_FILTER_ACCEPT))
		return true;
	refuse(w, m, in, s, out == POLICY_SERVED ? DP_FILTER_DROP : p->action[rule]);
	return false;
}

/* --- whose flow it is ----------------------------------------------------------------------------- */

/* The worker of the client with the address, or this one if there is none any more. */
static unsigned
worker_of(const struct worker *w, rte_be32_t addr)
{
	uint32_t sid = ipv4_on_net(&w->net[DP_LAN], addr) ? lease_find(w, addr) : DP_SID_NONE;

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

/* --- the stage ------------------------------------------------------------------------------------ */

/* Takes the packet into the chunk, if it is still to be disposed of here. */
static inline void
take(struct worker *w, struct chunk *c, struct rte_mbuf *m, void *ctx)
{
	struct transit *t = transit(m);
	struct track_packet *p = &c->read[c->n];
	unsigned who;

	c->pkt[c->n] = m;
	c->ctx[c->n] = ctx;
	c->pass[c->n] = c->known[c->n] = (t->flags & TRANSIT_JUDGED) ||
					 !w->policy->need[t->in][t->out];
	if (c->pass[c->n]) {
		c->n++;
		return;
	}
	if (unlikely(!track_read(rte_pktmbuf_mtod(m, void *), m->data_len, t->in, t->out, p))) {
		drop(w, m, DROP_FILTER_HEADER);
		return;
	}
	who = w->n_workers > 1 && !(t->flags & TRANSIT_PUSHED) ? owner(w, m, t, p) : w->id;
	if (who != w->id) {
		t->flags |= TRANSIT_PUSHED;
		push(w, who, MOUTH_ROUTE, m);
		return;
	}
	c->hash[c->n] = track_hash(w->track, &p->key);
	track_prefetch_head(w->track, c->hash[c->n]);
	c->n++;
}

/* The pieces that follow pass as their first one did. */
static void
expect_fragments(struct worker *w, const struct track_packet *first, uint16_t rule)
{
	struct track_packet p = *first;
	struct track_flow *f;

	p.key.port[0] = p.key.port[1] = p.identification;
	p.key.fragment = 1;
	f = track_add(w->track, &p, track_hash(w->track, &p.key), (uint32_t)w->now_s);
	if (f != NULL)
		f->rule = rule;
}

static inline void
admit(struct worker *w, struct chunk *c, uint16_t i, struct track_flow *f)
{
	const struct track_packet *p = &c->read[i];

	if (likely(p->kind != TRACK_ERROR))
		track_touch(f, p, (uint32_t)w->now_s);
	if (unlikely(p->kind == TRACK_FIRST))
		expect_fragments(w, p, f->rule);
	count(w, f->rule, 0, c->pkt[i]);
	c->pass[i] = c->known[i] = true;
}

/* What belongs to a flow passes. */
static void
look_up(struct worker *w, struct chunk *c)
{
	for (uint16_t i = 0; i < c->n; i++)
		if (!c->known[i])
			track_prefetch_flow(w->track, c->hash[i]);
	for (uint16_t i = 0; i < c->n; i++) {
		struct track_flow *f;

		if (c->known[i])
			continue;
		f = track_find(w->track, &c->read[i].key, c->hash[i], (uint32_t)w->now_s);
		if (likely(f != NULL))
			admit(w, c, i, f);
	}
}

/* A packet of no flow, and the rule that it matches: begins one, or passes, or is gone. */
static void
begin(struct worker *w, struct chunk *c, uint16_t i, uint32_t rule)
{
	const struct track_packet *p = &c->read[i];
	struct rte_mbuf *m = c->pkt[i];
	uint8_t action = w->policy->action[rule];
	struct track_flow *f;

	c->known[i] = true;
	if (action != DP_FILTER_ACCEPT) {
		count(w, rule, 1, m);
		refuse(w, m, transit(m)->in, c->ctx[i], action);
		return;
	}
	/* Neither an error nor the end of a connection begins one. */
	if (p->kind == TRACK_ERROR ||
		(p->key.protocol == IPPROTO_TCP && (p->tcp_flags & RTE_TCP_RST_FLAG))) {
		count(w, rule, 1, m);
		c->pass[i] = true;
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

/* A packet behind the one in this chunk that has begun its flow, or a piece of such a packet. */
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
		const struct transit *t = transit(c->pkt[i]);
		struct policy_input input;

		if (c->known[i] || late(w, c, i))
			continue;
		if (c->read[i].kind == TRACK_LATER) {
			drop(w, c->pkt[i], DROP_FILTER_FRAGMENT);
			continue;
		}
		fill_input(&input, c->pkt[i], &c->read[i], t->in, t->out,
			subject(w, c->pkt[i], c->ctx[i]));
		begin(w, c, i, policy_match(w->policy, &input));
	}
}

void
filter(struct worker *w)
{
	struct lane *l = &w->lane[LANE_ROUTE];
	uint16_t n = l->n;
	struct chunk c;

	if (w->policy == NULL)
		return;
	l->n = 0;
	for (uint16_t at = 0; at < n; at = (uint16_t)(at + CHUNK)) {
		bool all = true;

		c.n = 0;
		for (uint16_t i = at; i < RTE_MIN(n, at + CHUNK); i++)
			take(w, &c, l->pkt[i], l->ctx[i]);
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
