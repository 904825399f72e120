/* SPDX-License-Identifier: BSD-3-Clause */
/* BACK -> ROUTE, or control: replaces the external destination by the inside host. */
#include "filter.h"
#include "nat.h"
#include "nat_track.h"
#include "route.h"

#define PEERS_MAX 64 /* sessions of a mapping that are searched for an address */

struct flow {
	struct rte_mbuf *m;
	struct nat_key key; /* in_addr and in_port are the packet's destination */
	uint32_t first; /* first session of the mapping */
	uint16_t ext;
};

/* A packet of a session, which the filter accepted when it began. */
static inline void
to_route(struct worker *w, struct rte_mbuf *m)
{
	route_append(w, m, DP_WAN, NULL);
	transit(m)->flags = TRANSIT_JUDGED;
}

static void
other(struct worker *w, struct rte_mbuf *m, enum nat_kind kind)
{
	if (kind == NAT_IS_FRAGMENT)
		drop(w, m, DROP_NAT_FRAGMENT);
	else if (kind == NAT_IS_SHORT)
		drop(w, m, DROP_IP_HEADER);
	else
		drop(w, m, DROP_NAT_PROTOCOL);
}

/* Whether a remote end without a session may send to the mapping (RFC 4787, 5; RFC 5382, REQ-3). */
static bool
may_begin(const struct nat *n, const struct nat_session *first, const struct flow *f)
{
	const struct nat_session *s = first;

	if (n->shared->config.filtering == NAT_ENDPOINT_INDEPENDENT)
		return true;
	if (n->shared->config.filtering == NAT_ADDRESS_AND_PORT_DEPENDENT)
		return false;
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		if (s->key.peer_addr == f->key.peer_addr)
			return true;
		if (s->map_next == 0)
			return false;
		s = &n->session[s->map_next];
	}
	return false;
}

/* Whether the packet can start a conversation: a SYN, or a datagram. */
static bool
begins(const struct flow *f)
{
	const struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(
		f->m, const struct rte_tcp_hdr *, sizeof(struct rte_ipv4_hdr));

	if (f->key.proto == NAT_TCP)
		return (tcp->tcp_flags & (RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG |
						 RTE_TCP_RST_FLAG)) == RTE_TCP_SYN_FLAG;
	return f->key.proto == NAT_UDP;
}

/* Makes a session that outside starts; NULL: the packet is gone. */
static struct nat_session *
begin(struct worker *w, const struct flow *f)
{
	struct nat *n = w->nat;
	const struct nat_session *first = f->first != 0 ? &n->session[f->first] : NULL;
	uint8_t flags = NAT_FROM_OUTSIDE;
	struct nat_key key = f->key;
	struct nat_session *s = NULL;
	int rule = -1;

	if (nat_ext_find(n->shared, key.peer_addr) >= 0)
		flags |= NAT_HAIRPINS;
	if (first != NULL && !(first->flags & NAT_FORWARDED)) {
		if (!begins(f) || !may_begin(n, first, f)) {
			drop(w, f->m, DROP_NAT_FILTERED);
			return NULL;
		}
		rule = first->rule;
		key.in_addr = first->key.in_addr;
		key.in_port = first->key.in_port;
	} else {
		if (f->ext == 0 && begins(f))
			rule = nat_rule_destination(
				n->shared, key.proto, key.in_port, key.peer_addr);
		if (rule < 0) {
			drop(w, f->m, first != NULL ? DROP_NAT_FILTERED : DROP_NAT_NO_SESSION);
			return NULL;
		}
		flags |= NAT_FORWARDED;
		nat_rule_target(n->shared, rule, key.in_port, &key.in_addr, &key.in_port);
	}
	if (!filter_new_inside(w, f->m, key.in_addr, key.in_port))
		return NULL;
	/* Another forwarded port may connect the same two ends; only one of them at a time. */
	if (nat_find(n, &key, nat_hash(n->shared, &key)) == NULL)
		s = nat_open(w, &key, f->ext, f->key.in_addr, f->key.in_port, (uint8_t)rule, flags);
	if (s == NULL)
		drop(w, f->m, DROP_NAT_SESSIONS);
	return s;
}

/*
 * The session of the flow with this inside end. The two ends may have another session by another
 * external port; that is not a match.
 */
