/* SPDX-License-Identifier: BSD-3-Clause */
/* OUT -> TO_WAN, or back in: replaces the source by one of our addresses. */
#include "filter.h"
#include "nat.h"
#include "nat_track.h"

#define EVICTIONS_MAX 32 /* for one port; most evictions free one */

/* A packet of a burst. */
struct flow {
	struct rte_mbuf *m;
	struct sess *s;
	struct nat_key key;
	uint64_t hash;
	uint32_t ahead; /* the session that it may belong to */
};

/* To the WAN, with the next hop if it is known. */
static inline void
to_wan(struct worker *w, struct rte_mbuf *m)
{
	lane_append(&w->lane[LANE_TO_WAN], m, transit(m)->hop != 0 ? LANE_HOP : NULL);
}

/*
 * Without a rule a packet leaves untranslated, but not to one of our own addresses. The filter has
 * left the decision on packets that NAT might translate to here.
 */
static void
pass(struct worker *w, struct rte_mbuf *m, const struct sess *s)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	if (nat_ext_find(w->nat->shared, ip->dst_addr) >= 0)
		drop(w, m, DROP_NAT_NO_SESSION);
	else if (transit(m)->flags & TRANSIT_JUDGED || filter_new(w, m, s))
		to_wan(w, m);
}

static void
error(struct worker *w, struct rte_mbuf *m, const struct sess *s, const struct nat_key *key)
{
	/* If the quoted packet was not translated, both ends know it as it is. */
	if (nat_find(w->nat, key, nat_hash(w->nat->shared, key)) == NULL &&
		nat_rule_source(w->nat->shared, key->in_addr) < 0) {
		pass(w, m, s);
		return;
	}
	if (!nat_error_out(w, m, key))
		return;
	if (nat_ext_find(w->nat->shared,
		    rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)->dst_addr) >= 0)
		nat_turn_back(w, m);
	else
		to_wan(w, m);
}

/* A packet that is neither part of a flow nor an ICMP error. */
static void
other(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum nat_kind kind)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	if (nat_rule_source(w->nat->shared, ip->src_addr) < 0)
		pass(w, m, s);
	else if (kind == NAT_IS_FRAGMENT)
		drop(w, m, DROP_NAT_FRAGMENT);
	else
		drop(w, m, kind == NAT_IS_SHORT ? DROP_IP_HEADER : DROP_NAT_PROTOCOL);
}

/* Finds a port for the flow, ending the sessions that are idle longest if necessary. */
static bool
find_port(
	struct worker *w, unsigned rule, const struct nat_key *key, uint16_t *ext, rte_be16_t *port)
{
	for (unsigned i = 0;; i++) {
		if (nat_port_find(w, rule, key, ext, port))
			return true;
		if (i == EVICTIONS_MAX || !nat_evict_port(w, (enum nat_proto)key->proto, rule))
			return false;
		w->nat->stats.evicted_ports++;
	}
}

/* Makes the session of a new flow; NULL: the packet is gone. */
static struct nat_session *
begin(struct worker *w, const struct flow *f)
{
	struct nat *n = w->nat;
	const struct nat_session *same = nat_find_mapping(n, &f->key);
	uint8_t flags = nat_ext_find(n->shared, f->key.peer_addr) >= 0 ? NAT_HAIRPINS : 0;
	struct nat_session *s;
	rte_be16_t port;
	uint16_t ext;
	int rule;

	if (same == NULL && nat_rule_source(n->shared, f->key.in_addr) < 0) {
		pass(w, f->m, f->s);
		return NULL;
	}
	if (!filter_new(w, f->m, f->s))
		return NULL;
	if (same != NULL) {
		flags |= same->flags & NAT_FORWARDED;
		s = nat_open(
			w, &f->key, same->ext, same->ext_addr, same->ext_port, same->rule, flags);
	} else if (nat_rule_reverse(
			   n->shared, f->key.proto, f->key.in_addr, f->key.in_port, &port) &&
		   nat_port_owner(n->shared, f->key.proto, port) == w->id) {
		/*
		 * A port is forwarded to this end, so it is the external port of the way out as
		 * well.
		 */
		rule = nat_rule_destination(n->shared, f->key.proto, port, 0);
		s = nat_open(w, &f->key, 0, n->wan, port, (uint8_t)rule, flags | NAT_FORWARDED);
	} else {
		rule = nat_rule_source(n->shared, f->key.in_addr);
		if (!find_port(w, (unsigned)rule, &f->key, &ext, &port)) {
			n->stats.out_of_ports++;
			drop(w, f->m, DROP_NAT_PORTS);
			return NULL;
		}
		s = nat_open(w, &f->key, ext, n->shared->addr[ext], port, (uint8_t)rule, flags);
	}
	if (s == NULL)
		drop(w, f->m, DROP_NAT_SESSIONS);
	return s;
}

/* Keeps flows and prefetches their hash buckets. */
static unsigned
read_flows(struct worker *w, const struct lane *l, unsigned from, unsigned to, struct flow *f)
{
	const struct nat *n = w->nat;
	unsigned k = 0;

	for (unsigned i = from; i < to; i++) {
		struct rte_mbuf *m = l->pkt[i];
		enum nat_kind kind = nat_read(m, true, &f[k].key);

		if (unlikely(kind == NAT_IS_ERROR)) {
			error(w, m, l->ctx[i], &f[k].key);
			continue;
		}
		if (unlikely(kind != NAT_IS_FLOW)) {
			other(w, m, l->ctx[i], kind);
			continue;
		}
		f[k].m = m;
		f[k].s = l->ctx[i];
		f[k].hash = nat_hash(n->shared, &f[k].key);
		rte_prefetch0(&n->bucket[f[k].hash & n->bucket_mask]);
		k++;
	}
	return k;
}

static inline struct nat_session *
find(const struct nat *n, const struct flow *f)
{
	struct nat_session *s = &n->session[f->ahead];

	/*
	 * The session may have ended in this burst: number 0 has no key, and the keys of others
	 * differ.
	 */
	if (likely(memcmp(&s->key, &f->key, sizeof(f->key)) == 0 && s->queue != NAT_QUEUE_NONE))
		return s;
	return nat_find(n, &f->key, f->hash);
}

static void
burst(struct worker *w, const struct lane *l, unsigned from, unsigned to)
{
	struct nat *n = w->nat;
	struct flow f[BURST];
	unsigned k = read_flows(w, l, from, to, f);

	for (unsigned i = 0; i < k; i++) {
		f[i].ahead = nat_find_ahead(n, f[i].hash);
		rte_prefetch0(&n->session[f[i].ahead]);
	}
	for (unsigned i = 0; i < k; i++) {
		struct nat_session *s = find(n, &f[i]);

		if (unlikely(s == NULL)) {
			s = begin(w, &f[i]);
			if (s == NULL)
				continue;
		}
		nat_track(w, s, f[i].m, true);
		nat_rewrite_out(f[i].m, s);
		if (unlikely(s->flags & NAT_HAIRPINS))
			nat_turn_back(w, f[i].m);
		else
			to_wan(w, f[i].m);
	}
}

/*
 * As in lan_in.c: each step is done for all packets before the next, so that the cache misses
 * overlap.
 */
void
nat_out(struct worker *w)
{
	struct lane *l = &w->lane[LANE_OUT];

	for (unsigned i = 0; i < l->n; i += BURST)
		burst(w, l, i, RTE_MIN(i + BURST, (unsigned)l->n));
	l->n = 0;
}
