/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the worker whose NAT owns a packet. */
#include <netinet/in.h>
#include <rte_icmp.h>

#include "handoff.h"
#include "ipv4_hdr.h"
#include "nat.h"

/*
 * All flows of an inside host belong to one worker; else its mappings would not be independent of
 * the remote end. It is the owner of the port that is forwarded to the host, or of the client's
 * session; for other hosts, one that a hash of the address selects.
 */
static unsigned
owner_of(const struct worker *w, const struct nat_key *key)
{
	const struct nat_shared *s = w->nat->shared;
	rte_be16_t port;
	uint32_t sid, hash;

	if (nat_rule_reverse(s, key->proto, key->in_addr, key->in_port, &port))
		return nat_port_owner(s, key->proto, port);
	sid = lease_find(w, key->in_addr);
	if (sid != DP_SID_NONE)
		return ID_WORKER(sid);
	/* All bits of the address contribute to the upper bits of the product. */
	hash = (uint32_t)((key->in_addr ^ s->secret[1]) * 0x9e3779b97f4a7c15ull >> 32);
	return (unsigned)((uint64_t)hash * w->n_workers >> 32);
}

/* Other kinds of packets have no session and stay on this worker. */
static unsigned
owner_out(const struct worker *w, const struct rte_mbuf *m)
{
	struct nat_key key;
	enum nat_kind kind;

	if (w->n_workers == 1)
		return w->id;
	kind = nat_read(m, true, &key);
	return kind == NAT_IS_FLOW || kind == NAT_IS_ERROR ? owner_of(w, &key) : w->id;
}

static unsigned
owner_back(const struct worker *w, const struct rte_mbuf *m)
{
	struct nat_key key;
	enum nat_kind kind;

	if (w->n_workers == 1)
		return w->id;
	kind = nat_read(m, false, &key);
	return kind == NAT_IS_FLOW || kind == NAT_IS_ERROR
		       ? nat_port_owner(w->nat->shared, key.proto, key.in_port)
		       : w->id;
}

void
nat_steer_out(struct worker *w, struct rte_mbuf *m, struct sess *s)
{
	unsigned owner = owner_out(w, m);

	if (owner == w->id)
		lane_append(&w->lane[LANE_OUT], m, s);
	else
		push(w, owner, INBOX_OUT, m);
}

void
nat_steer_back(struct worker *w, struct rte_mbuf *m)
{
	unsigned owner = owner_back(w, m);

	if (owner == w->id)
		lane_append(&w->lane[LANE_BACK], m, NULL);
	else
		push(w, owner, INBOX_BACK, m);
}

void
nat_turn_back(struct worker *w, struct rte_mbuf *m)
{
	w->nat->stats.hairpinned++;
	*transit(m) = (struct transit){.in = DP_WAN};
	/* By the inbox even if this worker is the owner: nat_in has run in this turn. */
	push(w, owner_back(w, m), INBOX_BACK, m);
}

struct worker *
nat_owner(struct worker *w, const struct rte_mbuf *m, enum inbox inbox)
{
	return w->workers[inbox == INBOX_OUT ? owner_out(w, m) : owner_back(w, m)];
}

/* Whether the external port has a session or a forward, whatever the remote end. */
static bool
leads_inside(const struct nat_shared *s, const struct nat_key *key, unsigned ext)
{
	return atomic_load_explicit(
		       &s->ports[ext].first[key->proto][rte_be_to_cpu_16(key->in_port)],
		       memory_order_relaxed) != 0 ||
	       (ext == 0 && nat_rule_destination(s, key->proto, key->in_port, 0) >= 0);
}

bool
nat_hairpin(struct worker *w, struct rte_mbuf *m, unsigned in, struct sess *s)
{
	struct nat_key key;
	enum nat_kind kind;
	int ext;

	if (w->nat == NULL)
		return false;
	kind = nat_read(m, false, &key);
	if (kind != NAT_IS_FLOW && kind != NAT_IS_ERROR)
		return false;
	ext = nat_ext_find(w->nat->shared, key.in_addr);
	if (ext < 0 || !leads_inside(w->nat->shared, &key, (unsigned)ext))
		return false;
	*transit(m) = (struct transit){
		.in = (uint8_t)in,
		.out = DP_WAN,
		.in_net = s != NULL ? s->net : (uint8_t)in,
	};
	nat_steer_out(w, m, s);
	return true;
}