static struct nat_session *
find_inside(const struct nat *n, const struct flow *f, rte_be32_t in_addr, rte_be16_t in_port)
{
	struct nat_key key = f->key;
	struct nat_session *s;

	key.in_addr = in_addr;
	key.in_port = in_port;
	s = nat_find(n, &key, nat_hash(n->shared, &key));
	return s != NULL && s->ext_port == f->key.in_port && s->ext == f->ext ? s : NULL;
}

/*
 * A port may be forwarded to several inside ends, each for some remote networks, and these ends use
 * it towards other remote ends as well.
 */
static struct nat_session *
find_forwarded(const struct nat *n, const struct flow *f)
{
	int rule = nat_rule_destination(n->shared, f->key.proto, f->key.in_port, f->key.peer_addr);
	struct nat_session *s = NULL;
	rte_be32_t in_addr;
	rte_be16_t in_port;

	if (rule >= 0) {
		nat_rule_target(n->shared, rule, f->key.in_port, &in_addr, &in_port);
		s = find_inside(n, f, in_addr, in_port);
	}
	if (s != NULL)
		return s;
	s = &n->session[f->first];
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		if (s->key.peer_addr == f->key.peer_addr && s->key.peer_port == f->key.peer_port)
			return s;
		if (s->map_next == 0)
			return NULL;
		s = &n->session[s->map_next];
	}
	return NULL;
}

/* The session of the flow, or NULL. */
static inline struct nat_session *
find(const struct nat *n, const struct flow *f)
{
	struct nat_session *s = &n->session[f->first];

	if (unlikely(f->first == 0))
		return NULL;
	if (likely(s->key.peer_addr == f->key.peer_addr && s->key.peer_port == f->key.peer_port))
		return s;
	if (unlikely(s->flags & NAT_FORWARDED))
		return find_forwarded(n, f);
	return find_inside(n, f, s->key.in_addr, s->key.in_port);
}

static inline _Atomic uint32_t *
first_of(const struct nat *n, const struct flow *f)
{
	return &n->shared->ports[f->ext].first[f->key.proto][rte_be_to_cpu_16(f->key.in_port)];
}

/* Keeps flows and prefetches the numbers of their sessions. */
static unsigned
read_flows(struct worker *w, const struct lane *l, unsigned from, unsigned to, struct flow *f)
{
	const struct nat *n = w->nat;
	unsigned k = 0;

	for (unsigned i = from; i < to; i++) {
		struct rte_mbuf *m = l->pkt[i];
		enum nat_kind kind = nat_read(m, false, &f[k].key);
		int ext;

		if (unlikely(kind == NAT_IS_ERROR)) {
			if (nat_error_in(w, m, &f[k].key))
				to_route(w, m);
			continue;
		}
		if (unlikely(kind != NAT_IS_FLOW)) {
			other(w, m, kind);
			continue;
		}
		ext = nat_ext_find(n->shared, f[k].key.in_addr);
		/* The worker that pushed it may have seen an address that we no longer have. */
		if (unlikely(ext < 0 || nat_port_owner(n->shared, f[k].key.proto,
						f[k].key.in_port) != w->id)) {
			drop(w, m, DROP_NAT_NO_SESSION);
			continue;
		}
		f[k].m = m;
		f[k].ext = (uint16_t)ext;
		rte_prefetch0(first_of(n, &f[k]));
		k++;
	}
	return k;
}

static void
burst(struct worker *w, const struct lane *l, unsigned from, unsigned to)
{
	struct nat *n = w->nat;
	struct flow f[BURST];
	unsigned k = read_flows(w, l, from, to, f);

	for (unsigned i = 0; i < k; i++)
		rte_prefetch0(&n->session[atomic_load_explicit(
			first_of(n, &f[i]), memory_order_relaxed)]);
	for (unsigned i = 0; i < k; i++) {
		struct nat_session *s;

		f[i].first = atomic_load_explicit(first_of(n, &f[i]), memory_order_relaxed);
		s = find(n, &f[i]);
		if (unlikely(s == NULL)) {
			s = begin(w, &f[i]);
			if (s == NULL)
				continue;
		}
		nat_rewrite_in(f[i].m, s);
		nat_track(w, s, f[i].m, false);
		to_route(w, f[i].m);
	}
}

void
nat_in(struct worker *w)
{
	struct lane *l = &w->lane[LANE_BACK];

	for (unsigned i = 0; i < l->n; i += BURST)
		burst(w, l, i, RTE_MIN(i + BURST, (unsigned)l->n));
	l->n = 0;
}
