/* SPDX-License-Identifier: BSD-3-Clause */
/* What workers leave to control: polices it, and puts it on one of two rings. */

#include "worker.h"

/* A tenth of a second's packets may come at once. */
#define BURST_PART 10

static const unsigned punt_rate[PUNT_N] = {
#define X(sym, rate, text) [PUNT_##sym] = rate,
	PUNT_REASONS(X)
#undef X
};

/* Token bucket as a virtual clock (GCRA): each packet moves it by the time that one packet costs. */
static bool
police(struct worker *w, enum punt_reason reason)
{
	struct policer *p = &w->police[reason];

	if (p->next_tsc > w->now_tsc + w->tsc_hz / BURST_PART)
		return false;
	if (p->next_tsc < w->now_tsc)
		p->next_tsc = w->now_tsc;
	p->next_tsc += w->tsc_hz / punt_rate[reason];
	return true;
}

void
punt(struct worker *w, struct rte_mbuf *m, enum punt_reason reason)
{
	struct pkt_meta *meta = pkt_meta(m);
	struct rte_ring *ring;

	if (!police(w, reason)) {
		drop(w, m, DROP_PUNT_POLICED);
		return;
	}
	meta->reason = (uint8_t)reason;
	meta->worker = (uint8_t)w->id;
	/* What came out of a verified SA is handled first: a flood from outside cannot delay it. */
	ring = meta->net == DP_CLIENT ? w->punt_auth : w->punt_open;
	if (rte_ring_enqueue(ring, m) != 0) {
		drop(w, m, DROP_PUNT_FULL);
		return;
	}
	w->punt[reason]++;
}
