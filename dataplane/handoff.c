/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hands packets to other cores: punts to control through three rings, after policing; pushes to
 * other workers' inboxes.
 */
#include <rte_ip.h>

#include "handoff.h"

/* burst: a tenth of a second's packets at once */
#define BURST_PART 10

static const unsigned punt_rate[PUNT_N] = {
#define X(sym, rate, text) [PUNT_##sym] = rate,
	PUNT_REASONS(X)
#undef X
};

/*
 * Token bucket as a virtual clock (GCRA): each packet advances it by the time that a packet costs.
 */
static bool
take(const struct worker *w, struct policer *p, unsigned rate)
{
	if (p->next_tsc > w->now_tsc + w->tsc_hz / BURST_PART)
		return false;
	if (p->next_tsc < w->now_tsc)
		p->next_tsc = w->now_tsc;
	p->next_tsc += w->tsc_hz / rate;
	return true;
}

/*
 * The policer of the source's network: one for first messages of IKE, one for the rest that anyone
 * can send.
 */
static struct policer *
network(struct worker *w, const struct rte_mbuf *m, bool first)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint64_t net = rte_be_to_cpu_32(ip->src_addr) >> PUNT_PREFIX_HOST_BITS;

	return &w->police_net[first]
			     [(net * w->net_key[0] + w->net_key[1]) >> 32 & (PUNT_PREFIXES - 1)];
}

static bool
police(struct worker *w, const struct rte_mbuf *m, enum punt_reason reason)
{
	bool first = reason == PUNT_IKE_FIRST;

	if ((first || reason == PUNT_IKE || reason == PUNT_IKE_NATT) &&
		!take(w, network(w, m, first), PUNT_PREFIX_RATE))
		return false;
	return take(w, &w->police[reason], punt_rate[reason]);
}

/*
 * Control reads packets of verified SAs first and first messages of IKE last, so that a flood of
 * these cannot delay the others.
 */
static struct rte_ring *
ring_for(const struct worker *w, const struct pkt_meta *meta)
{
	if (meta->net == DP_CLIENT)
		return w->punt_auth;
	return meta->reason == PUNT_IKE_FIRST ? w->punt_first : w->punt_open;
}

void
punt(struct worker *w, struct rte_mbuf *m, enum punt_reason reason)
{
	struct pkt_meta *meta = pkt_meta(m);

	if (!police(w, m, reason)) {
		drop(w, m, DROP_PUNT_POLICED);
		return;
	}
	meta->reason = (uint8_t)reason;
	meta->worker = (uint8_t)w->id;
	if (rte_ring_enqueue(ring_for(w, meta), m) != 0) {
		drop(w, m, DROP_PUNT_FULL);
		return;
	}
	w->punt[reason]++;
}

static void
outbox_flush(struct worker *w, unsigned owner, enum inbox inbox)
{
	struct outbox *box = &w->out[inbox][owner];
	unsigned sent;

	sent = rte_ring_enqueue_burst(
		w->workers[owner]->inbox[inbox], (void **)box->pkt, box->n, NULL);
	for (unsigned i = sent; i < box->n; i++)
		drop(w, box->pkt[i], DROP_INBOX_FULL);
	box->n = 0;
}

void
push(struct worker *w, unsigned owner, enum inbox inbox, struct rte_mbuf *m)
{
	struct outbox *box = &w->out[inbox][owner];

	if (box->n == RTE_DIM(box->pkt))
		outbox_flush(w, owner, inbox);
	box->pkt[box->n++] = m;
}

void
push_flush(struct worker *w)
{
	for (unsigned inbox = 0; inbox < INBOX_N; inbox++) {
		for (unsigned owner = 0; owner < w->n_workers; owner++) {
			if (w->out[inbox][owner].n > 0)
				outbox_flush(w, owner, inbox);
		}
	}
}
